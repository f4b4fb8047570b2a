"""Imports: old digests come back in order, and an interrupted import goes on where it was."""

from pathlib import Path

import pytest

from storage.imports import ImportedEntry, Progress, digest_id
from storage.models import Entry, Kind, Origin
from storage.papers import Changes
from storage.search import Phrase
from storage.store import FILE_NAME, Store
from tests.storage.examples import (
    PORTION,
    PORTIONED,
    PORTIONS,
    goes_on,
    paper,
    plain,
    python,
    says,
    summary,
)

SOURCE = "old/2023-10-18.md"
DONE = Progress("a1b2", 3, finished=True)
ENTRIES = (
    ImportedEntry(paper(2).id, 1, Kind.NEW, None),
    ImportedEntry(paper(1).id, 3, Kind.CROSS, "http://arxiv.org/abs/2604.00001v3"),
    ImportedEntry(paper(2).id, 1, Kind.REPLACE, None),
)

IMPORT = """
import asyncio, sys
from pathlib import Path
from tests.storage.examples import import_in_portions

def begin(portion):
    print("beginning", flush=True)
    sys.stdin.readline()

asyncio.run(import_in_portions(Path(sys.argv[1]), begin))
"""


@pytest.mark.parametrize("while_it_writes", [False, True], ids=["at once", "while it writes"])
async def test_an_import_that_is_killed_goes_on_with_nothing_half_stored(
    tmp_path: Path, while_it_writes: bool
) -> None:
    done = 0
    for portions in (2, 5, 3):
        process = python(IMPORT, tmp_path)
        for _ in range(portions):
            assert says(process) == "beginning"
            before = last_write(tmp_path)
            goes_on(process)
        while while_it_writes and last_write(tmp_path) == before:
            pass
        process.kill()
        process.communicate(timeout=30)
        stored = await whole_portions(tmp_path)
        assert done + portions - 1 <= stored <= done + portions
        done = stored
    process = python(IMPORT, tmp_path)
    output, errors = process.communicate("\n" * PORTIONS, timeout=30)
    assert (output.count("beginning"), errors) == (PORTIONS - done, "")
    assert await whole_portions(tmp_path) == PORTIONS


def last_write(folder: Path) -> int:
    """When something was written ahead of the database; as long as it is open, that is a file."""
    return (folder / f"{FILE_NAME}-wal").stat().st_mtime_ns


async def whole_portions(folder: Path) -> int:
    """How many portions are stored, with everything that belongs to them and nothing else."""
    store = await Store.open(folder, plain)
    try:
        progress = await store.import_progress(PORTIONED)
        done = progress.lines if progress else 0
        counts = await store.counts()
        assert (counts.papers, counts.summaries) == (done * PORTION, done * PORTION)
        assert (await store.search(Phrase("灯笼"), limit=1)).total == done * PORTION
        await store.check()
        return done
    finally:
        await store.close()


async def test_progress_is_remembered_by_source(store: Store) -> None:
    assert await store.import_progress(SOURCE) is None
    half = Progress("a1b2", 1000, finished=False)
    await store.import_step(SOURCE, half, [paper(1)])
    assert await store.import_progress(SOURCE) == half
    await store.import_step(SOURCE, DONE)
    assert await store.import_progress(SOURCE) == DONE
    assert await store.import_progress("another file") is None


async def test_progress_is_not_remembered_where_the_papers_could_not_be_stored(
    store: Store,
) -> None:
    with pytest.raises(Exception, match="FOREIGN KEY"):
        await store.import_step(SOURCE, DONE, [paper(1)], [summary(2)])
    assert await store.import_progress(SOURCE) is None
    assert await store.papers([paper(1).id]) == {}


async def test_imported_papers_and_summaries_only_fill_what_is_missing(store: Store) -> None:
    by_model = summary(1, title=None, tldr="模型写的。", origin=Origin.MODEL)
    await store.add_papers([paper(1, authors=())], [by_model])
    changes = await store.import_step(
        SOURCE, DONE, [paper(1, title="Other"), paper(2)], [summary(1), summary(2)]
    )
    assert changes == Changes(added=1, changed=1)
    assert (await store.papers([paper(1).id]))[paper(1).id] == paper(1)
    merged = (await store.summaries({paper(1).id: 1}, "zh"))[paper(1).id]
    assert (merged.title, merged.tldr, merged.origin) == (
        summary(1).title,
        "模型写的。",
        Origin.MODEL,
    )


async def test_an_old_digest_comes_back_in_its_order(store: Store) -> None:
    second = summary(1, version=3)
    await store.import_step(SOURCE, DONE, [paper(1), paper(2)], [second], ("zh", ENTRIES))
    sources = await store.imported_sources()
    assert list(sources) == [SOURCE]
    assert await store.imported_digest(sources[SOURCE]) == (
        "zh",
        (
            Entry(paper(2), Kind.NEW, 1),
            Entry(paper(1), Kind.CROSS, 3, summary=second, link=ENTRIES[1].link),
            Entry(paper(2), Kind.REPLACE, 1),
        ),
    )


async def test_an_unknown_digest_is_a_key_error(store: Store) -> None:
    with pytest.raises(KeyError, match="nothing"):
        await store.imported_digest("nothing")


async def test_the_same_digest_from_two_files_is_one(store: Store) -> None:
    for source in (SOURCE, "copy.md", SOURCE):
        await store.import_step(source, DONE, [paper(1), paper(2)], digest=("zh", ENTRIES))
    sources = await store.imported_sources()
    assert sorted(sources) == sorted([SOURCE, "copy.md"])
    assert len(set(sources.values())) == 1
    assert (await store.counts()).imported_digests == 1


def test_a_digest_is_named_after_what_it_holds() -> None:
    name = digest_id("zh", ENTRIES)
    assert name == digest_id("zh", list(ENTRIES))
    others = {
        digest_id("en", ENTRIES),
        digest_id("zh", ENTRIES[:2]),
        digest_id("zh", ENTRIES[1::-1]),
    }
    assert name not in others
    assert len(others) == 3
