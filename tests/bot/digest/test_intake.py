"""What a feed turns out to be, and that it is stored as a whole, byte for byte, or not at all."""

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.digest.intake import STALE_WINDOW, Outcome, announcements, judge, take_in
from bot.sources.archive import read_whole
from bot.sources.feed import Feed, FeedRow, parse_feed
from storage.models import Announcement, Kind, Paper
from storage.papers import Changes
from storage.store import Store
from tests.fakes.arxiv import paper

NOW = datetime(2026, 4, 21, 6, 0, tzinfo=UTC)
MONDAY, TUESDAY, WEDNESDAY = date(2026, 4, 20), date(2026, 4, 21), date(2026, 4, 22)

KITES = FeedRow(paper("2604.00001"), Kind.NEW)
WINDS = FeedRow(paper("2604.00002"), Kind.CROSS)
KITES_2 = FeedRow(paper("2604.00001", version=2), Kind.REPLACE)


def feed(day: date, *rows: FeedRow) -> Feed:
    return Feed("cs.CV", day, rows)


def known(day: date, *rows: FeedRow) -> tuple[Announcement, ...]:
    return announcements(feed(day, *rows))


def test_rows_become_announcements_in_feed_order() -> None:
    assert announcements(feed(TUESDAY, KITES_2, WINDS)) == (
        Announcement("2604.00001", 2, "cs.CV", TUESDAY, Kind.REPLACE, 0),
        Announcement("2604.00002", 1, "cs.CV", TUESDAY, Kind.CROSS, 1),
    )


VERDICTS = [
    # (today's rows, what is known, outcome, the batch that the rows belong to)
    ([KITES], [], Outcome.NEW, TUESDAY),
    ([KITES, WINDS], [(TUESDAY, KITES, WINDS)], Outcome.UNCHANGED, TUESDAY),
    ([KITES], [(TUESDAY, KITES, WINDS)], Outcome.UNCHANGED, TUESDAY),
    ([KITES, WINDS], [(MONDAY, KITES, WINDS)], Outcome.STALE, MONDAY),
    ([KITES, WINDS], [(MONDAY, KITES), (date(2026, 4, 17), WINDS)], Outcome.STALE, MONDAY),
    # Partly new is new, and so is a new version.
    ([KITES, WINDS], [(TUESDAY, KITES)], Outcome.NEW, TUESDAY),
    ([KITES, WINDS], [(MONDAY, KITES)], Outcome.NEW, TUESDAY),
    ([KITES_2], [(MONDAY, KITES)], Outcome.NEW, TUESDAY),
    # What was announced later says nothing about an older file.
    ([KITES, WINDS], [(WEDNESDAY, KITES, WINDS)], Outcome.NEW, TUESDAY),
    ([KITES], [(MONDAY, KITES), (TUESDAY, KITES)], Outcome.UNCHANGED, TUESDAY),
]


@pytest.mark.parametrize(("rows", "stored", "outcome", "day"), VERDICTS)
def test_a_batch_is_new_if_it_holds_a_version_not_announced_before(
    rows: list[FeedRow],
    stored: list[tuple[date, *tuple[FeedRow, ...]]],
    outcome: Outcome,
    day: date,
) -> None:
    before = [one for batch_day, *batch in stored for one in known(batch_day, *batch)]
    verdict = judge(feed(TUESDAY, *rows), before)
    assert (verdict.outcome, verdict.day) == (outcome, day)
    assert verdict.message.startswith("cs.CV: ")
    assert str(TUESDAY) in verdict.message


@pytest.mark.parametrize(
    ("day", "outcome", "says"),
    [
        (date(2026, 4, 18), Outcome.NO_BATCH_TODAY, "weekend"),
        (date(2026, 4, 19), Outcome.NO_BATCH_TODAY, "weekend"),
        (date(2026, 9, 8), Outcome.NO_BATCH_TODAY, "holiday"),  # the Tuesday after Labor Day
        (date(2026, 9, 7), Outcome.LATE, "still empty"),  # Labor Day has Friday's batch
        (TUESDAY, Outcome.LATE, "still empty"),
    ],
)
def test_an_empty_feed_is_late_unless_the_calendar_explains_it(
    day: date, outcome: Outcome, says: str
) -> None:
    verdict = judge(feed(day), known(MONDAY, KITES))
    assert (verdict.outcome, verdict.day) == (outcome, day)
    assert says in verdict.message


async def test_a_new_batch_is_stored_with_its_papers_and_rows(store: Store) -> None:
    taken = await take_in(store, feed(TUESDAY, KITES, WINDS), NOW)
    assert taken.verdict.outcome is Outcome.NEW
    assert taken.changes == Changes(added=2)
    assert await store.announcements("cs.CV", MONDAY) == known(TUESDAY, KITES, WINDS)
    assert await store.papers(["2604.00001"]) == {"2604.00001": KITES.paper}
    (batch,) = await store.batches(["cs.CV"], TUESDAY)
    assert (batch.day, batch.rows, batch.stored_at) == (TUESDAY, 2, NOW)


