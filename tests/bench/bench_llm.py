"""How close 300 papers come to the best that a language model's latency and our manners allow.

A loopback server takes a second for each answer, and the enricher may ask sixteen at once: the
ideal is 300/16 s. Once the clock is simulated, moving on by a second whenever as many requests wait
as can; then the seconds are real, and the machine's own work counts.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from bot.clock import SystemClock
from bot.config import Config, Llm
from bot.enrich.enricher import Enricher
from bot.enrich.llm import LanguageModel
from formatters.text import plain
from storage.models import Paper
from storage.store import Store
from tests.fakes.arxiv import paper
from tests.fakes.llm import FakeLlm

PAPERS = 300
LATENCY = 1.0
CONCURRENCY = 16
ABSTRACT = (
    "Kites are old, and nobody knows how they fly. We propose a kite that needs no wind."
    " Experiments on many hills show that it stays up for longer than all known kites. "
) * 7  # 1,160 characters, as most abstracts have


Work = Coroutine[Any, Any, Any]


def run() -> list[tuple[str, str]]:
    """Seconds by both clocks, and what a paper costs the machine, server included."""
    simulated = in_a_new_place(0.0, simulate)
    began = time.process_time()
    first, second = in_a_new_place(LATENCY, measure)
    worked = (time.process_time() - began) / PAPERS
    label = f"{PAPERS} papers at {LATENCY:.0f} s each, {CONCURRENCY} at once"
    return [
        (f"{label}, simulated clock", beside_the_ideal(simulated)),
        (f"{label}, real seconds", beside_the_ideal(first)),
        ("the machine's work for one of them, server included", f"{worked * 1000:.1f} ms"),
        ("all of them once more, known now", f"{second * 1000:.0f} ms"),
        ("calls made twice after it was ended half-way", str(in_a_new_place(0.0, end_half_way))),
    ]


def beside_the_ideal(seconds: float) -> str:
    ideal = PAPERS * LATENCY / CONCURRENCY
    return f"{seconds:.1f} s, {seconds / ideal - 1:.1%} over the ideal {ideal:.2f} s"


def in_a_new_place(latency: float, work: Callable[[FakeLlm, Enricher, list[Paper]], Work]) -> Any:
    """Do some work with a new server and a new store that knows the papers."""

    async def done() -> Any:
        store = await Store.open(config.data_dir, plain)
        model = LanguageModel(config.llm, SystemClock())
        try:
            await store.add_papers([*papers, other])
            enricher = Enricher(config, store, SystemClock(), model)
            await enricher.prepare([other], "zh")  # the library is imported once in a bot's life
            return await work(llm, enricher, papers)
        finally:
            await model.close()
            await store.close()

    other, *papers = (
        paper(f"2604.{number:05}", title=f"Kites and {number} Hills", abstract=ABSTRACT)
        for number in range(PAPERS + 1)
    )
    with tempfile.TemporaryDirectory() as folder, FakeLlm(latency=latency) as llm:
        settings = Llm(base_url=llm.base_url, model="a-model", concurrency=CONCURRENCY)
        config = Config(data_dir=Path(folder), llm=settings)
        return asyncio.run(done())


async def simulate(llm: FakeLlm, enricher: Enricher, papers: list[Paper]) -> float:
    """Let a second pass whenever as many requests wait as may; count the seconds."""
    llm.hold()
    preparing = asyncio.create_task(enricher.prepare(papers, "zh"))
    seconds, answered, before = 0.0, 0, len(llm.requests)
    while answered < len(papers):
        some = min(CONCURRENCY, len(papers) - answered)
        await llm.came(before + answered + some)
        await llm.somebody_waits(some)
        llm.release(some)
        seconds, answered = seconds + LATENCY, answered + some
    await preparing
    return seconds


async def end_half_way(llm: FakeLlm, enricher: Enricher, papers: list[Paper]) -> int:
    """End with as many requests under way as there may be, begin again; count what came twice."""
    llm.forget()
    llm.hold()
    preparing = asyncio.create_task(enricher.prepare(papers, "zh"))
    await llm.somebody_waits(CONCURRENCY)
    llm.release(PAPERS // 2)
    await llm.came(PAPERS // 2 + CONCURRENCY)
    await enricher.close()
    await preparing
    llm.release(PAPERS)
    await enricher.prepare(papers, "zh")
    return len(llm.requests) - len({one.title for one in llm.requests})


async def measure(_llm: FakeLlm, enricher: Enricher, papers: list[Paper]) -> tuple[float, float]:
    """Real seconds of the first and of a second time."""
    return await timed(enricher, papers), await timed(enricher, papers)


async def timed(enricher: Enricher, papers: list[Paper]) -> float:
    began = time.perf_counter()
    await enricher.prepare(papers, "zh")
    return time.perf_counter() - began
