"""What Discord's interactions ask: who wants what, in which chat, and may they; who reads along."""

from dataclasses import dataclass
from typing import Any

import discord
from discord import ChannelType

from bot.commands.request import Asker, Request, Services
from bot.delivery.notices import DISCORD_DIRECT
from bot.errors import PaperboyError
from storage.models import Address, Chat, Platform, Room
from storage.store import Store

Interaction = discord.Interaction[Any]

PUBLIC = frozenset({"digest", "paper", "search", "similar"})
"""What everybody in a server sees the answer of, where it was asked by a command."""

OWN = frozenset({"save", "unsave", "saved", "export"})
"""What is about the asker's own reading list, wherever it is asked."""

Place = discord.abc.GuildChannel | discord.Thread

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

    `pressed`: by a button or a select. `hidden`: for the asker alone, whatever it is. `place` is
    the number of the channel that it is about, where it is another one.
    """

    command: str
    arguments: str = ""
    pressed: bool = False
    hidden: bool = False
    place: int | None = None


class NotThere(PaperboyError):
    """The asker named a channel that they or the bot cannot see, or that nobody can post in."""


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


def place_of(interaction: Interaction, asked: Asked) -> Place | None:
    """The channel of a server that is asked about; None where that is no server's.

    Raises NotThere for another one than this that cannot be asked about.
    """
    if asked.place is None:
        here = interaction.channel if in_server(interaction) else None
        return here if isinstance(here, Place) else None
    server, person = interaction.guild, interaction.user
    place = server.get_channel_or_thread(asked.place) if server and in_server(interaction) else None
    if place is None or place.type not in ROOMS or not isinstance(person, discord.Member):
        raise NotThere(f"channel {asked.place} is none that digests can be sent to")
    if not place.permissions_for(person).view_channel:
        raise NotThere(f"channel {asked.place} is not for {person.id}")
    return place


def is_ephemeral(interaction: Interaction, asked: Asked) -> bool:
    """Whether the answer is to be shown to the asker alone, for a while."""
    return not (in_private(interaction) or is_public(interaction, asked))


def language_of(interaction: Interaction, asked: Asked) -> str:
    """The server's language for what all of it sees, else the asker's, such as `zh-CN`."""
    if is_public(interaction, asked) and interaction.guild_locale is not None:
        return interaction.guild_locale.value
    return interaction.locale.value


async def request_of(services: Services, interaction: Interaction, asked: Asked) -> Request:
    """The request as the commands know it.

    Raises NotThere as `place_of` does, and discord.HTTPException where it is not known yet which
    are the asker's direct messages, and Discord does not tell.
    """
    place, within = place_of(interaction, asked), in_server(interaction)
    spoken = interaction.guild_locale if within else None
    return Request(
        chat=await _chat_of(services.store, interaction, place),
        asker=Asker(
            id=str(interaction.user.id),
            language=language_of(interaction, asked),
            may_change=_may_change(interaction, asked, place),
            operates=interaction.user.id in services.config.discord.admins,
            alone=within and not is_public(interaction, asked),
        ),
        command=asked.command,
        arguments=asked.arguments,
        pressed=asked.pressed,
        reading_list=await _reading_list(services.store, interaction, asked) if within else None,
        spoken=spoken.value if spoken else None,
    )


async def _chat_of(store: Store, interaction: Interaction, place: Place | None) -> Chat:
    """The chat that is asked about: a channel, or the asker's direct messages with the bot."""
    if place is not None:
        room = ROOMS.get(place.type, Room.GROUP)
        return Chat(Address(Platform.DISCORD, str(place.id)), room, place.name)
    channel = interaction.channel
    if in_private(interaction) and channel is not None:
        number = str(channel.id)
    else:
        number = await _direct_messages(store, interaction.user)
    return Chat(Address(Platform.DISCORD, number), Room.PRIVATE, interaction.user.display_name)


async def _reading_list(store: Store, interaction: Interaction, asked: Asked) -> Address | None:
    """Where somebody in a server keeps papers: with their direct messages, if that matters."""
    number = await store.note(DISCORD_DIRECT.format(interaction.user.id))
    if asked.command in OWN:
        number = await _direct_messages(store, interaction.user)
    return Address(Platform.DISCORD, number) if number else None


async def _direct_messages(store: Store, person: discord.User | discord.Member) -> str:
    """The number of the channel where the bot writes to somebody, asked of Discord only once."""
    name = DISCORD_DIRECT.format(person.id)
    known = await store.note(name)
    if known is None:
        channel = await person.create_dm()
        known = str(channel.id)
        await store.put_note(name, known)
    return known


def _may_change(interaction: Interaction, asked: Asked, place: Place | None) -> bool:
    if not in_server(interaction):
        return True
    rights = interaction.permissions
    if asked.place is not None and place and isinstance(interaction.user, discord.Member):
        rights = place.permissions_for(interaction.user)
    return rights.manage_guild or rights.manage_channels
