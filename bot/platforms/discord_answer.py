"""From what was asked to what is answered: in time, to all or to the asker alone, whatever happens.

Adapters carry what the formatter wrote; nothing is decided here about what is shown.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import Any

import discord

from bot.commands.request import Reply, Request, Services, expanded
from bot.commands.table import read_line
from bot.platforms.discord_asked import (
    Asked,
    Interaction,
    NotThere,
    Place,
    in_private,
    is_ephemeral,
    language_of,
    place_of,
    request_of,
)
from bot.platforms.discord_elsewhere import placed, split_place
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
IN_A_FORUM = (("post", False), ("message", True))
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
        asked = await self._read(asked)
        await self.give(interaction, asked, self._reply(interaction, asked))

    async def give(
        self, interaction: Interaction, asked: Asked, reply: Coroutine[Any, Any, Reply]
    ) -> None:
        """Answer with a reply, as soon as it is there."""
        exchange = self._exchange(interaction, asked)
        work = self._answer(exchange, interaction, asked, reply)
        await self._guarded(exchange, interaction, work)

    async def refuse(self, interaction: Interaction, problem: str, asked: Asked) -> None:
        """Say that something did not work, to the asker alone."""
        await self.give(interaction, asked, self._refusal(interaction, problem, asked))

    async def _refusal(self, interaction: Interaction, problem: str, asked: Asked) -> Reply:
        document = error_view(problem, words(language_of(interaction, asked)))
        return Reply(document, private=True)

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

    async def _answer(
        self,
        exchange: Exchange,
        interaction: Interaction,
        asked: Asked,
        reply: Coroutine[Any, Any, Reply],
    ) -> None:
        work = asyncio.ensure_future(reply)
        try:
            await self._hold(exchange, work)
            answer = await work
            document = await placed(self._services, answer.document, asked.place)
            await self._carry(exchange, interaction, replace(answer, document=document))
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
            request = await request_of(self._services, interaction, asked)
            place = place_of(interaction, asked)
        except NotThere as error:
            _log.info("/%s: %s", asked.command, error)
            return Reply(error_view(texts("discord.not_there"), texts), private=True)
        except (*LOST, StorageError) as error:
            _log.warning("who asks /%s is not known: %s", asked.command, error)
            return Reply(error_view(texts("failure.unexpected"), texts), private=True)
        if asked.command == "subscribe" and (refusal := _cannot_write(interaction, place, texts)):
            return Reply(refusal, private=True)
        reply = await self._dispatch(self._services, request)
        return reply or Reply(error_view(texts("discord.outdated"), texts), private=True)

    async def _read(self, asked: Asked) -> Asked:
        """Look up a line that is too long for its button, and the channel that it is about."""
        if not asked.pressed:
            return asked
        try:
            line = await expanded(self._services, f"{asked.command} {asked.arguments}".strip())
            place, line = split_place(line)
            line = await expanded(self._services, line)
        except StorageError as error:
            _log.warning("what a button stands for is not known: %s", error)
            return asked
        command, arguments = read_line(f"/{line}") or (asked.command, asked.arguments)
        return replace(asked, command=command, arguments=arguments, place=place)

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


def _cannot_write(interaction: Interaction, place: Place | None, texts: Words) -> Document | None:
    """What to change before a channel can be sent digests; None where nothing is missing."""
    if place is None:
        return None
    granted = interaction.app_permissions
    if place != interaction.channel:
        granted = place.permissions_for(place.guild.me)
    lacking = lacking_in(place, granted)
    if not lacking:
        return None
    names = [texts(f"discord_permission.{name}") for name in lacking]
    rights = texts("discord.separator").join(names)
    return error_view(texts("discord.missing", channel=f"#{place.name}", rights=rights), texts)


def lacking_in(place: Place, granted: discord.Permissions) -> tuple[str, ...]:
    """The names of the permissions that digests take there and that are not granted."""
    outer = place.parent if isinstance(place, discord.Thread) else place
    forum, inside = isinstance(outer, discord.ForumChannel), outer is not place
    calls = IN_A_THREAD if inside else IN_A_FORUM if forum else IN_A_CHANNEL
    lacking = [name for method, within in calls for name in missing(granted, method, within, forum)]
    return tuple(dict.fromkeys(lacking))
