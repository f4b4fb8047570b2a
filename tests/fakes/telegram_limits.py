"""Telegram's limits of rate as its server enforces them, and a clock that runs faster for them."""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

# "Avoid sending more than one message per second", "not more than 20 messages per minute" to a
# group, "about 30 messages per second": https://core.telegram.org/bots/faq#my-bot-is-hitting-limits
OVERALL, OVERALL_SECONDS = 30, 1.0
GROUP, GROUP_SECONDS = 20, 60.0
CHAT_BURST = 4.0  # "short bursts that go over this limit" are allowed; how short, nobody says


class Enforced:
    """Counts messages and says for how many seconds the next one is too early.

    Overall and for groups, no window may hold more than the limit; a chat has a bucket that fills
    by one a second up to `CHAT_BURST`. `seconds` is the time by which all that is measured.
    """

    def __init__(self, seconds: Callable[[], float]) -> None:
        self._seconds = seconds
        self._overall: deque[float] = deque(maxlen=OVERALL)
        self._groups: dict[int, deque[float]] = defaultdict(lambda: deque(maxlen=GROUP))
        self._chats: dict[int, tuple[float, float]] = {}

    def wait(self, chat: int) -> float:
        """Count a message that just came; above 0 it is refused and not counted."""
        now = self._seconds()
        level, at = self._chats.get(chat, (CHAT_BURST, now))
        level = min(CHAT_BURST, level + now - at)
        windows = [(self._overall, OVERALL_SECONDS)]
        if chat < 0:
            windows.append((self._groups[chat], GROUP_SECONDS))
        waits = [sent[0] + size - now for sent, size in windows if len(sent) == sent.maxlen]
        wait = max([1.0 - level, *waits])
        if wait > 0:
            return wait
        self._chats[chat] = (level - 1.0, now)
        for sent, _ in windows:
            sent.append(now)
        return 0.0


class FastClock:
    """Implements `bot.clock.Clock`: the machine's time, but `factor` times as fast."""

    def __init__(self, factor: float) -> None:
        self._factor = factor
        self._start = time.monotonic()

    def now(self) -> datetime:
        return datetime(2026, 4, 21, 6, 0, tzinfo=UTC) + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return (time.monotonic() - self._start) * self._factor

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds) / self._factor)
