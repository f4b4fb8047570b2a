"""A digest as an Atom 1.0 feed (RFC 4287) that the same digest always gives the same way.

No clock is read: dates come from the batches. Ids are stable, so a feed reader shows each version
of a paper once.
"""

import re
import uuid
from datetime import UTC, datetime, time
from html import escape

from lxml import etree

from formatters.document import text_of
from formatters.entries import card, link, readable
from formatters.text import clean, safe_url
from formatters.words import Words, words
from storage.models import Digest, Entry

ATOM = "http://www.w3.org/2005/Atom"
XML_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
AUTHOR = "Paperboy"

NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML 1.0 document may hold: https://www.w3.org/TR/xml/#charsets."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""When everything was updated for which no date is known, such as an imported digest."""


def feed(digest: Digest) -> str:
    """The digest as an Atom document with one entry a paper, in order."""
    wording = words(digest.language)
    updated = _batch_time(digest)
    root = etree.fromstring(f'<feed xmlns="{ATOM}"/>')
    root.set(XML_LANGUAGE, wording.language)
    _add(root, "id", _feed_id(digest))
    _add(root, "title", f"{clean(digest.query) or wording('digest.untitled')} · {AUTHOR}")
    _add(root, "updated", _moment(updated or _newest(digest)))
    _add(_add(root, "author"), "name", AUTHOR)
    for entry in digest.entries:
        _add_entry(root, entry, updated or _paper_time(entry), wording)
    return etree.tostring(root, encoding="unicode", pretty_print=True)


def _feed_id(digest: Digest) -> str:
    """One id for all digests of a query in a language."""
    name = f"paperboy:{digest.language}:{digest.query}"
    return uuid.uuid5(uuid.NAMESPACE_URL, NOT_XML.sub("", name)).urn


def _add_entry(root: etree._Element, entry: Entry, updated: datetime, wording: Words) -> None:
    paper = entry.paper
    element = _add(root, "entry")
    _add(element, "id", f"oai:arXiv.org:{paper.id}v{entry.version}")
    _add(element, "title", _title(entry))
    _add(element, "updated", _moment(updated))
    if paper.published:
        _add(element, "published", _moment(paper.published))
    for name in paper.authors:
        _add(_add(element, "author"), "name", readable(name))
    for category in paper.categories:
        _add(element, "category", term=category)
    if url := link(entry):
        _add(element, "link", rel="alternate", type="text/html", href=url)
    if url := safe_url(paper.pdf_url):
        _add(element, "link", rel="related", type="application/pdf", href=url)
    if paper.licence:
        _add(element, "rights", paper.licence)
    _add(element, "content", _content(entry, wording), type="html")


def _title(entry: Entry) -> str:
    """The translated title, then the original."""
    translated = readable(entry.summary.title) if entry.summary else ""
    titles = (translated, readable(entry.paper.title))
    return " · ".join(dict.fromkeys(title for title in titles if title))


def _content(entry: Entry, wording: Words) -> str:
    """HTML: the authors, then each section of the paper's card under its label."""
    details = card(None, entry, wording)
    paragraphs = [f"<p>{escape(details.authors)}</p>"] if details.authors else []
    for section in details.sections:
        text = escape(text_of(section.spans))
        paragraphs.append(f"<p><strong>{escape(section.label)}</strong><br/>{text}</p>")
    return "".join(paragraphs)


def _add(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
    """A child element; characters that XML cannot hold are left out."""
    element = etree.SubElement(parent, f"{{{ATOM}}}{name}")
    element.text = NOT_XML.sub("", text) or None
    for key, value in attributes.items():
        element.set(key, NOT_XML.sub("", value))
    return element


def _batch_time(digest: Digest) -> datetime | None:
    """The beginning of the newest batch's day; None for a digest without batches."""
    days = [day for _, day in digest.batches]
    return datetime.combine(max(days), time(), UTC) if days else None


def _newest(digest: Digest) -> datetime:
    return max((_paper_time(entry) for entry in digest.entries), default=EPOCH)


def _paper_time(entry: Entry) -> datetime:
    """When arXiv got this paper; times without a zone are UTC."""
    moment = entry.paper.updated or entry.paper.published or EPOCH
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _moment(moment: datetime) -> str:
    """RFC 3339 in UTC."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")
