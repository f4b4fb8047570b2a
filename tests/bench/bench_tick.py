"""What the clock's work costs: 2,000 digests at once, and ticks with 100,000 subscriptions.

Papers and queries are those of `bench_subscriptions`: real papers of one night, 200 queries that
find something, ten chats for each. Everything is measured on the way that the bot takes, up to the
rows of the outbox.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.config import Config
from bot.delivery.polling import Polling
from bot.delivery.tick import Tick
from bot.digest.match import BatchIndex
from bot.digest.query import Query, categories
from bot.digest.scope import looked_in
from formatters.text import plain
from storage import readers
from storage.models import Address, Announced, Chat, Paper, Platform, Subscription
from storage.records import Intake
from storage.store import Store
from tests.bench.bench_similar import papers
from tests.bench.bench_subscriptions import DAY, Reader, announced
from tests.conftest import SHARED
from tests.fakes.clock import FakeClock

DIGESTS, QUERIES = 2_000, 200
CROWD = 100_000
BEFORE = datetime(2026, 4, 21, 8, 0, tzinfo=UTC)
TO_NINE = timedelta(hours=1).total_seconds()
YESTERDAY = DAY - timedelta(days=1)

Rows = list[tuple[str, str]]


def run() -> Rows:
    """The rows of the table: what was measured, and the figure."""
    everything = papers(SHARED / "data")
    night = announced(everything)
    rows: Rows = []
    for measured in (digests, crowd):
        with tempfile.TemporaryDirectory() as folder:
            rows += asyncio.run(measured(Path(folder), everything, night))
    return rows


async def digests(folder: Path, everything: list[Paper], night: list[Announced]) -> Rows:
    """Digests for different chats whose announcements have all come."""
    queries = telling(everything, night, QUERIES)
    store, clock = await Store.open(folder, plain), FakeClock(BEFORE)
    try:
        await announce(store, night)
        await subscribe(store, [queries[number % QUERIES] for number in range(DIGESTS)])
        await settle(store, queries, clock)
        tick = Tick(store, clock, Config(), lambda: None)
        await tick()
        clock.advance(TO_NINE)
        made, seconds, longest = await watched(tick())
        queued = (await store.outbox.counts()).queued
    finally:
        await store.close()
    name = f"{made:,} digests of {QUERIES} queries"
    return [
        (f"{name} built and enqueued as {queued:,} calls", f"{seconds:.1f} s"),
        (f"{name}: longest standstill of the event loop", f"{1000 * longest:.0f} ms"),
    ]


async def crowd(folder: Path, everything: list[Paper], _night: list[Announced]) -> Rows:
    """Ticks with very many subscriptions of as many queries: planned, not due, due and waiting."""
    queries = Reader(everything, seed=2).queries(CROWD)
    store, clock = await Store.open(folder, plain), FakeClock(BEFORE)
    tick = Tick(store, clock, Config(), lambda: None)
    polling = Polling(store, clock, Config(), Silent(), Silent())
    try:
        await subscribe(store, queries)
        names = {
            "are planned": await watched(tick()),
            "are not due": await watched(tick()),
        }
        await settle(store, queries, clock)
        names["are asked for at arXiv the first time"] = await watched(polling.round())
        names["are asked for at arXiv"] = await watched(polling.round())
        clock.advance(TO_NINE)
        names["are due and wait, the first time"] = await watched(tick())
        names["are due and wait"] = await watched(tick())
    finally:
        await store.close()
    return [
        (
            f"a look at {CROWD:,} subscriptions that {name}",
            f"{1000 * seconds:,.0f} ms, longest standstill {1000 * longest:.0f} ms",
        )
        for name, (_, seconds, longest) in names.items()
    ]


class Silent:
    """An arXiv that nobody should ask."""

    async def fetch(self, category: str) -> bytes:
        raise AssertionError(category)

    async def submitted(
        self, category: str, _start: datetime, _end: datetime, _limit: int
    ) -> tuple[Paper, ...]:
        raise AssertionError(category)


def telling(everything: list[Paper], night: list[Announced], number: int) -> list[Query]:
    """Queries that find something in a night."""
    index = BatchIndex(night)
    candidates = Reader(everything, seed=1).queries(5 * number)
    found = [query for query in candidates if categories(query) and index.found(query)]
    return found[:number]


async def announce(store: Store, night: list[Announced]) -> None:
    by_category: dict[str, list[Announced]] = {}
    for one in night:
        by_category.setdefault(one.leading.category, []).append(one)
    for category, some in by_category.items():
        rows = [one.leading for one in some]
        await store.add_batch(category, DAY, [one.paper for one in some], rows, BEFORE)


async def subscribe(store: Store, queries: Sequence[Query]) -> None:
    """A chat for each of some queries, all of them in one transaction."""
    async with store._database.write() as connection:
        for number, query in enumerate(queries, start=1):
            address = Address(Platform.TELEGRAM, str(number))
            await readers.put_chat(connection, Chat(address))
            await readers.put_subscription(connection, Subscription(0, address, str(query)))


async def settle(store: Store, queries: Sequence[Query], clock: FakeClock) -> None:
    """Let the batches of a few queries be known, and those of very many be late."""
    late = len(queries) > DIGESTS
    for category in sorted({name for one in queries for name in looked_in(Config(), one)}):
        day = YESTERDAY if late else DAY
        intake = Intake(category, day, "", "", clock.now(), failures=9 if late else 0)
        await store.standings.put_intake(intake)


async def watched(work: Awaitable[float]) -> tuple[float, float, float]:
    """What some work gives, the seconds it took, and the longest standstill of the event loop."""
    longest, ended = 0.0, asyncio.Event()

    async def watch() -> None:
        nonlocal longest
        while not ended.is_set():
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            longest = max(longest, time.perf_counter() - before - 0.001)

    watching = asyncio.create_task(watch())
    start = time.perf_counter()
    result = await work
    seconds = time.perf_counter() - start
    ended.set()
    await watching
    return result, seconds, longest
