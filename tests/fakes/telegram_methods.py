"""What the methods of the fake Telegram do, and how they refuse: each takes decoded parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes.telegram_chats import ChatState, Json, Posted, member

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fakes.telegram import FakeTelegram

LONGEST_TEXT = 4096  # https://core.telegram.org/bots/api#sendmessage
LONGEST_DATA = 64  # https://core.telegram.org/bots/api#inlinekeyboardbutton


class Refusal(Exception):
    """A method's answer that is no success."""

    def __init__(self, code: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.code = code
        self.parameters = parameters


def me(telegram: FakeTelegram, _parameters: Json) -> Json:
    return telegram.bot


def send(telegram: FakeTelegram, parameters: Json) -> Json:
    """Any method that posts a message."""
    state = chat_of(telegram, parameters)
    _refuse_markup(parameters)
    if "text" in parameters and not 1 <= len(parameters["text"].strip()) <= LONGEST_TEXT:
        long = len(parameters["text"]) > LONGEST_TEXT
        problem = "message is too long" if long else "message text is empty"
        raise Refusal(400, f"Bad Request: {problem}")
    thread = parameters.get("message_thread_id")
    if thread is not None and thread not in (state.topics or ()):
        raise Refusal(400, "Bad Request: message thread not found")
    _limit(telegram, state)
    posted = Posted(telegram.new_message(), thread, parameters.pop("method"), parameters)
    state.posted.append(posted)
    return _message(telegram, state, posted)


def edit(telegram: FakeTelegram, parameters: Json) -> Json | bool:
    if "inline_message_id" in parameters:
        return True
    state = chat_of(telegram, parameters)
    _refuse_markup(parameters)
    found = [one for one in state.posted if one.message_id == parameters["message_id"]]
    if not found:
        raise Refusal(400, "Bad Request: message to edit not found")
    posted = found[0]
    _limit(telegram, state)
    same = ("text", "entities", "reply_markup", "rich_message")
    if all(posted.body.get(name) == parameters.get(name) for name in same):
        raise Refusal(
            400,
            "Bad Request: message is not modified: specified new message content and reply markup"
            " are exactly the same as a current content and reply markup of the message",
        )
    posted.body, posted.method = parameters, parameters.pop("method")
    posted.edits += 1
    return _message(telegram, state, posted)


def delete(telegram: FakeTelegram, parameters: Json) -> bool:
    state = chat_of(telegram, parameters)
    kept = [one for one in state.posted if one.message_id != parameters["message_id"]]
    if len(kept) == len(state.posted):
        raise Refusal(400, "Bad Request: message to delete not found")
    state.posted[:] = kept
    return True


def chat_action(telegram: FakeTelegram, parameters: Json) -> bool:
    chat_of(telegram, parameters)
    return True


def chat_member(telegram: FakeTelegram, parameters: Json) -> Json:
    state = chat_of(telegram, parameters)
    user = {"id": parameters["user_id"], "is_bot": False, "first_name": "Somebody"}
    if user["id"] == telegram.bot["id"]:
        user = telegram.bot
    return member(user, state.members.get(user["id"], {"status": "left"}))


def answer_callback(telegram: FakeTelegram, parameters: Json) -> bool:
    query = parameters["callback_query_id"]
    if query not in telegram.open_queries:
        raise Refusal(
            400, "Bad Request: query is too old and response timeout expired or query ID is invalid"
        )
    telegram.open_queries.remove(query)
    return True


def answer_inline(telegram: FakeTelegram, parameters: Json) -> bool:
    if parameters["inline_query_id"] not in telegram.open_queries:
        raise Refusal(400, "Bad Request: query is too old")
    telegram.open_queries.remove(parameters["inline_query_id"])
    return True


def set_text(telegram: FakeTelegram, parameters: Json) -> bool:
    """Any method that gives the bot's profile something in a language."""
    method = parameters.pop("method").removeprefix("set").lower()
    language = parameters.pop("language_code", "")
    scope = parameters.pop("scope", {"type": "default"})["type"]
    telegram.profile[method, language, scope] = parameters
    return True


def get_commands(telegram: FakeTelegram, parameters: Json) -> list[Json]:
    scope = parameters.get("scope", {"type": "default"})["type"]
    key = ("mycommands", parameters.get("language_code", ""), scope)
    commands: list[Json] = telegram.profile.get(key, {}).get("commands", [])
    return commands


def set_webhook(telegram: FakeTelegram, parameters: Json) -> bool:
    telegram.webhook = parameters
    return True


def delete_webhook(telegram: FakeTelegram, _parameters: Json) -> bool:
    telegram.webhook = {}
    return True


METHODS: dict[str, Callable[[FakeTelegram, Json], Any]] = {
    "getMe": me,
    "sendMessage": send,
    "sendRichMessage": send,
    "sendDocument": send,
    "editMessageText": edit,
    "deleteMessage": delete,
    "sendChatAction": chat_action,
    "getChatMember": chat_member,
    "answerCallbackQuery": answer_callback,
    "answerInlineQuery": answer_inline,
    "setMyCommands": set_text,
    "setMyDescription": set_text,
    "setMyShortDescription": set_text,
    "getMyCommands": get_commands,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
}
BY_LOWER_CASE = {name.lower(): name for name in ("getUpdates", *METHODS)}
"""Names are case-insensitive: https://core.telegram.org/bots/api#making-requests."""


def chat_of(telegram: FakeTelegram, parameters: Json) -> ChatState:
    """The chat that a method is about, unless it is gone."""
    state = telegram.chats.get(parameters["chat_id"])
    if state is None:
        raise Refusal(400, "Bad Request: chat not found")
    if state.moved_to is not None:
        raise Refusal(
            400,
            "Bad Request: group chat was upgraded to a supergroup chat",
            migrate_to_chat_id=state.moved_to,
        )
    if state.refusal is not None:
        raise Refusal(403 if state.refusal.startswith("Forbidden") else 400, state.refusal)
    return state


def _limit(telegram: FakeTelegram, state: ChatState) -> None:
    if telegram.limits is not None and (wait := telegram.limits.wait(state.id)) > 0:
        seconds = int(wait) + 1
        description = f"Too Many Requests: retry after {seconds}"
        raise Refusal(429, description, retry_after=seconds)


def _refuse_markup(parameters: Json) -> None:
    rows = (parameters.get("reply_markup") or {}).get("inline_keyboard", [])
    for button in (button for row in rows for button in row):
        if len(button.get("callback_data", "").encode()) > LONGEST_DATA:
            raise Refusal(400, "Bad Request: BUTTON_DATA_INVALID")


def _message(telegram: FakeTelegram, state: ChatState, posted: Posted) -> Json:
    message = {
        "message_id": posted.message_id,
        "date": 1_700_000_000,
        "chat": state.json(),
        "from": telegram.bot,
        "text": posted.text,
    }
    return message | ({"message_thread_id": posted.thread} if posted.thread else {})
