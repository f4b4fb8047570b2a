"""Objects of public archives as papers: every name they use, and nothing invented."""

import gzip
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadPaperId, BadRow
from bot.sources.records import (
    Record,
    split_leaked_label,
    to_record,
    without_boilerplate,
)
from storage.models import Origin, Paper

KITES = {"id": "2604.00001", "title": "Kites", "abstract": "They fly."}


def test_what_an_object_lacks_stays_missing() -> None:
    assert to_record({"id": "2604.00001", "title": "Kites"}) == Record(
        Paper("2604.00001", 1, "Kites", "", abstract_complete=False)
    )


def test_a_whole_object_keeps_every_text_byte_for_byte() -> None:
    title = "Kites\n  and $O(n\\log n)$ winds"
    abstract = '  They fly where\nG\\"odel <tool> & 20\\% is.\n'
    row = {
        "id": "2604.00001",
        "version": 3,
        "title": title,
        "abstract": abstract,
        "authors": ["Ada Lund", 'Bo "B" Qi'],
        "categories": ["cs.CV", "I.2.7; H.3.3"],
        "comment": "8 pages",
        "doi": "10.1000/kites",
        "journal_ref": "J. Wind 1",
        "license": "http://creativecommons.org/licenses/by/4.0/",
        "published": "2026-04-20T17:30:00Z",
        "updated": "2026-04-21T19:30:00+02:00",
    }
    assert to_record(row).paper == Paper(
        id="2604.00001",
        version=3,
        title=title,
        abstract=abstract,
        authors=("Ada Lund", 'Bo "B" Qi'),
        categories=("cs.CV", "I.2.7; H.3.3"),
        comment="8 pages",
        doi="10.1000/kites",
        journal_ref="J. Wind 1",
        licence="http://creativecommons.org/licenses/by/4.0/",
        published=datetime(2026, 4, 20, 17, 30, tzinfo=UTC),
        updated=datetime(2026, 4, 21, 19, 30, tzinfo=timezone(timedelta(hours=2))),
    )


@pytest.mark.parametrize("name", ["id", "arxiv_id", "paper_id", "entry_id", "arxivId", "abs"])
def test_an_identifier_stands_under_many_names(name: str) -> None:
    row = {name: "https://arxiv.org/abs/2604.00001v2", "title": "Kites"}
    assert (to_record(row).paper.id, to_record(row).paper.version) == ("2604.00001", 2)


@pytest.mark.parametrize(
    ("field", "value", "attribute", "read"),
    [
        ("summary", "They fly.", "abstract", "They fly."),
        ("en_abstract", "They fly.", "abstract", "They fly."),
        ("authors", "Ada Lund, Bo Qi", "authors", ("Ada Lund", "Bo Qi")),
        ("author", [{"name": "Ada Lund"}, {"name": ""}, 7], "authors", ("Ada Lund",)),
        ("categories", "cs.CV cs.LG", "categories", ("cs.CV", "cs.LG")),
        ("subjects", ["cs.CV"], "categories", ("cs.CV",)),
        ("comments", "8 pages", "comment", "8 pages"),
        ("journal-ref", "J. Wind 1", "journal_ref", "J. Wind 1"),
        ("licence", "CC0", "licence", "CC0"),
        ("published", "2026-04-20", "published", datetime(2026, 4, 20, tzinfo=UTC)),
        ("authors", 7, "authors", ()),
        ("comment", ["8 pages"], "comment", None),
        ("doi", "  ", "doi", None),
        ("published", 1_776_000_000, "published", None),
    ],
)
def test_other_names_and_shapes_are_read_too(
    field: str, value: object, attribute: str, read: object
) -> None:
    row = {"id": "2604.00001", "title": "Kites", field: value}
    assert getattr(to_record(row).paper, attribute) == read


