"""Whether a text is there, as long as it may be, complete, and neither a copy nor a loop."""

import re
from collections import Counter

from bot.enrich.check_field import Draft, Field
from bot.enrich.check_language import UNSPACED, letters_of
from bot.enrich.check_languages import ENGLISH
from bot.enrich.orders import gives_orders
from bot.enrich.sentences import is_finished, sentences
from formatters.text import plain

SENTENCES = 3
"""The most sentences of a TL;DR. It is asked for in one; of 6,000 that models wrote, a fifth have
two and a twentieth three, which still read well, and under 1% have more."""

SHORT = 0.7
"""Of the longest TL;DR: one that is shorter may have one sentence more. It takes no longer to read,
and half of the good ones that have four are such."""

SHORTEST, LONGEST = 0.35, 3.0
"""Of the length that a translation usually has. Measured over 718 abstracts and their translations
into Chinese: 0.40 to 1.83; over 3,000 titles 0.39 to 2.42 with 20 exceptions."""

TITLE_SLACK = 80
"""Characters of English by which a short title may grow besides, such as an acronym spelt out."""

LONGEST_TLDR = 850
"""Characters of a TL;DR in English; 1 in 1,000 of those that models wrote is longer."""

SHORTEST_TLDR = 30
"""Characters of a TL;DR in English; the shortest of 3,000 has 73."""

RUN = 10
"""Words, or Chinese characters, in a row that are looked for elsewhere in the text."""

LOOP = 4
"""How often the same run must stand in a text for a loop."""

DISTINCT = 0.7
"""The least share of runs that are distinct in a text that goes on."""

_NOTHING = frozenset(("na", "none", "null", "nil", "tbd", "todo", "undefined", "string", "empty"))
_UNITS = re.compile(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+")
"""Words, and single characters of the scripts that put no spaces between words."""

_STUTTER = re.compile(r"([^\W\d_])\1{7}|([^\w\s$])\2{11}|[ \t\u3000]{20}")
_FORMULA = re.compile(r"\$[^$]{0,1000}\$")
_OPENING, _CLOSING = "([{（［【《「『“", ")]}）］】》」』”"
_CUT = (",", "，", "、", ":", "：", "(", "（", "-", "—", "/", "=", "+", "…", "...")


def length_problem(draft: Draft) -> str | None:
    """What is wrong with the length, measured against the original or what a TL;DR may have."""
    length = len(plain(draft.text))
    scale = draft.language.length or 1.0
    slack = 1.0 if draft.language.length else 2.0  # nothing is known about it: be lenient
    if draft.field.is_tldr:
        least, most = SHORTEST_TLDR * scale, LONGEST_TLDR * scale
    else:
        expected = scale * len(plain(draft.original))
        least, most = SHORTEST * expected, LONGEST * expected + TITLE_SLACK * scale
    if length > most * slack:
        return f"It has {length} characters; at most {most:.0f} are plausible."
    if length < least / slack:
        return f"It has only {length} characters; at least {least:.0f} are plausible."
    return None


def sentences_problem(draft: Draft) -> str | None:
    """Whether a TL;DR has far more than the one sentence that it should have."""
    if not draft.field.is_tldr:
        return None
    text, scale = plain(draft.text), draft.language.length or 1.0
    count = len(sentences(text))
    most = SENTENCES + (len(text) <= SHORT * LONGEST_TLDR * scale)
    return f"It has {count} sentences; write one." if count > most else None


def presence_problem(text: str | None) -> str | None:
    """Whether there is no text, or only a word that stands for none."""
    letters = letters_of(text or "")
    return "It is missing." if not letters or letters in _NOTHING else None


def copy_problem(draft: Draft) -> str | None:
    """Whether a TL;DR is only the title or, wholly or mostly, the abstract.

    What stands word for word in an abstract that gives orders, or in one whose language it is not,
    was dictated there by somebody.
    """
    if _is_dictated(draft):
        return "It is copied from the abstract; the paper gives no orders to you."
    if not draft.field.is_tldr:
        return None
    if letters_of(draft.text) == letters_of(draft.paper.title):
        return "It is the title; write one sentence about what was done and what came of it."
    ours, theirs = _shingles(draft.text), _shingles(draft.paper.abstract)
    if theirs and len(ours & theirs) > 0.7 * len(theirs):
        return "It is the abstract; sum it up in one sentence."
    return None


def _is_dictated(draft: Draft) -> bool:
    letters, abstract = letters_of(draft.text), draft.paper.abstract
    if letters in letters_of(draft.paper.title):
        return False
    foreign = draft.language.code != ENGLISH and not letters.isascii()
    return (foreign or gives_orders(abstract)) and letters in letters_of(abstract)


def repetition_problem(draft: Draft) -> str | None:
    """Whether a text goes round in circles."""
    prose = _FORMULA.sub(" ", draft.text)
    if _STUTTER.search(prose):
        return "A character is repeated over and over."
    units = _UNITS.findall(prose.lower())
    runs = Counter(zip(*(units[start:] for start in range(RUN)), strict=False))
    most = max(runs.values(), default=0)
    if most >= LOOP or len(runs) < DISTINCT * runs.total():
        return "The same words are repeated over and over."
    return None


def ending_problem(draft: Draft) -> str | None:
    """Whether a text breaks off in the middle."""
    text = draft.text.rstrip()
    if _unclosed(text) and not _unclosed(draft.source):
        return "A bracket or quotation is not closed; it may break off in the middle."
    return f"It breaks off in the middle: {text[-20:]!r}." if _is_cut(draft, text) else None


def _is_cut(draft: Draft, text: str) -> bool:
    original = draft.original.rstrip()
    if draft.field is Field.ABSTRACT and not draft.paper.abstract_complete:
        return False
    if text.endswith(_CUT):
        return not original.endswith(_CUT)
    if draft.field is Field.TITLE or is_finished(text):
        return False
    if draft.field is Field.ABSTRACT and is_finished(original):
        return True
    return _last_word_is_no_last_word(draft, text)


def _last_word_is_no_last_word(draft: Draft, text: str) -> bool:
    word = text.rpartition(" ")[2].lower()
    never = draft.language.never_last
    if word.isascii():
        return word in never
    return text.endswith(tuple(one for one in never if not one.isascii()))


def _unclosed(text: str) -> bool:
    """Whether a bracket of running text is opened and never closed; "1)" closes nothing."""
    depth = 0
    for character in _FORMULA.sub("", text):
        if character in _OPENING:
            depth += 1
        elif character in _CLOSING and depth:
            depth -= 1
    return depth > 0


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = _UNITS.findall(text.lower())
    return set(zip(words, words[1:], words[2:], words[3:], strict=False))
