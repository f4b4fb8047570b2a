"""What the library's errors mean, made as it makes them."""

import httpx
import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.platforms import telegram_pace
from bot.platforms.telegram_errors import Meaning, failure


def caused(error: TelegramError, cause: Exception) -> TelegramError:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (RetryAfter(5), Meaning.FLOOD),
        (ChatMigrated(-100), Meaning.MIGRATED),
        (Forbidden("Forbidden: bot was blocked by the user"), Meaning.CHAT_GONE),
        (Forbidden("Forbidden: user is deactivated"), Meaning.CHAT_GONE),
        (EndPointNotFound("Not Found"), Meaning.UNKNOWN_METHOD),
        (InvalidToken(), Meaning.FATAL),
        (Conflict("Conflict: terminated by other getUpdates request"), Meaning.FATAL),
        (BadRequest("Bad Request: chat not found"), Meaning.CHAT_GONE),
        (BadRequest("Bad Request: not enough rights to send text messages"), Meaning.CHAT_GONE),
        (BadRequest("Bad Request: CHAT_WRITE_FORBIDDEN"), Meaning.CHAT_GONE),
        (BadRequest("Bad Request: message thread not found"), Meaning.CHAT_GONE),
        (BadRequest("Bad Request: TOPIC_CLOSED"), Meaning.CHAT_GONE),
        (BadRequest("Bad Request: message is not modified: specified new"), Meaning.DONE),
        (BadRequest("Bad Request: message to edit not found"), Meaning.MESSAGE_GONE),
        (BadRequest("Bad Request: message is too long"), Meaning.REFUSED),
        (BadRequest("Bad Request: can't parse entities"), Meaning.REFUSED),
        (BadRequest("Bad Request: BUTTON_DATA_INVALID"), Meaning.REFUSED),
        (caused(TimedOut(), httpx.ConnectTimeout("")), Meaning.NOT_SENT),
        (caused(TimedOut(), httpx.PoolTimeout("")), Meaning.NOT_SENT),
        (caused(TimedOut(), httpx.ReadTimeout("")), Meaning.UNKNOWN),
        (caused(TimedOut(), httpx.WriteTimeout("")), Meaning.UNKNOWN),
        (caused(NetworkError(""), httpx.ConnectError("")), Meaning.NOT_SENT),
        (caused(NetworkError(""), httpx.RemoteProtocolError("")), Meaning.UNKNOWN),
        (NetworkError("Internal Server Error (500)"), Meaning.UNKNOWN),
        (TelegramError("Invalid server response"), Meaning.UNKNOWN),
    ],
    ids=repr,
)
def test_what_follows_from_an_error(error: TelegramError, meaning: Meaning) -> None:
    assert failure(error).meaning is meaning


def test_a_chat_that_is_gone_has_a_reason() -> None:
    for error in (Forbidden("x"), BadRequest("Chat not found"), BadRequest("Topic_closed")):
        assert failure(error).reason


def test_how_long_a_flood_lasts_is_read_without_a_warning() -> None:
    assert telegram_pace.seconds(RetryAfter(5)) == 5.0
