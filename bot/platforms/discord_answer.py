"""From what was asked to what is answered: in time, to all or to the asker alone, whatever happens.

Adapters carry what the formatter wrote; nothing is decided here about what is shown.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import Any

import discord
from discord.abc import GuildChannel

from bot.commands.request import Reply, Request, Services, expanded
from bot.commands.table import read_line
from bot.platforms.discord_asked import (
    Asked,
    Interaction,
    in_private,
    in_server,
    is_ephemeral,
    language_of,
    request_of,
)
from bot.platforms.discord_exchange import LOST, Exchange
from bot.platforms.discord_rights import missing
from formatters.discord import discord as rendered
from formatters.document import Document
from formatters.views import error_view
from formatters.words import Words, words
from storage.errors import StorageError

PATIENCE = 1.5
"""Seconds until it is said that the answer takes a while: half of what Discord waits for."""

IN_A_THREAD = (("message", True),)
IN_A_CHANNEL = (("message", False), ("thread", False), ("message", True))
"""What a digest takes: it is posted in the channel, and its cards in a thread of it."""

OURS = 400  # the status of what Discord cannot read, which is our fault

Dispatch = Callable[[Services, Request], Awaitable[Reply | None]]

_log = logging.getLogger(__name__)


class Answering:
    """Answers interactions; many may be under way."""

    def __init__(self, services: Services, dispatch: Dispatch) -> None:
        self._services = services
        self._dispatch = dispatch

    async def answer(self, interaction: Interaction, asked: Asked) -> None:
        """Let the commands answer what was asked."""
        exchange = self._exchange(interaction, asked)
        await self._guarded(exchange, interaction, self._answer(exchange, interaction, asked))

    async def refuse(self, interaction: Interaction, problem: str, asked: Asked) -> None:
        """Say that something did not work, to the asker alone."""
        exchange = self._exchange(interaction, asked)
        document = error_view(problem, words(language_of(interaction, asked)))
        reply = Reply(document, private=True)
        await self._guarded(exchange, interaction, self._carry(exchange, interaction, reply))

    async def _guarded(
        self, exchange: Exchange, interaction: Interaction, work: Coroutine[Any, Any, None]
    ) -> None:
        """Do it; where it was our fault that it went wrong, say so."""
        try:
            await work
        except LOST as error:
            if not isinstance(error, discord.HTTPException) or error.status != OURS:
                _log.info("no answer to interaction %s: %s", interaction.id, error)
                return
            _log.exception("Discord refused an answer of ours")
        except Exception:
            _log.exception("an interaction was not answered")
        else:
            return
        await self._apologise(exchange, interaction)

    async def _apologise(self, exchange: Exchange, interaction: Interaction) -> None:
        texts = words(interaction.locale.value)
        try:
            for body in rendered(error_view(texts("failure.unexpected"), texts)):
                await exchange.say(body, ephemeral=not in_private(interaction))
        except LOST as error:
            _log.info("no answer to interaction %s: %s", interaction.id, error)

    async def _answer(self, exchange: Exchange, interaction: Interaction, asked: Asked) -> None:
        work = asyncio.ensure_future(self._reply(interaction, asked))
        try:
            await self._hold(exchange, work)
            await self._carry(exchange, interaction, await work)
        finally:
            work.cancel()

    async def _hold(self, exchange: Exchange, work: asyncio.Future[Reply]) -> None:
        """Wait a little, then say that it takes longer."""
        patience = asyncio.ensure_future(self._services.clock.sleep(PATIENCE))
        try:
            either: set[asyncio.Future[Any]] = {work, patience}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                await exchange.hold()
        except LOST:
            await asyncio.wait({work})  # somebody may still be served by what it does
            raise
        finally:
            patience.cancel()

    async def _reply(self, interaction: Interaction, asked: Asked) -> Reply:
        texts = words(language_of(interaction, asked))
        try:
            asked = await self._read(asked)
            request = await request_of(self._services, interaction, asked)
        except (*LOST, StorageError) as error:
            _log.warning("who asks /%s is not known: %s", asked.command, error)
            return Reply(error_view(texts("failure.unexpected"), texts), private=True)
        if asked.command == "subscribe" and (refusal := _cannot_write(interaction, texts)):
            return Reply(refusal, private=True)
        reply = await self._dispatch(self._services, request)
        return reply or Reply(error_view(texts("discord.outdated"), texts), private=True)

    async def _read(self, asked: Asked) -> Asked:
        """Look up a line that is too long for its button."""
        if not asked.pressed:
            return asked
        line = await expanded(self._services, f"{asked.command} {asked.arguments}".strip())
        command, arguments = read_line(f"/{line}") or (asked.command, asked.arguments)
        return replace(asked, command=command, arguments=arguments)

    async def _carry(self, exchange: Exchange, interaction: Interaction, reply: Reply) -> None:
        ephemeral = exchange.ephemeral or (reply.private and not in_private(interaction))
        for number, body in enumerate(rendered(reply.document)):
            replaces = reply.replaces and not number
            await exchange.say(body, ephemeral=ephemeral, replaces=replaces)
        if reply.file is not None:
            await exchange.attach(*reply.file, ephemeral=ephemeral)

    def _exchange(self, interaction: Interaction, asked: Asked) -> Exchange:
        message = interaction.message
        own = message is not None and (message.flags.ephemeral or in_private(interaction))
        return Exchange(
            interaction,
            ephemeral=is_ephemeral(interaction, asked),
            replaceable=asked.pressed and own,
        )


def _cannot_write(interaction: Interaction, texts: Words) -> Document | None:
    """What to change before a channel can be sent digests; None where nothing is missing."""
    channel = interaction.channel
    if not in_server(interaction) or not isinstance(channel, GuildChannel | discord.Thread):
        return None
    thread = isinstance(channel, discord.Thread)
    forum = isinstance(channel, discord.Thread) and isinstance(channel.parent, discord.ForumChannel)
    granted = interaction.app_permissions
    lacking = [
        name
        for method, inside in (IN_A_THREAD if thread else IN_A_CHANNEL)
        for name in missing(granted, method, inside, forum)
    ]
    if not lacking:
        return None
    names = [texts(f"discord_permission.{name}") for name in dict.fromkeys(lacking)]
    rights = texts("discord.separator").join(names)
    return error_view(texts("discord.missing", channel=f"#{channel.name}", rights=rights), texts)
