"""What Telegram's refusals and silences mean, by class, and by text only where no class tells."""

from dataclasses import dataclass
from enum import Enum, auto

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)


class Meaning(Enum):
    """What follows from a failed call."""

    NOT_SENT = auto()
    """It never reached Telegram: try again."""
    UNKNOWN = auto()
    """It may have been done. Telegram has no key by which to tell a repetition."""
    FLOOD = auto()
    """Too much for this chat: wait as long as it says."""
    MIGRATED = auto()
    """The group has another number now."""
    CHAT_GONE = auto()
    """Nothing can be sent to this chat until somebody there changes something."""
    DONE = auto()
    """The message is already as it should be."""
    MESSAGE_GONE = auto()
    """The message to edit is not there any more."""
    UNKNOWN_METHOD = auto()
    """This server does not know the method."""
    REFUSED = auto()
    """The call itself is wrong, which is our fault."""
    FATAL = auto()
    """The token is wrong, or another program uses it."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The meaning of an error, and why nothing can be sent to the chat where that is so."""

    meaning: Meaning
    reason: str = ""


BLOCKED = "the bot was blocked or removed"
NO_RIGHTS = "the bot may not write there"
NO_CHAT = "there is no such chat"
NO_TOPIC = "the topic was closed or deleted"

# The texts of the Bot API's errors are not documented; these are in its server's source:
# https://github.com/tdlib/telegram-bot-api/blob/master/telegram-bot-api/Client.cpp
_TEXTS = (
    ("message is not modified", Failure(Meaning.DONE)),
    ("message to edit not found", Failure(Meaning.MESSAGE_GONE)),
    ("message can't be edited", Failure(Meaning.MESSAGE_GONE)),
    ("message thread not found", Failure(Meaning.CHAT_GONE, NO_TOPIC)),
    ("topic_closed", Failure(Meaning.CHAT_GONE, NO_TOPIC)),
    ("topic_deleted", Failure(Meaning.CHAT_GONE, NO_TOPIC)),
    ("chat not found", Failure(Meaning.CHAT_GONE, NO_CHAT)),
    ("not enough rights", Failure(Meaning.CHAT_GONE, NO_RIGHTS)),
    ("need administrator rights", Failure(Meaning.CHAT_GONE, NO_RIGHTS)),
    ("have no rights to send", Failure(Meaning.CHAT_GONE, NO_RIGHTS)),
    ("chat_write_forbidden", Failure(Meaning.CHAT_GONE, NO_RIGHTS)),
    ("chat_restricted", Failure(Meaning.CHAT_GONE, NO_RIGHTS)),
    ("chat_admin_required", Failure(Meaning.CHAT_GONE, NO_RIGHTS)),
    ("peer_id_invalid", Failure(Meaning.CHAT_GONE, NO_CHAT)),
)

_CLASSES: tuple[tuple[type[TelegramError], Failure], ...] = (
    (RetryAfter, Failure(Meaning.FLOOD)),
    (ChatMigrated, Failure(Meaning.MIGRATED)),
    (Forbidden, Failure(Meaning.CHAT_GONE, BLOCKED)),
    (EndPointNotFound, Failure(Meaning.UNKNOWN_METHOD)),
    (InvalidToken, Failure(Meaning.FATAL)),
    (Conflict, Failure(Meaning.FATAL)),
    (BadRequest, Failure(Meaning.REFUSED)),
)
"""`BadRequest` is a kind of `NetworkError` in python-telegram-bot, so the latter comes last."""

# Before a connection stands, nothing can have been sent.
_BEFORE_SENDING = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def failure(error: TelegramError) -> Failure:
    """Tell what an error means."""
    found = next((found for kind, found in _CLASSES if isinstance(error, kind)), None)
    if found is None:
        sent = not isinstance(error.__cause__, _BEFORE_SENDING)
        return Failure(Meaning.UNKNOWN if sent else Meaning.NOT_SENT)
    if isinstance(error, BadRequest):
        text = error.message.lower()
        return next((told for known, told in _TEXTS if known in text), found)
    return found
