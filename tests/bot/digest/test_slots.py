"""When digests are due: one slot a day in every zone, around leaps of the clock and holidays."""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.clock import EASTERN
from bot.digest.calendar import NoBatch, batch_days, latest_batch_day, no_batch_reason
from bot.digest.slots import Due, after_quiet, next_digest, next_slot
from storage.models import ANNOUNCEMENT, DAYS

ZONES = sorted(available_timezones())
WEEKDAYS = DAYS[:5]
# Times that clocks leap over or show twice somewhere, and an ordinary one.
TIMES = ("00:00", "00:30", "01:30", "02:30", "09:00", "23:30")
ONE_DAY = timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)

zones = st.sampled_from(ZONES).map(ZoneInfo)
moments = st.timedeltas(ONE_DAY, 10_000 * ONE_DAY).map(datetime(2009, 1, 1, tzinfo=UTC).__add__)
times = st.times().map(lambda one: one.strftime("%H:%M"))
some_days = st.sets(st.sampled_from(DAYS), min_size=1)
quiet_hours = st.none() | st.tuples(times, times)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def slots(at: str, days: Collection[str], zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    while True:
        after = next_slot(at, days, zone, after)
        yield after


def is_slot_of(day: date, at: str, there: datetime) -> bool:
    """Whether a local moment is the first `at` of a day, or as late as the clock leaps over it."""
    if there.strftime("%H:%M") == at:
        return (there.date(), there.fold) == (day, 0)
    late = there.replace(tzinfo=None) - datetime.combine(day, time.fromisoformat(at))
    return not exists(day, at, there) and timedelta(0) < late <= timedelta(hours=1)


def exists(day: date, at: str, there: datetime) -> bool:
    """Whether a clock in the zone shows this time on this day, looked up minute by minute."""
    noon = datetime.combine(day, time(12), UTC)
    minutes = (noon + timedelta(minutes=count) for count in range(-40 * 60, 40 * 60))
    wanted = f"{day} {at}"
    return any(one.astimezone(there.tzinfo).strftime("%Y-%m-%d %H:%M") == wanted for one in minutes)


def rebuild(day: date) -> datetime:
    return datetime.combine(day, time(0), EASTERN).astimezone(UTC)


class TestTimesOfDay:
    @pytest.mark.parametrize("at", TIMES)
    def test_every_zone_has_one_slot_on_each_day_of_a_year(self, at: str) -> None:
        for zone in map(ZoneInfo, ZONES[TIMES.index(at) :: len(TIMES)]):
            year = list(islice(slots(at, DAYS, zone, START), 365))
            first = year[0].astimezone(zone).date()
            for count, slot in enumerate(year):
                assert is_slot_of(first + ONE_DAY * count, at, slot.astimezone(zone)), zone

    @given(times, zones, moments)
    def test_a_slot_is_later_and_none_lies_between(
        self, at: str, zone: ZoneInfo, after: datetime
    ) -> None:
        slot = next_slot(at, DAYS, zone, after)
        assert after < slot
        assert slot.tzinfo is UTC
        assert next_slot(at, DAYS, zone, after + (slot - after) / 2) == slot
        assert next_slot(at, DAYS, zone, slot - timedelta(microseconds=1)) == slot

    @given(times, some_days, zones, moments)
    def test_slots_lie_on_the_chosen_days_only(
        self, at: str, days: set[str], zone: ZoneInfo, after: datetime
    ) -> None:
        every = set(islice(slots(at, DAYS, zone, after), 30))
        for slot in islice(slots(at, days, zone, after), 4):
            there = slot.astimezone(zone)
            if there.strftime("%H:%M") == at:
                assert DAYS[there.weekday()] in days
            assert slot in every

    def test_the_slot_of_this_very_moment_is_over(self) -> None:
        slot = utc("2026-04-21 09:00")
        assert next_slot("09:00", DAYS, ZoneInfo("UTC"), slot) == slot + ONE_DAY

    @pytest.mark.parametrize(
        ("zone", "at", "after", "slot"),
        [
            # forward: 02:00 -> 03:00
            ("Europe/Berlin", "02:30", "2026-03-28 12:00", "2026-03-29 01:30"),
            # back: 03:00 -> 02:00, so 02:30 comes twice
            ("Europe/Berlin", "02:30", "2026-10-24 12:00", "2026-10-25 00:30"),
            ("Europe/Berlin", "02:30", "2026-10-25 00:30", "2026-10-26 01:30"),
            ("Europe/Berlin", "02:30", "2026-10-25 01:30", "2026-10-26 01:30"),
            # forward at midnight: 00:00 -> 01:00
            ("Africa/Cairo", "00:00", "2026-04-23 12:00", "2026-04-23 22:00"),
            # by half an hour
            ("Australia/Lord_Howe", "02:15", "2026-10-03 12:00", "2026-10-03 15:45"),
            # forward over midnight: 23:00 -> 00:00
            ("America/Nuuk", "23:30", "2026-03-28 12:00", "2026-03-29 01:30"),
            ("America/Nuuk", "23:30", "2026-03-29 01:30", "2026-03-30 00:30"),
            # without 30 December
            ("Pacific/Apia", "09:00", "2011-12-29 20:00", "2011-12-30 19:00"),
        ],
    )
    def test_where_the_clock_leaps(self, zone: str, at: str, after: str, slot: str) -> None:
        assert next_slot(at, DAYS, ZoneInfo(zone), utc(after)) == utc(slot)

    @pytest.mark.parametrize("at", ["09:00", ANNOUNCEMENT])
    def test_without_days_there_is_no_slot(self, at: str) -> None:
        with pytest.raises(ValueError, match="no day"):
            next_slot(at, (), ZoneInfo("UTC"), START)


class TestAnnouncement:
    @pytest.mark.parametrize("name", ["UTC", "Asia/Shanghai", "Pacific/Kiritimati", "Pacific/Niue"])
    def test_every_rebuild_with_a_batch_is_a_slot(self, name: str) -> None:
        expected = [rebuild(day) for day in batch_days(date(2025, 12, 31), date(2026, 12, 31))]
        found = islice(slots(ANNOUNCEMENT, DAYS, ZoneInfo(name), START), len(expected))
        assert list(found) == expected

    @given(some_days, zones, moments)
    def test_it_is_midnight_in_the_east_of_a_day_with_a_batch(
        self, days: set[str], zone: ZoneInfo, after: datetime
    ) -> None:
        slot = next_slot(ANNOUNCEMENT, days, zone, after)
        there = slot.astimezone(EASTERN)
        assert there.time() == time(0)
        assert no_batch_reason(there.date()) is None
        assert after < slot <= after + timedelta(days=14)

    @pytest.mark.parametrize(
        ("days", "after", "slot"),
        [
            (DAYS, "2026-04-20 12:00", "2026-04-21 04:00"),
            (DAYS, "2026-04-24 12:00", "2026-04-27 04:00"),
            (("thu",), "2026-04-20 12:00", "2026-04-23 04:00"),
            # Saturday has no batch, Monday's is the first after it
            (("sat",), "2026-04-20 12:00", "2026-04-27 04:00"),
            (("sat",), "2026-04-27 04:00", "2026-05-04 04:00"),
            # Thanksgiving empties Friday's feed, in winter time
            (("fri",), "2026-11-26 12:00", "2026-11-30 05:00"),
        ],
    )
    def test_a_day_without_a_batch_gets_the_next_one(
        self, days: tuple[str, ...], after: str, slot: str
    ) -> None:
        assert next_slot(ANNOUNCEMENT, days, ZoneInfo("UTC"), utc(after)) == utc(slot)


class TestQuiet:
    @pytest.mark.parametrize(
        ("quiet", "slot", "moment"),
        [
            (("22:00", "07:00"), "2026-04-21 21:59", "2026-04-21 21:59"),
            (("22:00", "07:00"), "2026-04-21 22:00", "2026-04-22 07:00"),
            (("22:00", "07:00"), "2026-04-22 06:59", "2026-04-22 07:00"),
            (("22:00", "07:00"), "2026-04-22 07:00", "2026-04-22 07:00"),
            (("12:00", "14:00"), "2026-04-22 13:00", "2026-04-22 14:00"),
            (("12:00", "14:00"), "2026-04-22 15:00", "2026-04-22 15:00"),
            (("09:00", "09:00"), "2026-04-22 09:00", "2026-04-22 09:00"),
            (None, "2026-04-22 03:00", "2026-04-22 03:00"),
        ],
    )
    def test_what_is_due_in_quiet_hours_waits_for_their_end(
        self, quiet: tuple[str, str] | None, slot: str, moment: str
    ) -> None:
        assert after_quiet(utc(slot), quiet, ZoneInfo("UTC")) == utc(moment)

    @pytest.mark.parametrize(
        ("slot", "moment"),
        [
            ("2026-03-29 00:30", "2026-03-29 01:30"),  # 02:30 is leapt over
            ("2026-10-25 00:10", "2026-10-25 00:30"),  # the first 02:10
            ("2026-10-25 01:10", "2026-10-25 01:30"),  # the second
        ],
    )
    def test_where_the_clock_leaps(self, slot: str, moment: str) -> None:
        quiet = ("01:00", "02:30")
        assert after_quiet(utc(slot), quiet, ZoneInfo("Europe/Berlin")) == utc(moment)

    @given(moments, quiet_hours, zones)
    def test_nothing_waits_for_more_than_a_day(
        self, slot: datetime, quiet: tuple[str, str] | None, zone: ZoneInfo
    ) -> None:
        moment = after_quiet(slot, quiet, zone)
        assert slot <= moment <= slot + timedelta(hours=25)
        assert after_quiet(moment, quiet, zone) <= moment + timedelta(hours=1)


class TestNextDigest:
    @pytest.mark.parametrize(
        ("at", "zone", "after", "slot", "skipped"),
        [
            # Wednesday's batch is there at noon of Wednesday in Shanghai, not yet at nine
            ("09:00", "Asia/Shanghai", "2026-04-22 02:00", "2026-04-23 01:00", None),
            # Saturday morning there still brings Friday's batch, then comes the weekend
            ("09:00", "Asia/Shanghai", "2026-04-24 02:00", "2026-04-25 01:00", None),
            ("09:00", "Asia/Shanghai", "2026-04-25 02:00", "2026-04-28 01:00", NoBatch.WEEKEND),
            # Thanksgiving
            ("09:00", "America/New_York", "2026-11-26 15:00", "2026-11-30 14:00", NoBatch.HOLIDAY),
            (ANNOUNCEMENT, "UTC", "2026-04-25 02:00", "2026-04-27 04:00", None),
        ],
    )
    def test_it_comes_at_the_next_slot_with_a_batch(
        self, at: str, zone: str, after: str, slot: str, skipped: NoBatch | None
    ) -> None:
        due = next_digest(at, DAYS, ZoneInfo(zone), None, utc(after))
        assert due == Due(utc(slot), utc(slot), skipped)

    @pytest.mark.parametrize("after", ["2026-04-21 22:00", "2026-04-22 05:00"])
    def test_what_quiet_hours_hold_back_comes_at_their_end(self, after: str) -> None:
        due = next_digest("23:00", DAYS, ZoneInfo("UTC"), ("22:00", "07:00"), utc(after))
        assert due == Due(utc("2026-04-21 23:00"), utc("2026-04-22 07:00"))

    @given(times | st.just(ANNOUNCEMENT), some_days, zones, quiet_hours, moments)
    def test_it_is_later_and_has_a_batch_that_the_slot_before_had_not(
        self,
        at: str,
        days: set[str],
        zone: ZoneInfo,
        quiet: tuple[str, str] | None,
        after: datetime,
    ) -> None:
        due = next_digest(at, days, zone, quiet, after)
        assert after < due.moment <= after + timedelta(days=22)
        earlier = list(pairwise(islice(slots(at, days, zone, due.slot - 30 * ONE_DAY), 40)))
        before = next(before for before, slot in earlier if slot == due.slot)
        assert latest_batch_day(before) < latest_batch_day(due.slot)

    def test_a_year_of_daily_digests_brings_each_batch_once(self) -> None:
        zone, after, batches = ZoneInfo("Asia/Shanghai"), START, []
        while after < START + 360 * ONE_DAY:
            due = next_digest("09:00", DAYS, zone, None, after)
            after = due.moment
            batches.append(latest_batch_day(after))
        assert tuple(batches) == batch_days(batches[0] - ONE_DAY, batches[-1])
