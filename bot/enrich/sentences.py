"""Splits the plain text of an abstract into sentences, knowing how scientists write.

A boundary is decided between two words and never looks further, so any text takes linear time.
Measured: pysbd splits at "Eq.", syntok is as good as this and ten times slower.
"""

import re

_OPENERS = "\"'“‘«([{¿¡"
_CLOSERS = "\"'”’»)]}"
_CHINESE_STOPS = "。！？"
_STOPS = ".!?…" + _CHINESE_STOPS
_LAST_CHARACTERS = frozenset(_STOPS + _CLOSERS)
_ROMAN_DIGITS = frozenset("IVX")


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_NEVER_LAST = _listed(
    "e.g i.e cf vs viz approx resp eq eqs eqn eqns fig figs dr prof mr mrs st phys rev lett proc"
)
"""Abbreviations, without their full stop, that always have something to follow."""

_NUMBERED = _listed(
    "no nos p pp vol vols ch ver sec secs sect ref refs tab tabs thm prop def lem cor alg app"
)
"""Abbreviations only before a number: "Sec. 3" and "no. 1", but "in 5 sec. We" and "no. We"."""

_SOMETIMES_LAST = _listed("al etc inc ltd jr sr co corp ca dept univ")
"""Abbreviations that end a sentence only where the next word is one that begins sentences."""

_SENTENCE_STARTERS = _listed(
    "A Additionally All Although An And As At Because Both But By Despite Each Empirically "
    "Experimental Experiments Extensive Finally First For From Further Furthermore Given Hence "
    "Here How However I If In It Its Many More Moreover Most Next No Notably On Once One Our "
    "Overall Recent Recently Results Second Several Since Some Specifically Such That The Their "
    "Then There Therefore These They This Those Though Through Thus To Towards Two Under Unlike "
    "Until Using We What When Where Whereas Whether Which While Why With Without Yet You"
)

_GLUED = re.compile(r"\.(?<=[a-z][a-z]\.)(?=[A-Z][a-z])")
"""A sentence that begins without a space: "of weights.This framework" (1% of abstracts)."""

_CHINESE_BOUNDARY = re.compile(r"([。！？])(?=[^\s。！？」』”’）])")


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of `text` in order; white space inside them is collapsed to single spaces.

    Nothing but white space is added or lost. Text without any sentence end is one sentence.
    """
    words = _spaced(text).split()
    found, begin = [], 0
    for index, word in enumerate(words[:-1], start=1):
        if word[-1] not in _LAST_CHARACTERS or not _is_boundary(word, words[index]):
            continue
        if index - begin == 1 and word.endswith("."):
            continue  # "1." and "Rev." are no sentences
        found.append(" ".join(words[begin:index]))
        begin = index
    return (*found, " ".join(words[begin:])) if words else ()


def is_finished(sentence: str) -> bool:
    """Whether a sentence ends in a stop; the last one of an abstract that was cut does not."""
    return sentence.rstrip(_CLOSERS).endswith(tuple(_STOPS))


def _spaced(text: str) -> str:
    """The text with a space after every sentence that was written without one."""
    text = _CHINESE_BOUNDARY.sub(r"\1 ", text)
    if not _GLUED.search(text):
        return text
    return " ".join(word if "/" in word else _GLUED.sub(". ", word) for word in text.split())


def _is_boundary(word: str, following: str) -> bool:
    """Whether a sentence ends with `word` and the next begins with `following`."""
    bare = word.rstrip(_CLOSERS)
    stop = bare[-1:]
    if not stop or stop not in _STOPS:
        return False
    if stop in _CHINESE_STOPS:
        return True
    if not _can_begin(following):
        return False
    return stop != "." or not _is_abbreviation(bare.lstrip(_OPENERS)[:-1], following)


def _can_begin(word: str) -> bool:
    """Whether a sentence can begin with this word: with a capital, a digit, a formula, Chinese."""
    first = word.lstrip(_OPENERS)[:1]
    return first.isdigit() or first in {"\\", "$"} or (first.isalpha() and not first.islower())


def _is_abbreviation(word: str, following: str) -> bool:
    """Whether the stop after `word` (given without it) marks an abbreviation."""
    lowered = word.lower()
    if lowered in _NEVER_LAST:
        return True
    following = following.strip(_OPENERS + _CLOSERS + ",;:")
    if lowered in _NUMBERED:
        return following[:1].isdigit() or _ROMAN_DIGITS.issuperset(following.rstrip("."))
    if lowered in _SOMETIMES_LAST or _is_initials(word):
        return following not in _SENTENCE_STARTERS
    return False


def _is_initials(word: str) -> bool:
    """Whether this is one capital (J), or letters between stops (U.S, Ph.D, J.-P)."""
    parts = word.replace("-", "").split(".")
    if len(parts) == 1:
        return len(word) == 1 and word.isupper()
    return all(len(part) <= 2 and part.isalpha() for part in parts)
