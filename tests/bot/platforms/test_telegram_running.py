"""Starting, going on in spite of trouble, stopping; and what never gets into a log."""

import asyncio
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from telegram.ext import ExtBot

from bot.errors import ConfigError, PaperboyError
from bot.platforms.telegram import GRACE
from bot.platforms.telegram_answer import PATIENCE
from bot.platforms.telegram_menu import profile, publish
from formatters.text import plain
from storage.store import Store
from tests.bot.platforms.telegram_bot import Script, working_bot
from tests.fakes.telegram import CREDENTIAL, FakeTelegram

MENU_CALLS = 4  # two lists of commands, two descriptions


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as server:
        yield server


@pytest.fixture
def script() -> Script:
    return Script()


class TestStarting:
    async def test_goes_on_trying_while_telegram_cannot_be_reached(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada = telegram.private()
        telegram.refuses("getMe", 502, "Bad Gateway")
        telegram.cuts("getMe", "before")
        telegram.refuses("getMe", 429, "Too Many Requests", retry_after=7)
        async with working_bot(telegram, tmp_path, script) as rig:
            for pause in (1, 2, 7):
                await rig.clock.somebody_sleeps(pause)
                rig.clock.advance(pause)
            await rig.asks(ada, "/help")

    async def test_a_token_that_is_refused_is_a_wrong_configuration(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        telegram.refuses("getMe", 401, "Unauthorized")
        with pytest.raises(ConfigError, match="@BotFather"):
            async with working_bot(telegram, tmp_path, script) as rig:
                await rig.running

    async def test_it_can_be_stopped_before_it_has_begun(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        telegram.refuses("getMe", 502, "Bad Gateway", times=5)
        async with working_bot(telegram, tmp_path, script) as rig:
            await rig.clock.somebody_sleeps(1)

    async def test_updates_that_came_meanwhile_are_answered(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada = telegram.private()
        ada.says("/help")
        async with working_bot(telegram, tmp_path, script):
            await ada.hears("this is help")


class TestAskingForUpdates:
    async def test_another_program_with_the_same_token_is_fatal(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        telegram.refuses("getUpdates", 409, "Conflict: terminated by other getUpdates request")
        with pytest.raises(PaperboyError, match="another program runs this Telegram bot"):
            async with working_bot(telegram, tmp_path, script) as rig:
                await rig.running

    async def test_a_token_that_is_withdrawn_is_fatal(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        telegram.refuses("getUpdates", 401, "Unauthorized")
        with pytest.raises(ConfigError, match="@BotFather"):
            async with working_bot(telegram, tmp_path, script) as rig:
                await rig.running

    async def test_goes_on_after_any_trouble(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada = telegram.private()
        telegram.refuses("getUpdates", 500, "Internal Server Error")
        telegram.cuts("getUpdates", "after")
        ada.says("/help")
        async with working_bot(telegram, tmp_path, script) as rig:
            for pause in (1, 2):
                await rig.clock.somebody_sleeps(pause)
                rig.clock.advance(pause)
            await ada.hears("this is help")
        assert ada.texts == ["this is help"]

    async def test_an_update_is_handled_once_however_often_it_comes(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada = telegram.private()
        async with working_bot(telegram, tmp_path, script) as rig:
            number = ada.says("/first")
            await ada.hears("this is first")
            ada.says("/first", update_id=number)
            ada.says("/second", update_id=number + 1)
            ada.says("/second", update_id=number + 1)
            await ada.hears("this is second")
            await rig.ends()
        assert script.lines == ["first", "second"]

    async def test_an_update_that_cannot_be_read_holds_up_no_other(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        operator, ada = telegram.private(), telegram.private()
        telegram.emit("message", {"text": "without anything else"})
        async with working_bot(telegram, tmp_path, script, admins=(operator.id,)) as rig:
            await rig.asks(ada, "/help")
            await operator.hears("cannot be read")

    async def test_at_the_end_telegram_knows_what_was_received(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada = telegram.private()
        async with working_bot(telegram, tmp_path, script) as rig:
            await rig.asks(ada, "/help")
        assert not telegram.updates


class TestStopping:
    async def test_lets_what_is_under_way_end(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada = telegram.private()
        script.held["search"] = asyncio.Event()
        async with working_bot(telegram, tmp_path, script) as rig:
            ada.says("/search")
            await rig.clock.somebody_sleeps(PATIENCE)
            rig.stop.set()
            await rig.clock.somebody_sleeps(GRACE)
            script.held["search"].set()
            await ada.hears("this is search")

    async def test_but_not_for_ever(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada, bob = telegram.private(), telegram.private()
        script.held["search"] = asyncio.Event()
        telegram.floods(bob, retry_after=100)
        async with working_bot(telegram, tmp_path, script, paced=True) as rig:
            ada.says("/search")
            bob.says("/help")
            await rig.clock.somebody_sleeps(100)
            rig.stop.set()
            await rig.clock.somebody_sleeps(GRACE)
            rig.clock.advance(GRACE)
            await rig.ends()
        assert rig.clock.monotonic() < 10


class TestTheMenu:
    async def test_is_sent_only_where_it_changed(
        self, telegram: FakeTelegram, tmp_path: Path
    ) -> None:
        store = await Store.open(tmp_path, plain)
        async with ExtBot(CREDENTIAL, base_url=f"{telegram.api_url}/bot") as bot:
            await publish(bot, store)
            assert _menu_calls(telegram) == 2 * MENU_CALLS
            await publish(bot, store)
            assert _menu_calls(telegram) == 2 * MENU_CALLS
            await store.put_note(f"telegram profile {bot.id} zh", "of an older release")
            await publish(bot, store)
            assert _menu_calls(telegram) == 3 * MENU_CALLS
        await store.close()

    async def test_names_every_command_and_connect_in_private_chats_only(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        async with working_bot(telegram, tmp_path, script):
            await telegram.until(lambda: _menu_calls(telegram) == 2 * MENU_CALLS)
        lists = {
            (language, scope): [one["command"] for one in content["commands"]]
            for (kind, language, scope), content in telegram.profile.items()
            if kind == "mycommands"
        }
        assert set(lists) == {
            (language, scope)
            for language in ("", "zh")
            for scope in ("default", "all_private_chats")
        }
        assert "subscribe" in lists["", "default"]
        assert lists["zh", "all_private_chats"] == [*lists["zh", "default"], "connect"]

    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_keeps_to_the_limits(self, language: str) -> None:
        wanted = profile(language)
        for name, text in (*wanted.commands, wanted.connect):
            assert re.fullmatch("[a-z0-9_]{1,32}", name)
            assert 1 <= len(text) <= 256
        assert len(wanted.description) <= 512
        assert len(wanted.short_description) <= 120

    async def test_a_menu_that_telegram_refuses_keeps_nobody_from_being_answered(
        self, telegram: FakeTelegram, tmp_path: Path, script: Script
    ) -> None:
        ada = telegram.private()
        telegram.refuses("setMyCommands", 400, "Bad Request: BOT_COMMAND_INVALID")
        async with working_bot(telegram, tmp_path, script) as rig:
            await rig.asks(ada, "/help")


def _menu_calls(telegram: FakeTelegram) -> int:
    return sum(call.method.startswith("setMy") for call in telegram.calls)


class TestTheToken:
    async def test_is_in_no_log_at_any_level(
        self,
        telegram: FakeTelegram,
        tmp_path: Path,
        script: Script,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        caplog.set_level(logging.DEBUG)
        ada = telegram.private()
        script.replies["a"] = RuntimeError(f"GET {telegram.api_url}/bot{CREDENTIAL}/getMe failed")
        telegram.cuts("sendMessage", "before")
        telegram.refuses("getUpdates", 500, "Internal Server Error")
        async with working_bot(telegram, tmp_path, script, admins=(ada.id,)) as rig:
            await rig.clock.somebody_sleeps(1)
            rig.clock.advance(1)
            ada.says("/help")
            await telegram.has_failed()
            ada.says("/a")
            await ada.hears("[hidden]")
            logging.getLogger("httpx").warning("POST /bot%s/getMe", CREDENTIAL)
        telegram.refuses("getMe", 401, "Unauthorized")
        with pytest.raises(ConfigError) as raised:
            async with working_bot(telegram, tmp_path, script) as rig:
                await rig.running
        assert CREDENTIAL not in str(raised.value)
        assert len(caplog.records) > 20
        assert "[hidden]" in caplog.text
        assert CREDENTIAL not in caplog.text
        assert not [text for text in ada.texts if CREDENTIAL in text]
