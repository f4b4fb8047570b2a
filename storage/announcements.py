"""Batches and their rows in the database: what arXiv announced, where and when."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from aiosqlite import Connection

from storage.models import Announced, Announcement, Batch, Kind
from storage.papers import get

_COLUMNS = "paper_id, version, category, day, kind, position"


async def put(
    connection: Connection,
    category: str,
    day: date,
    announcements: Iterable[Announcement],
    stored_at: datetime,
) -> None:
    """Store a batch; rows that are there already take the kind, version and place given now.

    All its new rows arrive together: their arrival is one more than the last one. A row that has
    another version than before arrives anew.
    """
    arrival = await arrivals(connection) + 1
    await connection.execute(
        "INSERT INTO batches (category, day, stored_at, arrival) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (category, day) DO UPDATE SET arrival = excluded.arrival",
        (category, day.isoformat(), stored_at.isoformat(), arrival),
    )
    await connection.executemany(
        f"""
        INSERT INTO announcements ({_COLUMNS}, arrival) VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (category, day, paper_id) DO UPDATE SET
            version = excluded.version, kind = excluded.kind, position = excluded.position,
            arrival = CASE WHEN announcements.version = excluded.version
                THEN announcements.arrival ELSE excluded.arrival END
        """,
        [
            (
                *(one.paper_id, one.version, category, day.isoformat(), one.kind.value),
                *(one.position, arrival),
            )
            for one in announcements
        ],
    )


async def arrivals(connection: Connection) -> int:
    """Count how often rows have arrived: the newest arrival, 0 for none."""
    rows = await connection.execute_fetchall("SELECT coalesce(max(arrival), 0) FROM announcements")
    return int(next(iter(rows))[0])


async def arrivals_of_batches(connection: Connection, since: date) -> dict[str, dict[date, int]]:
    """Read the batches later than `since`: category -> day -> when its newest rows arrived."""
    rows = await connection.execute_fetchall(
        "SELECT category, day, arrival FROM batches WHERE day > ?", (since.isoformat(),)
    )
    found: dict[str, dict[date, int]] = {}
    for row in rows:
        found.setdefault(str(row[0]), {})[date.fromisoformat(row[1])] = int(row[2])
    return found


async def arrived(
    connection: Connection, since: date, after: int, until: int
) -> tuple[Announced, ...]:
    """Read the papers announced for days later than `since`, in all categories.

    Only rows count that arrived after `after` and not after `until`; each paper comes once with
    all of them, in the order of the days, the categories and the rows.
    """
    rows = await connection.execute_fetchall(
        f"SELECT {_COLUMNS} FROM announcements WHERE arrival > ? AND arrival <= ? AND day > ?"
        " ORDER BY day, category, position",
        (after, until, since.isoformat()),
    )
    return await _grouped(connection, (_to_announcement(tuple(row)) for row in rows))


async def arrivals_of(
    connection: Connection, paper_id: str, since: date
) -> tuple[tuple[Announcement, int], ...]:
    """Read what was announced of a paper on `since` or later, each row with its arrival."""
    rows = await connection.execute_fetchall(
        f"SELECT {_COLUMNS}, arrival FROM announcements WHERE paper_id = ? AND day >= ?"
        " ORDER BY day, category",
        (paper_id, since.isoformat()),
    )
    return tuple((_to_announcement(row[:-1]), int(row[-1])) for row in map(tuple, rows))


async def of_category(
    connection: Connection, category: str, since: date
) -> tuple[Announcement, ...]:
    """Read every row that one category announced on `since` or later."""
    rows = await connection.execute_fetchall(
        f"SELECT {_COLUMNS} FROM announcements WHERE category = ? AND day >= ?"
        " ORDER BY day, position",
        (category, since.isoformat()),
    )
    return tuple(_to_announcement(tuple(row)) for row in rows)


async def announced(
    connection: Connection, batches: Sequence[tuple[str, date]]
) -> tuple[Announced, ...]:
    """Read the papers of some batches, each once with all its rows, in the order of the rows."""
    rows: list[Announcement] = []
    for category, day in batches:
        found = await connection.execute_fetchall(
            f"SELECT {_COLUMNS} FROM announcements WHERE category = ? AND day = ?"
            " ORDER BY position",
            (category, day.isoformat()),
        )
        rows.extend(_to_announcement(tuple(row)) for row in found)
    return await _grouped(connection, rows)


async def _grouped(connection: Connection, rows: Iterable[Announcement]) -> tuple[Announced, ...]:
    """Each paper once with all its rows, in the order of the rows."""
    by_paper: dict[str, list[Announcement]] = {}
    for one in rows:
        by_paper.setdefault(one.paper_id, []).append(one)
    papers = await get(connection, by_paper)
    return tuple(Announced(papers[key], tuple(rows)) for key, rows in by_paper.items())


async def batches(
    connection: Connection, categories: Sequence[str], until: date
) -> tuple[Batch, ...]:
    """Read the newest batch with rows of each category, no newer than `until`."""
    found: list[Batch] = []
    for category in categories:
        rows = await connection.execute_fetchall(
            _BATCH + " WHERE b.category = ? AND b.day ="
            " (SELECT max(day) FROM announcements WHERE category = ? AND day <= ?)"
            " GROUP BY b.category, b.day, b.stored_at",
            (category, category, until.isoformat()),
        )
        found.extend(_to_batch(tuple(row)) for row in rows)
    return tuple(found)


async def newest_batches(connection: Connection) -> tuple[Batch, ...]:
    """Read the newest batch of every category there is, by category."""
    rows = await connection.execute_fetchall(
        _BATCH + " WHERE b.day = (SELECT max(day) FROM batches WHERE category = b.category)"
        " GROUP BY b.category, b.day, b.stored_at ORDER BY b.category"
    )
    return tuple(_to_batch(tuple(row)) for row in rows)


_BATCH = (
    "SELECT b.category, b.day, count(a.paper_id), b.stored_at FROM batches AS b"
    " LEFT JOIN announcements AS a ON a.category = b.category AND a.day = b.day"
)


def _to_announcement(row: Sequence[Any]) -> Announcement:
    return Announcement(
        paper_id=row[0],
        version=row[1],
        category=row[2],
        day=date.fromisoformat(row[3]),
        kind=Kind(row[4]),
        position=row[5],
    )


def _to_batch(row: Sequence[Any]) -> Batch:
    return Batch(row[0], date.fromisoformat(row[1]), row[2], datetime.fromisoformat(row[3]))
