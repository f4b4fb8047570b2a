"""Batches and their rows: stored as a whole, read back in arXiv's order."""

from datetime import UTC, date, datetime

import pytest

from storage.models import Announced, Announcement, Batch, Kind
from storage.papers import Changes
from storage.store import Store
from tests.storage.examples import paper

MONDAY, TUESDAY, SATURDAY = date(2026, 4, 20), date(2026, 4, 21), date(2026, 4, 25)
MORNING = datetime(2026, 4, 21, 6, 0, tzinfo=UTC)
LATER = datetime(2026, 4, 21, 9, 30, tzinfo=UTC)


def row(
    number: int,
    category: str = "cs.CV",
    day: date = TUESDAY,
    kind: Kind = Kind.NEW,
    position: int = 0,
    version: int = 1,
) -> Announcement:
    return Announcement(paper(number).id, version, category, day, kind, position)


async def add(
    store: Store, *rows: Announcement, category: str = "cs.CV", day: date = TUESDAY
) -> Changes:
    numbers = [int(one.paper_id[-5:]) for one in rows]
    return await store.add_batch(category, day, map(paper, numbers), rows, MORNING)


async def test_rows_come_back_as_they_were_in_the_order_of_the_feed(store: Store) -> None:
    rows = (
        row(3, position=0),
        row(1, kind=Kind.CROSS, position=1),
        row(4, kind=Kind.REPLACE, position=2, version=7),
        row(2, kind=Kind.REPLACE_CROSS, position=3, version=2),
    )
    changes = await add(store, *reversed(rows))
    assert changes == Changes(added=4)
    assert await store.announcements("cs.CV", TUESDAY) == rows


async def test_what_was_announced_of_a_paper_tells_when_it_arrived(store: Store) -> None:
    await add(store, row(1, day=MONDAY), row(2, day=MONDAY, position=1), day=MONDAY)
    await add(store, row(1, category="cs.LG"), category="cs.LG")
    rows = (row(1, day=MONDAY), row(1, category="cs.LG"))
    found = await store.digests.arrivals_of(paper(1).id, MONDAY)
    assert found == ((rows[0], 1), (rows[1], 2))
    assert await store.digests.arrivals_of(paper(1).id, TUESDAY) == found[1:]
    assert await store.digests.arrivals_of(paper(3).id, MONDAY) == ()


async def test_rows_are_read_from_a_day_on_and_of_one_category(store: Store) -> None:
    await add(store, row(1, day=MONDAY), day=MONDAY)
    await add(store, row(1), row(2, position=1))
    await add(store, row(3, category="cs.LG"), category="cs.LG")
    assert await store.announcements("cs.CV", MONDAY) == (
        row(1, day=MONDAY),
        row(1),
        row(2, position=1),
    )
    assert await store.announcements("cs.CV", TUESDAY) == (row(1), row(2, position=1))
    assert await store.announcements("cs.CV", SATURDAY) == ()
    assert await store.announcements("cs.RO", MONDAY) == ()


async def test_a_batch_stored_again_takes_what_is_said_now(store: Store) -> None:
    await add(store, row(1), row(2, position=1))
    again = await add(
        store, row(2, kind=Kind.CROSS, position=0, version=2), row(1, position=1), row(3)
    )
    assert again == Changes(added=1, unchanged=2)
    assert set(await store.announcements("cs.CV", TUESDAY)) == {
        row(2, kind=Kind.CROSS, position=0, version=2),
        row(1, position=1),
        row(3),
    }


async def test_a_batch_is_stored_as_a_whole_or_not_at_all(store: Store) -> None:
    unknown = row(9, position=1)
    with pytest.raises(Exception, match="FOREIGN KEY"):
        await store.add_batch("cs.CV", TUESDAY, [paper(1)], [row(1), unknown], MORNING)
    assert await store.papers([paper(1).id]) == {}
    assert await store.announcements("cs.CV", TUESDAY) == ()
    assert await store.newest_batches() == ()


async def test_a_paper_is_announced_once_with_all_its_rows(store: Store) -> None:
    vision = (row(3), row(2, position=1), row(1, position=2))
    learning = (row(4, "cs.LG"), row(2, "cs.LG", kind=Kind.CROSS, position=1))
    await add(store, *vision)
    await add(store, *learning, category="cs.LG")
    assert await store.announced([("cs.CV", TUESDAY), ("cs.LG", TUESDAY)]) == (
        Announced(paper(3), (vision[0],)),
        Announced(paper(2), (vision[1], learning[1])),
        Announced(paper(1), (vision[2],)),
        Announced(paper(4), (learning[0],)),
    )
    assert await store.announced([("cs.CV", MONDAY)]) == ()
    assert await store.announced([]) == ()


async def test_the_newest_batch_with_rows_is_found_up_to_a_day(store: Store) -> None:
    await add(store, row(1, day=MONDAY), row(2, day=MONDAY, position=1), day=MONDAY)
    await add(store, row(3))
    await store.add_batch("cs.CV", SATURDAY, [], [], LATER)
    await store.add_batch("cs.LG", SATURDAY, [], [], LATER)
    tuesday = Batch("cs.CV", TUESDAY, 1, MORNING)
    assert await store.batches(["cs.CV", "cs.LG", "cs.RO"], SATURDAY) == (tuesday,)
    assert await store.batches(["cs.CV"], TUESDAY) == (tuesday,)
    assert await store.batches(["cs.CV"], MONDAY) == (Batch("cs.CV", MONDAY, 2, MORNING),)
    assert await store.batches(["cs.CV"], date(2026, 4, 19)) == ()
    assert await store.batches([], SATURDAY) == ()


async def test_the_newest_batches_include_empty_ones(store: Store) -> None:
    await add(store, row(1))
    await store.add_batch("cs.CV", SATURDAY, [], [], LATER)
    await add(store, row(2, "cs.AI", MONDAY), category="cs.AI", day=MONDAY)
    assert await store.newest_batches() == (
        Batch("cs.AI", MONDAY, 1, MORNING),
        Batch("cs.CV", SATURDAY, 0, LATER),
    )


async def test_a_batch_keeps_the_moment_it_was_first_stored(store: Store) -> None:
    await store.add_batch("cs.CV", TUESDAY, [], [], MORNING)
    await store.add_batch("cs.CV", TUESDAY, [paper(1)], [row(1)], LATER)
    assert await store.newest_batches() == (Batch("cs.CV", TUESDAY, 1, MORNING),)
