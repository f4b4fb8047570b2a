"""What became of a chat's slots: told to everybody who asks how it stands."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.commands.history import SHOWN, arrival
from bot.commands.request import Services
from bot.delivery.outcome import Refused
from bot.delivery.settlement import FALLBACK, settlement
from formatters.words import words
from storage.deliveries import Delivery, DeliveryState
from storage.models import Json, Settings, Subscription
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
    for days, rows in enumerate((papers(2, first=50, title="On kites"), (), ()), 1):
        clock.advance(DAY)
        if rows:
            await announce(services, "cs.CV", TODAY + timedelta(days=days), *rows)
        await settle(services, "cs.CV", day=TODAY + timedelta(days=days))
        await tick(services)
    text = await status(services)
    assert text.index("last digest") < text.index("Fri, Apr 24, 2026, 09:00")
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


def test_what_is_kept_no_longer_is_not_said_to_have_arrived() -> None:
    assert arrival((), words("en")) == "whether delivered is no longer known"


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (DeliveryState.QUEUED, "on its way"),
        (DeliveryState.SENT, "delivered"),
        (DeliveryState.FAILED, "not delivered: blocked"),
    ],
)
def test_what_another_form_took_the_place_of_is_no_loss(state: DeliveryState, said: str) -> None:
    body: Json = {FALLBACK: [{"method": "sendMessage", "body": {}}]}
    rich = Delivery(1, 1, PRIVATE.address, "sendRichMessage", body)
    again = settlement(rich, Refused("no such method"), FakeClock().now(), None)
    first = replace(rich, method="sendMessage", state=state, reason="blocked")
    other = replace(rich, number=2, about=1, state=DeliveryState.DROPPED, reason=again.reason)
    assert again.alone
    assert arrival([first, other], words("en")) == said


def test_what_the_operator_gave_up_was_not_delivered() -> None:
    sent = Delivery(1, 1, PRIVATE.address, "sendMessage", {}, state=DeliveryState.SENT)
    given_up = replace(sent, number=2, state=DeliveryState.DROPPED, reason="given up")
    assert arrival([sent, given_up], words("en")) == "not delivered: given up"


def test_one_call_that_failed_counts_more_than_those_that_wait() -> None:
    one = Delivery(1, 1, PRIVATE.address, "sendMessage", {}, state=DeliveryState.SENT)
    calls = [
        one,
        replace(one, state=DeliveryState.QUEUED),
        replace(one, state=DeliveryState.FAILED, reason="too\nlong"),
    ]
    assert arrival(calls[:2], words("en")) == "on its way"
    assert arrival(calls, words("en")) == "not delivered: too long"
