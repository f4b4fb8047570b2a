"""What is due: slots that are planned, open and waited for, and when a digest can be made."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.agenda import (
    GIVEN_UP_AFTER,
    Known,
    Opened,
    Readiness,
    opened,
    planned,
    readiness,
)
from bot.delivery.polling import FAILED
from bot.digest.calendar import latest_batch_day
from bot.digest.slots import Due
from bot.digest.terms import Terms
from storage.models import ANNOUNCEMENT, DAYS
from storage.records import Intake
from tests.bot.delivery.subscribing import (
    FRIDAY,
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    standing,
    terms,
    utc,
)

WEEKDAYS = DAYS[:5]
DAILY = terms()
WEEKLY = terms(days=("mon",))
AT_ONCE = terms(ANNOUNCEMENT)
QUIET = terms("23:00", quiet=("22:00", "07:00"))


@pytest.mark.parametrize(
    ("now", "wanted", "slot", "due", "since"),
    [
        # Before the time of day: today's batch, which is out, comes today.
        ("2026-04-21 08:00", DAILY, "2026-04-21 09:00", "2026-04-21 09:00", MONDAY),
        ("2026-04-21 10:00", DAILY, "2026-04-22 09:00", "2026-04-22 09:00", TUESDAY),
        # On a weekend: what comes on Monday.
        ("2026-04-18 12:00", DAILY, "2026-04-20 09:00", "2026-04-20 09:00", FRIDAY),
        # The first weekly digest holds a week as well.
        ("2026-04-22 12:00", WEEKLY, "2026-04-27 09:00", "2026-04-27 09:00", MONDAY),
        ("2026-04-21 10:00", AT_ONCE, "2026-04-22 04:00", "2026-04-22 04:00", TUESDAY),
        ("2026-04-20 12:00", QUIET, "2026-04-20 23:00", "2026-04-21 07:00", FRIDAY),
    ],
)
def test_a_new_subscription_begins_with_its_next_slot_and_what_that_holds(
    now: str, wanted: Terms, slot: str, due: str, since: date
) -> None:
    plan = planned(replace(standing(), changed=1), wanted, utc(now))
    assert (plan.slot, plan.due, plan.since) == (utc(slot), utc(due), since)
    assert (plan.subscription, plan.changed) == (1, 1)


@given(
    st.integers(0, 60 * 24 * 400),
    st.sampled_from(("00:10", "09:00", "23:30", ANNOUNCEMENT)),
    st.sets(st.sampled_from(DAYS), min_size=1),
    st.sampled_from(("UTC", "Pacific/Kiritimati", "America/Los_Angeles")),
)
def test_the_first_digest_has_a_batch_of_its_own(
    minutes: int, at: str, days: set[str], zone: str
) -> None:
    wanted = terms(at, zone, days=tuple(days))
    plan = planned(standing(), wanted, utc("2026-01-01 00:00") + timedelta(minutes=minutes))
    assert plan.since < latest_batch_day(plan.slot)


def test_a_slot_that_is_open_stays_open_whatever_is_changed() -> None:
    waiting = standing("2026-04-21 09:00", since=FRIDAY)
    plan = planned(waiting, terms("18:00"), utc("2026-04-21 12:00"))
    assert (plan.slot, plan.due, plan.since) == (waiting.slot, waiting.due, FRIDAY)


def test_a_change_before_the_slot_takes_effect_at_once_and_loses_nothing() -> None:
    plan = planned(standing("2026-04-22 09:00", MONDAY), terms("18:00"), utc("2026-04-21 12:00"))
    assert (plan.slot, plan.since) == (utc("2026-04-21 18:00"), MONDAY)


def test_who_paused_for_weeks_goes_on_with_the_next_slot() -> None:
    """Its old slot counts no more: `since` was forgotten when it was resumed."""
    plan = planned(standing("2026-03-02 09:00"), DAILY, utc("2026-04-21 12:00"))
    assert (plan.slot, plan.since) == (utc("2026-04-22 09:00"), TUESDAY)


@pytest.mark.parametrize(
    ("now", "slot", "following"),
    [
        ("2026-04-21 09:00", "2026-04-21 09:00", "2026-04-22 09:00"),
        ("2026-04-21 10:00", "2026-04-21 09:00", "2026-04-22 09:00"),
        ("2026-04-22 08:59", "2026-04-21 09:00", "2026-04-22 09:00"),
        ("2026-04-22 09:00", "2026-04-22 09:00", "2026-04-23 09:00"),
        ("2026-05-12 12:00", "2026-05-12 09:00", "2026-05-13 09:00"),
        ("2026-05-16 12:00", "2026-05-15 09:00", "2026-05-18 09:00"),  # a Saturday
    ],
)
def test_after_an_outage_one_slot_stands_for_all_that_went_by(
    now: str, slot: str, following: str
) -> None:
    one = opened(standing("2026-04-21 09:00", MONDAY), DAILY, utc(now))
    assert (one.slot, one.following.slot) == (utc(slot), utc(following))


def test_a_slot_is_opened_when_quiet_hours_end() -> None:
    held = standing("2026-04-22 07:00", MONDAY, slot="2026-04-21 23:00")
    one = opened(held, QUIET, utc("2026-04-22 07:30"))
    assert (one.slot, one.due) == (utc("2026-04-21 23:00"), utc("2026-04-22 07:00"))
    assert one.following == Due(utc("2026-04-22 23:00"), utc("2026-04-23 07:00"))


@pytest.mark.parametrize("due", [None, "2026-04-21 09:00"])
def test_what_is_not_due_cannot_be_opened(due: str | None) -> None:
    with pytest.raises(ValueError, match="subscription 1 is not due"):
        opened(standing(due, MONDAY), DAILY, utc("2026-04-21 08:59"))


@given(st.lists(st.integers(1, 60 * 24 * 5), min_size=2, max_size=20), st.sampled_from(WEEKDAYS))
def test_slots_that_are_opened_follow_each_other_whenever_somebody_looks(
    minutes: list[int], day: str
) -> None:
    now, one = utc("2026-04-20 00:00"), standing("2026-04-20 00:00", FRIDAY)
    slots: list[datetime] = []
    for pause in minutes:
        now += timedelta(minutes=pause)
        if one.due and one.due <= now:
            found = opened(one, terms(days=(day, "sat")), now)
            assert found.due <= now < found.following.moment
            slots.append(found.slot)
            one = replace(one, slot=found.following.slot, due=found.following.moment)
    assert all(before < after for before, after in pairwise(slots))


def intake(settled: date | None, failures: int = 0, outcome: str = "") -> Intake:
    return Intake("", settled, outcome, "", utc("2026-04-21 06:00"), failures)


def failed(settled: date | None, failures: int = GIVEN_UP_AFTER) -> Intake:
    return intake(settled, failures, FAILED)


def known(
    vision: Intake | None = None,
    learning: Intake | None = None,
    batches: Mapping[str, Mapping[date, int]] | None = None,
) -> Known:
    states = {"cs.CV": vision, "cs.LG": learning}
    return Known({name: one for name, one in states.items() if one}, batches or {}, 9)


READ = intake(TUESDAY)
LATE = intake(MONDAY, failures=3)
EMPTY = intake(TUESDAY, failures=3)
NEWS = {"cs.CV": {TUESDAY: 5}}
ARRIVED_BEFORE = {"cs.CV": {TUESDAY: 3}}
BEFORE_IT_BEGAN = {"cs.CV": {MONDAY: 5}}
OF_THE_NEXT_SLOT = {"cs.CV": {WEDNESDAY: 5}}
OF_BOTH = {"cs.CV": {TUESDAY: 5, WEDNESDAY: 6}}
NEXT = intake(WEDNESDAY)
THREE_BATCHES_AGO, TWO_BATCHES_AGO = date(2026, 4, 16), FRIDAY
SOON, TIRED, OVERNIGHT = "2026-04-21 09:10", "2026-04-21 13:00", "2026-04-22 04:06"
ready, waits, quiet = Readiness.READY, Readiness.WAITING, Readiness.QUIET


@pytest.mark.parametrize(
    ("what", "now", "expected"),
    [
        (known(READ, READ, NEWS), SOON, ready),
        (known(READ, READ), SOON, ready),  # arXiv says that there is nothing
        (known(), SOON, waits),
        (known(READ), SOON, waits),  # the other category was never read
        (known(READ, LATE, NEWS), SOON, waits),
        (known(READ, LATE, NEWS), "2026-04-21 12:59", waits),
        (known(READ, LATE, NEWS), TIRED, ready),
        (known(READ, LATE), TIRED, waits),  # with nothing to show it waits on
        (known(READ, LATE, ARRIVED_BEFORE), TIRED, waits),
        (known(READ, LATE, BEFORE_IT_BEGAN), TIRED, waits),
        (known(READ, EMPTY, NEWS), SOON, ready),
        (known(EMPTY, EMPTY), TIRED, waits),  # silence is no certainty
        (known(NEXT, NEXT), OVERNIGHT, ready),
        (known(NEXT, NEXT, OF_THE_NEXT_SLOT), OVERNIGHT, waits),
        (known(NEXT, LATE, OF_THE_NEXT_SLOT), OVERNIGHT, waits),
        (known(NEXT, NEXT, OF_BOTH), OVERNIGHT, ready),  # what is late comes when it is there
    ],
)
def test_a_digest_is_made_when_its_announcements_are_known(
    what: Known, now: str, expected: Readiness
) -> None:
    assert ready_at(now, what) is expected


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (failed(None), ready),
        (failed(None, GIVEN_UP_AFTER - 1), waits),
        (failed(THREE_BATCHES_AGO), ready),
        (failed(THREE_BATCHES_AGO, 3), waits),  # the bot was away meanwhile
        (failed(TWO_BATCHES_AGO), waits),
        (intake(THREE_BATCHES_AGO, GIVEN_UP_AFTER, "late"), waits),  # arXiv answers
    ],
)
def test_a_category_that_fails_for_days_keeps_others_waiting_no_longer(
    other: Intake, expected: Readiness
) -> None:
    assert ready_at(SOON, known(READ, other, NEWS)) is expected


@pytest.mark.parametrize("batches", [{}, OF_THE_NEXT_SLOT])
def test_of_categories_that_all_fail_for_days_nothing_is_known(
    batches: Mapping[str, Mapping[date, int]],
) -> None:
    assert ready_at(TIRED, known(failed(None), failed(None), batches)) is waits


def test_a_batch_that_nobody_expected_counts_on_its_own_day() -> None:
    """Who asks for a digest on a holiday gets what came in spite of it."""
    holiday, moment = date(2026, 6, 22), utc("2026-06-22 15:00")
    assert latest_batch_day(moment) < holiday
    one = standing("2026-06-22 15:00", date(2026, 6, 19))
    slot = Opened(moment, moment, Due(utc("2026-06-23 09:00"), utc("2026-06-23 09:00")))
    what = known(intake(date(2026, 6, 19)), batches={"cs.CV": {holiday: 5}})
    assert readiness(one, slot, DAILY, ["cs.CV"], what, moment, moment) is ready


@pytest.mark.parametrize(
    ("now", "running_since", "expected"),
    [
        ("2026-04-22 08:00", "2026-04-21 00:00", ready),
        ("2026-04-22 08:00", "2026-04-22 04:01", waits),
        ("2026-04-22 08:01", "2026-04-22 04:01", ready),
    ],
)
def test_after_an_outage_late_categories_get_their_time(
    now: str, running_since: str, expected: Readiness
) -> None:
    assert ready_at(now, known(READ, LATE, NEWS), running_since=running_since) is expected


@pytest.mark.parametrize(("now", "expected"), [(SOON, ready), ("2026-04-21 22:00", quiet)])
def test_quiet_hours_that_begin_while_arxiv_is_late_hold_the_digest(
    now: str, expected: Readiness
) -> None:
    calm = terms(quiet=("22:00", "07:00"))
    assert ready_at(now, known(READ, READ, NEWS), calm) is expected


def ready_at(
    now: str, what: Known, wanted: Terms = DAILY, running_since: str = "2026-04-01 00:00"
) -> Readiness:
    """Whether the digest of Tuesday, 09:00 can be made for who has read up to arrival 3."""
    one = standing("2026-04-21 09:00", MONDAY, cursor=3)
    following = Due(utc("2026-04-22 09:00"), utc("2026-04-22 09:00"))
    slot = Opened(utc("2026-04-21 09:00"), utc("2026-04-21 09:00"), following)
    categories = ("cs.CV", "cs.LG")
    return readiness(one, slot, wanted, categories, what, utc(now), utc(running_since))


def test_a_slot_of_the_week_waits_for_its_newest_batch_only() -> None:
    assert known(READ).is_settled(["cs.CV"], TUESDAY)
    assert known(READ).is_settled(["cs.CV"], MONDAY)
    assert not known(READ).is_settled(["cs.CV"], WEDNESDAY)
    assert not known(READ, intake(None)).is_settled(["cs.CV", "cs.LG"], MONDAY)
