"""What a preview looks at, and when it calls a query fitting."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.commands.preview import ENOUGH_PAPERS, MOST_A_DAY, Preview, preview
from bot.digest.parser import parse
from storage.models import Kind
from tests.bot.commands.announcing import TODAY, WEEK, announce, papers
from tests.bot.commands.chatting import opened_in
from tests.fakes.arxiv import paper
from tests.fakes.clock import FakeClock

NEW = (Kind.NEW,)
TOMORROW = TODAY + timedelta(days=1)


@pytest.mark.parametrize(
    ("days", "matched", "fitting"),
    [
        (0, 0, False),
        (5, 0, False),
        (5, 1, True),
        (1, MOST_A_DAY, True),
        (1, MOST_A_DAY + 1, False),
        (2, 2 * MOST_A_DAY, True),
    ],
)
def test_fitting_is_something_but_no_more_than_people_read(
    days: int, matched: int, fitting: bool
) -> None:
    assert Preview(tuple([date(2026, 4, 21)] * days), 1_000, matched).is_fitting == fitting


async def test_days_are_those_of_any_category_and_examples_the_best_of_the_newest(
    tmp_path: Path, clock: FakeClock
) -> None:
    async with opened_in(tmp_path, clock) as services:
        mention = paper("2604.00009", title="On lamps", abstract="Like a lantern.")
        await announce(services, "cs.CV", WEEK[0], mention, *papers(1))
        await announce(services, "cs.LG", WEEK[1], *papers(1, first=2))
        await announce(services, "cs.CV", TOMORROW, *papers(1, first=3))
        seen = await preview(services, parse("lantern"), ("cs.CV", "cs.LG", "cs.RO"), NEW)
    assert seen.days == WEEK[:2]
    assert (seen.announced, seen.matched) == (3, 3)
    assert [one.id[-1] for one in seen.examples] == ["1", "9", "2"]
    assert seen.unknown == ("cs.RO",)


async def test_after_enough_papers_no_further_day_is_looked_at(
    tmp_path: Path, clock: FakeClock
) -> None:
    async with opened_in(tmp_path, clock) as services:
        for count, day in enumerate(WEEK):
            batch = papers(ENOUGH_PAPERS // 2, first=ENOUGH_PAPERS * count)
            await announce(services, "cs.CV", day, *batch)
        seen = await preview(services, parse("lantern"), ("cs.CV",), NEW)
    assert seen.days == WEEK[:2]
    assert seen.announced == seen.matched == ENOUGH_PAPERS


async def test_where_nothing_is_stored_nothing_is_known(tmp_path: Path, clock: FakeClock) -> None:
    async with opened_in(tmp_path, clock) as services:
        seen = await preview(services, parse("cs.CV"), ("cs.CV",), NEW)
    assert seen == Preview(unknown=("cs.CV",))
