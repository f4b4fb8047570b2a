"""Time zones as people name them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.timezones import find_timezone, local_time, near_timezones, timezone_label
from formatters.words import languages


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("Asia/Shanghai", "Asia/Shanghai"),
        ("asia/shanghai", "Asia/Shanghai"),
        ("america/new york", "America/New_York"),
        ("  New_York ", "America/New_York"),
        ("Shanghai", "Asia/Shanghai"),
        ("上海", "Asia/Shanghai"),
        ("北京", "Asia/Shanghai"),
        ("Beijing", "Asia/Shanghai"),
        ("柏林", "Europe/Berlin"),
        ("UTC", "UTC"),
        ("UTC+8", "Etc/GMT-8"),
        ("gmt-05:00", "Etc/GMT+5"),
        ("+1", "Etc/GMT-1"),
        ("utc+14", "Etc/GMT-14"),
        ("utc-13", None),
        ("utc+5:30", None),
        ("Berln", None),
        ("", None),
        ("../../etc/passwd", None),
        ("x" * 100_000, None),
    ],
)
def test_a_name_finds_its_zone(text: str, zone: str | None) -> None:
    assert find_timezone(text) == zone


def test_every_zone_is_found_by_its_own_name() -> None:
    for zone in available_timezones():
        if not zone.startswith("Etc/"):
            assert find_timezone(zone.lower()) == zone


@pytest.mark.parametrize(
    ("text", "near"),
    [("Berln", "Europe/Berlin"), ("shanghia", "Asia/Shanghai"), ("new yrok", "America/New_York")],
)
def test_a_slip_of_the_finger_finds_the_near_ones(text: str, near: str) -> None:
    assert near in near_timezones(text)


def test_nothing_is_near_to_nonsense() -> None:
    assert near_timezones("qqqqqqqq") == ()


@pytest.mark.parametrize(
    ("zone", "language", "label"),
    [
        ("Asia/Shanghai", "en", "Shanghai"),
        ("Asia/Shanghai", "zh", "上海"),
        ("America/New_York", "en", "New York"),
        ("Etc/GMT-8", "zh", "UTC+8"),
        ("Etc/GMT+5", "en", "UTC-5"),
        ("UTC", "en", "UTC"),
    ],
)
def test_a_zone_is_called_by_its_city(zone: str, language: str, label: str) -> None:
    assert timezone_label(zone, language) == label


def test_a_zones_clock_shows_its_own_time() -> None:
    now = datetime(2026, 4, 21, 6, 0, tzinfo=UTC)
    assert local_time("Asia/Kolkata", now) == "11:30"


@given(st.text(max_size=40) | st.from_regex(r"(utc|gmt)?[+-][0-9:]{1,5}", fullmatch=True))
def test_whatever_is_found_is_a_zone_with_a_label(text: str) -> None:
    found = find_timezone(text)
    for zone in [*([found] if found else []), *near_timezones(text)]:
        ZoneInfo(zone)
        assert all(timezone_label(zone, language) for language in languages())
