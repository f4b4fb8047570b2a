"""The clock's work: every slot gets its digest once, whatever happens around it."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from bot.delivery.agenda import GIVEN_UP_AFTER
from bot.delivery.polling import FAILED
from storage.models import Address, Chat, Kind, Paper, Platform, Room, Settings, Subscription
from storage.records import Intake, SlotOutcome
from tests.bot.delivery.subscribing import (
    ADA,
    BOB,
    EVE,
    FRIDAY,
    MONDAY,
    THURSDAY,
    TUESDAY,
    WEDNESDAY,
    Desk,
    papers,
)

MANY = 510  # more than are dealt with at once
BRIEF = Settings(details="none")
ALL_KINDS = replace(BRIEF, kinds=tuple(Kind))
POSTED, UNMATCHED, SILENT = SlotOutcome.POSTED, SlotOutcome.UNMATCHED, SlotOutcome.SILENT


async def begun(desk: Desk, *queries: str, chat: Address = ADA, settings: Settings = BRIEF) -> None:
    """Subscribe a chat on Tuesday morning, and let the clock see it."""
    for query in queries or ("cs.CV",):
        await desk.subscribed(query, chat, settings)
    await desk.tick()


async def test_a_slot_brings_what_was_announced_and_the_next_one_what_comes_then(
    desk: Desk,
) -> None:
    await begun(desk)
    await desk.announced(TUESDAY, papers(1, 2))
    assert await desk.at("2026-04-21 08:59") == 0
    assert await desk.at("2026-04-21 09:00") == 1
    assert await desk.at("2026-04-21 09:01") == 0
    await desk.announced(WEDNESDAY, papers(3))
    assert await desk.at("2026-04-22 09:00") == 1
    assert await desk.got() == [["1", "2"], ["3"]]
    assert await desk.waiting() == [(ADA, "sendMessage")] * 2
    assert desk.woken == 2


async def test_the_first_digest_holds_the_batch_that_was_out_already(desk: Desk) -> None:
    await desk.announced(MONDAY, papers(1))
    await desk.announced(TUESDAY, papers(2))
    await begun(desk)
    assert await desk.at("2026-04-21 09:00") == 1
    assert await desk.got() == [["2"]]


async def test_nothing_is_posted_where_nothing_matches_and_the_slot_tells_why(desk: Desk) -> None:
    await begun(desk, "cs.CV kites")
    await desk.announced(TUESDAY, papers(1, 2))
    assert await desk.at("2026-04-21 09:00") == 1
    await desk.settled(WEDNESDAY)
    assert await desk.at("2026-04-22 09:00") == 1
    found = [(one.outcome, one.announced, one.matched) for one in await desk.records()]
    assert found == [(UNMATCHED, 2, 0), (SILENT, 0, 0)]
    assert await desk.waiting() == []
    assert desk.woken == 0


async def test_a_late_category_is_waited_for(desk: Desk) -> None:
    await begun(desk, "cs.CV cs.LG")
    await desk.announced(TUESDAY, papers(1))
    assert await desk.at("2026-04-21 09:00") == 0
    assert await desk.at("2026-04-21 10:30") == 0
    await desk.announced(TUESDAY, papers(2), "cs.LG")
    assert await desk.at("2026-04-21 10:31") == 1
    assert await desk.got() == [["1", "2"]]


async def test_what_comes_after_patience_ended_comes_with_the_next_slot(desk: Desk) -> None:
    await begun(desk, "cs.CV cs.LG")
    await desk.announced(TUESDAY, papers(1))
    assert await desk.at("2026-04-21 13:00") == 1
    await desk.announced(TUESDAY, papers(2), "cs.LG")
    await desk.announced(WEDNESDAY, papers(3))
    await desk.announced(WEDNESDAY, papers(4), "cs.LG")
    assert await desk.at("2026-04-22 09:00") == 1
    assert await desk.got() == [["1"], ["2", "3", "4"]]


async def test_rows_that_grow_into_a_batch_come_with_the_next_slot(desk: Desk) -> None:
    await begun(desk)
    await desk.announced(TUESDAY, papers(1, 2))
    await desk.at("2026-04-21 09:00")
    await desk.announced(TUESDAY, papers(1, 2, 3))
    await desk.settled(WEDNESDAY)
    await desk.at("2026-04-22 09:00")
    assert await desk.got() == [["1", "2"], ["3"]]


async def test_a_feed_whose_date_lags_behind_is_not_missed(desk: Desk) -> None:
    await begun(desk)
    await desk.announced(TUESDAY, papers(1))
    await desk.at("2026-04-21 09:00")
    await desk.announced(TUESDAY, papers(2))  # Wednesday's, under the day before
    await desk.settled(WEDNESDAY)
    await desk.at("2026-04-22 09:00")
    assert await desk.got() == [["1"], ["2"]]


async def test_a_chat_gets_a_paper_once_however_many_subscriptions_find_it(desk: Desk) -> None:
    await begun(desk, "cs.CV", "lanterns cs.CV", "cs.LG")
    await desk.announced(TUESDAY, papers(1, 2))
    await desk.announced(TUESDAY, papers(2, 3), "cs.LG", kind=Kind.CROSS)
    assert await desk.at("2026-04-21 09:00") == 3
    assert await desk.got() == [["1", "2"], [], ["3"]]


async def test_a_paper_that_one_subscription_has_no_room_for_may_come_by_another(
    desk: Desk,
) -> None:
    await begun(desk, "cs.CV", "cs.CV lanterns", settings=replace(BRIEF, limit=1))
    await desk.announced(TUESDAY, papers(1, 2, 3))
    assert await desk.at("2026-04-21 09:00") == 2
    assert await desk.got() == [["1"], ["2"]]


async def test_a_replacement_comes_only_where_it_was_asked_for(desk: Desk) -> None:
    await begun(desk)
    await begun(desk, chat=BOB, settings=ALL_KINDS)
    await desk.announced(TUESDAY, papers(1))
    await desk.at("2026-04-21 09:00")
    await desk.announced(WEDNESDAY, papers(1, version=2), kind=Kind.REPLACE)
    await desk.at("2026-04-22 09:00")
    assert await desk.got() == [["1"], []]
    found = [(row.version, row.kind) for one in await desk.records(BOB) for row in one.posted]
    assert found == [(1, Kind.NEW), (2, Kind.REPLACE)]
    [*_, last] = await desk.store.outbox.unsent(BOB)
    assert "2604.00001v2" in str(last.body["text"])


async def test_after_weeks_of_downtime_one_digest_holds_everything(desk: Desk) -> None:
    await begun(desk)
    desk.clock.advance(22 * 24 * 3600)
    desk.start()
    for number, day in enumerate((TUESDAY, WEDNESDAY, THURSDAY), start=1):
        await desk.announced(day, papers(number))
    await desk.settled(desk.clock.now().date())
    assert await desk.at("2026-05-13 09:00") == 1
    assert await desk.at("2026-05-13 09:01") == 0
    assert await desk.got() == [["1", "2", "3"]]


async def test_a_missed_day_that_is_made_up_for_late_is_not_lost(desk: Desk) -> None:
    await begun(desk)
    await desk.announced(WEDNESDAY, papers(2))
    await desk.at("2026-04-22 09:00")
    await desk.announced(TUESDAY, papers(1), settled=False)
    await desk.settled(THURSDAY)
    await desk.at("2026-04-23 09:00")
    assert await desk.got() == [["2"], ["1"]]


async def test_after_a_silent_day_the_next_papers_come_at_their_own_hour(desk: Desk) -> None:
    await begun(desk, settings=replace(BRIEF, timezone="America/Los_Angeles"))
    await desk.settled(TUESDAY, failures=9)
    assert await desk.at("2026-04-21 20:01") == 0
    await desk.announced(WEDNESDAY, papers(1))
    assert await desk.at("2026-04-22 04:06") == 0  # 21:06 on Tuesday evening there
    assert await desk.at("2026-04-22 15:59") == 0
    assert await desk.at("2026-04-22 16:00") == 1
    assert await desk.got() == [["1"]]


async def test_after_a_silent_day_an_announcement_comes_at_once(desk: Desk) -> None:
    await begun(desk, settings=replace(BRIEF, at="announcement"))
    await desk.settled(WEDNESDAY, failures=9)
    assert await desk.at("2026-04-22 20:00") == 0
    await desk.announced(THURSDAY, papers(1))
    assert await desk.at("2026-04-23 04:06") == 1
    assert await desk.got() == [["1"]]


async def test_a_batch_that_comes_after_midnight_comes_at_once(desk: Desk) -> None:
    await begun(desk)
    assert await desk.at("2026-04-21 23:00") == 0
    await desk.announced(TUESDAY, papers(1))
    await desk.announced(WEDNESDAY, papers(2))
    assert await desk.at("2026-04-22 04:06") == 1
    assert await desk.got() == [["1", "2"]]


async def test_a_feed_that_is_dated_a_day_later_comes_with_the_slot_of_that_day(
    desk: Desk,
) -> None:
    await begun(desk)
    await desk.announced(WEDNESDAY, papers(1))
    assert await desk.at("2026-04-21 09:00") == 0
    assert await desk.at("2026-04-22 09:00") == 1
    assert await desk.got() == [["1"]]


async def test_a_category_that_is_gone_delays_the_others_no_longer(desk: Desk) -> None:
    await begun(desk, "cs.CV cs.LG")
    gone = Intake("cs.LG", None, FAILED, "arXiv refused", desk.clock.now(), GIVEN_UP_AFTER)
    await desk.store.standings.put_intake(gone)
    await desk.announced(TUESDAY, papers(1))
    assert await desk.at("2026-04-21 09:00") == 1
    await desk.announced(TUESDAY, papers(2), "cs.LG")  # it was only away
    await desk.announced(WEDNESDAY, papers(3))
    await desk.settled(WEDNESDAY, "cs.LG")
    assert await desk.at("2026-04-22 09:00") == 1
    assert await desk.got() == [["1"], ["2", "3"]]


async def test_quiet_hours_that_begin_while_arxiv_is_late_are_kept(desk: Desk) -> None:
    await begun(desk, settings=replace(BRIEF, quiet=("12:00", "14:00")))
    assert await desk.at("2026-04-21 11:59") == 0
    await desk.announced(TUESDAY, papers(1))
    assert await desk.at("2026-04-21 12:00") == 0
    assert await desk.at("2026-04-21 13:59") == 0
    assert await desk.at("2026-04-21 14:00") == 1
    assert await desk.got() == [["1"]]


async def test_a_time_that_is_changed_at_noon_takes_effect_at_once(desk: Desk) -> None:
    await begun(desk)
    await desk.announced(TUESDAY, papers(1))
    await desk.at("2026-04-21 09:00")
    await desk.store.put_chat(Chat(ADA, settings=replace(BRIEF, at="18:00")))
    await desk.at("2026-04-21 12:00")
    await desk.at("2026-04-21 18:00")
    await desk.announced(WEDNESDAY, papers(2))
    assert await desk.at("2026-04-22 09:00") == 0
    assert await desk.at("2026-04-22 18:00") == 1
    assert [one for one in await desk.got() if one] == [["1"], ["2"]]


async def test_settings_that_are_changed_while_a_slot_is_open_lose_nothing(desk: Desk) -> None:
    await begun(desk)
    assert await desk.at("2026-04-21 09:00") == 0
    await desk.store.put_chat(Chat(ADA, settings=replace(BRIEF, at="18:00", limit=1)))
    assert await desk.at("2026-04-21 12:00") == 0
    await desk.announced(TUESDAY, papers(1, 2))
    assert await desk.at("2026-04-21 12:01") == 1
    assert await desk.got() == [["1"]]


async def test_who_pauses_for_a_week_gets_nothing_of_it_but_goes_on(desk: Desk) -> None:
    one = await desk.subscribed(settings=BRIEF)
    await desk.tick()
    await desk.announced(TUESDAY, papers(1))
    await desk.at("2026-04-21 09:00")
    await desk.store.put_subscription(replace(one, active=False))
    for day, number in ((WEDNESDAY, 2), (THURSDAY, 3)):
        await desk.announced(day, papers(number))
    assert await desk.at("2026-04-24 09:00") == 0
    await desk.store.put_subscription(one)
    await desk.at("2026-04-25 12:00")
    await desk.announced(FRIDAY.replace(day=27), papers(4))
    assert await desk.at("2026-04-27 09:00") == 1
    assert await desk.got() == [["1"], ["4"]]


async def test_a_new_subscription_of_a_chat_repeats_nothing(desk: Desk) -> None:
    await begun(desk)
    await desk.announced(TUESDAY, papers(1, 2))
    await desk.at("2026-04-21 09:00")
    await desk.subscribed("cs.CV lanterns", settings=replace(BRIEF, at="09:30"))
    await desk.at("2026-04-21 09:10")
    await desk.at("2026-04-21 09:30")
    assert [one for one in await desk.got() if one] == [["1", "2"]]


# What happens while a digest is being made


class Meanwhile:
    """Stands in for the language model: while it is asked, something happens, once."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[str]]] = []
        self.what: asyncio.Future[None] | None = None
        self.does = self.nothing

    async def nothing(self) -> None:
        """Let nothing happen."""

    async def __call__(self, some: Sequence[Paper], language: str) -> None:
        self.asked.append((language, [one.id[-1] for one in some]))
        does, self.does = self.does, self.nothing
        await does()


