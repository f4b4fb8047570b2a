"""The store's part for deliveries: each method is one transaction or one read."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from storage import outbox, outbox_upkeep
from storage.database import Database
from storage.deliveries import Delivery, DeliveryState, OutboxCounts
from storage.models import Address, Call, Platform
from storage.outbox import Claims, Settlement

PRUNED_AT_ONCE = 5_000  # rows; for so long others have to wait to write
EMPTIED_AT_ONCE = 1_000  # rows, which takes longer than to delete them: each is written anew


class OutboxStore:
    """What waits to be sent, what is under way, and what became of the rest."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def enqueue(
        self, calls: Sequence[Call], chat: Address, digest: int | None, created: datetime
    ) -> tuple[int, ...]:
        """Add calls that go together behind all others of a chat; returns their numbers."""
        async with self._database.write() as connection:
            return await outbox.enqueue(connection, chat, calls, digest, created)

    async def claim(self, platform: Platform, now: datetime, most: int) -> Claims:
        """Take up to `most` deliveries that may be made now, at most one of each chat."""
        async with self._database.write() as connection:
            return await outbox.claim(connection, platform, now, most)

    async def settle(self, settlements: Iterable[Settlement], now: datetime) -> tuple[Address, ...]:
        """Write what came of deliveries; returns the chats that are newly paused."""
        async with self._database.write() as connection:
            return await outbox.settle(connection, settlements, now)

    async def recover(self, now: datetime) -> int:
        """At the start: queue again what was under way when the last process ended."""
        async with self._database.write() as connection:
            return await outbox.recover(connection, now)

    async def hold_chat(self, chat: Address, until: datetime) -> None:
        """Leave a chat in peace, with all its threads."""
        async with self._database.write() as connection:
            await outbox.hold(connection, chat, until)

    async def fail_chat(self, chat: Address, reason: str, now: datetime) -> int:
        """Fail everything that waits for a chat; returns how many."""
        async with self._database.write() as connection:
            return await outbox.fail_chat(connection, chat, reason, now)

    async def counts(self) -> OutboxCounts:
        """Count the deliveries in each state."""
        async with self._database.read() as connection:
            return await outbox_upkeep.counts(connection)

    async def oldest_free(self, now: datetime) -> datetime | None:
        """Read since when the oldest delivery waits that was not told to; None for none."""
        async with self._database.read() as connection:
            return await outbox_upkeep.oldest_free(connection, now)

    async def deliveries(self, states: Sequence[DeliveryState], most: int) -> tuple[Delivery, ...]:
        """Read deliveries in some states, the ones that came into them last first."""
        async with self._database.read() as connection:
            return await outbox.of_states(connection, states, most)

    async def of_digest(self, digest: int) -> tuple[Delivery, ...]:
        """Read the deliveries of a digest in their order."""
        async with self._database.read() as connection:
            return await outbox.of_digest(connection, digest)

    async def open_digests(self) -> frozenset[int]:
        """Read the numbers of the digests of which something waits or is under way."""
        async with self._database.read() as connection:
            return await outbox.open_digests(connection)

    async def unsent(self, chat: Address) -> tuple[Delivery, ...]:
        """Read a chat's deliveries that wait, are under way or failed, in their order."""
        async with self._database.read() as connection:
            return await outbox.unsent(connection, chat)

    async def by_result(self, chat: Address, result: str) -> Delivery | None:
        """Read the delivery that made something in a chat, such as a message of this id."""
        async with self._database.read() as connection:
            return await outbox.by_result(connection, chat, result)

    async def retry(self, numbers: Sequence[int] | None, now: datetime) -> int:
        """Queue again what failed (None: all of it) or was dropped; returns how many."""
        async with self._database.write() as connection:
            return await outbox.retry(connection, numbers, now)

    async def drop(self, numbers: Sequence[int], reason: str, now: datetime) -> int:
        """Give up what waits or failed, but nothing that is under way; returns how many."""
        async with self._database.write() as connection:
            return await outbox.drop(connection, numbers, reason, now)

    async def prune(self, before: datetime, at_once: int = PRUNED_AT_ONCE) -> int:
        """Delete what was done with before a moment, in many short steps; returns how many."""
        pruned = 0
        while True:
            async with self._database.write() as connection:
                some = await outbox_upkeep.prune(connection, before, at_once)
            pruned += some
            if some < at_once:
                return pruned

    async def empty(self, before: datetime, at_once: int = EMPTIED_AT_ONCE) -> int:
        """Forget what was in messages sent before a moment, in short steps; returns how many."""
        emptied = 0
        while True:
            async with self._database.write() as connection:
                some = await outbox_upkeep.empty(connection, before, at_once)
            emptied += some
            if some < at_once:
                return emptied
