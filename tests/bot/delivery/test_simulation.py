"""400 days of everything at once: each announced paper reaches each subscription exactly once."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.config import Config
from bot.delivery.polling import Polling, next_question
from bot.delivery.tick import Tick
from bot.digest.parser import parse
from bot.digest.query import categories
from formatters.text import plain
from storage.deliveries import DeliveryState
from storage.models import Address, Chat, Kind, Platform, Room, Settings, Subscription
from storage.outbox import Settlement
from storage.records import DigestRecord, SlotOutcome
from storage.store import Store
from tests.bot.delivery.simulated import (
    CATEGORIES,
    SimulatedArxiv,
    Trouble,
    announcing_days,
)
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
STEP = timedelta(minutes=10)  # how often the bot looks while a slot is open
QUERIES = ("cs.CV", "cs.LG -kites", "cs.CV stat.ML (lanterns OR tides)")


@dataclass
class World:
    """A bot in the hands of a clock."""

    clock: FakeClock
    arxiv: SimulatedArxiv
    store: Store
    delivered: dict[Address, list[int]] = field(default_factory=lambda: defaultdict(list))

    async def live(self, until: datetime) -> None:
        """Let the bot run to a moment, looking whenever something may be due."""
        config = Config()
        polling = Polling(self.store, self.clock, config, self.arxiv, self.arxiv)
        tick = Tick(self.store, self.clock, config, lambda: None)
        while self.clock.now() < until:
            await polling.round()
            await tick()
            await self._deliver()
            next_look = min(await self._next_look(), until)
            self.clock.advance((next_look - self.clock.now()).total_seconds())

    async def _next_look(self) -> datetime:
        now = self.clock.now()
        intakes = (await self.store.standings.intakes()).values()
        standings = await self.store.standings.due(END + timedelta(days=99), 1000)
        moments = [one.due for one in standings if one.due]
        moments += [next_question(one, now) for one in intakes]
        soonest = min(moments, default=now)
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


def chat(number: int, zone: str, settings: Settings) -> Chat:
    return Chat(
        Address(Platform.TELEGRAM, str(number)),
        Room.PRIVATE,
        settings=Settings(
            timezone=zone,
            at=settings.at,
            days=settings.days,
            limit=0,
            details="none",
            kinds=settings.kinds,
            quiet=settings.quiet,
        ),
    )


SCHEDULES = (
    Settings(at="09:00"),
    Settings(at="02:30", kinds=tuple(Kind)),  # a time that the clocks leap over
    Settings(at="announcement"),
    Settings(at="announcement", quiet=("22:00", "07:00")),
    Settings(at="18:00", days=("mon",)),
    Settings(at="00:10", days=("mon", "tue", "wed", "thu", "fri")),
)


async def populated(store: Store) -> list[tuple[Chat, Subscription]]:
    """Two chats in each of twelve zones, one of them with a second subscription."""
    everybody = []
    for number, zone in enumerate(ZONES):
        for place in (number % 6, (number + 3) % 6):
            one = chat(10 * number + place + 1, zone, SCHEDULES[place])
            await store.put_chat(one)
            wanted = [QUERIES[(number + place) % 3]]
            if place % 2:
                wanted.append(QUERIES[(number + place + 1) % 3])
            for text in wanted:
                query = str(parse(text))
                kept = await store.put_subscription(Subscription(0, one.address, query))
                everybody.append((one, kept))
    return everybody


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("simulation")


async def test_400_days(folder: Path) -> None:
    clock = FakeClock(START)
    days = announcing_days(START.date() - timedelta(days=20), DAYS + 25)
    arxiv = SimulatedArxiv(clock, days, LATE, STALE, SURPRISES, NO_ARXIV)
    store = await Store.open(folder, plain)
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
        expect_everything_once(everybody, records, arxiv)
        expect_slots_explained(everybody, records)
        for address, some in records.items():
            posted = [one.number for one in reversed(some) if one.outcome is SlotOutcome.POSTED]
            assert list(dict.fromkeys(world.delivered[address])) == posted
        assert arxiv.asked < 40 * DAYS  # of three categories; far less than a question a minute
    finally:
        await store.close()


def expect_everything_once(
    everybody: list[tuple[Chat, Subscription]],
    records: dict[Address, tuple[DigestRecord, ...]],
    arxiv: SimulatedArxiv,
) -> None:
    for one, subscription in everybody:
        got = Counter(
            (posted.paper_id, posted.version)
            for record in records[one.address]
            for posted in record.posted
        )
        assert max(got.values()) == 1, f"{one.address} got a paper twice"
        missing = wanted(subscription, arxiv) - {paper_id for paper_id, _ in got}
        assert not missing, f"{one.address} lacks {sorted(missing)[:5]} of {subscription.query}"
        if Kind.REPLACE not in one.settings.kinds:
            assert {version for _, version in got} == {1}


def wanted(subscription: Subscription, arxiv: SimulatedArxiv) -> set[str]:
    """The new and cross-listed papers that a subscription must have got by the end."""
    from bot.digest.match import BatchIndex
    from storage.models import Announced, Announcement

    query = parse(subscription.query)
    found = set()
    for category in categories(query):
        for day in arxiv.days:
            if not START.date() < day <= END.date() - timedelta(days=10):
                continue
            rows = [
                Announced(paper, (Announcement(paper.id, 1, category, day, kind, 0),))
                for paper, kind in arxiv.rows(category, day)
                if kind in (Kind.NEW, Kind.CROSS)
            ]
            found |= {rows[place].paper.id for place in BatchIndex(rows).matching(query)}
    return found


def expect_slots_explained(
    everybody: list[tuple[Chat, Subscription]],
    records: dict[Address, tuple[DigestRecord, ...]],
) -> None:
    for one, subscription in everybody:
        zone = ZoneInfo(one.settings.timezone or "UTC")
        own = [r for r in reversed(records[one.address]) if r.subscription == subscription.number]
        assert len(own) > (40 if one.settings.days == ("mon",) else 200)
        assert all(bool(r.posted) == (r.outcome is SlotOutcome.POSTED) for r in own)
        assert all(
            after.after == before.cursor for before, after in zip(own, own[1:], strict=False)
        )
        days = Counter(record.slot.astimezone(zone).date() for record in own)
        assert max(days.values()) == 1, f"{one.address} had two digests on a day"


assert set(CATEGORIES) == {"cs.CV", "cs.LG", "stat.ML"}
