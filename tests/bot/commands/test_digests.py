"""Digests on request: whose query, which batches, which kinds, and what is remarked."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.commands.digests import MOST_FEEDS, read_query
from bot.commands.request import Services
from bot.config import Arxiv, Channel, Config
from bot.errors import ConfigError
from formatters.document import Actions
from storage.models import Chat, Kind, Settings, Subscription, Summary
from tests.bot.commands.announcing import TODAY, announce, papers
from tests.bot.commands.chatting import (
    CHANNEL,
    GROUP,
    PRIVATE,
    ask,
    buttons,
    opened_in,
    press,
    text_of,
    told,
)
from tests.fakes.arxiv import FakeArxiv, paper
from tests.fakes.clock import FakeClock

YESTERDAY = TODAY - timedelta(days=1)
LANTERN = paper("2604.00001", title="On lanterns")
KITE = paper("2604.00002", title="On kites")
OLD = paper("2301.00001", title="An old lantern", version=2)
SATURDAY = 4 * 86_400.0  # seconds from the beginning of the tests' clock
HOLIDAY = 62 * 86_400.0  # Monday after Juneteenth, whose feed is empty


@pytest.fixture
async def services(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Services]:
    """Today's batch of cs.CV is stored, and arXiv cannot be reached."""
    async with opened_in(tmp_path, clock) as opened:
        await announce(opened, "cs.CV", TODAY, LANTERN, KITE, (OLD, Kind.REPLACE))
        yield opened


@pytest.fixture
def arxiv() -> Iterator[FakeArxiv]:
    with FakeArxiv() as server:
        yield server


@pytest.fixture
async def online(tmp_path: Path, clock: FakeClock, arxiv: FakeArxiv) -> AsyncIterator[Services]:
    """Nothing is stored, and arXiv answers."""
    there = Arxiv(feed_url=arxiv.feed_url, api_url=arxiv.api_url, min_interval=0.0)
    async with opened_in(tmp_path, clock, there) as opened:
        yield opened


async def subscribe(services: Services, query: str, *, active: bool = True) -> None:
    one = Subscription(0, PRIVATE.address, query, active=active)
    await services.store.put_subscription(one)


async def choose(services: Services, settings: Settings) -> None:
    await services.store.put_chat(replace(PRIVATE, settings=settings))


class TestQuery:
    async def test_a_query_is_answered_with_its_digest(self, services: Services) -> None:
        text = await told(services, "/digest CS.cv lantern")
        assert "cs.CV lantern · Tue, Apr 21, 2026" in text
        assert "1 of 3 announced" in text
        assert "On lanterns" in text

    async def test_without_one_it_is_for_all_subscriptions_together(
        self, services: Services
    ) -> None:
        await subscribe(services, "cs.CV lantern")
        await subscribe(services, "cs.CV kite")
        text = await told(services, "/digest")
        assert "(cs.CV lantern) OR (cs.CV kite)" in text
        assert "2 of 3 announced" in text

    async def test_paused_subscriptions_count_only_where_all_are_paused(
        self, services: Services
    ) -> None:
        await subscribe(services, "cs.CV lantern", active=False)
        assert "1 of 3 announced" in await told(services, "/digest")
        await subscribe(services, "cs.CV kite")
        assert "cs.CV kite · Tue" in await told(services, "/digest")

    async def test_many_long_subscriptions_make_no_endless_heading(
        self, services: Services
    ) -> None:
        for number in range(50):
            await subscribe(services, f"cs.CV kite{number} " + "word " * 100)
        text = await told(services, "/digest")
        assert len(text) < 2_000

    async def test_without_subscriptions_it_is_what_the_operator_configured(
        self, services: Services
    ) -> None:
        await announce(services, "cs.AI", TODAY, paper("2604.00009", categories=("cs.AI",)))
        assert "cs.AI · Tue" in await told(services, "/digest")
        assert "2604.00009" in await told(services, "/digest")

    def test_configured_queries_are_joined(self) -> None:
        channels = (Channel(name="a", query="cs.CV kite"), Channel(name="b", query="cs.LG"))
        assert str(read_query(Config(channels=channels), [])) == "(cs.CV kite) OR cs.LG"
        assert str(read_query(Config(), [])) == "cs.AI"

    def test_a_configured_query_that_cannot_be_read_is_named(self) -> None:
        with pytest.raises(ConfigError, match="channel a"):
            read_query(Config(channels=(Channel(name="a", query="(("),)), [])

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            ("((((", "never closed"),
            ("cs.ZZ", "arXiv has no category"),
            ("cs.CV top 0", "cannot be"),
            ("word " * 10_000, "at most 1,000 characters"),
            ("\x00", "control character"),
        ],
    )
    async def test_what_cannot_be_read_says_why(
        self, services: Services, arguments: str, says: str
    ) -> None:
        assert says in await told(services, f"/digest {arguments}")


