"""What arXiv's servers write, for the fake: the feeds in both dialects, and answers of the API.

The order of elements, the namespaces and the odd white space are those of real answers of 2026.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from xml.sax.saxutils import escape, quoteattr

from bot.clock import EASTERN
from storage.models import Kind, Paper

Row = tuple[Paper, Kind]

_HEAD = "<?xml version='1.0' encoding='UTF-8'?>\n"
_ATOM_FEED = (
    '<feed xmlns:arxiv="http://arxiv.org/schemas/atom" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns="http://www.w3.org/2005/Atom" xml:lang="en-us">'
)
_RSS_FEED = (
    '<rss xmlns:arxiv="http://arxiv.org/schemas/atom" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:atom="http://www.w3.org/2005/Atom" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" version="2.0"><channel>'
)
_API_FEED = (
    '<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" '
    'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns="http://www.w3.org/2005/Atom">'
)
_SKIP_DAYS = "<skipDays><day>Sunday</day><day>Saturday</day></skipDays>"
_LICENCE = "http://arxiv.org/licenses/nonexclusive-distrib/1.0/"


def atom_feed(category: str, day: date, rows: Sequence[Row]) -> bytes:
    """The feed of `/atom/{category}`; without rows it is that of a weekend."""
    midnight = datetime.combine(day, time(), EASTERN)
    built = midnight.astimezone(UTC)
    parts = [
        _HEAD,
        _ATOM_FEED,
        f"<id>http://rss.arxiv.org/atom/{escape(category)}</id>",
        f"<title>{escape(category)} updates on arXiv.org</title>",
        f"<updated>{built:%Y-%m-%dT%H:%M}:01+00:00</updated>",
        f"<subtitle>{escape(category)} updates on the arXiv.org e-print archive.</subtitle>",
    ]
    for paper, kind in rows:
        parts += [
            f"<entry><id>oai:arXiv.org:{paper.id}v{paper.version}</id>",
            f"<title>{escape(paper.title)}</title>",
            f"<updated>{built:%Y-%m-%dT%H:%M}:01.011160+00:00</updated>",
            f'<link href="{paper.abs_url}" rel="alternate" type="text/html"/>',
            f"<summary>{_boilerplate(paper, kind)}</summary>",
            *(f"<category term={quoteattr(term)}/>" for term in paper.categories),
            f"<published>{midnight.isoformat()}</published>",
            _announcement(paper, kind),
            "</entry>",
        ]
    return "\n".join([*parts, "</feed>"]).encode()


def rss_feed(category: str, day: date, rows: Sequence[Row]) -> bytes:
    """The same as RSS 2.0, the feed of `/rss/{category}`."""
    midnight = datetime.combine(day, time(), EASTERN).strftime("%a, %d %b %Y 00:00:00 %z")
    parts = [
        *_rss_head(f"{category} updates on arXiv.org", category),
        f"<description>{escape(category)} updates on the arXiv.org e-print archive.</description>",
        f"<pubDate>{midnight}</pubDate>",
        _SKIP_DAYS,
    ]
    for paper, kind in rows:
        parts += [
            f"<item><title>{escape(paper.title)}</title>",
            f"<link>{paper.abs_url}</link>",
            f"<description>{_boilerplate(paper, kind)}</description>",
            f'<guid isPermaLink="false">oai:arXiv.org:{paper.id}v{paper.version}</guid>',
            *(f"<category>{escape(term)}</category>" for term in paper.categories),
            f"<pubDate>{midnight}</pubDate>",
            _announcement(paper, kind),
            "</item>",
        ]
    return "\n".join([*parts, "</channel></rss>"]).encode()


def error_feed(category: str) -> bytes:
    """What comes with HTTP 400 for a category that arXiv does not have, in either dialect."""
    title = f"Feed error for query: http://rss.arxiv.org/rss/{category}"
    reason = f"Bad archive '{category}'. Valid archive names are: astro-ph, cs, math, q-bio."
    return "\n".join(
        [
            *_rss_head(title, category),
            f"<description>{escape(reason)}</description>",
            "<pubDate>Mon, 20 Apr 2026 00:00:00 -0400</pubDate></channel></rss>",
        ]
    ).encode()


def api_answer(papers: Sequence[Paper], start: int, rows: int, total: int) -> bytes:
    """One page of the API's answer."""
    return "\n".join([*_api_head(start, rows, total), *map(_api_entry, papers), "</feed>"]).encode()


