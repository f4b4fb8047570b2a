"""A desk for each test: a store of its own, and a clock that stands at Tuesday, 06:00 UTC."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from formatters.text import plain
from storage.store import Store
from tests.bot.delivery.subscribing import Desk
from tests.fakes.clock import FakeClock


@pytest.fixture
async def desk(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Desk]:
    store = await Store.open(tmp_path, plain)
    try:
        yield Desk(store, clock)
    finally:
        await store.close()
