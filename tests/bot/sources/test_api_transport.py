"""What comes back from the API is looked at first: one test for each trap of it and its package."""

import gzip
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import arxiv as package
import pytest
import requests
import urllib3
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from bot.errors import ArxivUnavailable, FeedRefused, FeedTooLarge
from bot.sources.api import ArxivApi
from bot.sources.api_transport import (
    MAX_ANSWER_BYTES,
    TIMEOUTS,
    TOTAL_SECONDS,
    is_readable,
    parse_atom,
    read_page,
    request_setback,
)
from bot.sources.gate import Gate
from bot.sources.retry import Trouble, TryFailed
from tests.bot.sources.conftest import THREE_TRIES
from tests.fakes.arxiv import WEB_PAGE, FakeArxiv, paper
from tests.fakes.arxiv_xml import api_answer, api_error
from tests.fakes.clock import FakeClock

KNOWN = "2604.00001"
UNKNOWN = "2604.99999"
ATOM = {"atom": "http://www.w3.org/2005/Atom"}
HALF = api_answer([paper(KNOWN), paper(UNKNOWN)], 0, 10, 2)[:-500]
EMPTY_THOUGH_ONE_IS_KNOWN = api_answer([], 0, 10, 1)


@pytest.fixture
async def api(arxiv: FakeArxiv, clock: FakeClock) -> AsyncIterator[ArxivApi]:
    made = make(arxiv.api_url, clock)
    yield made
    await made.close()


def make(api_url: str, clock: FakeClock, timeouts: tuple[float, float] = TIMEOUTS) -> ArxivApi:
    return ArxivApi(
        Gate(clock, 3.0),
        clock,
        api_url,
        patience=THREE_TRIES,
        timeouts=timeouts,
        chance=lambda: 1.0,
    )


class TestAnswersThatAreNone:
    @pytest.mark.parametrize(
        ("body", "problem"),
        [
            pytest.param(WEB_PAGE, "something else than a whole Atom feed", id="a web page"),
            pytest.param(b"", "something else than a whole Atom feed", id="nothing"),
            pytest.param(HALF, "something else than a whole Atom feed", id="half a feed"),
            pytest.param(b"<feed/>", "something else than a whole Atom feed", id="another feed"),
            pytest.param(EMPTY_THOUGH_ONE_IS_KNOWN, "none of 1 results", id="an empty page"),
        ],
    )
    async def test_at_200_they_are_tried_again_and_then_named(
        self, api: ArxivApi, arxiv: FakeArxiv, body: bytes, problem: str
    ) -> None:
        known = arxiv.paper(KNOWN)
        arxiv.answer_next(body=body, times=2)
        assert await api.papers([KNOWN]) == {KNOWN: known}
        assert [request.at for request in arxiv.requests] == [0.0, 3.0, 9.0]
        arxiv.answer_next(body=body, times=3)
        with pytest.raises(ArxivUnavailable, match=problem):
            await api.papers([KNOWN])

    async def test_a_refusal_can_come_at_200(self, api: ArxivApi, arxiv: FakeArxiv) -> None:
        arxiv.answer_next(body=api_error("start must be non-negative"))
        with pytest.raises(FeedRefused, match="start must be non-negative"):
            await api.search("all:x", limit=5)

    async def test_a_400_that_gives_no_reason_is_final(
        self, api: ArxivApi, arxiv: FakeArxiv
    ) -> None:
        arxiv.answer_next(400, body=WEB_PAGE)
        with pytest.raises(ArxivUnavailable, match="answered HTTP 400; check the request"):
            await api.papers([KNOWN])
        assert len(arxiv.requests) == 1

    async def test_one_bad_date_costs_one_entry_not_the_page(
        self, api: ArxivApi, arxiv: FakeArxiv, caplog: pytest.LogCaptureFixture
    ) -> None:
        good, bad = (
            paper("2604.00001"),
            paper("2604.00002", updated=datetime(1999, 9, 9, tzinfo=UTC)),
        )
        body = api_answer([bad, good], 0, 2, 2).replace(b"1999-09-09T00:00:00Z", b"last Thursday")
        arxiv.answer_next(body=body)
        assert await api.papers([good.id, bad.id]) == {good.id: good}
        assert "2604.00002v1" in caplog.text
        assert len(arxiv.requests) == 1

    async def test_a_page_with_nothing_but_bad_dates_is_no_answer(
        self, api: ArxivApi, arxiv: FakeArxiv
    ) -> None:
        body = api_answer([paper(KNOWN)], 0, 1, 1).replace(b"2026-04-20T", b"20-4-2026 ")
        arxiv.answer_next(body=body, times=3)
        with pytest.raises(ArxivUnavailable, match="none of 1 results"):
            await api.papers([KNOWN])

    async def test_an_answer_with_entities_of_its_own_is_no_answer(
        self, api: ArxivApi, arxiv: FakeArxiv
    ) -> None:
        declared = b"<!DOCTYPE feed [<!ENTITY secret SYSTEM 'file:///etc/hostname'>]>\n<feed "
        body = api_answer([paper(KNOWN)], 0, 1, 1).replace(b"<feed ", declared)
        arxiv.answer_next(body=body.replace(b"We show", b"&secret;"), times=3)
        with pytest.raises(ArxivUnavailable, match="something else than a whole Atom feed"):
            await api.papers([KNOWN])

    async def test_too_much_is_not_read_to_the_end(self, api: ArxivApi, arxiv: FakeArxiv) -> None:
        bomb = gzip.compress(bytes(MAX_ANSWER_BYTES + 1))
        arxiv.answer_next(200, {"Content-Encoding": "gzip"}, bomb)
        with pytest.raises(FeedTooLarge, match="larger than 16,777,216 bytes"):
            await api.papers([KNOWN])
        assert len(arxiv.requests) == 1


