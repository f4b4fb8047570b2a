"""Migrations: each step once and whole, and a copy of the file before the first of them."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage.database import Database
from storage.errors import DatabaseTooNew
from storage.migrations import Migration
from tests.storage.examples import ends, goes_on, python, says
from tests.storage.notes import BROKEN, FIRST_NOTE, NOTES, add, notes, opened

MIGRATE = """
import asyncio, sys
from pathlib import Path
from storage.database import Database
from tests.storage.notes import FIRST_NOTE, NOTES

async def main():
    database = await Database.open(Path(sys.argv[1]), (NOTES, FIRST_NOTE), {})
    await database.close()

print("ready", flush=True)
sys.stdin.readline()
asyncio.run(main())
"""


def version_and_notes(path: Path) -> tuple[int, list[str]]:
    with closing(sqlite3.connect(path)) as connection:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        rows = connection.execute("SELECT text FROM notes ORDER BY text").fetchall()
    return version, [row[0] for row in rows]


async def test_each_migration_is_taken_once(path: Path) -> None:
    for _ in range(2):
        async with opened(path, NOTES, FIRST_NOTE):
            pass
    assert version_and_notes(path) == (2, ["from the second step"])


async def test_a_failing_migration_leaves_the_ones_before_it(path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError, match="nonsense"):
        await Database.open(path, (NOTES, FIRST_NOTE, BROKEN), {})
    assert version_and_notes(path) == (2, ["from the second step"])
    with closing(sqlite3.connect(path)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        assert tables.fetchall() == [("notes",)]


async def test_a_file_with_content_is_backed_up_before_it_is_migrated(path: Path) -> None:
    async with opened(path, NOTES) as database:
        await add(database, "old")
    async with opened(path, NOTES, FIRST_NOTE, Migration("nothing", ())):
        pass
    assert version_and_notes(path) == (3, ["from the second step", "old"])
    assert version_and_notes(path.with_name("paperboy.db.before-2")) == (1, ["old"])
    assert not path.with_name("paperboy.db.before-3").exists()


async def test_a_backup_of_an_earlier_attempt_is_kept(path: Path) -> None:
    async with opened(path, NOTES):
        pass
    kept = path.with_name("paperboy.db.before-2")
    kept.write_bytes(b"kept")
    async with opened(path, NOTES, FIRST_NOTE):
        pass
    assert kept.read_bytes() == b"kept"


async def test_a_new_file_needs_no_backup(path: Path) -> None:
    async with opened(path, NOTES, FIRST_NOTE):
        pass
    assert not list(path.parent.glob("*before*"))


async def test_a_database_of_a_newer_release_is_refused_and_left_alone(path: Path) -> None:
    async with opened(path, NOTES, FIRST_NOTE):
        pass
    with pytest.raises(DatabaseTooNew, match=r"schema 2, this one knows 1.*upgrade the program"):
        await Database.open(path, (NOTES,), {})
    assert version_and_notes(path)[0] == 2


async def test_two_processes_that_migrate_at_once_take_each_step_once(path: Path) -> None:
    async with opened(path, NOTES) as database:
        await add(database, "old")
    processes = [python(MIGRATE, path) for _ in range(3)]
    assert [says(process) for process in processes] == ["ready"] * 3
    for process in processes:
        goes_on(process)
    assert [ends(process) for process in processes] == [0] * 3
    async with opened(path, NOTES, FIRST_NOTE) as database:
        assert await notes(database) == ["from the second step", "old"]
    assert version_and_notes(path.with_name("paperboy.db.before-2")) == (1, ["old"])
    assert not list(path.parent.glob("*.partial"))