def api_error(reason: str) -> bytes:
    """How the API refuses: a feed with one entry."""
    address = "https://arxiv.org/api/errors#" + reason.replace(" ", "_")
    return "\n".join(
        [
            *_api_head(0, 1, 1),
            f"<entry><id>{escape(address)}</id><title>Error</title>",
            "<updated>2026-04-12T22:59:06Z</updated>",
            f"<summary>{escape(reason)}</summary>",
            "<author><name>arXiv api core</name></author></entry></feed>",
        ]
    ).encode()


def _rss_head(title: str, category: str) -> list[str]:
    link = f"<link>http://rss.arxiv.org/rss/{escape(category)}</link>"
    return [_HEAD, _RSS_FEED, f"<title>{escape(title)}</title>", link]


def _boilerplate(paper: Paper, kind: Kind) -> str:
    name = f"arXiv:{paper.id}v{paper.version}"
    return f"{name} Announce Type: {kind} \nAbstract: {escape(paper.abstract)}"


def _announcement(paper: Paper, kind: Kind) -> str:
    """What stands alike in both dialects at the end of each row."""
    return "\n".join(
        [
            f"<arxiv:announce_type>{kind}</arxiv:announce_type>",
            f"<dc:rights>{escape(paper.licence or _LICENCE)}</dc:rights>",
            f"<dc:creator>{escape(', '.join(paper.authors))}</dc:creator>",
            *_optional("arxiv:DOI", paper.doi),
            *_optional("arxiv:journal_reference", paper.journal_ref),
        ]
    )


def _api_head(start: int, rows: int, total: int) -> list[str]:
    return [
        _HEAD,
        _API_FEED,
        "<id>https://arxiv.org/api/oqaUC9OB2SccftmJHZqrxySXrao</id>",
        "<title>arXiv Query</title><updated>2026-04-12T22:09:26Z</updated>",
        f"<opensearch:itemsPerPage>{rows}</opensearch:itemsPerPage>",
        f"<opensearch:totalResults>{total}</opensearch:totalResults>",
        f"<opensearch:startIndex>{start}</opensearch:startIndex>",
    ]


def _api_entry(paper: Paper) -> str:
    name = f"{paper.id}v{paper.version}"
    link = f'<link href="https://arxiv.org/pdf/{name}" rel="related" title="pdf"/>'
    return "\n".join(
        [
            f"<entry><id>http://arxiv.org/abs/{name}</id>",
            f"<title>{escape(paper.title)}</title>",
            f"<updated>{_zulu(paper.updated)}</updated>{link}",
            f"<summary>{escape(paper.abstract)}</summary>",
            *(f"<category term={quoteattr(term)}/>" for term in paper.categories),
            f"<published>{_zulu(paper.published)}</published>",
            *_optional("arxiv:comment", paper.comment),
            f"<arxiv:primary_category term={quoteattr(paper.primary or '')}/>",
            *_optional("arxiv:journal_ref", paper.journal_ref),
            *(f"<author><name>{escape(name)}</name></author>" for name in paper.authors),
            *_optional("arxiv:doi", paper.doi),
            "</entry>",
        ]
    )


def _optional(name: str, text: str | None) -> list[str]:
    return [] if text is None else [f"<{name}>{escape(text)}</{name}>"]


def _zulu(moment: datetime | None) -> str:
    assert moment is not None, "a paper of the API has both dates"
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
