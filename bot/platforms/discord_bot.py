"""The client on Discord: what it hears of and hands on. It decides nothing about what is answered.

It asks for no privileged intent and keeps no messages and no members.
"""

import logging
from typing import Any

import discord

from bot.commands.request import Services
from bot.platforms import discord_chats
from bot.platforms.discord_answer import Answering, Dispatch
from bot.platforms.discord_buttons import Pressing, Special, items
from bot.platforms.discord_choices import Choosing
from bot.platforms.discord_commands import Tree
from bot.platforms.discord_sync import Catalogues, publish
from bot.platforms.discord_threads import LINE, Threads

LONGEST_HOLD = 60.0
"""Seconds that a call may wait for its bucket of the rate limit before it fails instead."""

ONE_CONNECTION = 1  # of `shards`; 0 stands for as many as Discord recommends

_log = logging.getLogger(__name__)

# The bot never speaks: what the library lacks for that is no news at every start.
discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False


def make_bot(services: Services, dispatch: Dispatch, special: Special | None = None) -> "Bot":
    """A client that answers people, not connected yet.

    `special` are lines of buttons that are something of Discord's own, with what they do, beside
    those that every bot has.
    """
    shards = services.config.discord.shards
    if shards == ONE_CONNECTION:
        return Bot(services, dispatch, special or {})
    return ShardedBot(services, dispatch, special or {}, shard_count=shards or None)


class Bot(discord.Client):
    """The bot on Discord."""

    def __init__(
        self, services: Services, dispatch: Dispatch, special: Special, **options: Any
    ) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions.none(),
            max_ratelimit_timeout=LONGEST_HOLD,
            **options,
        )
        self._store = services.store
        answering = Answering(services, dispatch)
        own: Special = {LINE: Threads(services, answering).pressed}
        self._pressing = Pressing(answering, {**own, **special})
        self.tree = Tree(self, answering, Choosing(services))

    async def setup_hook(self) -> None:
        """Prepare everything that does not need the connection; the library calls this once."""
        self.add_dynamic_items(*items(self._pressing))
        await self.tree.set_translator(Catalogues())
        await publish(self.tree, self._store)

    async def on_ready(self) -> None:
        """Note who this is, at each connection anew."""
        _log.info("on Discord as %s; servers: %d", self.user, len(self.guilds))
        await publish(self.tree, self._store)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Go on in a server that let the bot in."""
        await discord_chats.joined(self._store, guild)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Pause a server that the bot is no longer in."""
        await discord_chats.left(self._store, guild)

    async def on_guild_channel_update(
        self, _before: discord.abc.GuildChannel, after: discord.abc.GuildChannel
    ) -> None:
        """Go on in a channel that gave back what the bot lacked there."""
        await discord_chats.permitted(self._store, _with_threads(after))

    async def on_guild_role_update(self, _before: discord.Role, after: discord.Role) -> None:
        """Go on in all channels of a server that gave back what the bot lacked."""
        places = [one for channel in after.guild.channels for one in _with_threads(channel)]
        await discord_chats.permitted(self._store, places)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Forget a channel that is no more."""
        await discord_chats.deleted(self._store, channel.id)

    async def on_raw_thread_delete(self, thread: discord.RawThreadDeleteEvent) -> None:
        """Forget a thread that is no more."""
        await discord_chats.deleted(self._store, thread.thread_id)


def _with_threads(
    channel: discord.abc.GuildChannel,
) -> list[discord.abc.GuildChannel | discord.Thread]:
    """A channel with the threads in it that are known."""
    return [channel, *getattr(channel, "threads", ())]


class ShardedBot(Bot, discord.AutoShardedClient):
    """The bot with several connections, each for a part of the servers."""
