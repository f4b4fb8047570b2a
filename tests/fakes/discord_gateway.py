"""The gateway of the fake Discord: sessions that are opened, resumed, refused and cut."""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

if TYPE_CHECKING:
    from tests.fakes.discord import FakeDiscord
    from tests.fakes.discord_places import Guild
    from tests.fakes.discord_posted import Json

# https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway
DISPATCH, HEARTBEAT, IDENTIFY, RESUME = 0, 1, 2, 6
RECONNECT, INVALID_SESSION, HELLO, ACKNOWLEDGED = 7, 9, 10, 11
BEAT = 41_250  # milliseconds between two heartbeats
UNAUTHENTICATED = 4004
HANGING_UP, SILENCE, DEAFNESS = -1, -2, -3  # instead of a code to close with


@dataclass(eq=False)
class Session:
    """What a client opened by identifying; `events` are all that it was to get.

    `socket` is the one by which it gets further ones, None until it was greeted.
    """

    id: str
    shard: int
    shards: int
    events: list[str] = field(default_factory=list)
    socket: web.WebSocketResponse | None = None

    @property
    def connected(self) -> bool:
        return self.socket is not None and not self.socket.closed

    def keep(self, event: str, content: Json) -> str:
        """Number an event and keep it for those who resume; returns it as it is sent."""
        number = len(self.events) + 1
        self.events.append(json.dumps({"op": DISPATCH, "t": event, "s": number, "d": content}))
        return self.events[-1]


