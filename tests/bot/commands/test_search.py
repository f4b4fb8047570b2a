"""Search in a chat: pages of what is stored, then arXiv itself, which may not answer."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.pages import PAGE
from bot.commands.request import KEPT_LINE, Reply, Services
from bot.commands.search import ARXIV_ROWS, Asked, read_search, search_line
from bot.config import Arxiv
from bot.digest.query import Query
from formatters.document import ACTION_BYTES, Actions, Items
from formatters.words import languages, words
from storage.models import Chat
from tests.bot.commands.chatting import (
    CHANNEL,
    GROUP,
    PRIVATE,
    TOPIC,
    ask,
    buttons,
    opened_in,
    press,
    text_of,
    told,
)
from tests.bot.digest.strategies import queries
from tests.fakes.arxiv import FakeArxiv, paper
from tests.fakes.clock import FakeClock

KITES = [paper(f"2402.{number:05}", title=f"Kite number {number}") for number in range(1, 21)]
EN, ZH = words("en"), words("zh")

HOSTILE = [
    "",
    "   ",
    "word " * 10_000,
    "x" * 100_000,
    " " * 100_000 + ":",
    "((((((((((",
    ')"',
    '"never closed',
    "arxiv:",
    "arxiv page 2:",
    "page 99999999999999999999: kite",
    "page 0: kite",
    "page ²: kite",
    "arxiv page: kite",
    "-kite",
    "ti:",
    "nope:kite",
    "kite\x00\x1b[31m",
    "\u202e\u200b",
    "cs.ZZ",
    "kite OR",
    '"kite" NEAR/2 {title}: *',
    "{0} %s 'x' ; DROP TABLE papers",
    "\ud800",
]


@pytest.fixture
def arxiv() -> Iterator[FakeArxiv]:
    with FakeArxiv() as server:
        yield server


@pytest.fixture
async def online(tmp_path: Path, clock: FakeClock, arxiv: FakeArxiv) -> AsyncIterator[Services]:
    """Nothing is stored, and arXiv answers."""
    there = Arxiv(feed_url=arxiv.feed_url, api_url=arxiv.api_url, min_interval=0.0)
    async with opened_in(tmp_path, clock, there) as services:
        yield services


@pytest.fixture
async def offline(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Services]:
    """Twenty papers are stored, and arXiv cannot be reached."""
    async with opened_in(tmp_path, clock) as services:
        await services.store.add_papers(KITES)
        yield services


def numbers(reply: Reply | None) -> list[int]:
    assert reply
    tables = [block for block in reply.document.blocks if isinstance(block, Items)]
    return [item.number for table in tables for item in table.items]


class TestReading:
    @pytest.mark.parametrize(
        ("arguments", "asked"),
        [
            ("flow matching", Asked("flow matching")),
            ("  ti:kite ", Asked("ti:kite")),
            ("arxiv: kite", Asked("kite", of_arxiv=True)),
            ("ArXiv:kite", Asked("kite", of_arxiv=True)),
            ("arxiv：风筝", Asked("风筝", of_arxiv=True)),
            ("page 2: kite", Asked("kite", page=2)),
            ("page 2: ti:kite", Asked("ti:kite", page=2)),
            ("arxiv page 3: kite", Asked("kite", of_arxiv=True, page=3)),
            ("web page 2", Asked("web page 2")),
            ("page 2", Asked("page 2")),
            ("page 0: kite", Asked("page 0: kite")),
            ("page 10000: kite", Asked("page 10000: kite")),
            ("arxiv kite", Asked("arxiv kite")),
            ("", Asked("")),
        ],
    )
    def test_where_and_which_page_stand_before_a_colon(self, arguments: str, asked: Asked) -> None:
        assert read_search(arguments) == asked

    @given(queries, st.booleans(), st.none() | st.integers(1, 9_999))
    def test_a_line_is_read_back(self, query: Query, of_arxiv: bool, page: int | None) -> None:
        line = search_line(query, of_arxiv=of_arxiv, page=page)
        assert read_search(line.removeprefix("search ")) == Asked(str(query), of_arxiv, page)


class TestStored:
    @pytest.mark.parametrize("language", languages())
    async def test_a_page_has_numbers_to_press_and_says_how_many_there_are(
        self, offline: Services, language: str
    ) -> None:
        reply = await ask(offline, "/search kite", language=language)
        assert numbers(reply) == list(range(1, PAGE + 1))
        found = words(language).count("search.found", 20, first=1, last=PAGE)
        assert found in text_of(reply)
        assert buttons(reply)["1"].command == "paper 2402.00020"
        assert words(language)("page.previous") not in buttons(reply)

    async def test_pages_are_turned_in_place_from_the_first_to_the_last(
        self, offline: Services
    ) -> None:
        reply = await ask(offline, "/search kite")
        assert reply
        assert not reply.replaces
        seen = numbers(reply)
        while (further := buttons(reply).get(EN("page.next"))) is not None:
            reply = await press(offline, further)
            assert reply.replaces
            seen += numbers(reply)
        assert seen == list(range(1, 21))
        back = await press(offline, buttons(reply)[EN("page.previous")])
        assert numbers(back) == list(range(PAGE + 1, 2 * PAGE + 1))

    async def test_the_numbers_of_a_page_can_be_typed(self, offline: Services) -> None:
        await ask(offline, "/search page 2: kite")
        assert "Kite number 12\n" in await told(offline, "/paper 9")
        assert "goes from 9 to 16" in await told(offline, "/paper 1")

    async def test_a_page_that_is_not_there(self, offline: Services) -> None:
        assert "the last one is page 3" in await told(offline, "/search page 4: kite")

    async def test_a_row_holds_at_most_eight_buttons(self, offline: Services) -> None:
        reply = await ask(offline, "/search page 2: kite")
        assert reply
        (rows,) = (one.rows for one in reply.document.blocks if isinstance(one, Actions))
        assert max(map(len, rows)) <= 8

    async def test_long_queries_turn_pages_too_and_after_a_restart(
        self, tmp_path: Path, clock: FakeClock
    ) -> None:
        query = "kite OR " + " OR ".join(f"lantern{number}" for number in range(60))
        async with opened_in(tmp_path, clock) as services:
            await services.store.add_papers(KITES)
            further = buttons(await ask(services, f"/search {query}"))[EN("page.next")]
        assert further.command.startswith(KEPT_LINE)
        async with opened_in(tmp_path, clock) as services:
            assert numbers(await press(services, further)) == list(range(9, 17))

    async def test_an_id_or_a_link_alone_opens_its_paper(self, offline: Services) -> None:
        for text in ("2402.00003", "https://arxiv.org/abs/2402.00003v1", "arxiv:2402.00003"):
            reply = await ask(offline, f"/search {text}")
            assert EN("paper.pdf") in buttons(reply)
            assert "Kite number 3" in text_of(reply)

    async def test_chinese_is_found(self, offline: Services) -> None:
        await offline.store.add_papers([paper("2403.00001", title="风筝与灯笼")])
        assert "风筝与灯笼" in await told(offline, "/search 灯笼", language="zh")

    @pytest.mark.parametrize("chat", [PRIVATE, GROUP, TOPIC, CHANNEL])
    async def test_everyone_may_search_everywhere(self, offline: Services, chat: Chat) -> None:
        assert "Kite" in await told(offline, "/search kite", chat, may_change=False)

    @pytest.mark.parametrize("text", HOSTILE)
    async def test_hostile_arguments_get_a_short_clean_answer(
        self, offline: Services, text: str
    ) -> None:
        reply = await ask(offline, f"/search {text}")
        shown = text_of(reply)
        assert EN("failure.unexpected") not in shown
        assert len(shown) < 6_000
        assert not {"\x1b", "\x00", "\u202e"} & set(shown)
        for action in buttons(reply).values():
            assert len(action.command.encode()) <= ACTION_BYTES


class TestArxiv:
    @pytest.mark.parametrize("language", languages())
    async def test_arxiv_is_asked_where_nothing_stored_matches_and_that_is_said(
        self, online: Services, arxiv: FakeArxiv, language: str
    ) -> None:
        arxiv.paper("2401.00001", title="A lantern")
        reply = await ask(online, "/search ti:lantern", language=language)
        assert "A lantern" in text_of(reply)
        assert words(language)("arxiv.instead") in text_of(reply)
        assert "2401.00001" in await online.store.papers(["2401.00001"])
        assert "A lantern" in await told(online, "/paper 1")

    async def test_a_button_asks_arxiv_itself_where_something_is_stored(
        self, online: Services, arxiv: FakeArxiv
    ) -> None:
        arxiv.paper("2401.00001", title="A lantern")
        await online.store.add_papers([paper("2301.00001", title="An old lantern")])
        stored = await ask(online, "/search ti:lantern")
        assert arxiv.requests == []
        itself = await press(online, buttons(stored)[EN("arxiv.search")])
        assert not itself.replaces
        assert "A lantern" in text_of(itself)
        assert "An old lantern" not in text_of(itself)
        assert EN("arxiv.these") in text_of(itself)
        assert EN("arxiv.search") not in buttons(itself)

    async def test_arxivs_answer_has_pages_too(self, online: Services, arxiv: FakeArxiv) -> None:
        for number in range(1, 61):
            arxiv.paper(f"2401.{number:05}", title=f"Lantern {number}")
        reply = await ask(online, "/search ti:lantern")
        assert EN.count("search.found", ARXIV_ROWS, first=1, last=PAGE) in text_of(reply)
        second = await press(online, buttons(reply)[EN("page.next")])
        assert numbers(second) == list(range(PAGE + 1, 2 * PAGE + 1))
        assert "Lantern 9\n" in text_of(await press(online, buttons(second)["9"]))
        assert [request.query["max_results"] for request in arxiv.requests] == ["48", "48"]

    async def test_nothing_anywhere(self, online: Services) -> None:
        for line in ("/search ti:lantern", "/search arxiv: ti:lantern"):
            reply = await ask(online, line)
            assert EN("search.nothing") in text_of(reply)
            assert buttons(reply) == {}

    async def test_what_arxiv_cannot_be_asked_has_no_button_for_it(self, offline: Services) -> None:
        reply = await ask(offline, "/search -lantern")
        assert numbers(reply)
        assert EN("arxiv.search") not in buttons(reply)

    @pytest.mark.parametrize("language", languages())
    async def test_arxiv_down_is_said_where_nothing_stored_matches(
        self, offline: Services, language: str
    ) -> None:
        reply = await ask(offline, "/search lantern", language=language)
        assert "could not be reached" in text_of(reply)
        assert words(language)("arxiv.nothing_stored") in text_of(reply)
        again = buttons(reply)[words(language)("arxiv.again")]
        assert again.command == "search arxiv: lantern"

    @pytest.mark.parametrize("language", languages())
    async def test_arxiv_down_offers_what_is_stored(self, offline: Services, language: str) -> None:
        reply = await ask(offline, "/search arxiv: kite", language=language)
        assert "could not be reached" in text_of(reply)
        stored = buttons(reply)[words(language)("arxiv.stored")]
        assert numbers(await press(offline, stored)) == list(range(1, PAGE + 1))

    async def test_another_try_works_once_arxiv_is_back(
        self, online: Services, arxiv: FakeArxiv
    ) -> None:
        arxiv.paper("2401.00001", title="A lantern")
        arxiv.answer_next(400)
        reply = await ask(online, "/search ti:lantern")
        again = buttons(reply)[EN("arxiv.again")]
        assert "A lantern" in text_of(await press(online, again))
