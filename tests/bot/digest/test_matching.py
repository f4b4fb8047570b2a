"""Very many queries matched in one pass: exactly what each finds alone."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.digest.match import BatchIndex
from bot.digest.matching import QueryIndex
from bot.digest.parser import parse
from bot.digest.query import Query
from storage.models import Announced
from tests.bot.digest.meeting import announced, papers, small_queries

ONE_BATCH = [announced(title=title) for title in ("a b", "b", "c", "b a")]


def found(*queries: str) -> dict[str, tuple[int, ...]]:
    matching = QueryIndex(map(parse, queries)).matching(BatchIndex(ONE_BATCH))
    return {str(query): places for query, places in matching.items()}


@settings(max_examples=300)
@given(st.lists(small_queries, max_size=8), st.lists(papers, max_size=6))
def test_every_query_finds_what_it_finds_alone(
    queries: list[Query], batch: list[Announced]
) -> None:
    alone = {query: BatchIndex(batch).matching(query) for query in queries}
    together = QueryIndex(queries).matching(BatchIndex(batch))
    assert together == {query: places for query, places in alone.items() if places}


@given(st.lists(small_queries, max_size=5), st.lists(st.lists(papers, max_size=3), max_size=3))
def test_one_index_serves_many_batches(
    queries: list[Query], batches: list[list[Announced]]
) -> None:
    index = QueryIndex(queries)
    for batch in map(BatchIndex, batches):
        assert index.found(batch) == {one: it for one in queries if (it := batch.found(one))}


def test_queries_that_find_nothing_are_left_out() -> None:
    assert found("b", "d", "b -a", '"a b"') == {"b": (0, 1, 3), "b -a": (1,), '"a b"': (0,)}


def test_a_query_that_only_excludes_is_matched_with_every_batch() -> None:
    assert found("-a") == {"-a": (1, 2)}
    assert QueryIndex([parse("-a")]).matching(BatchIndex([])) == {}


def test_an_alternative_that_excludes_needs_no_term() -> None:
    assert found("d OR -b") == {"d OR -b": (2,)}
    assert found("(d OR -b) c") == {"(d OR -b) c": (2,)}


def test_a_query_given_twice_is_found_once_and_in_its_order() -> None:
    assert list(found("c", "a", "c", "b")) == ["c", "a", "b"]


def test_without_queries_nothing_is_found() -> None:
    assert found() == {}


class Counting(BatchIndex):
    """Counts how often a query is looked at."""

    def __init__(self, batch: list[Announced]) -> None:
        super().__init__(batch)
        self.looked_at: list[str] = []

    def found(self, query: Query) -> int:
        self.looked_at.append(str(query))
        return super().found(query)


def test_queries_without_a_term_in_the_batch_are_not_looked_at() -> None:
    batch = Counting(ONE_BATCH)
    index = QueryIndex(parse(f"cs.CV rare{number} -a") for number in range(100))
    assert index.found(batch) == {}
    assert batch.looked_at == [f"rare{number}" for number in range(100)]


def test_a_term_of_many_queries_is_looked_up_once() -> None:
    batch = Counting(ONE_BATCH)
    QueryIndex(parse(f"d -w{number}") for number in range(100)).found(batch)
    assert batch.looked_at == ["d"]
