"""The API through the `arxiv` package: what is asked, and what becomes of the answers."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import arxiv as package
import pytest

from bot.errors import FeedRefused
from bot.sources.api import ArxivApi, in_thread, to_paper
from bot.sources.gate import USER_AGENT, Gate
from tests.bot.sources.conftest import THREE_TRIES
from tests.fakes.arxiv import FakeArxiv, paper
from tests.fakes.arxiv_xml import api_answer, api_error
from tests.fakes.clock import FakeClock

KNOWN = "2604.00001"
UNKNOWN = "2604.99999"


@pytest.fixture
async def api(arxiv: FakeArxiv, clock: FakeClock) -> AsyncIterator[ArxivApi]:
    made = make(arxiv, Gate(clock, 3.0), clock)
    yield made
    await made.close()


def make(arxiv: FakeArxiv, gate: Gate, clock: FakeClock) -> ArxivApi:
    return ArxivApi(gate, clock, arxiv.api_url, patience=THREE_TRIES, chance=lambda: 1.0)


class TestPapers:
    async def test_every_field_arrives(self, api: ArxivApi, arxiv: FakeArxiv) -> None:
        known = arxiv.paper(
            "math/0611800",
            version=2,
            title=r"On $a<b$ & \'etale things",
            abstract="  We show\nthat $S \\& P$.\n\n  A second paragraph: 20% & $5. ",
            authors=("Ada Lovelace", "Kurt Gödel"),
            categories=("math.CA", "math-ph", "26D15; 42B25"),
            comment="Withdrawn by the authors",
            doi="10.1000/x y",
            journal_ref="J. 1 (2006) 1-2",
            published=datetime(2006, 11, 26, 12, 0, tzinfo=UTC),
            updated=datetime(2007, 1, 2, 3, 4, 5, tzinfo=UTC),
        )
        assert await api.papers(["math/0611800"]) == {"math/0611800": known}

    async def test_unknown_ids_are_missing_and_the_rest_is_matched_by_id(
        self, api: ArxivApi, arxiv: FakeArxiv
    ) -> None:
        third = arxiv.paper("2604.00003")
        first = arxiv.paper("2604.00001")
        found = await api.papers(["2604.00003", UNKNOWN, "2604.00001"])
        assert found == {"2604.00003": third, "2604.00001": first}
        assert list(found) == ["2604.00003", "2604.00001"]
        assert len(arxiv.requests) == 1

    async def test_only_unknown_ids_give_nothing_at_the_first_try(
        self, api: ArxivApi, arxiv: FakeArxiv
    ) -> None:
        assert await api.papers([UNKNOWN]) == {}
        assert len(arxiv.requests) == 1

    async def test_no_ids_ask_nothing(self, api: ArxivApi, arxiv: FakeArxiv) -> None:
        assert await api.papers([]) == {}
        assert arxiv.requests == []

    async def test_papers_that_were_not_asked_for_are_left_out(
        self, api: ArxivApi, arxiv: FakeArxiv
    ) -> None:
        others = [paper("2604.00007"), paper(KNOWN)]
        arxiv.answer_next(body=api_answer(others, 0, 1, 1))
        assert list(await api.papers([KNOWN])) == [KNOWN]

    async def test_they_go_in_batches_of_a_hundred_three_seconds_apart(
        self, api: ArxivApi, arxiv: FakeArxiv
    ) -> None:
        ids = [f"2604.{number:05}" for number in range(1, 251)]
        for one in ids:
            arxiv.paper(one)
        assert list(await api.papers([*ids, ids[0]])) == ids
        assert [len(r.query["id_list"].split(",")) for r in arxiv.requests] == [100, 100, 50]
        assert [request.at for request in arxiv.requests] == [0.0, 3.0, 6.0]

    async def test_a_page_with_too_few_of_them_is_followed_by_the_rest(
        self, api: ArxivApi, arxiv: FakeArxiv
    ) -> None:
        first, second = arxiv.paper("2604.00001"), arxiv.paper("2604.00002")
        arxiv.answer_next(body=api_answer([first], 0, 2, 2))
        assert list(await api.papers([first.id, second.id])) == [first.id, second.id]
        assert [request.query["start"] for request in arxiv.requests] == ["0", "1"]
        assert [request.at for request in arxiv.requests] == [0.0, 3.0]

    async def test_a_malformed_id_is_refused_in_arxivs_words(
        self, api: ArxivApi, arxiv: FakeArxiv
    ) -> None:
        with pytest.raises(
            FeedRefused, match=r"^arXiv refused the request: incorrect id format fo"
        ):
            await api.papers(["abc"])
        assert len(arxiv.requests) == 1


class TestSearch:
    async def test_it_asks_for_no_more_than_is_wanted(
        self, api: ArxivApi, arxiv: FakeArxiv
    ) -> None:
        for number in range(1, 9):
            arxiv.paper(f"2604.{number:05}", title=f"Glacier {number}")
        found = await api.search("ti:glacier AND cat:cs.CV", limit=3)
        assert [one.title for one in found] == ["Glacier 1", "Glacier 2", "Glacier 3"]
        [request] = arxiv.requests
        assert request.query == {
            "search_query": "ti:glacier AND cat:cs.CV",
            "id_list": "",
            "sortBy": "relevance",
            "sortOrder": "descending",
            "start": "0",
            "max_results": "3",
        }
        assert request.headers["User-Agent"] == USER_AGENT
        assert request.headers["Connection"] == "close"

    async def test_a_limit_of_nothing_asks_nothing(self, api: ArxivApi, arxiv: FakeArxiv) -> None:
        assert await api.search("all:x", limit=0) == ()
        assert await api.search("all:x", limit=-1) == ()
        assert arxiv.requests == []

    async def test_nothing_found_is_no_error(self, api: ArxivApi, arxiv: FakeArxiv) -> None:
        arxiv.paper(KNOWN)
        assert await api.search("ti:nowhere", limit=10) == ()
        assert len(arxiv.requests) == 1

    async def test_each_page_passes_the_gate(self, api: ArxivApi, arxiv: FakeArxiv) -> None:
        for number in range(1, 251):
            arxiv.paper(f"2604.{number:05}")
        assert len(await api.search("all:paper", limit=230)) == 230
        pages = [
            (request.query["start"], request.query["max_results"]) for request in arxiv.requests
        ]
        assert pages == [("0", "100"), ("100", "100"), ("200", "30")]
        assert [request.at for request in arxiv.requests] == [0.0, 3.0, 6.0]

    async def test_it_stops_where_the_results_end(self, api: ArxivApi, arxiv: FakeArxiv) -> None:
        for number in range(1, 121):
            arxiv.paper(f"2604.{number:05}")
        assert len(await api.search("all:paper", limit=1000)) == 120
        assert len(arxiv.requests) == 2

    async def test_a_paper_that_moves_to_the_next_page_comes_once(
        self, api: ArxivApi, arxiv: FakeArxiv
    ) -> None:
        first, second = paper("2604.00001"), paper("2604.00002")
        arxiv.answer_next(body=api_answer([first], 0, 2, 2))
        arxiv.answer_next(body=api_answer([first, second], 1, 1, 2))
        assert await api.search("all:paper", limit=2) == (first, second)

    async def test_newest_first(self, api: ArxivApi, arxiv: FakeArxiv) -> None:
        old = arxiv.paper("2604.00001", published=datetime(2026, 4, 1, tzinfo=UTC))
        new = arxiv.paper("2604.00002", published=datetime(2026, 4, 2, tzinfo=UTC))
        assert await api.search("all:paper", limit=2, newest_first=True) == (new, old)

    @pytest.mark.parametrize(
        "query", ["((((", '"', "a&max_results=9#", "视觉", "\ud800", "x" * 5000]
    )
    async def test_hostile_queries_arrive_as_text(
        self, api: ArxivApi, arxiv: FakeArxiv, query: str
    ) -> None:
        arxiv.answer_next(body=api_answer([], 0, 5, 0))
        assert await api.search(query, limit=5) == ()
        assert arxiv.requests[0].query["search_query"] == query.replace("\ud800", "?")
        assert arxiv.requests[0].query["max_results"] == "5"

    async def test_a_refused_query_is_quoted(self, api: ArxivApi, arxiv: FakeArxiv) -> None:
        arxiv.answer_next(400, body=api_error("unbalanced\nparentheses"))
        with pytest.raises(FeedRefused, match=r"refused the request: unbalanced parentheses$"):
            await api.search("((", limit=5)


class TestSubmitted:
    async def test_it_asks_for_a_range_in_gmt_oldest_first(
        self, api: ArxivApi, arxiv: FakeArxiv
    ) -> None:
        inside = [
            arxiv.paper("2604.00002", published=datetime(2026, 4, 20, 23, 59, tzinfo=UTC)),
            arxiv.paper("2604.00001", published=datetime(2026, 4, 20, 4, 0, tzinfo=UTC)),
        ]
        arxiv.paper("2604.00003", published=datetime(2026, 4, 21, 4, 1, tzinfo=UTC))
        arxiv.paper("2604.00004", published=inside[0].published, categories=("cs.AI",))
        new_york = timezone(timedelta(hours=-4))
        start = datetime(2026, 4, 20, 0, 0, tzinfo=new_york)
        found = await api.submitted("cs.CV", start, start + timedelta(days=1), limit=10)
        assert found == (inside[1], inside[0])
        [request] = arxiv.requests
        assert request.query["search_query"] == (
            "cat:cs.CV AND submittedDate:[202604200400 TO 202604210400]"
        )


class TestCancelling:
    async def test_who_is_cancelled_leaves_at_once_and_the_gate_stays_shut_until_the_answer(
        self, arxiv: FakeArxiv, clock: FakeClock
    ) -> None:
        gate = Gate(clock, 3.0)
        api = make(arxiv, gate, clock)
        resume = arxiv.hang()
        impatient = asyncio.create_task(api.papers([KNOWN]))
        await asyncio.to_thread(arxiv.wait_for_requests, 1)
        impatient.cancel()
        with pytest.raises(asyncio.CancelledError):
            await impatient
        entering = asyncio.create_task(gate.enter())
        await asyncio.sleep(0)
        assert not entering.done()
        resume()
        await entering
        gate.leave()

    async def test_who_is_cancelled_before_the_gate_opens_asks_nothing(
        self, arxiv: FakeArxiv, clock: FakeClock
    ) -> None:
        gate = Gate(clock, 3.0)
        await gate.enter()
        waiting = asyncio.create_task(make(arxiv, gate, clock).papers([KNOWN]))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        gate.leave()
        await gate.enter()
        assert arxiv.requests == []

    async def test_closing_waits_for_the_request_that_is_left(
        self, api: ArxivApi, arxiv: FakeArxiv
    ) -> None:
        resume = arxiv.hang()
        impatient = asyncio.create_task(api.papers([KNOWN]))
        await asyncio.to_thread(arxiv.wait_for_requests, 1)
        impatient.cancel()
        closing = asyncio.create_task(api.close())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not closing.done()
        resume()
        await closing
        assert impatient.cancelled()

    async def test_closing_can_be_cancelled_too(self, api: ArxivApi, arxiv: FakeArxiv) -> None:
        resume = arxiv.hang()
        impatient = asyncio.create_task(api.papers([KNOWN]))
        await asyncio.to_thread(arxiv.wait_for_requests, 1)
        impatient.cancel()
        closing = asyncio.create_task(api.close())
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        resume()

    async def test_closing_an_idle_one_does_nothing(self, api: ArxivApi) -> None:
        await api.papers([])
        await api.close()
        await api.close()

    def test_a_request_that_hangs_does_not_hold_up_the_exit(self, arxiv: FakeArxiv) -> None:
        arxiv.hang()
        program = f"""
