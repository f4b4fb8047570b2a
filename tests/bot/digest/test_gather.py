"""Which batches a digest looks at, however feeds, arXiv and its API fare."""

import gzip
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bot.digest.gather import PAPERS_OF_A_DAY, Gathered, from_arxiv, from_files
from bot.digest.intake import take_in
from bot.errors import ArxivUnavailable, FeedRefused, FeedTooLarge, SourceError
from bot.sources.feed import ROWS_AT_MOST, parse_feed
from storage.models import Kind, Paper
from storage.store import Store
from tests.fakes.arxiv import WEB_PAGE, paper
from tests.fakes.arxiv_xml import Row, atom_feed, error_feed
from tests.fakes.clock import FakeClock

FRIDAY, SATURDAY = date(2026, 4, 17), date(2026, 4, 18)
MONDAY, TUESDAY = date(2026, 4, 20), date(2026, 4, 21)
KITES: Row = (paper("2604.00001"), Kind.NEW)
WINDS: Row = (paper("2604.00002"), Kind.NEW)
DOWN = ArxivUnavailable("arXiv could not be reached")


class Feeds:
    """Gives each category the feed, or the error, that a test has for it."""

    def __init__(self, **answers: bytes | SourceError) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def fetch(self, category: str) -> bytes:
        self.asked.append(category)
        answer = self.answers[category.replace(".", "_")]
        if isinstance(answer, SourceError):
            raise answer
        return answer


class Submissions:
    """Answers as the API does, and remembers what it was asked."""

    def __init__(self, *papers: Paper, error: SourceError | None = None) -> None:
        self.papers = papers
        self.error = error
        self.asked: list[tuple[str, datetime, datetime, int]] = []

    async def submitted(
        self, category: str, start: datetime, end: datetime, limit: int
    ) -> tuple[Paper, ...]:
        self.asked.append((category, start, end, limit))
        if self.error:
            raise self.error
        return self.papers


def on(day: date) -> FakeClock:
    """A clock at two in the morning of a day at arXiv."""
    return FakeClock(datetime(day.year, day.month, day.day, 6, tzinfo=UTC))


async def gathered(
    store: Store,
    feeds: Feeds,
    api: Submissions | None = None,
    categories: Sequence[str] = ("cs.CV",),
    day: date = TUESDAY,
) -> Gathered:
    told: list[str] = []

    def step(name: str, done: int = 0, total: int = 0) -> None:
        assert (done, total) == (0, 0)
        told.append(name)

    feeds.asked.clear()
    result = await from_arxiv(store, feeds, api or Submissions(), categories, on(day), step)
    assert told == feeds.asked == list(categories)
    return result


async def remember(store: Store, category: str, day: date, *rows: Row) -> None:
    await take_in(store, parse_feed(atom_feed(category, day, rows)), on(day).now())


async def test_feeds_that_are_as_they_should_be_need_no_remark(store: Store) -> None:
    feeds = Feeds(
        cs_CV=atom_feed("cs.CV", TUESDAY, [KITES]), cs_LG=atom_feed("cs.LG", TUESDAY, [WINDS])
    )
    api = Submissions()
    result = await gathered(store, feeds, api, ["cs.CV", "cs.LG"])
    assert list(result.batches) == [("cs.CV", TUESDAY), ("cs.LG", TUESDAY)]
    assert (result.remarks, result.failures, api.asked) == ([], [], [])
    again = await gathered(store, feeds, api, ["cs.CV", "cs.LG"])
    assert again == result


async def test_a_category_that_fails_costs_no_other(store: Store) -> None:
    feeds = Feeds(
        cs_CV=atom_feed("cs.CV", TUESDAY, [KITES]),
        cs_ZZ=error_feed("cs.ZZ"),
        cs_LG=atom_feed("cs.LG", TUESDAY, [WINDS]),
    )
    result = await gathered(store, feeds, categories=["cs.CV", "cs.ZZ", "cs.LG"])
    assert list(result.batches) == [("cs.CV", TUESDAY), ("cs.LG", TUESDAY)]
    (failure,) = result.failures
    assert failure.startswith("cs.ZZ: arXiv refused the request")
    assert result.remarks == []


