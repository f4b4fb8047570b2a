"""A carrier that does what a test says, and ways to let the outbox work until nothing is left."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.clock import Clock
from bot.delivery.outbox import Outbox
from bot.delivery.outcome import Outcome, Sent
from storage.deliveries import Delivery, DeliveryState
from storage.models import Address, Call, Platform
from storage.outbox_store import OutboxStore

ADA, BOB, EVE = (Address(Platform.TELEGRAM, chat) for chat in ("7", "70", "71"))
CHANNEL = Address(Platform.DISCORD, "7")
ALL = 10_000
PATIENCE = 20.0  # seconds of the machine's time until a test fails that waits for something


@dataclass(frozen=True)
class Made:
    """One call as the carrier saw it."""

    delivery: Delivery
    about: str | None
    at: datetime


@dataclass
class Scripted:
    """Answers the calls to each chat with its outcomes one by one, then with `usual` or Sent.

    A call to a chat in `held` does not end before its event is set.
    """

    clock: Clock
    outcomes: dict[Address, list[Outcome | BaseException]] = field(default_factory=dict)
    usual: Outcome | None = None
    held: dict[Address, asyncio.Event] = field(default_factory=dict)
    made: list[Made] = field(default_factory=list)
    most_at_once: int = 0
    _under_way: dict[Address, int] = field(default_factory=lambda: defaultdict(int))

    async def carry(self, delivery: Delivery, about: str | None) -> Outcome:
        self.made.append(Made(delivery, about, self.clock.now()))
        self._under_way[delivery.chat] += 1
        assert self._under_way[delivery.chat] == 1, "two calls to a chat at a time"
        self.most_at_once = max(self.most_at_once, sum(self._under_way.values()))
        try:
            await asyncio.sleep(0)
            if delivery.chat in self.held:
                await self.held[delivery.chat].wait()
        finally:
            self._under_way[delivery.chat] -= 1
        script = self.outcomes.get(delivery.chat)
        outcome = script.pop(0) if script else self.usual or Sent(f"id {delivery.number}")
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    def texts(self, chat: Address | None = None) -> list[object]:
        """What was carried, in order, to one chat or to all."""
        return [
            one.delivery.body.get("text") for one in self.made if chat in (None, one.delivery.chat)
        ]

    def moments(self, chat: Address) -> list[datetime]:
        return [one.at for one in self.made if one.delivery.chat == chat]


async def put(store: OutboxStore, chat: Address, *texts: str, now: datetime) -> tuple[int, ...]:
    calls = [Call("sendMessage", {"text": text}) for text in texts]
    return await store.enqueue(calls, chat, None, now)


async def found(store: OutboxStore) -> dict[int, Delivery]:
    """All rows by number, in their order."""
    rows = await store.deliveries(list(DeliveryState), ALL)
    return {one.number: one for one in sorted(rows, key=lambda one: one.number)}


async def states(store: OutboxStore, numbers: Sequence[int]) -> list[DeliveryState]:
    rows = await found(store)
    return [rows[number].state for number in numbers]


async def until(condition: Callable[[], bool]) -> None:
    """Let others work until something is so."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if condition():
                return
            await asyncio.sleep(0)


async def nothing_waits(store: OutboxStore) -> None:
    """Let others work until nothing waits any more."""
    async with asyncio.timeout(PATIENCE):
        while True:
            counts = await store.counts()
            if not counts.queued and not counts.sending:
                return
            await asyncio.sleep(0)


async def drained(outbox: Outbox, store: OutboxStore) -> None:
    """Let the outbox work until nothing waits, then stop it."""
    stop = asyncio.Event()
    running = asyncio.create_task(outbox.run(stop))
    try:
        await nothing_waits(store)
    finally:
        stop.set()
        await running
