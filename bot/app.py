"""The objects of a running Paperboy, opened together and closed together, and what they can do."""

import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot import sample
from bot.clock import Clock
from bot.config import Config
from bot.digest.arxiv_syntax import to_arxiv
from bot.digest.build import build_digest, summarise
from bot.digest.gather import Gathered, from_arxiv, from_files
from bot.digest.intake import take_in
from bot.digest.lookup import condition
from bot.digest.parser import parse
from bot.digest.query import Query, any_of, categories
from bot.enrich.enrich import ENGLISH
from bot.errors import ArxivUnavailable, ConfigError, PaperNotFound, QueryError, UsageError
from bot.progress import Step
from bot.sources.api import ArxivApi
from bot.sources.feed import parse_feed
from bot.sources.fetch import FeedFetcher
from bot.sources.gate import Gate
from bot.sources.ids import parse_id
from formatters.text import plain
from storage.models import Digest, Entry, Paper, Summary
from storage.store import Store

DEFAULT_QUERY = "cs.AI"
TRIAL_LIMIT = 10  # papers that fit a screen
SAMPLE_REMARK = "this is the bundled sample, whose papers are invented"
TERMINAL_READER = "terminal"  # whose last list `paper 3` refers to
LISTING_AT_MOST = 9_999  # a longer number is an identifier

Found = tuple[Paper, Summary | None]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A page of papers; `remark` says where they come from if not from the store."""

    found: tuple[Found, ...]
    total: int
    remark: str = ""


@dataclass(frozen=True, slots=True)
class App:
    """Everything a command needs. Made by `opened`."""

    config: Config
    clock: Clock
    store: Store
    fetcher: FeedFetcher
    api: ArxivApi

    def query(self, words: Sequence[str]) -> Query:
        """Read a query from the words of a command line, or take the configured channels'.

        Raises QueryError with the place that is wrong.
        """
        if words:
            return parse(" ".join(words))
        configured = configured_queries(self.config)
        return any_of(*configured) if configured else parse(DEFAULT_QUERY)

    async def gather(self, query: Query, files: Sequence[Path], step: Step) -> Gathered:
        """Find the batches that a digest looks at: from files, or today's from arXiv."""
        if files:
            return await from_files(self.store, files, self.clock)
        named = categories(query)
        wanted = named or self._usual_categories()
        gathered = await from_arxiv(
            self.store, self.fetcher, self.api, sorted(wanted), self.clock, step
        )
        if not named:
            looked_in = " ".join(sorted(wanted))
            gathered.remarks.insert(0, f"the query names no category; this looks in {looked_in}")
        return gathered

    async def digest(self, query: Query, gathered: Gathered, language: str, limit: int) -> Digest:
        """Build a digest of the gathered batches and remember its papers' numbers."""
        digest = await build_digest(self.store, query, list(gathered.batches), language, limit)
        await self._remember([entry.paper for entry in digest.entries])
        return digest

    async def imported_digest(self, path: Path) -> Digest:
        """Read an imported digest by the file that it came from.

        Raises UsageError where no such file was imported.
        """
        sources = await self.store.imported_sources()
        matching = {key for source, key in sources.items() if Path(source) == path.resolve()}
        matching = matching or {key for source, key in sources.items() if _ends(source, path)}
        if len(matching) > 1:
            raise UsageError(f"several imported digests are named {path}; give the whole path")
        if not matching:
            raise UsageError(f"{path} was not imported; run: paperboy import {path}")
        language, entries = await self.store.imported_digest(matching.pop())
        return Digest(query="", language=language, entries=entries)

    async def paper(self, text: str, language: str) -> Found:
        """Find one paper by any form of its id or by its number in the last list.

        Raises BadPaperId, PaperNotFound, ArxivUnavailable, or UsageError for a number that the
        last list does not have.
        """
        paper_id = await self._listed(text) or parse_id(text).id
        paper = (await self.store.papers([paper_id])).get(paper_id)
        if paper is None or not paper.abstract_complete:
            try:
                fetched = (await self.api.papers([paper_id])).get(paper_id)
            except ArxivUnavailable:
                if paper is None:
                    raise
                fetched = None
            if fetched is not None:
                await self.store.add_papers([fetched])
            paper = (await self.store.papers([paper_id])).get(paper_id)
        if paper is None:
            raise PaperNotFound(f"arXiv has no paper {paper_id}; check the number")
        return (await self._with_summaries([paper], language))[0]

    async def search(self, query: Query, language: str, limit: int, offset: int) -> SearchResult:
        """Search what is stored and, where nothing matches, arXiv itself."""
        page = await self.store.search(condition(query), limit, offset)
        papers, total, remark = page.papers, page.total, ""
        if not total:
            papers = await self._search_arxiv(query, limit)
            total, remark = len(papers), "nothing stored matches; these are from arXiv itself"
        await self._remember(papers)
        found = await self._with_summaries(papers, language)
        return SearchResult(found, total, remark if papers and not page.total else "")

    async def _search_arxiv(self, query: Query, limit: int) -> tuple[Paper, ...]:
        papers = await self.api.search(to_arxiv(query), limit)
        await self.store.add_papers(papers)
        return papers

    async def _with_summaries(self, papers: Sequence[Paper], language: str) -> tuple[Found, ...]:
        versions = {paper.id: paper.version for paper in papers}
        summaries = await self.store.summaries(versions, language)
        english = await self.store.summaries(versions, ENGLISH)
        return tuple(
            (
                paper,
                summarise(
                    paper,
                    paper.version,
                    language,
                    summaries.get(paper.id),
                    english.get(paper.id),
                ),
            )
            for paper in papers
        )

    def _usual_categories(self) -> frozenset[str]:
        """What to look in for a query without categories: the configured channels' categories."""
        queries = configured_queries(self.config)
        configured = frozenset(one for query in queries for one in categories(query))
        return configured or categories(parse(DEFAULT_QUERY))

    async def _listed(self, text: str) -> str | None:
        if not (text.isascii() and text.isdigit() and int(text) <= LISTING_AT_MOST):
            return None
        listing = await self.store.listing(TERMINAL_READER)
        if not 1 <= int(text) <= len(listing):
            raise UsageError(
                f"the last list has {len(listing)} papers, so there is no number {int(text)};"
                " an arXiv id looks like 2401.00001"
            )
        return listing[int(text) - 1]

    async def _remember(self, papers: Sequence[Paper]) -> None:
        await self.store.remember_listing(TERMINAL_READER, [paper.id for paper in papers])


