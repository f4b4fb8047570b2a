"""The texts of the interface in the reader's language, with its plurals, dates and numbers.

Each language is one file in `catalogue/`; adding a language is adding a file. The files are part
of the program like its code: each is read once, when its language is first asked for.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources

from babel import Locale
from babel.dates import format_skeleton
from babel.numbers import format_decimal

FALLBACK = "en"

Message = str | Mapping[str, str]
"""A text with `{variables}`, or one text for each plural category of the language."""

PLURALS = frozenset({"zero", "one", "two", "few", "many", "other"})
"""CLDR's plural categories: https://www.unicode.org/reports/tr35/tr35-numbers.html."""


@dataclass(frozen=True, slots=True)
class Words:
    """The messages of one language. Whole numbers in messages are written the reader's way."""

    language: str
    messages: Mapping[str, Message]

    def __call__(self, key: str, **values: object) -> str:
        """The message `key` with its variables filled in; KeyError for an unknown key."""
        message = self.messages[key]
        if not isinstance(message, str):
            raise KeyError(f"{key} depends on a number: ask count()")
        return self._filled(message, values)

    def count(self, key: str, number: int, **values: object) -> str:
        """The message `key` in the plural form that `number` asks for; `{count}` is the number."""
        message = self.messages[key]
        if isinstance(message, str):
            raise KeyError(f"{key} does not depend on a number")
        form = message[self._locale.plural_form(number)]
        return self._filled(form, {"count": number, **values})

    def number(self, value: int) -> str:
        """A whole number with the language's separators."""
        return format_decimal(value, locale=self._locale)

    def day(self, day: date) -> str:
        """A day with its weekday, such as `Tue, Apr 21, 2026`."""
        return format_skeleton("yMMMEd", day, locale=self._locale)

    def days(self, days: Iterable[date]) -> str:
        """The first and the last of `days`; one date where they are the same, else empty."""
        ordered = sorted(set(days))
        return " – ".join(self.day(day) for day in dict.fromkeys(ordered[:1] + ordered[-1:]))

    @property
    def _locale(self) -> Locale:
        return _locale(self.language)

    def _filled(self, message: str, values: Mapping[str, object]) -> str:
        written = {
            name: self.number(value) if isinstance(value, int) else value
            for name, value in values.items()
        }
        return message.format(**written)


@cache
def languages() -> tuple[str, ...]:
    """The codes of all languages that have a catalogue."""
    files = resources.files("formatters").joinpath("catalogue").iterdir()
    names = (file.name for file in files)
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def words(language: str) -> Words:
    """The texts for `language` (`zh`, `zh-CN`, `zh_Hans`); English where there are none."""
    code = language.replace("_", "-").partition("-")[0].lower()
    return _catalogue(code if code in languages() else FALLBACK)


@cache
def _catalogue(code: str) -> Words:
    file = resources.files("formatters").joinpath("catalogue", f"{code}.toml")
    return Words(code, dict(_flattened(tomllib.loads(file.read_text("utf-8")))))


@cache
def _locale(code: str) -> Locale:
    return Locale.parse(code)


def _flattened(
    table: Mapping[str, str | Mapping[str, Message]],
) -> Iterable[tuple[str, Message]]:
    for name, value in table.items():
        if isinstance(value, str):
            yield name, value
            continue
        for key, message in value.items():
            yield f"{name}.{key}", message
