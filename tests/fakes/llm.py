"""A loopback server that speaks OpenAI's protocol as far as the bot asks for it.

It writes good summaries of its own unless a test plans otherwise, in a thread of its own, so that
it serves tests with an event loop and whole processes alike:

    with FakeLlm() as llm:
        llm.spoil_next(tldr="I'm sorry, I can't help with that.")
        llm.answer_next(429, {"Retry-After": "7"})
        ...                                    # talk to llm.base_url
        assert [one.keys for one in llm.requests] == [("title", "tldr"), ("tldr",)]
"""

import asyncio
import json
import re
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from bot.clock import Clock, SystemClock
from tests.fakes.llm_texts import good_text

# Seconds that a test waits for the server before it fails; nothing here takes a tenth of it.
PATIENCE = 10.0

_PAPER = re.compile(r"<(paper-\w+)>\nTitle: (.*?)\n\nAbstract: (.*?)\n</\1>", re.DOTALL)
_LANGUAGE = re.compile(r"(?:translated into|sentence in) ([A-Z]\w+)")
_KEYS = re.compile(r"with the keys (.*) now\.")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came: what it asks, its body and headers, and the clock's seconds when."""

    title: str
    abstract: str
    language: str
    keys: tuple[str, ...]
    user: str
    body: Mapping[str, Any]
    headers: Mapping[str, str]
    at: float


Plan = Callable[[web.Request, Asked], Awaitable[web.StreamResponse]]


class FakeLlm:
    """The server; `requests` lists what it was asked and `most_at_once` how many at a time.

    `refuses` names what it does not understand: "json_schema", "json_object", "response_format",
    "max_tokens", "max_completion_tokens". Each answer takes `latency` seconds of the clock.
    """

    def __init__(self, clock: Clock | None = None, latency: float = 0.0, key: str = "") -> None:
        self.requests: list[Asked] = []
        self.most_at_once = 0
        self.refuses: set[str] = set()
        self._clock = clock or SystemClock()
        self._latency = latency
        self._key = key
        self._usual: Plan = self._good
        self._plans: deque[Plan] = deque()
        self._open: list[web.Request] = []
        self._held: asyncio.Semaphore | None = None
        self._waiting = 0
        self._news = threading.Condition()
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    # Verbs: how the next requests fare, in the order of the calls

    def answer_next(
        self,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        body: str = "",
        times: int = 1,
    ) -> None:
        """Answer the next `times` requests with just this."""

        async def answer(_request: web.Request, _asked: Asked) -> web.StreamResponse:
            kind = "application/json" if body.startswith("{") else "text/html"
            return web.Response(status=status, headers=headers, text=body, content_type=kind)

        self._plans.extend([answer] * times)

    def write_next(self, text: str | None, times: int = 1, **message: Any) -> None:
        """Let the model write just this to the next requests; `message` are further fields."""

        async def write(_request: web.Request, _asked: Asked) -> web.StreamResponse:
            return completion(text, **message)

        self._plans.extend([write] * times)

    def spoil_next(self, **texts: object) -> None:
        """Let the next answer be good but for some fields; None leaves a field out."""
        self._plans.append(self._spoilt(texts))

    def spoil_all(self, **texts: object) -> None:
        """Let all answers that are not planned otherwise be good but for some fields."""
        self._usual = self._spoilt(texts)

    def answer_all(self, status: int) -> None:
        """Answer all requests that are not planned otherwise with an error."""

        async def answer(_request: web.Request, _asked: Asked) -> web.StreamResponse:
            return web.Response(status=status)

        self._usual = answer

    def write_all(self, text: str) -> None:
        """Let the model write just this to all requests that are not planned otherwise."""

        async def write(_request: web.Request, _asked: Asked) -> web.StreamResponse:
            return completion(text)

        self._usual = write

    def cut_all(self) -> None:
        """Cut all answers that are not planned otherwise."""
        self._usual = _cut

    def hang_all(self) -> None:
        """Say nothing to all requests that are not planned otherwise."""
        self._usual = _hang

    def obey_all(self) -> None:
        """Be a model that does what it reads in quotation marks in an abstract."""

        async def obey(_request: web.Request, asked: Asked) -> web.StreamResponse:
            order = asked.abstract.partition("“")[2].partition("”")[0]
            return completion(json.dumps(dict.fromkeys(asked.keys, order)))

        self._usual = obey

    def recover(self) -> None:
        """Be a good model again."""
        self._usual = self._good

    def wrap_next(self, before: str, after: str, times: int = 1) -> None:
        """Let the model write something around the JSON object of its next answers."""

        async def wrap(_request: web.Request, asked: Asked) -> web.StreamResponse:
            return completion(f"{before}{json.dumps(good_texts(asked))}{after}")

        self._plans.extend([wrap] * times)

    def cut_next(self, times: int = 1) -> None:
        """Promise whole answers, send half of them, and hang up."""
        self._plans.extend([_cut] * times)

    def hang_next(self, times: int = 1) -> None:
        """Say nothing to the next requests, ever."""
        self._plans.extend([_hang] * times)

    def hold(self) -> None:
        """Keep all requests waiting from now on, until `release` lets some go."""
        self._held = asyncio.Semaphore(0)

    def release(self, count: int) -> None:
        """Let so many of the waiting requests have their answers."""

        def let_go() -> None:
            assert self._held is not None
            for _ in range(count):
                self._held.release()

        self._loop.call_soon_threadsafe(let_go)

    def forget(self) -> None:
        """Drop what is planned, and the record of what was asked."""
        self._plans.clear()
        self.requests.clear()

    # Observations

    @property
    def base_url(self) -> str:
        """For `base_url` under [llm]."""
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def asked(self) -> list[tuple[str, str]]:
        """The paper's title and the language of each request."""
        return [(one.title, one.language) for one in self.requests]

    async def somebody_waits(self, count: int) -> None:
        """Wait until so many requests are held."""
        await asyncio.to_thread(self._wait_for, lambda: self._waiting >= count)

    async def came(self, count: int) -> None:
        """Wait until so many requests came in all."""
        await asyncio.to_thread(self._wait_for, lambda: len(self.requests) >= count)

    def _wait_for(self, holds: Callable[[], bool]) -> None:
        with self._news:
            assert self._news.wait_for(holds, PATIENCE)

    # The server

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(PATIENCE)
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self._complete)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._port: int = runner.addresses[0][1]
        self._started.set()
        await self._stop.wait()
        await runner.cleanup()

    async def _complete(self, request: web.Request) -> web.StreamResponse:
        asked = _read(await request.json(), request.headers, self._clock.monotonic())
        self._open.append(request)
        self.most_at_once = max(self.most_at_once, sum(map(_is_connected, self._open)))
        with self._news:
            self.requests.append(asked)
            self._news.notify_all()
        try:
            return await self._answer(request, asked)
        finally:
            self._open.remove(request)

    async def _answer(self, request: web.Request, asked: Asked) -> web.StreamResponse:
        if self._key and request.headers.get("Authorization") != f"Bearer {self._key}":
            return _error(401, f"Incorrect key provided: {request.headers['Authorization']}")
        if refusal := self._refusal(asked.body):
            return _error(400, refusal)
        plan = self._plans.popleft() if self._plans else self._usual
        if self._latency:
            await self._clock.sleep(self._latency)
        await self._let_through()
        return await plan(request, asked)

    async def _let_through(self) -> None:
        if self._held is None:
            return
        self._count_waiting(1)
        try:
            await self._held.acquire()
        finally:
            self._count_waiting(-1)

    def _count_waiting(self, change: int) -> None:
        with self._news:
            self._waiting += change
            self._news.notify_all()

    def _refusal(self, body: Mapping[str, Any]) -> str:
        form = body.get("response_format", {}).get("type", "")
        for name in self.refuses:
            if name in (form, "response_format" if form else ""):
                return f"'response_format' of type '{form}' is not supported with this model."
            if name in body:
                return f"Unsupported parameter: '{name}' is not supported with this model."
        return ""

    async def _good(self, _request: web.Request, asked: Asked) -> web.StreamResponse:
        return completion(json.dumps(good_texts(asked), ensure_ascii=False))

    def _spoilt(self, texts: Mapping[str, object]) -> Plan:
        async def write(_request: web.Request, asked: Asked) -> web.StreamResponse:
            mixed = {**good_texts(asked), **{k: v for k, v in texts.items() if k in asked.keys}}
            return completion(json.dumps({k: v for k, v in mixed.items() if v is not None}))

        return write


