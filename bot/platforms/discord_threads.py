"""The button "Details in thread": the cards of a digest go into a thread when somebody wants them.

The thread and its cards are put into the outbox, once however often the button is pressed, and so
they are posted once. A message's thread has the message's own number, so that the way there is
known before the thread is made.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from bot.commands.history import LOST
from bot.commands.papers import with_summaries
from bot.commands.request import Reply, Services, with_actions
from bot.digest.calendar import latest_batch_day
from bot.digest.parser import parse_stored
from bot.digest.scope import looked_in
from bot.platforms.discord_answer import Answering
from bot.platforms.discord_asked import Asked, Interaction, Place, language_of, place_of
from bot.platforms.discord_rights import missing
from formatters.discord_digest import discord_thread
from formatters.document import Action, Document, Paragraph, Span
from formatters.views import digest_view, error_view
from formatters.words import Words, words
from storage.deliveries import Delivery
from storage.models import Address, Digest, Entry, Platform
from storage.records import DigestRecord

LINE = "thread"
"""What the button carries."""

ADDRESS = "https://discord.com/channels/{}/{}"
TAKES = (("thread", False), ("message", True))


class Threads:
    """Answers presses of the button."""

    def __init__(self, services: Services, answering: Answering) -> None:
        self._services = services
        self._answering = answering
        self._one_at_a_time = asyncio.Lock()

    async def pressed(self, interaction: Interaction) -> None:
        """See to it that there is a thread, and lead the way."""
        asked = Asked(LINE, pressed=True)
        await self._answering.give(interaction, asked, self._reply(interaction, asked))

    async def _reply(self, interaction: Interaction, asked: Asked) -> Reply:
        texts = words(language_of(interaction, asked))
        place, message = place_of(interaction, asked), interaction.message
        if place is None or message is None:
            return _refusal(texts, texts("discord.no_digest"))
        lacking = _lacking(interaction, place, texts)
        if lacking:
            return _refusal(texts, lacking)
        chat = Address(Platform.DISCORD, str(place.id))
        async with self._one_at_a_time:
            known = await self._begun(chat, str(message.id))
        if not known:
            return _refusal(texts, texts("discord.no_digest"))
        text = Paragraph((Span(texts("discord.thread")),))
        url = ADDRESS.format(place.guild.id, message.id)
        way = Action(texts("discord.thread_open"), url=url)
        return Reply(with_actions(Document(texts.language, (text,)), (way,)), private=True)

    async def _begun(self, chat: Address, message: str) -> bool:
        """Put a digest's cards into the outbox unless they are; False for a message of no digest.

        Killed before they are in the outbox, nothing has happened; afterwards they are known there,
        so that another press adds nothing, and tries again what failed. One press is dealt with at
        a time.
        """
        store = self._services.store
        delivery = await store.outbox.by_result(chat, message)
        if delivery is None or delivery.digest is None:
            return False
        deliveries = await store.outbox.of_digest(delivery.digest)
        thread = next((one for one in deliveries if one.method == "thread"), None)
        if thread:
            await self._try_again(_lost(thread, deliveries))
            return True
        record = await store.digests.digest(delivery.digest)
        if record is None:
            return False
        calls = discord_thread(await self._document(record), message)
        now = self._services.clock.now()
        await store.outbox.enqueue(calls, chat, record.number, now)
        self._services.wake()
        return True

    async def _try_again(self, numbers: Sequence[int]) -> None:
        if numbers:
            await self._services.store.outbox.retry(numbers, self._services.clock.now())
            self._services.wake()

    async def _document(self, record: DigestRecord) -> Document:
        """The digest as it went out, as far as that is kept."""
        stored = await self._services.store.papers([one.paper_id for one in record.posted])
        posted = [one for one in record.posted if one.paper_id in stored]
        papers = [replace(stored[one.paper_id], version=one.version) for one in posted]
        found = await with_summaries(self._services, papers, record.language)
        entries = tuple(
            Entry(paper, one.kind, one.version, reason=one.reason, summary=summary)
            for one, (paper, summary) in zip(posted, found, strict=True)
        )
        digest = Digest(record.query, record.language, self._batches(record), entries)
        return digest_view(digest, words(record.language))

    def _batches(self, record: DigestRecord) -> tuple[tuple[str, date], ...]:
        """The newest batches that the digest was about."""
        wanted = looked_in(self._services.config, parse_stored(record.query))
        return tuple((category, latest_batch_day(record.slot)) for category in wanted)


def _lost(thread: Delivery, deliveries: Sequence[Delivery]) -> list[int]:
    """What was not made of a thread and its cards, by their numbers."""
    return [
        one.number
        for one in deliveries
        if thread.number in (one.number, one.about) and one.state in LOST
    ]


def _refusal(texts: Words, problem: str) -> Reply:
    return Reply(error_view(problem, texts), private=True)


def _lacking(interaction: Interaction, place: Place, texts: Words) -> str:
    """What to change before there can be a thread; empty where nothing is missing."""
    granted = interaction.app_permissions
    names = [name for method, inside in TAKES for name in missing(granted, method, inside)]
    if not names:
        return ""
    said = [texts(f"discord_permission.{name}") for name in dict.fromkeys(names)]
    rights = texts("discord.separator").join(said)
    return texts("discord.missing", channel=f"#{place.name}", rights=rights)
