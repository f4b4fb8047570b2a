"""When each category's feed is asked for news, and the loop that does so.

Feeds are built anew at midnight US/Eastern, mostly with a new batch. Until it is there they are
asked again, at growing intervals; days that went by unseen are made up for through the API. What
happens when the process is killed: a batch is stored as a whole or not at all, and how far a
category has been read is written after its batches; so at worst a feed is asked once more.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from bot.clock import Clock
from bot.config import Config
from bot.delivery.scopes import Scopes
from bot.digest.calendar import batch_days, latest_batch_day, rebuilt, submission_window
from bot.digest.gather import PAPERS_OF_A_DAY, Api, Fetcher, as_feed
from bot.digest.intake import Outcome, Verdict, take_in
from bot.errors import QueryError, SourceError
from bot.sources.feed import Feed, parse_feed
from storage.errors import StorageError
from storage.records import Intake
from storage.store import Store

SETTLING = timedelta(minutes=5)  # after midnight; arXiv builds its feeds one by one
SECOND_LOOK = timedelta(hours=8)
"""After midnight: rows that came late into a feed that was read would be gone the day after."""

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (5, 5, 10, 15, 30, 60))
"""Between questions in vain; the last one goes on."""

EMPTY_AFTER = timedelta(hours=6)
"""A feed that is empty for so long on a day with a batch will remain so."""

QUIET_CATEGORY = 0.5
"""A category that announces on fewer of the days before than this share may well be empty."""

LOOKED_BACK = timedelta(days=14)
MOST_MISSED_DAYS = 10  # two weeks of batches; what is older has no news value
FAILED = "failed"  # the outcome of a question without an answer
LONGEST_SLEEP = 60.0  # seconds; somebody may subscribe to another category meanwhile

_log = logging.getLogger(__name__)


def next_question(intake: Intake | None, now: datetime) -> datetime:
    """When a category is to be asked next; in the past where that is now."""
    if intake is None or intake.asked_at > now:  # the clock has been set back since
        return now
    expected = latest_batch_day(now)
    if intake.settled is not None and intake.settled >= expected and not intake.failures:
        again = rebuilt(expected) + SECOND_LOOK
        if intake.asked_at < again:
            return again
        return rebuilt(batch_days(expected, expected + LOOKED_BACK)[0]) + SETTLING
    pause = PAUSES[min(intake.failures, len(PAUSES)) - 1] if intake.failures else timedelta()
    return max(intake.asked_at + pause, rebuilt(expected) + SETTLING)


def missed_days(intake: Intake | None, expected: date, feed_day: date) -> tuple[date, ...]:
    """The days with a batch that no feed tells of any more, the newest ones.

    Those after what was read last, up to the newest batch, which its feed of `feed_day` still has
    unless it has moved on, such as to a weekend. Of a category that was never read only that one
    counts.
    """
    read = intake.settled if intake else None
    days = batch_days(read, expected) if read else (expected,)
    return tuple(day for day in days if day < feed_day)[-MOST_MISSED_DAYS:]


def dated(feed: Feed, intake: Intake | None, expected: date, announced: Iterable[str]) -> Feed:
    """Give a feed whose date lags behind the day of the newest batch (measured: by a day).

    So it is where the batch of its date was read before and nothing of it is in the feed;
    `announced` are the ids of that batch.
    """
    lags = intake is not None and intake.settled is not None and feed.day <= intake.settled
    known = set(announced)
    if lags and known and feed.rows and known.isdisjoint(row.paper.id for row in feed.rows):
        return replace(feed, day=max(feed.day, expected))
    return feed


def settled_by(
    outcome: Outcome, day: date, expected: date, announced_on: Iterable[date], now: datetime
) -> bool:
    """Whether nothing more is to be expected of the newest batch, given the feed of `day`.

    So it is where the feed has moved on, such as to a weekend. An empty one tells so where its
    category is often silent, or after some hours. `announced_on` are the days before on which it
    announced something.
    """
    if day > expected:
        return True
    if outcome in (Outcome.NEW, Outcome.UNCHANGED):
        return day >= expected
    if outcome is not Outcome.LATE or day < expected:
        return False
    before = batch_days(expected - LOOKED_BACK, expected - timedelta(days=1))
    share = len({*before} & {*announced_on}) / len(before)
    return share < QUIET_CATEGORY or now >= rebuilt(expected) + EMPTY_AFTER


class Polling:
    """Asks arXiv for the categories of all subscriptions."""

    def __init__(
        self, store: Store, clock: Clock, config: Config, fetcher: Fetcher, api: Api
    ) -> None:
        self._store = store
        self._clock = clock
        self._scopes = Scopes(config)
        self._fetcher = fetcher
        self._api = api

    async def run(self, stop: asyncio.Event) -> None:
        """Ask whenever it is time, until `stop` is set."""
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                seconds = await self.round()
                resting = asyncio.create_task(self._clock.sleep(seconds))
                await asyncio.wait({stopping, resting}, return_when=asyncio.FIRST_COMPLETED)
                resting.cancel()
        finally:
            stopping.cancel()

    async def round(self) -> float:
        """Ask every category whose time has come; returns the seconds until the next one's."""
        wanted = await self._wanted()
        intakes = await self._store.standings.intakes()
        if unwanted := sorted(intakes.keys() - wanted):
            await self._store.standings.forget_intakes(unwanted)
        due = {category: next_question(intakes.get(category), self._now()) for category in wanted}
        for category in sorted(due, key=lambda one: due[one]):
            if due[category] <= self._now():
                await self.ask(category)
        later = (moment - self._now() for moment in due.values() if moment > self._now())
        soonest = min((one.total_seconds() for one in later), default=LONGEST_SLEEP)
        return min(soonest, LONGEST_SLEEP)

    async def ask(self, category: str) -> Intake:
        """Ask for one category's news and what was missed before; errors are kept, not raised."""
        intakes = await self._store.standings.intakes()
        known = intakes.get(category)
        expected = latest_batch_day(self._now())
        try:
            feed = parse_feed(await self._fetcher.fetch(category))
            rows = await self._store.announcements(category, expected - LOOKED_BACK)
            of_day = [row.paper_id for row in rows if row.day == feed.day]
            feed = dated(feed, known, expected, of_day)
            verdict = (await take_in(self._store, feed, self._now())).verdict
            _report(feed, verdict)
            await self._make_up(category, missed_days(known, expected, feed.day))
            days = {row.day for row in rows}
            settled = settled_by(verdict.outcome, feed.day, expected, days, self._now())
            new = advanced(known, category, verdict.outcome, verdict.message, self._now())
        except SourceError as error:
            _log.warning("%s: %s", category, error)
            settled, new = False, advanced(known, category, FAILED, str(error), self._now())
        except StorageError:
            raise
        except Exception as error:  # a defect of ours, which is to hold up no other category
            _log.exception("%s: what arXiv answered was not taken in", category)
            settled, new = False, advanced(known, category, FAILED, repr(error), self._now())
        if settled:
            in_vain = new.failures if new.outcome == Outcome.LATE else 0
            new = replace(new, settled=expected, failures=in_vain)
        await self._store.standings.put_intake(new)
        return new

    async def _make_up(self, category: str, days: Sequence[date]) -> None:
        """Take in, through the API, what was announced on days that nobody looked."""
        for day in days:
            window = submission_window(day)
            papers = await self._api.submitted(category, *window, PAPERS_OF_A_DAY)
            if papers:
                taken = await take_in(self._store, as_feed(category, day, papers), self._now())
                _log.info("%s (made up for)", taken.verdict.message)

    async def _wanted(self) -> set[str]:
        """The categories that anybody's query looks in."""
        queries = await self._store.standings.queries()
        # In a thread: to read 100,000 different queries the first time takes 11 s (measured).
        return await asyncio.to_thread(self._looked_in, queries)

    def _looked_in(self, queries: Iterable[str]) -> set[str]:
        wanted: set[str] = set()
        for query in queries:
            try:
                wanted.update(self._scopes.of(query))
            except QueryError as error:
                _log.error("nothing is asked for a subscription: %s", error)
        return wanted

    def _now(self) -> datetime:
        return self._clock.now()


def advanced(
    known: Intake | None, category: str, outcome: str, message: str, now: datetime
) -> Intake:
    """One more question in vain, as long as nothing says otherwise."""
    failures = known.failures + 1 if known else 1
    return Intake(category, known.settled if known else None, outcome, message, now, failures)


def _report(feed: Feed, verdict: Verdict) -> None:
    _log.info("%s", verdict.message)
    for reason in feed.rejected:
        _log.warning("%s: %s", feed.category, reason)
    if feed.capped:
        _log.warning("%s: the feed is full; newer rows may be missing", feed.category)
