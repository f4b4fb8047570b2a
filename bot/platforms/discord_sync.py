"""Tells Discord which commands there are, in every language, only when something changed."""

import hashlib
import json
import logging

import discord
from discord import app_commands

from bot.platforms.discord_exchange import LOST
from formatters.words import FALLBACK, words
from storage.errors import StorageError
from storage.store import Store

_log = logging.getLogger(__name__)


class Catalogues(app_commands.Translator):
    """Translates what `spoken` made; what has no catalogue of its own stays English."""

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        _context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """The text in a language of Discord's; None where it is to stay as it is."""
        texts, label = words(locale.value), string.extras.get("label")
        return None if label is None or texts.language == FALLBACK else str(label(texts))


async def publish(tree: app_commands.CommandTree[discord.Client], store: Store) -> bool:
    """Send all commands if they are not those that were sent last; True where that was done.

    What could not be sent is logged, and tried again at the next call.
    """
    name = f"discord commands {tree.client.application_id}"
    try:
        wanted = await fingerprint(tree)
        if await store.note(name) == wanted:
            return False
        await tree.sync()
        await store.put_note(name, wanted)
    except (*LOST, StorageError) as error:
        _log.warning("the commands that Discord shows are not up to date: %s", error)
        return False
    return True


async def fingerprint(tree: app_commands.CommandTree[discord.Client]) -> str:
    """Another one whenever something changed in any language."""
    translator = tree.translator or Catalogues()
    menus = tree.get_commands(type=discord.AppCommandType.message)
    commands = [*tree.get_commands(type=discord.AppCommandType.chat_input), *menus]
    payloads = [await one.get_translated_payload(tree, translator) for one in commands]
    return hashlib.sha256(json.dumps(payloads, sort_keys=True).encode()).hexdigest()
