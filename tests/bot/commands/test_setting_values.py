"""Values of settings as people type them."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.setting_values import (
    day_label,
    language_label,
    one_of,
    read_clock,
    read_days,
    read_kinds,
    read_language,
    read_limit,
    read_quiet,
    read_switch,
    read_time,
    write_days,
    write_kinds,
    write_limit,
    write_quiet,
    write_switch,
)
from storage.models import DAYS, Kind


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (read_language, "zh-cn", "zh"),
        (read_language, "中文", "zh"),
        (read_language, "英语", "en"),
        (read_language, "auto", None),
        (read_time, "announcement", "announcement"),
        (read_clock, "0", "00:00"),
        (read_clock, "7.30", "07:30"),
        (read_days, "daily", DAYS),
        (read_days, "wed, mon", ("mon", "wed")),
        (read_days, "星期三", ("wed",)),
        (read_limit, "100", 100),
        (read_limit, "all", 0),
        (read_kinds, "replace-cross, new", (Kind.NEW, Kind.REPLACE_CROSS)),
        (read_quiet, "22 to 7", ("22:00", "07:00")),
        (read_switch, "on", True),
        (one_of(("on_demand",)), "on-demand", "on_demand"),
    ],
)
def test_a_value_is_read(read: Callable[[str], object], text: str, value: object) -> None:
    assert read(text) == value


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (read_language, "tlh"),
        (read_clock, "announcement"),
        (read_time, "25:00"),
        (read_days, ""),
        (read_days, "mon or so"),
        (read_limit, "101"),
        (read_limit, "0"),
        (read_limit, "٣"),
        (read_kinds, ""),
        (read_kinds, "old"),
        (read_quiet, "22:00"),
        (read_quiet, "7:00-7"),
        (read_switch, "yes"),
    ],
)
def test_what_is_no_value_is_refused(read: Callable[[str], object], text: str) -> None:
    assert is_refused(read, text)


def is_refused(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return True
    return False


@given(st.sets(st.sampled_from(DAYS), min_size=1))
def test_days_are_written_as_they_are_read(named: set[str]) -> None:
    days = tuple(day for day in DAYS if day in named)
    assert read_days(write_days(days)) == days


@given(st.sets(st.sampled_from(list(Kind)), min_size=1))
def test_kinds_are_written_as_they_are_read(named: set[Kind]) -> None:
    kinds = tuple(kind for kind in Kind if kind in named)
    assert read_kinds(write_kinds(kinds)) == kinds


@pytest.mark.parametrize("quiet", [None, ("22:00", "07:30")])
def test_quiet_hours_are_written_as_they_are_read(quiet: tuple[str, str] | None) -> None:
    assert read_quiet(write_quiet(quiet)) == quiet


def test_limits_and_switches_are_written_as_they_are_read() -> None:
    assert [read_limit(write_limit(limit)) for limit in (0, 1, 100)] == [0, 1, 100]
    assert [read_switch(write_switch(switch)) for switch in (True, False)] == [True, False]


def test_labels_are_in_the_readers_language() -> None:
    assert (day_label("mon", "en"), day_label("mon", "zh")) == ("Mon", "周一")
    assert (language_label("en"), language_label("zh")) == ("English", "中文")
