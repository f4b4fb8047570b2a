"""What operators are told of, by what is or is not in the database: once, and once more when over.

An alert fires on content: that nothing new came although arXiv's calendar expects it, that no
feed or no model answers, that the outbox does not drain. Which ones stand is kept as a note, so
a restart repeats none.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.digest.calendar import latest_batch_day, rebuilt
from bot.enrich.enricher import Enricher
from formatters.words import Words
from storage.records import Intake
from storage.store import Store

NOTE = "alerts"  # under this name the store keeps what stands
NEWS_DUE = timedelta(hours=12)  # after the rebuild; late batches came within six (measured)
INTAKE_FAILURES = 5  # questions in vain in a row: with growing pauses about an hour
QUEUE_STUCK = timedelta(hours=1)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Facts:
    """What alerts are decided by.

    `oldest` is since when the oldest delivery waits that nothing holds back; `model_failing` what
    the language model's last answer was where all of them fail.
    """

    now: datetime
    intakes: Mapping[str, Intake]
    newest: date | None
    oldest: datetime | None = None
    model_failing: str = ""


def standing(facts: Facts, words: Words) -> dict[str, str]:
    """Every condition that holds, by name, with a sentence that says what is wrong."""
    found = {}
    expected = latest_batch_day(facts.now)
    behind = facts.newest is None or facts.newest < expected
    if facts.intakes and behind and facts.now > rebuilt(expected) + NEWS_DUE:
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


def news(before: Sequence[str], found: Mapping[str, str], words: Words) -> list[str]:
    """What to tell: the conditions that are new, and those that are over."""
    begun = [text for name, text in found.items() if name not in before]
    over = [
        words("alert.over", what=words(f"alert.name_{one}")) for one in before if one not in found
    ]
    return [*begun, *over]


async def gathered(store: Store, now: datetime, enricher: Enricher | None) -> Facts:
    """Read what alerts are decided by."""
    counts = await store.outbox.counts()
    batches = await store.newest_batches()
    return Facts(
        now=now,
        intakes=await store.standings.intakes(),
        newest=max((batch.day for batch in batches if batch.rows), default=None),
        oldest=counts.oldest,
        model_failing=(enricher.trouble or "") if enricher else "",
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
