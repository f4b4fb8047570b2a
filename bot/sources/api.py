"""arXiv's API through the `arxiv` package: papers by id, by query, and by day of submission.

The package blocks, so each request runs in a thread of its own. It would ask for page after page
by itself, so it is given one page at a time, through the gate.
"""

import asyncio
import concurrent.futures
import logging
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import urlsplit

import arxiv
import requests

from bot.clock import Clock
from bot.errors import BadPaperId
from bot.sources.api_transport import TIMEOUTS, GuardedTransport, request_setback
from bot.sources.gate import Gate
from bot.sources.ids import parse_id
from bot.sources.retry import INTERACTIVE, Patience, TryFailed, persist
from storage.models import Paper

# Rows of one request: ids fit into one URL, and answers come in a second or two. The package asks
# for as many as its page size even where one is wanted, so the size follows the need below this.
PAGE_ROWS = 100
# Rows of one query over all its pages (https://info.arxiv.org/help/api/user-manual.html).
MOST_ROWS = 30_000
# Seconds that closing waits for a request whose caller has left; `run` has 10 s to stop.
CLOSE_SECONDS = 5.0

_log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Answer:
    """The papers of one page, how many rows arXiv used for them, and how many there are in all."""

    papers: tuple[Paper, ...]
    served: int
    total: int


