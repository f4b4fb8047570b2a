"""Breaks text into lines of terminal cells: Latin between words, Chinese between characters."""

from collections.abc import Iterator
from dataclasses import replace

from wcwidth import iter_graphemes, width

from formatters.document import Spans, text_of

NEVER_FIRST = frozenset("，。、；：！？）》」』】〕”’％…‥—～·,.;:!?)]}%")
"""Punctuation that does not begin a line: GB/T 15834, and its Latin twins."""

NEVER_LAST = frozenset("（《「『【〔“‘([{")
"""Punctuation that does not end a line: GB/T 15834."""

Slice = tuple[int, int]


def wrap(spans: Spans, cells: int) -> list[Spans]:
    """Lines of at most `cells` cells, each keeping the styles of its part of `spans`.

    A word wider than a line is broken between graphemes; a grapheme wider than a line stands
    alone, too wide. Linear in the length of the text.
    """
    return [_cut(spans, line) for line in _lines(text_of(spans), cells)]


def _lines(text: str, cells: int) -> Iterator[Slice]:
    """Where the lines begin and end; the spaces at a break belong to no line."""
    begin = end = used = 0
    for start, stop in _units(text, cells):
        shown = text[start:stop].rstrip()
        if used and used + width(shown) > cells:
            yield begin, end
            begin, used = start, 0
        used += width(text[start:stop])
        end = start + len(shown)
    if end > begin:
        yield begin, end


def _units(text: str, cells: int) -> Iterator[Slice]:
    """What is never broken: words with the spaces behind them, or graphemes of a wide word."""
    start = offset = 0
    before = ""
    for grapheme in iter_graphemes(text):
        if before and _may_break(before, grapheme):
            yield from _fitting(text, (start, offset), cells)
            start = offset
        offset += len(grapheme)
        before = grapheme
    yield from _fitting(text, (start, offset), cells)


def _fitting(text: str, unit: Slice, cells: int) -> Iterator[Slice]:
    start, stop = unit
    if width(text[start:stop].rstrip()) <= cells:
        yield unit
        return
    for grapheme in iter_graphemes(text[start:stop]):
        yield start, start + len(grapheme)
        start += len(grapheme)


def _may_break(before: str, after: str) -> bool:
    """Whether a line may end between two neighbouring graphemes."""
    if after == " " or after in NEVER_FIRST or before in NEVER_LAST:
        return False
    return (
        before == " "
        or (before == "-" and after.isalpha())
        or width(before) == 2
        or width(after) == 2
    )


def _cut(spans: Spans, line: Slice) -> Spans:
    """The part of `spans` between two offsets into their joined text."""
    start, end = line
    parts = []
    for span in spans:
        if text := span.text[max(0, start) : max(0, end)]:
            parts.append(replace(span, text=text))
        start, end = start - len(span.text), end - len(span.text)
    return tuple(parts)
