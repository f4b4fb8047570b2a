"""The parts of Discord's messages as JSON: containers, texts, rows of buttons, selects."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from formatters.discord_markdown import cleaned, units
from formatters.document import ACTION_BYTES, Action
from formatters.text import ELLIPSIS, clip, safe_url
from storage.models import Json

COMPONENTS = 40
"""Components of one message, nested ones counted:
https://docs.discord.com/developers/components/reference."""

CHARACTERS = 4000
"""Characters in all texts of one message together (same page)."""

ROW = 5
"""Buttons side by side."""

OPTIONS = 25
OPTION_CHARACTERS = 100
PLACEHOLDER_CHARACTERS = 150
LABEL_CHARACTERS = 80
URL_CHARACTERS = 512
"""Limits of selects and buttons (same page)."""

COMPONENTS_V2 = 1 << 15
"""The flag of messages that consist of components alone."""

ACCENT = 0xB31B1B
"""The colour at a container's edge: arXiv's red."""

PREFIX = "paperboy"
"""Custom ids are the prefix, a number that makes them unique in a message, and a command line."""

ACTION_ROW, BUTTON, SELECT, TEXT, SEPARATOR, CONTAINER = 1, 2, 3, 10, 14, 17
PRIMARY, SECONDARY, DANGER, LINK = 1, 2, 4, 5


@dataclass(frozen=True, slots=True)
class Option:
    """What a select offers: a label, a short text below it, and the command line that it runs."""

    label: str
    text: str
    command: str


def message(container: Json) -> Json:
    """The body of a message that consists of one container."""
    return quiet({"flags": COMPONENTS_V2, "components": [container]})


def quiet(body: Json) -> Json:
    """The body of a message in which nothing mentions anybody."""
    return {**body, "allowed_mentions": {"parse": []}}


def container(components: Sequence[Json]) -> Json:
    """What a message shows, in a frame."""
    return {"type": CONTAINER, "accent_color": ACCENT, "components": list(components)}


def text_display(markdown: str) -> Json:
    """A text; Discord leaves a gap between two of them."""
    return {"type": TEXT, "content": markdown}


def divider() -> Json:
    """A line across the container."""
    return {"type": SEPARATOR, "divider": True, "spacing": 1}


def gap() -> Json:
    """Room between two texts, without a line."""
    return {"type": SEPARATOR, "divider": False, "spacing": 1}


def button_row(buttons: Iterable[tuple[int, Action]]) -> Json:
    """At most `ROW` buttons, each with its number in the message."""
    return {"type": ACTION_ROW, "components": [_button(number, one) for number, one in buttons]}


def select_row(placeholder: str, options: Iterable[Option]) -> Json:
    """The only select of a message, with at most `OPTIONS` options."""
    select = {
        "type": SELECT,
        "custom_id": custom_id(0, ""),
        "placeholder": fitted(placeholder, PLACEHOLDER_CHARACTERS),
        "options": [_option(one) for one in options],
    }
    return {"type": ACTION_ROW, "components": [select]}


def custom_id(number: int, command: str) -> str:
    """What tells a button's command line when it is pressed, also after any restart.

    Raises ValueError for a command that is too long.
    """
    return f"{PREFIX}:{number}:{carried(command)}"


def carried(command: str) -> str:
    """The same command line, if a button can carry it; raises ValueError."""
    if len(command.encode()) > ACTION_BYTES:
        raise ValueError(f"a button carries at most {ACTION_BYTES} bytes: {command}")
    return command


def button_url(action: Action) -> str | None:
    """The address that a button opens, None where it opens none that Discord takes."""
    url = safe_url(action.url) if action.url else None
    return url if url and len(url) <= URL_CHARACTERS else None


def can_be_button(action: Action) -> bool:
    """Whether Discord has such a button; it has none that copies."""
    return bool(action.command) or button_url(action) is not None


def fitted(text: str, most: int) -> str:
    """A text without markdown, clipped to so many UTF-16 units; an ellipsis where it is empty."""
    whole = cleaned(text).strip()
    characters = most
    while units(shown := clip(whole, characters)) > most:
        characters -= 1
    return shown if any(one.isprintable() and not one.isspace() for one in shown) else ELLIPSIS


def _button(number: int, action: Action) -> Json:
    label = {"type": BUTTON, "label": fitted(action.label, LABEL_CHARACTERS)}
    if action.command:
        style = DANGER if action.danger else PRIMARY if action.strong else SECONDARY
        return {**label, "style": style, "custom_id": custom_id(number, action.command)}
    return {**label, "style": LINK, "url": button_url(action)}


def _option(option: Option) -> Json:
    label = fitted(option.label, OPTION_CHARACTERS)
    text = {"description": fitted(option.text, OPTION_CHARACTERS)} if option.text.strip() else {}
    return {"label": label, "value": carried(option.command), **text}
