"""The real bot against the fake Discord, started and stopped."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.app import opened
from bot.config import Config
from bot.config import Discord as DiscordConfig
from bot.platforms.discord import Discord
from tests.bot.platforms.telegram_bot import Script
from tests.fakes.discord import CREDENTIAL, FakeDiscord
from tests.fakes.discord_gateway import Gateway
from tests.fakes.held_clock import HeldClock

SOON = 10.0  # seconds in which the bot is to have ended
FAREWELL = 0.2  # seconds that it gives the server to say goodbye


@dataclass
class Rig:
    """A bot at work."""

    clock: HeldClock
    bot: Discord
    running: asyncio.Task[None]
    stop: asyncio.Event

    async def rests(self, seconds: float) -> None:
        """Wait until the bot rests for so long, and let that time pass."""
        await asyncio.wait_for(self.clock.somebody_sleeps(seconds), SOON)
        self.clock.advance(seconds)

    async def ends(self) -> None:
        """Stop and wait until everything under way is done; raises what made it end early."""
        self.stop.set()
        await asyncio.wait_for(asyncio.shield(self.running), SOON)


@dataclass
class World:
    """A server, where the time stands still until it is moved on, and what a bot says there."""

    server: FakeDiscord
    clock: HeldClock
    folder: Path
    script: Script = field(default_factory=Script)

    @property
    def gateway(self) -> Gateway:
        return self.server.gateway

    @asynccontextmanager
    async def bot(self, **keys: Any) -> AsyncIterator[Rig]:
        """A bot that runs until the end of the block; `keys` are those under [discord]."""
        urls = {"api_url": self.server.api_url, "gateway_url": self.server.gateway_url}
        discord = DiscordConfig(**{"token": SecretStr(CREDENTIAL), **urls, **keys})
        config, stop = Config(data_dir=self.folder, discord=discord), asyncio.Event()
        async with opened(config, self.clock) as services:
            bot = Discord(services, self.script, farewell=FAREWELL)
            rig = Rig(self.clock, bot, asyncio.create_task(bot.run(stop)), stop)
            try:
                yield rig
            finally:
                await rig.ends()
