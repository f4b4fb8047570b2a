"""Subscribing a channel or group from the private chat, where nobody else reads along.

A button lets people pick the chat. What is shown about it afterwards carries the chat's number in
its own buttons, so that pressing them is about that chat, whenever that is.
"""

from dataclasses import replace

from telegram import Message as Received

from bot.commands.request import Services, carried, expanded
from bot.commands.table import read_line
from bot.platforms.telegram_chats import Rights
from bot.platforms.telegram_post import Post, Target
from bot.platforms.telegram_updates import Asked, Place, Standing, place_of
from formatters.document import Action, Actions, Block, Document
from formatters.telegram import Message
from formatters.words import Words
from storage.models import Chat, Room

COMMAND = "connect"  # /connect [QUERY]
ELSEWHERE = "at"  # begins the command line of a button that is about another chat

CARRIED = frozenset({"subscribe", "unsubscribe", "list"})
"""The commands of such buttons: what follows from subscribing a chat, and nothing else."""

ROOMS = {1: Room.CHANNEL, 2: Room.GROUP}
"""What was asked for, by the number that comes back with the choice."""

# Every right that has to be named: https://core.telegram.org/bots/api#chatadministratorrights
_NO_RIGHTS = dict.fromkeys(
    (
        *("is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats"),
        *("can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users"),
        *("can_post_stories", "can_edit_stories", "can_delete_stories"),
        "can_send_welcome_messages",
    ),
    False,
)
_POSTING = _NO_RIGHTS | {"can_post_messages": True}


class Connecting:
    """Lets administrators connect their chats."""

    def __init__(self, services: Services, rights: Rights, post: Post) -> None:
        self._services = services
        self._rights = rights
        self._post = post

    async def ask(self, asked: Asked, texts: Words) -> None:
        """Let somebody pick a chat; what they want it to get is kept until they have."""
        await self._services.store.put_note(_note(asked.person), asked.arguments.strip())
        await self._post.message(Target(asked.place), invitation(texts))

    async def picked(self, message: Received, texts: Words) -> Asked | None:
        """Look at the chat that was picked, and tell what follows.

        Returns what it is to be subscribed to, if that was said before.
        """
        shared, user = message.chat_shared, message.from_user
        if shared is None or user is None or shared.request_id not in ROOMS:
            return None
        room = ROOMS[shared.request_id]
        about = Place(shared.chat_id, room, title=shared.title or str(shared.chat_id))
        refusal = await self._refusal(user.id, about, texts)
        query = await self._services.store.note(_note(user.id)) or ""
        if refusal is None:
            await self._remember(about)
        said = "telegram.connected" if query else "telegram.connected_next"
        text = refusal or texts(said, title=about.title)
        here = place_of(message)
        await self._post.message(Target(here), _said(text))
        if refusal or not query:
            return None
        return Asked(
            place=here,
            person=user.id,
            standing=Standing.MAY,
            command="subscribe",
            arguments=query,
            language=user.language_code,
            about=about,
        )

    async def elsewhere(self, asked: Asked) -> Asked:
        """Read a button that is about another chat; it stays unread where that is not theirs.

        Whoever changes their client can press any line, so nothing of it counts, not even to look
        at something, before Telegram has told that they administer the chat.
        """
        number, _, line = asked.arguments.partition(" ")
        command, arguments = read_line(f"/{line}") or ("", "")
        if command not in CARRIED or not number.removeprefix("-").isdecimal():
            return replace(asked, command="", arguments="")
        if not await self._rights.administers(asked.person, int(number)):
            return asked
        about = Place(int(number), Room.GROUP)
        known = await self._services.store.chat(about.address)
        return replace(
            asked,
            command=command,
            arguments=arguments,
            standing=Standing.MAY,
            about=replace(about, room=known.room, title=known.title) if known else about,
        )

    async def pointed(self, document: Document, about: Place) -> Document:
        """Let the buttons of a document be about another chat than the one it is shown in."""
        blocks = tuple([await self._pointed_block(block, about) for block in document.blocks])
        return replace(document, blocks=blocks)

    async def _pointed_block(self, block: Block, about: Place) -> Block:
        if not isinstance(block, Actions):
            return block
        rows = [[await self._pointed(one, about) for one in row] for row in block.rows]
        return Actions(tuple(map(tuple, rows)))

    async def _pointed(self, action: Action, about: Place) -> Action:
        if not action.command:
            return action
        line = await expanded(self._services, action.command)
        line = await carried(self._services, f"{ELSEWHERE} {about.chat} {line}")
        return replace(action, command=line)

    async def _refusal(self, person: int, about: Place, texts: Words) -> str | None:
        if not await self._rights.administers(person, about.chat):
            return texts("telegram.not_yours", title=about.title)
        if not await self._rights.may_post(about.chat, about.room):
            return texts("telegram.cannot_post", title=about.title)
        return None

    async def _remember(self, about: Place) -> None:
        """Keep the kind and the name of a chat, which buttons about it do not carry."""
        store = self._services.store
        chat = await store.chat(about.address) or Chat(about.address)
        await store.put_chat(replace(chat, room=about.room, title=about.title, paused=None))


def invitation(texts: Words) -> Message:
    """Ask to pick a channel or a group; Telegram offers those where the person may let us in."""
    channel = {
        "request_id": 1,
        "chat_is_channel": True,
        "user_administrator_rights": _POSTING,
        "bot_administrator_rights": _POSTING,
        "request_title": True,
    }
    group = {
        "request_id": 2,
        "chat_is_channel": False,
        "user_administrator_rights": _NO_RIGHTS,
        "bot_is_member": True,
        "request_title": True,
    }
    keys = (("telegram.pick_channel", channel), ("telegram.pick_group", group))
    keyboard = [[{"text": texts(label), "request_chat": chat}] for label, chat in keys]
    markup = {"keyboard": keyboard, "resize_keyboard": True, "one_time_keyboard": True}
    return _said(texts("telegram.pick"), markup)


def _said(text: str, markup: object = None) -> Message:
    """A plain message; without another keyboard it takes the present one away."""
    markup = markup or {"remove_keyboard": True}
    return Message("sendMessage", {"text": text, "reply_markup": markup})


def _note(person: int) -> str:
    return f"telegram connect {person}"
