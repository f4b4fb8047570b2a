"""Feeds over HTTP: the bytes as they came, or an error that says what came instead."""

import asyncio
import gzip
import socket
import tracemalloc
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from bot.errors import ArxivUnavailable, FeedRefused, FeedTooLarge, FeedTruncated
from bot.sources.fetch import (
    MAX_FEED_BYTES,
    TIMEOUTS,
    FeedFetcher,
    atom_url,
    connection_setback,
    looks_like_feed,
)
from bot.sources.gate import USER_AGENT, Gate
from bot.sources.retry import Trouble
from storage.models import Kind
from tests.bot.sources.conftest import THREE_TRIES
from tests.fakes.arxiv import WEB_PAGE, FakeArxiv, paper
from tests.fakes.arxiv_xml import atom_feed, error_feed
from tests.fakes.clock import FakeClock

DAY = date(2026, 4, 21)
ROW = (paper("2604.00001", title="On $a<b$ & more"), Kind.NEW)
FEED = atom_feed("cs.CV", DAY, [ROW])
SHORT = aiohttp.ClientTimeout(sock_read=0.05)


@pytest.fixture(autouse=True)
def announced(arxiv: FakeArxiv) -> None:
    arxiv.batch("cs.CV", DAY, ROW)


@pytest.fixture
async def fetcher(arxiv: FakeArxiv, clock: FakeClock) -> AsyncIterator[FeedFetcher]:
    async with make(arxiv.feed_url, clock) as made:
        yield made


def make(
    feed_url: str, clock: FakeClock, timeouts: aiohttp.ClientTimeout = TIMEOUTS
) -> FeedFetcher:
    return FeedFetcher(
        Gate(clock, 3.0),
        clock,
        feed_url,
        patience=THREE_TRIES,
        timeouts=timeouts,
        chance=lambda: 1.0,
    )


async def test_a_feed_comes_byte_for_byte(fetcher: FeedFetcher, arxiv: FakeArxiv) -> None:
    assert await fetcher.fetch("cs.CV") == FEED
    [request] = arxiv.requests
    assert request.path == "/atom/cs.CV"
    assert request.headers["User-Agent"] == USER_AGENT
    assert "gzip" in request.headers["Accept-Encoding"]


async def test_a_real_feed_comes_byte_for_byte(
    fetcher: FeedFetcher, arxiv: FakeArxiv, shared_data: Path
) -> None:
    packed = (shared_data / "feeds/atom_cs.CV_2026-04-21.xml.gz").read_bytes()
    arxiv.answer_next(200, {"Content-Encoding": "gzip"}, packed)
    assert await fetcher.fetch("cs.CV") == gzip.decompress(packed)


async def test_requests_are_three_seconds_apart_on_connections_of_their_own(
    fetcher: FeedFetcher, arxiv: FakeArxiv
) -> None:
    await asyncio.gather(*(fetcher.fetch("cs.CV") for _ in range(3)))
    assert [request.at for request in arxiv.requests] == [0.0, 3.0, 6.0]
    assert {request.headers["Connection"] for request in arxiv.requests} == {"close"}


async def test_an_error_feed_is_the_body_for_the_parser_to_quote(
    fetcher: FeedFetcher, arxiv: FakeArxiv
) -> None:
    assert await fetcher.fetch("cs.ZZ") == error_feed("cs.ZZ")
    assert len(arxiv.requests) == 1


async def test_a_400_that_is_no_feed_is_final(fetcher: FeedFetcher, arxiv: FakeArxiv) -> None:
    arxiv.answer_next(400, body=WEB_PAGE)
    with pytest.raises(ArxivUnavailable, match="HTTP 400; check the request"):
        await fetcher.fetch("cs.CV")
    assert len(arxiv.requests) == 1


async def test_another_refusal_is_final(fetcher: FeedFetcher, arxiv: FakeArxiv) -> None:
    arxiv.answer_next(404)
    with pytest.raises(ArxivUnavailable, match="HTTP 404; check the request"):
        await fetcher.fetch("cs.CV")
    assert len(arxiv.requests) == 1


async def test_a_web_page_at_200_is_the_body_for_the_parser_to_refuse(
    fetcher: FeedFetcher, arxiv: FakeArxiv
) -> None:
    arxiv.html()
    assert await fetcher.fetch("cs.CV") == WEB_PAGE


@pytest.mark.parametrize("status", [403, 429, 500, 502, 503, 504])
async def test_a_status_that_may_pass_is_tried_again(
    fetcher: FeedFetcher, arxiv: FakeArxiv, status: int
) -> None:
    arxiv.answer_next(status, times=2)
    assert await fetcher.fetch("cs.CV") == FEED
    assert [request.at for request in arxiv.requests] == [0.0, 3.0, 9.0]


