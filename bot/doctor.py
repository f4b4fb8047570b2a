"""Looks at an installation from end to end and says what is wrong and what would help."""

import shutil
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from bot import sample
from bot.carriers import Carriers, chatting
from bot.commands.request import Services
from bot.config import Config
from bot.digest.scope import DEFAULT_QUERY, configured_queries
from bot.enrich.budget import day_of
from bot.enrich.checks import Field
from bot.enrich.enrich import ENGLISH
from bot.enrich.trial import tried
from bot.errors import PaperboyError
from bot.sources.feed import parse_feed
from formatters.text import clean, clip
from storage.database import SQLITE_VERSION
from storage.errors import StorageError
from storage.lock import holder
from storage.models import Platform
from storage.store import LOCK_NAME

FREE_BYTES_WANTED = 500_000_000  # a year of two busy categories with its index takes 300 MB
TLDR_SHOWN = 80  # characters
KNOWN_PAPER = "1707.08567"  # asked of the API; a paper that will stay


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `ok` is None where there is nothing to judge."""

    name: str
    ok: bool | None
    text: str


async def examine(services: Services) -> AsyncIterator[Finding]:
    """Look at one thing after the other; nothing is changed but the count of tokens.

    arXiv is asked, once the language model, and the platforms whether they take the tokens, as far
    as there are any.
    """
    yield Finding("Python", True, f"{sys.version.split()[0]}, SQLite {SQLITE_VERSION}")
    for check in (_channels, _database, _space, _feed, _api, _model, _telegram, _discord, _bot):
        yield await _guarded(check, services)


async def _guarded(check: Callable[[Services], Awaitable[Finding]], services: Services) -> Finding:
    try:
        return await check(services)
    except (PaperboyError, StorageError) as error:
        return Finding(check.__name__.strip("_"), False, str(error))


async def _channels(services: Services) -> Finding:
    queries = configured_queries(services.config)
    if not queries:
        return Finding("channels", None, f"none configured; digests show {DEFAULT_QUERY}")
    return Finding("channels", True, ", ".join(str(query) for query in queries))


async def _database(services: Services) -> Finding:
    await services.store.check()
    counts = await services.store.counts()
    return Finding(
        "database",
        True,
        f"{counts.papers} papers in {services.config.data_dir}, index and text agree",
    )


async def _space(services: Services) -> Finding:
    free = shutil.disk_usage(services.config.data_dir).free
    return Finding("space", free >= FREE_BYTES_WANTED, f"{free / 1e9:.1f} GB free on the disk")


async def _feed(services: Services) -> Finding:
    feed = parse_feed(await services.fetcher.fetch(DEFAULT_QUERY))
    return Finding("feed", True, f"{feed.category} of {feed.day}: {len(feed.rows)} rows")


async def _api(services: Services) -> Finding:
    found = await services.api.papers([KNOWN_PAPER])
    if KNOWN_PAPER not in found:
        return Finding("api", False, f"arXiv's API does not know {KNOWN_PAPER}; ask again later")
    return Finding("api", True, f"found {KNOWN_PAPER}")


async def _model(services: Services) -> Finding:
    config, clock = services.config, services.clock
    if not config.llm.model:
        return Finding("model", None, "none configured; TL;DRs are sentences of the abstract")
    paper = parse_feed(sample.feed_bytes()).rows[0].paper
    language = _hardest_language(config)
    trial = await tried(config, clock, paper, language)
    day = day_of(clock.now(), config.timezone)
    await services.store.answers.count(day, config.llm.model, trial.tokens)
    said = (
        f"{config.llm.model} answered in {trial.seconds:.1f} s ({trial.form},"
        f" {trial.tokens.total} tokens)"
    )
    if not trial.judged.bad:
        wrote = clip(clean(trial.judged.good.get(Field.TLDR, "")), TLDR_SHOWN)
        return Finding("model", True, f"{said}; its texts in {language} pass the checks: “{wrote}”")
    wrong = [f"{field}: {found[0].text}" for field, found in trial.judged.bad.items()]
    return Finding("model", False, f"{said}; not usable: {' '.join(wrong)}; try another model")


def _hardest_language(config: Config) -> str:
    """The first language of a digest that is not English, in which there is more to translate."""
    languages = [config.language, *(channel.language for channel in config.channels)]
    return next((one for one in languages if one != ENGLISH), ENGLISH)


async def _telegram(services: Services) -> Finding:
    return await _account(services, Platform.TELEGRAM)


async def _discord(services: Services) -> Finding:
    return await _account(services, Platform.DISCORD)


async def _account(services: Services, platform: Platform) -> Finding:
    """Let the platform say whether it takes the token; nobody else notices."""
    name = platform.value
    if platform not in chatting(services.config):
        return Finding(name, None, f"no token; docs/{name}.md tells how to get one")
    carriers = Carriers(services)
    async with carriers.connected([platform]):
        if platform in carriers.running():
            return Finding(name, True, "the token is taken")
    why = carriers.given_up.get(platform, "cannot be reached; check the network connection")
    return Finding(name, False, why)


async def _bot(services: Services) -> Finding:
    process = holder(services.config.data_dir / LOCK_NAME)
    if process is None:
        return Finding("bot", None, "none is running with this data; `paperboy run` starts one")
    return Finding("bot", True, f"running, process {process}" if process else "running")
