"""The store as a whole: opened again, counted, checked, backed up, and shared by processes."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from storage.errors import DatabaseBroken, DatabaseTooNew
from storage.imports import ImportedEntry, Progress
from storage.models import Kind
from storage.schema import MIGRATIONS
from storage.search import Phrase
from storage.store import FILE_NAME, Counts, Store
from tests.storage.examples import ends, goes_on, paper, plain, python, says, summary
from tests.storage.test_announcements import MORNING, TUESDAY, row

IMPORT_BESIDE = """
import asyncio, sys
from pathlib import Path
from storage.store import Store
from tests.storage.examples import paper, plain

async def main():
    store = await Store.open(Path(sys.argv[1]), plain)
    for number in range(1000, 1050):
        await store.add_papers([paper(number, title=f"Imported {number}")])
    await store.close()

print("ready", flush=True)
sys.stdin.readline()
asyncio.run(main())
"""


async def test_what_is_stored_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    for opened_before in (False, True):
        store = await Store.open(tmp_path, plain)
        try:
            if not opened_before:
                await store.add_papers([paper(1)], [summary(1)])
            assert await store.papers([paper(1).id]) == {paper(1).id: paper(1)}
            assert (await store.search(Phrase("灯笼"), limit=1)).papers == (paper(1),)
        finally:
            await store.close()


async def test_everything_is_counted(store: Store, tmp_path: Path) -> None:
    empty = await store.counts()
    assert (empty.papers, empty.summaries, empty.announcements, empty.imported_digests) == (0,) * 4
    await store.add_batch("cs.CV", TUESDAY, [paper(1), paper(2)], [row(1), row(2)], MORNING)
    entries = [ImportedEntry(paper(1).id, 1, Kind.NEW, None)]
    done = Progress("a1b2", 1, finished=True)
    await store.import_step("old.md", done, [], [summary(1)], ("zh", entries))
    size = (tmp_path / FILE_NAME).stat().st_size
    assert await store.counts() == Counts(2, 1, 2, 1, bytes_on_disk=size)
    assert size > 0


async def test_a_sound_database_passes_its_check(store: Store) -> None:
    await store.check()
    await store.add_papers([paper(1)], [summary(1)])
    await store.check()


def forget_to_index(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE papers SET title = 'Changed behind the back of the index'")


def forget_to_index_a_summary(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM summaries")


def point_nowhere(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("UPDATE sqlite_master SET rootpage = 2 WHERE name = 'batches'")


@pytest.mark.parametrize("damage", [forget_to_index, forget_to_index_a_summary, point_nowhere])
async def test_damage_does_not_pass_the_check(
    tmp_path: Path, damage: Callable[[sqlite3.Connection], None]
) -> None:
    store = await Store.open(tmp_path, plain)
    await store.add_batch("cs.CV", TUESDAY, [paper(1), paper(2)], [row(1), row(2)], MORNING)
    await store.add_papers([], [summary(1)])
    await store.close()
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection, connection:
        damage(connection)
    store = await Store.open(tmp_path, plain)
    try:
        with pytest.raises(DatabaseBroken, match=rf"{FILE_NAME} .*damaged"):
            await store.check()
    finally:
        await store.close()


async def test_a_backup_opens_as_a_store(store: Store, tmp_path: Path) -> None:
    await store.add_papers([paper(1)], [summary(1)])
    folder = tmp_path / "restored"
    folder.mkdir()
    await store.backup(folder / FILE_NAME)
    await store.add_papers([paper(2)])
    restored = await Store.open(folder, plain)
    try:
        assert await restored.papers([paper(1).id, paper(2).id]) == {paper(1).id: paper(1)}
        await restored.check()
    finally:
        await restored.close()


async def test_a_store_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(DatabaseTooNew):
        await Store.open(tmp_path, plain)


async def test_another_process_may_import_while_this_one_writes_reads_and_checks(
    store: Store, tmp_path: Path
) -> None:
    importing = python(IMPORT_BESIDE, tmp_path)
    assert says(importing) == "ready"
    goes_on(importing)
    for number in range(50):
        await store.add_papers([paper(number, title=f"Written {number}")])
        assert (await store.search(Phrase("written"), limit=1)).total == number + 1
    await store.check()
    assert ends(importing) == 0
    assert (await store.search(Phrase("imported"), limit=1)).total == 50
    await store.check()
