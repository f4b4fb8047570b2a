"""The tree of a query, and what it prints."""

import pytest
from hypothesis import given

from bot.digest.parser import parse
from bot.digest.query import (
    And,
    Archive,
    Category,
    Field,
    Not,
    Or,
    Query,
    Words,
    all_of,
    any_of,
    categories,
    looks_like_category,
    negated,
    read_category,
    terms,
)
from bot.sources import taxonomy
from tests.bot.digest.strategies import every_category, queries

CV, CL, CS = Category("cs.CV"), Category("cs.CL"), Archive("cs")
DIFFUSION, SURVEY = Words(Field.TEXT, "diffusion"), Words(Field.TEXT, "survey")

PRINTED: list[tuple[Query, str]] = [
    (CV, "cs.CV"),
    (CS, "cs.*"),
    (DIFFUSION, "diffusion"),
    (Words(Field.TEXT, "diffusion models"), '"diffusion models"'),
    (Words(Field.TEXT, "gpt-4.1"), "gpt-4.1"),
    (Words(Field.TEXT, "cs.cv"), '"cs.cv"'),
    (Words(Field.TITLE, "cs.cv"), "ti:cs.cv"),
    (Words(Field.ABSTRACT, "survey"), "abs:survey"),
    (Words(Field.AUTHOR, "kaiming he"), 'au:"kaiming he"'),
    (Not(SURVEY), "-survey"),
    (Not(Or((DIFFUSION, SURVEY))), "-(diffusion OR survey)"),
    (Or((CV, CL)), "cs.CV OR cs.CL"),
    (And((CV, CL)), "cs.CV AND cs.CL"),
    (And((CV, CS, DIFFUSION, CL)), "cs.CV AND cs.* diffusion cs.CL"),
    (And((Or((CV, CL)), DIFFUSION, Not(SURVEY))), "(cs.CV OR cs.CL) diffusion -survey"),
    (Or((And((CV, DIFFUSION)), SURVEY)), "(cs.CV diffusion) OR survey"),
]


@pytest.mark.parametrize(("query", "text"), PRINTED)
def test_a_query_prints_in_one_canonical_form(query: Query, text: str) -> None:
    assert str(query) == text


@given(queries)
def test_what_a_query_prints_reads_back_as_the_same_query(query: Query) -> None:
    assert parse(str(query)) == query
    assert str(parse(str(query))) == str(query)


def test_groups_in_groups_of_the_same_kind_are_one_group_without_repetitions() -> None:
    assert all_of(CV, all_of(DIFFUSION, CV), SURVEY) == And((CV, DIFFUSION, SURVEY))
    assert any_of(CV, any_of(CL, CV), DIFFUSION) == Or((CV, CL, DIFFUSION))


def test_a_group_of_one_is_that_one() -> None:
    assert all_of(CV, CV) == CV
    assert any_of(any_of(CL)) == CL


def test_excluding_what_is_excluded_asks_for_it() -> None:
    assert negated(negated(CV)) == CV


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cs.CV", True),
        ("CS.cv", True),
        ("cs.ZZ", True),
        ("cs.*", True),
        ("hep-th", True),
        ("cond-mat", True),
        ("astro-ph.CO", True),
        ("alg-geom", True),
        ("cs", False),
        ("math", False),
        ("physics", False),
        ("gpt-4.1", False),
        ("v1.5", False),
        ("llama-3.1", False),
        ("node.js", False),
        ("cs.CV.x", False),
        ("cs.", False),
        ("zero-shot", False),
        ("-", False),
        ("", False),
    ],
)
def test_a_category_is_told_from_a_word(text: str, expected: bool) -> None:
    assert looks_like_category(text) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("CS.cv", CV),
        ("math.MP", Category("math-ph")),
        ("cs.SY", Category("eess.SY")),
        ("q-alg", Category("math.QA")),
        ("hep-th.*", Category("hep-th")),
        ("CS.*", CS),
        ("cs", CS),
        ("cond-mat", Archive("cond-mat")),
        ("cs.ZZ", None),
        ("cs.CV.*", None),
        ("*", None),
        ("", None),
    ],
)
def test_every_spelling_of_a_category_is_read(name: str, expected: Query | None) -> None:
    assert read_category(name) == expected


@given(every_category)
def test_every_category_of_arxiv_is_read(name: str) -> None:
    assert looks_like_category(name)
    assert read_category(name) == Category(taxonomy.canonical(name) or "")


def test_the_terms_are_what_is_asked_for_in_order() -> None:
    assert list(terms(parse("cs.CV (survey OR diffusion) -cs.CL"))) == [CV, SURVEY, DIFFUSION]


def test_the_categories_to_read_are_those_asked_for() -> None:
    assert categories(parse("cs.CV cs.SY diffusion -cs.CL")) == {"cs.CV", "eess.SY"}


def test_of_an_archive_all_categories_are_to_read() -> None:
    assert categories(parse("math.* OR cs.CV")) == {*taxonomy.members("math"), "cs.CV"}


def test_a_query_of_words_names_no_category_to_read() -> None:
    assert categories(parse("diffusion -cs.CV")) == frozenset()


def test_equal_words_have_equal_tokens() -> None:
    assert Words(Field.TITLE, "neural networks").tokens == ("neural", "network")
    assert Words(Field.AUTHOR, "james jones").tokens == ("james", "jones")
