"""What a query finds in a window: rated, in order, and within the categories it looks in."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from bot.digest.candidates import Found, Window
from bot.digest.match import BatchIndex
from bot.digest.parser import parse
from bot.digest.query import Query
from bot.digest.rank import place_in_digest, rate
from storage.models import Announced, Announcement, Kind
from tests.bot.digest.meeting import papers, small_queries
from tests.fakes.arxiv import paper

TUESDAY = date(2026, 4, 21)
CATEGORIES = ("cs.CV", "cs.LG", "cs.RO")


def announced(number: int, **kinds: Kind) -> Announced:
    """A paper that some categories (`cs_CV`) announced for some reason."""
    key = f"2604.{number:05}"
    rows = (
        Announcement(key, 1, name.replace("_", "."), TUESDAY, kind, number)
        for name, kind in kinds.items()
    )
    one = paper(key, title=f"Kite {number}", abstract="Winds.", categories=CATEGORIES)
    return Announced(one, tuple(rows))


WINDOW = Window(
    [
        announced(1, cs_CV=Kind.CROSS, cs_LG=Kind.NEW),
        announced(2, cs_LG=Kind.NEW),
        announced(3, cs_CV=Kind.NEW, cs_RO=Kind.CROSS),
    ]
)


def kinds(found: Found) -> list[tuple[str, Kind]]:
    return [(one.leading.paper_id, one.leading.kind) for one in found.candidates]


def test_a_paper_counts_as_what_the_categories_that_are_looked_in_announced() -> None:
    everywhere = WINDOW.find(parse("kite"))
    assert kinds(everywhere) == [(f"2604.0000{number}", Kind.NEW) for number in (1, 2, 3)]
    assert (everywhere.papers, everywhere.rows) == (3, 5)
    found = WINDOW.find(parse("kite"), ["cs.CV"])
    assert kinds(found) == [("2604.00003", Kind.NEW), ("2604.00001", Kind.CROSS)]
    assert (found.papers, found.rows) == (2, 2)
    assert [len(one.announced.announcements) for one in found.candidates] == [1, 1]


def test_categories_without_announcements_hold_nothing() -> None:
    assert WINDOW.find(parse("kite"), ["hep-th"]) == Found((), 0, 0)
    assert Window([]).find(parse("-kite")) == Found((), 0, 0)


def test_what_does_not_match_is_counted_too() -> None:
    assert WINDOW.find(parse("gan"), ["cs.CV", "cs.LG"]) == Found((), 3, 4)


def test_ratings_tell_the_terms_of_each_paper() -> None:
    found = WINDOW.find(parse("cs.CV (kite 1 OR winds)"))
    assert {one.leading.paper_id: one.rating.reason for one in found.candidates} == {
        "2604.00001": "in cs.CV; kite in title (+3); 1 in title (+3); winds in abstract (+1)",
        "2604.00002": "in cs.CV; winds in abstract (+1)",
        "2604.00003": "in cs.CV; winds in abstract (+1)",
    }


@given(small_queries, st.lists(papers, max_size=5))
def test_candidates_are_the_matching_papers_rated_one_by_one(
    query: Query, batch: list[Announced]
) -> None:
    index = BatchIndex(batch)
    rated = [(batch[place], rate(index.explain(query, place))) for place in index.matching(query)]
    rated.sort(key=lambda one: place_in_digest(one[0].leading, one[1]))
    found = Window(batch).find(query).candidates
    assert [(one.announced, one.rating) for one in found] == rated


@st.composite
def batches(draw: st.DrawFn) -> list[Announced]:
    """Papers that some of their categories announced."""
    rows = st.dictionaries(
        st.sampled_from(["cs_CV", "cs_LG", "cs_RO"]), st.sampled_from(Kind), min_size=1
    )
    return [announced(number, **draw(rows)) for number in range(draw(st.integers(0, 5)))]


def within(batch: list[Announced], categories: set[str]) -> list[Announced]:
    """The papers of a batch as they are read where only some categories are."""
    narrowed = [
        Announced(one.paper, tuple(row for row in one.announcements if row.category in categories))
        for one in batch
    ]
    return [one for one in narrowed if one.announcements]


@given(
    batches(),
    st.sampled_from(["kite", "cs.CV", "-1", "kite -cs.RO", "cs.CV OR 2", "winds 3"]),
    st.sets(st.sampled_from(CATEGORIES)),
)
def test_one_window_serves_readers_of_different_categories(
    batch: list[Announced], query: str, categories: set[str]
) -> None:
    found = Window(batch).find(parse(query), categories)
    assert found == Window(within(batch, categories)).find(parse(query))


@given(
    batches(),
    st.lists(st.tuples(small_queries, st.lists(st.sampled_from(CATEGORIES)).map(tuple))),
)
def test_many_searches_find_what_each_finds_alone(
    batch: list[Announced], searches: list[tuple[Query, tuple[str, ...]]]
) -> None:
    window = Window(batch)
    assert window.find_all(searches) == {one: window.find(*one) for one in searches}
