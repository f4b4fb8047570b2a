"""Digests in the database: what each held, which chat got which paper, and what became of slots."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from aiosqlite import Connection

from storage import announcements, listings, outbox
from storage.database import Database
from storage.models import Address, Announced, Announcement, Call, Kind, Platform
from storage.records import DigestRecord, Posted, SlotOutcome
from storage.rows import in_portions, marks

_COLUMNS = (
    "subscription, platform, chat, thread, query, language, kinds, max_papers, slot, made, since,"
    " arrivals_before, arrivals_read, announced, matched, outcome"
)


@dataclass(frozen=True, slots=True)
class Turn:
    """How a subscription goes on after a slot: its next one, and how far it has read."""

    slot: datetime
    due: datetime
    since: date
    cursor: int


class Digests:
    """What making digests asks of the store; each method is one transaction or one read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def arrivals(self) -> int:
        """Count how often rows have arrived; the cursor of who has read everything."""
        async with self._database.read() as connection:
            return await announcements.arrivals(connection)

    async def batches(self, since: date) -> dict[str, dict[date, int]]:
        """Read the batches later than `since`, by category and day, with their newest arrivals."""
        async with self._database.read() as connection:
            return await announcements.arrivals_of_batches(connection, since)

    async def arrived(self, since: date, after: int, until: int) -> tuple[Announced, ...]:
        """Read what was announced for days later than `since`; see `storage.announcements`."""
        async with self._database.read() as connection:
            return await announcements.arrived(connection, since, after, until)

    async def arrivals_of(self, paper_id: str, since: date) -> tuple[tuple[Announcement, int], ...]:
        """Read what was announced of a paper on `since` or later, each row with its arrival."""
        async with self._database.read() as connection:
            return await announcements.arrivals_of(connection, paper_id, since)

    async def seen(
        self, address: Address, paper_ids: Iterable[str], before: int | None = None
    ) -> dict[str, int]:
        """Read which of these papers a chat has got, with the newest version of each.

        With `before`, only what came in digests of lower numbers counts.
        """
        found: dict[str, int] = {}
        async with self._database.read() as connection:
            for some in in_portions(list(paper_ids)):
                rows = await connection.execute_fetchall(
                    "SELECT paper_id, max(version) FROM posted WHERE platform = ? AND chat = ?"
                    f" AND thread = ? AND digest < ? AND paper_id IN ({marks(some)})"
                    " GROUP BY paper_id",
                    (*_key(address), _NO_END if before is None else before, *some),
                )
                found.update((str(row[0]), int(row[1])) for row in rows)
        return found

    async def commit(
        self, record: DigestRecord, turn: Turn, calls: Sequence[Call] = ()
    ) -> int | None:
        """Keep a digest, its calls, who has seen its papers and how far it read: all or nothing.

        Returns the digest's number; None, and nothing is kept, where the subscription was deleted,
        paused or changed meanwhile, where its chat was paused or moved, or where its slot has been
        dealt with.
        """
        async with self._database.write() as connection:
            if not await _turn(connection, record, turn):
                return None
            number = await _put(connection, record)
            await _put_posted(connection, number, record)
            await outbox.enqueue(connection, record.chat, calls, number, record.made)
            if record.posted:
                ids = [one.paper_id for one in record.posted]
                await listings.put(connection, str(record.chat), ids)
            return number

    async def digest(self, number: int) -> DigestRecord | None:
        """Read a digest with its papers."""
        async with self._database.read() as connection:
            found = await _read(connection, "number = ?", (number,))
            return found[0] if found else None

    async def posted_since(self, moment: datetime) -> tuple[int, ...]:
        """Read the numbers of the digests with papers that were made since a moment, in order."""
        async with self._database.read() as connection:
            # From the newest on, since no index has the moment, and numbers grow with it.
            before = "SELECT number FROM digests WHERE made < ? ORDER BY number DESC LIMIT 1"
            rows = await connection.execute_fetchall(
                f"SELECT number FROM digests WHERE number > coalesce(({before}), 0)"
                " AND outcome = ? ORDER BY number",
                (_moment(moment), SlotOutcome.POSTED.value),
            )
            return tuple(int(row[0]) for row in rows)

    async def of_chat(self, address: Address, most: int) -> tuple[DigestRecord, ...]:
        """Read what became of a chat's slots, the newest first, with the papers."""
        async with self._database.read() as connection:
            condition = "platform = ? AND chat = ? AND thread = ? ORDER BY number DESC LIMIT ?"
            return await _read(connection, condition, (*_key(address), most))

    async def holding(self, address: Address, paper_id: str) -> tuple[DigestRecord, ...]:
        """Read the digests that brought a paper to a chat, the newest first."""
        condition = (
            "number IN (SELECT digest FROM posted WHERE platform = ? AND chat = ? AND thread = ?"
            " AND paper_id = ?) ORDER BY number DESC"
        )
        async with self._database.read() as connection:
            return await _read(connection, condition, (*_key(address), paper_id))

    async def prune(self, before: datetime) -> int:
        """Delete what is kept of older slots that brought nothing; returns how many."""
        async with self._database.write() as connection:
            cursor = await connection.execute(
                # In the words of the index digests_without_papers, which is of no use otherwise.
                "DELETE FROM digests WHERE made < ? AND outcome <> 'posted'",
                (_moment(before),),
            )
            return cursor.rowcount


