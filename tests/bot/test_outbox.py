"""What operators see of deliveries, one line each, and what they can do about them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app import opened
from bot.commands.request import Services
from bot.config import Config
from bot.errors import UsageError
from bot.outbox import dropped, line, listed, retried
from storage.deliveries import Delivery, DeliveryState
from storage.models import Address, Call, Platform
from storage.outbox import Settlement
from tests.fakes.clock import FakeClock

ADA = Address(Platform.TELEGRAM, "7")
TOPIC = Address(Platform.TELEGRAM, "-100", "45")
LATER = Delivery(7, None, TOPIC, "edit", {}, not_before=datetime(2026, 4, 21, 9, 30, tzinfo=UTC))
NOT_BEFORE = "not before 2026-04-21 09:30:00 UTC"
CALL = Call("sendMessage", {"text": "x"})


@pytest.fixture
async def services(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Services]:
    async with opened(Config(data_dir=tmp_path), clock) as services:
        yield services


async def enqueue(services: Services, chat: Address, digest: int | None = 3) -> int:
    now = services.clock.now()
    (number,) = await services.store.outbox.enqueue([CALL], chat, digest, now)
    return number


async def ends(services: Services, state: DeliveryState, reason: str = "") -> None:
    """Let all first deliveries end like that."""
    store, now = services.store.outbox, services.clock.now()
    claims = await store.claim(Platform.TELEGRAM, now, 10)
    settled = [Settlement(one, state, reason=reason) for one, _ in claims.deliveries]
    await store.settle(settled, now)


@pytest.mark.parametrize(
    ("delivery", "text"),
    [
        (
            Delivery(7, 3, ADA, "sendMessage", {}),
            "     7 queued   telegram:7  sendMessage of digest 3, not tried yet",
        ),
        (
            Delivery(7, None, ADA, "sendMessage", {}, attempts=1, uncertain=True),
            "     7 queued   telegram:7  sendMessage, tried 1 time, may have arrived",
        ),
        (
            replace(LATER, attempts=2, reason="too many"),
            f"     7 queued   telegram:-100/45  edit, tried 2 times, {NOT_BEFORE}: too many",
        ),
    ],
)
def test_a_line_says_what_it_is_where_it_goes_and_why_it_waits(
    delivery: Delivery, text: str
) -> None:
    assert line(delivery) == text


async def test_an_empty_outbox_has_totals_only(services: Services) -> None:
    totals = "0 queued, 0 under way, 0 sent, 0 failed, 0 dropped"
    assert await listed(services, everything=False, limit=50) == [totals]


async def test_what_was_sent_is_listed_only_with_all(services: Services) -> None:
    await enqueue(services, ADA)
    await ends(services, DeliveryState.SENT)
    await enqueue(services, TOPIC)
    await ends(services, DeliveryState.FAILED, "the chat was deleted")
    failed, totals = await listed(services, everything=False, limit=50)
    assert failed.endswith("tried 1 time: the chat was deleted")
    assert totals == "0 queued, 0 under way, 1 sent, 1 failed, 0 dropped"
    every = await listed(services, everything=True, limit=50)
    assert [one.split()[1] for one in every[:-1]] == ["sent", "failed"]
    assert len({one.index("sendMessage") for one in every[:-1]}) == 1, "the columns are aligned"
    assert len(await listed(services, everything=True, limit=1)) == 2


async def test_what_failed_can_be_tried_again_or_given_up(services: Services) -> None:
    first = await enqueue(services, ADA)
    await ends(services, DeliveryState.FAILED, "no")
    second = await enqueue(services, TOPIC)
    assert (await retried(services, [first, first, 99])).startswith("1 of 2 queued again; ")
    assert await dropped(services, [first, second]) == "2 dropped"
    assert (await retried(services, None)) == "0 queued again"
    counts = await services.store.outbox.counts()
    assert (counts.queued, counts.dropped) == (0, 2)


async def test_numbers_that_fit_nothing_are_a_mistake(services: Services) -> None:
    for change in (retried, dropped):
        with pytest.raises(UsageError, match="paperboy outbox list"):
            await change(services, [99])
