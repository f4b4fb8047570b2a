"""Servers that let the bot out and in again, channels and threads that go."""

from pathlib import Path

import pytest
from discord import PermissionOverwrite
from simcord import ChannelHandle

from bot.platforms.discord_chats import REMOVED
from bot.platforms.discord_rights import lacks, takes
from storage.models import Chat, Room, Subscription
from tests.bot.platforms.discord_world import World, thread_in, world


async def subscribed(here: World, *places: str) -> None:
    for place in places:
        address = here.address(here.places[place])
        await here.services.store.put_chat(Chat(address, Room.GROUP))
        await here.services.store.put_subscription(Subscription(0, address, "cs.CV"))


async def known(here: World, where: ChannelHandle) -> Chat | None:
    return await here.services.store.chat(here.address(where))


async def test_a_server_without_the_bot_is_paused_until_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as here:
        await subscribed(here, "text", "thread")
        guild = here.env.bot.get_guild(here.guild.id)
        assert guild is not None
        here.env.backend.remove_guild(guild.id)
        await here.env.settle()
        gone = [await known(here, here.places[place]) for place in ("text", "thread", "news")]
        await here.bot.on_guild_join(guild)
        back = [await known(here, here.places[place]) for place in ("text", "thread", "news")]
    assert [one.paused if one else "" for one in gone] == [REMOVED, REMOVED, ""]
    assert [one.paused if one else "" for one in back] == [None, None, ""]


async def test_what_is_paused_for_another_reason_stays_so_when_the_bot_joins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as here:
        address = here.address(here.places["text"])
        await here.services.store.put_chat(Chat(address, Room.GROUP, paused="no tag"))
        guild = here.env.bot.get_guild(here.guild.id)
        assert guild is not None
        await here.bot.on_guild_join(guild)
        chat = await known(here, here.places["text"])
    assert chat is not None
    assert chat.paused == "no tag"


@pytest.mark.parametrize(
    "reason", [lacks(["Send Messages"], "#papers"), takes("message"), takes("post")]
)
async def test_channels_go_on_where_the_bot_has_the_permissions_that_it_lacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    async with world(tmp_path, monkeypatch) as here:
        silent = PermissionOverwrite(send_messages=False)
        here.places["muted"] = here.guild.create_text_channel(
            "muted", overwrites={here.guild.default_role: silent}
        )
        await here.env.settle()
        names = ("text", "forum", "thread", "muted")
        for name in names:
            address = here.address(here.places[name])
            await here.services.store.put_chat(Chat(address, Room.GROUP, paused=reason))
        guild = here.env.bot.get_guild(here.guild.id)
        assert guild is not None
        await here.bot.on_guild_join(guild)
        found = [await known(here, here.places[name]) for name in names]
    assert [one.paused if one else "" for one in found] == [None, None, None, reason]


async def test_a_deleted_channel_is_forgotten_with_its_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as here:
        await subscribed(here, "text", "thread", "news")
        here.env.backend.delete_channel(here.places["text"].id)
        await here.env.settle()
        left = [await known(here, here.places[one]) for one in ("text", "thread", "news")]
        ended = await here.services.store.subscriptions(here.address(here.places["text"]))
    assert [one is not None for one in left] == [False, False, True]
    assert not ended


async def test_a_deleted_thread_is_forgotten_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as here:
        here.places["other"] = thread_in(here.env, here.guild, here.places["text"], "other")
        await subscribed(here, "text", "thread", "other")
        here.env.backend.delete_channel(here.places["thread"].id)
        await here.env.settle()
        left = [await known(here, here.places[one]) for one in ("text", "thread", "other")]
    assert [one is not None for one in left] == [True, False, True]
