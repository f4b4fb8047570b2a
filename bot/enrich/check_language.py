"""Whether a text is in the language it should be in, and is a translation at all."""

import re
import unicodedata
from collections import Counter
from functools import cache

from bot.enrich.check_field import Draft, Field
from bot.enrich.check_languages import ENGLISH, Language, language, languages

OWN_SHARE = 0.5
"""The least share of a text in its language's script, where a Chinese character counts like a word
of another script. Measured: 0.63 or more in 9,000 Chinese texts, formulas left out."""

OWN_SHARE_OF_TITLE = 1 / 3
"""The same for titles, which may be made of names; measured: 0.44 or more in 3,000."""

STRANGE_SHARE = 0.15
"""The most of a text that may be in scripts that are neither its own nor Latin."""

ENGLISH_RUN = 8
"""Words of English in a row, not in quotation marks, that are no name any more."""

_ASIDE = re.compile(
    r"\$[^$]{0,500}\$|https?://[^\s\u3000-\u9fff]+|[“\"'‘《「『][^”\"'’》」』\n]{1,120}[”\"'’》」』]"
)
"""Formulas, links and quotations: they stay as they are in any language."""

UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
    "\U00020000-\U000323af"
)
"""The letters of scripts that put no spaces between words, where each counts like a word: Thai,
Lao, Burmese, Khmer, Japanese, Chinese."""

_UNSPACED = re.compile(f"[{UNSPACED}]")
_WORD = re.compile(rf"[^\W\d_{UNSPACED}]+(?:['’-][^\W\d_{UNSPACED}]+)*")

_RUN = re.compile(r"[A-Za-z][A-Za-z0-9 ,;:'’()/\-]*")
_NAME = re.compile(r"\d|[A-Z].*[A-Z]")


def language_problem(draft: Draft) -> str | None:
    """What is wrong with the draft's language, or None.

    A language that nothing is known about must only not be English, nor the original unchanged.
    """
    wanted = draft.language
    prose = _ASIDE.sub(" ", draft.text)
    if wanted.code != ENGLISH and not draft.field.is_tldr and _is_unchanged(draft):
        return f"It is the English original; write it in the language {wanted.code!r}."
    if wanted.scripts and not _in_script(draft, prose):
        return f"It is not written in the language {wanted.code!r}."
    other = _other_language(wanted, prose)
    if other:
        return f"It is written in the language {other!r}, not {wanted.code!r}."
    if wanted.code != ENGLISH and _has_english_sentence(wanted, prose):
        return f"A part of it is in English; write all of it in the language {wanted.code!r}."
    return None


def letters_of(text: str) -> str:
    """The letters and digits of a text in lower case, by which copies are recognised."""
    return "".join(filter(str.isalnum, text.lower()))


def _is_unchanged(draft: Draft) -> bool:
    """Whether the original came back, and is not so short or so full of names that it may."""
    original, text = letters_of(draft.original), letters_of(draft.text)
    if original not in text or len(text) > 1.2 * len(original):
        return False
    words = [
        word for word in draft.original.split() if word.lower().strip(".,:") not in draft.terms
    ]
    plain = [word for word in words if not _NAME.search(word)]
    return len(plain) >= 3 or (len(plain) >= 1 and _is_foreign(draft.language))


def _is_foreign(wanted: Language) -> bool:
    """Whether the language is known to be written in another script than English."""
    return bool(wanted.scripts) and "LATIN" not in wanted.scripts


def _in_script(draft: Draft, prose: str) -> bool:
    """Whether enough of the text is in the scripts of its language; names alone may be in Latin."""
    wanted = draft.language
    words = [word for word in _WORD.findall(prose) if word.lower() not in draft.terms]
    counts = Counter(_script(word[0]) for word in words)
    for letter, times in Counter(_UNSPACED.findall(prose)).items():
        counts[_script(letter)] += times
    own = sum(counts[script] for script in wanted.scripts)
    if not own:
        names = (_is_name(word, draft) for word in prose.split())
        return draft.field is Field.TITLE and all(names)
    if wanted.needed and not any(counts[script] for script in wanted.needed):
        return False
    strange = counts.total() - own - ("LATIN" not in wanted.scripts) * counts["LATIN"]
    least = OWN_SHARE_OF_TITLE if draft.field is Field.TITLE else OWN_SHARE
    return own >= least * counts.total() and strange <= STRANGE_SHARE * counts.total()


def _is_name(word: str, draft: Draft) -> bool:
    """Whether a word may stay as it is: a term, or a name that the original title has as well."""
    if word.lower() in draft.terms:
        return True
    return bool(_NAME.search(word)) and letters_of(word) in letters_of(draft.original)


@cache
def _script(letter: str) -> str:
    """The first word of the letter's name in Unicode, which names its script."""
    return unicodedata.name(letter, "UNKNOWN").partition(" ")[0]


def _other_language(wanted: Language, prose: str) -> str | None:
    """The language whose commonest words the text has, where they are clearly not its own."""
    counts = Counter(_WORD.findall(prose.lower()))
    least = (counts.total() + len(_UNSPACED.findall(prose))) / 6
    for other, theirs, ours in _others(wanted.code):
        found = sum(counts[word] for word in theirs & counts.keys())
        if found < max(2, least):
            continue
        if found > 2 * sum(counts[word] for word in ours & counts.keys()):
            return other
    return None


@cache
def _others(code: str) -> tuple[tuple[str, frozenset[str], frozenset[str]], ...]:
    """Every other language, with the words that it has and this one has not, and the reverse."""
    own = language(code).words
    others = (one for one in languages() if one.code != code)
    return tuple((one.code, one.words - own, own - one.words) for one in others)


def _has_english_sentence(wanted: Language, prose: str) -> bool:
    english = language(ENGLISH).words - wanted.words
    for run in _RUN.findall(prose):
        words = run.lower().split()
        common = sum(word.strip("(),;:") in english for word in words)
        if len(words) >= ENGLISH_RUN and common >= max(2, len(words) / 6):
            return True
    return False
