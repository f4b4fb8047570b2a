"""A digest without waiting for its slot: once, only where there is something, told as it is."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.commands.request import Services
from storage.models import Platform, Settings, Subscription
from tests.bot.commands.announcing import TODAY, announce, papers, settle, tick
from tests.bot.commands.chatting import (
    GROUP,
    PRIVATE,
    ask,
    buttons,
    opened_in,
    press,
    text_of,
    told,
)
from tests.fakes.clock import FakeClock

YESTERDAY = TODAY - timedelta(days=1)
EVERY = "cs.CV lantern"


@pytest.fixture
async def services(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Services]:
    """Somebody subscribed to lanterns, of which today has four and yesterday had two."""
    async with opened_in(tmp_path, clock) as opened:
        await announce(opened, "cs.CV", YESTERDAY, *papers(2))
        await announce(opened, "cs.CV", TODAY, *papers(4, first=10))
        await settle(opened, "cs.CV")
        await opened.store.put_chat(PRIVATE)
        await opened.store.put_subscription(Subscription(0, PRIVATE.address, EVERY))
        yield opened


async def posted(services: Services) -> list[list[str]]:
    """The papers of each digest that was made, the newest first."""
    records = await services.store.digests.of_chat(PRIVATE.address, 100)
    return [[one.paper_id for one in record.posted] for record in records]


async def test_the_newest_batch_comes_at_once_to_whoever_never_had_a_digest(
    services: Services,
) -> None:
    reply = await press(services, buttons(await ask(services, "/list"))["Send 1"])
    assert "4 new papers for cs.CV lantern: their digest comes within a minute" in text_of(reply)
    assert reply.replaces
    assert await tick(services) == 1
    assert await posted(services) == [[f"2604.{number:05}" for number in range(10, 14)]]


async def test_nothing_comes_twice_however_often_it_is_pressed(services: Services) -> None:
    for _ in range(3):
        await ask(services, "/list send 1")
    assert await tick(services) == 1
    assert "Nothing new for cs.CV lantern" in await told(services, "/list send 1")
    assert await tick(services) == 0
    assert len(await posted(services)) == 1


async def test_the_next_slot_brings_only_what_is_announced_after_it(
    services: Services, clock: FakeClock
) -> None:
    await ask(services, "/list send 1")
    await tick(services)
    assert "Tue, Apr 21, 2026, 09:00" in await told(services, "/next")
    await announce(services, "cs.CV", TODAY, *papers(5, first=10))  # one more came late
    clock.advance(timedelta(hours=3, minutes=1).total_seconds())
    await tick(services)
    assert (await posted(services))[0] == ["2604.00014"]


async def test_late_announcements_are_waited_for(services: Services) -> None:
    await settle(services, "cs.CV", day=YESTERDAY)
    assert "as soon as today's announcements are all in" in await told(services, "/list send 1")
    assert await tick(services) == 0
    await settle(services, "cs.CV")
    assert await tick(services) == 1


async def test_quiet_hours_are_kept(services: Services) -> None:
    quiet = Settings(quiet=("05:00", "07:30"))
    await services.store.put_chat(replace(PRIVATE, settings=quiet))
    text = " ".join((await told(services, "/list send 1")).split())
    assert "comes after the quiet hours, Tue, Apr 21, 2026, 07:30" in text
    assert await tick(services) == 0


@pytest.mark.parametrize("held", [False, True])
async def test_what_is_paused_is_not_sent(services: Services, held: bool) -> None:
    if held:
        await services.store.put_chat(replace(PRIVATE, paused="blocked"))
    else:
        await ask(services, "/list pause 1")
        assert "Send 1" not in buttons(await ask(services, "/list"))
    assert "Nothing is sent while it is paused" in await told(services, "/list send 1")
    assert await tick(services) == 0


async def test_a_member_of_a_group_cannot_have_it_sent_to_all(services: Services) -> None:
    await services.store.put_chat(GROUP)
    await services.store.put_subscription(Subscription(0, GROUP.address, EVERY))
    text = await told(services, "/list send 1", GROUP, may_change=False)
    assert "Only administrators" in text
    assert await tick(services) == 0


async def test_a_terminal_shows_the_digest_instead(tmp_path: Path) -> None:
    clock = FakeClock(datetime(2026, 4, 21, 6, 0, tzinfo=UTC))
    chat = replace(PRIVATE, address=replace(PRIVATE.address, platform=Platform.CONSOLE))
    async with opened_in(tmp_path, clock) as services:
        await announce(services, "cs.CV", TODAY, *papers(4))
        await services.store.put_subscription(Subscription(0, chat.address, EVERY, limit=2))
        reply = await ask(services, "/list", chat)
        assert "2 of 4 announced" in text_of(await press(services, buttons(reply)["Send 1"], chat))
