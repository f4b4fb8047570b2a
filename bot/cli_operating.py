"""The operator's part of the console script: to run the bot, to publish, to look after it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.cli_screen import load, path_type, say, show
from bot.errors import UsageError
from bot.progress import progress

if TYPE_CHECKING:
    from bot.commands.request import Services
    from bot.digest.importing import Report

REJECTS_SHOWN = 20  # of one file; the count tells of the rest


@click.command("run")
@click.pass_obj
def run_(config_file: Path | None) -> None:
    """Run the bot until SIGTERM or Ctrl-C: announcements in, digests out, answers to people.

    docs/telegram.md and docs/discord.md tell how to get a token.
    """
    from bot.app import run
    from bot.serve import serve

    run(load(config_file), serve)


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "everything", is_flag=True, help="All configured channels.")
@click.pass_obj
def publish(config_file: Path | None, names: tuple[str, ...], everything: bool) -> None:
    """Build and deliver configured channels now, for cron or a CI job.

    Done when all is delivered, and then exits 0; what a crash leaves over, the next run completes.
    Where a bot runs on the same data, it is handed the work.
    """
    from bot.app import run
    from bot.publish import publish as publish_

    if everything == bool(names):
        raise UsageError("name the channels to publish, or say --all")
    config = load(config_file)
    with progress("publishing") as step:
        told = run(config, lambda services: publish_(services, names, step))
    for one in told:
        (click.echo if one.delivered else say)(f"{one.channel} -> {one.target}: {one.text}")
    if not all(one.delivered for one in told):
        sys.exit(1)


@click.group()
def outbox() -> None:
    """Look at deliveries that wait or failed, try them again, give them up."""


@outbox.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that were sent as well.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True)
@click.pass_obj
def list_(config_file: Path | None, everything: bool, limit: int) -> None:
    """List deliveries that are not sent: where to, since when, why not."""
    from bot.app import run
    from bot.outbox import listed

    for line in run(load(config_file), lambda services: listed(services, everything, limit)):
        click.echo(line)


@outbox.command()
@click.argument("numbers", nargs=-1, type=int)
@click.option("--all", "everything", is_flag=True, help="Everything that failed.")
@click.pass_obj
def retry(config_file: Path | None, numbers: tuple[int, ...], everything: bool) -> None:
    """Queue failed or dropped deliveries again."""
    from bot.app import run
    from bot.outbox import retried

    if everything == bool(numbers):
        raise UsageError("give the numbers of deliveries, as `paperboy outbox list` does, or --all")
    wanted = None if everything else numbers
    click.echo(run(load(config_file), lambda services: retried(services, wanted)))


@outbox.command()
@click.argument("numbers", nargs=-1, type=int, required=True)
@click.pass_obj
def drop(config_file: Path | None, numbers: tuple[int, ...]) -> None:
    """Give up deliveries that wait or failed."""
    from bot.app import run
    from bot.outbox import dropped

    click.echo(run(load(config_file), lambda services: dropped(services, numbers)))


@click.command("import")
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

    config = load(config_file)
    files = files_in(paths)

    async def import_all(services: Services) -> list[Report]:
        with progress("importing") as step:
            return [await import_file(services.store, path, services.clock, step) for path in files]

    reports = run(config, import_all)
    for report in reports:
        click.echo(report.summary())
        for line in report.complaints(REJECTS_SHOWN):
            say(line)
    if any(report.rejected for report in reports):
        sys.exit(1)


@click.command()
@click.pass_obj
def status(config_file: Path | None) -> None:
    """Show what is stored, and how fresh it is."""
    from bot.app import run
    from bot.commands.operator import status as answer
    from bot.commands.request import Context
    from bot.platforms.console import request

    asked = request("status")
    reply = run(load(config_file), lambda services: answer(Context(services, asked), ""))
    show(reply.document)


@click.command()
@click.pass_obj
def doctor(config_file: Path | None) -> None:
    """Check the installation: configuration, database, disk, arXiv."""
    from bot.app import run
    from bot.doctor import Finding, examine

    config = load(config_file)

    async def look(services: Services) -> list[Finding]:
        findings = []
        async for finding in examine(services):
            mark = {True: "ok", False: "FAILED", None: "-"}[finding.ok]
            click.echo(f"{mark:7} {finding.name:10} {finding.text}")
            findings.append(finding)
        return findings

    if any(finding.ok is False for finding in run(config, look)):
        sys.exit(1)


@click.command()
@click.argument("file", type=path_type)
@click.pass_obj
def backup(config_file: Path | None, file: Path) -> None:
    """Write a copy of the database to FILE.

    The copy is consistent, also beside a running bot.
    """
    from bot.app import run

    run(load(config_file), lambda services: services.store.backup(file))
    click.echo(f"{file}: {file.stat().st_size / 1e6:.1f} MB")


COMMANDS = (run_, publish, outbox, import_, status, doctor, backup)
