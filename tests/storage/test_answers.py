"""What language models were asked and what they answered."""

from datetime import date

import pytest

from storage.answers import Answer, Part, Source, Tokens
from storage.models import Origin, Summary
from storage.search import Phrase
from storage.store import Store
from tests.fakes.arxiv import paper

DAY = date(2026, 4, 21)
SOURCE = Source("2604.00001", "a1b2", "a-model", "1")
TITLE = Answer("zh", Part.TITLE, "风筝")
TLDR = Answer("zh", Part.TLDR, "风筝会飞。")
ENGLISH = Answer("en", Part.TLDR, "Kites fly.")
NO_ABSTRACT = Answer("zh", Part.ABSTRACT, None, "language")


@pytest.fixture(autouse=True)
async def papers(store: Store) -> None:
    await store.add_papers([paper("2604.00001"), paper("2604.00002")])


async def answers(store: Store, source: Source = SOURCE) -> set[Answer]:
    return set((await store.answers.get([source])).get(source, ()))


async def summary(store: Store, language: str = "zh", version: int = 1) -> Summary:
    return (await store.summaries({"2604.00001": version}, language))["2604.00001"]


async def test_what_was_answered_is_known(store: Store) -> None:
    await store.answers.keep(SOURCE, 1, [TITLE, TLDR, ENGLISH, NO_ABSTRACT])
    assert await answers(store) == {TITLE, TLDR, ENGLISH, NO_ABSTRACT}


@pytest.mark.parametrize(
    "other",
    [
        Source("2604.00002", "a1b2", "a-model", "1"),
        Source("2604.00001", "c3d4", "a-model", "1"),
        Source("2604.00001", "a1b2", "another-model", "1"),
        Source("2604.00001", "a1b2", "a-model", "2"),
    ],
)
async def test_another_text_model_or_prompt_was_not_asked(store: Store, other: Source) -> None:
    await store.answers.keep(SOURCE, 1, [TLDR])
    assert await answers(store, other) == set()
    assert await store.answers.get([]) == {}


async def test_good_answers_are_summaries_at_once(store: Store) -> None:
    await store.answers.keep(SOURCE, 1, [TITLE, TLDR, ENGLISH, NO_ABSTRACT])
    assert await summary(store) == Summary(
        "2604.00001", 1, "zh", "风筝", "风筝会飞。", None, Origin.MODEL, "a-model"
    )
    assert (await summary(store, "en")).tldr == "Kites fly."


async def test_answers_add_up(store: Store) -> None:
    await store.answers.keep(SOURCE, 1, [TITLE, NO_ABSTRACT])
    await store.answers.keep(SOURCE, 1, [TLDR])
    assert (await summary(store)).title == "风筝"
    assert (await summary(store)).tldr == "风筝会飞。"


async def test_a_good_answer_replaces_a_bad_one_and_stays(store: Store) -> None:
    good = Answer("zh", Part.ABSTRACT, "它们飞。")
    await store.answers.keep(SOURCE, 1, [NO_ABSTRACT])
    await store.answers.keep(SOURCE, 1, [good])
    await store.answers.keep(SOURCE, 1, [NO_ABSTRACT])
    await store.answers.keep(SOURCE, 1, [Answer("zh", Part.ABSTRACT, "别的。")])
    assert await answers(store) == {good}
    assert (await summary(store)).abstract == "它们飞。"


async def test_what_is_known_is_carried_over_to_a_new_version(store: Store) -> None:
    await store.answers.keep(SOURCE, 1, [TLDR, ENGLISH])
    await store.add_papers([paper("2604.00001", version=2)])
    await store.answers.keep(SOURCE, 2, [])
    assert (await summary(store, version=2)).version == 2
    assert (await summary(store, "en", 2)).version == 2


async def test_bad_answers_alone_make_no_summary(store: Store) -> None:
    await store.answers.keep(SOURCE, 1, [NO_ABSTRACT])
    assert await store.summaries({"2604.00001": 1}, "zh") == {}


async def test_an_imported_tldr_beside_a_models_title_is_not_called_the_models(
    store: Store,
) -> None:
    imported = Summary("2604.00001", 1, "zh", None, "风筝。", None, Origin.IMPORTED)
    await store.add_papers([], [imported])
    await store.answers.keep(SOURCE, 1, [TITLE])
    found = await summary(store)
    assert (found.title, found.tldr) == ("风筝", "风筝。")
    assert (found.origin, found.model) == (Origin.IMPORTED, None)
    await store.answers.keep(SOURCE, 1, [TLDR])
    assert (await summary(store)).origin is Origin.MODEL


async def test_another_models_tldr_keeps_its_name(store: Store) -> None:
    await store.answers.keep(SOURCE, 1, [TLDR])
    other = Source("2604.00001", "a1b2", "another-model", "1")
    await store.answers.keep(other, 1, [Answer("zh", Part.TITLE, "一只风筝")])
    found = await summary(store)
    assert (found.title, found.tldr, found.model) == ("一只风筝", "风筝会飞。", "a-model")


async def test_what_was_written_can_be_searched(store: Store) -> None:
    await store.answers.keep(SOURCE, 1, [TITLE])
    page = await store.search(Phrase("风筝"), limit=5)
    assert [one.id for one in page.papers] == ["2604.00001"]
    await store.check()


async def test_tokens_are_counted_by_day(store: Store) -> None:
    assert await store.answers.tokens(DAY) == Tokens()
    await store.answers.count(DAY, "a-model", Tokens(100, 50))
    await store.answers.count(DAY, "a-model", Tokens(10, 5))
    await store.answers.count(DAY, "another-model", Tokens(1, 2))
    await store.answers.count(date(2026, 4, 22), "a-model", Tokens(7, 7))
    assert await store.answers.tokens(DAY) == Tokens(111, 57)
    assert (await store.answers.tokens(DAY)).total == 168
