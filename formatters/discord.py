"""A document as Discord's messages: a container each, with texts, a select and buttons.

Papers stay whole where they fit. Buttons stand where they stand in the document, but those that
are labelled with the number of a listed paper become options of a select below the papers.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from formatters.discord_components import (
    CHARACTERS,
    COMPONENTS,
    OPTIONS,
    ROW,
    Option,
    button_row,
    can_be_button,
    container,
    divider,
    gap,
    message,
    select_row,
    text_display,
)
from formatters.discord_markdown import FOOTER, HEADING, TITLE, fitting, units
from formatters.discord_text import (
    BELOW,
    BESIDE,
    SEPARATOR,
    head_of,
    item_of,
    line,
    plain,
    section_of,
    text_of,
)
from formatters.document import (
    Action,
    Actions,
    Block,
    Card,
    Document,
    Heading,
    Item,
    Items,
    Note,
    Paragraph,
)
from formatters.document import text_of as unstyled
from formatters.telegram_text import Text, join, lines
from formatters.words import words
from storage.models import Json

SELECT_COMPONENTS = 3
"""A select, its row, and the line above it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What stays in one message: a text, or a row of buttons.

    A line is drawn between pieces of different `part`s; `option` opens the listed paper. `apart`:
    some room is left above it, as long as the message holds so many components.
    """

    part: int
    text: str = ""
    buttons: tuple[Action, ...] = ()
    option: Option | None = None
    apart: bool = False


def discord(document: Document) -> tuple[Json, ...]:
    """The bodies of the messages that show the document, in order.

    Raises ValueError for an action that no button can carry.
    """
    placeholder = words(document.language)("discord_message.open")
    return tuple(
        message(container(list(_components(page, placeholder))))
        for page in _pages(_pieces(document.blocks))
    )


def _pages(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    """Fill one message after the other."""
    page: list[Piece] = []
    for piece in pieces:
        if page and not _fit([*page, piece]):
            yield page
            page = []
        page.append(piece)
    if page:
        yield page


def _fit(page: Sequence[Piece]) -> bool:
    """Whether one message holds them all."""
    return (
        sum(units(piece.text) for piece in page) <= CHARACTERS
        and _count(page) <= COMPONENTS
        and sum(piece.option is not None for piece in page) <= OPTIONS
    )


def _count(page: Sequence[Piece]) -> int:
    """The components of a message, nested ones counted, without gaps."""
    lines_drawn = sum(1 for _ in groupby(page, lambda piece: piece.part))
    select = SELECT_COMPONENTS if any(piece.option for piece in page) else 0
    return 1 + lines_drawn + select + sum(1 + len(piece.buttons) for piece in page)


def _has_room(page: Sequence[Piece]) -> bool:
    """Whether a message also holds the gaps between its pieces."""
    return _count(page) + sum(piece.apart for piece in page) <= COMPONENTS


def _components(page: Sequence[Piece], placeholder: str) -> Iterator[Json]:
    """The pieces with lines between their parts; the select stands below the listed papers."""
    options = {one.option.command: one.option for one in page if one.option}
    listed = max((piece.part for piece in page if piece.option), default=None)
    number, parted, roomy = 1, True, _has_room(page)
    for part, pieces in groupby(page, lambda piece: piece.part):
        if not parted:
            yield divider()
        for place, piece in enumerate(pieces):
            if place and piece.apart and roomy:
                yield gap()
            if piece.text:
                yield text_display(piece.text)
            else:
                yield button_row(enumerate(piece.buttons, number))
                number += len(piece.buttons)
        parted = part == listed
        if parted:
            yield divider()
            yield select_row(placeholder, options.values())


def _pieces(blocks: Sequence[Block]) -> Iterator[Piece]:
    """Every block or row that shows anything; headings stay with what they head."""
    openers = _openers(blocks)
    headings: list[Text] = []
    part = 0
    for before, block in zip((None, *blocks), blocks, strict=False):
        part += _parted(before, block)
        if isinstance(block, Heading):
            headings.append(line(plain(block.text), HEADING if block.level == 1 else TITLE))
        elif isinstance(block, Actions):
            yield from _texts(headings, part)
            yield from _rows(block.rows, frozenset(openers.values()), part)
            headings = []
        else:
            for place, (text, option) in enumerate(_shown(block, openers)):
                if text.visible:
                    apart = place > 0 and isinstance(block, Items | Card)
                    yield from _texts([*headings, text], part, option, apart=apart)
                    headings = []
    yield from _texts(headings, part)


def _parted(before: Block | None, block: Block) -> bool:
    """Whether a line is drawn between two blocks: around tables, and between cards."""
    if isinstance(before, Items) or isinstance(block, Items):
        return True
    return isinstance(before, Card | Actions) and isinstance(block, Card | Heading)


def _texts(
    texts: Iterable[Text], part: int, option: Option | None = None, *, apart: bool = False
) -> Iterator[Piece]:
    """The texts below each other in one piece, or in several where one message cannot hold it."""
    for number, text in enumerate(fitting(lines(*texts), CHARACTERS)):
        yield Piece(part, text, option=None if number else option, apart=apart and not number)


def _rows(
    rows: Iterable[Sequence[Action]], openers: frozenset[Action], part: int
) -> Iterator[Piece]:
    """The buttons that are no options of a select; a longer row is continued below."""
    for row in rows:
        shown = [one for one in row if can_be_button(one) and one not in openers]
        for start in range(0, len(shown), ROW):
            yield Piece(part, buttons=tuple(shown[start : start + ROW]))


def _openers(blocks: Iterable[Block]) -> dict[str, Action]:
    """The actions that open a listed paper, by its number."""
    tables = (block for block in blocks if isinstance(block, Items))
    numbers = {str(item.number) for table in tables for item in table.items}
    rows = (row for block in blocks if isinstance(block, Actions) for row in block.rows)
    actions = [action for row in rows for action in row]
    return {one.label: one for one in reversed(actions) if one.command and one.label in numbers}


def _shown(
    block: Paragraph | Note | Items | Card, openers: Mapping[str, Action]
) -> Iterator[tuple[Text, Option | None]]:
    """Texts that stay whole, with the option that opens the paper in them."""
    match block:
        case Paragraph():
            yield text_of(block.spans), None
        case Note():
            yield line(text_of(block.spans), FOOTER), None
        case Items():
            width = max((len(str(item.number)) for item in block.items), default=1)
            for item in block.items:
                yield item_of(item, width), _option(item, openers.get(str(item.number)))
        case Card():
            yield from ((text, None) for text in _card(block))


def _option(item: Item, opener: Action | None) -> Option | None:
    if opener is None:
        return None
    label = f"{item.number}. {item.title.text}"
    return Option(label, unstyled(item.text), opener.command)


def _card(card: Card) -> Iterator[Text]:
    """The head, then the sections: of two long ones the last is hidden; what follows is small."""
    yield head_of(card)
    long = [section for section in card.sections if section.folded]
    hidden = long[-1] if len(long) > 1 else None
    for folded, group in groupby(card.sections, key=lambda section: section.folded):
        sections = list(group)
        if folded:
            yield from (section_of(one, BELOW, hidden=one is hidden) for one in sections)
        elif long and sections[-1] is card.sections[-1]:
            yield line(join((section_of(one, " ") for one in sections), SEPARATOR), FOOTER)
        else:
            yield lines(*(section_of(one, BELOW if long else BESIDE) for one in sections))
