"""Digests on request: which query, which batches, built and remembered."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from bot.clock import EASTERN
from bot.commands.papers import remember
from bot.commands.request import Context, Reply, Services, with_actions
from bot.commands.schedule_words import split
from bot.commands.summaries import AT_A_TERMINAL, FOR_A_DIGEST, prepared
from bot.config import Config
from bot.digest.build import EVERY_KIND, build_digest
from bot.digest.calendar import latest_batch_day, no_batch_reason
from bot.digest.gather import Gathered, from_arxiv, from_files
from bot.digest.parser import parse, parse_stored
from bot.digest.query import Query, any_of, categories
from bot.digest.scope import DEFAULT_QUERY, configured_queries, looked_in
from bot.errors import UsageError
from bot.progress import Step
from formatters.document import Document, Note, Span
from formatters.numbers import number_buttons
from formatters.text import clean, clip
from formatters.views import digest_view
from formatters.words import Words
from storage.models import Digest, Kind, Paper

# Feeds that one question in a chat may ask arXiv for: at 3 s each, half a minute.
MOST_FEEDS = 10
QUERY_SHOWN = 200  # characters of the subscriptions' queries in a heading


def read_query(config: Config, words: Sequence[str]) -> Query:
    """Read a query from the words of a command line, or take the configured channels'.

    Raises QueryError with the place that is wrong, ConfigError for a channel's query.
    """
    if words:
        return parse(" ".join(words))
    configured = configured_queries(config)
    return any_of(*configured) if configured else parse(DEFAULT_QUERY)


async def gather(services: Services, query: Query, files: Sequence[Path], step: Step) -> Gathered:
    """Find the batches that a digest looks at: from files, or today's from arXiv."""
    if files:
        return await from_files(services.store, files, services.clock)
    wanted = looked_in(services.config, query)
    gathered = await from_arxiv(
        services.store, services.fetcher, services.api, wanted, services.clock, step
    )
    _remark_unnamed(gathered, query, wanted)
    return gathered


async def gather_newest(services: Services, query: Query) -> Gathered:
    """Find today's batches where they are stored, and ask arXiv for a few of the others.

    Where there are more than `MOST_FEEDS` of those, the newest stored batch stands in.
    """
    store, clock = services.store, services.clock
    wanted = looked_in(services.config, query)
    newest = latest_batch_day(clock.now())
    stored = {batch.category: batch.day for batch in await store.batches(wanted, newest)}
    missing = [category for category in wanted if stored.get(category) != newest]
    asked, rest = missing[:MOST_FEEDS], missing[MOST_FEEDS:]
    gathered = await from_arxiv(store, services.fetcher, services.api, asked, clock, _silent)
    for category, day in stored.items():
        if category not in asked:
            gathered.add(category, day)
    if rest:
        names = clip(" ".join(rest), QUERY_SHOWN)
        gathered.remarks.append(f"too many categories to ask arXiv at once; not asked: {names}")
    _remark_unnamed(gathered, query, wanted)
    return gathered


def _remark_unnamed(gathered: Gathered, query: Query, wanted: Sequence[str]) -> None:
    if not categories(query):
        gathered.remarks.insert(0, f"the query names no category; this looks in {' '.join(wanted)}")


def _silent(name: str, done: int = 0, total: int = 0) -> None:
    """Show no progress: a chat has its own way to tell that something is under way."""


async def make_digest(
    services: Services,
    reader: str,
    query: Query,
    gathered: Gathered,
    language: str,
    limit: int,
    kinds: Collection[Kind] = EVERY_KIND,
    seconds: float = AT_A_TERMINAL,
) -> Digest:
    """Build a digest of the gathered batches and remember its papers' numbers.

    The language model may take so many seconds for it.
    """

    async def prepare(papers: Sequence[Paper]) -> None:
        if remark := await prepared(services, papers, language, seconds):
            gathered.remarks.append(remark)

    batches = list(gathered.batches)
    digest = await build_digest(services.store, query, batches, language, limit, kinds, prepare)
    await remember(services, reader, [entry.paper for entry in digest.entries])
    return digest


async def digest(context: Context, arguments: str) -> Reply:
    """Answer `/digest [QUERY] [top N] [in LANG]`; without a query for what the chat subscribes to.

    Words about the time have no meaning here and are left out, so that a subscribe line works too.
    """
    text, schedule = split(arguments)
    query = parse(text) if text else await _subscribed_query(context)
    chosen = context.chat.settings
    limit = chosen.limit if schedule.limit is None else schedule.limit
    language = schedule.language or context.language
    gathered = await gather_newest(context.services, query)
    reader = str(context.chat.address)
    made = await make_digest(
        context.services, reader, query, gathered, language, limit, chosen.kinds, FOR_A_DIGEST
    )
    each = chosen.details == "each"
    return Reply(_shown(context, made, gathered, details=each))


async def _subscribed_query(context: Context) -> Query:
    """What the chat subscribes to, paused or not; for a new chat what the operator configured."""
    subscriptions = await context.store.subscriptions(context.chat.address)
    active = [one for one in subscriptions if one.active] or subscriptions
    if not active:
        return read_query(context.services.config, [])
    return any_of(*(parse_stored(one.query) for one in active))


def _shown(context: Context, made: Digest, gathered: Gathered, *, details: bool) -> Document:
    """The digest with remarks about its batches, and buttons that open its papers."""
    words = context.words
    headed = replace(made, query=clip(made.query, QUERY_SHOWN))
    document = digest_view(headed, words, details=details, reason=_no_digest(gathered, words))
    remarks = [*_no_batch(context), *gathered.remarks, *gathered.failures]
    notes = tuple(Note((Span(clean(remark)),)) for remark in remarks)
    document = replace(document, blocks=(*document.blocks, *notes))
    return with_actions(document, *number_buttons([entry.paper.id for entry in made.entries]))


def _no_digest(gathered: Gathered, words: Words) -> str:
    """Why there is nothing to look at; empty where there is something."""
    return "" if gathered.batches else words("today.unavailable")


def _no_batch(context: Context) -> list[str]:
    """That arXiv announces nothing today, and why."""
    words, now = context.words, context.services.clock.now()
    reason = no_batch_reason(now.astimezone(EASTERN).date())
    return [words(f"status.{reason}", day=words.day(latest_batch_day(now)))] if reason else []


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


def _ends(source: str, path: Path) -> bool:
    parts = Path(source).parts
    return parts[-len(path.parts) :] == path.parts
