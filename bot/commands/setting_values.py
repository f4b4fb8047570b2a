"""What people type for a setting, read and written; ValueError where it cannot be read."""

import re
from collections.abc import Callable, Collection
from functools import cache

from babel import Locale

from bot.commands.timezones import find_timezone
from formatters.words import languages
from storage.models import ANNOUNCEMENT, DAYS, Kind

AUTO, DAILY, WEEKDAYS, ALL, ON, OFF = "auto", "daily", "weekdays", "all", "on", "off"

MOST_PAPERS = 100
"""In one digest; nobody reads more, and it is one batch of a busy category."""

_TIME = re.compile(r"([01]?[0-9]|2[0-3])(?:[:.]([0-5][0-9]))?", re.ASCII)
_BETWEEN = re.compile(r"\s*(?:[-–—~]|\bto\b)\s*")
_SEPARATORS = re.compile(r"[\s,;、]+")


def read_language(text: str) -> str | None:
    """A language of the interface by its code or name: `zh`, `zh-CN`, `Chinese`, `中文`."""
    if text == AUTO:
        return None
    code = re.split("[-_]", text, maxsplit=1)[0]
    return _language_names().get(text) or one_of(languages())(code)


def read_timezone(text: str) -> str | None:
    """A zone as `find_timezone` finds it."""
    if text == AUTO:
        return None
    zone = find_timezone(text)
    if zone is None:
        raise ValueError
    return zone


def or_auto(value: str | None) -> str:
    """What is typed for a value that may be left to the program."""
    return value or AUTO


def read_time(text: str) -> str:
    """`9`, `9:00` and `09:00` as `09:00`; `announcement` stays what it is."""
    return ANNOUNCEMENT if text == ANNOUNCEMENT else read_clock(text)


def read_clock(text: str) -> str:
    """A time of day as `HH:MM`."""
    match = _TIME.fullmatch(text)
    if not match:
        raise ValueError
    return f"{int(match[1]):02}:{match[2] or '00'}"


def read_days(text: str) -> tuple[str, ...]:
    """`daily`, `weekdays`, or names of days in any language of ours, in the order of the week."""
    if text in (DAILY, WEEKDAYS):
        return DAYS if text == DAILY else DAYS[:5]
    named = {_day_names().get(word) for word in _words(text)}
    if not named or None in named:
        raise ValueError
    return tuple(day for day in DAYS if day in named)


def write_days(days: tuple[str, ...]) -> str:
    """What is typed for these days."""
    return {DAYS: DAILY, DAYS[:5]: WEEKDAYS}.get(days) or " ".join(days)


def read_limit(text: str) -> int:
    """A number of papers up to `MOST_PAPERS`; `all` is 0, which means no limit."""
    if text == ALL:
        return 0
    if not re.fullmatch("[0-9]{1,3}", text, re.ASCII) or not 1 <= int(text) <= MOST_PAPERS:
        raise ValueError
    return int(text)


def write_limit(limit: int) -> str:
    """What is typed for this limit."""
    return str(limit or ALL)


def read_kinds(text: str) -> tuple[Kind, ...]:
    """Kinds of announcements in arXiv's order; `all` is every kind."""
    if text == ALL:
        return tuple(Kind)
    named = {Kind(word) for word in _words(text)}
    if not named:
        raise ValueError
    return tuple(kind for kind in Kind if kind in named)


def write_kinds(kinds: tuple[Kind, ...]) -> str:
    """What is typed for these kinds."""
    return ALL if kinds == tuple(Kind) else " ".join(kinds)


def read_quiet(text: str) -> tuple[str, str] | None:
    """Two different times such as `22:00-07:00`, or `off`."""
    if text == OFF:
        return None
    begin, end = (read_clock(part) for part in _BETWEEN.split(text, maxsplit=1))
    if begin == end:
        raise ValueError
    return begin, end


def write_quiet(quiet: tuple[str, str] | None) -> str:
    """What is typed for these hours."""
    return "-".join(quiet) if quiet else OFF


def read_switch(text: str) -> bool:
    """`on` or `off`."""
    return one_of((ON, OFF))(text) == ON


def write_switch(is_on: bool) -> str:
    """What is typed for a switch."""
    return ON if is_on else OFF


def one_of(choices: Collection[str]) -> Callable[[str], str]:
    """A reader of one of some words, where a space or a hyphen does as well as an underscore."""

    def read(text: str) -> str:
        word = re.sub("[ -]", "_", text)
        if word not in choices:
            raise ValueError
        return word

    return read


def day_label(day: str, language: str) -> str:
    """A day of the week in short, such as `Mon` or `周一`."""
    return str(Locale.parse(language).days["stand-alone"]["abbreviated"][DAYS.index(day)])


def language_label(language: str) -> str:
    """What a language calls itself."""
    return str(Locale.parse(language).get_display_name(language))


@cache
def _language_names() -> dict[str, str]:
    """What each language of the interface is called in each of them."""
    codes = languages()
    return {
        str(Locale.parse(code).get_display_name(reader)).lower(): code
        for code in codes
        for reader in codes
    }


@cache
def _day_names() -> dict[str, str]:
    """Long and short names of the days in every language of the interface."""
    widths = [
        names
        for language in languages()
        for width, names in Locale.parse(language).days["format"].items()
        if width != "narrow"
    ]
    return {names[number].lower(): day for names in widths for number, day in enumerate(DAYS)}


def _words(text: str) -> list[str]:
    return [word for word in _SEPARATORS.split(text) if word]
