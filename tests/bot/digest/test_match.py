"""Which papers a query matches, and what readers are told about why."""

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.digest.match import BatchIndex, Hit, Match, Miss, Section, Why
from bot.digest.parser import parse
from bot.digest.query import And, Archive, Category, Field, Not, Or, Query, Words, terms
from bot.digest.tokens import singular_tokens, tokens
from bot.sources import taxonomy
from storage.models import Announced, Paper
from tests.bot.digest.meeting import announced, papers, small_queries


def matches(query: str, paper: Announced) -> bool:
    return BatchIndex([paper]).matching(parse(query)) == (0,)


IN_TITLE = [
    # (title, a query that matches, a query that does not)
    ("Diffusion Models Beat GANs", "diffusion", "diffusions-free"),
    ("Diffusion Models Beat GANs", "gan", "ga"),
    ("Diffusion Models Beat GANs", '"diffusion model"', '"models diffusion"'),
    ("Diffusion Models Beat GANs", "models diffusion", "diffusion transformer"),
    ("Text-to-Image Generation", '"text to image"', "text-to-video"),
    ("Text to Image Generation", "text-to-image", '"to text"'),
    ("Supersampling", "supersampling", "sampling"),
    ("Deep networks and a net", "deep net", '"deep net"'),
    ("Classes and Caches of Matrices", "class cache matrix", "clas"),
    ("Network Analysis", "networks analyses", "net"),
    ("GPT-4.1 and Llama-3.1", "gpt-4.1 llama-3.1", "gpt-4.2"),
    ("Compiling C++ and C#", "C++ c#", "c"),
    ("News about new things", "new", '"news thing"'),
    ('Schr\\"odinger bridges', "Schrödinger schrodinger", "odinger"),
    ("$\\beta$-VAE and $\\mathcal{O}(n)$", "β-vae", "mathcal"),
    ("基于扩散模型的图像生成", "扩散模型", "模扩"),
    ("Learning with LLMs, VLMs and LMs", "llm vlm lm", "l"),
]


@pytest.mark.parametrize(("title", "matching", "other"), IN_TITLE)
def test_words_match_whole_words_in_titles(title: str, matching: str, other: str) -> None:
    paper = announced(title=title)
    assert matches(matching, paper)
    assert not matches(other, paper)


@pytest.mark.parametrize(("title", "matching", "other"), IN_TITLE)
def test_words_match_whole_words_in_abstracts(title: str, matching: str, other: str) -> None:
    paper = announced(abstract=f"We study this. {title}. It works.")
    assert matches(matching, paper)
    assert not matches(other, paper)


def test_a_phrase_does_not_run_from_the_title_into_the_abstract() -> None:
    paper = announced(title="Neural", abstract="networks")
    assert matches("neural networks", paper)
    assert not matches('"neural networks"', paper)


AUTHORS = (
    "Kaiming He",
    "Łukasz Müller",
    "Fran\\c{c}ois Englert",
    "Ross B. Girshick",
    "Ann O'Neil",
    "Li Lu",
)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("au:He", True),
        ('au:"Kaiming He"', True),
        ('au:"He, Kaiming"', True),
        ('au:"K. He"', True),
        ("au:He_K", True),
        ('au:"K. H."', True),
        ("au:k", True),
        ('au:"R. B. Girshick"', True),
        ('au:"Ross Girshick"', True),
        ('au:"lukasz muller"', True),
        ("au:François", True),
        ("au:O'Neil", True),
        ("all:girshick", True),
        ("au:(He Girshick)", True),
        ('au:"R. Ross"', False),
        ('au:"L. Li"', True),
        ("au:Kai", False),
        ("au:Hes", False),
        ('au:"Kaiming Girshick"', False),
        ('au:"H. He"', False),
        ('au:"K. K. He"', False),
        ("au:z", False),
        ("he", False),
        ("ti:girshick", False),
    ],
)
def test_names_match_within_one_author(query: str, *, expected: bool) -> None:
    assert matches(query, announced(authors=AUTHORS)) is expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("cs.IT", True),
        ("math.IT", True),
        ("cs.*", True),
        ("math.*", True),
        ("cs.CL", True),
        ("cmp-lg", True),
        ("stat.ML", True),
        ("stat.*", True),
        ("cs.CV", False),
        ("physics.*", False),
        ("-math.IT", False),
    ],
)
def test_a_paper_is_in_its_categories_and_where_it_was_announced(
    query: str, *, expected: bool
) -> None:
    paper = announced(categories=("math.IT", "cmp-lg", "68T45, 62H30"), batch="stat.ML")
    assert matches(query, paper) is expected


def test_a_paper_of_an_archive_before_its_division_is_in_the_archive() -> None:
    assert matches("astro-ph", announced(categories=("astro-ph",)))


def test_a_batch_without_papers_matches_nothing() -> None:
    assert BatchIndex([]).matching(parse("-survey")) == ()


def test_the_matching_papers_come_in_order() -> None:
    batch = BatchIndex([announced(title=title) for title in ("a b", "b", "c", "b a")])
    assert batch.matching(parse("b")) == (0, 1, 3)
    assert batch.matching(parse("b -a")) == (1,)
    assert batch.matching(parse("c OR a")) == (0, 2, 3)
    assert batch.count(parse("b")) == 3