_NO_END = 2**62


async def _turn(connection: Connection, record: DigestRecord, turn: Turn) -> bool:
    """Let a subscription go on to its next slot if it stands where the digest found it."""
    cursor = await connection.execute(
        """
        UPDATE subscriptions SET slot = ?, due = ?, since = ?, arrivals_read = ?
        WHERE number = ? AND platform = ? AND chat = ? AND thread = ?
            AND active = 1 AND changed = 0 AND arrivals_read = ? AND slot = ?
            AND NOT EXISTS (
                SELECT 1 FROM chats WHERE paused IS NOT NULL AND platform = subscriptions.platform
                    AND chat = subscriptions.chat AND thread = subscriptions.thread
            )
        """,
        (
            *(_moment(turn.slot), _moment(turn.due), turn.since.isoformat(), turn.cursor),
            *(record.subscription, *_key(record.chat), record.after, _moment(record.slot)),
        ),
    )
    return cursor.rowcount > 0


async def _put(connection: Connection, record: DigestRecord) -> int:
    rows = await connection.execute_fetchall(
        f"INSERT INTO digests ({_COLUMNS}) VALUES ({marks(_COLUMNS.split(','))}) RETURNING number",
        (
            *(record.subscription, *_key(record.chat), record.query, record.language),
            *(json.dumps(record.kinds), record.limit, _moment(record.slot), _moment(record.made)),
            *(record.since.isoformat(), record.after, record.cursor),
            *(record.announced, record.matched, record.outcome.value),
        ),
    )
    return int(next(iter(rows))[0])


async def _put_posted(connection: Connection, number: int, record: DigestRecord) -> None:
    await connection.executemany(
        "INSERT INTO posted (digest, position, platform, chat, thread, paper_id, version, kind,"
        " reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(number, position, *_key(record.chat)),
                *(one.paper_id, one.version, one.kind.value, one.reason),
            )
            for position, one in enumerate(record.posted)
        ],
    )


async def _read(
    connection: Connection, condition: str, values: Sequence[object]
) -> tuple[DigestRecord, ...]:
    rows = await connection.execute_fetchall(
        f"SELECT {_COLUMNS}, number FROM digests WHERE {condition}", values
    )
    found = [tuple(row) for row in rows]
    posted = await _posted(connection, [row[-1] for row in found])
    return tuple(_to_record(row, posted.get(row[-1], ())) for row in found)


async def _posted(connection: Connection, digests: Sequence[int]) -> dict[int, tuple[Posted, ...]]:
    """Read the papers of some digests, by their numbers."""
    papers: dict[int, list[Posted]] = {}
    for some in in_portions(digests):
        rows = await connection.execute_fetchall(
            "SELECT digest, paper_id, version, kind, reason FROM posted"
            f" WHERE digest IN ({marks(some)}) ORDER BY digest, position",
            tuple(some),
        )
        for row in rows:
            papers.setdefault(row[0], []).append(Posted(row[1], row[2], Kind(row[3]), row[4]))
    return {number: tuple(some) for number, some in papers.items()}


def _to_record(row: Sequence[Any], posted: tuple[Posted, ...]) -> DigestRecord:
    return DigestRecord(
        subscription=row[0],
        chat=Address(Platform(row[1]), row[2], row[3]),
        query=row[4],
        language=row[5],
        kinds=tuple(Kind(kind) for kind in json.loads(row[6])),
        limit=row[7],
        slot=datetime.fromisoformat(row[8]),
        made=datetime.fromisoformat(row[9]),
        since=date.fromisoformat(row[10]),
        after=row[11],
        cursor=row[12],
        announced=row[13],
        matched=row[14],
        outcome=SlotOutcome(row[15]),
        posted=posted,
        number=row[16],
    )


def _key(address: Address) -> tuple[str, str, str]:
    return address.platform.value, address.id, address.thread


def _moment(moment: datetime) -> str:
    """A moment in UTC, in a form that sorts as text."""
    return moment.isoformat(timespec="microseconds")
