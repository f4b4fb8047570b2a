"""Bringing the schema of a file up to date, step by step; it knows nothing of what the steps do."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aiosqlite import Connection

from storage.connections import copy_file, transaction
from storage.errors import DatabaseTooNew


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema: what it is for, and its statements, run in one transaction."""

    purpose: str
    statements: tuple[str, ...]


async def migrate(writer: Connection, path: Path, migrations: Sequence[Migration]) -> None:
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
        async with transaction(writer):
            if await _user_version(writer) >= number:  # another process was quicker
                continue
            if 0 < found == number - 1:
                await _keep_copy(path, path.with_name(f"{path.name}.before-{number}"))
            for statement in migration.statements:
                await writer.execute(statement)
            await writer.execute(f"PRAGMA user_version = {number}")


async def _keep_copy(path: Path, target: Path) -> None:
    if not target.exists():
        await asyncio.to_thread(copy_file, path, target)


async def _user_version(connection: Connection) -> int:
    async with connection.execute("PRAGMA user_version") as cursor:
        row = await cursor.fetchone()
    return int(row[0]) if row else 0