class ArxivApi:
    """Asks arXiv's API, one request at a time, through the gate.

    `timeouts` are seconds to connect and seconds of silence; `chance` gives the random numbers
    from 0 to 1 that spread retries. Every method raises ArxivUnavailable, FeedRefused (arXiv
    does not take the question, and says why) and FeedTooLarge.
    """

    def __init__(
        self,
        gate: Gate,
        clock: Clock,
        api_url: str,
        *,
        patience: Patience = INTERACTIVE,
        timeouts: tuple[float, float] = TIMEOUTS,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._gate = gate
        self._clock = clock
        self._api_url = api_url
        self._patience = patience
        self._timeouts = timeouts
        self._chance = chance
        self._request: asyncio.Future[_Answer] | None = None

    async def papers(self, ids: Sequence[str]) -> dict[str, Paper]:
        """The newest version of each paper by id, in the order asked; unknown ids are missing.

        `ids` are canonical (`parse_id(text).id`): one malformed id costs its whole batch.
        """
        wanted = list(dict.fromkeys(ids))
        found: dict[str, Paper] = {}
        for first in range(0, len(wanted), PAGE_ROWS):
            batch = wanted[first : first + PAGE_ROWS]
            for paper in await self._collect(arxiv.Search(id_list=batch), len(batch)):
                found[paper.id] = paper
        return {one: found[one] for one in wanted if one in found}

    async def search(
        self, search_query: str, limit: int, newest_first: bool = False
    ) -> tuple[Paper, ...]:
        """At most `limit` papers that match a query in arXiv's own language, best match first.

        With `newest_first` by the day of their first version instead.
        """
        order = arxiv.SortCriterion.SubmittedDate if newest_first else arxiv.SortCriterion.Relevance
        search = arxiv.Search(_encodable(search_query), sort_by=order)
        return (await self._collect(search, limit))[: max(0, limit)]

    async def submitted(
        self, category: str, start: datetime, end: datetime, limit: int
    ) -> tuple[Paper, ...]:
        """At most `limit` papers of a category first submitted from `start` to `end`, oldest first.

        Both moments are aware and count to the minute. Results lag the announcement by hours.
        """
        query = f"cat:{category} AND submittedDate:[{_minute(start)} TO {_minute(end)}]"
        search = arxiv.Search(
            _encodable(query),
            sort_by=arxiv.SortCriterion.SubmittedDate,
            sort_order=arxiv.SortOrder.Ascending,
        )
        return (await self._collect(search, limit))[: max(0, limit)]

    async def close(self) -> None:
        """Wait a little for a request whose caller was cancelled; then nothing holds up the exit.

        What is still running after that ends with the process: its thread is a daemon.
        """
        if self._request is not None and not self._request.done():
            await asyncio.wait([self._request], timeout=CLOSE_SECONDS)

    async def _collect(self, search: arxiv.Search, limit: int) -> tuple[Paper, ...]:
        """Ask page by page. Rows may move between two pages, so a paper can come twice."""
        search.max_results = None
        most = min(limit, MOST_ROWS)
        found: dict[str, Paper] = {}
        start = 0
        while start < most:
            answer = await self._page(search, start, min(PAGE_ROWS, most - start))
            for paper in answer.papers:
                found.setdefault(paper.id, paper)
            start += answer.served
            most = min(most, answer.total)
        return tuple(found.values())

    async def _page(self, search: arxiv.Search, start: int, rows: int) -> _Answer:
        def ask() -> _Answer:
            return self._ask(search, start, rows)

        return await persist(lambda: self._in_turn(ask), self._clock, self._patience, self._chance)

    async def _in_turn(self, ask: Callable[[], _Answer]) -> _Answer:
        """Run `ask` in a thread, which holds the gate until it ends.

        Cancelled before the gate opens: nothing was asked. Cancelled afterwards: the caller
        leaves at once, the thread goes on until its timeouts at most, and since its connection
        is arXiv's one connection, the gate stays shut until then.
        """
        await self._gate.enter()
        try:
            request = self._request = in_thread(ask)
        except BaseException:
            self._gate.leave()
            raise
        request.add_done_callback(lambda _: self._gate.leave())
        return await asyncio.shield(request)

    def _ask(self, search: arxiv.Search, start: int, rows: int) -> _Answer:
        """One request, in the thread. A client of its own each time: they cannot be shared."""
        transport = GuardedTransport(self._clock, start, self._timeouts)
        client = arxiv.Client(page_size=rows, delay_seconds=0, num_retries=0)
        client.query_url_format = self._api_url + "?{}"
        for scheme in ("http://", "https://"):
            client._session.mount(scheme, transport)  # noqa: SLF001 - there is no other way in
        papers: list[Paper | None] = []
        try:
            for result in client.results(search, offset=start):
                papers.append(to_paper(result))
                if len(papers) == transport.page.readable:
                    break  # taking one more would make the package ask for the next page
        except requests.RequestException as error:
            host = urlsplit(self._api_url).hostname or self._api_url
            raise TryFailed(request_setback(error, host)) from error
        finally:
            transport.close()
        page = transport.page
        return _Answer(tuple(paper for paper in papers if paper), page.served, page.total)


def to_paper(result: arxiv.Result) -> Paper | None:
    """A result as a paper, or None where its id is none of arXiv's.

    The package has collapsed white space in the title; the abstract is as served, with the line
    breaks and leading spaces that old records have. There is no licence in the API.
    """
    try:
        identity = parse_id(result.entry_id)
    except BadPaperId:
        _log.warning("left out a result with the id %r", result.entry_id)
        return None
    categories = dict.fromkeys((result.primary_category, *result.categories))
    names = (author.name.strip() for author in result.authors)
    return Paper(
        id=identity.id,
        version=identity.version or 1,
        title=result.title,
        abstract=result.summary,
        authors=tuple(name for name in names if name),
        categories=tuple(category for category in categories if category),
        comment=result.comment,
        doi=result.doi,
        journal_ref=result.journal_ref,
        published=result.published,
        updated=result.updated,
    )


def in_thread(work: Callable[[], T]) -> asyncio.Future[T]:
    """Run `work` in a daemon thread.

    The threads of an executor are joined when the process ends, so that one request that hangs
    would hold it up for as long as the timeouts allow.
    """
    outcome: concurrent.futures.Future[T] = concurrent.futures.Future()
    outcome.set_running_or_notify_cancel()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:
            outcome.set_exception(error)

    threading.Thread(target=run, name="arxiv", daemon=True).start()
    return asyncio.wrap_future(outcome)


def _encodable(text: str) -> str:
    """The text as it can stand in a URL; a terminal may hand over half a character."""
    return text.encode("utf-8", "replace").decode()


def _minute(moment: datetime) -> str:
    """The only form that the API takes: GMT, to the minute."""
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M")
