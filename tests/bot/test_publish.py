"""`paperboy publish`: everywhere at once, once, completed after a crash, or told why not."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.commands.request import Services
from bot.config import Config
from bot.delivery.polling import Polling
from bot.delivery.tick import Tick
from bot.errors import ConfigError, PaperboyError, UsageError
from bot.progress import unseen
from bot.publication import TRIED_AGAIN, Publication
from bot.publish import publish
from storage.deliveries import DeliveryState
from storage.lock import DeliveryLock
from storage.models import Address, Chat, Platform, Room
from storage.outbox import Settlement
from storage.store import LOCK_NAME
from tests.bot.whole import TITLES, World, at_discord, at_telegram, channel, world

PATIENCE = 10.0  # seconds until a test fails that waits for something


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, speed=100.0) as made:
        yield made


async def published(here: World, config: Config, *names: str) -> dict[str, str]:
    """What is said of each target, with an exclamation mark where it was not delivered."""
    async with here.services(config) as services:
        told = await publish(services, names, unseen)
    return {one.target: ("" if one.delivered else "! ") + one.text for one in told}


def publication(services: Services) -> Publication:
    """Builds digests, and nobody delivers them."""
    store, clock, config = services.store, services.clock, services.config
    tick = Tick(store, clock, config, wake=lambda: None)
    polling = Polling(store, clock, config, services.fetcher, services.api)
    return Publication(services, tick, polling, given_up={})


async def fails(services: Services, reason: str, uncertain: bool) -> None:
    """Let everything that goes to files end like that."""
    store, now = services.store.outbox, services.clock.now()
    while claims := (await store.claim(Platform.FILE, now, 10)).deliveries:
        settled = [
            Settlement(one, DeliveryState.FAILED, reason, uncertain=uncertain) for one, _ in claims
        ]
        await store.settle(settled, now)


async def comes_true(condition: Callable[[], Awaitable[object]]) -> None:
    """Look again and again whether something is so."""
    for _ in range(1000):
        if await condition():
            return
        await asyncio.sleep(PATIENCE / 1000)
    raise AssertionError("it does not come true")


def files_in(folder: Path) -> list[str]:
    return sorted(path.suffix for path in (folder / "archive").iterdir())


class TestEverywhere:
    async def test_a_digest_goes_to_files_telegram_and_discord_at_once(self, here: World) -> None:
        group, papers = here.telegram.group(), here.discord.guild().text()
        targets = ["file:archive", at_telegram(group), at_discord(papers)]
        config = here.config(channel("cv", *targets))
        assert await published(here, config) == dict.fromkeys(targets, "delivered 3 papers")
        assert files_in(here.folder) == [".atom", ".md"]
        for title in TITLES:
            assert title in "".join(group.texts)
            assert title in papers.messages[0].text
        assert not here.discord.violations

    async def test_once_is_enough(self, here: World) -> None:
        group, papers = here.telegram.group(), here.discord.guild().text()
        config = here.config(channel("cv", "file:archive", at_telegram(group), at_discord(papers)))
        await published(here, config)
        before = len(group.messages), len(papers.messages)
        again = await published(here, config)
        assert set(again.values()) == {"nothing new was announced"}
        assert (len(group.messages), len(papers.messages)) == before

    async def test_only_the_named_channels_are_published(self, here: World) -> None:
        config = here.config(
            channel("one", "file:one"),
            channel("two", "file:two", query="cs.CV diffusion"),
            channel("three", "file:three", query="cs.CV kites"),
        )
        assert await published(here, config, "two", "three") == {
            "file:two": "delivered 2 papers",
            "file:three": "nothing new for it among 3 announced papers",
        }
        assert not (here.folder / "one").exists()
        assert await published(here, config, "one") == {"file:one": "delivered 3 papers"}

    async def test_progress_is_shown_step_by_step(self, here: World) -> None:
        steps: list[str] = []
        async with here.services(here.config(channel("cv", "file:archive"))) as services:
            await publish(services, [], lambda name, *_: steps.append(name))
        assert steps[:3] == ["connecting", "asking arXiv for cs.CV", "building the digests"]


class TestMistakes:
    async def test_nothing_configured_is_a_wrong_configuration(self, here: World) -> None:
        with pytest.raises(ConfigError, match=r"a \[\[channels\]\] table"):
            await published(here, here.config())
        with pytest.raises(ConfigError, match="channel cv: expected targets, found none"):
            await published(here, here.config(channel("cv")), "cv")
        assert not here.arxiv.requests

    async def test_an_unknown_name_is_a_wrong_usage(self, here: World) -> None:
        config = here.config(channel("cv", "file:archive"), channel("lg", "file:archive"))
        with pytest.raises(UsageError, match="no channel 'cl'; configured: cv, lg"):
            await published(here, config, "cv", "cl")


class TestTrouble:
    async def test_without_arxiv_nothing_is_said_to_be_done(self, here: World) -> None:
        config = here.config(channel("cv", "file:archive"))
        here.arxiv.answer_next(500, times=3)
        (text,) = (await published(here, config)).values()
        assert text.startswith("! cs.CV: arXiv ")
        assert await published(here, config) == {"file:archive": "delivered 3 papers"}

    async def test_what_one_category_lacks_is_told_beside_what_the_other_brought(
        self, here: World
    ) -> None:
        here.announces("Learning to learn", category="cs.LG")
        here.arxiv.answer_next(500, times=3)
        config = here.config(channel("both", "file:archive", query="cs.CV cs.LG"))
        (text,) = (await published(here, config)).values()
        assert text.startswith("! delivered 1 paper, but cs.CV: arXiv ")

    async def test_one_wrong_token_is_told_and_the_others_are_served(self, here: World) -> None:
        group = here.telegram.group()
        here.discord.credential = "another one"
        papers = here.discord.guild().text()
        config = here.config(channel("cv", at_telegram(group), at_discord(papers)))
        told = await published(here, config)
        assert told[at_telegram(group)] == "delivered 3 papers"
        assert told[at_discord(papers)].startswith("! Discord does not accept the token")
        assert len(group.messages) == 1

    async def test_a_place_that_refuses_is_told_and_served_when_it_does_no_more(
        self, here: World
    ) -> None:
        papers = here.discord.guild().text()
        config = here.config(channel("cv", at_discord(papers)))
        here.discord.refuses("create_message", 50001, papers)
        (text,) = (await published(here, config)).values()
        assert text.startswith("! not delivered: ")
        assert "View" in text
        assert not papers.messages
        (text,) = (await published(here, config)).values()
        assert text == "delivered what an earlier run had left over"
        assert TITLES[0] in papers.messages[0].text

    async def test_a_platform_that_is_away_is_waited_for(self, here: World) -> None:
        papers = here.discord.guild().text()
        config = here.config(channel("cv", at_discord(papers)))
        await here.discord.goes_down()
        publishing = asyncio.create_task(published(here, config))
        await asyncio.to_thread(here.arxiv.wait_for_requests, 1)
        assert await publishing == {
            at_discord(papers): "! not delivered yet: Discord cannot be reached; run it again"
        }
        await here.discord.comes_back()
        assert await published(here, config) == {at_discord(papers): "delivered 3 papers"}


class TestCrashes:
    async def test_what_was_built_and_not_delivered_is_delivered_by_the_next_run(
        self, here: World
    ) -> None:
        group = here.telegram.group()
        config = here.config(channel("cv", at_telegram(group)), without=("discord",))
        async with here.services(config) as services:
            await publication(services).make(["cv"], unseen)
        assert not group.messages
        left = "delivered what an earlier run had left over"
        assert await published(here, config) == {at_telegram(group): left}
        assert len(group.messages) == 1
        assert await published(here, config) == {at_telegram(group): "nothing new was announced"}

    async def test_what_was_under_way_is_made_up_for_too(self, here: World) -> None:
        papers = here.discord.guild().text()
        config = here.config(channel("cv", at_discord(papers)))
        async with here.services(config) as services:
            # Discord has to be asked once what kind of place this is.
            await services.store.put_chat(
                Chat(Address(Platform.DISCORD, str(papers.id)), Room.GROUP)
            )
            await publication(services).make(["cv"], unseen)
            claims = await services.store.outbox.claim(Platform.DISCORD, here.clock.now(), 10)
            assert len(claims.deliveries) == 1
        left = "delivered what an earlier run had left over"
        assert await published(here, config) == {at_discord(papers): left}
        assert len(papers.messages) == 1

    @pytest.mark.parametrize(
        ("uncertain", "days", "text"),
        [
            (False, 0.0, "delivered what an earlier run had left over"),
            (False, TRIED_AGAIN.days + 1.0, "nothing new was announced"),
            (True, 0.0, "! not delivered: nobody knows"),
        ],
    )
    async def test_what_failed_is_tried_again_unless_it_is_old_or_may_have_arrived(
        self, here: World, uncertain: bool, days: float, text: str
    ) -> None:
        config = here.config(channel("cv", "file:archive"))
        async with here.services(config) as services:
            await publication(services).make(["cv"], unseen)
            await fails(services, "nobody knows", uncertain)
            here.clock.advance(days * 86400)
        assert (await published(here, config))["file:archive"] == text


class TestBesideABot:
    async def test_the_running_bot_does_the_work_and_says_what_came_of_it(
        self, here: World
    ) -> None:
        group = here.telegram.group()
        config = here.config(channel("cv", at_telegram(group), at="23:59"), without=("discord",))
        with DeliveryLock(here.folder / LOCK_NAME):
            async with here.bot(config):
                told = await asyncio.wait_for(published(here, config), PATIENCE)
        assert told == {at_telegram(group): "delivered 3 papers"}
        assert len(group.messages) == 1

    async def test_a_channel_that_the_bot_does_not_know_is_told(self, here: World) -> None:
        old, new = channel("cv", "file:archive"), channel("lg", "file:archive", query="cs.LG")
        with DeliveryLock(here.folder / LOCK_NAME):
            async with here.bot(here.config(old, without=("telegram", "discord"))):
                with pytest.raises(PaperboyError, match="knows no channel lg; start it again"):
                    await asyncio.wait_for(published(here, here.config(old, new), "lg"), PATIENCE)

    async def test_a_bot_that_ends_meanwhile_is_stood_in_for(self, here: World) -> None:
        config = here.config(channel("cv", "file:archive"))
        with DeliveryLock(here.folder / LOCK_NAME):
            publishing = asyncio.create_task(published(here, config))
            async with here.services(config) as services:
                await comes_true(services.store.requests.open)
                assert not publishing.done()
        assert await asyncio.wait_for(publishing, PATIENCE) == {
            "file:archive": "delivered 3 papers"
        }
        async with here.services(config) as services:
            assert not await services.store.requests.open()

    async def test_a_bot_that_says_nothing_is_not_waited_for_for_ever(self, tmp_path: Path) -> None:
        async with world(tmp_path, speed=5_000.0) as here:
            config = here.config(channel("cv", "file:archive"))
            with (
                DeliveryLock(here.folder / LOCK_NAME),
                pytest.raises(PaperboyError, match="gives no answer; look at its log"),
            ):
                await asyncio.wait_for(published(here, config), PATIENCE)

    async def test_what_nobody_waits_for_any_more_is_not_done(self, here: World) -> None:
        config = here.config(
            channel("cv", "file:archive", at="23:59"), without=("telegram", "discord")
        )
        async with here.services(config) as services:
            await services.store.requests.put(json.dumps(["cv"]), here.clock.now())
        here.clock.advance(86400)
        async with here.bot(config), here.services(config) as services:

            async def nothing_is_open() -> bool:
                return not await services.store.requests.open()

            await comes_true(nothing_is_open)
        assert not (here.folder / "archive").exists()
