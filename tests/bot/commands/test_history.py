"""What became of a chat's slots: told to everybody who asks how it stands."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.commands.history import SHOWN, arrival
from bot.commands.request import Services
from formatters.words import words
from storage.deliveries import Delivery, DeliveryState
from storage.models import Settings, Subscription
from tests.bot.commands.announcing import TODAY, announce, deliver, papers, settle, tick
from tests.bot.commands.chatting import GROUP, PRIVATE, ask, opened_in, told
from tests.fakes.clock import FakeClock

DAY = timedelta(days=1).total_seconds()


@pytest.fixture
async def services(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Services]:
    """Somebody subscribed to lanterns, of which today has four."""
    async with opened_in(tmp_path, clock) as opened:
        await announce(opened, "cs.CV", TODAY, *papers(4))
        await settle(opened, "cs.CV")
        await opened.store.put_chat(replace(PRIVATE, settings=Settings(timezone="Asia/Shanghai")))
        await opened.store.put_subscription(Subscription(0, PRIVATE.address, "cs.CV lantern"))
        yield opened


async def status(services: Services) -> str:
    return " ".join((await told(services, "/status", width=200)).split())


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (None, "on its way"),
        (DeliveryState.SENT, "delivered"),
        (DeliveryState.FAILED, "not delivered: blocked"),
    ],
)
async def test_the_last_digest_is_told_with_what_became_of_it(
    services: Services, state: DeliveryState | None, said: str
) -> None:
    await ask(services, "/list send 1")
    await tick(services)
    if state:
        await deliver(services, state)
    slot = f"last digest here Tue, Apr 21, 2026, 14:00, cs.CV lantern: 4 papers, {said}"
    assert slot in await status(services)
    assert "last digest" not in await told(services, "/status", GROUP)


async def test_slots_without_a_digest_say_why(services: Services, clock: FakeClock) -> None:
    await ask(services, "/list send 1")
    await tick(services)
    for days, rows in enumerate((papers(2, first=50, title="On kites"), ()), 1):
        clock.advance(DAY)
        await announce(services, "cs.CV", TODAY + timedelta(days=days), *rows)
        await settle(services, "cs.CV", day=TODAY + timedelta(days=days))
        await tick(services)
    text = await status(services)
    assert text.index("last digest") < text.index("Thu, Apr 23, 2026, 09:00")
    assert "cs.CV lantern: arXiv announced nothing" in text
    assert "cs.CV lantern: none of 2 papers announced was new here and matched" in text


async def test_only_the_last_slots_are_told(services: Services, clock: FakeClock) -> None:
    for days in range(1, 10):
        clock.advance(DAY)
        await settle(services, "cs.CV", day=TODAY + timedelta(days=days))
        await tick(services)
    text = await status(services)
    assert text.count("arXiv announced nothing") == SHOWN
    assert "last digest here none yet" in text


def test_what_is_kept_no_longer_was_delivered() -> None:
    assert arrival((), words("en")) == "delivered"


def test_one_call_that_failed_counts_more_than_those_that_wait() -> None:
    one = Delivery(1, 1, PRIVATE.address, "sendMessage", {}, state=DeliveryState.SENT)
    calls = [
        one,
        replace(one, state=DeliveryState.QUEUED),
        replace(one, state=DeliveryState.FAILED, reason="too\nlong"),
    ]
    assert arrival(calls[:2], words("en")) == "on its way"
    assert arrival(calls, words("en")) == "not delivered: too long"
