"""The ways out: one carrier for each platform that is configured, with or without its bot."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.commands.request import Services
from bot.delivery.outcome import Carrier
from bot.platforms.files import FileCarrier
from bot.platforms.standby import Standby
from storage.models import Address, Chat, Platform, Room

_log = logging.getLogger(__name__)


class Carriers:
    """A stand-in for each configured platform; what is behind it comes and goes."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.telegram, self.discord = Standby("Telegram"), Standby("Discord")
        self.given_up: set[Platform] = set()

    def by_platform(self) -> dict[Platform, Carrier]:
        """The carriers of the platforms that are configured."""
        config = self._services.config
        found: dict[Platform, Carrier] = {Platform.FILE: FileCarrier(config.data_dir)}
        if config.telegram.token.get_secret_value():
            found[Platform.TELEGRAM] = self.telegram
        if config.discord.token.get_secret_value():
            found[Platform.DISCORD] = self.discord
        return found

    async def acquaint(self, address: Address) -> Chat | None:
        """Find out what kind of place a target on Discord is, and keep it; None while it is away.

        Of a channel that Discord does not show, the first delivery will tell what is wrong.
        """
        describe = self.discord.describe
        if address.platform is Platform.DISCORD and describe is None:
            return None
        chat = await describe(address) if describe else None
        known = chat or Chat(address, Room.GROUP)
        await self._services.store.put_chat(known)
        return known

    @asynccontextmanager
    async def connected(self, platforms: set[Platform]) -> AsyncIterator[None]:
        """Be able to deliver to some platforms for the length of the block, without bots there.

        A platform that lets nobody in is given up, and the log says why; the others go on.
        """
        stop = asyncio.Event()
        tasks = [
            asyncio.create_task(self._kept_connected(one, stop))
            for one in platforms & {Platform.TELEGRAM, Platform.DISCORD} & self.by_platform().keys()
        ]
        try:
            yield
        finally:
            stop.set()
            if tasks:
                await asyncio.wait(tasks)

    async def _kept_connected(self, platform: Platform, stop: asyncio.Event) -> None:
        standby = self.telegram if platform is Platform.TELEGRAM else self.discord
        connecting = asyncio.create_task(self._connect(platform, standby, stop))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({connecting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not standby.is_connected:
            connecting.cancel()
        await asyncio.wait({connecting})
        stopping.cancel()
        if not connecting.cancelled() and (error := connecting.exception()):
            self.given_up.add(platform)
            _log.error("%s: %s", platform, error)

    async def _connect(self, platform: Platform, standby: Standby, stop: asyncio.Event) -> None:
        """Import a platform's library only where it is used."""
        if platform is Platform.TELEGRAM:
            from bot.platforms.telegram import Telegram

            async with Telegram(self._services).sending() as carrier:
                with standby.used(carrier):
                    await stop.wait()
        else:
            from bot.platforms.discord import Discord

            async with Discord(self._services).sending() as post:
                with standby.used(post, post.room):
                    await stop.wait()
