"""When to ask a language model again."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.enrich.llm_setbacks import (
    NO_MONEY,
    PATIENCE,
    TRIES,
    Setback,
    Trouble,
    backoff,
    status_setback,
    wait_before_next,
)
from bot.retry_after import LONGEST_RETRY_AFTER

NOW = datetime(2026, 4, 21, 6, 0, tzinfo=UTC)
BUSY = Setback(Trouble.PASSING, "answered HTTP 503")


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 529, 599])
def test_what_may_pass_is_tried_again(status: int) -> None:
    setback = status_setback(status, "7", None, NOW)
    assert (setback.trouble, setback.retry_after) == (Trouble.PASSING, 7.0)
    assert wait_before_next(setback, 1, 0.0, 0.0) == 7.0


@pytest.mark.parametrize(
    ("status", "code", "advice"),
    [
        (401, None, "api_key"),
        (402, None, "no money"),
        (404, "model_not_found", "model"),
        (429, NO_MONEY, "no money"),
    ],
)
def test_what_the_operator_has_to_mend_is_not(status: int, code: str | None, advice: str) -> None:
    setback = status_setback(status, "7", code, NOW)
    assert setback.trouble is Trouble.HOPELESS
    assert advice in setback.problem
    assert wait_before_next(setback, 1, 0.0, 0.0) is None


@pytest.mark.parametrize("status", [400, 403, 413, 418, 422])
def test_a_refusal_says_nothing_about_other_requests(status: int) -> None:
    setback = status_setback(status, None, None, NOW)
    assert setback.trouble is Trouble.REFUSED
    assert wait_before_next(setback, 1, 0.0, 0.0) is None


def test_waits_double_and_are_half_chance() -> None:
    assert [backoff(tries, 1.0) for tries in (1, 2, 3)] == [1, 2, 4]
    assert [backoff(tries, 0.0) for tries in (1, 2, 3)] == [0.5, 1, 2]


def test_it_ends_after_so_many_tries() -> None:
    assert wait_before_next(BUSY, TRIES - 1, 0.0, 0.0) is not None
    assert wait_before_next(BUSY, TRIES, 0.0, 0.0) is None


@given(st.integers(1, 5), st.floats(0, 200), st.floats(0, 1), st.floats(0, LONGEST_RETRY_AFTER))
def test_no_wait_is_too_short_or_too_long(
    tries: int, waited: float, chance: float, told: float
) -> None:
    wait = wait_before_next(Setback(Trouble.PASSING, "", told), tries, waited, chance)
    if wait is not None:
        assert wait >= told
        assert 0.0 < wait <= PATIENCE - waited
