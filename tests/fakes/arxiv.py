"""A loopback server that answers as arXiv does, from what a test tells it with verbs.

It runs in a thread of its own, so that it serves tests with an event loop, tests without one, and
whole processes alike:

    with FakeArxiv() as arxiv:
        arxiv.batch("cs.CV", date(2026, 4, 21), (paper("2604.00001"), Kind.NEW))
        arxiv.answer_next(429, {"Retry-After": "7"})
        ...                                    # talk to arxiv.feed_url and arxiv.api_url
        assert len(arxiv.requests) == 2

On leaving it asserts that never more than one request was under way, as arXiv's terms ask.
"""

import asyncio
import re
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from bot.clock import Clock, SystemClock
from storage.models import Paper
from tests.fakes.arxiv_xml import Row, api_answer, api_error, atom_feed, error_feed, rss_feed

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Plan = Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]

# Seconds that a test waits for the server before it fails; nothing here takes a tenth of it.
PATIENCE = 10.0
WEB_PAGE = b"<!DOCTYPE html>\n<html><head><title>arXiv</title></head><body>Sorry<br></body></html>"

_ID = re.compile(r"(?:[0-9]{4}\.[0-9]{4,5}|[a-z-]+(?:\.[A-Z]{2})?/[0-9]{7})(?:v[0-9]+)?")
_CLAUSE = re.compile(r'(?:(ti|au|abs|cat|all):)?"?([^"]*)"?')
_RANGE = re.compile(r"submittedDate:\[([0-9]{12}) TO ([0-9]{12})\]")


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came: path, query, headers, and the seconds of the clock when."""

    path: str
    query: dict[str, str]
    headers: Mapping[str, str]
    at: float


def paper(paper_id: str, **fields: Any) -> Paper:
    """A paper as good as any, but for the fields named."""
    plain = Paper(
        id=paper_id,
        version=1,
        title=f"On the paper {paper_id}",
        abstract=f"We show what {paper_id} shows.",
        authors=("Ada Lovelace", "Kurt Gödel"),
        categories=("cs.CV",),
        published=datetime(2026, 4, 20, 17, 0, tzinfo=UTC),
        updated=datetime(2026, 4, 20, 17, 0, tzinfo=UTC),
    )
    return replace(plain, **fields)


class FakeArxiv:
    """The server; `requests` lists what it was asked and `most_at_once` how many at a time."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.requests: list[Request] = []
        self.most_at_once = 0
        self._clock = clock or SystemClock()
        self._batches: dict[str, tuple[str, date, tuple[Row, ...]]] = {}
        self._papers: dict[str, Paper] = {}
        self._plans: deque[Plan] = deque()
        self._open: list[web.Request] = []
        self._came = threading.Condition()
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    # Verbs: what arXiv has

    def batch(self, category: str, day: date, *rows: Row) -> None:
        """Announce rows in a category, in place of its last batch; without rows an empty feed.

        Categories that never had a batch do not exist, and get the error feed.
        """
        self._batches[category.lower()] = (category, day, rows)

    def paper(self, paper_id: str, **fields: Any) -> Paper:
        """Let the API have a paper; feeds have theirs from `batch`."""
        self._papers[paper_id] = made = paper(paper_id, **fields)
        return made

    # Verbs: how the next requests fare, in the order of the calls

    def answer_next(
        self,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        times: int = 1,
    ) -> None:
        """Answer the next `times` requests with just this."""

        async def answer(_request: web.Request, _handler: Handler) -> web.StreamResponse:
            return web.Response(status=status, headers=headers, body=body)

        self._plans.extend([answer] * times)

    def html(self, times: int = 1) -> None:
        """Answer the next requests with a web page and HTTP 200."""
        self.answer_next(200, {"Content-Type": "text/html"}, WEB_PAGE, times)

    def cut(self, times: int = 1) -> None:
        """Promise the whole answer to the next requests, send half of it, and hang up."""
        self._plans.extend([_cut] * times)

    def drop(self, times: int = 1) -> None:
        """Hang up on the next requests without a word."""
        self._plans.extend([_drop] * times)

    def hang(self) -> Callable[[], None]:
        """Say nothing to the next request; calling the result lets it have its usual answer."""
        resumed = asyncio.Event()

        async def wait(request: web.Request, handler: Handler) -> web.StreamResponse:
            await resumed.wait()
            return await handler(request)

        self._plans.append(wait)
        return lambda: self._in_loop(resumed.set)

    # Observations

    @property
    def feed_url(self) -> str:
        """For `feed_url` under [arxiv]."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def api_url(self) -> str:
        """For `api_url` under [arxiv]."""
        return f"{self.feed_url}/api/query"

    @property
    def paths(self) -> list[str]:
        """The path of each request."""
        return [request.path for request in self.requests]

    def wait_for_requests(self, count: int) -> None:
        """Block until `count` requests came in all; call it outside the event loop."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.requests) >= count, PATIENCE)

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
        self._in_loop(self._stop.set)
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        if error is None:
            assert self.most_at_once <= 1, f"{self.most_at_once} requests were under way at once"

    def _in_loop(self, call: Callable[[], None]) -> None:
        self._loop.call_soon_threadsafe(call)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        app = web.Application(middlewares=[self._middleware])
        app.router.add_get("/atom/{category}", self._feed)
        app.router.add_get("/rss/{category}", self._feed)
        app.router.add_get("/api/query", self._api)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._port: int = runner.addresses[0][1]
        self._started.set()
        await self._stop.wait()
        await runner.cleanup()

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self._record(request)
        plan = self._plans.popleft() if self._plans else _as_usual
        try:
            response = await plan(request, handler)
            if _is_connected(request):
                await response.prepare(request)
                await response.write_eof()
            return response
        finally:
            self._open.remove(request)

    def _record(self, request: web.Request) -> None:
        """A caller that hung up is not under way any more, even if its handler has yet to learn."""
        self._open.append(request)
        self.most_at_once = max(self.most_at_once, sum(map(_is_connected, self._open)))
        path, query = request.rel_url.raw_path, dict(request.query)
        with self._came:
            self.requests.append(Request(path, query, request.headers, self._clock.monotonic()))
            self._came.notify_all()

    async def _feed(self, request: web.Request) -> web.Response:
        category = request.match_info["category"]
        if category.lower() not in self._batches:
            return _xml(error_feed(category), status=400)
        write = atom_feed if request.path.startswith("/atom/") else rss_feed
        return _xml(write(*self._batches[category.lower()]))

    async def _api(self, request: web.Request) -> web.Response:
        query = request.query
        ids = [one for one in query.get("id_list", "").split(",") if one]
        for one in ids:
            if not _ID.fullmatch(one):
                return _xml(api_error(f"incorrect id format for {one}"), status=400)
        found = [self._papers[one] for one in ids if one in self._papers]
        if not ids:
            found = _sorted(_search(list(self._papers.values()), query["search_query"]), query)
        start, rows = int(query.get("start", 0)), int(query.get("max_results", 10))
        return _xml(api_answer(found[start : start + rows], start, rows, len(found)))


