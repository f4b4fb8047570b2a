"""Search: what is found, what is not, in which order, and that the index follows every change."""

import itertools
import random
import sqlite3

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.search import (
    NEWEST_MATCHES,
    Condition,
    Every,
    Phrase,
    Some,
    Without,
    at_word_edges,
    expression,
    in_heading,
    searchable,
)
from storage.store import Store
from tests.storage.examples import paper, summary

numbers = itertools.count(1)
EVERYTHING: tuple[str, ...] = ()


async def found(store: Store, condition: Condition | str) -> list[int]:
    """The numbers of the papers that are found, best first."""
    asked = Phrase(condition) if isinstance(condition, str) else condition
    page = await store.search(asked, limit=100)
    assert page.total == len(page.papers)
    return [int(one.id[-5:]) for one in page.papers]


# Words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("Diffusion Models", "diffusion", id="in any case"),
        pytest.param("Diffusion Models", "DIFFUSION MODEL", id="in any number"),
        pytest.param("A neural network", "networks", id="in any number the other way round"),
        pytest.param("We segment images", "segmenting image", id="in any form"),
        pytest.param("Schrödinger bridges", "schrodinger", id="without their accents"),
        pytest.param("Schrodinger bridges", "SCHRÖDINGER", id="with accents too many"),
        pytest.param("Schro\u0308dinger bridges", "Schrödinger", id="with accents written apart"),
        pytest.param("State-of-the-art GPT-4o", "state of the art", id="with any hyphens"),
        pytest.param("Is 3D all we need?", "3d", id="with digits"),
        pytest.param("Learning by $x$-flow", "x flow", id="as plain text, not as TeX"),
        pytest.param("提出了一种基于LLM的深度学习方法", "深度", id="Chinese, two characters"),
        pytest.param("提出了一种基于LLM的深度学习方法", "度", id="Chinese, one character"),
        pytest.param("提出了一种基于LLM的深度学习方法", "基于LLM的", id="Chinese and Latin mixed"),
        pytest.param("提出了一种基于LLM的深度学习方法", "llm", id="Latin between Chinese"),
        pytest.param("提出了一种，基于大模型的方法", "一种基于", id="Chinese over punctuation"),
        pytest.param("ニューラルネットワークの学習", "ネットワーク", id="Japanese"),
        pytest.param("신경망 학습", "경망", id="Korean"),
        pytest.param('An "AND" gate', 'an "and" gate', id="with quotation marks"),
        pytest.param("NOT or NEAR", "NOT", id="that look like operators"),
        pytest.param("C++ templates", "C++", id="with punctuation that does not count"),
    ],
)
async def test_words_are_found(store: Store, text: str, words: str) -> None:
    await store.add_papers(
        [paper(1, abstract=text), paper(2, title=text), paper(3), paper(4)],
        [summary(3, title=text), summary(4, tldr=text)],
    )
    assert set(await found(store, words)) == {1, 2, 3, 4}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Diffusion models", "diffus"),
        ("Diffusion models", "models diffusion"),
        ("Diffusion for models", "diffusion models"),
        ("基于深度的学习", "深度学习"),
        ("深度学习", "度深"),
        ("LLMs", "LL"),
        ("Diffusion models", "diff*"),
        ("Diffusion models", "title : diffusion"),
    ],
)
async def test_parts_of_words_and_other_orders_are_not_found(
    store: Store, text: str, words: str
) -> None:
    await store.add_papers([paper(1, title=text)])
    assert await found(store, words) == []


async def test_a_paper_is_found_by_its_id(store: Store) -> None:
    await store.add_papers([paper(1), paper(2)])
    assert await found(store, "2604.00002") == [2]
    assert await found(store, "arXiv:2604.00002") == [2]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("title", [1]),
        ("abstract", [2]),
        ("authors", [3]),
        ("categories", [4]),
        ("translated_title", [5]),
        ("translated_text", [7, 6]),
    ],
)
async def test_words_are_looked_for_in_the_fields_that_are_named(
    store: Store, field: str, expected: list[int]
) -> None:
    word = "kite"
    await store.add_papers(
        [
            paper(1, title=word),
            paper(2, abstract=word),
            paper(3, authors=(word,)),
            paper(4, categories=(word,)),
            paper(5),
            paper(6),
            paper(7),
        ],
        [summary(5, title=word), summary(6, tldr=word), summary(7, abstract=word)],
    )
    assert await found(store, Phrase(word, (field,))) == expected
    assert set(await found(store, Phrase(word, EVERYTHING))) == {1, 2, 3, 4, 5, 6, 7}


