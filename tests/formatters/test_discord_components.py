import pytest

from formatters.discord_components import (
    Option,
    button_row,
    button_url,
    can_be_button,
    custom_id,
    fitted,
    select_row,
)
from formatters.discord_markdown import units
from formatters.document import Action
from tests.formatters.discord_spec import nested


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kites", "Kites"),
        (" two\nlines ", "two lines"),
        ("*Kites* @everyone", "*Kites*…"),
        ("", "…"),
        ("\u200b", "…"),
    ],
)
def test_labels_are_no_markdown_and_never_empty(text: str, expected: str) -> None:
    assert fitted(text, 15) == expected


def test_labels_are_measured_as_utf_16() -> None:
    assert units(fitted("𝔸" * 100, 100)) <= 100
    assert fitted("👩\u200d👩\u200d👧\u200d👦" * 20, 25) == "👩\u200d👩\u200d👧\u200d👦" * 2 + "…"


def test_a_custom_id_holds_the_command_line() -> None:
    assert custom_id(3, "paper 2401.00001") == "paperboy:3:paper 2401.00001"
    assert len(custom_id(39, "a" * 64)) <= 100
    with pytest.raises(ValueError, match="at most 64 bytes"):
        custom_id(1, "风" * 22)


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        (Action("a", "paper 1"), True),
        (Action("a", url="https://arxiv.org"), True),
        (Action("a", url="javascript:alert(1)"), False),
        (Action("a", url="https://arxiv.org/" + "a" * 500), False),
        (Action("a", copy="@article{}"), False),
    ],
)
def test_only_some_actions_can_be_buttons(action: Action, expected: bool) -> None:
    assert can_be_button(action) is expected


def test_addresses_are_made_safe() -> None:
    assert button_url(Action("a", url="https://a.b/x (y)")) is None
    assert button_url(Action("a", url="https://a.b/(y)")) == "https://a.b/%28y%29"


def test_a_link_button_has_no_custom_id() -> None:
    row = button_row([(1, Action("PDF", url="https://arxiv.org/pdf/1"))])
    assert row == {
        "type": 1,
        "components": [
            {"type": 2, "label": "PDF", "style": 5, "url": "https://arxiv.org/pdf/1"},
        ],
    }


def test_an_option_without_a_text_has_no_description() -> None:
    row = select_row("Open", [Option("1. Kites", "", "paper 1")])
    (select,) = nested(row)
    assert select == {
        "type": 3,
        "custom_id": "paperboy:0:",
        "placeholder": "Open",
        "options": [{"label": "1. Kites", "value": "paper 1"}],
    }
