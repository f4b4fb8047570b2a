"""Asks the fake Discord as a bot's library would, without one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import aiohttp

from tests.fakes.discord import CREDENTIAL, FakeDiscord

if TYPE_CHECKING:
    from types import TracebackType

    from tests.fakes.discord_interactions import Asked
    from tests.fakes.discord_places import Place


class Rest:
    """Each verb returns what was answered; `status` and `headers` are those of the last answer."""

    def __init__(self, discord: FakeDiscord, credential: str = CREDENTIAL) -> None:
        self._discord = discord
        self._headers = {"Authorization": f"Bot {credential}"}
        self.status = 0
        self.headers: dict[str, str] = {}

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(headers=self._headers)
        return self

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def asks(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        keys = more if body is None else {"json": body, **more}
        url = self._discord.api_url + path
        async with self._session.request(method, url, **keys) as response:
            self.status, self.headers = response.status, dict(response.headers)
            if response.content_type != "application/json":
                return await response.text()
            return await response.json()

    async def posts(self, place: Place, content: str = "kites", **body: Any) -> Any:
        said = {"content": content, **body}
        return await self.asks("POST", f"/channels/{place.id}/messages", said)

    async def shows(self, place: Place, components: list[Any], **body: Any) -> Any:
        """Post components of the second version."""
        said = {"components": components, "flags": 1 << 15, **body}
        return await self.asks("POST", f"/channels/{place.id}/messages", said)

    async def edits(self, place: Place, message: Any, **body: Any) -> Any:
        return await self.asks("PATCH", f"/channels/{place.id}/messages/{message['id']}", body)

    async def lists(self, place: Place, **query: Any) -> list[str]:
        """The contents of what the channel holds, in the order of the answer."""
        path = f"/channels/{place.id}/messages"
        return [one["content"] for one in await self.asks("GET", path, params=query)]

    async def threads(self, place: Place, message: Any, name: str = "Details") -> Any:
        path = f"/channels/{place.id}/messages/{message['id']}/threads"
        return await self.asks("POST", path, {"name": name})

    async def crossposts(self, place: Place, message: Any) -> Any:
        return await self.asks("POST", f"/channels/{place.id}/messages/{message['id']}/crosspost")

    async def publishes(self, place: Place, name: str = "Monday", **body: Any) -> Any:
        """Post in a forum."""
        said = {"name": name, "message": {"content": "kites"}, **body}
        return await self.asks("POST", f"/channels/{place.id}/threads", said)

    async def registers(self, *commands: Any) -> Any:
        path = f"/applications/{self._discord.application['id']}/commands"
        return await self.asks("PUT", path, list(commands))

    async def answers(self, asked: Asked, kind: int, **data: Any) -> Any:
        """The first answer to an interaction."""
        path = f"/interactions/{asked.id}/{asked.token}/callback"
        body = {"type": kind, "data": data} if data else {"type": kind}
        return await self.asks("POST", path, body, params={"with_response": "1"})

    async def continues(self, asked: Asked, method: str, path: str = "", **body: Any) -> Any:
        """Use the interaction's webhook."""
        hook = f"/webhooks/{self._discord.application['id']}/{asked.token}{path}"
        return await self.asks(method, hook, body or None)
