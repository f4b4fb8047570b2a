"""The list that a reader was shown last is remembered, for each reader apart."""

from storage.store import Store


async def test_the_last_list_of_each_reader_is_remembered(store: Store) -> None:
    assert await store.listing("telegram:1") == ()
    await store.remember_listing("telegram:1", ["2604.00001", "math/0611800"])
    await store.remember_listing("telegram:2", [])
    assert await store.listing("telegram:1") == ("2604.00001", "math/0611800")
    assert await store.listing("telegram:2") == ()
    await store.remember_listing("telegram:1", ["2604.00002"])
    assert await store.listing("telegram:1") == ("2604.00002",)
