"""The papers of the last list that somebody was shown, so that `paper 3` can mean the third."""

import json
from collections.abc import Sequence

from aiosqlite import Connection


async def put(connection: Connection, reader: str, paper_ids: Sequence[str]) -> None:
    """Remember the list that `reader` was shown last."""
    await connection.execute(
        "INSERT INTO listings (reader, paper_ids) VALUES (?, ?)"
        " ON CONFLICT (reader) DO UPDATE SET paper_ids = excluded.paper_ids",
        (reader, json.dumps(list(paper_ids))),
    )


async def get(connection: Connection, reader: str) -> tuple[str, ...]:
    """Read the list that `reader` was shown last; empty where there was none."""
    rows = await connection.execute_fetchall(
        "SELECT paper_ids FROM listings WHERE reader = ?", (reader,)
    )
    return next((tuple(json.loads(row[0])) for row in rows), ())
