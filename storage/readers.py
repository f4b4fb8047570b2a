"""Chats, their subscriptions and their saved papers in the database."""

import json
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from typing import Any

from aiosqlite import Connection

from storage.models import Address, Chat, Kind, Platform, Room, Settings, Subscription

# What a chat has, by table, and what makes a row of it unique besides the chat's id.
_UNIQUE = {
    "saved": ("thread", "paper_id"),
    "subscriptions": ("thread", "query", "channel"),
    "chats": ("thread",),
}
# What is only ever added to: several rows may be alike.
_HISTORY = ("posted", "digests", "outbox")
_CONFIGURED = "SELECT number FROM subscriptions WHERE channel <> ''"
_THEIR_DIGESTS = f"SELECT number FROM digests WHERE subscription IN ({_CONFIGURED})"
# What goes with a chat that is forgotten, by table; of the others every row.
_FORGOTTEN = {
    "posted": f"digest NOT IN ({_THEIR_DIGESTS})",
    "outbox": f"(digest IS NULL OR digest NOT IN ({_THEIR_DIGESTS}))",
    "digests": f"subscription NOT IN ({_CONFIGURED})",
    "subscriptions": "channel = ''",
}

MOVED = "moved {}"
"""The note that tells where a chat without its topics is now, as `platform:id`, by where it was."""

SUBSCRIPTION = (
    "number, platform, chat, thread, query, at, days, max_papers, language, active, channel,"
    " timezone, form, details"
)


async def get_chat(connection: Connection, address: Address) -> Chat | None:
    """Read one chat; None where nobody there ever changed anything."""
    rows = await connection.execute_fetchall(
        "SELECT room, title, settings, paused FROM chats"
        " WHERE platform = ? AND chat = ? AND thread = ?",
        _key(address),
    )
    return next(
        (Chat(address, Room(row[0]), row[1], to_settings(row[2]), row[3]) for row in rows), None
    )


async def put_chat(connection: Connection, chat: Chat) -> None:
    """Store a chat with its settings.

    Where they differ from what was stored, or from the usual ones where nothing was, the next
    digests are worked out anew; a chat that was paused gets nothing of what was announced
    meanwhile.
    """
    before = await get_chat(connection, chat.address)
    await connection.execute(
        """
        INSERT INTO chats (platform, chat, thread, room, title, settings, paused)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (platform, chat, thread) DO UPDATE SET
            room = excluded.room, title = excluded.title,
            settings = excluded.settings, paused = excluded.paused
        """,
        (
            *_key(chat.address),
            *(chat.room.value, chat.title, json.dumps(asdict(chat.settings)), chat.paused),
        ),
    )
    known = before or Chat(chat.address)
    resumed = known.paused is not None and chat.paused is None
    if resumed or known.settings != chat.settings:
        await connection.execute(
            "UPDATE subscriptions SET changed = changed + 1,"
            " since = CASE WHEN ? = 1 THEN NULL ELSE since END"
            " WHERE platform = ? AND chat = ? AND thread = ?",
            (int(resumed), *_key(chat.address)),
        )


async def resume_chat(connection: Connection, platform: Platform, chat: str) -> int:
    """Let everything of a chat that was paused go on, topics included; returns how many did."""
    rows = await connection.execute_fetchall(
        "SELECT thread FROM chats WHERE platform = ? AND chat = ? AND paused IS NOT NULL",
        (platform.value, chat),
    )
    paused = [await get_chat(connection, Address(platform, chat, row[0])) for row in rows]
    for one in filter(None, paused):
        await put_chat(connection, replace(one, paused=None))
    return len(paused)


async def pause_chat(connection: Connection, address: Address, reason: str, ends: bool) -> bool:
    """Note why nothing can be sent to a chat; False where it was paused already.

    Nothing of it is due any more: when it goes on, that is worked out anew. `ends`: it never can
    again, so its subscriptions end. A chat nobody knows stays unknown, and is not paused.
    """
    before = await get_chat(connection, address)
    await connection.execute(
        "UPDATE chats SET paused = ? WHERE platform = ? AND chat = ? AND thread = ?",
        (reason, *_key(address)),
    )
    if before is not None:
        await connection.execute(
            "UPDATE subscriptions SET due = NULL WHERE platform = ? AND chat = ? AND thread = ?",
            _key(address),
        )
    if ends:
        await connection.execute(
            "UPDATE subscriptions SET active = 0, changed = changed + 1"
            " WHERE platform = ? AND chat = ? AND thread = ? AND active = 1",
            _key(address),
        )
    return before is None or before.paused is None