class TestChoices:
    async def test_only_kinds_that_the_chat_wants_are_in_it(self, services: Services) -> None:
        assert "2 of 3 announced" in await told(services, "/digest cs.CV")
        await choose(services, Settings(kinds=tuple(Kind)))
        assert "3 of 3 announced" in await told(services, "/digest cs.CV")
        await choose(services, Settings(kinds=(Kind.REPLACE,)))
        text = await told(services, "/digest cs.CV")
        assert "1 of 3 announced" in text
        assert "An old lantern" in text
        await choose(services, Settings(kinds=(Kind.CROSS,)))
        assert "3 not matching" in await told(services, "/digest cs.CV")

    async def test_the_limit_is_the_chats_or_what_is_asked(self, services: Services) -> None:
        await choose(services, Settings(limit=1))
        assert "1 of 3 announced · 1 more matches" in await told(services, "/digest cs.CV")
        assert "2 of 3 announced" in await told(services, "/digest cs.CV top 2")
        assert "2 of 3 announced" in await told(services, "/digest cs.CV top all")

    @pytest.mark.parametrize(
        ("line", "language", "says"),
        [
            ("/digest cs.CV", "zh", "公告 3 篇，选入 2 篇"),
            ("/digest cs.CV", "en", "2 of 3 announced"),
            ("/digest cs.CV 前1篇", "zh", "公告 3 篇，选入 1 篇"),
        ],
    )
    async def test_it_speaks_the_readers_language(
        self, services: Services, line: str, language: str, says: str
    ) -> None:
        assert says in await told(services, line, language=language)

    async def test_the_language_asked_for_is_that_of_the_summaries(
        self, services: Services
    ) -> None:
        await services.store.add_papers([], [Summary(LANTERN.id, 1, "zh", tldr="灯笼的一句话")])
        assert "灯笼的一句话" in await told(services, "/digest cs.CV lantern in zh")
        assert "灯笼的一句话" not in await told(services, "/digest cs.CV lantern")

    async def test_words_about_the_time_are_left_out(self, services: Services) -> None:
        assert "cs.CV kite · Tue" in await told(services, "/digest cs.CV kite at 9:00 daily")

    async def test_details_are_shown_where_the_chat_wants_each(self, services: Services) -> None:
        assert "Abstract" not in await told(services, "/digest cs.CV kite")
        await choose(services, Settings(details="each"))
        assert "Abstract" in await told(services, "/digest cs.CV kite")

    @pytest.mark.parametrize("chat", [PRIVATE, GROUP, CHANNEL])
    async def test_everybody_may_ask_and_nothing_is_kept(
        self, services: Services, chat: Chat
    ) -> None:
        text = await told(services, "/digest cs.CV", chat, may_change=False)
        assert "2 of 3 announced" in text
        assert await services.store.chat(chat.address) is None


class TestButtons:
    async def test_numbers_open_papers_also_after_a_restart(
        self, tmp_path: Path, clock: FakeClock
    ) -> None:
        async with opened_in(tmp_path, clock) as services:
            await announce(services, "cs.CV", TODAY, LANTERN, KITE)
            reply = await ask(services, "/digest cs.CV")
        async with opened_in(tmp_path, clock) as services:
            assert "On kites" in text_of(await press(services, buttons(reply)["2"]))
            assert "On lanterns" in await told(services, "/paper 1")

    async def test_eight_stand_in_a_row(self, services: Services) -> None:
        await announce(services, "cs.LG", TODAY, *papers(18, first=100))
        reply = await ask(services, "/digest cs.LG")
        assert reply
        (rows,) = (one.rows for one in reply.document.blocks if isinstance(one, Actions))
        assert [len(row) for row in rows] == [8, 8, 2]
        assert rows[2][1].command == "paper 2604.00117"