def test_a_match_tells_which_term_stands_where() -> None:
    paper = announced(title="Diffusion", abstract="Diffusion for all.")
    query = parse("(cs.CV OR cs.CL) diffusion au:lovelace -survey")
    diffusion, lovelace = Words(Field.TEXT, "diffusion"), Words(Field.AUTHOR, "lovelace")
    assert BatchIndex([paper]).explain(query, 0) == Match(
        hits=(
            Hit(Category("cs.CV"), Section.CATEGORIES),
            Hit(diffusion, Section.TITLE),
            Hit(diffusion, Section.ABSTRACT),
            Hit(lovelace, Section.AUTHORS),
        )
    )


MISSES = [
    ("diffusion", Why.MISSING, "diffusion"),
    ("cs.CV cs.CL diffusion gan", Why.MISSING, "diffusion"),
    ("title diffusion gan", Why.MISSING, "diffusion"),
    ("ti:abstract", Why.MISSING, "ti:abstract"),
    ("diffusion OR gan", Why.MISSING, "diffusion OR gan"),
    ("diffusion OR cs.CL", Why.MISSING, "diffusion OR cs.CL"),
    ("cs.CL title", Why.ELSEWHERE, "cs.CL"),
    ("(cs.CL OR math.*) title", Why.ELSEWHERE, "cs.CL OR math.*"),
    ("-title", Why.UNWANTED, "title"),
    ("cs.CV -(gan OR abstract OR title)", Why.UNWANTED, "abstract"),
    ("cs.CV -(title abstract)", Why.UNWANTED, "title abstract"),
    ("title -cs.*", Why.UNWANTED, "cs.*"),
]


@pytest.mark.parametrize(("query", "why", "part"), MISSES)
def test_a_miss_tells_the_first_reason(query: str, why: Why, part: str) -> None:
    match = BatchIndex([announced()]).explain(parse(query), 0)
    assert match == Match(miss=Miss(why, parse(part)))


def naive(query: Query, one: Announced) -> bool:
    """Whether a paper matches, by the letter of the query language and one paper at a time."""
    match query:
        case And(parts):
            return all(naive(part, one) for part in parts)
        case Or(parts):
            return any(naive(part, one) for part in parts)
        case Not(part):
            return not naive(part, one)
        case Words():
            return naive_words(query, one.paper)
        case Category() | Archive():
            return naive_category(query, one)


def naive_words(words: Words, paper: Paper) -> bool:
    if words.field is Field.AUTHOR:
        return any(naive_name(tokens(words.text), tokens(name)) for name in paper.authors)
    texts = {Field.TITLE: [paper.title], Field.ABSTRACT: [paper.abstract]}
    return any(
        naive_phrase(words.text, text)
        for text in texts.get(words.field, [paper.title, paper.abstract])
    )


def naive_category(wanted: Category | Archive, one: Announced) -> bool:
    named = (*one.paper.categories, *(row.category for row in one.announcements))
    spellings = {spelling for name in named for spelling in taxonomy.spellings(name)}
    if isinstance(wanted, Category):
        return wanted.name in spellings
    return any(spelling.split(".")[0] == wanted.name for spelling in spellings)


def naive_phrase(phrase: str, text: str) -> bool:
    wanted, found = singular_tokens(phrase), singular_tokens(text)
    return any(found[start : start + len(wanted)] == wanted for start in range(len(found)))


def naive_name(wanted: tuple[str, ...], name: tuple[str, ...]) -> bool:
    def fits(one: str, part: str) -> bool:
        return part.startswith(one) if len(one) == 1 else part == one

    return any(
        all(fits(one, part) for one, part in zip(wanted, chosen, strict=True))
        for chosen in permutations(name, len(wanted))
    )


@settings(max_examples=300)
@given(small_queries, st.lists(papers, max_size=6))
def test_the_index_agrees_with_reading_each_paper(query: Query, batch: list[Announced]) -> None:
    expected = tuple(place for place, paper in enumerate(batch) if naive(query, paper))
    assert BatchIndex(batch).matching(query) == expected


@settings(max_examples=300)
@given(small_queries, st.lists(papers, min_size=1, max_size=3))
def test_an_explanation_agrees_with_the_match(query: Query, batch: list[Announced]) -> None:
    index = BatchIndex(batch)
    for place in range(len(batch)):
        assert index.explain(query, place).matched == (place in index.matching(query))


@settings(max_examples=300)
@given(small_queries, st.lists(papers, min_size=1, max_size=3))
def test_the_hits_of_a_query_are_those_of_each_explanation(
    query: Query, batch: list[Announced]
) -> None:
    index = BatchIndex(batch)
    hits = index.hits(query)
    for place in index.matching(query):
        here = tuple(hit for hit, holding in hits if holding >> place & 1)
        assert here == index.explain(query, place).hits
    assert all(holding & ~index.found(query) == 0 for _, holding in hits)


@given(st.lists(small_queries, max_size=4), st.lists(papers, max_size=6))
def test_what_was_looked_for_together_is_what_is_found_alone(
    queries: list[Query], batch: list[Announced]
) -> None:
    together = BatchIndex(batch)
    together.learn(term for query in queries for term in terms(query))
    for query in queries:
        assert together.found(query) == BatchIndex(batch).found(query)
