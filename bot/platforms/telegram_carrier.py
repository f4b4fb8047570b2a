"""Carries deliveries to Telegram: one call each, and what its answer means for the outbox."""

import logging
from typing import Any

from telegram.error import ChatMigrated, RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot.delivery.outcome import Closed, Later, Moved, Outcome, Refused, Sent, Unknown
from bot.delivery.pace import Lane
from bot.platforms.telegram_errors import Meaning, failure
from bot.platforms.telegram_pace import seconds
from bot.platforms.telegram_post import call
from storage.deliveries import Delivery
from storage.models import Address, Json, Platform

# A person who deleted their account, a group that was deleted: nobody can let the bot in again.
# The texts are in the server's source, as are those in `telegram_errors`.
_GONE = ("user is deactivated", "group chat was deleted")

_log = logging.getLogger(__name__)


class TelegramCarrier:
    """Makes the calls of deliveries in the lane for what nobody is waiting for."""

    def __init__(self, bot: ExtBot[Lane]) -> None:
        self._bot = bot

    async def carry(self, delivery: Delivery, about: str | None) -> Outcome:
        """Make the call once; see `bot.delivery.outcome.Carrier`.

        A message that Telegram refuses is our mistake: it goes out as bare text. Where a message
        may have been sent before, Telegram has to answer something harmless first, so that it is
        not repeated into the same silence.
        """
        try:
            if delivery.uncertain:
                await self._bot.get_me()
        except TelegramError as error:
            return Later(f"Telegram does not answer: {error}", platform_down=True)
        outcome = await self._made(delivery, about, delivery.body)
        if isinstance(outcome, Refused) and "entities" in delivery.body:
            _log.error("%s: sent as bare text, since %s", delivery.chat, outcome.reason)
            outcome = await self._made(delivery, about, _bare(delivery.body))
        return outcome

    async def _made(self, delivery: Delivery, about: str | None, body: Json) -> Outcome:
        parameters = _place(delivery.chat, delivery.method, about) | body
        try:
            answer = await call(self._bot, delivery.method, parameters, Lane.BROADCAST)
        except TelegramError as error:
            return outcome_of(error, delivery.method, about)
        return Sent(_result(answer))


def outcome_of(error: TelegramError, method: str, about: str | None = None) -> Outcome:
    """Tell what an error means for a delivery; `about` is the message that was to be edited."""
    if isinstance(error, RetryAfter):
        return Later(str(error), seconds(error), chat_held=True)
    if isinstance(error, ChatMigrated):
        return Moved(Address(Platform.TELEGRAM, str(error.new_chat_id)))
    why = failure(error)
    outcome: Outcome = Later(str(error), platform_down=True)
    if why.meaning is Meaning.DONE:
        outcome = Sent(about or "")
    elif why.meaning is Meaning.CHAT_GONE:
        gone = any(known in error.message.lower() for known in _GONE)
        outcome = Closed(why.reason, gone=gone)
    elif why.meaning in (Meaning.REFUSED, Meaning.MESSAGE_GONE):
        outcome = Refused(str(error))
    elif why.meaning is Meaning.UNKNOWN_METHOD and _is_new(method):
        outcome = Refused(f"this server does not know {method}")
    elif why.meaning is Meaning.UNKNOWN and not _was_not_done(error):
        harmless = method.startswith("edit")
        outcome = Later(str(error)) if harmless else Unknown(str(error))
    return outcome


def _was_not_done(error: TelegramError) -> bool:
    """Whether the server answered that it failed, such as 502, or was not even asked.

    Where no answer came, the library says what lay behind it: an error of httpx, a JSON error
    where half of an answer came, and a RuntimeError while it is not connected at all.
    """
    return error.__cause__ is None or isinstance(error.__cause__, TelegramError | RuntimeError)


def _is_new(method: str) -> bool:
    """Whether a server of one's own may be too old for a method.

    All others are known everywhere, and then it is the token that the server does not know: in
    python-telegram-bot 22.8 both are the same error.
    """
    return "rich" in method.lower()


def _place(chat: Address, method: str, about: str | None) -> dict[str, Any]:
    """Where a call goes, as Telegram wants it said."""
    place: dict[str, Any] = {"chat_id": chat.id if chat.id.startswith("@") else int(chat.id)}
    if method.startswith("edit"):
        return place | {"message_id": int(about or 0)}
    return place | ({"message_thread_id": int(chat.thread)} if chat.thread else {})


def _bare(body: Json) -> Json:
    """A message without what can be wrong with it."""
    return {name: body[name] for name in body if name not in ("entities", "reply_markup")}


def _result(answer: object) -> str:
    """The number of the message that came of a call."""
    return str(answer.get("message_id", "")) if isinstance(answer, dict) else ""
