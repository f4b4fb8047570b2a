"""What a query finds among stored papers: at least what it matches in a batch."""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.digest.lookup import condition
from bot.digest.match import BatchIndex
from bot.digest.parser import parse
from bot.digest.query import Query, all_of, any_of
from formatters.text import plain
from storage.models import Announced, Announcement, Kind, Origin, Paper, Summary
from storage.search import Condition, Every, Phrase, Some, Without
from storage.store import Store
from tests.fakes.arxiv import paper

ANYWHERE = ("title", "abstract", "authors", "translated_title", "translated_text")
TITLES = ("title", "translated_title")
ABSTRACTS = ("abstract", "translated_text")
AUTHORS = ("authors",)
CV = Some((Phrase("cs.CV", ("categories",)),))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("kites", Phrase("kites", ANYWHERE)),
        ("扩散模型", Phrase("扩散模型", ANYWHERE)),
        ('"Text-to-Image  models"', Phrase("text-to-image models", ANYWHERE)),
        ("ti:kites", Phrase("kites", TITLES)),
        ("abs:kites", Phrase("kites", ABSTRACTS)),
        ("au:lund", Every((Phrase("lund", AUTHORS),))),
        ('au:"Łukasz Lund"', Every((Phrase("lukasz", AUTHORS), Phrase("lund", AUTHORS)))),
        ('au:"A. Lund"', Every((Phrase("lund", AUTHORS),))),
        ('au:"A. B."', Every((Phrase("a", AUTHORS), Phrase("b", AUTHORS)))),
        ("cs.CV", CV),
        (
            "cs.NA",
            Some((Phrase("cs.NA", ("categories",)), Phrase("math.NA", ("categories",)))),
        ),
        ("kites winds", Every((Phrase("kites", ANYWHERE), Phrase("winds", ANYWHERE)))),
        ("kites OR winds", Some((Phrase("kites", ANYWHERE), Phrase("winds", ANYWHERE)))),
        ("-kites", Without(Phrase("kites", ANYWHERE))),
        ("cs.CV -ti:kites", Every((CV, Without(Phrase("kites", TITLES))))),
        (
            "-(kites winds)",
            Without(Every((Phrase("kites", ANYWHERE), Phrase("winds", ANYWHERE)))),
        ),
    ],
)
def test_every_part_of_a_query_has_its_condition(query: str, expected: Condition) -> None:
    assert condition(parse(query)) == expected


def test_an_archive_is_any_of_its_categories_in_any_spelling() -> None:
    found = condition(parse("q-fin.*"))
    assert isinstance(found, Some)
    names = [one.text for one in found.conditions if isinstance(one, Phrase)]
    assert {"q-fin.CP", "q-fin.EC", "econ.GN"} <= set(names)
    assert len(names) == len(set(names)) == len(found.conditions)


STORED = (
    paper(
        "2604.00001",
        title="Diffusion models for kites",
        abstract="We train large networks with $\\alpha$-divergence.",
        authors=("Ada Lund", "Łukasz Øberg"),
        categories=("cs.CV", "math.NA"),
    ),
    paper(
        "2604.00002",
        title="Studies of G\\\"odel's proofs in C++",
        abstract="Text-to-image models are no proof.",
        authors=("Kurt Gödel",),
        categories=("math.LO",),
    ),
)
SUMMARY = Summary(
    "2604.00001", 1, "zh", "风筝的扩散模型", "我们用U-Net训练扩散模型。", None, Origin.IMPORTED
)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("diffusion", ["2604.00001"]),
        ("Model", ["2604.00002", "2604.00001"]),
        ('"diffusion model"', ["2604.00001"]),
        ('"model diffusion"', []),
        ("扩散模型", ["2604.00001"]),
        ("用U-Net训练", ["2604.00001"]),
        ("ti:扩散", ["2604.00001"]),
        ("ti:训练", []),
        ("abs:训练", ["2604.00001"]),
        ("α-divergence", ["2604.00001"]),
        ("studying godel", ["2604.00002"]),
        ("au:lukasz", ["2604.00001"]),
        ('au:"Łukasz Øberg"', ["2604.00001"]),
        ('au:"lund ada"', ["2604.00001"]),
        ('au:"A. Lund"', ["2604.00001"]),
        ("lund", ["2604.00001"]),
        ("ti:lund", []),
        ("cs.NA", ["2604.00001"]),
        ("math.*", ["2604.00002", "2604.00001"]),
        ("math.* -cs.*", ["2604.00002"]),
        ("cs.*", ["2604.00001"]),
        ("c++", ["2604.00002"]),
        ("text-to-image", ["2604.00002"]),
        ("models -diffusion", ["2604.00002"]),
        ("-models", []),
        ("-gans", ["2604.00002", "2604.00001"]),
        ("models (kites OR proofs) -au:lund", ["2604.00002"]),
    ],
)
async def test_stored_papers_are_found(store: Store, query: str, found: list[str]) -> None:
    await store.add_papers(STORED, [SUMMARY])
    page = await store.search(condition(parse(query)), 10)
    assert sorted(one.id for one in page.papers) == sorted(found)
    assert page.total == len(found)


