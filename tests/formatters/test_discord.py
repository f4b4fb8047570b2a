import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings

from formatters.discord import discord
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
    Spans,
    text_of,
)
from formatters.labelled import labelled
from formatters.views import digest_view, paper_view, search_view
from formatters.words import words
from storage.models import Json, Paper
from tests.formatters.discord_reader import visible
from tests.formatters.discord_spec import check_harmless, check_message, commands, nested, texts
from tests.formatters.documents import documents
from tests.formatters.examples import DIGEST, KITES, KITES_ENTRY, LANTERNS
from tests.formatters.real_digests import chinese_digest, feed_digests

EN, ZH = words("en"), words("zh")
FEEDS = 4  # of the captured ones; the others hold the same kinds of papers
LINK = "https://arxiv.org/abs/2604.01234"


def messages(*blocks: Block) -> tuple[Json, ...]:
    return discord(Document("en", blocks))


def outline(body: Json) -> str:
    """The texts of a message, with lines, selects and buttons drawn as such."""
    return "\n".join(_drawn(one) for one in nested(body) if one["type"] in (1, 10, 14))


def _drawn(one: Json) -> str:
    match one["type"]:
        case 10:
            return f"{one['content']}\n"
        case 14:
            return "————" if one["divider"] else "(room)"
        case _:
            return " ".join(_label(child) for child in nested(one))


def _label(one: Json) -> str:
    if one["type"] == 2:
        return f"[{one['label']}]"
    labels = (option["label"] for option in nested_options(one))
    return f"<{one['placeholder']} {' | '.join(labels)}>"


def nested_options(select: Json) -> list[dict[str, str]]:
    options = select["options"]
    assert isinstance(options, list)
    return options


def item(number: int, title: str = "Kites", text: str = "") -> Item:
    facts = (Span("2604.01234", code=True), Span("cs.CL", code=True))
    return Item(number, Span(title, url=LINK, strong=True), facts, (Span(text),))


def table(*items: Item) -> Items:
    return Items("Paper", "TL;DR", items)


def numbers(last: int) -> Actions:
    return Actions((tuple(Action(str(one), f"paper 2604.{one:05}") for one in range(1, last + 1)),))


