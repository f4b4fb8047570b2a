"""The objects of a running Paperboy, opened together and closed together."""

import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bot import sample
from bot.clock import Clock
from bot.commands.digests import DEFAULT_QUERY, gather, make_digest, read_query
from bot.commands.request import Services
from bot.config import Config
from bot.digest.gather import Gathered
from bot.digest.intake import take_in
from bot.digest.parser import parse
from bot.progress import Step
from bot.sources.api import ArxivApi
from bot.sources.feed import parse_feed
from bot.sources.fetch import FeedFetcher
from bot.sources.gate import Gate
from formatters.text import plain
from storage.models import Digest, Entry
from storage.store import Store

TERMINAL = "terminal"  # the reader whose last list `paperboy paper 3` refers to
TRIAL_LIMIT = 20
SAMPLE_REMARK = (
    "this is the bundled sample, whose papers are invented; `paperboy try --language zh` shows it"
    " in Chinese"
)


@asynccontextmanager
async def opened(config: Config, clock: Clock) -> AsyncIterator[Services]:
    """Open the store and the way to arXiv; close both at the end, whatever happens."""
    async with AsyncExitStack() as closing:
        store = await Store.open(config.data_dir, plain)
        closing.push_async_callback(store.close)
        gate = Gate(clock, config.arxiv.min_interval)
        api = ArxivApi(gate, clock, config.arxiv.api_url)
        closing.push_async_callback(api.close)
        fetcher = FeedFetcher(gate, clock, config.arxiv.feed_url)
        closing.push_async_callback(fetcher.close)
        yield Services(config, clock, store, fetcher, api)


async def trial(
    config: Config, clock: Clock, language: str, step: Step
) -> tuple[Digest, list[str]]:
    """Build today's digest on an empty database that vanishes, or else the bundled sample.

    Returns the digest and what readers should know about it.
    """
    with tempfile.TemporaryDirectory(prefix="paperboy-") as folder:
        passing = config.model_copy(update={"data_dir": Path(folder)})
        async with opened(passing, clock) as services:
            query = read_query(config, [])
            gathered = await gather(services, query, [], step)
            digest = await make_digest(services, TERMINAL, query, gathered, language, TRIAL_LIMIT)
            if digest.entries:
                return digest, gathered.remarks
            remarks = [*gathered.failures, *gathered.remarks, SAMPLE_REMARK]
            return await _sample_digest(services, language), remarks


async def _sample_digest(services: Services, language: str) -> Digest:
    feed = parse_feed(sample.feed_bytes())
    taken = await take_in(services.store, feed, services.clock.now())
    await services.store.add_papers([], sample.summaries())
    gathered = Gathered()
    gathered.add(feed.category, taken.verdict.day)
    query = parse(DEFAULT_QUERY)
    return await make_digest(services, TERMINAL, query, gathered, language, TRIAL_LIMIT)


def first_entry(digest: Digest) -> Entry | None:
    """Pick the entry that shows best what a card looks like: one with a translation."""
    translated = (one for one in digest.entries if one.summary and one.summary.abstract)
    return next(translated, digest.entries[0] if digest.entries else None)
