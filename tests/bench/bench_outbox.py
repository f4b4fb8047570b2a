"""How fast the outbox drains: on its own, beside 1,000,000 old rows, and within Telegram's limits.

For the latter the whole way is taken: the outbox, python-telegram-bot, and a loopback server that
enforces the limits. Limits and clock run `FACTOR` times as fast as in life, so the figures count
the work of bot and server `FACTOR` times.
"""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from telegram.ext import ExtBot

from bot.clock import Clock, SystemClock
from bot.delivery.outbox import Outbox
from bot.delivery.outcome import Carrier, Outcome, Sent
from bot.platforms.telegram_carrier import TelegramCarrier
from bot.platforms.telegram_pace import OVERALL, TelegramPace
from formatters.text import plain
from storage.deliveries import Delivery
from storage.models import Address, Call, Platform
from storage.outbox_store import OutboxStore
from storage.store import FILE_NAME, Store
from tests.fakes import telegram_limits as limits
from tests.fakes.telegram import CREDENTIAL, FakeTelegram
from tests.fakes.telegram_limits import GROUP, GROUP_SECONDS, Enforced, FastClock

OLD = 1_000_000
CHATS, EACH = 2_000, 5
READERS, GROUPS = 800, 10
FACTOR = 2.0
PER_SECOND = limits.OVERALL / limits.OVERALL_SECONDS
FULL = GROUP - limits.CHAT_BURST  # seconds in which a group may get all that it may in a minute
NOW = datetime(2026, 4, 21, 12, 0, tzinfo=UTC)
BODY: dict[str, object] = {"text": "A digest of papers. " * 100}

Rows = list[tuple[str, str]]


class Instant:
    """A carrier that takes no time."""

    async def carry(self, delivery: Delivery, _about: str | None) -> Outcome:
        return Sent(str(delivery.number))


def run() -> Rows:
    """Rates and times with an empty outbox and one of old rows, then the share of the limits."""
    rows: Rows = []
    for old in (0, OLD):
        with tempfile.TemporaryDirectory() as folder:
            rows += asyncio.run(instantly(Path(folder), old))
    with tempfile.TemporaryDirectory() as folder:
        rows += asyncio.run(within_limits(Path(folder)))
    return rows


async def instantly(folder: Path, old: int) -> Rows:
    store = await Store.open(folder, plain)
    fill(folder / FILE_NAME, old)
    beside = f", beside {old:,} old rows" if old else ""
    try:
        chats = [Address(Platform.TELEGRAM, f"{number}") for number in range(CHATS)]
        started = time.perf_counter()
        await enqueue(store.outbox, chats, EACH)
        took = time.perf_counter() - started
        rows = [(f"{CHATS:,} digests of {EACH} calls enqueued one by one{beside}", f"{took:.1f} s")]
        rows += await claiming(store.outbox, beside)
        seconds = await drain(store.outbox, Instant(), SystemClock())
        rate = f"{CHATS * EACH / seconds:,.0f} calls/s"
        rows.append((f"{CHATS * EACH:,} calls, carried in no time{beside}", rate))
        if old:
            rows += await keeping(store, chats[0])
    finally:
        await store.close()
    return rows


def fill(path: Path, count: int) -> None:
    """Put in rows that are done with, as those of many months."""
    sent = NOW.isoformat(timespec="microseconds")
    rows = (
        (number, str(number % 5_000), '{"text": "' + "A digest. " * 20 + '"}', sent, sent)
        for number in range(count)
    )
    with closing(sqlite3.connect(path)) as database, database:
        database.executemany(
            "INSERT INTO outbox (digest, platform, chat, thread, method, body, state, created,"
            " changed) VALUES (?, 'telegram', ?, '', 'sendMessage', ?, 'sent', ?, ?)",
            rows,
        )


async def enqueue(store: OutboxStore, chats: Iterable[Address], each: int) -> None:
    for chat in chats:
        await store.enqueue([Call("sendMessage", BODY)] * each, chat, None, NOW)


async def claiming(store: OutboxStore, beside: str) -> Rows:
    """Claim for 128 of all chats, and look in vain where all of them are under way or held."""
    rows: Rows = []
    for most, label in ((128, "128"), (CHATS, "all others"), (128, "none")):
        started = time.perf_counter()
        await store.claim(Platform.TELEGRAM, NOW, most)
        took = 1000 * (time.perf_counter() - started)
        rows.append((f"a claim for {label} of {CHATS:,} chats{beside}", f"{took:.1f} ms"))
    await store.recover(NOW)
    return rows


async def keeping(store: Store, chat: Address) -> Rows:
    """What operators and the nightly work do."""
    new = Address(Platform.TELEGRAM, "-1")
    later = datetime.now(UTC) + timedelta(days=1)
    works = (
        ("counting", store.outbox.counts()),
        ("moving a chat", store.move_chat(chat, new)),
        ("forgetting a chat", store.forget_chat(new)),
        (f"pruning {OLD:,} rows", store.outbox.prune(later)),
    )
    rows: Rows = []
    for label, work in works:
        started = time.perf_counter()
        await work
        rows.append((f"{label} in an outbox of {OLD:,}", f"{time.perf_counter() - started:.2f} s"))
    return rows


async def drain(store: OutboxStore, carrier: Carrier, clock: Clock) -> float:
    """Let the outbox work until nothing waits; the seconds that took by its clock."""
    stop = asyncio.Event()
    started = clock.monotonic()
    outbox = Outbox(store, clock, {Platform.TELEGRAM: carrier})
    running = asyncio.create_task(outbox.run(stop))
    while True:
        await asyncio.sleep(0.02)
        counts = await store.counts()
        if not counts.queued and not counts.sending:
            break
    seconds = clock.monotonic() - started
    stop.set()
    await running
    return seconds


async def within_limits(folder: Path) -> Rows:
    """Private chats alone, which only the overall limit slows down, then groups alone."""
    clock = FastClock(FACTOR)
    store = await Store.open(folder, plain)
    label = f"clock and limits {FACTOR:.0f} times as fast: "
    rows: Rows = []
    try:
        with FakeTelegram(Enforced(clock.monotonic)) as telegram:
            pace = TelegramPace(clock)
            async with ExtBot(
                CREDENTIAL, base_url=f"{telegram.api_url}/bot", rate_limiter=pace
            ) as bot:
                carrier = TelegramCarrier(bot)
                for readers, each, allowed in (
                    ([telegram.private() for _ in range(READERS)], 2, 2 * READERS / PER_SECOND),
                    ([telegram.group() for _ in range(GROUPS)], 2 * GROUP, GROUP_SECONDS + FULL),
                ):
                    chats = [Address(Platform.TELEGRAM, str(one.id)) for one in readers]
                    await enqueue(store.outbox, chats, each)
                    seconds = await drain(store.outbox, carrier, clock)
                    what = f"{label}{each} messages to each of {len(chats)} {readers[0].state.type}"
                    share = 100 * allowed / seconds
                    rows.append((f"{what} chats, of what the limits allow", f"{share:.0f} %"))
            refused = telegram.refused.count(429)
    finally:
        await store.close()
    return [
        *rows,
        (f"{label}calls refused by the limits (429)", str(refused)),
        ("limit over all, ours and the server's", f"{OVERALL.count}/s, {PER_SECOND:.0f}/s"),
    ]
