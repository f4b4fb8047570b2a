"""When to ask again, and what to say when there is no more asking."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ArxivUnavailable, FeedRefused, FeedTruncated
from bot.retry_after import LONGEST_RETRY_AFTER
from bot.sources.retry import (
    BACKGROUND,
    INTERACTIVE,
    LONGEST_WAIT,
    RETRIED_STATUSES,
    Patience,
    Setback,
    Trouble,
    TryFailed,
    backoff,
    duration,
    persist,
    status_setback,
    surrender,
    wait_before_next,
)
from tests.fakes.clock import FakeClock

NOW = datetime(2026, 4, 21, 6, 0, tzinfo=UTC)
BUSY = Setback(Trouble.PASSING, "answered HTTP 503")
OFFLINE = Setback(Trouble.UNREACHABLE, "could not be reached at export.arxiv.org")
ENDLESS = Patience(tries=10**6, seconds=float("inf"), offline=True)

setbacks = st.builds(
    Setback,
    st.sampled_from(Trouble),
    st.just("answered HTTP 503"),
    st.none() | st.floats(0.0, LONGEST_RETRY_AFTER),
)
patiences = st.builds(Patience, st.integers(1, 20), st.floats(0.0, 1000.0), st.booleans())
chances = st.floats(0.0, 1.0)


@pytest.mark.parametrize("status", sorted(RETRIED_STATUSES))
def test_a_status_that_may_pass_is_worth_another_try(status: int) -> None:
    setback = status_setback(status, None, NOW)
    assert setback == Setback(Trouble.PASSING, f"answered HTTP {status}", None)
    assert wait_before_next(setback, 1, 0.0, INTERACTIVE, 0.5) is not None


@pytest.mark.parametrize("status", [204, 304, 401, 404, 410, 414, 418, 501])
def test_any_other_status_is_final(status: int) -> None:
    setback = status_setback(status, "1", NOW)
    assert wait_before_next(setback, 1, 0.0, ENDLESS, 0.5) is None


def test_the_backoff_doubles_up_to_two_minutes() -> None:
    assert [backoff(tries, 1.0) for tries in range(1, 9)] == [3, 6, 12, 24, 48, 96, 120, 120]
    assert [backoff(tries, 0.0) for tries in range(1, 4)] == [1.5, 3, 6]


@given(st.integers(1, 10**9), chances)
def test_the_backoff_stays_within_its_bounds(tries: int, chance: float) -> None:
    assert 1.5 <= backoff(tries, chance) <= LONGEST_WAIT


@pytest.mark.parametrize(
    ("setback", "tries", "waited", "patience", "wait"),
    [
        pytest.param(BUSY, 1, 0.0, Patience(2, 60, True), 3.0, id="first failure"),
        pytest.param(BUSY, 2, 3.0, Patience(2, 60, True), None, id="no tries left"),
        pytest.param(BUSY, 1, 0.0, Patience(9, 3, True), 3.0, id="just enough patience"),
        pytest.param(BUSY, 1, 0.1, Patience(9, 3, True), None, id="not enough patience"),
        pytest.param(OFFLINE, 1, 0.0, Patience(9, 60, True), 3.0, id="waits for the network"),
        pytest.param(OFFLINE, 1, 0.0, Patience(9, 60, False), None, id="offline, says so at once"),
        pytest.param(
            Setback(Trouble.CUT, "broke off its answer"),
            1,
            0.0,
            Patience(9, 60, False),
            3.0,
            id="cut off",
        ),
        pytest.param(
            Setback(Trouble.PASSING, "", 40.0), 1, 0.0, Patience(9, 60, True), 40.0, id="told"
        ),
        pytest.param(
            Setback(Trouble.PASSING, "", 1.0), 1, 0.0, Patience(9, 60, True), 3.0, id="told less"
        ),
        pytest.param(
            Setback(Trouble.PASSING, "", 61.0), 1, 0.0, Patience(9, 60, True), None, id="too long"
        ),
        pytest.param(
            Setback(Trouble.PASSING, "", 40.0),
            2,
            40.0,
            Patience(9, 60, True),
            None,
            id="told twice",
        ),
    ],
)
def test_the_rule(
    setback: Setback, tries: int, waited: float, patience: Patience, wait: float | None
) -> None:
    assert wait_before_next(setback, tries, waited, patience, chance=1.0) == wait


@given(setbacks, st.integers(1, 30), st.floats(0.0, 1000.0), patiences, chances)
def test_no_wait_is_ever_too_short_or_too_long(
    setback: Setback, tries: int, waited: float, patience: Patience, chance: float
) -> None:
    wait = wait_before_next(setback, tries, waited, patience, chance)
    if wait is not None:
        assert tries < patience.tries
        assert waited + wait <= patience.seconds
        assert wait >= (setback.retry_after or 0.0)
        assert wait > 0.0


def test_people_at_the_screen_wait_less_than_a_quarter_of_a_minute() -> None:
    assert INTERACTIVE.seconds <= 15.0
    assert BACKGROUND.seconds > INTERACTIVE.seconds


@pytest.mark.parametrize(
    ("setback", "tries", "text"),
    [
        (BUSY, 3, "arXiv answered HTTP 503 (3 tries); try again in a few minutes"),
        (
            OFFLINE,
            1,
            "arXiv could not be reached at export.arxiv.org; check the network connection",
        ),
        (
            Setback(Trouble.PASSING, "answered HTTP 429", 600.0),
            1,
            "arXiv answered HTTP 429; it asks to try again in 10 minutes",
        ),
        (
            Setback(Trouble.REFUSED, "answered HTTP 404"),
            1,
            "arXiv answered HTTP 404; check the request, and [arxiv] in the configuration",
        ),
    ],
)
def test_giving_up_says_what_happened_and_what_to_do(
    setback: Setback, tries: int, text: str
) -> None:
    error = surrender(setback, tries)
    assert isinstance(error, ArxivUnavailable)
    assert str(error) == text
    assert error.retry_after == setback.retry_after


def test_an_answer_that_always_breaks_off_is_a_truncated_feed() -> None:
    error = surrender(Setback(Trouble.CUT, "broke off its answer"), 3)
    assert isinstance(error, FeedTruncated)
    assert str(error) == "arXiv broke off its answer (3 tries); try again in a few minutes"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "1 second"),
        (0.2, "1 second"),
        (1.5, "2 seconds"),
        (60.0, "60 seconds"),
        (61.0, "2 minutes"),
        (600.0, "10 minutes"),
        (3601.0, "2 hours"),
        (86_400.0, "24 hours"),
    ],
)
def test_a_time_to_wait_is_rounded_up(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def attempts(*outcomes: str | Exception) -> Callable[[], Awaitable[str]]:
    """An attempt that ends in the next of `outcomes` each time it is made."""
    left = list(outcomes)

    async def attempt() -> str:
        outcome = left.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return attempt


async def test_what_works_at_once_is_not_waited_for(clock: FakeClock) -> None:
    assert await persist(attempts("fine"), clock, INTERACTIVE, lambda: 1.0) == "fine"
    assert clock.slept == []


async def test_it_waits_between_tries_until_one_works(clock: FakeClock) -> None:
    attempt = attempts(TryFailed(BUSY), TryFailed(BUSY), "fine")
    assert await persist(attempt, clock, INTERACTIVE, lambda: 1.0) == "fine"
    assert clock.slept == [3.0, 6.0]


async def test_it_gives_up_with_the_last_setback(clock: FakeClock) -> None:
    told = Setback(Trouble.PASSING, "answered HTTP 429", 3600.0)
    with pytest.raises(ArxivUnavailable, match=r"HTTP 429 \(2 tries\).* in 60 minutes") as raised:
        await persist(attempts(TryFailed(BUSY), TryFailed(told)), clock, BACKGROUND, lambda: 0.0)
    assert raised.value.retry_after == 3600.0
    assert isinstance(raised.value.__cause__, TryFailed)
    assert clock.slept == [1.5]


async def test_waits_add_up_against_patience(clock: FakeClock) -> None:
    attempt = attempts(*(TryFailed(BUSY) for _ in range(100)))
    with pytest.raises(ArxivUnavailable, match=r"\(4 tries\)"):
        await persist(attempt, clock, Patience(100, 40.0, True), lambda: 1.0)
    assert clock.slept == [3.0, 6.0, 12.0]


async def test_other_errors_end_it_at_once(clock: FakeClock) -> None:
    with pytest.raises(FeedRefused):
        await persist(attempts(FeedRefused("no"), "fine"), clock, BACKGROUND, lambda: 0.0)
    assert clock.slept == []


async def test_cancelling_ends_it_in_the_middle_of_a_wait() -> None:
    class EndlessClock(FakeClock):
        async def sleep(self, seconds: float) -> None:
            self.slept.append(seconds)
            await asyncio.Event().wait()

    clock = EndlessClock()
    attempt = attempts(TryFailed(BUSY), "fine")
    waiting = asyncio.ensure_future(persist(attempt, clock, BACKGROUND, lambda: 0.0))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert clock.slept == [1.5]
