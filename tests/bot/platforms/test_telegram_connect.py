"""Connecting a channel or group from the private chat."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.platforms.telegram_connect import invitation
from formatters.document import Action
from formatters.words import words
from storage.models import Address, Platform, Room
from tests.bot.platforms.telegram_bot import Rig, Script, said, working_bot
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import ADMINISTRATOR, Place, Posted

CHANNEL, GROUP = 1, 2  # what is asked for


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as server:
        yield server


@pytest.fixture
def script() -> Script:
    return Script()


async def picks(rig: Rig, place: Place, other: Place, kind: int) -> Posted:
    """Pick a chat after /connect; returns what the bot says to that."""
    said_before = len(place.messages)
    place.shares(other, kind)
    await rig.telegram.until(lambda: len(place.messages) > said_before)
    return place.messages[said_before]


def test_the_keyboard_asks_for_a_channel_or_a_group() -> None:
    markup = invitation(words("en")).body["reply_markup"]
    assert isinstance(markup, dict)
    requests = [row[0]["request_chat"] for row in markup["keyboard"]]
    assert [one["request_id"] for one in requests] == [CHANNEL, GROUP]
    assert [one["chat_is_channel"] for one in requests] == [True, False]
    assert requests[0]["bot_administrator_rights"]["can_post_messages"] is True


async def test_a_channel_that_was_picked_gets_what_was_asked_for(
    telegram: FakeTelegram, tmp_path: Path, script: Script
) -> None:
    ada = telegram.private()
    assert ada.owner
    channel = telegram.channel(ada.owner)
    script.replies["subscribe"] = said("subscribed", Action("Delete", "unsubscribe 1"))
    async with working_bot(telegram, tmp_path, script) as rig:
        asked = await rig.asks(ada, "/connect cs.CV diffusion")
        assert asked.labels == ["Choose a channel", "Choose a group"]
        connected = await picks(rig, ada, channel, CHANNEL)
        assert connected.body["reply_markup"] == {"remove_keyboard": True}
        await ada.hears("subscribed")
        chat = await rig.services.store.chat(Address(Platform.TELEGRAM, str(channel.id)))
    assert chat is not None
    assert (chat.room, chat.title) == (Room.CHANNEL, "Papers daily")
    request = script.requests[0]
    assert script.lines == ["subscribe cs.CV diffusion"]
    assert request.chat.address == Address(Platform.TELEGRAM, str(channel.id))
    assert request.asker.may_change
    assert not channel.messages


async def test_buttons_that_follow_are_about_the_other_chat_also_after_a_restart(
    telegram: FakeTelegram, tmp_path: Path, script: Script
) -> None:
    ada = telegram.private()
    assert ada.owner
    group = telegram.group(ada.owner)
    long = f"subscribe {'word ' * 12}".strip()
    script.replies["subscribe"] = said(
        "sure?", Action("Yes", long), Action("No", "list"), Action("Web", url="https://arxiv.org")
    )
    async with working_bot(telegram, tmp_path, script) as rig:
        await rig.asks(ada, "/connect cs.CV")
        await picks(rig, ada, group, GROUP)
        posted = await ada.hears("sure?")
    assert all(len(one.get("callback_data", "").encode()) <= 64 for one in posted.buttons)
    assert posted.button("Web")["url"].startswith("https://arxiv.org")
    async with working_bot(telegram, tmp_path, script) as rig:
        await rig.presses(ada, "Yes")
        await rig.presses(ada, "No")
    assert script.lines[1:] == [long, "list"]
    assert {one.chat.address.id for one in script.requests} == {str(group.id)}
    assert script.requests[1].chat.room is Room.GROUP
    assert not group.messages


@pytest.mark.parametrize("line", ["list", "unsubscribe all yes", "subscribe cs.CV"])
@pytest.mark.parametrize("kind", ["private chat", "group", "channel", "unknown"])
async def test_a_forged_button_neither_shows_nor_changes_what_others_have(
    telegram: FakeTelegram, tmp_path: Path, script: Script, kind: str, line: str
) -> None:
    eve = telegram.private()
    assert eve.owner
    others = {
        "private chat": telegram.private().id,
        "group": telegram.group(members=[eve.owner]).id,
        "channel": telegram.channel(subscribers=[eve.owner]).id,
        "unknown": -5,
    }
    async with working_bot(telegram, tmp_path, script) as rig:
        posted = await rig.asks(eve, "/help")
        eve.presses_data(f"at {others[kind]} {line}", posted=posted)
        answer = await telegram.gets("answerCallbackQuery")
    assert answer["text"].startswith("Only administrators")
    assert answer["show_alert"]
    assert script.lines == ["help"]


async def test_nobody_administers_a_private_chat_whatever_telegram_says(
    telegram: FakeTelegram, tmp_path: Path, script: Script
) -> None:
    ada, eve = telegram.private(), telegram.private()
    assert eve.owner
    ada.state.members[eve.owner.id] = ADMINISTRATOR
    async with working_bot(telegram, tmp_path, script) as rig:
        posted = await rig.asks(eve, "/help")
        eve.presses_data(f"at {ada.id} list", posted=posted)
        await telegram.gets("answerCallbackQuery")
    assert script.lines == ["help"]


@pytest.mark.parametrize("line", ["saved", "unsave 2604.00001", "status", "forget yes", "at 5", ""])
async def test_only_commands_that_such_buttons_carry_are_read_even_for_administrators(
    telegram: FakeTelegram, tmp_path: Path, script: Script, line: str
) -> None:
    eve = telegram.private()
    group = telegram.group(eve.owner)
    async with working_bot(telegram, tmp_path, script) as rig:
        posted = await rig.asks(eve, "/help")
        for chat in (group.id, "nowhere"):
            eve.presses_data(f"at {chat} {line}".strip(), posted=posted)
        await eve.hears("this is", times=3)
    assert script.lines == ["help", "", ""]
    assert {one.chat.address.id for one in script.requests} == {str(eve.id)}


async def test_without_a_query_it_is_explained_what_comes_next(
    telegram: FakeTelegram, tmp_path: Path, script: Script
) -> None:
    ada = telegram.private(telegram.person(language="zh"))
    assert ada.owner
    channel = telegram.channel(ada.owner)
    async with working_bot(telegram, tmp_path, script) as rig:
        await rig.asks(ada, "/connect")
        assert "/subscribe" in (await picks(rig, ada, channel, CHANNEL)).text
    assert not script.requests


async def test_the_chats_of_others_stay_as_they_are(
    telegram: FakeTelegram, tmp_path: Path, script: Script
) -> None:
    eve = telegram.private()
    assert eve.owner
    group = telegram.group(members=[eve.owner])
    async with working_bot(telegram, tmp_path, script) as rig:
        await rig.asks(eve, "/connect cs.CV")
        assert "no administrator" in (await picks(rig, eve, group, GROUP)).text
        assert await rig.services.store.chat(Address(Platform.TELEGRAM, str(group.id))) is None
    assert not script.requests


async def test_a_channel_in_which_the_bot_may_not_post_is_refused(
    telegram: FakeTelegram, tmp_path: Path, script: Script
) -> None:
    ada = telegram.private()
    assert ada.owner
    channel = telegram.channel(ada.owner)
    channel.state.members[telegram.bot["id"]] = {"status": "left"}
    async with working_bot(telegram, tmp_path, script) as rig:
        await rig.asks(ada, "/connect cs.CV")
        assert "may not write" in (await picks(rig, ada, channel, CHANNEL)).text
    assert not script.requests


async def test_in_a_group_connect_is_no_command(
    telegram: FakeTelegram, tmp_path: Path, script: Script
) -> None:
    group = telegram.group()
    async with working_bot(telegram, tmp_path, script) as rig:
        await rig.asks(group, "/connect")
    assert script.lines == ["connect"]


async def test_a_chat_that_nobody_asked_for_is_ignored(
    telegram: FakeTelegram, tmp_path: Path, script: Script
) -> None:
    ada = telegram.private()
    assert ada.owner
    group = telegram.group(ada.owner)
    async with working_bot(telegram, tmp_path, script) as rig:
        ada.shares(group, 77)
        await rig.asks(ada, "/help")
    assert ada.texts == ["this is help"]
