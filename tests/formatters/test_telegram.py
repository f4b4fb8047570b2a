import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

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
    Spans,
    text_of,
)
from formatters.telegram import CHARACTERS, ENTITIES, Message, telegram
from formatters.telegram_links import cleaned
from formatters.views import digest_view, paper_view
from formatters.words import words
from storage.models import Paper
from tests.fakes import tdlib
from tests.fakes.telegram_spec import Spec
from tests.formatters.documents import documents
from tests.formatters.examples import DIGEST, KITES, KITES_ENTRY, LANTERNS
from tests.formatters.real_digests import chinese_digest, feed_digests
from tests.formatters.telegram_checks import (
    check_request,
    entities_of,
    keyboard_of,
    marked,
)

EN, ZH = words("en"), words("zh")

OURS = frozenset({"email", "bot_command"})
"""What Telegram may recognise around papers: `/help` in our own words is there to be tapped."""

LINK = "https://arxiv.org/abs/2604.01234"


def messages(*blocks: Block) -> tuple[Message, ...]:
    return telegram(Document("en", blocks))


def shown(*blocks: Block) -> str:
    """The only message of these blocks, with tags for its entities."""
    (message,) = messages(*blocks)
    return marked(message)


def item(number: int, title: str = "Kites", text: str = "") -> Item:
    facts = (Span("2604.01234", code=True), Span("cs.CL", code=True))
    return Item(number, Span(title, url=LINK, strong=True), facts, (Span(text),))


def table(*items: Item) -> Items:
    return Items("Paper", "TL;DR", items)


def card(number: int | None, *sections: Section, title: str = "Kites") -> Card:
    return Card(number, Span(title, url=LINK), None, (), "", sections)


class TestLayout:
    def test_a_digest_is_a_list_and_then_its_papers_folded(self) -> None:
        (message,) = telegram(digest_view(DIGEST, EN))
        assert (
            marked(message)
            == """\
<b>cs.|CV · Tue, Apr 21, 2026</b>
<i>2 of 3 announced</i>

<b><a>1. Lanterns | A Study</a></b>
<code>2604.01234</code> · <code>cs.CV, cs.LG</code>
We light. (extracted)

<b><a>2. Kites</a></b>
<code>math/0611800v2</code> · <code>math.CA</code> · replaced
风筝乘风而飞。

<i>“extracted” marks sentences taken from the abstract as they stand.</i>

<b>Details</b>

<b><a>1. Lanterns | A Study</a></b>
<code>2604.01234</code> · <code>cs.CV, cs.LG</code>
Ada Lund, Bo Qi
<q><b>TL;DR</b> We light. (extracted)

<b>Abstract</b> We light lanterns. They shine.

<b>Why here</b> light in the title
<b>Comment</b> 8 pages
<b>Journal</b> J. Light 1 (2026) 1-8
<b>DOI</b> <a>10.1000/lanterns</a>
<b>Licence</b> <a>CC BY 4.0</a>
<b>Submitted</b> Mon, Apr 20, 2026
<b>Updated</b> Mon, Apr 20, 2026</q>

<b>2. 风筝</b>
<a>Kites</a>
<code>math/0611800v2</code> · <code>math.CA</code> · replaced
Cy Roe
<q><b>TL;DR</b> 风筝乘风而飞。

<b>Translated abstract</b> 风筝在有风的地方飞

<b>Abstract</b> Kites fly where the wind is… (The source holds only the beginning of this \
abstract.)</q>"""
        )

    def test_a_paper_that_stands_alone_folds_only_what_is_long(self) -> None:
        (message,) = telegram(paper_view(KITES, KITES_ENTRY.summary, ZH))
        assert (
            marked(message)
            == """\
<b>风筝</b>
<a>Kites</a>
<code>math/0611800v2</code> · <code>math.CA</code>
Cy Roe

<b>一句话摘要</b> 风筝乘风而飞。

<q><b>摘要译文</b> 风筝在有风的地方飞

<b>摘要</b> Kites fly where the wind is… (来源只保存了摘要的开头部分。)</q>"""
        )

    def test_a_card_about_no_paper_keeps_commands_that_people_can_tap(self) -> None:
        sections = (Section("/help", (Span("lists commands"),)), Section("/saved", (Span("@all"),)))
        text = shown(Card(None, Span("Commands", strong=True), None, (), "", sections))
        assert text == "<b>Commands</b>\n\n<b>/help</b> lists commands\n<b>/saved</b> @|all"

    def test_headings_stay_with_what_they_head(self) -> None:
        long = Paragraph((Span("word " * 800),))
        first, second = messages(long, Heading("Kites"), Heading("Why", 2), long)
        assert marked(first).endswith("word")
        assert marked(second).startswith("<b>Kites</b>\n<b>Why</b>\nword")

    def test_what_shows_nothing_leaves_no_gap(self) -> None:
        nothing = (Paragraph((Span(" \u200b"),)), Note(()), table(), Heading(""))
        assert shown(Paragraph((Span("a"),)), *nothing, Paragraph((Span("b"),))) == "a\n\nb"
        assert messages(*nothing) == ()

    def test_code_in_small_print_stays_code(self) -> None:
        note = Note((Span("More: "), Span("/help subscribe", code=True)))
        assert shown(note) == "<i>More:</i> <code>/help subscribe</code>"

    def test_links_have_no_previews_and_nothing_has_a_parse_mode(self) -> None:
        (message,) = messages(Paragraph((Span("cs.CL", code=True),)))
        assert message == Message(
            "sendMessage",
            {
                "text": "cs.CL",
                "entities": [{"type": "code", "offset": 0, "length": 5}],
                "link_preview_options": {"is_disabled": True},
            },
        )