@pytest.fixture
def meanwhile(desk: Desk) -> Meanwhile:
    desk.prepare = one = Meanwhile()
    return one


async def test_each_paper_is_summarised_once_a_language(desk: Desk, meanwhile: Meanwhile) -> None:
    await begun(desk)
    await begun(desk, "lanterns cs.CV", chat=BOB)
    await begun(desk, chat=EVE, settings=replace(BRIEF, language="zh"))
    await desk.announced(TUESDAY, papers(1, 2))
    await desk.at("2026-04-21 09:00")
    assert sorted(meanwhile.asked) == [("en", ["1", "2"]), ("zh", ["1", "2"])]


async def test_a_digest_goes_out_where_no_summaries_can_be_written(
    desk: Desk, meanwhile: Meanwhile, caplog: pytest.LogCaptureFixture
) -> None:
    async def fails() -> None:
        raise RuntimeError("no answer")

    meanwhile.does = fails
    await begun(desk)
    await desk.announced(TUESDAY, papers(1))
    with caplog.at_level(logging.ERROR):
        assert await desk.at("2026-04-21 09:00") == 1
    assert "no summaries could be written" in caplog.text
    assert await desk.got() == [["1"]]


async def test_what_was_changed_while_its_digest_was_made_is_made_anew(
    desk: Desk, meanwhile: Meanwhile
) -> None:
    async def changes() -> None:
        await desk.store.put_chat(Chat(ADA, settings=replace(BRIEF, limit=1)))

    meanwhile.does = changes
    await begun(desk, settings=replace(BRIEF, limit=2))
    await desk.announced(TUESDAY, papers(1, 2))
    assert await desk.at("2026-04-21 09:00") == 0
    assert await desk.records() == []
    assert await desk.at("2026-04-21 09:01") == 1
    assert await desk.got() == [["1"]]


