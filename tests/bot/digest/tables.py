"""The content of a store's tables, to tell whether anything changed."""

import sqlite3
from contextlib import closing
from pathlib import Path

from storage.store import FILE_NAME

PAPERS_AND_SUMMARIES = ("SELECT * FROM papers", "SELECT * FROM summaries")
EVERYTHING = (
    *PAPERS_AND_SUMMARIES,
    "SELECT * FROM announcements",
    "SELECT * FROM batches",
    "SELECT * FROM imported_digests",
    "SELECT * FROM imported_entries",
)
"""All but the notes about which file was imported."""


def rows_of(
    data_dir: Path, tables: tuple[str, ...] = EVERYTHING
) -> dict[str, set[tuple[object, ...]]]:
    """Every row of some tables."""
    with closing(sqlite3.connect(data_dir / FILE_NAME)) as connection:
        return {table: set(connection.execute(table)) for table in tables}
