"""Telegram's limits of rate, kept for every call that python-telegram-bot makes.

Its own AIORateLimiter is not used: in 22.8 a halt ends as soon as any other request ends
(https://github.com/python-telegram-bot/python-telegram-bot/issues/5338), one flooded chat stalls
all, and questions such as getChatMember eat up a group's allowance.
"""

import logging
import math
import os
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from bot.clock import Clock
from bot.delivery.pace import Held, Lane, Limit, Limits, Pace

# About 30 messages a second over all, one a second in a chat with short bursts, 20 a minute in a
# group or channel: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
OVERALL = Limit(30, 1.0)
CHAT: Limits = (Limit(3, 3.0),)
GROUP: Limits = (*CHAT, Limit(20, 60.0))

LONGEST_HOLD = {Lane.REPLY: 120.0, Lane.BROADCAST: 1.0}
"""Seconds that a message waits for its chat's flood to end before it is given up. A broadcast waits
in the outbox instead, where it takes nobody else's place."""

ATTEMPTS = 3

# The library's own switch for timedeltas as they will be; without it, it warns at each RetryAfter:
# https://docs.python-telegram-bot.org/en/stable/telegram.error.html
os.environ.setdefault("PTB_TIMEDELTA", "true")

Json = dict[str, Any]
Answer = bool | Json | list[Json]

_log = logging.getLogger(__name__)


def counts(endpoint: str) -> bool:
    """Whether a method counts towards the limits: those that post or edit a message do."""
    name = endpoint.lower()
    posts = name.startswith(("send", "edit", "copy", "forward"))
    return posts and name != "sendchataction"


def limits_of(chat: str) -> Limits:
    """The limits of a chat; groups and channels have negative numbers or names."""
    return GROUP if chat.startswith(("-", "@")) else CHAT


class TelegramPace(BaseRateLimiter[Lane]):
    """Lets messages wait for their turn, replies ahead of broadcasts.

    The lane is what is passed as `rate_limit_args`; without it a message is a reply.
    """

    def __init__(self, clock: Clock) -> None:
        self._pace = Pace(clock, OVERALL)

    async def initialize(self) -> None:
        """Nothing to prepare."""

    async def shutdown(self) -> None:
        """Let nobody wait any longer."""
        self._pace.close()

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Answer]],
        args: Any,
        kwargs: Json,
        endpoint: str,
        data: Json,
        rate_limit_args: Lane | None,
    ) -> Answer:
        """Make the call when its turn has come.

        A flood holds only its own chat; a reply is then tried again a few times, a broadcast is
        left to whoever sent it. Raises what the call raises, and RetryAfter where the chat is held
        for too long already.
        """
        lane = rate_limit_args or Lane.REPLY
        chat = str(data.get("chat_id", ""))
        if not chat or not counts(endpoint):
            return await callback(*args, **kwargs)
        patience = LONGEST_HOLD[lane]
        try:
            for attempt in range(1, ATTEMPTS + 1):
                async with self._pace.turn(chat, limits_of(chat), lane, patience):
                    try:
                        return await callback(*args, **kwargs)
                    except RetryAfter as error:
                        wait = seconds(error)
                        _log.warning("Telegram holds chat %s for %.0f s", chat, wait)
                        self._pace.hold(chat, wait)
                        if lane is Lane.BROADCAST or attempt == ATTEMPTS or wait > patience:
                            raise
        except Held as held:
            raise RetryAfter(math.ceil(held.seconds)) from None
        raise AssertionError("the last attempt returns or raises")


def seconds(error: RetryAfter) -> float:
    """How long Telegram wants to be left in peace."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
