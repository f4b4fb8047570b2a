"""One matching pass per batch: the papers that each of very many queries finds.

Queries are filed under their terms, as a library's books under their subjects: a batch is asked
for each different term once, and a query is looked at only where one of the terms that it cannot
do without is in the batch.
"""

from collections import defaultdict
from collections.abc import Iterable

from bot.digest.index import places
from bot.digest.match import BatchIndex
from bot.digest.query import And, Field, Not, Or, Query, Term, Words

# Of 1,000 papers so many have a term of a query on average (measured, real words and papers).
_HAVING_CATEGORY, _HAVING_WORD, _HAVING_PHRASE = 20, 11, 1


class QueryIndex:
    """Different queries made ready for any number of batches."""

    def __init__(self, queries: Iterable[Query]) -> None:
        self._queries = tuple(dict.fromkeys(queries))
        self._filed: defaultdict[Term, list[int]] = defaultdict(list)
        self._always: list[int] = []
        for number, query in enumerate(self._queries):
            needed = _needed(query)
            if needed is None:
                self._always.append(number)
            else:
                for term in needed:
                    self._filed[term].append(number)

    def found(self, batch: BatchIndex) -> dict[Query, int]:
        """The sets of papers (see `BatchIndex.found`) of the queries that match any."""
        batch.learn(self._filed)
        numbers = set(self._always)
        for term, filed in self._filed.items():
            if batch.found(term):
                numbers.update(filed)
        looked_at = (self._queries[number] for number in sorted(numbers))
        return {query: found for query in looked_at if (found := batch.found(query))}

    def matching(self, batch: BatchIndex) -> dict[Query, tuple[int, ...]]:
        """The places of the papers that match, for the queries that match any."""
        return {query: tuple(places(found)) for query, found in self.found(batch).items()}


def _needed(query: Query) -> frozenset[Term] | None:
    """Terms of which a paper has at least one if it matches; None where it may have no term."""
    match query:
        case Not():
            return None
        case And(parts):
            known = [needed for part in parts if (needed := _needed(part)) is not None]
            return min(known, key=_spread, default=None)
        case Or(parts):
            every: set[Term] = set()
            for part in parts:
                needed = _needed(part)
                if needed is None:
                    return None
                every |= needed
            return frozenset(every)
        case _:
            return frozenset((query,))


def _spread(terms: Iterable[Term]) -> int:
    """About how many of 1,000 papers have one of the terms."""
    return sum(map(_having, terms))


def _having(term: Term) -> int:
    if not isinstance(term, Words):
        return _HAVING_CATEGORY
    rare = len(term.tokens) > 1 or term.field is Field.AUTHOR
    return _HAVING_PHRASE if rare else _HAVING_WORD
