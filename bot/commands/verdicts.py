"""What became of a paper for a subscription, found from what is kept of each slot.

A slot's digest is made once more, with the query, the kinds and the limit that it had, and with
what the chat had seen before it; so what is told is what happened.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.digest.build import NOTHING_SEEN, Selection, select
from bot.digest.parser import parse_stored
from bot.digest.query import Query
from storage.models import Address, Announced, Announcement, Decision, Kind, Paper, State
from storage.records import DigestRecord, Standing
from storage.store import Store

Arrivals = Sequence[tuple[Announcement, int]]
"""The rows of a paper, each with its arrival."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a chat asks for: a query, at most so many papers (0: all), and where to look."""

    query: Query
    limit: int
    categories: tuple[str, ...]
    kinds: tuple[Kind, ...]
    paused: bool = False
    standing: Standing | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a paper for one query, and why.

    `state` is None where none of the query's categories announced it. `slot` is that of the digest
    in which it was decided; without it this tells what would become of it, or what it waits for.
    """

    asked: Asked
    state: State | None = None
    reason: str = ""
    slot: datetime | None = None


def judge(
    paper_id: str,
    announced: Sequence[Announced],
    asked: Asked,
    seen: Mapping[str, int] = NOTHING_SEEN,
) -> Verdict:
    """Decide what became of a paper of these batches for a query."""
    one = next(one for one in announced if one.paper.id == paper_id)
    alone = decision(select(asked.query, [one], seen, kinds=asked.kinds), paper_id)
    if alone.state is not State.POSTED or not asked.limit:  # the others make no difference
        return Verdict(asked, alone.state, alone.reason)
    found = decision(select(asked.query, announced, seen, asked.limit, asked.kinds), paper_id)
    return Verdict(asked, found.state, found.reason)


def decision(selection: Selection, paper_id: str) -> Decision:
    """What became of the row of a paper that counts."""
    rows = [one for one in selection.coverage.decisions if one.announcement.paper_id == paper_id]
    return next((one for one in rows if one.state is not State.REPEATED), rows[0])


def within(announced: Sequence[Announced], categories: Collection[str]) -> list[Announced]:
    """What some categories announced, as if only they had been read."""
    narrowed = (
        replace(
            one, announcements=tuple(row for row in one.announcements if row.category in categories)
        )
        for one in announced
    )
    return [one for one in narrowed if one.announcements]


def holding(
    records: Sequence[DigestRecord], arrivals: Arrivals, asked: Asked
) -> DigestRecord | None:
    """The first of a subscription's slots that looked at a row of the paper; None for none."""
    if asked.standing is None:
        return None
    number = asked.standing.subscription.number
    for record in records:
        if record.subscription == number and any(
            record.after < arrival <= record.cursor and row.day > record.since
            for row, arrival in arrivals
            if row.category in asked.categories
        ):
            return record
    return None


def coming_rows(arrivals: Arrivals, asked: Asked) -> tuple[Announcement, ...]:
    """The rows of the paper that a subscription's next digest will look at."""
    standing = asked.standing
    if standing is None or standing.since is None or asked.paused:
        return ()
    return tuple(
        row
        for row, arrival in arrivals
        if row.category in asked.categories
        and arrival > standing.cursor
        and row.day > standing.since
    )


async def replayed(store: Store, paper_id: str, record: DigestRecord, asked: Asked) -> Verdict:
    """Decide once more what was decided in a slot.

    What the digest holds is kept; without a state it can no longer be told why it is not in there.
    """
    posted = next((one for one in record.posted if one.paper_id == paper_id), None)
    if posted:
        return Verdict(asked, State.POSTED, posted.reason, record.slot)
    query = parse_stored(record.query)
    then = replace(asked, query=query, limit=record.limit, kinds=record.kinds)
    window = await store.digests.arrived(record.since, record.after, record.cursor)
    announced = within(window, asked.categories)
    ids = [one.paper.id for one in announced]
    seen = await store.digests.seen(record.chat, ids, record.number)
    # In a thread: matching 500 papers takes 0.3 s, and other chats are waiting.
    found = await asyncio.to_thread(judge, paper_id, announced, then, seen)
    state = found.state if found.state is not State.POSTED else None
    return Verdict(asked, state, found.reason if state else "", record.slot)


async def waiting(
    store: Store, chat: Address, paper: Paper, arrivals: Arrivals, asked: Asked
) -> Verdict | None:
    """Tell what the next digest will make of a paper; None where it will not look at it."""
    rows = coming_rows(arrivals, asked)
    if not rows:
        return None
    seen = await store.digests.seen(chat, [paper.id])
    found = judge(paper.id, [Announced(paper, rows)], asked, seen)
    return replace(found, state=State.WAITING) if found.state is State.POSTED else found
