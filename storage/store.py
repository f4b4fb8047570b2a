"""The store: every question and every change that the rest of the program has for the database.

Each method is one transaction or one read. The SQL is in the modules beside this one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Self

from storage import announcements, imports, listings, papers, readers, search, summaries
from storage.answers_store import Answers
from storage.database import Database
from storage.digests import Digests
from storage.errors import DatabaseBroken
from storage.imports import ImportedEntry, Progress
from storage.models import (
    Address,
    Announced,
    Announcement,
    Batch,
    Chat,
    Entry,
    Paper,
    Platform,
    Subscription,
    Summary,
)
from storage.outbox_store import OutboxStore
from storage.papers import Changes
from storage.requests import Requests
from storage.schema import MIGRATIONS
from storage.standings import Standings

FILE_NAME = "paperboy.db"
LOCK_NAME = "paperboy.lock"


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of matches, best first; `total` counts matches up to `search.NEWEST_MATCHES`."""

    papers: tuple[Paper, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How much is stored."""

    papers: int
    summaries: int
    announcements: int
    imported_digests: int
    bytes_on_disk: int


class Store:
    """An open store; made by `open`, ended by `close`.

    `standings` and `digests` hold what the clock's work needs, `outbox` what delivery needs,
    `answers` what language models wrote.
    """

    def __init__(self, database: Database, plain: Callable[[str], str]) -> None:
        self._database = database
        self._plain = plain
        self.answers = Answers(database, plain)
        self.standings = Standings(database)
        self.digests = Digests(database)
        self.requests = Requests(database)
        self.outbox = OutboxStore(database)

    @classmethod
    async def open(cls, data_dir: Path, plain: Callable[[str], str]) -> Self:
        """Open or create the database in `data_dir`.

        `plain` turns text as arXiv serves it into what people type when they search for it.
        Raises StorageError where the database cannot be used.
        """
        database = await Database.open(
            data_dir / FILE_NAME, MIGRATIONS, {"searchable": search.searchable}
        )
        return cls(database, plain)

    async def close(self) -> None:
        """Close the database."""
        await self._database.close()

    async def add_papers(
        self,
        new_papers: Iterable[Paper],
        new_summaries: Iterable[Summary] = (),
        authoritative: bool = True,
    ) -> Changes:
        """Store papers with summaries of them; see `storage.papers.merged` for what may change."""
        async with self._database.write() as connection:
            return await papers.put(
                connection, new_papers, new_summaries, self._plain, authoritative
            )

    async def papers(self, paper_ids: Iterable[str]) -> dict[str, Paper]:
        """Read papers by id; unknown ids are left out."""
        async with self._database.read() as connection:
            return await papers.get(connection, paper_ids)

    async def summaries(self, versions: Mapping[str, int], language: str) -> dict[str, Summary]:
        """Read summaries in one language for papers (id -> version), by paper id."""
        async with self._database.read() as connection:
            return await summaries.get(connection, versions, language)

    async def add_batch(
        self,
        category: str,
        day: date,
        new_papers: Iterable[Paper],
        rows: Iterable[Announcement],
        stored_at: datetime,
    ) -> Changes:
        """Store a batch with its papers, as a whole or not at all."""
        async with self._database.write() as connection:
            changes = await papers.put(connection, new_papers, (), self._plain, authoritative=True)
            await announcements.put(connection, category, day, rows, stored_at)
            return changes

    async def announcements(self, category: str, since: date) -> tuple[Announcement, ...]:
        """Read every row that one category announced on `since` or later."""
        async with self._database.read() as connection:
            return await announcements.of_category(connection, category, since)

    async def announced(self, batches: Sequence[tuple[str, date]]) -> tuple[Announced, ...]:
        """Read the papers of some batches, each once with all its rows there."""
        async with self._database.read() as connection:
            return await announcements.announced(connection, batches)

    async def batches(self, categories: Sequence[str], until: date) -> tuple[Batch, ...]:
        """Read the newest batch with rows of each category, no newer than `until`."""
        async with self._database.read() as connection:
            return await announcements.batches(connection, categories, until)

    async def newest_batches(self) -> tuple[Batch, ...]:
        """Read the newest batch of every category there is."""
        async with self._database.read() as connection:
            return await announcements.newest_batches(connection)

    async def search(self, condition: search.Condition, limit: int, offset: int = 0) -> SearchPage:
        """Find stored papers, best match first."""
        async with self._database.read() as connection:
            found = await search.find(connection, condition, limit, offset)
            return SearchPage(await papers.get_by_keys(connection, found.keys), found.total)

    async def import_step(
        self,
        source: str,
        progress: Progress,
        new_papers: Iterable[Paper] = (),
        new_summaries: Iterable[Summary] = (),
        digest: tuple[str, Sequence[ImportedEntry]] | None = None,
    ) -> Changes:
        """Store a portion of an imported file together with how far it has been read.

        Imported papers only fill what is missing. `digest` is (language, entries) where the file
        is one digest.
        """
        async with self._database.write() as connection:
            changes = await papers.put(
                connection, new_papers, new_summaries, self._plain, authoritative=False
            )
            key = await imports.put_digest(connection, *digest) if digest else None
            await imports.put_progress(connection, source, progress, key)
            return changes

    async def import_progress(self, source: str) -> Progress | None:
        """Read how far a source has been imported; None where it is new."""
        async with self._database.read() as connection:
            return await imports.get_progress(connection, source)

    async def imported_sources(self) -> dict[str, str]:
        """Read which file holds which imported digest: source -> digest id."""
        async with self._database.read() as connection:
            return await imports.sources(connection)

    async def imported_digest(self, key: str) -> tuple[str, tuple[Entry, ...]]:
        """Read the language and the entries of an imported digest; raises KeyError if unknown."""
        async with self._database.read() as connection:
            return await imports.get_digest(connection, key)

    async def remember_listing(self, reader: str, paper_ids: Sequence[str]) -> None:
        """Remember the list of papers that `reader` was shown last."""
        async with self._database.write() as connection:
            await listings.put(connection, reader, paper_ids)

    async def listing(self, reader: str) -> tuple[str, ...]:
        """Read the list of papers that `reader` was shown last."""
        async with self._database.read() as connection:
            return await listings.get(connection, reader)

    async def chat(self, address: Address) -> Chat | None:
        """Read one chat; None where nobody there ever changed anything."""
        async with self._database.read() as connection:
            return await readers.get_chat(connection, address)

    async def put_chat(self, chat: Chat) -> None:
        """Store a chat with its settings."""
        async with self._database.write() as connection:
            await readers.put_chat(connection, chat)

    async def resume_chat(self, platform: Platform, chat: str) -> int:
        """Let everything of a chat that was paused go on, topics included; returns how many did."""
        async with self._database.write() as connection:
            return await readers.resume_chat(connection, platform, chat)

    async def move_chat(self, old: Address, new: Address) -> None:
        """Re-key everything of a chat, topics included."""
        async with self._database.write() as connection:
            await readers.move_chat(connection, old, new)

    async def forget_chat(self, address: Address) -> None:
        """Delete everything that is known about a chat."""
        async with self._database.write() as connection:
            await readers.forget_chat(connection, address)

    async def subscriptions(self, address: Address) -> tuple[Subscription, ...]:
        """Read a chat's subscriptions, oldest first."""
        async with self._database.read() as connection:
            return await readers.subscriptions(connection, address)

    async def put_subscription(self, subscription: Subscription) -> Subscription:
        """Store a subscription (number 0: a new one) and return it with its number."""
        async with self._database.write() as connection:
            return await readers.put_subscription(connection, subscription)

    async def delete_subscriptions(self, address: Address, numbers: Sequence[int]) -> None:
        """Delete some of a chat's subscriptions."""
        async with self._database.write() as connection:
            await readers.delete_subscriptions(connection, address, numbers)

    async def save_paper(self, address: Address, paper_id: str) -> bool:
        """Put a stored paper on a chat's list; False where it was there."""
        async with self._database.write() as connection:
            return await readers.save_paper(connection, address, paper_id)

    async def unsave_paper(self, address: Address, paper_id: str) -> bool:
        """Take a paper off a chat's list; False where it was not there."""
        async with self._database.write() as connection:
            return await readers.unsave_paper(connection, address, paper_id)

    async def saved_papers(self, address: Address) -> tuple[str, ...]:
        """Read the ids on a chat's list, the last one saved first."""
        async with self._database.read() as connection:
            return await readers.saved_papers(connection, address)

    async def put_note(self, name: str, text: str) -> None:
        """Keep a short text under a name."""
        async with self._database.write() as connection:
            await readers.put_note(connection, name, text)

    async def note(self, name: str) -> str | None:
        """Read what is kept under a name."""
        async with self._database.read() as connection:
            return await readers.get_note(connection, name)

    async def counts(self) -> Counts:
        """Count what is stored."""
        tables = ("papers", "summaries", "announcements", "imported_digests")
        async with self._database.read() as connection:
            columns = ", ".join(f"(SELECT count(*) FROM {table})" for table in tables)
            rows = await connection.execute_fetchall(f"SELECT {columns}")
        found = dict(zip(tables, next(iter(rows)), strict=True))
        return Counts(**found, bytes_on_disk=self._database.path.stat().st_size)

    async def check(self) -> None:
        """Read the whole database and compare the search index with the text.

        It takes as much room again for a while: comparing locks the database (measured: 15 s for
        200,000 papers), so it is done in a copy. Raises DatabaseBroken where something is damaged.
        """
        async with self._database.read() as connection:
            rows = await connection.execute_fetchall("PRAGMA quick_check(1)")
            if (problem := next(iter(rows))[0]) != "ok":
                raise DatabaseBroken(f"{self._database.path} is damaged: {problem}")
        async with self._database.scratch() as copy:
            await search.check(copy)

    async def backup(self, target: Path) -> None:
        """Write a consistent copy of the database to `target`, beside a running bot too.

        Raises StorageError where `target` exists or cannot be written.
        """
        await self._database.backup(target)
