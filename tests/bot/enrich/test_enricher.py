"""Summaries are asked for once, for all who want them, and stored as soon as they come."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.config import Config
from bot.enrich.budget import estimate
from bot.enrich.checks import Field
from bot.enrich.enricher import Enricher
from bot.enrich.glossary import FILE_NAME
from bot.enrich.question import Question, fingerprint
from bot.errors import ConfigError
from storage.answers import Answer, Part, Source
from storage.models import Origin, Summary
from storage.store import Store
from tests.bot.enrich.examples import (
    ABSTRACT,
    CHINESE,
    MODEL,
    TITLE,
    Opened,
    kite,
    kites,
    stored,
)
from tests.fakes.clock import FakeClock
from tests.fakes.llm import FakeLlm

TOKENS = 150  # of each answer of the fake


class TestAskingOnce:
    async def test_one_request_brings_the_whole_summary(
        self, llm: FakeLlm, store: Store, opened: Opened
    ) -> None:
        await store.add_papers([kite()])
        async with opened() as enricher:
            await enricher.prepare([kite()], "zh")
        found = await stored(store, kite())
        assert found
        assert (found.tldr, found.origin, found.model) == (CHINESE, Origin.MODEL, MODEL)
        assert found.title
        assert found.abstract
        english = await stored(store, kite(), "en")
        assert english
        assert english.tldr
        assert [one.keys for one in llm.requests] == [("title", "tldr", "english_tldr", "abstract")]
        assert llm.requests[0].abstract == ABSTRACT

    async def test_nothing_is_asked_twice_not_after_a_restart_either(
        self, llm: FakeLlm, store: Store, opened: Opened
    ) -> None:
        await store.add_papers(kites(5))
        for _ in range(2):
            async with opened() as enricher:
                for _ in range(2):
                    await enricher.prepare(kites(5), "zh")
        assert len(llm.requests) == 5

    async def test_chats_that_want_the_same_at_once_share(
        self, llm: FakeLlm, store: Store, opened: Opened
    ) -> None:
        await store.add_papers(kites(5))
        async with opened() as enricher:
            await asyncio.gather(
                enricher.prepare(kites(4), "zh"),
                enricher.prepare(kites(5)[1:], "zh"),
                enricher.prepare([*kites(3), *kites(3)], "zh"),
            )
        assert sorted(title for title, _ in llm.asked) == [one.title for one in kites(5)]

    async def test_three_languages_are_asked_once_each(
        self, llm: FakeLlm, store: Store, opened: Opened
    ) -> None:
        await store.add_papers(kites(4))
        async with opened() as enricher:
            for _ in range(2):
                await asyncio.gather(
                    *(enricher.prepare(kites(4), language) for language in ("zh", "de", "en"))
                )
        asked = [language for _, language in llm.asked]
        assert sorted(asked) == ["Chinese"] * 4 + ["English"] * 4 + ["German"] * 4

    async def test_what_another_language_brought_in_english_is_not_asked_again(
        self, llm: FakeLlm, store: Store, opened: Opened
    ) -> None:
        await store.add_papers([kite()])
        async with opened() as enricher:
            for language in ("zh", "en", "de"):
                await enricher.prepare([kite()], language)
        assert [one.keys for one in llm.requests] == [
            ("title", "tldr", "english_tldr", "abstract"),
            ("title", "tldr", "abstract"),
        ]

    async def test_a_new_version_with_the_same_text_is_not_asked_about(
        self, llm: FakeLlm, store: Store, opened: Opened
    ) -> None:
        newer = kite(version=2, abstract=ABSTRACT.replace(" ", "\n", 3))
        await store.add_papers([kite()])
        async with opened() as enricher:
            await enricher.prepare([kite()], "zh")
            await store.add_papers([newer])
            await enricher.prepare([newer], "zh")
        assert len(llm.requests) == 1
        found = await stored(store, newer)
        assert found
        assert (found.version, found.tldr) == (2, CHINESE)

    async def test_a_new_version_with_another_text_is(
        self, llm: FakeLlm, store: Store, opened: Opened
    ) -> None:
        newer = kite(version=2, abstract=f"{ABSTRACT} It can be steered.")
        await store.add_papers([kite()])
        async with opened() as enricher:
            await enricher.prepare([kite()], "zh")
            await store.add_papers([newer])
            await enricher.prepare([newer], "zh")
        assert len(llm.requests) == 2

    async def test_another_model_is_asked_anew(
        self, llm: FakeLlm, store: Store, opened: Opened
    ) -> None:
        await store.add_papers([kite()])
        for name in ("one", "two", "one"):
            async with opened(model=name) as enricher:
                await enricher.prepare([kite()], "zh")
        assert [one.body["model"] for one in llm.requests] == ["one", "two"]

    async def test_what_was_imported_and_is_good_is_not_asked(
        self, llm: FakeLlm, store: Store, opened: Opened
    ) -> None:
        imported = Summary(kite().id, 1, "zh", "翻译：风筝", CHINESE, None, origin=Origin.IMPORTED)
        await store.add_papers([kite()], [imported])
        async with opened() as enricher:
            await enricher.prepare([kite()], "zh")
        assert llm.requests[0].keys == ("title", "english_tldr", "abstract")
        found = await stored(store, kite())
        assert found
        assert (found.tldr, found.origin) == (CHINESE, Origin.IMPORTED)
        assert found.abstract

    async def test_a_paper_without_an_abstract_only_has_its_title_translated(
        self, llm: FakeLlm, store: Store, opened: Opened
    ) -> None:
        await store.add_papers([kite(abstract="")])
        async with opened() as enricher:
            await enricher.prepare([kite(abstract="")], "zh")
            await enricher.prepare([kite(abstract="")], "en")
        assert [one.keys for one in llm.requests] == [("title",)]

    async def test_any_language_will_do(self, llm: FakeLlm, store: Store, opened: Opened) -> None:
        await store.add_papers([kite()])
        async with opened() as enricher:
            await enricher.prepare([kite()], "sw")
        assert llm.asked == [(TITLE, "Swahili")]


class TestEconomy:
    async def test_requests_under_way_fill_the_limit_and_never_pass_it(
        self, llm: FakeLlm, store: Store, opened: Opened
    ) -> None:
        """300 papers at one second each would take 19 s, and 300/16 s are 18.75."""
        papers = kites(300)
        await store.add_papers(papers)
        llm.hold()
        rounds, left = 0, len(papers)
        async with opened(concurrency=16) as enricher:
            preparing = asyncio.create_task(enricher.prepare(papers, "zh"))
            while left:
                some = min(16, left)
                await llm.somebody_waits(some)
                left -= some
                rounds += 1
                llm.release(some)
                await llm.came(min(300, 300 - left + 16))
            await preparing
        assert rounds == 19
        assert llm.most_at_once == 16
        assert len(llm.requests) == 300

    async def test_killed_half_way_few_calls_are_made_twice(
        self, llm: FakeLlm, store: Store, opened: Opened
    ) -> None:
        papers = kites(40)
        await store.add_papers(papers)
        llm.hold()
        async with opened(concurrency=8) as enricher:
            preparing = asyncio.create_task(enricher.prepare(papers, "zh"))
            await llm.somebody_waits(8)
            llm.release(20)
            await llm.came(28)
            preparing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await preparing
        llm.release(1000)
        async with opened(concurrency=8) as enricher:
            await enricher.prepare(papers, "zh")
        titles = [title for title, _ in llm.asked]
        assert set(titles) == {one.title for one in papers}
        assert len(titles) <= len(papers) + 8

    async def test_what_nobody_waits_for_any_more_is_stored_all_the_same(
        self, llm: FakeLlm, store: Store, opened: Opened
    ) -> None:
        """It was paid for."""
        await store.add_papers([kite()])
        llm.hold()
        async with opened() as enricher:
            one, other = (asyncio.create_task(enricher.prepare([kite()], "zh")) for _ in range(2))
            await llm.somebody_waits(1)
            one.cancel()
            with pytest.raises(asyncio.CancelledError):
                await one
            llm.release(1)
            await other
        assert len(llm.requests) == 1
        assert await stored(store, kite())

    async def test_at_the_end_what_is_under_way_is_given_up_and_asked_again_later(
        self, llm: FakeLlm, store: Store, opened: Opened
    ) -> None:
        await store.add_papers([kite()])
        llm.hold()
        async with opened() as enricher:
            assert await enricher.begin([kite()], "zh")
            await llm.somebody_waits(1)
        llm.release(2)
        async with opened() as enricher:
            await enricher.prepare([kite()], "zh")
        assert len(llm.requests) == 2
        assert await stored(store, kite())

    async def test_tokens_are_counted_for_good_and_bad_answers(
        self, llm: FakeLlm, store: Store, opened: Opened, clock: FakeClock
    ) -> None:
        llm.write_next("no")
        await store.add_papers([kite()])
        async with opened() as enricher:
            await enricher.prepare([kite()], "zh")
        assert (await store.answers.tokens(clock.now().date())).total == 2 * TOKENS

    async def test_a_budget_gives_up_abstracts_then_titles_then_tldrs(
        self, llm: FakeLlm, store: Store, opened: Opened
    ) -> None:
        await store.add_papers(kites(4))
        whole, less = (
            estimate(Question(kites(1)[0], "zh", fields))
            for fields in (tuple(Field), (Field.TLDR, Field.ENGLISH_TLDR, Field.TITLE))
        )
        async with opened(daily_token_budget=2 * whole + 2 * less) as enricher:
            await enricher.prepare(kites(4), "zh")
        keys = {one.title: one.keys for one in llm.requests}
        assert [len(keys[one.title]) for one in kites(4)] == [4, 4, 3, 3]

    async def test_what_the_budget_did_not_buy_is_asked_for_tomorrow(
        self, store: Store, opened: Opened, clock: FakeClock
    ) -> None:
        await store.add_papers(kites(2))
        async with opened(daily_token_budget=900) as enricher:
            for _ in range(10):
                await enricher.prepare(kites(2), "zh")
            today = await store.answers.tokens(clock.now().date())
            assert today.total <= 900
            assert not all([await stored(store, one) for one in kites(2)])
            clock.advance(24 * 3600)
            await enricher.prepare(kites(2), "zh")
        assert all([await stored(store, one) for one in kites(2)])


class TestWithoutModel:
    async def test_nothing_is_asked_and_nothing_needed(
        self, store: Store, clock: FakeClock, tmp_path: Path
    ) -> None:
        enricher = Enricher(Config(data_dir=tmp_path), store, clock, None)
        await enricher.prepare([kite()], "zh")
        assert enricher.trouble is None
        assert await stored(store, kite()) is None


async def test_the_operators_glossary_is_told(
    llm: FakeLlm, store: Store, opened: Opened, tmp_path: Path
) -> None:
    (tmp_path / FILE_NAME).write_text('[translate.zh]\n"kite" = "纸鸢"\n', encoding="utf-8")
    await store.add_papers([kite()])
    async with opened() as enricher:
        await enricher.prepare([kite()], "zh")
    assert "kite = 纸鸢" in llm.requests[0].user


async def test_a_bad_glossary_is_said_at_the_start(opened: Opened, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("keep = 1", encoding="utf-8")
    with pytest.raises(ConfigError, match=FILE_NAME):
        async with opened():
            pass


async def test_a_good_field_beside_an_imported_one_keeps_its_origin(
    store: Store,
) -> None:
    """Readers are told who wrote the TL;DR, not who translated the title."""
    imported = Summary(kite().id, 1, "zh", tldr="风筝。", origin=Origin.IMPORTED)
    await store.add_papers([kite()], [imported])
    source = Source(kite().id, fingerprint(kite()), MODEL, "1")
    await store.answers.keep(source, 1, [Answer("zh", Part.TITLE, "风筝")])
    found = await stored(store, kite())
    assert found == replace(imported, title="风筝")
