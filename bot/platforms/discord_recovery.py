"""What to do about a delivery that may have been made already: repeat it, or look for it first.

Create Message alone has a nonce, by which Discord gives the first message back instead of posting
a second one, "in the past few minutes":
https://docs.discord.com/developers/resources/message#create-message. Edits, threads and crossposts
can be repeated as they are. Everything else is looked for by the delivery's number, which is the
id of the first component of what was posted.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import discord
from discord.http import Route

from bot.platforms.discord_request import Declined, Requests
from storage.deliveries import Delivery
from storage.models import Json

REMEMBERED = timedelta(seconds=170)
"""For so long Discord surely knows a nonce: three minutes are few, less the wait for a turn."""

SLACK = timedelta(minutes=65)  # by which our clock may have been wrong: most often by an hour
SETTLED = timedelta(seconds=15)  # after which Discord is surely done with a request it got

PAGE = 100  # the most that Discord gives at once
MOST_PAGES = 100
"""Pages after which something counts as not posted: 10,000 messages since it was tried."""


def nonce(number: int) -> str:
    """The nonce of a delivery, at most 25 characters for any number of 32 bits."""
    return f"paperboy-{number}"


def marked(body: Json, number: int) -> Json:
    """A message's body whose first component has a delivery's number as its id."""
    components = body.get("components")
    if not isinstance(components, list) or not components:
        return body
    return body | {"components": [components[0] | {"id": number}, *components[1:]]}


def bears(message: Any, me: int, number: int) -> bool:
    """Tell whether a message is what a delivery posted; answers to commands never are."""
    components = message.get("components")
    return (
        bool(components)
        and components[0].get("id") == number
        and int(message["author"]["id"]) == me
        and not message.get("webhook_id")
    )


def must_look(delivery: Delivery, now: datetime) -> bool:
    """Tell whether a delivery may have been made in a way that repeating it would not show.

    For a message it also counts when the first attempt was, even where the last one certainly
    failed: a 5xx tells nothing about whether it was posted. The nonce alone is not trusted where
    an answer was lost, since the clock may have been set meanwhile.
    """
    if delivery.method == "message" and delivery.first_tried is not None:
        nonce_is_known = timedelta() <= now - delivery.first_tried < REMEMBERED
        return delivery.uncertain or not nonce_is_known
    return delivery.method == "post" and delivery.uncertain


def settles(delivery: Delivery, now: datetime) -> float:
    """Seconds for which it is too early to look: Discord may still be working on the attempt."""
    if delivery.first_tried is None:
        return 0.0
    return max(0.0, (SETTLED - (now - delivery.first_tried)).total_seconds())


class Search:
    """Looks through what was posted since a delivery was first tried.

    Raises RequestFailed where Discord does not show it.
    """

    def __init__(self, requests: Requests, client: discord.Client, delivery: Delivery) -> None:
        self._requests = requests
        self._client = client
        self._number = delivery.number
        self._since = (delivery.first_tried or discord.utils.snowflake_time(0)) - SLACK

    async def message(self, channel: str) -> str | None:
        """The id of the message that the delivery posted in a channel or thread, if it did."""
        me = await self._me()
        async for message in self._messages(channel):
            if bears(message, me, self._number):
                return str(message["id"])
        return None

    async def post(self, forum: str, guild: str) -> str | None:
        """The id of the post that the delivery made in a forum, if it did."""
        me = await self._me()
        async for thread in self._threads(forum, guild):
            if self._may_be(thread, forum, me) and await self._began(str(thread["id"]), me):
                return str(thread["id"])
        return None

    async def _me(self) -> int:
        """The bot's own id, which a client without a gateway may not have asked for yet."""
        user = self._client.user
        return user.id if user else int((await self._get(Route("GET", "/users/@me")))["id"])

    async def _messages(self, channel: str) -> AsyncIterator[Any]:
        after = discord.utils.time_snowflake(self._since)
        route = Route("GET", "/channels/{channel_id}/messages", channel_id=channel)
        for _ in range(MOST_PAGES):
            page = await self._get(route, after=after, limit=PAGE)
            for message in page:
                yield message
            if len(page) < PAGE:
                return
            after = max(int(message["id"]) for message in page)

    async def _threads(self, forum: str, guild: str) -> AsyncIterator[Any]:
        """Active threads, then archived ones back to when the delivery was first tried."""
        active = await self._get(Route("GET", "/guilds/{guild_id}/threads/active", guild_id=guild))
        for thread in active["threads"]:
            yield thread
        route = Route("GET", "/channels/{channel_id}/threads/archived/public", channel_id=forum)
        query: dict[str, str | int] = {"limit": PAGE}
        for _ in range(MOST_PAGES):
            page = await self._get(route, **query)
            for thread in page["threads"]:
                yield thread
            archived = [_archived(thread) for thread in page["threads"]]
            if not page.get("has_more") or not archived or min(archived) < self._since:
                return
            query["before"] = min(archived).isoformat()

    def _may_be(self, thread: Any, forum: str, me: int) -> bool:
        return (
            thread.get("parent_id") == forum
            and int(thread.get("owner_id") or 0) == me
            and discord.utils.snowflake_time(int(thread["id"])) >= self._since
        )

    async def _began(self, thread: str, me: int) -> bool:
        """Whether a post begins with the delivery's message, whose id is the post's own."""
        path = "/channels/{channel_id}/messages/{message_id}"
        try:
            first = await self._get(Route("GET", path, channel_id=thread, message_id=thread))
        except Declined as error:
            if error.status == 404:
                return False
            raise
        return bears(first, me, self._number)

    async def _get(self, route: Route, **query: str | int) -> Any:
        return await self._requests.make(self._client, route, query=query)


def _archived(thread: Any) -> datetime:
    return datetime.fromisoformat(thread["thread_metadata"]["archive_timestamp"])
