"""Lists of papers page by page: which page is asked for, and the buttons below it."""

from collections.abc import Callable

from bot.commands.request import Context, carried
from bot.errors import UsageError
from formatters.document import Action
from formatters.numbers import IN_A_ROW, Row

PAGE = IN_A_ROW
"""Papers: what one row of buttons opens, and what mostly fits into one message."""

LONGEST_NUMBER = 4  # digits; nobody turns ten thousand pages


def read_page(arguments: str) -> int:
    """Read `page 3`, or nothing for the first; raises UsageError."""
    match arguments.lower().split():
        case []:
            return 1
        case ["page", number] if page := page_number(number):
            return page
        case _:
            raise UsageError("this takes no words but the number of a page, such as: page 2")


def page_number(text: str) -> int | None:
    """Read the number of a page, from 1; None where it is none."""
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
        return None
    return int(text) or None


def offset_of(page: int, total: int) -> int:
    """How many papers stand before a page; raises UsageError where the list is shorter."""
    pages = max(1, -(-total // PAGE))
    if page > pages:
        raise UsageError(f"there is no page {page}; the last one is page {pages}")
    return (page - 1) * PAGE


async def page_row(context: Context, line: Callable[[int], str], page: int, total: int) -> Row:
    """Buttons to the pages before and after; `line` is the command line for a page."""
    wanted = {"page.previous": page - 1, "page.next": page + 1}
    return tuple(
        [
            Action(context.words(label), await carried(context.services, line(number)))
            for label, number in wanted.items()
            if 0 <= (number - 1) * PAGE < total
        ]
    )
