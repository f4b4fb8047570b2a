"""Fault scripts: the clock of the machine is set wrong by an hour, and right again."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from storage.deliveries import DeliveryState
from tests.bot.faults.world import World, chat_of, states, world
from tests.fakes.discord_faults import Call, Fault
from tests.fakes.discord_refusals import Trouble

AN_HOUR, RIGHT = timedelta(hours=1), timedelta()
JUMPS = {
    "forward": (RIGHT, AN_HOUR),
    "back": (RIGHT, -AN_HOUR),
    "forward and back": (AN_HOUR, RIGHT),
    "back and forward": (-AN_HOUR, RIGHT),
}
SENT = DeliveryState.SENT


@pytest.fixture
async def it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    async with world(tmp_path, monkeypatch) as opened:
        yield opened


jumping = pytest.mark.parametrize(("before", "after"), JUMPS.values(), ids=JUMPS)


@jumping
async def test_what_is_under_way_goes_on_in_order_and_without_delay(
    it: World, before: timedelta, after: timedelta
) -> None:
    ada, channel = it.telegram.private(), it.discord.guild().text()
    texts = [str(number) for number in range(9)]
    it.hands.jumps(before)
    async with it.process() as process:
        for place in (ada, channel):
            await it.puts(process, chat_of(place), *texts)
        await it.clock.passes(2)
        it.hands.jumps(after)
        await it.puts(process, chat_of(ada), "new")
        await it.drained(process)
        assert await states(process) == {SENT: 19}
    assert (ada.texts, channel.texts) == ([*texts, "new"], texts)
    assert it.clock.monotonic() < 120


@jumping
async def test_a_flooded_chat_waits_an_hour_longer_at_the_most(
    it: World, before: timedelta, after: timedelta
) -> None:
    flooded, other = it.telegram.private(), it.telegram.private()
    it.telegram.floods(flooded, 600)
    it.hands.jumps(before)
    async with it.process() as process:
        await it.puts(process, chat_of(flooded), "1", "2")
        await it.clock.passes(2)
        it.hands.jumps(after)
        await it.puts(process, chat_of(other), "1")
        await it.clock.passes(61)
        assert other.texts == ["1"]
        await it.drained(process)
    assert flooded.texts == ["1", "2"]
    assert it.telegram.refused == [429], "an hour too early it would be asked in vain"
    assert 600 <= it.clock.monotonic() < 600 + 3600 + 61


@jumping
async def test_an_outage_is_over_at_once_or_an_hour_later_at_the_most(
    it: World, before: timedelta, after: timedelta
) -> None:
    channel = it.discord.guild().text()

    def script(_call: Call) -> Fault | None:
        return Fault("", None, Trouble(503)) if it.clock.monotonic() < 120 else None

    it.hands.jumps(before)
    async with it.process() as process:
        it.discord.script = script
        await it.puts(process, chat_of(channel), "1", "2")
        await it.clock.passes(60)
        it.hands.jumps(after)
        await it.drained(process)
    assert channel.texts == ["1", "2"]
    assert it.clock.monotonic() < 120 + 3600 + 120


@jumping
@pytest.mark.parametrize("pause", [1.0, 600.0])
async def test_after_a_crash_nothing_is_twice_on_discord_whatever_the_clock_says(
    it: World, before: timedelta, after: timedelta, pause: float
) -> None:
    channel = it.discord.guild().text()
    it.hands.jumps(before)
    resume = it.discord.hangs("update_message")
    it.discord.cuts("create_message", "after")
    async with it.process() as process:
        await it.puts(process, chat_of(channel), "1", "2")
        await it.clock.until(lambda: is_posted(it))
    resume()
    it.clock.advance(pause)
    it.hands.jumps(after)
    async with it.process() as process:
        await it.drained(process)
        assert await states(process) == {SENT: 2}
    assert channel.texts == ["1", "2"]


async def is_posted(it: World) -> bool:
    """Whether the first message is there, of which nobody heard."""
    return bool(it.discord.called("create_message"))
