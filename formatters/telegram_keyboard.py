"""Actions as Telegram's buttons, which are the same below a message and inside a rich one."""

from collections.abc import Iterable, Sequence

from formatters.document import ACTION_BYTES, Action
from formatters.telegram_links import cleaned, telegram_url
from formatters.text import ELLIPSIS

Button = dict[str, object]

ROW = 8
"""Buttons side by side: https://core.telegram.org/bots/api#richmessagebutton."""

BUTTONS = 100
"""Buttons below one message; Telegram refuses more (measured by others, not documented)."""

COPY_CHARACTERS = 256
"""What a button can copy: https://core.telegram.org/bots/api#copytextbutton."""


def keyboard(rows: Iterable[Sequence[Action]]) -> dict[str, object] | None:
    """The buttons below a message, None where there are none; those over the limit are left out."""
    kept: list[list[Button]] = []
    room = BUTTONS
    for row in button_rows(rows):
        kept.append(row[:room])
        room -= len(kept[-1])
    shown = [row for row in kept if row]
    return {"inline_keyboard": shown} if shown else None


def button_rows(rows: Iterable[Sequence[Action]]) -> list[list[Button]]:
    """Rows of at most eight buttons; longer ones are continued below.

    Raises ValueError for a command that no button can carry.
    """
    written = [[button for action in row if (button := _button(action))] for row in rows]
    return [row[start : start + ROW] for row in written for start in range(0, len(row), ROW)]


def _button(action: Action) -> Button | None:
    """One button; None for an address or a text that Telegram would refuse the message for."""
    target = _target(action)
    if target is None:
        return None
    style = "danger" if action.danger else "primary" if action.strong else ""
    label: Button = {"text": cleaned(action.label).strip() or ELLIPSIS}
    return label | target | ({"style": style} if style else {})


def _target(action: Action) -> Button | None:
    if action.command:
        if len(action.command.encode()) > ACTION_BYTES:
            raise ValueError(f"a button carries at most {ACTION_BYTES} bytes: {action.command}")
        return {"callback_data": action.command}
    if url := telegram_url(action.url):
        return {"url": url}
    if action.copy and len(action.copy) <= COPY_CHARACTERS:
        return {"copy_text": {"text": action.copy}}
    return None
