"""A machine for fault scripts: outbox, store and adapters as they are, and servers that fail.

The outbox works on a real database and calls through the real libraries; what fails, fails there.
Hours pass at once, and processes end in the middle of whatever they do.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
from aiosqlite import Connection
from discord import Client, Intents
from discord.gateway import DiscordWebSocket
from discord.http import Route
from telegram.error import NetworkError
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest
from yarl import URL

from bot.delivery.outbox import Outbox
from bot.delivery.outcome import Carrier, Outcome
from bot.delivery.pace import Lane
from bot.platforms.discord_post import DiscordPost
from bot.platforms.files import FileCarrier
from bot.platforms.telegram_carrier import TelegramCarrier
from bot.platforms.telegram_pace import TelegramPace
from storage.database import Database
from storage.deliveries import Delivery, DeliveryState
from storage.errors import StorageError
from storage.models import Address, Call, Json, Platform
from storage.outbox_store import OutboxStore
from storage.schema import MIGRATIONS
from storage.search import searchable
from storage.store import FILE_NAME, Store
from tests.bot.faults.hours import Adjustable, Hours
from tests.bot.platforms.telegram_bot import NOWHERE
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_faults import Call as DiscordCall
from tests.fakes.discord_faults import Fault as DiscordFault
from tests.fakes.discord_places import Place as DiscordPlace
from tests.fakes.telegram import CREDENTIAL, FakeTelegram, Fault
from tests.fakes.telegram import Call as TelegramCall
from tests.fakes.telegram_chats import Place as TelegramPlace

ALL = 100_000
BUSY_TIMEOUT = 0.02  # seconds that a locked database is waited for; five in life

Closed = tuple[Address, str, Address | None]
Place = TelegramPlace | DiscordPlace
QUIET: Json = {"parse": []}
BUTTON: Json = {"type": 2, "style": 1, "label": "Open", "custom_id": "paperboy:1:digest"}


class TroubledTelegram(FakeTelegram):
    """Fares as a script says, if there is one."""

    script: Callable[[TelegramCall], Fault | None] | None = None

    def _take_fault(self, call: TelegramCall) -> Fault | None:
        return super()._take_fault(call) or (self.script(call) if self.script else None)


class TroubledDiscord(FakeDiscord):
    """Fares as a script says, if there is one."""

    script: Callable[[DiscordCall], DiscordFault | None] | None = None

    def take_fault(self, call: DiscordCall) -> DiscordFault | None:
        return super().take_fault(call) or (self.script(call) if self.script else None)


class TroubledDatabase(Database):
    """Fails to write as long as `trouble` says why; no time passes while it works."""

    clock: Hours
    trouble: StorageError | None = None

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Connection]:
        with self.clock.busy():
            if self.trouble is not None:
                raise self.trouble
            async with super().write() as connection:
                yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Connection]:
        with self.clock.busy():
            async with super().read() as connection:
                yield connection


class Requests(HTTPXRequest):
    """The library's own requests; while `away`, they go where nobody listens."""

    def __init__(self, world: "World") -> None:
        super().__init__(
            connection_pool_size=64,
            read_timeout=20.0,
            pool_timeout=20.0,
            httpx_kwargs={"verify": False},
        )
        self._world = world

    async def do_request(self, url: str, *arguments: Any, **fields: Any) -> tuple[int, bytes]:
        if self._world.telegram_away:
            url = url.replace(self._world.telegram.api_url, NOWHERE)
        with self._world.clock.busy():
            try:
                return await super().do_request(url, *arguments, **fields)
            except NetworkError:
                self._world.in_vain += 1
                raise


class Files(FileCarrier):
    """Files as they are; no time passes while one is written."""

    def __init__(self, folder: Path, clock: Hours) -> None:
        super().__init__(folder)
        self._clock = clock

    async def carry(self, delivery: Delivery, about: str | None) -> Outcome:
        with self._clock.busy():
            return await super().carry(delivery, about)


@dataclass
class Process:
    """One life of the program: what it opened, and the outbox at work."""

    store: Store
    database: TroubledDatabase
    outbox: Outbox
    running: asyncio.Task[None]

    @property
    def rows(self) -> OutboxStore:
        return self.store.outbox


