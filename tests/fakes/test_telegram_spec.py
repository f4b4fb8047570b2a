"""The checker refuses what the Bot API would refuse; a checker that accepts all tests nothing."""

import re
from typing import Any

import pytest

from tests.fakes.telegram_spec import SpecError, check, load_spec

BUTTON = {"text": "Details", "callback_data": "paper 2604.01234", "style": "primary"}


def message(**more: Any) -> dict[str, Any]:
    return {"chat_id": 1, "text": "Kites", **more}


def with_button(**more: Any) -> dict[str, Any]:
    return message(reply_markup={"inline_keyboard": [[{**BUTTON, **more}]]})


def rich(*blocks: object) -> dict[str, Any]:
    return {"chat_id": 1, "rich_message": {"blocks": list(blocks)}}


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("sendMessage", message()),
        ("sendMessage", message(entities=[{"type": "bold", "offset": 0, "length": 5}])),
        ("sendMessage", with_button()),
        ("sendMessage", {"chat_id": "@kites", "text": "Kites"}),
        (
            "sendRichMessage",
            rich({"type": "paragraph", "text": ["a", {"type": "bold", "text": "b"}]}),
        ),
        ("getMe", {}),
    ],
)
def test_what_the_specification_allows_passes(method: str, body: dict[str, Any]) -> None:
    check(method, body, load_spec())


@pytest.mark.parametrize(
    ("method", "body", "complaint"),
    [
        ("sendKite", {}, "sendKite: no such method"),
        ("sendMessage", {"chat_id": 1}, "sendMessage: text is missing"),
        ("sendMessage", message(text=""), "text: 0 characters, not 1-4096"),
        ("sendMessage", message(text=5), "text: 5 is no String"),
        ("sendMessage", message(chat_id=True), "chat_id: True is no"),
        ("sendMessage", message(kite=1), "no field kite"),
        ("sendMessage", message(entities={}), "entities: {} is not an array"),
        (
            "sendMessage",
            message(entities=[{"type": "bolt", "offset": 0, "length": 5}]),
            "entities[0].type: 'bolt' is none of",
        ),
        ("sendMessage", with_button(callback_data="中" * 22), "66 bytes, not 1-64"),
        ("sendMessage", with_button(style="pink"), "style: 'pink' is none of"),
        ("sendMessage", with_button(kite=1), "inline_keyboard[0][0]: no field kite"),
        ("sendRichMessage", rich({"type": "kite"}), "'kite' is no kind of InputRichBlock"),
        (
            "sendRichMessage",
            rich({"type": "details", "summary": "a", "blocks": [{"type": "paragraph"}]}),
            "blocks[0].blocks[0]: text is missing",
        ),
        (
            "sendRichMessage",
            rich({"type": "table", "cells": [[{"align": "left", "valign": "left"}]]}),
            "valign: 'left' is none of",
        ),
        (
            "sendRichMessage",
            rich({"type": "table", "cells": [], "is_striped": False}),
            "is_striped: False is no True",
        ),
    ],
)
def test_what_it_does_not_allow_is_refused_with_the_place(
    method: str, body: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(SpecError, match=re.escape(complaint)):
        check(method, body, load_spec())
