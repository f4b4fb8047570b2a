"""How far subscriptions and the intake of announcements have come, in the database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from aiosqlite import Connection

from storage.database import Database
from storage.models import Address, Chat, Room
from storage.readers import SUBSCRIPTION, to_settings, to_subscription
from storage.records import Intake, Standing
from storage.rows import marks

_SUBSCRIPTION = ", ".join(f"s.{name.strip()}" for name in SUBSCRIPTION.split(","))
_FROM = (
    "FROM subscriptions AS s LEFT JOIN chats AS c"
    " ON c.platform = s.platform AND c.chat = s.chat AND c.thread = s.thread"
)
_STANDINGS = (
    f"SELECT {_SUBSCRIPTION}, s.slot, s.due, s.changed, s.since, s.arrivals_read,"
    f" c.room, c.title, c.settings, c.paused {_FROM}"
)
_WORKING = "s.active = 1 AND c.paused IS NULL"
# Apart, so that each is looked up in its index: 0.5 ms instead of 80 among 100,000 (measured).
_TO_PLAN = (
    "SELECT number FROM subscriptions WHERE changed > 0"
    " UNION SELECT number FROM subscriptions WHERE due > ?"
)
_DUE = f"{_WORKING} AND s.changed = 0 AND s.due <= ?"

SHARED_SETTINGS = 10_000
"""Settings read and kept: most chats have the usual ones, and to read some takes 30 us."""


@dataclass(frozen=True, slots=True)
class Planned:
    """The next slot of a subscription, worked out while it had `changed` so many times."""

    subscription: int
    changed: int
    slot: datetime
    due: datetime
    since: date


class Standings:
    """What the clock's work asks of the store; each method is one transaction or one read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def to_plan(self, latest: datetime, most: int, beyond: int = 0) -> tuple[Standing, ...]:
        """Read subscriptions whose next digest has to be worked out; pages are as those of `due`.

        Due later than `latest` are only those that a wrong clock has put there. Those that end or
        pause wait with it until they go on.
        """
        return await self._read(
            f"{_WORKING} AND s.number IN ({_TO_PLAN}) AND s.number > ? ORDER BY s.number LIMIT ?",
            *(_moment(latest), beyond, most),
        )

    async def any_due(self, now: datetime) -> bool:
        """Whether any subscription is due; takes no longer where there are many others."""
        async with self._database.read() as connection:
            rows = await connection.execute_fetchall(
                f"SELECT 1 {_FROM} WHERE {_DUE} LIMIT 1", (_moment(now),)
            )
            return any(True for _ in rows)

    async def due(self, now: datetime, most: int, beyond: int = 0) -> tuple[Standing, ...]:
        """Read subscriptions that are due, those with a number over `beyond`, in their order."""
        return await self._read(
            f"{_DUE} AND s.number > ? ORDER BY s.number LIMIT ?", *(_moment(now), beyond, most)
        )

    async def of_channels(self) -> tuple[Standing, ...]:
        """Read the subscriptions that come from the configuration, paused ones too."""
        return await self._read("s.channel <> '' ORDER BY s.number")

    async def of_chat(self, address: Address) -> tuple[Standing, ...]:
        """Read the subscriptions of a chat, oldest first."""
        return await self._read(
            "s.platform = ? AND s.chat = ? AND s.thread = ? ORDER BY s.number",
            *(address.platform.value, address.id, address.thread),
        )

    async def plan(self, planned: Iterable[Planned]) -> None:
        """Keep when digests are due, except where something changed once more meanwhile."""
        async with self._database.write() as connection:
            await connection.executemany(
                "UPDATE subscriptions SET slot = ?, due = ?, since = ?, changed = 0"
                " WHERE number = ? AND changed = ?",
                [
                    (
                        *(_moment(one.slot), _moment(one.due), one.since.isoformat()),
                        *(one.subscription, one.changed),
                    )
                    for one in planned
                ],
            )

    async def bring_forward(self, numbers: Iterable[int], now: datetime, since: date) -> None:
        """Make some subscriptions due now.

        To `since` look back those that never had a digest, those that were paused, and those that
        a wrong clock has put ahead.
        """
        async with self._database.write() as connection:
            await connection.executemany(
                "UPDATE subscriptions SET slot = ?, due = ?, changed = 0, since = CASE"
                " WHEN since <= ? AND arrivals_read > 0 THEN since ELSE ? END"
                " WHERE number = ?",
                [
                    (*(_moment(now),) * 2, now.date().isoformat(), since.isoformat(), number)
                    for number in numbers
                ],
            )

    async def queries(self) -> tuple[str, ...]:
        """Read every different query that somebody gets digests for."""
        async with self._database.read() as connection:
            rows = await connection.execute_fetchall(
                f"SELECT DISTINCT s.query {_FROM} WHERE {_WORKING} ORDER BY s.query"
            )
            return tuple(str(row[0]) for row in rows)

    async def intakes(self) -> dict[str, Intake]:
        """Read how far each category's announcements have been read."""
        async with self._database.read() as connection:
            rows = await connection.execute_fetchall(
                "SELECT category, settled, outcome, message, asked_at, failures FROM intakes"
            )
            return {str(row[0]): _to_intake(tuple(row)) for row in rows}

    async def put_intake(self, intake: Intake) -> None:
        """Keep how far a category's announcements have been read."""
        async with self._database.write() as connection:
            await connection.execute(
                """
                INSERT INTO intakes (category, settled, outcome, message, asked_at, failures)
                VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (category) DO UPDATE SET
                    settled = excluded.settled, outcome = excluded.outcome,
                    message = excluded.message, asked_at = excluded.asked_at,
                    failures = excluded.failures
                """,
                (
                    intake.category,
                    intake.settled.isoformat() if intake.settled else None,
                    *(intake.outcome, intake.message, _moment(intake.asked_at), intake.failures),
                ),
            )

    async def forget_intakes(self, categories: Sequence[str]) -> None:
        """Forget how far some categories have been read, since nobody wants them any more."""
        async with self._database.write() as connection:
            await connection.execute(
                f"DELETE FROM intakes WHERE category IN ({marks(categories)})", tuple(categories)
            )

    async def _read(self, condition: str, *values: object) -> tuple[Standing, ...]:
        async with self._database.read() as connection:
            return await _standings(connection, condition, values)


