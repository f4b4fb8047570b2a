import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wcwidth import width as cells_of

from formatters.document import Card, Document, Heading, Item, Items, Note, Paragraph, Span
from formatters.terminal import terminal
from formatters.views import digest_view, paper_view
from formatters.words import Words, words
from tests.formatters.examples import DIGEST, LANTERNS, digest_of, hostile_text

SEQUENCE = re.compile(r"\x1b\[[\d;]*m|\x1b\]8;;[^\x1b]*\x1b\\")

EN, ZH = words("en"), words("zh")
SHOWN = digest_view(DIGEST, EN)


def shown(block: Paragraph | Note | Heading | Items | Card, width: int = 40) -> str:
    return terminal(Document("en", (block,)), width, colour=False)


def test_a_digest_is_a_table_and_the_papers_in_full() -> None:
    expected = """\
cs.CV · Tue, Apr 21, 2026

2 of 3 announced

#  Paper                     TL;DR
────────────────────────────────────────────────────────────────
1  Lanterns | A Study        We light. (extracted)
   2604.01234 · cs.CV,
   cs.LG

2  Kites                     风筝乘风而飞。
   math/0611800v2 ·
   math.CA · replaced
────────────────────────────────────────────────────────────────

“extracted” marks sentences taken from the abstract as they
stand.

Details

1.  Lanterns | A Study
    https://arxiv.org/abs/2604.01234
    2604.01234 · cs.CV, cs.LG
    Ada Lund, Bo Qi

    TL;DR  We light. (extracted)

    Abstract
    We light lanterns. They shine.

    Why here   light in the title
    Comment    8 pages
    Journal    J. Light 1 (2026) 1-8
    DOI        10.1000/lanterns
    Licence    CC BY 4.0
    Submitted  Mon, Apr 20, 2026
    Updated    Mon, Apr 20, 2026

2.  风筝
    Kites
    https://arxiv.org/abs/math/0611800
    math/0611800v2 · math.CA · replaced
    Cy Roe

    TL;DR  风筝乘风而飞。

    Translated abstract
    风筝在有风的地方飞

    Abstract
    Kites fly where the wind is… (The source holds only the
    beginning of this abstract.)
"""
    assert terminal(SHOWN, 64, colour=False) == expected


def test_below_40_cells_there_is_a_list() -> None:
    item = Item(1, Span("Lanterns"), (Span("2604.01234"),), (Span("We light lanterns."),))
    assert shown(Items("Paper", "TL;DR", (item,)), 39) == (
        "1  Lanterns\n   2604.01234\n   We light lanterns.\n"
    )
    assert shown(Items("Paper", "TL;DR", (item,)), 40).startswith("#  Paper")


def test_without_any_tldr_there_is_a_list_too() -> None:
    items = tuple(Item(number, Span("Kites"), ()) for number in (9, 10))
    assert shown(Items("Paper", "TL;DR", items), 80) == " 9  Kites\n\n10  Kites\n"


def test_chinese_takes_two_cells_a_character() -> None:
    item = Item(1, Span("风筝研究"), (), (Span("乘风而飞"),))
    line = shown(Items("论文", "摘要", (item,)), 40).splitlines()[2]
    assert line == "1  风筝研究        乘风而飞"
    assert cells_of(line.partition("乘")[0]) == 3 + 14 + 2


def test_a_table_without_rows_does_no_harm() -> None:
    assert shown(Items("Paper", "TL;DR", ())) == "\n"


def test_in_a_narrow_window_labels_stand_above_their_texts() -> None:
    text = terminal(paper_view(LANTERNS, None, EN), 20, colour=False)
    assert text.endswith(
        "Licence\nCC BY 4.0\n\nSubmitted\nMon, Apr 20, 2026\n\nUpdated\nMon, Apr 20, 2026\n"
    )


def test_one_paper_stands_without_a_number() -> None:
    text = terminal(paper_view(LANTERNS, None, EN), 80, colour=False)
    assert text.startswith("Lanterns | A Study\nhttps://arxiv.org/abs/2604.01234\n")


def test_without_colour_there_is_no_escape_sequence() -> None:
    assert "\x1b" not in terminal(SHOWN, 80, colour=False)


@pytest.mark.parametrize("width", [30, 64, 120])
def test_colour_adds_sequences_and_nothing_else(width: int) -> None:
    coloured = terminal(SHOWN, width, colour=True)
    assert SEQUENCE.sub("", coloured) == terminal(SHOWN, width, colour=False)


def test_titles_are_links_where_colour_is_on() -> None:
    title = "\x1b[1mLanterns | A Study\x1b[0m"
    link = f"\x1b]8;;https://arxiv.org/abs/2604.01234\x1b\\{title}\x1b]8;;\x1b\\"
    assert link in terminal(SHOWN, 120, colour=True)


@pytest.mark.parametrize(
    "attack", ["\x1b[2J", "\x1b]0;title\x07", "\x9b31m", "\x1b]8;;http://a\x1b\\", "\r\x08"]
)
@pytest.mark.parametrize("colour", [True, False])
def test_escape_sequences_in_text_never_reach_the_terminal(attack: str, colour: bool) -> None:
    span = Span(f"a{attack}b", url=f"https://x.org/{attack}")
    item = Item(1, span, (span,), (span,))
    blocks = (
        Heading(span.text),
        Paragraph((span,)),
        Note((span,)),
        Items(attack, attack, (item,)),
        Card(1, span, attack, (span,), attack, ()),
    )
    text = terminal(Document("en", blocks), 80, colour)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", SEQUENCE.sub("", text))


@settings(max_examples=50)
@given(hostile_text, st.integers(1, 220), st.sampled_from([EN, ZH]))
def test_no_line_is_wider_than_the_window(text: str, width: int, words: Words) -> None:
    document = digest_view(digest_of(*[text] * 10), words)
    for line in terminal(document, width, colour=False).split("\n"):
        assert cells_of(line) <= max(width, 16)


def test_a_wide_window_does_not_stretch_running_text() -> None:
    lines = shown(Paragraph((Span("word " * 100),)), 1000).splitlines()
    assert max(map(len, lines)) <= 100
