"""When arXiv announces: which days have a batch, when it is out, which submissions are in it.

The rules are those of https://info.arxiv.org/help/availability.html: submissions freeze at 14:00
US/Eastern on every working day, are announced at 20:00 (Friday's on Sunday), and stand in the
feed that is built at the midnight after. A batch carries the date of that feed.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache

from bot.clock import EASTERN

FREEZE = time(14, 0)

MONDAY, THURSDAY, SATURDAY, SUNDAY = 0, 3, 5, 6
ONE_DAY = timedelta(days=1)

# As arXiv listed them on the page above. The meetings of 2023 and 2024 and the days between
# Christmas and New Year follow no rule.
LISTED_HOLIDAYS = {
    2023: "01-16 06-14 06-19 07-04 08-17 09-04 11-23 12-25 12-27",
    2024: "01-15 05-22 06-19 07-04 09-02 10-08 11-28 12-25 12-26 12-31",
    2025: "01-01 01-20 06-19 07-04 09-01 11-27 12-25 12-30",
    2026: "01-01 01-19 06-19 07-03 09-07 11-26 12-25 12-29 12-31",
}


class NoBatch(StrEnum):
    """Why no batch is expected on a day."""

    WEEKEND = "weekend"
    HOLIDAY = "holiday"


def holidays(year: int) -> frozenset[date]:
    """The weekdays of a year on which arXiv neither freezes nor announces.

    A year without a list gets New Year's Day and what every list since 2023 has. What changed
    from year to year is left out: a holiday that is not expected costs some polls in vain, but
    one that is expected in error would hide a batch.
    """
    return _listed(year) if year in LISTED_HOLIDAYS else _by_rule(year)


@cache
def _listed(year: int) -> frozenset[date]:
    return frozenset(date.fromisoformat(f"{year}-{day}") for day in LISTED_HOLIDAYS[year].split())


@cache
def _by_rule(year: int) -> frozenset[date]:
    days = {
        date(year, 1, 1),
        _weekday_of_month(year, 1, MONDAY, 3),  # Martin Luther King
        _observed(date(year, 6, 19)),  # Juneteenth
        _observed(date(year, 7, 4)),  # Independence Day
        _weekday_of_month(year, 9, MONDAY, 1),  # Labor Day
        _weekday_of_month(year, 11, THURSDAY, 4),  # Thanksgiving
        _observed(date(year, 12, 25)),
    }
    return frozenset(day for day in days if day.weekday() < SATURDAY)


def no_batch_reason(day: date) -> NoBatch | None:
    """Why the feed of this day holds no batch, or None where one is expected.

    A holiday empties the feed of the next weekday, since what is announced on the evening of one
    day stands in the feed of the next (measured on 168 weekdays of 2023: no exception).
    """
    if day.weekday() >= SATURDAY:
        return NoBatch.WEEKEND
    return None if _freezes(_weekday_before(day)) else NoBatch.HOLIDAY


def latest_batch_day(now: datetime) -> date:
    """The newest day whose batch should be out at this moment (aware).

    Feeds are built at midnight US/Eastern; a category's may come later than that.
    """
    day = now.astimezone(EASTERN).date()
    while no_batch_reason(day):
        day -= ONE_DAY
    return day


def rebuilt(day: date) -> datetime:
    """When the feeds of a day are built: its midnight US/Eastern, in UTC."""
    return datetime.combine(day, time.min, EASTERN).astimezone(UTC)


def batch_days(after: date, until: date) -> tuple[date, ...]:
    """The days on which a batch is expected, later than `after`, up to and including `until`."""
    return tuple(day for day in _days(after, until) if not no_batch_reason(day))


def submission_window(day: date) -> tuple[datetime, datetime]:
    """From when until when (UTC, the end excluded) the new papers of a batch were submitted.

    The feed of Tuesday holds what came from Friday 14:00 to Monday 14:00 US/Eastern; a holiday
    adds its day to the window after it. Moderation may hold papers back for longer. Raises
    ValueError for a day on which no batch is expected.
    """
    if no_batch_reason(day):
        raise ValueError(f"no batch is expected on {day}")
    end = _weekday_before(day)
    start = end - ONE_DAY
    while not _freezes(start):
        start -= ONE_DAY
    return _freeze(start), _freeze(end)


def _freeze(day: date) -> datetime:
    return datetime.combine(day, FREEZE, EASTERN).astimezone(UTC)


def _freezes(day: date) -> bool:
    return day.weekday() < SATURDAY and day not in holidays(day.year)


def _weekday_before(day: date) -> date:
    """The last day from Monday to Friday before this one."""
    return day - ONE_DAY * {MONDAY: 3, SUNDAY: 2}.get(day.weekday(), 1)


def _observed(day: date) -> date:
    """Where a US holiday is kept that falls on a weekend: Friday or Monday."""
    return day + ONE_DAY * {SATURDAY: -1, SUNDAY: 1}.get(day.weekday(), 0)


def _weekday_of_month(year: int, month: int, weekday: int, count: int) -> date:
    first = date(year, month, 1)
    return first + ONE_DAY * ((weekday - first.weekday()) % 7 + 7 * (count - 1))


def _days(after: date, until: date) -> Iterator[date]:
    return (after + ONE_DAY * count for count in range(1, (until - after).days + 1))
