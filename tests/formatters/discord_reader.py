"""Reads markdown as Discord's client does, so that tests see what people would see.

The rules and their order are those of simple-markdown, which the client uses, with Discord's own:
https://github.com/discord/simple-markdown and github.com/brussell98/discord-markdown.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Run:
    """A run of visible text, what encloses it (outermost first), and where it leads."""

    text: str
    styles: tuple[str, ...] = ()
    url: str | None = None


LINES = {
    "heading": re.compile(r"#{1,3}\s+([^\n]+)"),
    "footer": re.compile(r"-#\s+([^\n]+)"),
    "quote": re.compile(r">(?:>>)? ([^\n]*)"),
    "list": re.compile(r" *(?:[-*+]|\d+\.) ([^\n]*)"),
}
INLINE = {
    "escape": re.compile(r"\\([^0-9A-Za-z\s])"),
    "address": re.compile(r"<([^: >]+:/[^ >]+)>"),
    "mention": re.compile(r"(<(?:@[!&]?|#)\d+>)|(@everyone|@here)"),
    "timestamp": re.compile(r"(<t:-?\d+(?::[a-zA-Z])?>)"),
    "command": re.compile(r"(</[^:\n]+:\d+>)"),
    "custom emoji": re.compile(r"(<a?:\w+:\d+>)"),
    "embed": re.compile(r"""(https?://[^\s<]+[^<.,:;"'\]\s])"""),
    "emoji": re.compile(r"(:[\w+-]+:)"),
    "link": re.compile(
        r"\[((?:\[[^\]]*\]|[^\[\]]|\](?=[^\[]*\]))*)\]"
        r"\(\s*<?((?:\([^)]*\)|[^\s\\]|\\.)*?)>?\s*\)"
    ),
    "strong": re.compile(r"\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)"),
    "underlined": re.compile(r"__((?:\\[\s\S]|[^\\])+?)__(?!_)"),
    "small": re.compile(
        r"\*(?=\S)((?:\*\*|\\[\s\S]|\s+(?:\\[\s\S]|[^\s*\\]|\*\*)|[^\s*\\])+?)\*(?!\*)"
    ),
    "slanted": re.compile(r"\b_((?:__|\\[\s\S]|[^\\_])+?)_\b"),
    "struck": re.compile(r"~~([\s\S]+?)~~(?!_)"),
    "code block": re.compile(r"```([\s\S]+?)```"),
    "code": re.compile(r"(?:`+)([\s\S]*?[^`])`+(?!`)"),
    "spoiler": re.compile(r"\|\|([\s\S]+?)\|\|"),
}
PLAIN = re.compile(r"[^\\<@:h\[*_~`|\n]+")
"""No rule begins with any of these."""

LITERAL = {
    *("escape", "mention", "timestamp", "command", "custom emoji", "embed", "emoji", "code block"),
    "code",
}
"""Inside these nothing more is read."""

NEVER = frozenset(
    {"quote", "list", "mention", "timestamp", "command", "custom emoji", "embed", "emoji"}
    | {"underlined", "slanted", "struck", "code block"}
)
"""What nothing of ours is ever meant to be."""


def read(markdown: str) -> list[Run]:
    """Everything visible, in order."""
    return list(_read(markdown, (), None, starts=True))


def visible(markdown: str) -> str:
    return "".join(run.text for run in read(markdown))


def _read(text: str, styles: tuple[str, ...], url: str | None, *, starts: bool) -> Iterator[Run]:
    at = 0
    while at < len(text):
        lines = LINES if starts and (at == 0 or text[at - 1] == "\n") else {}
        if not lines and (plain := PLAIN.match(text, at)):
            yield Run(plain[0], styles, url)
            at = plain.end()
            continue
        found = ((name, rule.match(text, at)) for name, rule in {**lines, **INLINE}.items())
        name, match = next(((name, one) for name, one in found if one), ("", None))
        if match is None:
            yield Run(text[at], styles, url)
            at += 1
            continue
        inner = match[1] or match[0]
        if name == "address":
            yield Run(inner, (*styles, name), inner)
        elif name in LITERAL:
            yield Run(inner, styles if name == "escape" else (*styles, name), url)
        else:
            target = match[2] if name == "link" else url
            yield from _read(inner, (*styles, name), target, starts=False)
        at = match.end()
