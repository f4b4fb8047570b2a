"""Fetches announcement feeds over HTTP: category in, bytes out; `feed.parse_feed` reads them."""

import random
from collections.abc import Callable
from types import TracebackType
from typing import Self
from urllib.parse import quote

import aiohttp
from yarl import URL

from bot.clock import Clock
from bot.errors import FeedRefused, FeedTooLarge
from bot.sources.gate import USER_AGENT, Gate
from bot.sources.retry import (
    INTERACTIVE,
    Patience,
    Setback,
    Trouble,
    TryFailed,
    persist,
    status_setback,
)

# For the connection alone: time for a lost packet to be sent again a few times.
CONNECT_SECONDS = 10.0
# For each piece of an answer; a server that says nothing for longer is taken for hanging.
READ_SECONDS = 30.0
# For a whole request: the 4 MB of a full feed take this long at 280 kbit/s.
TOTAL_SECONDS = 120.0
TIMEOUTS = aiohttp.ClientTimeout(
    total=TOTAL_SECONDS, sock_connect=CONNECT_SECONDS, sock_read=READ_SECONDS
)
# Uncompressed. arXiv serves at most 2,000 rows; measured 2.1 kB a row, so 4.2 MB; times four.
MAX_FEED_BYTES = 16 * 1024 * 1024
CHUNK_BYTES = 64 * 1024
# From http to https, perhaps to another host of arXiv's; more is a circle.
MAX_REDIRECTS = 3

# The first that fits counts: aiohttp's errors overlap.
_FAILURES = (
    (aiohttp.InvalidURL, Trouble.REFUSED, "cannot be asked at {host}"),
    (aiohttp.TooManyRedirects, Trouble.REFUSED, "sends from one address to the next"),
    (aiohttp.ClientConnectorError, Trouble.UNREACHABLE, "could not be reached at {host}"),
    (aiohttp.ConnectionTimeoutError, Trouble.UNREACHABLE, "could not be reached at {host}"),
    (aiohttp.ClientPayloadError, Trouble.CUT, "broke off its answer"),
    (TimeoutError, Trouble.PASSING, "gave no answer in time"),
    (aiohttp.ClientResponseError, Trouble.PASSING, "gave an answer that is not proper HTTP"),
)


class FeedFetcher:
    """Fetches feeds through the gate, each request on a connection of its own.

    `chance` gives the random numbers from 0 to 1 that spread retries. Close it when done;
    `async with` does.
    """

    def __init__(
        self,
        gate: Gate,
        clock: Clock,
        feed_url: str,
        *,
        patience: Patience = INTERACTIVE,
        timeouts: aiohttp.ClientTimeout = TIMEOUTS,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._gate = gate
        self._clock = clock
        self._feed_url = feed_url.rstrip("/")
        self._patience = patience
        self._timeouts = timeouts
        self._chance = chance
        self._session: aiohttp.ClientSession | None = None

    async def fetch(self, category: str) -> bytes:
        """The Atom feed of `category`, uncompressed, as it came.

        A feed that arXiv sends to explain its refusal (HTTP 400) is returned like any other:
        `parse_feed` recognises it by its title and quotes the reason.

        Raises FeedTooLarge, FeedTruncated where every try broke off, FeedRefused for a text that
        cannot name a category, and ArxivUnavailable for everything else.
        """
        url = atom_url(self._feed_url, category)
        return await persist(lambda: self._try(url), self._clock, self._patience, self._chance)

    async def close(self) -> None:
        """Close the connections; afterwards `fetch` opens new ones."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def _try(self, url: URL) -> bytes:
        """One request. The gate is left before anybody waits for the next try."""
        async with self._gate:
            try:
                return await self._get(url)
            except (aiohttp.ClientError, TimeoutError) as error:
                raise TryFailed(connection_setback(error, url)) from error

    async def _get(self, url: URL) -> bytes:
        async with self._open_session().get(url, max_redirects=MAX_REDIRECTS) as response:
            if response.status not in {200, 400}:
                raise TryFailed(_refusal(response, self._clock))
            body = await read_limited(response, MAX_FEED_BYTES)
            if response.status == 400 and not looks_like_feed(body):
                raise TryFailed(_refusal(response, self._clock))
            return body

    def _open_session(self) -> aiohttp.ClientSession:
        """Made on first use, since a session belongs to the loop that runs.

        Connections are not kept: one that idles here while the API is asked would be a second one.
        """
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=1, force_close=True),
                headers={"User-Agent": USER_AGENT},
                timeout=self._timeouts,
                middlewares=(_only_once,),
                trust_env=True,
            )
        return self._session


async def _only_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Keep aiohttp from repeating a request whose connection dropped: it would pass no gate."""
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise TryFailed(connection_setback(error, request.url)) from error


def atom_url(feed_url: str, category: str) -> URL:
    """The address of a category's Atom feed; no category text can lead elsewhere on the host.

    Raises FeedRefused for dots alone, which are the one thing that quoting leaves dangerous.
    """
    if not category.strip("."):
        raise FeedRefused(f"arXiv has no category {category!r}; one that it has is cs.CV")
    name = quote(category, safe="", errors="replace")
    return URL(f"{feed_url}/atom/{name}", encoded=True)


def looks_like_feed(body: bytes) -> bool:
    """Whether the root element seems to be a feed's; a gateway's error page is HTML."""
    start = body[:1000]
    return any(root in start for root in (b"<feed", b"<rss", b"<rdf:RDF"))


async def read_limited(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """The body, if it has at most `limit` bytes after decompression; else raises FeedTooLarge.

    aiohttp decompresses piece by piece, so a small body that unpacks to gigabytes stops here too.
    """
    pieces: list[bytes] = []
    size = 0
    async for piece in response.content.iter_chunked(CHUNK_BYTES):
        size += len(piece)
        if size > limit:
            raise FeedTooLarge(
                f"arXiv's answer is larger than {limit:,} bytes, more than any feed: it was not "
                "read to the end; check feed_url under [arxiv] in the configuration"
            )
        pieces.append(piece)
    return b"".join(pieces)


def connection_setback(error: Exception, url: URL) -> Setback:
    """What a failure below HTTP means for the next try.

    A refused connection, an unknown host, a failed certificate and a connection that is not
    answered are one to whoever reads it: arXiv cannot be reached from here.
    """
    for kind, trouble, problem in _FAILURES:
        if isinstance(error, kind):
            return Setback(trouble, problem.format(host=url.host or url))
    return Setback(Trouble.PASSING, "dropped the connection")


def _refusal(response: aiohttp.ClientResponse, clock: Clock) -> Setback:
    return status_setback(response.status, response.headers.get("Retry-After"), clock.now())
