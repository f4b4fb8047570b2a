"""Details in a thread, made when somebody wants them: once, whole, and with a way there."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import discord
import pytest
from discord import PermissionOverwrite
from simcord import ChannelHandle

from bot.platforms.discord_exchange import Rendered
from storage.deliveries import DeliveryState
from storage.models import Chat, Platform, Room, Settings, Subscription
from storage.outbox import Settlement
from tests.bot.commands.announcing import TODAY, announce, papers, settle, tick
from tests.bot.platforms.discord_world import Person, World, components, text_of, world

COUNT = 3
BUTTON = "Details in thread"


async def posted(here: World, where: ChannelHandle, language: str = "en") -> discord.Message:
    """A digest in a channel as it arrives where details are on demand."""
    settings = Settings(details="on_demand", language=language)
    await here.services.store.put_chat(Chat(here.address(where), Room.GROUP, settings=settings))
    await here.services.store.put_subscription(Subscription(0, here.address(where), "cs.CV"))
    await announce(here.services, "cs.CV", TODAY, *papers(COUNT))
    await settle(here.services, "cs.CV")
    await tick(here.services)
    here.clock.advance(timedelta(hours=4).total_seconds())
    assert await tick(here.services) == 1
    made = await delivered(here, where)
    return next(one for one in made if isinstance(one, discord.Message))


async def delivered(here: World, where: ChannelHandle) -> list[Any]:
    """Make all calls that wait; what each brought."""
    made: dict[str, Any] = {}
    channel = here.bot.get_channel(where.id)
    assert isinstance(channel, discord.TextChannel)
    now, outbox = here.clock.now(), here.services.store.outbox
    while claims := (await outbox.claim(Platform.DISCORD, now, 10)).deliveries:
        for delivery, about in claims:
            body = dict(delivery.body)
            if delivery.method == "message" and about:
                one: Any = await made[about].send(view=Rendered(body))
            elif delivery.method == "message" and "content" in body:
                one = await channel.send(str(body["content"]))
            elif delivery.method == "message":
                one = await channel.send(view=Rendered(body))
            elif delivery.method == "edit":
                one = await made[str(about)].edit(content=None, view=Rendered(body))
            else:
                message = await channel.fetch_message(int(str(body["message_id"])))
                one = await message.create_thread(name=str(body["name"]))
            made[str(one.id)] = one
            done = Settlement(delivery, DeliveryState.SENT, result=str(one.id))
            await outbox.settle([done], now)
    return list(made.values())


async def press(who: Person, message: discord.Message) -> Any:
    result = await who.click(message, label=BUTTON)
    assert result.acknowledged
    return result


def links(result: Any) -> list[str]:
    parts = components(result.response.components)
    return [str(one["url"]) for one in parts if one.get("url")]


async def test_the_first_press_makes_the_thread_and_all_its_cards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as here:
        where = here.places["text"]
        message = await posted(here, where)
        result = await press(here.member, message)
        thread, *cards = await delivered(here, where)
    assert isinstance(thread, discord.Thread)
    assert (thread.id, thread.name) == (message.id, "cs.CV · Tue, Apr 21, 2026")
    assert [one.channel for one in cards] == [thread] * COUNT
    assert result.ephemeral
    assert links(result) == [f"https://discord.com/channels/{here.guild.id}/{message.id}"]


async def test_it_is_made_once_however_often_and_by_whomever_it_is_pressed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as here:
        where = here.places["text"]
        message = await posted(here, where)
        await press(here.member, message)
        await press(here.admin, message)
        waiting = await delivered(here, where)
        await here.restarts()
        again = await press(here.member, message)
        assert await delivered(here, where) == []
    assert len(waiting) == 1 + COUNT
    assert links(again) == [f"https://discord.com/channels/{here.guild.id}/{message.id}"]


@pytest.mark.parametrize("sent", range(1 + COUNT))
async def test_what_failed_of_it_is_tried_again_at_another_press(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sent: int
) -> None:
    async with world(tmp_path, monkeypatch) as here:
        where = here.places["text"]
        message = await posted(here, where)
        chat, outbox, now = here.address(where), here.services.store.outbox, here.clock.now()
        await press(here.member, message)
        for number in range(sent):
            ((one, _),) = (await outbox.claim(Platform.DISCORD, now, 1)).deliveries
            done = Settlement(one, DeliveryState.SENT, result=f"{number}")
            await outbox.settle([done], now)
        await outbox.fail_chat(chat, "no rights", now)
        await press(here.member, message)
        waiting = await outbox.unsent(chat)
    assert [one.state for one in waiting] == [DeliveryState.QUEUED] * (1 + COUNT - sent)


async def test_what_the_operator_gave_up_of_it_is_tried_again_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as here:
        where = here.places["text"]
        message = await posted(here, where)
        chat, outbox, now = here.address(where), here.services.store.outbox, here.clock.now()
        await press(here.member, message)
        numbers = [one.number for one in await outbox.unsent(chat)]
        assert await outbox.drop(numbers, "given up", now) == 1 + COUNT
        await press(here.member, message)
        thread, *cards = await delivered(here, where)
    assert isinstance(thread, discord.Thread)
    assert [one.channel for one in cards] == [thread] * COUNT


async def test_the_outbox_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[None] = []
    async with world(tmp_path, monkeypatch) as here:
        message = await posted(here, here.places["text"])
        here.services = replace(here.services, wake=lambda: woken.append(None))
        await here.restarts()
        await press(here.member, message)
    assert len(woken) == 1


async def test_the_cards_are_in_the_digests_language_and_the_answer_in_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as here:
        where = here.places["text"]
        message = await posted(here, where, language="zh")
        result = await here.member.click(message, label="在子区中查看详情")
        waiting = await here.services.store.outbox.deliveries([DeliveryState.QUEUED], 9)
    assert "The details are in a thread" in text_of(result)
    assert ["收藏" in str(one.body) for one in waiting if one.method == "message"] == [True] * COUNT


async def test_a_message_that_nobody_knows_any_more_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as here:
        where = here.places["text"]
        message = await posted(here, where)
        await here.services.store.forget_chat(here.address(where))
        result = await press(here.member, message)
        assert await delivered(here, where) == []
    assert "I no longer know what this message showed" in text_of(result)
    assert result.ephemeral


async def test_where_the_bot_may_make_no_threads_nothing_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as here:
        where = here.guild.create_text_channel(
            "narrow",
            overwrites={here.guild.default_role: PermissionOverwrite(create_public_threads=False)},
        )
        message = await posted(here, where)
        result = await press(here.member, message)
        assert await delivered(here, where) == []
    assert "Create Public Threads" in text_of(result)
