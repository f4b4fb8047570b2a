from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from lxml import etree

from formatters.feed import feed
from storage.models import Digest
from tests.formatters.examples import DIGEST, KITES_ENTRY, digest_of, hostile_text

ATOM = {"a": "http://www.w3.org/2005/Atom"}


def parsed(digest: Digest) -> etree._Element:
    return etree.fromstring(feed(digest).encode("utf-8"))


def texts(root: etree._Element, path: str) -> list[str]:
    return [element.text or "" for element in root.findall(path, ATOM)]


def attributes(root: etree._Element, path: str, name: str) -> list[str | None]:
    return [element.get(name) for element in root.findall(path, ATOM)]


def test_a_digest_is_an_atom_feed_with_its_papers_in_order() -> None:
    root = parsed(DIGEST)
    assert root.tag == "{http://www.w3.org/2005/Atom}feed"
    assert texts(root, "a:title") == ["cs.CV · Paperboy"]
    assert texts(root, "a:entry/a:id") == [
        "oai:arXiv.org:2604.01234v1",
        "oai:arXiv.org:math/0611800v2",
    ]
    assert texts(root, "a:entry/a:title") == ["Lanterns | A Study", "风筝 · Kites"]
    assert texts(root, "a:entry/a:author/a:name") == ["Ada Lund", "Bo Qi", "Cy Roe"]
    assert attributes(root, "a:entry/a:category", "term")[:2] == ["cs.CV", "cs.LG"]
    assert attributes(root, "a:entry/a:link", "href")[:2] == [
        "https://arxiv.org/abs/2604.01234",
        "https://arxiv.org/pdf/2604.01234",
    ]


def test_content_is_html_of_all_sections_with_the_text_escaped() -> None:
    entry = replace(KITES_ENTRY, paper=replace(KITES_ENTRY.paper, abstract="a<b & <i>c</i>"))
    (content,) = texts(parsed(replace(DIGEST, entries=(entry,))), "a:entry/a:content")
    assert content.startswith("<p>Cy Roe</p><p><strong>TL;DR</strong><br/>风筝乘风而飞。</p>")
    assert "a&lt;b &amp; &lt;i&gt;c&lt;/i&gt;…" in content


def test_dates_come_from_the_newest_batch() -> None:
    batches = (("cs.CV", date(2026, 4, 21)), ("cs.CL", date(2026, 4, 22)))
    root = parsed(replace(DIGEST, batches=batches))
    assert texts(root, "a:updated") == ["2026-04-22T00:00:00+00:00"]
    assert texts(root, "a:entry/a:updated") == ["2026-04-22T00:00:00+00:00"] * 2
    assert texts(root, "a:entry/a:published") == ["2026-04-20T17:30:00+00:00"]


def test_without_batches_dates_come_from_the_papers() -> None:
    root = parsed(replace(DIGEST, batches=()))
    assert texts(root, "a:updated") == ["2026-04-20T17:30:00+00:00"]
    assert texts(root, "a:entry/a:updated")[1] == "1970-01-01T00:00:00+00:00"


def test_a_time_without_a_zone_is_utc() -> None:
    naive = datetime(2026, 4, 20, 17, 30, tzinfo=UTC).replace(tzinfo=None)
    paper = replace(KITES_ENTRY.paper, published=naive)
    root = parsed(replace(DIGEST, batches=(), entries=(replace(KITES_ENTRY, paper=paper),)))
    assert texts(root, "a:updated") == ["2026-04-20T17:30:00+00:00"]


def test_the_same_digest_gives_the_same_feed() -> None:
    assert feed(DIGEST) == feed(replace(DIGEST))


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        (replace(DIGEST, batches=(("cs.CL", date(2026, 4, 23)),), entries=()), True),
        (replace(DIGEST, query="cs.CL"), False),
        (replace(DIGEST, language="zh"), False),
    ],
)
def test_the_feeds_id_depends_on_query_and_language_only(changed: Digest, same: bool) -> None:
    assert (texts(parsed(changed), "a:id") == texts(parsed(DIGEST), "a:id")) is same


def test_an_unsafe_link_is_replaced_by_the_abstract_page() -> None:
    entry = replace(KITES_ENTRY, link="javascript:alert(1)")
    root = parsed(replace(DIGEST, entries=(entry,)))
    assert attributes(root, "a:entry/a:link", "href")[0] == "https://arxiv.org/abs/math/0611800"


@given(hostile_text)
def test_the_feed_is_well_formed_whatever_the_text_holds(text: str) -> None:
    root = parsed(digest_of(text))
    for required in ("a:id", "a:title", "a:updated", "a:entry/a:id", "a:entry/a:updated"):
        assert len(texts(root, required)) == 1
        assert texts(root, required)[0]
