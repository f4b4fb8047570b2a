"""Subscriptions with what they come to, and a desk where their digests are made from a store."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.config import Config
from bot.delivery.press import Acquaint, Prepare
from bot.delivery.tick import Tick
from bot.digest.parser import parse
from bot.digest.terms import Terms
from storage.models import (
    DAYS,
    Address,
    Announcement,
    Chat,
    Kind,
    Paper,
    Platform,
    Room,
    Settings,
    Subscription,
)
from storage.records import DigestRecord, Intake, Standing
from storage.store import Store
from tests.fakes.clock import FakeClock

ADA, BOB, EVE = (Address(Platform.TELEGRAM, chat) for chat in ("7", "70", "71"))
MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (date(2026, 4, day) for day in (20, 21, 22, 23))
FRIDAY = date(2026, 4, 17)
USUAL = Terms(
    at="09:00",
    days=DAYS,
    zone=ZoneInfo("UTC"),
    quiet=None,
    limit=20,
    language="en",
    kinds=(Kind.NEW, Kind.CROSS),
    form="classic",
    details="none",
)


def utc(text: str) -> datetime:
    """A moment such as `2026-04-21 09:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def terms(
    at: str = "09:00",
    zone: str = "UTC",
    days: tuple[str, ...] = DAYS,
    quiet: tuple[str, str] | None = None,
) -> Terms:
    return replace(USUAL, at=at, zone=ZoneInfo(zone), days=days, quiet=quiet)


def standing(
    due: str | None = None, since: date | None = None, cursor: int = 0, slot: str | None = None
) -> Standing:
    """A subscription of Ada's to cs.CV whose slot is due at once, unless `slot` was before."""
    subscription = Subscription(1, ADA, "cs.CV")
    moment = utc(due) if due else None
    return Standing(
        subscription=subscription,
        chat=Chat(ADA),
        slot=utc(slot) if slot else moment,
        due=moment,
        changed=0,
        since=since,
        cursor=cursor,
    )


def papers(*numbers: int, version: int = 1, title: str = "On lanterns") -> list[Paper]:
    return [
        Paper(
            id=f"2604.{number:05}",
            version=version,
            title=f"{title} {number}",
            abstract="We look at lanterns. We show that they matter.",
            authors=("Ada Lovelace",),
            categories=("cs.CV",),
        )
        for number in numbers
    ]


@dataclass
class Desk:
    """A store and a clock: people subscribe, arXiv announces, and ticks make digests.

    `woken` counts how often the outbox was told of something new.
    """

    store: Store
    clock: FakeClock
    prepare: Prepare | None = None
    acquaint: Acquaint | None = None
    woken: int = 0
    _tick: Tick | None = field(default=None, repr=False)

    @property
    def tick(self) -> Tick:
        if self._tick is None:
            self.start()
        assert self._tick is not None
        return self._tick

    def start(self) -> None:
        """Begin to run, as after a restart."""
        self._tick = Tick(self.store, self.clock, Config(), self._wake, self.prepare, self.acquaint)

    def _wake(self) -> None:
        self.woken += 1

    async def at(self, moment: str) -> int:
        """Let the clock come to a moment and tick once; how many slots were dealt with."""
        self.clock.advance((utc(moment) - self.clock.now()) / timedelta(seconds=1))
        return await self.tick()

    async def subscribed(
        self, query: str = "cs.CV", chat: Address = ADA, settings: Settings | None = None
    ) -> Subscription:
        """Subscribe a chat that is known, before the clock's first tick sees it."""
        if settings or not await self.store.chat(chat):
            await self.store.put_chat(Chat(chat, Room.PRIVATE, settings=settings or Settings()))
        return await self.store.put_subscription(Subscription(0, chat, str(parse(query))))

    async def announced(
        self,
        day: date,
        some: Sequence[Paper],
        category: str = "cs.CV",
        kind: Kind = Kind.NEW,
        settled: bool = True,
    ) -> None:
        """Let a batch come, and the intake know that it is complete."""
        rows = [
            Announcement(one.id, one.version, category, day, kind, place)
            for place, one in enumerate(some)
        ]
        await self.store.add_batch(category, day, some, rows, self.clock.now())
        if settled:
            await self.settled(day, category)

    async def settled(self, day: date, category: str = "cs.CV", failures: int = 0) -> None:
        intake = Intake(category, day, "new", "", self.clock.now(), failures)
        await self.store.standings.put_intake(intake)

    async def records(self, chat: Address = ADA) -> list[DigestRecord]:
        """What became of a chat's slots, the oldest first."""
        return list(reversed(await self.store.digests.of_chat(chat, 1000)))

    async def got(self, chat: Address = ADA) -> list[list[str]]:
        """The numbers of the papers in each digest of a chat; empty ones too."""
        return [[one.paper_id[-1] for one in each.posted] for each in await self.records(chat)]

    async def waiting(self) -> list[tuple[Address, str]]:
        """The calls in the outbox: where they go, and their methods."""
        counts = await self.store.outbox.counts()
        chats = {ADA, BOB, EVE}
        rows = [row for chat in chats for row in await self.store.outbox.unsent(chat)]
        assert len(rows) == counts.queued
        return [(row.chat, row.method) for row in sorted(rows, key=lambda one: one.number)]
