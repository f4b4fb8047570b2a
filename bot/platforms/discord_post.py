"""Carries rendered messages to Discord's channels, once each."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import discord
from discord.enums import try_enum
from discord.http import Route

from bot.clock import Clock
from bot.delivery.notices import DISCORD_DIRECT
from bot.delivery.outcome import Closed, Later, Outcome, Refused, Sent
from bot.delivery.pace import Lane, Limit, Limits, Pace
from bot.platforms.discord_asked import ROOMS
from bot.platforms.discord_errors import NO_TAG, done_before, outcome
from bot.platforms.discord_forum import applied_tags, post_body, wants_a_tag
from bot.platforms.discord_recovery import Search, marked, must_look, nonce, settles
from bot.platforms.discord_request import PATIENCE, Declined, RequestFailed, Requests
from bot.platforms.discord_rights import lacks, missing_in
from storage.deliveries import Delivery
from storage.models import Address, Chat, Json, Platform, Room
from storage.store import Store

# 50 requests a second over all; what does not wait for a turn, such as logging in, finds room in
# what the pace leaves to be on the safe side: https://docs.discord.com/developers/topics/rate-limits
OVERALL = Limit(50, 1.0)
# Discord publishes no figures for a channel's buckets; this is what its headers say.
BUCKET: Limits = (Limit(5, 5.0),)

CROSSPOST_PATIENCE = 20.0  # seconds

NOT_CONNECTED = Later("there is no connection to Discord", platform_down=True)
NOTHING_BEFORE = Refused("what this belongs to was never posted")

_CHANNEL = "/channels/{channel_id}"
_MESSAGES = f"{_CHANNEL}/messages"
_MESSAGE = f"{_MESSAGES}/{{message_id}}"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Errand:
    """One delivery on its way: through which client, to which channel or thread, about what."""

    client: discord.Client
    delivery: Delivery
    channel: str
    about: str

    @property
    def in_thread(self) -> bool:
        """Whether it goes to a thread or a post that an earlier call made."""
        return self.channel != _channel(self.delivery.chat)

    @property
    def bucket(self) -> str:
        """What Discord counts it with."""
        return f"{self.delivery.method} {self.channel}"

    @property
    def lane(self) -> Lane:
        """What goes to a chat without belonging to a digest counts as an answer to somebody."""
        return Lane.REPLY if self.delivery.digest is None else Lane.BROADCAST


class Looks(Requests):
    """Requests that only look, which count towards the limit over all as well."""

    def __init__(self, pace: Pace, patience: float) -> None:
        super().__init__(patience)
        self._pace = pace

    async def make(
        self,
        client: discord.Client,
        route: Route,
        body: Json | None = None,
        query: Mapping[str, str | int] | None = None,
    ) -> Any:
        """Make one request when its turn has come; see `Requests`."""
        async with self._pace.turn("look", (), Lane.BROADCAST):
            return await super().make(client, route, body, query)


class DiscordPost:
    """Makes deliveries' calls through whichever client is in use, and tells what came of them."""

    def __init__(self, store: Store, clock: Clock, patience: float = PATIENCE) -> None:
        self._store = store
        self._clock = clock
        self._pace = Pace(clock, OVERALL)
        self._requests = Requests(patience)
        self._looks = Looks(self._pace, patience)
        self._crossposts = Requests(min(patience, CROSSPOST_PATIENCE))
        self._client: discord.Client | None = None

    def use(self, client: discord.Client | None) -> None:
        """Carry through this client from now on, which has logged in; None while there is none."""
        self._client = client

    def close(self) -> None:
        """Let nobody wait any longer."""
        self._client = None
        self._pace.close()
        self._requests.close()
        self._looks.close()
        self._crossposts.close()

    async def carry(self, delivery: Delivery, about: str | None) -> Outcome:
        """Make the delivery's call once and tell what came of it; see `bot.delivery.outcome`."""
        if delivery.about is not None and not about:
            return NOTHING_BEFORE
        client = self._client
        if client is None or client.is_closed():
            return NOT_CONNECTED
        channel = _channel(delivery.chat)
        if delivery.method == "message" and about:
            channel = about
        return await self._carried(_Errand(client, delivery, channel, about or ""))

    async def room(self, address: Address) -> Chat | None:
        """Tell what kind of place a channel, thread or direct conversation is, and its title.

        What is stored about the chat is kept. One that Discord does not know or show counts as a
        group, where the first delivery will tell what is wrong. None where it cannot be asked.
        """
        client = self._client
        if client is None or client.is_closed():
            return None
        try:
            told = await self._looks.make(client, _route("GET", _CHANNEL, _channel(address)))
        except RequestFailed as error:
            _log.warning("what %s is, is unknown: %s", address, error)
            if not _is_hidden(error):
                return None
            return await self._store.chat(address) or Chat(address, Room.GROUP)
        kind = try_enum(discord.ChannelType, told["type"])
        room = Room.PRIVATE if kind is discord.ChannelType.private else ROOMS.get(kind, Room.GROUP)
        known = await self._store.chat(address)
        return replace(known or Chat(address), room=room, title=_title(told))

    async def direct(self, person: int) -> Address | None:
        """Tell where the bot writes to somebody directly, also to those who never wrote to it.

        None where nobody knows yet and Discord cannot be asked.
        """
        name = DISCORD_DIRECT.format(person)
        known, client = await self._store.note(name), self._client
        if known is None and client is not None and not client.is_closed():
            route = Route("POST", "/users/@me/channels")
            body: Json = {"recipient_id": str(person)}
            try:
                known = str((await self._looks.make(client, route, body))["id"])
            except RequestFailed as error:
                _log.warning("person %d cannot be written to on Discord: %s", person, error)
            else:
                await self._store.put_note(name, known)
        return Address(Platform.DISCORD, known) if known else None

    async def _carried(self, errand: _Errand) -> Outcome:
        """Make the call, unless it is known that it would be refused."""
        try:
            found = self._lacking(errand) or await self._made(errand)
        except RequestFailed as error:
            found = _told(errand, error)
            _log.warning("%s: %s", errand.delivery.chat, error)
        if isinstance(found, Closed) and not found.gone:
            return replace(found, tell=await self._owner(errand))
        return found

    def _lacking(self, errand: _Errand) -> Closed | None:
        """What the bot may not do in the channel, as far as the gateway told of it."""
        place, user = _place(errand), errand.client.user
        if place is None or user is None:
            return None
        names = missing_in(place, user.id, errand.delivery.method, errand.in_thread)
        return Closed(lacks(names, f"#{place.name}")) if names else None

    async def _made(self, errand: _Errand) -> Outcome:
        match errand.delivery.method:
            case "message":
                return await self._message(errand)
            case "edit":
                return await self._edit(errand)
            case "thread":
                return await self._thread(errand)
            case "post":
                return await self._post(errand)
            case "crosspost":
                return await self._crosspost(errand)
        return Refused(f"Discord has no call {errand.delivery.method!r}")

    async def _message(self, errand: _Errand) -> Outcome:
        delivery = errand.delivery
        if must_look(delivery, self._clock.now()):
            found = await self._search(errand).message(errand.channel)
            if found is not None:
                return Sent(found)
        once: Json = {"nonce": nonce(delivery.number), "enforce_nonce": True}
        body = marked(delivery.body, delivery.number) | once
        return await self._sent(errand, _route("POST", _MESSAGES, errand.channel), body)

    async def _edit(self, errand: _Errand) -> Outcome:
        """Edit the message that the delivery is about, or the one that its body names."""
        delivery = errand.delivery
        body = marked(delivery.body, delivery.about or delivery.number)
        message = str(body.pop("message_id", errand.about))
        channel = str(body.pop("channel_id", errand.channel))
        return await self._sent(errand, _about("PATCH", _MESSAGE, channel, message), body)

    async def _thread(self, errand: _Errand) -> Outcome:
        body = dict(errand.delivery.body)
        message = str(body.pop("message_id", errand.about))
        route = _about("POST", f"{_MESSAGE}/threads", errand.channel, message)
        return await self._sent(errand, route, body)

    async def _crosspost(self, errand: _Errand) -> Outcome:
        route = _about("POST", f"{_MESSAGE}/crosspost", errand.channel, errand.about)
        return await self._sent(errand, route)

    async def _post(self, errand: _Errand) -> Outcome:
        delivery, now = errand.delivery, self._clock.now()
        looks = must_look(delivery, now)
        if looks and (seconds := settles(delivery, now)) > 0:
            return Later("an earlier attempt at this post may still be under way", seconds)
        forum = await self._looks.make(errand.client, _route("GET", _CHANNEL, errand.channel))
        if looks:
            found = await self._search(errand).post(errand.channel, str(forum["guild_id"]))
            if found is not None:
                return Sent(found)
        tags = applied_tags(forum, delivery.body)
        if not tags and wants_a_tag(forum):
            return Closed(NO_TAG)
        body = post_body(delivery.body, delivery.number, tags)
        return await self._sent(errand, _route("POST", f"{_CHANNEL}/threads", errand.channel), body)

    async def _sent(self, errand: _Errand, route: Route, body: Json | None = None) -> Sent:
        """Make the request when its turn has come, through the client of that moment."""
        crossposts = errand.delivery.method == "crosspost"
        requests = self._crossposts if crossposts else self._requests
        async with self._pace.turn(errand.bucket, BUCKET, errand.lane):
            answer = await requests.make(self._client or errand.client, route, body)
        return Sent(str(answer["id"]))

    def _search(self, errand: _Errand) -> Search:
        return Search(self._looks, errand.client, errand.delivery)

    async def _owner(self, errand: _Errand) -> Address | None:
        """The direct conversation with whom the server belongs to; None where nobody is known."""
        place = _place(errand)
        if place is None or place.guild.owner_id is None:
            return None
        return await self.direct(place.guild.owner_id)


