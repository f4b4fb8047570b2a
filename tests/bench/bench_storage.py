"""How fast the store imports and searches: 20,000 papers, and 200,000 made by variation.

The texts are those of the sample data beside the checkout, or else made up of a few words. Each
figure is measured in a process of its own, so that its peak memory is its own too.
"""

import asyncio
import gzip
import json
import random
import re
import resource
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from formatters.text import plain
from storage.imports import Progress
from storage.models import Paper, Summary
from storage.search import Condition, Every, Phrase
from storage.store import FILE_NAME, Store
from tests.conftest import SHARED

Rows = list[tuple[str, str]]

SIZES = (20_000, 200_000)
PORTION = 1_000  # papers in one transaction of an import
SUMMARISED = 20, 3  # of twenty papers in a row, three have a Chinese summary
SEARCHES = 300  # of each kind
ONE_IN = 5  # of the sample's rows taken, to leave the memory to what is measured
FIELDS = ("title", "abstract", "authors", "translated_title", "translated_text")
PAPERS, STRUCTURED, TRANSLATED = (
    "metadata_20k.jsonl.gz",
    "zh_structured_dw-dengwei_3k.jsonl.gz",
    "zh_cn-chat-arxiv_3k.jsonl.gz",
)

ENGLISH = """learning of neural image models for segmentation with large diffusion language in a the
    networks we propose that improves on graph transformer video robust efficient which are method
    attention data quantum from dynamics sparse multimodal reasoning agents is benchmark"""