async def test_every_language_and_version_of_a_summary_is_found(store: Store) -> None:
    await store.add_papers(
        [paper(1)],
        [
            summary(1, tldr="灯笼"),
            summary(1, version=2, tldr="风筝"),
            summary(1, language="de", tldr="Laternen"),
        ],
    )
    for words in ("灯笼", "风筝", "Laternen"):
        assert await found(store, words) == [1]


# Hostile text

HOSTILE = [
    *("", " ", "\n", "++", "...", "，。", '"', '""', "'", "\0", "*", "^", ":", "-", "(", ")", "()"),
    *('a"b', "a'b", "a\0b", "AND", "OR", "NOT", "NEAR(", "NEAR(a b, 2)", "a AND", "a*", "^a"),
    *("title:a", "{title} : a", "a + b", "--", "a; DROP TABLE papers", "%", "\ud800", "\udcffa"),
    *("\u200b", "\u202e", "a" * 100_000, "((((" * 1000, "基" * 500, '"' * 1000, "\U0001f600"),
]


@pytest.mark.parametrize("fields", [EVERYTHING, ("title", "abstract")], ids=["any", "named"])
async def test_no_text_is_taken_for_syntax(store: Store, fields: tuple[str, ...]) -> None:
    await store.add_papers([paper(1, title="a b"), paper(2, title="and not near or")])
    for text in HOSTILE:
        phrase = Phrase(text, fields)
        matches = await found(store, phrase)
        others = await found(store, Without(phrase))
        assert sorted(matches + others) == [1, 2], text[:20]
        assert matches == await found(store, Every((phrase, phrase))), text[:20]


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(st.sampled_from("aZ9éßŁΩжאあ基가ﬁ² \n.,'\"*:^+-()\0\u200b😀"), min_size=1))
async def test_a_paper_is_found_by_whatever_it_says_if_that_has_a_word(
    store: Store, text: str
) -> None:
    number = next(numbers)
    await store.add_papers([paper(number, title="Lanterns", abstract=text)])
    page = await store.search(Every((Phrase(text), Phrase(paper(number).id))), limit=1)
    assert page.total == int(any(character.isalnum() for character in text))


@pytest.mark.parametrize("text", ["", "++", "，。", '"', "\0", "\U0001f600"])
async def test_text_without_a_word_is_found_nowhere(store: Store, text: str) -> None:
    await store.add_papers([paper(1, title=f"Lanterns {text}")])
    assert await found(store, text) == []
    assert await found(store, Some((Phrase(text), Phrase("lanterns")))) == [1]
    assert await found(store, Every((Phrase(text), Phrase("lanterns")))) == []


# Conditions

