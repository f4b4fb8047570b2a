"""Connecting to Discord, coming back after every trouble, and ending; the token in no log."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import discord as library
import pytest
from pydantic import SecretStr

from bot.delivery.outcome import Later, Sent
from bot.errors import ConfigError, PaperboyError
from bot.platforms.discord import GRACE, PAUSES
from bot.platforms.discord_answer import PATIENCE
from storage.deliveries import Delivery
from storage.models import Address, Json, Platform
from tests.bot.platforms.discord_bot import SOON, World
from tests.fakes.discord import CREDENTIAL, FakeDiscord
from tests.fakes.discord_places import Place
from tests.fakes.held_clock import HeldClock


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep discord.py from resting for five seconds before each further session."""

    async def at_once(*_arguments: object, **_keys: object) -> None:
        return

    monkeypatch.setattr(library.Client, "before_identify_hook", at_once)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    clock = HeldClock()
    async with FakeDiscord(clock) as server:
        yield World(server, clock, tmp_path)


async def is_answered(place: Place, command: str = "help") -> None:
    asked = place.runs(command)
    await asked.hears(f"this is {command}")


class TestStarting:
    async def test_answers_as_soon_as_it_is_connected(self, world: World) -> None:
        papers = world.server.guild().text()
        async with world.bot():
            await world.gateway.is_ready()
            await is_answered(papers)
        (identity,) = world.gateway.identified
        assert identity["intents"] == library.Intents(guilds=True).value
        assert not world.server.refused

    async def test_goes_on_trying_while_discord_cannot_be_reached(self, world: World) -> None:
        papers = world.server.guild().text()
        await world.server.goes_down()
        async with world.bot() as rig:
            for pause in (*PAUSES, PAUSES[-1]):
                await rig.rests(pause)
            await world.server.comes_back()
            await rig.rests(PAUSES[-1])
            await world.gateway.is_ready()
            await is_answered(papers)

    async def test_goes_on_trying_while_discord_is_in_trouble(self, world: World) -> None:
        papers = world.server.guild().text()
        world.server.fails("get_my_user", 503)
        world.server.cuts("get_my_oauth2_application", "before", times=2)  # aiohttp repeats a GET
        world.gateway.turns_away(times=2)
        world.gateway.closes_at_once(4000)
        async with world.bot() as rig:
            for pause in PAUSES[:4]:
                await rig.rests(pause)
            await world.gateway.is_ready()
            await is_answered(papers)

    async def test_rests_for_as_long_as_discord_wants(self, world: World) -> None:
        papers = world.server.guild().text()
        world.server.floods("get_my_user", 600)
        async with world.bot() as rig:
            await rig.rests(600)
            await world.gateway.is_ready()
            await is_answered(papers)

    async def test_a_token_that_is_refused_is_a_wrong_configuration(self, world: World) -> None:
        wrong = SecretStr("wrong.token")
        with pytest.raises(ConfigError, match=r"Reset Token; it belongs under \[discord\] token"):
            async with world.bot(token=wrong) as rig:
                await rig.running
        assert world.server.refused == [401]

    @pytest.mark.parametrize("shards", [1, 2])
    @pytest.mark.parametrize(
        ("code", "kind", "advice"),
        [
            (4004, ConfigError, "Reset Token"),
            (4010, ConfigError, "put 0"),
            (4011, ConfigError, "put 0"),
            (4012, PaperboyError, "install a newer one"),
            (4013, PaperboyError, "install a newer one"),
            (4014, PaperboyError, "Privileged Gateway Intents"),
        ],
    )
    async def test_what_only_people_can_change_ends_it(
        self, world: World, code: int, kind: type[PaperboyError], advice: str, shards: int
    ) -> None:
        world.gateway.refuses(code, times=shards)
        with pytest.raises(kind, match=advice):
            async with world.bot(shards=shards) as rig:
                await rig.running
        assert not world.gateway.identified


class TestConnections:
    async def test_there_are_as_many_as_discord_recommends(self, world: World) -> None:
        places = [world.server.guild().text() for _ in range(4)]
        world.gateway.recommended_shards = 2
        async with world.bot(shards=0):
            await world.gateway.is_ready(2)
            for place in places:
                await is_answered(place)
        assert [one["shard"] for one in world.gateway.identified] == [[0, 2], [1, 2]]

    async def test_there_are_as_many_as_are_configured(self, world: World) -> None:
        papers = world.server.guild().text()
        async with world.bot(shards=3):
            await world.gateway.is_ready(3)
            await is_answered(papers)
            await world.gateway.cuts()
            await world.gateway.has_resumed(3)
            await is_answered(papers)
        assert [one["shard"] for one in world.gateway.identified] == [[0, 3], [1, 3], [2, 3]]


