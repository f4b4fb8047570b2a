"""Summaries: which one stands in for which version, and which may replace which."""

from dataclasses import replace

import pytest

from storage.models import Origin, Summary
from storage.store import Store
from storage.summaries import merged
from tests.storage.examples import paper, summary

ID = paper().id
BY_MODEL = summary(origin=Origin.MODEL, title="模型的标题", tldr="模型写的。")


@pytest.mark.parametrize(
    ("stored", "incoming", "expected"),
    [
        pytest.param(
            summary(tldr="旧的。"), BY_MODEL, BY_MODEL, id="a model's replaces an imported one"
        ),
        pytest.param(
            replace(BY_MODEL, tldr="旧的。"),
            BY_MODEL,
            BY_MODEL,
            id="a model's replaces an earlier one",
        ),
        pytest.param(BY_MODEL, summary(), BY_MODEL, id="an imported one replaces nothing"),
        pytest.param(
            summary(tldr="旧的。"),
            summary(tldr="新的。"),
            summary(tldr="旧的。"),
            id="not even an imported one",
        ),
        pytest.param(
            summary(title=None, tldr="旧的。"),
            summary(tldr="新的。", abstract="全文。"),
            summary(tldr="旧的。", abstract="全文。"),
            id="but it fills what is missing",
        ),
        pytest.param(
            summary(abstract="全文。"),
            BY_MODEL,
            replace(BY_MODEL, abstract="全文。"),
            id="what a model leaves out stays",
        ),
        pytest.param(
            summary(),
            summary(tldr="提取的。", origin=Origin.EXTRACTED),
            summary(),
            id="an extracted one replaces nothing",
        ),
    ],
)
def test_what_stays_of_two_summaries(stored: Summary, incoming: Summary, expected: Summary) -> None:
    assert merged(stored, incoming) == expected


async def test_summaries_come_back_as_they_were(store: Store) -> None:
    chinese, german = summary(), summary(language="de", title=None, tldr="Laternen.")
    await store.add_papers([paper(1), paper(2)], [chinese, german, BY_MODEL])
    assert await store.summaries({ID: 1, paper(2).id: 1}, "zh") == {ID: BY_MODEL}
    assert await store.summaries({ID: 1}, "de") == {ID: german}
    assert await store.summaries({ID: 1}, "fr") == {}
    assert await store.summaries({}, "zh") == {}


@pytest.mark.parametrize(
    ("asked", "answered"), [(1, 1), (2, 2), (3, 3), (4, 3)], ids="version {}".format
)
async def test_the_asked_version_comes_first_then_the_newest(
    store: Store, asked: int, answered: int
) -> None:
    for version in (2, 3, 1):
        await store.add_papers([paper(version=version)], [summary(version=version)])
    found = await store.summaries({ID: asked}, "zh")
    assert found[ID].version == answered


async def test_the_newest_stands_in_for_a_version_before_all(store: Store) -> None:
    await store.add_papers([paper()], [summary(version=2), summary(version=3)])
    assert (await store.summaries({ID: 1}, "zh"))[ID].version == 3


async def test_the_same_summary_again_is_no_change(store: Store) -> None:
    await store.add_papers([paper()], [BY_MODEL])
    assert (await store.add_papers([paper()], [BY_MODEL])).changed == 0


async def test_a_summary_of_an_unknown_paper_is_a_mistake_of_the_caller(store: Store) -> None:
    with pytest.raises(Exception, match="FOREIGN KEY"):
        await store.add_papers([], [summary()])
    assert await store.summaries({ID: 1}, "zh") == {}
