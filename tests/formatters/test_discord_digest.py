import re
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from formatters.discord_digest import discord_digest
from formatters.document import Card, Document, Heading, Item, Items, Span
from formatters.views import digest_view, notification
from formatters.words import words
from storage.models import Call, Digest, Entry, Json, Room
from tests.formatters.discord_reader import visible
from tests.formatters.discord_spec import (
    check_call,
    check_harmless,
    check_sums,
    commands,
    nested,
    texts,
)
from tests.formatters.documents import documents
from tests.formatters.examples import DIGEST, LANTERNS, LANTERNS_ENTRY, digest_of, hostile_text
from tests.formatters.real_digests import chinese_digest, feed_digests

EN, ZH = words("en"), words("zh")
FEEDS = 4  # of the captured ones; the others hold the same kinds of papers


def calls_of(
    digest: Digest, room: Room = Room.GROUP, details: str = "collapsed"
) -> tuple[Call, ...]:
    texts_of = words(digest.language)
    view = digest_view(digest, texts_of)
    return discord_digest(view, notification(digest, texts_of), room, details)


def many(papers: int) -> Digest:
    """A digest of so many different papers."""
    entries = tuple(
        replace(
            LANTERNS_ENTRY,
            paper=replace(LANTERNS, id=f"2604.{number:05}", title=f"Lantern <{number}>"),
        )
        for number in range(1, papers + 1)
    )
    return replace(DIGEST, entries=entries)


def steps(calls: tuple[Call, ...]) -> list[tuple[str, int | None]]:
    return [(call.method, call.about) for call in calls]


def list_of(calls: tuple[Call, ...]) -> list[Json]:
    """The messages of the list: the first, and those that are not in its thread."""
    edits = [call.body for call in calls if call.method == "edit"]
    return (
        edits
        + [call.body for call in calls if (call.method, call.about) == ("message", None)][
            len(edits) :
        ]
    )


def labels(body: Json) -> list[str]:
    return [one["label"] for one in nested(body) if one["type"] == 2]


class TestCalls:
    @pytest.mark.parametrize(
        ("room", "details", "expected"),
        [
            (
                Room.GROUP,
                "collapsed",
                [("message", None), ("edit", 0), ("thread", 0), ("message", 2), ("message", 2)],
            ),
            (
                Room.CHANNEL,
                "each",
                [
                    *[("message", None), ("edit", 0), ("thread", 0)],
                    *[("message", 2), ("message", 2), ("crosspost", 0)],
                ],
            ),
            (Room.CHANNEL, "none", [("message", None), ("edit", 0), ("crosspost", 0)]),
            (Room.FORUM, "collapsed", [("post", None), ("message", 0), ("message", 0)]),
            (Room.FORUM, "on_demand", [("post", None)]),
            (
                Room.THREAD,
                "collapsed",
                [("message", None), ("edit", 0), ("message", None), ("message", None)],
            ),
            (Room.PRIVATE, "none", [("message", None), ("edit", 0)]),
            (Room.GROUP, "on_demand", [("message", None), ("edit", 0)]),
        ],
    )
    def test_every_room_and_setting_has_its_own(
        self, room: Room, details: str, expected: list[tuple[str, int | None]]
    ) -> None:
        calls = calls_of(DIGEST, room, details)
        assert steps(calls) == expected
        for call in calls:
            check_call(call, calls)

    def test_further_parts_of_the_list_come_before_the_thread(self) -> None:
        calls = calls_of(many(46))
        places = [at for at, call in enumerate(calls) if call.method == "thread"]
        assert places == [3]
        assert steps(calls)[2:5] == [("message", None), ("thread", 0), ("message", 3)]
        assert len(calls) == 4 + 46

    def test_in_a_forum_further_parts_stand_in_the_post(self) -> None:
        assert set(steps(calls_of(many(46), Room.FORUM))[1:]) == {("message", 0)}

    def test_the_line_is_posted_with_a_button_and_edited_away(self) -> None:
        line, edit, *_ = calls_of(DIGEST)
        assert line.body["content"] == "2 new papers in cs.CV: Lanterns \\| A Study, Kites"
        assert labels(line.body) == ["Show the digest"]
        assert commands(line.body) == ["digest"]
        assert edit.body["content"] is None

    def test_a_thread_and_a_post_are_named_after_the_digest(self) -> None:
        calls = calls_of(DIGEST)
        assert calls[2].body == {"name": "cs.CV · Tue, Apr 21, 2026"}
        (post, *_) = calls_of(replace(DIGEST, query="lanterns " * 30), Room.FORUM)
        name = str(post.body["name"])
        assert len(name) <= 100
        assert name.endswith("…")

    def test_a_post_bears_the_categories_of_its_papers(self) -> None:
        (post, *_) = calls_of(many(2), Room.FORUM)
        assert post.body["tags"] == ["cs.CV", "cs.LG"]

    def test_an_empty_digest_is_a_message_too(self) -> None:
        calls = calls_of(replace(DIGEST, entries=()))
        assert steps(calls) == [("message", None), ("edit", 0)]

    def test_a_document_that_shows_nothing_is_no_call(self) -> None:
        assert discord_digest(Document("en", (Heading(""),)), "", Room.GROUP, "none") == ()


