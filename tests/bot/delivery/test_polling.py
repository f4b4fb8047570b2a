"""When arXiv is asked and what is made of its answers: late, stale, lagging and missed batches."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config import Config
from bot.delivery.polling import (
    FAILED,
    LONGEST_SLEEP,
    PAUSES,
    Polling,
    advanced,
    dated,
    missed_days,
    next_question,
    settled_by,
)
from bot.digest.calendar import batch_days, latest_batch_day, submission_window
from bot.digest.intake import Outcome
from bot.errors import ArxivUnavailable
from bot.sources.feed import Feed, FeedRow
from storage.errors import DiskFull
from storage.models import Kind, Paper
from storage.records import Intake
from tests.bot.delivery.carrying import until
from tests.bot.delivery.subscribing import (
    FRIDAY,
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    Desk,
    papers,
    utc,
)
from tests.fakes.arxiv_xml import atom_feed

SATURDAY = date(2026, 4, 18)


def intake(settled: date | None, asked: str, failures: int = 0) -> Intake:
    return Intake("cs.CV", settled, "new", "", utc(asked), failures)


# When to ask


@pytest.mark.parametrize(
    ("state", "now", "expected"),
    [
        # The batch of Tuesday is out at 04:00 UTC, and its feed some minutes later.
        (intake(MONDAY, "2026-04-20 12:01"), "2026-04-21 04:00", "2026-04-21 04:05"),
        (intake(MONDAY, "2026-04-20 12:01"), "2026-04-20 13:00", "2026-04-21 04:05"),
        # Late: at growing intervals.
        (intake(MONDAY, "2026-04-21 04:05", 1), "2026-04-21 04:06", "2026-04-21 04:10"),
        (intake(MONDAY, "2026-04-21 04:10", 2), "2026-04-21 04:11", "2026-04-21 04:15"),
        (intake(MONDAY, "2026-04-21 04:15", 3), "2026-04-21 04:16", "2026-04-21 04:25"),
        (intake(MONDAY, "2026-04-21 06:00", 6), "2026-04-21 06:01", "2026-04-21 07:00"),
        (intake(MONDAY, "2026-04-21 06:00", 99), "2026-04-21 06:01", "2026-04-21 07:00"),
        # Read: once more at noon, for what was late; then not before the next batch.
        (intake(TUESDAY, "2026-04-21 04:06"), "2026-04-21 05:00", "2026-04-21 12:00"),
        (intake(TUESDAY, "2026-04-21 12:00"), "2026-04-21 12:01", "2026-04-22 04:05"),
        (intake(FRIDAY, "2026-04-17 12:00"), "2026-04-18 12:00", "2026-04-20 04:05"),
        # Read, but nobody is sure that it was all.
        (intake(TUESDAY, "2026-04-21 11:00", 8), "2026-04-21 11:30", "2026-04-21 12:00"),
        # After the bot was away.
        (intake(FRIDAY, "2026-04-17 12:00"), "2026-04-21 15:00", "2026-04-21 04:05"),
    ],
)
def test_a_category_is_asked_after_the_rebuild_and_then_at_growing_intervals(
    state: Intake, now: str, expected: str
) -> None:
    assert next_question(state, utc(now)) == utc(expected)


def test_a_category_that_was_never_read_is_asked_at_once() -> None:
    now = utc("2026-04-18 12:00")
    assert next_question(None, now) == now


def test_a_category_that_was_asked_by_a_clock_of_the_future_is_asked_at_once() -> None:
    now = utc("2026-04-21 12:00")
    assert next_question(intake(MONDAY, "2030-01-05 10:00", 1), now) == now


@given(
    st.integers(0, 60 * 24 * 30),
    st.integers(0, 12),
    st.none() | st.dates(date(2026, 3, 1), date(2026, 4, 30)),
)
def test_a_category_is_asked_again_within_a_long_weekend(
    minutes: int, failures: int, settled: date | None
) -> None:
    """Christmas apart; and never more often than the shortest pause."""
    asked = utc("2026-04-01 00:00") + timedelta(minutes=minutes)
    known = settled if settled is None else min(settled, latest_batch_day(asked))
    moment = next_question(Intake("cs.CV", known, "", "", asked, failures), asked)
    assert moment - asked < timedelta(days=4)
    if failures:
        assert moment - asked >= PAUSES[0]


# What was missed


@pytest.mark.parametrize(
    ("settled", "expected", "feed_day", "missed"),
    [
        (MONDAY, TUESDAY, TUESDAY, ()),
        (TUESDAY, TUESDAY, TUESDAY, ()),
        (FRIDAY, TUESDAY, TUESDAY, (MONDAY,)),
        # On a Saturday the feed has moved on from Friday.
        (date(2026, 4, 16), FRIDAY, SATURDAY, (FRIDAY,)),
        (FRIDAY, FRIDAY, SATURDAY, ()),
        # Never read: nothing but a batch that its feed does not hold any more.
        (None, TUESDAY, TUESDAY, ()),
        (None, FRIDAY, SATURDAY, (FRIDAY,)),
    ],
)
def test_days_that_no_feed_tells_of_any_more_are_made_up_for(
    settled: date | None, expected: date, feed_day: date, missed: Sequence[date]
) -> None:
    state = intake(settled, "2026-04-10 00:00") if settled else None
    assert missed_days(state, expected, feed_day) == missed


def test_after_months_only_two_weeks_are_made_up_for() -> None:
    state = intake(date(2025, 12, 1), "2025-12-01 12:00")
    missed = missed_days(state, TUESDAY, TUESDAY)
    assert (len(missed), missed[-1]) == (10, MONDAY)


# What a feed tells


def feed(day: date, *numbers: int, category: str = "cs.CV") -> Feed:
    return Feed(category, day, tuple(FeedRow(one, Kind.NEW) for one in papers(*numbers)))


@pytest.mark.parametrize(
    ("one", "settled", "known", "day"),
    [
        (feed(MONDAY, 3, 4), MONDAY, papers(1, 2), TUESDAY),  # it lags
        (feed(MONDAY, 2, 3), MONDAY, papers(1, 2), MONDAY),  # it has grown
        (feed(MONDAY), MONDAY, papers(1, 2), MONDAY),
        (feed(MONDAY, 3, 4), MONDAY, (), MONDAY),
        (feed(MONDAY, 3, 4), FRIDAY, papers(1, 2), MONDAY),
        (feed(MONDAY, 3, 4), None, papers(1, 2), MONDAY),
        (feed(TUESDAY, 3, 4), MONDAY, papers(1, 2), TUESDAY),
    ],
)
def test_a_feed_whose_date_lags_is_that_of_the_newest_batch(
    one: Feed, settled: date | None, known: Sequence[Paper], day: date
) -> None:
    state = intake(settled, "2026-04-20 06:00") if settled else None
    found = dated(one, state, TUESDAY, [paper.id for paper in known])
    assert found == replace(one, day=day)


ALWAYS = batch_days(date(2026, 4, 6), MONDAY)
EARLY, NOON = "2026-04-21 04:05", "2026-04-21 10:00"


@pytest.mark.parametrize(
    ("outcome", "day", "announced_on", "now", "settled"),
    [
        (Outcome.NEW, TUESDAY, ALWAYS, EARLY, True),
        (Outcome.UNCHANGED, TUESDAY, ALWAYS, EARLY, True),
        (Outcome.NEW, MONDAY, ALWAYS, EARLY, False),
        (Outcome.UNCHANGED, MONDAY, ALWAYS, EARLY, False),
        (Outcome.STALE, TUESDAY, ALWAYS, NOON, False),
        # Empty: that of a busy category is late, that of a quiet one has nothing.
        (Outcome.LATE, TUESDAY, ALWAYS, EARLY, False),
        (Outcome.LATE, TUESDAY, ALWAYS, NOON, True),
        (Outcome.LATE, TUESDAY, ALWAYS[:4], EARLY, True),
        (Outcome.LATE, TUESDAY, ALWAYS[:6], EARLY, False),
        (Outcome.LATE, TUESDAY, (), EARLY, True),
        (Outcome.LATE, MONDAY, (), NOON, False),
        # It still has the date of the weekend, or has moved on to it.
        (Outcome.NO_BATCH_TODAY, date(2026, 4, 19), (), EARLY, False),
        (Outcome.NO_BATCH_TODAY, WEDNESDAY, (), EARLY, True),
        (Outcome.STALE, WEDNESDAY, ALWAYS, EARLY, True),
    ],
)
def test_a_batch_is_settled_when_nothing_more_is_to_be_expected_of_it(
    outcome: Outcome, day: date, announced_on: Collection[date], now: str, settled: bool
) -> None:
    assert settled_by(outcome, day, TUESDAY, announced_on, utc(now)) is settled


def test_every_question_in_vain_is_counted() -> None:
    first = advanced(None, "cs.CV", "late", "empty", utc(EARLY))
    assert first == Intake("cs.CV", None, "late", "empty", utc(EARLY), 1)
    second = advanced(replace(first, settled=MONDAY), "cs.CV", FAILED, "gone", utc(NOON))
    assert second == Intake("cs.CV", MONDAY, FAILED, "gone", utc(NOON), 2)


# The loop


@dataclass
class Arxiv:
    """Has feeds by category, or errors, and papers by day for the API, unless that is down."""

    feeds: dict[str, bytes | BaseException] = field(default_factory=dict)
    papers: dict[date, Sequence[Paper]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    windows: list[datetime] = field(default_factory=list)
    is_down: bool = False

    async def fetch(self, category: str) -> bytes:
        self.asked.append(category)
        answer = self.feeds[category]
        if isinstance(answer, BaseException):
            raise answer
        return answer

    async def submitted(
        self, _category: str, start: datetime, _end: datetime, _limit: int
    ) -> tuple[Paper, ...]:
        self.windows.append(start)
        if self.is_down:
            raise ArxivUnavailable("no answer")
        days = (day for day in self.papers if submission_window(day)[0] == start)
        return tuple(paper for day in days for paper in self.papers[day])

    def has(self, day: date, *numbers: int, category: str = "cs.CV") -> None:
        """Let a feed hold the batch of a day."""
        rows = [(one, Kind.NEW) for one in papers(*numbers)]
        self.feeds[category] = atom_feed(category, day, rows)


@pytest.fixture
def arxiv() -> Arxiv:
    return Arxiv()


@pytest.fixture
def polling(desk: Desk, arxiv: Arxiv) -> Polling:
    return Polling(desk.store, desk.clock, Config(), arxiv, arxiv)


async def state(desk: Desk, category: str = "cs.CV") -> tuple[date | None, str, int]:
    one = (await desk.store.standings.intakes())[category]
    return one.settled, one.outcome, one.failures


async def stored(desk: Desk, category: str = "cs.CV") -> dict[date, list[str]]:
    found: dict[date, list[str]] = {}
    for row in await desk.store.announcements(category, date(2026, 4, 1)):
        found.setdefault(row.day, []).append(row.paper_id[-1])
    return found


async def test_what_somebody_subscribes_to_is_asked_for_once_and_no_more(
    desk: Desk, arxiv: Arxiv, polling: Polling
) -> None:
    await desk.subscribed("cs.CV OR cs.LG lanterns")
    arxiv.has(TUESDAY, 1, 2)
    arxiv.has(TUESDAY, 3, category="cs.LG")
    assert await polling.round() == LONGEST_SLEEP
    assert await polling.round() == LONGEST_SLEEP
    assert sorted(arxiv.asked) == ["cs.CV", "cs.LG"]
    assert await state(desk) == (TUESDAY, "new", 0)
    assert await stored(desk) == {TUESDAY: ["1", "2"]}
    assert arxiv.windows == []


async def test_rows_that_were_late_are_read_at_the_second_look(
    desk: Desk, arxiv: Arxiv, polling: Polling
) -> None:
    await desk.subscribed()
    arxiv.has(TUESDAY, 1)
    await polling.round()
    arxiv.has(TUESDAY, 1, 2)
    desk.clock.advance(6 * 3600)
    await polling.round()
    desk.clock.advance(3600)
    await polling.round()
    assert len(arxiv.asked) == 2
    assert await stored(desk) == {TUESDAY: ["1", "2"]}
    assert await state(desk) == (TUESDAY, "new", 0)


async def test_a_late_feed_is_asked_again_until_it_is_there(
    desk: Desk, arxiv: Arxiv, polling: Polling
) -> None:
    await desk.subscribed()
    for day in ALWAYS:
        await desk.announced(day, papers(day.day))
    arxiv.has(TUESDAY)
    await polling.round()
    assert await state(desk) == (MONDAY, "late", 1)
    desk.clock.advance(300)
    arxiv.has(TUESDAY, 1)
    await polling.round()
    assert await state(desk) == (TUESDAY, "new", 0)


async def test_a_quiet_category_is_settled_but_asked_again_since_nobody_is_sure(
    desk: Desk, arxiv: Arxiv, polling: Polling
) -> None:
    await desk.subscribed()
    await desk.announced(FRIDAY, papers(1))
    await desk.settled(MONDAY)
    arxiv.has(TUESDAY)
    await polling.round()
    assert await state(desk) == (TUESDAY, "late", 1)
    desk.clock.advance(300)
    await polling.round()
    assert await state(desk) == (TUESDAY, "late", 2)


async def test_the_first_start_on_a_weekend_reads_fridays_batch(
    desk: Desk, arxiv: Arxiv, polling: Polling
) -> None:
    desk.clock.advance(4 * 24 * 3600)  # a Saturday
    await desk.subscribed()
    arxiv.has(date(2026, 4, 25))
    arxiv.papers[date(2026, 4, 24)] = papers(1, 2)
    await polling.round()
    assert await stored(desk) == {date(2026, 4, 24): ["1", "2"]}
    assert await state(desk) == (date(2026, 4, 24), "no_batch_today", 0)


async def test_missed_days_are_made_up_for_through_the_api(
    desk: Desk, arxiv: Arxiv, polling: Polling
) -> None:
    await desk.subscribed()
    await desk.announced(date(2026, 4, 16), papers(1))
    arxiv.has(TUESDAY, 4)
    arxiv.papers = {FRIDAY: papers(2), MONDAY: papers(3)}
    await polling.round()
    assert await stored(desk) == {
        date(2026, 4, 16): ["1"], FRIDAY: ["2"], MONDAY: ["3"], TUESDAY: ["4"],
    }  # fmt: skip
    assert await state(desk) == (TUESDAY, "new", 0)


@pytest.mark.parametrize("error", [ArxivUnavailable("no answer"), RuntimeError("closed")])
async def test_one_category_that_fails_keeps_no_other_waiting(
    desk: Desk,
    arxiv: Arxiv,
    polling: Polling,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    await desk.subscribed("cs.AI cs.CV")
    arxiv.feeds["cs.AI"] = error
    arxiv.has(TUESDAY, 1)
    await polling.round()
    assert await state(desk, "cs.AI") == (None, "failed", 1)
    assert await state(desk) == (TUESDAY, "new", 0)
    assert str(error) in caplog.text


@pytest.mark.parametrize("error", [DiskFull("no room"), asyncio.CancelledError()])
async def test_what_concerns_all_categories_ends_the_round(
    desk: Desk, arxiv: Arxiv, polling: Polling, error: BaseException
) -> None:
    await desk.subscribed()
    arxiv.feeds["cs.CV"] = error
    with pytest.raises(type(error)):
        await polling.round()
    assert await desk.store.standings.intakes() == {}


async def test_what_arrived_stays_where_the_api_fails_and_the_rest_is_made_up_for_later(
    desk: Desk, arxiv: Arxiv, polling: Polling
) -> None:
    await desk.subscribed()
    await desk.announced(FRIDAY, papers(1))
    arxiv.has(TUESDAY, 3)
    arxiv.is_down = True
    await polling.round()
    assert await state(desk) == (FRIDAY, "failed", 1)
    arxiv.is_down = False
    arxiv.papers[MONDAY] = papers(2)
    desk.clock.advance(300)
    await polling.round()
    assert await stored(desk) == {FRIDAY: ["1"], MONDAY: ["2"], TUESDAY: ["3"]}
    assert await state(desk) == (TUESDAY, "unchanged", 0)


async def test_what_nobody_wants_any_more_is_forgotten(
    desk: Desk, arxiv: Arxiv, polling: Polling
) -> None:
    """Else a feed that fails would be an alert for ever."""
    one = await desk.subscribed()
    arxiv.has(TUESDAY, 1)
    await polling.round()
    await desk.store.put_subscription(replace(one, active=False))
    assert await polling.round() == LONGEST_SLEEP
    assert await desk.store.standings.intakes() == {}


async def test_a_query_that_cannot_be_read_any_more_stops_nothing(
    desk: Desk, arxiv: Arxiv, polling: Polling, caplog: pytest.LogCaptureFixture
) -> None:
    one = await desk.subscribed()
    await desk.store.put_subscription(replace(one, number=0, query="ti:("))
    arxiv.has(TUESDAY, 1)
    await polling.round()
    assert arxiv.asked == ["cs.CV"]
    assert "nothing is asked for a subscription" in caplog.text


async def test_the_loop_asks_until_it_is_stopped(
    desk: Desk, arxiv: Arxiv, polling: Polling
) -> None:
    await desk.subscribed()
    arxiv.has(TUESDAY, 1)
    stop = asyncio.Event()
    running = asyncio.create_task(polling.run(stop))
    await until(lambda: len(desk.clock.slept) > 2)
    stop.set()
    await running
    assert arxiv.asked == ["cs.CV"]
