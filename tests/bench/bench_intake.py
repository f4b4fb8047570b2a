"""How long a feed of 2,000 rows, arXiv's largest, takes from bytes to the store."""

import asyncio
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

from bot.digest.intake import take_in
from bot.sources.feed import parse_feed
from formatters.text import plain
from storage.models import Kind, Paper
from storage.store import Store
from tests.fakes.arxiv_xml import atom_feed, rss_feed

DAY = date(2026, 4, 21)
ROWS = 2_000
FORMULA = "Its error falls as $O(1/\\sqrt{n})$. "  # one abstract in thirteen has one (measured)
ABSTRACT = (
    "We study how a model of {number} parameters learns from {other} examples without labels. "
    "Existing approaches rely on hand-made features, which limits what they can express. In this "
    "work, we propose a simple objective that needs no features at all, and study its limits. "
    "Experiments on {other} benchmarks show that it improves on the previous "
    "state of the art by 4.{number}\\% while using half of the memory, and that the improvement "
    "grows with the size of the data. We release code, data and all trained models."
)


def run() -> list[tuple[str, str]]:
    return asyncio.run(_run())


async def _run() -> list[tuple[str, str]]:
    rows = [(_paper(number), list(Kind)[number * 4 // ROWS]) for number in range(ROWS)]
    figures = []
    for name, render in (("Atom", atom_feed), ("RSS", rss_feed)):
        data = render("cs.CV", DAY, rows)
        with tempfile.TemporaryDirectory() as folder:
            store = await Store.open(Path(folder), plain)
            started = time.perf_counter()
            feed = parse_feed(data)
            parsed = time.perf_counter()
            await take_in(store, feed, datetime(2026, 4, 21, 6, tzinfo=UTC))
            stored = time.perf_counter()
            await store.close()
        figures.append(
            (
                f"{name} feed of {ROWS:,} rows ({len(data) / 1e6:.1f} MB), parsed and stored",
                f"{parsed - started:.2f} + {stored - parsed:.2f} = {stored - started:.2f} s",
            )
        )
    return figures


def _paper(number: int) -> Paper:
    return Paper(
        id=f"2604.{number:05}",
        version=1,
        title=f"Learning from {number} Examples without Labels: a Study of Objective {number % 97}",
        abstract=(FORMULA if number % 13 == 0 else "")
        + ABSTRACT.format(number=number, other=number * 7919 % 10_007) * 2,
        authors=tuple(f"Author {number * 31 % 977} Name {index}" for index in range(6)),
        categories=("cs.CV", "cs.LG"),
    )
