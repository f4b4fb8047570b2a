import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date

import pytest
from hypothesis import given

from formatters.document import (
    Actions,
    Block,
    Card,
    Document,
    Heading,
    Items,
    Note,
    Paragraph,
    text_of,
)
from formatters.views import (
    digest_view,
    error_view,
    explain_view,
    paper_view,
    search_view,
)
from formatters.words import words
from storage.models import Coverage, Digest, Kind, State
from tests.formatters.examples import (
    DAY,
    DIGEST,
    KITES,
    KITES_ENTRY,
    LANTERNS,
    LANTERNS_ENTRY,
    decision,
    digest_of,
    hostile_text,
)

EN, ZH = words("en"), words("zh")


def outline(document: Document) -> list[str]:
    """One line a block: text as it stands, tables and cards by their numbers."""
    return [line(block) for block in document.blocks]


def line(block: Block) -> str:
    match block:
        case Heading(text=text):
            return text
        case Paragraph(spans=spans) | Note(spans=spans):
            return text_of(spans)
        case Items(items=items):
            return f"table {[item.number for item in items]}"
        case Card(number=number):
            return f"card {number}"
        case Actions(rows=rows):
            return f"buttons {[action.label for row in rows for action in row]}"


def test_a_digest_is_its_heading_the_table_and_a_card_for_each_paper() -> None:
    assert outline(digest_view(DIGEST, EN)) == [
        "cs.CV · Tue, Apr 21, 2026",
        "2 of 3 announced",
        "table [1, 2]",
        "“extracted” marks sentences taken from the abstract as they stand.",
        "Details",
        "card 1",
        "card 2",
    ]


def test_a_document_is_in_the_readers_language() -> None:
    document = digest_view(DIGEST, ZH)
    assert document.language == "zh"
    assert outline(document)[:2] == ["cs.CV · 2026年4月21日周二", "公告 3 篇，选入 2 篇"]


def test_details_can_be_left_out() -> None:
    assert outline(digest_view(DIGEST, EN, details=False))[-1].startswith("“extracted”")


def test_the_mark_is_explained_only_where_it_occurs() -> None:
    written = replace(DIGEST, entries=(KITES_ENTRY,))
    assert outline(digest_view(written, EN, details=False))[-1] == "table [1]"


def test_several_batches_are_a_range_of_days() -> None:
    digest = replace(DIGEST, batches=(("cs.CL", date(2026, 4, 23)), ("cs.CV", DAY)))
    assert outline(digest_view(digest, EN))[0] == ("cs.CV · Tue, Apr 21, 2026 – Thu, Apr 23, 2026")


def test_what_the_limit_kept_back_is_counted() -> None:
    more = decision(3, LANTERNS_ENTRY, State.OVER_LIMIT, "limit 2")
    coverage = Coverage((*DIGEST.coverage.decisions, more, more))
    note = outline(digest_view(replace(DIGEST, coverage=coverage), EN))[1]
    assert note == "2 of 5 announced · 2 more match, over the limit"


def test_an_imported_digest_claims_no_announcements() -> None:
    imported = Digest("", "en", entries=(LANTERNS_ENTRY,))
    assert outline(digest_view(imported, EN))[:2] == ["Digest", "1 paper"]


@pytest.mark.parametrize(
    ("states", "reason", "text"),
    [
        ([], "", "Nothing was announced."),
        ([], "arXiv announces nothing on Saturdays.", "arXiv announces nothing on Saturdays."),
        (
            [State.FILTERED, State.SEEN, State.FILTERED],
            "",
            "None of these papers is for this digest: 2 not matching, 1 already seen.",
        ),
    ],
)
def test_an_empty_digest_says_why(states: list[State], reason: str, text: str) -> None:
    rows = (decision(index, KITES_ENTRY, state, "") for index, state in enumerate(states))
    empty = Digest("cs.CV", "en", coverage=Coverage(tuple(rows)))
    assert outline(digest_view(empty, EN, reason=reason)) == ["cs.CV", text]


def test_one_paper_is_a_card_without_number_or_kind() -> None:
    (only,) = paper_view(KITES, KITES_ENTRY.summary, EN).blocks
    assert isinstance(only, Card)
    assert only.number is None
    assert [fact.text for fact in only.facts] == ["math/0611800v2", "math.CA"]
    assert only.translated_title == "风筝"


def test_search_results_are_a_page_with_its_place_in_all_results() -> None:
    results = [(LANTERNS, None), (KITES, KITES_ENTRY.summary)]
    assert outline(search_view("light OR wind", results, 1214, EN, first=11)) == [
        "Search: light OR wind",
        "11–12 of 1,214 papers",
        "table [11, 12]",
    ]


def test_a_search_without_results_says_what_to_try() -> None:
    assert outline(search_view("zzz", [], 0, EN))[1].startswith("Nothing found. Fewer")


def test_an_account_has_the_totals_and_every_row_with_its_reason() -> None:
    document = explain_view(DIGEST, EN)
    assert outline(document) == [
        "Why: cs.CV · Tue, Apr 21, 2026",
        "3 rows announced: 2 shown, 1 not matching",
        "table [1, 2, 3]",
    ]
    table = document.blocks[2]
    assert isinstance(table, Items)
    assert table.text_label == "Reason"
    row = table.items[2]
    assert (row.title.text, text_of(row.text)) == ("Kites", "no cs.CV")
    assert [fact.text for fact in row.facts] == [
        "math/0611800v2",
        "replaced",
        "cs.CV",
        "not matching",
    ]


def test_an_account_of_nothing_has_no_table() -> None:
    assert outline(explain_view(Digest("cs.CV", "en"), EN)) == ["Why: cs.CV", "0 rows announced"]


def test_every_state_and_kind_has_a_name_in_every_language() -> None:
    for language in (EN, ZH):
        assert all(language(f"state.{state}") for state in State)
        assert all(language(f"kind.{kind}") for kind in Kind)


def test_an_error_is_its_text() -> None:
    assert outline(error_view("no such paper: 2604.99999", EN)) == [
        "That did not work",
        "no such paper: 2604.99999",
    ]


@pytest.mark.parametrize(
    ("query", "position", "text"),
    [
        ("cs.CV AND )", 10, "cs.CV AND ▸)"),
        ("cs.CV AND", 9, "cs.CV AND▸"),
        ("", 0, "▸"),
        ("x" * 10_000, 5_000, "…" + "x" * 60 + "▸" + "x" * 60 + "…"),
        ("a\x1b[2Jb", 5, "a[2J▸b"),
    ],
)
def test_an_error_in_a_query_points_at_the_place(query: str, position: int, text: str) -> None:
    assert outline(error_view("wrong", EN, query=query, position=position))[-1] == text


@given(hostile_text)
def test_no_view_fails_or_lets_a_control_character_through(text: str) -> None:
    digest = digest_of(text, text)
    rows = tuple(decision(0, entry, State.POSTED, text) for entry in digest.entries)
    digest = replace(digest, coverage=Coverage(rows))
    paper = digest.entries[0].paper
    for document in (
        digest_view(digest, EN),
        explain_view(digest, ZH),
        paper_view(paper, digest.entries[0].summary, EN),
        search_view(text, [(paper, None)], 1, ZH),
        error_view(text, EN, query=text, position=len(text) // 2),
    ):
        texts = "".join(strings(document))
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", texts)


def strings(value: object) -> Iterator[str]:
    """Every text anywhere in a document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from strings(part)
    elif is_dataclass(value):
        for field in fields(value):
            yield from strings(getattr(value, field.name))
