"""A slow model holds nobody up for long, and who is waiting comes before what can wait."""

import asyncio

from bot.enrich.enricher import PATIENCE, Enricher
from storage.store import Store
from tests.bot.enrich.examples import Opened, kite, kites, stored
from tests.fakes.held_clock import HeldClock
from tests.fakes.llm import FakeLlm

FOREVER = 1e9


async def written(enricher: Enricher, count: int) -> None:
    """Wait until what was asked about so many papers is answered."""
    await enricher.prepare_now(kites(count), "zh", FOREVER)


class TestDigests:
    async def test_a_digest_waits_some_minutes_and_the_rest_comes_later(
        self, llm: FakeLlm, store: Store, opened: Opened
    ) -> None:
        await store.add_papers(kites(5))
        llm.hold()
        clock = HeldClock()
        async with opened(clock, PATIENCE, concurrency=2) as enricher:
            preparing = asyncio.create_task(enricher.prepare(kites(5), "zh"))
            await llm.somebody_waits(2)
            llm.release(2)
            await llm.came(4)
            await clock.somebody_sleeps(PATIENCE)
            clock.advance(PATIENCE - 1)
            assert not preparing.done()
            clock.advance(1)
            await preparing
            assert sum([bool(await stored(store, one)) for one in kites(5)]) == 2
            llm.release(3)
            await written(enricher, 5)
            assert all([await stored(store, one) for one in kites(5)])
        assert len(llm.requests) == 5

    async def test_while_the_model_is_behind_no_other_digest_waits(
        self, llm: FakeLlm, store: Store, opened: Opened
    ) -> None:
        await store.add_papers(kites(3))
        llm.hold()
        clock = HeldClock()
        async with opened(clock, PATIENCE) as enricher:
            preparing = asyncio.create_task(enricher.prepare(kites(1), "zh"))
            await clock.somebody_sleeps(PATIENCE)
            clock.advance(PATIENCE)
            await preparing
            await enricher.prepare(kites(2), "zh")  # the clock stands still
            llm.release(2)
            await written(enricher, 2)
            preparing = asyncio.create_task(enricher.prepare(kites(3), "zh"))
            await clock.somebody_sleeps(PATIENCE)
            llm.release(1)
            await preparing
        assert all([await stored(store, one) for one in kites(3)])

    async def test_what_is_known_needs_no_patience(
        self, llm: FakeLlm, store: Store, opened: Opened
    ) -> None:
        await store.add_papers([kite()])
        async with opened() as enricher:
            await enricher.prepare([kite()], "zh")
        async with opened(HeldClock(), PATIENCE) as enricher:
            await enricher.prepare([kite()], "zh")
            assert not await enricher.begin([kite()], "zh")
        assert len(llm.requests) == 1


class TestSomebodyWaiting:
    async def test_they_come_before_digests(
        self, llm: FakeLlm, store: Store, opened: Opened
    ) -> None:
        await store.add_papers(kites(8))
        llm.hold()
        clock = HeldClock()
        async with opened(clock, concurrency=2) as enricher:
            digest = asyncio.create_task(enricher.prepare(kites(6), "zh"))
            await llm.somebody_waits(2)
            asked = asyncio.create_task(enricher.prepare_now(kites(8)[7:], "zh", 60))
            await clock.somebody_sleeps(60)
            llm.release(1)
            await llm.came(3)
            llm.release(7)
            await asyncio.gather(digest, asked)
        assert llm.requests[2].title == kites(8)[7].title

    async def test_they_bring_forward_what_a_digest_asked_for(
        self, llm: FakeLlm, store: Store, opened: Opened
    ) -> None:
        await store.add_papers(kites(6))
        llm.hold()
        clock = HeldClock()
        async with opened(clock, concurrency=2) as enricher:
            digest = asyncio.create_task(enricher.prepare(kites(6), "zh"))
            await llm.somebody_waits(2)
            asked = asyncio.create_task(enricher.prepare_now(kites(6)[5:], "zh", 60))
            await clock.somebody_sleeps(60)
            llm.release(1)
            await llm.came(3)
            llm.release(6)
            await asyncio.gather(digest, asked)
        assert llm.requests[2].title == kites(6)[5].title
        assert len(llm.requests) == 6

    async def test_they_wait_so_many_seconds_and_see_it_next_time(
        self, llm: FakeLlm, store: Store, opened: Opened
    ) -> None:
        await store.add_papers(kites(1))
        llm.hold()
        clock = HeldClock()
        async with opened(clock) as enricher:
            asked = asyncio.create_task(enricher.prepare_now(kites(1), "zh", 8))
            await clock.somebody_sleeps(8)
            clock.advance(8)
            await asked
            assert await stored(store, kites(1)[0]) is None
            llm.release(1)
            await written(enricher, 1)
            assert await stored(store, kites(1)[0])
        assert len(llm.requests) == 1
