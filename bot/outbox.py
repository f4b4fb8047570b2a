"""What operators see of the outbox, and what they can do about it."""

from collections.abc import Sequence

from bot.commands.request import Services
from bot.errors import UsageError
from storage.deliveries import Delivery, DeliveryState

UNSENT = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.FAILED)
DROPPED = "given up by the operator"


async def listed(services: Services, everything: bool, limit: int) -> list[str]:
    """A line for each delivery, those that changed last first, and one with the totals."""
    store = services.store.outbox
    states = tuple(DeliveryState) if everything else UNSENT
    counts = await store.counts()
    totals = (
        f"{counts.queued} queued, {counts.sending} under way, {counts.sent} sent,"
        f" {counts.failed} failed, {counts.dropped} dropped"
    )
    return [*(line(one) for one in await store.deliveries(states, limit)), totals]


def line(delivery: Delivery) -> str:
    """One delivery: its number, state, chat, what it does, how often it was tried, and why not."""
    when = (
        f", not before {delivery.not_before:%Y-%m-%d %H:%M:%S} UTC" if delivery.not_before else ""
    )
    why = f": {delivery.reason}" if delivery.reason else ""
    tried = f"tried {delivery.attempts} times" if delivery.attempts else "not tried yet"
    digest = f" of digest {delivery.digest}" if delivery.digest else ""
    return (
        f"{delivery.number} {delivery.state} {delivery.chat} {delivery.method}{digest},"
        f" {tried}{when}{why}"
    )


async def retried(services: Services, numbers: Sequence[int] | None) -> str:
    """Queue again what failed; raises UsageError where there is no such thing."""
    count = await services.store.outbox.retry(numbers, services.clock.now())
    return _told(count, numbers, "queued again")


async def dropped(services: Services, numbers: Sequence[int]) -> str:
    """Give up what waits or failed; raises UsageError where there is no such thing."""
    count = await services.store.outbox.drop(numbers, DROPPED, services.clock.now())
    return _told(count, numbers, "dropped")


def _told(count: int, numbers: Sequence[int] | None, what: str) -> str:
    if numbers and not count:
        raise UsageError("none of these deliveries can be; `paperboy outbox list` shows which are")
    return f"{count} {what}"
