"""The process that is killed: the objects of `bot.serve` and `bot.publish` over a store of steps.

Run as a module it is the source of such processes: each line on its standard input is a `Job`, for
which it forks; it answers with the number of the process, and with how that ended.
"""

import asyncio
import gc
import importlib
import json
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bot.commands.request import Services
from bot.config import load
from bot.enrich.enricher import Enricher
from bot.progress import unseen
from bot.publish import publish
from bot.serve import serve
from bot.sources.api import ArxivApi
from bot.sources.fetch import FeedFetcher
from bot.sources.gate import Gate
from tests.bot.crashes.forks import Job
from tests.bot.crashes.hasty import HastyClock
from tests.bot.crashes.steps import Steps, stepping_store

_log = logging.getLogger(__name__)

LATE = (
    *("bot.platforms.discord", "bot.platforms.telegram"),
    *("anyio._backends._asyncio", "apscheduler.triggers.interval", "concurrent.futures.thread"),
    *("httpcore",),
)
"""What is imported where it is first used; no fork should have to."""

LONGEST_LIFE = 30  # seconds; whoever forgot to kill a process is not haunted by it


@asynccontextmanager
async def opened(job: Job) -> AsyncIterator[Services]:
    """What `bot.app.opened` opens, with another clock and another store."""
    config, clock = load(Path(job.config), {}), HastyClock(job.began, job.ahead)
    async with AsyncExitStack() as closing:
        steps = Steps(Path(job.steps), job.dies_at, os.getpid())
        store = await stepping_store(config.data_dir, steps)
        closing.push_async_callback(store.close)
        gate = Gate(clock, config.arxiv.min_interval)
        api = ArxivApi(gate, clock, config.arxiv.api_url)
        closing.push_async_callback(api.close)
        fetcher = FeedFetcher(gate, clock, config.arxiv.feed_url)
        closing.push_async_callback(fetcher.close)
        yield Services(config, clock, store, fetcher, api, Enricher(config, store, clock, None))


async def live(job: Job) -> int:
    """Do the job; 0 where all went well."""
    async with opened(job) as services:
        if job.work == "publish":
            return int(not all(one.delivered for one in await publish(services, [], unseen)))
        await serve(services)
    return 0


def begin(job: Job) -> int:
    """Do the job in this process, which was just forked."""
    signal.alarm(LONGEST_LIFE)
    log = os.open(f"{job.config}.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    logging.basicConfig(format="%(process)d %(name)s: %(message)s")
    return asyncio.run(live(job))


def main() -> None:
    for name in LATE:
        importlib.import_module(name)
    gc.freeze()
    for line in sys.stdin:
        process = os.fork()
        if not process:
            try:
                os._exit(begin(Job(**json.loads(line))))
            except BaseException:
                _log.exception("died of itself")
                os._exit(70)
        print(process, flush=True)  # noqa: T201
        print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
