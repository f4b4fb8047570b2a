"""When a digest is due: the slots of a schedule in a zone, quiet hours, and arXiv's calendar.

A slot is a moment at which a subscription gets what was announced since the slot before.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from bot.clock import EASTERN
from bot.digest.calendar import (
    NoBatch,
    batch_days,
    latest_batch_day,
    no_batch_reason,
    rebuilt,
)
from storage.models import ANNOUNCEMENT, DAYS

ONE_DAY = timedelta(days=1)
# Every weekday comes within a week, also where a zone skips a day and around Christmas, when arXiv
# has announced nothing for up to five days.
FORTNIGHT = timedelta(days=14)

Quiet = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Due:
    """When the next digest comes, in UTC.

    `moment` is later than `slot` where quiet hours hold it back. `skipped` says why the slots
    before bring nothing, None where there is no such slot.
    """

    slot: datetime
    moment: datetime
    skipped: NoBatch | None = None


def next_slot(at: str, days: Collection[str], zone: ZoneInfo, after: datetime) -> datetime:
    """The first slot later than `after` (aware), in UTC; raises ValueError without a day of `DAYS`.

    `at` a time of day, `HH:MM`, each of the days has exactly one slot in the zone: a time that the
    clock leaps over moves forward by as much as the clock does, and of a time that comes twice
    the first counts. A day that the zone leaves out has none.

    At `announcement` a slot is the midnight US/Eastern at which arXiv's feeds are rebuilt with a
    batch. Each of the days has the first one that comes on it or after it, so that a day without a
    batch is not lost: `sat` means Monday's batch in most zones.
    """
    announced = at == ANNOUNCEMENT
    coming = _rebuilds(days, zone, after) if announced else _times(at, days, zone, after)
    for slot in coming:
        if slot > after:
            return slot
    raise ValueError(f"no day of the week among {days}")


def after_quiet(slot: datetime, quiet: Quiet | None, zone: ZoneInfo) -> datetime:
    """When something due at `slot` may be sent, in UTC: at once or at the end of quiet hours.

    `quiet` are two local times `HH:MM`; the first is quiet, the second is not. Where both are the
    same, nothing is.
    """
    local = slot.astimezone(zone)
    if quiet is None or not _is_quiet(local.time(), quiet):
        return slot
    ends = time.fromisoformat(quiet[1])
    tomorrow = ends <= local.time()
    moment = datetime.combine(local.date() + ONE_DAY * tomorrow, ends, zone)
    return max(slot, moment.replace(fold=local.fold).astimezone(UTC))


def next_digest(
    at: str, days: Collection[str], zone: ZoneInfo, quiet: Quiet | None, after: datetime
) -> Due:
    """The next digest that is sent later than `after`: the next slot with a batch of its own.

    A slot has one if a batch is expected since the slot before; whether arXiv keeps to its
    calendar is another matter.
    """
    skipped = None
    before = next_slot(at, days, zone, after - FORTNIGHT)
    while True:
        slot = next_slot(at, days, zone, before)
        moment = after_quiet(slot, quiet, zone)
        if moment > after:
            if latest_batch_day(slot) > latest_batch_day(before):
                return Due(slot, moment, skipped)
            skipped = skipped or no_batch_reason(slot.astimezone(EASTERN).date())
        before = slot


def _times(at: str, days: Collection[str], zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """The slots around `after`, from the day before on: its slot may be past midnight."""
    time_of_day = time.fromisoformat(at)
    today = after.astimezone(zone).date()
    for day in _dates(today - 2 * ONE_DAY, today + FORTNIGHT):
        if DAYS[day.weekday()] in days and _exists(day, zone):
            yield datetime.combine(day, time_of_day, zone).astimezone(UTC)


def _rebuilds(days: Collection[str], zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """The rebuilds with a batch that come next, for which one of the days has been waiting."""
    known = latest_batch_day(after)
    for before, batch in pairwise((known, *batch_days(known, known + FORTNIGHT))):
        today = rebuilt(batch).astimezone(zone).date()
        waiting = _dates(rebuilt(before).astimezone(zone).date(), today)
        if any(DAYS[day.weekday()] in days for day in (*waiting, today)):
            yield rebuilt(batch)


def _exists(day: date, zone: ZoneInfo) -> bool:
    """Whether the zone has this day: Samoa went from 29 to 31 December 2011."""
    midnight = datetime.combine(day, time.min, zone)
    return midnight.astimezone(UTC).astimezone(zone).date() == day


def _is_quiet(now: time, quiet: Quiet) -> bool:
    starts, ends = map(time.fromisoformat, quiet)
    if starts <= ends:
        return starts <= now < ends
    return now >= starts or now < ends


def _dates(after: date, until: date) -> Iterator[date]:
    return (after + ONE_DAY * count for count in range(1, (until - after).days + 1))
