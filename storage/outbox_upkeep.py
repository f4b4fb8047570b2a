"""The outbox as a whole: how much waits and since when, and what of it is kept for how long."""

from datetime import datetime, timedelta

from aiosqlite import Connection

from storage.deliveries import OutboxCounts
from storage.outbox import OPEN

LONGEST_PAUSE = timedelta(minutes=15)
"""Whoever has to wait for longer was told to: between attempts in vain there is no more."""


async def counts(connection: Connection) -> OutboxCounts:
    """Count the rows in each state."""
    rows = await connection.execute_fetchall("SELECT state, count(*) FROM outbox GROUP BY state")
    oldest = await connection.execute_fetchall(f"SELECT min(created) FROM outbox WHERE {OPEN}")
    since = next(iter(oldest))[0]
    return OutboxCounts(**dict(map(tuple, rows)), oldest=since and datetime.fromisoformat(since))


async def oldest_free(connection: Connection, now: datetime) -> datetime | None:
    """Read since when the oldest open row waits that was not told to wait; None for none.

    Left out is what a platform put off for long, with all that goes to the same place after it, and
    chats that are held. Pauses between attempts in vain are no such thing, however often they come.
    """
    rows = await connection.execute_fetchall(
        f"""
        SELECT min(outbox.created) FROM outbox LEFT JOIN holds
            ON holds.platform = outbox.platform AND holds.chat = outbox.chat
        WHERE {OPEN} AND (holds.until IS NULL OR holds.until <= :now)
            AND (outbox.platform, outbox.chat, outbox.thread) NOT IN (
                SELECT platform, chat, thread FROM outbox WHERE {OPEN} AND not_before > :now
                    AND (changed < :before OR not_before > :after)
            )
        """,
        {
            "now": _moment(now),
            "before": _moment(now - LONGEST_PAUSE),
            "after": _moment(now + LONGEST_PAUSE),
        },
    )
    since = next(iter(rows))[0]
    return datetime.fromisoformat(since) if since else None


async def prune(connection: Connection, before: datetime, most: int) -> int:
    """Delete up to `most` of the rows that were done with before a moment; returns how many.

    What an open row is about stays, and so does the newest row, whose number would come again.
    """
    await connection.execute("DELETE FROM holds WHERE until < ?", (_moment(before),))
    cursor = await connection.execute(
        f"""
        DELETE FROM outbox WHERE number IN (
            SELECT number FROM outbox
            WHERE state IN ('sent', 'failed', 'dropped') AND changed < ?
                AND number < (SELECT max(number) FROM outbox)
                AND number NOT IN (SELECT about FROM outbox WHERE {OPEN} AND about IS NOT NULL)
            LIMIT ?
        )
        """,
        (_moment(before), most),
    )
    return cursor.rowcount


async def empty(connection: Connection, before: datetime, most: int) -> int:
    """Empty up to `most` of the bodies that were sent before a moment; returns how many.

    They are nearly all that the outbox takes up on disk, and are of no more use than that moment's.
    """
    cursor = await connection.execute(
        """
        UPDATE outbox SET body = '{}' WHERE number IN (
            SELECT number FROM outbox
            WHERE state = 'sent' AND body <> '{}' AND changed < ? LIMIT ?
        )
        """,
        (_moment(before), most),
    )
    return cursor.rowcount


def _moment(moment: datetime) -> str:
    """A moment in UTC, in a form that sorts as text."""
    return moment.isoformat(timespec="microseconds")
