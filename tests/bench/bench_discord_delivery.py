"""How long a digest to 500 channels on Discord takes, beside what the limits of rate allow.

The real client's HTTP talks to a loopback server that keeps Discord's buckets and its limit over
all. It runs in life's time: broadcasts are spread so evenly that a faster clock would measure the
event loop's own.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

import discord
from discord.http import Route

from bot.clock import SystemClock
from bot.delivery.outcome import Sent
from bot.platforms.discord_post import OVERALL, DiscordPost
from storage.deliveries import Delivery
from storage.models import Address, Call, Json, Platform
from storage.store import Store
from tests.bench.bench_telegram_latency import shown
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_limits import GLOBAL, GLOBAL_SECONDS, Limits
from tests.fakes.discord_places import Place

CHANNELS = 500
CARDS = 2  # messages in the thread of each digest
REPLIES_EVERY = 2.0  # seconds between messages that somebody waits for
SERVER = 50  # channels in one server

LINE: Json = {
    "content": "8 new papers in cs.LG",
    "components": [
        {
            "type": 1,
            "components": [
                {"type": 2, "style": 1, "label": "Open", "custom_id": "paperboy:1:next"}
            ],
        }
    ],
    "allowed_mentions": {"parse": []},
}
DISPLAYS: Json = {
    "flags": 1 << 15,
    "components": [{"type": 10, "content": "A title, and what it is about. " * 100}],
    "allowed_mentions": {"parse": []},
}
DIGEST = (
    Call("message", LINE),
    Call("edit", DISPLAYS | {"content": None}, about=0),
    Call("thread", {"name": "Details"}, about=0),
    *(Call("message", DISPLAYS, about=2) for _ in range(CARDS)),
)


def run() -> list[tuple[str, str]]:
    """The time until all is there, the refusals, and how long answers wait meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(measure(Path(folder)))


class Broadcast:
    """The carrier and its server, and a count of deliveries."""

    def __init__(self, post: DiscordPost, clock: SystemClock) -> None:
        self._post = post
        self._clock = clock
        self._numbers = 0

    async def sends(self, place: Place, calls: Sequence[Call], digest: int | None = 1) -> None:
        """Make a chat's calls in their order, each again until it is done."""
        results: list[str] = []
        for call in calls:
            about = results[call.about] if call.about is not None else None
            results.append(await self._made(place, call, about, digest))

    async def replies(self, places: Sequence[Place]) -> list[float]:
        """Write to one place after another; how many seconds each took."""
        waits = []
        for place in places:
            await self._clock.sleep(REPLIES_EVERY)
            start = self._clock.monotonic()
            await self.sends(place, DIGEST[:1], digest=None)
            waits.append(self._clock.monotonic() - start)
        return waits

    async def _made(self, place: Place, call: Call, about: str | None, digest: int | None) -> str:
        self._numbers += 1
        chat = Address(Platform.DISCORD, str(place.id))
        subject = 1 if about is not None else None
        delivery = Delivery(self._numbers, digest, chat, call.method, call.body, subject)
        outcome = await self._post.carry(delivery, about)
        assert isinstance(outcome, Sent), outcome
        return outcome.result


async def measure(folder: Path) -> list[tuple[str, str]]:
    clock = SystemClock()
    store = await Store.open(folder, str)
    limits = Limits(clock.monotonic)
    async with FakeDiscord(clock, limits, checked=False) as server:
        Route.BASE = server.api_url
        async with discord.Client(
            intents=discord.Intents(guilds=True), max_ratelimit_timeout=60
        ) as client:
            await client.login(server.credential)
            post = DiscordPost(store, clock)
            post.use(client)
            rows = await broadcast(server, Broadcast(post, clock), clock)
            post.close()
    await store.close()
    return rows


async def broadcast(
    server: FakeDiscord, sender: Broadcast, clock: SystemClock
) -> list[tuple[str, str]]:
    guilds = [server.guild() for _ in range(CHANNELS // SERVER)]
    places = [guild.text() for guild in guilds for _ in range(SERVER)]
    seconds = CHANNELS * len(DIGEST) * OVERALL.seconds / OVERALL.count
    askers = [guilds[0].text() for _ in range(int(seconds / REPLIES_EVERY))]
    start = clock.monotonic()
    replying = asyncio.create_task(sender.replies(askers))
    await asyncio.gather(*(sender.sends(place, DIGEST) for place in places))
    lasted = clock.monotonic() - start
    waits = await replying
    assert all(len(one.messages) == 1 and len(one.threads[0].messages) == CARDS for one in places)
    calls = CHANNELS * len(DIGEST) + len(askers)
    ours = calls * OVERALL.seconds / OVERALL.count
    allowed = calls * GLOBAL_SECONDS / GLOBAL
    return [
        (f"{calls} calls to {CHANNELS} channels", f"{lasted:.0f} s"),
        (f"at {OVERALL.count} a second, the pace kept here", f"{ours:.0f} s ({ours / lasted:.0%})"),
        (f"at {GLOBAL} a second, all that Discord allows a bot", f"{allowed:.0f} s"),
        ("calls refused by Discord's limits (429)", str(server.too_many)),
        (f"a message every {REPLIES_EVERY:.0f} s that somebody waits for", shown(waits)),
    ]
