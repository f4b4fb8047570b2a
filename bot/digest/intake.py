"""A feed meets what is stored: is it a new batch, a repeated one, an empty one, and why.

A batch is new when it holds a version that its category has not announced before; a date alone
proves nothing, since arXiv's feeds can serve yesterday's batch under today's date (measured).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from bot.digest.calendar import no_batch_reason
from bot.sources.feed import Feed
from storage.models import Announcement, Paper
from storage.papers import Changes
from storage.store import Store

STALE_WINDOW = timedelta(days=14)  # a repeated batch was never seen to be older than a week


class Outcome(StrEnum):
    """What a feed turned out to be."""

    NEW = "new"
    UNCHANGED = "unchanged"
    STALE = "stale"
    NO_BATCH_TODAY = "no_batch_today"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a feed is and in one sentence why; `day` is the batch that its rows belong to."""

    outcome: Outcome
    day: date
    message: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What was done with a feed."""

    verdict: Verdict
    changes: Changes


def announcements(feed: Feed) -> tuple[Announcement, ...]:
    """Write a feed's rows as announcements of its day."""
    return tuple(
        Announcement(row.paper.id, row.paper.version, feed.category, feed.day, row.kind, position)
        for position, row in enumerate(feed.rows)
    )


def judge(feed: Feed, known: Iterable[Announcement]) -> Verdict:
    """Decide what a feed is, given what its category announced in the days around it."""
    if not feed.rows:
        return _judge_empty(feed)
    rows = {(row.paper.id, row.paper.version) for row in feed.rows}
    days: dict[tuple[str, int], set[date]] = {}
    for one in (one for one in known if one.day <= feed.day):
        days.setdefault((one.paper_id, one.version), set()).add(one.day)
    if all(feed.day in days.get(row, ()) for row in rows):
        return Verdict(
            Outcome.UNCHANGED, feed.day, f"{feed.category}: the batch of {feed.day} was here before"
        )
    if all(row in days for row in rows):
        earlier = max(max(days[row]) for row in rows)
        return Verdict(
            Outcome.STALE,
            earlier,
            f"{feed.category}: the feed of {feed.day} repeats the batch of {earlier};"
            " arXiv has not announced anything new yet, ask again later",
        )
    return Verdict(
        Outcome.NEW, feed.day, f"{feed.category}: papers announced on {feed.day}: {len(rows)}"
    )


def _judge_empty(feed: Feed) -> Verdict:
    reason = no_batch_reason(feed.day)
    if reason is not None:
        message = f"{feed.category}: arXiv announces nothing on {feed.day} ({reason.value})"
        return Verdict(Outcome.NO_BATCH_TODAY, feed.day, message)
    return Verdict(
        Outcome.LATE,
        feed.day,
        f"{feed.category}: the feed of {feed.day} is still empty although arXiv announces on"
        " this day; ask again later",
    )


async def take_in(store: Store, feed: Feed, now: datetime) -> Taken:
    """Store a feed if it is a new batch, as a whole or not at all."""
    known = await store.announcements(feed.category, feed.day - STALE_WINDOW)
    verdict = judge(feed, known)
    if verdict.outcome is not Outcome.NEW:
        return Taken(verdict, Changes())
    papers: list[Paper] = [row.paper for row in feed.rows]
    changes = await store.add_batch(feed.category, feed.day, papers, announcements(feed), now)
    return Taken(verdict, changes)