def good_texts(asked: Asked) -> dict[str, str]:
    """What a good model answers."""
    return {key: good_text(key, asked.language, asked.title, asked.abstract) for key in asked.keys}


def completion(text: str | None, **message: Any) -> web.Response:
    """An answer in OpenAI's shape; 100 tokens in, 50 out."""
    said = {"role": "assistant", "content": text, **message}
    return web.json_response(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": "a-model",
            "choices": [{"index": 0, "message": said, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150},
        }
    )


def _read(body: Mapping[str, Any], headers: Mapping[str, str], at: float) -> Asked:
    system, user = (message["content"] for message in body["messages"])
    paper, keys, language = _PAPER.search(user), _KEYS.search(user), _LANGUAGE.search(system)
    assert paper, "no paper between its tags"
    assert keys, "no keys"
    return Asked(
        title=paper[2],
        abstract=paper[3],
        language=language[1] if language else "English",
        keys=tuple(keys[1].split(", ")),
        user=user,
        body=body,
        headers=headers,
        at=at,
    )


def _error(status: int, message: str) -> web.Response:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": None}
    return web.json_response({"error": error}, status=status)


async def _cut(request: web.Request, asked: Asked) -> web.StreamResponse:
    body = completion(json.dumps(good_texts(asked))).body
    assert isinstance(body, bytes)
    half = web.StreamResponse(
        headers={"Content-Length": str(len(body)), "Content-Type": "application/json"}
    )
    await half.prepare(request)
    await half.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return half


async def _hang(_request: web.Request, _asked: Asked) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError


def _is_connected(request: web.Request) -> bool:
    return request.transport is not None and not request.transport.is_closing()
