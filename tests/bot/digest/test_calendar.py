import gzip
import json
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import EASTERN
from bot.digest.calendar import (
    LISTED_HOLIDAYS,
    NoBatch,
    _by_rule,
    batch_days,
    holidays,
    latest_batch_day,
    no_batch_reason,
    submission_window,
)

days = st.dates(date(2008, 1, 1), date(2060, 12, 31))


def eastern(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=EASTERN)


def test_the_holidays_of_2026_are_the_listed_ones() -> None:
    assert sorted(day.strftime("%m-%d") for day in holidays(2026)) == [
        "01-01", "01-19", "06-19", "07-03", "09-07", "11-26", "12-25", "12-29", "12-31",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("year", "expected"),
    [
        (2027, "01-01 01-18 06-18 07-05 09-06 11-25 12-24"),
        (2028, "01-17 06-19 07-04 09-04 11-23 12-25"),
        (2029, "01-01 01-15 06-19 07-04 09-03 11-22 12-25"),
        (2032, "01-01 01-19 06-18 07-05 09-06 11-25 12-24"),
    ],
)
def test_the_holidays_of_a_year_without_a_list_are_computed(year: int, expected: str) -> None:
    assert sorted(day.strftime("%m-%d") for day in holidays(year)) == expected.split()


@pytest.mark.parametrize("year", LISTED_HOLIDAYS)
def test_the_rules_name_no_day_that_the_lists_do_not_have(year: int) -> None:
    # New Year's Day of 2024, a Monday, is the one exception
    assert _by_rule(year) - {date(2024, 1, 1)} < holidays(year)


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        ("2026-04-17", None),
        ("2026-04-18", NoBatch.WEEKEND),
        ("2026-04-19", NoBatch.WEEKEND),
        ("2026-04-20", None),
        # Juneteenth is a Friday: its own feed is full, Monday's is empty
        ("2026-06-19", None),
        ("2026-06-20", NoBatch.WEEKEND),
        ("2026-06-22", NoBatch.HOLIDAY),
        ("2026-06-23", None),
        # Thanksgiving is a Thursday
        ("2026-11-26", None),
        ("2026-11-27", NoBatch.HOLIDAY),
        ("2026-11-30", None),
        # Labor Day is a Monday
        ("2026-09-07", None),
        ("2026-09-08", NoBatch.HOLIDAY),
        # New Year's Eve and New Year's Day
        ("2026-12-31", None),
        ("2027-01-01", NoBatch.HOLIDAY),
        ("2027-01-04", NoBatch.HOLIDAY),
        ("2027-01-05", None),
    ],
)
def test_a_holiday_empties_the_feed_of_the_next_weekday(day: str, reason: NoBatch | None) -> None:
    assert no_batch_reason(date.fromisoformat(day)) is reason


@pytest.mark.parametrize(
    ("now", "latest"),
    [
        (eastern("2026-04-21 00:00"), "2026-04-21"),
        (eastern("2026-04-20 23:59"), "2026-04-20"),
        (eastern("2026-04-20 20:30"), "2026-04-20"),
        # midnight US/Eastern is 04:00 UTC in summer, 05:00 in winter
        (datetime(2026, 4, 21, 3, 59, tzinfo=UTC), "2026-04-20"),
        (datetime(2026, 4, 21, 4, 0, tzinfo=UTC), "2026-04-21"),
        (datetime(2026, 1, 13, 4, 59, tzinfo=UTC), "2026-01-12"),
        (datetime(2026, 1, 13, 5, 0, tzinfo=UTC), "2026-01-13"),
        # the day of Monday in Shanghai begins on Friday's batch
        (datetime.fromisoformat("2026-04-20T09:00+08:00"), "2026-04-17"),
        (eastern("2026-04-19 23:59"), "2026-04-17"),
        (eastern("2026-06-22 12:00"), "2026-06-19"),
        (eastern("2027-01-04 12:00"), "2026-12-31"),
    ],
)
def test_a_batch_is_out_from_midnight_eastern(now: datetime, latest: str) -> None:
    assert latest_batch_day(now) == date.fromisoformat(latest)


def test_the_days_between_two_dates_exclude_the_first_and_include_the_last() -> None:
    found = batch_days(date(2026, 6, 18), date(2026, 6, 24))
    assert [day.day for day in found] == [19, 23, 24]
    assert batch_days(date(2026, 6, 24), date(2026, 6, 24)) == ()
    assert batch_days(date(2026, 6, 25), date(2026, 6, 24)) == ()


