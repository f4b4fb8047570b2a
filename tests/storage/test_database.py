"""One writer, several readers, migrations: what a transaction promises, and what errors say."""

import asyncio
import os
import resource
import sqlite3
import tempfile
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from pathlib import Path

import pytest

from storage.database import Database, Migration, translated
from storage.errors import DatabaseBroken, DatabaseBusy, DatabaseTooNew, DiskFull, StorageError
from tests.storage.examples import ends, goes_on, python, says

NOTES = Migration("notes", ("CREATE TABLE notes (text TEXT NOT NULL UNIQUE)",))
LONG_NOTES = [f"{number:0500}" for number in range(1000)]
FIRST_NOTE = Migration("a note", ("INSERT INTO notes VALUES ('from the second step')",))
BROKEN = Migration("fails half-way", ("CREATE TABLE extra (x TEXT)", "SELECT nonsense"))

HOLD_THE_WRITE_LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("holding", flush=True)
sys.stdin.readline()
connection.execute("COMMIT")
"""

MIGRATE = """
import asyncio, sys
from pathlib import Path
from storage.database import Database, Migration
from tests.storage.test_database import FIRST_NOTE, NOTES

async def main():
    database = await Database.open(Path(sys.argv[1]), (NOTES, FIRST_NOTE), {})
    await database.close()

print("ready", flush=True)
sys.stdin.readline()
asyncio.run(main())
"""

END_WHILE_WRITING = """
import asyncio, sys
from pathlib import Path
from storage.database import Database
from tests.storage.test_database import NOTES

async def main():
    database = await Database.open(Path(sys.argv[1]), (NOTES,), {})
    async def write():
        async with database.write() as connection:
            await connection.execute("INSERT INTO notes VALUES ('half done')")
            main_task.cancel()
            await asyncio.Event().wait()
    main_task = asyncio.current_task()
    background = asyncio.create_task(write())
    try:
        await asyncio.Event().wait()
    finally:
        await database.close()

try:
    asyncio.run(main())
except asyncio.CancelledError:
    print("cancelled", flush=True)
"""


@asynccontextmanager
async def opened(
    path: Path, *migrations: Migration, busy_timeout: float = 0.05
) -> AsyncIterator[Database]:
    database = await Database.open(path, migrations, {}, busy_timeout)
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "paperboy.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    async with opened(path, NOTES) as it:
        yield it


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


async def until_it_waits() -> None:
    """Let every other task run until it waits for something outside the event loop."""
    for _ in range(10):
        await asyncio.sleep(0)


def worker_threads() -> set[threading.Thread]:
    return {one for one in threading.enumerate() if "_connection_worker_thread" in one.name}


async def no_more_worker_threads_than(before: set[threading.Thread]) -> None:
    """A connection's thread ends a moment after the connection is closed, or never."""
    for thread in worker_threads() - before:
        await asyncio.to_thread(thread.join, 10)
    assert worker_threads() <= before


# Transactions


async def test_what_is_written_is_read_back(database: Database) -> None:
    await add(database, "one")
    assert await notes(database) == ["one"]


async def test_two_tasks_writing_at_once_never_commit_each_others_work(database: Database) -> None:
    first_has_written, second_may_be_waiting = asyncio.Event(), asyncio.Event()

    async def fail_after_writing() -> None:
        async with database.write() as connection:
            await connection.execute("INSERT INTO notes VALUES ('half done')")
            first_has_written.set()
            await second_may_be_waiting.wait()
            raise LookupError

    failing = asyncio.create_task(fail_after_writing())
    await first_has_written.wait()
    succeeding = asyncio.create_task(add(database, "whole"))
    await until_it_waits()
    second_may_be_waiting.set()
    with pytest.raises(LookupError):
        await failing
    await succeeding
    assert await notes(database) == ["whole"]


async def test_a_reader_sees_what_is_committed_while_a_write_is_open(database: Database) -> None:
    await add(database, "before")
    async with database.write() as connection:
        await connection.execute("INSERT INTO notes VALUES ('not yet')")
        assert await notes(database) == ["before"]
    assert await notes(database) == ["before", "not yet"]


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(StorageError, match="cannot write"):
        async with database.read() as connection:
            await connection.execute("INSERT INTO notes VALUES ('x')")
    assert await notes(database) == []


async def test_an_error_in_the_body_rolls_back(database: Database) -> None:
    async def fail_after_writing() -> None:
        async with database.write() as connection:
            await connection.execute("INSERT INTO notes VALUES ('half done')")
            raise LookupError

    with pytest.raises(LookupError):
        await fail_after_writing()
    await add(database, "next")
    assert await notes(database) == ["next"]


async def test_an_error_of_a_statement_rolls_back_and_comes_through_as_it_is(
    database: Database,
) -> None:
    await add(database, "one")
    with pytest.raises(sqlite3.IntegrityError) as caught:
        await add_all(database, ["two", "one"])
    assert caught.value.__cause__ is None
    assert await notes(database) == ["one"]


