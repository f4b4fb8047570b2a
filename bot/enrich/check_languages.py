"""What the checks know about a language: one TOML file in `languages/` for each.

Adding a language is adding a file, in which everything is optional. A language without a file gets
the checks that need none.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

ENGLISH = "en"


@dataclass(frozen=True, slots=True)
class Language:
    """What is known about one language; empty where nothing is.

    `scripts` and `needed` are first words of Unicode's names of letters ("LATIN", "CJK"): the
    scripts it is written in, and those of which a text has at least one letter. `words` are the
    commonest, which tell languages of one script apart. `length` is how long a translation is for
    each character of English. `labels` and `glue` are the words that headings before a colon are
    made of. `refusals`, `thoughts` and `greetings` are how a model begins that does not answer.
    `never_last` ends no sentence. `numerals` and `multipliers` are number words and their values:
    in "three hundred", 3 and 100; `quantities` are other words that say a number, such as "twice".
    """

    code: str
    scripts: frozenset[str] = frozenset()
    needed: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    length: float | None = None
    labels: frozenset[str] = frozenset()
    glue: frozenset[str] = frozenset()
    refusals: frozenset[str] = frozenset()
    thoughts: frozenset[str] = frozenset()
    greetings: frozenset[str] = frozenset()
    never_last: frozenset[str] = frozenset()
    numerals: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    multipliers: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    quantities: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


_SETS = frozenset(one.name for one in fields(Language) if one.default == frozenset())


@cache
def codes() -> tuple[str, ...]:
    """The codes of all languages that have a file."""
    files = resources.files("bot.enrich").joinpath("languages").iterdir()
    return tuple(sorted(f.name.removesuffix(".toml") for f in files if f.name.endswith(".toml")))


def language(tag: str) -> Language:
    """What is known about the language of a tag such as `zh`, `zh-CN` or `zh_Hans`."""
    code = tag.replace("_", "-").partition("-")[0].lower()
    return _read(code) if code in codes() else Language(code)


@cache
def languages() -> tuple[Language, ...]:
    """Everything that is known, about all languages."""
    return tuple(_read(code) for code in codes())


@cache
def _read(code: str) -> Language:
    file = resources.files("bot.enrich").joinpath("languages", f"{code}.toml")
    return parsed(code, file.read_text("utf-8"))


def parsed(code: str, text: str) -> Language:
    """The language that a file describes; TypeError where a key has no meaning.

    Words stand in a list, or in one string with white space between them.
    """
    table: dict[str, Any] = tomllib.loads(text)
    table |= {key: _words(value) for key, value in table.items() if key in _SETS}
    return Language(code, **table)


def _words(value: str | list[str]) -> frozenset[str]:
    return frozenset(value.split() if isinstance(value, str) else value)
