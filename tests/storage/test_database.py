"""One writer and several readers: what a transaction promises, cancelled and closed or not."""

import asyncio
import sqlite3
import threading
from contextlib import closing, suppress
from pathlib import Path

import pytest

from storage.database import Database
from storage.errors import DatabaseBusy, StorageError
from tests.storage.examples import ends, python, says
from tests.storage.notes import BROKEN, FIRST_NOTE, NOTES, add, add_all, notes, opened

HOLD_THE_WRITE_LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("holding", flush=True)
sys.stdin.readline()
connection.execute("COMMIT")
"""

END_WHILE_WRITING = """
import asyncio, sys
from pathlib import Path
from storage.database import Database
from tests.storage.notes import NOTES

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
    assert [file.name for file in path.parent.iterdir()] == [path.name]  # the WAL is moved into it
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
