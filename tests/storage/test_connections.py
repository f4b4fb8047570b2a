"""Files that cannot be used, errors in words, and copies that are complete or not there."""

import asyncio
import os
import resource
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from storage.connections import translated
from storage.database import Database
from storage.errors import DatabaseBroken, DatabaseBusy, DiskFull, StorageError
from tests.storage.notes import LONG_NOTES, NOTES, add, add_all, notes, opened

# Errors


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        (sqlite3.SQLITE_BUSY, DatabaseBusy, "try again in a moment"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, DatabaseBusy, "try again in a moment"),
        (sqlite3.SQLITE_LOCKED, DatabaseBusy, "try again in a moment"),
        (sqlite3.SQLITE_FULL, DiskFull, "free some space"),
        (sqlite3.SQLITE_CORRUPT, DatabaseBroken, "put a backup in its place"),
        (sqlite3.SQLITE_CORRUPT_VTAB, DatabaseBroken, "put a backup in its place"),
        (sqlite3.SQLITE_NOTADB, DatabaseBroken, "put a backup in its place"),
        (sqlite3.SQLITE_CANTOPEN, StorageError, "check the folder and its permissions"),
        (sqlite3.SQLITE_READONLY_DIRECTORY, StorageError, "check the folder and its permissions"),
        (sqlite3.SQLITE_IOERR_FSYNC, StorageError, "the disk failed .*: no luck"),
        (sqlite3.SQLITE_CONSTRAINT, sqlite3.OperationalError, "no luck"),
        (sqlite3.SQLITE_ERROR, sqlite3.OperationalError, "no luck"),
    ],
)
def test_what_goes_wrong_outside_the_program_is_told_in_words(
    path: Path, code: int, kind: type[Exception], words: str
) -> None:
    error = sqlite3.OperationalError("no luck")
    error.sqlite_errorcode = code
    with pytest.raises(kind, match=words) as caught, translated(path):
        raise error
    assert type(caught.value) is kind
    assert "\n" not in str(caught.value)
    assert kind is sqlite3.OperationalError or str(path) in str(caught.value)


# Files that cannot be used


async def test_an_empty_file_becomes_a_database(path: Path) -> None:
    path.touch()
    async with opened(path, NOTES) as database:
        await add(database, "one")


async def test_a_file_that_is_no_database_is_broken_and_left_alone(path: Path) -> None:
    content = b"# Paperboy\nlanguage = 'en'\n" * 100
    path.write_bytes(content)
    with pytest.raises(DatabaseBroken, match="is not a database or is damaged; put a backup"):
        await Database.open(path, (NOTES,), {})
    assert path.read_bytes() == content


async def test_a_damaged_file_is_broken(path: Path) -> None:
    async with opened(path, NOTES) as database:
        await add_all(database, LONG_NOTES)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    with pytest.raises(DatabaseBroken):
        async with opened(path, NOTES) as database:
            await notes(database)


async def test_a_folder_in_the_files_place_is_refused(path: Path) -> None:
    path.mkdir()
    with pytest.raises(StorageError, match=r"cannot write .*check the folder"):
        await Database.open(path, (NOTES,), {})


async def test_a_file_in_the_folders_place_is_refused(path: Path) -> None:
    path.write_text("not a folder")
    with pytest.raises(StorageError, match=r"cannot create .*paperboy\.db"):
        await Database.open(path / "paperboy.db", (NOTES,), {})


@contextmanager
def without_privileges() -> Iterator[None]:
    """Who may do anything, as in many containers, becomes somebody who may not."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.parametrize("place", ["paperboy.db", "new/paperboy.db"])
async def test_a_folder_that_may_not_be_written_is_refused(place: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        with without_privileges(), pytest.raises(StorageError, match=r"cannot (write|create) "):
            await Database.open(Path(folder, place), (NOTES,), {})


async def limit_pages(database: Database, pages: int) -> None:
    async with database.write() as connection:
        await connection.execute(f"PRAGMA max_page_count = {pages}")


async def test_a_full_disk_rolls_back_and_says_so(database: Database) -> None:
    await add(database, "before")
    await limit_pages(database, 1)  # taken as: no more than there are
    with pytest.raises(DiskFull, match=r"no room left to write .*nothing was lost"):
        await add_all(database, LONG_NOTES)
    assert await notes(database) == ["before"]
    await limit_pages(database, 1_000_000)
    await add(database, "room again")
    assert await notes(database) == ["before", "room again"]


# Backups


def notes_of(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT text FROM notes ORDER BY text").fetchall()
    return [row[0] for row in rows]


async def test_a_backup_is_complete_while_another_task_is_writing(
    database: Database, path: Path
) -> None:
    await add(database, "committed")
    target = path.with_name("copy.db")
    async with asyncio.timeout(10), database.write() as connection:
        await connection.execute("INSERT INTO notes VALUES ('not yet')")
        await database.backup(target)
    assert notes_of(target) == ["committed"]
    assert await notes(database) == ["committed", "not yet"]


async def test_a_backup_is_one_file(database: Database, path: Path) -> None:
    await add(database, "one")
    folder = path.with_name("backups")
    folder.mkdir()
    await database.backup(folder / "copy.db")
    assert [file.name for file in folder.iterdir()] == ["copy.db"]


async def test_a_backup_never_overwrites(database: Database, path: Path) -> None:
    target = path.with_name("precious.txt")
    target.write_text("precious")
    with pytest.raises(StorageError, match="exists already; name a file that does not"):
        await database.backup(target)
    assert target.read_text() == "precious"


async def test_a_backup_into_a_folder_that_is_not_there_is_refused(
    database: Database, path: Path
) -> None:
    with pytest.raises(StorageError, match=r"cannot write .*nowhere"):
        await database.backup(path.with_name("nowhere") / "copy.db")


async def test_a_backup_that_fails_leaves_no_file(database: Database, path: Path) -> None:
    await add_all(database, LONG_NOTES)
    folder = path.with_name("backups")
    folder.mkdir()
    with files_of_at_most(100_000), pytest.raises(StorageError, match=r"copy\.db"):
        await database.backup(folder / "copy.db")
    assert list(folder.iterdir()) == []


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_scratch_copy_can_be_written_to_and_is_gone_afterwards(
    database: Database, path: Path
) -> None:
    await add(database, "kept")
    async with database.scratch() as copy:
        await copy.execute("INSERT INTO notes VALUES ('scratched')")
        await add(database, "meanwhile")
        rows = await copy.execute_fetchall("SELECT text FROM notes ORDER BY text")
        assert [row[0] for row in rows] == ["kept", "scratched"]
    assert await notes(database) == ["kept", "meanwhile"]
    assert {file.name for file in path.parent.iterdir()} <= {
        f"paperboy.db{ending}" for ending in ("", "-wal", "-shm")
    }
