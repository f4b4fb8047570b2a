"""What is to be seen in a chat, and what should be, going by the rows of the outbox."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from storage.deliveries import Delivery
from tests.fakes import discord_places, telegram_chats
from tests.fakes.discord_places import CROSSPOSTED
from tests.fakes.discord_posted import TEXT_DISPLAY, nested

Place = telegram_chats.Place | discord_places.Place
Shown = tuple[object, ...]
"""Messages in their order (on Discord with whether they are crossposted), then threads."""


def shown(place: Place) -> Shown:
    """All that the bot posted in a place."""
    if isinstance(place, telegram_chats.Place):
        return tuple(_sent(one.body) for one in place.messages)
    messages = ((one.text, bool(one.flags & CROSSPOSTED)) for one in place.messages)
    return (*messages, *((thread.name, tuple(thread.texts)) for thread in place.threads))


def wanted(rows: Iterable[Delivery]) -> Shown:
    """What is there when each of these calls was made just once, in their order."""
    messages: dict[int, tuple[str, bool]] = {}
    threads: dict[int, tuple[object, list[str]]] = {}
    for row in rows:
        about, body = row.about or 0, row.body
        match row.method:
            case "message" if row.about is not None:
                threads[about][1].append(_displayed(body))
            case "message":
                messages[row.number] = (_displayed(body), False)
            case "edit":
                messages[about] = (_displayed(body), False)
            case "thread":
                threads[row.number] = (body["name"], [])
            case "post":
                message = body["message"]
                assert isinstance(message, dict)
                threads[row.number] = (body["name"], [_displayed(message)])
            case "crosspost":
                messages[about] = (messages[about][0], True)
            case _:
                messages[row.number] = (_sent(body), False)
    if not threads and all(row.method.startswith("send") for row in rows):
        return tuple(text for text, _ in messages.values())
    return (*messages.values(), *((name, tuple(texts)) for name, texts in threads.values()))


def without_repetitions(seen: Shown) -> Shown:
    """The same without what is like the one just before it."""
    return tuple(one for one, before in zip(seen, (None, *seen), strict=False) if one != before)


def _sent(body: Mapping[str, object]) -> str:
    """What a message on Telegram says, be it a rich one."""
    return str(body.get("text") or json.dumps(body.get("rich_message")))


def _displayed(body: Mapping[str, Any]) -> str:
    """What a message on Discord says."""
    texts = [one["content"] for one in nested(body["components"]) if one["type"] == TEXT_DISPLAY]
    return "\n".join(filter(None, [body.get("content") or "", *texts]))
