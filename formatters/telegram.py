"""A document as Telegram's classic messages: text with entities, and buttons below.

Papers stay whole where they fit. Buttons end a message: they stand below what comes before them
in the document. Those that are labelled with the number of a listed paper stand below the message
that shows this paper, all others below the last one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

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
    Section,
)
from formatters.telegram_keyboard import keyboard
from formatters.telegram_links import cleaned, guarded
from formatters.telegram_spans import facts_of, section_of, text_of, title_of
from formatters.telegram_text import Text, encoded, join, lines, split
from formatters.text import ELLIPSIS

CHARACTERS = 4096
"""Code points of one message: https://core.telegram.org/bots/api#sendmessage."""

ENTITIES = 100
"""Entities of one message; Telegram drops further ones silently: https://limits.tginfo.me."""

QUOTE = "expandable_blockquote"
LINE, GAP = "\n", "\n\n"


@dataclass(frozen=True, slots=True)
class Message:
    """One call of the Bot API: its method, and its parameters except for the chat."""

    method: str
    body: dict[str, object]


@dataclass(frozen=True, slots=True)
class Piece:
    """What stays in one message if it can; `number` is the listed paper's that it shows."""

    text: Text
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """What one message shows, and the numbers of the listed papers in it."""

    text: Text
    numbers: frozenset[str] = frozenset()


def telegram(document: Document) -> tuple[Message, ...]:
    """The calls of `sendMessage` that show the document, in order.

    Raises ValueError for an action that no button can carry.
    """
    runs: list[tuple[list[Page], list[Sequence[Action]]]] = []
    for blocks, rows in _runs(document.blocks):
        pages = list(_pages(_pieces(blocks)))
        if pages or not runs:
            runs.append((pages, rows))
        else:
            runs[-1][1].extend(rows)
    return tuple(message for pages, rows in runs for message in _messages(pages, rows))


def _runs(blocks: Sequence[Block]) -> Iterator[tuple[list[Block], list[Sequence[Action]]]]:
    """What buttons stand below, with those buttons."""
    shown: list[Block] = []
    rows: list[Sequence[Action]] = []
    for block in blocks:
        if isinstance(block, Actions):
            rows += block.rows
            continue
        if rows:
            yield shown, rows
            shown, rows = [], []
        shown.append(block)
    yield shown, rows


def _messages(pages: list[Page], rows: list[Sequence[Action]]) -> Iterator[Message]:
    """One message a page; buttons without anything to stand below get an ellipsis."""
    shown = pages or ([Page(Text(ELLIPSIS))] if any(rows) else [])
    homes = {number: index for index, page in enumerate(shown) for number in page.numbers}
    last = len(shown) - 1
    for index, page in enumerate(shown):
        here = ([one for one in row if homes.get(one.label, last) == index] for row in rows)
        buttons = keyboard(here)
        body: dict[str, object] = {"text": page.text.text}
        body |= {"entities": encoded(page.text)} if page.text.entities else {}
        body |= {"link_preview_options": {"is_disabled": True}}
        body |= {"reply_markup": buttons} if buttons else {}
        yield Message("sendMessage", body)


def _pages(pieces: Iterable[Piece]) -> Iterator[Page]:
    """Fill each message; what does not fit begins the next one, and is split if it must be."""
    texts: list[Text] = []
    numbers: set[str] = set()
    for piece in pieces:
        text = piece.text
        if not _fit([*texts, text]):
            if texts:
                yield Page(join(texts, GAP), frozenset(numbers))
            *full, text = split(text, CHARACTERS, ENTITIES)
            yield from map(Page, full)
            texts, numbers = [], set()
        texts.append(text)
        if piece.number is not None:
            numbers.add(str(piece.number))
    if texts:
        yield Page(join(texts, GAP), frozenset(numbers))


def _fit(texts: list[Text]) -> bool:
    """Whether one message holds them all."""
    characters = sum(len(text.text) for text in texts) + len(GAP) * (len(texts) - 1)
    return characters <= CHARACTERS and sum(len(text.entities) for text in texts) <= ENTITIES


def _pieces(blocks: Iterable[Block]) -> Iterator[Piece]:
    """Every block or row that shows anything; headings stay with what they head."""
    headings: list[Text] = []
    for block in blocks:
        gap = LINE if isinstance(block, Note | Paragraph) else GAP
        for piece in _block(block):
            text = piece.text.stripped()
            if not text.visible:
                continue
            if isinstance(block, Heading):
                headings.append(text)
            else:
                yield replace(piece, text=join([*headings, text], gap))
                headings = []
    if headings:
        yield Piece(join(headings, GAP))


def _block(block: Block) -> Iterator[Piece]:
    match block:
        case Heading():
            heading = Text(cleaned(block.text)).styled("bold")
            yield Piece(guarded(heading, keep_commands=True))
        case Paragraph():
            yield Piece(guarded(text_of(block.spans), keep_commands=True))
        case Note():
            yield Piece(guarded(text_of(block.spans).styled("italic"), keep_commands=True))
        case Items():
            yield from (Piece(_item(item), item.number) for item in block.items)
        case Card():
            yield Piece(_card(block))


def _item(item: Item) -> Text:
    """The numbered title, the facts below it, then what is said about the paper."""
    title = title_of(item, item.number).styled("bold")
    return guarded(lines(title, facts_of(item.facts), text_of(item.text)))


def _card(card: Card) -> Text:
    """The titles, the facts and the authors, then the sections.

    What is long is folded. A card below its table folds all: people open it for what the table
    does not say. Cards that are about no paper keep commands that people can tap.
    """
    listed = card.number is not None
    number = f"{card.number}. " if listed else ""
    if card.translated_title:
        name, title = Text(number + cleaned(card.translated_title)), title_of(card)
    else:
        name, title = title_of(card, card.number), Text()
    head = lines(name.styled("bold"), title, facts_of(card.facts), Text(cleaned(card.authors)))
    sections = _sections(card.sections, fold_all=listed)
    shown = (text for text in (head, *sections) if text.visible)
    return guarded(join(shown, LINE if listed else GAP), keep_commands=card.title.url is None)


def _sections(sections: Iterable[Section], *, fold_all: bool) -> list[Text]:
    """Neighbouring sections in one group each, folded or not."""
    groups = [
        (folded, join(map(section_of, group), GAP if folded else LINE))
        for folded, group in groupby(sections, key=lambda section: section.folded)
    ]
    if fold_all and any(folded for folded, _ in groups):
        return [join((text for _, text in groups), GAP).styled(QUOTE)]
    return [text.styled(QUOTE) if folded else text for folded, text in groups]
