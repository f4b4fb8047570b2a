import pytest

from formatters.document import Action
from formatters.telegram_keyboard import BUTTONS, button_rows, keyboard


@pytest.mark.parametrize(
    ("action", "button"),
    [
        (Action("Details", "paper 2604.01234"), {"callback_data": "paper 2604.01234"}),
        (Action("PDF", url="https://arxiv.org/pdf/1"), {"url": "https://arxiv.org/pdf/1"}),
        (Action("BibTeX", copy="@misc{}"), {"copy_text": {"text": "@misc{}"}}),
        (Action("Yes", "yes", strong=True), {"callback_data": "yes", "style": "primary"}),
        (Action("Delete", "no", danger=True), {"callback_data": "no", "style": "danger"}),
    ],
)
def test_an_action_is_a_button(action: Action, button: dict[str, object]) -> None:
    assert button_rows([[action]]) == [[{"text": action.label, **button}]]


@pytest.mark.parametrize(
    "action",
    [
        Action("Wrong", url="http://nowhere"),
        Action("Wrong", url="javascript:alert(1)"),
        Action("Long", copy="x" * 257),
        Action("Nothing"),
    ],
)
def test_what_telegram_would_refuse_is_left_out(action: Action) -> None:
    assert keyboard([[action]]) is None


def test_a_command_that_no_button_can_carry_is_an_error() -> None:
    assert button_rows([[Action("64 bytes", "中" * 21 + "a")]])
    with pytest.raises(ValueError, match="at most 64 bytes"):
        button_rows([[Action("66 bytes", "中" * 22)]])


def test_a_row_holds_eight() -> None:
    row = [Action(str(number), f"paper {number}") for number in range(1, 18)]
    assert [len(part) for part in button_rows([row, row[:2]])] == [8, 8, 1, 2]


def test_a_message_holds_a_hundred() -> None:
    rows = [[Action(str(number), "paper 1")] * 7 for number in range(20)]
    shown = keyboard(rows)
    assert shown is not None
    kept = shown["inline_keyboard"]
    assert isinstance(kept, list)
    assert sum(map(len, kept)) == BUTTONS
    assert all(kept)


@pytest.mark.parametrize("label", ["", " ", "\x00\u202e"])
def test_a_button_without_a_label_has_an_ellipsis(label: str) -> None:
    assert button_rows([[Action(label, "help")]]) == [[{"text": "…", "callback_data": "help"}]]
