"""The objects of a running Paperboy, opened together and closed together."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    contextmanager,
)
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from bot import sample
from bot.clock import Clock, SystemClock
from bot.commands.digests import gather, make_digest, read_query
from bot.commands.request import Services
from bot.config import Config, secrets_of
from bot.digest.gather import Gathered
from bot.digest.intake import take_in
from bot.digest.parser import parse
from bot.digest.scope import DEFAULT_QUERY
from bot.enrich.enricher import Enricher
from bot.enrich.llm import LanguageModel
from bot.logs import guarded
from bot.platforms.console import HERE
from bot.progress import Step
from bot.sources.api import ArxivApi
from bot.sources.feed import parse_feed
from bot.sources.fetch import FeedFetcher
from bot.sources.gate import Gate
from formatters.document import Document
from formatters.entries import card
from formatters.text import plain
from formatters.views import digest_view
from formatters.words import words
from storage.models import Digest
from storage.store import Store

TERMINAL = str(HERE)  # the reader whose last list `paperboy paper 3` refers to
TRIAL_LIMIT = 20
SAMPLE_REMARK = (
    "this is the bundled sample, whose papers are invented; `paperboy try --language zh` shows it"
    " in Chinese"
)


T = TypeVar("T")
Opening = Callable[[Config, Clock], AbstractAsyncContextManager[Services]]


@asynccontextmanager
async def opened(config: Config, clock: Clock) -> AsyncIterator[Services]:
    """Open the store and the ways to arXiv and to the model; close all, whatever happens."""
    async with AsyncExitStack() as closing:
        store = await Store.open(config.data_dir, plain)
        closing.push_async_callback(store.close)
        gate = Gate(clock, config.arxiv.min_interval)
        api = ArxivApi(gate, clock, config.arxiv.api_url)
        closing.push_async_callback(api.close)
        fetcher = FeedFetcher(gate, clock, config.arxiv.feed_url)
        closing.push_async_callback(fetcher.close)
        model = LanguageModel(config.llm, clock) if config.llm.model else None
        if model is not None:
            closing.push_async_callback(model.close)
        enricher = Enricher(config, store, clock, model)
        closing.push_async_callback(enricher.close)
        yield Services(config, clock, store, fetcher, api, enricher)


@asynccontextmanager
async def opened_for_trial(config: Config, clock: Clock) -> AsyncIterator[Services]:
    """Open an empty store that vanishes at the end, and the way to arXiv."""
    with tempfile.TemporaryDirectory(prefix="paperboy-") as folder:
        passing = config.model_copy(update={"data_dir": Path(folder)})
        async with opened(passing, clock) as services:
            yield services


@contextmanager
def running(config: Config, opening: Opening = opened) -> Iterator[tuple[Services, asyncio.Runner]]:
    """Keep everything open for the block, which may run one coroutine after the other.

    Meanwhile no log holds a secret.
    """
    with guarded(secrets_of(config)), asyncio.Runner() as runner:
        stack = AsyncExitStack()
        services = runner.run(stack.enter_async_context(opening(config, SystemClock())))
        try:
            yield services, runner
        finally:
            runner.run(stack.aclose())


def run(config: Config, work: Callable[[Services], Coroutine[Any, Any, T]]) -> T:
    """Open everything, do some work, close everything."""
    with running(config) as (services, runner):
        return runner.run(work(services))


async def trial(services: Services, language: str, step: Step) -> tuple[Document, list[str]]:
    """Build today's digest, or else that of the bundled sample, with one paper in full.

    Returns it with what readers should know about it.
    """
    query = read_query(services.config, [])
    gathered = await gather(services, query, [], step)
    digest = await make_digest(services, TERMINAL, query, gathered, language, TRIAL_LIMIT)
    if digest.entries:
        return _shown(digest), gathered.remarks
    remarks = [*gathered.failures, *gathered.remarks, SAMPLE_REMARK]
    return _shown(await _sample_digest(services, language)), remarks


async def _sample_digest(services: Services, language: str) -> Digest:
    feed = parse_feed(sample.feed_bytes())
    taken = await take_in(services.store, feed, services.clock.now())
    await services.store.add_papers([], sample.summaries())
    gathered = Gathered()
    gathered.add(feed.category, taken.verdict.day)
    query = parse(DEFAULT_QUERY)
    # The language model is not asked about papers that do not exist.
    return await make_digest(
        services, TERMINAL, query, gathered, language, TRIAL_LIMIT, seconds=0.0
    )


def _shown(digest: Digest) -> Document:
    """The table and one card: the first with a translation, which shows best what a card has."""
    texts = words(digest.language)
    document = digest_view(digest, texts, details=False)
    translated = [one for one in digest.entries if one.summary and one.summary.abstract]
    cards = (card(None, entry, texts) for entry in (translated or digest.entries)[:1])
    return replace(document, blocks=(*document.blocks, *cards))
