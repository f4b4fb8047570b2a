"""The parts of a document as text with entities, laid out as Discord shows them best."""

from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

from formatters.discord_markdown import (
    ADDRESS,
    CODE,
    FOOTER,
    LINK,
    SMALL,
    SPOILER,
    STRONG,
    TITLE,
    can_be_code,
    cleaned,
)
from formatters.document import Card, Item, Section, Span, Spans
from formatters.telegram_links import linked
from formatters.telegram_text import Entity, Text, join, lines
from formatters.text import safe_url

SEPARATOR = " · "
BELOW, BESIDE = "\n", "\u2003"
"""Where a section is from its label; beside it a wider gap than that between words."""


class Style(NamedTuple):
    """How a span is shown; neighbours of one style are one text."""

    url: str | None
    strong: bool
    small: bool
    code: bool


def plain(text: str) -> Text:
    """A text in no style, in which nothing is a link."""
    return Text(cleaned(text))


def text_of(spans: Spans) -> Text:
    """The spans with their styles and links; web addresses in running text are links, too."""
    return join(
        _styled("".join(span.text for span in group), style)
        for style, group in groupby(spans, _style)
    )


def line(text: Text, kind: str) -> Text:
    """A whole line of this kind: a heading, a title or a footer."""
    return text.stripped().styled(kind)


def item_of(item: Item, width: int) -> Text:
    """A listed paper: its number in so many digits and its title, the TL;DR, then the facts."""
    title = text_of((replace(item.title, strong=True),))
    number = f"{item.number:>{width}}"
    numbered = join((Text(number, (Entity(CODE, 0, len(number)),)), title), " ")
    return lines(numbered, text_of(item.text), line(facts_of(item.facts), FOOTER))


def head_of(card: Card) -> Text:
    """A card's titles, its facts and the authors."""
    number = "" if card.number is None else f"{card.number}. "
    name = card.translated_title or card.title.text
    title = text_of((replace(card.title, text=number + name, strong=False),))
    original = plain(card.title.text if card.translated_title else "")
    facts = (line(facts_of(card.facts), FOOTER), line(plain(card.authors), FOOTER))
    return lines(line(title, TITLE), original, *facts)


def facts_of(facts: Spans) -> Text:
    """Single facts on one line."""
    return join((fact for fact in (text_of((span,)) for span in facts) if fact.visible), SEPARATOR)


def section_of(section: Section, between: str, *, hidden: bool = False) -> Text:
    """A section behind its label, with something `between`; `hidden` shows it at a press."""
    label = text_of((Span(section.label, strong=True),))
    spans = text_of(section.spans).stripped()
    return join((label, spans.styled(SPOILER) if hidden else spans), between)


def _style(span: Span) -> Style:
    url = safe_url(span.url) if span.url else None
    return Style(url, span.strong, span.small, span.code)


def _styled(text: str, style: Style) -> Text:
    """A text in one style; a link is no code."""
    shown = cleaned(text)
    if style.url:
        styled = Text(shown).styled(*_link(shown.strip(), style.url))
    elif style.code and can_be_code(shown):
        styled = Text(shown).styled(CODE)
    else:
        found = linked(shown)
        addresses = (one._replace(type=ADDRESS) for one in found.entities)
        styled = Text(found.text, tuple(addresses))
    styled = styled.styled(SMALL) if style.small and not style.code else styled
    return styled.styled(STRONG) if style.strong else styled


def _link(label: str, url: str) -> tuple[str, str]:
    """Discord makes no link of a label that is an address itself."""
    address = safe_url(label) == url or label == url.partition("://")[2]
    return (ADDRESS if address else LINK, url)