async def move_chat(connection: Connection, old: Address, new: Address) -> None:
    """Re-key everything of a chat, topics included, after the platform gave it another id.

    Where something is at the new address already, such as a subscription to the same query, what
    comes from the old one takes its place. A note is kept of it, see `MOVED`.
    """
    if (old.platform, old.id) == (new.platform, new.id):
        return
    here, there = (old.platform.value, old.id), (new.platform.value, new.id)
    for table, unique in _UNIQUE.items():
        same = " AND ".join(f"old.{column} = {table}.{column}" for column in unique)
        await connection.execute(
            f"DELETE FROM {table} WHERE platform = ? AND chat = ? AND EXISTS"
            f" (SELECT 1 FROM {table} AS old WHERE old.platform = ? AND old.chat = ? AND {same})",
            (*there, *here),
        )
        await connection.execute(
            f"UPDATE {table} SET platform = ?, chat = ? WHERE platform = ? AND chat = ?",
            (*there, *here),
        )
    for table in _HISTORY:
        await connection.execute(
            f"UPDATE {table} SET platform = ?, chat = ? WHERE platform = ? AND chat = ?",
            (*there, *here),
        )
    await connection.execute(
        "UPDATE subscriptions SET changed = changed + 1 WHERE platform = ? AND chat = ?"
        " AND due IS NULL",
        there,
    )
    before, after = f"{old.platform}:{old.id}", f"{new.platform}:{new.id}"
    await _move_listings(connection, before, after)
    await _note_move(connection, before, after)


async def _note_move(connection: Connection, before: str, after: str) -> None:
    """Note where a chat is now; all notes of where it was point there too, and none in a circle."""
    await connection.execute("DELETE FROM notes WHERE name = ?", (MOVED.format(after),))
    await connection.execute(
        "UPDATE notes SET content = ? WHERE content = ? AND substr(name, 1, ?) = ?",
        (after, before, len(MOVED.format("")), MOVED.format("")),
    )
    await put_note(connection, MOVED.format(before), after)


async def _move_listings(connection: Connection, here: str, there: str) -> None:
    """Re-key what a chat was shown last; a topic's name is the chat's with `/` and its own."""
    rows = await connection.execute_fetchall(
        "SELECT reader FROM listings WHERE reader = ? OR substr(reader, 1, ?) = ?",
        (here, len(here) + 1, f"{here}/"),
    )
    for reader in [str(row[0]) for row in rows]:
        moved = there + reader.removeprefix(here)
        await connection.execute("DELETE FROM listings WHERE reader = ?", (moved,))
        await connection.execute("UPDATE listings SET reader = ? WHERE reader = ?", (moved, reader))


async def forget_chat(connection: Connection, address: Address) -> None:
    """Delete everything that is known about a chat but its configured channels.

    These are the operator's: they go on as the chat's usual settings have it, and what they brought
    is kept.
    """
    await put_chat(connection, Chat(address))  # so that what stays is worked out anew
    for table in (*_HISTORY, *_UNIQUE):
        await connection.execute(
            f"DELETE FROM {table} WHERE platform = ? AND chat = ? AND thread = ?"
            f" AND {_FORGOTTEN.get(table, 'TRUE')}",
            _key(address),
        )
    await connection.execute("DELETE FROM listings WHERE reader = ?", (str(address),))


async def subscriptions(connection: Connection, address: Address) -> tuple[Subscription, ...]:
    """Read a chat's subscriptions, oldest first."""
    rows = await connection.execute_fetchall(
        f"SELECT {SUBSCRIPTION} FROM subscriptions"
        " WHERE platform = ? AND chat = ? AND thread = ? ORDER BY number",
        _key(address),
    )
    return tuple(to_subscription(tuple(row)) for row in rows)


