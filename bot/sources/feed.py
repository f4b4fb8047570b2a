"""Announcement feeds in: bytes become papers and announcement kinds, text survives as served.

Three dialects are read: Atom and RSS 2.0 as arXiv serves them now, and the RDF it served until
February 2024. `feed_dialects` takes the XML apart, this module makes sense of the parts.
Kept as raw XML text on purpose: sanitisers alter one abstract in 130 (measured).
"""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from lxml import etree

from bot.errors import BadPaperId, BadRow, FeedRefused, FeedTruncated, NotAFeed
from bot.sources import taxonomy
from bot.sources.feed_dialects import RawRow, read_dialect
from bot.sources.ids import PaperId, parse_id
from storage.models import Kind, Paper

ROWS_AT_MOST = 2_000  # per request; beyond it arXiv leaves out the newest rows (its feed code)
_ERROR_TITLE = "Feed error for query"
_BOILERPLATE = re.compile(r"arXiv:(\S+)\s+Announce Type:\s*([a-z-]+)\s+Abstract: ?")
_OLD_TITLE = re.compile(r"\.? \(arXiv:(\S+) \[([^\]]+)\]( CROSS LISTED| UPDATED)?\)$")
_ANCHOR = re.compile(r"<a [^>]*>([^<]*)</a>")
_DONATION = "<p>DONATE to arXiv"  # a paragraph that some feeds of 2016 carried
_KINDS = frozenset(Kind)
_OLD_KINDS = {" CROSS LISTED": Kind.CROSS, " UPDATED": Kind.REPLACE}


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One announced paper and the reason."""

    paper: Paper
    kind: Kind


@dataclass(frozen=True, slots=True)
class Feed:
    """One category's batch as a feed tells it; `rows` are in feed order, each paper once.

    `rejected` says which rows could not be used and why. `capped` is True where the feed holds as
    many rows as arXiv gives out, so that others may be missing.
    """

    category: str
    day: date
    rows: tuple[FeedRow, ...]
    rejected: tuple[str, ...] = ()

    @property
    def capped(self) -> bool:
        """Whether arXiv may have left out rows."""
        return len(self.rows) + len(self.rejected) >= ROWS_AT_MOST


def parse_feed(data: bytes) -> Feed:
    """Read a whole feed or nothing.

    Raises NotAFeed, FeedTruncated or FeedRefused, each with one line that says what came.
    """
    raw = read_dialect(_root(data))
    if raw.title.startswith(_ERROR_TITLE):
        raise FeedRefused(f"arXiv refused the request: {_one_line(raw.subtitle or raw.title)}")
    if raw.category is None or raw.day is None:
        raise NotAFeed("this is a feed, but not an announcement feed of arXiv")
    rows: dict[str, FeedRow] = {}
    rejected: list[str] = []
    for number, raw_row in enumerate(raw.rows, start=1):
        try:
            row = _to_row(raw_row)
        except (BadPaperId, BadRow) as error:
            rejected.append(f"row {number}: {error}")
            continue
        if row.paper.id in rows:
            rejected.append(f"row {number}: {row.paper.id} stands in an earlier row already")
        rows.setdefault(row.paper.id, row)
    category = taxonomy.canonical(raw.category) or raw.category
    return Feed(category, raw.day, tuple(rows.values()), tuple(rejected))


def _root(data: bytes) -> etree._Element:
    start = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not start:
        raise NotAFeed("the answer is empty; ask again later")
    if start.startswith((b"<!doctype html", b"<html")):
        raise NotAFeed("a web page came instead of a feed; ask again later")
    if not start.startswith(b"<"):
        raise NotAFeed("this is not XML, so it cannot be a feed")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        whole = data.count(b"</entry>") + data.count(b"</item>")
        line = error.lineno or 1
        raise FeedTruncated(
            f"the feed breaks off or is damaged at line {line}, after {whole} whole rows;"
            " nothing of it was used, fetch it again"
        ) from error


def _to_row(raw: RawRow) -> FeedRow:
    if raw.is_old:
        return _to_old_row(raw)
    boilerplate = _BOILERPLATE.match(raw.summary)
    identity = raw.identity or (boilerplate.group(1) if boilerplate else "")
    kind = raw.kind or (boilerplate.group(2) if boilerplate else "")
    abstract = raw.summary[boilerplate.end() :] if boilerplate else raw.summary
    paper = _to_paper(
        raw, parse_id(identity), raw.title, abstract, split_authors(raw.authors), raw.categories
    )
    if kind not in _KINDS:
        raise BadRow(f"{paper.id} is announced as {kind[:20]!r}, which is no kind of arXiv's")
    return FeedRow(paper, Kind(kind))


def _to_old_row(raw: RawRow) -> FeedRow:
    boilerplate = _OLD_TITLE.search(raw.title)
    if boilerplate is None:
        raise BadRow("the title does not end in its identifier, as it should in an RDF feed")
    title = raw.title[: boilerplate.start()]
    abstract = html.unescape(_first_paragraph(raw.summary))
    names = html.unescape(_ANCHOR.sub(r"\1", raw.authors))
    identity = parse_id(boilerplate.group(1))
    paper = _to_paper(raw, identity, title, abstract, split_authors(names), (boilerplate.group(2),))
    return FeedRow(paper, _OLD_KINDS.get(boilerplate.group(3), Kind.NEW))


def _to_paper(
    raw: RawRow,
    identity: PaperId,
    title: str,
    abstract: str,
    authors: tuple[str, ...],
    categories: tuple[str, ...],
) -> Paper:
    return Paper(
        id=identity.id,
        version=identity.version or 1,
        title=title,
        abstract=abstract,
        authors=authors,
        categories=categories,
        doi=raw.doi,
        journal_ref=raw.journal_ref,
        licence=raw.licence,
    )


def _first_paragraph(text: str) -> str:
    """Unwrap the one paragraph of an old description; mathematics such as `a<b` stays."""
    inner = text.split(_DONATION, 1)[0].strip()
    return inner.removeprefix("<p>").removesuffix("</p>").strip()


def split_authors(names: str) -> tuple[str, ...]:
    """Split a comma-joined author line; commas in parentheses belong to affiliations.

    Some authors write `Ada, and Grace` themselves: what joins is no part of a name.
    """
    if names.count("(") != names.count(")"):
        return _names(names.split(", "))
    authors: list[str] = []
    depth = start = 0
    for index, character in enumerate(names):
        depth += (character == "(") - (character == ")")
        if character == "," and depth <= 0:
            authors.append(names[start:index])
            start = index + 1
    authors.append(names[start:])
    return _names(authors)


def _names(parts: Iterable[str]) -> tuple[str, ...]:
    names = (part.strip().removeprefix("and ").strip() for part in parts)
    return tuple(filter(None, names))


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300]
