"""What an update asks, from Telegram's own JSON."""

from typing import Any

import pytest
from telegram import Update

from bot.platforms.telegram_updates import (
    WANTED,
    Asked,
    Place,
    Standing,
    asked_by_button,
    asked_by_message,
)
from storage.models import Address, Platform, Room
from tests.fakes.telegram_chats import ANONYMOUS_ADMIN, CHANNEL_BOT, TELEGRAM

NAME = "paperboy_bot"
ADA = {"id": 7, "is_bot": False, "first_name": "Ada", "language_code": "zh-hans"}
PRIVATE = {"id": 7, "type": "private", "first_name": "Ada"}
GROUP = {"id": -1001, "type": "supergroup", "title": "Lab"}
SMALL_GROUP = {"id": -5, "type": "group", "title": "Lab"}
CHANNEL = {"id": -1002, "type": "channel", "title": "Daily"}


def message(text: str | None = "/help", chat: object = PRIVATE, **fields: Any) -> Asked | None:
    """What is asked by a message of Ada's, unless the fields say otherwise."""
    content = {"message_id": 5, "date": 1, "chat": chat, "from": ADA, "text": text} | fields
    update = Update.de_json({"update_id": 1, "message": content}, None)
    assert update.message
    return asked_by_message(update.message, NAME)


def press(data: str | None, chat: object = PRIVATE, **fields: Any) -> Asked | None:
    posted = {"message_id": 5, "date": 1, "chat": chat, "from": ADA} | fields
    query = {"id": "9", "from": ADA, "chat_instance": "1", "data": data, "message": posted}
    update = Update.de_json({"update_id": 1, "callback_query": query}, None)
    assert update.callback_query
    return asked_by_button(update.callback_query)


def test_a_command_in_a_private_chat() -> None:
    assert message("/paper 2401.00001") == Asked(
        place=Place(7, Room.PRIVATE, title="Ada"),
        person=7,
        standing=Standing.MAY,
        command="paper",
        arguments="2401.00001",
        language="zh-hans",
        message=5,
    )


@pytest.mark.parametrize(
    ("text", "command", "arguments"),
    [
        ("/help", "help", ""),
        ("/HELP subscribe", "help", "subscribe"),
        ("/help@Paperboy_Bot subscribe", "help", "subscribe"),
        ("  /search a\nb ", "search", "a\nb"),
        ("/paper_2401_00001", "paper", "2401_00001"),
        ("/start paper_2401_00001", "start", "paper_2401_00001"),
        ("https://arxiv.org/abs/2401.00001v2", "paper", "https://arxiv.org/abs/2401.00001v2"),
        (" 2401.00001 ", "paper", "2401.00001"),
        ("what do you think of 2401.00001", "", "what do you think of 2401.00001"),
        ("hello", "", "hello"),
        ("/", "", "/"),
    ],
)
def test_in_a_private_chat_everything_is_meant_for_us(
    text: str, command: str, arguments: str
) -> None:
    asked = message(text)
    assert asked is not None
    assert (asked.command, asked.arguments) == (command, arguments)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/help", "help"),
        ("/help@paperboy_bot", "help"),
        ("/help@another_bot", None),
        ("hello", None),
        ("2401.00001", None),
        ("look at https://arxiv.org/abs/2401.00001", None),
        ("https://arxiv.org/abs/2401.00001", "paper"),
        ("https://example.org/", None),
    ],
)
def test_in_a_group_only_commands_and_lone_links_count(text: str, command: str | None) -> None:
    asked = message(text, GROUP)
    assert (asked.command if asked else None) == command


def test_only_a_lone_link_is_marked_as_one() -> None:
    found = [message(text, GROUP) for text in ("/paper arxiv.org/abs/2401.00001", "/help")]
    link = message("arxiv.org/abs/2401.00001", GROUP)
    assert [one.link for one in (*found, link) if one] == [False, False, True]


