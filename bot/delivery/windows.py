"""What arXiv announced, as of one moment: how far it is known, and papers ready for matching."""

import asyncio
from datetime import date, datetime, timedelta
from typing import Self

from bot.delivery.agenda import Known
from bot.digest.candidates import Window
from storage.models import Announced
from storage.store import Store

LOOKED_BACK = timedelta(days=14)
"""An announcement that arrives later than this after its day is no news."""

Rows = tuple[Announced, ...]


class Windows:
    """What was announced up to a moment, made ready once for all who have read as far."""

    def __init__(self, store: Store, known: Known) -> None:
        self.known = known
        self._store = store
        self._opened: dict[tuple[date, int], Window] = {}
        self._alike: dict[Rows, Window] = {}

    @classmethod
    async def of(cls, store: Store, now: datetime) -> Self:
        """Everything up to now.

        In this order: a batch is stored before its intake, so none that an intake tells of is
        left out. Else a digest could be made without the very batch that it waited for.
        """
        intakes = await store.standings.intakes()
        batches = await store.digests.batches(now.date() - LOOKED_BACK)
        return cls(store, Known(intakes, batches, await store.digests.arrivals()))

    async def opened(self, since: date, cursor: int) -> Window:
        """What was announced for days after `since` and arrived after `cursor`.

        Those who began on different days mostly look at the same papers, so they share them.
        """
        window = self._opened.get((since, cursor))
        if window is None:
            announced = await self._store.digests.arrived(since, cursor, self.known.until)
            window = self._alike.get(announced)
            if window is None:
                # In a thread: an index over 2,000 papers takes a second.
                window = await asyncio.to_thread(Window, announced)
                self._alike[announced] = window
            self._opened[since, cursor] = window
        return window
