from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

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
    Span,
)
from formatters.telegram_links import cleaned
from formatters.telegram_rich import BLOCKS, CHARACTERS, telegram_rich
from formatters.views import digest_view, paper_view
from formatters.words import words
from tests.fakes.telegram_spec import Spec
from tests.formatters.documents import documents
from tests.formatters.examples import DIGEST, KITES, KITES_ENTRY
from tests.formatters.real_digests import chinese_digest, feed_digests
from tests.formatters.telegram_checks import check_request

EN, ZH = words("en"), words("zh")
LINK = "https://arxiv.org/abs/2604.01234"
COLUMNS = 20
DEPTH = 16


def pages(*blocks: Block) -> list[list[Any]]:
    """The blocks of each message."""
    return [rich_blocks(message.body) for message in telegram_rich(Document("en", blocks))]


def rich_blocks(body: Any) -> list[Any]:
    assert body["rich_message"]["skip_entity_detection"] is True
    return list(body["rich_message"]["blocks"])


def outline(blocks: list[Any], indent: str = "") -> str:
    """One line a block, a row or a summary: the kind, and the text."""
    lines: list[str] = []
    for block in blocks:
        match block["type"]:
            case "table":
                lines += (" | ".join(text(cell) for cell in row) for row in block["cells"])
            case "details":
                lines.append(f"details: {text(block['summary'])}")
                lines.append(outline(block["blocks"], "  "))
            case kind:
                lines.append(f"{indent}{kind}: {text(block)}")
    return "\n".join(lines)


def text(node: Any) -> str:
    """All text of a node, with a sign for a new line."""
    if isinstance(node, list):
        return "".join(map(text, node))
    if isinstance(node, dict):
        names = ("summary", "text", "expression", "cells", "blocks", "buttons")
        return "".join(text(node[name]) for name in names if name in node)
    return str(node).replace("\n", " ⏎ ")


def item(number: int, tldr: str = "") -> Item:
    return Item(number, Span("Kites", url=LINK, strong=True), (), (Span(tldr),) if tldr else ())


def table(*items: Item) -> Items:
    return Items("Paper", "TL;DR", items)


class TestLayout:
    def test_a_digest_is_a_table_and_then_its_papers_folded(self) -> None:
        (message,) = telegram_rich(digest_view(DIGEST, EN))
        assert message.method == "sendRichMessage"
        assert (
            outline(rich_blocks(message.body))
            == """\
heading: cs.CV · Tue, Apr 21, 2026
footer: 2 of 3 announced
# | Paper | TL;DR
1 | Lanterns | A Study ⏎ 2604.01234 · cs.CV, cs.LG | We light. (extracted)
2 | Kites ⏎ math/0611800v2 · math.CA · replaced | 风筝乘风而飞。
footer: “extracted” marks sentences taken from the abstract as they stand.
heading: Details
details: 1. Lanterns | A Study
  paragraph: Lanterns | A Study ⏎ 2604.01234 · cs.CV, cs.LG ⏎ Ada Lund, Bo Qi
  paragraph: TL;DR We light. (extracted)
  paragraph: Abstract We light lanterns. They shine.
  footer: Why here light in the title · Comment 8 pages · Journal J. Light 1 (2026) 1-8 \
· DOI 10.1000/lanterns · Licence CC BY 4.0 · Submitted Mon, Apr 20, 2026 \
· Updated Mon, Apr 20, 2026
details: 2. 风筝
  paragraph: Kites ⏎ math/0611800v2 · math.CA · replaced ⏎ Cy Roe
  paragraph: TL;DR 风筝乘风而飞。
  paragraph: Translated abstract 风筝在有风的地方飞
  paragraph: Abstract Kites fly where the wind is… (The source holds only the beginning of \
this abstract.)"""
        )

    def test_a_paper_that_stands_alone_folds_only_what_is_long(self) -> None:
        (message,) = telegram_rich(paper_view(KITES, KITES_ENTRY.summary, ZH))
        assert (
            outline(rich_blocks(message.body))
            == """\
heading: 风筝
paragraph: Kites ⏎ math/0611800v2 · math.CA ⏎ Cy Roe
paragraph: 一句话摘要 风筝乘风而飞。
details: 摘要译文
  paragraph: 风筝在有风的地方飞
details: 摘要
  paragraph: Kites fly where the wind is… (来源只保存了摘要的开头部分。)"""
        )

    def test_the_table_is_compact_and_striped_and_its_header_is_one(self) -> None:
        ((shown,),) = pages(table(item(1, "They fly.")))
        assert (shown["is_striped"], shown["is_compact"]) == (True, True)
        assert [cell.get("is_header") for cell in shown["cells"][0]] == [True, True, True]
        title = shown["cells"][1][1]["text"]
        assert title == {"type": "bold", "text": {"type": "url", "text": "Kites", "url": LINK}}

    def test_without_any_text_the_table_has_two_columns(self) -> None:
        ((shown,),) = pages(table(item(1), item(2)))
        assert outline([shown]) == "# | Paper\n1 | Kites\n2 | Kites"

    def test_nothing_is_guarded_for_nothing_is_detected(self) -> None:
        ((shown,),) = pages(Paragraph((Span("cs.CL @all https://a.org/x"),)))
        link = {"type": "url", "text": "https://a.org/x", "url": "https://a.org/x"}
        assert shown["text"] == ["cs.CL @all ", link]

    def test_formulas_are_formulas(self) -> None:
        paper = replace(KITES, abstract=r"At $\alpha^2$ we fly for $5.")
        (message,) = telegram_rich(paper_view(paper, None, EN))
        abstract = rich_blocks(message.body)[-1]["blocks"][0]["text"]
        formula = {"type": "mathematical_expression", "expression": r"\alpha^2"}
        assert abstract[:3] == [
            "At ",
            formula,
            " we fly for $5.… (The source holds only the beginning of this abstract.)",
        ]

    def test_buttons_stand_where_they_are(self) -> None:
        row = tuple(Action(str(number), f"paper {number}", strong=True) for number in range(1, 10))
        ((first, second, note),) = pages(Actions((row,)), Note((Span("end"),)))
        assert [len(block["buttons"]) for block in (first, second)] == [8, 1]
        assert second["buttons"] == [{"text": "9", "callback_data": "paper 9", "style": "primary"}]
        assert note["type"] == "footer"

    @pytest.mark.parametrize(
        "block", [Heading(" "), Paragraph(()), Note((Span("\u200b"),)), table(), Actions(((),))]
    )
    def test_what_shows_nothing_is_left_out(self, block: Block) -> None:
        assert pages(block) == []


