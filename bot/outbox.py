"""What operators see of the outbox, and what they can do about it."""

from collections.abc import Sequence

from bot.commands.request import Services
from bot.errors import UsageError
from storage.deliveries import Delivery, DeliveryState

UNSENT = (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.FAILED)
DROPPED = "given up by the operator"


async def listed(services: Services, everything: bool, limit: int) -> list[str]:
    """A line for each delivery, of those that changed last, by number; and one with the totals."""
    store = services.store.outbox
    states = tuple(DeliveryState) if everything else UNSENT
    found, counts = await store.deliveries(states, limit), await store.counts()
    totals = (
        f"{counts.queued} queued, {counts.sending} under way, {counts.sent} sent,"
        f" {counts.failed} failed, {counts.dropped} dropped"
    )
    width = max((len(str(one.chat)) for one in found), default=0)
    ordered = sorted(found, key=lambda one: one.number)
    return [*(line(one, width) for one in ordered), totals]


def line(delivery: Delivery, width: int = 0) -> str:
    """One delivery: its number, state, chat, what it does, how often it was tried, and why not.

    The chat is filled up to `width` characters.
    """
    when = (
        f", not before {delivery.not_before:%Y-%m-%d %H:%M:%S} UTC" if delivery.not_before else ""
    )
    maybe = ", may have arrived" if delivery.uncertain else ""
    why = f": {delivery.reason}" if delivery.reason else ""
    digest = f" of digest {delivery.digest}" if delivery.digest else ""
    return (
        f"{delivery.number:6} {delivery.state:8} {delivery.chat!s:{width}} "
        f" {delivery.method}{digest}, {_tried(delivery.attempts)}{maybe}{when}{why}"
    )


async def retried(services: Services, numbers: Sequence[int] | None) -> str:
    """Queue again what failed or was dropped; raises UsageError where there is no such thing."""
    count = await services.store.outbox.retry(numbers, services.clock.now())
    told = _told(count, numbers, "queued again")
    return f"{told}; the running bot sends it, or the next `paperboy publish`" if count else told


async def dropped(services: Services, numbers: Sequence[int]) -> str:
    """Give up what waits or failed; raises UsageError where there is no such thing."""
    count = await services.store.outbox.drop(numbers, DROPPED, services.clock.now())
    return _told(count, numbers, "dropped")


def _told(count: int, numbers: Sequence[int] | None, what: str) -> str:
    if numbers and not count:
        raise UsageError(
            f"none of these can be {what}; `paperboy outbox list` shows the states of deliveries"
        )
    of = f" of {len(set(numbers))}" if numbers and count < len(set(numbers)) else ""
    return f"{count}{of} {what}"


def _tried(attempts: int) -> str:
    return f"tried {attempts} time{'s' if attempts != 1 else ''}" if attempts else "not tried yet"