_settings = lru_cache(maxsize=SHARED_SETTINGS)(to_settings)


async def _standings(
    connection: Connection, condition: str, values: Sequence[object]
) -> tuple[Standing, ...]:
    rows = await connection.execute_fetchall(f"{_STANDINGS} WHERE {condition}", values)
    return tuple(_to_standing(tuple(row)) for row in rows)


def _to_standing(row: Sequence[Any]) -> Standing:
    subscription = to_subscription(row[:14])
    slot, due, changed, since, cursor, room, title, settings, paused = row[14:]
    chat = Chat(subscription.chat)
    if room is not None:
        chat = Chat(subscription.chat, Room(room), title, _settings(settings), paused)
    return Standing(
        subscription=subscription,
        chat=chat,
        slot=datetime.fromisoformat(slot) if slot else None,
        due=datetime.fromisoformat(due) if due else None,
        changed=changed,
        since=date.fromisoformat(since) if since else None,
        cursor=cursor,
        acquainted=room is not None,
    )


def _to_intake(row: Sequence[Any]) -> Intake:
    return Intake(
        category=row[0],
        settled=date.fromisoformat(row[1]) if row[1] else None,
        outcome=row[2],
        message=row[3],
        asked_at=datetime.fromisoformat(row[4]),
        failures=row[5],
    )


def _moment(moment: datetime) -> str:
    """A moment in UTC, in a form that sorts as text."""
    return moment.isoformat(timespec="microseconds")