class TestPages:
    def test_a_table_goes_on_below_its_header(self) -> None:
        rows = table(*(item(number, "We fly. " * 200) for number in range(1, 47)))
        parts = [page[0]["cells"] for page in pages(rows)]
        assert [len(cells) for cells in parts] == [21, 21, 7]
        assert all(text(cells[0]) == "#PaperTL;DR" for cells in parts)

    def test_rows_count_as_blocks(self) -> None:
        rows = table(*(item(number) for number in range(1, 600)))
        assert [len(page[0]["cells"]) for page in pages(rows)] == [BLOCKS - 1, 102]

    def test_a_card_that_fits_nowhere_is_several_with_the_same_summary(self) -> None:
        section = Section("Abstract", (Span("We fly kites. " * 3000),), folded=True)
        first, second = pages(Card(3, Span("Kites", url=LINK), None, (), "", (section,)))
        assert (first[0]["summary"], second[0]["summary"]) == ("3. Kites", "3. Kites")

    def test_a_title_that_fits_nowhere_goes_on_below(self) -> None:
        ((shown,),) = pages(Card(3, Span("Kites " * 1000), None, (), "", ()))
        assert len(shown["summary"]) <= 4096
        assert text(shown).count("Kites") == 2000

    def test_a_card_with_nothing_in_it_keeps_its_title(self) -> None:
        assert pages(Card(3, Span(""), "风筝", (), "", ())) == [
            [{"type": "paragraph", "text": "3. 风筝"}]
        ]


def measured(blocks: list[Any]) -> tuple[int, int]:
    """Characters and blocks as the Bot API counts them, found by another way."""
    inner = [one for block in blocks for one in block.get("blocks", [])]
    rows = [row for block in blocks for row in block.get("cells", [])]
    return len("".join(strings(blocks))), len(blocks) + len(inner) + len(rows)


def strings(node: Any) -> Iterator[str]:
    """All letters of a message that are not names, addresses or what a press carries."""
    hidden = ("type", "url", "align", "valign", "style", "callback_data", "copy_text")
    if isinstance(node, str):
        yield node
    elif isinstance(node, list):
        for one in node:
            yield from strings(one)
    elif isinstance(node, dict):
        for name, inside in node.items():
            if name not in hidden:
                yield from strings(inside)


def continuous(messages: list[list[Any]]) -> Iterator[str]:
    """All letters, without the summary above details that only go on with those before."""
    before = None
    for block in (block for blocks in messages for block in blocks):
        goes_on = before is not None and block.get("summary", "") == before
        yield from strings(block["blocks"] if goes_on else block)
        before = block.get("summary")


def depth(node: Any) -> int:
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return isinstance(node, dict) + max(map(depth, children), default=0)


def squeezed(text: str) -> str:
    """What the eye sees, apart from white space and the signs around formulas."""
    letters = (one for one in cleaned(text) if one.isprintable() and not one.isspace())
    return "".join(letters).translate(str.maketrans("", "", r"$\()[]"))


class TestAnyDocument:
    @settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
    @given(documents)
    def test_is_within_every_limit(self, telegram_spec: Spec, document: Document) -> None:
        for message in telegram_rich(document):
            blocks = rich_blocks(message.body)
            length, count = measured(blocks)
            assert 1 <= length <= CHARACTERS
            assert count <= BLOCKS
            assert depth(blocks) <= DEPTH
            assert all(len(row) <= COLUMNS for block in blocks for row in block.get("cells", []))
            check_request(message, telegram_spec)

    @settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
    @given(documents)
    def test_shows_every_text(self, document: Document) -> None:
        shown = squeezed("".join(continuous(pages(*document.blocks))))
        for block in document.blocks:
            for part in texts_of(block):
                assert squeezed(part) in shown


def texts_of(block: Block) -> Iterator[str]:
    """The texts of a block that stand in one piece wherever they are shown."""
    match block:
        case Heading():
            yield block.text
        case Paragraph() | Note():
            yield from (span.text for span in block.spans)
        case Items():
            yield from (row.title.text[:1000] for row in block.items)
        case Card():
            yield from (block.translated_title or "", block.title.text, block.authors)
            for section in block.sections:
                yield from (section.label, *(span.text for span in section.spans))


class TestRealDigests:
    def test_of_the_feeds_are_valid(self, shared_data: Path, telegram_spec: Spec) -> None:
        for digest in feed_digests(shared_data, papers=20):
            for message in telegram_rich(digest_view(digest, EN)):
                check_request(message, telegram_spec)

    def test_twenty_chinese_papers_are_one_or_two_messages(
        self, shared_data: Path, telegram_spec: Spec
    ) -> None:
        messages = telegram_rich(digest_view(chinese_digest(shared_data, papers=20), ZH))
        assert len(messages) <= 2
        for message in messages:
            check_request(message, telegram_spec)