class TestPages:
    def test_papers_stay_whole(self) -> None:
        rows = table(*(item(number, text="We fly kites. " * 20) for number in range(1, 47)))
        pages = messages(Heading("Digest"), rows)
        assert [marked(page).count("<code>2604") for page in pages] == [13, 13, 13, 7]
        assert all("fly kites. We fly kites." in marked(page) for page in pages)
        assert all(marked(page).endswith("We fly kites.") for page in pages)

    def test_entities_end_a_message_too(self) -> None:
        pages = messages(table(*(item(number) for number in range(1, 47))))
        assert [len(entities_of(page)) for page in pages] == [100, 84]

    def test_a_paper_that_fits_nowhere_is_split_and_its_quote_begins_again(self) -> None:
        abstract = Section("Abstract", (Span("风筝乘风而飞。" * 900),), folded=True)
        first, second = messages(card(1, abstract))
        assert marked(first).startswith("<b><a>1. Kites</a></b>\n<q><b>Abstract</b> 风筝")
        assert marked(first).endswith("飞。</q>")
        assert marked(second).startswith("<q>风筝乘风")
        assert marked(second).endswith("飞。</q>")

    def test_3435_authors_take_a_few_messages(self) -> None:
        names = ", ".join(f"Ada-{number} Lund" for number in range(3435))
        pages = messages(Card(None, Span("Kites"), None, (), names, ()))
        assert len(pages) == 13
        assert " ".join(marked(page) for page in pages).endswith(names)


class TestButtons:
    def test_they_stand_below_what_comes_before_them(self) -> None:
        more = Actions(((Action("More", "digest 2"),),))
        less = Actions(((Action("Less", "digest 1"),), (Action("PDF", url=LINK),)))
        first, second, third = messages(Heading("a"), more, Heading("b"), less, more, Heading("c"))
        assert (keyboard_of(first), marked(first)) == ([["More"]], "<b>a</b>")
        assert keyboard_of(second) == [["Less"], ["PDF"], ["More"]]
        assert keyboard_of(third) == []

    def test_what_shows_nothing_does_not_part_them(self) -> None:
        more = Actions(((Action("More", "digest 2"),),))
        (message,) = messages(Heading("a"), more, Heading(" "), more)
        assert keyboard_of(message) == [["More"], ["More"]]

    def test_numbers_stand_below_the_message_with_their_paper(self) -> None:
        rows = table(*(item(number, text="We fly kites. " * 20) for number in range(1, 20)))
        numbers = tuple(Action(str(number), f"paper {number}") for number in range(1, 20))
        actions = Actions((numbers[:8], numbers[8:16], (*numbers[16:], Action("Stop", "stop"))))
        first, second = messages(rows, actions)
        assert keyboard_of(first) == [list("12345678"), ["9", "10", "11", "12", "13"]]
        assert keyboard_of(second) == [["14", "15", "16"], ["17", "18", "19", "Stop"]]

    def test_without_any_text_they_stand_below_an_ellipsis(self) -> None:
        (message,) = messages(Actions(((Action("Help", "help"),),)))
        assert (marked(message), keyboard_of(message)) == ("…", [["Help"]])

    def test_empty_rows_are_no_message(self) -> None:
        assert messages(Actions(((), ()))) == ()