class TestGoingOn:
    async def test_a_cut_connection_is_resumed_and_nothing_is_missed(self, world: World) -> None:
        papers = world.server.guild().text()
        async with world.bot():
            await world.gateway.is_ready()
            await is_answered(papers)
            await world.gateway.cuts()
            asked = papers.runs("list")
            await asked.hears("this is list")
            await world.gateway.has_resumed(1)
        assert len(world.gateway.identified) == 1
        assert world.script.lines == ["help", "list"]

    async def test_a_connection_that_is_closed_is_resumed(self, world: World) -> None:
        papers = world.server.guild().text()
        async with world.bot():
            await world.gateway.is_ready()
            for times, code in enumerate((1000, 1001, 4000, 4008), start=1):
                await world.gateway.closes(code)
                await world.gateway.has_resumed(times)
                await is_answered(papers)
        assert len(world.gateway.identified) == 1

    async def test_it_reconnects_where_discord_asks_for_that(self, world: World) -> None:
        papers = world.server.guild().text()
        async with world.bot():
            await world.gateway.is_ready()
            await world.gateway.asks_to_reconnect()
            await world.gateway.has_resumed(1)
            await is_answered(papers)

    async def test_a_session_that_is_only_interrupted_is_resumed(self, world: World) -> None:
        papers = world.server.guild().text()
        async with world.bot():
            await world.gateway.is_ready()
            await world.gateway.invalidates(resumable=True)
            await world.gateway.has_resumed(1)
            await is_answered(papers)

    async def test_a_session_that_is_no_longer_valid_is_replaced(self, world: World) -> None:
        papers = world.server.guild().text()
        async with world.bot():
            await world.gateway.is_ready()
            await world.gateway.invalidates()
            await world.gateway.has_identified(2)
            await is_answered(papers)
            world.gateway.forgets()
            await world.gateway.cuts()
            await world.gateway.has_identified(3)
            await is_answered(papers)
        assert not world.gateway.resumed

    @pytest.mark.parametrize("shards", [1, 2])
    async def test_it_comes_back_after_discord_was_away(self, world: World, shards: int) -> None:
        papers = world.server.guild().text()
        async with world.bot(shards=shards) as rig:
            await world.gateway.is_ready(shards)
            await is_answered(papers)
            await world.server.goes_down()
            assert not world.gateway.sockets
            for pause in PAUSES[:3]:
                await rig.rests(pause)
            await world.server.comes_back()
            await rig.rests(PAUSES[3])
            await world.gateway.is_ready(shards)
            await is_answered(papers)

    async def test_the_pauses_begin_anew_after_a_connection_that_lasted(self, world: World) -> None:
        await world.server.goes_down()
        async with world.bot() as rig:
            await rig.rests(PAUSES[0])
            await asyncio.wait_for(world.clock.somebody_sleeps(PAUSES[1]), SOON)
            await world.server.comes_back()
            world.clock.advance(PAUSES[1])
            await world.gateway.is_ready()
            world.clock.advance(3600)
            await world.server.goes_down()
            await rig.rests(PAUSES[0])

    async def test_a_token_that_is_withdrawn_ends_it(self, world: World) -> None:
        withdrawing = asyncio.create_task(_withdraw_token(world.server))
        with pytest.raises(ConfigError, match="Reset Token"):
            async with world.bot() as rig:
                await rig.running
        await withdrawing


async def _withdraw_token(server: FakeDiscord) -> None:
    await server.gateway.is_ready()
    await server.gateway.closes(4004)


