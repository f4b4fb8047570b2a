"""How long many readers' queries take against one night's papers: all made up, the same each time.

Words are drawn as in real text, a few often and most seldom, so that phrases have many candidates.
"""

import random
import time
import tracemalloc
from collections.abc import Callable, Sequence
from datetime import date
from typing import TypeVar

from bot.digest.match import BatchIndex
from bot.digest.parser import parse
from bot.digest.query import Query
from storage.models import Announced, Announcement, Kind, Paper

PAPERS = 1_000
QUERIES = 1_000
DAY = date(2026, 4, 21)
CATEGORIES = "cs.CV cs.LG cs.CL cs.AI cs.RO stat.ML eess.IV cs.IR math.OC hep-th"
STEMS = """learn train model diffuse network embed attend transform segment detect generate infer
    reason plan retrieve rank cluster sample quantise prune distil align adapt calibrate denoise
    render track map navigate grasp translate summarise parse caption compress encode decode
    verify simulate optimise regularise explain predict measure compare survey"""
ENDINGS = ("", "s", "ing", "ed", "er", "able", "ation")
TOPICS = """large language vision graph neural image video speech text protein climate medical robot
    quantum causal federated contrastive generative latent sparse dense deep robust scalable
    zero-shot few-shot multi-modal self-supervised text-to-image state-of-the-art open-vocabulary
    benchmark dataset scene object token policy reward prompt agent memory kernel"""
GLUE = "the of and to in a we for is that with on by this are which our from as can be an"
GIVEN = "Ada Kaiming Yann Mei Fei-Fei José Łukasz Aisha Ravi Hiroshi Olga Noël Wei Ana"
FAMILY = "He Lovelace Müller García Nguyen Kowalski Tanaka Singh Okafor Ivanova Li Zhang"
FORMULAS = (r"$\mathcal{O}(n \log n)$", r"$\alpha$-divergence", r"Schr\"odinger", r"$x^2 < 1$")

Result = TypeVar("Result")


class Writer:
    """Writes papers and queries, always the same ones for one seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._topics = TOPICS.split()
        self._verbs = [stem + ending for stem in STEMS.split() for ending in ENDINGS]
        rare = [f"{topic}{number}" for topic in self._topics[:20] for number in range(100)]
        self._words = [*GLUE.split(), *self._topics, *self._verbs, *rare]
        self._weights = [1 / (rank + 3) for rank in range(len(self._words))]

    def words(self, length: int) -> list[str]:
        return self._random.choices(self._words, self._weights, k=length)

    def text(self, length: int) -> str:
        words = self.words(length)
        if self._random.random() < 0.08:
            words[length // 2] = self._random.choice(FORMULAS)
        return " ".join(words)

    def name(self) -> str:
        return f"{self._random.choice(GIVEN.split())} {self._random.choice(FAMILY.split())}"

    def paper(self, number: int) -> Announced:
        categories = tuple(self._random.sample(CATEGORIES.split(), self._random.randint(1, 3)))
        authors = tuple(self.name() for _ in range(self._random.randint(1, 8)))
        identifier = f"2604.{number:05}"
        paper = Paper(identifier, 1, self.text(9), self.text(180), authors, categories)
        row = Announcement(identifier, 1, categories[0], DAY, Kind.NEW, number)
        return Announced(paper, (row,))

    def query(self) -> str:
        """One of the forms that readers use, from a bare category to nested groups."""
        topic, other, third = self._random.sample(self._topics, 3)
        verb = self._random.choice(self._verbs)
        phrase = " ".join(self.words(2))
        one, two = self._random.sample(CATEGORIES.split(), 2)
        forms = (
            one,
            f"{one} {two} {topic}",
            f'{one} "{topic} {other}" -{verb}',
            f"({topic} OR {other} OR {verb}) -ti:{third}",
            f'au:"{self.name()}" OR ti:{topic}',
            f'cs.* "{topic} {verb}" OR (stat.ML {third} {verb})',
            f'{one} ("{phrase}" OR abs:{verb}) -({third} {topic})',
            f"{one} {' OR '.join(self._random.sample(self._topics, 10))}",
        )
        return self._random.choice(forms)


def run() -> list[tuple[str, str]]:
    """The rows of the table: what was measured, and the figure."""
    writer = Writer(seed=1)
    batch = [writer.paper(number) for number in range(PAPERS)]
    texts = [writer.query() for _ in range(QUERIES)]
    queries, parsing = timed(lambda: [parse(text) for text in texts])
    index, indexing = timed(lambda: BatchIndex(batch))
    found, matching = timed(lambda: [index.matching(query) for query in queries])
    matches = sum(map(len, found))
    return [
        (f"{QUERIES:,} queries parsed", f"{1000 * parsing:.0f} ms"),
        (f"{PAPERS:,} papers made ready for matching", f"{1000 * indexing:.0f} ms"),
        (
            f"{QUERIES:,} queries matched against {PAPERS:,} papers ({matches:,} matches)",
            f"{1000 * matching:.0f} ms",
        ),
        ("one parsed query", f"{allocated(lambda: parsed(texts)) / QUERIES:,.0f} bytes"),
        (f"{PAPERS:,} papers ready for matching", megabytes(allocated(lambda: BatchIndex(batch)))),
    ]


def parsed(texts: Sequence[str]) -> list[Query]:
    return [parse(text) for text in texts]


def timed(work: Callable[[], Result]) -> tuple[Result, float]:
    """What the work gives, and the seconds it took."""
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def allocated(work: Callable[[], object]) -> int:
    """The bytes that the work's result holds on to."""
    tracemalloc.start()
    try:
        result = work()
        held, _peak = tracemalloc.get_traced_memory()
        del result
        return held
    finally:
        tracemalloc.stop()


def megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
