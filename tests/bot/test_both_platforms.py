"""One bot on Telegram and Discord: what befalls one of them, the other does not notice."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import discord as library
import pytest

from bot.config import Config
from bot.delivery.channels import bring_up_to_date
from bot.errors import ConfigError
from storage.models import Address, Call, Chat, Platform, Room, Subscription
from tests.bot.whole import DAY, SOON, TITLES, World, at_discord, at_telegram, channel, world
from tests.fakes.discord_places import Place as DiscordPlace
from tests.fakes.telegram_chats import Place as TelegramPlace

LONG = 5.0  # seconds in which much would happen if it were to happen


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep discord.py from resting for five seconds before each further session."""

    async def at_once(*_arguments: object, **_keys: object) -> None:
        return

    monkeypatch.setattr(library.Client, "before_identify_hook", at_once)


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as made:
        yield made


def to_both(here: World, group: TelegramPlace, papers: DiscordPlace) -> Config:
    """A configuration with one channel for both."""
    return here.config(channel("cv", at_telegram(group), at_discord(papers)))


def with_admins(config: Config, telegram: int, discord: int) -> Config:
    return config.model_copy(
        update={
            "telegram": config.telegram.model_copy(update={"admins": (telegram,)}),
            "discord": config.discord.model_copy(update={"admins": (discord,)}),
        }
    )


async def due_now(here: World, config: Config, *others: Chat) -> None:
    """Let the configured channels be due, and subscriptions of other chats to graphs, too."""
    async with here.services(config) as services:
        store, now = services.store, here.clock.now()
        for chat in others:
            await store.put_chat(chat)
            await store.put_subscription(Subscription(0, chat.address, "cs.CV graphs"))
        standings = [*await bring_up_to_date(store, config)]
        for chat in others:
            standings += await store.standings.of_chat(chat.address)
        numbers = [one.subscription.number for one in standings]
        await store.standings.bring_forward(numbers, now, DAY - timedelta(days=1))


class Broken:
    """Stands in for the way to arXiv's feeds, and has a bug."""

    def __init__(self) -> None:
        self.asked = 0

    async def fetch(self, _category: str) -> bytes:
        self.asked += 1
        raise RuntimeError("a bug in the feeds")


class TestDelivery:
    async def test_what_arxiv_announces_goes_to_channels_and_subscribers_on_both(
        self, here: World
    ) -> None:
        group, papers = here.telegram.group(), here.discord.guild().text()
        ada, daily = here.telegram.private(), here.discord.guild().announcement()
        config = to_both(here, group, papers)
        await due_now(
            here,
            config,
            Chat(Address(Platform.TELEGRAM, str(ada.id))),
            Chat(Address(Platform.DISCORD, str(daily.id)), Room.CHANNEL),
        )
        async with here.bot(config):
            for place in (group, papers):
                text = (await place.hears(TITLES[0])).text
                assert all(title in text for title in TITLES)
            for subscriber in (ada, daily):
                assert TITLES[0] not in (await subscriber.hears(TITLES[1])).text
        assert not here.discord.violations
        assert len(here.arxiv.requests) == 1


class TestOneIsDown:
    async def test_while_discord_is_down_telegram_answers_and_delivers(self, here: World) -> None:
        group, papers = here.telegram.group(), here.discord.guild().text()
        ada, config = here.telegram.private(), to_both(here, group, papers)
        await due_now(here, config)
        await here.discord.goes_down()
        async with here.bot(config):
            await group.hears(TITLES[0])
            ada.says("/help")
            await ada.hears("/subscribe")
            await here.discord.comes_back()
            await papers.hears(TITLES[0])
            await here.discord.gateway.is_ready()
            await papers.runs("help").hears("/subscribe")
        assert len(group.messages) == 1

    async def test_while_telegram_is_down_discord_answers_and_delivers(self, here: World) -> None:
        group, papers = here.telegram.group(), here.discord.guild().text()
        ada, config = here.telegram.private(), to_both(here, group, papers)
        await due_now(here, config)
        here.telegram.refuses("", 502, "Bad Gateway", times=2)
        come_back = [here.telegram.hangs(method) for method in ("getMe", "sendMessage")]
        async with here.bot(config):
            await papers.hears(TITLES[0])
            await here.discord.gateway.is_ready()
            await papers.runs("help").hears("/subscribe")
            assert not group.messages
            for resume in come_back:
                resume()
            await group.hears(TITLES[0])
            ada.says("/help")
            await ada.hears("/subscribe")

    @pytest.mark.parametrize("wrong", ["Telegram", "Discord"])
    async def test_a_wrong_token_ends_one_platform_and_the_other_ones_admins_hear_of_it(
        self, here: World, wrong: str
    ) -> None:
        group, papers = here.telegram.group(), here.discord.guild().text()
        ada, bob = here.telegram.private(), here.discord.person("Bob")
        config = with_admins(to_both(here, group, papers), ada.id, bob.id)
        await due_now(here, config)
        if wrong == "Telegram":
            here.telegram.refuses("getMe", 401, "Unauthorized")
        else:
            here.discord.credential = "another one"
        async with here.bot(config):
            place = papers if wrong == "Telegram" else group
            admin = here.discord.private(bob) if wrong == "Telegram" else ada
            await place.hears(TITLES[0])
            said = await admin.hears(f"{wrong} ended, everything else goes on")
            assert "the token" in said.text

    async def test_two_wrong_tokens_end_the_bot(self, here: World) -> None:
        config = to_both(here, here.telegram.group(), here.discord.guild().text())
        here.telegram.refuses("getMe", 401, "Unauthorized")
        here.discord.credential = "another one"
        with pytest.raises(ConfigError, match="does not accept the token"):
            async with here.bot(config) as running:
                await asyncio.wait_for(asyncio.shield(running), SOON)


