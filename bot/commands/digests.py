"""Digests on request: which query, which batches, built and remembered."""

from collections.abc import Sequence
from pathlib import Path

from bot.commands.papers import remember
from bot.commands.request import Services
from bot.config import Config
from bot.digest.build import build_digest
from bot.digest.gather import Gathered, from_arxiv, from_files
from bot.digest.parser import parse
from bot.digest.query import Query, any_of, categories
from bot.errors import ConfigError, QueryError, UsageError
from bot.progress import Step
from storage.models import Digest

DEFAULT_QUERY = "cs.AI"


def read_query(config: Config, words: Sequence[str]) -> Query:
    """Read a query from the words of a command line, or take the configured channels'.

    Raises QueryError with the place that is wrong, ConfigError for a channel's query.
    """
    if words:
        return parse(" ".join(words))
    configured = configured_queries(config)
    return any_of(*configured) if configured else parse(DEFAULT_QUERY)


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


async def gather(services: Services, query: Query, files: Sequence[Path], step: Step) -> Gathered:
    """Find the batches that a digest looks at: from files, or today's from arXiv."""
    if files:
        return await from_files(services.store, files, services.clock)
    named = categories(query)
    wanted = sorted(named or _usual_categories(services.config))
    gathered = await from_arxiv(
        services.store, services.fetcher, services.api, wanted, services.clock, step
    )
    if not named:
        gathered.remarks.insert(0, f"the query names no category; this looks in {' '.join(wanted)}")
    return gathered


async def make_digest(
    services: Services, reader: str, query: Query, gathered: Gathered, language: str, limit: int
) -> Digest:
    """Build a digest of the gathered batches and remember its papers' numbers."""
    digest = await build_digest(services.store, query, list(gathered.batches), language, limit)
    await remember(services, reader, [entry.paper for entry in digest.entries])
    return digest


async def imported_digest(services: Services, path: Path) -> Digest:
    """Read an imported digest by the file that it came from.

    Raises UsageError where no such file was imported.
    """
    sources = await services.store.imported_sources()
    matching = {key for source, key in sources.items() if Path(source) == path.resolve()}
    matching = matching or {key for source, key in sources.items() if _ends(source, path)}
    if len(matching) > 1:
        raise UsageError(f"several imported digests are named {path}; give the whole path")
    if not matching:
        raise UsageError(f"{path} was not imported; run: paperboy import {path}")
    language, entries = await services.store.imported_digest(matching.pop())
    return Digest(query="", language=language, entries=entries)


def _usual_categories(config: Config) -> frozenset[str]:
    """What to look in for a query without categories: the configured channels' categories."""
    queries = configured_queries(config)
    configured = frozenset(one for query in queries for one in categories(query))
    return configured or categories(parse(DEFAULT_QUERY))


def _ends(source: str, path: Path) -> bool:
    parts = Path(source).parts
    return parts[-len(path.parts) :] == path.parts
