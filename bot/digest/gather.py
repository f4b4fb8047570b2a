"""Which batches a digest looks at: feeds are taken in, or the last good batch stands in.

A feed that fails costs its own category only, and an empty one never hides the batch before it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from bot.clock import Clock
from bot.digest.calendar import latest_batch_day, submission_window
from bot.digest.intake import Outcome, take_in
from bot.errors import SourceError
from bot.progress import Step
from bot.sources import taxonomy
from bot.sources.archive import read_whole
from bot.sources.feed import Feed, FeedRow, parse_feed
from storage.models import Kind, Paper
from storage.store import Store

PAPERS_OF_A_DAY = 1_000  # of one category through the API; the busiest day had 501 rows (measured)


class Fetcher(Protocol):
    """Where feeds come from."""

    async def fetch(self, category: str) -> bytes:
        """Fetch the feed of a category."""
        ...


class Api(Protocol):
    """Where papers come from whose feed has moved on."""

    async def submitted(
        self, category: str, start: datetime, end: datetime, limit: int
    ) -> tuple[Paper, ...]:
        """Find the papers of a category first submitted in a window."""
        ...


@dataclass
class Gathered:
    """The batches to look at, in order; what readers should know; what failed."""

    batches: dict[tuple[str, date], None] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def add(self, category: str, day: date) -> None:
        """Look at this batch too."""
        self.batches[category, day] = None


async def from_files(store: Store, files: Sequence[Path], clock: Clock) -> Gathered:
    """Take in feeds from files; arXiv is not asked."""
    gathered = Gathered()
    for path in files:
        try:
            feed = parse_feed(read_whole(path))
        except SourceError as error:
            gathered.failures.append(f"{path}: {error}")
            continue
        taken = await take_in(store, feed, clock.now())
        gathered.add(feed.category, taken.verdict.day)
        if taken.verdict.outcome not in (Outcome.NEW, Outcome.UNCHANGED):
            gathered.remarks.append(taken.verdict.message)
        gathered.remarks.extend(_complaints(feed))
    return gathered


async def from_arxiv(
    store: Store,
    fetcher: Fetcher,
    api: Api,
    categories: Sequence[str],
    clock: Clock,
    step: Step,
) -> Gathered:
    """Fetch the feeds of some categories; `step` is told each category before it is asked.

    Where a feed is empty or cannot be had, the newest stored batch stands in, and where none is
    stored, the API is asked for what was submitted in time for the newest batch.
    """
    gathered = Gathered()
    newest = latest_batch_day(clock.now())
    for category in categories:
        step(category)
        try:
            if not await _from_feed(store, fetcher, category, clock, gathered):
                await _from_before(store, api, category, newest, clock, gathered)
        except SourceError as error:
            if not await _stored(store, category, newest, gathered, f"{category}: {error}"):
                gathered.failures.append(f"{category}: {error}")
    return gathered


async def _from_feed(
    store: Store, fetcher: Fetcher, category: str, clock: Clock, gathered: Gathered
) -> bool:
    """Take in what the feed holds; False where it holds nothing."""
    feed = parse_feed(await fetcher.fetch(category))
    taken = await take_in(store, feed, clock.now())
    gathered.remarks.extend(_complaints(feed))
    if taken.verdict.outcome in (Outcome.LATE, Outcome.STALE):
        gathered.remarks.append(taken.verdict.message)
    if not feed.rows:
        return False
    gathered.add(feed.category, taken.verdict.day)
    return True


async def _from_before(
    store: Store, api: Api, category: str, newest: date, clock: Clock, gathered: Gathered
) -> None:
    """Show the batch before, from the store or, where it is not there, through the API."""
    stored = await store.batches([category], newest)
    if stored and stored[0].day == newest:
        gathered.add(category, newest)
        return
    papers = await api.submitted(category, *submission_window(newest), PAPERS_OF_A_DAY)
    if not papers:
        gathered.add(category, stored[0].day if stored else newest)
        return
    taken = await take_in(store, as_feed(category, newest, papers), clock.now())
    gathered.add(category, taken.verdict.day)
    gathered.remarks.append(
        f"{category}: today's feed is empty; this is the batch of {taken.verdict.day} as arXiv's"
        " API tells it (without replacements)"
    )


def as_feed(category: str, day: date, papers: Sequence[Paper]) -> Feed:
    """Write papers as the feed that would have announced them: own ones first, then cross-lists."""
    spellings = taxonomy.spellings(category)
    rows = [
        FeedRow(paper, Kind.NEW if paper.primary in spellings else Kind.CROSS) for paper in papers
    ]
    return Feed(category, day, tuple(sorted(rows, key=lambda row: row.kind.rank)))


async def _stored(
    store: Store, category: str, newest: date, gathered: Gathered, problem: str
) -> bool:
    """Let the newest stored batch stand in; False where there is none or an old one only."""
    stored = await store.batches([category], newest)
    if not stored:
        return False
    gathered.add(category, stored[0].day)
    gathered.remarks.append(f"{problem}; this is the batch of {stored[0].day}, stored before")
    return stored[0].day == newest


def _complaints(feed: Feed) -> list[str]:
    complaints = [f"{feed.category}: {reason}" for reason in feed.rejected]
    if feed.capped:
        complaints.append(
            f"{feed.category}: the feed holds as many rows as arXiv gives out;"
            " newer ones may be missing"
        )
    return complaints
