"""The bot's menu of commands and what its profile says, per language, sent only when changed."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from telegram import BotCommand, BotCommandScope, BotCommandScopeAllPrivateChats
from telegram.ext import ExtBot

from bot.commands.table import menu
from bot.platforms.telegram_connect import COMMAND
from formatters.words import FALLBACK, languages, words
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Profile:
    """What people of one language see before they have said anything.

    `code` is empty for the language of everybody else. `connect` is the one command that is for
    private chats only.
    """

    code: str
    commands: tuple[tuple[str, str], ...]
    connect: tuple[str, str]
    description: str
    short_description: str

    @property
    def fingerprint(self) -> str:
        """Another one whenever something changed."""
        content = (self.commands, self.connect, self.description, self.short_description)
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def profile(language: str) -> Profile:
    """The profile in a language that has a catalogue."""
    texts = words(language)
    return Profile(
        code="" if language == FALLBACK else language,
        commands=menu(language),
        connect=(COMMAND, texts("telegram.connect")),
        description=texts("telegram.description"),
        short_description=texts("telegram.short_description"),
    )


async def publish(bot: ExtBot[Any], store: Store) -> None:
    """Send the profile in every language in which it is not what was sent last.

    Raises TelegramError where Telegram does not take it; what was taken is not sent again.
    """
    for language in languages():
        wanted = profile(language)
        name = f"telegram profile {bot.id} {language}"
        if await store.note(name) == wanted.fingerprint:
            continue
        await _send(bot, wanted)
        await store.put_note(name, wanted.fingerprint)


async def _send(bot: ExtBot[Any], wanted: Profile) -> None:
    code = wanted.code or None
    scopes = (
        (BotCommandScope(BotCommandScope.DEFAULT), wanted.commands),
        (BotCommandScopeAllPrivateChats(), (*wanted.commands, wanted.connect)),
    )
    for scope, commands in scopes:
        listed = [BotCommand(name, text) for name, text in commands]
        await bot.set_my_commands(listed, scope=scope, language_code=code)
    await bot.set_my_description(wanted.description, language_code=code)
    await bot.set_my_short_description(wanted.short_description, language_code=code)
