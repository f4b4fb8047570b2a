"""How long to stay away, read from whatever a server puts into its header."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.retry_after import LONGEST_RETRY_AFTER, read_retry_after

NOW = datetime(2026, 4, 21, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 120 ", 120.0),
        ("0.25", 0.25),
        ("1.5", 1.5),
        ("00000000000000000000000000000005", 5.0),
        ("86401", 86_400.0),
        ("9" * 60, 86_400.0),
        ("Tue, 21 Apr 2026 06:01:30 GMT", 90.0),
        ("Tuesday, 21-Apr-26 06:01:30 GMT", 90.0),
        ("Tue, 21 Apr 2026 08:01:30 +0200", 90.0),
        ("Tue, 21 Apr 2026 06:01:30 -0000", 90.0),
        ("Mon, 20 Apr 2026 06:00:00 GMT", 0.0),
        ("Tue, 21 Apr 9999 06:00:00 GMT", 86_400.0),
    ],
)
def test_retry_after_is_read_in_both_forms_and_kept_to_a_day(header: str, seconds: float) -> None:
    assert read_retry_after(header, NOW) == seconds


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        " ",
        "-5",
        "+5",
        ".",
        "1.2.3",
        "1e9",
        "nan",
        "inf",
        "soon",
        "\u0661\u0662",  # digits, but Arabic ones
        "9" * 10_000,
        "Tue, 99 Apr 2026 06:00:00 GMT",
        "Tue, 21 Apr 99999 06:00:00 GMT",
        "Tue, 21 Apr 2026 06:00:00 +9999",
    ],
)
def test_a_retry_after_that_makes_no_sense_is_no_retry_after(header: str | None) -> None:
    assert read_retry_after(header, NOW) is None


@given(st.text(max_size=80))
def test_no_header_breaks_the_reader(header: str) -> None:
    seconds = read_retry_after(header, NOW)
    assert seconds is None or 0.0 <= seconds <= LONGEST_RETRY_AFTER


@given(st.integers(0, 86_400))
def test_a_date_says_the_same_as_the_seconds(seconds: int) -> None:
    date = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert read_retry_after(date, NOW) == read_retry_after(str(seconds), NOW) == seconds
