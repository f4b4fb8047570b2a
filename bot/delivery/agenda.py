"""What is due for a subscription: its next slot, and whether the slot's digest can be made now.

A slot stays open until the announcements that belong to it are known. Where arXiv is late the
digest waits for it, until the next slot takes its place: then one digest holds what is in both.
So it does after a day without news, whose slot the next batch must not fill at any odd hour.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum, auto
from functools import lru_cache

from bot.clock import EASTERN
from bot.delivery.polling import FAILED
from bot.digest.calendar import batch_days, latest_batch_day
from bot.digest.slots import FORTNIGHT, Due, after_quiet, next_digest, next_slot
from bot.digest.terms import Terms
from storage.records import Intake, Standing
from storage.standings import Planned

PATIENCE = timedelta(hours=4)
"""How long a digest with papers waits for categories that are late; most come within one."""

MOST_BATCHES_BEHIND = 2
GIVEN_UP_AFTER = 48
"""Failures in a row, about two days of them. A category that is so far behind and fails so often,
such as one that arXiv renamed, keeps nobody waiting; operators are told (`bot.delivery.alerts`)."""

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


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of arXiv's announcements, as of one moment.

    `batches` are the days of the weeks before, by category, on which something was announced,
    each with its newest arrival. All that they and `intakes` tell of arrived up to `until`.
    """

    intakes: Mapping[str, Intake] = field(default_factory=dict)
    batches: Mapping[str, Mapping[date, int]] = field(default_factory=dict)
    until: int = 0

    def is_settled(self, categories: Collection[str], day: date) -> bool:
        """Whether it is known what all these categories announce up to a day.

        Those that have failed for days are left out.
        """
        return all(_is_settled(self.intakes.get(category), day) for category in categories)

    def is_certain(self, categories: Collection[str]) -> bool:
        """Whether arXiv itself said so of all of them; silence alone is no certainty."""
        states = (self.intakes.get(category) for category in categories)
        return all(state is not None and not state.failures for state in states)

    def first_arrived(self, categories: Collection[str], since: date, cursor: int) -> date | None:
        """The first day after `since` for which one of them announced anything after `cursor`.

        A category that is read anew counts also where no row of its batch is new.
        """
        days = (
            day
            for category in categories
            for day, arrival in self.batches.get(category, {}).items()
            if arrival > cursor and day > since
        )
        return min(days, default=None)


@lru_cache(maxsize=SHARED_SLOTS)
def next_due(terms: Terms, after: datetime) -> Due:
    """The next slot with a batch whose digest is to be made later than `after`."""
    return next_digest(terms.at, terms.days, terms.zone, terms.quiet, after)


def planned(standing: Standing, terms: Terms, now: datetime) -> Planned:
    """Work out a subscription's next slot after something was changed.

    A slot that is open already stays so. The first digest holds what any other would: what is
    announced after the slot before its own.
    """
    number, changed = standing.subscription.number, standing.changed
    if standing.slot and standing.due and standing.since and standing.due <= now:
        return Planned(number, changed, standing.slot, standing.due, standing.since)
    coming = next_due(terms, now)
    since = standing.since or latest_batch_day(_slot_before(terms, coming.slot))
    return Planned(number, changed, coming.slot, coming.moment, since)


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
    standing: Standing,
    one: Opened,
    terms: Terms,
    categories: Collection[str],
    known: Known,
    now: datetime,
    running_since: datetime,
) -> Readiness:
    """Tell whether the digest of an open slot can be made.

    Patience counts from when the bot began to run, so that after an outage all categories get
    their time. Where nothing was announced at all, only arXiv's own word ends the waiting; what is
    of later days than the slot's is left to the slot after it.
    """
    settled = known.is_settled(categories, latest_batch_day(one.slot))
    first = known.first_arrived(categories, standing.since or date.max, standing.cursor)
    if first is None:
        known_enough = settled and known.is_certain(categories)
    elif first <= one.slot.astimezone(EASTERN).date():
        known_enough = settled or now >= max(one.due, running_since) + PATIENCE
    else:
        known_enough = False
    if not known_enough:
        return Readiness.WAITING
    if after_quiet(now, terms.quiet, terms.zone) > now:
        return Readiness.QUIET
    return Readiness.READY


def _is_settled(state: Intake | None, day: date) -> bool:
    if state is None:
        return False
    if state.settled is not None and state.settled >= day:
        return True
    failing = state.outcome == FAILED and state.failures >= GIVEN_UP_AFTER
    return failing and (state.settled is None or _is_far_behind(state.settled, day))


@lru_cache(maxsize=SHARED_SLOTS)
def _is_far_behind(settled: date, day: date) -> bool:
    return len(batch_days(settled, day)) > MOST_BATCHES_BEHIND


@lru_cache(maxsize=SHARED_SLOTS)
def _slot_before(terms: Terms, slot: datetime) -> datetime:
    before = following = next_slot(terms.at, terms.days, terms.zone, slot - FORTNIGHT)
    while following < slot:
        before = following
        following = next_slot(terms.at, terms.days, terms.zone, before)
    return before
