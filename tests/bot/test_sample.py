"""The bundled sample has everything that a digest has to cope with, and nothing that is real."""

import gzip
import json
import re
from datetime import date, datetime
from pathlib import Path

import pytest
from lxml import etree

from bot import sample
from storage.models import Kind, Origin

NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "arxiv": "http://arxiv.org/schemas/atom",
    "dc": "http://purl.org/dc/elements/1.1/",
}
BATCH_DAY = date(2026, 11, 20)
VERSIONED_ID = re.compile(r"oai:arXiv\.org:((?:\d{4}\.\d{5}|[a-z-]+/\d{7}))v([1-5])")
ELEMENTS = [
    "id",
    "title",
    "updated",
    "link",
    "summary",
    "category",
    "published",
    "announce_type",
    "rights",
    "DOI",
    "journal_reference",
    "creator",
]
OPTIONAL = {"DOI", "journal_reference"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")

FEED = etree.fromstring(sample.feed_bytes())
ENTRIES = FEED.findall("atom:entry", NAMESPACES)


def texts(path: str) -> list[str]:
    """The text of this child of every entry that has it, in feed order."""
    return [found.text or "" for one in ENTRIES for found in one.findall(path, NAMESPACES)]


def versioned_ids() -> list[tuple[str, int]]:
    """Identifier and version of every entry."""
    matches = [VERSIONED_ID.fullmatch(text) for text in texts("atom:id")]
    return [(match[1], int(match[2])) for match in matches if match]


def abstracts() -> list[str]:
    return [summary.split("\nAbstract: ", 1)[1] for summary in texts("atom:summary")]


def test_every_entry_has_a_well_formed_id_of_its_own() -> None:
    assert len(versioned_ids()) == len(ENTRIES) == len(set(versioned_ids()))
    assert any("/" in paper_id for paper_id, _ in versioned_ids())


def test_all_four_kinds_come_in_the_order_of_a_listing() -> None:
    kinds = [Kind(text) for text in texts("arxiv:announce_type")]
    assert len(kinds) == len(ENTRIES)
    assert set(kinds) == set(Kind)
    assert kinds == sorted(kinds, key=lambda kind: kind.rank)


def test_only_replaced_papers_have_later_versions() -> None:
    for (_, version), kind in zip(versioned_ids(), texts("arxiv:announce_type"), strict=True):
        assert (version > 1) is kind.startswith("replace")


def test_each_summary_begins_the_way_arxiv_writes_it() -> None:
    rows = zip(versioned_ids(), texts("arxiv:announce_type"), texts("atom:summary"), strict=True)
    for (paper_id, version), kind, summary in rows:
        prefix = f"arXiv:{paper_id}v{version} Announce Type: {kind} \nAbstract: "
        assert summary.startswith(prefix)


def test_the_elements_of_an_entry_stand_in_the_order_of_arxiv() -> None:
    for entry in ENTRIES:
        places = [ELEMENTS.index(etree.QName(child).localname) for child in entry]
        assert places == sorted(places)
        assert {ELEMENTS[place] for place in places} >= set(ELEMENTS) - OPTIONAL


def test_it_is_the_batch_of_a_friday() -> None:
    days = {datetime.fromisoformat(text).date() for text in texts("atom:published")}
    assert days == {BATCH_DAY}
    assert BATCH_DAY.strftime("%a") == "Fri"


def test_a_digest_of_cs_ai_shows_every_paper() -> None:
    for entry, kind in zip(ENTRIES, texts("arxiv:announce_type"), strict=True):
        terms = [category.get("term") for category in entry.findall("atom:category", NAMESPACES)]
        assert "cs.AI" in terms
        assert (terms[0] == "cs.AI") is not kind.endswith("cross")


@pytest.mark.parametrize(
    "awkward",
    [" | ", "《", "$", "$5 ", "*", "_", "[", "<", "&", "👍", "العربية", r"\'e", r"\H{o}", "--"],
)
def test_some_title_holds_what_is_hard_to_show(awkward: str) -> None:
    assert any(awkward in title for title in texts("atom:title"))


@pytest.mark.parametrize(
    "awkward",
    [
        r"\emph{",
        r"\href{",
        r"\%",
        "20% ",
        r"\$0.38",
        "$5 ",
        "<tie>",
        "**",
        "@everyone",
        r"\sqrt{s}",
    ],
)
def test_some_abstract_holds_what_is_hard_to_show(awkward: str) -> None:
    assert any(awkward in abstract for abstract in abstracts())


def test_some_paper_is_withdrawn() -> None:
    assert any("has been withdrawn" in abstract for abstract in abstracts())


def test_one_paper_has_two_hundred_authors() -> None:
    names = max(texts("dc:creator"), key=len).split(", ")
    assert len(names) == len(set(names)) == 200
    assert not all(name.isascii() for name in names)
    assert max(map(len, names)) > 50


def test_some_authors_have_one_name_or_an_affiliation_with_commas() -> None:
    assert any(re.fullmatch(r" \w+", authors) for authors in texts("dc:creator"))
    assert any(re.search(r"\([^)]*, [^)]*\)", authors) for authors in texts("dc:creator"))


def test_some_paper_has_a_doi_and_a_journal_reference() -> None:
    assert texts("arxiv:DOI")
    assert texts("arxiv:journal_reference")


def test_most_papers_have_a_whole_chinese_summary_and_a_few_have_none() -> None:
    summaries = sample.summaries()
    for summary in summaries:
        assert summary.language == "zh"
        assert summary.origin is Origin.IMPORTED
        for text in (summary.title, summary.tldr, summary.abstract):
            assert text is not None
            assert CHINESE.search(text)
        assert len(summary.tldr or "") < len(summary.abstract or "")
    assert 2 <= len(ENTRIES) - len(summaries) <= 3


def test_every_summary_belongs_to_one_paper_of_the_feed() -> None:
    owners = [(summary.paper_id, summary.version) for summary in sample.summaries()]
    assert len(owners) == len(set(owners))
    assert set(owners) < set(versioned_ids())


@pytest.mark.shared
def test_no_paper_of_the_sample_exists(shared_data: Path) -> None:
    with gzip.open(shared_data / "metadata_20k.jsonl.gz", "rt", encoding="utf-8") as lines:
        real = {(row["id"], row["title"]) for row in map(json.loads, lines)}
    assert not {paper_id for paper_id, _ in versioned_ids()} & {paper_id for paper_id, _ in real}
    assert not set(texts("atom:title")) & {title for _, title in real}
