"""Whether the numbers of a text occur in the paper, in whichever way they are written."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.enrich.check_field import Draft, Field
from bot.enrich.check_languages import ENGLISH, Language, language
from bot.enrich.check_numerals import chain_value, multiplier_words, number_words

SMALL = 12
"""Whole numbers up to this one are not looked for: a model may count what an abstract lists."""

_NOISE = re.compile(r"\\(?:times|cdot)(?![A-Za-z])|\\[,;!: ]|\\[A-Za-z]+|[\\${}~]")
_NUMBER = re.compile(r"\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3})+(?!\d)|\d+(?:[.,]\d+)*")
_PERCENT = re.compile(r"[ \u00a0]?(?:%|％|percent\b|per cent\b|percentage\b)")
_SUFFIX = re.compile(r"[ \u00a0]?([kKMBT])(?![A-Za-z])")
_LETTERS = re.compile(r"-?[A-Za-z]")
_FACTOR = re.compile(r"[x×](?![A-Za-z])")
_NAMED = re.compile(r"(?:[A-Za-z_^][-.]?|[A-Z][A-Za-z0-9+]*[ \u00a0]|[@#=])$")
_SUFFIXES = {"k": 1e3, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}
_LOWER = re.compile(r"[a-z]+")
_FORMULA = re.compile(r"\$[^$]{0,500}\$")
_PURE_NUMBER = re.compile(r"[\d.,]+ ?%?")
_POWER = re.compile(r"(\d+(?:\.\d+)?)?\s?(?:×|x|\*)?\s?\b10\s?\^\s?(-?\d{1,2})")


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it stands in a text, and every value that it may be read as."""

    written: str
    values: frozenset[float]
    percent: bool = False


def numbers_problem(draft: Draft) -> str | None:
    """The first number of a draft that the paper does not have."""
    if draft.field is Field.ABSTRACT and not draft.paper.abstract_complete:
        return None  # the model may have read more of it than is known here
    found = [number for number in _claims(draft) if not _is_small(number)]
    if not found:
        return None
    known = _known(draft.source)
    for number in found:
        if not any(_occurs(value, known) for value in number.values):
            return f"The number {number.written!r} is not in the original."
    return None


def _claims(draft: Draft) -> Iterator[Number]:
    """The numbers of a text that must come from the paper, without those in names and formulas."""
    text = _plain(_FORMULA.sub(_only_a_number, draft.text))
    for match in _NUMBER.finditer(text):
        if not _NAMED.search(text[max(0, match.start() - 24) : match.start()]):
            number = _read(text, match, draft.language)
            if number and (number.percent or draft.language.multipliers):
                yield number
    for match in number_words(draft.language.code, text):
        value = chain_value(draft.language, match.group())
        if value is not None and value >= 100:
            yield Number(match.group().strip(), frozenset((value,)))


def _only_a_number(formula: re.Match[str]) -> str:
    """A formula that is nothing but a number is a number; any other is not looked into."""
    body = _plain(formula.group()).strip()
    return body if _PURE_NUMBER.fullmatch(body) else " "


def _read(text: str, match: re.Match[str], known: Language) -> Number | None:
    """The number at a match with what follows it; None for a part of a name such as "3D"."""
    values, end = _readings(match.group()), match.end()
    if percent := _PERCENT.match(text, end):
        both = values | {value / 100 for value in values}
        return Number(text[match.start() : percent.end()], frozenset(both), percent=True)
    if suffix := _SUFFIX.match(text, end):
        scale = _SUFFIXES[suffix[1]]
        both = values | {value * scale for value in values}
        return Number(text[match.start() : suffix.end()], frozenset(both))
    if words := multiplier_words(known.code, text, end):
        scale = chain_value(known, words.group(), bare=True) or 1.0
        written = text[match.start() : words.end()]
        return Number(written, frozenset(value * scale for value in values))
    if _LETTERS.match(text, end) and not _FACTOR.match(text, end):
        return None
    return Number(match.group(), frozenset(values))


def _readings(written: str) -> set[float]:
    """What digits with separators may mean: "1,234" is 1234 here and 1.234 there."""
    digits = re.split(r"[.,\s]", written)
    grouped = len(digits) > 1 and len(digits[0]) <= 3 and all(len(one) == 3 for one in digits[1:])
    values = {float("".join(digits))} if grouped else set()
    if len(digits) <= 2:
        values.add(float(".".join(digits)))
    if len(digits) > 2:
        values.add(float("".join(digits[:-1]) + "." + digits[-1]))
    if len(digits) > 2 or ("," in written and not grouped):  # a list or an interval: "0,1"
        values.update(map(float, digits))
    return values


def _known(source: str) -> set[float]:
    """Every value that the paper states, read as generously as possible."""
    english = language(ENGLISH)
    text = _plain(source)
    known: set[float] = {0.0, 1.0, 100.0}
    for match in _NUMBER.finditer(text):
        values = _readings(match.group())
        known |= values
        number = _read(text, match, english)
        known |= number.values if number else set()
    for power in _POWER.finditer(text):
        known.add(float(power[1] or 1) * 10 ** int(power[2]))
    for words in number_words(ENGLISH, text):
        value = chain_value(english, words.group())
        known |= {value} if value is not None else set()
    said = {**english.quantities, **english.numerals}
    known.update(said[word] for word in _LOWER.findall(text.lower()) if word in said)
    return known


def _occurs(value: float, known: set[float]) -> bool:
    """Whether a value is one of the paper, or one of them rounded to at least two digits."""
    digits = f"{value:.12g}".replace(".", "").strip("0")
    step = _last_place(value) if len(digits) >= 2 else 0.0
    return any(abs(value - one) <= max(step * 0.5001, 1e-9 * abs(one)) for one in known)


def _last_place(value: float) -> float:
    """The worth of the last digit of a number that is not zero: 10 for 230, 0.1 for 2.3."""
    mantissa, _, exponent = f"{value:.11e}".partition("e")
    places = len(mantissa.rstrip("0").partition(".")[2])
    return float(10.0 ** (int(exponent) - places))


def _is_small(number: Number) -> bool:
    if number.percent:
        return False
    return all(value.is_integer() and value <= SMALL for value in number.values)


def _plain(text: str) -> str:
    r"""The text without TeX around its numbers: `$12{,}500$` is 12,500 and `5\times` is 5x."""
    return _NOISE.sub(_denoised, text)


def _denoised(match: re.Match[str]) -> str:
    found = match.group()
    if found in (r"\times", r"\cdot"):
        return "x"
    return " " if found == "~" or found[1:2].isalpha() else ""
