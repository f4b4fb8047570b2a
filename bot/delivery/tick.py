"""Once a minute: which subscriptions are due, their digests, and the outbox filled with them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from bot.clock import Clock
from bot.config import Config
from bot.delivery.agenda import Known, Readiness, opened, planned, readiness
from bot.delivery.edition import Due
from bot.delivery.press import Acquaint, Prepare, Press, apart
from bot.delivery.scopes import Scopes
from bot.delivery.windows import Windows
from bot.digest.calendar import latest_batch_day, rebuilt
from bot.digest.slots import FORTNIGHT
from bot.digest.terms import Terms, terms_of
from storage.records import Standing
from storage.store import Store

AT_ONCE = 500  # subscriptions whose digests are made together; bounds the memory
FARTHEST = FORTNIGHT + timedelta(days=1)
"""No digest is due later from now on, quiet hours included, unless a wrong clock put it there."""


class Tick:
    """Makes the digests that are due. `wake` is called when there is something to deliver.

    `prepare` and `acquaint` are those of `bot.delivery.press`.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        config: Config,
        wake: Callable[[], None],
        prepare: Prepare | None = None,
        acquaint: Acquaint | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._config = config
        self._wake = wake
        self._prepare = prepare
        self._acquaint = acquaint
        self._scopes = Scopes(config)
        self._running_since = clock.now()
        self._one_at_a_time = asyncio.Lock()

    async def __call__(self) -> int:
        """Do everything that is due; returns how many slots were dealt with."""
        await self._plan()
        async with self._one_at_a_time:
            now = self._now()
            if not await self._store.standings.any_due(now):
                return 0
            windows = await Windows.of(self._store, now)
            press = self._press(windows)
            dealt_with = 0
            async for standings in _pages(partial(self._store.standings.due, now)):
                if ready := self._ready(standings, windows.known):
                    dealt_with += await press.make(ready)
        return dealt_with

    async def make_now(self, numbers: Collection[int]) -> None:
        """Make the digests of some configured channels at once, whether they are due or not.

        A channel that never had one looks at the newest batch, and so does one that was paused.
        """
        now = self._now()
        before = latest_batch_day(rebuilt(latest_batch_day(now)) - timedelta(seconds=1))
        async with self._one_at_a_time:
            await self._store.standings.bring_forward(numbers, now, before)
            standings = await self._store.standings.of_channels()
            dues = []
            for one in standings:
                if one.subscription.number in numbers:
                    with apart(one):
                        dues.append(self._due(one, now))
            await self._press(await Windows.of(self._store, now)).make(dues)

    async def _plan(self) -> None:
        """Work out when the next digests come of what is new, was changed or is too far ahead."""
        latest = self._now() + FARTHEST
        async for standings in _pages(partial(self._store.standings.to_plan, latest)):
            now, plans = self._now(), []
            for one in standings:
                with apart(one):
                    plans.append(planned(_as_of(now, one), self._terms(one), now))
            await self._store.standings.plan(plans)

    def _ready(self, standings: Sequence[Standing], known: Known) -> list[Due]:
        """Those of the subscriptions whose announcements are known."""
        now, ready = self._now(), []
        for standing in standings:
            with apart(standing):
                due = self._due(standing, now)
                if self._readiness(due, known, now) is Readiness.READY:
                    ready.append(due)
        return ready

    def _due(self, standing: Standing, now: datetime) -> Due:
        terms = self._terms(standing)
        categories = self._scopes.of(standing.subscription.query)
        return Due(standing, terms, opened(standing, terms, now), categories)

    def _readiness(self, due: Due, known: Known, now: datetime) -> Readiness:
        since, categories = self._running_since, due.categories
        return readiness(due.standing, due.slot, due.terms, categories, known, now, since)

    def _press(self, windows: Windows) -> Press:
        return Press(self._store, self._clock, windows, self._wake, self._prepare, self._acquaint)

    def _terms(self, standing: Standing) -> Terms:
        return terms_of(standing.subscription, standing.chat, self._config)

    def _now(self) -> datetime:
        return self._clock.now()


def _as_of(now: datetime, standing: Standing) -> Standing:
    """The same, without a `since` that is still to come: a wrong clock has put it there."""
    if standing.since and standing.since > latest_batch_day(now):
        return replace(standing, since=None)
    return standing


async def _pages(
    read: Callable[[int, int], Awaitable[tuple[Standing, ...]]],
) -> AsyncIterator[tuple[Standing, ...]]:
    """Read subscriptions in portions; none comes twice, whatever becomes of it meanwhile."""
    beyond, full = 0, True
    while full and (standings := await read(AT_ONCE, beyond)):
        yield standings
        beyond, full = standings[-1].subscription.number, len(standings) == AT_ONCE