class TestOperators:
    async def test_they_hear_once_of_a_bug_that_shows_in_every_category(self, here: World) -> None:
        ada, bob = here.telegram.private(), here.discord.person("Bob")
        group, papers = here.telegram.group(), here.discord.guild().text()
        config = with_admins(to_both(here, group, papers), ada.id, bob.id)
        async with here.bot(config, fetcher=Broken()):
            await here.discord.gateway.is_ready()
            await ada.hears("was not taken in")
            await here.discord.private(bob).hears("was not taken in")
            ada.says("/help")
            await ada.hears("/subscribe")
        bobs = here.discord.private(bob).texts
        assert sum("was not taken in" in text for text in ada.texts) == 1
        assert sum("was not taken in" in text for text in bobs) == 1

    async def test_they_and_the_owner_hear_once_of_a_place_that_is_closed(
        self, here: World
    ) -> None:
        ada, bob = here.telegram.private(), here.discord.person("Bob")
        guild = here.discord.guild()
        group, papers = here.telegram.group(), guild.text()
        config = with_admins(to_both(here, group, papers), ada.id, bob.id)
        await due_now(here, config)
        here.discord.refuses("create_message", 50001, papers, times=5)
        async with here.bot(config):
            for place in (ada, here.discord.private(bob), here.discord.private(guild.owner)):
                said = await place.hears("Nothing can be sent to discord")
                assert "View" in said.text
        assert sum("Nothing can be sent" in text for text in ada.texts) == 1

    async def test_of_readers_who_leave_they_hear_nothing(self, here: World) -> None:
        ada, reader, group = here.telegram.private(), here.telegram.private(), here.telegram.group()
        config = to_both(here, group, here.discord.guild().text())
        config = with_admins(config, ada.id, here.discord.person("Bob").id)
        await due_now(here, config, Chat(Address(Platform.TELEGRAM, str(reader.id))))
        for place in (reader, group):
            here.telegram.refuses("sendMessage", 403, "Forbidden: bot was blocked", place, times=5)
        async with here.bot(config):
            said = await ada.hears(f"Nothing can be sent to telegram:{group.id}")
            assert "/start" in said.text
            await here.clock.sleep(LONG)
        async with here.services(config) as services:
            left = await services.store.chat(Address(Platform.TELEGRAM, str(reader.id)))
        assert left is not None
        assert left.paused
        assert not any(str(reader.id) in text for text in ada.texts)

    async def test_an_operator_who_cannot_be_told_anything_is_no_reason_to_tell_them(
        self, here: World
    ) -> None:
        ada, bob = here.telegram.private(), here.discord.person("Bob")
        config = with_admins(here.config(), ada.id, bob.id)
        ada.blocks()
        async with here.services(config) as services:
            address, call = (
                Address(Platform.TELEGRAM, str(ada.id)),
                Call("sendMessage", {"text": "an alert"}),
            )
            await services.store.outbox.enqueue([call], address, None, here.clock.now())
        async with here.bot(config):
            await here.discord.gateway.is_ready()
            await here.telegram.gets("sendMessage")
            await here.clock.sleep(LONG)
        said = [one["text"] for one in here.telegram.called("sendMessage")]
        assert said.count("an alert") == 1
        assert not any("Nothing can be sent" in text for text in said)
        assert not any("Nothing can be sent" in text for text in here.discord.private(bob).texts)
