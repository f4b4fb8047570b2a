"""What the adapter does about refusals, floods, silences and lost connections."""

import logging
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from telegram.error import NetworkError
from telegram.ext import ExtBot

from bot.platforms.telegram_errors import BLOCKED, NO_RIGHTS, NO_TOPIC, Meaning, failure
from bot.platforms.telegram_post import call
from formatters.document import Action
from storage.models import Chat, Room, Settings
from tests.bot.platforms.telegram_bot import NOWHERE, Rig, Script, address_of, said, working_bot
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import POSTING, Place


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as server:
        yield server


@pytest.fixture
def script() -> Script:
    return Script()


async def known(rig: Rig, place: Place, settings: Settings | None = None) -> None:
    """Let the store know a chat, with these settings."""
    room = {"private": Room.PRIVATE, "channel": Room.CHANNEL}.get(place.state.type, Room.GROUP)
    chat = Chat(address_of(place), room, settings=settings or Settings())
    await rig.services.store.put_chat(chat)


async def paused(rig: Rig, place: Place) -> str | None:
    chat = await rig.services.store.chat(address_of(place))
    assert chat is not None
    return chat.paused


class TestChatsThatAreGone:
    @pytest.mark.parametrize(
        ("kind", "rights", "reason"),
        [
            ("private", {"status": "kicked", "until_date": 0}, BLOCKED),
            ("group", {"status": "left"}, BLOCKED),
            ("group", {"status": "restricted", "is_member": True, "until_date": 0}, NO_RIGHTS),
            ("channel", POSTING | {"can_post_messages": False}, NO_RIGHTS),
            ("channel", {"status": "left"}, BLOCKED),
        ],
    )
    async def test_are_paused_until_the_bot_is_let_in_again(
        self,
        telegram: FakeTelegram,
        tmp_path: Path,
        script: Script,
        kind: str,
        rights: dict[str, object],
        reason: str,
    ) -> None:
        places = {
            "private": telegram.private(),
            "group": telegram.group(),
            "channel": telegram.channel(),
        }
        place, other = places[kind], telegram.private()
        for now, expected in ((rights, reason), (POSTING, None)):
            async with working_bot(telegram, tmp_path, script) as rig:
                if await rig.services.store.chat(address_of(place)) is None:
                    await known(rig, place)
                place.makes_bot(now)
                await rig.asks(other, "/help")
                await rig.ends()
                assert await paused(rig, place) == expected

    async def test_a_403_pauses_the_chat(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada = telegram.private()
        telegram.refuses("sendMessage", 403, "Forbidden: bot was blocked by the user")
        async with working_bot(telegram, tmp_path, script) as rig:
            await known(rig, ada)
            ada.says("/help")
            await telegram.gets("sendMessage")
            await rig.ends()
            assert await paused(rig, ada) == BLOCKED

    async def test_the_topics_of_a_group_go_on_with_it(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        forum, elsewhere = telegram.group(forum=True), telegram.group(forum=True)
        topic, other = forum.topic(), elsewhere.topic()
        async with working_bot(telegram, tmp_path, script) as rig:
            for place in (forum, topic, other):
                chat = Chat(address_of(place), Room.GROUP, paused=BLOCKED)
                await rig.services.store.put_chat(chat)
            forum.unblocks()
            await rig.asks(telegram.private(), "/help")
            await rig.ends()
            found = [await paused(rig, place) for place in (forum, topic, other)]
            assert found == [None, None, BLOCKED]

    async def test_a_topic_that_was_deleted_is_paused_and_not_its_group(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        forum = telegram.group(forum=True)
        topic = forum.topic()
        async with working_bot(telegram, tmp_path, script) as rig:
            await known(rig, topic)
            await known(rig, forum)
            assert forum.state.topics is not None
            forum.state.topics.clear()
            topic.says("/help")
            await telegram.gets("sendMessage")
            await rig.ends()
            assert await paused(rig, topic) == NO_TOPIC
            assert await paused(rig, forum) is None

    async def test_a_chat_that_nobody_knows_stays_unknown(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada, bob = telegram.private(), telegram.private()
        async with working_bot(telegram, tmp_path, script) as rig:
            ada.blocks()
            await rig.asks(bob, "/help")
            await rig.ends()
            assert await rig.services.store.chat(address_of(ada)) is None


class TestMigration:
    async def test_everything_is_kept_under_the_new_number(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        group = telegram.group()
        async with working_bot(telegram, tmp_path, script) as rig:
            await known(rig, group, Settings(language="zh"))
            new = group.migrates()
            await rig.asks(new, "/help")
            await rig.ends()
            assert await rig.services.store.chat(address_of(group)) is None
            moved = await rig.services.store.chat(address_of(new))
        assert moved is not None
        assert moved.settings.language == "zh"

    async def test_what_is_sent_to_the_old_number_goes_once_to_the_new_one(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        group = telegram.group()
        async with working_bot(telegram, tmp_path, script) as rig:
            await known(rig, group)
            new = group.migrates(silently=True)
            group.says("/help")
            await new.hears("this is help")
            await rig.ends()
            assert await rig.services.store.chat(address_of(new)) is not None
        assert new.texts == ["this is help"]
        assert [one["chat_id"] for one in telegram.called("sendMessage")] == [group.id, new.id]


class TestFloods:
    async def test_the_chat_waits_as_long_as_it_is_told_and_no_other_does(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada, bob = telegram.private(), telegram.private()
        telegram.floods(ada, retry_after=30)
        async with working_bot(telegram, tmp_path, script, paced=True) as rig:
            ada.says("/help")
            await rig.clock.somebody_sleeps(30)
            for _ in range(3):
                bob.says("/help")
            await bob.hears("this is help", times=3)
            rig.clock.advance(29)
            assert not ada.messages
            rig.clock.advance(1)
            await ada.hears("this is help")

    async def test_a_flood_that_lasts_too_long_for_an_answer_is_not_waited_for(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada = telegram.private()
        telegram.floods(ada, retry_after=3600)
        async with working_bot(telegram, tmp_path, script, paced=True) as rig:
            ada.says("/help")
            await telegram.gets("sendMessage")
            await rig.ends()
        assert not ada.messages

    async def test_a_flood_that_does_not_end_is_given_up(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada = telegram.private()
        telegram.floods(ada, retry_after=5, times=9)
        async with working_bot(telegram, tmp_path, script, paced=True) as rig:
            ada.says("/help")
            for times in (1, 2):
                await telegram.gets("sendMessage", times)
                await rig.clock.somebody_sleeps(5)
                rig.clock.advance(5)
            await telegram.gets("sendMessage", 3)
            await rig.ends()
        assert len(telegram.called("sendMessage")) == 3


class TestLostConnections:
    @pytest.mark.parametrize("when", ["before", "after"])
    async def test_a_message_that_may_have_been_sent_is_not_sent_again(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script, when: str
    ) -> None:
        ada = telegram.private()
        telegram.cuts("sendMessage", "before" if when == "before" else "after")
        async with working_bot(telegram, tmp_path, script) as rig:
            ada.says("/first")
            await telegram.has_failed()
            await rig.asks(ada, "/second")
        assert ada.texts.count("this is first") == (0 if when == "before" else 1)

    async def test_nor_is_it_after_a_failure_of_the_server(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada = telegram.private()
        telegram.refuses("sendMessage", 502, "Bad Gateway")
        async with working_bot(telegram, tmp_path, script) as rig:
            ada.says("/first")
            await telegram.gets("sendMessage")
            await rig.asks(ada, "/second")
        assert ada.texts == ["this is second"]

    @pytest.mark.parametrize("when", ["before", "after"])
    async def test_an_edit_is_repeated_since_that_does_no_harm(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script, when: str
    ) -> None:
        ada = telegram.private()
        script.replies["help"] = said("page 1", Action("Next", "next"))
        script.replies["next"] = said("page 2", replaces=True)
        async with working_bot(telegram, tmp_path, script) as rig:
            await rig.asks(ada, "/help")
            telegram.cuts("editMessageText", "before" if when == "before" else "after")
            ada.presses("Next")
            await telegram.has_failed()
            await rig.clock.somebody_sleeps(1)
            rig.clock.advance(1)
            await telegram.gets("editMessageText")
            await rig.ends()
        assert ada.texts == ["page 2"]
        assert ada.messages[0].edits == 1

    async def test_where_no_connection_stood_nothing_was_sent(self) -> None:
        bot: ExtBot[None] = ExtBot("1:a", base_url=f"{NOWHERE}/bot")
        with pytest.raises(NetworkError) as raised:
            await call(bot, "sendMessage", {"chat_id": 1, "text": "a"})
        assert isinstance(raised.value.__cause__, httpx.ConnectError)
        assert failure(raised.value).meaning is Meaning.NOT_SENT


class TestOurMistakes:
    async def test_a_message_that_is_refused_goes_out_as_bare_text(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada = telegram.private()
        telegram.refuses("sendMessage", 400, "Bad Request: BUTTON_DATA_INVALID")
        script.replies["help"] = said("help", Action("More", "more"))
        async with working_bot(telegram, tmp_path, script) as rig:
            assert (await rig.asks(ada, "/help")).labels == []

    async def test_operators_hear_of_an_unexpected_error_once_and_not_per_chat(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        operator, ada, bob = (telegram.private() for _ in range(3))
        script.replies |= {"a": RuntimeError("broken"), "b": ValueError("odd")}
        async with working_bot(telegram, tmp_path, script, admins=(operator.id,)) as rig:
            for place in (ada, bob):
                place.says("/a")
                await rig.asks(place, "/help")
            await operator.hears("broken")
            ada.says("/b")
            await operator.hears("odd")
            await rig.ends()
        assert len(operator.messages) == 2
        assert not [text for text in (*ada.texts, *bob.texts) if "broken" in text]

    async def test_an_operator_who_cannot_be_told_is_no_further_trouble(
        self,
        telegram: FakeTelegram,
        tmp_path: Path,
        script: Script,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        operator, ada = telegram.private(), telegram.private()
        operator.state.refusal = "Forbidden: bot can't initiate conversation with a user"
        script.replies["a"] = RuntimeError("broken")
        async with working_bot(telegram, tmp_path, script, admins=(operator.id,)) as rig:
            ada.says("/a")
            await telegram.gets("sendMessage")
            await rig.asks(ada, "/help")
        errors = [one for one in caplog.records if one.levelno >= logging.ERROR]
        assert len(errors) == 1


class TestRichMessages:
    async def test_go_where_they_are_wanted(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada, bob = telegram.private(), telegram.private()
        async with working_bot(telegram, tmp_path, script) as rig:
            await known(rig, ada, Settings(form="rich"))
            assert (await rig.asks(ada, "/help")).method == "sendRichMessage"
            assert (await rig.asks(bob, "/help")).method == "sendMessage"

    async def test_one_that_is_refused_goes_out_in_the_classic_form(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada = telegram.private()
        telegram.refuses("sendRichMessage", 400, "Bad Request: RICH_MESSAGE_INVALID")
        async with working_bot(telegram, tmp_path, script) as rig:
            await known(rig, ada, Settings(form="rich"))
            assert (await rig.asks(ada, "/help")).text == "this is help"
            assert (await rig.asks(ada, "/help")).method == "sendRichMessage"

    async def test_a_server_that_does_not_know_them_is_not_asked_again(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada = telegram.private()
        telegram.refuses("sendRichMessage", 404, "Not Found")
        async with working_bot(telegram, tmp_path, script) as rig:
            await known(rig, ada, Settings(form="rich"))
            for _ in range(2):
                assert (await rig.asks(ada, "/help")).text == "this is help"
        assert len(telegram.called("sendRichMessage")) == 1

    async def test_where_it_may_have_arrived_nothing_else_is_sent(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada = telegram.private()
        telegram.cuts("sendRichMessage", "after")
        async with working_bot(telegram, tmp_path, script) as rig:
            await known(rig, ada, Settings(form="rich"))
            ada.says("/help")
            await telegram.gets("sendRichMessage")
            await rig.ends()
        assert [one.method for one in ada.messages] == ["sendRichMessage"]
