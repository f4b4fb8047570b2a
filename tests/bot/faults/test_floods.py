"""Fault scripts: the platforms say 429, again and again, or for half a day."""

from collections.abc import AsyncIterator, Callable
from itertools import count
from pathlib import Path
from typing import Literal

import pytest

from storage.deliveries import DeliveryState
from tests.bot.faults.world import World, chat_of, rows, states, world
from tests.fakes.discord_faults import Call as DiscordCall
from tests.fakes.discord_faults import Fault as DiscordFault
from tests.fakes.discord_refusals import TooMany
from tests.fakes.telegram import Call, Fault
from tests.fakes.telegram_methods import Refusal

CHATS = 6
MINUTES = 10
HALF_A_DAY = 43_837  # seconds, as Telegram once asked for
SENT = DeliveryState.SENT

Scope = Literal["user", "shared", "global"]


@pytest.fixture
async def it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    async with world(tmp_path, monkeypatch) as opened:
        yield opened


def telegram_flood(seconds: int) -> Fault:
    description = f"Too Many Requests: retry after {seconds}"
    return Fault("", None, Refusal(429, description, retry_after=seconds))


def every_third(storm: Callable[[], bool]) -> Callable[[], bool]:
    """Whether a call of a storm is one of those that are refused."""
    calls = count(1)
    return lambda: storm() and next(calls) % 3 == 0


def storm_on_telegram(it: World, chat: int | None) -> None:
    """Refuse every third message for ten minutes, to everybody or to one chat."""
    refused = every_third(lambda: it.clock.monotonic() < MINUTES * 60)

    def script(call: Call) -> Fault | None:
        meets = call.method == "sendMessage" and chat in (None, call.parameters["chat_id"])
        return telegram_flood(3) if meets and refused() else None

    it.telegram.script = script


def storm_on_discord(it: World, scope: Scope, channel: int | None) -> None:
    """Refuse every third message for ten minutes, in all channels or in one."""
    refused = every_third(lambda: it.clock.monotonic() < MINUTES * 60)

    def script(call: DiscordCall) -> DiscordFault | None:
        meets = call.operation == "create_message" and channel in (None, call.place)
        return DiscordFault("", None, TooMany(2.5, scope)) if meets and refused() else None

    it.discord.script = script


@pytest.mark.parametrize("alone", [False, True], ids=["everywhere", "in one chat"])
async def test_a_storm_on_telegram_loses_nothing_and_keeps_the_order(
    it: World, alone: bool
) -> None:
    places = [it.telegram.private() for _ in range(CHATS)]
    storm_on_telegram(it, places[0].id if alone else None)
    async with it.process() as process:
        for minute in range(MINUTES):
            for place in places:
                await it.puts(process, chat_of(place), f"{minute} a", f"{minute} b")
            await it.clock.passes(60)
            if alone:
                assert all(len(one.messages) == 2 * minute + 2 for one in places[1:])
        await it.drained(process)
        assert await states(process) == {SENT: 2 * MINUTES * CHATS}
        attempts = [one.attempts for one in (await rows(process)).values()]
    expected = [f"{minute} {part}" for minute in range(MINUTES) for part in "ab"]
    assert [one.texts for one in places] == [expected] * CHATS
    refused = it.telegram.refused.count(429)
    assert refused == sum(attempts) - len(attempts), "each refusal is one more attempt"
    assert refused == (9 if alone else 59)
    assert it.clock.monotonic() < MINUTES * 60 + 30


SCOPES: list[Scope] = ["user", "shared", "global"]


@pytest.mark.parametrize("alone", [False, True], ids=["everywhere", "in one channel"])
@pytest.mark.parametrize("scope", SCOPES)
async def test_a_storm_on_discord_loses_nothing_and_keeps_the_order(
    it: World, scope: Scope, alone: bool
) -> None:
    guild = it.discord.guild()
    places = [guild.text() for _ in range(CHATS)]
    storm_on_discord(it, scope, places[0].id if alone else None)
    async with it.process() as process:
        for minute in range(MINUTES):
            for place in places:
                await it.puts(process, chat_of(place), f"{minute} a", f"{minute} b")
            await it.clock.passes(60)
        await it.drained(process)
        assert await states(process) == {SENT: 2 * MINUTES * CHATS}
    expected = [f"{minute} {part}" for minute in range(MINUTES) for part in "ab"]
    assert [one.texts for one in places] == [expected] * CHATS
    assert it.discord.too_many == (9 if alone else 59)
    assert it.discord.refused == [429] * it.discord.too_many
    assert it.clock.monotonic() < MINUTES * 60 + 30


async def test_half_a_day_of_one_chat_outlives_the_process_and_delays_no_other(
    it: World,
) -> None:
    flooded, other = it.telegram.private(), it.telegram.private()
    elsewhere = it.discord.guild().text()
    it.telegram.floods(flooded, HALF_A_DAY)
    async with it.process() as process:
        for place in (flooded, other):
            await it.puts(process, chat_of(place), "1", "2")
        await it.puts(process, chat_of(elsewhere), "1", "2")
        await it.clock.passes(10)
    assert (flooded.texts, other.texts, elsewhere.texts) == ([], ["1", "2"], ["1", "2"])

    for _ in range(3):
        async with it.process() as process:
            await it.clock.passes(3600)
            await it.puts(process, chat_of(other), "more")
            await it.clock.passes(1)
            waiting = (await rows(process))[1]
            assert waiting.state is DeliveryState.QUEUED
            assert "Flood control exceeded. Retry in 12:10:37" in waiting.reason
    assert it.telegram.refused == [429], "nobody knocked before the time was up"
    assert (flooded.texts, len(other.texts)) == ([], 5)

    async with it.process() as process:
        await it.drained(process)
    assert flooded.texts == ["1", "2"]
    assert HALF_A_DAY <= it.clock.monotonic() < HALF_A_DAY + 60
    assert it.closed == []


async def test_half_a_day_of_one_channel_on_discord_too(it: World) -> None:
    guild = it.discord.guild()
    flooded, other = guild.text(), guild.text()
    it.discord.floods("create_message", HALF_A_DAY, flooded)
    async with it.process() as process:
        for place in (flooded, other):
            await it.puts(process, chat_of(place), "1", "2")
        await it.clock.passes(10)
    assert (flooded.texts, other.texts) == ([], ["1", "2"])
    async with it.process() as process:
        await it.drained(process)
    assert flooded.texts == ["1", "2"]
    assert it.discord.refused == [429]
    assert HALF_A_DAY <= it.clock.monotonic() < HALF_A_DAY + 60
