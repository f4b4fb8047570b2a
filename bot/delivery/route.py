"""The loop of one platform: takes what may be sent, lets the adapter call, writes what came of it.

All that the loop writes goes through one place, so that what ends at the same time is written at
the same time, and nothing more goes to a chat before what became of its last call is written.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.clock import Clock
from bot.delivery.outage import Outage
from bot.delivery.outcome import Carrier, Closed, Outcome, Unknown
from bot.delivery.settlement import bare, pause, settlement
from storage.deliveries import Delivery, DeliveryState
from storage.errors import StorageError
from storage.models import Address, Platform
from storage.outbox import Settlement
from storage.outbox_store import OutboxStore

MOST_UNDER_WAY = 384
"""Calls of one platform at a time. Most wait for their chat's turn: a group that may get 20
messages a minute keeps its place for 3 s each, so 90 of them use up all that Telegram allows. But
with places for 128, of 300 groups with 30 messages each the last 44 had to go on alone, and a tenth
of the time was lost; with this many a hundredth is (measured)."""

GRACE = 8.0  # seconds that calls under way get to end; with everything else, less than 10
LOOK_AGAIN = timedelta(minutes=1)  # another process may have changed something, as operators do
LONGEST_REST = timedelta(seconds=30)  # while the database cannot be written


@dataclass(frozen=True, slots=True)
class Ended:
    """A call that has ended: what came of it, and what follows from that."""

    outcome: Outcome
    settlement: Settlement


OnClosed = Callable[[Address, str, Address | None], Awaitable[None]]
"""Is told once that a chat was paused: which, why, and whom the platform could still tell."""

_log = logging.getLogger(__name__)


class Route:
    """All deliveries to one platform."""

    def __init__(
        self,
        store: OutboxStore,
        clock: Clock,
        platform: Platform,
        carrier: Carrier,
        on_closed: OnClosed,
    ) -> None:
        self._store = store
        self._clock = clock
        self._platform = platform
        self._carrier = carrier
        self._on_closed = on_closed
        self._outage = Outage()
        self._look: datetime | None = None
        self._rest: datetime | None = None
        self._rests = 0
        self._under_way: set[asyncio.Task[None]] = set()
        self._unwritten: list[Ended] = []
        self._news = asyncio.Event()
        self._ending = False

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set, then let what is under way end."""
        self._ending = False
        self._unwritten.clear()
        self.wake()
        stopping = asyncio.create_task(self._stop(stop))
        try:
            while not stop.is_set():
                await self._round()
                await self._wait()
            await self._finish()
        finally:
            stopping.cancel()
            await self._cut()

    def wake(self) -> None:
        """Look at once whether there is something to deliver."""
        self._look = self._clock.now()
        self._news.set()

    async def _stop(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._news.set()

    async def _round(self) -> None:
        """Write what has ended and begin what may go, unless the database rests."""
        if self._rest is not None and self._clock.now() < self._rest:
            return
        try:
            await self._write()
            await self._claim()
        except StorageError as error:
            self._rests += 1
            self._look = self._clock.now()
            self._rest = self._look + min(pause(self._rests), LONGEST_REST)
            _log.error("deliveries to %s wait: %s", self._platform, error)
        else:
            self._rest, self._rests = None, 0

    async def _write(self) -> None:
        """Write what became of the calls that have ended; what cannot be written is kept."""
        ended = tuple(self._unwritten)
        if not ended:
            return
        now = self._clock.now()
        paused = await self._store.settle([one.settlement for one in ended], now)
        del self._unwritten[: len(ended)]
        self._look = now
        for one in ended:
            chat = one.settlement.delivery.chat
            if isinstance(one.outcome, Closed) and chat in paused:
                await self._tell(chat, one.outcome)

    async def _tell(self, chat: Address, closed: Closed) -> None:
        try:
            await self._on_closed(chat, closed.reason, closed.tell)
        except Exception:
            _log.exception("nobody could be told that %s is closed", chat)

    async def _claim(self) -> None:
        """Begin as many calls as may be under way."""
        now = self._clock.now()
        room = self._outage.most(MOST_UNDER_WAY, now) - len(self._under_way)
        if room <= 0 or self._look is None or now < self._look:
            return
        self._look = None  # whoever wakes the loop from now on, may have come too late for this
        claims = await self._store.claim(self._platform, now, room)
        self._look = min(filter(None, (self._look, claims.again)), default=None)
        for delivery, about in claims.deliveries:
            call = asyncio.create_task(
                self._make(delivery, about), name=f"outbox {delivery.number}"
            )
            self._under_way.add(call)
            call.add_done_callback(self._under_way.discard)

    async def _make(self, delivery: Delivery, about: str | None) -> None:
        """Make one call; that an adapter fails tells nothing about whether it was done."""
        try:
            outcome = await self._carrier.carry(bare(delivery), about)
        except asyncio.CancelledError:
            if self._ending:
                raise
            outcome = Unknown("the call was cut off")
        except Exception as error:
            _log.exception("delivery %s to %s failed", delivery.number, delivery.chat)
            outcome = Unknown(f"the adapter failed: {error!r}")
        self._take(delivery, outcome)

    def _take(self, delivery: Delivery, outcome: Outcome) -> None:
        now = self._clock.now()
        self._outage = self._outage.after(outcome, now)
        settled = settlement(delivery, outcome, now, self._outage.answered)
        self._unwritten.append(Ended(outcome, settled))
        self._news.set()
        if settled.state is DeliveryState.FAILED:
            _log.warning("%s: %s failed: %s", delivery.chat, delivery.number, settled.reason)
        elif settled.reason:
            _log.info("%s: %s waits: %s", delivery.chat, delivery.number, settled.reason)

    async def _wait(self) -> None:
        """Wait until something ends or is new, or until the next moment to look again."""
        now = self._clock.now()
        moment = self._next(now)
        waits: list[asyncio.Task[Any]] = [asyncio.create_task(self._news.wait())]
        if moment is not None:
            seconds = (moment - now).total_seconds()
            waits.append(asyncio.create_task(self._pass(seconds)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()
        self._news.clear()

    async def _pass(self, seconds: float) -> None:
        await self._clock.sleep(seconds)
        self._look = self._clock.now()

    def _next(self, now: datetime) -> datetime | None:
        """When to look again if nothing ends or is new before; None where there is no room."""
        if self._rest is not None:
            return self._rest
        if self._outage.most(MOST_UNDER_WAY, now) == 0:
            return self._outage.until
        if self._outage.most(MOST_UNDER_WAY, now) <= len(self._under_way):
            return None
        later = now + LOOK_AGAIN
        return min(self._look or later, later)

    async def _finish(self) -> None:
        """Let what is under way end for a while, and write what became of it."""
        patience = asyncio.create_task(self._clock.sleep(GRACE))
        try:
            while self._under_way and not patience.done():
                await asyncio.wait(
                    {*self._under_way, patience}, return_when=asyncio.FIRST_COMPLETED
                )
                await self._write_at_last()
        finally:
            patience.cancel()
        await self._cut()
        await self._write_at_last()

    async def _write_at_last(self) -> None:
        """Write, but do not wait for a database that cannot be written: recovering is as good."""
        if self._rest is not None:
            return
        try:
            await self._write()
        except StorageError as error:
            self._rest = self._clock.now()
            _log.warning("%s deliveries are uncertain: %s", len(self._unwritten), error)

    async def _cut(self) -> None:
        """Cut off what is under way; at the next start it is found like that."""
        self._ending = True
        for call in self._under_way:
            call.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way)
