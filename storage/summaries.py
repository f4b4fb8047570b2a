"""Summaries in the database: one per version of a paper and language."""

from collections.abc import Mapping, Sequence
from typing import Any

from aiosqlite import Connection

from storage.models import Origin, Summary
from storage.rows import in_portions, marks

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


async def worth_writing(connection: Connection, summaries: Sequence[Summary]) -> list[Summary]:
    """Leave out the imported summaries of which there is one already."""
    wanted: dict[tuple[str, int, str], Summary] = {}
    for one in summaries:
        wanted.setdefault((one.paper_id, one.version, one.language), one)
    known: set[tuple[str, int, str]] = set()
    for some in in_portions([key[0] for key in wanted]):
        rows = await connection.execute_fetchall(
            f"SELECT paper_id, version, language FROM summaries WHERE paper_id IN ({marks(some)})",
            some,
        )
        known.update((row[0], row[1], row[2]) for row in rows)
    return [one for key, one in wanted.items() if one.origin is Origin.MODEL or key not in known]


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