def configured_queries(config: Config) -> tuple[Query, ...]:
    """Read the queries of the configured channels.

    Raises ConfigError that names the channel whose query is wrong.
    """
    queries = []
    for channel in config.channels:
        try:
            queries.append(parse(channel.query))
        except QueryError as error:
            raise ConfigError(f"channel {channel.name}: {error}") from error
    return tuple(queries)


@asynccontextmanager
async def opened(config: Config, clock: Clock) -> AsyncIterator[App]:
    """Open the store and the way to arXiv; close both at the end, whatever happens."""
    async with AsyncExitStack() as closing:
        store = await Store.open(config.data_dir, plain)
        closing.push_async_callback(store.close)
        gate = Gate(clock, config.arxiv.min_interval)
        api = ArxivApi(gate, clock, config.arxiv.api_url)
        closing.push_async_callback(api.close)
        fetcher = FeedFetcher(gate, clock, config.arxiv.feed_url)
        closing.push_async_callback(fetcher.close)
        yield App(config, clock, store, fetcher, api)


async def trial(
    config: Config, clock: Clock, language: str, step: Step
) -> tuple[Digest, list[str]]:
    """Build today's digest on an empty database that vanishes, or else the bundled sample.

    Returns the digest and what readers should know about it.
    """
    with tempfile.TemporaryDirectory(prefix="paperboy-") as folder:
        passing = config.model_copy(update={"data_dir": Path(folder)})
        async with opened(passing, clock) as app:
            query = app.query([])
            gathered = await app.gather(query, [], step)
            digest = await app.digest(query, gathered, language, TRIAL_LIMIT)
            if digest.entries:
                return digest, gathered.remarks
            remarks = [*gathered.failures, *gathered.remarks, SAMPLE_REMARK]
            return await _sample_digest(app, language), remarks


async def _sample_digest(app: App, language: str) -> Digest:
    feed = parse_feed(sample.feed_bytes())
    taken = await take_in(app.store, feed, app.clock.now())
    await app.store.add_papers([], sample.summaries())
    gathered = Gathered()
    gathered.add(feed.category, taken.verdict.day)
    return await app.digest(parse(DEFAULT_QUERY), gathered, language, TRIAL_LIMIT)


def first_entry(digest: Digest) -> Entry | None:
    """Pick the entry that shows best what a card looks like: one with a translation."""
    translated = (one for one in digest.entries if one.summary and one.summary.abstract)
    return next(translated, digest.entries[0] if digest.entries else None)


def _ends(source: str, path: Path) -> bool:
    parts = Path(source).parts
    return parts[-len(path.parts) :] == path.parts
