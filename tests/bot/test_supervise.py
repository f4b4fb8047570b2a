"""Loops that crash come back, those that must end do, and all of them stop in time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

from bot.errors import ConfigError, PaperboyError
from bot.supervise import (
    GRACES,
    LOOK_EVERY,
    PAUSES,
    SLOW,
    STANDSTILL,
    STEADY,
    Loop,
    supervise,
    until,
    watch_lag,
)
from tests.fakes.clock import FakeClock
from tests.fakes.held_clock import HeldClock

Work = Callable[[asyncio.Event], Awaitable[None]]


async def waiting(stop: asyncio.Event) -> None:
    await stop.wait()


def failing(error: Exception) -> Work:
    async def fail(_stop: asyncio.Event) -> None:
        raise error

    return fail


async def turns(count: int = 10) -> None:
    """Let everything happen that can without waiting."""
    for _ in range(count):
        await asyncio.sleep(0)


class TestCrashes:
    async def test_a_loop_that_crashes_starts_again_after_growing_pauses(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        clock, stop, starts = FakeClock(), asyncio.Event(), 0

        async def crash(_stop: asyncio.Event) -> None:
            nonlocal starts
            starts += 1
            if starts == 8:
                stop.set()
            raise RuntimeError("too bad")

        await supervise([Loop("tick", crash)], stop, clock)
        assert tuple(clock.slept[:7]) == (*PAUSES, PAUSES[-1], PAUSES[-1])
        (first, *_) = caplog.records
        assert first.levelno == logging.ERROR
        assert first.getMessage() == (
            "tick crashed and starts again in 1 s: RuntimeError('too bad')"
        )
        assert first.exc_info

    async def test_the_pauses_begin_anew_where_it_worked_for_long(self) -> None:
        clock, stop, starts = FakeClock(), asyncio.Event(), 0

        async def crash_late(_stop: asyncio.Event) -> None:
            nonlocal starts
            starts += 1
            if starts == 4:
                stop.set()
            clock.advance(STEADY + 1)
            raise RuntimeError("after a while")

        await supervise([Loop("tick", crash_late)], stop, clock)
        assert clock.slept[:3] == [PAUSES[0]] * 3

    async def test_the_others_do_not_notice(self) -> None:
        clock, stop, went_on = HeldClock(), asyncio.Event(), asyncio.Event()

        async def work(ending: asyncio.Event) -> None:
            await went_on.wait()
            await ending.wait()

        running = asyncio.create_task(
            supervise(
                [Loop("sound", work, vital=True), Loop("ill", failing(RuntimeError()))], stop, clock
            )
        )
        await clock.somebody_sleeps(PAUSES[0])
        went_on.set()
        stop.set()
        await clock.runs(running)

    async def test_a_loop_that_rests_after_a_crash_ends_at_once(self) -> None:
        clock, stop = HeldClock(), asyncio.Event()
        loops = [Loop("ill", failing(RuntimeError()))]
        running = asyncio.create_task(supervise(loops, stop, clock))
        await clock.somebody_sleeps(PAUSES[0])
        stop.set()
        await asyncio.wait_for(running, 5)
        assert clock.monotonic() == 0


class TestEnds:
    async def test_what_people_have_to_change_ends_a_loop_and_not_the_others(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        clock, stop = HeldClock(), asyncio.Event()
        loops = [
            Loop("Telegram", failing(ConfigError("a wrong token")), vital=True),
            Loop("Discord", waiting, vital=True),
        ]
        running = asyncio.create_task(supervise(loops, stop, clock))
        await turns()
        assert caplog.messages == ["Telegram ended, everything else goes on: a wrong token"]
        assert not running.done()
        stop.set()
        await running

    async def test_without_anything_vital_left_it_ends_with_the_last_error(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        ended: list[str] = []

        async def work(stop: asyncio.Event) -> None:
            await stop.wait()
            ended.append("intake")

        async def fail_later(_stop: asyncio.Event) -> None:
            await turns(5)
            raise ConfigError("the second")

        loops = [
            Loop("intake", work),
            Loop("one", failing(PaperboyError("the first")), vital=True),
            Loop("two", fail_later, vital=True),
        ]
        with pytest.raises(ConfigError, match="the second"):
            await supervise(loops, asyncio.Event(), HeldClock())
        assert caplog.messages == ["one ended, everything else goes on: the first"]
        assert ended == ["intake"]

    async def test_a_loop_that_is_not_vital_may_end(self) -> None:
        stop = asyncio.Event()
        loops = [Loop("bot", waiting, vital=True), Loop("health", failing(PaperboyError("taken")))]
        running = asyncio.create_task(supervise(loops, stop, HeldClock()))
        await turns()
        assert not running.done()
        stop.set()
        await running


class TestStopping:
    async def test_the_upper_floor_ends_before_the_connections_below_it(self) -> None:
        order: list[str] = []

        def ends(name: str) -> Work:
            async def work(stop: asyncio.Event) -> None:
                await stop.wait()
                await asyncio.sleep(0)
                order.append(name)

            return work

        stop = asyncio.Event()
        loops = [Loop("telegram", ends("telegram"), floor=1), Loop("outbox", ends("outbox"))]
        running = asyncio.create_task(supervise(loops, stop, HeldClock()))
        await turns()
        stop.set()
        await running
        assert order == ["outbox", "telegram"]

    async def test_who_takes_too_long_is_cut_off_in_less_than_ten_seconds(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        clock, stop = HeldClock(), asyncio.Event()

        async def deaf(_stop: asyncio.Event) -> None:
            await asyncio.Event().wait()

        loops = [Loop("intake", deaf), Loop("telegram", deaf, floor=1)]
        running = asyncio.create_task(supervise(loops, stop, clock))
        await turns()
        stop.set()
        await clock.runs(running)
        assert clock.monotonic() == sum(GRACES) < 10
        assert [one.split()[0] for one in caplog.messages] == ["intake", "telegram"]

    async def test_being_cancelled_ends_all_loops_in_good_order(self) -> None:
        ended = asyncio.Event()

        async def work(stop: asyncio.Event) -> None:
            await stop.wait()
            ended.set()

        running = asyncio.create_task(
            supervise([Loop("outbox", work)], asyncio.Event(), HeldClock())
        )
        await asyncio.sleep(0)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert ended.is_set()


class TestUntil:
    async def test_work_that_ends_by_itself_has_its_way(self) -> None:
        with pytest.raises(ValueError, match="its own"):
            await until(asyncio.Event(), failing(ValueError("its own"))(asyncio.Event()))

    async def test_work_is_cancelled_when_the_event_is_set(self) -> None:
        stop, tidied = asyncio.Event(), asyncio.Event()

        async def work() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                await asyncio.sleep(0)
                tidied.set()

        waits = asyncio.create_task(until(stop, work()))
        await asyncio.sleep(0)
        stop.set()
        await waits
        assert tidied.is_set()


@pytest.mark.parametrize(
    ("late", "level"),
    [(0.0, None), (SLOW * 2, logging.WARNING), (STANDSTILL * 2, logging.ERROR)],
)
async def test_an_event_loop_that_stands_still_is_told(
    late: float, level: int | None, caplog: pytest.LogCaptureFixture
) -> None:
    clock, stop = HeldClock(), asyncio.Event()
    watching = asyncio.create_task(watch_lag(stop, clock))
    await clock.somebody_sleeps(LOOK_EVERY)
    clock.advance(LOOK_EVERY + late)
    await clock.somebody_sleeps(LOOK_EVERY)
    stop.set()
    await watching
    assert [one.levelno for one in caplog.records] == ([level] if level else [])