class TestBatches:
    async def test_what_is_stored_of_today_is_not_asked_for(
        self, online: Services, arxiv: FakeArxiv
    ) -> None:
        await announce(online, "cs.CV", TODAY, LANTERN)
        await announce(online, "cs.LG", YESTERDAY, KITE)
        arxiv.batch("cs.LG", TODAY, (paper("2604.00003", title="New kites"), Kind.NEW))
        text = await told(online, "/digest cs.CV cs.LG")
        assert arxiv.paths == ["/atom/cs.LG"]
        assert "On lanterns" in text
        assert "New kites" in text
        assert "On kites" not in text
        await told(online, "/digest cs.CV cs.LG")
        assert arxiv.paths == ["/atom/cs.LG"]

    async def test_one_question_asks_for_few_feeds(
        self, online: Services, arxiv: FakeArxiv
    ) -> None:
        await announce(online, "cs.SY", YESTERDAY, LANTERN)
        text = await told(online, "/digest cs.*")
        assert len(arxiv.paths) == MOST_FEEDS
        assert "too many categories to ask arXiv at once" in text

    async def test_beyond_those_what_is_stored_stands_in(
        self, online: Services, arxiv: FakeArxiv
    ) -> None:
        await announce(online, "stat.ML", YESTERDAY, LANTERN)
        assert "On lanterns" in await told(online, "/digest cs.* stat.ML")
        assert "/atom/stat.ML" not in arxiv.paths

    async def test_an_unreachable_arxiv_is_remarked_with_what_stands_in(
        self, services: Services
    ) -> None:
        await announce(services, "cs.LG", YESTERDAY, paper("2604.00007", title="Yesterday's"))
        text = await told(services, "/digest cs.LG")
        assert "Yesterday's" in text
        assert "could not be reached" in text
        assert "stored before" in text

    async def test_with_nothing_to_stand_in_it_says_so(self, services: Services) -> None:
        text = await told(services, "/digest cs.RO")
        assert "The announcements could not be read" in text
        assert "cs.RO: arXiv could not be reached" in text
        assert "无法读取公告" in await told(services, "/digest cs.RO", language="zh")

    async def test_a_refused_category_costs_itself_only(
        self, online: Services, arxiv: FakeArxiv
    ) -> None:
        await announce(online, "cs.CV", TODAY, LANTERN)
        text = await told(online, "/digest cs.CV cs.LG")
        assert arxiv.paths == ["/atom/cs.LG"]
        assert "On lanterns" in text
        assert "cs.LG: arXiv refused" in text

    async def test_a_late_feed_is_remarked(self, online: Services, arxiv: FakeArxiv) -> None:
        await announce(online, "cs.CV", YESTERDAY, LANTERN)
        arxiv.batch("cs.CV", TODAY)
        text = await told(online, "/digest cs.CV")
        assert "Mon, Apr 20, 2026" in text
        assert "still empty" in text

    @pytest.mark.parametrize(
        ("seconds", "language", "says"),
        [
            (SATURDAY, "en", "arXiv announces nothing on weekends; its newest batch is that of"),
            (SATURDAY, "zh", "arXiv 周末不公布论文"),
            (HOLIDAY, "en", "arXiv has a holiday"),
            (0, "en", "2 of 3 announced"),
        ],
    )
    async def test_a_day_without_a_batch_is_remarked(
        self, services: Services, clock: FakeClock, seconds: float, language: str, says: str
    ) -> None:
        clock.advance(seconds)
        text = await told(services, "/digest cs.CV", language=language)
        assert says in text
        assert ("newest batch" in text) == (seconds > 0 and language == "en")

    async def test_a_query_without_categories_says_where_it_looks(self, services: Services) -> None:
        await announce(services, "cs.AI", TODAY, LANTERN)
        text = await told(services, "/digest lantern")
        assert "this looks in cs.AI" in text
        assert "On lanterns" in text
