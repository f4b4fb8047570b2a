"""What queries find in a window of announcements, rated: the same for all readers of a query."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from bot.digest.index import places
from bot.digest.match import BatchIndex, Match
from bot.digest.matching import QueryIndex
from bot.digest.query import Query
from bot.digest.rank import Rating, place_in_digest, rate
from storage.models import Announced, Announcement

Search = tuple[Query, tuple[str, ...]]
"""A query, and the categories whose announcements it is matched with."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper that matches, the row of it that counts, and its rating."""

    announced: Announced
    leading: Announcement
    rating: Rating


@dataclass(frozen=True, slots=True)
class Found:
    """What a query finds: candidates in the order of a digest, among so many papers and rows."""

    candidates: tuple[Candidate, ...]
    papers: int
    rows: int


class Window:
    """Announced papers made ready for the digests of any number of readers."""

    def __init__(self, announced: Sequence[Announced]) -> None:
        self.announced = tuple(announced)
        self.index = BatchIndex(self.announced)
        self._leading = [one.leading for one in self.announced]
        self._rows: Counter[str] = Counter()
        self._in_category: defaultdict[str, int] = defaultdict(int)
        for place, one in enumerate(self.announced):
            for row in one.announcements:
                self._rows[row.category] += 1
                self._in_category[row.category] |= 1 << place

    def find(self, query: Query, categories: Collection[str] | None = None) -> Found:
        """Find the papers that match, as if only these categories (None: all) had been read.

        Rows of other categories count neither for what a paper is announced as nor in the totals.
        """
        named = self._rows.keys() if categories is None else categories
        return self._found(query, self.index.found(query), named)

    def find_all(self, searches: Iterable[Search]) -> dict[Search, Found]:
        """Find what many queries match, each in its categories, in one pass."""
        different = tuple(dict.fromkeys(searches))
        matching = QueryIndex(query for query, _ in different).found(self.index)
        return {
            (query, categories): self._found(query, matching.get(query, 0), categories)
            for query, categories in different
        }

    def _found(self, query: Query, matching: int, categories: Collection[str]) -> Found:
        named = frozenset(categories)
        looked_at = self._announced_in(named)
        ratings = _rated(self.index, query, matching & looked_at)
        candidates = [
            Candidate(*self._within(place, named), rating) for place, rating in ratings.items()
        ]
        candidates.sort(key=lambda one: place_in_digest(one.leading, one.rating))
        rows = sum(self._rows[category] for category in named)
        return Found(tuple(candidates), looked_at.bit_count(), rows)

    def _announced_in(self, categories: Collection[str]) -> int:
        """The set of papers that one of the categories announced."""
        found = 0
        for category in categories:
            found |= self._in_category.get(category, 0)
        return found

    def _within(self, place: int, categories: Collection[str]) -> tuple[Announced, Announcement]:
        """A paper with its rows in some categories, and the one of them that counts."""
        one = self.announced[place]
        rows = tuple(row for row in one.announcements if row.category in categories)
        if len(rows) == len(one.announcements):
            return one, self._leading[place]
        narrowed = Announced(one.paper, rows)
        return narrowed, narrowed.leading


def _rated(index: BatchIndex, query: Query, matching: int) -> dict[int, Rating]:
    """The ratings of matching papers by their places; those with the same hits share one."""
    hits = index.hits(query) if matching else ()
    met: dict[int, list[int]] = {place: [] for place in places(matching)}
    for number, (_, holding) in enumerate(hits):
        for place in places(holding & matching):
            met[place].append(number)
    numbers = set(map(tuple, met.values()))
    ratings = {some: rate(Match(tuple(hits[one][0] for one in some))) for some in numbers}
    return {place: ratings[tuple(some)] for place, some in met.items()}
