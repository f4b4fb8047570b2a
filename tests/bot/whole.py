"""A whole Paperboy in one process: an arXiv with a batch, Telegram and Discord, and a clock."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.app import opened
from bot.commands.request import Services
from bot.config import Arxiv, Channel, Config, Discord, Telegram
from bot.serve import Bot
from storage.models import Kind
from tests.fakes.arxiv import FakeArxiv, paper
from tests.fakes.discord import CREDENTIAL as DISCORD_CREDENTIAL
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_places import Place as DiscordPlace
from tests.fakes.quick_clock import QuickClock
from tests.fakes.telegram import CREDENTIAL as TELEGRAM_CREDENTIAL
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import Place as TelegramPlace

DAY = date(2026, 4, 21)  # the clock's, on which arXiv announces
TITLES = ("Diffusion models for all", "Graphs and maps", "Old diffusion")
RHYTHM = 0.1  # seconds between two looks at what is due; the program's own are a minute
SOON = 10.0  # seconds in which a bot has to end


@dataclass
class World:
    """Everything outside, and the folder with the data."""

    folder: Path
    clock: QuickClock
    arxiv: FakeArxiv
    telegram: FakeTelegram
    discord: FakeDiscord

    def announces(self, *titles: str, day: date = DAY, category: str = "cs.CV") -> None:
        """Let arXiv have a batch."""
        start = 1 if day == DAY else day.toordinal() % 1000
        rows = [
            (paper(f"2604.{start + number:05}", title=title), Kind.NEW)
            for number, title in enumerate(titles or TITLES)
        ]
        self.arxiv.batch(category, day, *rows)

    def config(self, *channels: Channel, without: tuple[str, ...] = (), **fields: Any) -> Config:
        """A configuration with both platforms, `without` the token of some."""
        telegram = Telegram(
            token=SecretStr("" if "telegram" in without else TELEGRAM_CREDENTIAL),
            api_url=self.telegram.api_url,
        )
        discord = Discord(
            token=SecretStr("" if "discord" in without else DISCORD_CREDENTIAL),
            api_url=self.discord.api_url,
            gateway_url=self.discord.gateway_url,
        )
        return Config(
            data_dir=self.folder,
            arxiv=Arxiv(feed_url=self.arxiv.feed_url, api_url=self.arxiv.api_url, min_interval=0.0),
            channels=channels,
            **{"telegram": telegram, "discord": discord} | fields,
        )

    @asynccontextmanager
    async def services(self, config: Config) -> AsyncIterator[Services]:
        """What a process opens."""
        async with opened(config, self.clock) as services:
            yield services

    @asynccontextmanager
    async def bot(self, config: Config, **parts: Any) -> AsyncIterator[asyncio.Task[None]]:
        """A bot that runs until the end of the block; raises what made it end early.

        `parts` take the place of some of its services.
        """
        stop = asyncio.Event()
        async with opened(config, self.clock) as services:
            bot = Bot(replace(services, **parts), RHYTHM)
            running = asyncio.create_task(bot.run(stop))
            try:
                yield running
            finally:
                stop.set()
                await asyncio.wait_for(asyncio.shield(running), SOON)


@asynccontextmanager
async def world(folder: Path, speed: float = 10.0) -> AsyncIterator[World]:
    """A world in which arXiv has announced three papers in cs.CV."""
    clock = QuickClock(speed)
    with FakeArxiv() as arxiv, FakeTelegram() as telegram:
        async with FakeDiscord(clock) as discord:
            made = World(folder, clock, arxiv, telegram, discord)
            made.announces()
            yield made


def channel(name: str, *targets: str, query: str = "cs.CV", **fields: Any) -> Channel:
    """A configured channel that delivers at once."""
    general = {"language": "en", "timezone": "UTC", "details": "none"}
    own = {"name": name, "query": query, "targets": targets}
    return Channel.model_validate(general | own | fields)


def at_telegram(place: TelegramPlace) -> str:
    return f"telegram:{place.id}"


def at_discord(place: DiscordPlace) -> str:
    return f"discord:{place.id}"
