"""The open database: one writer behind a lock, and read-only connections beside it.

What happens when the process is killed: a transaction is there as a whole or not at all (WAL).
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from aiosqlite import Connection

from storage.connections import (
    TextFunction,
    close_all,
    connect,
    copy_file,
    transaction,
    translated,
)
from storage.errors import StorageError
from storage.migrations import Migration, migrate

SQLITE_VERSION = sqlite3.sqlite_version
READERS = 2  # measured: two give 1.8 times the searches a second of one, a third adds nothing
BUSY_TIMEOUT = 5.0  # seconds to wait for another process's transaction
WRITER_PRAGMAS = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL")


class Database:
    """An open database file; made by `open`, ended by `close`."""

    def __init__(
        self,
        path: Path,
        functions: Mapping[str, TextFunction],
        writer: Connection,
        readers: Sequence[Connection],
    ) -> None:
        self.path = path
        self._functions = functions
        self._writer = writer
        self._open = (*readers, writer)
        self._write_lock = asyncio.Lock()
        self._idle_readers: asyncio.Queue[Connection] = asyncio.Queue()
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
        opened: list[Connection] = []
        try:
            with translated(path):
                writer = await connect(path, "rwc", busy_timeout, functions)
                opened.append(writer)
                for pragma in WRITER_PRAGMAS:
                    await writer.execute(pragma)
                await migrate(writer, path, migrations)
                while len(opened) < 1 + READERS:
                    opened.append(await connect(path, "ro", busy_timeout))
        except BaseException:
            await close_all(opened[::-1])
            raise
        return cls(path, functions, opened[0], opened[1:])

    async def close(self) -> None:
        """Close every connection, also when cancelled; a second time does nothing."""
        opened, self._open = self._open, ()
        await close_all(opened)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Connection]:
        """One write transaction at a time; see `storage.connections.transaction`."""
        async with self._write_lock:
            with translated(self.path):
                async with transaction(self._writer):
                    yield self._writer

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Connection]:
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
        await asyncio.to_thread(copy_file, self.path, target)

    @asynccontextmanager
    async def scratch(self) -> AsyncIterator[Connection]:
        """A temporary copy to write to, for what would keep others from writing for too long."""
        with TemporaryDirectory(prefix=f"{self.path.name}.", dir=self.path.parent) as folder:
            copy = Path(folder, self.path.name)
            await self.backup(copy)
            with translated(self.path):
                connection = await connect(copy, "rw", BUSY_TIMEOUT, self._functions)
                try:
                    yield connection
                finally:
                    await close_all((connection,))


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"cannot create {folder}: {error.strerror}") from error
