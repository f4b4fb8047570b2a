"""The index follows every change: what is said is found, what is said no longer is not."""

import random
import sqlite3

import pytest

from storage.models import Origin
from storage.search import Phrase
from storage.store import Store
from tests.storage.examples import paper, summary


async def found(store: Store, words: str) -> list[int]:
    """The numbers of the papers that say these words."""
    page = await store.search(Phrase(words), limit=100)
    return [int(one.id[-5:]) for one in page.papers]


async def test_what_a_paper_no_longer_says_is_no_longer_found(store: Store) -> None:
    await store.add_papers([paper(1, title="Old words", authors=("Ada Lund",))])
    await store.add_papers(
        [paper(1, version=2, title="New terms", authors=("Cy Moe",), categories=("hep-th",))]
    )
    assert await found(store, "old words") == []
    assert await found(store, "lund") == []
    assert await found(store, "cs.CV") == []
    for words in ("new terms", "moe", "hep-th"):
        assert await found(store, words) == [1]
    await store.check()


async def test_a_summary_that_is_replaced_is_no_longer_found(store: Store) -> None:
    await store.add_papers([paper(1)], [summary(1, title="旧词", tldr="灯笼")])
    better = summary(1, title="新词", tldr="风筝", origin=Origin.MODEL)
    await store.add_papers([], [better])
    assert [await found(store, words) for words in ("旧词", "灯笼")] == [[], []]
    assert [await found(store, words) for words in ("新词", "风筝")] == [[1], [1]]
    await store.check()


async def test_a_change_that_fails_leaves_the_index_as_it_was(store: Store) -> None:
    await store.add_papers([paper(1, title="Old words")])
    with pytest.raises(sqlite3.IntegrityError):
        await store.add_papers([paper(1, version=2, title="New terms")], [summary(9)])
    assert await found(store, "old words") == [1]
    assert await found(store, "new terms") == []
    await store.check()


@pytest.mark.parametrize("seed", range(4))
async def test_the_index_stays_right_over_any_sequence_of_changes(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    latin: dict[int, str] = {}
    chinese: dict[tuple[int, int], str] = {}
    gone: list[str] = []
    for step in range(60):
        number, version = chance.randint(1, 6), chance.randint(1, 3)
        word, characters = f"word{step}", chr(0x4E00 + 2 * step) + chr(0x4E01 + 2 * step)
        if number not in latin or chance.random() < 0.5:
            gone.append(latin.get(number, "word"))
            latin[number] = word
            title = f"Kites $x_{step}$ {word}"
            await store.add_papers([paper(number, version=step + 1, title=title)])
        else:
            gone.append(chinese.get((number, version), "没有"))
            chinese[number, version] = characters
            better = summary(number, version, tldr=f"用{characters}LLM", origin=Origin.MODEL)
            await store.add_papers([], [better])
    for number, word in latin.items():
        assert await found(store, word) == [number]
    for (number, _), characters in chinese.items():
        assert await found(store, characters) == [number]
    for words in gone:
        assert await found(store, words) == []
    await store.check()
