"""The SQLite file: one writer behind a lock, read-only connections beside it, migrations.

What happens when the process is killed: a transaction is there as a whole or not at all (WAL).
When a task is cancelled inside `write()`, the transaction is rolled back behind a shield before
the next one begins, because aiosqlite works off its calls in order. Cancelled while it commits,
the task is told so, but the commit holds.
"""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import aiosqlite

from storage.errors import DatabaseBroken, DatabaseBusy, DatabaseTooNew, DiskFull, StorageError

SQLITE_VERSION = sqlite3.sqlite_version
READERS = 2  # measured: two give 1.8 times the searches a second of one, a third adds nothing
BUSY_TIMEOUT = 5.0  # seconds to wait for another process's transaction
PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    # KiB; measured on 200,000 papers: neither 64 MiB nor mapping the file into memory is faster,
    # but searching then takes 172 and 312 MB instead of 74
    "PRAGMA cache_size = -16000",
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
        if (ours := _translate(error, path)) is None:
            raise
        raise ours from error


def _translate(error: sqlite3.DatabaseError, path: Path) -> StorageError | None:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # extended codes keep theirs in a low byte
    match code:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return DatabaseBusy(f"{path} is busy: another process writes; try again in a moment")
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
            return None


class Database:
    """An open database file; made by `open`, ended by `close`."""

    def __init__(
        self,
        path: Path,
        functions: Mapping[str, TextFunction],
        writer: aiosqlite.Connection,
        readers: Sequence[aiosqlite.Connection],
    ) -> None:
        self.path = path
        self._functions = functions
        self._writer = writer
        self._open = (*readers, writer)
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
        busy_timeout: float = BUSY_TIMEOUT,
    ) -> Self:
        """Open or create the file at `path` and bring its schema up to date.

        `functions` are one-argument functions that the schema's views call by name;
        `busy_timeout` is in seconds. Raises StorageError where the file cannot be used.
        """
        _make_folder(path.parent)
        opened: list[aiosqlite.Connection] = []
        try:
            with translated(path):
                # aiosqlite's thread complains on stderr about a file that it cannot open
                sqlite3.connect(_uri(path, "rwc"), uri=True).close()
                writer = await _connect(path, "rwc", busy_timeout)
                opened.append(writer)
                await _add_functions(writer, functions)
                for pragma in WRITER_PRAGMAS:
                    await writer.execute(pragma)
                await migrate(writer, path, migrations)
                while len(opened) < 1 + READERS:
                    opened.append(await _connect(path, "ro", busy_timeout))
        except BaseException:
            await _close_all(opened[::-1])
            raise
        return cls(path, functions, opened[0], opened[1:])

    async def close(self) -> None:
        """Close every connection, also when cancelled: one left open would hang the process."""
        opened, self._open = self._open, ()
        await _close_all(opened)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[aiosqlite.Connection]:
        """One write transaction: committed at the end, rolled back on any error."""
        async with self._write_lock:
            with translated(self.path):
                async with _transaction(self._writer):
                    yield self._writer

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
        await asyncio.to_thread(_copy, self.path, target)

    @asynccontextmanager
    async def scratch(self) -> AsyncIterator[aiosqlite.Connection]:
        """A temporary copy to write to, for what would keep others from writing for too long."""
        with TemporaryDirectory(prefix=f"{self.path.name}.", dir=self.path.parent) as folder:
            copy = Path(folder, self.path.name)
            await self.backup(copy)
            with translated(self.path):
                connection = await _connect(copy, "rw", BUSY_TIMEOUT)
                try:
                    await _add_functions(connection, self._functions)
                    yield connection
                finally:
                    await _close_all((connection,))


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
    for number, migration in enumerate(migrations[found:], start=found + 1):
        async with _transaction(writer):
            if await _user_version(writer) >= number:  # another process was quicker
                continue
            if 0 < found == number - 1:
                await _keep_copy(path, path.with_name(f"{path.name}.before-{number}"))
            for statement in migration.statements:
                await writer.execute(statement)
            await writer.execute(f"PRAGMA user_version = {number}")


async def _keep_copy(path: Path, target: Path) -> None:
    if not target.exists():
        await asyncio.to_thread(_copy, path, target)


@asynccontextmanager
async def _transaction(connection: aiosqlite.Connection) -> AsyncIterator[None]:
    try:
        await connection.execute("BEGIN IMMEDIATE")
        yield
        await asyncio.shield(connection.commit())
    except BaseException:
        with suppress(ValueError):  # closed meanwhile, which rolls back too
            await asyncio.shield(connection.rollback())
        raise


async def _user_version(connection: aiosqlite.Connection) -> int:
    async with connection.execute("PRAGMA user_version") as cursor:
        row = await cursor.fetchone()
    return int(row[0]) if row else 0


async def _add_functions(
    connection: aiosqlite.Connection, functions: Mapping[str, TextFunction]
) -> None:
    for name, function in functions.items():
        await connection.create_function(name, 1, function, deterministic=True)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"cannot create {folder}: {error.strerror}") from error


async def _connect(path: Path, mode: str, busy_timeout: float) -> aiosqlite.Connection:
    connection = await aiosqlite.connect(
        _uri(path, mode), uri=True, isolation_level=None, timeout=busy_timeout
    )
    try:
        for pragma in PRAGMAS:
            await connection.execute(pragma)
    except BaseException:
        await _close_all((connection,))
        raise
    return connection


def _uri(path: Path, mode: str) -> str:
    return f"{path.absolute().as_uri()}?mode={mode}"


def _copy(path: Path, target: Path) -> None:
    """Copy what is committed, over a connection of its own: one that writes would wait for itself.

    In one step, since a copy made in several begins again whenever somebody writes in between.
    """
    if target.exists():
        raise StorageError(f"{target} exists already; name a file that does not")
    partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
    try:
        with (
            translated(target),
            closing(sqlite3.connect(_uri(path, "ro"), uri=True)) as source,
            closing(sqlite3.connect(partial)) as copy,
        ):
            source.backup(copy)
        partial.rename(target)
    except OSError as error:
        raise StorageError(f"cannot write {target}: {error.strerror}") from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


async def _close_all(connections: Sequence[aiosqlite.Connection]) -> None:
    """Close one after the other, the writer last, since that moves the WAL into the database."""
    cancelled: asyncio.CancelledError | None = None
    for connection in connections:
        stopping = connection.stop()
        while stopping is not None and not stopping.done():
            try:
                await asyncio.wait((stopping,))
            except asyncio.CancelledError as error:  # being cancelled has to wait
                cancelled = error
    if cancelled is not None:
        raise cancelled
