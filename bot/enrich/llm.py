"""A language model behind any server that speaks OpenAI's protocol, asked with patience and tact.

At most so many requests at once as configured; what may pass is tried again, after the server's
Retry-After for all; a server that is down is left alone, and nobody waits for it.
"""

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from bot.clock import Clock
from bot.config import Llm
from bot.enrich.breaker import Breaker, State
from bot.enrich.llm_request import Form, LlmRequest, Written
from bot.enrich.llm_setbacks import PATIENCE, Setback, Trouble, TryFailed, wait_before_next
from bot.enrich.prompts import Prompt
from bot.enrich.turns import Turn, Turns
from bot.errors import ModelUnavailable

_log = logging.getLogger(__name__)

T = TypeVar("T")


class LanguageModel:
    """The configured model; one for the whole process, since it counts the requests under way.

    Nothing is imported or connected before the first request. `close` ends it.
    """

    def __init__(
        self, config: Llm, clock: Clock, chance: Callable[[], float] = random.random
    ) -> None:
        self.name = config.model
        self._request = LlmRequest(config, clock)
        self._clock = clock
        self._chance = chance
        self._turns = Turns(config.concurrency)
        self._probe = asyncio.Lock()
        self._breaker = Breaker()
        self._last = Setback(Trouble.PASSING, "was not asked yet")
        self._held_until = 0.0
        self._under_way: set[asyncio.Task[Any]] = set()

    @property
    def form(self) -> Form:
        """How the server is told to answer with JSON, as far as has been found out."""
        return self._request.manners.form

    @property
    def trouble(self) -> str | None:
        """Why nobody gets an answer at the moment; None if all is well."""
        held = self._held_until - self._clock.monotonic() > PATIENCE
        return self._last.problem if held or self._breaker.until is not None else None

    @asynccontextmanager
    async def asked(self, prompt: Prompt, turn: Turn | None = None) -> AsyncIterator[Written]:
        """Ask the model, as often as makes sense, and give the block what it wrote.

        `turn` tells whether somebody is waiting for it. The block counts as part of the request:
        who stores in it what was paid for loses no more in a crash than requests may be under way.
        Raises ModelUnavailable where no usable answer came, at once if the server counts as down.
        """
        self._refuse_if_open()
        async with self._turns.taken(turn or Turn()):
            yield await self._answer(prompt)

    async def close(self) -> None:
        """Close the connections."""
        await self._request.close()

    async def _answer(self, prompt: Prompt) -> Written:
        if self._state() is State.PROBING:
            async with self._probe:  # one finds out for all whether the server is back
                if self._state() is State.PROBING:
                    return await self._persist(prompt)
        return await self._persist(prompt)

    async def _persist(self, prompt: Prompt) -> Written:
        tries, waited, wait = 0, 0.0, 0.0
        while True:
            wait = max(wait, self._held_until - self._clock.monotonic())
            if waited + wait > PATIENCE:
                raise self._unavailable()
            if wait > 0.0:
                await self._unless_opened(self._clock.sleep(wait))
            self._refuse_if_open()
            tries, waited = tries + 1, waited + wait
            began = self._clock.monotonic()
            try:
                written = await self._unless_opened(self._request.send(prompt))
            except TryFailed as failed:
                self._count_failure(failed.setback, began)
                next_wait = wait_before_next(failed.setback, tries, waited, self._chance())
                if next_wait is None or self._state() is State.OPEN:
                    raise self._unavailable() from None
                wait = next_wait
            else:
                self._breaker = self._breaker.succeeded()
                return written

    async def _unless_opened(self, work: Coroutine[Any, Any, T]) -> T:
        """Do some work; it is given up with ModelUnavailable when the breaker opens meanwhile."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait((task,))  # or its connection would outlive the client
            raise
        finally:
            self._under_way.discard(task)
        if task.cancelled():
            raise self._unavailable()
        return task.result()

    def _count_failure(self, setback: Setback, began: float) -> None:
        now = self._clock.monotonic()
        before, self._last = self._breaker, setback
        self._held_until = max(self._held_until, now + (setback.retry_after or 0.0))
        self._breaker = before.failed(began, now, setback.trouble is Trouble.HOPELESS)
        if self._breaker.until == before.until:
            return
        _log.error(
            "the language model's server %s; papers go out without it for now", setback.problem
        )
        for task in self._under_way:
            task.cancel()

    def _state(self) -> State:
        return self._breaker.state(self._clock.monotonic())

    def _refuse_if_open(self) -> None:
        if self._state() is State.OPEN:
            raise self._unavailable()

    def _unavailable(self) -> ModelUnavailable:
        return ModelUnavailable(f"the language model's server {self._last.problem}")
