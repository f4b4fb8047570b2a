"""The reader's part of the console script: try, chat, digest, paper, search."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli_screen import language_of, load, path_type, say, show, write
from bot.errors import UsageError
from bot.progress import progress

if TYPE_CHECKING:
    import asyncio

    from bot.commands.papers import Found
    from bot.commands.request import Services
    from bot.digest.gather import Gathered
    from storage.models import Digest

EXAMPLES = """\b
paperboy digest cs.CV cs.LG
paperboy digest 'cs.CL (agent OR "tool use") -survey' --limit 5
paperboy digest cs.CV --format markdown -o today.md"""
CHAT_EXAMPLES = """\b
paperboy chat
echo '/search flow matching' | paperboy chat"""
NEXT = "paperboy digest cs.CV · paperboy search diffusion · paperboy paper 2403.17064 · paperboy -h"
FORMATS = ("terminal", "markdown", "json", "telegram", "telegram-rich", "discord", "rss")

language_option = click.option(
    "--language", metavar="CODE", help="Language of the digest, such as en or zh."
)


@click.command("try")
@language_option
@click.pass_obj
def try_(config_file: Path | None, language: str | None) -> None:
    """Show today's digest, then take commands; needs no set-up."""
    from bot.app import opened_for_trial, running, trial
    from bot.platforms.console_screen import is_attended

    config = load(config_file)
    chosen = language_of(config, language)
    with running(config, opened_for_trial) as (services, runner):
        with progress("asking arXiv") as step:
            document, remarks = runner.run(trial(services, chosen, step))
        for remark in remarks:
            say(remark)
        show(document)
        if is_attended():
            _converse(services, runner, chosen)
        else:
            say(f"next: {NEXT}")


@click.command(epilog=CHAT_EXAMPLES)
@language_option
@click.pass_obj
def chat(config_file: Path | None, language: str | None) -> None:
    """Talk to the bot: its commands at a prompt, or one a line from a pipe."""
    from bot.app import running

    config = load(config_file)
    chosen = language_of(config, language) if language else None
    with running(config) as (services, runner):
        _converse(services, runner, chosen)


@click.command(epilog=EXAMPLES)
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
    if imported and (query or feed_files):
        raise UsageError("--imported prints a digest as it is; leave out QUERY and --feed-file")
    from bot.app import TERMINAL, run
    from bot.commands.digests import gather, imported_digest, make_digest, read_query
    from bot.platforms.console_screen import window
    from formatters.formats import explanation, written

    config = load(config_file)

    async def build(services: Services) -> tuple[Digest, Gathered | None]:
        if imported:
            return await imported_digest(services, imported), None
        wanted = read_query(config, query)
        with progress("asking arXiv") as step:
            gathered = await gather(services, wanted, feed_files, step)
        chosen = language_of(config, language)
        with progress("making the digest"):
            made = await make_digest(services, TERMINAL, wanted, gathered, chosen, limit)
        return made, gathered

    built, gathered = run(config, build)
    here = window(to_file=output is not None)
    write(written(built, form, here, details, explain), output)
    if explain and form not in ("terminal", "json"):
        click.echo(explanation(built, here), err=True)
    for line in (*gathered.remarks, *gathered.failures) if gathered else ():
        say(line)
    if form == "terminal" and built.entries and output is None:
        say("`paperboy paper 1` opens the first")
    if gathered and gathered.failures:
        sys.exit(1)


@click.command()
@click.argument("paper_id", metavar="ID")
@language_option
@click.pass_obj
def paper(config_file: Path | None, paper_id: str, language: str | None) -> None:
    """Show one paper.

    ID is an arXiv id or link in any form, or a number of the last list.
    """
    from bot.app import TERMINAL, run
    from bot.commands.papers import find_paper, summarised
    from bot.commands.summaries import AT_A_TERMINAL
    from formatters.views import paper_view
    from formatters.words import words

    config = load(config_file)
    chosen = language_of(config, language)

    async def look_up(services: Services) -> tuple[Found, str]:
        found, _ = await find_paper(services, TERMINAL, paper_id, chosen)
        with progress("asking the language model"):
            return await summarised(services, found, chosen, AT_A_TERMINAL)

    found, remark = run(config, look_up)
    show(paper_view(*found, words(chosen)))
    if remark:
        say(remark)


@click.command()
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

    config = load(config_file)
    wanted = parse(" ".join(query))
    chosen, offset = language_of(config, language), (page - 1) * limit
    result = run(
        config,
        lambda services: search_papers(services, TERMINAL, wanted, chosen, limit, offset),
    )
    show(search_view(str(wanted), result.found, result.total, words(chosen), first=offset + 1))
    if result.from_arxiv:
        say("nothing stored matches; these are from arXiv itself")


def _converse(services: Services, runner: asyncio.Runner, language: str | None) -> None:
    """Take commands from whoever or whatever is at standard input."""
    from bot.platforms.console import Console
    from bot.platforms.console_screen import standard_screen

    with standard_screen(partial(click.echo, nl=False), services.config.data_dir) as screen:
        Console(services, screen, language).converse(runner.run)


COMMANDS = (try_, digest, chat, paper, search)
