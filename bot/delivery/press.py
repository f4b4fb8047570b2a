"""Makes digests: matched in one pass, chosen, summarised, rendered, and put into the outbox.

Killed on any line, this loses nothing: a digest, its calls, who has seen its papers and how far
the subscription has read are written in one transaction, and before it nothing is; so the next
tick does the same again.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from bot.clock import Clock
from bot.delivery.edition import Due, Made
from bot.delivery.render import calls_for
from bot.delivery.windows import Windows
from bot.digest.build import choose, entries
from bot.digest.candidates import Found, Search, Window
from storage.errors import StorageError
from storage.models import Address, Call, Chat, Paper
from storage.records import Standing
from storage.store import Store

SHARED_RENDERINGS = 500
"""Kept during a tick, the newest: 20 papers take about 60 KB, so all of them 30 MB."""

Prepare = Callable[[Sequence[Paper], str], Awaitable[None]]
"""Sees to it that summaries of some papers in a language are stored, as far as that can be done."""

Acquaint = Callable[[Address], Awaitable[Chat | None]]
"""Finds out what kind of place a configured target is; None where that has to wait."""

_log = logging.getLogger(__name__)


@contextmanager
def apart(standing: Standing) -> Iterator[None]:
    """Let no subscription that fails keep the others waiting; it is tried again."""
    try:
        yield
    except StorageError:
        raise
    except Exception as error:
        number, query = standing.subscription.number, standing.subscription.query
        _log.exception("subscription %d (%s) failed: %r", number, query, error)


class Press:
    """Makes the digests of one tick. `wake` is called when there is something to deliver."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        windows: Windows,
        wake: Callable[[], None],
        prepare: Prepare | None = None,
        acquaint: Acquaint | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._windows = windows
        self._wake = wake
        self._prepare = prepare
        self._acquaint = acquaint
        self._rendered: dict[object, tuple[Call, ...]] = {}

    async def make(self, dues: Sequence[Due]) -> int:
        """Make digests and keep each with its calls; returns how many slots were dealt with."""
        known = [acquainted for due in dues if (acquainted := await self._acquainted(due))]
        made = await self._choose(await self._find(known))
        await self._summarise(made)
        kept = 0
        failed: set[Address] = set()
        for one in made:
            if await self._keep(one, anew=one.due.chat in failed):
                kept += 1
            else:
                failed.add(one.due.chat)
        return kept

    async def _acquainted(self, due: Due) -> Due | None:
        """The same with its chat as the platform describes it, where nothing is known of it."""
        if self._acquaint is None or due.standing.acquainted:
            return due
        chat = None
        with apart(due.standing):
            chat = await self._acquaint(due.chat)
        return due.within(chat) if chat else None

    async def _find(self, dues: Sequence[Due]) -> list[tuple[Due, Window, Found]]:
        """Match what came in with all queries at once; in the order of the subscriptions."""
        together: dict[Window, list[Due]] = defaultdict(list)
        for due in dues:
            together[await self._windows.opened(due.since, due.standing.cursor)].append(due)
        found = []
        for window, some in together.items():
            searches = [due.search() for due in some]
            # In a thread: matching takes a second where there are many, and people are waiting.
            answers = await asyncio.to_thread(_found, window, searches)
            found += [
                (due, window, answers[search])
                for due, search in zip(some, searches, strict=True)
                if search in answers
            ]
        found.sort(key=lambda one: one[0].standing.subscription.number)
        return found

    async def _choose(self, found: Sequence[tuple[Due, Window, Found]]) -> list[Made]:
        """Leave out what a chat has got, also what another of its subscriptions brings now."""
        brought: dict[Address, dict[str, int]] = defaultdict(dict)
        made = []
        for due, window, one in found:
            seen = await self._seen(due.chat, one)
            choice = choose(one, seen | brought[due.chat], due.terms.limit, due.terms.kinds)
            rows = (candidate.leading for candidate in choice.chosen)
            brought[due.chat] |= {row.paper_id: row.version for row in rows}
            made.append(Made(due, window, one, choice))
        return made

    async def _chosen_anew(self, made: Made) -> Made:
        """Choose once more, after a digest that was to bring some of the papers did not."""
        terms = made.due.terms
        seen = await self._seen(made.due.chat, made.found)
        return replace(made, choice=choose(made.found, seen, terms.limit, terms.kinds))

    async def _seen(self, chat: Address, found: Found) -> dict[str, int]:
        ids = [candidate.leading.paper_id for candidate in found.candidates]
        return await self._store.digests.seen(chat, ids)

    async def _summarise(self, made: Sequence[Made]) -> None:
        """Have summaries written of what was chosen, once per language."""
        papers: dict[str, dict[str, Paper]] = defaultdict(dict)
        for one in made:
            for candidate in one.choice.chosen:
                paper = candidate.announced.paper
                papers[one.due.terms.language][paper.id] = paper
        if self._prepare is None or not papers:
            return
        try:
            await asyncio.gather(
                *(self._prepare(tuple(some.values()), one) for one, some in papers.items())
            )
        except Exception:
            _log.exception("no summaries could be written; the digests go out without them")

    async def _keep(self, made: Made, *, anew: bool) -> bool:
        """Write one digest; False where it failed or the subscription was changed meanwhile."""
        number = None
        with apart(made.due.standing):
            made = await self._chosen_anew(made) if anew else made
            calls = await self._calls(made)
            until = self._windows.known.until
            record = made.record(until, self._clock.now())
            number = await self._store.digests.commit(record, made.turn(until), calls)
            if number is not None and calls:
                self._wake()
        return number is not None

    async def _calls(self, made: Made) -> tuple[Call, ...]:
        """What is sent, rendered once for all who get the same."""
        if not made.choice.chosen:
            return ()
        shared = made.shared
        calls = self._rendered.pop(shared, None)
        if calls is None:
            chosen = await entries(self._store, made.choice.chosen, made.due.terms.language)
            # In a thread: a digest without a limit takes a second.
            calls = await asyncio.to_thread(calls_for, made.digest(chosen), made.due.look())
        self._rendered[shared] = calls
        if len(self._rendered) > SHARED_RENDERINGS:
            self._rendered.pop(next(iter(self._rendered)))
        return calls


def _found(window: Window, searches: Sequence[Search]) -> Mapping[Search, Found]:
    """What the queries find; where one of them fails, it alone is left out."""
    try:
        return window.find_all(searches)
    except Exception:
        _log.exception("a query failed; each is looked for by itself")
    answers: dict[Search, Found] = {}
    for search in dict.fromkeys(searches):
        try:
            answers |= window.find_all([search])
        except Exception as error:
            _log.exception("query %s failed: %r", search[0], error)
    return answers
