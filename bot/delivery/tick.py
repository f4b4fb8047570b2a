"""Once a minute: which subscriptions are due, their digests, and the outbox filled with them.

The announcements that came in are matched with all queries in one pass, and what several readers
share is made once. Killed on any line, this loses nothing: a digest, its calls, who has seen its
papers and how far the subscription has read are written in one transaction, and before it nothing
is; so the next tick does the same again.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Self

from bot.clock import Clock
from bot.config import Config
from bot.delivery.agenda import Opened, Readiness, next_due, opened, planned, readiness
from bot.delivery.render import Look, calls_for, look_of
from bot.digest.build import Choice, choose, entries
from bot.digest.calendar import latest_batch_day, rebuilt
from bot.digest.candidates import Found, Window
from bot.digest.parser import parse_stored
from bot.digest.scope import looked_in
from bot.digest.terms import Terms, terms_of
from storage.digests import Turn
from storage.errors import StorageError
from storage.models import Address, Call, Chat, Coverage, Digest, Paper
from storage.records import DigestRecord, Intake, Posted, SlotOutcome, Standing
from storage.store import Store

AT_ONCE = 500  # subscriptions whose digests are made together; bounds the memory
LOOKED_BACK = timedelta(days=14)  # an announcement that arrives later than this is no news

Prepare = Callable[[Sequence[Paper], str], Awaitable[None]]
"""Sees to it that summaries of some papers in a language are stored, as far as that can be done."""

Acquaint = Callable[[Address], Awaitable[Chat | None]]
"""Finds out what kind of place a configured target is; None where that has to wait."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Due:
    """A subscription whose digest is to be made: its terms, its slot and where its query looks."""

    standing: Standing
    terms: Terms
    slot: Opened
    categories: tuple[str, ...]

    @property
    def since(self) -> date:
        """The day up to which announcements do not count."""
        return self.standing.since or date.max


@dataclass(frozen=True, slots=True)
class Made:
    """What was chosen for a subscription."""

    due: Due
    found: Found
    choice: Choice


class Windows:
    """What was announced up to a moment, made ready once for all who have read as far."""

    def __init__(self, store: Store, until: int) -> None:
        self.until = until
        self._store = store
        self._open: dict[tuple[date, int], Window] = {}

    @classmethod
    async def of(cls, store: Store) -> Self:
        """Everything up to now."""
        return cls(store, await store.digests.arrivals())

    async def opened(self, since: date, cursor: int) -> Window:
        """What was announced for days after `since` and arrived after `cursor`."""
        window = self._open.get((since, cursor))
        if window is None:
            announced = await self._store.digests.arrived(since, cursor, self.until)
            # In a thread: an index over 2,000 papers takes a second.
            window = await asyncio.to_thread(Window, announced)
            self._open[since, cursor] = window
        return window


