"""Text with entities, as Telegram's messages hold it: styled, joined, and cut between words.

Offsets count characters (code points) until `encoded` turns them into UTF-16 code units.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from wcwidth import grapheme_boundary_before

from formatters.wrap import NEVER_FIRST, NEVER_LAST

_WIDE = "\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_FIRST, _LAST = (re.escape("".join(sorted(signs))) for signs in (NEVER_FIRST, NEVER_LAST))

_BREAKS = (
    re.compile(r"\n+"),
    re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])(?![。！？”’）」』])|(?<=[。！？][”’）」』])"),
    re.compile(
        rf"\s+|(?<=[{_WIDE}])(?<![{_LAST}])(?=[^\s{_FIRST}])"
        rf"|(?<![\s{_LAST}])(?=[{_WIDE}])(?![{_FIRST}])"
    ),
)
"""Where a text is best cut: between lines, sentences, words or Chinese characters. What a pattern
matches is left out; nothing but white space ever is."""

_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
"""Characters that take two code units."""

REACH = 1024
"""Characters before a limit within which a better place for a cut is looked for: a quarter of the
longest message."""


STYLES = frozenset({"bold", "italic"})
"""Entities that code cannot stand in: https://core.telegram.org/bots/api#formatting-options."""


FORMULA = "mathematical_expression"
"""An entity of rich messages only, whose address is its TeX; half a formula is none."""


class Entity(NamedTuple):
    """A style or a link that reaches from `start` to before `end`; `type` is Telegram's name."""

    type: str
    start: int
    end: int
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """A text and its entities, ordered by their start, an outer one before those inside it.

    Entities are nested or apart, never crossing, and neither begin nor end with white space.
    """

    text: str = ""
    entities: tuple[Entity, ...] = ()

    @property
    def visible(self) -> bool:
        """Whether there is anything to see; Telegram refuses a message in which there is not."""
        return any(one.isprintable() and not one.isspace() for one in self.text)

    def styled(self, entity_type: str, url: str | None = None) -> "Text":
        """Put all of the text inside one more entity.

        A style leaves out what is code and ends where others begin, as Telegram has it; so it
        counts as several entities.
        """
        edges = {0, len(self.text)}
        code: set[tuple[int, int]] = set()
        if entity_type in STYLES:
            edges |= {edge for one in self.entities for edge in (one.start, one.end)}
            code = {(one.start, one.end) for one in self.entities if one.type == "code"}
        outer = [
            one
            for start, end in pairwise(sorted(edges))
            if (start, end) not in code
            for one in _trimmed(self.text, Entity(entity_type, start, end, url))
        ]
        ordered = sorted((*outer, *self.entities), key=lambda one: (one.start, -one.end))
        return Text(self.text, tuple(ordered))

    def stripped(self) -> "Text":
        """Leave out white space at both ends, as Telegram would."""
        end = len(self.text.rstrip())
        start = len(self.text) - len(self.text.lstrip()) if end else 0
        return self if end - start == len(self.text) else self.part(start, end)

    def part(self, start: int, end: int) -> "Text":
        """Cut out what is between two offsets; entities that reach beyond are closed there."""
        text = self.text[start:end]
        entities: list[Entity] = []
        for kind, first, last, url in self.entities:
            cut = first < start or last > end
            if first < end and last > start and not (cut and kind == FORMULA):
                inside = Entity(kind, max(first, start) - start, min(last, end) - start, url)
                entities += _trimmed(text, inside)
        return Text(text, tuple(entities))


def join(texts: Iterable[Text], separator: str = "") -> Text:
    """Put texts in a row."""
    parts: list[str] = []
    entities: list[Entity] = []
    at = 0
    for text in texts:
        parts.append(text.text)
        entities += (
            Entity(kind, start + at, end + at, url) for kind, start, end, url in text.entities
        )
        at += len(text.text) + len(separator)
    return Text(separator.join(parts), tuple(entities))


def lines(*texts: Text) -> Text:
    """Put those that show anything below each other."""
    return join((text for text in texts if text.visible), "\n")


def split(text: Text, characters: int, entities: int) -> Iterator[Text]:
    """Cut into parts of at most so many characters and entities, which together show all of it.

    Cuts between lines, else sentences, else words, never inside a grapheme cluster unless one
    alone is too long. An entity that is cut begins again in the next part. White space around
    the parts is left out, and so are parts that show nothing.
    """
    at, end = _next_visible(text.text, 0), len(text.text.rstrip())
    starts = [one.start for one in text.entities]
    begun: list[Entity] = []
    index = 0
    while at < end:
        limit = at + characters
        if (crowd := index + max(0, entities - len(begun))) < len(starts):
            limit = min(limit, max(at + 1, starts[crowd]))
        stop, following = (end, end) if limit >= end else _cut(text.text, at, limit)
        after = bisect_left(starts, stop, index)
        here = Text(text.text, (*begun, *text.entities[index:after]))
        part = here.part(at, at + len(text.text[at:stop].rstrip()))
        if part.visible:
            yield part
        at = _next_visible(text.text, following)
        begun, index = [one for one in here.entities if one.end > at], after


def encoded(text: Text) -> list[dict[str, object]]:
    """Write the entities as the Bot API takes them, measured in UTF-16 code units."""
    astral = [found.start() for found in _ASTRAL.finditer(text.text)]
    written: list[dict[str, object]] = []
    for kind, first, last, url in text.entities:
        start, end = first + bisect_left(astral, first), last + bisect_left(astral, last)
        link = {"url": url} if url else {}
        written.append({"type": kind, "offset": start, "length": end - start, **link})
    return written


def _trimmed(text: str, entity: Entity) -> Iterator[Entity]:
    """The entity without white space at its ends, as Telegram would trim it; or nothing."""
    kind, start, end, url = entity
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield Entity(kind, start, end, url)


def _next_visible(text: str, at: int) -> int:
    """Where the white space at this place ends, if any."""
    while at < len(text) and text[at].isspace():
        at += 1
    return at


def _cut(text: str, start: int, limit: int) -> tuple[int, int]:
    """Where a part that begins at `start` ends, at most at `limit`, and where the next begins."""
    first = max(start + 1, limit - REACH)
    for pattern in _BREAKS:
        for found in reversed(list(pattern.finditer(text, first, limit + 1))):
            if found.start() <= limit and _between(text, found.start()):
                return found.span()
    end = grapheme_boundary_before(text, limit + 1)
    return (end, end) if end > start else (limit, limit)


def _between(text: str, at: int) -> bool:
    """Whether no grapheme cluster reaches over this place."""
    return grapheme_boundary_before(text, at + 1) == at