async def test_what_a_digest_was_to_bring_that_was_not_kept_comes_by_another(
    desk: Desk, meanwhile: Meanwhile
) -> None:
    first = await desk.subscribed("cs.CV", settings=BRIEF)

    async def ends() -> None:
        await desk.store.delete_subscriptions(ADA, [first.number])

    meanwhile.does = ends
    await begun(desk, "cs.CV lanterns", "lanterns 2 cs.CV")
    await desk.announced(TUESDAY, papers(1, 2))
    assert await desk.at("2026-04-21 09:00") == 2
    assert await desk.got() == [["1", "2"], []]


@pytest.mark.parametrize("how", ["paused", "moved"])
async def test_nothing_is_made_for_a_chat_that_is_gone_meanwhile(
    desk: Desk, meanwhile: Meanwhile, how: str
) -> None:
    async def goes() -> None:
        if how == "moved":
            await desk.store.move_chat(ADA, BOB)
        else:
            await desk.store.put_chat(Chat(ADA, settings=BRIEF, paused="blocked"))

    meanwhile.does = goes
    await begun(desk)
    await desk.announced(TUESDAY, papers(1))
    assert await desk.at("2026-04-21 09:00") == 0
    assert await desk.waiting() == []
    assert await desk.at("2026-04-21 09:01") == (how == "moved")
    assert await desk.got(BOB) == ([["1"]] if how == "moved" else [])
    assert await desk.got(ADA) == []