RED, BLUE, KITE = Phrase("red"), Phrase("blue"), Phrase("kite")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        pytest.param(RED, {1, 3}, id="one word"),
        pytest.param(Every((RED, KITE)), {1}, id="both"),
        pytest.param(Some((RED, BLUE)), {1, 2, 3}, id="either"),
        pytest.param(Without(RED), {2, 4}, id="not"),
        pytest.param(Without(Without(RED)), {1, 3}, id="not not"),
        pytest.param(Every((KITE, Without(RED))), {2}, id="one but not the other"),
        pytest.param(Every((Without(RED), Without(BLUE))), {4}, id="neither"),
        pytest.param(Some((KITE, Without(RED))), {1, 2, 4}, id="one or not the other"),
        pytest.param(Every((KITE, Some((RED, BLUE)))), {1, 2}, id="an either inside a both"),
        pytest.param(Some((Every((RED, KITE)), BLUE)), {1, 2}, id="a both inside an either"),
        pytest.param(Without(Some((RED, BLUE))), {4}, id="not either"),
        pytest.param(Without(Every((RED, KITE))), {2, 3, 4}, id="not both"),
        pytest.param(Every(()), {1, 2, 3, 4}, id="all of nothing is everything"),
        pytest.param(Some(()), set(), id="any of nothing is nothing"),
        pytest.param(Without(Every(())), set(), id="not everything"),
        pytest.param(Without(Some(())), {1, 2, 3, 4}, id="not nothing"),
        pytest.param(Every((RED, Every(()))), {1, 3}, id="everything inside a both"),
        pytest.param(Every((RED, Some(()))), set(), id="nothing inside a both"),
        pytest.param(Some((RED, Some(()))), {1, 3}, id="nothing inside an either"),
    ],
)
async def test_conditions_combine(store: Store, condition: Condition, expected: set[int]) -> None:
    titles = ("red kite", "blue kite", "red lantern", "lantern")
    await store.add_papers([paper(n, title=title) for n, title in enumerate(titles, 1)])
    assert set(await found(store, condition)) == expected


def tree(depth: int, chance: random.Random) -> Condition:
    if depth == 0:
        return RED
    shallow: list[Condition] = [RED, Some((BLUE, KITE)), Without(BLUE)]
    parts = [tree(depth - 1, chance), *chance.choices(shallow, k=chance.randint(1, 2))]
    chance.shuffle(parts)
    group = chance.choice((Every, Some))(tuple(parts))
    return Without(group) if chance.random() < 0.7 else group


@pytest.mark.parametrize("seed", range(30))
def test_conditions_may_be_nested_twenty_deep(seed: int) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE texts USING fts5 (identity, title)")
    condition = tree(20, random.Random(seed))
    connection.execute("SELECT * FROM texts WHERE texts MATCH ?", (expression(condition),))
    connection.close()


def test_a_thousand_conditions_may_stand_side_by_side() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE texts USING fts5 (identity, title)")
    words: list[Condition] = [Phrase(f"word{number}") for number in range(1000)]
    for condition in (Every(tuple(words)), Some(tuple(words)), Every(tuple(map(Without, words)))):
        connection.execute("SELECT * FROM texts WHERE texts MATCH ?", (expression(condition),))
    connection.close()


# Text cut out of Chinese sentences


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        pytest.param("数据集Marm", [1], id="an end inside a word"),
        pytest.param("Pose用于", [1], id="a beginning inside a word"),
        pytest.param("ose用于Behav", [1], id="both"),
        pytest.param("数据集Ma", [1], id="an end too short to be looked up"),
        pytest.param("数据集Other", [], id="another word"),
        pytest.param("Marm", [], id="no Chinese at all"),
    ],
)
async def test_chinese_text_may_begin_and_end_inside_a_latin_word(
    store: Store, words: str, expected: list[int]
) -> None:
    await store.add_papers([paper(1)], [summary(1, tldr="数据集MarmoPose用于Behavior研究")])
    assert await found(store, words) == expected


async def test_whole_words_keep_words_that_go_on_away(store: Store) -> None:
    both = [summary(1, tldr="用GPT"), summary(2, tldr="用GPTs2")]
    await store.add_papers([paper(1), paper(2)], both)
    assert await found(store, "用GPT") == [1]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (RED, RED),
        (Phrase("数据Marm", ("title",)), Phrase("数 据 Marm", ("title",), open_ended=True)),
        (Phrase("Marm数据"), Phrase("数 据")),
        (Phrase("数据Ma"), Phrase("数 据")),
        (Without(Phrase("Marm数据")), Without(Phrase("Marm数据"))),
        (Some((Every((Phrase("a数"),)), RED)), Some((Every((Phrase("数"),)), RED))),
    ],
)
def test_only_chinese_text_that_is_wanted_loses_its_edges(
    condition: Condition, expected: Condition
) -> None:
    assert at_word_edges(condition) == expected


# Order and pages


