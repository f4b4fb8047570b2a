"""A clock that runs faster than the machine's, for whole programs that wait here and there."""

import asyncio
import time
from datetime import UTC, datetime, timedelta


class QuickClock:
    """Implements `bot.clock.Clock`: a second of the machine's is `speed` seconds here."""

    def __init__(
        self, speed: float = 20.0, now: datetime = datetime(2026, 4, 21, 6, 0, tzinfo=UTC)
    ) -> None:
        self._speed = speed
        self._start = now
        self._began = time.monotonic()
        self._ahead = 0.0

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return self._ahead + (time.monotonic() - self._began) * self._speed

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds) / self._speed)

    def advance(self, seconds: float) -> None:
        """Move the time on; who sleeps does not notice."""
        self._ahead += seconds
