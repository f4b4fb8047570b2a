"""What a command gets and gives: who asks what where, and the document that answers."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bot.clock import Clock
from bot.config import Config
from bot.enrich.enricher import Enricher
from bot.sources.api import ArxivApi
from bot.sources.fetch import FeedFetcher
from formatters.document import ACTION_BYTES, Action, Actions, Document
from formatters.words import Words, words
from storage.models import Address, Chat
from storage.store import Store

KEPT_LINE = "kept "  # begins the command of a button whose line is longer than a button can carry


def _nobody() -> None:
    """Wake nobody: without a running bot nothing is delivered."""


@dataclass(frozen=True, slots=True)
class Services:
    """What commands work with; without an enricher, summaries are what is stored.

    `wake` tells the outbox that there is something to deliver, which it else finds in a minute.
    """

    config: Config
    clock: Clock
    store: Store
    fetcher: FeedFetcher
    api: ArxivApi
    enricher: Enricher | None = None
    wake: Callable[[], None] = _nobody


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks. `language` is what the client says it speaks.

    `may_change` tells whether this chat's settings are theirs to change (always in a private
    chat); `operates` marks the operators named in the configuration. `alone`: nobody else will see
    the answer, so that it is in their own language whatever the chat's is.
    """

    id: str
    language: str | None = None
    may_change: bool = True
    operates: bool = False
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """One command: its name without the slash, and the rest of the line as it was written.

    `pressed` tells that a button was pressed, whose message the reply may replace. `reading_list`
    is where the asker's own one is kept, if not in the chat; `spoken` is the language of the
    community that the chat is part of.
    """

    chat: Chat
    asker: Asker
    command: str
    arguments: str = ""
    pressed: bool = False
    reading_list: Address | None = None
    spoken: str | None = None

    def language(self, config: Config) -> str:
        """Choose the language of the reply: the chat's own, else the client's, else the default.

        Clients give whole tags; two letters of `zh-hans` are what summaries are stored under.
        """
        clients = (self.asker.language or "").replace("_", "-").partition("-")[0].lower()
        if self.asker.alone and clients:
            return clients
        return self.chat.settings.language or clients or config.language


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer.

    `private`: only the asker should see it where the platform can do that. `replaces`: where a
    button was pressed, the message with the button becomes this one. `file` is (name, content) to
    attach.
    """

    document: Document
    private: bool = False
    replaces: bool = False
    file: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """A request with what its command needs to answer it."""

    services: Services
    request: Request
    words: Words = field(init=False)

    def __post_init__(self) -> None:
        """Look up the texts in the reader's language once."""
        language = self.request.language(self.services.config)
        object.__setattr__(self, "words", words(language))

    @property
    def chat(self) -> Chat:
        """The chat that asks."""
        return self.request.chat

    @property
    def reading_list(self) -> Address:
        """Where the papers are kept that the asker saves."""
        return self.request.reading_list or self.request.chat.address

    @property
    def store(self) -> Store:
        """The store."""
        return self.services.store

    @property
    def language(self) -> str:
        """The language of the reply and of summaries in it."""
        return self.request.language(self.services.config)


def with_actions(document: Document, *rows: tuple[Action, ...]) -> Document:
    """Put rows of buttons below a document; empty rows are left out."""
    kept = tuple(row for row in rows if row)
    if not kept:
        return document
    return replace(document, blocks=(*document.blocks, Actions(kept)))


async def carried(services: Services, line: str) -> str:
    """Make a command line short enough for a button: a long one is kept under its fingerprint."""
    if len(line.encode()) <= ACTION_BYTES:
        return line
    key = KEPT_LINE + hashlib.sha256(line.encode()).hexdigest()[:32]
    await services.store.put_note(key, line)
    return key


async def expanded(services: Services, line: str) -> str:
    """Read back what `carried` made of a command line; empty where nothing is known of it."""
    if not line.startswith(KEPT_LINE):
        return line
    return await services.store.note(line) or ""
