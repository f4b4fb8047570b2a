"""Who asks gets what the language model writes in time, and the rest when they ask again."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.app import opened
from bot.clock import Clock
from bot.commands.request import Services
from bot.commands.summaries import FOR_A_CARD, FOR_A_DIGEST
from tests.bot.commands.announcing import TODAY, announce
from tests.bot.commands.chatting import PRIVATE, UNREACHABLE, told
from tests.bot.enrich.examples import CHINESE, KEY, configured, kites
from tests.fakes.held_clock import HeldClock
from tests.fakes.llm import FakeLlm

LATE = "语言模型还在撰写"
AWAY = "语言模型暂时没有回应"
EXTRACTED = "摘录"


@pytest.fixture
def llm() -> Iterator[FakeLlm]:
    with FakeLlm(key=KEY) as llm:
        yield llm


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@asynccontextmanager
async def opened_with(
    folder: Path, clock: Clock, llm: FakeLlm, **settings: object
) -> AsyncIterator[Services]:
    config = configured(folder, llm.base_url, **settings)
    async with opened(config.model_copy(update={"arxiv": UNREACHABLE}), clock) as services:
        await services.store.put_chat(PRIVATE)
        yield services


@pytest.fixture
async def services(tmp_path: Path, clock: HeldClock, llm: FakeLlm) -> AsyncIterator[Services]:
    """Today's batch is stored, and a model that is asked one thing at a time."""
    async with opened_with(tmp_path, clock, llm, concurrency=1) as services:
        await announce(services, "cs.CV", TODAY, *kites(3))
        yield services


async def asked(services: Services, line: str) -> str:
    return await told(services, line, language="zh")


async def test_a_card_shows_the_summary(services: Services, llm: FakeLlm) -> None:
    text = await asked(services, "/paper 2604.00001")
    assert CHINESE in text
    assert LATE not in text
    await asked(services, "/paper 2604.00001 translation")
    assert len(llm.requests) == 1


async def test_a_card_shows_what_there_is_and_the_summary_next_time(
    services: Services, llm: FakeLlm, clock: HeldClock
) -> None:
    llm.hold()
    asking = asyncio.create_task(asked(services, "/paper 2604.00001"))
    await clock.somebody_sleeps(FOR_A_CARD)
    clock.advance(FOR_A_CARD)
    text = await asking
    assert CHINESE not in text
    assert EXTRACTED in text
    assert LATE in text
    llm.release(1)
    text = await asked(services, "/paper 2604.00001")
    assert CHINESE in text
    assert LATE not in text
    assert len(llm.requests) == 1


async def test_when_the_model_is_back_the_card_has_it(
    services: Services, llm: FakeLlm, clock: HeldClock
) -> None:
    llm.answer_all(404)
    text = await asked(services, "/paper 2604.00001")
    assert AWAY in text
    assert EXTRACTED in text
    llm.recover()
    clock.advance(3600)
    assert CHINESE in await asked(services, "/paper 2604.00001")


async def test_a_digest_has_its_summaries_and_says_when_some_are_late(
    services: Services, llm: FakeLlm, clock: HeldClock
) -> None:
    llm.hold()
    asking = asyncio.create_task(asked(services, "/digest cs.CV"))
    await clock.somebody_sleeps(FOR_A_DIGEST)
    llm.release(2)
    await llm.came(3)
    clock.advance(FOR_A_DIGEST)
    text = await asking
    assert text.count(CHINESE) == 2
    assert LATE in text
    llm.release(1)
    text = await asked(services, "/digest cs.CV")
    assert text.count(CHINESE) == 3
    assert LATE not in text


async def test_only_what_is_shown_is_asked(services: Services, llm: FakeLlm) -> None:
    await services.store.put_chat(PRIVATE)
    await asked(services, "/digest cs.CV top 1")
    assert len(llm.requests) == 1


@pytest.mark.parametrize("line", ["/search kite", "/similar 2604.00001", "/save 2604.00001"])
async def test_lists_show_what_is_stored(services: Services, llm: FakeLlm, line: str) -> None:
    await asked(services, line)
    assert not llm.requests


async def test_a_language_nobody_thought_of_needs_no_code(services: Services, llm: FakeLlm) -> None:
    text = await told(services, "/paper 2604.00001", language="mi")
    assert "Lumara" in text
    assert [language for _, language in llm.asked] == ["Māori"]
