"""The benchmark of matching measures different real queries, the same ones each time."""

import re
from pathlib import Path

import pytest

from tests.bench.bench_similar import papers
from tests.bench.bench_subscriptions import Reader, run


@pytest.mark.shared
def test_queries_are_different_and_always_the_same(shared_data: Path) -> None:
    everything = papers(shared_data)
    queries = Reader(everything, seed=1).queries(300)
    assert queries == Reader(everything, seed=1).queries(300)
    assert len(set(queries)) == 300
    texts = " ".join(map(str, queries))
    assert all(sign in texts for sign in ("cs.CV", " OR ", " -", 'au:"', "ti:"))


@pytest.mark.shared
@pytest.mark.usefixtures("shared_data")
def test_every_size_gives_its_rows() -> None:
    rows = dict(run((250,)))
    assert any(
        re.fullmatch(r"250 subscriptions: one pass, [\d,]+ matches", name)
        and re.fullmatch(r"\d\.\d\d s, \d+\.\d MB", figure)
        for name, figure in rows.items()
    )
    double = rows["250 subscriptions: the plain double loop, scaled from 200"]
    assert re.fullmatch(r"[\d,]+ s", double)
