"""The ticker: at once, then at intervals, never twice at a time, and only while it is wanted."""

import asyncio
import time
from datetime import datetime, tzinfo
from typing import Self

import pytest
from apscheduler.schedulers import base

from bot.delivery.schedule import every_minute

OFTEN = 0.01  # seconds


async def test_work_is_done_at_once_and_then_again_and_again() -> None:
    stop, done = asyncio.Event(), 0

    async def work() -> None:
        nonlocal done
        done += 1
        if done == 3:
            stop.set()

    await asyncio.wait_for(every_minute(work, stop, OFTEN), 20)
    assert done == 3


async def test_work_that_takes_long_does_not_overlap_itself() -> None:
    stop, under_way, most, done = asyncio.Event(), 0, 0, 0

    async def work() -> None:
        nonlocal under_way, most, done
        under_way, done = under_way + 1, done + 1
        most = max(most, under_way)
        await asyncio.sleep(5 * OFTEN)
        under_way -= 1
        if done == 3:
            stop.set()

    await asyncio.wait_for(every_minute(work, stop, OFTEN), 20)
    assert (most, done) == (1, 3)


async def test_it_goes_on_where_the_clock_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ticker itself then sleeps until the time of before has come again."""
    stop, done = asyncio.Event(), 0

    class AnHourBefore(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(time.time() - 3600, tz)

    async def work() -> None:
        nonlocal done
        done += 1
        if done == 3:
            monkeypatch.setattr(base, "datetime", AnHourBefore)
        if done == 6:
            stop.set()

    await asyncio.wait_for(every_minute(work, stop, OFTEN), 20)
    assert done == 6


async def test_it_ends_at_once_when_it_is_asked_to() -> None:
    stop, begun = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()

    running = asyncio.create_task(every_minute(work, stop))
    await begun.wait()
    stop.set()
    await asyncio.wait_for(running, 20)


async def test_work_that_fails_ends_it_with_its_error() -> None:
    async def work() -> None:
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        await every_minute(work, asyncio.Event())


async def test_nothing_of_it_goes_on_when_it_is_cancelled() -> None:
    begun, done = asyncio.Event(), 0

    async def work() -> None:
        nonlocal done
        done += 1
        begun.set()

    running = asyncio.create_task(every_minute(work, asyncio.Event(), OFTEN))
    await begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    before = done
    await asyncio.sleep(5 * OFTEN)
    assert done == before
