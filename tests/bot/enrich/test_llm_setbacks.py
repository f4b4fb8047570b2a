"""When to ask a language model again."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.enrich.llm_setbacks import (
    LONGEST_RETRY_AFTER,
    NO_MONEY,
    PATIENCE,
    TRIES,
    Setback,
    Trouble,
    backoff,
    read_retry_after,
    status_setback,
    wait_before_next,
)

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


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        (" 7 ", 7.0),
        ("0.25", 0.25),
        ("9" * 60, LONGEST_RETRY_AFTER),
        ("Tue, 21 Apr 2026 06:01:30 GMT", 90.0),
        ("Tue, 21 Apr 2026 06:01:30 -0000", 90.0),
        ("Mon, 20 Apr 2026 06:00:00 GMT", 0.0),
        (None, None),
        ("", None),
        (".", None),
        ("-5", None),
        ("1.2.3", None),
        ("nan", None),
        ("soon", None),
        ("٣", None),
        ("Tue, 99 Apr 2026 06:00:00 GMT", None),
        ("7" * 100, None),
    ],
)
def test_retry_after_is_read_where_it_makes_sense(
    header: str | None, seconds: float | None
) -> None:
    assert read_retry_after(header, NOW) == seconds


@given(st.text(max_size=80))
def test_no_header_breaks_the_reader(header: str) -> None:
    seconds = read_retry_after(header, NOW)
    assert seconds is None or 0.0 <= seconds <= LONGEST_RETRY_AFTER


@given(st.integers(0, 86_400))
def test_a_date_says_the_same_as_the_seconds(seconds: int) -> None:
    date = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert read_retry_after(date, NOW) == read_retry_after(str(seconds), NOW) == seconds


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
