"""When a server counts as down, and when it is asked again: arithmetic over moments."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.enrich.breaker import (
    FAILURES,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    SECONDS,
    Breaker,
    State,
)


def after(*tries: tuple[float, float]) -> Breaker:
    """A breaker after failed tries, each from one moment to another."""
    breaker = Breaker()
    for began, now in tries:
        breaker = breaker.failed(began, now)
    return breaker


def opened(now: float = 100.0) -> Breaker:
    return Breaker().failed(now, now, hopeless=True)


def test_at_first_all_may_ask() -> None:
    assert Breaker().state(0.0) is State.CLOSED


def test_a_hiccup_that_hits_many_requests_at_once_is_no_outage() -> None:
    assert after(*[(0.0, 0.5)] * 100).state(0.5) is State.CLOSED


def test_few_failures_are_no_outage_however_long_they_take() -> None:
    assert after(*[(0.0, 1000.0)] * (FAILURES - 1)).state(1000.0) is State.CLOSED


def test_failures_in_a_row_for_some_seconds_are_an_outage() -> None:
    tries = [(float(moment), float(moment)) for moment in range(FAILURES - 1)]
    assert after(*tries, (SECONDS - 0.1, SECONDS - 0.1)).state(SECONDS) is State.CLOSED
    assert after(*tries, (SECONDS, SECONDS)).state(SECONDS) is State.OPEN


def test_requests_that_time_out_together_open_it_together() -> None:
    assert after(*[(0.0, 60.0)] * FAILURES).state(60.0) is State.OPEN


def test_one_success_makes_up_for_all_failures() -> None:
    breaker = after(*[(0.0, 1.0)] * (FAILURES - 1)).succeeded()
    assert breaker == Breaker()
    assert breaker.failed(50.0, 100.0).state(100.0) is State.CLOSED


def test_what_nobody_can_get_opens_it_at_once() -> None:
    assert opened(100.0).state(100.0) is State.OPEN


def test_after_the_pause_one_may_probe() -> None:
    breaker = opened(100.0)
    assert breaker.state(100.0 + FIRST_PAUSE - 0.1) is State.OPEN
    assert breaker.state(100.0 + FIRST_PAUSE) is State.PROBING


def test_a_probe_in_vain_doubles_the_pause_up_to_a_limit() -> None:
    breaker, now, pauses = opened(0.0), 0.0, []
    for _ in range(8):
        assert breaker.until is not None
        now = breaker.until
        breaker = breaker.failed(now, now)
        assert breaker.until is not None
        pauses.append(breaker.until - now)
    assert pauses == [60, 120, 240, 480, 900, 900, 900, 900]
    assert pauses[-1] == LONGEST_PAUSE


def test_a_probe_that_succeeds_closes_it() -> None:
    assert opened().succeeded().state(math.inf) is State.CLOSED


def test_requests_that_fail_while_it_is_open_change_nothing() -> None:
    breaker = opened(100.0)
    assert breaker.failed(90.0, 101.0) == breaker
    assert breaker.failed(90.0, 101.0, hopeless=True) == breaker


@given(st.lists(st.tuples(st.floats(0, 100), st.booleans(), st.booleans()), max_size=40))
def test_it_never_stays_open_for_longer_than_the_longest_pause(
    tries: list[tuple[float, bool, bool]],
) -> None:
    breaker, now = Breaker(), 0.0
    for lasted, good, hopeless in tries:
        began, now = now, now + lasted
        breaker = breaker.succeeded() if good else breaker.failed(began, now, hopeless)
        assert breaker.state(now + LONGEST_PAUSE) is not State.OPEN


@pytest.mark.parametrize("state", State)
def test_every_state_says_who_may_ask(state: State) -> None:
    assert "ask" in state.value
