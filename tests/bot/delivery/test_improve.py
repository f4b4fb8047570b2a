"""Digests that went out without the model are edited when it is back, where that is wanted."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.carriers import Carriers
from bot.commands.request import Services
from bot.config import Channel, Config
from bot.delivery.improve import LOOKED_BACK, LOOKS, NOTE, Improver
from bot.delivery.outbox import Outbox
from bot.progress import unseen
from bot.publish import publish
from storage.models import Call, Kind, Paper
from tests.bot.enrich.examples import CHINESE, configured, kites
from tests.bot.whole import DAY, World, at_discord, at_telegram, channel, world
from tests.fakes.llm import FakeLlm

EXTRACTED = "摘录"
ABSTRACT = "现有做法往往依赖大量人工标注，成本很高。"  # of the model's, but in no TL;DR or title
HOUR = 3600.0


@pytest.fixture
def llm() -> Iterator[FakeLlm]:
    """A model that is away at first."""
    with FakeLlm() as llm:
        llm.answer_all(404)
        yield llm


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, speed=100.0) as made:
        made.arxiv.batch("cs.CV", DAY, *((one, Kind.NEW) for one in kites(3)))
        yield made


def chinese(*targets: str, details: str = "none", form: str = "classic") -> Channel:
    return channel("kites", *targets, language="zh", details=details, format=form)


def with_model(here: World, llm: FakeLlm, one: Channel, *, edits: bool = True) -> Config:
    model = configured(here.folder, llm.base_url, edit_posted=edits).llm
    return here.config(one, llm=model)


async def published(here: World, config: Config) -> None:
    async with here.services(config) as services:
        told = await publish(services, (), unseen)
    assert all(one.delivered for one in told)


async def improved(services: Services) -> int:
    """Two looks, and in between all the time that the model wants; then the edits are carried."""
    store = services.store
    improver = Improver(
        store, services.clock, services.config, services.enricher, wake=lambda: None
    )
    changed = await improver()
    assert services.enricher
    await services.enricher.prepare_now(kites(3), "zh", 1e6)
    changed += await improver()
    await carried(services)
    return changed


async def carried(services: Services) -> None:
    """Let everything in the outbox go out."""
    store, stop = services.store.outbox, asyncio.Event()
    carriers = Carriers(services)
    ways = carriers.by_platform()
    async with carriers.connected(ways.keys()):
        running = asyncio.create_task(Outbox(store, services.clock, ways).run(stop))
        while (counts := await store.counts()).queued or counts.sending:
            await services.clock.sleep(1.0)
        stop.set()
        await running
    assert (counts.failed, counts.dropped) == (0, 0)


async def brought_back(here: World, llm: FakeLlm, config: Config) -> int:
    """The model is back an hour later, in another process."""
    llm.recover()
    here.clock.advance(HOUR)
    async with here.services(config) as services:
        return await improved(services)


def texts_in(here: World) -> list[str]:
    """What the files of the channel say."""
    return [one.read_text("utf-8") for one in (here.folder / "archive").iterdir()]


class TestEverywhere:
    @pytest.mark.parametrize("details", ["none", "each"])
    async def test_messages_on_telegram_say_it_better_and_are_as_many(
        self, here: World, llm: FakeLlm, details: str
    ) -> None:
        group = here.telegram.group()
        config = with_model(here, llm, chinese(at_telegram(group), details=details))
        await published(here, config)
        before = len(group.messages)
        assert EXTRACTED in group.messages[0].text
        assert await brought_back(here, llm, config) == 1
        assert len(group.messages) == before
        assert [one.edits for one in group.messages] == [1] * before
        assert all(CHINESE in one.text for one in group.messages)
        assert EXTRACTED not in "".join(group.texts)

    async def test_rich_messages_too(self, here: World, llm: FakeLlm) -> None:
        group = here.telegram.group()
        config = with_model(here, llm, chinese(at_telegram(group), form="rich"))
        await published(here, config)
        assert await brought_back(here, llm, config) == 1
        assert [one.edits for one in group.messages] == [1]
        assert CHINESE in json.dumps(group.messages[0].body, ensure_ascii=False)

    async def test_so_do_the_list_and_the_cards_in_its_thread_on_discord(
        self, here: World, llm: FakeLlm
    ) -> None:
        papers = here.discord.guild().text()
        config = with_model(here, llm, chinese(at_discord(papers), details="each"))
        await published(here, config)
        thread = papers.messages[0].thread
        assert thread
        before = [len(place.messages) for place in (papers, thread)]
        assert await brought_back(here, llm, config) == 1
        assert [len(place.messages) for place in (papers, thread)] == before
        assert all(CHINESE in one.text for one in (*papers.messages, *thread.messages))
        assert [one.edits for one in thread.messages] == [1] * 3
        assert not here.discord.violations

    async def test_so_does_a_post_in_a_forum(self, here: World, llm: FakeLlm) -> None:
        forum = here.discord.guild().forum()
        config = with_model(here, llm, chinese(at_discord(forum), details="each"))
        await published(here, config)
        (post,) = (one for one in here.discord.places.values() if one.parent is forum)
        assert await brought_back(here, llm, config) == 1
        assert [one.edits for one in post.messages] == [1] * 4
        assert all(CHINESE in one.text for one in post.messages)
        assert not here.discord.violations

    async def test_so_do_files(self, here: World, llm: FakeLlm) -> None:
        config = with_model(here, llm, chinese("file:archive"))
        await published(here, config)
        assert await brought_back(here, llm, config) == 1
        assert len(texts_in(here)) == 2
        assert all(CHINESE in one for one in texts_in(here))


class TestRestraint:
    async def test_it_is_off_unless_wanted(self, here: World, llm: FakeLlm) -> None:
        group = here.telegram.group()
        config = with_model(here, llm, chinese(at_telegram(group)), edits=False)
        await published(here, config)
        assert await brought_back(here, llm, config) == 0
        assert [one.edits for one in group.messages] == [0]

    async def test_a_digest_is_edited_once(self, here: World, llm: FakeLlm) -> None:
        group = here.telegram.group()
        config = with_model(here, llm, chinese(at_telegram(group)))
        await published(here, config)
        await brought_back(here, llm, config)
        assert await brought_back(here, llm, config) == 0
        assert [one.edits for one in group.messages] == [1]

    async def test_a_good_digest_is_left_alone(self, here: World, llm: FakeLlm) -> None:
        llm.recover()
        group = here.telegram.group()
        config = with_model(here, llm, chinese(at_telegram(group)))
        await published(here, config)
        assert await brought_back(here, llm, config) == 0
        assert [one.edits for one in group.messages] == [0]
        assert len(llm.requests) == 3

    async def test_what_does_not_fit_goes_without_translated_abstracts(
        self, here: World, llm: FakeLlm
    ) -> None:
        """Cards of three papers fill one message, and with translations two."""
        here.arxiv.batch("cs.CV", DAY, *((one, Kind.NEW) for one in long_kites()))
        group = here.telegram.group()
        config = with_model(here, llm, chinese(at_telegram(group), details="collapsed"))
        await published(here, config)
        before = len(group.messages)
        llm.recover()
        here.clock.advance(HOUR)
        async with here.services(config) as services:
            assert services.enricher
            await services.enricher.prepare(long_kites(), "zh")
            assert await improved(services) == 1
        assert len(group.messages) == before
        assert group.messages[0].text.count(CHINESE) == 3
        assert ABSTRACT not in "".join(group.texts)

    async def test_while_the_model_is_away_nothing_is_asked(
        self, here: World, llm: FakeLlm
    ) -> None:
        config = with_model(here, llm, chinese("file:archive"))
        async with here.services(config) as services:
            await publish(services, (), unseen)
            asked = len(llm.requests)
            assert await improved(services) == 0
            assert len(llm.requests) == asked

    async def test_yesterdays_digest_is_nobodys_any_more(self, here: World, llm: FakeLlm) -> None:
        config = with_model(here, llm, chinese("file:archive"))
        await published(here, config)
        here.clock.advance(LOOKED_BACK.total_seconds())
        assert await brought_back(here, llm, config) == 0
        assert EXTRACTED in "".join(texts_in(here))

    async def test_a_model_that_never_ends_is_not_waited_for_for_ever(
        self, here: World, llm: FakeLlm
    ) -> None:
        config = with_model(here, llm, chinese("file:archive"))
        await published(here, config)
        llm.recover()
        llm.hold()
        here.clock.advance(HOUR)
        async with here.services(config) as services:
            improver = Improver(
                services.store, here.clock, config, services.enricher, wake=lambda: None
            )
            for _ in range(LOOKS):
                assert await improver() == 0
                assert await services.store.note(NOTE) is None
            assert await improver() == 0
            assert await services.store.note(NOTE) == "[1]"

    async def test_what_is_still_on_its_way_waits_until_it_has_arrived(
        self, here: World, llm: FakeLlm
    ) -> None:
        config = with_model(here, llm, chinese("file:archive"))
        await published(here, config)
        async with here.services(config) as services:
            (standing,) = await services.store.standings.of_channels()
            late = [Call("file", {"name": "late.md", "content": "late"})]
            address = standing.chat.address
            await services.store.outbox.enqueue(late, address, 1, here.clock.now())
        llm.recover()
        here.clock.advance(HOUR)
        async with here.services(config) as services:
            improver = Improver(
                services.store, here.clock, config, services.enricher, wake=lambda: None
            )
            asked = len(llm.requests)
            assert await improver() == 0
            assert (len(llm.requests), await services.store.note(NOTE)) == (asked, None)
            await carried(services)
            await improved(services)
            assert await services.store.note(NOTE) == "[1]"

    async def test_a_deleted_subscription_is_left_alone(self, here: World, llm: FakeLlm) -> None:
        config = with_model(here, llm, chinese("file:archive"))
        await published(here, config)
        async with here.services(config) as services:
            (standing,) = await services.store.standings.of_channels()
            numbers = [standing.subscription.number]
            await services.store.delete_subscriptions(standing.chat.address, numbers)
        assert await brought_back(here, llm, config) == 0


def long_kites() -> list[Paper]:
    """Papers of which three fill a message of Telegram's with their cards."""
    return [replace(one, abstract=f"{one.abstract} " * 4 + "Kites fly. " * 15) for one in kites(3)]
