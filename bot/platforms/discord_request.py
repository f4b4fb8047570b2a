"""One request to Discord, watched: whether it was written, and its answer as soon as it is there.

discord.py keeps the buckets of rate. What it does beyond that gets in the way of exactly once: it
repeats what a 5xx answered, though that may have been done; it sleeps through a 429 with
everything else waiting behind; it keeps the last answer that a bucket allows to itself until the
bucket is full again. So each answer is heard before discord.py acts on it.
"""

import asyncio
import json
import math
from collections.abc import Mapping
from functools import partial
from typing import Any

import aiohttp
import discord
from aiohttp.abc import AbstractStreamWriter
from discord.http import Route

from storage.models import Json

PATIENCE = 60.0  # seconds for one request; the library itself waits for five minutes
NO_TIME_GIVEN = 60.0  # seconds to wait after a 429 that names none
LONGEST_TEXT = 500  # characters of an error that are kept

LOST = (TimeoutError, OSError, aiohttp.ClientError, RuntimeError)
"""What comes of a request without an answer; with the last one aiohttp says that it is closed."""


class RequestFailed(Exception):
    """A request brought nothing."""


class Unanswered(RequestFailed):
    """No answer came; `written` tells whether the request may have arrived and done something.

    `silent`: the time was up, while the connection stood.
    """

    def __init__(self, problem: str, written: bool, silent: bool = False) -> None:
        super().__init__(problem)
        self.written = written
        self.silent = silent


class Declined(RequestFailed):
    """Discord, or something in front of it, answered with an error.

    `code` is Discord's own, 0 where it named none. After a 429, `seconds` is how long to wait, and
    `everywhere` tells that this is not about one bucket alone.
    """

    def __init__(
        self, status: int, code: int, text: str, seconds: float = 0.0, everywhere: bool = False
    ) -> None:
        super().__init__(f"{status}, code {code}: {text}")
        self.status = status
        self.code = code
        self.text = text
        self.seconds = seconds
        self.everywhere = everywhere


class Requests:
    """Makes requests through a client's own connection and buckets."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._resting: set[asyncio.Task[Any]] = set()

    async def make(
        self,
        client: discord.Client,
        route: Route,
        body: Json | None = None,
        query: Mapping[str, str | int] | None = None,
    ) -> Any:
        """Make one request, once, and return what was answered; raises RequestFailed."""
        payload = _Payload(body) if body is not None else None
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        hear = partial(_hear, answer)
        request = asyncio.create_task(
            client.http.request(route, data=payload, params=query, raise_for_status=hear),
            name="discord request",
        )
        try:
            async with asyncio.timeout(self._patience):
                await asyncio.wait((request, answer), return_when=asyncio.FIRST_COMPLETED)
            return answer.result() if answer.done() else request.result()
        except LOST as error:
            request.cancel()
            problem = str(error) or type(error).__name__
            silent = isinstance(error, TimeoutError)
            raise Unanswered(problem, _may_be_done(route, payload, error), silent) from error
        except discord.RateLimited as error:
            raise Declined(429, 0, str(error), error.retry_after) from error
        except asyncio.CancelledError:
            request.cancel()
            raise
        finally:
            answer.cancel()
            self._rest(request)

    def close(self) -> None:
        """Give up what still waits for a bucket to fill."""
        for request in self._resting:
            request.cancel()

    def _rest(self, request: asyncio.Task[Any]) -> None:
        """Let a request sleep as long as its bucket wants, though its answer is known."""
        self._resting.add(request)
        request.add_done_callback(self._rested)

    def _rested(self, request: asyncio.Task[Any]) -> None:
        self._resting.discard(request)
        if not request.cancelled():
            request.exception()


class _Payload(aiohttp.BytesPayload):
    """A request's body, which knows whether any of it was written and lets that happen once.

    discord.py would write it again after a reset connection on macOS and Windows.
    """

    def __init__(self, body: Json) -> None:
        content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        super().__init__(content, content_type="application/json")
        self.written = False

    async def write_with_length(
        self, writer: AbstractStreamWriter, content_length: int | None
    ) -> None:
        if self.written:
            raise ConnectionError("the connection broke after the request was written")
        self.written = True
        await super().write_with_length(writer, content_length)


def _may_be_done(route: Route, payload: _Payload | None, error: Exception) -> bool:
    """Whether something may have come of a request; of one that only looks, nothing does."""
    if route.method == "GET" or isinstance(error, aiohttp.ClientConnectorError):
        return False
    return payload is None or payload.written


async def _hear(answer: asyncio.Future[Any], response: aiohttp.ClientResponse) -> None:
    """Take an answer before discord.py does; raises where that would repeat the request."""
    data = _read(await response.text(encoding="utf-8", errors="replace"))
    if answer.done():
        return
    if 200 <= response.status < 300 and not isinstance(data, str):
        answer.set_result(data)
        return
    declined = _declined(response, data)
    answer.set_exception(declined)
    if response.status == 429 or response.status >= 500:
        raise declined


def _read(text: str) -> Any:
    """The content of an answer: JSON, or the text of a page from in front of Discord."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _declined(response: aiohttp.ClientResponse, data: Any) -> RequestFailed:
    if 200 <= response.status < 300:
        return Unanswered("what answered is not Discord", written=True)
    if not isinstance(data, dict):
        code, text, everywhere = 0, response.reason or "", True
    else:
        code, text = _code(data), _text(data)
        everywhere = bool(data.get("global"))
    wait = _seconds(response, data) if response.status == 429 else 0.0
    return Declined(response.status, code, text, wait, everywhere)


def _code(data: Json) -> int:
    code = data.get("code")
    return code if isinstance(code, int) else 0


def _text(data: Json) -> str:
    """What Discord says, with the fields that it says it about, in one line."""
    errors = f": {json.dumps(data['errors'])}" if data.get("errors") else ""
    return f"{data.get('message', '')}{errors}"[:LONGEST_TEXT]


def _seconds(response: aiohttp.ClientResponse, data: Any) -> float:
    """How long a 429 wants us to wait."""
    told = data.get("retry_after") if isinstance(data, dict) else None
    try:
        seconds = float(told if told is not None else response.headers["Retry-After"])
    except (KeyError, TypeError, ValueError):
        return NO_TIME_GIVEN
    return seconds if math.isfinite(seconds) else NO_TIME_GIVEN