class TestTrouble:
    @pytest.mark.parametrize("status", [403, 429, 500, 502, 503, 504])
    async def test_a_status_that_may_pass_is_tried_again(
        self, api: ArxivApi, arxiv: FakeArxiv, status: int
    ) -> None:
        known = arxiv.paper(KNOWN)
        arxiv.answer_next(status, times=2)
        assert await api.papers([KNOWN]) == {KNOWN: known}
        assert [request.at for request in arxiv.requests] == [0.0, 3.0, 9.0]

    async def test_retry_after_is_honoured(self, api: ArxivApi, arxiv: FakeArxiv) -> None:
        arxiv.answer_next(429, {"Retry-After": "20"})
        assert await api.papers([KNOWN]) == {}
        assert [request.at for request in arxiv.requests] == [0.0, 20.0]

    async def test_a_retry_after_beyond_patience_ends_it_at_once(
        self, api: ArxivApi, arxiv: FakeArxiv
    ) -> None:
        arxiv.answer_next(503, {"Retry-After": "3600"})
        with pytest.raises(ArxivUnavailable, match="asks to try again in 60 minutes") as raised:
            await api.papers([KNOWN])
        assert raised.value.retry_after == 3600.0
        assert len(arxiv.requests) == 1

    async def test_a_cut_answer_is_asked_for_again(self, api: ArxivApi, arxiv: FakeArxiv) -> None:
        known = arxiv.paper(KNOWN)
        arxiv.cut()
        assert await api.papers([KNOWN]) == {KNOWN: known}
        arxiv.cut(times=3)
        with pytest.raises(ArxivUnavailable, match=r"broke off its answer \(3 tries\)"):
            await api.papers([KNOWN])

    async def test_a_dropped_connection_is_tried_again(
        self, api: ArxivApi, arxiv: FakeArxiv
    ) -> None:
        arxiv.drop()
        assert await api.papers([KNOWN]) == {}
        assert [request.at for request in arxiv.requests] == [0.0, 3.0]
        arxiv.drop(times=3)
        with pytest.raises(ArxivUnavailable, match="arXiv dropped the connection"):
            await api.papers([KNOWN])

    async def test_a_server_that_says_nothing_is_left_and_tried_again(
        self, arxiv: FakeArxiv, clock: FakeClock
    ) -> None:
        api = make(arxiv.api_url, clock, timeouts=(1.0, 0.05))
        arxiv.hang()
        assert await api.papers([KNOWN]) == {}
        for _ in range(3):
            arxiv.hang()
        with pytest.raises(ArxivUnavailable, match="gave no answer in time"):
            await api.papers([KNOWN])

    async def test_an_answer_that_trickles_in_is_given_up(self, arxiv: FakeArxiv) -> None:
        class FastClock(FakeClock):
            """Whoever looks at it has taken a minute since the last look."""

            def monotonic(self) -> float:
                self.advance(TOTAL_SECONDS / 2 + 1)
                return super().monotonic()

        clock = FastClock()
        arxiv.answer_next(body=api_answer([paper(KNOWN)] * 500, 0, 100, 500), times=3)
        with pytest.raises(ArxivUnavailable, match="gave no answer in time"):
            await make(arxiv.api_url, clock).papers([KNOWN])

    async def test_offline_it_says_that_arxiv_could_not_be_reached(self, clock: FakeClock) -> None:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            api = make(f"http://127.0.0.1:{closed.getsockname()[1]}/api/query", clock)
            with pytest.raises(ArxivUnavailable, match=r"could not be reached at 127\.0\.0\.1"):
                await api.papers([KNOWN])
        assert clock.slept == [3.0, 6.0]

    async def test_an_address_that_is_none_is_not_tried_again(self, clock: FakeClock) -> None:
        with pytest.raises(ArxivUnavailable, match=r"cannot be asked at ftp\.arxiv\.org"):
            await make("ftp://ftp.arxiv.org/query", clock).papers([KNOWN])
        assert clock.slept == []

    async def test_a_redirect_is_followed(self, api: ArxivApi, arxiv: FakeArxiv) -> None:
        known = arxiv.paper(KNOWN)
        arxiv.answer_next(301, {"Location": f"/api/query?id_list={KNOWN}&max_results=1"})
        assert await api.papers([KNOWN]) == {KNOWN: known}

    async def test_a_circle_of_redirects_ends(self, api: ArxivApi, arxiv: FakeArxiv) -> None:
        arxiv.answer_next(301, {"Location": "/api/query"}, times=20)
        with pytest.raises(ArxivUnavailable, match="sends from one address to the next"):
            await api.papers([KNOWN])
        assert len(arxiv.requests) == 4