BROKEN: dict[str, bytes | SourceError] = {
    "unreachable": DOWN,
    "refused": FeedRefused("arXiv refused the request"),
    "too large": FeedTooLarge("arXiv's answer is too large"),
    "web page": WEB_PAGE,
    "empty": b"",
    "cut": atom_feed("cs.CV", TUESDAY, [KITES, WINDS])[:-100],
    "error feed": error_feed("cs.CV"),
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
async def test_the_batch_of_today_stands_in_for_a_broken_feed(
    store: Store, answer: bytes | SourceError
) -> None:
    await remember(store, "cs.CV", TUESDAY, KITES)
    result = await gathered(store, Feeds(cs_CV=answer))
    assert list(result.batches) == [("cs.CV", TUESDAY)]
    assert result.failures == []
    (remark,) = result.remarks
    assert remark.startswith("cs.CV: ")
    assert remark.endswith("this is the batch of 2026-04-21, stored before")


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
async def test_an_older_batch_stands_in_but_the_failure_is_told(
    store: Store, answer: bytes | SourceError
) -> None:
    await remember(store, "cs.CV", FRIDAY, KITES)
    result = await gathered(store, Feeds(cs_CV=answer))
    assert list(result.batches) == [("cs.CV", FRIDAY)]
    (failure,), (remark,) = result.failures, result.remarks
    assert remark == f"{failure}; this is the batch of 2026-04-17, stored before"


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
async def test_without_any_batch_a_broken_feed_is_a_failure(
    store: Store, answer: bytes | SourceError
) -> None:
    await remember(store, "cs.LG", TUESDAY, KITES)
    result = await gathered(store, Feeds(cs_CV=answer))
    assert (result.batches, result.remarks) == ({}, [])
    (failure,) = result.failures
    assert failure.startswith("cs.CV: ")


async def test_on_a_weekend_the_stored_batch_of_friday_is_shown(store: Store) -> None:
    await remember(store, "cs.CV", FRIDAY, KITES)
    api = Submissions(paper("2604.00009"))
    result = await gathered(store, Feeds(cs_CV=atom_feed("cs.CV", SATURDAY, [])), api, day=SATURDAY)
    assert list(result.batches) == [("cs.CV", FRIDAY)]
    assert (result.remarks, result.failures, api.asked) == ([], [], [])


async def test_on_a_weekend_without_a_stored_batch_the_api_tells_fridays(store: Store) -> None:
    api = Submissions(
        paper("2604.00003", categories=("cs.CV", "math.NA")),
        paper("2604.00001", categories=("math.NA",)),
        paper("2604.00002", categories=("cs.NA",)),
    )
    feeds = Feeds(math_NA=atom_feed("math.NA", SATURDAY, []))
    result = await gathered(store, feeds, api, ["math.NA"], day=SATURDAY)
    # Friday's feed holds what came from Wednesday 14:00 to Thursday 14:00 US/Eastern.
    window = datetime(2026, 4, 15, 18, tzinfo=UTC), datetime(2026, 4, 16, 18, tzinfo=UTC)
    assert api.asked == [("math.NA", *window, PAPERS_OF_A_DAY)]
    assert list(result.batches) == [("math.NA", FRIDAY)]
    (remark,) = result.remarks
    assert "this is the batch of 2026-04-17 as arXiv's API tells it" in remark
    rows = await store.announcements("math.NA", FRIDAY)
    # Its own papers under any name of the category, then those from elsewhere.
    assert [(row.paper_id, row.kind, row.position) for row in rows] == [
        ("2604.00001", Kind.NEW, 0),
        ("2604.00002", Kind.NEW, 1),
        ("2604.00003", Kind.CROSS, 2),
    ]


async def test_what_the_api_told_is_stored_and_not_asked_for_again(store: Store) -> None:
    feeds = Feeds(cs_CV=atom_feed("cs.CV", SATURDAY, []))
    await gathered(store, feeds, Submissions(paper("2604.00001")), day=SATURDAY)
    api = Submissions()
    result = await gathered(store, feeds, api, day=SATURDAY)
    assert (list(result.batches), api.asked) == ([("cs.CV", FRIDAY)], [])


async def test_papers_of_the_api_that_were_announced_before_stay_in_their_batch(
    store: Store,
) -> None:
    await remember(store, "cs.CV", FRIDAY, KITES)
    feeds = Feeds(cs_CV=atom_feed("cs.CV", TUESDAY, []))
    result = await gathered(store, feeds, Submissions(KITES[0]))
    assert list(result.batches) == [("cs.CV", FRIDAY)]
    assert await store.announcements("cs.CV", MONDAY) == ()


async def test_a_late_feed_is_told_and_the_batch_before_it_shown(store: Store) -> None:
    await remember(store, "cs.CV", MONDAY, KITES)
    result = await gathered(store, Feeds(cs_CV=atom_feed("cs.CV", TUESDAY, [])))
    assert list(result.batches) == [("cs.CV", MONDAY)]
    assert result.failures == []
    (remark,) = result.remarks
    assert "the feed of 2026-04-21 is still empty" in remark


async def test_with_nothing_anywhere_the_digest_is_empty_and_no_failure(store: Store) -> None:
    feed = atom_feed("cs.CV", SATURDAY, [])
    result = await gathered(store, Feeds(cs_CV=feed), day=SATURDAY)
    assert list(result.batches) == [("cs.CV", FRIDAY)]
    assert (result.remarks, result.failures) == ([], [])
    assert await store.announced(list(result.batches)) == ()


@pytest.mark.parametrize("stored", [True, False])
async def test_an_empty_feed_and_no_api_is_a_failure_even_beside_an_older_batch(
    store: Store, stored: bool
) -> None:
    if stored:
        await remember(store, "cs.CV", MONDAY, KITES)
    feeds = Feeds(cs_CV=atom_feed("cs.CV", date(2026, 4, 25), []))
    result = await gathered(store, feeds, Submissions(error=DOWN), day=date(2026, 4, 25))
    assert list(result.batches) == ([("cs.CV", MONDAY)] if stored else [])
    assert result.failures == ["cs.CV: arXiv could not be reached"]


async def test_a_stale_feed_shows_the_batch_that_it_repeats_and_says_so(store: Store) -> None:
    await remember(store, "cs.CV", MONDAY, KITES, WINDS)
    feeds = Feeds(cs_CV=atom_feed("cs.CV", TUESDAY, [KITES, WINDS]))
    result = await gathered(store, feeds)
    assert list(result.batches) == [("cs.CV", MONDAY)]
    (remark,) = result.remarks
    assert "the feed of 2026-04-21 repeats the batch of 2026-04-20" in remark


async def test_rows_that_cannot_be_used_are_told(store: Store) -> None:
    feed = atom_feed("cs.CV", TUESDAY, [KITES, WINDS]).replace(b"2604.00002", b"9999.00002")
    result = await gathered(store, Feeds(cs_CV=feed))
    assert list(result.batches) == [("cs.CV", TUESDAY)]
    (remark,) = result.remarks
    assert remark.startswith("cs.CV: row 2: ")


async def test_a_feed_at_arxivs_cap_says_that_papers_may_be_missing(store: Store) -> None:
    rows = [(paper(f"2604.{number:05}"), Kind.NEW) for number in range(1, ROWS_AT_MOST + 1)]
    result = await gathered(store, Feeds(cs_CV=atom_feed("cs.CV", TUESDAY, rows)))
    (remark,) = result.remarks
    assert "newer ones may be missing" in remark


async def test_files_stand_for_themselves_and_broken_ones_cost_only_themselves(
    store: Store, tmp_path: Path
) -> None:
    contents = {
        "monday.xml": atom_feed("cs.CV", MONDAY, [KITES]),
        "cut.xml": atom_feed("cs.CV", TUESDAY, [WINDS])[:-50],
        "tuesday.xml.gz": gzip.compress(atom_feed("cs.CV", TUESDAY, [WINDS])),
        "page.xml": WEB_PAGE,
        "cut.xml.gz": gzip.compress(atom_feed("cs.CV", TUESDAY, [WINDS]))[:-20],
        "learning.xml": atom_feed("cs.LG", TUESDAY, [KITES]),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    files = [*(tmp_path / name for name in contents), tmp_path / "gone.xml"]
    result = await from_files(store, files, on(TUESDAY))
    days = [("cs.CV", MONDAY), ("cs.CV", TUESDAY), ("cs.LG", TUESDAY)]
    assert list(result.batches) == days
    assert result.remarks == []
    failed = [tmp_path / name for name in ("cut.xml", "page.xml", "cut.xml.gz", "gone.xml")]
    assert len(result.failures) == len(failed)
    for failure, path in zip(result.failures, failed, strict=True):
        assert str(path) in failure
        assert "\n" not in failure
    assert await from_files(store, files, on(TUESDAY)) == result


@pytest.mark.parametrize(
    ("day", "rows", "shown", "says"),
    [
        (SATURDAY, [], SATURDAY, "arXiv announces nothing on 2026-04-18 (weekend)"),
        (TUESDAY, [], TUESDAY, "is still empty"),
        (TUESDAY, [KITES], MONDAY, "repeats the batch of 2026-04-20"),
    ],
)
async def test_files_without_anything_new_are_told(
    store: Store, tmp_path: Path, day: date, rows: list[Row], shown: date, says: str
) -> None:
    await remember(store, "cs.CV", MONDAY, KITES)
    path = tmp_path / "feed.xml"
    path.write_bytes(atom_feed("cs.CV", day, rows))
    result = await from_files(store, [path], on(TUESDAY))
    assert list(result.batches) == [("cs.CV", shown)]
    (remark,) = result.remarks
    assert says in remark
