"""The outbox in the database: a row is one call of a platform, and rows of a chat go in order.

What happens when the process is killed: each function is part of one transaction. Before a call is
made its row is written as `sending`, afterwards what came of it. A row that is found `sending` at
the next start may have been sent, and is queued again as uncertain; all others are as they were.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from aiosqlite import Connection

from storage import readers
from storage.deliveries import Delivery, DeliveryState
from storage.models import Address, Call, Json, Platform
from storage.rows import marks

_COLUMNS = (
    "number, digest, platform, chat, thread, method, body, about, state, attempts, uncertain,"
    " first_tried, not_before, result, reason"
)
OPEN = "state IN ('queued', 'sending')"  # as the index outbox_open has it
_FIRST = f"SELECT number FROM outbox WHERE {OPEN} AND platform = :platform"
_IN_ORDER = "ORDER BY chat, thread, number LIMIT 1"

# The first open row of each chat. It jumps from chat to chat, since a chat may have any number of
# rows; and CROSS JOIN keeps it from looking at more chats than are asked for (measured: 3 us each).
_HEADS = f"""
    WITH RECURSIVE heads (number, chat, thread) AS (
        SELECT number, chat, thread FROM outbox WHERE number = ({_FIRST} {_IN_ORDER})
        UNION ALL
        SELECT next.number, next.chat, next.thread
        FROM heads JOIN outbox AS next ON next.number =
            ({_FIRST} AND (chat, thread) > (heads.chat, heads.thread) {_IN_ORDER})
    )
"""
_FROM_HEADS = """
    FROM heads CROSS JOIN outbox AS head
    LEFT JOIN holds ON holds.platform = head.platform AND holds.chat = head.chat
    LEFT JOIN outbox AS subject ON subject.number = head.about
    WHERE head.number = heads.number AND head.state = 'queued'
"""
_READY = f"""
    {_HEADS}
    SELECT {", ".join(f"head.{column.strip()}" for column in _COLUMNS.split(","))},
        subject.state, subject.result, subject.reason
    {_FROM_HEADS}
        AND (head.not_before IS NULL OR head.not_before <= :now)
        AND (holds.until IS NULL OR holds.until <= :now)
    LIMIT :most
"""
_NOT_YET = f"""
    {_HEADS}
    SELECT head.not_before, holds.until
    {_FROM_HEADS}
        AND (head.not_before > :now OR holds.until > :now)
"""


@dataclass(frozen=True, slots=True)
class Claims:
    """Deliveries to make now, each with the result of the one that it is about.

    `again` is when more may be ready: at once where not all were taken, None where nothing waits
    for a moment to come.
    """

    deliveries: tuple[tuple[Delivery, str | None], ...]
    again: datetime | None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What becomes of a delivery that was under way, and of its chat.

    `state` is queued, sent or failed. `call` takes the place of the one that was made, and begins
    anew; with `alone`, what waited for the result of the other one is dropped. `held_until`: the
    whole chat is left in peace. `moved_to`: the chat's new address. `closed`: everything for this
    chat fails and the chat is paused; `gone`: its subscriptions end too.
    """

    delivery: Delivery
    state: DeliveryState
    reason: str = ""
    result: str = ""
    uncertain: bool = False
    not_before: datetime | None = None
    call: Call | None = None
    alone: bool = False
    held_until: datetime | None = None
    moved_to: Address | None = None
    closed: bool = False
    gone: bool = False


async def enqueue(
    connection: Connection,
    chat: Address,
    calls: Sequence[Call],
    digest: int | None,
    created: datetime,
) -> tuple[int, ...]:
    """Add calls that go together, in this order behind all others of the chat; their numbers.

    Raises ValueError where one is about a call that does not come before it.
    """
    numbers: list[int] = []
    for call in calls:
        if call.about is not None and not 0 <= call.about < len(numbers):
            raise ValueError(f"call {len(numbers)} is about call {call.about}")
        rows = await connection.execute_fetchall(
            "INSERT INTO outbox (digest, platform, chat, thread, method, body, about, state,"
            " created, changed) VALUES (?, ?, ?, ?, ?, ?, ?, 'queued', ?, ?) RETURNING number",
            (
                *(digest, *_key(chat), call.method, json.dumps(call.body)),
                *(numbers[call.about] if call.about is not None else None,),
                *(_moment(created),) * 2,
            ),
        )
        numbers.append(int(next(iter(rows))[0]))
    return tuple(numbers)


