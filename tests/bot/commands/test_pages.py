"""Which page is meant, and which buttons stand below one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.commands.pages import PAGE, offset_of, page_number, page_row, read_page
from bot.commands.request import Asker, Context, Request
from bot.errors import UsageError
from tests.bot.commands.chatting import PRIVATE, opened_in
from tests.fakes.clock import FakeClock


@pytest.fixture
async def context(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Context]:
    async with opened_in(tmp_path, clock) as services:
        yield Context(services, Request(PRIVATE, Asker("1"), "saved"))


@pytest.mark.parametrize(
    ("arguments", "page"), [("", 1), ("  ", 1), ("page 1", 1), ("Page  0012 ", 12)]
)
def test_a_page_is_named_by_its_number(arguments: str, page: int) -> None:
    assert read_page(arguments) == page


@pytest.mark.parametrize(
    "arguments", ["2", "page", "page 0", "page -1", "page 1.5", "page ²", "page 12345", "page 1 2"]
)
def test_anything_else_is_refused_with_an_example(arguments: str) -> None:
    with pytest.raises(UsageError, match="page 2"):
        read_page(arguments)


@pytest.mark.parametrize(
    ("text", "page"), [("7", 7), ("9999", 9999), ("10000", None), ("٣", None), ("", None)]
)
def test_a_number_is_up_to_four_digits(text: str, page: int | None) -> None:
    assert page_number(text) == page


@pytest.mark.parametrize(
    ("page", "total", "offset"),
    [(1, 0, 0), (1, 1, 0), (1, PAGE, 0), (2, PAGE + 1, PAGE), (3, 3 * PAGE, 2 * PAGE)],
)
def test_a_page_begins_after_those_before_it(page: int, total: int, offset: int) -> None:
    assert offset_of(page, total) == offset


@pytest.mark.parametrize(("page", "total"), [(2, 0), (2, PAGE), (4, 3 * PAGE)])
def test_there_is_no_page_after_the_last(page: int, total: int) -> None:
    with pytest.raises(UsageError, match=f"no page {page}"):
        offset_of(page, total)


@pytest.mark.parametrize(
    ("page", "total", "leads_to"),
    [
        (1, 0, []),
        (1, PAGE, []),
        (1, PAGE + 1, [2]),
        (2, 2 * PAGE, [1]),
        (2, 2 * PAGE + 1, [1, 3]),
    ],
)
async def test_buttons_lead_only_to_pages_that_there_are(
    context: Context, page: int, total: int, leads_to: list[int]
) -> None:
    row = await page_row(context, lambda number: f"saved page {number}", page, total)
    assert [action.command for action in row] == [f"saved page {number}" for number in leads_to]