import asyncio
from bot.clock import SystemClock
from bot.sources.api import ArxivApi
from bot.sources.gate import Gate

async def main():
    clock = SystemClock()
    api = ArxivApi(Gate(clock, 0.0), clock, {arxiv.api_url!r})
    try:
        await asyncio.wait_for(api.papers(["2604.00001"]), 0.1)
    except TimeoutError:
        print("left")

asyncio.run(main())
"""
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "left\n", "")

    async def test_work_runs_in_a_thread_that_is_not_waited_for(self) -> None:
        assert await in_thread(lambda: threading.current_thread().daemon)
        with pytest.raises(ZeroDivisionError):
            await in_thread(lambda: 1 // 0)


class TestRealAnswers:
    """Captured from arXiv itself."""

    @pytest.fixture
    def captures(self, shared_data: Path) -> Path:
        return shared_data / "captures" / "api"

    async def test_a_paper_as_of_2026(
        self, api: ArxivApi, arxiv: FakeArxiv, captures: Path
    ) -> None:
        arxiv.answer_next(body=(captures / "2026-08-07_all-glacier.xml").read_bytes())
        first, second = await api.search("all:glacier", limit=2)
        assert (first.id, first.version) == ("1107.0825", 1)
        assert first.title == "GLACIER and related R&D"
        assert first.abstract.startswith("Liquid argon detectors, with mass up to 100 kton")
        assert first.comment is not None
        assert first.comment.startswith("7 pages, 4 figures")
        assert first.journal_ref == "J.Phys.Conf.Ser.309:012012,2011"
        assert first.doi == "10.1088/1742-6596/309/1/012012"
        assert first.published == first.updated == datetime(2011, 7, 5, 9, 17, 46, tzinfo=UTC)
        assert (second.id, second.version) == ("2409.12034", 2)
        assert "\n  This chapter reviews how combining" in second.abstract

    async def test_a_paper_as_of_2016_keeps_its_lines_but_for_the_title(
        self, api: ArxivApi, arxiv: FakeArxiv, captures: Path
    ) -> None:
        arxiv.answer_next(body=(captures / "legacy_2016-04-15_ti-kullback.xml").read_bytes())
        [one] = await api.search("ti:kullback", limit=10)
        assert one.id == "1311.6008"
        assert "minimum-Kullback-entropy estimation problem" in one.title
        assert one.abstract.startswith("  The minimum Kullback entropy principle")
        assert one.abstract.endswith("derivation.\n")
        assert one.categories == ("quant-ph",)

    async def test_an_old_id(self, api: ArxivApi, arxiv: FakeArxiv, captures: Path) -> None:
        name = "arxivpy_id_astro-ph_0601001_s0_m100.200.xml"
        arxiv.answer_next(body=(captures / name).read_bytes())
        found = await api.papers(["astro-ph/0601001"])
        assert found["astro-ph/0601001"].version == 1

    async def test_one_of_two_ids_unknown(
        self, api: ArxivApi, arxiv: FakeArxiv, captures: Path
    ) -> None:
        name = "arxivpy_id_0808.05394_1707.08567_s0_m100.200.xml"
        arxiv.answer_next(body=(captures / name).read_bytes())
        found = await api.papers(["0808.05394", "1707.08567"])
        assert list(found) == ["1707.08567"]
        assert len(found["1707.08567"].authors) > 30
        assert len(arxiv.requests) == 1

    @pytest.mark.parametrize("name", ["0000.0000", "0808.05394"])
    async def test_only_unknown_ids(
        self, api: ArxivApi, arxiv: FakeArxiv, captures: Path, name: str
    ) -> None:
        arxiv.answer_next(body=(captures / f"arxivpy_id_{name}_s0_m100.200.xml").read_bytes())
        assert await api.papers([name]) == {}
        assert len(arxiv.requests) == 1

    async def test_a_malformed_id(self, api: ArxivApi, arxiv: FakeArxiv, captures: Path) -> None:
        body = (captures / "arxivpy_id_abc_s0_m100.400.xml").read_bytes()
        arxiv.answer_next(400, body=body)
        with pytest.raises(FeedRefused, match="incorrect id format for abc"):
            await api.papers(["abc"])

    async def test_pages_of_one_search(
        self, api: ArxivApi, arxiv: FakeArxiv, captures: Path
    ) -> None:
        for name in ("s0_m10", "s10_m10"):
            arxiv.answer_next(body=(captures / f"arxivpy_q_testing_{name}.200.xml").read_bytes())
        found = await api.search("testing", limit=20)
        assert len(found) == 20
        assert [request.query["start"] for request in arxiv.requests] == ["0", "10"]


class TestToPaper:
    def result(self, **fields: object) -> package.Result:
        plain: dict[str, object] = {
            "entry_id": "http://arxiv.org/abs/2604.00001v3",
            "title": "Title",
            "summary": "Abstract.",
            "primary_category": "cs.CV",
            "categories": ["cs.AI", "cs.CV"],
            "authors": [package.Result.Author(name) for name in (" Plato", "", "Ada Lovelace")],
        }
        return package.Result(**(plain | fields))

    def test_the_primary_category_comes_first_and_once(self) -> None:
        made = to_paper(self.result())
        assert made is not None
        assert made.categories == ("cs.CV", "cs.AI")

    def test_names_lose_the_space_around_them(self) -> None:
        made = to_paper(self.result())
        assert made is not None
        assert made.authors == ("Plato", "Ada Lovelace")

    @pytest.mark.parametrize(
        ("entry_id", "identity"),
        [
            ("http://arxiv.org/abs/2604.00001v3", ("2604.00001", 3)),
            ("https://arxiv.org/abs/2604.00001", ("2604.00001", 1)),
            ("http://arxiv.org/abs/math/0611800v2", ("math/0611800", 2)),
            ("http://arxiv.org/abs/solv-int/9901001v12", ("solv-int/9901001", 12)),
        ],
    )
    def test_id_and_version(self, entry_id: str, identity: tuple[str, int]) -> None:
        made = to_paper(self.result(entry_id=entry_id))
        assert made is not None
        assert (made.id, made.version) == identity

    def test_a_result_without_an_id_of_arxivs_is_left_out(self) -> None:
        assert to_paper(self.result(entry_id="http://example.org/1")) is None
