"""Lets `python -m bot` do what `paperboy` does."""

from bot.cli import main

if __name__ == "__main__":
    main()
