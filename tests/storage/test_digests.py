"""Digests as they are kept: with their calls and who has seen their papers, or not at all."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from storage.digests import Turn
from storage.models import Address, Announcement, Call, Chat, Kind, Platform, Subscription
from storage.records import DigestRecord, Posted, SlotOutcome
from storage.standings import Planned
from storage.store import Store
from tests.storage.examples import paper

ADA, BOB = (Address(Platform.TELEGRAM, chat) for chat in ("7", "70"))
NINE = datetime(2026, 4, 21, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
MONDAY, TUESDAY = date(2026, 4, 20), date(2026, 4, 21)
TURN = Turn(NINE + DAY, NINE + DAY, MONDAY, 3)
Happens = Callable[[Store, Subscription], Awaitable[None]]
CALLS = (Call("sendMessage", {"text": "one"}), Call("edit", {"text": "two"}, 0))


@pytest.fixture(autouse=True)
async def _papers(store: Store) -> None:
    await store.add_papers(map(paper, range(1, 700)))


async def due(store: Store, chat: Address = ADA) -> Subscription:
    """A subscription that is due at nine and has read nothing."""
    one = await store.put_subscription(Subscription(0, chat, "cs.CV"))
    await store.standings.plan([Planned(one.number, 1, NINE, NINE, MONDAY)])
    return one


def record(one: Subscription, *papers: int, version: int = 1) -> DigestRecord:
    return DigestRecord(
        subscription=one.number,
        chat=one.chat,
        query=one.query,
        language="en",
        kinds=(Kind.NEW, Kind.REPLACE),
        limit=20,
        slot=NINE,
        made=NINE + timedelta(seconds=3),
        since=MONDAY,
        after=0,
        cursor=3,
        announced=9,
        matched=5,
        outcome=SlotOutcome.POSTED if papers else SlotOutcome.UNMATCHED,
        posted=tuple(Posted(paper(each).id, version, Kind.NEW, "cs.CV") for each in papers),
    )


async def committed(
    store: Store, one: DigestRecord, turn: Turn = TURN, calls: Sequence[Call] = CALLS
) -> int:
    number = await store.digests.commit(one, turn, calls)
    assert number is not None
    return number


async def test_a_digest_is_kept_with_its_calls_its_papers_and_the_next_slot(store: Store) -> None:
    one = await due(store)
    number = await committed(store, record(one, 2, 1))
    assert await store.digests.digest(number) == replace(record(one, 2, 1), number=number)
    rows = await store.outbox.of_digest(number)
    assert [(row.method, row.chat) for row in rows] == [("sendMessage", ADA), ("edit", ADA)]
    assert rows[1].about == rows[0].number
    assert await store.digests.seen(ADA, [paper(1).id, paper(3).id]) == {paper(1).id: 1}
    [standing] = await store.standings.of_chat(ADA)
    found = Turn(standing.slot or NINE, standing.due or NINE, standing.since or MONDAY, 3)
    assert (found, standing.cursor) == (TURN, 3)
    assert await store.listing(str(ADA)) == (paper(2).id, paper(1).id)


async def test_a_slot_that_brings_nothing_is_kept_and_leaves_the_last_list_alone(
    store: Store,
) -> None:
    await store.remember_listing(str(ADA), [paper(7).id])
    number = await committed(store, record(await due(store)), calls=())
    found = await store.digests.digest(number)
    assert found is not None
    assert (found.posted, found.outcome) == ((), SlotOutcome.UNMATCHED)
    assert await store.listing(str(ADA)) == (paper(7).id,)
    assert (await store.outbox.counts()).queued == 0


async def nothing(store: Store, one: Subscription) -> None:
    """Change nothing, but deal with the slot."""
    await committed(store, record(one, 9), calls=())


async def deleted(store: Store, one: Subscription) -> None:
    await store.delete_subscriptions(ADA, [one.number])


async def paused(store: Store, one: Subscription) -> None:
    await store.put_subscription(replace(one, active=False))


async def changed(store: Store, one: Subscription) -> None:
    await store.put_subscription(replace(one, limit=1))


async def chat_paused(store: Store, _one: Subscription) -> None:
    await store.put_chat(Chat(ADA, paused="blocked"))


async def chat_moved(store: Store, _one: Subscription) -> None:
    await store.move_chat(ADA, BOB)


async def brought_forward(store: Store, one: Subscription) -> None:
    await store.standings.bring_forward([one.number], NINE + DAY, MONDAY)


@pytest.mark.parametrize(
    "happens",
    [nothing, deleted, paused, changed, chat_paused, chat_moved, brought_forward],
)
async def test_nothing_is_kept_where_a_subscription_is_not_as_it_was(
    store: Store, happens: Happens
) -> None:
    one = await due(store)
    await store.put_chat(Chat(ADA))
    await happens(store, one)
    assert await store.digests.commit(record(one, 1), TURN, CALLS) is None
    assert (await store.outbox.counts()).queued == 0
    for chat in (ADA, BOB):
        assert await store.digests.seen(chat, [paper(1).id]) == {}


async def test_what_cannot_be_kept_as_a_whole_is_not_kept_at_all(store: Store) -> None:
    one = await due(store)
    wrong = (*CALLS, Call("edit", {}, 7))
    with pytest.raises(ValueError, match="call 2 is about call 7"):
        await store.digests.commit(record(one, 1), TURN, wrong)
    assert await store.digests.of_chat(ADA, 10) == ()
    assert await store.digests.seen(ADA, [paper(1).id]) == {}
    assert (await store.outbox.counts()).queued == 0
    [standing] = await store.standings.of_chat(ADA)
    assert (standing.slot, standing.cursor) == (NINE, 0)
    await committed(store, record(one, 1))


async def test_of_a_paper_the_newest_version_counts_as_seen(store: Store) -> None:
    first = await committed(store, record(await due(store), 1), calls=())
    [other] = [await store.put_subscription(Subscription(0, ADA, "cs.LG"))]
    await store.standings.plan([Planned(other.number, 1, NINE, NINE, MONDAY)])
    second = await committed(store, record(other, 1, version=2), calls=())
    ids = [paper(1).id]
    assert await store.digests.seen(ADA, ids) == {paper(1).id: 2}
    assert await store.digests.seen(ADA, ids, before=second) == {paper(1).id: 1}
    assert await store.digests.seen(ADA, ids, before=first) == {}
    assert await store.digests.seen(BOB, ids) == {}


async def test_very_many_papers_are_asked_about_at_once(store: Store) -> None:
    await committed(store, record(await due(store), *range(1, 700)), calls=())
    found = await store.digests.seen(ADA, [paper(number).id for number in range(1, 800)])
    assert len(found) == 699


async def test_the_digests_of_a_chat_come_newest_first_with_their_papers_in_order(
    store: Store,
) -> None:
    one = await due(store)
    numbers = []
    for place, papers in enumerate(((3, 1), (), (2, 5, 4))):
        at = replace(record(one, *papers), slot=NINE + place * DAY, after=place)
        turn = Turn(NINE + (place + 1) * DAY, NINE + (place + 1) * DAY, MONDAY, place + 1)
        numbers.append(await committed(store, at, turn, calls=()))
    await committed(store, record(await due(store, BOB), 3), calls=())
    found = await store.digests.of_chat(ADA, 2)
    assert [each.number for each in found] == [numbers[2], numbers[1]]
    assert [[row.paper_id for row in each.posted] for each in found] == [
        [paper(number).id for number in (2, 5, 4)],
        [],
    ]
    [holding] = await store.digests.holding(ADA, paper(1).id)
    assert holding.number == numbers[0]
    assert await store.digests.holding(ADA, paper(9).id) == ()


async def test_old_slots_that_brought_nothing_are_forgotten_and_digests_are_not(
    store: Store,
) -> None:
    kept = await committed(store, record(await due(store), 1), calls=())
    gone = await committed(store, record(await due(store, BOB)), calls=())
    assert await store.digests.prune(NINE) == 0
    assert await store.digests.prune(NINE + DAY) == 1
    assert await store.digests.digest(kept) is not None
    assert await store.digests.digest(gone) is None


async def batch(store: Store, category: str, day: date, *numbers: int) -> None:
    rows = [
        Announcement(paper(number).id, 1, category, day, Kind.NEW, place)
        for place, number in enumerate(numbers)
    ]
    await store.add_batch(category, day, map(paper, numbers), rows, NINE)


async def test_arrivals_are_counted_and_what_arrived_is_read_in_between(store: Store) -> None:
    assert (await store.digests.arrivals(), await store.digests.batches(MONDAY)) == (0, {})
    await batch(store, "cs.CV", MONDAY, 1)
    await batch(store, "cs.CV", TUESDAY, 2)
    await batch(store, "cs.LG", TUESDAY, 2, 3)
    assert await store.digests.arrivals() == 3
    assert await store.digests.batches(MONDAY - DAY) == {
        "cs.CV": {MONDAY: 1, TUESDAY: 2},
        "cs.LG": {TUESDAY: 3},
    }
    assert await store.digests.batches(MONDAY) == {"cs.CV": {TUESDAY: 2}, "cs.LG": {TUESDAY: 3}}
    found = [
        [each.paper.id[-1] for each in await store.digests.arrived(since, after, until)]
        for since, after, until in (
            (MONDAY - DAY, 0, 3),
            (MONDAY, 0, 3),
            (MONDAY - DAY, 1, 2),
            (MONDAY - DAY, 3, 3),
        )
    ]
    assert found == [["1", "2", "3"], ["2", "3"], ["2"], []]


async def test_a_batch_that_grows_arrives_with_its_new_rows_only(store: Store) -> None:
    await batch(store, "cs.CV", TUESDAY, 1, 2)
    await batch(store, "cs.CV", TUESDAY, 1, 2, 3)
    assert await store.digests.batches(MONDAY) == {"cs.CV": {TUESDAY: 2}}
    [grown] = await store.digests.arrived(MONDAY, 1, 2)
    assert grown.paper.id == paper(3).id
