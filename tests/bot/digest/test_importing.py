"""Old archives into the store: whole portions, no row lost or twice, a reason for each reject."""

import asyncio
import gzip
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from bot.digest.importing import LINES_AT_ONCE, REJECTS_KEPT, Report, import_file
from bot.progress import Step
from bot.sources.archive import Reject
from storage.models import Announcement, Kind, Origin, Summary
from storage.papers import Changes
from storage.store import Store
from tests.bot.digest.tables import rows_of
from tests.fakes.arxiv import WEB_PAGE, paper
from tests.fakes.arxiv_xml import atom_feed, rss_feed
from tests.fakes.clock import FakeClock

TUESDAY = date(2026, 4, 21)
LINES = 3 * LINES_AT_ONCE + 200


class Killed(Exception):
    """Stands in for whatever ends a process."""


class Steps:
    """Remembers what it was told; raises Killed when so many portions are stored."""

    def __init__(self, kill_after: int = 0) -> None:
        self.kill_after = kill_after
        self.told: list[tuple[str, int, int]] = []

    def __call__(self, name: str, done: int = 0, total: int = 0) -> None:
        self.told.append((name, done, total))
        if self.kill_after and len(self.told) > self.kill_after:
            raise Killed


async def run(store: Store, path: Path, step: Step | None = None) -> Report:
    return await import_file(store, path, FakeClock(), step or Steps())


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """So many lines that they take several portions, the last one not full."""
    path = tmp_path / "papers.jsonl.gz"
    path.write_bytes(gzip.compress(b"\n".join(map(line, range(1, LINES + 1)))))
    return path


def line(number: int, **fields: object) -> bytes:
    return json.dumps({"id": f"2604.{number:05}", "title": f"Kite {number}"} | fields).encode()


async def test_every_line_is_stored_and_progress_told_in_bytes(store: Store, archive: Path) -> None:
    steps = Steps()
    report = await run(store, archive, steps)
    assert (report.changes, report.rejected) == (Changes(added=LINES), 0)
    assert report.summary() == f"{archive}: {LINES} added, 0 changed, 0 unchanged, 0 rejected"
    size = archive.stat().st_size
    assert steps.told[0] == (archive.name, 0, 0)
    assert steps.told[-1] == (archive.name, size, size)
    done = [told[1] for told in steps.told]
    assert done == sorted(done)
    await store.check()


async def test_importing_again_changes_nothing(store: Store, archive: Path, tmp_path: Path) -> None:
    await run(store, archive)
    before = rows_of(tmp_path / "data")
    report = await run(store, archive)
    assert report.changes == Changes(unchanged=LINES)
    assert rows_of(tmp_path / "data") == before


@pytest.mark.parametrize("portions", [1, 2, 3])
async def test_a_killed_import_goes_on_behind_the_last_stored_line(
    store: Store, archive: Path, portions: int
) -> None:
    with pytest.raises(Killed):
        await run(store, archive, Steps(kill_after=portions))
    assert (await store.counts()).papers == portions * LINES_AT_ONCE
    report = await run(store, archive)
    assert report.resumed_after == portions * LINES_AT_ONCE
    assert report.changes == Changes(added=LINES - portions * LINES_AT_ONCE)
    assert report.summary().endswith(f", gone on after line {portions * LINES_AT_ONCE}")
    assert (await store.counts()).papers == LINES
    await store.check()


async def test_a_cancelled_import_goes_on_too(store: Store, archive: Path) -> None:
    steps = Steps()

    def cancel(name: str, done: int = 0, total: int = 0) -> None:
        steps(name, done, total)
        if len(steps.told) == 3 and (task := asyncio.current_task()):
            task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(run(store, archive, cancel))
    stored = (await store.counts()).papers
    assert stored == 2 * LINES_AT_ONCE
    report = await run(store, archive)
    assert (report.resumed_after, report.changes.added) == (stored, LINES - stored)
    assert (await store.counts()).papers == LINES


async def test_another_file_of_the_same_name_begins_at_its_first_line(
    store: Store, archive: Path
) -> None:
    with pytest.raises(Killed):
        await run(store, archive, Steps(kill_after=2))
    archive.write_bytes(gzip.compress(line(9_999)))
    report = await run(store, archive)
    assert (report.resumed_after, report.changes) == (0, Changes(added=1))


