"""A model of the tests' own, a store, and enrichers that come and go as the program does."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.clock import Clock
from bot.enrich.enricher import Enricher
from bot.enrich.llm import LanguageModel
from formatters.text import plain
from storage.store import Store
from tests.bot.enrich.examples import KEY, Opened, configured
from tests.fakes.clock import FakeClock
from tests.fakes.llm import FakeLlm


@pytest.fixture
def llm() -> Iterator[FakeLlm]:
    with FakeLlm(key=KEY) as llm:
        yield llm


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await Store.open(tmp_path, plain)
    try:
        yield store
    finally:
        await store.close()


@pytest.fixture
def opened(llm: FakeLlm, store: Store, clock: FakeClock, tmp_path: Path) -> Opened:
    """An enricher of the store, as after a start of the program.

    Its clock moves on whenever somebody waits on it, unless another one is given.
    """

    @asynccontextmanager
    async def opened(
        held: Clock = clock, patience: float | None = None, **settings: object
    ) -> AsyncIterator[Enricher]:
        config = configured(tmp_path, llm.base_url, **settings)
        model = LanguageModel(config.llm, held, chance=lambda: 1.0)
        enricher = Enricher(config, store, held, model, patience)
        try:
            yield enricher
        finally:
            await enricher.close()
            await model.close()

    return opened
