"""One paper of a digest as a row of the summary table and as a card of details."""

import re
from collections.abc import Iterator
from urllib.parse import quote

from formatters.document import Card, Item, Section, Span, Spans, text_of
from formatters.tex_formulas import with_formulas
from formatters.text import authors_line, clean, plain, safe_url
from formatters.words import Words
from storage.models import Entry, Kind, Origin, Paper

AUTHORS_SHOWN = 10
"""Names on a card before the rest is counted; the longest list on arXiv has 3,435 (measured)."""

CATEGORY = re.compile(r"[a-z-]+(\.[A-Za-z-]+)?")
"""An arXiv category. 1% of papers also list ACM or MSC terms there, such as `I.2.7; H.3.3`."""

LICENCES = {
    "creativecommons.org/licenses/by/4.0": "CC BY 4.0",
    "creativecommons.org/licenses/by-sa/4.0": "CC BY-SA 4.0",
    "creativecommons.org/licenses/by-nc-sa/4.0": "CC BY-NC-SA 4.0",
    "creativecommons.org/licenses/by-nc-nd/4.0": "CC BY-NC-ND 4.0",
    "creativecommons.org/licenses/by/3.0": "CC BY 3.0",
    "creativecommons.org/licenses/by-nc-sa/3.0": "CC BY-NC-SA 3.0",
    "creativecommons.org/publicdomain/zero/1.0": "CC0",
    "creativecommons.org/licenses/publicdomain": "CC0",
    "arxiv.org/licenses/nonexclusive-distrib/1.0": "arXiv, non-exclusive",
    "arxiv.org/licenses/assumed-1991-2003": "arXiv, non-exclusive (assumed)",
}
"""Short names of every licence arXiv offers (`arxiv/license` in github.com/arXiv/arxiv-base)."""


def item(number: int, entry: Entry, words: Words) -> Item:
    """The row of the summary table: title, facts and TL;DR."""
    return Item(number, title(entry), facts(entry, words), tldr(entry, words))


def card(number: int | None, entry: Entry, words: Words) -> Card:
    """All details of one paper; nothing is cut but the list of authors, whose rest is counted."""
    return Card(
        number=number,
        title=title(entry),
        translated_title=_translated_title(entry),
        facts=facts(entry, words),
        authors=_authors(entry.paper, words),
        sections=(*_texts(entry, words), *_details(entry, words)),
    )


def title(entry: Entry) -> Span:
    """The original title, linked."""
    return Span(readable(entry.paper.title), url=link(entry), strong=True)


def link(entry: Entry) -> str | None:
    """Where the title leads: the entry's own link if it is safe, else the abstract page."""
    return safe_url(entry.url) or safe_url(entry.paper.abs_url)


def facts(entry: Entry, words: Words) -> Spans:
    """Id (with the version where it is not the first), categories, and the kind if not new."""
    version = f"v{entry.version}" if entry.version > 1 or _replaces(entry.kind) else ""
    categories = ", ".join(filter(CATEGORY.fullmatch, entry.paper.categories))
    texts = (
        Span(clean(entry.paper.id) + version, code=True),
        Span(categories, code=True),
        Span("" if entry.kind is Kind.NEW else words(f"kind.{entry.kind}")),
    )
    return tuple(span for span in texts if span.text)


def tldr(entry: Entry, words: Words) -> Spans:
    """The TL;DR, marked where it was extracted from the abstract; empty where there is none."""
    if entry.summary is None or not readable(entry.summary.tldr):
        return ()
    spans = readable_spans(entry.summary.tldr or "")
    mark = Span(f" ({words('tldr.extracted')})", small=True)
    return (*spans, mark) if extracted(entry) else spans


def extracted(entry: Entry) -> bool:
    """Whether the TL;DR is a sentence of the abstract instead of somebody's summary."""
    summary = entry.summary
    return summary is not None and bool(summary.tldr) and summary.origin is Origin.EXTRACTED


def readable_spans(text: str) -> Spans:
    """What `readable` makes of a text, in which formulas are spans of their own."""
    whole = readable(text)
    if "$" not in text and "\\" not in text:
        return (Span(whole),)
    spans: list[Span] = []
    for piece, formula in with_formulas(text):
        before = " " if piece[:1].isspace() and spans else ""
        after = " " if piece[-1:].isspace() and piece.strip() else ""
        if shown := f"{before}{clean(piece)}{after}":
            spans.append(Span(shown, formula=formula))
    return tuple(spans) if text_of(tuple(spans)) == whole else (Span(whole),)


def readable(text: str | None) -> str:
    """A title, an abstract or a name as people read it, on one line; empty for None."""
    return plain(text) if text else ""


def _replaces(kind: Kind) -> bool:
    return kind in (Kind.REPLACE, Kind.REPLACE_CROSS)


def _translated_title(entry: Entry) -> str | None:
    text = readable(entry.summary.title) if entry.summary else ""
    return text if text and text != readable(entry.paper.title) else None


def _authors(paper: Paper, words: Words) -> str:
    names, more = authors_line(paper.authors, AUTHORS_SHOWN)
    return words.count("authors.more", more, names=names) if more else names


def _texts(entry: Entry, words: Words) -> Iterator[Section]:
    paper, summary = entry.paper, entry.summary
    if short := tldr(entry, words):
        yield Section(words("card.tldr"), short)
    if summary and readable(summary.abstract):
        translation = readable_spans(summary.abstract or "")
        yield Section(words("card.translation"), translation, folded=True)
    if readable(paper.abstract):
        cut = (Span("…"), Span(f" ({words('card.cut')})", small=True))
        spans = (*readable_spans(paper.abstract), *(() if paper.abstract_complete else cut))
        yield Section(words("card.abstract"), spans, folded=True)


def _details(entry: Entry, words: Words) -> Iterator[Section]:
    paper = entry.paper
    doi, licence = clean(paper.doi or ""), clean(paper.licence or "")
    values = {
        "reason": Span(clean(entry.reason)),
        "comment": Span(readable(paper.comment)),
        "journal": Span(readable(paper.journal_ref)),
        "doi": Span(doi, url=_doi_url(doi)),
        "licence": Span(_licence(licence), url=safe_url(licence)),
        "submitted": Span(words.day(paper.published.date()) if paper.published else ""),
        "updated": Span(words.day(paper.updated.date()) if paper.updated else ""),
    }
    for name, span in values.items():
        if span.text:
            yield Section(words(f"card.{name}"), (span,))


def _doi_url(doi: str) -> str | None:
    return safe_url("https://doi.org/" + quote(doi)) if doi else None


def _licence(uri: str) -> str:
    return LICENCES.get(uri.partition("://")[2].rstrip("/"), uri)
