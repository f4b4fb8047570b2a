"""What Discord's interactions ask: who wants what, in which chat, and may they; who reads along."""

from dataclasses import dataclass
from typing import Any

import discord
from discord import ChannelType

from bot.commands.request import Asker, Request, Services
from storage.models import Address, Chat, Platform, Room
from storage.store import Store

Interaction = discord.Interaction[Any]

PUBLIC = frozenset({"digest", "paper", "search", "similar"})
"""What everybody in a server sees the answer of, where it was asked by a command."""

ROOMS = {
    ChannelType.text: Room.GROUP,
    ChannelType.voice: Room.GROUP,
    ChannelType.stage_voice: Room.GROUP,
    ChannelType.news: Room.CHANNEL,
    ChannelType.forum: Room.FORUM,
    ChannelType.media: Room.FORUM,
    ChannelType.news_thread: Room.THREAD,
    ChannelType.public_thread: Room.THREAD,
    ChannelType.private_thread: Room.THREAD,
}
"""What kind of place each type of a server's channels is."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A command's name and arguments.

    `pressed`: by a button or a select. `hidden`: for the asker alone, whatever it is.
    """

    command: str
    arguments: str = ""
    pressed: bool = False
    hidden: bool = False


def in_server(interaction: Interaction) -> bool:
    """Whether this is asked in a server that let the bot in.

    Somebody who added the bot to their own account uses it in any server; there it is theirs alone:
    https://docs.discord.com/developers/resources/application#installation-context.
    """
    if interaction.guild_id is None:
        return False
    return interaction.is_guild_integration() or not interaction.is_user_integration()


def in_private(interaction: Interaction) -> bool:
    """Whether this is asked in the asker's direct messages with the bot itself."""
    return interaction.guild_id is None and not interaction.context.private_channel


def is_public(interaction: Interaction, asked: Asked) -> bool:
    """Whether everybody in the channel may see the answer."""
    alone = asked.pressed or asked.hidden or asked.command not in PUBLIC
    return in_server(interaction) and not alone


def is_ephemeral(interaction: Interaction, asked: Asked) -> bool:
    """Whether the answer is to be shown to the asker alone, for a while."""
    return not (in_private(interaction) or is_public(interaction, asked))


def language_of(interaction: Interaction, asked: Asked) -> str:
    """The server's language for what all of it sees, else the asker's, such as `zh-CN`."""
    if is_public(interaction, asked) and interaction.guild_locale is not None:
        return interaction.guild_locale.value
    return interaction.locale.value


async def request_of(services: Services, interaction: Interaction, asked: Asked) -> Request:
    """The request as the commands know it; raises discord.HTTPException as `chat_of` does."""
    return Request(
        chat=await chat_of(services.store, interaction),
        asker=Asker(
            id=str(interaction.user.id),
            language=language_of(interaction, asked),
            may_change=_may_change(interaction),
            operates=interaction.user.id in services.config.discord.admins,
        ),
        command=asked.command,
        arguments=asked.arguments,
        pressed=asked.pressed,
    )


async def chat_of(store: Store, interaction: Interaction) -> Chat:
    """The chat that is asked about: the channel, or the asker's direct messages with the bot.

    Raises discord.HTTPException where it is not known yet which those are, and Discord does not
    tell.
    """
    channel = interaction.channel
    if in_server(interaction) and isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        room = ROOMS.get(channel.type, Room.GROUP)
        return Chat(Address(Platform.DISCORD, str(channel.id)), room, channel.name)
    if in_private(interaction) and channel is not None:
        number = str(channel.id)
    else:
        number = await _direct_messages(store, interaction.user)
    return Chat(Address(Platform.DISCORD, number), Room.PRIVATE, interaction.user.display_name)


async def _direct_messages(store: Store, person: discord.User | discord.Member) -> str:
    """The number of the channel where the bot writes to somebody, asked of Discord only once."""
    name = f"discord direct {person.id}"
    known = await store.note(name)
    if known is None:
        channel = await person.create_dm()
        known = str(channel.id)
        await store.put_note(name, known)
    return known


def _may_change(interaction: Interaction) -> bool:
    if not in_server(interaction):
        return True
    rights = interaction.permissions
    return rights.manage_guild or rights.manage_channels
