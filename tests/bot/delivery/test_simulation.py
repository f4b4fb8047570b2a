"""400 days of everything at once: each announced paper reaches each subscription exactly once."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import cycle, pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from bot.config import Config
from bot.delivery.agenda import PATIENCE, next_due
from bot.delivery.polling import Polling, next_question
from bot.delivery.tick import Tick
from bot.digest.calendar import rebuilt
from bot.digest.match import BatchIndex
from bot.digest.parser import parse
from bot.digest.query import categories
from bot.digest.slots import after_quiet
from bot.digest.terms import terms_of
from formatters.text import plain
from storage.deliveries import DeliveryState
from storage.models import (
    Address,
    Announced,
    Announcement,
    Chat,
    Kind,
    Platform,
    Room,
    Settings,
    Subscription,
)
from storage.outbox import Settlement
from storage.records import DigestRecord, SlotOutcome
from storage.store import Store
from tests.bot.delivery.simulated import SimulatedArxiv, Trouble, announcing_days
from tests.fakes.clock import FakeClock

START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
DAYS = 400
END = START + timedelta(days=DAYS)
ZONES = (
    "UTC", "America/New_York", "America/Los_Angeles", "America/Sao_Paulo", "Europe/London",
    "Europe/Berlin", "Africa/Casablanca", "Asia/Kolkata", "Asia/Shanghai", "Australia/Lord_Howe",
    "Pacific/Chatham", "Pacific/Kiritimati",
)  # fmt: skip
NO_BOT = (
    Trouble(datetime(2026, 3, 6, 3, 0, tzinfo=UTC), datetime(2026, 3, 9, 18, 0, tzinfo=UTC)),
    Trouble(datetime(2026, 10, 30, 8, 0, tzinfo=UTC), datetime(2026, 11, 9, 13, 0, tzinfo=UTC)),
)
NO_ARXIV = (
    Trouble(datetime(2026, 6, 2, 3, 0, tzinfo=UTC), datetime(2026, 6, 3, 1, 0, tzinfo=UTC)),
)
LATE = {
    ("cs.CV", date(2026, 2, 10)): 3.0,
    ("cs.LG", date(2026, 2, 10)): 5.5,
    ("cs.CV", date(2026, 5, 12)): 15.0,
    ("stat.ML", date(2026, 9, 15)): 2.0,
}
STALE = {("cs.CV", date(2026, 4, 22)): 4.0, ("cs.LG", date(2026, 8, 19)): 20.0}
SURPRISES = (date(2026, 7, 14), date(2026, 12, 24))
SOON = timedelta(minutes=90)  # the longest pause between two questions is an hour
STEP = timedelta(minutes=20)  # how often the bot looks while a slot is open
QUERIES = ("cs.CV", "cs.LG -kites", "cs.CV stat.ML (lanterns OR tides)")

RESTLESS = Address(Platform.TELEGRAM, "1000")
"""A chat that takes another schedule every 41 hours, also while a digest of it waits."""
CHANGES = timedelta(hours=41)

SCHEDULES = (
    Settings(at="09:00"),
    Settings(at="02:30", kinds=tuple(Kind)),  # a time that the clocks leap over
    Settings(at="announcement"),
    Settings(at="announcement", quiet=("22:00", "07:00")),
    Settings(at="18:00", days=("mon",)),
    Settings(at="00:10", days=("mon", "tue", "wed", "thu", "fri")),
)

SECOND_TIMES = {1: None, 3: "20:15", 5: "00:10"}
"""When the second subscription of a chat is due: with the first one, or at another time."""

Everybody = list[tuple[Chat, Subscription]]
Records = dict[Address, tuple[DigestRecord, ...]]


@dataclass
class World:
    """A bot in the hands of a clock."""

    clock: FakeClock
    arxiv: SimulatedArxiv
    store: Store
    delivered: dict[Address, list[int]] = field(default_factory=lambda: defaultdict(list))
    schedules: "cycle[Settings]" = field(default_factory=lambda: cycle(SCHEDULES))
    changes_at: datetime = START

    async def live(self, until: datetime) -> None:
        """Let a new bot run to a moment, looking whenever something may be due."""
        config = Config()
        polling = Polling(self.store, self.clock, config, self.arxiv, self.arxiv)
        tick = Tick(self.store, self.clock, config, lambda: None)
        while self.clock.now() < until:
            await self._change()
            await polling.round()
            await tick()
            next_look = min(await self._next_look(), until)
            self.clock.advance((next_look - self.clock.now()).total_seconds())
        await self._deliver()

    async def _change(self) -> None:
        if self.clock.now() >= self.changes_at:
            self.changes_at = self.clock.now() + CHANGES
            await self.store.put_chat(chat(RESTLESS, "Europe/Berlin", next(self.schedules)))

    async def _next_look(self) -> datetime:
        now = self.clock.now()
        intakes = (await self.store.standings.intakes()).values()
        standings = await self.store.standings.due(END + timedelta(days=99), 1000)
        moments = [one.due for one in standings if one.due]
        moments += [next_question(one, now) for one in intakes]
        soonest = min(moments)
        return max(soonest, now + (STEP if soonest <= now else timedelta(seconds=1)))

    async def _deliver(self) -> None:
        while True:
            now = self.clock.now()
            claims = await self.store.outbox.claim(Platform.TELEGRAM, now, 100)
            if not claims.deliveries:
                return
            for delivery, _ in claims.deliveries:
                assert delivery.digest
                self.delivered[delivery.chat].append(delivery.digest)
            done = [
                Settlement(delivery, DeliveryState.SENT, result="1")
                for delivery, _ in claims.deliveries
            ]
            await self.store.outbox.settle(done, now)


def chat(address: Address, zone: str, settings: Settings) -> Chat:
    own = replace(settings, timezone=zone, limit=0, details="none")
    return Chat(address, Room.PRIVATE, settings=own)


async def populated(store: Store) -> Everybody:
    """Two chats in each of twelve zones, some with a second subscription, and a restless one."""
    everybody = [await subscribed(store, chat(RESTLESS, "Europe/Berlin", SCHEDULES[0]), QUERIES[1])]
    for number, zone in enumerate(ZONES):
        for place in (number % 6, (number + 3) % 6):
            address = Address(Platform.TELEGRAM, str(10 * number + place + 1))
            one = chat(address, zone, SCHEDULES[place])
            first, second = (QUERIES[(number // 3 + place + more) % 3] for more in (0, 1))
            everybody.append(await subscribed(store, one, first))
            if place % 2:
                everybody.append(await subscribed(store, one, second, SECOND_TIMES[place]))
    return everybody


async def subscribed(
    store: Store, one: Chat, query: str, at: str | None = None
) -> tuple[Chat, Subscription]:
    await store.put_chat(one)
    wanted = Subscription(0, one.address, str(parse(query)), at=at)
    return one, await store.put_subscription(wanted)


async def test_400_days(tmp_path: Path) -> None:
    clock = FakeClock(START)
    days = announcing_days(START.date() - timedelta(days=20), DAYS + 25)
    arxiv = SimulatedArxiv(clock, days, LATE, STALE, SURPRISES, NO_ARXIV)
    store = await Store.open(tmp_path, plain)
    try:
        everybody = await populated(store)
        world = World(clock, arxiv, store)
        for outage in NO_BOT:
            await world.live(outage.start)
            clock.advance((outage.end - outage.start).total_seconds())
        await world.live(END)
        records = {
            one.address: await store.digests.of_chat(one.address, 10_000) for one, _ in everybody
        }
    finally:
        await store.close()
    expect_everything_once(everybody, records, arxiv)
    expect_everything_on_time(everybody, records, arxiv)
    expect_slots_explained(everybody, records)
    expect_digests_delivered(records, world.delivered)
    assert arxiv.asked < 40 * DAYS  # of three categories; far less than a question a minute


def expect_everything_once(everybody: Everybody, records: Records, arxiv: SimulatedArxiv) -> None:
    needed = {query: wanted(query, arxiv) for query in {one.query for _, one in everybody}}
    for one, subscription in everybody:
        got = Counter(
            (posted.paper_id, posted.version)
            for record in records[one.address]
            for posted in record.posted
        )
        assert max(got.values()) == 1, f"{one.address} got a paper twice"
        missing = needed[subscription.query].keys() - {paper_id for paper_id, _ in got}
        assert not missing, f"{one.address} lacks {sorted(missing)[:5]} of {subscription.query}"
        if one.address != RESTLESS:
            replaced = Kind.REPLACE in one.settings.kinds
            assert {version for _, version in got} == ({1, 2} if replaced else {1})


def wanted(text: str, arxiv: SimulatedArxiv) -> dict[str, Announcement]:
    """The new and cross-listed papers that a query's subscribers must have got by the end.

    Each with the row of it that came first.
    """
    query = parse(text)
    found: dict[str, Announcement] = {}
    for category in categories(query):
        rows = [
            Announced(paper, (Announcement(paper.id, 1, category, day, kind, 0),))
            for day in arxiv.days
            if START.date() < day <= END.date() - timedelta(days=10)
            for paper, kind in arxiv.rows(category, day)
            if kind in (Kind.NEW, Kind.CROSS)
        ]
        for place in BatchIndex(rows).matching(query):
            row = rows[place].leading
            found[row.paper_id] = min(row, found.get(row.paper_id, row), key=lambda one: one.day)
    assert len(found) > 200
    return found


def came(text: str, day: date) -> datetime:
    """When the feeds of all categories of a query had the batch of a day."""
    keys = [(category, day) for category in categories(parse(text))]
    hours = max(late.get(key, 0.0) for key in keys for late in (LATE, STALE))
    return rebuilt(day) + timedelta(hours=hours)


def expect_everything_on_time(
    everybody: Everybody, records: Records, arxiv: SimulatedArxiv
) -> None:
    """Each paper comes with the slot of its day, or soon after arXiv had all that belongs in it.

    Where arXiv is so late that patience ends, it may come with the slot after that one.
    """
    needed = {query: wanted(query, arxiv) for query in {one.query for _, one in everybody}}
    for one, subscription in everybody:
        made = {
            posted.paper_id: record.made
            for record in records[one.address]
            for posted in reversed(record.posted)
        }
        terms = terms_of(subscription, one, Config())
        for row in needed[subscription.query].values():
            due = next_due(terms, rebuilt(row.day) - timedelta(seconds=1)).moment
            whole = came(subscription.query, row.day)
            hopeless = whole >= due + PATIENCE or in_trouble(row.day)
            if one.address != RESTLESS and not hopeless:
                expected = after_quiet(max(due, whole), terms.quiet, terms.zone)
                late = made[row.paper_id] - expected
                assert late < SOON, f"{one.address} got {row} {late} late"


def in_trouble(day: date) -> bool:
    """Whether bot or arXiv were away when the batch of a day came, or soon after."""
    around = [rebuilt(day) - timedelta(days=1), rebuilt(day) + timedelta(days=4)]
    return any(one.start < around[1] and one.end > around[0] for one in (*NO_BOT, *NO_ARXIV))


def expect_slots_explained(everybody: Everybody, records: Records) -> None:
    """A record of every slot, each going on where the one before ended, one a local day."""
    for one, subscription in everybody:
        zone = ZoneInfo(one.settings.timezone or "UTC")
        own = [
            record
            for record in reversed(records[one.address])
            if record.subscription == subscription.number
        ]
        assert all(bool(each.posted) == (each.outcome is SlotOutcome.POSTED) for each in own)
        assert all(after.after == before.cursor for before, after in pairwise(own))
        if one.address != RESTLESS:
            assert len(own) > (40 if one.settings.days == ("mon",) else 200)
            days = Counter(record.slot.astimezone(zone).date() for record in own)
            assert max(days.values()) == 1, f"{one.address} had two digests on a day"


def expect_digests_delivered(records: Records, delivered: dict[Address, list[int]]) -> None:
    """Everything that was made went out, in its order, and nothing for the other slots."""
    for address, some in records.items():
        posted = [one.number for one in reversed(some) if one.outcome is SlotOutcome.POSTED]
        assert list(dict.fromkeys(delivered[address])) == posted
