"""A digest: each announced paper once, and an account of every announced row."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest.build import build_digest, choose, entries, select, summarise
from bot.digest.candidates import Window
from bot.digest.intake import take_in
from bot.digest.parser import parse
from bot.sources.archive import read_whole
from bot.sources.feed import Feed, FeedRow, parse_feed
from storage.models import (
    Announced,
    Announcement,
    Coverage,
    Digest,
    Kind,
    Origin,
    State,
    Summary,
)
from storage.store import Store
from tests.fakes.arxiv import paper

NOW = datetime(2026, 4, 21, 6, 0, tzinfo=UTC)
MONDAY, TUESDAY = date(2026, 4, 20), date(2026, 4, 21)

Row = tuple[str, str, date, Kind, int]
"""An announced row of a paper: category, day, kind and position, beside its id."""


def announced(*rows: Row) -> list[Announced]:
    """The papers of some rows, titled by their numbers, each once, in the order of the rows."""
    papers: dict[str, list[Announcement]] = {}
    for paper_id, category, day, kind, position in rows:
        row = Announcement(paper_id, 1, category, day, kind, position)
        papers.setdefault(paper_id, []).append(row)
    return [Announced(paper(key, title=f"Kite {key}"), tuple(one)) for key, one in papers.items()]


def states(coverage: Coverage) -> list[tuple[str, str, State]]:
    return [
        (one.announcement.category, one.announcement.paper_id, one.state)
        for one in coverage.decisions
    ]


BATCHES = announced(
    ("2604.00001", "cs.CV", TUESDAY, Kind.NEW, 0),
    ("2604.00002", "cs.CV", TUESDAY, Kind.CROSS, 1),
    ("2604.00003", "cs.CV", TUESDAY, Kind.REPLACE, 2),
    ("2604.00001", "cs.LG", TUESDAY, Kind.CROSS, 1),
    ("2604.00002", "cs.LG", TUESDAY, Kind.NEW, 0),
    ("2604.00004", "cs.LG", TUESDAY, Kind.REPLACE_CROSS, 2),
)


def test_a_paper_in_several_batches_is_chosen_once_and_its_other_rows_are_repeated() -> None:
    selection = select(parse("cs.CV cs.LG"), BATCHES)
    leading = [one.leading for one in selection.chosen]
    assert [(row.paper_id, row.category, row.kind) for row in leading] == [
        ("2604.00001", "cs.CV", Kind.NEW),
        ("2604.00002", "cs.LG", Kind.NEW),
        ("2604.00003", "cs.CV", Kind.REPLACE),
        ("2604.00004", "cs.LG", Kind.REPLACE_CROSS),
    ]
    assert states(selection.coverage) == [
        ("cs.CV", "2604.00001", State.POSTED),
        ("cs.CV", "2604.00002", State.REPEATED),
        ("cs.CV", "2604.00003", State.POSTED),
        ("cs.LG", "2604.00002", State.POSTED),
        ("cs.LG", "2604.00001", State.REPEATED),
        ("cs.LG", "2604.00004", State.POSTED),
    ]
    reasons = {one.state: one.reason for one in selection.coverage.decisions[:3]}
    assert reasons == {State.POSTED: "in cs.CV", State.REPEATED: "counted in cs.LG"}


@pytest.mark.parametrize(
    ("query", "seen", "limit", "counts"),
    [
        ("cs.CV cs.LG", [], 0, {State.POSTED: 4, State.REPEATED: 2}),
        ("cs.CV cs.LG", [], 9, {State.POSTED: 4, State.REPEATED: 2}),
        ("cs.CV cs.LG", [], 1, {State.POSTED: 1, State.OVER_LIMIT: 3, State.REPEATED: 2}),
        (
            "cs.CV cs.LG",
            ["2604.00002", "1001.00001"],
            2,
            {State.POSTED: 2, State.OVER_LIMIT: 1, State.SEEN: 1, State.REPEATED: 2},
        ),
        ("kite", ["2604.00001"], 0, {State.POSTED: 3, State.SEEN: 1, State.REPEATED: 2}),
        ("nothing", ["2604.00001"], 1, {State.FILTERED: 4, State.REPEATED: 2}),
        (
            "-00003",
            [],
            1,
            {State.POSTED: 1, State.OVER_LIMIT: 2, State.FILTERED: 1, State.REPEATED: 2},
        ),
    ],
)
def test_every_row_ends_in_exactly_one_state(
    query: str, seen: list[str], limit: int, counts: dict[State, int]
) -> None:
    selection = select(parse(query), BATCHES, dict.fromkeys(seen, 1), limit)
    assert {state: n for state, n in selection.coverage.counts().items() if n} == counts
    assert selection.coverage.announced == sum(counts.values()) == 6
    assert len(selection.chosen) == counts.get(State.POSTED, 0)


def test_reasons_tell_which_term_the_limit_and_what_was_seen() -> None:
    selection = select(parse("kite -00003"), BATCHES, {"2604.00001": 1}, 1)
    reasons = {
        one.announcement.paper_id: one.reason
        for one in selection.coverage.decisions
        if one.state is not State.REPEATED
    }
    assert reasons == {
        "2604.00001": "this chat got it before",
        "2604.00002": "kite in title (+3)",
        "2604.00003": "excluded by -00003",
        "2604.00004": "number 2 of at most 1",
    }


def test_papers_announced_for_another_reason_than_wanted_are_filtered() -> None:
    selection = select(parse("cs.CV cs.LG"), BATCHES, kinds={Kind.NEW, Kind.REPLACE_CROSS})
    # Cross-listed in one category and new in the other counts as new.
    chosen = [one.announced.paper.id for one in selection.chosen]
    assert chosen == ["2604.00001", "2604.00002", "2604.00004"]
    (left_out,) = [one for one in selection.coverage.decisions if one.state is State.FILTERED]
    assert left_out.announcement.paper_id == "2604.00003"
    assert "replace" in left_out.reason


def test_better_scores_come_first_within_their_section_and_then_the_limit_cuts() -> None:
    titles = {"2604.00001": "Winds", "2604.00002": "Kites", "2604.00003": "Kites and winds"}
    kinds = {"2604.00001": Kind.NEW, "2604.00002": Kind.NEW, "2604.00003": Kind.CROSS}
    batch = [
        Announced(
            paper(key, title=titles[key], abstract="Kites."),
            (Announcement(key, 1, "cs.CV", TUESDAY, kinds[key], position),),
        )
        for position, key in enumerate(titles)
    ]
    orders = {0: [2, 1, 3], 2: [2, 1], 1: [2]}
    for limit, order in orders.items():
        chosen = select(parse("kites"), batch, limit=limit).chosen
        assert [one.announced.paper.id for one in chosen] == [f"2604.0000{n}" for n in order]


rows = st.tuples(
    st.integers(1, 9),
    st.sampled_from(["cs.CV", "cs.LG", "math.NA"]),
    st.sampled_from([MONDAY, TUESDAY]),
    st.sampled_from(Kind),
    st.integers(1, 3),
)


@st.composite
def batches(draw: st.DrawFn) -> list[Announced]:
    """Papers announced as some versions; what is new or cross-listed is the first."""
    made: dict[str, list[Announcement]] = {}
    found = draw(st.lists(rows, max_size=20, unique_by=lambda one: one[:3]))
    for position, (number, category, day, kind, version) in enumerate(found):
        key = f"2604.{number:05}"
        announced_as = version + 1 if kind in (Kind.REPLACE, Kind.REPLACE_CROSS) else 1
        row = Announcement(key, announced_as, category, day, kind, position)
        made.setdefault(key, []).append(row)
    filed = ("cs.CV", "cs.LG", "math.NA")
    return [
        Announced(paper(key, title=f"Kite {key}", categories=filed), tuple(one))
        for key, one in made.items()
    ]


texts = st.sampled_from(["cs.CV", "kite", "-kite", "kite -00003", "cs.CV OR 00004", "gans"])
numbers = st.integers(1, 9).map(lambda number: f"2604.{number:05}")
got = st.dictionaries(numbers, st.integers(1, 4))
kinds = st.sets(st.sampled_from(Kind))


@given(batches(), texts, got, st.integers(0, 4), kinds)
def test_coverage_always_adds_up_and_agrees_with_what_was_chosen(
    batch: Sequence[Announced], query: str, seen: dict[str, int], limit: int, wanted: set[Kind]
) -> None:
    selection = select(parse(query), batch, seen, limit, wanted)
    counts = selection.coverage.counts()
    chosen = {one.leading.paper_id: one.leading for one in selection.chosen}
    assert sum(counts.values()) == sum(len(one.announcements) for one in batch)
    assert counts[State.REPEATED] == sum(len(one.announcements) - 1 for one in batch)
    assert counts[State.POSTED] == len(chosen) == len(selection.chosen)
    assert limit == 0 or len(chosen) <= limit
    assert all(row.kind in wanted for row in chosen.values())
    assert all(row.version > seen.get(key, 0) for key, row in chosen.items())
    posted = [one for one in selection.coverage.decisions if one.state is State.POSTED]
    assert {one.announcement.paper_id: one.announcement for one in posted} == chosen


@given(batches(), texts, got, st.integers(0, 4), kinds)
def test_choosing_without_an_account_agrees_with_the_account(
    batch: Sequence[Announced], query: str, seen: dict[str, int], limit: int, wanted: set[Kind]
) -> None:
    selection = select(parse(query), batch, seen, limit, wanted)
    found = Window(batch).find(parse(query))
    choice = choose(found, seen, limit, wanted)
    assert choice.chosen == selection.chosen
    assert choice.counts(found) == selection.coverage.counts()


@given(batches(), texts, got, kinds)
def test_nobody_gets_twice_what_one_digest_brought(
    batch: Sequence[Announced], query: str, seen: dict[str, int], wanted: set[Kind]
) -> None:
    found = Window(batch).find(parse(query))
    while chosen := choose(found, seen, limit=2, kinds=wanted).chosen:
        assert all(one.leading.version > seen.get(one.leading.paper_id, 0) for one in chosen)
        seen |= {one.leading.paper_id: one.leading.version for one in chosen}


async def test_entries_come_in_the_order_of_the_candidates(store: Store) -> None:
    batch = announced(
        ("2604.00001", "cs.CV", TUESDAY, Kind.NEW, 1), ("2604.00002", "cs.CV", TUESDAY, Kind.NEW, 0)
    )
    papers = [one.paper for one in batch]
    await store.add_papers(papers, [Summary("2604.00001", 1, "zh", "风筝", "风筝会飞。")])
    candidates = Window(batch).find(parse("kite")).candidates
    second, first = await entries(store, candidates, "zh")
    assert (second.paper.id, first.paper.id) == ("2604.00002", "2604.00001")
    assert first.summary is not None
    assert first.summary.title == "风筝"
    assert await entries(store, (), "zh") == ()


async def test_a_digest_names_its_query_batches_versions_and_summaries(store: Store) -> None:
    rows = (
        FeedRow(paper("2604.00001"), Kind.NEW),
        FeedRow(paper("2604.00002", version=2), Kind.REPLACE),
    )
    await take_in(store, Feed("cs.CV", TUESDAY, rows), NOW)
    chinese = Summary("2604.00001", 1, "zh", "风筝", "风筝会飞。", None, Origin.IMPORTED)
    english = Summary("2604.00002", 2, "en", tldr="Winds blow.", origin=Origin.MODEL, model="m")
    await store.add_papers([], [chinese, english])
    digest = await build_digest(store, parse("cat:cs.cv"), [("cs.CV", TUESDAY)], "zh", 0)
    assert (digest.query, digest.language) == ("cs.CV", "zh")
    assert digest.batches == (("cs.CV", TUESDAY),)
    first, second = digest.entries
    assert (first.paper, first.kind, first.version) == (rows[0].paper, Kind.NEW, 1)
    assert first.summary == chinese
    assert (second.kind, second.version, second.reason) == (Kind.REPLACE, 2, "in cs.CV")
    assert second.summary == Summary(
        "2604.00002", 2, "zh", tldr="Winds blow.", origin=Origin.MODEL, model="m"
    )
    english_digest = await build_digest(store, parse("cs.CV"), [("cs.CV", TUESDAY)], "en", 1)
    (only,) = english_digest.entries
    assert only.summary is not None
    assert (only.summary.language, only.summary.origin) == ("en", Origin.EXTRACTED)
    assert only.summary.tldr == "We show what 2604.00001 shows."


async def test_a_digest_of_nothing_is_empty(store: Store) -> None:
    digest = await build_digest(store, parse("cs.CV"), [("cs.CV", TUESDAY)], "en", 0)
    assert digest == Digest("cs.CV", "en", (("cs.CV", TUESDAY),))


async def test_an_entry_tells_the_version_that_was_announced(store: Store) -> None:
    for day, version, kind in ((MONDAY, 1, Kind.NEW), (TUESDAY, 2, Kind.REPLACE)):
        announcement = FeedRow(paper("2604.00001", version=version), kind)
        await take_in(store, Feed("cs.CV", day, (announcement,)), NOW)
    batches = [("cs.CV", MONDAY), ("cs.CV", TUESDAY)]
    for days, expected in ((batches, (1, Kind.NEW)), (batches[1:], (2, Kind.REPLACE))):
        digest = await build_digest(store, parse("cs.CV"), days, "en", 0)
        (entry,) = digest.entries
        assert (entry.version, entry.kind) == expected
        assert digest.coverage.announced == len(days)


def test_the_tldr_is_extracted_from_readable_text() -> None:
    one = paper(
        "2604.00001",
        title="Kites and $\\alpha$-winds",
        abstract="Kites are old. We propose $\\alpha$-winds for G\\\"odel's kites. They fly.",
    )
    summary = summarise(one, 1, "en", None, None)
    assert summary.tldr == "We propose α-winds for Gödel's kites. They fly."


@pytest.mark.shared
@pytest.mark.parametrize("dialect", ["rss", "atom"])
async def test_a_real_batch_gives_each_announced_paper_once_and_the_next_day_only_its_own(
    store: Store, shared_data: Path, dialect: str
) -> None:
    for day in (TUESDAY, date(2026, 4, 22)):
        path = shared_data / f"feeds/{dialect}_cs.CV_{day}.xml.gz"
        taken = await take_in(store, parse_feed(read_whole(path)), NOW)
        batch = ("cs.CV", taken.verdict.day)
        digest = await build_digest(store, parse("cs.CV"), [batch], "en", 0)
        announced_items = truth(shared_data, day)
        assert [[one.paper.id, one.version, one.kind] for one in digest.entries] == announced_items
        posted = {State.POSTED: len(announced_items)}
        assert digest.coverage.counts() == dict.fromkeys(State, 0) | posted
        assert all(one.summary and one.summary.tldr for one in digest.entries)
    assert len(truth(shared_data, TUESDAY)) == 501


@pytest.mark.shared
async def test_several_real_batches_add_up_with_papers_in_both(
    store: Store, shared_data: Path
) -> None:
    day = date(2026, 6, 16)
    batches = []
    for category in ("cs.AI", "cs.CL"):
        path = shared_data / f"feeds/rss_{category}_{day}.xml.gz"
        await take_in(store, parse_feed(read_whole(path)), NOW)
        batches.append((category, day))
    digest = await build_digest(store, parse("cs.AI cs.CL -survey"), batches, "en", 20)
    counts = digest.coverage.counts()
    assert sum(counts.values()) == digest.coverage.announced == 234 + 160
    assert counts[State.POSTED] == len(digest.entries) == 20
    assert counts[State.REPEATED] == 61
    assert counts[State.FILTERED] > 0
    assert counts[State.OVER_LIMIT] == 234 + 160 - 20 - 61 - counts[State.FILTERED]
    assert len({entry.paper.id for entry in digest.entries}) == 20


def truth(shared_data: Path, day: date) -> list[list[object]]:
    for line in (shared_data / "feeds/truth.jsonl").read_text().splitlines():
        record = json.loads(line)
        if (record["feed"], record["date"]) == ("cs.CV", str(day)):
            items: list[list[object]] = record["items"]
            return items
    raise AssertionError(f"no truth for {day}")
