"""A digest without waiting for its slot: what is new is counted, and the slot made due.

The digest itself is made by the clock's next tick like any other, so nothing can come twice.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.commands.plans import moment, plan
from bot.commands.request import Context
from bot.digest.build import choose
from bot.digest.calendar import latest_batch_day, rebuilt
from bot.digest.candidates import Found, Window
from bot.digest.parser import parse_stored
from bot.digest.query import Query
from bot.digest.scope import looked_in
from bot.digest.terms import terms_of
from formatters.text import clip
from storage.models import Announced
from storage.records import Standing

QUERY_SHOWN = 60  # characters of a query in a sentence


@dataclass(frozen=True, slots=True)
class Look:
    """What a digest made now would look at: the same as the clock's."""

    query: Query
    categories: tuple[str, ...]
    since: date | None


def look_of(context: Context, standing: Standing, now: datetime) -> Look:
    """A subscription that never had a digest looks at the newest batch."""
    query = parse_stored(standing.subscription.query)
    since = standing.since if standing.cursor else day_before(now)
    return Look(query, looked_in(context.services.config, query), since)


def day_before(now: datetime) -> date:
    """The day of the batch before the newest one."""
    return latest_batch_day(rebuilt(latest_batch_day(now)) - timedelta(seconds=1))


async def send_now(context: Context, standing: Standing) -> str:
    """Make a digest due where there is something new for it; returns what is to be said."""
    words, now = context.words, context.services.clock.now()
    query = clip(standing.subscription.query, QUERY_SHOWN)
    look = look_of(context, standing, now)
    count = await _new(context, standing, look)
    if not count:
        return words("subscriptions.nothing_new", query=query)
    numbers = [standing.subscription.number]
    await context.store.standings.bring_forward(numbers, now, day_before(now))
    coming = await _obstacle(context, standing, look, now)
    return words.count("subscriptions.sent", count, query=query, coming=coming)


async def _new(context: Context, standing: Standing, look: Look) -> int:
    """Count the papers that a digest made now would hold."""
    if look.since is None:
        return 0
    digests = context.store.digests
    terms = terms_of(standing.subscription, context.chat, context.services.config)
    announced = await digests.arrived(look.since, standing.cursor, await digests.arrivals())
    # In a thread: matching 500 papers takes 0.3 s, and other chats are waiting.
    found = await asyncio.to_thread(_found, announced, look)
    ids = [one.leading.paper_id for one in found.candidates]
    seen = await digests.seen(context.chat.address, ids)
    return len(choose(found, seen, terms.limit, terms.kinds).chosen)


def _found(announced: Sequence[Announced], look: Look) -> Found:
    here = [
        one
        for one in announced
        if any(row.category in look.categories for row in one.announcements)
    ]
    return Window(here).find(look.query, look.categories)


async def _obstacle(context: Context, standing: Standing, look: Look, now: datetime) -> str:
    """When the digest comes: within a minute, unless quiet hours or late announcements hold it."""
    words, config = context.words, context.services.config
    due = replace(standing, slot=now, due=now, since=look.since, changed=0)
    one = plan(standing.subscription, context.chat, config, now, due)
    if one.held and one.next:
        return words("subscriptions.sent_quiet", moment=moment(one.next, words))
    intakes = await context.store.standings.intakes()
    settled = [intakes[name].settled if name in intakes else None for name in look.categories]
    if all(day and day >= latest_batch_day(now) for day in settled):
        return words("subscriptions.sent_soon")
    return words("subscriptions.sent_late")
