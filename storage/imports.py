"""Old digests in the database, and how far each imported file has been read."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from aiosqlite import Connection

from storage import papers, summaries
from storage.models import Entry, Kind


@dataclass(frozen=True, slots=True)
class ImportedEntry:
    """One paper's place in an imported digest; `link` where it isn't the abstract page."""

    paper_id: str
    version: int
    kind: Kind
    link: str | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How many lines of a source are stored; `fingerprint` tells whether it is the same file."""

    fingerprint: str
    lines: int
    finished: bool


def digest_id(language: str, entries: Sequence[ImportedEntry]) -> str:
    """Name a digest after its content, so that importing it again finds it there."""
    content = "\n".join([language, *(f"{one.paper_id} {one.link or ''}" for one in entries)])
    return hashlib.sha256(content.encode()).hexdigest()


async def put_digest(
    connection: Connection, language: str, entries: Sequence[ImportedEntry]
) -> str:
    """Store a digest whose papers are stored already; return its id."""
    key = digest_id(language, entries)
    await connection.execute(
        "INSERT INTO imported_digests (id, language) VALUES (?, ?) ON CONFLICT (id) DO NOTHING",
        (key, language),
    )
    await connection.executemany(
        "INSERT INTO imported_entries (digest_id, position, paper_id, version, kind, link)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (digest_id, position) DO NOTHING",
        [
            (key, position, one.paper_id, one.version, one.kind.value, one.link)
            for position, one in enumerate(entries)
        ],
    )
    return key


async def get_digest(connection: Connection, key: str) -> tuple[str, tuple[Entry, ...]]:
    """Read the language and the entries of an imported digest; raises KeyError where unknown."""
    languages = await connection.execute_fetchall(
        "SELECT language FROM imported_digests WHERE id = ?", (key,)
    )
    language = next((str(row[0]) for row in languages), None)
    if language is None:
        raise KeyError(key)
    rows = list(
        await connection.execute_fetchall(
            "SELECT paper_id, version, kind, link FROM imported_entries"
            " WHERE digest_id = ? ORDER BY position",
            (key,),
        )
    )
    known = await papers.get(connection, [row[0] for row in rows])
    read = await summaries.get(connection, {row[0]: row[1] for row in rows}, language)
    return language, tuple(
        Entry(known[row[0]], Kind(row[2]), row[1], summary=read.get(row[0]), link=row[3])
        for row in rows
    )


async def sources(connection: Connection) -> dict[str, str]:
    """Read which file holds which imported digest: source -> digest id."""
    rows = await connection.execute_fetchall(
        "SELECT source, digest_id FROM imports WHERE digest_id IS NOT NULL ORDER BY source"
    )
    return {row[0]: row[1] for row in rows}


async def get_progress(connection: Connection, source: str) -> Progress | None:
    """Read how far a source has been imported."""
    rows = await connection.execute_fetchall(
        "SELECT fingerprint, lines, finished FROM imports WHERE source = ?", (source,)
    )
    return next((Progress(row[0], row[1], bool(row[2])) for row in rows), None)


async def put_progress(
    connection: Connection, source: str, progress: Progress, digest: str | None
) -> None:
    """Remember how far a source has been imported, in the transaction that stores its papers."""
    await connection.execute(
        """
        INSERT INTO imports (source, fingerprint, lines, finished, digest_id)
        VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (source) DO UPDATE SET
            fingerprint = excluded.fingerprint, lines = excluded.lines,
            finished = excluded.finished, digest_id = excluded.digest_id
        """,
        (source, progress.fingerprint, progress.lines, int(progress.finished), digest),
    )
