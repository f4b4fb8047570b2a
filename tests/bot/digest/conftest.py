"""A store of its own for each test, with text made plain as in the real program."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from formatters.text import plain
from storage.store import Store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(tmp_path / "data", plain)
    try:
        yield opened
    finally:
        await opened.close()
