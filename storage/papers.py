"""Papers in the database, and what a second source of the same paper may change."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from aiosqlite import Connection

from storage import summaries as summary_rows
from storage.models import Paper, Summary
from storage.rows import in_portions, marks
from storage.search import reindexed

_PAPER_COLUMNS = (
    "id, version, title, abstract, abstract_complete, authors, categories,"
    " comment, doi, journal_ref, licence, published, updated"
)

PlainText = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Changes:
    """What storing some papers did to those that were there."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: "Changes") -> "Changes":
        """Count two steps together."""
        return Changes(
            self.added + other.added,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
        )


def merged(stored: Paper, incoming: Paper, authoritative: bool) -> Paper:
    """Decide what stays of two descriptions of one paper.

    A newer version replaces the text, unless it comes cut from somewhere else than arXiv. Of the
    same version, arXiv's own description (`authoritative`) replaces the text; anything else only
    fills what is missing, as an older version does. A whole abstract is never replaced by a cut
    one of the same version, nor a text by itself with other line breaks.
    """
    newer = incoming.version > stored.version
    takes_text = authoritative and incoming.version == stored.version
    takes_text = takes_text or (newer and (authoritative or incoming.abstract_complete))
    first, second = (incoming, stored) if takes_text else (stored, incoming)
    with_abstract = _better_abstract(stored, incoming, takes_text)
    return replace(
        first,
        title=_better_title(stored.title, incoming.title, takes_text),
        abstract=with_abstract.abstract,
        abstract_complete=with_abstract.abstract_complete,
        authors=first.authors or second.authors,
        # Old feeds name the primary category only; the others stay.
        categories=second.categories
        if first.categories == second.categories[:1]
        else first.categories or second.categories,
        comment=first.comment or second.comment,
        doi=first.doi or second.doi,
        journal_ref=first.journal_ref or second.journal_ref,
        licence=first.licence or second.licence,
        published=first.published or second.published,
        updated=first.updated or second.updated,
    )


def _better_title(stored: str, incoming: str, takes_text: bool) -> str:
    if not stored or not incoming:
        return stored or incoming
    return incoming if takes_text and _differs(stored, incoming) else stored


def _better_abstract(stored: Paper, incoming: Paper, takes_text: bool) -> Paper:
    if not stored.abstract or not incoming.abstract:
        return stored if stored.abstract else incoming
    if (
        incoming.version <= stored.version
        and stored.abstract_complete != incoming.abstract_complete
    ):
        return stored if stored.abstract_complete else incoming
    if _differs(stored.abstract, incoming.abstract):
        return incoming if takes_text else stored
    return incoming if incoming.abstract_complete and not stored.abstract_complete else stored


def _differs(one: str, other: str) -> bool:
    """Whether the words differ; line breaks and spaces between them do not count."""
    return one.split() != other.split()


async def get(connection: Connection, paper_ids: Iterable[str]) -> dict[str, Paper]:
    """Read papers by id; unknown ids are left out."""
    found: dict[str, Paper] = {}
    for some in in_portions(list(dict.fromkeys(paper_ids))):
        rows = await connection.execute_fetchall(
            f"SELECT {_PAPER_COLUMNS} FROM papers WHERE id IN ({marks(some)})", some
        )
        found.update((row[0], to_paper(tuple(row))) for row in rows)
    return found


async def get_by_keys(connection: Connection, keys: Sequence[int]) -> tuple[Paper, ...]:
    """Read papers by their keys, in the order of the keys."""
    if not keys:
        return ()
    rows = await connection.execute_fetchall(
        f"SELECT {_PAPER_COLUMNS}, key FROM papers WHERE key IN ({marks(keys)})", keys
    )
    found = {row[-1]: to_paper(tuple(row)[:-1]) for row in rows}
    return tuple(found[key] for key in keys if key in found)


async def put(
    connection: Connection,
    papers: Iterable[Paper],
    summaries: Iterable[Summary],
    plain: PlainText,
    authoritative: bool,
) -> Changes:
    """Store papers and summaries and keep the index right; only what differs is written.

    `plain` makes text searchable (TeX resolved). See `merged`, here and in `storage.summaries`,
    for what may change.
    """
    wanted: dict[str, Paper] = {}
    for paper in papers:
        known = wanted.get(paper.id)
        wanted[paper.id] = merged(known, paper, authoritative) if known else paper
    stored = await get(connection, wanted)
    merged_papers = {
        paper.id: merged(stored[paper.id], paper, authoritative) if paper.id in stored else paper
        for paper in wanted.values()
    }
    written = [paper for paper in merged_papers.values() if stored.get(paper.id) != paper]
    new_summaries = await summary_rows.worth_writing(connection, summaries)
    touched = [paper.id for paper in written] + [one.paper_id for one in new_summaries]
    async with reindexed(connection, touched):
        await _write_papers(connection, written, plain)
        await summary_rows.write(connection, new_summaries)
    added = wanted.keys() - stored.keys()
    changed = set(touched) - added
    return Changes(len(added), len(changed), len(wanted.keys() - added - changed))


async def _write_papers(connection: Connection, papers: Sequence[Paper], plain: PlainText) -> None:
    columns = f"{_PAPER_COLUMNS}, plain_title, plain_abstract"
    names = [name.strip() for name in columns.split(",")]
    updates = ", ".join(f"{name} = excluded.{name}" for name in names if name != "id")
    await connection.executemany(
        f"INSERT INTO papers ({columns}) VALUES ({marks(names)})"
        f" ON CONFLICT (id) DO UPDATE SET {updates}",
        [_paper_row(paper, plain) for paper in papers],
    )


def _paper_row(paper: Paper, plain: PlainText) -> tuple[Any, ...]:
    plain_title, plain_abstract = plain(paper.title), plain(paper.abstract)
    return (
        paper.id,
        paper.version,
        paper.title,
        paper.abstract,
        int(paper.abstract_complete),
        _to_json(paper.authors),
        _to_json(paper.categories),
        paper.comment,
        paper.doi,
        paper.journal_ref,
        paper.licence,
        paper.published.isoformat() if paper.published else None,
        paper.updated.isoformat() if paper.updated else None,
        plain_title if plain_title != paper.title else None,
        plain_abstract if plain_abstract != paper.abstract else None,
    )


def to_paper(row: Sequence[Any]) -> Paper:
    """Read a paper from a row of `_PAPER_COLUMNS`."""
    return Paper(
        id=row[0],
        version=row[1],
        title=row[2],
        abstract=row[3],
        abstract_complete=bool(row[4]),
        authors=tuple(json.loads(row[5])),
        categories=tuple(json.loads(row[6])),
        comment=row[7],
        doi=row[8],
        journal_ref=row[9],
        licence=row[10],
        published=datetime.fromisoformat(row[11]) if row[11] else None,
        updated=datetime.fromisoformat(row[12]) if row[12] else None,
    )


def _to_json(names: Sequence[str]) -> str:
    return json.dumps(names, ensure_ascii=False, separators=(",", ":"))