class TestLayout:
    def test_a_list_is_a_text_for_each_paper_and_a_select_below(self) -> None:
        document = digest_view(DIGEST, EN, details=False)
        more = Actions(((Action("More", "digest 2", strong=True), Action("PDF", url=LINK)),))
        (body,) = discord(Document("en", (*document.blocks, numbers(2), more)))
        assert (
            outline(body)
            == """\
## cs.CV · Tue, Apr 21, 2026
-# 2 of 3 announced

————
`1` **[Lanterns \\| A Study](https://arxiv.org/abs/2604.01234)**
We light. *(extracted)*
-# `2604.01234` · `cs.CV, cs.LG`

(room)
`2` **[Kites](https://arxiv.org/abs/math/0611800)**
风筝乘风而飞。
-# `math/0611800v2` · `math.CA` · replaced

————
<Open a paper… 1. Lanterns | A Study | 2. Kites>
-# “extracted” marks sentences taken from the abstract as they stand.

[More] [PDF]"""
        )

    def test_a_paper_hides_its_abstract_behind_a_spoiler(self) -> None:
        (body,) = discord(paper_view(KITES, KITES_ENTRY.summary, ZH))
        assert (
            outline(body)
            == """\
### [风筝](https://arxiv.org/abs/math/0611800)
Kites
-# `math/0611800v2` · `math.CA`
-# Cy Roe

(room)
**一句话摘要**
风筝乘风而飞。

(room)
**摘要译文**
风筝在有风的地方飞

(room)
**摘要**
||Kites fly where the wind is… *(来源只保存了摘要的开头部分。)*||
"""
        )

    def test_what_follows_the_abstract_is_small(self) -> None:
        (body,) = discord(paper_view(LANTERNS, None, EN))
        assert texts(body)[-1] == (
            "-# **Comment** 8 pages · **Journal** J. Light 1 (2026) 1-8"
            " · **DOI** [10.1000/lanterns](https://doi.org/10.1000/lanterns)"
            " · **Licence** [CC BY 4.0](http://creativecommons.org/licenses/by/4.0/)"
            " · **Submitted** Mon, Apr 20, 2026 · **Updated** Mon, Apr 20, 2026"
        )

    def test_a_card_about_no_paper_is_one_line_for_each_section(self) -> None:
        rows = [("/help", (Span("lists commands"),)), ("/saved", (Span("@everyone"),))]
        (body,) = messages(labelled("Commands", rows))
        assert texts(body) == [
            "### Commands",
            "**/help**\u2003lists commands\n**/saved**\u2003@\u2060everyone",
        ]

    def test_lines_are_drawn_around_tables_and_between_cards(self) -> None:
        card = labelled("Kites", [("a", (Span("b"),))])
        (body,) = messages(Heading("Top"), table(item(1)), Heading("Details", 2), card, card)
        parts = outline(body).split("————")
        assert [part.split("\n")[0] or part.split("\n")[1] for part in parts] == [
            "## Top",
            "### Details",
            "### Kites",
        ]

    def test_numbers_are_as_wide_as_the_last(self) -> None:
        (body,) = messages(table(item(9), item(10)))
        assert [text[:5] for text in texts(body)] == ["` 9` ", "`10` "]

    def test_what_shows_nothing_is_no_message(self) -> None:
        assert messages(Paragraph((Span(" \u200b"),)), Note(()), table(), Heading("")) == ()

    def test_a_message_is_one_container_and_mentions_nobody(self) -> None:
        (body,) = messages(Paragraph((Span("cs.CL", code=True),)))
        text = {"type": 10, "content": "`cs.CL`"}
        assert body == {
            "flags": 32768,
            "components": [{"type": 17, "accent_color": 0xB31B1B, "components": [text]}],
            "allowed_mentions": {"parse": []},
        }


class TestPages:
    def test_papers_stay_whole(self) -> None:
        rows = table(*(item(number, text="We fly kites. " * 20) for number in range(1, 47)))
        pages = messages(Heading("Digest"), rows)
        assert [len(texts(page)) for page in pages] == [11, 11, 11, 11, 2]
        assert all(text.endswith("`cs.CL`") for page in pages for text in texts(page))

    def test_components_end_a_message_too(self) -> None:
        pages = messages(table(*(item(number) for number in range(1, 47))))
        assert [len(texts(page)) for page in pages] == [38, 8]

    @pytest.mark.parametrize(("papers", "gaps"), [(17, 16), (19, 18), (20, 0), (25, 0)])
    def test_papers_stand_apart_as_long_as_that_takes_no_further_message(
        self, papers: int, gaps: int
    ) -> None:
        (body,) = messages(table(*(item(number) for number in range(1, papers + 1))))
        assert outline(body).count("(room)") == gaps
        check_message(body)

    def test_a_select_holds_25_options(self) -> None:
        pages = messages(table(*(item(number) for number in range(1, 47))), numbers(46))
        assert [len(commands(page)) for page in pages] == [25, 21]

    def test_a_text_that_fits_nowhere_is_continued(self) -> None:
        abstract = Section("Abstract", (Span("风筝乘风而飞。" * 900),), folded=True)
        first, second = messages(Card(1, Span("Kites"), None, (), "", (abstract,)))[-2:]
        assert texts(first)[-1].startswith("**Abstract**\n风筝")
        assert texts(first)[-1].endswith("飞。")
        assert texts(second)[0].startswith("风筝")

    def test_3435_authors_take_a_few_messages(self) -> None:
        names = ", ".join(f"Ada-{number} Lund" for number in range(3435))
        pages = messages(Card(None, Span("Kites"), None, (), names, ()))
        shown = " ".join(visible(text) for page in pages for text in texts(page))
        assert len(pages) == 14
        assert shown.endswith(names)


