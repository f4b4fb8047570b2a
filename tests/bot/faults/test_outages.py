"""Fault scripts: a platform fails at everything, or is not there at all."""

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest

from bot.delivery.outage import LONGEST_PAUSE
from storage.deliveries import DeliveryState
from storage.models import Address, Call, Platform
from tests.bot.faults.world import Place, Process, World, chat_of, rows, states, world
from tests.fakes.discord_faults import Call as DiscordCall
from tests.fakes.discord_faults import Fault as DiscordFault
from tests.fakes.discord_refusals import Trouble
from tests.fakes.telegram import Call as TelegramCall
from tests.fakes.telegram import Fault
from tests.fakes.telegram_methods import Refusal

CHATS = 8
TEN_MINUTES, AN_HOUR = 600.0, 3600.0
LONGEST = LONGEST_PAUSE.total_seconds()
ARCHIVE = Address(Platform.FILE, "archive")
SENT, QUEUED = DeliveryState.SENT, DeliveryState.QUEUED


@pytest.fixture
async def it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    async with world(tmp_path, monkeypatch) as opened:
        yield opened


async def puts_a_file(it: World, process: Process, name: str) -> None:
    call = Call("file", {"name": name, "content": "a digest"})
    await process.rows.enqueue([call], ARCHIVE, 1, it.clock.now())
    process.outbox.wake()


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_ten_minutes_of_failures_on_telegram(it: World, status: int) -> None:
    places: list[Place] = [it.telegram.private() for _ in range(CHATS)]
    elsewhere = it.discord.guild().text()

    def script(_call: TelegramCall) -> Fault | None:
        if it.clock.monotonic() < TEN_MINUTES:
            return Fault("", None, Refusal(status, "Bad Gateway"))
        return None

    it.telegram.script = script
    async with it.process() as process:
        for place in [*places, elsewhere]:
            await it.puts(process, chat_of(place), "1", "2")
        await puts_a_file(it, process, "day.md")
        await it.clock.passes(30)
        assert elsewhere.texts == ["1", "2"], "nobody else waits"
        assert (it.folder / "archive" / "day.md").read_text() == "a digest"
        assert "Bad Gateway" in (await rows(process))[1].reason
        await it.drained(process)
        assert await states(process) == {SENT: 2 * CHATS + 3}
    assert [one.texts for one in places] == [["1", "2"]] * CHATS
    assert it.telegram.refused.count(status) < CHATS + 12, "few calls are made in vain"
    assert TEN_MINUTES <= it.clock.monotonic() < TEN_MINUTES + LONGEST + 10


@pytest.mark.parametrize("done", [False, True], ids=["not done", "done now and then"])
@pytest.mark.parametrize("status", [500, 502, 503])
async def test_ten_minutes_of_failures_on_discord(it: World, status: int, done: bool) -> None:
    guild, elsewhere = it.discord.guild(), it.telegram.private()
    places: list[Place] = [guild.text() for _ in range(CHATS)]
    calls = count(1)

    def script(_call: DiscordCall) -> DiscordFault | None:
        if it.clock.monotonic() < TEN_MINUTES:
            return DiscordFault("", None, Trouble(status), done=done and next(calls) % 2 == 0)
        return None

    async with it.process() as process:
        it.discord.script = script
        for place in [*places, elsewhere]:
            await it.puts(process, chat_of(place), "1", "2")
        await it.clock.passes(30)
        assert elsewhere.texts == ["1", "2"], "nobody else waits"
        assert f"Discord's own trouble: {status}" in (await rows(process))[1].reason
        await it.drained(process)
        assert await states(process) == {SENT: 2 * CHATS + 2}
    assert [one.texts for one in places] == [["1", "2"]] * CHATS
    assert len(it.discord.refused) < CHATS + 12, "few calls are made in vain"
    assert TEN_MINUTES <= it.clock.monotonic() < TEN_MINUTES + LONGEST + 20


async def test_an_hour_in_which_nobody_listens_on_either_platform(it: World) -> None:
    people: list[Place] = [it.telegram.private() for _ in range(CHATS)]
    guild = it.discord.guild()
    channels = [guild.text() for _ in range(CHATS)]
    async with it.process() as process:
        it.telegram_away = True
        await it.discord.goes_down()
        for place in [*people, *channels]:
            await it.puts(process, chat_of(place), "1", "2")
        await puts_a_file(it, process, "day.md")
        await it.clock.passes(AN_HOUR)
        assert (it.folder / "archive" / "day.md").exists()
        assert await states(process) == {QUEUED: 4 * CHATS, SENT: 1}
        waiting = await rows(process)
        assert [one for one in waiting.values() if one.uncertain] == [], "nothing was ever written"
        assert all(waiting[number].reason for number in (1, 2 * CHATS + 1))
        assert it.in_vain < 2 * (CHATS + 22), "few connections are tried in vain"
        it.telegram_away = False
        await it.discord.comes_back()
        await it.drained(process)
        assert await states(process) == {SENT: 4 * CHATS + 1}
    assert [one.texts for one in [*people, *channels]] == [["1", "2"]] * (2 * CHATS)
    assert it.clock.monotonic() < AN_HOUR + LONGEST + 20
    assert it.closed == []
