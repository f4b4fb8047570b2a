"""Old archives into the store: file by file, in portions that are there as a whole or not at all.

Killed at any line, an import goes on where the last portion ended: the portion and how far it
reaches are one transaction. Importing the same file again changes nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from bot.clock import Clock
from bot.digest.intake import take_in
from bot.errors import SourceError
from bot.progress import Step
from bot.sources.archive import (
    Content,
    Line,
    Reject,
    content_of,
    fingerprint,
    read_lines,
    read_objects,
    read_whole,
)
from bot.sources.feed import parse_feed
from bot.sources.markdown_digest import DigestEntry, MarkdownDigest, read_markdown
from bot.sources.records import Record
from formatters.words import languages, words
from storage.imports import ImportedEntry, Progress
from storage.models import Origin, Paper, Summary
from storage.papers import Changes
from storage.store import Store

LINES_AT_ONCE = 500  # in one transaction: short enough (0.2 s) for a bot that writes beside it
REJECTS_KEPT = 1_000  # of one file; more of them say nothing new


@dataclass
class Report:
    """What became of one file. `rejects` lists the first ones, `rejected` counts them all."""

    path: Path
    changes: Changes = field(default_factory=Changes)
    rejects: list[Reject] = field(default_factory=list)
    rejected: int = 0
    resumed_after: int = 0
    remark: str = ""

    def reject(self, reject: Reject) -> None:
        """Count a row that could not be used."""
        self.rejected += 1
        if len(self.rejects) < REJECTS_KEPT:
            self.rejects.append(reject)

    def summary(self) -> str:
        """Say in one line what changed."""
        changes = self.changes
        resumed = f", gone on after line {self.resumed_after}" if self.resumed_after else ""
        return (
            f"{self.path}: {changes.added} added, {changes.changed} changed,"
            f" {changes.unchanged} unchanged, {self.rejected} rejected{resumed}"
        )

    def complaints(self, at_most: int) -> list[str]:
        """List what could not be used, a line each; the last line counts those left out."""
        lines = [f"{self.path}:{one.line}: {one.reason}" for one in self.rejects[:at_most]]
        if self.rejected > at_most:
            lines.append(f"{self.path}: {self.rejected - at_most} more rejected rows")
        return [self.remark, *lines] if self.remark else lines


async def import_file(store: Store, path: Path, clock: Clock, step: Step) -> Report:
    """Import one file of any kind.

    A file that cannot be used at all becomes a reject of its first line: the others go on.
    """
    report = Report(path)
    step(path.name)
    try:
        match content_of(path):
            case Content.LINES:
                await _import_lines(store, path, report, step)
            case Content.OBJECTS:
                await _import_objects(store, path, report)
            case Content.FEED:
                await _import_feed(store, path, clock, report)
            case _:
                await _import_digest(store, path, report)
    except SourceError as error:
        report.reject(Reject(1, str(error)))
    return report


async def _import_lines(store: Store, path: Path, report: Report, step: Step) -> None:
    source, mark = str(path.resolve()), fingerprint(path)
    known = await store.import_progress(source)
    if known and known.fingerprint == mark:
        report.resumed_after = known.lines
    lines, size = read_lines(path, after=report.resumed_after), path.stat().st_size
    while portion := list(islice(lines, LINES_AT_ONCE)):
        await _store_portion(store, portion, Progress(mark, portion[-1].number, False), report)
        step(path.name, portion[-1].bytes_read, size)
    await store.import_step(source, Progress(mark, 0, finished=True))


async def _store_portion(
    store: Store, portion: list[Line], progress: Progress, report: Report
) -> None:
    records: list[Record] = []
    for line in portion:
        if isinstance(line.result, Reject):
            report.reject(line.result)
        elif line.result is not None:
            records.append(line.result)
    report.changes += await store.import_step(
        str(report.path.resolve()),
        progress,
        new_papers=[record.paper for record in records],
        new_summaries=[one for record in records for one in record.summaries],
    )


async def _import_objects(store: Store, path: Path, report: Report) -> None:
    results = read_objects(read_whole(path))
    while portion := list(islice(results, LINES_AT_ONCE)):
        records = [one for one in portion if isinstance(one, Record)]
        for one in portion:
            if isinstance(one, Reject):
                report.reject(one)
        report.changes += await store.add_papers(
            [record.paper for record in records],
            [one for record in records for one in record.summaries],
            authoritative=False,
        )


async def _import_feed(store: Store, path: Path, clock: Clock, report: Report) -> None:
    feed = parse_feed(read_whole(path))
    for reason in feed.rejected:
        report.reject(Reject(1, reason))
    taken = await take_in(store, feed, clock.now())
    report.changes = taken.changes
    report.remark = taken.verdict.message


async def _import_digest(store: Store, path: Path, report: Report) -> None:
    digest = read_markdown(read_whole(path).decode("utf-8-sig", errors="replace"))
    for reject in digest.rejects:
        report.reject(reject)
    if not digest.entries:
        raise SourceError("no table of papers in this file, so it is not a digest")
    language = language_of(digest)
    entries = await _with_versions(store, digest.entries, language)
    report.changes = await store.import_step(
        str(path.resolve()),
        Progress(fingerprint(path), 0, finished=True),
        new_papers=[one.paper for one in entries],
        new_summaries=[one for entry in entries for one in _summaries(entry, language)],
        digest=(
            language,
            [ImportedEntry(one.paper.id, one.paper.version, one.kind, one.link) for one in entries],
        ),
    )


async def _with_versions(
    store: Store, entries: Sequence[DigestEntry], language: str
) -> list[DigestEntry]:
    """Where the file names no version, take the one that is stored: of the summary, else the paper.

    Otherwise a digest of a second version, written and imported again, would look like a first.
    """
    papers = await store.papers([one.paper.id for one in entries])
    versions = {key: paper.version for key, paper in papers.items()}
    summaries = await store.summaries(versions, language)
    versions |= {key: summary.version for key, summary in summaries.items()}
    return [
        one
        if one.version or one.paper.id not in versions
        else replace(one, paper=replace(one.paper, version=versions[one.paper.id]))
        for one in entries
    ]


def language_of(digest: MarkdownDigest) -> str:
    """Tell a digest's language by its first heading, which is one of the catalogues' own."""
    headings = {words(code)("digest.summary"): code for code in languages()}
    return headings.get(digest.heading, "en")


def _summaries(entry: DigestEntry, language: str) -> Iterator[Summary]:
    paper: Paper = entry.paper
    if entry.title or entry.tldr or entry.abstract:
        yield Summary(
            paper.id,
            paper.version,
            language,
            entry.title,
            entry.tldr,
            entry.abstract,
            Origin.IMPORTED,
        )
    if entry.english_tldr and language != "en":
        yield Summary(
            paper.id, paper.version, "en", tldr=entry.english_tldr, origin=Origin.IMPORTED
        )