class TestList:
    def test_tells_the_authors_and_opens_every_paper(self) -> None:
        (body,) = list_of(calls_of(DIGEST))
        assert texts(body)[1].endswith("-# `2604.01234` · `cs.CV, cs.LG` · Ada Lund, Bo Qi")
        assert commands(body) == ["paper 2604.01234", "paper math/0611800v2"]

    @pytest.mark.parametrize(
        ("room", "details", "expected"),
        [
            (Room.GROUP, "on_demand", ["Details in thread"]),
            (Room.CHANNEL, "on_demand", ["Details in thread"]),
            (Room.THREAD, "on_demand", []),
            (Room.GROUP, "collapsed", []),
            (Room.GROUP, "none", []),
        ],
    )
    def test_a_button_makes_the_thread_where_that_is_wanted(
        self, room: Room, details: str, expected: list[str]
    ) -> None:
        body = list_of(calls_of(DIGEST, room, details))[-1]
        assert labels(body) == expected
        assert commands(body)[2:] == ["thread"] * len(expected)

    def test_has_no_cards_and_not_their_heading(self) -> None:
        (body,) = list_of(calls_of(DIGEST))
        assert "Details" not in "".join(texts(body))
        assert "Abstract" not in "".join(texts(body))

    def test_a_paper_without_an_id_is_not_opened(self) -> None:
        table = Items("Paper", "TL;DR", (Item(1, Span("Kites"), ()),))
        card = Card(1, Span("Kites"), None, (), "", ())
        calls = discord_digest(Document("en", (table, card)), "", Room.GROUP, "each")
        assert [commands(call.body) for call in calls] == [["digest"], [], [], []]


class TestCards:
    def test_have_buttons(self) -> None:
        card = calls_of(DIGEST)[-2].body
        buttons = [one for one in nested(card) if one["type"] == 2]
        assert labels(card) == ["Save", "Similar", "PDF", "arXiv"]
        assert commands(card) == ["save 2604.01234", "similar 2604.01234"]
        assert [one.get("url") for one in buttons[2:]] == [
            "https://arxiv.org/pdf/2604.01234",
            "https://arxiv.org/abs/2604.01234",
        ]

    def test_a_long_abstract_goes_on_in_a_further_message(self) -> None:
        long = replace(LANTERNS, abstract="We light lanterns. They shine. " * 400)
        calls = calls_of(replace(DIGEST, entries=(replace(LANTERNS_ENTRY, paper=long),)))
        cards = [call.body for call in calls[3:]]
        shown = "".join(visible(text) for card in cards for text in texts(card))
        assert len(cards) == 5
        assert shown.count("They shine.") == 400
        assert labels(cards[-1])[:1] == ["Save"]


