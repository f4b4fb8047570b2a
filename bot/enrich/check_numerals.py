"""Numbers written in words, by the tables of a language: "two million", 三百万, 四十二."""

import re
from collections.abc import Iterator
from functools import cache

from bot.enrich.check_languages import Language, language


def number_words(code: str, text: str) -> Iterator[re.Match[str]]:
    """The runs of number words in a text; none in a language that has no table of them."""
    pattern = _run(code)
    return pattern.finditer(text) if pattern else iter(())


def multiplier_words(code: str, text: str, at: int) -> re.Match[str] | None:
    """The words behind a number, such as "million" or 万, that multiply it."""
    pattern = _multipliers(code)
    return pattern.match(text, at) if pattern else None


def chain_value(known: Language, words: str, *, bare: bool = False) -> float | None:
    """What a run of number words says; None for a vague one ("millions") unless `bare`."""
    found = _word(known.code).findall(words.lower())
    if not bare and (not found or found[0] not in known.numerals):
        return None
    total, current = 0.0, 0.0
    for word in found:
        if word in known.numerals:
            current += known.numerals[word]
            continue
        scale = known.multipliers[word]
        if scale >= 1000:
            total, current = (total + current or 1.0) * scale, 0.0
        else:
            tens = current % 10 or (current or 1.0)
            current = current - tens + tens * scale if current else scale
    return total + current


@cache
def _word(code: str) -> re.Pattern[str]:
    known = language(code)
    return re.compile(_alternatives(known, [*known.numerals, *known.multipliers]))


@cache
def _run(code: str) -> re.Pattern[str] | None:
    known = language(code)
    if not known.numerals:
        return None
    word = _alternatives(known, [*known.numerals, *known.multipliers])
    return re.compile(rf"{word}(?:[ -]?+{word})*+", re.IGNORECASE)


@cache
def _multipliers(code: str) -> re.Pattern[str] | None:
    known = language(code)
    if not known.multipliers:
        return None
    word = _alternatives(known, list(known.multipliers))
    return re.compile(rf"[ \u00a0-]?+{word}(?:[ -]?+{word})*+", re.IGNORECASE)


def _alternatives(known: Language, words: list[str]) -> str:
    """One of the words, the longest first; a whole word where spaces set words apart."""
    either = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    spaced = "CJK" not in known.scripts
    return rf"(?>(?<![^\W\d_])(?:{either})(?![^\W\d_]))" if spaced else f"(?>{either})"