async def test_a_wrong_statement_comes_through_as_it_is(database: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        async with database.read() as connection:
            await connection.execute_fetchall("SELECT * FROM nowhere")


# Cancelling


async def test_a_write_cancelled_at_its_beginning_leaves_nothing_open(
    database: Database, path: Path
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with asyncio.timeout(10):
            task = asyncio.create_task(add(database, "cancelled"))
            await until_it_waits()
            task.cancel()
            other.execute("COMMIT")
            with pytest.raises((asyncio.CancelledError, DatabaseBusy)):
                await task
    await add(database, "next")
    assert await notes(database) == ["next"]


@pytest.mark.parametrize("times", [1, 2, 3])
async def test_a_write_cancelled_in_its_body_rolls_back(database: Database, times: int) -> None:
    written = asyncio.Event()

    async def write_and_wait() -> None:
        async with database.write() as connection:
            await connection.execute("INSERT INTO notes VALUES ('half done')")
            written.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write_and_wait())
    await written.wait()
    for _ in range(times):
        task.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await task
    await add(database, "next")
    assert await notes(database) == ["next"]


async def test_a_write_cancelled_during_a_statement_rolls_back(database: Database) -> None:
    many = (
        "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
        " INSERT INTO notes SELECT 'note ' || i FROM n"
    )

    async def write_many() -> None:
        async with database.write() as connection:
            await connection.execute("SELECT 1")
            await connection.execute(many)

    task = asyncio.create_task(write_many())
    await until_it_waits()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await add(database, "next")
    assert await notes(database) == ["next"]


PAUSE = "SELECT pause('')"


async def test_a_write_cancelled_while_it_commits_is_whole_and_the_next_one_works(
    path: Path,
) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def pause(_: str | None) -> None:
        reached.set()
        go_on.wait(10)

    database = await Database.open(path, (NOTES,), {"pause": pause})

    async def write() -> None:
        async with database.write() as connection:
            await connection.execute("INSERT INTO notes VALUES ('whole')")
            statements.append(asyncio.ensure_future(connection.execute_fetchall(PAUSE)))

    statements: list[asyncio.Future[object]] = []
    try:
        task = asyncio.create_task(write())
        await asyncio.to_thread(reached.wait, 10)
        await until_it_waits()  # the commit stands behind the statement that pauses
        task.cancel()
        await until_it_waits()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.gather(*statements)
        await add(database, "next")
        assert await notes(database) == ["next", "whole"]
    finally:
        await database.close()


async def test_a_cancelled_reader_can_be_used_again(database: Database) -> None:
    forever = asyncio.Event()

    async def read_and_wait() -> None:
        async with database.read():
            await forever.wait()

    tasks = [asyncio.create_task(read_and_wait()) for _ in range(5)]
    await until_it_waits()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(10):
        assert await asyncio.gather(*(notes(database) for _ in range(5))) == [[]] * 5


# Opening and closing


async def test_a_path_may_hold_any_characters(tmp_path: Path) -> None:
    path = tmp_path / "papers? #1 & 100% 论文" / "a b.db"
    async with opened(path, NOTES) as database:
        await add(database, "one")
    assert path.is_file()


async def test_closing_twice_is_as_good_as_once(path: Path) -> None:
    database = await Database.open(path, (NOTES,), {})
    await database.close()
    async with asyncio.timeout(10):
        await database.close()


@pytest.mark.parametrize("times", [1, 2, 5])
async def test_close_closes_everything_also_when_cancelled(path: Path, times: int) -> None:
    before = worker_threads()
    database = await Database.open(path, (NOTES,), {})
    assert worker_threads() - before
    task = asyncio.create_task(database.close())
    for _ in range(times):
        await asyncio.sleep(0)
        task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    await no_more_worker_threads_than(before)


@pytest.mark.parametrize("steps", range(0, 40, 3))
async def test_open_leaves_nothing_open_when_cancelled(path: Path, steps: int) -> None:
    before = worker_threads()
    task = asyncio.create_task(Database.open(path, (NOTES, FIRST_NOTE), {}))
    for _ in range(steps):
        await asyncio.to_thread(int)  # as long as a connection's thread takes to answer
    task.cancel()
    with suppress(asyncio.CancelledError):
        database = await task
        await database.close()
    await no_more_worker_threads_than(before)
    async with opened(path, NOTES, FIRST_NOTE) as database:
        assert await notes(database) == ["from the second step"]


async def test_open_leaves_nothing_open_when_it_fails(path: Path) -> None:
    before = worker_threads()
    with pytest.raises(sqlite3.OperationalError, match="nonsense"):
        await Database.open(path, (NOTES, BROKEN), {})
    await no_more_worker_threads_than(before)


def test_a_process_that_is_cancelled_while_it_writes_ends(path: Path) -> None:
    process = python(END_WHILE_WRITING, path)
    output, errors = process.communicate(timeout=30)
    assert (output, errors) == ("cancelled\n", "")
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT * FROM notes").fetchall() == []


# Other processes


async def test_another_process_holding_the_write_lock_makes_it_busy_until_it_is_done(
    database: Database, path: Path
) -> None:
    other = python(HOLD_THE_WRITE_LOCK, path)
    assert says(other) == "holding"
    with pytest.raises(DatabaseBusy, match="another process writes; try again in a moment"):
        await add(database, "too early")
    assert await notes(database) == []
    assert ends(other) == 0
    await add(database, "now")
    assert await notes(database) == ["now"]


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


# Migrations


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


async def test_a_backup_is_complete_while_another_task_is_writing(
    database: Database, path: Path
) -> None:
    await add(database, "committed")
    target = path.with_name("copy.db")
    async with asyncio.timeout(10), database.write() as connection:
        await connection.execute("INSERT INTO notes VALUES ('not yet')")
        await database.backup(target)
    assert version_and_notes(target) == (1, ["committed"])
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
