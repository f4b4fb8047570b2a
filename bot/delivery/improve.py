"""Edits digests that were posted while the language model was away, once it is back.

Off unless `edit_posted` is set under [llm]. A digest is made once more as it was, with what is
known now, and what would be said otherwise is edited: never more messages than before, and each
digest once. Killed on any line, this edits a message to the same text twice at worst.
"""

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta

from bot.clock import Clock
from bot.config import Config
from bot.delivery.agenda import Opened
from bot.delivery.edition import Due, Made
from bot.delivery.render import calls_for
from bot.delivery.revision import edits, fits, poorer
from bot.digest.build import choose, entries
from bot.digest.candidates import Window
from bot.digest.parser import parse_stored
from bot.digest.scope import looked_in
from bot.digest.slots import Due as Moment
from bot.digest.terms import terms_of
from bot.enrich.enricher import Enricher
from storage.deliveries import Delivery
from storage.models import Call
from storage.records import DigestRecord, Standing
from storage.store import Store

LOOKED_BACK = timedelta(days=1)
"""How long what was posted is still read."""

LOOKS = 30
"""Minutes in which the model may write what a digest lacks; then what there is has to do."""

AT_ONCE = 100
"""Digests in one minute: making one again takes some ten milliseconds."""

SLOTS_OF_A_DAY = 50  # of all subscriptions of one chat
NOTE = "improved"  # under this name the store keeps the numbers of the digests that are done with

_log = logging.getLogger(__name__)


class Improver:
    """Looks once a minute whether posted digests can be made better."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        config: Config,
        enricher: Enricher | None,
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._config = config
        self._enricher = enricher
        self._wake = wake
        self._looks: Counter[int] = Counter()
        self._opened: tuple[tuple[date, int, int], Window] | None = None

    async def __call__(self) -> int:
        """Edit what can be edited; returns how many digests were changed."""
        if not self._config.llm.edit_posted or self._enricher is None or self._enricher.trouble:
            return 0
        since = self._clock.now() - LOOKED_BACK
        numbers = await self._store.digests.posted_since(since)
        known = {*json.loads(await self._store.note(NOTE) or "[]")} & {*numbers}
        left_out = known | await self._store.outbox.open_digests()
        done: list[int] = []
        try:
            return await self._look(
                [one for one in numbers if one not in left_out], done, self._enricher
            )
        finally:
            if done:
                await self._store.put_note(NOTE, json.dumps(sorted({*known, *done})))

    async def _look(self, numbers: Sequence[int], done: list[int], enricher: Enricher) -> int:
        """Edit those of some digests that are ready, and add them to `done`."""
        changed = 0
        for number in numbers:
            record = await self._store.digests.digest(number)
            if record is None or not await self._is_ready(record, enricher):
                continue
            changed += await self._improve(record)
            self._looks.pop(number, None)
            done.append(number)
            if len(done) == AT_ONCE:
                break
        return changed

    async def _is_ready(self, record: DigestRecord, enricher: Enricher) -> bool:
        """Whether nothing is being written of its papers; what is missing is asked for."""
        papers = await self._store.papers([one.paper_id for one in record.posted])
        if not await enricher.begin(tuple(papers.values()), record.language):
            return True
        self._looks[record.number] += 1
        return self._looks[record.number] > LOOKS

    async def _improve(self, record: DigestRecord) -> bool:
        """Put the edits of a digest into the outbox; returns whether there are any."""
        rows = await self._store.outbox.of_digest(record.number)
        made = await self._made_again(record)
        if made is None or not rows:
            return False
        calls = await self._calls(made, rows)
        newest = await self._is_newest(record)
        changes = [one for one in edits(rows, calls) if not _is_feed(one) or newest]
        if changes:
            # Without the digest's number, which tells whether the digest itself was delivered.
            await self._store.outbox.enqueue(changes, record.chat, None, self._clock.now())
            self._wake()
            _log.info("digest %d is edited, since the model is back", record.number)
        return bool(changes)

    async def _calls(self, made: Made, rows: tuple[Delivery, ...]) -> tuple[Call, ...]:
        """What would be sent now, as rich as it fits into what was sent; else just that again."""
        language = made.due.terms.language
        digest = made.digest(await entries(self._store, made.choice.chosen, language))
        for one in poorer(digest):
            calls = await asyncio.to_thread(calls_for, one, made.due.look())
            if fits(rows, calls):
                return calls
        _log.info("a digest to %s stays as it is: better texts do not fit", made.due.chat)
        return tuple(Call(row.method, row.body) for row in rows)

    async def _made_again(self, record: DigestRecord) -> Made | None:
        """The digest as it was chosen; None where that cannot be found out any more."""
        due = await self._due(record)
        if due is None:
            return None
        window = await self._window(record.since, record.after, record.cursor)
        found = window.find(*due.search())
        ids = [one.leading.paper_id for one in found.candidates]
        seen = await self._store.digests.seen(record.chat, ids, before=record.number)
        choice = choose(found, seen, record.limit, record.kinds)
        chosen = [one.leading.paper_id for one in choice.chosen]
        if chosen != [one.paper_id for one in record.posted]:
            return None
        return Made(due, window, found, choice)

    async def _window(self, since: date, after: int, until: int) -> Window:
        """What was announced; digests that were made together share it."""
        key = since, after, until
        if self._opened is None or self._opened[0] != key:
            announced = await self._store.digests.arrived(since, after, until)
            # In a thread: an index over 2,000 papers takes a second.
            self._opened = key, await asyncio.to_thread(Window, announced)
        return self._opened[1]

    async def _due(self, record: DigestRecord) -> Due | None:
        """The subscription as it was; None where it was deleted."""
        standings = await self._store.standings.of_chat(record.chat)
        standing = next((one for one in standings if _made(one, record)), None)
        if standing is None:
            return None
        then = replace(standing.subscription, query=record.query, language=record.language)
        terms = terms_of(then, standing.chat, self._config)
        categories = looked_in(self._config, parse_stored(record.query))
        slot = Opened(record.slot, record.slot, Moment(record.slot, record.slot))
        return Due(replace(standing, subscription=then), terms, slot, categories)

    async def _is_newest(self, record: DigestRecord) -> bool:
        """Whether its subscription brought nothing since, so that a feed shows this digest."""
        lately = await self._store.digests.of_chat(record.chat, SLOTS_OF_A_DAY)
        mine = (one for one in lately if one.subscription == record.subscription and one.posted)
        return all(one.number <= record.number for one in mine)


def _made(standing: Standing, record: DigestRecord) -> bool:
    return standing.subscription.number == record.subscription


def _is_feed(call: Call) -> bool:
    return call.method == "file" and str(call.body.get("name", "")).endswith(".atom")