class Tick:
    """Makes the digests that are due. `wake` is called when there is something to deliver."""

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
        self._running_since = clock.now()
        self._one_at_a_time = asyncio.Lock()

    async def __call__(self) -> int:
        """Do everything that is due; returns how many slots were dealt with."""
        await self._plan()
        dealt_with = beyond = 0
        async with self._one_at_a_time:
            windows = await Windows.of(self._store)
            while standings := await self._store.standings.due(self._now(), AT_ONCE, beyond):
                beyond = standings[-1].subscription.number
                dealt_with += await self._make(await self._ready(standings), windows)
        return dealt_with

    async def make_now(self, numbers: Collection[int]) -> None:
        """Make the digests of some configured channels at once, whether they are due or not.

        A channel that never had one looks at the newest batch.
        """
        await self._plan()
        now = self._now()
        before = latest_batch_day(rebuilt(latest_batch_day(now)) - timedelta(seconds=1))
        async with self._one_at_a_time:
            await self._store.standings.bring_forward(numbers, now, before)
            standings = await self._store.standings.of_channels()
            dues = [self._due(one) for one in standings if one.subscription.number in numbers]
            await self._make(dues, await Windows.of(self._store))

    async def _plan(self) -> None:
        """Work out when the next digests come of what is new or was changed."""
        while standings := await self._store.standings.changed(AT_ONCE):
            now = self._now()
            plans = [planned(one, self._terms(one), now) for one in standings]
            await self._store.standings.plan(plans)

    async def _ready(self, standings: Sequence[Standing]) -> list[Due]:
        """Those of the subscriptions whose announcements are known."""
        intakes = await self._store.standings.intakes()
        since = self._now().date() - LOOKED_BACK
        arrivals = await self._store.digests.newest_arrivals(since)
        ready = []
        for standing in standings:
            with _apart(standing):
                due = self._due(standing)
                if self._readiness(due, intakes, arrivals) is Readiness.READY:
                    ready.append(due)
        return ready

    def _due(self, standing: Standing) -> Due:
        terms = self._terms(standing)
        categories = looked_in(self._config, parse_stored(standing.subscription.query))
        return Due(standing, terms, opened(standing, terms, self._now()), categories)

    def _readiness(
        self, due: Due, intakes: Mapping[str, Intake], arrivals: Mapping[str, int]
    ) -> Readiness:
        arrived = any(arrivals.get(one, 0) > due.standing.cursor for one in due.categories)
        return readiness(
            due.slot,
            due.terms,
            due.categories,
            intakes,
            arrived,
            self._now(),
            self._running_since,
        )

    async def _make(self, all_dues: Sequence[Due], windows: Windows) -> int:
        """Make digests, and keep each with its calls."""
        until = windows.until
        dues = [known for one in all_dues if (known := await self._acquainted(one))]
        made = await self._choose(dues, windows)
        await self._summarise(made)
        rendered: dict[object, tuple[Call, ...]] = {}
        kept = 0
        for one in made:
            with _apart(one.due.standing):
                kept += await self._keep(one, until, rendered)
        return kept

    async def _acquainted(self, due: Due) -> Due | None:
        """The same with its chat as the platform describes it, where nothing is known of it."""
        address = due.standing.chat.address
        if self._acquaint is None or due.standing.chat != Chat(address):
            return due
        chat = await self._acquaint(address)
        return replace(due, standing=replace(due.standing, chat=chat)) if chat else None

    async def _choose(self, dues: Sequence[Due], windows: Windows) -> list[Made]:
        """Match what came in with all queries at once, and choose for each chat."""
        together: dict[tuple[date, int], list[Due]] = defaultdict(list)
        for due in dues:
            together[due.since, due.standing.cursor].append(due)
        made = []
        for (since, cursor), some in together.items():
            window = await windows.opened(since, cursor)
            # In a thread: matching takes a second where there are many, and people are waiting.
            found = await asyncio.to_thread(_find, window, some)
            made += [(due, found[_search(due)]) for due in some]
        made.sort(key=lambda one: one[0].standing.subscription.number)
        return await self._choose_unseen(made)

    async def _choose_unseen(self, found: Iterable[tuple[Due, Found]]) -> list[Made]:
        """Leave out what a chat has got, also what another of its subscriptions brings now."""
        seen: dict[Address, dict[str, int]] = defaultdict(dict)
        made = []
        for due, one in found:
            chat = due.standing.chat.address
            ids = [candidate.leading.paper_id for candidate in one.candidates]
            got = await self._store.digests.seen(chat, ids) | seen[chat]
            choice = choose(one, got, due.terms.limit, due.terms.kinds)
            seen[chat] |= {row.leading.paper_id: row.leading.version for row in choice.chosen}
            made.append(Made(due, one, choice))
        return made

    async def _summarise(self, made: Sequence[Made]) -> None:
        """Have summaries written of what was chosen, once per language."""
        if self._prepare is None:
            return
        papers: dict[str, dict[str, Paper]] = defaultdict(dict)
        for one in made:
            for candidate in one.choice.chosen:
                paper = candidate.announced.paper
                papers[one.due.terms.language][paper.id] = paper
        await asyncio.gather(
            *(self._prepare(tuple(some.values()), one) for one, some in papers.items())
        )

    async def _keep(self, made: Made, until: int, rendered: dict[object, tuple[Call, ...]]) -> int:
        """Write one digest; returns 1, or 0 where the subscription was changed meanwhile."""
        due, now = made.due, self._now()
        look = _look(due)
        shared = (_shown(made), _search(due), due.terms.language, look)
        calls = rendered.get(shared)
        if calls is None:
            calls = await self._rendered(made, look) if made.choice.chosen else ()
            rendered[shared] = calls
        turn = _turn(due, until, now)
        number = await self._store.digests.commit(_record(made, until, now), turn, calls)
        if number is not None and calls:
            self._wake()
        return int(number is not None)

    async def _rendered(self, made: Made, look: Look) -> tuple[Call, ...]:
        language = made.due.terms.language
        chosen = await entries(self._store, made.choice.chosen, language)
        batches = {
            (row.category, row.day)
            for candidate in made.found.candidates
            for row in candidate.announced.announcements
        }
        digest = Digest(
            query=made.due.standing.subscription.query,
            language=language,
            batches=tuple(sorted(batches, key=lambda one: (one[1], one[0]))),
            entries=chosen,
            coverage=Coverage(totals=tuple(made.choice.counts(made.found).items())),
        )
        return await asyncio.to_thread(calls_for, digest, look)

    def _terms(self, standing: Standing) -> Terms:
        return terms_of(standing.subscription, standing.chat, self._config)

    def _now(self) -> datetime:
        return self._clock.now()