async def _as_usual(request: web.Request, handler: Handler) -> web.StreamResponse:
    return await handler(request)


async def _cut(request: web.Request, handler: Handler) -> web.StreamResponse:
    whole = await handler(request)
    assert isinstance(whole, web.Response)
    assert isinstance(whole.body, bytes)
    half = web.StreamResponse(headers={"Content-Length": str(len(whole.body))})
    await half.prepare(request)
    await half.write(whole.body[: len(whole.body) // 2])
    _hang_up(request)
    return half


async def _drop(request: web.Request, _handler: Handler) -> web.StreamResponse:
    _hang_up(request)
    return web.Response()


def _is_connected(request: web.Request) -> bool:
    return request.transport is not None and not request.transport.is_closing()


def _hang_up(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.close()


def _xml(body: bytes, status: int = 200) -> web.Response:
    """Compressed where the caller takes it, as arXiv does."""
    response = web.Response(status=status, body=body, content_type="application/xml")
    response.enable_compression()
    return response


def _search(papers: list[Paper], search_query: str) -> list[Paper]:
    """As much of the query language as tests need: clauses joined by AND, and a range of dates."""
    for clause in search_query.split(" AND "):
        papers = [one for one in papers if _matches(one, clause.strip())]
    return papers


def _matches(one: Paper, clause: str) -> bool:
    if days := _RANGE.fullmatch(clause):
        assert one.published is not None
        return days[1] <= one.published.strftime("%Y%m%d%H%M") <= days[2]
    found = _CLAUSE.fullmatch(clause)
    assert found, f"the fake does not know the query {clause!r}"
    fields = {
        "ti": one.title,
        "au": " ".join(one.authors),
        "abs": one.abstract,
        "cat": " ".join(one.categories),
    }
    where = fields[found[1]] if found[1] in fields else " ".join(fields.values())
    return found[2].lower() in where.lower()


def _sorted(papers: list[Paper], query: Mapping[str, str]) -> list[Paper]:
    if query.get("sortBy") != "submittedDate":
        return papers
    return sorted(papers, key=_submitted, reverse=query.get("sortOrder") == "descending")


def _submitted(one: Paper) -> datetime:
    assert one.published is not None
    return one.published
