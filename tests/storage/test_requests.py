"""Work that one process hands to another: each gets the answer to its own request."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage.store import Store
from tests.storage.examples import plain

NOON = datetime(2026, 4, 21, 12, 0, tzinfo=UTC)


async def test_a_request_is_open_until_it_is_answered(store: Store) -> None:
    number = await store.requests.put("first", NOON)
    assert await store.requests.open() == ((number, "first"),)
    assert await store.requests.answered(number) is None
    await store.requests.answer(number, "")
    assert await store.requests.open() == ()
    assert await store.requests.answered(number) == ""


async def test_requests_are_done_in_their_order_and_none_takes_anothers_answer(
    store: Store,
) -> None:
    numbers = [await store.requests.put(text, NOON) for text in ("first", "second")]
    assert [text for _, text in await store.requests.open()] == ["first", "second"]
    await store.requests.answer(numbers[1], "done")
    assert [await store.requests.answered(number) for number in numbers] == [None, "done"]


async def test_who_gives_up_takes_nothing_from_others_who_wait(store: Store) -> None:
    first, second = [await store.requests.put(text, NOON) for text in ("first", "second")]
    await store.requests.answer(first, "done")
    await store.requests.withdraw(second)
    assert await store.requests.answered(first) == "done"
    assert await store.requests.open() == ()
    await store.requests.answer(second, "too late")
    assert await store.requests.answered(second) is None


async def test_numbers_never_come_again(store: Store) -> None:
    first = await store.requests.put("first", NOON)
    await store.requests.withdraw(first)
    assert await store.requests.put("second", NOON) > first


async def test_what_killed_processes_left_behind_can_be_forgotten(store: Store) -> None:
    old = await store.requests.put("old", NOON)
    new = await store.requests.put("new", NOON + timedelta(microseconds=1))
    await store.requests.answer(old, "done")
    await store.requests.forget(NOON + timedelta(microseconds=1))
    assert await store.requests.answered(old) is None
    assert await store.requests.open() == ((new, "new"),)


async def test_another_process_sees_it(store: Store, tmp_path: Path) -> None:
    number = await store.requests.put("first", NOON)
    other = await Store.open(tmp_path, plain)
    try:
        await other.requests.answer(number, "done")
    finally:
        await other.close()
    assert await store.requests.answered(number) == "done"
