"""A document as Telegram's rich messages: a native table, details that fold, formulas, buttons."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, groupby, zip_longest

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
)
from formatters.telegram import Message
from formatters.telegram_keyboard import button_rows
from formatters.telegram_links import cleaned
from formatters.telegram_rich_text import characters, rich_text
from formatters.telegram_spans import SEPARATOR, facts_of, section_of, text_of, title_of
from formatters.telegram_text import Text, join, lines, split
from formatters.text import ELLIPSIS

CHARACTERS = 32_768
BLOCKS = 500
"""What one rich message holds, formulas counted as they are written and rows of tables as blocks:
https://core.telegram.org/bots/api#rich-message-formatting-options."""

LONGEST = 4096
"""Characters of one paragraph or cell, as in a classic message. A longer text goes on in the next
one, so that any text fits in somewhere."""

HEADING_SIZES = {1: 2, 2: 3}
TITLE_SIZE = 3
"""Sizes of headings, of which 1 is the largest and too large for a line of a phone."""

RichBlock = dict[str, object]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table; where it begins a message, the table's header comes before it."""

    header: list[RichBlock]
    cells: list[RichBlock]


Part = RichBlock | Row


def telegram_rich(document: Document) -> tuple[Message, ...]:
    """The calls of `sendRichMessage` that show the document, in order.

    Raises ValueError for an action that no button can carry.
    """
    parts = (part for block in document.blocks for part in _parts(block))
    return tuple(
        Message(
            "sendRichMessage", {"rich_message": {"blocks": page, "skip_entity_detection": True}}
        )
        for page in _pages(parts, CHARACTERS, BLOCKS)
    )


def _pages(
    parts: Iterable[Part], most_characters: int, most_blocks: int
) -> Iterator[list[RichBlock]]:
    """Fill one message, or one block of details, after the other."""
    page: list[Part] = []
    characters_used = blocks_used = 0
    for part in parts:
        long, many = _size(part, page[-1:])
        if page and (characters_used + long > most_characters or blocks_used + many > most_blocks):
            yield list(_blocks(page))
            page, characters_used, blocks_used = [], 0, 0
            long, many = _size(part, [])
        page.append(part)
        characters_used += long
        blocks_used += many
    if page:
        yield list(_blocks(page))


def _size(part: Part, before: list[Part]) -> tuple[int, int]:
    """How many characters and blocks a part adds to what stands before it."""
    if not isinstance(part, Row):
        inside = part.get("blocks")
        return characters(part), 1 + (len(inside) if isinstance(inside, list) else 0)
    if any(isinstance(one, Row) and one.header is part.header for one in before):
        return characters(part.cells), 1
    return characters([part.header, part.cells]), 3


def _blocks(page: list[Part]) -> Iterator[RichBlock]:
    """Rows become tables again."""
    for header, group in groupby(page, lambda part: part.header if isinstance(part, Row) else None):
        if header is None:
            yield from (part for part in group if not isinstance(part, Row))
        else:
            rows = [part.cells for part in group if isinstance(part, Row)]
            yield {
                "type": "table",
                "cells": [header, *rows],
                "is_striped": True,
                "is_compact": True,
            }


def _parts(block: Block) -> Iterator[Part]:
    match block:
        case Heading():
            size = HEADING_SIZES.get(block.level, TITLE_SIZE)
            yield from _texts("heading", Text(cleaned(block.text)), size=size)
        case Paragraph():
            yield from _texts("paragraph", text_of(block.spans, formulas=True))
        case Note():
            yield from _texts("footer", text_of(block.spans, formulas=True))
        case Items():
            yield from _rows(block)
        case Card():
            yield from _card(block)
        case Actions():
            for row in button_rows(block.rows):
                yield {"type": "buttons", "buttons": row}


def _texts(kind: str, text: Text, **more: object) -> Iterator[RichBlock]:
    """The text as one block of this kind, or as several where it is too long; none for nothing."""
    for part in split(text, LONGEST, LONGEST):
        yield {"type": kind, "text": rich_text(part), **more}


def _rows(table: Items) -> Iterator[Row]:
    """Number, title over facts, and text unless no paper of the table has one."""
    labels = ["#", table.title_label, table.text_label]
    columns = 3 if any(item.text for item in table.items) else 2
    header = [_cell(Text(cleaned(label)), is_header=True) for label in labels[:columns]]
    for item in table.items:
        for texts in zip_longest(*_columns(item), fillvalue=Text()):
            yield Row(header, [_cell(text) for text in texts[:columns]])


def _columns(item: Item) -> Iterator[list[Text]]:
    title = lines(text_of((item.title,)), facts_of(item.facts))
    for text in (Text(str(item.number)), title, text_of(item.text, formulas=True)):
        yield list(split(text, LONGEST, LONGEST))


def _cell(text: Text, **more: object) -> RichBlock:
    """A cell; one without text is left without it, which means: empty."""
    shown: RichBlock = {"text": rich_text(text)} if text.visible else {}
    return {**shown, "align": "left", "valign": "top", **more}


def _card(card: Card) -> Iterator[RichBlock]:
    """A paper of a table folds as a whole; of one that stands alone, only what is long folds."""
    title = title_of(card)
    translated = Text(cleaned(card.translated_title or ""))
    name = translated if translated.visible else title
    facts = (facts_of(card.facts), Text(cleaned(card.authors)))
    if card.number is None:
        yield from _texts("heading", name, size=TITLE_SIZE)
        yield from _texts("paragraph", lines(*([] if name is title else [title]), *facts))
        yield from _sections(card.sections, details=True)
    else:
        summary = Text(f"{card.number}. {name.text}")
        below = _texts("paragraph", lines(title, *facts))
        yield from _details(summary, chain(below, _sections(card.sections, details=False)))


def _sections(sections: Iterable[Section], *, details: bool) -> Iterator[RichBlock]:
    """Each in a block of its own, but what follows the long ones is small print in one line."""
    long = False
    for folded, group in groupby(sections, key=lambda section: section.folded):
        if folded and details:
            for section in group:
                text = _texts("paragraph", text_of(section.spans, formulas=True))
                yield from _details(Text(cleaned(section.label)), text)
        elif long and not folded:
            yield from _texts(
                "footer", join((section_of(section, formulas=True) for section in group), SEPARATOR)
            )
        else:
            for section in group:
                yield from _texts("paragraph", section_of(section, formulas=True))
        long = long or folded


def _details(summary: Text, blocks: Iterable[RichBlock]) -> Iterator[RichBlock]:
    """Blocks that unfold below their summary; several of them where one would be too large."""
    first, *rest = list(split(summary, LONGEST, LONGEST)) or [Text(ELLIPSIS)]
    shown = rich_text(first)
    inside = chain((block for text in rest for block in _texts("paragraph", text)), blocks)
    pages = list(_pages(inside, CHARACTERS - characters(shown), BLOCKS - 1))
    for page in pages:
        yield {"type": "details", "summary": shown, "blocks": page}
    if not pages:
        yield from _texts("paragraph", summary)