class TestStopping:
    async def test_lets_what_is_under_way_end(self, world: World) -> None:
        papers = world.server.guild().text()
        world.script.held["search"] = asyncio.Event()
        async with world.bot() as rig:
            await world.gateway.is_ready()
            asked = papers.runs("search", words="kites")
            await world.clock.somebody_sleeps(PATIENCE)
            rig.stop.set()
            await world.clock.somebody_sleeps(GRACE)
            world.script.held["search"].set()
            await asked.hears("this is search")

    async def test_but_not_for_ever(self, world: World) -> None:
        papers = world.server.guild().text()
        world.script.held["search"] = asyncio.Event()
        async with world.bot() as rig:
            await world.gateway.is_ready()
            papers.runs("search", words="kites")
            await world.clock.somebody_sleeps(PATIENCE)
            rig.stop.set()
            await rig.rests(GRACE)
            await rig.ends()
        assert world.clock.monotonic() < SOON

    async def test_it_can_be_stopped_before_it_has_begun(self, world: World) -> None:
        async with world.bot() as rig:
            rig.stop.set()

    async def test_it_can_be_stopped_while_it_rests(self, world: World) -> None:
        await world.server.goes_down()
        async with world.bot():
            await world.clock.somebody_sleeps(PAUSES[0])

    @pytest.mark.parametrize("operation", ["get_my_user", "bulk_set_application_commands"])
    async def test_it_can_be_stopped_while_it_waits_for_an_answer(
        self, world: World, operation: str
    ) -> None:
        world.server.hangs(operation)
        async with world.bot():
            await world.server.gets(operation)

    async def test_it_can_be_stopped_while_the_gateway_is_silent(self, world: World) -> None:
        world.gateway.falls_silent()
        async with world.bot():
            await world.server.until(lambda: world.gateway.sockets)

    @pytest.mark.parametrize("shards", [1, 2])
    async def test_it_can_be_stopped_while_nobody_says_goodbye(
        self, world: World, shards: int
    ) -> None:
        world.gateway.goes_deaf(times=shards)
        async with world.bot(shards=shards):
            await world.gateway.is_ready(shards)

    @pytest.mark.parametrize("shards", [1, 2])
    async def test_it_closes_its_sessions(self, world: World, shards: int) -> None:
        async with world.bot(shards=shards):
            await world.gateway.is_ready(shards)
        await world.server.until(lambda: not world.gateway.sockets)


class TestOperators:
    async def test_hear_of_errors_in_private(self, world: World) -> None:
        papers, operator = world.server.guild().text(), world.server.person("Olga")
        world.script.replies["help"] = RuntimeError("the *shelf* fell down")
        async with world.bot(admins=(operator.id,)):
            await world.gateway.is_ready()
            papers.runs("help")
            message = await world.server.private(operator).hears("fell down")
        assert r"\*shelf\*" in message.content

    async def test_who_cannot_be_told_does_no_harm(self, world: World) -> None:
        papers = world.server.guild().text()
        closed, operator = world.server.person("Otto"), world.server.person("Olga")
        closed.closed = True
        world.script.replies["help"] = RuntimeError("the shelf fell down")
        admins = (closed.id, operator.id)
        async with world.bot(admins=admins):
            await world.gateway.is_ready()
            papers.runs("help")
            await world.server.private(operator).hears("fell down")
            await is_answered(papers, "list")

    async def test_a_lost_connection_is_no_error(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with world.bot() as rig:
            await world.gateway.is_ready()
            await world.server.goes_down()
            await rig.rests(PAUSES[0])
        assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


class TestTheToken:
    async def test_is_in_no_log_at_any_level(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        papers, operator = world.server.guild().text(), world.server.person("Olga")
        world.script.replies["help"] = RuntimeError(f"Authorization: Bot {CREDENTIAL}")
        world.server.fails("get_my_user", 503)
        async with world.bot(admins=(operator.id,)) as rig:
            await rig.rests(PAUSES[0])
            await world.gateway.is_ready()
            papers.runs("help")
            message = await world.server.private(operator).hears("[hidden]")
            await world.gateway.cuts()
            await world.gateway.has_resumed(1)
        world.gateway.refuses(4004)
        with pytest.raises(ConfigError) as raised:
            async with world.bot() as rig:
                await rig.running
        assert CREDENTIAL not in str(raised.value)
        assert CREDENTIAL not in message.content
        assert len(caplog.records) > 20
        assert "[hidden]" in caplog.text
        assert CREDENTIAL not in caplog.text


class TestThePost:
    async def test_carries_as_long_as_there_is_a_connection(self, world: World) -> None:
        address = Address(Platform.DISCORD, str(world.server.guild().text().id))
        body: Json = {"content": "kites", "allowed_mentions": {"parse": []}}
        delivery = Delivery(1, None, address, "message", body)
        async with world.bot() as rig:
            await world.gateway.is_ready()
            assert isinstance(await rig.bot.post.carry(delivery, None), Sent)
            await world.server.goes_down()
            await world.clock.somebody_sleeps(PAUSES[0])
            world.clock.advance(60)
            outcome = await rig.bot.post.carry(delivery, None)
            assert isinstance(outcome, Later)
            assert outcome.platform_down
