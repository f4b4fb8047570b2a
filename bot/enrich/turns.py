"""Whose turn it is: so many at once, and what somebody waits for goes before all the rest."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class Turn:
    """A place in the queue. `hurried` may be set at any time: it is looked at when one is free."""

    hurried: bool = False


class Turns:
    """Lets `places` through at once; of those who wait, the hurried first, then the longest."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: dict[Turn, asyncio.Future[None]] = {}

    @asynccontextmanager
    async def taken(self, turn: Turn) -> AsyncIterator[None]:
        """Wait for one's turn and keep it for the block."""
        await self._come(turn)
        try:
            yield
        finally:
            self._pass_on()

    async def _come(self, turn: Turn) -> None:
        if self._free:
            self._free -= 1
            return
        called = asyncio.get_running_loop().create_future()
        self._waiting[turn] = called
        try:
            await called
        except asyncio.CancelledError:
            if not called.cancelled():  # the turn came when nobody wanted it any more
                self._pass_on()
            raise
        finally:
            self._waiting.pop(turn, None)

    def _pass_on(self) -> None:
        waiting = [turn for turn, called in self._waiting.items() if not called.done()]
        if not waiting:
            self._free += 1
            return
        following = next((turn for turn in waiting if turn.hurried), waiting[0])
        self._waiting.pop(following).set_result(None)