@pytest.mark.parametrize(
    ("identity", "version", "read"),
    [
        ("2604.00001", 3, 3),
        ("2604.00001v2", 3, 3),
        ("2604.00001v2", None, 2),
        ("2604.00001v2", 0, 2),
        ("2604.00001v2", "3", 2),
        ("2604.00001v2", True, 2),
        ("2604.00001", 10**30, 1),
        ("2604.00001", None, 1),
    ],
)
def test_a_version_counts_if_a_paper_can_have_it(identity: str, version: object, read: int) -> None:
    assert to_record({"id": identity, "title": "Kites", "version": version}).paper.version == read


@pytest.mark.parametrize(
    ("more", "complete"),
    [
        ({}, True),
        ({"abstract_truncated": False}, True),
        ({"abstract_truncated": True}, False),
        ({"abstract": " "}, False),
    ],
)
def test_a_cut_abstract_is_known_as_cut(more: dict[str, Any], complete: bool) -> None:
    assert to_record(KITES | more).paper.abstract_complete is complete


@pytest.mark.parametrize("row", [None, 7, "Kites", [], [KITES]])
def test_what_is_no_object_is_refused(row: object) -> None:
    with pytest.raises(BadRow, match="not a JSON object"):
        to_record(row)


@pytest.mark.parametrize(
    ("row", "error", "says"),
    [
        ({}, BadRow, "no identifier"),
        ({"id": ["2604.00001"], "title": "Kites"}, BadRow, "no identifier"),
        ({"id": "9999.00001", "title": "Kites"}, BadPaperId, "is no arXiv id"),
        ({"id": "2604.00001", "title": ["Kites"]}, BadRow, "2604.00001 has no title"),
        (KITES | {"published": "soon"}, BadRow, "'soon' is no date"),
        (KITES | {"updated": "2026-04-31"}, BadRow, "'2026-04-31' is no date"),
    ],
)
def test_what_describes_no_paper_is_refused_with_what_is_missing(
    row: dict[str, Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        to_record(row)


SUMMARIES = [
    # (what an archive says beside the paper, the languages and texts that come of it)
    ({}, []),
    ({"zh_tldr": "风筝会飞。"}, [("zh", None, "风筝会飞。", None)]),
    (
        {"zh_title": "风筝", "zh_tldr": "风筝会飞。", "zh_abstract": "它们飞。"},
        [("zh", "风筝", "风筝会飞。", "它们飞。")],
    ),
    ({"zh": {"tldr": "风筝会飞。", "method": "风"}}, [("zh", None, "风筝会飞。", None)]),
    ({"AI": {"tldr": "风筝会飞。"}}, [("zh", None, "风筝会飞。", None)]),
    ({"en_tldr": "Kites fly."}, [("en", None, "Kites fly.", None)]),
    (
        {"zh_tldr": "风筝会飞。", "en_tldr": "Kites fly."},
        [("zh", None, "风筝会飞。", None), ("en", None, "Kites fly.", None)],
    ),
    # An English title or abstract is the paper's own.
    ({"en": {"title": "Kites", "abstract": "They fly."}}, []),
    (
        {"zh_tldr": "风筝会飞。En_Tdlr: Kites fly."},
        [("zh", None, "风筝会飞。", None), ("en", None, "Kites fly.", None)],
    ),
    (
        {"zh_tldr": "风筝会飞。En_Tdlr: Kites fly.", "en_tldr": "Kites soar."},
        [("zh", None, "风筝会飞。", None), ("en", None, "Kites soar.", None)],
    ),
    ({"zh_tldr": " ", "zh_title": None, "zh_abstract": 7, "zh": {"tldr": []}}, []),
    ({"zh": "Chinese", "id_title": "no"}, [("id", "no", None, None)]),
    ({"abstract_tldr": "Kites fly.", "ZH_tldr": "风筝"}, []),
]


@pytest.mark.parametrize(("more", "texts"), SUMMARIES)
def test_summaries_come_in_the_shapes_of_public_archives(
    more: dict[str, Any], texts: list[tuple[str, str | None, str | None, str | None]]
) -> None:
    found = to_record(KITES | more).summaries
    assert [(one.language, one.title, one.tldr, one.abstract) for one in found] == texts
    assert all((one.paper_id, one.version) == ("2604.00001", 1) for one in found)
    assert all((one.origin, one.model) == (Origin.IMPORTED, None) for one in found)


@pytest.mark.parametrize(
    ("tldr", "first", "english"),
    [
        ("风筝会飞。", "风筝会飞。", None),
        ("风筝会飞。En_Tdlr: Kites fly.", "风筝会飞。", "Kites fly."),
        ("风筝会飞。\n   en_tldr：Kites fly. ", "风筝会飞。", "Kites fly."),
        ("风筝会飞 EN TL;DR : Kites fly.", "风筝会飞", "Kites fly."),
        ("风筝会飞EnTldr:", "风筝会飞", None),
        ("En_Tdlr: Kites fly.", "", "Kites fly."),
        ("an open_tldr: label", "an open_tldr: label", None),
        ("En_Tdlr without a colon", "En_Tdlr without a colon", None),
    ],
)
def test_a_label_that_leaked_is_split_off(tldr: str, first: str, english: str | None) -> None:
    assert split_leaked_label(tldr) == (first, english)


def test_a_leaked_label_is_looked_for_in_linear_time() -> None:
    assert split_leaked_label("a" + " " * 1_000_000 + "b")[1] is None


@pytest.mark.parametrize(
    ("abstract", "bare"),
    [
        ("arXiv:2604.00001v2 Announce Type: replace-cross \nAbstract: They fly.", "They fly."),
        ("arXiv:2604.00001v1 Announce Type: new  Abstract:They fly.", "They fly."),
        ("They fly. arXiv:2604.00001v1 Announce Type: new Abstract: x", None),
        ("They fly.", None),
        ("", None),
    ],
)
def test_feed_boilerplate_is_taken_off_the_beginning(abstract: str, bare: str | None) -> None:
    assert without_boilerplate(abstract) == (abstract if bare is None else bare)


def test_half_a_character_costs_no_more_than_itself() -> None:
    row = json.loads(
        r'{"id": "2604.00001", "title": "K\ud83dites \ud83d\ude00", "authors": ["A\udc00"],'
        r' "categories": "cs.CV \ud800", "zh_tldr": "飞\udfff"}'
    )
    record = to_record(row)
    assert record.paper.title == "K?ites 😀"
    assert (record.paper.authors, record.paper.categories) == (("A?",), ("cs.CV", "?"))
    assert [one.tldr for one in record.summaries] == ["飞?"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
names = st.sampled_from(
    ["id", "title", "abstract", "authors", "categories", "version", "published", "zh", "zh_tldr"]
)


@given(st.dictionaries(names, json_values))
def test_any_object_is_a_record_that_can_be_stored_or_refused_in_one_line(
    row: dict[str, object],
) -> None:
    outcome = read({"id": "2604.00001", "title": "Kites"} | row)
    if isinstance(outcome, str):
        assert "\n" not in outcome
        return
    assert 1 <= outcome.paper.version <= 999
    for text in (outcome.paper.title, *outcome.paper.authors, *outcome.paper.categories):
        assert text.encode()


def read(row: object) -> Record | str:
    """The record, or why there is none."""
    try:
        return to_record(row)
    except (BadRow, BadPaperId) as error:
        return str(error)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "rows", "chinese", "english"),
    [
        ("zh_structured_dw-dengwei_3k", 3_000, 3_000, 0),
        ("zh_cn-chat-arxiv_3k", 3_000, 3_000, 3_000),
        ("zh_bad_samples", 110, 107, 71),
    ],
)
def test_real_archives_are_read_without_a_reject(
    shared_data: Path, name: str, rows: int, chinese: int, english: int
) -> None:
    with gzip.open(shared_data / f"{name}.jsonl.gz", "rt") as lines:
        records = [to_record(json.loads(line)) for line in lines]
    tldrs = [one for record in records for one in record.summaries if one.tldr]
    assert len(records) == rows
    assert sum(one.language == "zh" for one in tldrs) == chinese
    assert sum(one.language == "en" for one in tldrs) == english
    assert not any("en_tdlr" in (one.tldr or "").lower() for one in tldrs)
