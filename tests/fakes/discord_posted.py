"""The people of the fake Discord, and messages as they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from tests.fakes.discord_places import Place

Json = dict[str, Any]

EPHEMERAL = (
    1 << 6
)  # https://docs.discord.com/developers/resources/message#message-object-message-flags
# https://docs.discord.com/developers/components/reference#component-object-component-types
BUTTON, TEXT_DISPLAY, SELECTS = 2, 10, frozenset({3, 5, 6, 7, 8})


@dataclass
class Person:
    """Somebody with a client in some language; `closed` to messages of bots."""

    id: int
    name: str
    locale: str = "en-US"
    closed: bool = False

    def json(self) -> Json:
        return user(self.id, self.name)


def user(number: int, name: str, **more: Any) -> Json:
    return {
        "id": str(number),
        "username": name.lower(),
        "global_name": name,
        "discriminator": "0",
        "avatar": None,
        "public_flags": 0,
        "flags": 0,
    } | more


@dataclass
class Posted:
    """A message in its present form; `body` holds content, embeds, components, flags."""

    id: int
    place: Place
    author: Json
    body: Json
    at: datetime
    nonce: str | int | None = None
    edits: int = 0
    thread: Place | None = None
    deleted: bool = False

    @property
    def content(self) -> str:
        return self.body.get("content") or ""

    @property
    def text(self) -> str:
        """All text in reading order: the content, then what the components show."""
        shown = [one["content"] for one in self.components if one["type"] == TEXT_DISPLAY]
        return "\n".join(filter(None, [self.content, *shown]))

    @property
    def components(self) -> list[Json]:
        """Every component at any depth, in reading order."""
        return list(nested(self.body.get("components") or []))

    @property
    def flags(self) -> int:
        return self.body.get("flags") or 0

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & EPHEMERAL)

    @property
    def buttons(self) -> list[Json]:
        return [one for one in self.components if one["type"] == BUTTON]

    @property
    def labels(self) -> list[str]:
        return [button.get("label", "") for button in self.buttons]

    @property
    def selects(self) -> list[Json]:
        return [one for one in self.components if one["type"] in SELECTS]

    def select(self, value: str) -> Json | None:
        """The first select with an option of this label or value."""
        for select in self.selects:
            if any(value in (one["label"], one["value"]) for one in select.get("options", ())):
                return select
        return None

    def button(self, label: str) -> Json:
        found = [button for button in self.buttons if button.get("label") == label]
        assert found, f"no button {label!r} among {self.labels}"
        return found[0]

    def json(self) -> Json:
        edited = self.at.isoformat() if self.edits else None
        message: Json = {
            "id": str(self.id),
            "channel_id": str(self.place.id),
            "type": 0,
            "author": self.author,
            "content": self.content,
            "timestamp": self.at.isoformat(),
            "edited_timestamp": edited,
            "tts": False,
            "mention_everyone": False,
            "mentions": [],
            "mention_roles": [],
            "attachments": self.body.get("attachments") or [],
            "embeds": self.body.get("embeds") or [],
            "components": self.body.get("components") or [],
            "flags": self.flags,
            "pinned": False,
        }
        if self.nonce is not None:
            message["nonce"] = self.nonce
        if self.thread is not None:
            message["thread"] = self.thread.json()
        return message


def nested(components: Iterable[Json]) -> Iterator[Json]:
    """Components and everything in them."""
    for one in components:
        yield one
        yield from nested(one.get("components") or ())
        inside = (one.get("accessory"), one.get("component"))
        yield from nested([each for each in inside if each])
