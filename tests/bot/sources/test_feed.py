"""Announcement feeds: three dialects, every way of being broken, and text that survives."""

import gzip
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import FeedRefused, FeedTruncated, NotAFeed, SourceError
from bot.sources.feed import ROWS_AT_MOST, parse_feed, split_authors
from storage.models import Kind
from tests.fakes.arxiv import paper
from tests.fakes.arxiv_xml import atom_feed, error_feed, rss_feed

DAY = date(2026, 4, 21)
ROWS = [
    (
        paper("2604.16446", title="S&P <b> $CNN<ViT<Hybrid$", abstract="a<b ... c>d & 20\\%"),
        Kind.NEW,
    ),
    (paper("2604.00001", version=2, categories=("cs.CL", "I.2.7; H.3.3")), Kind.REPLACE),
    (paper("math/0611800", version=12), Kind.REPLACE_CROSS),
]


@pytest.mark.parametrize("render", [atom_feed, rss_feed])
def test_atom_and_rss_give_the_same_rows(render: Callable[..., bytes]) -> None:
    feed = parse_feed(render("cs.CV", DAY, ROWS))
    assert (feed.category, feed.day, feed.rejected) == ("cs.CV", DAY, ())
    assert [(row.paper.id, row.paper.version, row.kind) for row in feed.rows] == [
        ("2604.16446", 1, Kind.NEW),
        ("2604.00001", 2, Kind.REPLACE),
        ("math/0611800", 12, Kind.REPLACE_CROSS),
    ]
    assert [row.paper.title for row in feed.rows] == [one.title for one, _ in ROWS]
    assert [row.paper.abstract for row in feed.rows] == [one.abstract for one, _ in ROWS]
    assert feed.rows[1].paper.categories == ("cs.CL", "I.2.7; H.3.3")


@given(
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1),
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1),
)
def test_text_survives_byte_for_byte(title: str, abstract: str) -> None:
    rows = [(paper("2604.16446", title=title, abstract=abstract), Kind.NEW)]
    for render in (atom_feed, rss_feed):
        found = parse_feed(render("cs.CV", DAY, rows)).rows[0].paper
        assert (found.title, found.abstract) == (title, abstract)


def test_every_real_feed_gives_its_rows_in_order(shared_data: Path) -> None:
    lines = (shared_data / "feeds/truth.jsonl").read_text().splitlines()
    truths = [json.loads(line) for line in lines]
    read = 0
    for truth in truths:
        pattern = f"*_{truth['feed']}_{truth['date']}.xml*"
        for path in (shared_data / "feeds").glob(pattern):
            feed = parse_feed(_content(path))
            rows = [[row.paper.id, row.paper.version, row.kind.value] for row in feed.rows]
            assert (feed.category, feed.day.isoformat()) == (truth["feed"], truth["date"]), path
            assert (rows, feed.rejected) == (truth["items"], ()), path
            read += 1
    assert read == len(list((shared_data / "feeds").glob("*.xml*"))) - 1  # all but the error feed


def test_titles_and_abstracts_of_real_feeds_are_those_of_the_metadata(shared_data: Path) -> None:
    wanted: dict[str, tuple[str, str]] = {}
    for path in (shared_data / "feeds").glob("*.gz"):
        for row in parse_feed(_content(path)).rows:
            wanted[row.paper.id] = (row.paper.title, row.paper.abstract)
    compared = 0
    with gzip.open(shared_data / "metadata_20k.jsonl.gz", "rt") as lines:
        for line in lines:
            record = json.loads(line)
            if record["id"] in wanted:
                title, abstract = wanted[record["id"]]
                # The feeds join hard-wrapped lines; nothing else differs by a single byte.
                assert title == " ".join(record["title"].split())
                assert abstract == " ".join(record["abstract"].split())
                compared += 1
    assert compared == len(wanted) > 1_900


def test_old_rdf_feeds_are_read(shared_data: Path) -> None:
    path = shared_data / "captures/rss/rdf_hep-ex_2018-05-23.xml"
    feed = parse_feed(path.read_bytes())
    assert (feed.category, feed.day) == ("hep-ex", date(2018, 5, 23))
    first, second, third = feed.rows
    assert first.paper.title == "Measurement of Transverse Single Spin Asymmetries"
    assert first.paper.abstract.startswith("In 2015 the first collisions")
    assert "$2.6<\\eta<4$" in first.paper.abstract
    assert first.paper.authors == ("Christopher Dilks (STAR Collaboration)",)
    assert (second.kind, third.kind, third.paper.version) == (Kind.CROSS, Kind.REPLACE, 2)
    assert third.paper.categories == ("nucl-th",)
    assert third.paper.authors[-1] == "Hong-Shi Zong"


