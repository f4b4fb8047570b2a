import pytest

from formatters.discord_markdown import FOOTER, markdown
from formatters.discord_text import (
    BELOW,
    BESIDE,
    facts_of,
    head_of,
    item_of,
    line,
    plain,
    section_of,
    text_of,
)
from formatters.document import Card, Item, Section, Span

LINK = "https://arxiv.org/abs/2604.01234"


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ((Span("a "), Span("b", strong=True), Span(" c")), "a **b** c"),
        ((Span("We fly."), Span(" (extracted)", small=True)), "We fly. *(extracted)*"),
        ((Span("cs.CV", code=True),), "`cs.CV`"),
        ((Span("a`b", code=True),), r"a\`b"),
        ((Span("kites", url=LINK, code=True),), f"[kites]({LINK})"),
        ((Span("kites", url="javascript:alert(1)"),), "kites"),
        ((Span(LINK, url=LINK),), f"<{LINK}>"),
        ((Span("arxiv.org/abs/1", url="https://arxiv.org/abs/1"),), "<https://arxiv.org/abs/1>"),
        ((Span("@"), Span("everyone", formula="everyone")), "@\u2060everyone"),
        ((Span("@every", strong=True), Span("one", strong=True)), "**@\u2060everyone**"),
    ],
)
def test_spans(spans: tuple[Span, ...], expected: str) -> None:
    assert markdown(text_of(spans)) == expected


def test_an_item_is_its_title_its_text_and_its_facts() -> None:
    row = Item(3, Span("Kites", url=LINK), (Span("cs.CV", code=True),), (Span("We fly."),))
    assert markdown(item_of(row, 2)) == f"` 3` **[Kites]({LINK})**\nWe fly.\n-# `cs.CV`"


def test_a_card_begins_with_the_translated_title() -> None:
    card = Card(2, Span("Kites", url=LINK, strong=True), "风筝", (), "Ada Lund", ())
    assert markdown(head_of(card)) == f"### [2. 风筝]({LINK})\nKites\n-# Ada Lund"


def test_facts_that_show_nothing_are_left_out() -> None:
    assert markdown(facts_of((Span("a"), Span("\u200b"), Span("b", code=True)))) == "a · `b`"


def test_a_section_can_be_hidden() -> None:
    section = Section("Abstract", (Span(" We fly || kites|"),))
    assert markdown(section_of(section, BESIDE)) == "**Abstract**\u2003We fly \\|\\| kites\\|"
    assert markdown(section_of(section, BELOW, hidden=True)) == (
        "**Abstract**\n||We fly \\|\\| kites\\|\u2060||"
    )


def test_a_line_of_nothing_is_nothing() -> None:
    assert markdown(line(plain("  "), FOOTER)) == ""