BROKEN = [
    (b"{", "not JSON"),
    (b"7", "not a JSON object"),
    (b'{"title": "Kites"}', "no identifier"),
    (b'{"id": "kites", "title": "Kites"}', "is no arXiv id"),
    (b'{"id": "2604.00001"}', "has no title"),
    (b'{"id": "2604.00001", "title": "\xff"}', "not UTF-8"),
    (line(1, title="K" * 5_000_000), "longer than 4 MB"),
]


@pytest.mark.parametrize("name", ["papers.jsonl", "papers.jsonl.gz"])
async def test_rejects_are_listed_with_line_and_reason_and_cost_no_other_line(
    store: Store, tmp_path: Path, name: str
) -> None:
    data = b"\n".join(b"%s\n%s\n" % (broken, line(n)) for n, (broken, _) in enumerate(BROKEN, 1))
    path = tmp_path / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    report = await run(store, path)
    assert report.changes == Changes(added=len(BROKEN))
    assert report.rejected == len(BROKEN)
    assert [one.line for one in report.rejects] == [3 * n + 1 for n in range(len(BROKEN))]
    for one, (_, reason) in zip(report.rejects, BROKEN, strict=True):
        assert reason in one.reason
    first, second, left_out = report.complaints(2)
    assert first.startswith(f"{path}:1: not JSON")
    assert second.startswith(f"{path}:4: not a JSON object")
    assert left_out == f"{path}: {len(BROKEN) - 2} more rejected rows"


