"""What the console script's commands share: the configuration, the screen, and how to print."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bot.config import Config
    from formatters.document import Document

path_type = click.Path(path_type=Path)


def say(text: str) -> None:
    """Tell something that is no result: on stderr."""
    click.echo(f"paperboy: {text}", err=True)


def load(config_file: Path | None) -> Config:
    """Read the configuration; raises ConfigError."""
    from bot.config import load, located

    return load(located(config_file, os.environ), os.environ)


def language_of(config: Config, asked: str | None) -> str:
    """The language that was asked for, or the configured one; raises UsageError."""
    from bot.config import language_code

    return language_code(asked) if asked else config.language


def show(document: Document) -> None:
    """Print a document as it fits the terminal."""
    from bot.platforms.console_screen import window
    from formatters.terminal import terminal

    here = window()
    click.echo(terminal(document, here.width, here.colour), nl=False)


def write(text: str, output: Path | None) -> None:
    """Print, or write a file that is there as a whole or not at all."""
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    partial = output.with_name(output.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(output)
    say(f"wrote {output}")
