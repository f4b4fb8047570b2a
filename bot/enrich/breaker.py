"""The circuit breaker: when a server counts as down, and when to ask it again.

Arithmetic over moments (seconds of `bot.clock.Clock.monotonic`); who waits for whom is in `llm.py`.
"""

import math
from dataclasses import dataclass, replace
from enum import Enum

FAILURES = 5
"""So many failed tries in a row are needed. Sixteen at once fail in one hiccup, hence also:"""
SECONDS = 10.0
"""So long ago the first of them began; a request that is repeated thrice takes about as long."""
FIRST_PAUSE = 30.0
"""Seconds that nobody is asked after the breaker opened; doubled each time asking was in vain."""
LONGEST_PAUSE = 900.0
"""Seconds at which the doubling stops: a server that is back is noticed within a quarter hour."""


class State(Enum):
    """Whether requests may go out."""

    CLOSED = "all may ask"
    OPEN = "nobody may ask"
    PROBING = "one may ask, and the others wait for what becomes of it"


@dataclass(frozen=True, slots=True)
class Breaker:
    """How the last tries fared.

    `failures` counts those that failed since one succeeded, and `since` is when the first of them
    began. `until` is the moment up to which nobody may ask, None if all may.
    """

    failures: int = 0
    since: float = math.inf
    until: float | None = None
    pause: float = FIRST_PAUSE

    def state(self, now: float) -> State:
        """Whether requests may go out now."""
        if self.until is None:
            return State.CLOSED
        return State.OPEN if now < self.until else State.PROBING

    def failed(self, began: float, now: float, hopeless: bool = False) -> "Breaker":
        """After a try that lasted from `began` to `now`; `hopeless`: all others would fail too."""
        match self.state(now):
            case State.OPEN:
                return self
            case State.PROBING:
                return _opened(self, now, min(self.pause * 2.0, LONGEST_PAUSE))
        counted = replace(self, failures=self.failures + 1, since=min(self.since, began))
        down = counted.failures >= FAILURES and now - counted.since >= SECONDS
        return _opened(counted, now, self.pause) if down or hopeless else counted

    def succeeded(self) -> "Breaker":
        """After a try that brought an answer: as good as new."""
        return Breaker()


def _opened(breaker: Breaker, now: float, pause: float) -> Breaker:
    return replace(breaker, until=now + pause, pause=pause)
