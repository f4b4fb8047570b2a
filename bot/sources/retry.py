"""When to ask arXiv again: the rule as pure functions, and the loop that obeys them.

The rule is arXiv's (https://info.arxiv.org/help/api/tou.html) plus what was measured: it answers
429 and 403 to callers below its limit too, so these are retried, with jitter, as is every 5xx.
"""

import logging
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TypeVar

from bot.clock import Clock
from bot.errors import ArxivUnavailable, FeedTruncated, SourceError
from bot.retry_after import read_retry_after

RETRIED_STATUSES = frozenset({403, 429, 500, 502, 503, 504})
# Seconds of the first backoff before jitter: arXiv's own interval.
FIRST_WAIT = 3.0
# Seconds at which the doubling stops.
LONGEST_WAIT = 120.0

_log = logging.getLogger(__name__)

T = TypeVar("T")


class Trouble(Enum):
    """What kind of failure a try met, which decides whether another one makes sense."""

    PASSING = "it may pass by itself"
    CUT = "the answer broke off, which may pass as well"
    UNREACHABLE = "no connection could be made"
    REFUSED = "the same question will get the same answer"


@dataclass(frozen=True, slots=True)
class Setback:
    """How one try failed.

    `problem` completes the sentence "arXiv ..."; `retry_after` is in seconds, where arXiv said it.
    """

    trouble: Trouble
    problem: str
    retry_after: float | None = None


class TryFailed(Exception):
    """One try brought nothing usable. Raised for `persist` to catch; nobody else sees it."""

    def __init__(self, setback: Setback) -> None:
        super().__init__(setback.problem)
        self.setback = setback


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to go on: `tries` in all, and `seconds` of waiting between them in all.

    `offline` tells whether to try again where no connection could be made.
    """

    tries: int
    seconds: float
    offline: bool


# Somebody is looking at the screen, and knows best whether they are online.
INTERACTIVE = Patience(tries=3, seconds=15.0, offline=False)
# Nobody waits; networks come back.
BACKGROUND = Patience(tries=6, seconds=600.0, offline=True)


def status_setback(status: int, retry_after: str | None, now: datetime) -> Setback:
    """A setback for an HTTP status that brings no data, with its Retry-After header if any."""
    trouble = Trouble.PASSING if status in RETRIED_STATUSES else Trouble.REFUSED
    return Setback(trouble, f"answered HTTP {status}", read_retry_after(retry_after, now))


def backoff(tries: int, chance: float) -> float:
    """Seconds to wait after `tries` failed tries: doubling, of which `chance` (0 to 1) takes half.

    Callers that were turned away together come back apart.
    """
    doublings = min(tries - 1, 16)
    return min(FIRST_WAIT * 2.0**doublings, LONGEST_WAIT) * (1.0 + chance) / 2.0


def wait_before_next(
    setback: Setback, tries: int, waited: float, patience: Patience, chance: float
) -> float | None:
    """Seconds to wait before the next try, or None to give up.

    `tries` counts the tries made, at least 1; `waited` sums the waits between them. Whoever is
    told to come back later than patience lasts gives up at once instead of trying too early.
    """
    if setback.trouble is Trouble.REFUSED or tries >= patience.tries:
        return None
    if setback.trouble is Trouble.UNREACHABLE and not patience.offline:
        return None
    wait = max(backoff(tries, chance), setback.retry_after or 0.0)
    return wait if waited + wait <= patience.seconds else None


def surrender(setback: Setback, tries: int) -> SourceError:
    """The error to raise after the last of `tries` tries."""
    often = f" ({tries} tries)" if tries > 1 else ""
    text = f"arXiv {setback.problem}{often}; {_advice(setback)}"
    if setback.trouble is Trouble.CUT:
        return FeedTruncated(text)
    return ArxivUnavailable(text, setback.retry_after)


def _advice(setback: Setback) -> str:
    if setback.trouble is Trouble.REFUSED:
        return "check the request, and [arxiv] in the configuration"
    if setback.trouble is Trouble.UNREACHABLE:
        return "check the network connection"
    if setback.retry_after is not None:
        return f"it asks to try again in {duration(setback.retry_after)}"
    return "try again in a few minutes"


def duration(seconds: float) -> str:
    """A waiting time in words, rounded up, in the largest unit that keeps it above one."""
    for unit, size in (("hour", 3600), ("minute", 60)):
        if seconds > size:
            return f"{math.ceil(seconds / size)} {unit}s"
    whole = max(1, math.ceil(seconds))
    return f"{whole} second{'s' if whole > 1 else ''}"


async def persist(
    attempt: Callable[[], Awaitable[T]],
    clock: Clock,
    patience: Patience,
    chance: Callable[[], float],
) -> T:
    """Call `attempt` until it brings a result, waiting in between as the rule says.

    `attempt` says what went wrong by raising `TryFailed`; any other error ends the loop.
    Raises what `surrender` makes of the last setback. Cancelling ends it wherever it is.
    """
    tries, waited = 0, 0.0
    while True:
        tries += 1
        try:
            return await attempt()
        except TryFailed as failed:
            setback = failed.setback
            wait = wait_before_next(setback, tries, waited, patience, chance())
            if wait is None:
                raise surrender(setback, tries) from failed
        _log.info("arXiv %s; asking again in %.0f s", setback.problem, wait)
        await clock.sleep(wait)
        waited += wait