async def test_everything_before_the_break_of_a_cut_file_is_stored(
    store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "papers.jsonl.gz"
    whole = gzip.compress(b"\n".join(map(line, range(1, LINES + 1))), compresslevel=0)
    path.write_bytes(whole[: len(whole) * 3 // 4])
    report = await run(store, path)
    (reject,) = report.rejects
    assert reject.line == report.changes.added + 1 > LINES // 2
    assert "breaks off" in reject.reason
    assert (await run(store, path)).changes == Changes(unchanged=report.changes.added)
    path.write_bytes(whole)
    assert (await run(store, path)).changes.added == LINES - report.changes.added


async def test_only_the_first_rejects_are_kept_but_all_are_counted() -> None:
    report = Report(Path("papers.jsonl"))
    for number in range(1, REJECTS_KEPT + 11):
        report.reject(Reject(number, "not JSON"))
    assert len(report.rejects) == REJECTS_KEPT
    assert report.rejected == REJECTS_KEPT + 10
    assert report.complaints(1)[-1] == f"papers.jsonl: {REJECTS_KEPT + 9} more rejected rows"


async def test_objects_are_stored_with_their_summaries(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "papers.json"
    objects = [json.loads(line(n, zh_tldr=f"风筝{n}。", en_tldr="Kites.")) for n in range(1, 1_003)]
    path.write_text(json.dumps([*objects, 7]), "utf-8")
    report = await run(store, path)
    assert report.changes == Changes(added=1_002)
    assert [(one.line, one.reason[:17]) for one in report.rejects] == [(1_003, "not a JSON object")]
    (summary,) = (await store.summaries({"2604.01002": 1}, "zh")).values()
    assert summary == Summary("2604.01002", 1, "zh", tldr="风筝1002。", origin=Origin.IMPORTED)
    assert (await run(store, path)).changes == Changes(unchanged=1_002)


@pytest.mark.parametrize("name", ["papers.jsonl", "papers.json"])
async def test_an_archive_only_fills_what_is_missing(
    store: Store, tmp_path: Path, name: str
) -> None:
    whole = paper("2604.00001", title="Kites", abstract="They fly.", comment=None)
    await store.add_papers([whole])
    path = tmp_path / name
    path.write_bytes(line(1, title="KITES!", abstract="They fl", comment="8 pages"))
    report = await run(store, path)
    assert report.changes == Changes(changed=1)
    (stored,) = (await store.papers(["2604.00001"])).values()
    assert (stored.title, stored.abstract, stored.comment) == ("Kites", "They fly.", "8 pages")


@pytest.mark.parametrize("render", [atom_feed, rss_feed])
async def test_a_captured_feed_is_a_batch(
    store: Store, tmp_path: Path, render: Callable[..., bytes]
) -> None:
    rows = [(paper("2604.00001"), Kind.NEW), (paper("2604.00002", version=2), Kind.REPLACE)]
    path = tmp_path / "feed.xml"
    path.write_bytes(render("cs.CV", TUESDAY, rows))
    report = await run(store, path)
    assert report.changes == Changes(added=2)
    assert report.complaints(9) == ["cs.CV: papers announced on 2026-04-21: 2"]
    assert await store.announcements("cs.CV", TUESDAY) == (
        Announcement("2604.00001", 1, "cs.CV", TUESDAY, Kind.NEW, 0),
        Announcement("2604.00002", 2, "cs.CV", TUESDAY, Kind.REPLACE, 1),
    )
    assert (await run(store, path)).changes == Changes()


FEED = atom_feed("cs.CV", TUESDAY, [(paper("2604.00001"), Kind.NEW)])


UNUSABLE = [
    ("cut.xml", FEED[:-40], "breaks off or is damaged"),
    ("head.xml", FEED[:300], "after 0 whole rows"),
    ("page.xml", WEB_PAGE, "a web page"),
    ("empty.xml", b"", "the answer is empty"),
    ("cut.xml.gz", gzip.compress(FEED)[:-20], "breaks off"),
    ("notes.md", b"# Notes\n\nNothing.", "no table of papers"),
    ("empty.md", b"", "no table of papers"),
    ("cut.md.gz", gzip.compress(b"# Summary")[:-9], "breaks off"),
    ("gone.jsonl", None, "No such file"),
    ("gone.json", None, "No such file"),
    ("gone.xml", None, "No such file"),
    ("gone.md", None, "No such file"),
]


@pytest.mark.parametrize(
    ("name", "data", "reason"), UNUSABLE, ids=[name for name, _, _ in UNUSABLE]
)
async def test_a_file_that_cannot_be_used_is_one_reject(
    store: Store, tmp_path: Path, name: str, data: bytes | None, reason: str
) -> None:
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    report = await run(store, path)
    assert report.changes == Changes()
    (reject,) = report.rejects
    assert reject.line == 1
    assert reason in reject.reason
    assert "\n" not in reject.reason
    assert (await store.counts()).papers == 0


async def test_rows_of_a_feed_that_cannot_be_used_are_rejects(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "feed.xml"
    path.write_bytes(FEED.replace(b"2604.00001", b"9999.00001"))
    report = await run(store, path)
    assert [one.reason.split(":")[0] for one in report.rejects] == ["row 1"]


@pytest.mark.shared
async def test_real_captured_feeds_are_batches_or_rejects_with_their_reason(
    store: Store, shared_data: Path
) -> None:
    outcomes = {}
    for path in sorted((shared_data / "captures/rss").glob("*.xml")):
        report = await run(store, path)
        outcomes[path.stem] = report.changes.added, *(one.reason for one in report.rejects)
    broken = " whole rows; nothing of it was used, fetch it again"
    assert outcomes == {
        "atom_cs.AI_2025-08-20.repaired": (86,),
        "atom_cs.AI_2025-08-20.small": (3,),
        "atom_cs.AI_2025-08-20.truncated": (
            0,
            f"the feed breaks off or is damaged at line 1233, after 86{broken}",
        ),
        "rdf_hep-ex_2018-05-23": (3,),
        "rss_cs.AI_2025-09-18.head-only": (
            0,
            f"the feed breaks off or is damaged at line 21, after 0{broken}",
        ),
        "rss_cs.AI_2026-04-27": (3,),
        "rss_cs.LG_2026-04-27": (3,),
        "rss_math.OC_2024-02-23.docs-example": (1,),
    }
    await store.check()


@pytest.mark.shared
@pytest.mark.parametrize("name", ["zh_bad_samples", "zh_structured_dw-dengwei_3k"])
async def test_real_archives_are_imported_and_change_nothing_the_second_time(
    store: Store, shared_data: Path, tmp_path: Path, name: str
) -> None:
    path = shared_data / f"{name}.jsonl.gz"
    report = await run(store, path)
    assert report.rejected == 0
    before = rows_of(tmp_path / "data")
    assert (await store.counts()).papers == report.changes.added
    again = await run(store, path)
    assert again.changes == Changes(unchanged=report.changes.added)
    assert rows_of(tmp_path / "data") == before
