"""Digests and the language model: asked once for all who read a language, and never for long."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import opened
from bot.commands.request import Services
from bot.delivery.channels import bring_up_to_date
from bot.delivery.tick import Tick
from bot.enrich.enricher import PATIENCE
from bot.progress import unseen
from bot.publish import publish
from storage.models import Kind, Subscription
from tests.bot.commands.announcing import TODAY, announce, settle
from tests.bot.commands.chatting import PRIVATE, UNREACHABLE, ask
from tests.bot.enrich.examples import CHINESE, configured, kites
from tests.bot.whole import DAY, World, at_telegram, channel, world
from tests.fakes.held_clock import HeldClock
from tests.fakes.llm import FakeLlm

GERMAN = "Wir schlagen einen einfachen Weg vor"
A_DAY = timedelta(days=1)
BOTH = ("telegram", "discord")
EXTRACTED = "(摘录)"
ENGLISH = "The authors split a hard task into small steps"


@pytest.fixture
def llm() -> Iterator[FakeLlm]:
    with FakeLlm() as llm:
        yield llm


class TestThreeLanguages:
    @pytest.fixture
    async def here(self, tmp_path: Path) -> AsyncIterator[World]:
        async with world(tmp_path, speed=100.0) as made:
            made.arxiv.batch("cs.CV", DAY, *((one, Kind.NEW) for one in kites(4)))
            yield made

    async def test_one_fetch_and_one_set_of_calls_for_each(self, here: World, llm: FakeLlm) -> None:
        """Two chats for each language, of two subscriptions that want different papers."""
        groups = {
            (language, query): here.telegram.group()
            for language in ("zh", "de", "en")
            for query in ("cs.CV", "cs.CV kite")
        }
        channels = [
            channel(f"{language}{place}", at_telegram(group), language=language, query=query)
            for place, ((language, query), group) in enumerate(groups.items())
        ]
        config = here.config(*channels, llm=configured(here.folder, llm.base_url).llm)
        async with here.services(config) as services:
            told = await publish(services, (), unseen)
        assert all(one.delivered for one in told)
        assert len(here.arxiv.requests) == 1
        assert sorted(llm.asked) == [
            (one.title, language)
            for one in kites(4)
            for language in ("Chinese", "English", "German")
        ]
        for (language, _), group in groups.items():
            expected = {"zh": CHINESE, "de": GERMAN, "en": ENGLISH}[language]
            assert "".join(group.texts).count(expected) == 4


async def test_a_bot_that_waits_for_the_model_can_be_stopped(tmp_path: Path, llm: FakeLlm) -> None:
    llm.hold()
    async with world(tmp_path) as here:
        model = configured(tmp_path, llm.base_url).llm
        config = here.config(channel("cv", "file:archive"), llm=model, without=BOTH)
        async with here.services(config) as services:
            standings = await bring_up_to_date(services.store, config)
            numbers = [one.subscription.number for one in standings]
            await services.store.standings.bring_forward(numbers, here.clock.now(), DAY - A_DAY)
        async with here.bot(config):
            await llm.somebody_waits(1)
        async with here.services(config) as services:
            assert not await services.store.digests.posted_since(here.clock.now() - A_DAY)


class TestSlowModel:
    @pytest.fixture
    def clock(self) -> HeldClock:
        return HeldClock()

    @pytest.fixture
    async def services(
        self, tmp_path: Path, clock: HeldClock, llm: FakeLlm
    ) -> AsyncIterator[Services]:
        """Three papers are out, and Ada's digest of them is due."""
        config = configured(tmp_path, llm.base_url, concurrency=1)
        async with opened(config.model_copy(update={"arxiv": UNREACHABLE}), clock) as services:
            await announce(services, "cs.CV", TODAY, *kites(3))
            await settle(services, "cs.CV")
            await services.store.put_subscription(
                Subscription(0, PRIVATE.address, "cs.CV", language="zh")
            )
            await ask(services, "/list send 1")
            yield services

    async def test_a_digest_goes_out_after_some_minutes_with_what_there_is(
        self, services: Services, clock: HeldClock, llm: FakeLlm
    ) -> None:
        llm.hold()
        making = asyncio.create_task(made(services))
        await clock.somebody_sleeps(PATIENCE)
        llm.release(1)
        await llm.came(2)
        clock.advance(PATIENCE)
        text = await making
        assert (text.count(CHINESE), text.count(EXTRACTED)) == (1, 2)
        assert services.enricher
        llm.release(2)
        await services.enricher.prepare_now(kites(3), "zh", PATIENCE)
        assert len(llm.requests) == 3

    async def test_a_dead_model_delays_nothing(self, services: Services, llm: FakeLlm) -> None:
        llm.answer_all(404)
        text = await made(services)  # the clock stands still
        assert text.count(EXTRACTED) == 3


async def made(services: Services) -> str:
    """The table of the digest that is due."""
    assert services.enricher
    store, clock, config = services.store, services.clock, services.config
    assert await Tick(store, clock, config, lambda: None, services.enricher.prepare)() == 1
    (record,) = await store.digests.of_chat(PRIVATE.address, 1)
    return str((await store.outbox.of_digest(record.number))[0].body["text"])
