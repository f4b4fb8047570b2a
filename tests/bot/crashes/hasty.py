"""A clock that is faster than life and the same in every process."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

FACTOR = 20.0  # so that the platforms' limits of rate, which are kept, take a twentieth of the time
START = datetime(2026, 4, 21, 12, 0, tzinfo=UTC)


class HastyClock:
    """Implements `bot.clock.Clock`.

    `began` is when it showed `START`, by the machine's `time.time`; `ahead` are seconds that it was
    put forward since.
    """

    def __init__(self, began: float, ahead: float = 0.0) -> None:
        self.began = began
        self.ahead = ahead

    def now(self) -> datetime:
        return START + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return (time.time() - self.began) * FACTOR + self.ahead

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds) / FACTOR)
