import pytest

from formatters.document import Item, Section, Span, Spans
from formatters.telegram_spans import facts_of, section_of, text_of, title_of
from formatters.telegram_text import Entity, Text

LINK = "https://arxiv.org/abs/2604.01234"


@pytest.mark.parametrize(
    ("span", "entities"),
    [
        (Span("kites"), ()),
        (Span("kites", small=True), ()),
        (Span("kites", strong=True), (Entity("bold", 0, 5),)),
        (Span("kites", code=True), (Entity("code", 0, 5),)),
        (Span("kites", code=True, strong=True), (Entity("code", 0, 5),)),
        (Span("kites", url=LINK), (Entity("text_link", 0, 5, LINK),)),
        (Span("kites", url=LINK, code=True), (Entity("text_link", 0, 5, LINK),)),
        (
            Span("kites", url=LINK, strong=True),
            (Entity("bold", 0, 5), Entity("text_link", 0, 5, LINK)),
        ),
        (Span("kites", url="javascript:x"), ()),
        (Span("http://a.b", code=True), (Entity("code", 0, 10),)),
        (Span("http://a.b"), (Entity("text_link", 0, 10, "http://a.b"),)),
    ],
)
def test_a_span_is_text_with_entities(span: Span, entities: tuple[Entity, ...]) -> None:
    assert text_of((span,)) == Text(span.text, entities)


def test_a_title_is_linked_with_its_number_and_in_no_style() -> None:
    item = Item(7, Span("Kites", url=LINK, strong=True), ())
    assert title_of(item) == Text("Kites", (Entity("text_link", 0, 5, LINK),))
    assert title_of(item, 7) == Text("7. Kites", (Entity("text_link", 0, 8, LINK),))


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ((), ""),
        ((Span("a"), Span("b")), "a · b"),
        ((Span("a"), Span(" "), Span("b")), "a · b"),
    ],
)
def test_facts_stand_on_one_line(facts: Spans, text: str) -> None:
    assert facts_of(facts).text == text


def test_a_section_stands_behind_its_bold_label() -> None:
    section = Section("TL;DR", (Span("We fly.", code=True),))
    bold, code = Entity("bold", 0, 5), Entity("code", 6, 13)
    assert section_of(section) == Text("TL;DR We fly.", (bold, code))
