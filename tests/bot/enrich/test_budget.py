"""What a day's tokens buy, and what is given up first."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.enrich.budget import affordable, cost, day_of, estimate
from bot.enrich.check_field import Field
from bot.enrich.question import Question
from storage.answers import Tokens
from tests.bot.enrich.examples import kite, kites

ALL = tuple(Field)
WITHOUT_ABSTRACT = (Field.TITLE, Field.TLDR, Field.ENGLISH_TLDR)
TLDRS = (Field.TLDR, Field.ENGLISH_TLDR)


def question(*fields: Field) -> Question:
    return Question(kite(), "zh", fields or ALL)


def bought(questions: list[Question], left: int) -> list[tuple[Field, ...]]:
    return [one.fields for one in affordable(questions, left)]


def price(*fields: Field) -> int:
    return estimate(question(*fields))


def test_enough_buys_everything() -> None:
    assert bought([question()] * 3, 3 * price()) == [ALL] * 3


def test_abstracts_are_given_up_first_and_the_last_papers_first() -> None:
    left = 2 * price(*WITHOUT_ABSTRACT) + price()
    assert bought([question()] * 3, left) == [ALL, WITHOUT_ABSTRACT, WITHOUT_ABSTRACT]


def test_titles_are_given_up_next() -> None:
    left = 2 * price(*TLDRS) + price(*WITHOUT_ABSTRACT)
    assert bought([question()] * 3, left) == [WITHOUT_ABSTRACT, TLDRS, TLDRS]


def test_a_tldr_is_given_up_last_and_a_title_is_no_substitute() -> None:
    assert bought([question()] * 3, 2 * price(*TLDRS)) == [TLDRS, TLDRS, ()]
    assert bought([question()] * 3, 3 * price(*TLDRS) - 1) == [TLDRS, TLDRS, ()]


@pytest.mark.parametrize("left", [0, 1, -100, -(10**9)])
def test_nothing_buys_nothing(left: int) -> None:
    assert bought([question()] * 2, left) == [(), ()]
    assert bought([], left) == []


def test_only_what_is_asked_for_is_bought() -> None:
    one = question(Field.ABSTRACT)
    assert bought([one, question(Field.TITLE)], 10**6) == [(Field.ABSTRACT,), (Field.TITLE,)]


@given(
    st.lists(st.sets(st.sampled_from(ALL)).map(tuple), max_size=8),
    st.integers(-1000, 20_000),
)
def test_no_more_is_bought_than_there_is_or_than_is_asked(
    wishes: list[tuple[Field, ...]], left: int
) -> None:
    questions = [Question(kite(), "zh", fields) for fields in wishes]
    found = affordable(questions, left)
    assert sum(map(estimate, found)) <= max(0, left)
    for asked, got in zip(questions, found, strict=True):
        assert set(got.fields) <= set(asked.fields)
        assert got.paper == asked.paper


def test_a_longer_paper_is_expected_to_take_more() -> None:
    longer = Question(kite(abstract="word " * 1000), "zh", ALL)
    assert estimate(longer) > estimate(question())
    assert estimate(Question(kites(1)[0], "zh", ())) == 0


def test_a_day_is_the_operators() -> None:
    late = datetime(2026, 4, 21, 23, 0, tzinfo=UTC)
    assert day_of(late, "UTC") == date(2026, 4, 21)
    assert day_of(late, "Asia/Shanghai") == date(2026, 4, 22)


def test_the_cost_of_a_day() -> None:
    assert cost(Tokens(2_000_000, 500_000), 0.25, 2.0) == 1.5
    assert cost(Tokens(), 0.25, 2.0) == 0.0
