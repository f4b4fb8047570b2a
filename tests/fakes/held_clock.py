"""A clock that stands still until a test moves it on; sleepers wake when their time has come."""

import asyncio
from datetime import UTC, datetime, timedelta

ROUNDING = 1e-6
STEPS = 10  # turns of the event loop in which everything has happened that can without waiting


class HeldClock:
    """Implements `bot.clock.Clock`. For tests in which something else is slow meanwhile.

    For tasks with the name `hasty` the time moves on by itself, as `FakeClock`'s does for all.
    """

    def __init__(
        self, now: datetime = datetime(2026, 4, 21, 6, 0, tzinfo=UTC), hasty: str = ""
    ) -> None:
        self._start = now
        self._hasty = hasty
        self._elapsed = 0.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []
        self._news = asyncio.Event()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        """Wait until `advance` went past the moment; zero or less yields once."""
        task = asyncio.current_task()
        if self._hasty and task is not None and task.get_name() == self._hasty:
            self.advance(max(0.0, seconds))
            seconds = 0.0
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        wakes = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._elapsed + seconds, wakes))
        self._news.set()
        await wakes

    def advance(self, seconds: float) -> None:
        """Move the time on and wake all whose time has come."""
        self._elapsed += seconds
        for moment, wakes in self._sleepers:
            if moment <= self._elapsed and not wakes.done():
                wakes.set_result(None)
        self._sleepers = [one for one in self._sleepers if not one[1].done()]

    async def somebody_sleeps(self, seconds: float) -> None:
        """Wait until somebody sleeps whose time comes in just so many seconds."""
        while not any(
            abs(moment - self._elapsed - seconds) < ROUNDING and not wakes.done()
            for moment, wakes in self._sleepers
        ):
            self._news.clear()
            await self._news.wait()

    async def runs(self, *tasks: asyncio.Task[None]) -> None:
        """Move on from one sleeper to the next until some tasks are done."""
        while not all(task.done() for task in tasks):
            for _ in range(STEPS):
                await asyncio.sleep(0)
            moments = [moment for moment, wakes in self._sleepers if not wakes.done()]
            if moments:
                self.advance(max(0.0, min(moments) - self._elapsed))
