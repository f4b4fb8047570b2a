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


def test_many_phrases_are_found_in_one_reading() -> None:
    phrases = [("deep", "net"), ("deep", "net", "work"), ("net", "deep"), ("deep", "sea"), ("net",)]
    index = TextIndex(["deep nets", "nets deep", "very deep net works"])
    index.learn(phrases[:1])
    index.learn(phrases)
    assert [index.holding(phrase) for phrase in phrases] == [0b101, 0b100, 0b010, 0, 0b111]


def test_what_nobody_has_is_not_found() -> None:
    assert TextIndex(["a"]).holding(("b",)) == 0
    assert TextIndex(["a"]).holding(("a", "b")) == 0
    assert AuthorIndex([["A B"]]).holding(("c", "b")) == 0
    assert CategoryIndex([["cs.CV"]]).holding("cs.CL") == 0