async def test_a_tick_that_is_cut_off_is_done_by_the_next_one(
    desk: Desk, meanwhile: Meanwhile
) -> None:
    async def is_cut_off() -> None:
        raise asyncio.CancelledError

    meanwhile.does = is_cut_off
    await begun(desk)
    await desk.announced(TUESDAY, papers(1))
    with pytest.raises(asyncio.CancelledError):
        await desk.at("2026-04-21 09:00")
    assert await desk.records() == []
    assert await desk.at("2026-04-21 09:01") == 1
    assert await desk.got() == [["1"]]


async def test_a_batch_that_comes_during_a_tick_is_in_the_digest_that_waited_for_it(
    desk: Desk, meanwhile: Meanwhile
) -> None:
    """Else the slot would be done without the very batch that ends its waiting."""

    async def comes() -> None:
        await desk.announced(TUESDAY, papers(2), "cs.LG")

    meanwhile.does = comes
    for number in range(MANY):
        await desk.subscribed(chat=Address(Platform.TELEGRAM, str(1000 + number)), settings=BRIEF)
    await begun(desk, "cs.LG")
    await desk.announced(TUESDAY, papers(1))
    assert await desk.at("2026-04-21 09:00") == MANY
    assert await desk.got() == []
    assert await desk.at("2026-04-21 09:01") == 1
    assert await desk.got() == [["2"]]


