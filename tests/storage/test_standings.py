"""How far subscriptions and intake have come: what is due, planned, changed and paused."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from storage.models import Address, Chat, Kind, Platform, Room, Settings, Subscription
from storage.records import Intake, Standing
from storage.standings import Planned
from storage.store import Store

ADA, BOB = (Address(Platform.TELEGRAM, chat) for chat in ("7", "70"))
TOPIC = replace(BOB, thread="45")
NINE = datetime(2026, 4, 21, 9, 0, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MONDAY, TUESDAY = date(2026, 4, 20), date(2026, 4, 21)
ALL = 100
NEVER = datetime.max.replace(tzinfo=UTC)


async def subscribed(
    store: Store, chat: Address = ADA, query: str = "cs.CV", channel: str = ""
) -> Subscription:
    return await store.put_subscription(Subscription(0, chat, query, channel=channel))


async def planned(store: Store, one: Subscription, due: datetime = NINE, changed: int = 1) -> None:
    await store.standings.plan([Planned(one.number, changed, NINE, due, MONDAY)])


async def only(store: Store, chat: Address = ADA) -> Standing:
    [one] = await store.standings.of_chat(chat)
    return one


def numbers(standings: Sequence[Standing]) -> list[int]:
    return [one.subscription.number for one in standings]


async def test_a_new_subscription_has_to_be_planned_and_is_not_due(store: Store) -> None:
    one = await subscribed(store)
    expected = Standing(one, Chat(ADA), changed=1, acquainted=False)
    assert await store.standings.to_plan(NEVER, ALL) == (expected,)
    assert not await store.standings.any_due(NINE)
    assert await store.standings.due(NINE, ALL) == ()


async def test_what_is_planned_is_due_at_its_moment(store: Store) -> None:
    one = await subscribed(store)
    await planned(store, one, due=NINE + MINUTE)
    assert await store.standings.to_plan(NEVER, ALL) == ()
    assert not await store.standings.any_due(NINE)
    assert await store.standings.due(NINE, ALL) == ()
    assert await store.standings.any_due(NINE + MINUTE)
    [found] = await store.standings.due(NINE + MINUTE, ALL)
    assert (found.slot, found.due, found.since) == (NINE, NINE + MINUTE, MONDAY)
    assert (found.changed, found.cursor) == (0, 0)


async def test_what_a_wrong_clock_has_put_too_far_ahead_has_to_be_planned_anew(
    store: Store,
) -> None:
    ones = [await subscribed(store, query=query) for query in ("cs.CV", "cs.LG", "cs.AI")]
    for one, due in zip(ones, (NINE + DAY + MINUTE, NINE + DAY, NINE), strict=True):
        await planned(store, one, due=due)
    assert numbers(await store.standings.to_plan(NINE + DAY, ALL)) == [ones[0].number]
    await planned(store, ones[0], changed=0)
    assert await store.standings.to_plan(NINE + DAY, ALL) == ()


async def test_a_plan_of_before_a_change_is_not_kept(store: Store) -> None:
    one = await subscribed(store)
    await store.put_subscription(replace(one, at="18:00"))
    await planned(store, one, changed=1)
    assert (await only(store)).slot is None
    await planned(store, one, changed=2)
    assert (await only(store)).slot == NINE


async def test_every_change_of_a_subscription_or_its_chat_has_to_be_planned(store: Store) -> None:
    one = await subscribed(store)
    await planned(store, one)
    await store.put_subscription(replace(one, limit=5))
    await store.put_chat(Chat(ADA, settings=Settings(at="18:00")))
    await store.put_chat(Chat(ADA, title="Ada", settings=Settings(at="18:00")))
    found = await only(store)
    assert (found.changed, found.since) == (2, MONDAY)
    assert not await store.standings.any_due(NINE)


async def test_who_is_paused_is_neither_due_nor_planned_nor_read_for(store: Store) -> None:
    here, there = await subscribed(store), await subscribed(store, BOB, "cs.LG")
    for one in (here, there):
        await planned(store, one)
    await store.put_chat(Chat(BOB, paused="blocked"))
    await store.put_subscription(replace(here, active=False))
    assert not await store.standings.any_due(NINE)
    assert await store.standings.due(NINE, ALL) == ()
    assert await store.standings.to_plan(NEVER, ALL) == ()
    assert await store.standings.queries() == ()


async def test_who_goes_on_begins_anew(store: Store) -> None:
    one = await subscribed(store)
    await store.put_chat(Chat(BOB))
    there = await subscribed(store, BOB)
    for each in (one, there):
        await planned(store, each)
    await store.put_subscription(replace(one, active=False))
    await store.put_subscription(one)
    await store.put_chat(Chat(BOB, paused="blocked"))
    await store.put_chat(Chat(BOB))
    assert [found.since for found in await store.standings.to_plan(NEVER, ALL)] == [None, None]


async def test_pages_are_read_in_the_order_of_the_numbers(store: Store) -> None:
    ones = [await subscribed(store, query=query) for query in ("cs.CV", "cs.LG", "cs.AI")]
    first = await store.standings.to_plan(NEVER, 2)
    assert numbers(first) == [ones[0].number, ones[1].number]
    assert numbers(await store.standings.to_plan(NEVER, 2, ones[1].number)) == [ones[2].number]
    for one in ones:
        await planned(store, one)
    assert numbers(await store.standings.due(NINE, 2)) == numbers(first)
    assert numbers(await store.standings.due(NINE, 2, ones[1].number)) == [ones[2].number]
    assert await store.standings.due(NINE, 2, ones[2].number) == ()


async def test_a_standing_has_its_chat_with_its_settings(store: Store) -> None:
    settings = Settings(timezone="Asia/Shanghai", kinds=(Kind.NEW,), quiet=("22:00", "07:00"))
    chat = Chat(TOPIC, Room.GROUP, "Readers", settings)
    await store.put_chat(chat)
    await store.put_chat(Chat(BOB))
    await subscribed(store, TOPIC)
    found = await only(store, TOPIC)
    assert (found.chat, found.acquainted) == (chat, True)
    assert await store.standings.of_chat(BOB) == ()


async def test_channels_are_those_of_the_configuration_also_paused_ones(store: Store) -> None:
    await subscribed(store)
    channel = await subscribed(store, BOB, channel="night")
    await store.put_chat(Chat(BOB, paused="blocked"))
    assert numbers(await store.standings.of_channels()) == [channel.number]


async def test_queries_are_read_once_each(store: Store) -> None:
    for chat, query in ((ADA, "cs.LG"), (BOB, "cs.CV"), (TOPIC, "cs.CV")):
        await subscribed(store, chat, query)
    assert await store.standings.queries() == ("cs.CV", "cs.LG")


@pytest.mark.parametrize("is_planned", [True, False])
async def test_what_is_brought_forward_is_due_now_and_looks_back_the_first_time(
    store: Store, is_planned: bool
) -> None:
    one, other = await subscribed(store), await subscribed(store, BOB)
    if is_planned:
        await planned(store, one, due=NINE + DAY)
    await store.standings.bring_forward([one.number], NINE, TUESDAY)
    found = await only(store)
    assert (found.slot, found.due, found.since, found.changed) == (NINE, NINE, TUESDAY, 0)
    assert (await only(store, BOB)).subscription == other
    assert (await only(store, BOB)).due is None


async def test_what_is_brought_forward_a_second_time_goes_on_where_it_was(store: Store) -> None:
    one = await subscribed(store)
    async with store._database.write() as connection:
        await connection.execute("UPDATE subscriptions SET arrivals_read = 5, since = '2026-04-01'")
    await store.standings.bring_forward([one.number], NINE, TUESDAY)
    assert (await only(store)).since == date(2026, 4, 1)


@pytest.mark.parametrize("since", [None, "2030-01-04"])  # it was resumed; a clock was wrong
async def test_what_is_brought_forward_looks_back_where_nobody_knows_how_far_it_was(
    store: Store, since: str | None
) -> None:
    one = await subscribed(store)
    async with store._database.write() as connection:
        await connection.execute("UPDATE subscriptions SET arrivals_read = 5, since = ?", (since,))
    await store.standings.bring_forward([one.number], NINE, TUESDAY)
    assert (await only(store)).since == TUESDAY


async def test_how_far_a_category_was_read_is_kept_and_forgotten(store: Store) -> None:
    vision = Intake("cs.CV", TUESDAY, "new", "papers: 3", NINE, 0)
    learning = Intake("cs.LG", None, "failed", "no answer", NINE + MINUTE, 4)
    for one in (vision, learning, replace(vision, failures=2)):
        await store.standings.put_intake(one)
    assert await store.standings.intakes() == {
        "cs.CV": replace(vision, failures=2),
        "cs.LG": learning,
    }
    await store.standings.forget_intakes(["cs.CV", "cs.RO"])
    assert list(await store.standings.intakes()) == ["cs.LG"]