CHINESE = """我们提出了一种 基于大语言模型的 扩散模型 图像分割方法 实验结果表明 在多个数据集上
    显著优于 现有方法 神经网络 通过注意力机制 有效提升了 推理能力 的鲁棒性 用于视频理解"""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Text to make papers of."""

    titles: list[str]
    sentences: list[str]
    authors: list[tuple[str, ...]]
    chinese_titles: list[str]
    clauses: list[str]


def read_corpus(folder: Path) -> Corpus:
    """Take the sample data apart; raises FileNotFoundError where there is none."""
    papers = [_described(row) for row in _lines(folder / PAPERS)]
    translated = list(_lines(folder / TRANSLATED))
    chinese = ["".join(filter(None, row["zh"].values())) for row in _lines(folder / STRUCTURED)]
    chinese += [row["zh_tldr"] + row["zh_abstract"] for row in translated]
    return Corpus(
        titles=[" ".join(paper.title.split()) for paper in papers],
        sentences=[
            one
            for paper in papers
            for one in re.split(r"(?<=[.?!]) (?=[A-Z])", " ".join(paper.abstract.split()))
        ],
        authors=[paper.authors for paper in papers],
        chinese_titles=[row["zh_title"] for row in translated],
        clauses=[clause for text in chinese for clause in re.findall(r"[^，。；]+[，。；]?", text)],
    )


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, islice(lines, None, None, ONE_IN))


def _described(row: dict[str, Any]) -> Paper:
    return Paper(row["id"], 1, row["title"], row["abstract"], tuple(row["authors"]))


def invent_corpus(chance: random.Random) -> Corpus:
    """Make text up where there is no sample data, some words often and most seldom."""
    english = ENGLISH.split() + [f"{stem}{n}" for n in range(400) for stem in ("topo", "lumi")]
    weights = [1 / (rank + 3) for rank in range(len(english))]

    def words(count: int) -> str:
        return " ".join(chance.choices(english, weights, k=count))

    def names() -> tuple[str, ...]:
        return tuple(f"Author {chance.randrange(5_000)}" for _ in range(5))

    def clause() -> str:
        return "".join(chance.choices(CHINESE.split(), k=3)) + f"第{chance.randrange(5000)}种，"

    return Corpus(
        titles=[words(10) for _ in range(2_000)],
        sentences=[words(24).capitalize() + "." for _ in range(10_000)],
        authors=[names() for _ in range(2_000)],
        chinese_titles=[clause() for _ in range(2_000)],
        clauses=[clause() for _ in range(10_000)],
    )


def written(count: int) -> Iterator[tuple[Paper, Summary | None]]:
    """Papers of two halves of titles and sentences from anywhere; always the same ones."""
    chance = random.Random(200_000)
    try:
        corpus = read_corpus(SHARED / "data")
    except FileNotFoundError:
        corpus = invent_corpus(chance)
    every, some = SUMMARISED
    for number in range(count):
        yield (
            _paper(number, corpus, chance),
            _summary(number, corpus, chance) if number % every < some else None,
        )


def paper_id(number: int) -> str:
    return f"{2001 + number // 90_000}.{10_000 + number % 90_000}"


def _paper(number: int, corpus: Corpus, chance: random.Random) -> Paper:
    first, second = (chance.choice(corpus.titles).split() for _ in range(2))
    return Paper(
        id=paper_id(number),
        version=1,
        title=" ".join(first[: (len(first) + 1) // 2] + second[len(second) // 2 :]),
        abstract=" ".join(chance.choices(corpus.sentences, k=8)),
        authors=chance.choice(corpus.authors),
        categories=("cs.CV", "cs.LG"),
    )


def _summary(number: int, corpus: Corpus, chance: random.Random) -> Summary:
    return Summary(
        paper_id=paper_id(number),
        version=1,
        language="zh",
        title=chance.choice(corpus.chinese_titles),
        tldr="".join(chance.choices(corpus.clauses, k=4)),
        abstract="".join(chance.choices(corpus.clauses, k=16)),
    )


async def importing(folder: Path, count: int) -> Rows:
    store = await Store.open(folder, plain)
    everything = written(count)
    seconds = 0.0
    for done in range(PORTION, count + 1, PORTION):
        portion = [next(everything) for _ in range(PORTION)]
        started = time.perf_counter()
        await store.import_step(
            "a file",
            Progress("a1b2", done, finished=done == count),
            (paper for paper, _ in portion),
            (summary for _, summary in portion if summary),
        )
        seconds += time.perf_counter() - started
    await store.close()
    size = (folder / FILE_NAME).stat().st_size
    return [
        (f"import of {count:,} papers with the index", f"{count / seconds:,.0f} papers/s"),
        (f"database of {count:,} papers", f"{size / 1e6:,.0f} MB"),
    ]


async def searching(folder: Path, count: int) -> Rows:
    store = await Store.open(folder, plain)
    asked = await queries(store, count)
    took: dict[str, list[float]] = {kind: [] for kind in asked}
    for kind, conditions in asked.items():
        for condition in conditions:
            started = time.perf_counter()
            await store.search(condition, limit=10)
            took[kind].append(time.perf_counter() - started)
    await store.close()
    took["all of these"] = [one for times in took.values() for one in times]
    return [
        (
            f"search over {count:,} papers: {kind}",
            f"p50 {percentile(times, 50):.1f} ms, p99 {percentile(times, 99):.1f} ms",
        )
        for kind, times in took.items()
    ]


async def queries(store: Store, count: int) -> dict[str, list[Condition]]:
    """What people might look for who half remember a paper that is there."""
    chance = random.Random(300)
    every, some = SUMMARISED
    summarised = [number for number in range(count) if number % every < some]
    ids = [paper_id(number) for number in chance.sample(summarised, min(SEARCHES, len(summarised)))]
    papers = await store.papers(ids)
    summaries = await store.summaries(dict.fromkeys(ids, 1), "zh")
    asked: dict[str, list[Condition]] = {}
    for one in ids:
        for kind, words in half_remembered(papers[one], summaries[one], chance).items():
            phrases = tuple(Phrase(word, FIELDS) for word in words)
            asked.setdefault(kind, []).append(Every(phrases))
    return asked


def half_remembered(paper: Paper, summary: Summary, chance: random.Random) -> dict[str, list[str]]:
    title = paper.title.split()
    chinese = max(re.findall(r"[\u4e00-\u9fff]+", summary.tldr or ""), key=len)
    start = chance.randrange(max(1, len(chinese) - 8))
    return {
        "an English word": [chance.choice(re.findall(r"[A-Za-z]{4,}", paper.abstract))],
        "half a title": chance.sample(title, (len(title) + 1) // 2),
        "an author and a word": [paper.authors[0], chance.choice(title)],
        "a Chinese word": [chinese[start : start + 2]],
        "a Chinese fragment": [chinese[start : start + 8]],
    }


def percentile(times: list[float], percent: int) -> float:
    """In milliseconds."""
    return 1000 * sorted(times)[(len(times) - 1) * percent // 100]


Work = Callable[[Path, int], Coroutine[Any, Any, Rows]]


def measured(work: Work, folder: Path, count: int) -> Rows:
    rows = asyncio.run(work(folder, count))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [*rows, (f"peak memory of {work.__name__} ({count:,} papers)", f"{peak:,.0f} MB")]


def run(sizes: tuple[int, ...] = SIZES) -> Rows:
    """The rows of the table: what was measured, and the figure."""
    rows: Rows = []
    for count in sizes:
        with tempfile.TemporaryDirectory() as folder:
            for work in (importing, searching):
                with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
                    rows += process.submit(partial(measured, work, Path(folder), count)).result()
    return rows
