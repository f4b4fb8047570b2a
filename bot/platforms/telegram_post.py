"""Carries rendered messages to Telegram's chats, once each as far as that can be known."""

import logging
from dataclasses import dataclass, replace
from typing import Any

from telegram.error import ChatMigrated, TelegramError
from telegram.ext import ExtBot

from bot.clock import Clock
from bot.delivery.pace import Lane
from bot.platforms.telegram_chats import moved, set_paused
from bot.platforms.telegram_errors import Failure, Meaning, failure
from bot.platforms.telegram_updates import Place
from formatters.document import Document
from formatters.telegram import Message, telegram
from formatters.telegram_rich import telegram_rich
from storage.models import Room
from storage.store import Store

PAUSES = (1.0, 3.0, 9.0)  # seconds between attempts where nothing can have been sent twice

Json = dict[str, Any]

_log = logging.getLogger(__name__)


class NotPosted(Exception):
    """A message was not posted, or nobody knows whether it was; the log says why."""

    def __init__(self, why: Failure) -> None:
        super().__init__(why.meaning.name.lower())
        self.why = why


@dataclass(frozen=True, slots=True)
class Target:
    """Where messages go.

    `replaces` is the number of a message of ours that becomes the first one; `answers` that of
    somebody's message which is answered. `rich` asks for rich messages where the server has them.
    `lane` tells whether somebody is waiting for it.
    """

    place: Place
    replaces: int | None = None
    answers: int | None = None
    rich: bool = False
    lane: Lane = Lane.REPLY


class Post:
    """Sends and edits messages; the bodies go out as the formatters wrote them."""

    def __init__(self, bot: ExtBot[Lane], store: Store, clock: Clock) -> None:
        self._bot = bot
        self._store = store
        self._clock = clock
        self._knows_rich = True

    async def document(self, target: Target, document: Document) -> None:
        """Post a document as one or several messages, in order.

        Where rich messages are refused for certain, the classic ones take their place. Raises
        NotPosted where the rest of the messages cannot follow.
        """
        if target.rich and self._knows_rich:
            try:
                await self._all(target, telegram_rich(document))
            except NotPosted as error:
                if error.why.meaning not in (Meaning.REFUSED, Meaning.UNKNOWN_METHOD):
                    raise
                self._knows_rich = error.why.meaning is not Meaning.UNKNOWN_METHOD
                _log.warning("a rich message was refused; the classic form goes out instead")
            else:
                return
        await self._all(target, telegram(document))

    async def message(self, target: Target, message: Message) -> int:
        """Post one message, or edit the one that it replaces, and return its number."""
        try:
            return await self._posted(target, message)
        except NotPosted as error:
            if error.why.meaning is not Meaning.REFUSED or message.method != "sendMessage":
                raise
            _log.exception("Telegram refused a message of ours; its bare text goes out instead")
            return await self._posted(target, Message(message.method, _bare(message.body)))

    async def file(self, target: Target, name: str, content: str) -> None:
        """Post a file."""
        parameters = _parameters(target)
        chat = parameters.pop("chat_id")
        try:
            await self._bot.send_document(
                chat,
                content.encode(),
                filename=name,
                api_kwargs=parameters,
                rate_limit_args=target.lane,
            )
        except TelegramError as error:
            raise NotPosted(await self._noted(target.place, error)) from error

    async def delete(self, place: Place, message: int) -> None:
        """Take a message of ours away, if that can be done."""
        try:
            await self._bot.delete_message(place.chat, message)
        except TelegramError as error:
            _log.info("message %s stays: %s", message, error)

    async def _all(self, target: Target, messages: tuple[Message, ...]) -> None:
        for message in messages:
            await self.message(target, message)
            target = replace(target, replaces=None, answers=None)

    async def _posted(self, target: Target, message: Message) -> int:
        if target.replaces is not None:
            try:
                edit = {"message_id": target.replaces}
                return await self._call(target, "editMessageText", edit | message.body)
            except NotPosted as error:
                if error.why.meaning is not Meaning.MESSAGE_GONE:
                    raise
        return await self._call(replace(target, replaces=None), message.method, message.body)

    async def _call(self, target: Target, method: str, body: Json) -> int:
        """Make one call, again where it cannot have been done yet or where repeating is harmless.

        An edit may be repeated; a message may not, since nobody can tell whether it was sent.
        """
        repeatable = {Meaning.NOT_SENT} | ({Meaning.UNKNOWN} if target.replaces else set())
        pauses = iter(PAUSES)
        while True:
            try:
                parameters = _parameters(target) | body
                answer = await call(self._bot, method, parameters, target.lane)
                return int(answer["message_id"])
            except TelegramError as error:
                why = await self._noted(target.place, error)
                if why.meaning is Meaning.DONE:
                    return target.replaces or 0
                if isinstance(error, ChatMigrated) and target.place.chat != error.new_chat_id:
                    place = replace(target.place, chat=error.new_chat_id)
                    target = replace(target, place=place)
                    continue
                pause = next(pauses, None)
                if why.meaning not in repeatable or pause is None:
                    raise NotPosted(why) from error
                await self._clock.sleep(pause)

    async def _noted(self, place: Place, error: TelegramError) -> Failure:
        """Tell what an error means, after keeping what it says about the chat."""
        why = failure(error)
        if isinstance(error, ChatMigrated):
            await moved(self._store, place.chat, error.new_chat_id)
        elif why.meaning is Meaning.CHAT_GONE:
            await set_paused(self._store, place.address, why.reason)
        if why.meaning is not Meaning.DONE:
            _log.warning("%s: %s (%s)", place.address, error, why.meaning.name.lower())
        return why


async def call(bot: ExtBot[Any], method: str, parameters: Json, lane: Lane | None = None) -> Any:
    """Call a method with parameters that go out as they are; raises TelegramError.

    Names of methods are case-insensitive (https://core.telegram.org/bots/api#making-requests). In
    lower case the library does not insist on a method of its own, which would not take them all.
    """
    return await bot.do_api_request(method.lower(), api_kwargs=parameters, rate_limit_args=lane)


def _parameters(target: Target) -> Json:
    """Where a message goes, as Telegram wants it said.

    Answers refer to the question in groups only, where several people may ask at once.
    """
    place = target.place
    parameters: Json = {"chat_id": place.chat}
    if target.replaces is not None:
        return parameters
    if place.thread is not None:
        parameters["message_thread_id"] = place.thread
    if target.answers is not None and place.room is Room.GROUP:
        parameters["reply_parameters"] = {
            "message_id": target.answers,
            "allow_sending_without_reply": True,
        }
    return parameters


def _bare(body: Json) -> Json:
    return {name: body[name] for name in ("text", "link_preview_options") if name in body}
