"""A digest is built: announced papers in, chosen entries and an account of all the others out."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from bot.digest.match import BatchIndex
from bot.digest.query import Query
from bot.digest.rank import Rating, place_in_digest, rate, reason_against
from bot.enrich.enrich import ENGLISH, completed
from formatters.text import plain
from storage.models import (
    Announced,
    Announcement,
    Coverage,
    Decision,
    Digest,
    Entry,
    Kind,
    Paper,
    State,
    Summary,
)
from storage.store import Store

EVERY_KIND = frozenset(Kind)

Verdict = tuple[State, str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper that matches, with its rating."""

    announced: Announced
    rating: Rating


@dataclass(frozen=True, slots=True)
class Selection:
    """The chosen papers in order, and what became of every announced row."""

    chosen: tuple[Candidate, ...]
    coverage: Coverage


def select(
    query: Query,
    announced: Sequence[Announced],
    seen: Collection[str] = frozenset(),
    limit: int = 0,
    kinds: Collection[Kind] = EVERY_KIND,
) -> Selection:
    """Decide which papers belong in a digest.

    `seen` holds the ids that this reader got before, `kinds` why papers must be announced;
    `limit` counts entries, 0 means all. Every row ends in exactly one state: the first row of a
    paper in the paper's own, any further one as repeated.
    """
    index = BatchIndex(announced)
    candidates: list[Candidate] = []
    verdicts: dict[str, Verdict] = {}
    for place, one in enumerate(announced):
        match = index.explain(query, place)
        if match.miss is not None:
            verdicts[one.paper.id] = State.FILTERED, reason_against(match.miss)
        elif one.leading.kind not in kinds:
            verdicts[one.paper.id] = State.FILTERED, f"{one.leading.kind} is not wanted here"
        elif one.paper.id in seen:
            verdicts[one.paper.id] = State.SEEN, "this chat got it before"
        else:
            candidates.append(Candidate(one, rate(match)))
    candidates.sort(key=lambda one: place_in_digest(one.announced.leading, one.rating))
    chosen = tuple(candidates[:limit] if limit else candidates)
    for number, candidate in enumerate(candidates, start=1):
        verdicts[candidate.announced.paper.id] = (
            (State.POSTED, candidate.rating.reason)
            if number <= len(chosen)
            else (State.OVER_LIMIT, f"number {number} of at most {limit}")
        )
    return Selection(chosen, _coverage(announced, verdicts))


def _coverage(announced: Sequence[Announced], verdicts: dict[str, Verdict]) -> Coverage:
    decisions = [
        _decide(row, one, verdicts[one.paper.id]) for one in announced for row in one.announcements
    ]
    decisions.sort(
        key=lambda one: (
            one.announcement.day,
            one.announcement.category,
            one.announcement.position,
        )
    )
    return Coverage(tuple(decisions))


def _decide(row: Announcement, one: Announced, verdict: Verdict) -> Decision:
    if row == one.leading:
        return Decision(row, one.paper.title, *verdict)
    reason = f"counted in {one.leading.category}"
    return Decision(row, one.paper.title, State.REPEATED, reason)


async def build_digest(
    store: Store,
    query: Query,
    batches: Sequence[tuple[str, date]],
    language: str,
    limit: int,
    kinds: Collection[Kind] = EVERY_KIND,
) -> Digest:
    """Build one digest of some batches; nothing is marked as seen."""
    announced = await store.announced(batches)
    # In a thread: matching 500 papers takes 0.3 s, and other chats are waiting.
    selection = await asyncio.to_thread(select, query, announced, limit=limit, kinds=kinds)
    versions = {one.announced.paper.id: one.announced.leading.version for one in selection.chosen}
    summaries = await store.summaries(versions, language)
    english = summaries if language == ENGLISH else await store.summaries(versions, ENGLISH)
    return Digest(
        query=str(query),
        language=language,
        batches=tuple(batches),
        entries=tuple(_entry(one, language, summaries, english) for one in selection.chosen),
        coverage=selection.coverage,
    )


def _entry(
    candidate: Candidate,
    language: str,
    summaries: dict[str, Summary],
    english: dict[str, Summary],
) -> Entry:
    paper, leading = candidate.announced.paper, candidate.announced.leading
    return Entry(
        paper=paper,
        kind=leading.kind,
        version=leading.version,
        score=candidate.rating.score,
        reason=candidate.rating.reason,
        summary=summarise(
            paper, leading.version, language, summaries.get(paper.id), english.get(paper.id)
        ),
    )


def summarise(
    paper: Paper,
    version: int,
    language: str,
    summary: Summary | None,
    english: Summary | None,
) -> Summary:
    """Complete what is stored about a paper with the offline TL;DR."""
    return completed(
        summary, english, paper.id, version, language, plain(paper.title), plain(paper.abstract)
    )
