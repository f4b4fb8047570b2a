"""Sets of papers as integers; what the indexes find is specified in test_match."""

from hypothesis import given
from hypothesis import strategies as st

from bot.digest.index import AuthorIndex, CategoryIndex, TextIndex, places


@given(st.sets(st.integers(min_value=0, max_value=300)))
def test_the_places_of_a_set_are_its_bits(chosen: set[int]) -> None:
    assert list(places(sum(1 << place for place in chosen))) == sorted(chosen)


def test_a_phrase_is_found_again() -> None:
    index = TextIndex(["deep nets", "nets deep", "very deep net"])
    assert index.holding(("deep", "net")) == 0b101
    assert index.holding(("deep", "net")) == 0b101


def test_what_nobody_has_is_not_found() -> None:
    assert TextIndex(["a"]).holding(("b",)) == 0
    assert TextIndex(["a"]).holding(("a", "b")) == 0
    assert AuthorIndex([["A B"]]).holding(("c", "b")) == 0
    assert CategoryIndex([["cs.CV"]]).holding("cs.CL") == 0
