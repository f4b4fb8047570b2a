"""Scores the checks on what language models wrote: defects found, and false alarms.

The bad samples name their defects; further ones are put into good samples on purpose. The good
samples are all of two files; what is really wrong with some of them is counted as an alarm too,
unless it is a label that is taken away without asking anybody. Alarms are counted by field, and by
paper, with any of its four fields alarmed.
"""

import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.enrich.checks import Field, complaints, in_order
from tests.bench.check_faults import FAULTS
from tests.bench.check_samples import (
    CHAT,
    STRUCTURED,
    Sample,
    bad_samples,
    chat_samples,
    structured_samples,
)
from tests.conftest import SHARED

LANGUAGE = "zh"
BATCH = 300
SPOILT = 500  # good samples that faults are put into
NAMED: dict[str, tuple[tuple[Field, ...], tuple[str, ...]]] = {
    "no_zh_title": ((Field.TITLE,), ("presence",)),
    "no_zh_abstract": ((Field.ABSTRACT,), ("presence",)),
    "no_tldr": ((Field.TLDR,), ("presence",)),
    "no_en_tldr": ((Field.ENGLISH_TLDR,), ("presence",)),
    "tldr_not_chinese": ((Field.TLDR,), ("language",)),
    "zh_title_not_chinese": ((Field.TITLE,), ("language",)),
    "tldr_too_long": ((Field.TLDR,), ("length", "sentences")),
    "en_tldr_leaks_into_tldr": ((Field.TLDR,), ("label", "schema")),
    "announce_prefix_in_zh_abstract": ((Field.ABSTRACT,), ("announcement",)),
    "prompt_echo": (tuple(Field), ("label", "echo")),
}
"""For every named defect: the fields it is in, and the checks that are meant for it."""

UNDETECTABLE = {
    ("2306.06234", "announce_prefix_in_zh_abstract"): "its abstract cites arXiv:2005.14165 itself",
    ("2306.14003", "prompt_echo"): "its abstract is about titles and abstracts of papers",
}
"""Defects that no look at a field can find, because the name given to them is wrong."""


def found_in(sample: Sample, one: Field) -> set[str]:
    """The names of the checks that complain about a field."""
    return {said.check for said in complaints(one, sample.texts[one], sample.paper, LANGUAGE)}


def alarmed_by(sample: Sample, one: Field) -> set[str]:
    """The same after labels were taken away, as is done with what a model answers."""
    text = in_order(one, sample.texts[one] or "", sample.paper, LANGUAGE)
    return found_in(Sample(sample.paper, {one: text}), one)


@dataclass(slots=True)
class Recall:
    """How many of the samples with a defect were caught by a check that is meant for it."""

    caught: int = 0
    total: int = 0
    missed: list[str] = field(default_factory=list)

    def add(self, sample: Sample, caught: bool) -> None:
        self.total += 1
        self.caught += caught
        if not caught:
            self.missed.append(sample.paper.id)

    @property
    def share(self) -> float:
        return self.caught / self.total if self.total else 0.0

    def __str__(self) -> str:
        return f"{self.caught} of {self.total} ({self.share:.1%})"


def named_recall(samples: Sequence[Sample]) -> dict[str, Recall]:
    """The recall of each defect that the bad samples name, undetectable ones left out."""
    recalls = {name: Recall() for name in NAMED}
    for sample in samples:
        for name in sample.defects:
            if (sample.paper.id, name) not in UNDETECTABLE:
                fields, meant = NAMED[name]
                found = set().union(*(found_in(sample, one) for one in fields))
                recalls[name].add(sample, not found.isdisjoint(meant))
    return recalls


RARE = ("wrong number", "open formula", "lost backslash", "abstract cut off")
"""Faults that few samples have room for, so that all are tried."""


def injected_recall(samples: Sequence[Sample], name: str, spoilt: int = SPOILT) -> Recall:
    """How many samples with this fault put into them are caught."""
    one, fault, meant = FAULTS[name]
    chance, recall = random.Random(6), Recall()
    fitting = samples if name in RARE else random.Random(7).sample(samples, spoilt)
    for sample in fitting:
        text = fault(sample, chance)
        if text is not None:
            broken = Sample(sample.paper, {one: text})
            recall.add(sample, not found_in(broken, one).isdisjoint(meant))
    return recall


@dataclass(frozen=True, slots=True)
class Alarms:
    """How many good samples and fields there are, and which checks complained how often."""

    papers: int
    papers_alarmed: int
    fields: Counter[Field]
    alarmed: Counter[Field]
    checks: Counter[tuple[Field, str]]

    def share(self, one: Field) -> float:
        return self.alarmed[one] / self.fields[one]

    @property
    def field_share(self) -> float:
        return self.alarmed.total() / self.fields.total()

    @property
    def paper_share(self) -> float:
        return self.papers_alarmed / self.papers


def alarms(samples: Sequence[Sample]) -> Alarms:
    fields: Counter[Field] = Counter()
    alarmed: Counter[Field] = Counter()
    checks: Counter[tuple[Field, str]] = Counter()
    papers_alarmed = 0
    for sample in samples:
        found = {one: alarmed_by(sample, one) for one in sample.texts}
        fields.update(found.keys())
        alarmed.update(one for one, names in found.items() if names)
        checks.update((one, name) for one, names in found.items() for name in names)
        papers_alarmed += any(found.values())
    return Alarms(len(samples), papers_alarmed, fields, alarmed, checks)


def seconds(samples: Sequence[Sample]) -> float:
    """How much of a processor's time all checks of all fields of a batch take."""
    batch = samples[:BATCH]
    start = time.process_time()
    alarms(batch)
    return time.process_time() - start


def run() -> list[tuple[str, str]]:
    """The rows of the table: what was measured, and the figure."""
    folder = SHARED / "data"
    if not folder.is_dir():
        return [("checks", f"not measured, no sample data at {folder}")]
    good = {CHAT: chat_samples(folder), STRUCTURED: structured_samples(folder)}
    table = [
        (f"recall, {name}", str(recall))
        for name, recall in named_recall(bad_samples(folder)).items()
    ]
    table += [
        (f"recall, put in: {name}", str(injected_recall(good[CHAT], name))) for name in FAULTS
    ]
    for name, samples in good.items():
        table += alarm_rows(name.partition("_")[2].partition(".")[0], alarms(samples))
    return [*table, (f"checks of {BATCH} papers", f"{seconds(good[CHAT]):.2f} s")]


def alarm_rows(name: str, counted: Alarms) -> Iterator[tuple[str, str]]:
    for one in counted.fields:
        by_check = ", ".join(
            f"{check} {n}" for (of, check), n in counted.checks.most_common() if of is one
        )
        share = f"{counted.alarmed[one]} of {counted.fields[one]} ({counted.share(one):.2%})"
        yield f"alarms, {name}, {one}", f"{share}: {by_check}"
    share = f"{counted.alarmed.total()} of {counted.fields.total()} ({counted.field_share:.2%})"
    yield f"alarms, {name}, all fields", share
    papers = f"{counted.papers_alarmed} of {counted.papers}"
    yield f"alarms, {name}, papers", f"{papers} ({counted.paper_share:.2%})"
