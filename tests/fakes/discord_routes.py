"""What the operations of the fake Discord do; each is named as in Discord's specification."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.fakes import discord_interactions as interactions
from tests.fakes.discord_forms import guild_summary
from tests.fakes.discord_limits import Window
from tests.fakes.discord_messages import edit, refuse_writing, written
from tests.fakes.discord_places import (
    CROSSPOSTED,
    HAS_THREAD,
    REQUIRE_TAG,
    THREADS,
    Guild,
    Kind,
    Place,
    Right,
)
from tests.fakes.discord_refusals import Refusal, TooMany, malformed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fakes.discord import FakeDiscord
    from tests.fakes.discord_faults import Call
    from tests.fakes.discord_posted import Json, Posted

# "in the past few minutes": https://docs.discord.com/developers/resources/message#create-message
NONCE_SECONDS = 180.0
CROSSPOSTS, CROSSPOST_SECONDS = 10, 3600.0  # measured by many; published nowhere
MOST_TAGS = 5  # https://docs.discord.com/developers/resources/channel#start-thread-in-forum
PAGE = 50


def get_my_user(discord: FakeDiscord, _call: Call) -> Json:
    return discord.bot


def get_my_application(discord: FakeDiscord, _call: Call) -> Json:
    return discord.application


def get_gateway(discord: FakeDiscord, _call: Call) -> Json:
    return {"url": discord.gateway_url}


def get_bot_gateway(discord: FakeDiscord, _call: Call) -> Json:
    limits = {"total": 1000, "remaining": 999, "reset_after": 86_400_000, "max_concurrency": 1}
    shards = discord.gateway.recommended_shards
    return {"url": discord.gateway_url, "shards": shards, "session_start_limit": limits}


def get_guild(discord: FakeDiscord, call: Call) -> Json:
    return guild_summary(_guild(discord, call))


def get_channel(discord: FakeDiscord, call: Call) -> Json:
    return _place(discord, call).json()


def create_dm(discord: FakeDiscord, call: Call) -> Json:
    person = discord.people.get(int(call.body["recipient_id"]))
    if person is None:
        raise Refusal(10013)
    return discord.private(person).json()


def list_messages(discord: FakeDiscord, call: Call) -> list[Json]:
    """Newest first; `after` gives those that follow it most closely."""
    place = _place(discord, call)
    if not place.bot_rights & Right.READ_MESSAGE_HISTORY:
        return []
    limit = int(call.query.get("limit", PAGE))
    if not 1 <= limit <= 100:
        raise malformed("limit", "must be 1 to 100")
    numbers = sorted(place.posted)
    if (before := call.query.get("before")) is not None:
        numbers = [number for number in numbers if number < int(before)]
    if (after := call.query.get("after")) is not None:
        numbers = [number for number in numbers if number > int(after)][:limit]
    return [place.posted[number].json() for number in reversed(numbers[-limit:])]


def get_message(discord: FakeDiscord, call: Call) -> Json:
    return _posted(_place(discord, call), call).json()


def create_message(discord: FakeDiscord, call: Call) -> Json:
    place = _place(discord, call)
    refuse_writing(place)
    body = written(discord, call.body, call.files)
    nonce = call.body.get("nonce")
    if call.body.get("enforce_nonce") and (first := discord.posted_with(nonce)) is not None:
        return first.json()
    place.archived = False
    return discord.post(place, discord.bot, body, nonce).json()


def update_message(discord: FakeDiscord, call: Call) -> Json:
    place = _place(discord, call)
    posted = _posted(place, call)
    if posted.author is not discord.bot:
        raise Refusal(50005)
    if place.archived:
        raise Refusal(50083)
    edit(discord, posted, call.body, call.files)
    return posted.json()


def crosspost_message(discord: FakeDiscord, call: Call) -> Json:
    place = _place(discord, call)
    posted = _posted(place, call)
    if place.kind is not Kind.ANNOUNCEMENT:
        raise Refusal(50024)
    if not place.bot_rights & Right.SEND_MESSAGES:
        raise Refusal(50013)
    window = discord.crossposts.setdefault(place.id, Window(CROSSPOSTS, CROSSPOST_SECONDS))
    if (wait := window.wait(discord.clock.monotonic())) > 0:
        raise TooMany(wait, "shared")
    if posted.flags & CROSSPOSTED:
        raise Refusal(40033)
    posted.body["flags"] = posted.flags | CROSSPOSTED
    return posted.json()


def create_thread_from_message(discord: FakeDiscord, call: Call) -> Json:
    place = _place(discord, call)
    posted = _posted(place, call)
    if place.kind not in (Kind.TEXT, Kind.ANNOUNCEMENT):
        raise Refusal(50024)
    if not place.bot_rights & Right.CREATE_PUBLIC_THREADS:
        raise Refusal(50013)
    if posted.thread is not None:
        raise Refusal(160004)
    posted.thread = discord.add_thread(place, call.body["name"], posted.id)
    posted.body["flags"] = posted.flags | HAS_THREAD
    return _announced(discord, posted.thread)


def create_thread(discord: FakeDiscord, call: Call) -> Json:
    """In a forum a post with its first message, else a thread without one."""
    place = _place(discord, call)
    forum = place.kind is Kind.FORUM
    if not place.bot_rights & (Right.SEND_MESSAGES if forum else Right.CREATE_PUBLIC_THREADS):
        raise Refusal(50013)
    if not forum:
        if place.kind not in (Kind.TEXT, Kind.ANNOUNCEMENT):
            raise Refusal(50024)
        thread = discord.add_thread(place, call.body["name"], discord.new_id())
        return _announced(discord, thread)
    tags = [int(tag) for tag in call.body.get("applied_tags") or ()]
    _refuse_tags(place, tags)
    body = written(discord, call.body.get("message") or {}, call.files)
    thread = discord.add_thread(place, call.body["name"], number := discord.new_id())
    thread.applied_tags = tags
    posted = discord.post(thread, discord.bot, body, number=number)
    return _announced(discord, thread) | {"message": posted.json()}


def update_channel(discord: FakeDiscord, call: Call) -> Json:
    place = _place(discord, call)
    needed = Right.MANAGE_THREADS if place.kind in THREADS else Right.MANAGE_CHANNELS
    if place.kind not in THREADS and not place.bot_rights & needed:
        raise Refusal(50013)
    place.name = call.body.get("name", place.name)
    place.archived = call.body.get("archived", place.archived)
    return place.json()


def get_active_guild_threads(discord: FakeDiscord, call: Call) -> Json:
    guild = _guild(discord, call)
    active = [one for one in guild.places if one.kind in THREADS and not one.archived]
    return {"threads": [one.json() for one in reversed(active)], "members": []}


def list_public_archived_threads(discord: FakeDiscord, call: Call) -> Json:
    archived = [one for one in _place(discord, call).threads if one.archived]
    limit = int(call.query.get("limit", PAGE))
    found = [one.json() for one in reversed(archived)]
    return {"threads": found[:limit], "members": [], "has_more": len(found) > limit}


def list_application_commands(discord: FakeDiscord, call: Call) -> list[Json]:
    return discord.commands.get(call.names.get("guild_id", ""), [])


def bulk_set_application_commands(discord: FakeDiscord, call: Call) -> list[Json]:
    """Replace all; a command keeps its id as long as it keeps its name and type."""
    guild = call.names.get("guild_id", "")
    old = {(one["name"], one["type"]): one["id"] for one in discord.commands.get(guild, ())}
    discord.commands[guild] = [_command(discord, one, old) for one in call.body]
    return discord.commands[guild]


def _place(discord: FakeDiscord, call: Call) -> Place:
    """The channel that a call is about, if it is there and the bot sees it."""
    place = discord.places.get(call.place)
    if place is None:
        raise Refusal(10003)
    if place.kind is Kind.GROUP_DM or (place.guild is not None and place.guild.removed):
        raise Refusal(50001)
    if not place.bot_rights & Right.VIEW_CHANNEL:
        raise Refusal(50001)
    return place


def _guild(discord: FakeDiscord, call: Call) -> Guild:
    guild = discord.guilds.get(int(call.names["guild_id"]))
    if guild is None or guild.removed:
        raise Refusal(10004)
    return guild


def _posted(place: Place, call: Call) -> Posted:
    posted = place.posted.get(int(call.names["message_id"]))
    if posted is None:
        raise Refusal(10008)
    return posted


def _refuse_tags(place: Place, tags: list[int]) -> None:
    if len(tags) > MOST_TAGS:
        raise malformed("applied_tags", f"must be {MOST_TAGS} or fewer in length")
    if not set(tags) <= set(place.tags.values()):
        raise Refusal(10087)
    if place.flags & REQUIRE_TAG and not tags:
        raise Refusal(40067)


def _announced(discord: FakeDiscord, thread: Place) -> Json:
    content = thread.json()
    discord.dispatch("THREAD_CREATE", content | {"newly_created": True}, thread.guild)
    return content


def _command(discord: FakeDiscord, given: Json, old: dict[tuple[str, int], str]) -> Json:
    kind = given.get("type", 1)
    defaults: Json = {
        "application_id": discord.application["id"],
        "version": str(discord.new_id()),
        "description": "",
        "default_member_permissions": None,
        "nsfw": False,
        "options": [],
        "dm_permission": True,
    }
    number = old.get((given["name"], kind)) or str(discord.new_id())
    command = defaults | given | {"id": number, "type": kind}
    if (rights := command["default_member_permissions"]) is not None:
        command["default_member_permissions"] = str(rights)
    return command


CHANNEL = "/channels/{channel_id}"
MESSAGES = f"{CHANNEL}/messages"
MESSAGE = f"{MESSAGES}/{{message_id}}"
APPLICATION = "/applications/{application_id}"
CALLBACK = "/interactions/{interaction_id}/{interaction_token}/callback"
WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}"
ANSWER = f"{WEBHOOK}/messages/{{message_id}}"

ROUTES: list[tuple[str, str, str, Callable[[FakeDiscord, Call], Any]]] = [
    ("GET", "/users/@me", "get_my_user", get_my_user),
    ("POST", "/users/@me/channels", "create_dm", create_dm),
    ("GET", "/oauth2/applications/@me", "get_my_oauth2_application", get_my_application),
    ("GET", "/applications/@me", "get_my_application", get_my_application),
    ("GET", "/gateway", "get_gateway", get_gateway),
    ("GET", "/gateway/bot", "get_bot_gateway", get_bot_gateway),
    ("GET", "/guilds/{guild_id}", "get_guild", get_guild),
    ("GET", "/guilds/{guild_id}/threads/active", "get_active_guild_threads",
     get_active_guild_threads),
    ("GET", CHANNEL, "get_channel", get_channel),
    ("PATCH", CHANNEL, "update_channel", update_channel),
    ("GET", MESSAGES, "list_messages", list_messages),
    ("POST", MESSAGES, "create_message", create_message),
    ("GET", MESSAGE, "get_message", get_message),
    ("PATCH", MESSAGE, "update_message", update_message),
    ("POST", f"{MESSAGE}/crosspost", "crosspost_message", crosspost_message),
    ("POST", f"{MESSAGE}/threads", "create_thread_from_message", create_thread_from_message),
    ("POST", f"{CHANNEL}/threads", "create_thread", create_thread),
    ("GET", f"{CHANNEL}/threads/archived/public", "list_public_archived_threads",
     list_public_archived_threads),
    ("GET", f"{APPLICATION}/commands", "list_application_commands", list_application_commands),
    ("PUT", f"{APPLICATION}/commands", "bulk_set_application_commands",
     bulk_set_application_commands),
    ("GET", f"{APPLICATION}/guilds/{{guild_id}}/commands", "list_guild_application_commands",
     list_application_commands),
    ("PUT", f"{APPLICATION}/guilds/{{guild_id}}/commands", "bulk_set_guild_application_commands",
     bulk_set_application_commands),
    ("POST", CALLBACK, "create_interaction_response", interactions.respond),
    ("POST", WEBHOOK, "execute_webhook", interactions.follow_up),
    ("GET", ANSWER, "get_webhook_message", interactions.get_answer),
    ("PATCH", ANSWER, "update_webhook_message", interactions.update_answer),
    ("DELETE", ANSWER, "delete_webhook_message", interactions.delete_answer),
]  # fmt: skip
"""Method, path, operation and what does it; a message's id may be `@original` for an answer's."""