async def put_subscription(connection: Connection, subscription: Subscription) -> Subscription:
    """Store a subscription; number 0 stands for a new one, and a chat has each query once.

    Its next digest is worked out anew, and what was announced while it was paused is left out.
    Returns it with its number.
    """
    values = (
        *_key(subscription.chat),
        subscription.query,
        subscription.channel,
        *_terms(subscription),
    )
    if subscription.number:
        await connection.execute(
            """
            UPDATE subscriptions SET platform = ?, chat = ?, thread = ?, query = ?, channel = ?,
                at = ?, days = ?, max_papers = ?, language = ?, timezone = ?, form = ?,
                details = ?, active = ?, changed = changed + 1,
                since = CASE WHEN active = 0 THEN NULL ELSE since END
            WHERE number = ?
            """,
            (*values, subscription.number),
        )
        return subscription
    rows = await connection.execute_fetchall(
        f"""
        INSERT INTO subscriptions (platform, chat, thread, query, channel, at, days, max_papers,
            language, timezone, form, details, active)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (platform, chat, thread, query, channel) DO UPDATE SET
            at = excluded.at, days = excluded.days, max_papers = excluded.max_papers,
            language = excluded.language, timezone = excluded.timezone, form = excluded.form,
            details = excluded.details, active = excluded.active,
            changed = subscriptions.changed + 1,
            since = CASE WHEN subscriptions.active = 0 THEN NULL ELSE subscriptions.since END
        RETURNING {SUBSCRIPTION}
        """,
        values,
    )
    return to_subscription(tuple(next(iter(rows))))


def _terms(subscription: Subscription) -> tuple[object, ...]:
    return (
        subscription.at,
        ",".join(subscription.days) if subscription.days is not None else None,
        subscription.limit,
        subscription.language,
        subscription.timezone,
        subscription.form,
        subscription.details,
        int(subscription.active),
    )


async def delete_subscriptions(
    connection: Connection, address: Address, numbers: Sequence[int]
) -> None:
    """Delete some of a chat's subscriptions; another chat's numbers do nothing."""
    await connection.executemany(
        "DELETE FROM subscriptions WHERE platform = ? AND chat = ? AND thread = ? AND number = ?",
        [(*_key(address), number) for number in numbers],
    )


async def save_paper(connection: Connection, address: Address, paper_id: str) -> bool:
    """Put a stored paper on a chat's list; False where it was there."""
    cursor = await connection.execute(
        "INSERT INTO saved (platform, chat, thread, paper_id) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (platform, chat, thread, paper_id) DO NOTHING",
        (*_key(address), paper_id),
    )
    return cursor.rowcount > 0


async def unsave_paper(connection: Connection, address: Address, paper_id: str) -> bool:
    """Take a paper off a chat's list; False where it was not there."""
    cursor = await connection.execute(
        "DELETE FROM saved WHERE platform = ? AND chat = ? AND thread = ? AND paper_id = ?",
        (*_key(address), paper_id),
    )
    return cursor.rowcount > 0


async def saved_papers(connection: Connection, address: Address) -> tuple[str, ...]:
    """Read the ids on a chat's list, the last one saved first."""
    rows = await connection.execute_fetchall(
        "SELECT paper_id FROM saved WHERE platform = ? AND chat = ? AND thread = ?"
        " ORDER BY number DESC",
        _key(address),
    )
    return tuple(row[0] for row in rows)


async def put_note(connection: Connection, name: str, text: str) -> None:
    """Keep a short text under a name: a long query behind a button, a hash of what was sent."""
    await connection.execute(
        "INSERT INTO notes (name, content) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET content = excluded.content",
        (name, text),
    )


async def get_note(connection: Connection, name: str) -> str | None:
    """Read what is kept under a name."""
    rows = await connection.execute_fetchall("SELECT content FROM notes WHERE name = ?", (name,))
    return next((str(row[0]) for row in rows), None)


def _key(address: Address) -> tuple[str, str, str]:
    return address.platform.value, address.id, address.thread


def to_settings(text: str) -> Settings:
    """Read settings; what this release does not know is left out, and what is missing defaults."""
    known = {one.name for one in fields(Settings)}
    stored = {key: value for key, value in json.loads(text).items() if key in known}
    for key in ("days", "quiet"):
        if stored.get(key) is not None:
            stored[key] = tuple(stored[key])
    if "kinds" in stored:
        stored["kinds"] = tuple(Kind(kind) for kind in stored["kinds"] if kind in set(Kind))
    return Settings(**stored)


def to_subscription(row: Sequence[Any]) -> Subscription:
    """Read a row of the columns `SUBSCRIPTION`."""
    return Subscription(
        number=row[0],
        chat=Address(Platform(row[1]), row[2], row[3]),
        query=row[4],
        at=row[5],
        days=tuple(filter(None, row[6].split(","))) if row[6] is not None else None,
        limit=row[7],
        language=row[8],
        active=bool(row[9]),
        channel=row[10],
        timezone=row[11],
        form=row[12],
        details=row[13],
    )
