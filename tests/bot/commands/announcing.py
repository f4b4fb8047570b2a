"""Announcements for tests of commands: stored as if a feed had brought them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

from bot.commands.request import Services
from bot.delivery.tick import Tick
from storage.deliveries import DeliveryState
from storage.models import Announcement, Kind, Paper, Platform
from storage.outbox import Settlement
from storage.records import Intake
from tests.fakes.arxiv import paper

TODAY = date(2026, 4, 21)  # a Tuesday, whose batch is out when the tests' clock begins
WEEK = tuple(date(2026, 4, day) for day in (21, 20, 17, 16, 15))


async def announce(
    services: Services, category: str, day: date, *rows: Paper | tuple[Paper, Kind]
) -> None:
    """Store one batch; a paper by itself is new."""
    pairs = [row if isinstance(row, tuple) else (row, Kind.NEW) for row in rows]
    announcements = [
        Announcement(one.id, one.version, category, day, kind, position)
        for position, (one, kind) in enumerate(pairs)
    ]
    stored_at = datetime(2026, 4, 21, 5, tzinfo=UTC)
    papers = [one for one, _ in pairs]
    await services.store.add_batch(category, day, papers, announcements, stored_at)


def papers(count: int, first: int = 1, title: str = "On lanterns") -> Sequence[Paper]:
    """Papers of cs.CV with a number in the id and in the title."""
    numbers = range(first, first + count)
    return [paper(f"2604.{number:05}", title=f"{title} {number}") for number in numbers]


async def settle(services: Services, *categories: str, day: date = TODAY) -> None:
    """Let the intake have read everything of some categories up to a day."""
    for category in categories:
        now = services.clock.now()
        await services.store.standings.put_intake(Intake(category, day, "new", "", now))


async def tick(services: Services) -> int:
    """Let the clock's work be done once; returns how many slots were dealt with."""
    return await Tick(services.store, services.clock, services.config, lambda: None)()


async def deliver(services: Services, state: DeliveryState = DeliveryState.SENT) -> None:
    """Let everything that waits for Telegram be delivered, or fail."""
    now = services.clock.now()
    while claims := (await services.store.outbox.claim(Platform.TELEGRAM, now, 100)).deliveries:
        done = [Settlement(one, state, reason="blocked", result="1") for one, _ in claims]
        await services.store.outbox.settle(done, now)
