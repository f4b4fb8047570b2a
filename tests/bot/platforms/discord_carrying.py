"""The real carrier and the real client's HTTP against the fake Discord, and an outbox in small."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import discord
import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from bot.delivery.outcome import Outcome
from bot.platforms.discord_post import DiscordPost
from storage.deliveries import Delivery
from storage.models import Address, Json, Platform
from storage.store import Store
from tests.fakes.clock import FakeClock
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_limits import Limits
from tests.fakes.discord_places import Place

QUIET: Json = {"parse": []}
V2 = 1 << 15
BUTTON: Json = {"type": 2, "style": 1, "label": "Open", "custom_id": "paperboy:1:digest"}
ROW: Json = {"type": 1, "components": [BUTTON]}


@dataclass
class Rig:
    """A carrier and what it talks to; `numbers` counts the deliveries."""

    server: FakeDiscord
    client: discord.Client
    post: DiscordPost
    clock: FakeClock
    store: Store
    numbers: int = 100

    def delivery(
        self,
        place: Place,
        method: str,
        body: Json,
        about: int | None = None,
        digest: int | None = 1,
    ) -> Delivery:
        """A delivery that is about to be made for the first time."""
        self.numbers += 1
        return Delivery(
            number=self.numbers,
            digest=digest,
            chat=address(place),
            method=method,
            body=body,
            about=about,
            attempts=1,
            first_tried=self.clock.now(),
        )

    async def carries(
        self, place: Place, method: str, body: Json, about: str | None = None
    ) -> Outcome:
        """What comes of one call, about some message or thread."""
        subject = 1 if about is not None else None
        return await self.post.carry(self.delivery(place, method, body, subject), about)

    def restarts(self, patience: float = 60.0) -> None:
        """Begin with a new carrier, as a new process does."""
        self.post.close()
        self.post = DiscordPost(self.store, self.clock, patience)
        self.post.use(self.client)

    @asynccontextmanager
    async def ready(self) -> AsyncIterator[None]:
        """While the client also hears of the servers it is in."""
        running = asyncio.create_task(self.client.connect(reconnect=False))
        await self.client.wait_until_ready()
        yield
        running.cancel()
        await asyncio.wait((running,))


def address(place: Place) -> Address:
    return Address(Platform.DISCORD, str(place.id))


def plain(text: str) -> Json:
    """A line for the notification, with a button."""
    return {"content": text, "components": [ROW], "allowed_mentions": QUIET}


def shown(text: str) -> Json:
    """Components of the second version."""
    display = {"type": 10, "content": text}
    return {"flags": V2, "components": [display], "allowed_mentions": QUIET}


def edited(text: str) -> Json:
    """Components in the place of a plain line."""
    return shown(text) | {"content": None}


@asynccontextmanager
async def carrying(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    clock: FakeClock,
    limits: Limits | None = None,
) -> AsyncIterator[Rig]:
    """A client that has logged in, without a gateway."""
    store = await Store.open(folder, str)
    async with FakeDiscord(clock, limits) as server:
        monkeypatch.setattr(Route, "BASE", server.api_url)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", URL(server.gateway_url))
        client = discord.Client(
            intents=discord.Intents(guilds=True), max_ratelimit_timeout=60, guild_ready_timeout=0
        )
        async with client:
            await client.login(server.credential)
            rig = Rig(server, client, DiscordPost(store, clock), clock, store)
            rig.post.use(client)
            yield rig
            rig.post.close()
    await store.close()
