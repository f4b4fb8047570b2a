"""The gates of the checks over real text: over 95% of the defects, under 2% false alarms."""

from pathlib import Path

import pytest

from tests.bench.bench_checks import (
    BATCH,
    NAMED,
    UNDETECTABLE,
    alarms,
    found_in,
    injected_recall,
    named_recall,
    seconds,
)
from tests.bench.check_faults import FAULTS
from tests.bench.check_samples import Sample, bad_samples, chat_samples, structured_samples

RECALL = 0.95
FALSE_ALARMS = 0.02


@pytest.fixture(scope="module")
def bad(shared_data: Path) -> list[Sample]:
    return bad_samples(shared_data)


@pytest.fixture(scope="module")
def chat(shared_data: Path) -> list[Sample]:
    return chat_samples(shared_data)


@pytest.mark.shared
def test_of_every_named_defect_almost_all_are_found_by_the_check_meant_for_it(
    bad: list[Sample],
) -> None:
    recalls = named_recall(bad)
    assert {name: r.missed for name, r in recalls.items() if r.share < RECALL} == {}
    assert sum(r.total for r in recalls.values()) + len(UNDETECTABLE) == sum(
        len(sample.defects) for sample in bad
    )


@pytest.mark.shared
def test_what_is_called_undetectable_is_not_found(bad: list[Sample]) -> None:
    samples = {sample.paper.id: sample for sample in bad}
    for paper_id, name in UNDETECTABLE:
        fields, meant = NAMED[name]
        assert not any(found_in(samples[paper_id], one) & set(meant) for one in fields)


@pytest.mark.shared
@pytest.mark.parametrize("name", FAULTS)
def test_almost_all_faults_put_into_good_samples_are_found(chat: list[Sample], name: str) -> None:
    recall = injected_recall(chat, name, spoilt=100)
    assert recall.total >= 15
    assert recall.share > RECALL, recall.missed[:10]


@pytest.mark.shared
def test_there_are_few_false_alarms_by_field_and_by_paper(
    chat: list[Sample], shared_data: Path
) -> None:
    for samples in (chat, structured_samples(shared_data)):
        counted = alarms(samples)
        for one in counted.fields:
            assert counted.share(one) < FALSE_ALARMS, (one, counted.checks)
        assert counted.field_share < FALSE_ALARMS
        assert counted.paper_share < FALSE_ALARMS


@pytest.mark.shared
def test_a_batch_is_checked_in_a_moment(chat: list[Sample]) -> None:
    assert len(chat) > BATCH
    assert seconds(chat) < 3  # measured 0.5 on an idle machine
