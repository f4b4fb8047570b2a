"""How like the papers are that `/similar` finds among 20,000 real ones, and how long it takes.

There is no truth to compare with: papers on one subject mostly have one primary category, and
people write more than one paper on a subject. By chance both are rare.
"""

import asyncio
import gzip
import json
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from bot.commands.papers import similar_papers
from formatters.text import plain
from storage.models import Paper
from storage.store import Store
from tests.conftest import SHARED

ASKED = 300
FOUND = 10
IN_ONE_STEP = 1_000


def run() -> list[tuple[str, str]]:
    return asyncio.run(_run(papers(SHARED / "data")))


def papers(folder: Path) -> list[Paper]:
    """All papers of the sample, as far as being alike needs them."""
    with gzip.open(folder / "metadata_20k.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Paper(
            id=row["id"],
            version=1,
            title=row["title"],
            abstract=row["abstract"] or "",
            authors=tuple(row["authors"]),
            categories=tuple(row["categories"]),
        )
        for row in rows
    ]


async def _run(everything: list[Paper]) -> list[tuple[str, str]]:
    chance = random.Random(1)
    asked = chance.sample(everything, ASKED)
    found, seconds = [], []
    with tempfile.TemporaryDirectory() as folder:
        store = await Store.open(Path(folder), plain)
        for start in range(0, len(everything), IN_ONE_STEP):
            await store.add_papers(everything[start : start + IN_ONE_STEP])
        for one in asked:
            started = time.perf_counter()
            found.append(await similar_papers(store, one, FOUND))
            seconds.append(time.perf_counter() - started)
        await store.close()
    drawn = [chance.sample(everything, FOUND) for _ in asked]
    return [
        *(_likeness(f"the {FOUND} most similar", asked, found)),
        *(_likeness(f"{FOUND} at random", asked, drawn)),
        ("one answer, median", f"{median(seconds) * 1e3:.0f} ms"),
        ("one answer, of 100 the slowest", f"{sorted(seconds)[ASKED * 99 // 100] * 1e3:.0f} ms"),
    ]


def _likeness(
    name: str, asked: Sequence[Paper], others: Sequence[Sequence[Paper]]
) -> list[tuple[str, str]]:
    pairs = [(one, other) for one, some in zip(asked, others, strict=True) for other in some]
    category = sum(one.primary == other.primary for one, other in pairs) / len(pairs)
    author = sum(bool({*one.authors} & {*other.authors}) for one, other in pairs) / len(pairs)
    return [
        (f"{name}: same primary category", f"{category:.0%}"),
        (f"{name}: an author in common", f"{author:.1%}"),
    ]