@pytest.mark.parametrize(
    "second",
    [
        feed(TUESDAY, KITES, WINDS),
        feed(WEDNESDAY, KITES, WINDS),
        feed(TUESDAY + timedelta(days=7), KITES, WINDS),
        feed(WEDNESDAY),
        feed(date(2026, 4, 25)),
    ],
)
async def test_what_is_not_new_stores_nothing(store: Store, second: Feed) -> None:
    await take_in(store, feed(TUESDAY, KITES, WINDS), NOW)
    taken = await take_in(store, second, NOW + timedelta(hours=1))
    assert taken.verdict.outcome is not Outcome.NEW
    assert taken.changes == Changes()
    assert await store.announcements("cs.CV", MONDAY) == known(TUESDAY, KITES, WINDS)
    (batch,) = await store.batches(["cs.CV"], second.day)
    assert (batch.day, batch.rows, batch.stored_at) == (TUESDAY, 2, NOW)


async def test_a_batch_that_grew_during_the_day_is_completed(store: Store) -> None:
    await take_in(store, feed(TUESDAY, WINDS), NOW)
    await take_in(store, feed(TUESDAY, KITES, WINDS), NOW)
    assert await store.announcements("cs.CV", MONDAY) == known(TUESDAY, KITES, WINDS)


async def test_an_older_file_is_stored_under_its_own_day(store: Store) -> None:
    await take_in(store, feed(WEDNESDAY, KITES_2), NOW)
    taken = await take_in(store, feed(TUESDAY, KITES, WINDS), NOW)
    assert (taken.verdict.outcome, taken.verdict.day) == (Outcome.NEW, TUESDAY)
    assert await store.announcements("cs.CV", MONDAY) == (
        *known(TUESDAY, KITES, WINDS),
        *known(WEDNESDAY, KITES_2),
    )
    assert (await store.papers(["2604.00001"]))["2604.00001"].version == 2


async def test_other_categories_and_long_gone_batches_do_not_make_a_feed_stale(
    store: Store,
) -> None:
    await take_in(store, Feed("cs.LG", MONDAY, (KITES,)), NOW)
    await take_in(store, feed(TUESDAY - STALE_WINDOW - timedelta(days=1), KITES), NOW)
    taken = await take_in(store, feed(TUESDAY, KITES), NOW)
    assert taken.verdict.outcome is Outcome.NEW


async def test_nothing_is_half_stored_when_the_store_fails_in_the_middle(tmp_path: Path) -> None:
    def failing(text: str) -> str:
        if "the last" in text:
            raise OSError("no more")
        return text

    rows = [FeedRow(paper(f"2604.{number:05}"), Kind.NEW) for number in range(1, 60)]
    broken = feed(TUESDAY, *rows, FeedRow(paper("2604.00060", title="the last"), Kind.NEW))
    store = await Store.open(tmp_path, failing)
    try:
        with pytest.raises(OSError, match="no more"):
            await take_in(store, broken, NOW)
        counts = await store.counts()
        assert (counts.papers, counts.announcements) == (0, 0)
        assert await store.batches(["cs.CV"], TUESDAY) == ()
        taken = await take_in(store, feed(TUESDAY, *rows), NOW)
        assert taken.changes == Changes(added=59)
        await store.check()
    finally:
        await store.close()


@pytest.mark.shared
async def test_what_is_stored_of_real_feeds_is_what_feeds_and_metadata_say(
    store: Store, shared_data: Path
) -> None:
    newest: dict[str, Paper] = {}
    for path in sorted((shared_data / "feeds").glob("*_20*.gz")):
        read = parse_feed(read_whole(path))
        await take_in(store, read, NOW)
        newest |= {row.paper.id: row.paper for row in read.rows}
    stored = await store.papers(newest)
    assert len(newest) > 1_900
    assert {key: texts(one) for key, one in stored.items()} == {
        key: texts(one) for key, one in newest.items()
    }
    compared = 0
    with gzip.open(shared_data / "metadata_20k.jsonl.gz", "rt") as lines:
        for line in lines:
            record = json.loads(line)
            if (one := stored.get(record["id"])) is not None:
                # The feeds join hard-wrapped lines; nothing else differs by a single byte.
                assert one.title == " ".join(record["title"].split())
                assert one.abstract == " ".join(record["abstract"].split())
                compared += 1
    assert compared == len(newest)


@pytest.mark.shared
async def test_the_rows_of_real_feeds_are_all_stored_under_their_days(
    store: Store, shared_data: Path
) -> None:
    truths = [
        json.loads(line) for line in (shared_data / "feeds/truth.jsonl").read_text().splitlines()
    ]
    for truth in reversed(truths):  # the newest first: order must not matter
        name = f"{truth['feed']}_{truth['date']}.xml*"
        for path in sorted((shared_data / "feeds").glob(f"*_{name}")):
            await take_in(store, parse_feed(read_whole(path)), NOW)
    for category in {truth["feed"] for truth in truths}:
        rows = await store.announcements(category, date(2026, 1, 1))
        items = [
            (truth["date"], *item)
            for truth in sorted(truths, key=lambda one: str(one["date"]))
            for item in truth["items"]
            if truth["feed"] == category
        ]
        stored = [(str(one.day), one.paper_id, one.version, one.kind.value) for one in rows]
        # Both dialects of cs.CV are in the list, with the same rows.
        assert stored == list(dict.fromkeys(items))


def texts(one: Paper) -> tuple[str, str, tuple[str, ...]]:
    return one.title, one.abstract, one.authors