async def claim(connection: Connection, platform: Platform, now: datetime, most: int) -> Claims:
    """Take up to `most` deliveries that may be made now, at most one of each chat and thread.

    They are written as under way before anybody makes them. What is about a call that was not made
    ends as that one did.
    """
    values = {"platform": platform.value, "now": _moment(now), "most": most}
    while True:
        rows = await connection.execute_fetchall(_READY, values)
        found = [(to_delivery(row[:-3]), *row[-3:]) for row in map(tuple, rows)]
        orphans = [one for one in found if one[0].about and one[1] != DeliveryState.SENT]
        if not orphans:
            break
        for delivery, state, _, reason in orphans:
            await _end_as(connection, delivery, state, reason, now)
    again = now if len(found) == most else await _next_moment(connection, values)
    await connection.executemany(
        "UPDATE outbox SET state = 'sending', attempts = attempts + 1,"
        " first_tried = coalesce(first_tried, ?), changed = ? WHERE number = ?",
        [(_moment(now), _moment(now), delivery.number) for delivery, *_ in found],
    )
    return Claims(tuple((_under_way(one, now), result) for one, _, result, _ in found), again)


def _under_way(delivery: Delivery, now: datetime) -> Delivery:
    return replace(
        delivery,
        state=DeliveryState.SENDING,
        attempts=delivery.attempts + 1,
        first_tried=delivery.first_tried or now,
    )


async def _end_as(
    connection: Connection, delivery: Delivery, state: str | None, reason: str | None, now: datetime
) -> None:
    dropped = state == DeliveryState.DROPPED
    await connection.execute(
        "UPDATE outbox SET state = ?, reason = ?, changed = ? WHERE number = ?",
        (
            (DeliveryState.DROPPED if dropped else DeliveryState.FAILED).value,
            f"it needs call {delivery.about}, which was not made: {reason or 'there is none'}",
            *(_moment(now), delivery.number),
        ),
    )


async def _next_moment(connection: Connection, values: dict[str, Any]) -> datetime | None:
    rows = await connection.execute_fetchall(_NOT_YET, values)
    moments = [max(filter(None, tuple(row))) for row in rows]
    return datetime.fromisoformat(min(moments)) if moments else None


async def settle(
    connection: Connection, settlements: Iterable[Settlement], now: datetime
) -> tuple[Address, ...]:
    """Write what came of deliveries under way; returns the chats that were not paused before."""
    settlements = tuple(settlements)
    await connection.executemany(
        "UPDATE outbox SET state = ?, reason = ?, result = ?, uncertain = ?, not_before = ?,"
        " changed = ? WHERE number = ? AND state = 'sending'",
        [
            (
                *(one.state.value, one.reason, one.result or one.delivery.result),
                *(int(one.uncertain), _moment(one.not_before), _moment(now), one.delivery.number),
            )
            for one in settlements
        ],
    )
    paused = []
    for one in settlements:
        chat = one.delivery.chat
        if one.call is not None:
            await _put_call(connection, one, one.call, now)
        if one.held_until is not None:
            await hold(connection, chat, one.held_until)
        if one.moved_to is not None:
            await readers.move_chat(connection, chat, one.moved_to)
        if one.closed:
            await fail_chat(connection, chat, one.reason, now)
            if await readers.pause_chat(connection, chat, one.reason, ends=one.gone):
                paused.append(chat)
    return tuple(paused)


async def _put_call(
    connection: Connection, settlement: Settlement, call: Call, now: datetime
) -> None:
    """Put another call in the place of the one that was made."""
    delivery = settlement.delivery
    await connection.execute(
        "UPDATE outbox SET method = ?, body = ?, attempts = 0, first_tried = NULL"
        " WHERE number = ? AND state = 'queued'",
        (call.method, json.dumps(call.body), delivery.number),
    )
    if settlement.alone:
        await connection.execute(
            "UPDATE outbox SET state = 'dropped', reason = ?, changed = ?"
            f" WHERE platform = ? AND chat = ? AND thread = ? AND {OPEN} AND about = ?",
            (settlement.reason, _moment(now), *_key(delivery.chat), delivery.number),
        )


async def recover(connection: Connection, now: datetime) -> int:
    """Queue again what was under way when the last process ended; returns how many.

    Most of that never got its turn to be sent, so each counts as not tried yet, unless it was being
    repeated after an answer that was lost.
    """
    cursor = await connection.execute(
        "UPDATE outbox SET state = 'queued', changed = ?, uncertain = 1,"
        " attempts = CASE WHEN uncertain = 0 OR attempts = 1 THEN 0 ELSE attempts END"
        " WHERE state = 'sending'",
        (_moment(now),),
    )
    return cursor.rowcount


async def hold(connection: Connection, chat: Address, until: datetime) -> None:
    """Leave a chat in peace, with all its threads."""
    await connection.execute(
        "INSERT INTO holds (platform, chat, until) VALUES (?, ?, ?)"
        " ON CONFLICT (platform, chat) DO UPDATE SET until = excluded.until"
        " WHERE holds.until < excluded.until",
        (chat.platform.value, chat.id, _moment(until)),
    )


