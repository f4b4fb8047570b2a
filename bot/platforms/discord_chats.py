"""What becomes of chats: servers that let the bot in or out, channels that change or go."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace

import discord

from bot.platforms.discord_rights import Place, missing_in
from storage.models import Address, Platform
from storage.store import Store

REMOVED = "the bot was removed from the server"
LACKING = "the bot lacks"
"""What every reason says that names permissions, see `discord_rights`."""

_log = logging.getLogger(__name__)


async def left(store: Store, guild: discord.Guild) -> None:
    """Pause everything in a server that the bot is no longer in."""
    for address in _addresses(guild):
        await set_paused(store, address, REMOVED)


async def joined(store: Store, guild: discord.Guild) -> None:
    """Go on in a server that let the bot in again."""
    for address in _addresses(guild):
        chat = await store.chat(address)
        if chat is not None and chat.paused == REMOVED:
            await set_paused(store, address, None)
    await permitted(store, _places(guild))


async def permitted(store: Store, places: Iterable[Place]) -> None:
    """Go on where the bot lacked permissions that it has by now."""
    for place in places:
        chat = await store.chat(_address(place.id))
        lacked = chat is not None and LACKING in (chat.paused or "")
        if lacked and not missing_in(place, place.guild.me.id, _method(place)):
            await set_paused(store, _address(place.id), None)


async def deleted(store: Store, number: int) -> None:
    """Forget a channel or a thread that is no more, with all that it subscribed to."""
    address = _address(number)
    if await store.chat(address) is not None or await store.subscriptions(address):
        await store.forget_chat(address)
        _log.info("%s was deleted, and is forgotten", address)


async def set_paused(store: Store, address: Address, reason: str | None) -> None:
    """Note why nothing can be sent to a chat, or that it can; one nobody knows stays unknown."""
    chat = await store.chat(address)
    if chat is None or chat.paused == reason:
        return
    await store.put_chat(replace(chat, paused=reason))
    _log.info("%s: %s", address, reason or "can be sent to again")


def _places(guild: discord.Guild) -> Sequence[Place]:
    """The server's channels and the threads that are open in them."""
    return (*guild.channels, *guild.threads)


def _addresses(guild: discord.Guild) -> Iterable[Address]:
    return [_address(one.id) for one in _places(guild)]


def _method(place: Place) -> str:
    """How a digest begins there."""
    return "post" if isinstance(place, discord.ForumChannel) else "message"


def _address(number: int) -> Address:
    return Address(Platform.DISCORD, str(number))
