"""The only way to learn the time or to wait: a clock that is passed in, so that tests need none."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")  # arXiv's own zone: batches, deadlines, holidays


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> datetime:
        """The current moment, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds since an arbitrary point, never going back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; zero or less yields to the event loop once."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The current moment, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since an arbitrary point, never going back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait; zero or less yields to the event loop once."""
        await asyncio.sleep(max(0.0, seconds))
