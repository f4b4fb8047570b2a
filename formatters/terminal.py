"""Shows a document in a terminal: a table that fits the window, then the papers as wrapped text.

No line is wider than the window. First the document is laid out in lines of spans, then the lines
are painted: styles (SGR) and links (OSC 8) become escape sequences only where colour is wanted.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby, zip_longest

from wcwidth import width as cells_of

from formatters.document import (
    Actions,
    Block,
    Card,
    Document,
    Heading,
    Item,
    Items,
    Note,
    Paragraph,
    Section,
    Span,
    Spans,
    text_of,
)
from formatters.wrap import wrap

NARROWEST = 16
"""Cells; a smaller window is treated as one of this width: room for a number and a few words."""

NARROWEST_TABLE = 40
"""Cells; below that two columns of text do not fit side by side, and a list is shown."""

WIDEST_TABLE = 200
WIDEST_TEXT = 100
"""Cells; wider than that, a wide window stays partly empty: long lines are hard to follow."""

TITLE_SHARE = 0.42
"""The first text column's part of the table: less than half, for a TL;DR is the longer text."""

GAP = "  "
SEPARATOR = Span(" · ", small=True)
BLANK: Spans = ()

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
"""What a terminal obeys instead of showing: C0, DEL and C1 (ECMA-48)."""

STRONG, SMALL, CODE = "1", "2", "36"
"""SGR parameters (ECMA-48, 8.3.117): bold, faint, cyan."""


def terminal(document: Document, width: int, colour: bool) -> str:
    """The document for a window of `width` cells, with escape sequences only if `colour`."""
    width = max(width, NARROWEST)
    blocks = (
        "\n".join(_painted(line, colour) for line in _block(block, width))
        for block in document.blocks
    )
    return "\n\n".join(blocks) + "\n"


def _block(block: Block, width: int) -> Iterator[Spans]:
    text_width = min(width, WIDEST_TEXT)
    match block:
        case Heading():
            yield from _lines((Span(block.text, strong=True),), text_width)
        case Paragraph():
            yield from _lines(block.spans, text_width)
        case Note():
            yield from _lines((Span(text_of(block.spans), small=True),), text_width)
        case Items() if width < NARROWEST_TABLE or not any(item.text for item in block.items):
            yield from _list(block.items, text_width)
        case Items():
            yield from _table(block, min(width, WIDEST_TABLE))
        case Card():
            yield from _card(block, text_width)
        case Actions():
            yield from _actions(block, text_width)


def _actions(block: Actions, width: int) -> Iterator[Spans]:
    """What a button would do, as the line to type or the address to open."""
    for action in (action for row in block.rows for action in row):
        target = f"/{action.command}" if action.command else action.url or action.copy or ""
        yield from _beside(f"{action.label}{GAP}", [(Span(target, code=True),)], width)


def _table(table: Items, width: int) -> Iterator[Spans]:
    """Three columns: number, title over facts, text; a rule below the labels and at the end."""
    digits = _digits(table.items)
    texts = width - digits - 2 * len(GAP)
    left = int(texts * TITLE_SHARE)
    rule = (Span("─" * width, small=True),)
    labels = [(Span(label, strong=True),) for label in (table.title_label, table.text_label)]
    first, second = _lines(labels[0], left), _lines(labels[1], texts - left)
    yield from _row("#".rjust(digits), first, second, left)
    yield rule
    for index, item in enumerate(table.items):
        if index:
            yield BLANK
        paper = [*_lines((item.title,), left), *_lines(_joined(item.facts), left)]
        said = _lines(item.text, texts - left)
        yield from _row(str(item.number).rjust(digits), paper, said, left)
    yield rule


def _row(number: str, left: list[Spans], right: list[Spans], width: int) -> Iterator[Spans]:
    """Two columns beside a number; nothing is padded where nothing follows."""
    for first, second in zip_longest(left, right, fillvalue=BLANK):
        padding = Span(" " * (width - cells_of(text_of(first))) + GAP)
        yield (Span(number + GAP, small=True), *first, *((padding, *second) if second else ()))
        number = " " * len(number)


def _list(items: tuple[Item, ...], width: int) -> Iterator[Spans]:
    """Title, facts and text below each other, beside the number."""
    digits = _digits(items)
    for index, item in enumerate(items):
        if index:
            yield BLANK
        parts = [(item.title,), _joined(item.facts), item.text]
        yield from _beside(str(item.number).rjust(digits) + GAP, parts, width)


def _card(card: Card, width: int) -> Iterator[Spans]:
    """The titles, where the paper is, who wrote it, and every section."""
    number = f"{card.number}." + GAP if card.number else ""
    translated = (Span(card.translated_title or "", strong=True),)
    title = (replace(card.title, strong=not card.translated_title),)
    address = (Span(card.title.url or "", small=True),)
    authors = (Span(card.authors),)
    parts = [translated, title, address, _joined(card.facts), authors]
    yield from _beside(number, parts, width)
    for folded, sections in groupby(card.sections, key=lambda section: section.folded):
        yield BLANK
        layout = _long if folded or width < NARROWEST_TABLE else _short
        for line in layout(list(sections), width - len(number)):
            yield (Span(" " * len(number)), *line) if line else BLANK


def _long(sections: list[Section], width: int) -> Iterator[Spans]:
    """Each label above its text."""
    for index, section in enumerate(sections):
        if index:
            yield BLANK
        yield from _lines((Span(section.label, strong=True),), width)
        yield from _lines(section.spans, width)


def _short(sections: list[Section], width: int) -> Iterator[Spans]:
    """Labels in a column of their own, texts beside them."""
    column = max(cells_of(section.label) for section in sections)
    for section in sections:
        label = section.label + " " * (column - cells_of(section.label)) + GAP
        yield from _beside(label, [section.spans], width)


def _beside(label: str, parts: list[Spans], width: int) -> Iterator[Spans]:
    """The parts below each other, to the right of a label."""
    indent = cells_of(label)
    for part in parts:
        for line in _lines(part, width - indent):
            yield (Span(label, small=True), *line)
            label = " " * indent


def _lines(spans: Spans, width: int) -> list[Spans]:
    """Wrapped, and free of anything that a terminal would obey."""
    return wrap(tuple(replace(span, text=CONTROL.sub("", span.text)) for span in spans), width)


def _joined(facts: Spans) -> Spans:
    """Facts on one line."""
    return tuple(part for fact in facts for part in (SEPARATOR, fact))[1:]


def _digits(items: tuple[Item, ...]) -> int:
    return max((len(str(item.number)) for item in items), default=1)


def _painted(line: Spans, colour: bool) -> str:
    if not colour:
        return text_of(line)
    return "".join(_coloured(span) for span in line)


def _coloured(span: Span) -> str:
    """Text between the sequences that set and end its style and its link."""
    styles = (STRONG, span.strong), (SMALL, span.small), (CODE, span.code)
    codes = ";".join(code for code, wanted in styles if wanted)
    visible = codes and not span.text.isspace()
    text = f"\x1b[{codes}m{span.text}\x1b[0m" if visible else span.text
    if not span.url:
        return text
    return f"\x1b]8;;{CONTROL.sub('', span.url)}\x1b\\{text}\x1b]8;;\x1b\\"