class TestButtons:
    def test_they_stand_where_they_stand_in_the_document(self) -> None:
        more = Actions(((Action("More", "digest 2"),),))
        less = Actions(((Action("Less", "digest 1"), Action("PDF", url=LINK)),))
        (body,) = messages(Heading("a"), more, Paragraph((Span("b"),)), less)
        assert outline(body) == "## a\n\n[More]\nb\n\n[Less] [PDF]"

    def test_each_has_a_number_of_its_own_and_its_command_line(self) -> None:
        same = Action("Kites", "paper 2604.01234")
        (body,) = messages(table(item(1)), numbers(1), Actions(((same, same),)))
        ids = [one["custom_id"] for one in nested(body) if "custom_id" in one]
        assert ids == ["paperboy:0:", "paperboy:1:paper 2604.01234", "paperboy:2:paper 2604.01234"]

    def test_their_styles(self) -> None:
        row = (
            Action("a", "a", strong=True),
            Action("b", "b", danger=True),
            Action("c", "c"),
            Action("d", url=LINK),
        )
        (body,) = messages(Actions((row,)))
        assert [one["style"] for one in nested(body) if one["type"] == 2] == [1, 4, 2, 5]

    def test_a_sixth_stands_in_the_next_row(self) -> None:
        (body,) = messages(Actions((tuple(Action(name, name) for name in "abcdef"),)))
        assert outline(body) == "[a] [b] [c] [d] [e]\n[f]"

    def test_discord_has_none_that_copies_or_leads_nowhere(self) -> None:
        bad = Action("x", url="javascript:alert(1)"), Action("y", url=f"{LINK}/{'a' * 600}")
        assert messages(Actions(((Action("BibTeX", copy="@article{}"), *bad),))) == ()

    def test_a_number_that_is_not_listed_is_a_button(self) -> None:
        (body,) = messages(table(item(1)), Actions(((Action("20", "settings limit 20"),),)))
        assert outline(body).endswith("[20]")

    def test_an_option_tells_the_title_and_the_tldr(self) -> None:
        (body,) = messages(table(item(1, "Kites " * 30, "We *fly* kites. " * 10)), numbers(1))
        (select,) = [one for one in nested(body) if one["type"] == 3]
        (option,) = select["options"]
        assert option["value"] == "paper 2604.00001"
        assert re.fullmatch(r"1\. Kites .*Kites…", option["label"])
        assert re.fullmatch(r"We \*fly\* kites\. .*…", option["description"])

    def test_a_command_that_is_too_long_is_an_error(self) -> None:
        long = Action("1", "paper " + "1" * 60)
        for blocks in ((Actions(((long,),)),), (table(item(1)), Actions(((long,),)))):
            with pytest.raises(ValueError, match="at most 64 bytes"):
                messages(*blocks)


TITLES = [
    "**Kites** & __wind__ ~~no~~ *a* _b_",
    "[Kites](http://a.b) `code` ```block```",
    "Kites | wind || spoiler ||",
    "On [0,1) and (0,1]",
    "طائرات ورقية kites",
    "👩\u200d👩\u200d👧\u200d👦 🇩🇪 kites",
    "@everyone @here <@123> <@&123> <#123> <t:1:R> </paper:1> <:kite:1> :kite:",
    "# Kites",
    "> kites",
    "1. kites",
    "https://example.org discord.gg/kites",
    "\\frac{a}{b} \\",
]


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("url", [LINK, "javascript:alert(1)", None])
def test_hostile_titles_arrive_as_they_are(title: str, url: str | None) -> None:
    span = Span(title, url=url, strong=True)
    row = Item(1, span, (Span("cs.CL", code=True),), (Span(title),))
    section = Section("TL;DR", (span,), folded=True)
    pages = messages(table(row), Card(1, span, title, (span,), title, (section,)))
    for page in pages:
        check_message(page)
        check_harmless(page)
    assert seen(pages).count(squeezed(title)) == 7


