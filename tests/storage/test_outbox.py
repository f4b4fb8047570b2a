"""The table of deliveries: what may be made now, in which order, and what becomes of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from storage.deliveries import Delivery, DeliveryState, OutboxCounts
from storage.models import Address, Call, Chat, Platform, Room, Subscription
from storage.outbox import Settlement
from storage.store import Store

NOON = datetime(2026, 4, 21, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ADA, BOB = (Address(Platform.TELEGRAM, chat) for chat in ("7", "70"))
FORUM = Address(Platform.TELEGRAM, "-100")
TOPIC = replace(FORUM, thread="45")
ELSEWHERE = Address(Platform.DISCORD, "7")
ANYWHERE = (ADA, BOB, FORUM, TOPIC)
CLOSED = (DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.DROPPED)
MANY = 100


async def put(store: Store, chat: Address, *texts: str, about: int | None = None) -> list[int]:
    """Enqueue messages for a chat; each but the first may be about the one at a place."""
    calls = [
        Call("sendMessage", {"text": text}, about if place else None)
        for place, text in enumerate(texts)
    ]
    return list(await store.outbox.enqueue(calls, chat, 1, NOON))


async def claimed(store: Store, now: datetime = NOON, most: int = MANY) -> list[Delivery]:
    claims = await store.outbox.claim(Platform.TELEGRAM, now, most)
    return [delivery for delivery, _ in claims.deliveries]


async def texts(store: Store, now: datetime = NOON) -> list[object]:
    return [one.body["text"] for one in await claimed(store, now)]


async def settle(
    store: Store, delivery: Delivery, state: DeliveryState = DeliveryState.SENT, **fields: Any
) -> Sequence[Address]:
    """Write what became of a delivery."""
    return await store.outbox.settle([replace(Settlement(delivery, state), **fields)], NOON)


async def states(store: Store) -> dict[int, DeliveryState]:
    found = await store.outbox.deliveries(list(DeliveryState), MANY)
    return {one.number: one.state for one in sorted(found, key=lambda one: one.number)}


async def reasons(store: Store) -> dict[int, str]:
    found = await store.outbox.deliveries(list(DeliveryState), MANY)
    return {one.number: one.reason for one in found}


class TestEnqueueing:
    async def test_everything_comes_back_as_it_was_put(self, store: Store) -> None:
        first, second = await store.outbox.enqueue(
            [Call("sendMessage", {"text": "问 ☃", "n": [1, None]}), Call("edit", {}, about=0)],
            TOPIC,
            digest=5,
            created=NOON,
        )
        assert await store.outbox.of_digest(5) == (
            Delivery(first, 5, TOPIC, "sendMessage", {"text": "问 ☃", "n": [1, None]}),
            Delivery(second, 5, TOPIC, "edit", {}, about=first),
        )

    @pytest.mark.parametrize("about", [1, 2, -1])
    async def test_a_call_can_only_be_about_one_before_it(self, store: Store, about: int) -> None:
        calls = [Call("a", {}), Call("b", {}, about)]
        with pytest.raises(ValueError, match="call 1 is about call"):
            await store.outbox.enqueue(calls, ADA, None, NOON)
        assert await states(store) == {}


class TestClaiming:
    async def test_takes_the_first_of_every_chat_and_thread(self, store: Store) -> None:
        for chat in (*ANYWHERE, ELSEWHERE):
            await put(store, chat, f"1 {chat}", f"2 {chat}")
        assert sorted(map(str, await texts(store))) == sorted(f"1 {chat}" for chat in ANYWHERE)
        assert await texts(store) == []

    async def test_the_next_one_follows_when_the_first_is_written(self, store: Store) -> None:
        await put(store, ADA, "1", "2")
        (first,) = await claimed(store)
        assert await claimed(store) == []
        await settle(store, first)
        assert await texts(store) == ["2"]

    async def test_a_delivery_that_waits_keeps_its_chat_waiting_and_no_other(
        self, store: Store
    ) -> None:
        await put(store, ADA, "1", "2")
        (first,) = await claimed(store)
        await settle(store, first, DeliveryState.QUEUED, not_before=NOON + SECOND)
        await put(store, BOB, "3")
        assert await texts(store) == ["3"]
        assert await texts(store, NOON + SECOND) == ["1"]

    async def test_a_hold_is_for_a_chat_with_all_its_threads(self, store: Store) -> None:
        for chat in (FORUM, TOPIC, ADA):
            await put(store, chat, str(chat))
        await store.outbox.hold_chat(TOPIC, NOON + SECOND)
        await store.outbox.hold_chat(FORUM, NOON - SECOND)
        assert await texts(store) == [str(ADA)]
        assert await texts(store, NOON + SECOND) == [str(FORUM), str(TOPIC)]

    async def test_counts_the_attempt_and_keeps_when_the_first_was(self, store: Store) -> None:
        await put(store, ADA, "1")
        for attempt in (1, 2):
            (one,) = await claimed(store, NOON + attempt * SECOND)
            assert (one.attempts, one.first_tried) == (attempt, NOON + SECOND)
            assert one.state is DeliveryState.SENDING
            await settle(store, one, DeliveryState.QUEUED)

    async def test_brings_the_result_of_what_it_is_about(self, store: Store) -> None:
        await put(store, ADA, "1", "2", about=0)
        (first,) = await claimed(store)
        await settle(store, first, result="4711")
        claims = await store.outbox.claim(Platform.TELEGRAM, NOON, MANY)
        assert [about for _, about in claims.deliveries] == ["4711"]

    async def test_takes_no_more_than_asked_and_tells_that_there_is_more(
        self, store: Store
    ) -> None:
        for chat in ANYWHERE:
            await put(store, chat, str(chat))
        first = await store.outbox.claim(Platform.TELEGRAM, NOON, 3)
        assert (len(first.deliveries), first.again) == (3, NOON)
        second = await store.outbox.claim(Platform.TELEGRAM, NOON, 3)
        assert (len(second.deliveries), second.again) == (1, None)

    async def test_tells_when_the_next_one_may_go(self, store: Store) -> None:
        for chat in ANYWHERE:
            await put(store, chat, str(chat))
        for wait, one in enumerate(await claimed(store), start=1):
            later = NOON + wait * timedelta(hours=1)
            await settle(store, one, DeliveryState.QUEUED, not_before=later)
        await store.outbox.hold_chat(FORUM, NOON + timedelta(days=1))
        claims = await store.outbox.claim(Platform.TELEGRAM, NOON, MANY)
        first_free = min(3, 4) * timedelta(hours=1)  # the forum's two come first and are held
        assert (claims.deliveries, claims.again) == ((), NOON + first_free)


class TestWhatIsAboutACallThatWasNotMade:
    async def test_fails_with_its_reason_and_the_rest_goes_on(self, store: Store) -> None:
        numbers = await put(store, ADA, "1", "2", about=0)
        await put(store, ADA, "3")
        (first,) = await claimed(store)
        await settle(store, first, DeliveryState.FAILED, reason="too long")
        assert await texts(store) == ["3"]
        assert (await reasons(store))[numbers[1]].endswith("which was not made: too long")
        assert (await states(store))[numbers[1]] is DeliveryState.FAILED

    async def test_is_dropped_where_that_was(self, store: Store) -> None:
        first, second = await put(store, ADA, "1", "2", about=0)
        await store.outbox.drop([first], "not wanted", NOON)
        assert await claimed(store) == []
        assert (await states(store))[second] is DeliveryState.DROPPED

    async def test_fails_in_turn_with_what_is_about_it(self, store: Store) -> None:
        calls = [Call("m", {"text": "1"}), Call("m", {}, 0), Call("m", {}, 1)]
        numbers = await store.outbox.enqueue(calls, ADA, 1, NOON)
        (first,) = await claimed(store)
        await settle(store, first, DeliveryState.FAILED)
        assert await claimed(store) == []
        assert await states(store) == dict.fromkeys(numbers, DeliveryState.FAILED)


class TestSettling:
    async def test_many_are_written_at_once(self, store: Store) -> None:
        for chat in ANYWHERE:
            await put(store, chat, str(chat))
        done = [Settlement(one, DeliveryState.SENT, result="9") for one in await claimed(store)]
        await store.outbox.settle(done, NOON)
        found = await store.outbox.deliveries([DeliveryState.SENT], MANY)
        assert [one.result for one in found] == ["9"] * len(ANYWHERE)

    async def test_what_was_not_under_way_stays_as_it_is(self, store: Store) -> None:
        (number,) = await put(store, ADA, "1")
        (one,) = await claimed(store)
        await store.outbox.recover(NOON)
        await settle(store, one)
        assert await states(store) == {number: DeliveryState.QUEUED}

    async def test_another_call_takes_the_place_of_one(self, store: Store) -> None:
        number, second = await put(store, ADA, "rich", "more of it", about=0)
        (third,) = await put(store, ADA, "tomorrow's")
        (one,) = await claimed(store)
        classic = Call("sendMessage", {"text": "classic"})
        await settle(store, one, DeliveryState.QUEUED, call=classic, alone=True)
        (again,) = await claimed(store, NOON + SECOND)
        assert (again.number, again.body, again.attempts) == (number, {"text": "classic"}, 1)
        assert again.first_tried == NOON + SECOND
        await settle(store, again)
        assert [one.number for one in await claimed(store)] == [third]
        assert (await states(store))[second] is DeliveryState.DROPPED

    async def test_what_made_a_message_is_found_by_its_id(self, store: Store) -> None:
        numbers = await put(store, ADA, "1", "2")
        await put(store, BOB, "3")
        for one in (*await claimed(store), *await claimed(store)):
            await settle(store, one, result="77")
        (second,) = await claimed(store)
        await settle(store, second, result="77")
        found = await store.outbox.by_result(ADA, "77")
        assert found
        assert found.number == numbers[0]
        assert await store.outbox.by_result(ADA, "78") is None
        assert await store.outbox.by_result(FORUM, "77") is None

    async def test_a_chat_that_moved_takes_everything_along(self, store: Store) -> None:
        new = replace(FORUM, id="-200")
        for chat in (FORUM, TOPIC, ADA):
            await put(store, chat, str(chat), f"2 {chat}")
        one = next(one for one in await claimed(store) if one.chat == FORUM)
        await settle(store, one, DeliveryState.QUEUED, moved_to=new)
        await store.outbox.recover(NOON)
        found = await claimed(store)
        assert {one.chat for one in found} == {new, replace(new, thread="45"), ADA}
        assert {one.body["text"] for one in found} == {str(FORUM), str(TOPIC), str(ADA)}

    @pytest.mark.parametrize("gone", [False, True])
    async def test_a_chat_that_is_closed_gets_nothing_more_and_is_told_of_once(
        self, store: Store, gone: bool
    ) -> None:
        await store.put_chat(Chat(ADA, Room.PRIVATE))
        subscribed = await store.put_subscription(Subscription(0, ADA, "cs.CV"))
        await store.standings.bring_forward([subscribed.number], NOON, NOON.date())
        numbers = await put(store, ADA, "1", "2", "3")
        (other,) = await put(store, BOB, "4")
        one = next(one for one in await claimed(store) if one.chat == ADA)
        failed = DeliveryState.FAILED
        for told in ((ADA,), ()):
            fields: dict[str, Any] = {"reason": "blocked", "closed": True, "gone": gone}
            assert await settle(store, one, failed, **fields) == told
        chat = await store.chat(ADA)
        assert chat
        assert chat.paused == "blocked"
        assert await states(store) == {
            **dict.fromkeys(numbers, failed),
            other: DeliveryState.SENDING,
        }
        assert {(await reasons(store))[number] for number in numbers} == {"blocked"}
        (standing,) = await store.standings.of_chat(ADA)
        assert (standing.subscription.active, standing.due) == (not gone, None)

    async def test_a_chat_that_nobody_knows_cannot_be_paused_and_goes_on(
        self, store: Store
    ) -> None:
        one = await store.put_subscription(Subscription(0, ADA, "cs.CV"))
        await store.standings.bring_forward([one.number], NOON, NOON.date())
        await put(store, ADA, "1")
        (delivery,) = await claimed(store)
        await settle(store, delivery, DeliveryState.FAILED, reason="blocked", closed=True)
        assert await store.standings.any_due(NOON)

    async def test_a_hold_is_never_made_shorter(self, store: Store) -> None:
        await put(store, ADA, "1")
        (one,) = await claimed(store)
        await store.outbox.hold_chat(ADA, NOON + 9 * SECOND)
        await settle(store, one, DeliveryState.QUEUED, held_until=NOON + SECOND)
        claims = await store.outbox.claim(Platform.TELEGRAM, NOON + SECOND, MANY)
        assert (claims.deliveries, claims.again) == ((), NOON + 9 * SECOND)


class TestRecovering:
    async def test_what_was_under_way_is_uncertain_and_nothing_else_is(self, store: Store) -> None:
        await put(store, ADA, "1", "2")
        await put(store, BOB, "3")
        await claimed(store, most=1)
        assert await store.outbox.recover(NOON) == 1
        found = await claimed(store)
        assert [(one.body["text"], one.uncertain) for one in found] == [("1", True), ("3", False)]
        assert await store.outbox.recover(NOON) == 2
        assert await store.outbox.recover(NOON) == 0

    @pytest.mark.parametrize(("lost", "counted"), [(False, 1), (True, 3)])
    async def test_what_was_cut_off_counts_as_not_tried_unless_an_answer_was_lost_before(
        self, store: Store, lost: bool, counted: int
    ) -> None:
        await put(store, ADA, "1")
        (one,) = await claimed(store)
        await settle(store, one, DeliveryState.QUEUED, uncertain=lost)
        for _ in range(2):  # processes that are killed
            await claimed(store)
            await store.outbox.recover(NOON)
        (again,) = await claimed(store)
        assert (again.attempts, again.uncertain) == (counted + lost, True)


class TestOperating:
    async def test_everything_is_counted(self, store: Store) -> None:
        assert await store.outbox.counts() == OutboxCounts()
        await put(store, ADA, "1", "2")
        await store.outbox.enqueue([Call("a", {})], BOB, None, NOON + SECOND)
        await settle(store, (await claimed(store, most=1))[0])
        (second,) = await claimed(store, most=1)
        expected = OutboxCounts(queued=1, sending=1, sent=1, oldest=NOON)
        assert await store.outbox.counts() == expected
        await settle(store, second, DeliveryState.FAILED)
        assert (await store.outbox.counts()).oldest == NOON + SECOND

    async def test_the_oldest_that_is_free_waits_for_nothing_that_it_was_told(
        self, store: Store
    ) -> None:
        """A platform put one off for two hours, with what comes after it; others just fail."""
        hour = timedelta(hours=1)
        await put(store, ADA, "1", "2")
        (one,) = await claimed(store)
        later = NOON + 2 * hour
        await settle(store, one, DeliveryState.QUEUED, not_before=later)
        for passed in (0, 0.1, 1, 1.9):
            assert await store.outbox.oldest_free(NOON + passed * hour) is None
        assert await store.outbox.oldest_free(later) == NOON
        await put(store, BOB, "3")
        (other,) = await claimed(store)
        await settle(store, other, DeliveryState.QUEUED, not_before=NOON + hour / 4)
        assert await store.outbox.oldest_free(NOON + SECOND) == NOON

    async def test_digests_are_open_until_all_of_them_is_done_with(self, store: Store) -> None:
        for digest in (1, 2, None):
            await store.outbox.enqueue([Call("a", {})] * 2, ADA, digest, NOON)
        assert await store.outbox.open_digests() == {1, 2}
        for left in ({1, 2}, {2}):
            (one,) = await claimed(store)
            assert await store.outbox.open_digests() == {*left, one.digest}
            await settle(store, one)
            assert await store.outbox.open_digests() == left

    async def test_lists_what_came_into_a_state_last_first(self, store: Store) -> None:
        numbers = await put(store, ADA, "1", "2", "3")
        for later in range(3):
            await store.outbox.drop([numbers[2 - later]], "no", NOON + later * SECOND)
        found = await store.outbox.deliveries([DeliveryState.DROPPED], 2)
        assert [one.number for one in found] == numbers[:2]

    async def test_what_failed_is_tried_again_with_new_patience(self, store: Store) -> None:
        numbers = await put(store, ADA, "1", "2", "3")
        (one,) = await claimed(store)
        await settle(store, one, DeliveryState.FAILED, reason="nobody knows", uncertain=True)
        await store.outbox.drop([numbers[1]], "no", NOON)
        assert await store.outbox.retry(None, NOON) == 1
        (again,) = await claimed(store)
        assert (again.number, again.attempts, again.uncertain) == (numbers[0], 1, True)
        assert again.reason == ""
        assert await store.outbox.retry([numbers[0], numbers[1], 10**6], NOON) == 1
        assert (await states(store))[numbers[1]] is DeliveryState.QUEUED

    async def test_what_is_under_way_or_sent_is_not_dropped(self, store: Store) -> None:
        numbers = await put(store, ADA, "1", "2", "3")
        await settle(store, (await claimed(store))[0])
        await claimed(store)
        assert await store.outbox.drop(numbers, "no", NOON) == 1
        assert list((await states(store)).values()) == [
            DeliveryState.SENT,
            DeliveryState.SENDING,
            DeliveryState.DROPPED,
        ]

    async def test_a_chat_is_forgotten_with_all_that_was_sent_there(self, store: Store) -> None:
        await put(store, ADA, "1", "2")
        (other,) = await put(store, BOB, "3")
        await settle(store, (await claimed(store, most=1))[0])
        await store.forget_chat(ADA)
        assert list(await states(store)) == [other]


class TestPruning:
    async def test_deletes_what_was_done_with_long_ago(self, store: Store) -> None:
        numbers = await put(store, ADA, "1", "2", "3", "4", "5", "6")
        await store.outbox.drop(numbers[:5], "no", NOON)
        assert await store.outbox.prune(NOON) == 0
        assert await store.outbox.prune(NOON + SECOND, at_once=2) == 5
        assert list(await states(store)) == numbers[5:]

    async def test_keeps_the_newest_row_so_that_no_number_comes_twice(self, store: Store) -> None:
        numbers = await put(store, ADA, "1", "2")
        await store.outbox.drop(numbers, "no", NOON)
        assert await store.outbox.prune(NOON + SECOND) == 1
        assert await put(store, ADA, "3") == [numbers[1] + 1]

    async def test_keeps_what_something_that_waits_is_about(self, store: Store) -> None:
        numbers = await put(store, ADA, "1", "2", about=0)
        await settle(store, (await claimed(store))[0], result="7")
        assert await store.outbox.prune(NOON + SECOND) == 0
        assert list(await states(store)) == numbers

    async def test_what_was_in_messages_sent_long_ago_is_forgotten(self, store: Store) -> None:
        for text in ("1", "2", "3", "failed", "waits"):
            await put(store, ADA, text)
        for state in (*(DeliveryState.SENT,) * 3, DeliveryState.FAILED):
            await settle(store, (await claimed(store))[0], state, result="7")
        assert await store.outbox.empty(NOON) == 0
        assert await store.outbox.empty(NOON + SECOND, at_once=2) == 3
        assert await store.outbox.empty(NOON + SECOND) == 0
        rows = await store.outbox.of_digest(1)
        assert [one.body for one in rows] == [{}] * 3 + [{"text": "failed"}, {"text": "waits"}]
        assert [one.result for one in rows[:3]] == ["7"] * 3


async def test_what_a_chat_has_not_got_yet_is_listed_in_order(store: Store) -> None:
    sent, failed, waiting = await put(store, ADA, "1", "2", "3")
    await put(store, BOB, "4")
    for number, state in ((sent, DeliveryState.SENT), (failed, DeliveryState.FAILED)):
        (delivery,) = [one for one in await claimed(store) if one.number == number]
        await settle(store, delivery, state)
    unsent = await store.outbox.unsent(ADA)
    assert [(one.number, one.state) for one in unsent] == [(failed, "failed"), (waiting, "queued")]
