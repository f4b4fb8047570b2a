"""Summaries in the database: one per version of a paper and language."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from aiosqlite import Connection

from storage.models import Origin, Summary
from storage.rows import in_portions, marks

_Key = tuple[str, int, str]
_COLUMNS = "paper_id, version, language, title, tldr, abstract, origin, model"


async def get(
    connection: Connection, versions: Mapping[str, int], language: str
) -> dict[str, Summary]:
    """Read the summaries in one language for these papers (id -> version), by paper id.

    Where that version has none, the newest older or newer one stands in.
    """
    best: dict[str, Summary] = {}
    for some in in_portions(list(versions)):
        rows = await connection.execute_fetchall(
            f"SELECT {_COLUMNS} FROM summaries"
            f" WHERE language = ? AND paper_id IN ({marks(some)}) ORDER BY version",
            (language, *some),
        )
        for row in rows:
            summary = _to_summary(tuple(row))
            known = best.get(summary.paper_id)
            if known is None or known.version != versions[summary.paper_id]:
                best[summary.paper_id] = summary
    return best


def merged(stored: Summary, incoming: Summary) -> Summary:
    """Decide what stays of two summaries of one version in one language.

    What a language model wrote replaces what is there; anything else only fills what is missing.
    """
    by_model = incoming.origin is Origin.MODEL
    first, second = (incoming, stored) if by_model else (stored, incoming)
    return replace(
        first,
        title=first.title or second.title,
        tldr=first.tldr or second.tldr,
        abstract=first.abstract or second.abstract,
    )


async def worth_writing(connection: Connection, summaries: Iterable[Summary]) -> list[Summary]:
    """Merge with each other and with what is stored, and leave out what says nothing new."""
    new = list(summaries)
    stored = await _all_of(connection, {one.paper_id for one in new})
    wanted: dict[_Key, Summary] = {}
    for one in new:
        known = wanted.get(_key(one)) or stored.get(_key(one))
        wanted[_key(one)] = merged(known, one) if known else one
    return [one for key, one in wanted.items() if one != stored.get(key)]


async def _all_of(connection: Connection, paper_ids: Iterable[str]) -> dict[_Key, Summary]:
    found: dict[_Key, Summary] = {}
    for some in in_portions(sorted(paper_ids)):
        rows = await connection.execute_fetchall(
            f"SELECT {_COLUMNS} FROM summaries WHERE paper_id IN ({marks(some)})", some
        )
        found.update((_key(one), one) for one in (_to_summary(tuple(row)) for row in rows))
    return found


def _key(summary: Summary) -> _Key:
    return summary.paper_id, summary.version, summary.language


async def write(connection: Connection, summaries: Sequence[Summary]) -> None:
    """Write summaries inside `storage.search.reindexed`; one that is there is replaced."""
    await connection.executemany(
        f"""
        INSERT INTO summaries ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (paper_id, version, language) DO UPDATE SET
            title = excluded.title, tldr = excluded.tldr, abstract = excluded.abstract,
            origin = excluded.origin, model = excluded.model
        """,
        [
            (
                *(one.paper_id, one.version, one.language, one.title, one.tldr, one.abstract),
                *(one.origin.value, one.model),
            )
            for one in summaries
        ],
    )


def _to_summary(row: Sequence[Any]) -> Summary:
    return Summary(
        paper_id=row[0],
        version=row[1],
        language=row[2],
        title=row[3],
        tldr=row[4],
        abstract=row[5],
        origin=Origin(row[6]),
        model=row[7],
    )
