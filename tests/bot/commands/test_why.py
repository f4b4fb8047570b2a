"""Why a paper is in the digests or is not, for each subscription, from the store alone."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.commands.request import Services
from bot.commands.why import LATELY
from storage.models import Kind, Settings, Subscription
from tests.bot.commands.announcing import TODAY, announce, papers
from tests.bot.commands.chatting import (
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
ID = "2604.09999"
LANTERN = paper(ID, title="On a lantern", categories=("cs.CV", "cs.LG", "math.NA"))


@pytest.fixture
async def services(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Services]:
    """The lantern is the fourth new paper of cs.CV, and on the day before nothing mentions it."""
    async with opened_in(tmp_path, clock) as opened:
        await announce(opened, "cs.CV", YESTERDAY, paper("2604.00001", title="On kites"))
        await announce(opened, "cs.CV", TODAY, *papers(3, first=10, title="Kite"), LANTERN)
        yield opened


async def subscribe(services: Services, query: str, limit: int | None = None) -> None:
    one = Subscription(0, PRIVATE.address, query, limit=limit)
    await services.store.put_subscription(one)


async def choose(services: Services, settings: Settings) -> None:
    await services.store.put_chat(replace(PRIVATE, settings=settings))


class TestVerdicts:
    @pytest.mark.parametrize(
        ("query", "limit", "state", "reason"),
        [
            ("cs.CV lantern", None, "would be shown", "lantern in title (+3)"),
            ("cs.CV", None, "shown", "in cs.CV"),
            ("cs.CV", 4, "shown", "in cs.CV"),
            ("cs.CV", 3, "over the limit", "number 4 of at most 3"),
            ("cs.CV", 0, "shown", "in cs.CV"),
            ("cs.CV kite", None, "not matching", "no kite"),
            ("cs.CV -lantern", None, "not matching", "excluded by -lantern"),
            ("cs.LG", None, "", "not announced in cs.LG"),
            ("cs.RO cs.LG", None, "", "not announced in cs.LG cs.RO"),
        ],
    )
    async def test_each_subscription_tells_what_became_of_it(
        self, services: Services, query: str, limit: int | None, state: str, reason: str
    ) -> None:
        await subscribe(services, query, limit)
        text = await told(services, f"/why {ID}")
        assert "On a lantern" in text
        assert "Announced in cs.CV on Tue, Apr 21, 2026 (new)." in text
        assert reason in text
        assert state in text

    async def test_all_of_a_chats_subscriptions_are_told_in_the_order_of_the_list(
        self, services: Services
    ) -> None:
        for query in ("cs.CV lantern", "cs.CV kite", "stat.ML"):
            await subscribe(services, query)
        await services.store.put_subscription(Subscription(0, GROUP.address, "cs.CV au:gödel"))
        text = await told(services, f"/why {ID}")
        places = [text.index(said) for said in ("lantern in title", "no kite", "in stat.ML")]
        assert places == sorted(places)
        assert "gödel" not in text

    async def test_the_chats_limit_counts_where_a_subscription_has_none(
        self, services: Services
    ) -> None:
        await choose(services, Settings(limit=2))
        await subscribe(services, "cs.CV")
        assert "number 4 of at most 2" in await told(services, f"/why {ID}")

    async def test_kinds_that_the_chat_does_not_want_are_told(self, services: Services) -> None:
        again = replace(LANTERN, version=2)
        await announce(services, "cs.CV", TODAY, (again, Kind.REPLACE))
        await subscribe(services, "cs.CV lantern")
        assert "replace is not wanted here" in await told(services, f"/why {ID}")
        await choose(services, Settings(kinds=(Kind.REPLACE,)))
        assert "lantern in title" in await told(services, f"/why {ID}")

    async def test_unwanted_kinds_take_no_place_below_the_limit(self, services: Services) -> None:
        rows = [(one, Kind.CROSS) for one in papers(3, first=20)]
        await announce(services, "cs.LG", TODAY, *rows, (LANTERN, Kind.REPLACE))
        await choose(services, Settings(kinds=(Kind.REPLACE,), limit=1))
        await subscribe(services, "cs.LG")
        assert "shown" in await told(services, f"/why {ID}")

    async def test_a_paused_subscription_is_marked(self, services: Services) -> None:
        await subscribe(services, "cs.CV")
        await ask(services, "/list pause 1")
        assert "would be shown · paused" in await told(services, f"/why {ID}")

    async def test_a_paused_chat_is_promised_nothing_and_told_why(self, services: Services) -> None:
        await subscribe(services, "cs.CV")
        (one,) = await services.store.subscriptions(PRIVATE.address)
        now = services.clock.now()
        await services.store.standings.bring_forward([one.number], now, YESTERDAY)
        assert "waiting" in await told(services, f"/why {ID}")
        await services.store.put_chat(replace(PRIVATE, paused="you\nblocked the bot"))
        text = " ".join((await told(services, f"/why {ID}")).split())
        assert "would be shown · paused" in text
        assert "Nothing is sent here at the moment: you blocked the bot." in text

    async def test_the_newest_announcement_counts(self, services: Services) -> None:
        await announce(services, "cs.CV", YESTERDAY, LANTERN, *papers(1, first=30, title="Kite"))
        await subscribe(services, "cs.CV", limit=3)
        text = await told(services, f"/why {ID}")
        assert "number 4 of at most 3" in text
        assert text.index("Tue, Apr 21") < text.index("Mon, Apr 20")

    async def test_every_category_that_announced_it_is_named(self, services: Services) -> None:
        await announce(services, "cs.LG", TODAY, (LANTERN, Kind.CROSS))
        await subscribe(services, "cs.LG")
        text = await told(services, f"/why {ID}")
        assert "cs.LG on Tue, Apr 21, 2026 (cross-list)" in text
        assert "in cs.LG" in text

    async def test_without_subscriptions_the_configured_query_is_told(
        self, services: Services
    ) -> None:
        text = await told(services, f"/why {ID}")
        assert "not announced in cs.AI" in text
        assert "no subscriptions" in text

    async def test_it_speaks_chinese(self, services: Services) -> None:
        await subscribe(services, "cs.CV")
        text = await told(services, f"/why {ID}", language="zh")
        assert "公告：cs.CV，2026年4月21日周二（新）。" in text
        assert "应会选入" in text


class TestNotAnnounced:
    async def test_a_stored_paper_tells_how_far_its_categories_are_read(
        self, services: Services
    ) -> None:
        await services.store.add_papers([replace(LANTERN, id="2603.00001")])
        text = " ".join((await told(services, "/why 2603.00001")).split())
        assert "Not announced in the last 14 days" in text
        assert "cs.CV is read up to Tue, Apr 21, 2026" in text
        assert "cs.LG is not read" in text

    async def test_what_was_announced_long_ago_is_not_looked_for(
        self, services: Services, clock: FakeClock
    ) -> None:
        await subscribe(services, "cs.CV")
        clock.advance((LATELY + timedelta(days=1)).total_seconds())
        assert "Not announced in the last 14 days" in await told(services, f"/why {ID}")

    async def test_a_paper_without_categories_is_no_error(self, services: Services) -> None:
        await services.store.add_papers([paper("2603.00002", categories=("68T07",))])
        assert "Nothing is known of this paper here" in await told(services, "/why 2603.00002")

    async def test_an_unknown_paper_is_not_asked_for(self, tmp_path: Path) -> None:
        with FakeArxiv() as arxiv:
            arxiv.paper("2401.00001")
            async with opened_in(tmp_path, FakeClock()) as services:
                reply = await ask(services, "/why 2401.00001")
                assert "Nothing is known of this paper here" in text_of(reply)
                assert buttons(reply)["Open the paper"].command == "paper 2401.00001"
            assert not arxiv.requests


class TestArguments:
    @pytest.mark.parametrize(
        "name", [f"https://arxiv.org/pdf/{ID}v1.pdf", f"arXiv:{ID}", f"  {ID}v3 "]
    )
    async def test_every_form_of_an_id_works(self, services: Services, name: str) -> None:
        assert "On a lantern" in await told(services, f"/why {name}")

    async def test_a_number_means_the_last_list(self, services: Services) -> None:
        await told(services, "/digest cs.CV")
        assert "On a lantern" in await told(services, "/why 4")

    @pytest.mark.parametrize(
        "arguments",
        [
            "",
            "5",
            "0",
            "-1",
            "٣",
            "what?",
            f"{ID} 2604.00010",
            "9" * 5_000,
            "\x00",
            "'; DROP TABLE",
        ],
    )
    async def test_what_is_no_id_says_what_one_looks_like(
        self, services: Services, arguments: str
    ) -> None:
        await told(services, "/digest cs.CV")
        text = await told(services, f"/why {arguments}")
        assert "That did not work" in text
        assert len(text) < 400

    async def test_the_button_opens_the_paper_after_a_restart(
        self, tmp_path: Path, clock: FakeClock
    ) -> None:
        async with opened_in(tmp_path, clock) as services:
            await announce(services, "cs.CV", TODAY, LANTERN)
            reply = await ask(services, f"/why {ID}")
        async with opened_in(tmp_path, clock) as services:
            opened = await press(services, buttons(reply)["Open the paper"])
            assert "We show what" in text_of(opened)
