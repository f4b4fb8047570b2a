"""An arXiv of many days that lives by a clock: batches, late and stale feeds, failures."""

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from bot.clock import EASTERN
from bot.digest.calendar import batch_days, submission_window
from bot.errors import ArxivUnavailable
from storage.models import Kind, Paper
from tests.fakes.arxiv_xml import Row, atom_feed
from tests.fakes.clock import FakeClock

CATEGORIES = ("cs.CV", "cs.LG", "stat.ML")
TOPICS = ("lanterns", "kites", "bridges", "tides")


@dataclass(frozen=True)
class Trouble:
    """What goes wrong: arXiv gives no answer from one moment to another."""

    start: datetime
    end: datetime


@dataclass
class SimulatedArxiv:
    """Serves feeds and the API as of the clock's moment; implements both protocols.

    `late` maps (category, day) to the hours for which its feed stays empty, `stale` to those for
    which it repeats the batch before. `surprises` are days on which nothing is announced although
    the calendar expects it.
    """

    clock: FakeClock
    days: Sequence[date]
    late: Mapping[tuple[str, date], float] = field(default_factory=dict)
    stale: Mapping[tuple[str, date], float] = field(default_factory=dict)
    surprises: Collection[date] = ()
    troubles: Sequence[Trouble] = ()
    asked: int = 0

    async def fetch(self, category: str) -> bytes:
        now = self._asked()
        today = now.astimezone(EASTERN).date()
        rows = self.rows(category, today)
        hours = (now - datetime.combine(today, time(), EASTERN)) / timedelta(hours=1)
        if hours < self.late.get((category, today), 0.0):
            rows = ()
        elif hours < self.stale.get((category, today), 0.0):
            before = [day for day in self.days if day < today and self.rows(category, day)]
            rows = self.rows(category, before[-1]) if before else ()
        feed = atom_feed(category, today, rows)  # as it is written in summer
        if datetime.combine(today, time(), EASTERN).dst():
            return feed
        return feed.replace(b"T04:00:01", b"T05:00:01").replace(b":00-04:00", b":00-05:00")

    async def submitted(
        self, category: str, start: datetime, end: datetime, limit: int
    ) -> tuple[Paper, ...]:
        self._asked()
        found = [
            paper
            for day in self.days
            for paper, kind in self.rows(category, day)
            if kind in (Kind.NEW, Kind.CROSS) and start <= (paper.published or start) < end
        ]
        return tuple(found[:limit])

    def rows(self, category: str, day: date) -> tuple[Row, ...]:
        """What a category announces on a day."""
        if day not in self.days or day in self.surprises:
            return ()
        return _rows(category, day)

    def _asked(self) -> datetime:
        self.asked += 1
        now = self.clock.now()
        if any(trouble.start <= now < trouble.end for trouble in self.troubles):
            raise ArxivUnavailable("no answer")
        return now


def announcing_days(start: date, count: int) -> tuple[date, ...]:
    """The days of `count` days from `start` on which arXiv announces."""
    return batch_days(start - timedelta(days=1), start + timedelta(days=count))


@cache
def _rows(category: str, day: date) -> tuple[Row, ...]:
    own = [(paper, Kind.NEW) for paper in _papers(category, day)]
    others = [one for one in CATEGORIES if one != category]
    crossed = [
        (paper, Kind.CROSS)
        for other in others
        for paper in _papers(other, day)
        if category in paper.categories
    ]
    replaced = [
        (_second_version(paper), Kind.REPLACE)
        for paper in _papers(category, day - timedelta(days=7))[:1]
    ]
    return (*own, *crossed, *replaced)


@cache
def _papers(category: str, day: date) -> tuple[Paper, ...]:
    """The papers that are new on a day with a batch, and none on others."""
    if not batch_days(day - timedelta(days=1), day):
        return ()
    chance = random.Random(f"{category} {day}")
    place = CATEGORIES.index(category)
    count = (day - date(2025, 1, 1)).days
    start, _ = submission_window(day)
    return tuple(
        Paper(
            id=f"{day:%y%m}.{place}{count % 100:02}{number:02}",
            version=1,
            title=f"On {chance.choice(TOPICS)} {day} {number}",
            abstract=f"We look at {chance.choice(TOPICS)}. We show that they matter.",
            authors=("Ada Lovelace",),
            categories=(category, *chance.sample(CATEGORIES, k=1)),
            published=(start + timedelta(minutes=1 + number)).astimezone(UTC),
        )
        for number in range(chance.randint(1, 4))
    )


def _second_version(paper: Paper) -> Paper:
    return replace(paper, version=2)
