"""A database of notes, the smallest there is, for tests of what holds for any tables."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from storage.database import Database
from storage.migrations import Migration

NOTES = Migration("notes", ("CREATE TABLE notes (text TEXT NOT NULL UNIQUE)",))
FIRST_NOTE = Migration("a note", ("INSERT INTO notes VALUES ('from the second step')",))
BROKEN = Migration("fails half-way", ("CREATE TABLE extra (x TEXT)", "SELECT nonsense"))
LONG_NOTES = [f"{number:0500}" for number in range(1000)]


@asynccontextmanager
async def opened(
    path: Path, *migrations: Migration, busy_timeout: float = 0.05
) -> AsyncIterator[Database]:
    database = await Database.open(path, migrations, {}, busy_timeout)
    try:
        yield database
    finally:
        await database.close()


async def add(database: Database, text: str) -> None:
    await add_all(database, [text])


async def add_all(database: Database, texts: Sequence[str]) -> None:
    async with database.write() as connection:
        for text in texts:
            await connection.execute("INSERT INTO notes VALUES (?)", (text,))


async def notes(database: Database) -> list[str]:
    async with database.read() as connection:
        rows = await connection.execute_fetchall("SELECT text FROM notes ORDER BY text")
    return [row[0] for row in rows]
