"""How the fake Discord tells of its guilds and channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.fakes.discord_places import Guild, Place
    from tests.fakes.discord_posted import Json

_NUMBERS = (
    *("afk_timeout", "verification_level", "default_message_notifications", "mfa_level"),
    *("explicit_content_filter", "nsfw_level", "premium_tier", "premium_subscription_count"),
    "system_channel_flags",
)
_NOTHING = (
    *("icon", "splash", "discovery_splash", "banner", "description", "afk_channel_id"),
    *("system_channel_id", "rules_channel_id", "public_updates_channel_id", "vanity_url_code"),
    *("application_id", "safety_alerts_channel_id"),
)


def member_json(who: Json, roles: Iterable[int] = ()) -> Json:
    """A member of a guild without more rights than the roles give."""
    return {
        "user": who,
        "roles": [str(role) for role in roles],
        "joined_at": "2025-01-01T00:00:00+00:00",
        "deaf": False,
        "mute": False,
        "flags": 0,
        "nick": None,
        "avatar": None,
    }


def guild_json(guild: Guild) -> Json:
    """The content of GUILD_CREATE."""
    places = guild.places
    return guild_summary(guild) | {
        "joined_at": "2025-01-01T00:00:00+00:00",
        "large": False,
        "unavailable": False,
        "member_count": len(guild.members) + 2,
        "members": [member_json(guild.discord.bot, [guild.bot_role])],
        "channels": [one.json() for one in places if one.parent is None],
        "threads": [one.json() for one in places if one.parent and not one.archived],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def guild_summary(guild: Guild) -> Json:
    """What GET tells."""
    return {
        "id": str(guild.id),
        "name": guild.name,
        "owner_id": str(guild.owner.id),
        "roles": [
            _role(guild.id, "@everyone", 0, 0),
            bot_role_json(guild),
        ],
        "preferred_locale": guild.locale,
        "features": ["COMMUNITY", "NEWS"],
        "emojis": [],
        "stickers": [],
        **dict.fromkeys(_NUMBERS, 0),
        **dict.fromkeys(_NOTHING),
    }


def bot_role_json(guild: Guild) -> Json:
    """The role that came with the bot."""
    return _role(guild.bot_role, "Paperboy", guild.bot_rights, 1)


def _role(number: int, name: str, rights: int, position: int) -> Json:
    return {
        "id": str(number),
        "name": name,
        "permissions": str(int(rights)),
        "position": position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": bool(position),
        "mentionable": False,
        "flags": 0,
    }


def place_json(place: Place) -> Json:
    """A channel, a thread or a conversation."""
    common: Json = {"id": str(place.id), "type": int(place.kind), "flags": place.flags}
    common["last_message_id"] = str(next(reversed(place.posted))) if place.posted else None
    if place.guild is None:
        return common | {"recipients": [place.owner.json()]}
    common |= {"guild_id": str(place.guild.id), "name": place.name, "rate_limit_per_user": 0}
    return common | (_thread_json(place) if place.parent else _channel_json(place))


def _channel_json(place: Place) -> Json:
    overwrite: Json = {"id": place.discord.bot["id"], "type": 1, "allow": "0"}
    channel: Json = {
        "position": 0,
        "parent_id": None,
        "topic": None,
        "nsfw": False,
        "permission_overwrites": (
            [overwrite | {"deny": str(int(place.denied))}] if place.denied else []
        ),
    }
    if place.kind.name == "FORUM":
        tag = {"moderated": False, "emoji_id": None, "emoji_name": None}
        channel["available_tags"] = [
            {"id": str(number), "name": name} | tag for name, number in place.tags.items()
        ]
        channel |= {"default_reaction_emoji": None, "default_sort_order": None}
        channel["default_forum_layout"] = 0
    return channel


def _thread_json(place: Place) -> Json:
    assert place.parent
    return {
        "parent_id": str(place.parent.id),
        "owner_id": place.discord.bot["id"],
        "message_count": len(place.posted),
        "total_message_sent": len(place.posted),
        "member_count": 1,
        "applied_tags": [str(tag) for tag in place.applied_tags],
        "thread_metadata": {
            "archived": place.archived,
            "locked": place.locked,
            "auto_archive_duration": 4320,
            "archive_timestamp": "2026-01-01T00:00:00+00:00",
            "create_timestamp": "2026-01-01T00:00:00+00:00",
        },
    }
