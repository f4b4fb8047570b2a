"""A clock whose hours pass as soon as nothing goes on, and one that is set wrong."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from bot.clock import Clock
from tests.fakes.held_clock import STEPS, HeldClock

A_MOMENT = 0.0005  # seconds of the machine's time, for others to get on with what they do
PATIENCE = 60.0  # seconds of the machine's time until a test fails that waits for something


class Hours(HeldClock):
    """Moves on to the next moment that somebody waits for when all else has come to rest.

    What is done elsewhere meanwhile, by servers and databases, says so by `busy`.
    """

    def __init__(self) -> None:
        super().__init__()
        self._busy = 0

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Let no time pass during the block."""
        self.begins()
        try:
            yield
        finally:
            self.ends()

    def begins(self) -> None:
        """Let no time pass until `ends`."""
        self._busy += 1

    def ends(self) -> None:
        self._busy -= 1

    async def until(self, condition: Callable[[], Awaitable[bool]]) -> None:
        """Let time pass until something is so."""
        async with asyncio.timeout(PATIENCE):
            while True:
                await self.rest()
                if await condition():
                    return
                moments = [moment for moment, wakes in self._sleepers if not wakes.done()]
                if moments:
                    self.advance(max(0.0, min(moments) - self._elapsed))

    async def passes(self, seconds: float) -> None:
        """Let so much time pass."""
        end = self.monotonic() + seconds
        alarm = asyncio.create_task(self.sleep(seconds))

        async def is_over() -> bool:
            return alarm.done()

        await self.until(is_over)
        assert abs(self.monotonic() - end) < 1e-3

    async def rest(self) -> None:
        """Let everything happen that can without time passing."""
        calm = 0
        while calm < STEPS:
            await asyncio.sleep(A_MOMENT if self._busy else 0)
            calm = 0 if self._busy else calm + 1


class Adjustable:
    """Implements `bot.clock.Clock`: another clock, whose hands can be moved."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._off = timedelta()

    def jumps(self, off: timedelta) -> None:
        """Tell from now on a time that is wrong by so much."""
        self._off = off

    def now(self) -> datetime:
        return self._clock.now() + self._off

    def monotonic(self) -> float:
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        await self._clock.sleep(seconds)