def squeezed(text: str) -> str:
    """What the eye sees of a text, apart from white space and how addresses are written."""
    text = unquote(text).translate(str.maketrans("［］", "[]")).casefold()
    text = text.replace("https://", "").replace("http://", "").replace("·", "")
    return "".join(one for one in text if one.isprintable() and not one.isspace())


def seen(pages: Sequence[Json]) -> str:
    return squeezed("".join(visible(text) for page in pages for text in texts(page)))


def everything(block: Block) -> Iterator[str]:
    """All texts of a block in the order in which they are shown."""
    match block:
        case Heading():
            yield block.text
        case Paragraph() | Note():
            yield text_of(block.spans)
        case Items():
            for row in block.items:
                yield from (str(row.number), row.title.text, text_of(row.text), facts(row.facts))
        case Card():
            yield f"{block.number}. " if block.number is not None else ""
            yield from (block.translated_title or "", block.title.text, facts(block.facts))
            yield block.authors
            for section in block.sections:
                yield from (section.label, text_of(section.spans))


def facts(spans: Spans) -> str:
    return " ".join(span.text for span in spans)


class TestAnyDocument:
    @settings(deadline=None, max_examples=20, suppress_health_check=list(HealthCheck))
    @given(documents)
    def test_is_within_every_limit(self, document: Document) -> None:
        for page in discord(document):
            check_message(page)

    @settings(deadline=None, max_examples=20, suppress_health_check=list(HealthCheck))
    @given(documents)
    def test_mentions_and_embeds_nothing(self, document: Document) -> None:
        for page in discord(document):
            check_harmless(page)

    @settings(deadline=None, max_examples=20, suppress_health_check=list(HealthCheck))
    @given(documents)
    def test_loses_no_visible_letter(self, document: Document) -> None:
        wanted = "".join(part for block in document.blocks for part in everything(block))
        assert seen(discord(document)) == squeezed(wanted)

    @settings(deadline=None, max_examples=20, suppress_health_check=list(HealthCheck))
    @given(documents)
    def test_loses_no_command(self, document: Document) -> None:
        rows = (row for one in document.blocks if isinstance(one, Actions) for row in one.rows)
        wanted = {action.command for row in rows for action in row if action.command}
        assert {one for page in discord(document) for one in commands(page)} == wanted


class TestRealPapers:
    def test_of_the_feeds_arrive_whole(self, shared_data: Path) -> None:
        for digest in islice(feed_digests(shared_data, papers=5), FEEDS):
            document = digest_view(digest, EN)
            pages = discord(document)
            for page in pages:
                check_message(page)
                check_harmless(page)
            wanted = "".join(part for block in document.blocks for part in everything(block))
            assert seen(pages) == squeezed(wanted)

    def test_46_papers_in_chinese_are_a_list_of_three_messages(self, shared_data: Path) -> None:
        digest = chinese_digest(shared_data, papers=46)
        document = digest_view(digest, ZH, details=False)
        assert len(discord(Document("zh", (*document.blocks, numbers(46))))) == 3

    def test_a_page_of_search_results_is_one_message(self, shared_data: Path) -> None:
        digest = chinese_digest(shared_data, papers=8)
        found = [(entry.paper, entry.summary) for entry in digest.entries]
        document = search_view("kites", found, 100, ZH)
        (page,) = discord(Document("zh", (*document.blocks, numbers(8))))
        check_message(page)


def test_the_longest_list_of_authors_is_counted_by_the_view() -> None:
    authors = tuple(f"Ada-{number} Lund" for number in range(3435))
    (body,) = discord(paper_view(Paper(LANTERNS.id, 1, "Kites", "We fly.", authors), None, EN))
    assert "Ada-9 Lund and 3,425 more" in texts(body)[0]
