"""The outbox at work: whatever waits in the database goes out, in order and once.

What happens when the process is killed: before a call its row is written as under way, afterwards
its outcome, and nothing further goes to that chat before this is written. So at most one call of
each chat (and thread) is under way, and after a restart just those are uncertain: Discord's are
looked for before they are repeated, Telegram's are repeated, which gives at most one message twice.
An answer that is lost to that repetition is a matter of its own, and is followed by one more.
"""

import asyncio
import logging
from collections.abc import Mapping

from bot.clock import Clock
from bot.delivery.outcome import Carrier
from bot.delivery.route import LONGEST_REST, OnClosed, Route
from bot.delivery.settlement import pause
from storage.errors import StorageError
from storage.models import Address, Platform
from storage.outbox_store import OutboxStore

_log = logging.getLogger(__name__)


async def _nobody(_chat: Address, _reason: str, _tell: Address | None) -> None:
    """Tell nobody; the log says it."""


class Outbox:
    """Delivers through one carrier for each platform; they do not wait for each other.

    `on_closed` is told once of every chat that had to be paused. What goes to platforms without a
    carrier waits.
    """

    def __init__(
        self,
        store: OutboxStore,
        clock: Clock,
        carriers: Mapping[Platform, Carrier],
        on_closed: OnClosed = _nobody,
    ) -> None:
        self._store = store
        self._clock = clock
        self._routes = [
            Route(store, clock, platform, carrier, on_closed)
            for platform, carrier in carriers.items()
        ]

    async def run(self, stop: asyncio.Event) -> None:
        """Deliver until `stop` is set; then nothing new is begun, and within ten seconds it ends.

        What is still under way then, is found so at the next start. Only one process may do this
        (`storage.lock.DeliveryLock`), and one task at a time.
        """
        await self._recover(stop)
        async with asyncio.TaskGroup() as routes:
            for route in self._routes:
                routes.create_task(route.run(stop))

    def wake(self) -> None:
        """Tell that there is something new to deliver."""
        for route in self._routes:
            route.wake()

    async def _recover(self, stop: asyncio.Event) -> None:
        attempts = 0
        while not stop.is_set():
            try:
                found = await self._store.recover(self._clock.now())
            except StorageError as error:
                attempts += 1
                _log.warning("the outbox waits: %s", error)
                await self._clock.sleep(min(pause(attempts), LONGEST_REST).total_seconds())
            else:
                if found:
                    _log.warning("%s deliveries were under way when the last run ended", found)
                return
