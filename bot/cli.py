"""The console script: reads the command line, runs one command, and is the only file that prints.

Results go to stdout, everything else to stderr. Heavy modules are imported by the command that
needs them, so that `paperboy --help` answers at once.
"""

from __future__ import annotations

import logging
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.errors import UsageError
from bot.platforms.console_script import Commands
from bot.progress import progress

if TYPE_CHECKING:
    import asyncio

    from bot.commands.request import Services
    from bot.config import Config
    from bot.digest.gather import Gathered
    from bot.digest.importing import Report
    from formatters.document import Document
    from storage.models import Digest

EXIT_CODES = "Exit codes: 0 done, 1 something failed (stderr says what), 2 usage or configuration."
EXAMPLES = """\b
paperboy digest cs.CV cs.LG
paperboy digest 'cs.CL (agent OR "tool use") -survey' --limit 5
paperboy digest cs.CV --format markdown -o today.md"""
CHAT_EXAMPLES = """\b
paperboy chat
echo '/search flow matching' | paperboy chat"""
NEXT = "paperboy digest cs.CV · paperboy search diffusion · paperboy paper 2403.17064 · paperboy -h"
FORMATS = ("terminal", "markdown", "json", "telegram", "telegram-rich", "discord", "rss")
COMING_FORMATS = frozenset({"discord"})
COMING_COMMANDS = {
    "publish": "Build and deliver configured channels now.",
    "outbox": "Look at what waits for delivery.",
}
REJECTS_SHOWN = 20  # of one file; the count tells of the rest

path_type = click.Path(path_type=Path)


def _say(text: str) -> None:
    click.echo(f"paperboy: {text}", err=True)


