"""What operators are told of, by what is or is not in the database: once, and once more when over.

An alert fires on content: that nothing new came although arXiv's calendar expects it, that no
feed or no model answers, that the outbox does not drain. Which ones stand is kept as a note, so
a restart repeats none.
"""

import json
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from bot.digest.calendar import batch_days, latest_batch_day
from bot.enrich.enricher import Enricher
from formatters.words import Words
from storage.records import Intake
from storage.store import Store

NOTE = "alerts"  # under this name the store keeps what stands
NAMES = ("news", "intake", "queue", "model")
NEWS_DUE = timedelta(hours=12)  # after the rebuild; late batches came within six (measured)
LOOKED_BACK = timedelta(days=14)  # from the newest batch, to learn how often there is one
NEVER_ANSWERED = 48  # questions in vain, about two days of them, where nothing ever came
INTAKE_FAILURES = 5  # questions in vain in a row: with growing pauses about an hour
QUEUE_STUCK = timedelta(hours=1)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Facts:
    """What alerts are decided by.

    `newest` is the newest day with a batch in any category, `days` all of those in the fortnight
    before it. `oldest` is since when the oldest delivery waits whose chat nothing holds back;
    `model_failing` what the language model's last answer was where all of them fail.
    """

    now: datetime
    intakes: Mapping[str, Intake]
    newest: date | None
    oldest: datetime | None = None
    model_failing: str = ""
    days: Collection[date] = ()


def standing(facts: Facts, words: Words) -> dict[str, str]:
    """Every condition that holds, by name, with a sentence that says what is wrong."""
    found = {}
    expected = latest_batch_day(facts.now - NEWS_DUE)
    if is_behind(facts, expected):
        newest = words.day(facts.newest) if facts.newest else "—"
        found["news"] = words("alert.news", expected=words.day(expected), newest=newest)
    failing = [one for one in facts.intakes.values() if _fails(one)]
    if failing:
        names = " ".join(sorted(one.category for one in failing))
        found["intake"] = words("alert.intake", categories=names, message=failing[0].message)
    if facts.oldest is not None and facts.now - facts.oldest > QUEUE_STUCK:
        hours = (facts.now - facts.oldest) / timedelta(hours=1)
        found["queue"] = words("alert.queue", hours=f"{hours:.0f}")
    if facts.model_failing:
        found["model"] = words("alert.model", message=facts.model_failing)
    return found


def is_behind(facts: Facts, expected: date) -> bool:
    """Whether more batches are missing up to the expected one than went missing lately.

    So it is told at once where some category announces every day, and later where all that is
    read are small ones, which are often silent.
    """
    if facts.newest is None:
        return any(one.failures >= NEVER_ANSWERED for one in facts.intakes.values())
    missing = len(batch_days(facts.newest, expected))
    return bool(facts.intakes) and missing > longest_silence(facts.days)


def longest_silence(days: Collection[date]) -> int:
    """The most batches in a row that did not come, between the first and the last that did."""
    return max((len(batch_days(*two)) - 1 for two in pairwise(sorted(days))), default=0)


def news(before: Collection[str], found: Mapping[str, str], words: Words) -> list[str]:
    """What to tell: the conditions that are new, and those that are over."""
    begun = [text for name, text in found.items() if name not in before]
    over = [name for name in NAMES if name in before and name not in found]
    return [*begun, *(words("alert.over", what=words(f"alert_name.{one}")) for one in over)]


async def gathered(store: Store, now: datetime, enricher: Enricher | None) -> Facts:
    """Read what alerts are decided by."""
    batches = await store.newest_batches()
    newest = max((batch.day for batch in batches if batch.rows), default=None)
    lately = await store.digests.batches(newest - LOOKED_BACK) if newest else {}
    return Facts(
        now=now,
        intakes=await store.standings.intakes(),
        newest=newest,
        oldest=await store.outbox.oldest_free(now),
        model_failing=(enricher.trouble or "") if enricher else "",
        days={day for days in lately.values() for day in days},
    )


async def raise_alerts(store: Store, facts: Facts, words: Words) -> list[str]:
    """Compare what holds with what held, keep it, and return what operators are to be told."""
    before = json.loads(await store.note(NOTE) or "[]")
    found = standing(facts, words)
    told = news(before, found, words)
    if told:
        await store.put_note(NOTE, json.dumps(sorted(found)))
        for text in told:
            _log.warning("told the operators: %s", text)
    return told


def _fails(intake: Intake) -> bool:
    return intake.outcome == "failed" and intake.failures >= INTAKE_FAILURES