async def fail_chat(connection: Connection, chat: Address, reason: str, now: datetime) -> int:
    """Fail everything that waits for a chat; returns how many."""
    cursor = await connection.execute(
        "UPDATE outbox SET state = 'failed', reason = ?, changed = ?"
        f" WHERE platform = ? AND chat = ? AND thread = ? AND {OPEN}",
        (reason, _moment(now), *_key(chat)),
    )
    return cursor.rowcount


async def of_states(
    connection: Connection, states: Sequence[DeliveryState], most: int
) -> tuple[Delivery, ...]:
    """Read rows in some states, the ones that came into them last first."""
    found = await connection.execute_fetchall(
        f"SELECT {_COLUMNS} FROM outbox WHERE state IN ({marks(states)})"
        " ORDER BY changed DESC, number DESC LIMIT ?",
        (*(state.value for state in states), most),
    )
    return tuple(to_delivery(tuple(row)) for row in found)


async def of_digest(connection: Connection, digest: int) -> tuple[Delivery, ...]:
    """Read the calls of a digest in their order."""
    found = await connection.execute_fetchall(
        f"SELECT {_COLUMNS} FROM outbox WHERE digest = ? ORDER BY number", (digest,)
    )
    return tuple(to_delivery(tuple(row)) for row in found)


async def open_digests(connection: Connection) -> frozenset[int]:
    """Read the numbers of the digests that have calls which wait or are under way."""
    rows = await connection.execute_fetchall(
        f"SELECT DISTINCT digest FROM outbox WHERE {OPEN} AND digest IS NOT NULL"
    )
    return frozenset(int(row[0]) for row in rows)


async def unsent(connection: Connection, chat: Address) -> tuple[Delivery, ...]:
    """Read a chat's calls that wait, are under way or failed, in their order."""
    found = await connection.execute_fetchall(
        f"SELECT {_COLUMNS} FROM outbox WHERE platform = ? AND chat = ? AND thread = ?"
        " AND state IN ('queued', 'sending', 'failed') ORDER BY number",
        _key(chat),
    )
    return tuple(to_delivery(tuple(row)) for row in found)


async def by_result(connection: Connection, chat: Address, result: str) -> Delivery | None:
    """Read the first call to a chat that had this result; None where none is kept."""
    found = await connection.execute_fetchall(
        f"SELECT {_COLUMNS} FROM outbox WHERE platform = ? AND chat = ? AND thread = ?"
        " AND result = ? AND state = 'sent' ORDER BY number LIMIT 1",
        (*_key(chat), result),
    )
    return next((to_delivery(tuple(row)) for row in found), None)


async def retry(connection: Connection, numbers: Sequence[int] | None, now: datetime) -> int:
    """Queue again what failed (`None`: all of it) or was dropped, with all patience anew.

    Whether it may have been sent already is kept in mind. Returns how many.
    """
    again = (
        "UPDATE outbox SET state = 'queued', attempts = 0, not_before = NULL, reason = '',"
        " changed = ? WHERE state"
    )
    if numbers is None:
        cursor = await connection.execute(f"{again} = 'failed'", (_moment(now),))
    else:
        cursor = await connection.executemany(
            f"{again} IN ('failed', 'dropped') AND number = ?",
            [(_moment(now), number) for number in numbers],
        )
    return max(0, cursor.rowcount)


async def drop(connection: Connection, numbers: Sequence[int], reason: str, now: datetime) -> int:
    """Give up what waits or failed, but nothing that is under way; returns how many."""
    cursor = await connection.executemany(
        "UPDATE outbox SET state = 'dropped', reason = ?, changed = ?"
        " WHERE state IN ('queued', 'failed') AND number = ?",
        [(reason, _moment(now), number) for number in numbers],
    )
    return max(0, cursor.rowcount)


def to_delivery(row: Sequence[Any]) -> Delivery:
    """Read a row of `_COLUMNS`."""
    body: Json = json.loads(row[6])
    return Delivery(
        number=row[0],
        digest=row[1],
        chat=Address(Platform(row[2]), row[3], row[4]),
        method=row[5],
        body=body,
        about=row[7],
        state=DeliveryState(row[8]),
        attempts=row[9],
        uncertain=bool(row[10]),
        first_tried=row[11] and datetime.fromisoformat(row[11]),
        not_before=row[12] and datetime.fromisoformat(row[12]),
        result=row[13],
        reason=row[14],
    )


def _key(address: Address) -> tuple[str, str, str]:
    return address.platform.value, address.id, address.thread


def _moment(moment: datetime | None) -> str | None:
    """A moment in UTC, in a form that sorts as text."""
    return moment.isoformat(timespec="microseconds") if moment is not None else None
