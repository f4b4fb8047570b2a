"""The fake Discord's gateway opens, resumes and ends sessions as Discord's does."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.discord import CREDENTIAL, FakeDiscord
from tests.fakes.discord_gateway import (
    ACKNOWLEDGED,
    DISPATCH,
    HEARTBEAT,
    HELLO,
    IDENTIFY,
    INVALID_SESSION,
    RECONNECT,
    RESUME,
)


@pytest.fixture
async def discord(clock: FakeClock) -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord(clock) as server:
        yield server


class Client:
    """One connection to the gateway."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def gets(self) -> Any:
        return json.loads(await self.socket.receive_str())

    async def gets_event(self, name: str) -> Any:
        payload = await self.gets()
        assert (payload["op"], payload["t"]) == (DISPATCH, name)
        return payload["d"]

    async def gets_code(self) -> int:
        """What the connection was closed with."""
        message = await self.socket.receive()
        assert message.type is aiohttp.WSMsgType.CLOSE
        return int(message.data)

    async def says(self, operation: int, content: Any = None) -> None:
        await self.socket.send_json({"op": operation, "d": content})

    async def identifies(self, token: str = CREDENTIAL, **more: Any) -> None:
        await self.says(IDENTIFY, {"token": token, "intents": 1, **more})

    async def resumes(self, session: str, seen: int) -> None:
        await self.says(RESUME, {"token": CREDENTIAL, "session_id": session, "seq": seen})


@pytest.fixture
async def connect(discord: FakeDiscord) -> AsyncIterator[Any]:
    """Opens connections, on which the greeting has come."""
    async with aiohttp.ClientSession() as session:

        async def connected() -> Client:
            client = Client(await session.ws_connect(discord.gateway_url))
            assert (await client.gets())["op"] == HELLO
            return client

        yield connected


async def test_a_session_begins_with_all_servers(discord: FakeDiscord, connect: Any) -> None:
    guild, other, away = (discord.guild() for _ in range(3))
    papers = guild.text()
    away.becomes_unavailable()
    other.removes_bot()
    client = await connect()
    await client.identifies()
    ready = await client.gets_event("READY")
    assert ready["shard"] == [0, 1]
    assert ready["resume_gateway_url"] == discord.gateway_url
    assert [one["id"] for one in ready["guilds"]] == [str(guild.id), str(away.id)]
    created = await client.gets_event("GUILD_CREATE")
    assert [one["id"] for one in created["channels"]] == [str(papers.id)]
    away.becomes_available()
    assert (await client.gets_event("GUILD_CREATE"))["id"] == str(away.id)


async def test_what_happens_in_servers_is_told(discord: FakeDiscord, connect: Any) -> None:
    client = await connect()
    await client.identifies()
    await client.gets_event("READY")
    guild = discord.guild()
    papers = guild.text()
    thread = papers.starts_thread()
    thread.is_archived()
    thread.is_deleted()
    papers.is_deleted()
    guild.becomes_unavailable()
    guild.removes_bot()
    guild.invites_bot()
    for event in ("GUILD_CREATE", "CHANNEL_CREATE", "THREAD_CREATE", "THREAD_UPDATE"):
        await client.gets_event(event)
    assert (await client.gets_event("THREAD_DELETE"))["id"] == str(thread.id)
    assert (await client.gets_event("CHANNEL_DELETE"))["id"] == str(papers.id)
    assert (await client.gets_event("GUILD_DELETE"))["unavailable"] is True
    assert "unavailable" not in await client.gets_event("GUILD_DELETE")
    assert "unavailable" not in await client.gets_event("GUILD_CREATE")


async def test_servers_are_divided_among_shards(discord: FakeDiscord, connect: Any) -> None:
    clients = [await connect(), await connect()]
    for shard, client in enumerate(clients):
        await client.identifies(shard=[shard, 2])
        await client.gets_event("READY")
    guild = discord.guild()
    told = clients[(guild.id >> 22) % 2]
    assert (await told.gets_event("GUILD_CREATE"))["id"] == str(guild.id)
    discord.private(discord.person())
    discord.dispatch("TYPING_START", {})
    await clients[0].gets_event("TYPING_START")


async def test_heartbeats_are_acknowledged(discord: FakeDiscord, connect: Any) -> None:
    client = await connect()
    await client.says(HEARTBEAT)
    assert (await client.gets())["op"] == ACKNOWLEDGED
    assert discord.gateway.heartbeats == 1


async def test_who_resumes_gets_what_was_missed(discord: FakeDiscord, connect: Any) -> None:
    client = await connect()
    await client.identifies()
    session = (await client.gets_event("READY"))["session_id"]
    await discord.gateway.cuts()
    message = await client.socket.receive()
    assert message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
    guild = discord.guild()
    again = await connect()
    await again.resumes(session, 1)
    assert (await again.gets_event("GUILD_CREATE"))["id"] == str(guild.id)
    await again.gets_event("RESUMED")
    assert discord.gateway.resumed == [{"session_id": session, "seq": 1}]


@pytest.mark.parametrize("forgotten", [False, True])
async def test_a_session_that_is_not_there_cannot_be_resumed(
    discord: FakeDiscord, connect: Any, forgotten: bool
) -> None:
    client = await connect()
    await client.identifies()
    session = (await client.gets_event("READY"))["session_id"]
    if forgotten:
        discord.gateway.forgets()
    again = await connect()
    await again.resumes(session if forgotten else "another", 1)
    assert await again.gets() == {"op": INVALID_SESSION, "d": False}


@pytest.mark.parametrize("resumable", [False, True])
async def test_sessions_are_invalidated(
    discord: FakeDiscord, connect: Any, resumable: bool
) -> None:
    client = await connect()
    await client.identifies()
    await client.gets_event("READY")
    await discord.gateway.invalidates(resumable)
    assert await client.gets() == {"op": INVALID_SESSION, "d": resumable}
    assert bool(discord.gateway.sessions) is resumable


async def test_clients_are_told_to_reconnect(discord: FakeDiscord, connect: Any) -> None:
    client = await connect()
    await discord.gateway.asks_to_reconnect()
    assert (await client.gets())["op"] == RECONNECT


async def test_a_wrong_token_closes_the_connection(connect: Any) -> None:
    client = await connect()
    await client.identifies("wrong")
    assert await client.gets_code() == 4004


async def test_a_session_is_refused_as_often_as_was_said(
    discord: FakeDiscord, connect: Any
) -> None:
    discord.gateway.refuses(4011)
    client = await connect()
    await client.identifies()
    assert await client.gets_code() == 4011
    again = await connect()
    await again.identifies()
    await again.gets_event("READY")
    assert len(discord.gateway.identified) == 1
    assert CREDENTIAL not in str(discord.gateway.identified)
