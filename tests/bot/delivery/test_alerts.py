"""What operators are told of: by content, once, and once more when it is over."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from bot.delivery.alerts import (
    INTAKE_FAILURES,
    NAMES,
    NEVER_ANSWERED,
    Facts,
    gathered,
    longest_silence,
    news,
    raise_alerts,
    standing,
)
from bot.digest.calendar import batch_days
from formatters.words import words
from storage.models import Call
from storage.records import Intake
from tests.bot.delivery.subscribing import (
    ADA,
    BOB,
    FRIDAY,
    MONDAY,
    TUESDAY,
    Desk,
    papers,
    utc,
)

ENGLISH = words("en")
EVERY_DAY = batch_days(date(2026, 4, 6), MONDAY)
NOW = utc("2026-04-21 17:00")


def intake(failures: int = 0, outcome: str = "late") -> dict[str, Intake]:
    return {"cs.CV": Intake("cs.CV", MONDAY, outcome, "no answer", NOW, failures)}


def names(facts: Facts) -> list[str]:
    return list(standing(facts, ENGLISH))


@pytest.mark.parametrize(
    ("now", "newest", "days", "alerted"),
    [
        # A batch is missed twelve hours after midnight in New York.
        ("2026-04-21 15:59", MONDAY, EVERY_DAY, False),
        ("2026-04-21 16:01", MONDAY, EVERY_DAY, True),
        ("2026-04-21 16:01", TUESDAY, EVERY_DAY, False),
        # It stands until something comes, also around the next midnight.
        ("2026-04-22 04:01", MONDAY, EVERY_DAY, True),
        ("2026-04-22 04:01", TUESDAY, EVERY_DAY, False),
        # Weekends and the day after a holiday have no batch.
        ("2026-04-18 20:00", FRIDAY, EVERY_DAY, False),
        ("2026-04-19 20:00", FRIDAY, EVERY_DAY, False),
        ("2026-04-18 20:00", date(2026, 4, 16), EVERY_DAY, True),
        ("2026-09-08 20:00", date(2026, 9, 7), (), False),
        # Who reads small categories only is used to silence.
        ("2026-04-22 17:00", MONDAY, (date(2026, 4, 15), MONDAY), False),
        ("2026-04-23 17:00", MONDAY, (date(2026, 4, 15), MONDAY), True),
        # 814 days of nothing new are a reason to say so.
        ("2026-04-21 17:00", date(2024, 1, 29), (date(2024, 1, 16), date(2024, 1, 29)), True),
    ],
)
def test_news_are_missed_where_the_calendar_expects_some(
    now: str, newest: date, days: Collection[date], alerted: bool
) -> None:
    facts = Facts(utc(now), intake(), newest, days=days)
    assert names(facts) == (["news"] if alerted else [])


@pytest.mark.parametrize(
    ("days", "silence"),
    [
        ((), 0),
        ((MONDAY,), 0),
        (EVERY_DAY, 0),
        ((FRIDAY, MONDAY), 0),
        ((FRIDAY, TUESDAY), 1),
        ((TUESDAY, date(2026, 4, 8), FRIDAY), 6),
    ],
)
def test_silence_is_counted_in_batches(days: Collection[date], silence: int) -> None:
    assert longest_silence(days) == silence


@pytest.mark.parametrize(("failures", "alerted"), [(0, False), (10, False), (48, True)])
def test_a_bot_that_never_got_anything_says_so_after_two_days(failures: int, alerted: bool) -> None:
    assert (failures >= NEVER_ANSWERED) is alerted
    assert names(Facts(NOW, intake(failures), None)) == (["news"] if alerted else [])


def test_nothing_is_missed_where_nobody_subscribes() -> None:
    assert names(Facts(NOW, {}, date(2026, 1, 5))) == []


@pytest.mark.parametrize(
    ("failures", "outcome", "alerted"),
    [
        (INTAKE_FAILURES, "failed", True),
        (INTAKE_FAILURES - 1, "failed", False),
        (INTAKE_FAILURES, "late", False),
    ],
)
def test_a_feed_is_broken_where_it_fails_several_times(
    failures: int, outcome: str, alerted: bool
) -> None:
    facts = Facts(NOW, intake(failures, outcome), TUESDAY)
    assert names(facts) == (["intake"] if alerted else [])
    if alerted:
        assert "cs.CV: no answer" in standing(facts, ENGLISH)["intake"]


@pytest.mark.parametrize(
    ("oldest", "alerted"),
    [(None, False), ("2026-04-21 16:00", False), ("2026-04-21 15:59", True)],
)
def test_a_queue_that_does_not_drain_is_stuck_after_an_hour(
    oldest: str | None, alerted: bool
) -> None:
    facts = Facts(NOW, {}, TUESDAY, utc(oldest) if oldest else None)
    assert names(facts) == (["queue"] if alerted else [])


def test_a_model_that_answers_nobody_is_told_of_with_what_it_said() -> None:
    found = standing(Facts(NOW, {}, TUESDAY, model_failing="HTTP 401"), ENGLISH)
    assert list(found) == ["model"]
    assert "HTTP 401" in found["model"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_alert_has_its_words(language: str) -> None:
    long_ago = utc("2026-04-20 00:00")
    facts = Facts(NOW, intake(9, "failed"), MONDAY, long_ago, "no")
    found = standing(facts, words(language))
    assert tuple(found) == NAMES
    assert all(news(NAMES, {}, words(language)))


def test_what_begins_and_what_is_over_is_told_and_nothing_else() -> None:
    said = news(["news", "queue", "long forgotten"], {"queue": "Stuck.", "model": "No."}, ENGLISH)
    assert said == ["No.", "Over: arXiv's announcements arrive again."]


async def test_each_condition_is_told_once_and_once_more_when_it_is_over(desk: Desk) -> None:
    bad = Facts(NOW, intake(9, "failed"), MONDAY, days=EVERY_DAY)
    worse, good = replace(bad, model_failing="no"), Facts(NOW, intake(), TUESDAY)
    told = [
        len(await raise_alerts(desk.store, facts, ENGLISH))
        for facts in (good, bad, bad, worse, worse, good, good, bad)
    ]
    assert told == [0, 2, 0, 1, 0, 3, 0, 2]


# Where the facts come from


async def facts_at(desk: Desk, now: datetime) -> Facts:
    return await gathered(desk.store, now, None)


async def test_facts_are_read_from_what_came(desk: Desk) -> None:
    assert await facts_at(desk, NOW) == Facts(NOW, {}, None, days=set())
    for number, day in enumerate((date(2026, 4, 1), FRIDAY, TUESDAY), start=1):
        await desk.announced(day, papers(number))
    found = await facts_at(desk, NOW)
    assert (found.newest, found.days) == (TUESDAY, {FRIDAY, TUESDAY})
    assert list(found.intakes) == ["cs.CV"]


async def test_a_chat_that_was_told_to_wait_is_no_queue_that_is_stuck(desk: Desk) -> None:
    """Telegram lets a flooded chat wait for half a day, and no other."""
    call = Call("sendMessage", {"text": "hello"})
    early, late = NOW - timedelta(hours=3), NOW - timedelta(hours=2)
    await desk.store.outbox.enqueue([call], ADA, None, early)
    await desk.store.outbox.hold_chat(ADA, NOW + timedelta(seconds=43_837))
    assert (await facts_at(desk, NOW)).oldest is None
    await desk.store.outbox.enqueue([call], BOB, None, late)
    assert (await facts_at(desk, NOW)).oldest == late
    assert (await facts_at(desk, NOW + timedelta(days=1))).oldest == early