class Gateway:
    """All sessions. `identified` lists what clients said on opening one, `resumed` on resuming."""

    def __init__(self, discord: FakeDiscord) -> None:
        self._discord = discord
        self.sessions: dict[str, Session] = {}
        self.sockets: dict[web.WebSocketResponse, asyncio.Transport] = {}
        self.identified: list[Json] = []
        self.resumed: list[Json] = []
        self.heartbeats = 0
        self.recommended_shards = 1
        self._closing: list[int] = []
        self._greetings: list[int] = []

    # What happens to the connections

    async def cuts(self) -> None:
        """Break every connection; the sessions can be resumed."""
        for transport in self.sockets.values():
            transport.abort()
        await asyncio.sleep(0)

    async def closes(self, code: int) -> None:
        """Close every connection with a code."""
        for socket in list(self.sockets):
            await socket.close(code=code)

    async def asks_to_reconnect(self) -> None:
        await self._send_all({"op": RECONNECT, "d": None})

    async def invalidates(self, resumable: bool = False) -> None:
        """Tell that the sessions are no longer valid, or only have to be resumed."""
        if not resumable:
            self.sessions.clear()
        await self._send_all({"op": INVALID_SESSION, "d": resumable})

    def forgets(self) -> None:
        """Lose the sessions without a word, so that resuming one is refused."""
        for session in self.sessions.values():
            session.socket = None
        self.sessions.clear()

    def refuses(self, code: int, times: int = 1) -> None:
        """Close the next connections with a code where they want to identify."""
        self._closing += [code] * times

    def closes_at_once(self, code: int, times: int = 1) -> None:
        """Close the next connections with a code before a word is said."""
        self._greetings += [code] * times

    def falls_silent(self) -> None:
        """Say nothing on the next connection, and do not answer a farewell either."""
        self._greetings.append(SILENCE)

    def goes_deaf(self, times: int = 1) -> None:
        """Once they are ready, listen to nothing on the next connections, not even a farewell."""
        self._greetings += [DEAFNESS] * times

    def turns_away(self, times: int = 1) -> None:
        """Hang up on the next connections before they are open."""
        self._greetings += [HANGING_UP] * times

    async def is_ready(self, sessions: int = 1) -> None:
        """Wait until so many sessions are connected."""
        await self._discord.until(
            lambda: sum(one.connected for one in self.sessions.values()) == sessions
        )

    async def has_identified(self, times: int) -> None:
        """Wait until so many sessions have been opened in all."""
        await self._discord.until(lambda: len(self.identified) >= times)

    async def has_resumed(self, times: int) -> None:
        """Wait until so many sessions have been resumed in all."""
        await self._discord.until(lambda: len(self.resumed) >= times)

    # Events

    def dispatch(self, event: str, content: Json, guild: Guild | None) -> None:
        """Send an event to the session whose shard it belongs to, now or when it resumes."""
        for session in self.sessions.values():
            if session.shard == _shard(guild, session.shards):
                text = session.keep(event, content)
                if session.socket is not None and session.connected:
                    self._discord.later(_send(session.socket, text))

    async def _send_all(self, payload: Json) -> None:
        for socket in list(self.sockets):
            await _send(socket, json.dumps(payload))

    # The server

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Talk to one client until the connection ends."""
        assert request.transport is not None
        greeting = self._greetings.pop(0) if self._greetings else 0
        if greeting == HANGING_UP:
            request.transport.abort()
            return web.Response()
        socket = web.WebSocketResponse(max_msg_size=0, timeout=1.0)
        await socket.prepare(request)
        self.sockets[socket] = request.transport
        self._discord.notice()
        try:
            if greeting == SILENCE:
                await asyncio.Event().wait()
            if greeting > 0:
                await socket.close(code=greeting)
                return socket
            await _send(socket, json.dumps({"op": HELLO, "d": {"heartbeat_interval": BEAT}}))
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._take(socket, json.loads(message.data))
                if greeting == DEAFNESS and self._is_ready(socket):
                    await asyncio.Event().wait()
        finally:
            del self.sockets[socket]
            for session in self.sessions.values():
                if session.socket is socket:
                    session.socket = None
            self._discord.notice()
        return socket

    def _is_ready(self, socket: web.WebSocketResponse) -> bool:
        return any(one.socket is socket for one in self.sessions.values())

    async def _take(self, socket: web.WebSocketResponse, payload: Json) -> None:
        operation, content = payload["op"], payload["d"]
        if operation == HEARTBEAT:
            self.heartbeats += 1
            await _send(socket, json.dumps({"op": ACKNOWLEDGED}))
        elif operation == IDENTIFY:
            await self._identify(socket, content)
        elif operation == RESUME:
            await self._resume(socket, content)
        self._discord.notice()

    async def _identify(self, socket: web.WebSocketResponse, content: Json) -> None:
        code = self._closing.pop(0) if self._closing else 0
        if content["token"] != self._discord.credential:
            code = UNAUTHENTICATED
        if code:
            await socket.close(code=code)
            return
        shard, shards = content.get("shard", (0, 1))
        for old in [one for one in self.sessions.values() if one.shard == shard]:
            self.sessions.pop(old.id)
        session = Session(secrets.token_hex(8), shard, shards)
        self.sessions[session.id] = session
        self._greet(session)
        await self._catch_up(session, socket, 0)
        self.identified.append({name: content[name] for name in content if name != "token"})

    def _greet(self, session: Session) -> None:
        """READY, then each guild of the shard."""
        every = [one for one in self._discord.guilds.values() if not one.removed]
        guilds = [one for one in every if _shard(one, session.shards) == session.shard]
        ready = {
            "v": 10,
            "user": self._discord.bot,
            "guilds": [{"id": str(one.id), "unavailable": True} for one in guilds],
            "session_id": session.id,
            "resume_gateway_url": self._discord.gateway_url,
            "shard": [session.shard, session.shards],
            "application": {"id": self._discord.application["id"], "flags": 0},
        }
        session.keep("READY", ready)
        for guild in guilds:
            if not guild.unavailable:
                session.keep("GUILD_CREATE", guild.json())

    async def _resume(self, socket: web.WebSocketResponse, content: Json) -> None:
        session = self.sessions.get(content["session_id"])
        seen = content["seq"]
        if session is None or not isinstance(seen, int) or seen > len(session.events):
            await _send(socket, json.dumps({"op": INVALID_SESSION, "d": False}))
            return
        session.keep("RESUMED", {})
        await self._catch_up(session, socket, seen)
        self.resumed.append({"session_id": session.id, "seq": seen})

    async def _catch_up(self, session: Session, socket: web.WebSocketResponse, seen: int) -> None:
        """Send what a client has not seen, and from then on everything at once."""
        session.socket = None
        while seen < len(session.events):
            await _send(socket, session.events[seen])
            seen += 1
        session.socket = socket


def _shard(guild: Guild | None, shards: int) -> int:
    """https://docs.discord.com/developers/events/gateway#sharding-formula."""
    return (guild.id >> 22) % shards if guild is not None else 0


async def _send(socket: web.WebSocketResponse, text: str) -> None:
    if not socket.closed:
        try:
            await socket.send_str(text)
        except ConnectionError:
            return
