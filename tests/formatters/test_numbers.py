"""The buttons that open the papers of a list: how they are numbered, and how many there are."""

from formatters.document import Action
from formatters.numbers import IN_A_ROW, MOST, number_buttons, number_row

IDS = [f"2604.{number:05}" for number in range(1, 501)]


def test_numbers_go_on_from_page_to_page() -> None:
    assert number_row(["a", "b"], 9) == (Action("9", "paper a"), Action("10", "paper b"))


def test_rows_are_full_but_the_last_one() -> None:
    rows = number_buttons(IDS[:18])
    assert [len(row) for row in rows] == [IN_A_ROW, IN_A_ROW, 2]
    assert rows[2][1] == Action("18", f"paper {IDS[17]}")


def test_a_message_takes_a_limited_number() -> None:
    assert sum(map(len, number_buttons(IDS))) == MOST
    assert number_buttons([]) == ()
