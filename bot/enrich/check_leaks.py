"""Whether a text holds what belongs to the conversation with the model, not to the paper.

Labels ("Summary:", "摘要："), names of fields, pieces of the request, refusals, thoughts.
"""

import re
from functools import cache

from bot.enrich.check_field import Draft
from bot.enrich.check_languages import ENGLISH, Language, language, languages

START = 60
"""Characters at the beginning of a text in which a refusal or a thought announces itself."""

_SCHEMA = re.compile(
    r"(?<![A-Za-z0-9\\])[A-Za-z]{2,12}_(?:tldr|tdlr|title|abstract|summary)(?![A-Za-z0-9])"
    r"|[\"'](?:title|tldr|english_tldr|abstract|summary|translation)[\"']\s?:"
    r"|^\s*[\[{]\s*[\"']"
    r"|[\"']\s*\}\s*\]?\s*$",
    re.IGNORECASE,
)
_TURN = re.compile(
    r"<\|[A-Za-z_]{1,30}\|>|\[/?INST\]|<</?SYS>>|</?s>"
    r"|^\s*(?:assistant|user|system|human|ai)\s*[:：\n]",
    re.IGNORECASE,
)
_THINKING = re.compile(
    r"<\s*/?\s*(?:think|thinking|thought|reasoning|reflection|analysis|scratchpad)\s*>|[◁▷]"
    r"|\[/?THINK\]",
    re.IGNORECASE,
)
_ANNOUNCED = re.compile(
    r"arXiv[:：]\s?(?:\d{4}\.\d{4,5}|[a-z-]{1,16}(?:\.[A-Z]{2})?/\d{7})"
    r"|Announce Type|\[[a-z-]{1,16}\.[A-Z]{2}\]",
    re.IGNORECASE,
)
_QUOTES = " \t\n\"'“”‘’「」*#>_-"


def schema_problem(draft: Draft) -> str | None:
    """Whether JSON, a name of a field or a mark of a turn of the conversation is in the text."""
    found = _SCHEMA.search(draft.text) or _TURN.search(draft.text)
    if found and found.group().lower() not in draft.source.lower():
        return f"It contains {found.group().strip()!r}; write the text alone."
    return None


def announcement_problem(draft: Draft) -> str | None:
    """Whether the line that feeds put before an abstract got into the text."""
    for found in _ANNOUNCED.finditer(draft.text):
        if found.group().lower() not in draft.source.lower():
            return f"It contains {found.group()!r}, which is not part of the original."
    return None


def thinking_problem(draft: Draft) -> str | None:
    """Whether the model thinks aloud."""
    tag = _THINKING.search(draft.text)
    if tag and tag.group().lower() not in draft.source.lower():
        return f"It contains {tag.group()!r}; leave out how you got there."
    start = _beginning(draft)
    if _begins(start, _phrases("thoughts", draft.language.code)):
        return "It begins with your own thoughts; leave them out."
    return None


def refusal_problem(draft: Draft) -> str | None:
    """Whether the model apologises or declines, in whichever language."""
    if _begins(_beginning(draft), _refusals()):
        return "It is a refusal or an apology; only the text itself is wanted."
    return None


def label_problem(draft: Draft) -> str | None:
    """Whether a heading or an announcement of the text is in it: "Here is the summary: ..."."""
    start = _beginning(draft)
    if _begins(start, _phrases("greetings", draft.language.code)):
        return "It begins by announcing itself; write the text alone."
    for known in dict.fromkeys((draft.language.code, ENGLISH)):
        found = _label(draft, language(known))
        if found:
            return f"It contains the label {found!r}; write the text alone."
    return None


def label_characters(draft: Draft) -> int:
    """How many characters at the beginning are a label with its colon ("TL;DR:"); 0 for none."""
    for known in dict.fromkeys((draft.language.code, ENGLISH)):
        found = _heading(known).match(draft.text) if language(known).labels else None
        if found and found["colon"] and _is_label(draft, known, found):
            return found.end()
    return 0


def _label(draft: Draft, known: Language) -> str | None:
    if not known.labels:
        return None
    found = (one for one in _heading(known.code).finditer(draft.text))
    return next((one.group().strip() for one in found if _is_label(draft, known.code, one)), None)


def _is_label(draft: Draft, code: str, found: re.Match[str]) -> bool:
    """Whether a run of such words is a heading, and not one of the paper's own."""
    heading = found.group().strip().lower()
    words = _heading_words(code).findall(heading)
    strong = sum(word in _lowered(code) for word in words)
    if not strong or heading in draft.source.lower():
        return False
    return bool(found["colon"]) or _is_echo(found, words, strong)


def _is_echo(match: re.Match[str], words: list[str], strong: int) -> bool:
    """Whether a heading without a colon is too long to be anything else."""
    return len(words) >= 4 and strong >= 2 and match.start() == 0


@cache
def _lowered(code: str) -> frozenset[str]:
    return frozenset(word.lower() for word in language(code).labels)


@cache
def _heading(code: str) -> re.Pattern[str]:
    """A run of words that headings are made of, as a whole, and the colon that may follow it."""
    known = language(code)
    word = _alternatives(known.labels | known.glue)
    edge = r"(?![^\W\d_])" if "LATIN" in known.scripts else ""
    return re.compile(
        rf"(?<![^\W\d_])(?:(?>{word}){edge}[ \t]*+)++(?P<colon>[ \t]*[:：])?+", re.IGNORECASE
    )


@cache
def _heading_words(code: str) -> re.Pattern[str]:
    known = language(code)
    return re.compile(_alternatives(known.labels | known.glue))


def _alternatives(words: frozenset[str]) -> str:
    return "|".join(re.escape(word.lower()) for word in sorted(words, key=len, reverse=True))


@cache
def _phrases(kind: str, code: str) -> tuple[str, ...]:
    """How a model begins in this language or in English."""
    both = (language(code), language(ENGLISH))
    return tuple({phrase.lower() for one in both for phrase in getattr(one, kind)})


@cache
def _refusals() -> tuple[str, ...]:
    return tuple(sorted({phrase.lower() for one in languages() for phrase in one.refusals}))


def _begins(start: str, phrases: tuple[str, ...]) -> bool:
    """Whether one of the phrases is at the beginning and not part of a longer word."""
    if not start.startswith(phrases):
        return False
    found = (phrase for phrase in phrases if start.startswith(phrase))
    return any(
        not (_is_latin(phrase[-1]) and _is_latin(start[len(phrase) :][:1])) for phrase in found
    )


def _is_latin(letter: str) -> bool:
    return letter.isascii() and letter.isalpha()


def _beginning(draft: Draft) -> str:
    return draft.text.lstrip(_QUOTES)[:START].lower()
