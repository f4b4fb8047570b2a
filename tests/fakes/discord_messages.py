"""What becomes of a message's body in the fake Discord: written, edited, refused."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from tests.fakes.discord_checks import check_message, is_v2, number_components
from tests.fakes.discord_places import (
    COMPONENTS_V2,
    CROSSPOSTED,
    HAS_THREAD,
    THREADS,
    Kind,
    Place,
    Right,
)
from tests.fakes.discord_posted import EPHEMERAL, Json, Posted
from tests.fakes.discord_refusals import Refusal

if TYPE_CHECKING:
    from tests.fakes.discord import FakeDiscord

PARTS = "content", "embeds", "components"
LASTING = CROSSPOSTED | HAS_THREAD | EPHEMERAL | COMPONENTS_V2  # flags that no edit takes away


def written(discord: FakeDiscord, asked: Json, files: dict[str, str]) -> Json:
    """The body of a new message; raises Refusal where it cannot be."""
    body = {part: copy.deepcopy(asked[part]) for part in PARTS if asked.get(part)}
    body["flags"] = asked.get("flags") or 0
    _attach(discord, body, files)
    check_message(body, is_v2(body))
    number_components(body.get("components", []))
    return body


def edit(discord: FakeDiscord, posted: Posted, asked: Json, files: dict[str, str]) -> None:
    """Change what is named, keep the rest; raises Refusal where the result cannot be."""
    named = {part: copy.deepcopy(asked[part]) or None for part in PARTS if part in asked}
    body = posted.body | named
    body["flags"] = (asked.get("flags") or 0) | (posted.flags & LASTING)
    _attach(discord, body, files)
    check_message(body, is_v2(body))
    number_components(body.get("components") or [])
    posted.body = body
    posted.edits += 1


def refuse_writing(place: Place) -> None:
    """Raise Refusal where the bot may not post there."""
    if place.kind is Kind.FORUM:
        raise Refusal(50024)
    if place.kind is Kind.DM and place.owner.closed:
        raise Refusal(50007)
    thread = place.kind in THREADS
    if not place.bot_rights & (Right.SEND_MESSAGES_IN_THREADS if thread else Right.SEND_MESSAGES):
        raise Refusal(50013)
    if place.locked and not place.bot_rights & Right.MANAGE_THREADS:
        raise Refusal(50083)


def _attach(discord: FakeDiscord, body: Json, files: dict[str, str]) -> None:
    if files:
        body["attachments"] = [
            {
                "id": str(discord.new_id()),
                "filename": name,
                "size": len(content.encode()),
                "url": f"https://cdn.discordapp.com/{name}",
                "proxy_url": f"https://media.discordapp.net/{name}",
                "content": content,
            }
            for name, content in files.items()
        ]