@click.group(
    cls=Commands,
    say=_say,
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
    context.obj = config_file


language_option = click.option(
    "--language", metavar="CODE", help="Language of the digest, such as en or zh."
)


@cli.command("try")
@language_option
@click.pass_obj
def try_(config_file: Path | None, language: str | None) -> None:
    """Show today's digest, then take commands; needs no set-up."""
    from bot.app import opened_for_trial, running, trial
    from bot.platforms.console_screen import is_attended

    config = _load(config_file)
    chosen = _language(config, language)
    with running(config, opened_for_trial) as (services, runner):
        with progress("asking arXiv") as step:
            document, remarks = runner.run(trial(services, chosen, step))
        for remark in remarks:
            _say(remark)
        _show(document)
        if is_attended():
            _converse(services, runner, chosen)
        else:
            _say(f"next: {NEXT}")


@cli.command(epilog=CHAT_EXAMPLES)
@language_option
@click.pass_obj
def chat(config_file: Path | None, language: str | None) -> None:
    """Talk to the bot: its commands at a prompt, or one a line from a pipe."""
    from bot.app import running

    config = _load(config_file)
    chosen = _language(config, language) if language else None
    with running(config) as (services, runner):
        _converse(services, runner, chosen)


@cli.command("run")
@click.pass_obj
def run_(config_file: Path | None) -> None:
    """Run the bot until SIGTERM or Ctrl-C.

    This release answers people on Telegram; docs/telegram.md tells how to get a token.
    """
    from bot.app import run
    from bot.serve import serve

    run(_load(config_file), serve)


@cli.command(epilog=EXAMPLES)
@click.argument("query", nargs=-1)
@click.option(
    "--feed-file",
    "feed_files",
    multiple=True,
    type=path_type,
    metavar="FILE",
    help="Read the announcements from a file instead of arXiv; may be repeated.",
)
@click.option(
    "--imported", type=path_type, metavar="FILE", help="Print the digest imported from this file."
)
@language_option
@click.option(
    "--limit", type=click.IntRange(min=0), default=20, show_default=True, help="0 means all."
)
@click.option("--format", "form", type=click.Choice(FORMATS), default="terminal", show_default=True)
@click.option("--details", is_flag=True, help="In the terminal: every paper in full as well.")
@click.option("--explain", is_flag=True, help="Tell what became of every announced paper.")
@click.option("-o", "--output", type=path_type, metavar="FILE", help="Write to a file.")
@click.pass_obj
def digest(
    config_file: Path | None,
    query: tuple[str, ...],
    feed_files: tuple[Path, ...],
    imported: Path | None,
    language: str | None,
    limit: int,
    form: str,
    details: bool,
    explain: bool,
    output: Path | None,
) -> None:
    """Build one digest and print it. Posts nothing, marks nothing as seen.

    QUERY is what one writes in chat: categories, words, "phrases", ti: abs: au:, OR, -word,
    parentheses. Without it: the configured channels' queries, else cs.AI.
    """
    if form in COMING_FORMATS:
        raise UsageError(f"--format {form} comes with a later release; the others work")
    if imported and (query or feed_files):
        raise UsageError("--imported prints a digest as it is; leave out QUERY and --feed-file")
    from bot.app import TERMINAL, run
    from bot.commands.digests import gather, imported_digest, make_digest, read_query
    from bot.platforms.console_screen import window
    from formatters.formats import explanation, written

    config = _load(config_file)

    async def build(services: Services) -> tuple[Digest, Gathered | None]:
        if imported:
            return await imported_digest(services, imported), None
        wanted = read_query(config, query)
        with progress("asking arXiv") as step:
            gathered = await gather(services, wanted, feed_files, step)
        chosen = _language(config, language)
        return await make_digest(services, TERMINAL, wanted, gathered, chosen, limit), gathered

    built, gathered = run(config, build)
    here = window(to_file=output is not None)
    _write(written(built, form, here, details, explain), output)
    if explain and form not in ("terminal", "json"):
        click.echo(explanation(built, here), err=True)
    for line in (*gathered.remarks, *gathered.failures) if gathered else ():
        _say(line)
    if form == "terminal" and built.entries and output is None:
        _say("`paperboy paper 1` opens the first")
    if gathered and gathered.failures:
        sys.exit(1)


@cli.command()
@click.argument("paper_id", metavar="ID")
@language_option
@click.pass_obj
def paper(config_file: Path | None, paper_id: str, language: str | None) -> None:
    """Show one paper.

    ID is an arXiv id or link in any form, or a number of the last list.
    """
    from bot.app import TERMINAL, run
    from bot.commands.papers import find_paper
    from formatters.views import paper_view
    from formatters.words import words

    config = _load(config_file)
    shown_language = _language(config, language)
    found, summary = run(
        config, lambda services: find_paper(services, TERMINAL, paper_id, shown_language)
    )
    _show(paper_view(found, summary, words(shown_language)))


@cli.command()
@click.argument("query", nargs=-1, required=True)
@language_option
@click.option("--limit", type=click.IntRange(1, 100), default=10, show_default=True)
@click.option("--page", type=click.IntRange(1, 500), default=1, show_default=True)
@click.pass_obj
def search(
    config_file: Path | None, query: tuple[str, ...], language: str | None, limit: int, page: int
) -> None:
    """Search what is stored, or else arXiv."""
    from bot.app import TERMINAL, run
    from bot.commands.search import search_papers
    from bot.digest.parser import parse
    from formatters.views import search_view
    from formatters.words import words

    config = _load(config_file)
    wanted = parse(" ".join(query))
    chosen, offset = _language(config, language), (page - 1) * limit
    result = run(
        config,
        lambda services: search_papers(services, TERMINAL, wanted, chosen, limit, offset),
    )
    _show(search_view(str(wanted), result.found, result.total, words(chosen), first=offset + 1))
    if result.from_arxiv:
        _say("nothing stored matches; these are from arXiv itself")


@cli.command("import")
@click.argument("paths", nargs=-1, required=True, type=path_type, metavar="PATH...")
@click.pass_obj
def import_(config_file: Path | None, paths: tuple[Path, ...]) -> None:
    """Import old digests, papers, captured feeds.

    Reads Markdown (.md), JSON (.json, .jsonl), feeds (.xml), each also with .gz, and folders of
    them. An interrupted import goes on where it stopped; repeating one changes nothing.
    """
    from bot.app import run
    from bot.digest.importing import import_file
    from bot.sources.archive import files_in

    config = _load(config_file)
    files = files_in(paths)

    async def import_all(services: Services) -> list[Report]:
        with progress("importing") as step:
            return [await import_file(services.store, path, services.clock, step) for path in files]

    reports = run(config, import_all)
    for report in reports:
        click.echo(report.summary())
        for line in report.complaints(REJECTS_SHOWN):
            _say(line)
    if any(report.rejected for report in reports):
        sys.exit(1)


@cli.command()
@click.pass_obj
def status(config_file: Path | None) -> None:
    """Show what is stored, and how fresh it is."""
    from bot.app import run
    from bot.commands.operator import status as answer
    from bot.commands.request import Context
    from bot.platforms.console import request

    asked = request("status")
    reply = run(_load(config_file), lambda services: answer(Context(services, asked), ""))
    _show(reply.document)


@cli.command()
@click.pass_obj
def doctor(config_file: Path | None) -> None:
    """Check the installation: configuration, database, disk, arXiv."""
    from bot.app import run
    from bot.doctor import Finding, examine

    config = _load(config_file)

    async def look(services: Services) -> list[Finding]:
        findings = []
        async for finding in examine(services):
            mark = {True: "ok", False: "FAILED", None: "-"}[finding.ok]
            click.echo(f"{mark:7} {finding.name:10} {finding.text}")
            findings.append(finding)
        return findings

    if any(finding.ok is False for finding in run(config, look)):
        sys.exit(1)


@cli.command()
@click.argument("file", type=path_type)
@click.pass_obj
def backup(config_file: Path | None, file: Path) -> None:
    """Write a copy of the database to FILE.

    The copy is consistent, also beside a running bot.
    """
    from bot.app import run

    run(_load(config_file), lambda services: services.store.backup(file))
    click.echo(f"{file}: {file.stat().st_size / 1e6:.1f} MB")


def _add_coming(name: str, text: str) -> None:
    @cli.command(
        name,
        help=f"{text} (Comes with a later release.)",
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )
    def coming() -> None:
        raise UsageError(f"`paperboy {name}` comes with a later release; `paperboy digest` works")


for _name, _text in COMING_COMMANDS.items():
    _add_coming(_name, _text)


def _load(config_file: Path | None) -> Config:
    from bot.config import load, located

    return load(located(config_file, os.environ), os.environ)


def _language(config: Config, asked: str | None) -> str:
    from bot.config import language_code

    return language_code(asked) if asked else config.language


def _converse(services: Services, runner: asyncio.Runner, language: str | None) -> None:
    """Take commands from whoever or whatever is at standard input."""
    from bot.platforms.console import Console
    from bot.platforms.console_screen import standard_screen

    with standard_screen(partial(click.echo, nl=False), services.config.data_dir) as screen:
        Console(services, screen, language).converse(runner.run)


def _show(document: Document) -> None:
    from bot.platforms.console_screen import window
    from formatters.terminal import terminal

    here = window()
    click.echo(terminal(document, here.width, here.colour), nl=False)


def _write(text: str, output: Path | None) -> None:
    """Print, or write a file that is there as a whole or not at all."""
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    partial = output.with_name(output.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(output)
    _say(f"wrote {output}")


def main() -> None:
    """Run the command line; the entry point of the console script."""
    cli(prog_name="paperboy")