# A clock that was wrong


async def test_what_a_clock_of_the_future_put_off_comes_when_the_clock_is_right(desk: Desk) -> None:
    await begun(desk)
    await desk.announced(TUESDAY, papers(1))
    await desk.settled(date(2030, 1, 4))
    assert await desk.at("2030-01-05 10:00") == 1
    await desk.settled(TUESDAY)
    assert await desk.at("2026-04-21 10:00") == 0
    await desk.announced(WEDNESDAY, papers(2))
    assert await desk.at("2026-04-22 09:00") == 1
    assert (await desk.got())[1:] == [["2"]]


# One that fails


async def test_a_subscription_that_fails_keeps_nobody_waiting(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = replace(BRIEF, timezone="Nowhere/Atlantis")
    await desk.subscribed(chat=BOB, settings=nowhere)
    await desk.subscribed(chat=EVE, settings=BRIEF)
    await desk.store.put_subscription(
        replace(await desk.subscribed(chat=EVE), number=0, query="ti:(", chat=EVE)
    )
    await begun(desk)
    await desk.announced(TUESDAY, papers(1))
    assert await desk.at("2026-04-21 09:00") == 2
    assert (await desk.got(), await desk.got(BOB), await desk.got(EVE)) == ([["1"]], [], [["1"]])
    assert "subscription 1 (cs.CV) failed" in caplog.text
    assert "(ti:() failed" in caplog.text


# What kind of place a configured target is


async def test_a_place_that_nobody_knows_yet_is_asked_about_and_waited_for(desk: Desk) -> None:
    place = Address(Platform.DISCORD, "1234")
    answers: list[Chat | None] = [None, Chat(place, Room.FORUM)]

    async def acquaint(address: Address) -> Chat | None:
        assert address == place
        return answers.pop(0)

    desk.acquaint = acquaint
    await desk.store.put_subscription(replace(await desk.subscribed(), number=0, chat=place))
    await desk.tick()
    await desk.announced(TUESDAY, papers(1))
    assert await desk.at("2026-04-21 09:00") == 1  # Ada's
    assert await desk.got(place) == []
    assert await desk.at("2026-04-21 09:01") == 1
    [first, *_] = await desk.store.outbox.unsent(place)
    assert first.method == "post"


# At once


async def test_a_channel_can_be_made_at_once_and_looks_at_the_newest_batch(desk: Desk) -> None:
    one = await desk.subscribed(settings=BRIEF)
    channel = replace(one, number=0, channel="night", chat=BOB)
    number = (await desk.store.put_subscription(channel)).number
    await desk.announced(MONDAY, papers(1), settled=False)
    await desk.announced(TUESDAY, papers(2))
    await desk.at("2026-04-21 12:00")
    await desk.tick.make_now([number])
    assert (await desk.got(BOB), await desk.got(ADA)) == ([["2"]], [])
    await desk.tick.make_now([number])
    assert await desk.got(BOB) == [["2"], []]
    await desk.announced(WEDNESDAY, papers(3))
    await desk.at("2026-04-22 09:00")
    assert await desk.got(BOB) == [["2"], [], ["3"]]


async def test_a_channel_that_was_paused_looks_at_the_newest_batch_when_made_at_once(
    desk: Desk,
) -> None:
    await desk.store.put_chat(Chat(BOB, settings=BRIEF))
    channel = Subscription(0, BOB, "cs.CV", channel="night")
    number = (await desk.store.put_subscription(channel)).number
    await desk.announced(TUESDAY, papers(1))
    desk.clock.advance(4 * 3600)
    await desk.tick.make_now([number])
    await desk.store.put_chat(Chat(BOB, settings=BRIEF, paused="the bot may not write there"))
    for day, paper in ((WEDNESDAY, 2), (THURSDAY, 3)):
        desk.clock.advance(24 * 3600)
        await desk.announced(day, papers(paper))
    await desk.store.put_chat(Chat(BOB, settings=BRIEF))
    await desk.tick.make_now([number])
    assert await desk.got(BOB) == [["1"], ["3"]]


async def test_equal_digests_are_sent_to_all_who_want_them(desk: Desk) -> None:
    for chat in (ADA, BOB):
        await begun(desk, chat=chat)
    await begun(desk, chat=EVE, settings=replace(BRIEF, language="zh"))
    await desk.announced(TUESDAY, papers(1, 2))
    await desk.at("2026-04-21 09:00")
    bodies = [(await desk.store.outbox.unsent(chat))[0].body for chat in (ADA, BOB, EVE)]
    assert bodies[0] == bodies[1] != bodies[2]