def _told(errand: _Errand, error: RequestFailed) -> Outcome:
    """What a failed request means; a thread has the id of the message it was made of."""
    delivery = errand.delivery
    if done_before(delivery.method, error):
        return Sent(str(delivery.body.get("message_id", errand.about)))
    return outcome(delivery.method, error, errand.in_thread)


def _channel(address: Address) -> str:
    return address.thread or address.id


def _place(errand: _Errand) -> discord.abc.GuildChannel | discord.Thread | None:
    """The channel of a delivery's chat as the gateway told of it."""
    channel = _channel(errand.delivery.chat)
    place = errand.client.get_channel(int(channel)) if channel.isdecimal() else None
    return place if isinstance(place, discord.abc.GuildChannel | discord.Thread) else None


def _is_hidden(error: RequestFailed) -> bool:
    """Whether Discord itself, not what is in front of it, says that there is nothing to see."""
    return isinstance(error, Declined) and error.status in (403, 404) and not error.everywhere


def _title(channel: Any) -> str:
    """The name of a channel, or of whom one talks to there."""
    people = channel.get("recipients") or [{}]
    name = channel.get("name") or people[0].get("global_name") or people[0].get("username")
    return str(name or "")


def _route(method: str, path: str, channel: str) -> Route:
    return Route(method, path, channel_id=channel)


def _about(method: str, path: str, channel: str, message: str) -> Route:
    return Route(method, path, channel_id=channel, message_id=message)