@pytest.mark.parametrize(
    ("day", "start", "end"),
    [
        ("2026-04-20", "2026-04-16 14:00", "2026-04-17 14:00"),
        ("2026-04-21", "2026-04-17 14:00", "2026-04-20 14:00"),
        ("2026-04-22", "2026-04-20 14:00", "2026-04-21 14:00"),
        ("2026-04-24", "2026-04-22 14:00", "2026-04-23 14:00"),
        # Juneteenth, a Friday, does not freeze: Tuesday's batch reaches back to Thursday
        ("2026-06-19", "2026-06-17 14:00", "2026-06-18 14:00"),
        ("2026-06-23", "2026-06-18 14:00", "2026-06-22 14:00"),
        # Labor Day, a Monday
        ("2026-09-09", "2026-09-04 14:00", "2026-09-08 14:00"),
        # the clocks change on Sunday in between
        ("2026-03-10", "2026-03-06 14:00", "2026-03-09 14:00"),
        ("2026-11-03", "2026-10-30 14:00", "2026-11-02 14:00"),
        # both ends of the year are holidays
        ("2027-01-05", "2026-12-30 14:00", "2027-01-04 14:00"),
    ],
)
def test_a_batch_holds_what_came_between_two_freezes(day: str, start: str, end: str) -> None:
    assert submission_window(date.fromisoformat(day)) == (eastern(start), eastern(end))


def test_the_window_is_in_utc_and_knows_summer_time() -> None:
    start, end = submission_window(date(2026, 3, 10))
    assert start.isoformat() == "2026-03-06T19:00:00+00:00"
    assert end.isoformat() == "2026-03-09T18:00:00+00:00"


@pytest.mark.parametrize("day", ["2026-04-18", "2026-06-22"])
def test_a_day_without_a_batch_has_no_window(day: str) -> None:
    with pytest.raises(ValueError, match=day):
        submission_window(date.fromisoformat(day))


@given(days)
def test_every_submission_is_in_the_window_of_exactly_one_batch(day: date) -> None:
    following = batch_days(day, day + timedelta(days=60))
    windows = [submission_window(one) for one in following]
    assert all(before[1] == after[0] for before, after in pairwise(windows))
    assert all(start < end for start, end in windows)


@given(days)
def test_a_batch_is_never_more_than_a_week_away(day: date) -> None:
    assert batch_days(day, day + timedelta(days=7))


@pytest.mark.shared
def test_in_2023_the_weekdays_without_anything_new_were_those_after_a_holiday(
    shared_data: Path,
) -> None:
    new: defaultdict[date, set[str]] = defaultdict(set)
    seen: defaultdict[str, set[str]] = defaultdict(set)
    with gzip.open(shared_data / "timeline_2023.jsonl.gz", "rt", encoding="utf-8") as lines:
        commits = sorted(map(json.loads, lines), key=lambda commit: int(commit["ts"]))
    for commit in commits:
        # feeds of that year were rebuilt at 20:30, so an evening belongs to the next day
        moment = datetime.fromtimestamp(commit["ts"], EASTERN) + timedelta(hours=4)
        new[moment.date()] |= set(commit["ids"]) - seen[commit["feed"]]
        seen[commit["feed"]] |= set(commit["ids"])
    # the digests of that project go on after that, but with almost nothing in them
    first, last = date(2023, 3, 15), date(2023, 11, 3)
    every = [first + timedelta(days=count) for count in range((last - first).days + 1)]
    full = [day for day in every if len(new[day]) > 40]
    assert full == list(batch_days(first - timedelta(days=1), last))
    assert sum(no_batch_reason(day) is NoBatch.HOLIDAY for day in every) == 5


@pytest.mark.shared
def test_the_sample_feeds_are_empty_where_no_batch_is_expected(shared_data: Path) -> None:
    with (shared_data / "feeds" / "truth.jsonl").open(encoding="utf-8") as lines:
        feeds = [json.loads(line) for line in lines]
    assert len(feeds) == 22
    for feed in feeds:
        assert bool(feed["n"]) is (no_batch_reason(date.fromisoformat(feed["date"])) is None)
