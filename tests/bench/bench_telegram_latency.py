"""How long people wait for an answer on Telegram while a broadcast of 2,000 messages goes out.

The whole bot talks to a loopback server that enforces Telegram's limits. Limits and clock run
`FACTOR` times as fast as in life, and so every figure is in life's seconds but counts the work of
bot and server `FACTOR` times.
"""

import asyncio
import random
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from bot.app import opened
from bot.config import Arxiv, Config
from bot.config import Telegram as TelegramConfig
from bot.delivery.pace import Lane
from bot.platforms.telegram import Telegram
from bot.platforms.telegram_post import Target
from bot.platforms.telegram_updates import Place
from formatters.telegram import Message
from storage.models import Room
from tests.fakes.arxiv import paper
from tests.fakes.telegram import CREDENTIAL, Call, FakeTelegram
from tests.fakes.telegram_chats import Place as FakePlace
from tests.fakes.telegram_limits import Enforced, FastClock

FACTOR = 2.0
MESSAGES = 2000
CHATS = 50
ROUNDS = 4  # questions of each chat
PAUSE = 5.0  # seconds that people read before they ask again, on average
REST = 5.0  # seconds before all ask at once, so that no chat has reached its own limit
SEED = 20260421
NOWHERE = "http://127.0.0.1:9"
PAPER = paper("2604.00001", title="Turbulent kites")


def run() -> list[tuple[str, str]]:
    """Waiting times of people who ask now and then, and of all asking in the same instant."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(measure(Path(folder)))


@dataclass
class Talk:
    """The bot and its server; `asked` is who asked when, `heard` how many answers came before."""

    telegram: FakeTelegram
    clock: FastClock
    bot: Telegram
    chats: list[FakePlace]
    asked: list[tuple[int, float]] = field(default_factory=list)
    heard: int = 0

    def ask(self, chat: FakePlace) -> None:
        """Ask for a paper."""
        self.asked.append((chat.id, time.monotonic()))
        chat.says(f"/paper {PAPER.id}")

    async def converse(self, chat: FakePlace, chance: random.Random) -> None:
        """Ask again and again, reading in between."""
        for _ in range(ROUNDS):
            await self.clock.sleep(chance.uniform(0, 2 * PAUSE))
            self.ask(chat)

    async def waits(self) -> list[float]:
        """How long each answer took, in life's seconds; then begin anew."""
        heard = len(self.asked) + self.heard
        await self.telegram.until(lambda: self._posted() >= heard)
        await self.telegram.until(lambda: len(self._answers()) == len(self.asked))
        self.heard = self._posted()
        answered = sorted((call.parameters["chat_id"], call.at) for call in self._answers())
        pairs = zip(sorted(self.asked), answered, strict=True)
        found = [(end - start) * FACTOR for (_, start), (_, end) in pairs]
        self.asked.clear()
        self.telegram.calls.clear()
        return found

    def _posted(self) -> int:
        return sum(len(chat.state.posted) for chat in self.chats)

    def _answers(self) -> list[Call]:
        calls = [
            call for call in self.telegram.calls if PAPER.title in call.parameters.get("text", "")
        ]
        return [call for call in calls if call.method in ("sendMessage", "editMessageText")]

    async def broadcast(self, readers: list[FakePlace]) -> None:
        """Send each reader a message, in the lane for what nobody asked for."""
        message = Message("sendMessage", {"text": "A digest. " * 100})
        targets = [Target(Place(one.id, Room.PRIVATE), lane=Lane.BROADCAST) for one in readers]
        await asyncio.gather(*(self.bot.post.message(target, message) for target in targets))


@asynccontextmanager
async def talking(folder: Path) -> AsyncIterator[Talk]:
    clock = FastClock(FACTOR)
    with FakeTelegram(Enforced(clock.monotonic)) as telegram:
        keys = TelegramConfig(token=SecretStr(CREDENTIAL), api_url=telegram.api_url)
        arxiv = Arxiv(feed_url=NOWHERE, api_url=NOWHERE, min_interval=0.0)
        config = Config(data_dir=folder, arxiv=arxiv, telegram=keys)
        async with opened(config, clock) as services:
            await services.store.add_papers([PAPER])
            stop, bot = asyncio.Event(), Telegram(services)
            running = asyncio.create_task(bot.run(stop))
            yield Talk(telegram, clock, bot, [telegram.private() for _ in range(CHATS)])
            stop.set()
            await running


async def measure(folder: Path) -> list[tuple[str, str]]:
    chance = random.Random(SEED)
    async with talking(folder) as talk:
        readers = [talk.telegram.private() for _ in range(MESSAGES)]
        await asyncio.gather(*(talk.converse(chat, chance) for chat in talk.chats))
        quiet = await talk.waits()
        started = time.monotonic()
        broadcast = asyncio.create_task(talk.broadcast(readers))
        await asyncio.gather(*(talk.converse(chat, chance) for chat in talk.chats))
        busy = await talk.waits()
        await talk.clock.sleep(REST)
        for chat in talk.chats:
            talk.ask(chat)
        at_once = await talk.waits()
        assert not broadcast.done(), "the broadcast ended before all was answered"
        await broadcast
        lasted = (time.monotonic() - started) * FACTOR
        refused = talk.telegram.refused.count(429)
    label = f"clock and limits {FACTOR:.0f} times as fast: {CHATS} chats"
    return [
        (f"{label} ask every {PAUSE:.0f} s, nothing else goes on", shown(quiet)),
        (f"{label} ask every {PAUSE:.0f} s during a broadcast", shown(busy)),
        (f"{label} ask in the same instant during a broadcast", shown(at_once)),
        (f"that broadcast of {MESSAGES} messages", f"{lasted:.0f} s"),
        ("calls refused by Telegram's limits (429)", str(refused)),
    ]


def shown(waits: list[float]) -> str:
    """The median and the 99th percentile."""
    ordered = sorted(waits)
    p50, p99 = (ordered[round(share * (len(ordered) - 1))] for share in (0.5, 0.99))
    return f"p50 {p50:.2f} s, p99 {p99:.2f} s"
