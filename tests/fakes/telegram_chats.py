"""The people and chats of the fake Telegram: their verbs, and what the bot posted there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from tests.fakes.telegram import FakeTelegram

Json = dict[str, Any]

# Telegram's own users that stand in for others: https://core.telegram.org/bots/api#message
ANONYMOUS_ADMIN = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
CHANNEL_BOT = {"id": 136817688, "is_bot": True, "first_name": "Channel"}
TELEGRAM = {"id": 777000, "is_bot": False, "first_name": "Telegram"}

POSTING = {"status": "administrator", "can_post_messages": True}
ADMINISTRATOR = {"status": "administrator"}


@dataclass(frozen=True)
class Person:
    """Somebody with a client in some language."""

    id: int
    name: str
    language: str | None = "en"

    def json(self) -> Json:
        user = {"id": self.id, "is_bot": False, "first_name": self.name}
        return user | ({"language_code": self.language} if self.language else {})


@dataclass
class Posted:
    """A message of the bot in its present form: the parameters of its last sending or edit."""

    message_id: int
    thread: int | None
    method: str
    body: Json
    edits: int = 0

    @property
    def text(self) -> str:
        return str(self.body.get("text", ""))

    @property
    def buttons(self) -> list[Json]:
        markup = self.body.get("reply_markup") or {}
        rows = markup.get("inline_keyboard") or markup.get("keyboard") or []
        return [button for row in rows for button in row]

    @property
    def labels(self) -> list[str]:
        return [button["text"] for button in self.buttons]

    def button(self, label: str) -> Json:
        found = [button for button in self.buttons if button["text"] == label]
        assert found, f"no button {label!r} among {self.labels}"
        return found[0]


@dataclass
class ChatState:
    """A chat as the server knows it; `members` maps a user to what getChatMember says."""

    id: int
    type: Literal["private", "group", "supergroup", "channel"]
    title: str
    members: dict[int, Json] = field(default_factory=dict)
    topics: set[int] | None = None
    posted: list[Posted] = field(default_factory=list)
    moved_to: int | None = None
    refusal: str | None = None

    def json(self) -> Json:
        name = {"first_name": self.title} if self.type == "private" else {"title": self.title}
        forum = {"is_forum": True} if self.topics is not None else {}
        return {"id": self.id, "type": self.type, **name, **forum}


class Place:
    """A chat, or a topic in one, through the eyes of those who are there."""

    def __init__(
        self,
        telegram: FakeTelegram,
        state: ChatState,
        owner: Person | None = None,
        thread: int | None = None,
    ) -> None:
        self.telegram = telegram
        self.state = state
        self.owner = owner
        self.thread = thread

    @property
    def id(self) -> int:
        return self.state.id

    # What people do

    def says(
        self,
        text: str,
        by: Person | None = None,
        update_id: int | None = None,
        fields: Json | None = None,
    ) -> int:
        """Write a message (in a channel: post it) and return the update's id.

        Without `by` it is the owner of the place. `fields` are added to the message as they are.
        """
        kind = "channel_post" if self.state.type == "channel" else "message"
        author: Json = {}
        if kind == "message":
            who = by or self.owner
            assert who
            author = {"from": who.json()}
        else:
            author = {"sender_chat": self.state.json()}
        message = self._message(author | {"text": text} | _command_entity(text) | (fields or {}))
        return self.telegram.emit(kind, message, update_id)

    def says_anonymously(self, text: str) -> None:
        """Write as an administrator who remains anonymous."""
        self.says(text, fields={"from": ANONYMOUS_ADMIN, "sender_chat": self.state.json()})

    def says_as_channel(self, text: str, channel: Place) -> None:
        """Write in the name of a channel."""
        self.says(text, fields={"from": CHANNEL_BOT, "sender_chat": channel.state.json()})

    def gets_automatic_forward(self, text: str, channel: Place) -> None:
        """Receive a post of the linked channel, as Telegram copies it into the discussion."""
        self.says(
            text,
            fields={
                "from": TELEGRAM,
                "sender_chat": channel.state.json(),
                "is_automatic_forward": True,
            },
        )

    def edits(self, text: str) -> None:
        """Change an older message into a command."""
        assert self.owner
        message = self._message({"from": self.owner.json(), "text": text, "edit_date": 1})
        self.telegram.emit("edited_message", message)

    def presses(self, label: str, by: Person | None = None, text: str = "") -> str:
        """Press a button of the newest message that has one with this label and `text` in it."""
        for posted in reversed(self.messages):
            if label in posted.labels and text in posted.text:
                return self.presses_data(posted.button(label)["callback_data"], by, posted)
        raise AssertionError(f"no button {label!r} in {[one.labels for one in self.messages]}")

    def presses_data(
        self, data: str, by: Person | None = None, posted: Posted | None = None, **fields: Any
    ) -> str:
        """Press a button that carries `data` and return the id of the query."""
        who = by or self.owner
        assert who
        query = {
            "id": self.telegram.new_query(),
            "from": who.json(),
            "chat_instance": "1",
            "data": data,
        }
        if posted is not None:
            query["message"] = self._message(
                {"from": self.telegram.bot, "text": posted.text, "message_id": posted.message_id}
            )
        self.telegram.emit("callback_query", query | fields)
        return str(query["id"])

    def shares(self, other: Place, request_id: int) -> None:
        """Pick a chat after pressing a button that asks for one."""
        shared = {"request_id": request_id, "chat_id": other.id, "title": other.state.title}
        self.says("", fields={"chat_shared": shared})

    # What happens to the bot

    def blocks(self) -> None:
        """Block the bot (or throw it out), which makes sending a 403."""
        self.state.refusal = "Forbidden: bot was blocked by the user"
        self._bot_becomes({"status": "kicked", "until_date": 0})

    def unblocks(self) -> None:
        """Let the bot in again."""
        self.state.refusal = None
        self._bot_becomes({"status": "member"})

    def makes_bot(self, rights: Json) -> None:
        """Give the bot other rights here."""
        self._bot_becomes(rights)

    def migrates(self, silently: bool = False) -> Place:
        """Become a supergroup with another id; the old one answers with where it went.

        `silently`: the bot is not told until it sends something there.
        """
        state = self.telegram.add_chat("supergroup", self.state.title)
        state.members = self.state.members
        self.state.moved_to = state.id
        new = Place(self.telegram, state, self.owner)
        if silently:
            return new
        assert self.owner
        author = {"from": self.owner.json()}
        self.telegram.emit("message", self._message(author | {"migrate_to_chat_id": state.id}))
        moved = new._message(author | {"migrate_from_chat_id": self.id})
        self.telegram.emit("message", moved)
        return new

    def topic(self) -> Place:
        """Open a new topic in a forum."""
        assert self.state.topics is not None
        thread = self.telegram.new_message()
        self.state.topics.add(thread)
        return Place(self.telegram, self.state, self.owner, thread)

    # What is to be seen

    @property
    def messages(self) -> list[Posted]:
        """The bot's messages here, in the order they were posted."""
        return [one for one in self.state.posted if one.thread == self.thread]

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.messages]

    async def hears(self, text: str = "", times: int = 1) -> Posted:
        """Wait for `times` messages that contain `text`, and return the last of them."""

        def found() -> list[Posted]:
            return [one for one in self.messages if text in one.text]

        try:
            await self.telegram.until(lambda: len(found()) >= times)
        except TimeoutError:
            raise AssertionError(f"{text!r} not among {self.texts}") from None
        return found()[-1]

    def _message(self, fields: Json) -> Json:
        message = {
            "message_id": self.telegram.new_message(),
            "date": 1_700_000_000,
            "chat": self.state.json(),
        }
        if self.thread is not None:
            message |= {"message_thread_id": self.thread, "is_topic_message": True}
        return message | fields

    def _bot_becomes(self, rights: Json) -> None:
        bot = self.telegram.bot
        old = self.state.members.get(bot["id"], {"status": "member"})
        self.state.members[bot["id"]] = rights
        who = self.owner.json() if self.owner else TELEGRAM
        self.telegram.emit(
            "my_chat_member",
            {
                "chat": self.state.json(),
                "from": who,
                "date": 1_700_000_000,
                "old_chat_member": member(bot, old),
                "new_chat_member": member(bot, rights),
            },
        )


# The rights that the library insists on being told about, none of them given.
_RIGHTS = {
    "administrator": (
        *("can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages"),
        *("can_manage_video_chats", "can_restrict_members", "can_promote_members"),
        *("can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories"),
        "can_delete_stories",
    ),
    "restricted": (
        *("can_change_info", "can_invite_users", "can_pin_messages", "can_send_messages"),
        *("can_send_polls", "can_send_other_messages", "can_add_web_page_previews"),
        *("can_manage_topics", "can_send_audios", "can_send_documents", "can_send_photos"),
        *("can_send_videos", "can_send_video_notes", "can_send_voice_notes", "can_edit_tag"),
        "can_react_to_messages",
    ),
    "creator": ("is_anonymous",),
}


def member(user: Json, rights: Json) -> Json:
    """What getChatMember says about a user with these rights."""
    return dict.fromkeys(_RIGHTS.get(rights["status"], ()), False) | {"user": user} | rights


def _command_entity(text: str) -> Json:
    if not text.startswith("/"):
        return {}
    return {
        "entities": [{"type": "bot_command", "offset": 0, "length": len(text.partition(" ")[0])}]
    }