@pytest.mark.parametrize(
    ("chat", "fields", "person", "standing"),
    [
        (PRIVATE, {}, 7, Standing.MAY),
        (GROUP, {}, 7, Standing.IF_ADMINISTRATOR),
        (SMALL_GROUP, {}, 7, Standing.IF_ADMINISTRATOR),
        (GROUP, {"from": ANONYMOUS_ADMIN, "sender_chat": GROUP}, -1001, Standing.MAY),
        (GROUP, {"from": CHANNEL_BOT, "sender_chat": CHANNEL}, -1002, Standing.MAY_NOT),
        (CHANNEL, {"from": None, "sender_chat": CHANNEL}, -1002, Standing.MAY),
    ],
)
def test_who_may_change_settings_as_far_as_a_message_tells(
    chat: object, fields: dict[str, Any], person: int, standing: Standing
) -> None:
    asked = message("/settings", chat, **fields)
    assert asked is not None
    assert (asked.person, asked.standing) == (person, standing)


def test_whoever_stands_in_for_somebody_has_no_language() -> None:
    asked = message("/help", GROUP, **{"from": ANONYMOUS_ADMIN, "sender_chat": GROUP})
    assert asked is not None
    assert asked.language is None


@pytest.mark.parametrize(
    "fields",
    [
        {"from": TELEGRAM, "sender_chat": CHANNEL, "is_automatic_forward": True},
        {"from": TELEGRAM},
        {"from": ADA | {"is_bot": True}},
        {"from": None},
        {"text": None},
        {"text": ""},
        {"via_bot": {"id": 1, "is_bot": True, "first_name": "Paperboy"}},
        {"forward_origin": {"type": "user", "date": 1, "sender_user": ADA}},
    ],
)
def test_what_is_not_said_to_us_is_not_answered(fields: dict[str, Any]) -> None:
    assert message(**{"text": "/help", "chat": GROUP} | fields) is None


def test_a_forwarded_link_in_a_private_chat_is_answered_but_no_forwarded_command() -> None:
    origin = {"type": "user", "date": 1, "sender_user": ADA}
    link = message("arxiv.org/abs/2401.00001", forward_origin=origin)
    assert link is not None
    assert link.command == "paper"
    assert message("/forget", forward_origin=origin) is None


@pytest.mark.parametrize(
    ("fields", "thread"),
    [
        ({}, None),
        ({"message_thread_id": 44, "is_topic_message": True}, 44),
        ({"message_thread_id": 1, "is_topic_message": True}, None),
        ({"message_thread_id": 44}, None),
    ],
)
def test_topics_count_but_neither_general_nor_chains_of_answers(
    fields: dict[str, Any], thread: int | None
) -> None:
    for asked in (message("/help", GROUP, **fields), press("help", GROUP, **fields)):
        assert asked is not None
        assert asked.place.thread == thread


def test_the_address_of_a_topic_names_it() -> None:
    assert Place(-1001, Room.GROUP, 44).address == Address(Platform.TELEGRAM, "-1001", "44")
    assert Place(7, Room.PRIVATE).address == Address(Platform.TELEGRAM, "7")


def test_a_button_carries_a_command_line() -> None:
    assert press("paper 2401.00001") == Asked(
        place=Place(7, Room.PRIVATE, title="Ada"),
        person=7,
        standing=Standing.MAY,
        command="paper",
        arguments="2401.00001",
        language="zh-hans",
        message=5,
        query="9",
    )


@pytest.mark.parametrize("chat", [GROUP, CHANNEL])
def test_everybody_can_press_what_is_posted_in_public(chat: object) -> None:
    asked = press("settings", chat)
    assert asked is not None
    assert asked.standing is Standing.IF_ADMINISTRATOR


def test_a_button_below_a_message_that_is_too_old_to_be_shown_works() -> None:
    asked = press("help", date=0)
    assert asked is not None
    assert asked.message == 5


@pytest.mark.parametrize("data", [None, "", "!", "\x00"])
def test_a_button_without_a_command_line_asks_nothing(data: str | None) -> None:
    assert press(data) is None


def test_edited_messages_are_not_wanted() -> None:
    assert not [kind for kind in WANTED if "edited" in kind]
