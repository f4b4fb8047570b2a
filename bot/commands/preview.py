"""What a query would have found in the last batches that are stored, before anybody subscribes."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.commands.request import Services
from bot.digest.calendar import latest_batch_day
from bot.digest.candidates import Window
from bot.digest.query import Query
from storage.models import Announced, Kind, Paper

DAYS_LOOKED_AT = 5  # an ordinary week of announcements
# After so many no further day is looked at: they take 0.7 ms each (measured), and somebody waits.
ENOUGH_PAPERS = 3_000
EXAMPLES = 3
MOST_A_DAY = 100  # papers; a query that matches more is likelier a slip than a wish
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Preview:
    """How many papers of the last batches match.

    `days` are those of the batches, the newest first; `announced` counts their papers of the kinds
    that the chat wants; `examples` are the best of the newest. Of the categories `unknown` nothing
    is stored.
    """

    days: tuple[date, ...] = ()
    announced: int = 0
    matched: int = 0
    examples: tuple[Paper, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def a_day(self) -> float:
        """How many papers match on an average day."""
        return self.matched / len(self.days) if self.days else 0.0

    @property
    def is_fitting(self) -> bool:
        """Whether something matches, and no more than people read."""
        return self.matched > 0 and self.a_day <= MOST_A_DAY


async def preview(
    services: Services, query: Query, categories: Sequence[str], kinds: Collection[Kind]
) -> Preview:
    """Match a query with the last batches of some categories, as far as they are stored."""
    until = latest_batch_day(services.clock.now())
    batches = await services.store.batches(categories, until)
    stored = {batch.category for batch in batches}
    days: list[date] = []
    announced, found = 0, list[Announced]()
    while batches and len(days) < DAYS_LOOKED_AT and announced < ENOUGH_PAPERS:
        days.append(max(batch.day for batch in batches))
        of_day = [(batch.category, batch.day) for batch in batches if batch.day == days[-1]]
        papers = [one for one in await services.store.announced(of_day) if _has(one, kinds)]
        announced += len(papers)
        found += await asyncio.to_thread(matching, query, papers)
        batches = await services.store.batches(categories, days[-1] - ONE_DAY)
    examples = tuple(one.paper for one in found[:EXAMPLES])
    unknown = tuple(category for category in categories if category not in stored)
    return Preview(tuple(days), announced, len(found), examples, unknown)


def matching(query: Query, announced: Sequence[Announced]) -> list[Announced]:
    """The papers that match, in the order of a digest."""
    return [one.announced for one in Window(announced).find(query).candidates]


def _has(announced: Announced, kinds: Collection[Kind]) -> bool:
    return announced.leading.kind in kinds
