"""What one process asks of the one that delivers, and the answers."""

from datetime import UTC, datetime, timedelta

from storage.store import Store

NOON = datetime(2026, 4, 21, 12, 0, tzinfo=UTC)


async def test_a_request_is_open_until_it_is_answered(store: Store) -> None:
    first, second = [await store.requests.put(text, NOON) for text in ("one", "two")]
    assert await store.requests.open() == ((first, "one"), (second, "two"))
    assert await store.requests.answered(first) is None
    await store.requests.answer(first, "done")
    assert await store.requests.open() == ((second, "two"),)
    assert await store.requests.answered(first) == "done"


async def test_who_withdraws_leaves_the_others_alone(store: Store) -> None:
    first, second = [await store.requests.put(text, NOON) for text in ("one", "two")]
    await store.requests.answer(first, "done")
    await store.requests.withdraw(second)
    assert await store.requests.answered(first) == "done"
    assert await store.requests.open() == ()


async def test_what_is_older_than_anybody_waits_is_forgotten(store: Store) -> None:
    await store.requests.put("old", NOON)
    later = NOON + timedelta(hours=1)
    new = await store.requests.put("new", later)
    await store.requests.forget(later)
    assert await store.requests.open() == ((new, "new"),)