def test_a_plea_for_donations_is_no_part_of_an_abstract() -> None:
    feed = _old_feed("<p>Real text.</p><p>DONATE to arXiv: One hundred percent ...</p>")
    assert parse_feed(feed).rows[0].paper.abstract == "Real text."


def test_an_empty_feed_is_a_feed() -> None:
    feed = parse_feed(atom_feed("cs.CV", date(2026, 4, 18), []))
    assert (feed.category, feed.day, feed.rows) == ("cs.CV", date(2026, 4, 18), ())


@pytest.mark.parametrize(
    ("data", "error", "says"),
    [
        (b"", NotAFeed, "empty"),
        (b" \n ", NotAFeed, "empty"),
        (b"<!DOCTYPE html><html><body>busy", NotAFeed, "web page"),
        (b"\xef\xbb\xbf<html>", NotAFeed, "web page"),
        (b"rate exceeded", NotAFeed, "not XML"),
        (b"<opml/>", NotAFeed, "<opml>"),
        (b"<rss><channel><title>My blog</title></channel></rss>", NotAFeed, "not an announcement"),
        (error_feed("cs.ZZ"), FeedRefused, "arXiv refused the request: Bad"),
        (atom_feed("cs.CV", DAY, ROWS)[:-200], FeedTruncated, "after 2 whole rows"),
        (atom_feed("cs.CV", DAY, ROWS).replace(b"S&amp;P", b"\x00"), FeedTruncated, "damaged"),
    ],
)
def test_what_is_not_a_whole_feed_is_refused_as_a_whole(
    data: bytes, error: type[SourceError], says: str
) -> None:
    with pytest.raises(error, match=says) as caught:
        parse_feed(data)
    assert "\n" not in str(caught.value)


def test_entities_are_neither_expanded_nor_fetched() -> None:
    bomb = b'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    feed = atom_feed("cs.CV", DAY, ROWS[:1])
    declaration, rest = feed.split(b"?>", 1)
    data = declaration + b"?>" + bomb + rest.replace(b"S&amp;P", b"S&b;P")
    assert "aaaa" not in parse_feed(data).rows[0].paper.title


def test_a_row_that_cannot_be_used_is_told_and_costs_no_other() -> None:
    feed = atom_feed("cs.CV", DAY, ROWS).replace(b"2604.00001", b"9999.00001")
    feed = feed.replace(b">replace-cross<", b">unheard-of<")
    parsed = parse_feed(feed)
    assert [row.paper.id for row in parsed.rows] == ["2604.16446"]
    assert [reason.split(":")[0] for reason in parsed.rejected] == ["row 2", "row 3"]


def test_a_paper_that_stands_twice_counts_once() -> None:
    parsed = parse_feed(atom_feed("cs.CV", DAY, [ROWS[0], ROWS[0]]))
    assert len(parsed.rows) == 1
    assert parsed.rejected == ("row 2: 2604.16446 stands in an earlier row already",)


def test_a_feed_at_arxivs_cap_says_so() -> None:
    rows = [(paper(f"2604.{number:05}"), Kind.NEW) for number in range(1, ROWS_AT_MOST + 1)]
    assert parse_feed(atom_feed("cs.CV", DAY, rows)).capped
    assert not parse_feed(atom_feed("cs.CV", DAY, rows[1:])).capped


@pytest.mark.parametrize(
    ("names", "authors"),
    [
        ("Ann Lee, Bo Chen", ("Ann Lee", "Bo Chen")),
        ("Ann Lee (MIT, Cambridge), Bo Chen", ("Ann Lee (MIT, Cambridge)", "Bo Chen")),
        ("A (1), B (2) ((1) MIT, (2) ETH)", ("A (1)", "B (2) ((1) MIT, (2) ETH)")),
        (" Sukarno,  Madonna", ("Sukarno", "Madonna")),
        ("Ann Lee (MIT, Bo Chen", ("Ann Lee (MIT", "Bo Chen")),
        ("Ann Lee, Bo Chen, and Andy Sand", ("Ann Lee", "Bo Chen", "Andy Sand")),
        ("", ()),
    ],
)
def test_authors_are_split_at_commas_outside_affiliations(
    names: str, authors: tuple[str, ...]
) -> None:
    assert split_authors(names) == authors


def _content(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def _old_feed(description: str) -> bytes:
    text = description.replace("<", "&lt;").replace(">", "&gt;")
    return f"""<?xml version="1.0"?>
        <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
            xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
        <channel><title>cs.CY updates on arXiv.org</title>
        <dc:date>2016-06-28T20:30:00-05:00</dc:date></channel>
        <item><title>A Look Back. (arXiv:1606.08480v1 [cs.CY])</title>
        <description>{text}</description><dc:creator>C. Perera</dc:creator></item>
        </rdf:RDF>""".encode()
