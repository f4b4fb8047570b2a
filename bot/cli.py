"""The console script: reads the command line and runs one command.

Only this file and the `cli_*` beside it print: results go to stdout, everything else to stderr.
Heavy modules are imported by the command that needs them, so `paperboy --help` answers at once.
"""

import logging
from pathlib import Path

import click

from bot import cli_operating, cli_reading
from bot.cli_screen import path_type, say
from bot.platforms.console_script import Commands

EXIT_CODES = "Exit codes: 0 done, 1 something failed (stderr says what), 2 usage or configuration."

TALKATIVE = ("aiosqlite", "apscheduler")
"""Libraries that log every statement, and every tick."""


@click.group(
    cls=Commands,
    say=say,
    epilog=EXIT_CODES,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--config",
    "config_file",
    type=path_type,
    metavar="FILE",
    help="Configuration; otherwise $PAPERBOY_CONFIG, otherwise ./config.toml, otherwise defaults.",
)
@click.option("--debug", is_flag=True, help="Log what happens inside, and show tracebacks.")
@click.version_option(package_name="paperboy-bot", prog_name="paperboy")
@click.pass_context
def cli(context: click.Context, config_file: Path | None, debug: bool) -> None:
    """Brings each night's arXiv announcements to readers, as one digest in their language.

    Begin with `paperboy try`.
    """
    logging.basicConfig(
        level=logging.DEBUG if debug else logging.ERROR,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    context.obj = config_file


for _command in (*cli_reading.COMMANDS, *cli_operating.COMMANDS):
    cli.add_command(_command)


def main() -> None:
    """Run the command line; the entry point of the console script."""
    cli(prog_name="paperboy")
