"""What happens between a digest and its last acknowledged call, step by step; each can be deadly.

A step is one of two kinds. Inside the process: a transaction that is about to be committed, or has
just been. Outside, as a platform sees it: a request that arrives, or whose message is stored while
its answer is not written yet. Each has a name with a number, the how manieth of its kind it is.
"""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from concurrent.futures import Future
from contextlib import asynccontextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Protocol

from aiohttp import web
from aiosqlite import Connection

from bot.platforms.telegram_pace import counts
from formatters.text import plain
from storage import search
from storage.database import Database
from storage.schema import MIGRATIONS
from storage.store import FILE_NAME, Store
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_faults import Call as DiscordCall
from tests.fakes.telegram import Call as TelegramCall
from tests.fakes.telegram import FakeTelegram

UNCOMMITTED, COMMITTED = "before its commit", "after its commit"
ARRIVED, STORED = "arrived", "stored"

_doing: ContextVar[str] = ContextVar("doing", default="store")


class Observer(Protocol):
    """Whoever wants to know what happens."""

    def reached(self, what: str) -> bool:
        """Take note of a step; True where the process died of it."""
        ...


class Steps:
    """Numbers the steps and writes them into a file; at one of them it ends a process."""

    def __init__(self, file: Path, dies_at: str = "", victim: int = 0) -> None:
        self._file = file
        self._dies_at = dies_at
        self._victim = victim
        self._counted: Counter[str] = Counter()

    def reached(self, what: str) -> bool:
        """Take note of a step; True where the victim died of it."""
        self._counted[what] += 1
        step = f"{what} #{self._counted[what]}"
        with self._file.open("a") as file:
            file.write(f"{step}\n")
        if step != self._dies_at:
            return False
        os.kill(self._victim, signal.SIGKILL)
        return True


class SteppingDatabase(Database):
    """A database whose transactions are steps, but for those that change nothing."""

    steps: Steps | None = None

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Connection]:
        async with super().write() as connection:
            before = connection.total_changes
            yield connection
            changed = connection.total_changes > before
            self._reached(UNCOMMITTED, changed)
        self._reached(COMMITTED, changed)

    def _reached(self, what: str, changed: bool) -> None:
        if self.steps is not None and changed:
            self.steps.reached(f"{_doing.get()}, {what}")


class Named:
    """A part of the store whose methods tell the steps what they are."""

    def __init__(self, name: str, part: object) -> None:
        self._name = name
        self._part = part

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._part, name)

        async def named(*args: Any, **keys: Any) -> Any:
            before = _doing.set(f"{self._name}.{name}")
            try:
                return await method(*args, **keys)
            finally:
                _doing.reset(before)

        return named


async def stepping_store(folder: Path, steps: Steps) -> Store:
    """Open a store whose transactions are steps."""
    functions = {"searchable": search.searchable}
    database = await SteppingDatabase.open(folder / FILE_NAME, MIGRATIONS, functions)
    database.steps = steps
    store = Store(database, plain)
    for name in ("outbox", "digests", "standings"):
        setattr(store, name, Named(name, getattr(store, name)))
    return store


class SteppingTelegram(FakeTelegram):
    """A server whose calls that post something are told to an observer."""

    observer: Observer | None = None

    def in_its_loop(self, work: Coroutine[Any, Any, None]) -> Future[None]:
        """Do something where requests are handled."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def _done(self, call: TelegramCall) -> Any:
        if self.observer is None or not counts(call.method):
            return await super()._done(call)
        await _passed(self.observer, f"{call.method}, {ARRIVED}")
        result = await super()._done(call)
        await _passed(self.observer, f"{call.method}, {STORED}")
        return result


class SteppingDiscord(FakeDiscord):
    """A server whose calls that change something are told to an observer."""

    observer: Observer | None = None

    async def _answer(self, request: web.Request, call: DiscordCall) -> web.StreamResponse:
        if self.observer is None or request.method == "GET":
            return await super()._answer(request, call)
        await _passed(self.observer, f"{call.operation}, {ARRIVED}")
        response = await super()._answer(request, call)
        await _passed(self.observer, f"{call.operation}, {STORED}")
        return response


async def _passed(observer: Observer, what: str) -> None:
    """Go on past a step, but not where the process died that waits for the answer."""
    if observer.reached(what):
        await asyncio.Event().wait()
