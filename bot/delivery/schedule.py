"""The clock of the bot: APScheduler as a ticker, and nothing of it kept anywhere.

What is due is asked of the database at every tick, so a tick that is missed costs nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable

from apscheduler.schedulers.asyncio import AsyncIOScheduler

EVERY = 60  # seconds between two looks at what is due
PATIENCE = 2
"""Intervals after which the ticker is not waited for: it sleeps by a clock that may be set back."""

Work = Callable[[], Awaitable[object]]


async def every_minute(work: Work, stop: asyncio.Event, seconds: float = EVERY) -> None:
    """Do some work now and then every minute, until `stop` is set; it never overlaps itself.

    Ends as soon as the work raises, with its error.
    """
    tick = asyncio.Event()
    tick.set()
    scheduler = AsyncIOScheduler(timezone="UTC")
    scheduler.add_job(tick.set, "interval", seconds=seconds, coalesce=True, misfire_grace_time=None)
    scheduler.start()
    stopping = asyncio.create_task(stop.wait())
    try:
        while not stop.is_set():
            ticking = asyncio.create_task(tick.wait())
            await asyncio.wait(
                {ticking, stopping},
                timeout=PATIENCE * seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
            ticking.cancel()
            if stop.is_set():
                return
            tick.clear()
            await work()
    finally:
        stopping.cancel()
        scheduler.shutdown(wait=False)
