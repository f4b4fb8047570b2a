"""Keeps loops running: one that crashes is logged and started again, and one that must end ends.

A loop is asked to stop by an event, gets some seconds to finish what is under way, and is then
cancelled. Whatever it leaves undone is in the database.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass

from bot.clock import Clock
from bot.errors import PaperboyError

PAUSES = (1.0, 5.0, 30.0, 60.0, 300.0)
"""Seconds between a crash and the next start; the last one goes on."""

STEADY = 600.0  # seconds after which a loop counts as healthy again
LOOK_EVERY, SLOW, STANDSTILL = 1.0, 0.5, 10.0  # seconds: how the event loop is watched
GRACES = (5.5, 3.5)
"""Seconds that the loops of each floor get to end by themselves; together less than ten."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Loop:
    """Something that works until its event is set.

    `vital` marks what the bot is there for: when all vital loops have ended for good, so does it.
    Loops of floor 0 end before those of floor 1, on whose connections their last calls go out.
    """

    name: str
    work: Callable[[asyncio.Event], Awaitable[None]]
    vital: bool = False
    floor: int = 0


Tasks = dict[asyncio.Task[None], Loop]


async def supervise(loops: Sequence[Loop], stop: asyncio.Event, clock: Clock) -> None:
    """Run all loops until `stop` is set or no vital one is left, then end them within seconds.

    A PaperboyError ends its loop for good, since trying again is of no use; any other error is
    logged, and the loop starts again after a pause. Raises the PaperboyError of the last vital
    loop where none is left; that of any other is logged.
    """
    endings = [asyncio.Event() for _ in GRACES]
    tasks = {
        asyncio.create_task(_kept_up(loop, endings[loop.floor], clock), name=loop.name): loop
        for loop in loops
    }
    try:
        last = await _last_vital(tasks, stop)
    finally:
        for floor, grace in enumerate(GRACES):
            endings[floor].set()
            await _end({task for task, one in tasks.items() if one.floor == floor}, grace, clock)
    if last is not None:
        last.result()


async def _last_vital(tasks: Tasks, stop: asyncio.Event) -> asyncio.Task[None] | None:
    """Wait until `stop` is set or no vital loop is left; returns the last of these then."""
    left = set(tasks)
    stopping = asyncio.create_task(stop.wait())
    try:
        while not stop.is_set():
            await asyncio.wait({stopping, *left}, return_when=asyncio.FIRST_COMPLETED)
            for task in [one for one in left if one.done()]:
                left.discard(task)
                if tasks[task].vital and not any(tasks[one].vital for one in left):
                    return task
                _report(task)
    finally:
        stopping.cancel()
    return None


def _report(task: asyncio.Task[None]) -> None:
    if error := task.exception():
        _log.error("%s ended, everything else goes on: %s", task.get_name(), error)


async def _kept_up(loop: Loop, stop: asyncio.Event, clock: Clock) -> None:
    """Run a loop, again after growing pauses whenever it crashes."""
    crashes = 0
    while not stop.is_set():
        started = clock.monotonic()
        try:
            await loop.work(stop)
        except PaperboyError:
            raise
        except Exception as error:
            crashes = 0 if clock.monotonic() - started > STEADY else crashes
            pause = PAUSES[min(crashes, len(PAUSES) - 1)]
            crashes += 1
            _log.exception("%s crashed and starts again in %.0f s: %r", loop.name, pause, error)
            await until(stop, clock.sleep(pause))
        else:
            return


async def until(stop: asyncio.Event, work: Awaitable[object]) -> None:
    """Do some work, but cancel it as soon as `stop` is set; raises what the work raises."""
    working = asyncio.ensure_future(work)
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        working.cancel()
        await asyncio.wait({working})
    if not working.cancelled():
        working.result()


async def _end(tasks: Collection[asyncio.Task[None]], grace: float, clock: Clock) -> None:
    """Let tasks end by themselves, and cancel what takes too long."""
    patience = asyncio.create_task(clock.sleep(grace))
    waiting = set(tasks)
    while waiting and not patience.done():
        done, _ = await asyncio.wait({patience, *waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting -= done
    patience.cancel()
    for task in waiting:
        _log.warning("%s takes too long to stop and is cut off", task.get_name())
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)


async def watch_lag(stop: asyncio.Event, clock: Clock) -> None:
    """Log when the event loop stands still: everything else then does, too."""
    while not stop.is_set():
        before = clock.monotonic()
        await until(stop, clock.sleep(LOOK_EVERY))
        lag = clock.monotonic() - before - LOOK_EVERY
        if lag > STANDSTILL:
            _log.error("the event loop stood still for %.1f s", lag)
        elif lag > SLOW:
            _log.warning("the event loop was late by %.1f s", lag)
