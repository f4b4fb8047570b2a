"""What a reader is shown, before any platform's form: blocks of spans, in one language.

All text in a document is readable already (TeX resolved, control characters gone) and every
address is safe to link; views see to both. Formatters turn a document into messages or text.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one style.

    `url` makes it a link, `code` marks what must stay as it is (ids, categories), `small` is for
    remarks that may be dimmed. `formula` is the TeX of which `text` is the form in Unicode.
    """

    text: str
    url: str | None = None
    strong: bool = False
    code: bool = False
    small: bool = False
    formula: str = ""


Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A title; level 1 opens the document, level 2 a part of it."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    spans: Spans


@dataclass(frozen=True, slots=True)
class Note:
    """Small print."""

    spans: Spans


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a table of papers: its number, linked title, facts, and what is said about it.

    `facts` are single facts (id, categories, kind) that a formatter joins; `text` is the TL;DR or
    another short text, empty where there is none.
    """

    number: int
    title: Span
    facts: Spans
    text: Spans = ()


@dataclass(frozen=True, slots=True)
class Items:
    """A table of papers. The labels head its two columns of text."""

    title_label: str
    text_label: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A labelled part of a card. `folded`: long, a formatter may hide it until asked for."""

    label: str
    spans: Spans
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """The details of one paper.

    `number` is the paper's row in the table before, None where it stands alone. `translated_title`
    comes before `title` where there is one.
    """

    number: int | None
    title: Span
    translated_title: str | None
    facts: Spans
    authors: str
    sections: tuple[Section, ...]


ACTION_BYTES = 64
"""What a button can carry: https://core.telegram.org/bots/api#inlinekeyboardbutton."""


@dataclass(frozen=True, slots=True)
class Action:
    """A button. It carries all that its press needs, so that it works after any restart.

    Exactly one of three: `command` is a command line without the slash (`paper 2401.00001`), at
    most `ACTION_BYTES` long in UTF-8; `url` is opened; `copy` is text for the clipboard. `strong`
    marks what people came for, `danger` what cannot be undone.
    """

    label: str
    command: str = ""
    url: str | None = None
    copy: str | None = None
    strong: bool = False
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Actions:
    """Buttons, row by row; a row holds at most eight (Telegram) or five (Discord splits it)."""

    rows: tuple[tuple[Action, ...], ...]


Block = Heading | Paragraph | Note | Items | Card | Actions


@dataclass(frozen=True, slots=True)
class Document:
    """Blocks in reading order, and the language of the texts around the papers."""

    language: str
    blocks: tuple[Block, ...]


def text_of(spans: Spans) -> str:
    """The text of `spans` without their styles."""
    return "".join(span.text for span in spans)
