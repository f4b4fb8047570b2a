"""What Telegram would make of our text: links of its own, mentions, changed characters.

Only real web addresses become links, and those we make ourselves; nothing in a paper's text
mentions people, runs commands or leads to `README.md`. What is checked here by rule, the tests
check with TDLib, the parser that Telegram's own server uses.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import urlsplit

from formatters.telegram_text import Entity, Text
from formatters.text import URL_LIMIT, safe_url

WORD_JOINER = "\u2060"
"""Shows nothing, keeps its neighbours on one line, and ends whatever Telegram recognises."""

LITERAL = frozenset({"code", "text_link"})
"""Entities in which Telegram looks for nothing."""

_CONTROL = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_DROPPED = re.compile("[\r\u200e\u200f\u2028-\u202e\u030a\u0333\u033f\ud800-\udfff]")
"""What Telegram replaces with spaces, and what it drops (TDLib, `clean_input_string`). It replaces
runs of direction marks, too, so they go as well."""

_ADDRESS = re.compile(
    r"(?<![\w.@/-])(?:https?://|www\.(?=\w)|(?:[\w-]{1,63}\.){1,4}[a-z]{2,24}/(?=[\w~]))"
    rf"[!#-;=?-\[\]_a-z~]{{1,{URL_LIMIT}}}",
    re.ASCII,
)
"""A web address in running text. Without a scheme it has a path: in 20,000 abstracts all 36 such
were addresses, but many of the bare names, such as `SKILL.md`, were not (measured)."""

_CLOSING = ".,:;!?'*]"
"""Signs at the end of an address that belong to the sentence around it; `)` does so, too, where
the address holds no `(`."""

_RECOGNISED = re.compile(
    r"""
    [@/\#$.:] (?:
        (?<=[@/]) (?<!\w.) (?=\w)                       # mentions, commands
        | (?<=\#) (?=\S)                                # hashtags
        | (?<=\$) (?=[A-Z1])                            # cashtags
        | (?<=\S\.) (?=[^\W\d_]{2} | [^\x00-\x7f])      # names of hosts
        | (?<=\d\.) (?=\d{1,3}\.\d{1,3}\.\d)            # their numbers
        | (?<=:) (?=//)                                 # addresses
    )
    """,
    re.VERBOSE,
)
"""Signs behind which Telegram recognises something, and a little more than that."""

_EMAIL = re.compile(
    r"(?<![^ \n(<\[])[a-zA-Z0-9][a-zA-Z0-9_.+-]{0,62}@(?:[a-zA-Z0-9-]{1,62}\.){1,4}[a-zA-Z]{2,24}"
    r"(?=[.,;)>\]]{0,3}(?:[ \n]|$))"
)
"""An e-mail address where Telegram recognises it as one, which is what readers expect."""


def guarded(text: Text, *, keep_commands: bool = False) -> Text:
    """The same to the eye, with nothing left that Telegram would make a link of by itself.

    `keep_commands` is for our own words: people can tap the `/help` in them.
    """
    kept = "/" if keep_commands else None
    found = [one.end() for one in _RECOGNISED.finditer(text.text) if one[0] != kept]
    if not found:
        return text
    emails = _EMAIL.finditer(text.text) if "@" in text.text else ()
    literal = [(one.start, one.end) for one in text.entities if one.type in LITERAL]
    whole = sorted([*literal, *(one.span() for one in emails)])
    places = [at for at in found if not _inside(at, whole)]
    pieces = (text.text[start:end] for start, end in pairwise((0, *places, len(text.text))))
    return Text(
        WORD_JOINER.join(pieces),
        tuple(
            one._replace(
                start=one.start + bisect_right(places, one.start),
                end=one.end + bisect_left(places, one.end),
            )
            for one in text.entities
        ),
    )


def _inside(at: int, whole: list[tuple[int, int]]) -> bool:
    """Whether the last part that begins before this place reaches over it."""
    before = bisect_left(whole, (at, 0)) - 1
    return before >= 0 and at < whole[before][1]


def cleaned(text: str) -> str:
    """The text as Telegram would leave it, so that all offsets stay right."""
    if text.isascii() and text.isprintable():
        return text
    return _DROPPED.sub("", _CONTROL.sub(" ", unicodedata.normalize("NFC", text)))


def telegram_url(url: str | None) -> str | None:
    """The address as Telegram takes it, or None: a wrong one costs the whole message.

    Besides what `safe_url` asks for, the host needs a dot, and a port cannot be 0 (TDLib).
    """
    safe = safe_url(url) if url else None
    if safe is None:
        return None
    parts = urlsplit(safe)
    return safe if "." in (parts.hostname or "") and parts.port != 0 else None


def linked(text: str) -> Text:
    """Running text in which web addresses are links."""
    return Text(text, tuple(_addresses(text)))


def _addresses(text: str) -> Iterator[Entity]:
    for found in _ADDRESS.finditer(text):
        address = found[0].rstrip(_CLOSING if "(" in found[0] else _CLOSING + ")")
        url = telegram_url(address if "://" in address else f"https://{address}")
        if url:
            yield Entity("text_link", found.start(), found.start() + len(address), url)