async def test_retry_after_is_honoured(fetcher: FeedFetcher, arxiv: FakeArxiv) -> None:
    arxiv.answer_next(429, {"Retry-After": "20"})
    arxiv.answer_next(503, {"Retry-After": "Tue, 21 Apr 2026 06:00:45 GMT"})
    assert await fetcher.fetch("cs.CV") == FEED
    assert [request.at for request in arxiv.requests] == [0.0, 20.0, 45.0]


async def test_a_retry_after_beyond_patience_ends_it_at_once(
    fetcher: FeedFetcher, arxiv: FakeArxiv
) -> None:
    arxiv.answer_next(429, {"Retry-After": "600"})
    with pytest.raises(ArxivUnavailable, match="HTTP 429; it asks to try again in 10 minutes") as e:
        await fetcher.fetch("cs.CV")
    assert e.value.retry_after == 600.0
    assert len(arxiv.requests) == 1


async def test_others_pass_the_gate_while_one_waits_for_its_next_try(
    arxiv: FakeArxiv, clock: FakeClock
) -> None:
    async with make(arxiv.feed_url, clock) as fetcher:
        arxiv.batch("cs.AI", DAY)
        arxiv.answer_next(429, {"Retry-After": "50"})
        turned_away = asyncio.create_task(fetcher.fetch("cs.CV"))
        other = asyncio.create_task(fetcher.fetch("cs.AI"))
        await asyncio.gather(turned_away, other)
    assert arxiv.paths == ["/atom/cs.CV", "/atom/cs.AI", "/atom/cs.CV"]


async def test_a_cut_answer_is_fetched_again(fetcher: FeedFetcher, arxiv: FakeArxiv) -> None:
    arxiv.cut()
    assert await fetcher.fetch("cs.CV") == FEED
    assert len(arxiv.requests) == 2


async def test_an_answer_that_is_always_cut_is_a_truncated_feed(
    fetcher: FeedFetcher, arxiv: FakeArxiv
) -> None:
    arxiv.cut(times=3)
    with pytest.raises(FeedTruncated, match=r"broke off its answer \(3 tries\)"):
        await fetcher.fetch("cs.CV")


async def test_damaged_compression_is_fetched_again(fetcher: FeedFetcher, arxiv: FakeArxiv) -> None:
    arxiv.answer_next(200, {"Content-Encoding": "gzip"}, b"this is not gzip")
    assert await fetcher.fetch("cs.CV") == FEED


async def test_a_dropped_connection_is_tried_again(fetcher: FeedFetcher, arxiv: FakeArxiv) -> None:
    arxiv.drop(times=2)
    assert await fetcher.fetch("cs.CV") == FEED
    assert [request.at for request in arxiv.requests] == [0.0, 3.0, 9.0]


async def test_a_dropped_connection_is_named(fetcher: FeedFetcher, arxiv: FakeArxiv) -> None:
    arxiv.drop(times=3)
    with pytest.raises(ArxivUnavailable, match="arXiv dropped the connection"):
        await fetcher.fetch("cs.CV")


async def test_a_server_that_says_nothing_is_left_and_tried_again(
    arxiv: FakeArxiv, clock: FakeClock
) -> None:
    arxiv.hang()
    async with make(arxiv.feed_url, clock, SHORT) as fetcher:
        assert await fetcher.fetch("cs.CV") == FEED
    assert len(arxiv.requests) == 2


async def test_silence_is_named(arxiv: FakeArxiv, clock: FakeClock) -> None:
    for _ in range(3):
        arxiv.hang()
    async with make(arxiv.feed_url, clock, SHORT) as fetcher:
        with pytest.raises(ArxivUnavailable, match=r"gave no answer in time \(3 tries\)"):
            await fetcher.fetch("cs.CV")


async def test_offline_it_says_that_arxiv_could_not_be_reached(clock: FakeClock) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        async with make(f"http://127.0.0.1:{closed.getsockname()[1]}", clock) as fetcher:
            with pytest.raises(ArxivUnavailable, match=r"could not be reached at 127\.0\.0\.1"):
                await fetcher.fetch("cs.CV")
    assert clock.slept == [3.0, 6.0]


async def test_a_redirect_is_followed(fetcher: FeedFetcher, arxiv: FakeArxiv) -> None:
    arxiv.answer_next(301, {"Location": "/atom/cs.CV"})
    assert await fetcher.fetch("cs.CV") == FEED


async def test_a_circle_of_redirects_ends(fetcher: FeedFetcher, arxiv: FakeArxiv) -> None:
    arxiv.answer_next(301, {"Location": "/atom/cs.CV"}, times=20)
    with pytest.raises(ArxivUnavailable, match="sends from one address to the next"):
        await fetcher.fetch("cs.CV")
    assert len(arxiv.requests) <= 4


