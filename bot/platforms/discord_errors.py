"""What Discord's refusals and silences mean for a delivery, by status and code, never by text."""

from bot.delivery.outcome import Closed, Later, Outcome, Refused, Unknown
from bot.platforms.discord_request import Declined, RequestFailed, Unanswered
from bot.platforms.discord_rights import NAMES, lacks, takes

NO_CHANNEL = "the channel was deleted"
NO_DIRECT_MESSAGES = "this person takes no direct messages from the bot"
NO_TAG = "the forum wants a tag on every post, and has none named like a category of the digest"
THREAD_LOCKED = "the thread is locked"
THREAD_GONE = "somebody deleted or locked the thread"
MESSAGE_GONE = "somebody deleted the message"
THREADS_FULL = "the server has as many active threads as Discord allows"
AUTOMOD = "the server's AutoMod blocked the message"
BANNED = "Discord lets the bot send nothing at the moment"

THREADS_FULL_SECONDS = 3600.0  # threads leave that count by themselves after days without a word

MALFORMED = 50035  # Invalid form body
NO_RIGHTS = 50013  # You lack permissions to perform that action

CROSSPOST_SECONDS = 900.0  # where ten in an hour are used up, Discord may just be silent
CODES: dict[int, Outcome] = {
    10003: Closed(NO_CHANNEL, gone=True),  # Unknown channel
    10004: Closed(NO_CHANNEL, gone=True),  # Unknown guild
    10013: Closed("there is no such person", gone=True),  # Unknown user
    10008: Refused(MESSAGE_GONE),  # Unknown message
    20026: Later(BANNED, platform_down=True),  # This bot has been flagged by our anti-spam system
    40001: Later(BANNED, platform_down=True),  # Unauthorized
    40004: Later(BANNED, platform_down=True),  # Send messages has been temporarily disabled
    40006: Later(BANNED, platform_down=True),  # This feature has been temporarily disabled
    40067: Closed(NO_TAG),  # A tag is required to create a forum post in this channel
    50001: Closed(lacks([NAMES["view_channel"]])),  # Missing access
    50007: Closed(NO_DIRECT_MESSAGES),  # Cannot send messages to this user
    50083: Closed(THREAD_LOCKED),  # Tried to perform an operation on an archived thread
    50278: Closed(NO_DIRECT_MESSAGES),  # ... due to having no mutual guilds
    130000: Later("Discord is overloaded", platform_down=True),  # API resource is overloaded
    160005: Closed(THREAD_LOCKED),  # This thread is locked
    160006: Later(THREADS_FULL, THREADS_FULL_SECONDS),  # Maximum number of active threads reached
    200000: Refused(AUTOMOD),  # Message was blocked by automatic moderation
    200001: Refused(AUTOMOD),  # Title was blocked by automatic moderation
}
"""https://docs.discord.com/developers/topics/opcodes-and-status-codes#json-json-error-codes"""

DONE_BEFORE = {
    "thread": 160004,  # A thread has already been created for this message
    "crosspost": 40033,  # This message has already been crossposted
}
"""The code of a repetition, by the method: an earlier attempt came through."""

ABOUT_A_THREAD = frozenset({10003, 50083, 160005})

REPEATABLE = frozenset({"message", "edit", "thread", "crosspost"})
"""What a repetition does no harm to: by its nonce or by looking first, or by what it is."""


def done_before(method: str, error: RequestFailed) -> bool:
    """Tell whether a refusal says that an earlier attempt came through."""
    return isinstance(error, Declined) and error.code == DONE_BEFORE.get(method)


def outcome(method: str, error: RequestFailed, in_thread: bool = False) -> Outcome:
    """Tell what a failed request means for a delivery.

    `in_thread`: the delivery goes to a thread of ours, whose end is not that of the chat.
    """
    if isinstance(error, Declined):
        if in_thread and error.code in ABOUT_A_THREAD:
            return Refused(THREAD_GONE)
        if error.code == NO_RIGHTS:
            return Closed(takes(method, in_thread))
        return _declined(method, error)
    if isinstance(error, Unanswered) and method == "crosspost" and error.silent:
        return Later("Discord says nothing about a crosspost", CROSSPOST_SECONDS)
    if isinstance(error, Unanswered) and not error.written:
        return Later(f"Discord cannot be reached: {error}", platform_down=True)
    return Unknown(f"no answer from Discord: {error}")


def _declined(method: str, error: Declined) -> Outcome:
    if error.status == 429:
        return _too_many(method, error)
    if error.status >= 500 and method not in REPEATABLE:
        return Unknown(f"Discord's own trouble: {error}")
    if error.code == MALFORMED:
        return Refused(f"a fault of ours, which Discord refused: {error.text}")
    return CODES.get(error.code) or _by_status(error)


def _by_status(error: Declined) -> Outcome:
    """What a status means that no code explains; a 403 without one is from in front of Discord."""
    if error.status >= 500:
        return Later(f"Discord's own trouble: {error}", platform_down=True)
    if error.status == 401 or (error.status == 403 and error.everywhere):
        return Later(f"{BANNED}: {error}", platform_down=True)
    if error.status == 403:
        return Closed(f"Discord refuses it there: {error}")
    return Refused(f"Discord refused it: {error}")


def _too_many(method: str, error: Declined) -> Later:
    """A limit of rate: everybody's, or that of a bucket.

    Crossposts have a limit of their own, about ten an hour, beside which the channel is free.
    """
    return Later(
        f"more than Discord allows: {error}",
        error.seconds,
        chat_held=not error.everywhere and method != "crosspost",
        platform_down=error.everywhere,
    )
