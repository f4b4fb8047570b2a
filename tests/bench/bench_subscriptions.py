"""How long one night's papers take against very many different subscriptions, and what memory.

Papers are real ones, and so is what queries ask for: words and phrases of titles, authors and
categories of papers drawn at random, always the same ones. The plain way asks of each paper,
made ready beforehand, whether each query matches it; it is measured for a few queries and scaled.
"""

import random
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

from bot.digest.build import choose
from bot.digest.candidates import Window
from bot.digest.index import places
from bot.digest.match import BatchIndex
from bot.digest.matching import QueryIndex
from bot.digest.parser import parse
from bot.digest.query import Query
from bot.digest.tokens import spelling
from bot.errors import QueryError
from bot.sources import taxonomy
from formatters.text import plain
from storage.models import Announced, Announcement, Kind, Paper
from tests.bench.bench_match import allocated, megabytes, timed
from tests.bench.bench_similar import papers
from tests.conftest import SHARED

PAPERS = 1_000
SIZES = (1_000, 10_000, 100_000)
LOOPED = 200  # queries that the plain way is measured for
DIGESTS = 2_000
DAY = date(2026, 4, 21)
COMMON = """a an and are as at be by can do for from how in into is it its of on or the to towards
    under using via what with learning model models based"""

Rows = list[tuple[str, str]]


class Reader:
    """Makes up what people subscribe to out of papers, always the same for one seed."""

    def __init__(self, everything: list[Paper], seed: int) -> None:
        self._papers = everything
        self._random = random.Random(seed)

    def queries(self, number: int) -> list[Query]:
        """So many different queries."""
        found: dict[Query, None] = {}
        while len(found) < number:
            try:
                found[parse(self._query())] = None
            except QueryError:
                continue  # a name without letters, or an operator for a word
        return list(found)

    def _query(self) -> str:
        form = self._random.choice(
            (
                self._categories,
                self._author,
                lambda: f"{self._category()} {self._word()}",
                lambda: f"{self._category()} {self._phrase()}",
                lambda: (
                    f"{self._category()} ({self._word()} OR {self._word()} OR {self._phrase()})"
                ),
                lambda: f"{self._categories()} {self._word()} -{self._word()}",
                lambda: f"{self._category()} -{self._word()} -{self._word()}",
                lambda: f"{self._phrase()} OR {self._phrase()} OR {self._author()}",
                lambda: f"ti:{self._word()} {self._word()}",
                lambda: f"({self._author()} OR ti:{self._phrase()}) -cat:{self._category()}",
            )
        )
        return form()

    def _categories(self) -> str:
        return " ".join(self._category() for _ in range(self._random.randint(1, 3)))

    def _category(self) -> str:
        known = [one for one in self._paper().categories if taxonomy.canonical(one)]
        return self._random.choice(known) if known else "cs.AI"

    def _word(self) -> str:
        telling = [word for word in self._title() if word not in COMMON.split()]
        return f'"{self._random.choice(telling or ["kite"])}"'

    def _phrase(self) -> str:
        words = self._title()
        length = self._random.choice((2, 2, 3))
        start = self._random.randrange(max(1, len(words) - length + 1))
        return f'"{" ".join(words[start : start + length])}"'

    def _author(self) -> str:
        return f'au:"{self._random.choice(self._paper().authors or ("Ada Lovelace",))}"'

    def _title(self) -> list[str]:
        return spelling(plain(self._paper().title)).split()

    def _paper(self) -> Paper:
        return self._random.choice(self._papers)


def announced(everything: list[Paper]) -> list[Announced]:
    """One night: papers drawn at random, each in its primary category."""
    drawn = random.Random(1).sample(everything, PAPERS)
    return [
        Announced(one, (Announcement(one.id, 1, one.primary or "cs.AI", DAY, Kind.NEW, position),))
        for position, one in enumerate(drawn)
    ]


def run(sizes: Sequence[int] = SIZES) -> Rows:
    """The rows of the table: what was measured, and the figure."""
    everything = papers(SHARED / "data")
    night = announced(everything)
    queries = Reader(everything, seed=1).queries(max(sizes))
    rows = [row for size in sizes for row in at_once(night, queries[:size])]
    return [*rows, *rated(night, queries[:DIGESTS]), *plainly(night, queries[:LOOPED], sizes)]


def at_once(night: list[Announced], queries: list[Query]) -> Rows:
    """The one pass, and the same queries one after the other, each asked of all papers at once."""
    index, filing = timed(lambda: QueryIndex(queries))
    matching = quickest(night, index.found)
    asking = quickest(night, lambda batch: [batch.found(query) for query in queries])
    found = index.found(BatchIndex(night))
    _, listing = timed(lambda: [tuple(places(one)) for one in found.values()])
    fresh = BatchIndex(night)
    kept, used = allocated(lambda: QueryIndex(queries)), allocated(lambda: index.found(fresh))
    matches = sum(one.bit_count() for one in found.values())
    name = f"{len(queries):,} subscriptions"
    return [
        (f"{name} filed under their terms", f"{filing:.2f} s, {megabytes(kept)}"),
        (f"{name}: one pass, {matches:,} matches", f"{matching:.2f} s, {megabytes(used)}"),
        (f"{name}: the places of the matches", f"{listing:.2f} s"),
        (f"{name}: one after the other", f"{asking:.2f} s"),
    ]


def quickest(night: list[Announced], work: Callable[[BatchIndex], object]) -> float:
    """The least of three times that some work with a batch takes, in seconds.

    The batch is made ready anew each time, since it remembers what it was asked.
    """
    return min(timed(partial(work, BatchIndex(night)))[1] for _ in range(3))


def rated(night: list[Announced], queries: list[Query]) -> Rows:
    """What comes after the pass for digests: candidates rated, ordered and chosen."""
    window = Window(night)
    everywhere = tuple({row.category for one in night for row in one.announcements})
    found, rating = timed(lambda: window.find_all((query, everywhere) for query in queries))
    _, choosing = timed(lambda: [choose(one, limit=20) for one in found.values()])
    candidates = sum(len(one.candidates) for one in found.values())
    name = f"{len(queries):,} digests, {candidates:,} candidates"
    return [
        (f"{name}: matched, rated, ordered", f"{rating:.2f} s"),
        (f"{name}: the best 20 chosen", f"{choosing:.2f} s"),
    ]


def plainly(night: list[Announced], queries: list[Query], sizes: Sequence[int]) -> Rows:
    """The plain double loop, for a few queries and scaled."""
    alone = [BatchIndex([one]) for one in night]
    _, seconds = timed(lambda: [[one.count(query) for one in alone] for query in queries])
    return [
        (
            f"{size:,} subscriptions: the plain double loop, scaled from {len(queries)}",
            f"{seconds * size / len(queries):,.0f} s",
        )
        for size in sizes
    ]