async def test_matches_in_the_title_come_first_then_the_newest(store: Store) -> None:
    await store.add_papers(
        [
            paper(1, title="Red kites"),
            paper(2, title="Red", abstract="kites"),
            paper(3, title="Kites that are red"),
            paper(4, abstract="red kites"),
            paper(5, title="Lanterns"),
        ]
    )
    assert await found(store, Every((RED, KITE))) == [3, 1, 4, 2]


async def test_a_translated_title_and_an_author_count_as_heading(store: Store) -> None:
    await store.add_papers(
        [paper(1, authors=("Kaiming He",)), paper(2), paper(3, abstract="灯 by He")],
        [summary(1, title="灯"), summary(2, title="灯")],
    )
    assert await found(store, Phrase("灯")) == [2, 1, 3]
    assert await found(store, Every((Phrase("灯"), Phrase("He")))) == [1, 3]


HEADING = ("title", "translated_title", "authors")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (RED, Phrase("red", HEADING)),
        (Phrase("red", ("abstract", "title")), Phrase("red", ("title",))),
        (Phrase("cs.CV", ("categories",)), Phrase("cs.CV", ("categories",))),
        (Without(RED), Without(RED)),
        (
            Every((Some((RED,)), Without(BLUE))),
            Every((Some((Phrase("red", HEADING),)), Without(BLUE))),
        ),
    ],
)
def test_in_the_heading_less_matches_and_never_more(
    condition: Condition, expected: Condition
) -> None:
    assert in_heading(condition) == expected


async def test_pages_follow_each_other_and_count_all_matches(store: Store) -> None:
    await store.add_papers([paper(n, title=f"Kite {n}") for n in range(1, 8)])
    await store.add_papers([paper(8)])
    pages = [await store.search(KITE, limit=3, offset=offset) for offset in (0, 3, 6, 9)]
    assert [[int(one.id[-5:]) for one in page.papers] for page in pages] == [
        [7, 6, 5],
        [4, 3, 2],
        [1],
        [],
    ]
    assert [page.total for page in pages] == [7, 7, 7, 7]


async def test_more_matches_than_are_looked_at_are_the_newest(store: Store) -> None:
    count = NEWEST_MATCHES + 10
    await store.add_papers([paper(1, title="First of all")])
    await store.add_papers([paper(n, title="Kite", abstract="") for n in range(2, count + 1)])
    page = await store.search(Phrase("kite"), limit=2)
    assert page.total == NEWEST_MATCHES
    assert [int(one.id[-5:]) for one in page.papers] == [count, count - 1]


# The pieces


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("", ""),
        ("Diffusion models", "Diffusion models"),
        ("Schrödinger", "Schrödinger"),
        ("基于LLM", " 基  于 LLM"),
        ("ネ가", " ネ  가 "),
        ("Łukasz Ørsted, Weiß", "Lukasz Orsted, Weiss"),
        ("ＬＬＭ 𝐱², ﬁnite", "LLM x2, finite"),
    ],
)
def test_text_is_written_the_way_the_index_reads_it(text: str | None, expected: str | None) -> None:
    assert searchable(text) == expected


@given(st.text())
def test_writing_it_so_again_adds_spaces_at_most(text: str) -> None:
    once = searchable(text) or ""
    assert (searchable(once) or "").split() == once.split()


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Phrase('say "a"', ("title",)), '{title} : "say a"'),
        (Phrase("基于 LLM", ("title", "abstract")), '{title abstract} : "基 于 LLM"'),
        (Some((RED, BLUE)), '("red" OR "blue")'),
        (Every((RED, Some((BLUE, KITE)))), '(("blue" OR "kite") AND "red")'),
        (Every((RED, Without(BLUE))), '(("red") NOT ("blue"))'),
        (Without(RED), '(identity : "arxiv" NOT "red")'),
        (Some(()), '""'),
        (Phrase("数据Marm", open_ended=True), '"数 据 Marm" *'),
    ],
)
def test_conditions_are_written_in_the_syntax_of_fts5(condition: Condition, expected: str) -> None:
    assert expression(condition) == expected
