"""Papers: what a second description may change, and that text survives byte for byte."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.models import Paper
from storage.papers import Changes, merged
from storage.store import Store
from tests.storage.examples import paper, summary

WHOLE, CUT = "We light lanterns. They shine.", "We light lan"
FILLED = ("title", "authors", "categories", "comment", "doi", "journal_ref", "licence")
JANUARY = datetime(2026, 1, 5, 18, 0, tzinfo=UTC)

stored_or_incoming = st.builds(
    Paper,
    id=st.just("2604.00001"),
    version=st.integers(1, 3),
    title=st.sampled_from(["", "Lanterns", "Lanterns  ", "Kites"]),
    abstract=st.sampled_from(["", WHOLE, WHOLE.replace(" ", "\n"), CUT, "We fly kites."]),
    authors=st.sampled_from([(), ("Ada Lund",), ("Ada Lund", "Bo Qi")]),
    categories=st.sampled_from([(), ("cs.CV",), ("cs.LG", "cs.CV")]),
    comment=st.sampled_from([None, "8 pages"]),
    doi=st.sampled_from([None, "10.1000/lanterns"]),
    journal_ref=st.sampled_from([None, "J. Light 1"]),
    licence=st.sampled_from([None, "http://creativecommons.org/licenses/by/4.0/"]),
    published=st.sampled_from([None, JANUARY]),
    updated=st.sampled_from([None, JANUARY]),
    abstract_complete=st.booleans(),
)

# As SQLite stores it: whole characters, so no halves of surrogate pairs. All others, NUL too.
texts = st.text(st.characters(exclude_categories=["Cs"]))
numbers = itertools.count(1)


@pytest.mark.parametrize(
    ("stored", "incoming", "authoritative", "expected"),
    [
        pytest.param(
            paper(version=1, title="Old", abstract="Old."),
            paper(version=1, title="New", abstract="New."),
            True,
            paper(version=1, title="New", abstract="New."),
            id="arXiv's own description of the same version replaces the text",
        ),
        pytest.param(
            paper(version=1, title="Old", abstract="Old."),
            paper(version=1, title="New", abstract="New."),
            False,
            paper(version=1, title="Old", abstract="Old."),
            id="any other description of the same version does not",
        ),
        pytest.param(
            paper(version=1, title="Old", abstract="Old."),
            paper(version=2, title="New", abstract="New."),
            True,
            paper(version=2, title="New", abstract="New."),
            id="a newer version replaces the text",
        ),
        pytest.param(
            paper(version=1, title="Old", abstract="Old."),
            paper(version=2, title="New", abstract="New."),
            False,
            paper(version=2, title="New", abstract="New."),
            id="a newer version replaces the text wherever it comes from",
        ),
        pytest.param(
            paper(version=1, abstract=WHOLE),
            paper(version=2, abstract=CUT, abstract_complete=False),
            False,
            paper(version=1, abstract=WHOLE),
            id="unless it comes cut from somewhere else than arXiv",
        ),
        pytest.param(
            paper(version=2, title="New", abstract="New."),
            paper(version=1, title="Old", abstract="Old."),
            True,
            paper(version=2, title="New", abstract="New."),
            id="an older version changes nothing",
        ),
        pytest.param(
            paper(version=2, abstract="", categories=(), authors=()),
            paper(version=1, abstract="Old."),
            True,
            paper(version=2, abstract="Old."),
            id="but fills what is missing",
        ),
        pytest.param(
            paper(title="", abstract=""),
            paper(title="Lanterns", abstract=CUT, abstract_complete=False),
            False,
            paper(title="Lanterns", abstract=CUT, abstract_complete=False),
            id="a cut abstract is better than none",
        ),
        pytest.param(
            paper(abstract=WHOLE),
            paper(abstract=CUT, abstract_complete=False),
            True,
            paper(abstract=WHOLE),
            id="a whole abstract is not replaced by a cut one of the same version",
        ),
        pytest.param(
            paper(abstract=CUT, abstract_complete=False),
            paper(abstract=WHOLE),
            False,
            paper(abstract=WHOLE),
            id="a cut abstract is replaced by a whole one of the same version",
        ),
        pytest.param(
            paper(abstract=WHOLE),
            paper(version=2, abstract="New, but cu", abstract_complete=False),
            True,
            paper(version=2, abstract="New, but cu", abstract_complete=False),
            id="arXiv's newer abstract counts even where it is cut",
        ),
        pytest.param(
            paper(title="Lanterns at\n  Night", abstract="We light\nlanterns."),
            paper(title="Lanterns at Night", abstract="We light lanterns.\n"),
            True,
            paper(title="Lanterns at\n  Night", abstract="We light\nlanterns."),
            id="text that differs in line breaks only stays as it was first stored",
        ),
        pytest.param(
            paper(categories=("cs.CV", "cs.LG", "I.2.7")),
            paper(version=2, categories=("cs.CV",)),
            True,
            paper(version=2, categories=("cs.CV", "cs.LG", "I.2.7")),
            id="a primary category alone, as in old feeds, takes no others away",
        ),
        pytest.param(
            paper(categories=("cs.CV", "cs.LG")),
            paper(version=2, categories=("cs.LG",)),
            True,
            paper(version=2, categories=("cs.LG",)),
            id="another primary category counts",
        ),
        pytest.param(
            paper(title="Lanterns", abstract="We light."),
            paper(version=2, title="", abstract="", authors=(), categories=()),
            True,
            paper(version=2, title="Lanterns", abstract="We light."),
            id="what a newer version leaves out stays",
        ),
    ],
)
def test_what_stays_of_two_descriptions(
    stored: Paper, incoming: Paper, authoritative: bool, expected: Paper
) -> None:
    assert merged(stored, incoming, authoritative) == expected


@given(stored_or_incoming, stored_or_incoming, st.booleans())
def test_merging_again_changes_nothing(stored: Paper, incoming: Paper, official: bool) -> None:
    once = merged(stored, incoming, official)
    assert merged(once, incoming, official) == once
    assert merged(once, once, official) == once


@given(stored_or_incoming, stored_or_incoming, st.booleans())
def test_nothing_that_either_knows_is_lost(stored: Paper, incoming: Paper, official: bool) -> None:
    result = merged(stored, incoming, official)
    for field in ("abstract", *FILLED):
        known = {getattr(stored, field), getattr(incoming, field)} - {None, "", ()}
        assert getattr(result, field) in (known or {getattr(stored, field)}), field


@given(stored_or_incoming, stored_or_incoming, st.booleans())
def test_the_version_never_goes_back(stored: Paper, incoming: Paper, official: bool) -> None:
    assert stored.version <= merged(stored, incoming, official).version


@given(stored_or_incoming, stored_or_incoming)
def test_what_is_there_stays_where_arxiv_itself_is_not_the_source(
    stored: Paper, incoming: Paper
) -> None:
    same_version = replace(incoming, version=stored.version)
    result = merged(stored, same_version, authoritative=False)
    for field in FILLED:
        assert getattr(result, field) == getattr(stored, field) or not getattr(stored, field)


@given(stored_or_incoming, stored_or_incoming, st.booleans())
def test_a_whole_abstract_of_the_same_version_stays_whole(
    stored: Paper, incoming: Paper, official: bool
) -> None:
    same_version = replace(incoming, version=stored.version)
    result = merged(stored, same_version, official)
    wholes = {one.abstract for one in (stored, same_version) if one.abstract_complete} - {""}
    if wholes:
        assert result.abstract_complete
        assert result.abstract in wholes


async def test_papers_come_back_as_they_were(store: Store) -> None:
    full = Paper(
        id="math/0611800",
        version=12,
        title="Kites",
        abstract="We fly $x$ kites.",
        authors=("Ada Lund", "José “Pepe” O'Neil"),
        categories=("math.OC", "cs.CV", "I.2.7; H.3.3"),
        comment="8 pages",
        doi="10.1000/kites",
        journal_ref="J. Wind 1",
        licence="http://creativecommons.org/licenses/by/4.0/",
        published=JANUARY,
        updated=datetime(2026, 2, 5, 18, 0, 59, 123456, tzinfo=UTC),
        abstract_complete=False,
    )
    bare = Paper("2604.00002", 1, "", "")
    await store.add_papers([full, bare])
    assert await store.papers([full.id, "2604.99999", bare.id]) == {full.id: full, bare.id: bare}


async def test_more_papers_than_fit_one_statement_come_back(store: Store) -> None:
    many = [paper(number) for number in range(1, 1202)]
    assert await store.add_papers(many) == Changes(added=1201)
    assert await store.papers(one.id for one in many) == {one.id: one for one in many}


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=texts, more=texts, names=st.lists(texts, max_size=3))
async def test_text_survives_byte_for_byte(
    store: Store, text: str, more: str, names: list[str]
) -> None:
    number = next(numbers)
    one = replace(paper(number), title=text, abstract=more, authors=tuple(names), comment=text)
    translated = summary(number, title=text, tldr=more, abstract=text + more)
    await store.add_papers([one], [translated])
    assert await store.papers([one.id]) == {one.id: one}
    assert await store.summaries({one.id: 1}, "zh") == {one.id: translated}


async def test_changes_are_counted(store: Store) -> None:
    assert await store.add_papers([paper(1), paper(2)]) == Changes(added=2)
    again = await store.add_papers([paper(1), paper(2, title="Other"), paper(3)])
    assert again == Changes(added=1, changed=1, unchanged=1)
    assert await store.add_papers([], [summary(1)]) == Changes(changed=1)
    assert await store.add_papers([paper(1)], [summary(1)]) == Changes(unchanged=1)
    assert await store.add_papers([]) == Changes()


def test_changes_of_two_steps_add_up() -> None:
    assert Changes(1, 2, 3) + Changes(10, 20, 30) == Changes(11, 22, 33)


async def test_one_paper_given_twice_is_merged(store: Store) -> None:
    twice = [paper(title="Old", categories=()), paper(version=2, title="New", authors=())]
    assert await store.add_papers(twice) == Changes(added=1)
    assert await store.papers([twice[0].id]) == {twice[0].id: paper(version=2, title="New")}


async def test_what_another_source_says_only_fills_what_is_missing(store: Store) -> None:
    await store.add_papers([paper(categories=())])
    await store.add_papers([paper(title="Other")], authoritative=False)
    assert await store.papers([paper().id]) == {paper().id: paper()}
