"""What operators are told, through the same outbox as everything else."""

from datetime import datetime

from bot.clock import Clock
from bot.config import Config
from formatters.text import clean, clip
from storage.models import Address, Call, Platform
from storage.store import Store

LONGEST = 1000  # characters of a notice; it is read on a phone

DISCORD_DIRECT = "discord direct {}"
"""The note under which the adapter keeps the channel of somebody's direct messages."""


def notice(platform: Platform, text: str) -> Call:
    """The call that says something in plain words, without any markup."""
    said = clip(clean(text), LONGEST)
    if platform is Platform.DISCORD:
        flat = "".join(f"\\{sign}" if sign in "\\*_~`|<>@#[]()-:" else sign for sign in said)
        return Call("message", {"content": flat, "allowed_mentions": {"parse": []}})
    return Call("sendMessage", {"text": said, "link_preview_options": {"is_disabled": True}})


class Notices:
    """Tells the operators named in the configuration."""

    def __init__(self, store: Store, clock: Clock, config: Config) -> None:
        self._store = store
        self._clock = clock
        self._config = config

    async def operators(self, text: str) -> None:
        """Tell every operator on every platform that the bot is on."""
        for address in await self._addresses():
            await self.tell(address, text)

    async def tell(self, address: Address, text: str) -> None:
        """Tell one chat."""
        call = notice(address.platform, text)
        await self._store.outbox.enqueue([call], address, None, self._now())

    async def _addresses(self) -> list[Address]:
        found = []
        if self._config.telegram.token.get_secret_value():
            people = self._config.telegram.admins
            found += [Address(Platform.TELEGRAM, str(person)) for person in people]
        for person in self._config.discord.admins:
            channel = await self._store.note(DISCORD_DIRECT.format(person))
            if channel:
                found.append(Address(Platform.DISCORD, channel))
        return found

    def _now(self) -> datetime:
        return self._clock.now()