WORDS = [
    "kite", "kites", "Networks", "network", "Studies", "study", "classes", "class", "LLMs", "llm",
    "diffusion", "text-to-image", "GPT-4.1", "C++", "Schrödinger", "schrodinger", "Łódź", "lodz",
    "naïve", "扩散模型", "扩散", "模型", "$\\alpha$", "α", "20%", "3.5",
]  # fmt: skip
NAMES = ["Ada Lund", "Łukasz Øberg", "Kurt Gödel", "Wei Wang", "王伟", "J. R. Smith", "O'Brien"]
TERMS = [
    *(word.strip("$%\\") for word in WORDS if not word.startswith("$")),
    *(f'"{one} {other}"' for one in WORDS[:4] for other in WORDS[:4]),
    '"diffusion text-to-image"', "ti:kite", "abs:network", "ti:扩散", "au:lund", 'au:"wei wang"',
    'au:"j smith"', "au:oberg", 'au:"Øberg Łukasz"', "au:godel", "au:王伟", "au:o'brien", "cs.CV",
    "cs.NA", "math.*", "hep-th",
]  # fmt: skip

texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)
papers = st.builds(
    lambda title, abstract, authors, categories: paper(
        "2604.00001", title=title, abstract=abstract, authors=authors, categories=categories
    ),
    texts,
    texts,
    st.lists(st.sampled_from(NAMES), max_size=3).map(tuple),
    st.lists(st.sampled_from(["cs.CV", "math.NA", "hep-th"]), min_size=1, max_size=2).map(tuple),
)


def parts(inner: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    several = st.lists(inner, min_size=1, max_size=3)
    return several.map(lambda some: all_of(*some)) | several.map(lambda some: any_of(*some))


queries: st.SearchStrategy[Query] = st.recursive(
    st.sampled_from(TERMS).map(parse), parts, max_leaves=5
)


@settings(max_examples=25, deadline=None)
@given(st.lists(papers, min_size=1, max_size=8), st.lists(queries, min_size=1, max_size=20))
def test_what_matches_in_a_batch_is_found_in_the_store(
    batch: Sequence[Paper], asked: Sequence[Query]
) -> None:
    numbered = [replace(one, id=f"2604.{n:05}") for n, one in enumerate(batch, start=1)]
    index = BatchIndex([announced(one) for one in numbered])
    matching = [{numbered[place].id for place in index.matching(query)} for query in asked]
    found = asyncio.run(found_in_store(numbered, asked))
    for query, wanted, got in zip(asked, matching, found, strict=True):
        assert wanted <= got, str(query)


async def found_in_store(stored: Sequence[Paper], asked: Sequence[Query]) -> list[set[str]]:
    with tempfile.TemporaryDirectory() as folder:
        store = await Store.open(Path(folder), plain)
        try:
            await store.add_papers(stored)
            pages = [await store.search(condition(query), 100) for query in asked]
            return [{one.id for one in page.papers} for page in pages]
        finally:
            await store.close()


def announced(one: Paper) -> Announced:
    category = one.primary or "cs.CV"
    row = Announcement(one.id, 1, category, date(2026, 4, 21), Kind.NEW, 0)
    return Announced(one, (row,))
