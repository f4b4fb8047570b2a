"""Three dialects of announcement feeds taken apart: which element holds which text, no more."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from typing import TypedDict

from lxml import etree

from bot.clock import EASTERN
from bot.errors import NotAFeed

_ATOM = "{http://www.w3.org/2005/Atom}"
_ARXIV = "{http://arxiv.org/schemas/atom}"
_DC = "{http://purl.org/dc/elements/1.1/}"
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_RSS1 = "{http://purl.org/rss/1.0/}"
_FEED_TITLE = re.compile(r"(\S+) updates on arXiv\.org")


@dataclass(frozen=True, slots=True)
class RawRow:
    """The texts of one row, untouched; `is_old` marks RDF, where most of them sit in the title."""

    identity: str
    title: str
    summary: str
    authors: str
    categories: tuple[str, ...] = ()
    kind: str = ""
    doi: str | None = None
    journal_ref: str | None = None
    licence: str | None = None
    is_old: bool = False


class _SharedTexts(TypedDict):
    authors: str
    kind: str
    doi: str | None
    journal_ref: str | None
    licence: str | None


@dataclass(frozen=True, slots=True)
class RawFeed:
    """The head of a feed and its rows; `category` and `day` are None where it names none."""

    title: str
    subtitle: str
    day: date | None
    rows: tuple[RawRow, ...]

    @property
    def category(self) -> str | None:
        """The category as the feed's title names it."""
        found = _FEED_TITLE.match(self.title)
        return found.group(1) if found else None


def read_dialect(root: etree._Element) -> RawFeed:
    """Take a feed apart, whatever its dialect.

    Raises NotAFeed where the XML is something else.
    """
    if root.tag == f"{_ATOM}feed":
        return _read_atom(root)
    if root.tag == "rss" and (channel := root.find("channel")) is not None:
        return _read_rss(channel)
    if root.tag == f"{_RDF}RDF" and (channel := root.find(f"{_RSS1}channel")) is not None:
        return _read_rdf(root, channel)
    name = etree.QName(root).localname
    raise NotAFeed(f"XML came, but not a feed: its outermost element is <{name[:40]}>")


def _read_atom(root: etree._Element) -> RawFeed:
    entries = list(root.iterfind(f"{_ATOM}entry"))
    moments = [_text(entry, f"{_ATOM}published") for entry in entries]
    return RawFeed(
        title=_text(root, f"{_ATOM}title"),
        subtitle=_text(root, f"{_ATOM}subtitle"),
        day=_day([*moments[:1], _text(root, f"{_ATOM}updated")]),
        rows=tuple(
            RawRow(
                identity=_text(entry, f"{_ATOM}id"),
                title=_text(entry, f"{_ATOM}title"),
                summary=_text(entry, f"{_ATOM}summary"),
                categories=tuple(
                    term for one in entry.iterfind(f"{_ATOM}category") if (term := one.get("term"))
                ),
                **_shared_texts(entry),
            )
            for entry in entries
        ),
    )


def _read_rss(channel: etree._Element) -> RawFeed:
    items = list(channel.iterfind("item"))
    moments = [_text(item, "pubDate") for item in items]
    return RawFeed(
        title=_text(channel, "title"),
        subtitle=_text(channel, "description"),
        day=_day([*moments[:1], _text(channel, "pubDate"), _text(channel, "lastBuildDate")]),
        rows=tuple(
            RawRow(
                identity=_text(item, "guid"),
                title=_text(item, "title"),
                summary=_text(item, "description"),
                categories=tuple(_whole(one) for one in item.iterfind("category")),
                **_shared_texts(item),
            )
            for item in items
        ),
    )


def _read_rdf(root: etree._Element, channel: etree._Element) -> RawFeed:
    return RawFeed(
        title=_text(channel, f"{_RSS1}title"),
        subtitle=_text(channel, f"{_RSS1}description"),
        day=_day([_text(channel, f"{_DC}date")]),
        rows=tuple(
            RawRow(
                identity="",
                title=_text(item, f"{_RSS1}title"),
                summary=_text(item, f"{_RSS1}description"),
                authors=_text(item, f"{_DC}creator"),
                is_old=True,
            )
            for item in root.iterfind(f"{_RSS1}item")
        ),
    )


def _shared_texts(row: etree._Element) -> _SharedTexts:
    """Read what Atom and RSS carry under the same names."""
    return {
        "authors": _text(row, f"{_DC}creator"),
        "kind": _text(row, f"{_ARXIV}announce_type"),
        "doi": _text(row, f"{_ARXIV}DOI") or None,
        "journal_ref": _text(row, f"{_ARXIV}journal_reference") or None,
        "licence": _text(row, f"{_DC}rights") or None,
    }


def _text(parent: etree._Element, tag: str) -> str:
    element = parent.find(tag)
    return "" if element is None else _whole(element)


def _whole(element: etree._Element) -> str:
    return "".join(_pieces(element))


def _pieces(element: etree._Element) -> Iterator[str]:
    for piece in element.itertext():
        yield str(piece)


def _day(moments: list[str]) -> date | None:
    """Find the batch's date in US/Eastern in the first moment that can be read."""
    for text in moments:
        with suppress(ValueError):
            return _moment(text).astimezone(EASTERN).date()
    return None


def _moment(text: str) -> datetime:
    """Read an ISO or an e-mail date.

    Raises ValueError where it is neither.
    """
    text = text.strip()
    moment = datetime.fromisoformat(text) if text[:4].isdigit() else parsedate_to_datetime(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=EASTERN)
