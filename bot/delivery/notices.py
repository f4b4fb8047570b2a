"""What operators are told, through the same outbox as everything else."""

import logging
from collections.abc import Awaitable, Callable, Collection

from bot.clock import Clock
from bot.config import Config
from formatters.text import clean, clip
from storage.models import Address, Call, Platform
from storage.store import Store

LONGEST = 1000  # characters of a notice; it is read on a phone

DISCORD_DIRECT = "discord direct {}"
"""The note of the channel where the bot writes to somebody on Discord, by their number."""

Direct = Callable[[int], Awaitable[Address | None]]
"""Opens the direct conversation with somebody on Discord; None where that cannot be done now."""

_log = logging.getLogger(__name__)


async def _nowhere(_person: int) -> None:
    """Know nobody on Discord."""


def notice(platform: Platform, text: str) -> Call:
    """The call that says something in plain words, without any markup."""
    said = clip(clean(text), LONGEST)
    if platform is Platform.DISCORD:
        flat = "".join(f"\\{sign}" if sign in "\\*_~`|<>@#[]()-:" else sign for sign in said)
        return Call("message", {"content": flat, "allowed_mentions": {"parse": []}})
    return Call("sendMessage", {"text": said, "link_preview_options": {"is_disabled": True}})


class Notices:
    """Tells the operators named in the configuration.

    On Discord nobody can be written to by their number alone: `direct` opens the conversation.
    """

    def __init__(
        self, store: Store, clock: Clock, config: Config, direct: Direct = _nowhere
    ) -> None:
        self._store = store
        self._clock = clock
        self._config = config
        self._direct = direct

    async def operators(self, text: str, besides: Collection[Platform] = ()) -> None:
        """Tell every operator on every platform that the bot is on, `besides` some platforms."""
        for address in await self.addresses():
            if address.platform not in besides:
                await self.tell(address, text)

    async def tell(self, address: Address, text: str) -> None:
        """Tell one chat."""
        call = notice(address.platform, text)
        await self._store.outbox.enqueue([call], address, None, self._clock.now())

    async def addresses(self) -> list[Address]:
        """Find where the operators are told."""
        found = []
        if self._config.telegram.token.get_secret_value():
            people = self._config.telegram.admins
            found += [Address(Platform.TELEGRAM, str(person)) for person in people]
        if self._config.discord.token.get_secret_value():
            for person in self._config.discord.admins:
                known = await self._store.note(DISCORD_DIRECT.format(person))
                address = Address(Platform.DISCORD, known) if known else await self._direct(person)
                if address is None:
                    _log.warning("operator %d on Discord cannot be told anything", person)
                else:
                    found.append(address)
        return found
