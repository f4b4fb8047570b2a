"""How long it takes to render a digest of 50 own-made papers in every format."""

import random
import time
from collections.abc import Callable
from datetime import date

from formatters.feed import feed
from formatters.json import digest_json
from formatters.markdown import markdown
from formatters.terminal import terminal
from formatters.views import digest_view
from formatters.words import words
from storage.models import Digest, Entry, Kind, Paper, Summary

PAPERS = 50
ROUNDS = 5
SEED = 20260421

ENGLISH = (
    "we study how $\\alpha$-kites and lanterns move in a turbulent wind while the cost of "
    "20\\% is paid by every node of a large network that learns from G\\\"odel's old notes"
)
CHINESE = "我们研究风筝与灯笼在湍流中的运动并提出一种新的方法显著降低了大型网络的学习代价"


def run() -> list[tuple[str, str]]:
    """One row a format: its name, and the best time of a few rounds."""
    digest = make_digest()
    formats: dict[str, Callable[[], object]] = {
        "document": lambda: digest_view(digest, words("zh")),
        "terminal, 100 cells": lambda: terminal(digest_view(digest, words("zh")), 100, colour=True),
        "Markdown": lambda: markdown(digest),
        "JSON": lambda: digest_json(digest, explain=True),
        "Atom": lambda: feed(digest),
    }
    return [
        (f"digest of {PAPERS} papers as {name}", f"{best_time(render) * 1000:.1f} ms")
        for name, render in formats.items()
    ]


def best_time(render: Callable[[], object]) -> float:
    """Seconds of the fastest round."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        render()
        times.append(time.perf_counter() - start)
    return min(times)


def make_digest() -> Digest:
    """The same digest every time: titles of 12 words, abstracts of 190, all translated."""
    chance = random.Random(SEED)
    entries = tuple(make_entry(number, chance) for number in range(PAPERS))
    return Digest("cs.CV", "zh", (("cs.CV", date(2026, 4, 21)),), entries)


def make_entry(number: int, chance: random.Random) -> Entry:
    """A paper and its Chinese summary, of the length real ones have."""
    paper = Paper(
        id=f"2604.{number:05}",
        version=1,
        title=" ".join(chance.choices(ENGLISH.split(), k=12)),
        abstract=" ".join(chance.choices(ENGLISH.split(), k=190)),
        authors=tuple(f"Author {index}" for index in range(chance.randint(1, 40))),
        categories=("cs.CV", "cs.LG"),
    )
    text = "".join(chance.choices(CHINESE, k=300))
    summary = Summary(paper.id, 1, "zh", title=text[:20], tldr=text[:60] + "。", abstract=text)
    return Entry(paper, Kind.NEW, 1, summary=summary)
