"""A digest is built: announced papers in, chosen entries and an account of all the others out."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from bot.digest.candidates import Candidate, Found, Window
from bot.digest.query import Query
from bot.digest.rank import place_in_digest, reason_against
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
REPLACEMENTS = frozenset({Kind.REPLACE, Kind.REPLACE_CROSS})
NOTHING_SEEN: Mapping[str, int] = MappingProxyType({})

Prepare = Callable[[Sequence[Paper]], Awaitable[None]]
"""Sees to it that summaries of some papers are stored, as far as that can be done."""

Verdict = tuple[Announcement, State, str]
"""What became of a paper: the row of it that counts, where that ended, and the reason."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What one reader gets of what a query found, and what not: together every candidate."""

    chosen: tuple[Candidate, ...]
    over_limit: tuple[Candidate, ...]
    seen: tuple[Candidate, ...]
    unwanted: tuple[Candidate, ...]

    def counts(self, found: Found) -> dict[State, int]:
        """Every state with the number of announced rows that ended in it."""
        mismatched = found.papers - len(found.candidates)
        return dict.fromkeys(State, 0) | {
            State.POSTED: len(self.chosen),
            State.OVER_LIMIT: len(self.over_limit),
            State.SEEN: len(self.seen),
            State.FILTERED: len(self.unwanted) + mismatched,
            State.REPEATED: found.rows - found.papers,
        }


@dataclass(frozen=True, slots=True)
class Selection:
    """The chosen papers in order, and what became of every announced row."""

    chosen: tuple[Candidate, ...]
    coverage: Coverage


def choose(
    found: Found,
    seen: Mapping[str, int] = NOTHING_SEEN,
    limit: int = 0,
    kinds: Collection[Kind] = EVERY_KIND,
) -> Choice:
    """Decide what of a query's papers belongs in one reader's digest.

    `seen` holds the papers that the reader got before, with the newest version of each, `kinds`
    why papers must be announced; `limit` counts entries, 0 means all.
    """
    wanted: list[Candidate] = []
    known: list[Candidate] = []
    unwanted: list[Candidate] = []
    for candidate in found.candidates:
        row = candidate.leading
        if row.kind in kinds and not _is_seen(row, seen):
            wanted.append(candidate)
        elif replacement := _replacement(candidate, seen, kinds):
            wanted.append(replacement)
        else:
            (known if row.kind in kinds else unwanted).append(candidate)
    wanted.sort(key=lambda one: place_in_digest(one.leading, one.rating))
    end = limit or len(wanted)
    return Choice(tuple(wanted[:end]), tuple(wanted[end:]), tuple(known), tuple(unwanted))


def _is_seen(row: Announcement, seen: Mapping[str, int]) -> bool:
    """Whether a reader got what a row announces: the paper or, of a replacement, its version."""
    version = seen.get(row.paper_id)
    return version is not None and (row.kind not in REPLACEMENTS or row.version <= version)


def _replacement(
    candidate: Candidate, seen: Mapping[str, int], kinds: Collection[Kind]
) -> Candidate | None:
    """The same paper for a later version that the same window announced, if the reader wants it."""
    newer = tuple(
        row
        for row in candidate.announced.announcements
        if row.kind in REPLACEMENTS.intersection(kinds)
        and row.version > candidate.leading.version
        and not _is_seen(row, seen)
    )
    if not newer:
        return None
    return replace(candidate, leading=replace(candidate.announced, announcements=newer).leading)


def select(
    query: Query,
    announced: Sequence[Announced],
    seen: Mapping[str, int] = NOTHING_SEEN,
    limit: int = 0,
    kinds: Collection[Kind] = EVERY_KIND,
) -> Selection:
    """Decide which papers belong in a digest, as `choose` does, and account for all the others.

    Every row ends in exactly one state: the row of a paper that counts in the paper's own, any
    further one as repeated.
    """
    window = Window(announced)
    choice = choose(window.find(query), seen, limit, kinds)
    verdicts = _verdicts(choice, limit)
    for place, one in enumerate(announced):
        miss = window.index.explain(query, place).miss
        if miss is not None:
            verdicts[one.paper.id] = one.leading, State.FILTERED, reason_against(miss)
    return Selection(choice.chosen, _coverage(announced, verdicts))


def _verdicts(choice: Choice, limit: int) -> dict[str, Verdict]:
    """What became of each candidate, by the paper's id."""
    verdicts: dict[str, Verdict] = {}
    for one in choice.chosen:
        verdicts[one.leading.paper_id] = one.leading, State.POSTED, one.rating.reason
    for number, one in enumerate(choice.over_limit, start=limit + 1):
        reason = f"number {number} of at most {limit}"
        verdicts[one.leading.paper_id] = one.leading, State.OVER_LIMIT, reason
    for one in choice.seen:
        verdicts[one.leading.paper_id] = one.leading, State.SEEN, "this chat got it before"
    for one in choice.unwanted:
        reason = f"{one.leading.kind} is not wanted here"
        verdicts[one.leading.paper_id] = one.leading, State.FILTERED, reason
    return verdicts


def _coverage(announced: Sequence[Announced], verdicts: Mapping[str, Verdict]) -> Coverage:
    decisions = [
        _decide(row, one.paper.title, *verdicts[one.paper.id])
        for one in announced
        for row in one.announcements
    ]
    decisions.sort(
        key=lambda one: (
            one.announcement.day,
            one.announcement.category,
            one.announcement.position,
        )
    )
    return Coverage(tuple(decisions))


def _decide(
    row: Announcement, title: str, counting: Announcement, state: State, reason: str
) -> Decision:
    if row == counting:
        return Decision(row, title, state, reason)
    return Decision(row, title, State.REPEATED, f"counted in {counting.category}")


async def build_digest(
    store: Store,
    query: Query,
    batches: Sequence[tuple[str, date]],
    language: str,
    limit: int,
    kinds: Collection[Kind] = EVERY_KIND,
    prepare: Prepare | None = None,
) -> Digest:
    """Build one digest of some batches; nothing is marked as seen.

    `prepare` is called with the chosen papers before their summaries are read.
    """
    announced = await store.announced(batches)
    # In a thread: matching 500 papers takes 0.3 s, and other chats are waiting.
    selection = await asyncio.to_thread(select, query, announced, limit=limit, kinds=kinds)
    if prepare is not None:
        await prepare([one.announced.paper for one in selection.chosen])
    return Digest(
        query=str(query),
        language=language,
        batches=tuple(batches),
        entries=await entries(store, selection.chosen, language),
        coverage=selection.coverage,
    )


async def entries(
    store: Store, candidates: Sequence[Candidate], language: str
) -> tuple[Entry, ...]:
    """Complete chosen papers with what is stored about them in a language, in their order."""
    versions = {one.leading.paper_id: one.leading.version for one in candidates}
    summaries = await store.summaries(versions, language)
    english = summaries if language == ENGLISH else await store.summaries(versions, ENGLISH)
    return tuple(_entry(one, language, summaries, english) for one in candidates)


def _entry(
    candidate: Candidate,
    language: str,
    summaries: Mapping[str, Summary],
    english: Mapping[str, Summary],
) -> Entry:
    paper, leading = candidate.announced.paper, candidate.leading
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
