"""A clock that stands still until somebody waits on it."""

import asyncio
from datetime import UTC, datetime, timedelta


class FakeClock:
    """Implements `bot.clock.Clock`: sleeping moves the time on and is recorded in `slept`."""

    def __init__(self, now: datetime = datetime(2026, 4, 21, 6, 0, tzinfo=UTC)) -> None:
        self._start = now
        self._elapsed = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._elapsed += max(0.0, seconds)
        await asyncio.sleep(0)

    def advance(self, seconds: float) -> None:
        self._elapsed += seconds
