"""The storage's benchmark measures what it says, also where there is no sample data."""

import random
import re

from tests.bench.bench_storage import PORTION, invent_corpus, paper_id, run, written


def test_every_size_gives_its_rows() -> None:
    rows = dict(run((PORTION,)))
    assert re.fullmatch(r"[\d,]+ papers/s", rows["import of 1,000 papers with the index"])
    for kind in ("an English word", "half a title", "a Chinese fragment", "all of these"):
        figure = rows[f"search over 1,000 papers: {kind}"]
        assert re.fullmatch(r"p50 \d+\.\d ms, p99 \d+\.\d ms", figure)
    assert re.fullmatch(r"\d+ MB", rows["peak memory of searching (1,000 papers)"])


def test_papers_are_the_same_each_time_and_each_another() -> None:
    papers = [paper for paper, _ in written(100)]
    assert papers == [paper for paper, _ in written(100)]
    assert len({paper.title for paper in papers}) > 90
    assert len({paper_id(number) for number in range(0, 200_000, 7)}) == 28_572


def test_text_is_made_up_where_there_is_no_sample_data() -> None:
    corpus = invent_corpus(random.Random(1))
    assert corpus == invent_corpus(random.Random(1))
    assert len(set(corpus.titles)) > 1_900
