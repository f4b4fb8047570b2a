"""The adapter between the real application and the fake Telegram, with commands that a test wrote.

What the real commands say there is in `test_telegram_commands.py`.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.commands.request import carried
from bot.platforms.telegram import AT_ONCE_IN_A_CHAT
from bot.platforms.telegram_answer import PATIENCE
from formatters.document import Action
from storage.models import Chat, Room, Settings
from tests.bot.platforms.telegram_bot import Script, address_of, said, working_bot
from tests.fakes.telegram import FakeTelegram, File


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as server:
        yield server


@pytest.fixture
def script() -> Script:
    return Script()


class TestAnswers:
    async def test_a_private_chat_sees_typing_and_then_the_answer(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada = telegram.private(telegram.person("Ada", "zh-hans"))
        async with working_bot(telegram, tmp_path, script) as rig:
            assert (await rig.asks(ada, "/search flow matching")).text == "this is search"
        request = script.requests[0]
        assert (request.command, request.arguments) == ("search", "flow matching")
        assert (request.asker.id, request.asker.language) == (str(ada.id), "zh-hans")
        assert request.chat.room is Room.PRIVATE
        assert "reply_parameters" not in telegram.called("sendMessage")[0]
        assert telegram.called("sendChatAction") == [{"chat_id": ada.id, "action": "typing"}]

    async def test_a_group_is_answered_with_a_reference_to_the_question(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        group = telegram.group()
        async with working_bot(telegram, tmp_path, script) as rig:
            answer = await rig.asks(group, "/help@paperboy_test_bot")
        assert answer.body["reply_parameters"]["allow_sending_without_reply"] is True
        assert script.requests[0].chat.title == "Reading group"

    async def test_a_topic_is_answered_in_the_topic(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        topic = telegram.group(forum=True).topic()
        async with working_bot(telegram, tmp_path, script) as rig:
            assert (await rig.asks(topic, "/help")).thread == topic.thread
        assert script.requests[0].chat.address.thread == str(topic.thread)

    async def test_the_general_topic_is_not_named(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        forum = telegram.group(forum=True)
        async with working_bot(telegram, tmp_path, script) as rig:
            assert (await rig.asks(forum, "/help")).thread is None

    async def test_a_post_in_a_channel_is_answered_there(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        channel = telegram.channel()
        async with working_bot(telegram, tmp_path, script) as rig:
            assert (await rig.asks(channel, "/help")).text == "this is help"
        assert not telegram.called("sendChatAction")

    async def test_a_file_comes_after_the_message(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        topic = telegram.group(forum=True).topic()
        script.replies["export"] = said("here", file=("saved.bib", "@article{a}"))
        async with working_bot(telegram, tmp_path, script) as rig:
            topic.says("/export")
            await telegram.gets("sendDocument")
            await rig.ends()
        assert topic.texts[0] == "here"
        assert topic.messages[1].body["document"] == File("saved.bib", "@article{a}")

    async def test_a_long_answer_comes_in_several_messages_in_order(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada = telegram.private()
        text = " ".join(f"word{number}" for number in range(1200))
        script.replies["digest"] = said(text)
        async with working_bot(telegram, tmp_path, script):
            ada.says("/digest")
            await ada.hears("word1199")
        assert len(ada.messages) > 1
        assert " ".join(" ".join(ada.texts).split()) == text

    async def test_where_nothing_is_to_be_said_nothing_is_sent(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        group = telegram.group()
        script.replies["unknown"] = None
        async with working_bot(telegram, tmp_path, script) as rig:
            group.says("/unknown")
            await telegram.gets("sendChatAction")
            await rig.ends()
        assert not group.messages

    async def test_what_is_not_said_to_us_is_not_even_asked(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        group, channel = telegram.group(), telegram.channel()
        ada = telegram.private()
        group.says("how do you do")
        group.says("/help@another_bot")
        group.gets_automatic_forward("/help", channel)
        ada.edits("/help")
        async with working_bot(telegram, tmp_path, script) as rig:
            await rig.asks(ada, "/last")
        assert script.lines == ["last"]


class TestWhoMayChangeSettings:
    async def test_in_a_group_administrators_may_and_members_may_not(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        member = telegram.person("Member")
        group = telegram.group(members=[member])
        channel = telegram.channel()
        async with working_bot(telegram, tmp_path, script) as rig:
            await rig.asks(group, "/a")
            await rig.asks(group, "/b", by=member)
            group.says_anonymously("/c")
            await group.hears("this is c")
            group.says_as_channel("/d", channel)
            await group.hears("this is d")
        may = {one.command: one.asker.may_change for one in script.requests}
        assert may == {"a": True, "b": False, "c": True, "d": False}

    async def test_who_administers_is_asked_once_a_minute(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        group = telegram.group()
        async with working_bot(telegram, tmp_path, script) as rig:
            for number in (1, 2):
                group.says("/help")
                await group.hears("", number)
            assert len(telegram.called("getChatMember")) == 1
            rig.clock.advance(61)
            await rig.asks(group, "/help")
            assert len(telegram.called("getChatMember")) == 2

    async def test_where_nobody_can_tell_settings_stay_as_they_are(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        group = telegram.group()
        telegram.refuses("getChatMember", 500, "Internal Server Error")
        async with working_bot(telegram, tmp_path, script) as rig:
            await rig.asks(group, "/help")
        assert not script.requests[0].asker.may_change

    async def test_operators_are_those_in_the_configuration(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada, bob = telegram.private(), telegram.private()
        async with working_bot(telegram, tmp_path, script, admins=(ada.id,)) as rig:
            await rig.asks(ada, "/status")
            await rig.asks(bob, "/status")
        assert [one.asker.operates for one in script.requests] == [True, False]


class TestLinks:
    async def test_a_lone_link_in_a_private_chat_is_a_question(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada = telegram.private()
        async with working_bot(telegram, tmp_path, script) as rig:
            await rig.asks(ada, "https://arxiv.org/abs/2401.00001")
        assert script.lines == ["paper https://arxiv.org/abs/2401.00001"]

    async def test_in_a_group_links_are_answered_where_that_is_switched_on(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        quiet, keen = telegram.group(), telegram.group()
        async with working_bot(telegram, tmp_path, script) as rig:
            chat = Chat(address_of(keen), Room.GROUP, settings=Settings(links=True))
            await rig.services.store.put_chat(chat)
            quiet.says("https://arxiv.org/abs/2401.00001")
            keen.says("https://arxiv.org/abs/2401.00002")
            await keen.hears("this is paper")
            await rig.ends()
        assert script.lines == ["paper https://arxiv.org/abs/2401.00002"]


class TestButtons:
    async def test_a_press_is_a_command_and_its_button_is_let_go_once(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada = telegram.private()
        script.replies["help"] = said("help", Action("More", "help search"))
        async with working_bot(telegram, tmp_path, script) as rig:
            await rig.asks(ada, "/help")
            await rig.presses(ada, "More")
            await rig.ends()
        assert script.lines == ["help", "help search"]
        assert [one.pressed for one in script.requests] == [False, True]
        assert len(ada.messages) == 2
        assert len(telegram.called("answerCallbackQuery")) == 1
        assert not telegram.open_queries

    async def test_a_reply_may_replace_the_message_with_the_button(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        topic = telegram.group(forum=True).topic()
        script.replies["help"] = said("page 1", Action("Next", "next"))
        script.replies["next"] = said("page 2", replaces=True)
        async with working_bot(telegram, tmp_path, script) as rig:
            await rig.asks(topic, "/help")
            await rig.presses(topic, "Next")
        assert topic.texts == ["page 2"]
        assert topic.messages[0].buttons == []

    async def test_a_message_that_is_already_so_is_no_failure(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada = telegram.private()
        script.replies["help"] = said("page 1", Action("Again", "help"), replaces=True)
        async with working_bot(telegram, tmp_path, script) as rig:
            await rig.asks(ada, "/help")
            ada.presses("Again")
            await telegram.gets("editMessageText")
            await rig.ends()
        assert ada.texts == ["page 1"]

    async def test_where_the_message_was_deleted_a_new_one_comes(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada = telegram.private()
        script.replies["help"] = said("page 1", Action("Next", "next"))
        script.replies["next"] = said("page 2", replaces=True)
        async with working_bot(telegram, tmp_path, script) as rig:
            posted = await rig.asks(ada, "/help")
            ada.state.posted.clear()
            ada.presses_data("next", posted=posted)
            await ada.hears("page 2")

    async def test_buttons_work_after_a_restart(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada = telegram.private()
        long = f"search {'word ' * 30}".strip()
        async with working_bot(telegram, tmp_path, script) as rig:
            line = await carried(rig.services, long)
            actions = (Action("Short", "paper 1"), Action("Long", line))
            script.replies["help"] = said("help", *actions)
            await rig.asks(ada, "/help")
        async with working_bot(telegram, tmp_path, script) as rig:
            await rig.presses(ada, "Short")
            await rig.presses(ada, "Long")
        assert script.lines == ["help", "paper 1", long]

    @pytest.mark.parametrize("data", ["!", "…", "paper\x00"])
    async def test_a_button_that_nobody_knows_is_let_go(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script, data: str
    ) -> None:
        ada = telegram.private()
        async with working_bot(telegram, tmp_path, script) as rig:
            ada.presses_data(data, posted=await rig.asks(ada, "/help"))
            await telegram.gets("answerCallbackQuery")

    async def test_a_button_below_a_shared_card_is_let_go(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada = telegram.private()
        async with working_bot(telegram, tmp_path, script):
            ada.presses_data("help", inline_message_id="abc")
            await telegram.gets("answerCallbackQuery")
        assert not script.requests

    async def test_a_press_that_is_too_old_to_be_let_go_is_answered_all_the_same(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada = telegram.private()
        telegram.refuses("answerCallbackQuery", 400, "Bad Request: query is too old")
        script.replies["help"] = said("help", Action("More", "more"))
        async with working_bot(telegram, tmp_path, script) as rig:
            await rig.asks(ada, "/help")
            await rig.presses(ada, "More")

    async def test_a_command_that_fails_lets_its_button_go(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada = telegram.private()
        script.replies["help"] = said("help", Action("More", "more"))
        script.replies["more"] = RuntimeError("broken")
        async with working_bot(telegram, tmp_path, script) as rig:
            await rig.asks(ada, "/help")
            ada.presses("More")
            await telegram.gets("answerCallbackQuery")


class TestReadersOfAChannel:
    async def test_are_led_to_the_private_chat_by_buttons_about_a_paper(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        channel, reader = telegram.channel(), telegram.person("Reader")
        script.replies["digest"] = said("digest", Action("1", "paper hep-th/9901001v2"))
        async with working_bot(telegram, tmp_path, script) as rig:
            await rig.asks(channel, "/digest")
            channel.presses("1", by=reader)
            answered = await telegram.gets("answerCallbackQuery")
        assert answered["url"] == "https://t.me/paperboy_test_bot?start=paper_hep_th_9901001v2"
        assert script.lines == ["digest"]

    async def test_are_told_that_other_buttons_are_not_theirs(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        channel, reader = telegram.channel(), telegram.person("Reader", "zh-hans")
        script.replies["list"] = said("list", Action("Delete", "unsubscribe 1"))
        async with working_bot(telegram, tmp_path, script) as rig:
            await rig.asks(channel, "/list")
            channel.presses("Delete", by=reader)
            answered = await telegram.gets("answerCallbackQuery")
        assert (answered["show_alert"], answered["text"][:4]) == (True, "只有本频")
        assert script.lines == ["list"]

    async def test_administrators_press_as_they_like(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        channel = telegram.channel()
        script.replies["list"] = said("list", Action("Delete", "unsubscribe 1"))
        async with working_bot(telegram, tmp_path, script) as rig:
            await rig.asks(channel, "/list")
            await rig.presses(channel, "Delete")
        assert script.lines == ["list", "unsubscribe 1"]
        assert script.requests[1].asker.may_change


class TestWhatTakesLong:
    async def test_is_announced_and_edited_into_the_result(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        group = telegram.group()
        script.held["search"] = asyncio.Event()
        async with working_bot(telegram, tmp_path, script) as rig:
            group.says("/search")
            await rig.clock.somebody_sleeps(PATIENCE)
            rig.clock.advance(PATIENCE)
            await group.hears("Working…")
            script.held["search"].set()
            await group.hears("this is search")
        assert group.texts == ["this is search"]
        assert group.messages[0].edits == 1

    async def test_shows_in_passing_where_a_button_was_pressed(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada = telegram.private(telegram.person(language="zh"))
        script.replies["help"] = said("help", Action("Search", "search"))
        script.held["search"] = asyncio.Event()
        async with working_bot(telegram, tmp_path, script) as rig:
            await rig.asks(ada, "/help")
            ada.presses("Search")
            await rig.clock.somebody_sleeps(PATIENCE)
            rig.clock.advance(PATIENCE)
            assert (await telegram.gets("answerCallbackQuery"))["text"] == "正在处理…"
            script.held["search"].set()
            await ada.hears("this is search")
        assert len(telegram.called("answerCallbackQuery")) == 1

    async def test_leaves_nothing_behind_where_nothing_is_to_be_said(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada = telegram.private()
        script.held["search"] = asyncio.Event()
        script.replies["search"] = None
        async with working_bot(telegram, tmp_path, script) as rig:
            ada.says("/search")
            await rig.clock.somebody_sleeps(PATIENCE)
            rig.clock.advance(PATIENCE)
            await ada.hears("Working…")
            script.held["search"].set()
            await telegram.gets("deleteMessage")
        assert not ada.messages

    async def test_delays_nobody_else(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada, bob = telegram.private(), telegram.private()
        script.held["search"] = asyncio.Event()
        async with working_bot(telegram, tmp_path, script) as rig:
            ada.says("/search")
            await rig.asks(bob, "/help")
            await rig.asks(ada, "/help")
            script.held["search"].set()

    async def test_a_chat_has_only_so_much_under_way(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada, bob = telegram.private(), telegram.private()
        script.held["search"] = asyncio.Event()
        async with working_bot(telegram, tmp_path, script) as rig:
            for _ in range(3 * AT_ONCE_IN_A_CHAT):
                ada.says("/search")
            await rig.asks(bob, "/help")
            script.held["search"].set()
            await ada.hears("this is search", AT_ONCE_IN_A_CHAT)
            await rig.asks(bob, "/help")
        assert script.lines.count("search") == AT_ONCE_IN_A_CHAT