def _search(due: Due) -> tuple[object, ...]:
    """What decides, beside the query's text, what is found."""
    one = due.standing
    return one.subscription.query, due.categories, due.since, one.cursor


def _find(window: Window, dues: Sequence[Due]) -> dict[tuple[object, ...], Found]:
    """What the queries find, each looked for once."""
    searches = {
        _search(due): (parse_stored(due.standing.subscription.query), due.categories)
        for due in dues
    }
    found = window.find_all(searches.values())
    return {search: found[wanted] for search, wanted in searches.items()}


def _shown(made: Made) -> tuple[object, ...]:
    """What a digest says beside the texts of its papers."""
    rows = tuple(one.leading for one in made.choice.chosen)
    return rows, tuple(made.choice.counts(made.found).items())


@contextmanager
def _apart(standing: Standing) -> Iterator[None]:
    """Let no subscription that fails keep the others waiting; it is tried again."""
    try:
        yield
    except StorageError:
        raise
    except Exception as error:
        number, query = standing.subscription.number, standing.subscription.query
        _log.exception("subscription %d (%s) failed: %r", number, query, error)


def _look(due: Due) -> Look:
    chat: Chat = due.standing.chat
    name = due.standing.subscription.channel
    return look_of(chat.address.platform, chat.room, due.terms, name, due.slot.slot)


def _turn(due: Due, until: int, now: datetime) -> Turn:
    """The next slot; what was announced long before this one is not looked at again."""
    following = due.slot.following
    if following.moment <= now:
        following = next_due(due.terms, now)
    since = max(due.since, latest_batch_day(due.slot.slot) - LOOKED_BACK)
    return Turn(following.slot, following.moment, since, until)


def _record(made: Made, until: int, now: datetime) -> DigestRecord:
    due, standing = made.due, made.due.standing
    outcome = SlotOutcome.POSTED if made.choice.chosen else SlotOutcome.UNMATCHED
    if not made.found.papers:
        outcome = SlotOutcome.SILENT
    return DigestRecord(
        subscription=standing.subscription.number,
        chat=standing.chat.address,
        query=standing.subscription.query,
        language=due.terms.language,
        kinds=due.terms.kinds,
        limit=due.terms.limit,
        slot=standing.slot or due.slot.slot,
        made=now,
        since=due.since,
        after=standing.cursor,
        cursor=until,
        announced=made.found.papers,
        matched=len(made.found.candidates),
        outcome=outcome,
        posted=tuple(
            Posted(one.leading.paper_id, one.leading.version, one.leading.kind, one.rating.reason)
            for one in made.choice.chosen
        ),
    )
