"""A list of labelled values, such as commands or settings: a card that is about no paper."""

from collections.abc import Iterable

from formatters.document import Card, Section, Span, Spans


def labelled(title: str, rows: Iterable[tuple[str, Spans]]) -> Card:
    """A card with one line for each label and its value."""
    sections = tuple(Section(label, value) for label, value in rows)
    return Card(None, Span(title, strong=True), None, (), "", sections)