async def test_a_feed_of_the_greatest_size_is_taken(fetcher: FeedFetcher, arxiv: FakeArxiv) -> None:
    greatest = b"x" * MAX_FEED_BYTES
    arxiv.answer_next(200, body=greatest)
    assert await fetcher.fetch("cs.CV") == greatest


async def test_one_byte_more_is_too_large(fetcher: FeedFetcher, arxiv: FakeArxiv) -> None:
    arxiv.answer_next(200, body=b"x" * (MAX_FEED_BYTES + 1))
    with pytest.raises(FeedTooLarge, match="larger than 16,777,216 bytes"):
        await fetcher.fetch("cs.CV")
    assert len(arxiv.requests) == 1


async def test_a_small_body_that_unpacks_to_a_huge_one_stops_at_the_limit(
    fetcher: FeedFetcher, arxiv: FakeArxiv
) -> None:
    bomb = gzip.compress(bytes(8 * MAX_FEED_BYTES))
    assert len(bomb) < MAX_FEED_BYTES // 100
    arxiv.answer_next(200, {"Content-Encoding": "gzip"}, bomb)
    tracemalloc.start()
    try:
        with pytest.raises(FeedTooLarge):
            await fetcher.fetch("cs.CV")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3 * MAX_FEED_BYTES


async def test_cancelling_in_the_middle_of_an_answer_opens_the_gate(
    fetcher: FeedFetcher, arxiv: FakeArxiv
) -> None:
    arxiv.hang()
    waiting = asyncio.create_task(fetcher.fetch("cs.CV"))
    await asyncio.to_thread(arxiv.wait_for_requests, 1)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await fetcher.fetch("cs.CV") == FEED


async def test_closing_twice_is_fine_and_fetching_afterwards_too(
    fetcher: FeedFetcher,
) -> None:
    await fetcher.fetch("cs.CV")
    await fetcher.close()
    await fetcher.close()
    assert await fetcher.fetch("cs.CV") == FEED


@pytest.mark.parametrize(
    ("category", "path"),
    [
        ("q-bio.BM", "/atom/q-bio.BM"),
        ("cs.AI/../../etc", "/atom/cs.AI%2F..%2F..%2Fetc"),
        ("cs.AI?query_id=1#top", "/atom/cs.AI%3Fquery_id%3D1%23top"),
        ("%2e%2e", "/atom/%252e%252e"),
        ("cs.AI\r\nHost: x", "/atom/cs.AI%0D%0AHost%3A%20x"),
        ("视觉", "/atom/%E8%A7%86%E8%A7%89"),
        ("\ud800", "/atom/%3F"),
    ],
)
async def test_the_text_of_a_category_leads_nowhere_else(
    fetcher: FeedFetcher, arxiv: FakeArxiv, category: str, path: str
) -> None:
    await fetcher.fetch(category)
    assert arxiv.paths == [path]


@pytest.mark.parametrize("category", ["", ".", ".."])
async def test_dots_alone_are_not_sent(
    fetcher: FeedFetcher, arxiv: FakeArxiv, category: str
) -> None:
    with pytest.raises(FeedRefused, match="arXiv has no category"):
        await fetcher.fetch(category)
    assert arxiv.requests == []


@given(st.text(min_size=1).filter(lambda text: text.strip(".")))
def test_any_other_text_stays_one_part_of_the_path(category: str) -> None:
    url = atom_url("https://rss.arxiv.org", category)
    assert url.host == "rss.arxiv.org"
    assert url.raw_path.count("/") == 2
    assert url.raw_path.startswith("/atom/")
    assert not url.raw_query_string
    assert not url.raw_fragment


@pytest.mark.parametrize(
    ("body", "is_feed"),
    [
        (FEED, True),
        (error_feed("cs.ZZ"), True),
        (b"<?xml version='1.0'?><rdf:RDF></rdf:RDF>", True),
        (WEB_PAGE, False),
        (b"", False),
        (b'{"error": "bad request"}', False),
    ],
)
def test_a_feed_is_told_from_an_error_page(body: bytes, is_feed: bool) -> None:
    assert looks_like_feed(body) is is_feed


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (aiohttp.ConnectionTimeoutError(), Trouble.UNREACHABLE),
        (aiohttp.SocketTimeoutError(), Trouble.PASSING),
        (TimeoutError(), Trouble.PASSING),
        (aiohttp.ServerDisconnectedError(), Trouble.PASSING),
        (aiohttp.ClientOSError(), Trouble.PASSING),
        (aiohttp.ClientPayloadError(), Trouble.CUT),
        (aiohttp.InvalidURL("http://[", "no host"), Trouble.REFUSED),
    ],
)
def test_failures_below_http_are_told_apart(error: Exception, trouble: Trouble) -> None:
    assert connection_setback(error, URL("https://rss.arxiv.org")).trouble is trouble
