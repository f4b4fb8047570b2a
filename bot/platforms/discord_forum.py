"""What makes a forum's post of a rendered call: the forum's own tags, and the delivery's mark."""

from collections.abc import Sequence
from typing import Any

from bot.platforms.discord_recovery import marked
from storage.models import Json

MOST_TAGS = 5
"""https://docs.discord.com/developers/resources/channel#start-thread-in-forum-or-media-channel"""

REQUIRES_TAG = (
    1 << 4
)  # https://docs.discord.com/developers/resources/channel#channel-object-channel-flags


def applied_tags(forum: Any, body: Json) -> tuple[str, ...]:
    """The ids of a forum's tags that are named like the categories of a post, in their order.

    `forum` is the channel as Discord describes it. Tags that only moderators may give are left
    out.
    """
    available = {
        tag["name"].casefold(): str(tag["id"])
        for tag in forum.get("available_tags") or ()
        if not tag.get("moderated")
    }
    wanted = body.get("tags")
    names = [name.casefold() for name in wanted] if isinstance(wanted, list | tuple) else []
    found = dict.fromkeys(available[name] for name in names if name in available)
    return tuple(found)[:MOST_TAGS]


def wants_a_tag(forum: Any) -> bool:
    """Whether a forum takes no post without a tag."""
    return bool(forum.get("flags", 0) & REQUIRES_TAG)


def post_body(body: Json, number: int, tags: Sequence[str]) -> Json:
    """The body of the request that makes a post, which bears a delivery's number."""
    rest = {name: value for name, value in body.items() if name not in ("tags", "message")}
    message = body.get("message")
    first = marked(message, number) if isinstance(message, dict) else message
    return rest | {"message": first, "applied_tags": list(tags)}
