"""How fast a full outbox drains, beside what the platforms' limits of rate allow.

The real outbox, on a real database, calls through the real adapters and libraries two loopback
servers that keep the platforms' limits and are a way off. It runs in life's time: a faster clock
would count the work of bot and servers several times.
"""

import asyncio
import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import discord
from aiohttp import web
from discord.http import Route
from telegram.ext import ExtBot

from bot.clock import Clock, SystemClock
from bot.delivery.outbox import Outbox
from bot.delivery.outcome import Carrier
from bot.platforms.discord_post import DiscordPost
from bot.platforms.telegram_carrier import TelegramCarrier
from bot.platforms.telegram_pace import TelegramPace
from storage.models import Address, Call, Platform
from storage.store import Store
from tests.bench.bench_discord_delivery import DIGEST, SERVER
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_faults import Call as DiscordCall
from tests.fakes.discord_limits import GLOBAL, GLOBAL_SECONDS, Limits
from tests.fakes.telegram import CREDENTIAL, FakeTelegram
from tests.fakes.telegram import Call as TelegramCall
from tests.fakes.telegram_chats import Place
from tests.fakes.telegram_limits import OVERALL, OVERALL_SECONDS, Enforced

WAY = 0.04  # seconds to a platform, and back
JITTER = 0.01  # seconds that either may take longer
SEED = 20260421

PEOPLE, FOR_EACH_PERSON = 2_000, 1
GROUPS, FOR_EACH_GROUP = 300, 8
CHANNELS = 500


@dataclass(frozen=True)
class Drained:
    """What was measured: how many calls, the seconds they took, and the refusals for haste."""

    label: str
    calls: int
    seconds: float
    allowed: float
    too_many: int

    def row(self) -> tuple[str, str]:
        rate = f"{self.calls / self.seconds:.1f}/s in {self.seconds:.0f} s"
        share = f"{self.allowed / self.seconds:.1%} of what the limits allow"
        away = f"{2 * WAY:g}-{2 * (WAY + JITTER):g} s away"
        what = f"{self.label}, {away}: {self.calls} calls"
        return what, f"{rate}, {share}, {self.too_many} times 429"


def run() -> list[tuple[str, str]]:
    """Two broadcasts on Telegram and one on Discord, one after the other."""
    measured = [
        _measured(lambda folder: people(folder, PEOPLE, FOR_EACH_PERSON)),
        _measured(lambda folder: groups(folder, GROUPS, FOR_EACH_GROUP)),
        _measured(lambda folder: channels(folder, CHANNELS)),
    ]
    return [one.row() for one in measured]


def _measured(broadcast: Callable[[Path], Any]) -> Drained:
    with tempfile.TemporaryDirectory() as folder:
        found: Drained = asyncio.run(broadcast(Path(folder)))
        return found


class Ways:
    """How long the way to a platform takes, each time."""

    def __init__(self) -> None:
        self._chance = random.Random(SEED)

    async def go(self) -> None:
        await asyncio.sleep(WAY + self._chance.uniform(0, JITTER))


class DistantTelegram(FakeTelegram):
    """A server that is a way off."""

    def __init__(self) -> None:
        super().__init__(Enforced(SystemClock().monotonic))
        self._spec = None
        self._ways = Ways()

    async def _done(self, call: TelegramCall) -> Any:
        await self._ways.go()
        try:
            return await super()._done(call)
        finally:
            await self._ways.go()


class DistantDiscord(FakeDiscord):
    """A server that is a way off."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock, Limits(clock.monotonic), checked=False)
        self._ways = Ways()

    async def _answer(self, request: web.Request, call: DiscordCall) -> web.StreamResponse:
        await self._ways.go()
        try:
            return await super()._answer(request, call)
        finally:
            await self._ways.go()


async def people(folder: Path, count: int, each: int) -> Drained:
    """Messages to people on Telegram, where the limit over all is what counts."""
    with DistantTelegram() as server:
        chats = [server.private() for _ in range(count)]
        return await _telegram(f"{count} private chats on Telegram", folder, server, chats, each)


async def groups(folder: Path, count: int, each: int) -> Drained:
    """Messages to groups on Telegram, each of which has a limit of its own."""
    with DistantTelegram() as server:
        chats = [server.group() for _ in range(count)]
        return await _telegram(f"{count} groups on Telegram", folder, server, chats, each)


async def _telegram(
    label: str, folder: Path, server: DistantTelegram, chats: Sequence[Place], each: int
) -> Drained:
    clock = SystemClock()
    calls = [
        Call("sendMessage", {"text": f"{number} {'A digest. ' * 100}"}) for number in range(each)
    ]
    pace = TelegramPace(clock)
    async with ExtBot(CREDENTIAL, f"{server.api_url}/bot", rate_limiter=pace) as bot:
        to = {Address(Platform.TELEGRAM, str(one.id)): calls for one in chats}
        carriers: Mapping[Platform, Carrier] = {Platform.TELEGRAM: TelegramCarrier(bot)}
        seconds = await drain(folder, clock, carriers, to)
    assert all([one.text[0] for one in chat.messages] == [*map(str, range(each))] for chat in chats)
    total = len(chats) * each
    allowed = total * OVERALL_SECONDS / OVERALL
    return Drained(label, total, seconds, allowed, server.refused.count(429))


async def channels(folder: Path, count: int) -> Drained:
    """Digests with their threads in channels on Discord, where the limit over all counts."""
    clock = SystemClock()
    async with DistantDiscord(clock) as server:
        Route.BASE = server.api_url
        guilds = [server.guild() for _ in range(-(-count // SERVER))]
        places = [guilds[number // SERVER].text() for number in range(count)]
        async with discord.Client(
            intents=discord.Intents(guilds=True), max_ratelimit_timeout=60
        ) as client:
            await client.login(server.credential)
            store = await Store.open(folder / "notes", str)
            post = DiscordPost(store, clock)
            post.use(client)
            to = {Address(Platform.DISCORD, str(one.id)): DIGEST for one in places}
            seconds = await drain(folder, clock, {Platform.DISCORD: post}, to)
            post.close()
            await store.close()
    cards = sum(call.about == 2 for call in DIGEST)
    assert all(len(one.messages) == 1 and len(one.threads[0].messages) == cards for one in places)
    total = count * len(DIGEST)
    allowed = total * GLOBAL_SECONDS / GLOBAL
    return Drained(f"{count} channels on Discord", total, seconds, allowed, server.too_many)


async def drain(
    folder: Path,
    clock: Clock,
    carriers: Mapping[Platform, Carrier],
    calls: Mapping[Address, Sequence[Call]],
) -> float:
    """Fill an outbox and let it work until it is empty; returns how long that took."""
    store = await Store.open(folder, str)
    for chat, some in calls.items():
        await store.outbox.enqueue(some, chat, 1, clock.now())
    stop, start = asyncio.Event(), clock.monotonic()
    running = asyncio.create_task(Outbox(store.outbox, clock, carriers).run(stop))
    counts = await store.outbox.counts()
    while counts.queued or counts.sending:
        await clock.sleep(0.2)
        counts = await store.outbox.counts()
    seconds = clock.monotonic() - start
    stop.set()
    await running
    await store.close()
    assert counts.failed == counts.dropped == 0
    return seconds
