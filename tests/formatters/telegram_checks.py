"""What every message for Telegram is held against, and how tests write one down."""

from collections.abc import Iterator
from typing import Any

from aiogram.methods import SendMessage, SendRichMessage
from pydantic import BaseModel

from formatters.telegram import Message
from tests.fakes import tdlib, telegram_spec

METHODS: dict[str, type[BaseModel]] = {
    "sendMessage": SendMessage,
    "sendRichMessage": SendRichMessage,
}

MARKS = {"bold": "b", "italic": "i", "code": "code", "text_link": "a", "expandable_blockquote": "q"}


def check_request(message: Message, spec: telegram_spec.Spec) -> None:
    """Both the specification and aiogram know all of it."""
    body = {**message.body, "chat_id": 1}
    telegram_spec.check(message.method, body, spec)
    model = METHODS[message.method].model_validate(body)
    assert list(unknown_fields(model)) == []


def unknown_fields(value: object) -> Iterator[str]:
    """Fields anywhere in a model that it has no name for."""
    if isinstance(value, list):
        for one in value:
            yield from unknown_fields(one)
    elif isinstance(value, BaseModel):
        yield from value.model_extra or ()
        for name in type(value).model_fields:
            yield from unknown_fields(getattr(value, name))


def marked(message: Message) -> str:
    """The text of a classic message with its entities as tags, and `|` for word joiners."""
    text, entities = text_of(message), entities_of(message)
    ends = [one["offset"] + one["length"] for one in entities]
    units = text.encode("utf-16-le")
    pieces, at = [], 0
    for place in sorted({0, *(one["offset"] for one in entities), *ends, len(units) // 2}):
        pieces.append(units[2 * at : 2 * place].decode("utf-16-le"))
        closing = [one for one, end in zip(entities, ends, strict=True) if end == place]
        pieces += [f"</{MARKS[one['type']]}>" for one in reversed(closing)]
        pieces += [f"<{MARKS[one['type']]}>" for one in entities if one["offset"] == place]
        at = place
    return "".join(pieces).replace("\u2060", "|").replace("</b><b>", "")


def text_of(message: Message) -> str:
    return str(message.body["text"])


def entities_of(message: Message) -> tdlib.Entities:
    entities = message.body.get("entities", [])
    assert isinstance(entities, list)
    return entities


def keyboard_of(message: Message) -> list[list[str]]:
    """The labels of the buttons, row by row."""
    markup: Any = message.body.get("reply_markup", {"inline_keyboard": []})
    return [[button["text"] for button in row] for row in markup["inline_keyboard"]]
