"""The SQLite file: one writer behind a lock, read-only connections beside it, migrations.

What happens when the process is killed: a transaction is there as a whole or not at all (WAL).
When a task is cancelled inside `write()`, the transaction is rolled back behind a shield before
the next one begins, because aiosqlite works off its calls in order.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import aiosqlite

from storage.errors import DatabaseBroken, DatabaseBusy, DatabaseTooNew, DiskFull, StorageError

READERS = 2  # measured: two give 1.8 times the searches a second of one, a third adds nothing
BUSY_TIMEOUT_MS = 5_000  # how long to wait for another process's transaction
PRAGMAS = (
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}",
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -16000",  # KiB; 64 MiB measured no faster on 200,000 papers
    "PRAGMA mmap_size = 268435456",
    "PRAGMA temp_store = MEMORY",
)
WRITER_PRAGMAS = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL")

TextFunction = Callable[[str | None], str | None]


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema: what it is for, and its statements, run in one transaction."""

    purpose: str
    statements: tuple[str, ...]


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's operational errors into ours; programming errors pass through untouched.

    Raises StorageError or one of its children.
    """
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _translate(error, path) from error


def _translate(error: sqlite3.DatabaseError, path: Path) -> Exception:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # extended codes keep theirs in a low byte
    match code:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return DatabaseBusy(
                f"{path} is busy: another process has been writing for"
                f" {BUSY_TIMEOUT_MS // 1000} s; try again in a moment"
            )
        case sqlite3.SQLITE_FULL:
            return DiskFull(f"no room left to write {path}; free some space, nothing was lost")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return DatabaseBroken(
                f"{path} is not a database or is damaged; put a backup in its place"
            )
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return StorageError(f"cannot write {path}; check the folder and its permissions")
        case sqlite3.SQLITE_IOERR:
            return StorageError(f"the disk failed while reading or writing {path}: {error}")
        case _:
            return error


class Database:
    """An open database file; made by `open`, ended by `close`."""

    def __init__(
        self, path: Path, writer: aiosqlite.Connection, readers: Sequence[aiosqlite.Connection]
    ) -> None:
        self.path = path
        self._writer = writer
        self._readers = tuple(readers)
        self._write_lock = asyncio.Lock()
        self._idle_readers: asyncio.Queue[aiosqlite.Connection] = asyncio.Queue()
        for reader in readers:
            self._idle_readers.put_nowait(reader)

    @classmethod
    async def open(
        cls,
        path: Path,
        migrations: Sequence[Migration],
        functions: Mapping[str, TextFunction],
    ) -> Self:
        """Open or create the file at `path` and bring its schema up to date.

        `functions` are one-argument functions that the schema's views call by name.
        Raises StorageError where the file cannot be used.
        """
        connections: list[aiosqlite.Connection] = []
        try:
            with translated(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                writer = await _connect(path, "rwc")
                connections.append(writer)
                for name, function in functions.items():
                    await writer.create_function(name, 1, function, deterministic=True)
                for pragma in WRITER_PRAGMAS:
                    await writer.execute(pragma)
                await migrate(writer, path, migrations)
                while len(connections) < 1 + READERS:
                    connections.append(await _connect(path, "ro"))
        except OSError as error:
            raise StorageError(f"cannot create {path.parent}: {error.strerror}") from error
        except BaseException:
            await asyncio.shield(_close_all(connections))
            raise
        return cls(path, connections[0], connections[1:])

    async def close(self) -> None:
        """Close every connection, also when cancelled: one left open would hang the process."""
        await asyncio.shield(_close_all((*self._readers, self._writer)))

    @asynccontextmanager
    async def write(self) -> AsyncIterator[aiosqlite.Connection]:
        """One write transaction: committed at the end, rolled back on any error."""
        async with self._write_lock:
            with translated(self.path):
                try:
                    await self._writer.execute("BEGIN IMMEDIATE")
                    yield self._writer
                    await asyncio.shield(self._writer.commit())
                except BaseException:
                    await asyncio.shield(self._writer.rollback())
                    raise

    @asynccontextmanager
    async def read(self) -> AsyncIterator[aiosqlite.Connection]:
        """A read-only connection; what it sees is whatever is committed at each statement."""
        reader = await self._idle_readers.get()
        try:
            with translated(self.path):
                yield reader
        finally:
            self._idle_readers.put_nowait(reader)

    async def backup(self, target: Path) -> None:
        """Write a consistent copy to `target`, complete or not at all; the bot may be running.

        Raises StorageError where `target` exists or cannot be written.
        """
        await _copy(self._writer, target)


async def migrate(
    writer: aiosqlite.Connection, path: Path, migrations: Sequence[Migration]
) -> None:
    """Run the migrations that the file has not seen, each in a transaction of its own.

    A file with content is backed up beside itself first (`paperboy.db.before-3`).
    Raises DatabaseTooNew where a newer release wrote the file.
    """
    found = await _user_version(writer)
    if found > len(migrations):
        raise DatabaseTooNew(
            f"{path} was written by a newer Paperboy (schema {found}, this one knows"
            f" {len(migrations)}); upgrade the program or use another data_dir"
        )
    if 0 < found < len(migrations):
        target = path.with_name(f"{path.name}.before-{found + 1}")
        if not target.exists():
            await _copy(writer, target)
    for number, migration in enumerate(migrations, start=1):
        await _migrate_one(writer, number, migration)


async def _migrate_one(writer: aiosqlite.Connection, number: int, migration: Migration) -> None:
    if await _user_version(writer) >= number:
        return
    try:
        await writer.execute("BEGIN IMMEDIATE")
        if await _user_version(writer) < number:  # another process may have been quicker
            for statement in migration.statements:
                await writer.execute(statement)
            await writer.execute(f"PRAGMA user_version = {number}")
        await writer.commit()
    except BaseException:
        await asyncio.shield(writer.rollback())
        raise


async def _user_version(connection: aiosqlite.Connection) -> int:
    async with connection.execute("PRAGMA user_version") as cursor:
        row = await cursor.fetchone()
    return int(row[0]) if row else 0


async def _connect(path: Path, mode: str) -> aiosqlite.Connection:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = await aiosqlite.connect(uri, uri=True, isolation_level=None)
    try:
        for pragma in PRAGMAS:
            await connection.execute(pragma)
    except BaseException:
        await asyncio.shield(connection.close())
        raise
    return connection


async def _copy(source: aiosqlite.Connection, target: Path) -> None:
    if target.exists():
        raise StorageError(f"{target} exists already; name a file that does not")
    partial = target.with_name(target.name + ".partial")
    try:
        with translated(target):
            partial.unlink(missing_ok=True)
            async with aiosqlite.connect(partial) as copy:
                await source.backup(copy)
            partial.rename(target)
    except OSError as error:
        raise StorageError(f"cannot write {target}: {error.strerror}") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


async def _close_all(connections: Sequence[aiosqlite.Connection]) -> None:
    for connection in connections:
        await connection.close()
