"""Buttons that open the papers of a list by their numbers."""

from collections.abc import Sequence

from formatters.document import Action

IN_A_ROW = 8
"""Numbers in one row of buttons: more are hard to hit on a phone."""

MOST = 96
"""Telegram takes 100 buttons below a message; what is beyond opens as `/paper 97`."""

Row = tuple[Action, ...]


def number_row(paper_ids: Sequence[str], first: int = 1) -> Row:
    """Buttons that open papers by their numbers in the list."""
    return tuple(Action(str(number), f"paper {one}") for number, one in enumerate(paper_ids, first))


def number_buttons(paper_ids: Sequence[str]) -> tuple[Row, ...]:
    """Rows of buttons that open papers by their numbers in a list, from 1."""
    shown = paper_ids[:MOST]
    return tuple(
        number_row(shown[start : start + IN_A_ROW], start + 1)
        for start in range(0, len(shown), IN_A_ROW)
    )