TITLES = [
    "<b>Kites</b> & <i>wind</i>",
    "_*[Kites](http://a.b)*_ `code`",
    "Kites | wind || spoiler ||",
    "طائرات ורקית ورقية kites",
    "👩\u200d👩\u200d👧\u200d👦 🇩🇪 kites",
    "Ki\u200btes and wi\u2060nd",
    "cs.CL, @everyone, #1, #kites, $TSLA, /start, README.md, a@b.org",
    "www.example.org, tg://resolve?domain=kites, 127.0.0.1",
    "x\u030a A\u030a e\u0301",
]


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("url", [LINK, "javascript:alert(1)", None])
def test_hostile_titles_arrive_as_they_are(title: str, url: str | None) -> None:
    span = Span(title, url=url, strong=True)
    row = Item(1, span, (Span("cs.CL", code=True),), (Span(title),))
    pages = messages(table(row), Card(1, span, title, (span,), title, (Section("TL;DR", (span,)),)))
    for page in pages:
        tdlib.check(page.body, OURS if url is None else frozenset({"email"}))
    text = "".join(str(page.body["text"]) for page in pages)
    assert squeezed(text).count(squeezed(title)) == 7


def squeezed(text: str) -> str:
    """What the eye sees of a text, apart from white space."""
    return "".join(one for one in cleaned(text) if one.isprintable() and not one.isspace())


def everything(block: Block) -> Iterator[str]:
    """All texts of a block in the order in which they are shown."""
    match block:
        case Heading():
            yield block.text
        case Paragraph() | Note():
            yield text_of(block.spans)
        case Items():
            for row in block.items:
                yield from (f"{row.number}. ", row.title.text, facts(row.facts), text_of(row.text))
        case Card():
            yield f"{block.number}. " if block.number is not None else ""
            yield from (block.translated_title or "", block.title.text, facts(block.facts))
            yield block.authors
            for section in block.sections:
                yield from (section.label, text_of(section.spans))


def facts(spans: Spans) -> str:
    return " · ".join(span.text for span in spans if squeezed(span.text))


class TestAnyDocument:
    @settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
    @given(documents)
    def test_is_within_every_limit(self, telegram_spec: Spec, document: Document) -> None:
        for message in telegram(document):
            text, entities = str(message.body["text"]), entities_of(message)
            assert 1 <= len(text) <= CHARACTERS
            assert len(entities) <= ENTITIES
            check_request(message, telegram_spec)

    @settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
    @given(documents)
    def test_arrives_as_it_was_sent(self, document: Document) -> None:
        for message in telegram(document):
            tdlib.check(message.body, OURS)

    @settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
    @given(documents)
    def test_has_entities_that_are_sorted_and_do_not_cross(self, document: Document) -> None:
        for message in telegram(document):
            units = len(str(message.body["text"]).encode("utf-16-le")) // 2
            places = [(one["offset"], one["length"]) for one in entities_of(message)]
            assert all(0 <= start < start + length <= units for start, length in places)
            assert places == sorted(places, key=lambda place: (place[0], -place[1]))
            for (start, length), (after, long) in pairwise(places):
                assert after >= start + length or after + long <= start + length

    @settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
    @given(documents)
    def test_loses_no_visible_letter(self, document: Document) -> None:
        sent = "".join(str(message.body["text"]) for message in telegram(document))
        blocks = [block for block in document.blocks if not isinstance(block, Actions)]
        wanted = "".join(squeezed("".join(everything(block))) for block in blocks)
        if wanted:
            assert squeezed(sent.removeprefix("…")) == wanted.removeprefix("…")


class TestRealDigests:
    def test_of_the_feeds_arrive_as_they_were_sent(
        self, shared_data: Path, telegram_spec: Spec
    ) -> None:
        for digest in feed_digests(shared_data, papers=20):
            for message in telegram(digest_view(digest, EN)):
                tdlib.check(message.body)
                check_request(message, telegram_spec)

    def test_46_papers_in_chinese_are_a_list_of_three_messages(
        self, shared_data: Path, telegram_spec: Spec
    ) -> None:
        digest = chinese_digest(shared_data, papers=46)
        assert len(telegram(digest_view(digest, ZH, details=False))) == 3
        pages = telegram(digest_view(digest, ZH))
        for page in pages:
            tdlib.check(page.body)
            check_request(page, telegram_spec)


def test_the_longest_list_of_authors_is_counted_by_the_view() -> None:
    authors = tuple(f"Ada-{number} Lund" for number in range(3435))
    paper = Paper(LANTERNS.id, 1, "Kites", "We fly.", authors)
    (message,) = telegram(paper_view(paper, None, EN))
    assert "Ada-9 Lund and 3,425 more" in unicodedata.normalize("NFC", marked(message))
