"""The one gate that every request to arXiv passes: one connection at a time, and spaced.

arXiv's terms ask for at most one request every three seconds and one connection at a time, over
feeds and API together (https://info.arxiv.org/help/api/tou.html), so the program makes one `Gate`.
"""

import asyncio
import math
from importlib.metadata import version
from types import TracebackType

from bot.clock import Clock

USER_AGENT = f"paperboy-bot/{version('paperboy-bot')}"


class Gate:
    """Lets callers through one by one, in the order they came.

    `min_interval` is the least number of seconds from the start of one request to the start of
    the next; a request that takes longer than that lets its successor start as soon as it ends.
    Nobody may enter twice without leaving: the second time would wait for the first for ever.

    `async with gate:` is the usual way through. `enter` and `leave` are for a request that may
    outlive its caller; whoever was let in leaves exactly once.
    """

    def __init__(self, clock: Clock, min_interval: float) -> None:
        self._clock = clock
        self._min_interval = min_interval
        self._turn = asyncio.Lock()
        self._last_start = -math.inf

    async def enter(self) -> None:
        """Wait for one's turn, then for the interval.

        Cancelled while queueing: the place in the queue is gone, and nothing else changes.
        Cancelled in the pause: the turn passes on and no start is recorded, so the next in the
        queue waits for the rest of the same interval. After the last line nothing is awaited:
        the caller is in, and has to leave.
        """
        await self._turn.acquire()
        try:
            pause = self._last_start + self._min_interval - self._clock.monotonic()
            if pause > 0:
                await self._clock.sleep(pause)
        except BaseException:
            self._turn.release()
            raise
        self._last_start = self._clock.monotonic()

    def leave(self) -> None:
        """Let the next one in; never waits, so that it cannot be cancelled."""
        self._turn.release()

    async def __aenter__(self) -> None:
        await self.enter()

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave, whatever happened inside; a request that failed counts as a request."""
        self.leave()
