"""What becomes of chats: who administers them, where nothing can be sent, and which ones moved."""

import logging
import math
from dataclasses import replace

from telegram import ChatMemberAdministrator, ChatMemberRestricted, ChatMemberUpdated
from telegram.constants import ChatMemberStatus
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.clock import Clock
from bot.delivery.pace import Lane
from bot.platforms.telegram_errors import BLOCKED, NO_RIGHTS
from bot.platforms.telegram_updates import room_of
from storage.models import Address, Platform, Room
from storage.store import Store

REMEMBERED = 60.0  # seconds for which an answer about somebody's rights is taken to hold
MOST_REMEMBERED = 1000

ADMINISTRATORS = frozenset({ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR})
ABSENT = frozenset({ChatMemberStatus.LEFT, ChatMemberStatus.BANNED})

_log = logging.getLogger(__name__)


class Rights:
    """Asks Telegram who administers a chat, each question at most once a minute."""

    def __init__(self, bot: ExtBot[Lane], clock: Clock) -> None:
        self._bot = bot
        self._clock = clock
        self._known: dict[tuple[int, int], tuple[bool, float]] = {}

    async def administers(self, person: int, chat: int) -> bool:
        """Tell whether somebody is an administrator of a chat; not, where nobody can tell.

        Nobody administers a private chat, whose number is that of a person, and positive.
        """
        if chat > 0:
            return False
        now = self._clock.monotonic()
        known, until = self._known.get((chat, person), (False, -math.inf))
        if now < until:
            return known
        try:
            member = await self._bot.get_chat_member(chat, person)
        except TelegramError as error:
            _log.warning("who administers chat %s is unknown: %s", chat, error)
            return False
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        found = member.status in ADMINISTRATORS
        self._known[chat, person] = (found, now + REMEMBERED)
        return found

    async def may_post(self, chat: int, room: Room) -> bool:
        """Tell whether the bot itself may write in a chat."""
        try:
            member = await self._bot.get_chat_member(chat, self._bot.id)
        except TelegramError:
            return False
        return _can_post(member, room)


async def membership_changed(store: Store, change: ChatMemberUpdated) -> None:
    """Pause a chat whose people blocked, removed or muted the bot; go on where they let it in.

    Telegram tells it of the chat alone: what was paused of its topics goes on with it.
    """
    room = room_of(change.chat)
    member = change.new_chat_member
    address = Address(Platform.TELEGRAM, str(change.chat.id))
    if member.status in ABSENT:
        await set_paused(store, address, BLOCKED)
    elif not _can_post(member, room):
        await set_paused(store, address, NO_RIGHTS)
    elif resumed := await store.resume_chat(address.platform, address.id):
        _log.info("%s: can be sent to again, topics included: %d", address, resumed)


async def set_paused(store: Store, address: Address, reason: str | None) -> None:
    """Note why nothing can be sent to a chat, or that it can; one nobody knows stays unknown."""
    chat = await store.chat(address)
    if chat is None or chat.paused == reason:
        return
    await store.put_chat(replace(chat, paused=reason))
    _log.info("%s: %s", address, reason or "can be sent to again")


async def moved(store: Store, old: int, new: int) -> None:
    """Keep everything of a group under the number that it has now."""
    before, after = (Address(Platform.TELEGRAM, str(chat)) for chat in (old, new))
    await store.move_chat(before, after)
    _log.info("%s is %s now", before, after)


def _can_post(member: object, room: Room) -> bool:
    """Whether a member may write; in a channel that takes a right of its own."""
    if isinstance(member, ChatMemberAdministrator):
        return room is not Room.CHANNEL or bool(member.can_post_messages)
    if isinstance(member, ChatMemberRestricted):
        return member.is_member and member.can_send_messages
    status = getattr(member, "status", ChatMemberStatus.LEFT)
    return status not in ABSENT and room is not Room.CHANNEL
