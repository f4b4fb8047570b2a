"""The offline TL;DR: the sentence of an abstract that says what was done, and what came of it.

The claim is a sentence such as "We propose ..." that shares the most words with the title. The
result is the last later one such as "Experiments show ..." for which there is room. Measured
against the TL;DRs of language models in `tests/bench/bench_tldr.py`.
"""

import re
from collections.abc import Iterator, Sequence

from wcwidth import iter_graphemes

from bot.enrich.orders import gives_orders
from bot.enrich.sentences import is_finished, sentences

TLDR_CHARACTERS = 350
"""The longest TL;DR, in characters. Those that language models write have a median of 284 and a
ninth decile of 420; measured ROUGE-L at 300, 350 and 400 characters: 38.0, 39.6, 40.6."""

_CLAIMS = re.compile(
    r"\bwe(?: \w+){0,2} (?:propos|introduc|present|develop|describ|design|show|stud[yi]|investigat"
    r"|demonstrat|address|explor|formulat|analy[sz]|provid|prov|deriv|examin|consider|report|argu"
    r"|suggest|offer|establish|releas|construct|evaluat|build)"
    r"|\b(?:is|are) (?:proposed|presented|introduced|developed)\b"
    r"|\bthis (?:paper|work|article|study|letter|thesis|survey|report)\b",
    re.IGNORECASE,
)
_DELIVERS = re.compile(
    r"\b(?:outperform|surpass|exceed|achiev|improv|reduc|state[- ]of[- ]the[- ]art"
    r"|results? (?:show|demonstrate|indicate|suggest)|experiments? (?:show|demonstrate)"
    r"|we (?:find|found|show|demonstrate|prove)\b)"
    r"|\d ?%",
    re.IGNORECASE,
)
_TELLS_NOTHING = re.compile(
    r"https?:|github|\bavailable (?:at|on|here)\b|\bthis version\b", re.IGNORECASE
)
_WITHDRAWN = re.compile(
    r"\b(?:paper|article|manuscript|preprint|submission) (?:has been|is|was) withdrawn\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w{4,}")  # shorter ones are mostly articles and prepositions


def extract_tldr(title: str, abstract: str) -> str:
    """One or two sentences of the abstract, at most `TLDR_CHARACTERS` long; "" if it is empty.

    Both texts are plain: TeX resolved. An abstract of several sentences is never given whole; a
    sentence that is too long on its own is cut at a word and ends in "…"; the unfinished last
    sentence of an abstract that was cut off is used only if there is no other, and so is one that
    gives orders to language models. Of a withdrawn paper whose abstract says so, the notice is what
    counts.
    """
    found = sentences(abstract)
    if not found:
        return ""
    notice = next(filter(_WITHDRAWN.search, found), None)
    if notice:
        return _shortened(notice)
    found = tuple(one for one in found if not gives_orders(one)) or found
    finished = found[:-1] if len(found) > 1 and not is_finished(found[-1]) else found
    claim = _claim(title, finished)
    result = _result(finished[claim + 1 :], TLDR_CHARACTERS - len(finished[claim]) - 1)
    if result is None or len(found) == 2:
        return _shortened(finished[claim])
    return f"{finished[claim]} {result}"


def _claim(title: str, found: Sequence[str]) -> int:
    """Which sentence says what the paper is about; the first among equals."""
    wanted = _words(title)

    def score(index: int) -> float:
        shared = len(wanted & _words(found[index])) / max(1, len(wanted))
        return bool(_CLAIMS.search(found[index])) + shared

    return max(range(len(found)), key=score)


def _result(found: Sequence[str], room: int) -> str | None:
    """The last sentence that tells a result in at most `room` characters, or else just the last."""
    fitting = [one for one in found if len(one) <= room and not _TELLS_NOTHING.search(one)]
    telling = [one for one in fitting if _DELIVERS.search(one)]
    return next(reversed(telling or fitting), None)


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.lower()))


def _shortened(sentence: str) -> str:
    """The sentence, or its beginning and "…" where it is longer than a TL;DR may be."""
    if len(sentence) <= TLDR_CHARACTERS:
        return sentence
    words, space, _ = sentence[:TLDR_CHARACTERS].rpartition(" ")
    if space and len(words) > TLDR_CHARACTERS // 2:
        return words.rstrip(" ,;:") + "…"
    return "".join(_first_graphemes(sentence, TLDR_CHARACTERS - 1)) + "…"


def _first_graphemes(text: str, room: int) -> Iterator[str]:
    """As many whole graphemes from the beginning as fit into `room` characters."""
    for grapheme in iter_graphemes(text[: 2 * room]):
        room -= len(grapheme)
        if room < 0:
            return
        yield grapheme
