"""The parts of a document as text with entities, the same for both forms of messages."""

from dataclasses import replace

from formatters.document import Card, Item, Section, Span, Spans
from formatters.telegram_links import cleaned, linked, telegram_url
from formatters.telegram_text import FORMULA, Text, join

SEPARATOR = " · "


def text_of(spans: Spans, *, formulas: bool = False) -> Text:
    """The spans with their styles and links, cleaned; with formulas as such where they can be."""
    return join(_styled(span, formulas) for span in spans)


def title_of(block: Item | Card, number: int | None = None) -> Text:
    """A paper's original title, linked together with its number, in no style of its own."""
    title = block.title
    text = title.text if number is None else f"{number}. {title.text}"
    return _styled(replace(title, text=text, strong=False))


def facts_of(facts: Spans) -> Text:
    """Single facts on one line."""
    return join((fact for fact in map(_styled, facts) if fact.visible), SEPARATOR)


def section_of(section: Section, *, formulas: bool = False) -> Text:
    """A section behind its label."""
    label = Text(cleaned(section.label)).styled("bold")
    return join((label, text_of(section.spans, formulas=formulas)), " ")


def _styled(span: Span, formulas: bool = False) -> Text:
    """One span. Telegram takes either a link or code, so that a link is no code."""
    text = cleaned(span.text)
    if url := telegram_url(span.url):
        styled = Text(text).styled("text_link", url)
    elif span.code:
        styled = Text(text).styled("code")
    elif span.formula and formulas:
        styled = Text(text).styled(FORMULA, cleaned(span.formula))
    else:
        styled = linked(text)
    return styled.styled("bold") if span.strong else styled
