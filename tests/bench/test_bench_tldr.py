"""The measure is right, and by it the offline TL;DR is clearly better than the simple ways."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.enrich.extract import extract_tldr
from tests.bench.bench_tldr import (
    BASELINES,
    Reference,
    common_length,
    mean_score,
    references,
    rouge_l,
    run,
)

SAMPLE = 500
MARGIN = 5.0


@pytest.fixture(scope="module")
def papers(shared_data: Path) -> list[Reference]:
    return random.Random(500).sample(references(shared_data), SAMPLE)


@pytest.mark.shared
@pytest.mark.parametrize("baseline", BASELINES)
def test_the_offline_tldr_clearly_beats_each_baseline(
    papers: list[Reference], baseline: str
) -> None:
    ours, theirs = mean_score(extract_tldr, papers), mean_score(BASELINES[baseline], papers)
    assert ours > theirs + MARGIN


@pytest.mark.shared
def test_the_offline_tldr_is_as_good_as_measured(papers: list[Reference]) -> None:
    assert mean_score(extract_tldr, papers) > 38.1


@pytest.mark.shared
def test_no_tldr_is_the_whole_abstract(papers: list[Reference]) -> None:
    tldrs = [extract_tldr(paper.title, paper.abstract) for paper in papers]
    assert all(
        tldr and tldr != " ".join(paper.abstract.split())
        for tldr, paper in zip(tldrs, papers, strict=True)
    )


@pytest.mark.shared
def test_the_table_has_a_row_for_each_way(shared_data: Path) -> None:
    assert shared_data.is_dir()
    assert len(run()) == len(BASELINES) + 2


@pytest.mark.parametrize(
    ("candidate", "reference", "score"),
    [
        ("the cat sat", "the cat sat", 100.0),
        ("The CAT, sat!", "the cat sat", 100.0),
        ("police killed the gunman", "police kill the gunman", 75.0),
        ("the gunman kill police", "police kill the gunman", 50.0),
        ("a b", "a b c d e f", 50.0),
        ("dogs", "cats", 0.0),
        ("", "cats", 0.0),
        ("cats", "", 0.0),
    ],
)
def test_rouge_l_is_the_share_of_words_in_common_order(
    candidate: str, reference: str, score: float
) -> None:
    assert rouge_l(candidate, reference) == pytest.approx(score)


def plain_common_length(one: list[str], other: list[str]) -> int:
    """The textbook table, against which the fast one is held."""
    above = [0] * (len(other) + 1)
    for token in one:
        row = [0]
        for index, match in enumerate(other):
            row.append(above[index] + 1 if token == match else max(row[-1], above[index + 1]))
        above = row
    return above[-1]


@given(st.lists(st.sampled_from("abc"), max_size=30), st.lists(st.sampled_from("abc"), max_size=30))
def test_the_fast_common_length_is_that_of_the_textbook(one: list[str], other: list[str]) -> None:
    assert common_length(one, other) == plain_common_length(one, other)
