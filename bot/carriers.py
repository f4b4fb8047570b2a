"""The ways out: one carrier for each platform that is configured, with or without its bot."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import chain, repeat

from bot.commands.request import Services
from bot.config import Config
from bot.delivery.channels import room_of
from bot.delivery.outcome import Carrier
from bot.errors import PaperboyError
from bot.platforms.files import FileCarrier
from bot.platforms.standby import Standby
from bot.supervise import until
from storage.models import Address, Chat, Platform

PATIENCE = 30.0  # seconds that a platform gets to let us in before we go on without it
PAUSES = (1.0, 5.0, 30.0)  # seconds until one that cannot be reached is tried again

_log = logging.getLogger(__name__)


class Carriers:
    """A stand-in for each configured platform; what is behind it comes and goes.

    `given_up` tells of platforms that let nobody in, and why.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self.telegram, self.discord = Standby("Telegram"), Standby("Discord")
        self._standbys = {Platform.TELEGRAM: self.telegram, Platform.DISCORD: self.discord}
        self.given_up: dict[Platform, str] = {}

    def by_platform(self) -> dict[Platform, Carrier]:
        """The carriers of the platforms that are configured."""
        config = self._services.config
        chats = {one: self._standbys[one] for one in chatting(config)}
        return {Platform.FILE: FileCarrier(config.data_dir), **chats}

    async def acquaint(self, address: Address) -> Chat | None:
        """Find out what kind of place a target is, and keep it; None where that has to wait.

        Only Discord has to be asked, which may be away.
        """
        known: Chat | None = Chat(address, room_of(address))
        if address.platform is Platform.DISCORD:
            guide = self.discord.guide
            known = await guide.room(address) if guide else None
        if known:
            await self._services.store.put_chat(known)
        return known

    async def direct(self, person: int) -> Address | None:
        """Tell where somebody on Discord can be written to; None where nobody knows just now."""
        guide = self.discord.guide
        return await guide.direct(person) if guide else None

    def running(self) -> tuple[Platform, ...]:
        """The platforms that somebody carries to at the moment."""
        return tuple(one for one, standby in self._standbys.items() if standby.is_connected)

    @contextmanager
    def giving_up(self, platform: Platform) -> Iterator[None]:
        """Note it where a platform lets nobody in, which no further try would change."""
        try:
            yield
        except PaperboyError as error:
            self.given_up[platform] = str(error)
            raise

    @asynccontextmanager
    async def connected(self, platforms: Collection[Platform]) -> AsyncIterator[None]:
        """Be able to deliver to some platforms for the length of the block, without bots there.

        Waits a while until they let us in. One that refuses is given up, one that cannot be
        reached is tried again and again; the others go on.
        """
        stop = asyncio.Event()
        wanted = [one for one in chatting(self._services.config) if one in platforms]
        looks = {one: asyncio.Event() for one in wanted}
        tasks = [
            asyncio.create_task(until(stop, self._keep(one, looks[one])), name=one.value)
            for one in wanted
        ]
        try:
            await self._first_looks(looks.values())
            yield
        finally:
            stop.set()
            if tasks:
                await asyncio.wait(tasks)

    async def _first_looks(self, looks: Collection[asyncio.Event]) -> None:
        patience = asyncio.create_task(self._services.clock.sleep(PATIENCE))
        waiting = {asyncio.create_task(look.wait()) for look in looks}
        try:
            while waiting and not patience.done():
                done, _ = await asyncio.wait(
                    {patience, *waiting}, return_when=asyncio.FIRST_COMPLETED
                )
                waiting = {one for one in waiting if one not in done}
        finally:
            for task in (patience, *waiting):
                task.cancel()

    async def _keep(self, platform: Platform, look: asyncio.Event) -> None:
        """Be connected until cancelled; `look` is set when it is known how the first try went."""
        for pause in chain(PAUSES, repeat(PAUSES[-1])):
            try:
                with self.giving_up(platform):
                    await self._connect(platform, look)
            except PaperboyError:
                return
            except Exception as error:
                _log.warning("%s cannot be reached, next try in %.0f s: %r", platform, pause, error)
            finally:
                look.set()
            await self._services.clock.sleep(pause)

    async def _connect(self, platform: Platform, look: asyncio.Event) -> None:
        """Import a platform's library only where it is used."""
        if platform is Platform.TELEGRAM:
            from bot.platforms.telegram import Telegram

            async with Telegram(self._services).sending() as carrier:
                with self.telegram.used(carrier):
                    look.set()
                    await asyncio.Event().wait()
        else:
            from bot.platforms.discord import Discord

            async with Discord(self._services).sending() as post:
                with self.discord.used(post, post):
                    look.set()
                    await asyncio.Event().wait()


def chatting(config: Config) -> tuple[Platform, ...]:
    """The platforms that there is a token for."""
    tokens = {Platform.TELEGRAM: config.telegram.token, Platform.DISCORD: config.discord.token}
    return tuple(one for one, token in tokens.items() if token.get_secret_value())
