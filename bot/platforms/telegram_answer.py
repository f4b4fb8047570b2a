"""From what was asked to what is answered: rights, signs of life while it takes long, the reply."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from telegram.constants import ChatAction
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.commands.request import Asker, Reply, Request, Services, expanded
from bot.commands.table import BY_LINK, read_line
from bot.delivery.pace import Lane
from bot.errors import BadPaperId
from bot.platforms.telegram_chats import Rights
from bot.platforms.telegram_connect import COMMAND, ELSEWHERE, Connecting
from bot.platforms.telegram_post import NotPosted, Post, Target
from bot.platforms.telegram_updates import Asked, Place, Standing
from bot.sources.ids import parse_id
from formatters.telegram import Message
from formatters.words import Words, words
from storage.models import Chat, Room

PATIENCE = 1.5  # seconds after which people are told that it takes a while

Dispatch = Callable[[Services, Request], Awaitable[Reply | None]]

_log = logging.getLogger(__name__)


class Answering:
    """Answers one thing that was asked at a time; many may be under way."""

    def __init__(
        self,
        services: Services,
        bot: ExtBot[Lane],
        post: Post,
        rights: Rights,
        connecting: Connecting,
        dispatch: Dispatch,
    ) -> None:
        self._services = services
        self._bot = bot
        self._post = post
        self._rights = rights
        self._connecting = connecting
        self._dispatch = dispatch

    async def answer(self, asked: Asked) -> None:
        """Answer, or be silent where nothing is to be said.

        What cannot be posted has been logged and, where it concerns the chat, noted there.
        """
        if asked.query is not None:
            asked = await self._read(asked)
        request = await self._request(asked)
        texts = words(request.language(self._services.config))
        settings = request.chat.settings
        if asked.link and asked.place.room is not Room.PRIVATE and not settings.links:
            return
        try:
            if asked.query and _is_reader_of_channel(asked, request):
                await self._lead_to_private_chat(asked.query, asked, texts)
            elif asked.query and request.command == ELSEWHERE:  # stayed unread: not theirs
                said = texts("failure.administrators")
                await self.acknowledge(asked.query, said, show_alert=True)
            elif request.command == COMMAND and asked.place.room is Room.PRIVATE:
                await self._connecting.ask(asked, texts)
            else:
                await self._reply(asked, request, texts)
        except NotPosted as error:
            _log.info("no answer in %s: %s", asked.place.address, error)

    async def acknowledge(self, query: str, text: str | None = None, **more: str | bool) -> None:
        """Let a pressed button rest, with a short text or without."""
        try:
            await self._bot.answer_callback_query(query, text, api_kwargs=more)
        except TelegramError as error:  # such as: too old
            _log.info("the press of a button stays open: %s", error)

    async def _read(self, asked: Asked) -> Asked:
        """Look up a line that is too long for its button, and the chat that it is about."""
        line = await expanded(self._services, f"{asked.command} {asked.arguments}".strip())
        if (found := read_line(f"/{line}")) is not None:
            asked = replace(asked, command=found[0], arguments=found[1])
        return await self._connecting.elsewhere(asked) if asked.command == ELSEWHERE else asked

    async def _request(self, asked: Asked) -> Request:
        place = asked.about or asked.place
        may_change = asked.standing is Standing.MAY
        if asked.standing is Standing.IF_ADMINISTRATOR:
            may_change = await self._rights.administers(asked.person, place.chat)
        asker = Asker(
            id=str(asked.person),
            language=asked.language,
            may_change=may_change,
            operates=asked.person in self._services.config.telegram.admins,
        )
        chat = await self._chat(place)
        pressed = asked.query is not None
        return Request(chat, asker, asked.command, asked.arguments, pressed)

    async def _chat(self, place: Place) -> Chat:
        known = await self._services.store.chat(place.address)
        return known or Chat(place.address, place.room, place.title)

    async def _reply(self, asked: Asked, request: Request, texts: Words) -> None:
        typing = asyncio.create_task(self._type(asked))
        work = asyncio.ensure_future(self._dispatch(self._services, request))
        try:
            working = await self._wait(asked, work, texts)
            reply = await work
            if reply is not None:
                await self._carry(asked, reply, working)
            elif working is not None:
                await self._post.delete(asked.place, working)
            await typing
        finally:
            work.cancel()
            typing.cancel()

    async def _wait(
        self, asked: Asked, work: asyncio.Future[Reply | None], texts: Words
    ) -> int | None:
        """Show that something is going on; returns the message that says so where it takes long.

        A pressed button shows it by itself, and then in a passing line of text.
        """
        patience = asyncio.create_task(self._services.clock.sleep(PATIENCE))
        try:
            either: set[asyncio.Future[Any]] = {work, patience}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if asked.query is not None:
                text = None if work.done() else texts("telegram.working")
                await self.acknowledge(asked.query, text)
            elif not work.done():
                message = Message("sendMessage", {"text": texts("telegram.working")})
                return await self._post.message(_target(asked), message)
        except NotPosted:
            await asyncio.wait({work})  # somebody may still be served by what it does
        finally:
            patience.cancel()
        return None

    async def _type(self, asked: Asked) -> None:
        """Let the chat show that an answer is being written."""
        place = asked.place
        if asked.query is not None or place.room is Room.CHANNEL:
            return
        try:
            await self._bot.send_chat_action(
                place.chat, ChatAction.TYPING, message_thread_id=place.thread
            )
        except TelegramError as error:
            _log.info("no sign of typing in %s: %s", place.address, error)

    async def _carry(self, asked: Asked, reply: Reply, working: int | None) -> None:
        document = reply.document
        if asked.about is not None:
            document = await self._connecting.pointed(document, asked.about)
        shown = await self._chat(asked.place)
        replaces = asked.message if asked.query is not None and reply.replaces else working
        target = replace(_target(asked), replaces=replaces, rich=shown.settings.form == "rich")
        await self._post.document(target, document)
        if reply.file is not None:
            await self._post.file(replace(target, replaces=None), *reply.file)

    async def _lead_to_private_chat(self, query: str, asked: Asked, texts: Words) -> None:
        """Open the bot for a reader of a channel, where only administrators may make it post."""
        if (start := start_parameter(asked)) is not None:
            await self.acknowledge(query, url=f"https://t.me/{self._bot.username}?start={start}")
        else:
            await self.acknowledge(query, texts("telegram.administrators"), show_alert=True)


def start_parameter(asked: Asked) -> str | None:
    """What the link to the private chat carries to ask the same there, None if it cannot.

    It may hold letters, digits and underscores: https://core.telegram.org/bots/features#deep-linking
    """
    try:
        paper = parse_id(asked.arguments)
    except BadPaperId:
        return None
    name = "".join(sign if sign.isalnum() else "_" for sign in str(paper))
    return f"{asked.command}_{name}" if asked.command in BY_LINK else None


def _is_reader_of_channel(asked: Asked, request: Request) -> bool:
    return asked.place.room is Room.CHANNEL and not request.asker.may_change


def _target(asked: Asked) -> Target:
    """Answer where it was asked; a pressed button's message needs no mention."""
    return Target(asked.place, answers=asked.message if asked.query is None else None)
