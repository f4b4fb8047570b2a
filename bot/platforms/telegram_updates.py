"""What Telegram's updates ask, read without asking anybody: who says what, where, and may they."""

from dataclasses import dataclass
from enum import Enum, auto

from telegram import CallbackQuery, Chat, Message
from telegram.constants import ChatID, ChatType, UpdateType

from bot.commands.table import read_line
from bot.errors import BadPaperId
from bot.sources.ids import find_ids, parse_id
from storage.models import Address, Platform, Room

WANTED = [
    UpdateType.MESSAGE,
    UpdateType.CHANNEL_POST,
    UpdateType.CALLBACK_QUERY,
    UpdateType.INLINE_QUERY,
    UpdateType.MY_CHAT_MEMBER,
]
"""The kinds of updates to be sent; edited messages are not among them, so that nothing that was
once said is done again: https://core.telegram.org/bots/api#getupdates."""

GENERAL = 1  # the topic that every forum has, whose number must not be given when sending


class Standing(Enum):
    """Whether somebody may change a chat's settings, as far as an update tells."""

    MAY = auto()
    MAY_NOT = auto()
    IF_ADMINISTRATOR = auto()
    """Telegram has to be asked."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where to answer: a chat, the topic in it, and its kind."""

    chat: int
    room: Room
    thread: int | None = None
    title: str = ""

    @property
    def address(self) -> Address:
        """The place as the store knows it."""
        return Address(Platform.TELEGRAM, str(self.chat), str(self.thread or ""))


@dataclass(frozen=True, slots=True)
class Asked:
    """Something that somebody wants, as a command's name and arguments.

    `person` is a user's number, or a chat's where somebody writes in the name of one.
    `message` is the message that asks, or whose button was pressed (`query` is the press).
    `link` marks an address that stands alone, which is not always meant for us. `about` is the
    chat that it is about where that is another one than where it is asked.
    """

    place: Place
    person: int
    standing: Standing
    command: str
    arguments: str = ""
    language: str | None = None
    message: int | None = None
    query: str | None = None
    link: bool = False
    about: Place | None = None


def asked_by_message(message: Message, bot_name: str) -> Asked | None:
    """Read a message or a channel post; None where it is nothing for us.

    A link to a paper that stands alone is read like `/paper`. In a private chat everything is
    meant for us: what is no command comes with an empty name.
    """
    who = _author(message)
    text = message.text
    if who is None or not text or message.via_bot is not None:
        return None
    place = place_of(message)
    line = read_line(text, bot_name) if message.forward_origin is None else None
    link = line is None and _is_paper(text, in_public=place.room is not Room.PRIVATE)
    if link:
        line = ("paper", text.strip())
    if line is None and place.room is Room.PRIVATE and read_line(text) is None:
        line = ("", text)
    if line is None:
        return None
    person, standing = who
    user = message.from_user
    return Asked(
        place=place,
        person=person,
        standing=standing,
        command=line[0],
        arguments=line[1],
        language=user.language_code if user and not user.is_bot else None,
        message=message.message_id,
        link=link,
    )


def asked_by_button(query: CallbackQuery) -> Asked | None:
    """Read the press of a button, which carries a command line; None where it carries none.

    Everybody who reads a channel may press what is posted there.
    """
    message = query.message
    line = read_line(f"/{query.data}") if query.data else None
    if message is None or line is None:
        return None
    place = place_of(message) if isinstance(message, Message) else _place(message.chat)
    private = place.room is Room.PRIVATE
    return Asked(
        place=place,
        person=query.from_user.id,
        standing=Standing.MAY if private else Standing.IF_ADMINISTRATOR,
        command=line[0],
        arguments=line[1],
        language=query.from_user.language_code,
        message=message.message_id,
        query=query.id,
    )


def place_of(message: Message) -> Place:
    """Where a message stands.

    Answers in ordinary groups carry the number of a thread too, which is no topic.
    """
    topic = message.message_thread_id if message.is_topic_message else None
    return _place(message.chat, None if topic == GENERAL else topic)


def room_of(chat: Chat) -> Room:
    """Which kind of place a chat is."""
    if chat.type == ChatType.PRIVATE:
        return Room.PRIVATE
    return Room.CHANNEL if chat.type == ChatType.CHANNEL else Room.GROUP


def _place(chat: Chat, thread: int | None = None) -> Place:
    return Place(chat.id, room_of(chat), thread, chat.effective_name or "")


def _author(message: Message) -> tuple[int, Standing] | None:
    """Who wrote a message, and whether they may change settings; None for who is not answered.

    Only administrators can post in a channel, and those who remain anonymous write in the name
    of the group: https://core.telegram.org/bots/api#message.
    """
    user, chat = message.from_user, message.chat
    if message.is_automatic_forward or (user and user.id == ChatID.SERVICE_CHAT):
        return None
    if message.sender_chat is not None:
        own = message.sender_chat.id == chat.id
        return message.sender_chat.id, Standing.MAY if own else Standing.MAY_NOT
    if user is None or user.is_bot:
        return None
    private = chat.type == ChatType.PRIVATE
    return user.id, Standing.MAY if private else Standing.IF_ADMINISTRATOR


def _is_paper(text: str, in_public: bool) -> bool:
    """Whether a text is one id or link and nothing else; in public only links count."""
    word = text.strip()
    if any(sign.isspace() for sign in word) or (in_public and "/" not in word):
        return False
    try:
        return bool(find_ids(word)) and bool(parse_id(word))
    except BadPaperId:
        return False