@dataclass
class World:
    """Servers, a folder, and the time; `closed` is what was told of paused chats.

    `hands` is the program's own clock. `gateway`: whether the client on Discord hears of servers.
    `wrap` puts something around the carrier to Discord. `in_vain` counts requests that got no
    answer.
    """

    telegram: TroubledTelegram
    discord: TroubledDiscord
    clock: Hours
    folder: Path
    hands: Adjustable
    gateway: bool = False
    telegram_away: bool = False
    in_vain: int = 0
    closed: list[Closed] = field(default_factory=list)
    wrap: Callable[[Carrier], Carrier] = lambda carrier: carrier

    @asynccontextmanager
    async def process(self) -> AsyncIterator[Process]:
        """Run the outbox until the end of the block, where it is killed."""
        store, database = await self._opened()
        async with self._bot() as bot, self._post(store) as post:
            carriers: dict[Platform, Carrier] = {
                Platform.TELEGRAM: TelegramCarrier(bot),
                Platform.DISCORD: self.wrap(post),
                Platform.FILE: Files(self.folder, self.clock),
            }
            outbox = Outbox(store.outbox, self.hands, carriers, self._on_closed)
            running = asyncio.create_task(outbox.run(asyncio.Event()), name="outbox")
            try:
                yield Process(store, database, outbox, running)
            finally:
                running.cancel()
                await asyncio.wait({running})
                await store.close()

    async def _opened(self) -> tuple[Store, TroubledDatabase]:
        path, functions = self.folder / FILE_NAME, {"searchable": searchable}
        database = await TroubledDatabase.open(path, MIGRATIONS, functions, BUSY_TIMEOUT)
        database.clock = self.clock
        return Store(database, str), database

    @asynccontextmanager
    async def _bot(self) -> AsyncIterator[ExtBot[Lane]]:
        """The library's bot, which has asked Telegram nothing yet."""
        pace, requests = TelegramPace(self.hands), (Requests(self), Requests(self))
        bot = ExtBot(
            CREDENTIAL,
            base_url=f"{self.telegram.api_url}/bot",
            request=requests[0],
            get_updates_request=requests[1],
            rate_limiter=pace,
        )
        for one in (*requests, pace):
            await one.initialize()
        yield bot
        for one in (*requests, pace):
            await one.shutdown()

    @asynccontextmanager
    async def _post(self, store: Store) -> AsyncIterator[DiscordPost]:
        post = DiscordPost(store, self.hands)
        async with self._client() as client:
            post.use(client)
            yield post
            post.close()

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[Client]:
        """A client that has logged in."""
        client = Client(
            intents=Intents(guilds=True),
            max_ratelimit_timeout=60,
            guild_ready_timeout=0,
            http_trace=self._trace(),
        )
        async with client:
            await client.login(self.discord.credential)
            if not self.gateway:
                yield client
                return
            connected = asyncio.create_task(client.connect(reconnect=False))
            await client.wait_until_ready()
            yield client
            connected.cancel()
            await asyncio.wait({connected})

    def _trace(self) -> aiohttp.TraceConfig:
        """Lets no time pass while a request is under way, the gateway's apart."""
        trace = aiohttp.TraceConfig()

        async def begins(_session: object, context: SimpleNamespace, request: Any) -> None:
            context.counts = "gateway" not in request.url.path
            if context.counts:
                self.clock.begins()

        async def ends(_session: object, context: SimpleNamespace, _request: Any) -> None:
            if context.counts:
                self.clock.ends()

        async def fails(_session: object, context: SimpleNamespace, request: Any) -> None:
            self.in_vain += context.counts
            await ends(_session, context, request)

        trace.on_request_start.append(begins)
        trace.on_request_end.append(ends)
        trace.on_request_exception.append(fails)
        return trace

    async def _on_closed(self, chat: Address, reason: str, tell: Address | None) -> None:
        self.closed.append((chat, reason, tell))

    async def drained(self, process: Process) -> None:
        """Let time pass until nothing waits any more."""

        async def is_empty() -> bool:
            assert not process.running.done(), process.running
            counts = await process.rows.counts()
            return not counts.queued and not counts.sending

        await self.clock.until(is_empty)

    async def puts(self, process: Process, chat: Address, *texts: str) -> tuple[int, ...]:
        """Queue plain messages for a chat."""
        method = "sendMessage" if chat.platform is Platform.TELEGRAM else "message"
        body = telegram_text if chat.platform is Platform.TELEGRAM else discord_text
        calls = [Call(method, body(text)) for text in texts]
        numbers = await process.rows.enqueue(calls, chat, 1, self.hands.now())
        process.outbox.wake()
        return numbers


@asynccontextmanager
async def world(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """Both servers, which keep no limits of their own."""
    clock = Hours()
    with TroubledTelegram() as telegram:
        async with TroubledDiscord(clock) as server:
            monkeypatch.setattr(Route, "BASE", server.api_url)
            monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", URL(server.gateway_url))
            yield World(telegram, server, clock, folder, Adjustable(clock))
            assert server.violations == []


def telegram_text(text: str) -> Json:
    return {"text": text}


def discord_text(text: str) -> Json:
    """A line with a button, by which it can be found again."""
    row: Json = {"type": 1, "components": [BUTTON]}
    return {"content": text, "components": [row], "allowed_mentions": QUIET}


def chat_of(place: Place) -> Address:
    """A place as the outbox knows it."""
    if isinstance(place, TelegramPlace):
        return Address(Platform.TELEGRAM, str(place.id), str(place.thread or ""))
    return Address(Platform.DISCORD, str(place.id))


async def rows(process: Process) -> dict[int, Delivery]:
    """All rows by number, in their order."""
    found = await process.rows.deliveries(list(DeliveryState), ALL)
    return {one.number: one for one in sorted(found, key=lambda one: one.number)}


async def states(process: Process) -> Counter[DeliveryState]:
    """How many rows are in each state."""
    return Counter(one.state for one in (await rows(process)).values())