class TestReadPage:
    def test_every_capture_is_read_whole(self, shared_data: Path) -> None:
        names = sorted((shared_data / "captures/api").glob("*.200.xml"))
        assert len(names) >= 10
        for name in names:
            body = name.read_bytes()
            page = read_page(body, start=0)
            assert page.body == body
            assert page.readable == page.served == body.count(b"<entry>")

    @pytest.mark.parametrize(
        ("total", "reads"),
        [
            ("2", True),
            (" 2 ", True),
            ("", False),
            ("-1", False),
            ("many", False),
            ("9" * 5000, False),
            ("\u0662", False),
        ],
    )
    def test_without_a_count_it_is_no_answer(self, total: str, reads: bool) -> None:
        body = api_answer([paper(KNOWN)], 0, 1, 77).replace(b">77<", f">{total}<".encode())
        if reads:
            assert read_page(body, start=0).total == 2
        else:
            with pytest.raises(TryFailed):
                read_page(body, start=0)

    def test_an_empty_page_behind_the_last_row_is_an_answer(self) -> None:
        page = read_page(api_answer([], 100, 100, 100), start=100)
        assert (page.served, page.total) == (0, 100)

    @given(st.binary(max_size=200))
    def test_no_bytes_break_it(self, noise: bytes) -> None:
        with pytest.raises(TryFailed):
            read_page(noise, start=0)

    def test_deep_nesting_is_no_answer(self) -> None:
        assert parse_atom(b"<a>" * 100_000 + b"</a>" * 100_000) is None

    @given(
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30)
        | st.datetimes().map(lambda moment: moment.isoformat())
        | st.sampled_from(
            [
                "2026-04-20T17:00:00Z",
                "2026-04-20",
                " 2026-04-20T17:00:00z\n",
                "0001-01-01T00:00+05:00",
            ]
        )
    )
    def test_what_counts_as_readable_is_what_the_package_reads(self, date: str) -> None:
        feed = parse_atom(api_answer([paper(KNOWN)], 0, 1, 1))
        assert feed is not None
        published = feed.find("atom:entry/atom:published", ATOM)
        entry = feed.find("atom:entry", ATOM)
        assert published is not None
        assert entry is not None
        published.text = date
        assert is_readable(entry) == package_reads(etree.tostring(feed))


def package_reads(body: bytes) -> bool:
    try:
        return len(package._feed.parse(body).results) == 1
    except (ValueError, OverflowError):
        return False


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (requests.ConnectTimeout(), Trouble.UNREACHABLE),
        (requests.exceptions.SSLError("bad certificate"), Trouble.UNREACHABLE),
        (requests.exceptions.ProxyError(), Trouble.UNREACHABLE),
        (requests.ReadTimeout(), Trouble.PASSING),
        (requests.ConnectionError(urllib3.exceptions.ProtocolError("reset")), Trouble.PASSING),
        (requests.exceptions.InvalidURL(), Trouble.REFUSED),
    ],
)
def test_failures_below_http_are_told_apart(
    error: requests.RequestException, trouble: Trouble
) -> None:
    assert request_setback(error, "export.arxiv.org").trouble is trouble
