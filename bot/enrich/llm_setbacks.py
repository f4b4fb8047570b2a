"""How one try to ask a language model can fail, and whether and when to try again.

Pure functions. The rule: what may pass is tried again with a growing wait, never earlier than the
server's Retry-After; what the operator has to mend is not.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from bot.retry_after import read_retry_after

PASSING_STATUSES = frozenset({408, 409, 425, 429})  # besides every 5xx
# No key, no money, no such model: https://api-docs.deepseek.com/quick_start/error_codes
HOPELESS_STATUSES = frozenset({401, 402, 404})
# OpenAI's 429 for an empty account: https://platform.openai.com/docs/guides/error-codes
NO_MONEY = "insufficient_quota"

TRIES = 4
# Seconds of waiting between the tries of one request in all; a digest does not wait longer.
PATIENCE = 60.0
# Seconds before the second try, doubled before each further one; half of it is left to chance.
FIRST_WAIT = 1.0


class Trouble(Enum):
    """What kind of failure a try met."""

    PASSING = "it may pass by itself"
    REFUSED = "this request will always be refused, others may not"
    HOPELESS = "every request will be refused until somebody mends something"


@dataclass(frozen=True, slots=True)
class Setback:
    """How one try failed.

    `problem` completes the sentence "the language model's server ..."; `retry_after` is in
    seconds, where the server said it.
    """

    trouble: Trouble
    problem: str
    retry_after: float | None = None


class TryFailed(Exception):
    """One try brought nothing usable; it never leaves this folder."""

    def __init__(self, setback: Setback) -> None:
        super().__init__(setback.problem)
        self.setback = setback


def status_setback(
    status: int, retry_after: str | None, code: str | None, now: datetime
) -> Setback:
    """A setback for an HTTP error, with its Retry-After header and the error's code if any."""
    problem = f"answered HTTP {status}; {_advice(status, code)}"
    if status in HOPELESS_STATUSES or code == NO_MONEY:
        return Setback(Trouble.HOPELESS, problem)
    if status in PASSING_STATUSES or status >= 500:
        return Setback(Trouble.PASSING, problem, read_retry_after(retry_after, now))
    return Setback(Trouble.REFUSED, problem)


def _advice(status: int, code: str | None) -> str:
    if status == 402 or code == NO_MONEY:
        return "the account has no money left"
    match status:
        case 401 | 403:
            return "check api_key under [llm]"
        case 404:
            return "check base_url and model under [llm]"
        case 429:
            return "it wants fewer requests; a smaller concurrency under [llm] may help"
        case _ if status >= 500:
            return "it may be back in a few minutes"
        case _:
            return "check base_url and model under [llm]"


def backoff(tries: int, chance: float) -> float:
    """Seconds to wait after `tries` failed tries; `chance` (0 to 1) decides about half of it."""
    return FIRST_WAIT * 2.0 ** (tries - 1) * (1.0 + chance) / 2.0


def wait_before_next(setback: Setback, tries: int, waited: float, chance: float) -> float | None:
    """Seconds to wait before the next try, or None to give up.

    `tries` counts the tries made, at least 1; `waited` sums the waits between them. Whoever is
    told to come back later than patience lasts gives up at once instead of trying too early.
    """
    if setback.trouble is not Trouble.PASSING or tries >= TRIES:
        return None
    wait = max(backoff(tries, chance), setback.retry_after or 0.0)
    return wait if waited + wait <= PATIENCE else None
