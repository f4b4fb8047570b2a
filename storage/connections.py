"""Connections to an SQLite file: opening, transactions, copies, closing, and errors in words."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from pathlib import Path

import aiosqlite

from storage.errors import DatabaseBroken, DatabaseBusy, DiskFull, StorageError

PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    # KiB; measured on 200,000 papers: neither 64 MiB nor mapping the file into memory is faster,
    # but searching then takes 172 and 312 MB instead of 74
    "PRAGMA cache_size = -16000",
    "PRAGMA temp_store = MEMORY",
)

TextFunction = Callable[[str | None], str | None]


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


async def connect(
    path: Path,
    mode: str,
    busy_timeout: float,
    functions: Mapping[str, TextFunction] | None = None,
) -> aiosqlite.Connection:
    """Open a connection; `mode` is one of SQLite's: `ro`, `rw` or `rwc`.

    `busy_timeout` is in seconds; `functions` can be called by name in statements and views.
    """
    # aiosqlite's thread complains on stderr about a file that it cannot open: try it first.
    sqlite3.connect(_uri(path, mode), uri=True).close()
    connection = await aiosqlite.connect(
        _uri(path, mode), uri=True, isolation_level=None, timeout=busy_timeout
    )
    try:
        for name, function in (functions or {}).items():
            await connection.create_function(name, 1, function, deterministic=True)
        for pragma in PRAGMAS:
            await connection.execute(pragma)
    except BaseException:
        await close_all((connection,))
        raise
    return connection


def _uri(path: Path, mode: str) -> str:
    return f"{path.absolute().as_uri()}?mode={mode}"


async def close_all(connections: Sequence[aiosqlite.Connection]) -> None:
    """Close one after the other, also when cancelled: one left open would hang the process.

    The one that writes comes last, since closing that moves the WAL into the database.
    """
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


@asynccontextmanager
async def transaction(connection: aiosqlite.Connection) -> AsyncIterator[None]:
    """One transaction that writes: committed at the end, rolled back on any error.

    A task that is cancelled rolls back behind a shield before the next transaction begins, because
    aiosqlite works off its calls in order. Cancelled while it commits, the task is told so, but
    the commit holds.
    """
    try:
        await connection.execute("BEGIN IMMEDIATE")
        yield
        await asyncio.shield(connection.commit())
    except BaseException:
        with suppress(ValueError):  # closed meanwhile, which rolls back too
            await asyncio.shield(connection.rollback())
        raise


def copy_file(path: Path, target: Path) -> None:
    """Copy what is committed, over a connection of its own: one that writes would wait for itself.

    In one step, since a copy made in several begins again whenever somebody writes in between.
    Blocks meanwhile. Raises StorageError where `target` exists or cannot be written.
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
