"""The terminal or pipe where the console talks: its window, its lines, completion and history."""

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType

from bot.commands.settings import SETTINGS
from bot.commands.table import visible
from bot.commands.welcome import QUERIES
from bot.platforms.console import LEAVING, Screen
from bot.progress import progress
from bot.sources.taxonomy import all_categories
from formatters.formats import Window

PROMPT = "paperboy> "
HISTORY = "console_history"
LINES_KEPT = 1000
WIDTH_OF_A_PIPE = 100  # columns where stdout is no terminal and COLUMNS says nothing
SEPARATORS = ' \t\n("'  # around a word that is completed; categories hold dots and hyphens
WITH_QUERY = frozenset({"subscribe", "digest", "search", "unsubscribe"})


def is_attended() -> bool:
    """Whether somebody sits there, or else a pipe or a file is read or written."""
    streams = (sys.stdin, sys.stdout)  # None where they were closed
    return all(stream is not None and stream.isatty() for stream in streams)


def window(to_file: bool = False) -> Window:
    """Measure the terminal; colours are for terminals only and respect https://no-color.org."""
    wanted = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    width = shutil.get_terminal_size((WIDTH_OF_A_PIPE, 24)).columns
    return Window(width, colour=wanted and sys.stdout.isatty() and not to_file)


@contextmanager
def standard_screen(write: Callable[[str], None], folder: Path) -> Iterator[Screen]:
    """Standard input and output; a person's history is kept in `folder`."""
    if is_attended():
        with _editing(folder):
            yield Screen(lambda: _prompted(write), write, window, progress, person=True)
    else:
        yield Screen(_next_line, write, window, progress, person=False)


def completions(before: str, word: str) -> tuple[str, ...]:
    """What `word` may become, given the line before it."""
    slash = "/" if word.startswith("/") else ""
    begun = word.removeprefix("/").lower()
    found = _candidates(before.lower().lstrip("/").split())
    return tuple(slash + one for one in found if one.lower().startswith(begun))


def _candidates(words: list[str]) -> Iterable[str]:
    names = [command.name for command in visible()]
    match words:
        case []:
            return [*names, *sorted(LEAVING)]
        case ["help"]:
            return [*names, QUERIES]
        case ["settings"]:
            return SETTINGS
        case ["settings", name] if name in SETTINGS:
            return SETTINGS[name].offers
        case [name, *_] if name in WITH_QUERY:
            return all_categories()
    return []


def _next_line() -> str | None:
    return (sys.stdin.readline() if sys.stdin else "") or None


def _prompted(write: Callable[[str], None]) -> str | None:
    """Ask for a line; Ctrl-C throws away what was typed, Ctrl-D leaves."""
    try:
        return input(PROMPT)
    except KeyboardInterrupt:
        write("\n")
        return ""
    except EOFError:
        write("\n")
        return None


@contextmanager
def _editing(folder: Path) -> Iterator[None]:
    """Complete words and keep the history, where this Python has readline."""
    try:
        import readline
    except ImportError:  # Windows, and some small systems
        yield
        return
    file = folder / HISTORY
    _prepare(readline)
    with suppress(OSError):
        readline.read_history_file(file)
    try:
        yield
    finally:
        readline.set_history_length(LINES_KEPT)
        with suppress(OSError):
            readline.write_history_file(file)


def _prepare(readline: ModuleType) -> None:
    def complete(word: str, number: int) -> str | None:
        before = readline.get_line_buffer()[: readline.get_begidx()]
        found = completions(before, word)
        return f"{found[number]} " if number < len(found) else None

    readline.set_completer(complete)
    readline.set_completer_delims(SEPARATORS)
    # macOS has libedit under the name of readline, with commands of its own.
    is_libedit = "libedit" in (readline.__doc__ or "")
    readline.parse_and_bind("bind ^I rl_complete" if is_libedit else "tab: complete")
