"""What is due for a subscription: its next slot, and whether the slot's digest can be made now.

A slot stays open until the announcements that belong to it are known. Where arXiv is late the
digest waits for it, until the next slot takes its place: then one digest holds what is in both.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import lru_cache

from bot.digest.calendar import latest_batch_day
from bot.digest.slots import FORTNIGHT, Due, after_quiet, next_digest
from bot.digest.terms import Terms
from storage.records import Intake, Standing
from storage.standings import Planned

PATIENCE = timedelta(hours=4)
"""How long a digest with papers waits for categories that are late; most come within one."""


SHARED_SLOTS = 10_000
"""Slots worked out and kept: most subscriptions share their terms with many others."""


class Readiness(Enum):
    """Whether a digest can be made."""

    READY = auto()
    WAITING = auto()
    """arXiv has not said yet what belongs in it."""
    QUIET = auto()
    """It could be made, but quiet hours have begun meanwhile."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A slot whose moment has come; `following` is the one after it."""

    slot: datetime
    due: datetime
    following: Due


@lru_cache(maxsize=SHARED_SLOTS)
def next_due(terms: Terms, after: datetime) -> Due:
    """The next slot with a batch whose digest is to be made later than `after`."""
    return next_digest(terms.at, terms.days, terms.zone, terms.quiet, after)


def planned(standing: Standing, terms: Terms, now: datetime) -> Planned:
    """Work out a subscription's next slot after something was changed.

    A slot that is open already stays so. Nothing counts that was announced before the
    subscription began.
    """
    if standing.slot and standing.due and standing.since and standing.due <= now:
        slot, due = standing.slot, standing.due
    else:
        coming = next_due(terms, now)
        slot, due = coming.slot, coming.moment
    since = standing.since or latest_batch_day(now)
    return Planned(standing.subscription.number, standing.changed, slot, due, since)


def opened(standing: Standing, terms: Terms, now: datetime) -> Opened:
    """The newest slot that is open now: after an outage one stands for all that went by.

    Raises ValueError for a standing that is not due.
    """
    if standing.slot is None or standing.due is None or standing.due > now:
        raise ValueError(f"subscription {standing.subscription.number} is not due")
    slot, due = standing.slot, standing.due
    following = next_due(terms, max(due, now - FORTNIGHT))
    while following.moment <= now:
        slot, due = following.slot, following.moment
        following = next_due(terms, due)
    return Opened(slot, due, following)


def readiness(
    one: Opened,
    terms: Terms,
    categories: Iterable[str],
    intakes: Mapping[str, Intake],
    arrived: bool,
    now: datetime,
    running_since: datetime,
) -> Readiness:
    """Tell whether the digest of an open slot can be made.

    `arrived` tells whether anything was announced for it. Patience counts from when the bot began
    to run, so that after an outage all categories get their time.
    """
    expected = latest_batch_day(one.slot)
    states = [intakes.get(category) for category in categories]
    settled = all(state and state.settled and state.settled >= expected for state in states)
    certain = all(state and not state.failures for state in states)
    out_of_patience = now >= max(one.due, running_since) + PATIENCE
    if not (arrived and (settled or out_of_patience)) and not (settled and certain):
        return Readiness.WAITING
    if after_quiet(now, terms.quiet, terms.zone) > now:
        return Readiness.QUIET
    return Readiness.READY
