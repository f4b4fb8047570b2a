"""For each test a store of its own, or a database of notes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.database import Database
from storage.store import Store
from tests.storage.examples import plain
from tests.storage.notes import NOTES, opened


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened_store = await Store.open(tmp_path, plain)
    try:
        yield opened_store
    finally:
        await opened_store.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "paperboy.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    async with opened(path, NOTES) as it:
        yield it
