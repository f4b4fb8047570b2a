"""What became of a chat's slots, in words: what they brought, and whether that was delivered."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.commands.plans import moment
from bot.commands.request import Context
from formatters.document import Span, Spans
from formatters.text import clean, clip
from formatters.words import Words
from storage.deliveries import Delivery, DeliveryState
from storage.records import DigestRecord, SlotOutcome

LOOKED_AT = 50  # slots, among which the last digest is looked for
SHOWN = 4  # slots that still read as a few lines
QUERY_SHOWN = 60  # characters of a query in a line
REASON_SHOWN = 120  # characters of an error
LOST = (DeliveryState.FAILED, DeliveryState.DROPPED)
REPLACED = "refused, so another form goes out"
"""How the reason begins of what was dropped since its digest was delivered in another form."""


async def last_slots(context: Context) -> list[tuple[str, Spans]]:
    """The last digest that came to this chat, and the other slots of late."""
    words = context.words
    records = await context.store.digests.of_chat(context.chat.address, LOOKED_AT)
    if not records:
        return []
    last = next((one for one in records if one.outcome is SlotOutcome.POSTED), None)
    said = words("status.never")
    if last:
        moment, slot = slot_moment(context, last.slot), await slot_text(context, last)
        said = words("status.last_slot", moment=moment, slot=slot)
    others = [one for one in records if one is not last][:SHOWN]
    rows = [(slot_moment(context, one.slot), await slot_text(context, one)) for one in others]
    return [(label, (Span(text),)) for label, text in ((words("status.last"), said), *rows)]


async def slot_text(context: Context, record: DigestRecord) -> str:
    """What a slot brought, or why nothing."""
    words, outcome = context.words, context.words("status.silent")
    if record.outcome is SlotOutcome.POSTED:
        arrived = await arrival_text(context, record)
        outcome = words.count("status.brought", len(record.posted), arrival=arrived)
    elif record.outcome is SlotOutcome.UNMATCHED:
        outcome = words.count("status.unmatched", record.announced)
    return words("status.slot", query=shown_query(record), outcome=outcome)


async def arrival_text(context: Context, record: DigestRecord) -> str:
    """Whether a digest was delivered."""
    return arrival(await context.store.outbox.of_digest(record.number), context.words)


def arrival(deliveries: Sequence[Delivery], words: Words) -> str:
    """Delivered, on its way, or why not; what is kept no longer tells nothing."""
    if not deliveries:
        return words("status.forgotten")
    wanted = [one for one in deliveries if not _is_replaced(one)]
    lost = next((one for one in wanted if one.state in LOST), None)
    if lost:
        return words("status.undelivered", reason=clip(clean(lost.reason), REASON_SHOWN))
    done = all(one.state is DeliveryState.SENT for one in wanted)
    return words("status.delivered" if done else "status.on_its_way")


def _is_replaced(one: Delivery) -> bool:
    return one.state is DeliveryState.DROPPED and one.reason.startswith(REPLACED)


def slot_moment(context: Context, slot: datetime) -> str:
    """A moment in the chat's zone."""
    zone = context.chat.settings.timezone or context.services.config.timezone
    return moment(slot.astimezone(ZoneInfo(zone)), context.words)


def shown_query(record: DigestRecord) -> str:
    """A query in a sentence."""
    return clip(record.query, QUERY_SHOWN)
