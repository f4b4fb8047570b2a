"""The commands of the command line as a group: a failure ends in one line and an exit code."""

import sys
import traceback
from collections.abc import Callable
from typing import Any

import click

from bot.errors import PaperboyError, UsageError
from storage.errors import StorageError

TAKING_QUERIES = ("digest", "search")
INTERRUPTED = 130  # what shells report for a program that Ctrl-C ended


class Commands(click.Group):
    """Lists commands in the order of their file; `say` writes a line to stderr."""

    def __init__(self, *arguments: Any, say: Callable[[str], None], **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._say = say

    def list_commands(self, _context: click.Context) -> list[str]:
        """Name the commands as a newcomer needs them."""
        return list(self.commands)

    def main(self, *arguments: Any, **settings: Any) -> Any:
        """Run the command line and leave with its exit code."""
        for stream in (sys.stdin, sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")  # a stray byte is no reason to fail
        settings["standalone_mode"] = False
        try:
            sys.exit(super().main(*arguments, **settings))
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            sys.exit(error.exit_code)
        except click.ClickException as error:
            self._say(error.format_message() + _hint(error))
            sys.exit(error.exit_code)
        except click.Abort:
            self._say("interrupted; nothing is half-stored, run it again to go on")
            sys.exit(INTERRUPTED)

    def invoke(self, context: click.Context) -> Any:
        """Run one command; only --debug shows a traceback."""
        try:
            return super().invoke(context)
        except (click.exceptions.Exit, click.ClickException, click.Abort, BrokenPipeError):
            raise
        except Exception as error:
            if context.params.get("debug"):
                traceback.print_exception(error)
            expected = isinstance(error, PaperboyError | StorageError | OSError)
            unexpected = f"this should not happen: {error!r}; --debug shows where"
            self._say(str(error) if expected else unexpected)
            context.exit(2 if isinstance(error, UsageError) else 1)


def _hint(error: click.ClickException) -> str:
    """What somebody probably meant who wrote `digest cs.CV -survey` without quotes."""
    command = error.ctx.info_name if isinstance(error, click.NoSuchOption) and error.ctx else None
    if command not in TAKING_QUERIES:
        return ""
    return f"; to leave a word out, quote the query: paperboy {command} 'cs.CV -survey'"
