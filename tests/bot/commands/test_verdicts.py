"""What is told of a paper is what happened in the digests that were made: nothing is guessed."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.commands.request import Services
from bot.commands.verdicts import Asked, replayed
from bot.digest.parser import parse_stored
from formatters.document import Items
from storage.models import Kind, Settings, Subscription
from tests.bot.commands.announcing import TODAY, announce, deliver, papers, settle, tick
from tests.bot.commands.chatting import PRIVATE, ask, opened_in, told
from tests.fakes.arxiv import paper
from tests.fakes.clock import FakeClock

TOMORROW = TODAY + timedelta(days=1)
ID = "2604.09999"
LANTERN = paper(ID, title="On a lantern", categories=("cs.CV", "cs.LG"))
DAY = timedelta(days=1).total_seconds()
SLOT = "digest of Tue, Apr 21, 2026, 09:00"


@pytest.fixture
async def services(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Services]:
    """Today's digests are due at nine, in three hours; the lantern is the fourth of four."""
    async with opened_in(tmp_path, clock) as opened:
        await opened.store.put_chat(PRIVATE)
        await announce(opened, "cs.CV", TODAY, *papers(3, first=10, title="Kite"), LANTERN)
        await settle(opened, "cs.CV", "cs.LG")
        yield opened


async def subscribe(services: Services, query: str, limit: int | None = None) -> None:
    one = Subscription(0, PRIVATE.address, query, limit=limit)
    await services.store.put_subscription(one)


async def digests_are_made(services: Services, clock: FakeClock) -> None:
    await tick(services)
    clock.advance(timedelta(hours=3, minutes=1).total_seconds())
    assert await tick(services)


async def why(services: Services) -> str:
    return await told(services, f"/why {ID}")


async def verdicts(services: Services) -> list[str]:
    """What each subscription tells: the state, where it was decided, and the reason."""
    reply = await ask(services, f"/why {ID}")
    assert reply
    (table,) = (one for one in reply.document.blocks if isinstance(one, Items))
    return [" · ".join(span.text for span in (*row.facts, *row.text)) for row in table.items]


def flat(text: str) -> str:
    return " ".join(text.split())


class TestWhatHappened:
    async def test_the_digest_that_brought_it_is_told_with_the_number_it_had(
        self, services: Services, clock: FakeClock
    ) -> None:
        await subscribe(services, "cs.CV")
        await digests_are_made(services, clock)
        came = "Came here on Tue, Apr 21, 2026, 09:00 as number 4 of 4 for cs.CV"
        assert f"{came} (on its way)" in flat(await why(services))
        await deliver(services)
        assert f"{came} (delivered)" in flat(await why(services))
        assert await verdicts(services) == [f"shown · {SLOT} · in cs.CV"]

    async def test_each_subscription_tells_what_its_own_digest_made_of_it(
        self, services: Services, clock: FakeClock
    ) -> None:
        await subscribe(services, "cs.CV kite")
        await subscribe(services, "cs.CV", 2)
        await subscribe(services, "cs.CV lantern")
        await subscribe(services, "cs.LG")
        await digests_are_made(services, clock)
        assert await verdicts(services) == [
            f"not matching · {SLOT} · no kite",
            f"shown · {SLOT} · in cs.CV",  # the kites came with the first one and do not count here
            f"already seen · {SLOT} · this chat got it before",
            "not announced in cs.LG",
        ]

    async def test_over_the_limit_is_told_of_the_digest_in_which_it_was(
        self, services: Services, clock: FakeClock
    ) -> None:
        await subscribe(services, "cs.CV", 3)
        await digests_are_made(services, clock)
        await ask(services, "/list edit 1 top 50")
        assert await verdicts(services) == [f"over the limit · {SLOT} · number 4 of at most 3"]

    async def test_what_was_announced_again_later_was_seen_before(
        self, services: Services, clock: FakeClock
    ) -> None:
        await subscribe(services, "cs.CV OR cs.LG")
        await digests_are_made(services, clock)
        await announce(services, "cs.LG", TOMORROW, (LANTERN, Kind.CROSS))
        await settle(services, "cs.CV", "cs.LG", day=TOMORROW)
        clock.advance(DAY)
        await tick(services)
        assert "Came here on Tue, Apr 21, 2026" in flat(await why(services))
        slot = "digest of Wed, Apr 22, 2026, 09:00"
        assert await verdicts(services) == [f"already seen · {slot} · this chat got it before"]

    async def test_a_later_version_that_came_too_is_told(
        self, services: Services, clock: FakeClock
    ) -> None:
        await services.store.put_chat(replace(PRIVATE, settings=Settings(kinds=tuple(Kind))))
        await subscribe(services, "cs.CV")
        await digests_are_made(services, clock)
        second = replace(LANTERN, version=2)
        await announce(services, "cs.CV", TOMORROW, (second, Kind.REPLACE))
        await settle(services, "cs.CV", day=TOMORROW)
        clock.advance(DAY)
        await tick(services)
        text = flat(await why(services))
        assert "Version 2 came here on Wed, Apr 22, 2026, 09:00 as number 1 of 1" in text
        assert "Came here on Tue, Apr 21, 2026, 09:00 as number 4 of 4" in text

    async def test_a_digest_that_cannot_be_explained_any_more_says_so(
        self, services: Services, clock: FakeClock
    ) -> None:
        await subscribe(services, "cs.CV kite")
        await digests_are_made(services, clock)
        (record,) = await services.store.digests.of_chat(PRIVATE.address, 1)
        (standing,) = await services.store.standings.of_chat(PRIVATE.address)
        query = parse_stored("cs.CV")
        asked = Asked(query, 20, ("cs.CV",), (Kind.NEW,), standing=standing)
        wrong = replace(record, query="cs.CV")
        verdict = await replayed(services.store, ID, wrong, asked)
        assert (verdict.state, verdict.reason) == (None, "")


class TestWhatIsToCome:
    async def test_what_waits_for_a_slot_says_for_which(self, services: Services) -> None:
        await subscribe(services, "cs.CV")
        await subscribe(services, "cs.CV kite")
        await tick(services)
        assert await verdicts(services) == [
            "waiting · Tue, Apr 21, 2026, 09:00 · in cs.CV",
            "not matching · no kite",
        ]

    async def test_what_waits_for_late_announcements_says_so(
        self, services: Services, clock: FakeClock
    ) -> None:
        await subscribe(services, "cs.CV OR cs.LG")
        await settle(services, "cs.LG", day=TODAY - timedelta(days=1))
        await tick(services)
        clock.advance(timedelta(hours=3, minutes=1).total_seconds())
        assert await tick(services) == 0
        (said,) = await verdicts(services)
        assert said.startswith("waiting · due since Tue, Apr 21, 2026, 09:00; it comes as soon")

    async def test_before_the_subscription_began_it_only_would_have_been_shown(
        self, services: Services, clock: FakeClock
    ) -> None:
        clock.advance(timedelta(hours=4).total_seconds())  # today's slot is over
        await subscribe(services, "cs.CV")
        await tick(services)
        (said,) = await verdicts(services)
        assert said == "would be shown · in cs.CV · announced before this subscription began"