@pytest.mark.parametrize("papers", [0, 1, 46, 300, 501])
def test_every_paper_is_in_exactly_one_message_and_in_order(papers: int) -> None:
    calls = calls_of(many(papers))
    for call in calls:
        if call.method in ("message", "edit"):
            check_sums({name: value for name, value in call.body.items() if value is not None})
    pages = list_of(calls)
    shown = "\n".join(visible(text) for page in pages for text in texts(page))
    assert re.findall(r"Lantern <(\d+)>", shown) == [str(one) for one in range(1, papers + 1)]
    assert shown.count("We light.") == papers
    assert [one for page in pages for one in commands(page)] == [
        f"paper 2604.{number:05}" for number in range(1, papers + 1)
    ]
    assert sum(call.method == "message" for call in calls) == max(1, len(pages)) + papers


ROOMS = st.sampled_from(list(Room))
DETAILS = st.sampled_from(["collapsed", "each", "on_demand", "none"])


class TestAnyDigest:
    @settings(deadline=None, max_examples=20, suppress_health_check=list(HealthCheck))
    @given(st.lists(hostile_text, max_size=3), ROOMS, DETAILS)
    def test_is_within_every_limit_and_harmless(
        self, hostile: list[str], room: Room, details: str
    ) -> None:
        calls = calls_of(digest_of(*hostile), room, details)
        for call in calls:
            check_call(call, calls)
            check_harmless(call.body)

    @settings(deadline=None, max_examples=20, suppress_health_check=list(HealthCheck))
    @given(documents, hostile_text, ROOMS, DETAILS)
    def test_document_is_within_every_limit(
        self, document: Document, line: str, room: Room, details: str
    ) -> None:
        calls = discord_digest(document, line, room, details)
        for call in calls:
            check_call(call, calls)


class TestRealDigests:
    def test_of_the_feeds_are_within_every_limit_and_harmless(self, shared_data: Path) -> None:
        for digest in islice(feed_digests(shared_data, papers=3), FEEDS):
            calls = calls_of(digest)
            for call in calls:
                check_call(call, calls)
                check_harmless(call.body)

    def test_46_papers_in_chinese_are_a_list_of_three_messages(self, shared_data: Path) -> None:
        calls = calls_of(chinese_digest(shared_data, papers=46))
        assert steps(calls)[:5] == [
            *[("message", None), ("edit", 0), ("message", None), ("message", None)],
            ("thread", 0),
        ]
        assert len(calls) == 5 + 46
        for call in calls[:6]:
            check_call(call, calls)


class TestNotification:
    def test_counts_the_papers_and_names_the_first(self) -> None:
        assert notification(many(8), EN) == (
            "8 new papers in cs.CV: Lantern \\<1>, Lantern \\<2>, Lantern \\<3>, Lantern \\<4>,"
            " Lantern \\<5>"
        )
        assert notification(DIGEST, ZH) == "cs.CV：2 篇新论文。Lanterns \\| A Study, Kites"

    def test_names_one_paper_as_one(self) -> None:
        assert notification(many(1), EN) == "1 new paper in cs.CV: Lantern \\<1>"

    def test_names_nothing_where_nothing_is_new(self) -> None:
        assert notification(many(0), EN) == "Nothing new in cs.CV"

    def test_shortens_long_queries_and_titles(self) -> None:
        entry: Entry = replace(LANTERNS_ENTRY, paper=replace(LANTERNS, title="Lanterns " * 40))
        line = notification(replace(DIGEST, query="cs.CV " * 40, entries=(entry,)), EN)
        assert re.fullmatch(r"1 new paper in (cs\.CV ?)+…: (Lanterns ?)+…", line)
        assert 180 < len(line) <= 200

    @settings(deadline=None, max_examples=100)
    @given(st.lists(hostile_text, max_size=3))
    def test_is_one_short_harmless_line(self, hostile: list[str]) -> None:
        line = notification(digest_of(*hostile), EN)
        assert "\n" not in line
        assert len(line) <= 200
        check_harmless({"content": line})
