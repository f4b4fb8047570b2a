"""Lines in, replies out: who gets an answer to what, and how failures read."""

import logging
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.request import Asker, Request, Services, carried
from bot.commands.table import COMMANDS, Command, dispatch, find, menu, read_line, visible
from bot.digest.parser import parse
from bot.errors import QueryError
from bot.sources.ids import parse_id
from formatters.document import ACTION_BYTES
from formatters.words import languages, words
from storage.errors import DatabaseBusy
from storage.models import Chat, Settings
from storage.store import Store
from tests.bot.commands.chatting import (
    CHANNEL,
    GROUP,
    PRIVATE,
    TOPIC,
    ask,
    buttons,
    opened_in,
    press,
    text_of,
    told,
)
from tests.fakes.clock import FakeClock

README = Path(__file__).resolve().parents[3] / "README.md"
FOR_ADMINISTRATORS = ("subscribe cs.CV", "unsubscribe all", "settings limit 5", "forget yes")
HOSTILE = (
    "",
    "?",
    "'; DROP TABLE papers; --",
    '"' * 50,
    "(" * 50,
    "-" * 50,
    "0",
    "-1",
    "99999999999999999999",
    "2401.99999 2402.99999",
    "../../etc/passwd",
    "{0.__class__} %s %n",
    "<b>&amp;[link](javascript:alert(1))",
    "\u202e\u200b\x00\x1b[31m",
    "😀👨‍👩‍👧‍👦é",
    "全部",
    "cs.CV at 99:99 top -3 in tlh",
    "a" * 5_000,
    "word " * 2_000,
)


@pytest.fixture
async def services(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Services]:
    async with opened_in(tmp_path, clock) as services:
        yield services


class TestLines:
    @pytest.mark.parametrize(
        ("line", "read"),
        [
            ("/paper 2401.00001", ("paper", "2401.00001")),
            ("  /paper   2401.00001  ", ("paper", "2401.00001")),
            ("/paper\n2401.00001", ("paper", "2401.00001")),
            ("/search two\nlines", ("search", "two\nlines")),
            ("/PAPER 2401.00001", ("paper", "2401.00001")),
            ("/paper@MyBot 2401.00001", ("paper", "2401.00001")),
            ("/paper@mybot", ("paper", "")),
            ("/paper_2401_00001", ("paper", "2401_00001")),
            ("/paper_2401_00001v2@MyBot", ("paper", "2401_00001v2")),
            ("/paper_math_0611800", ("paper", "math_0611800")),
            ("/similar_hep_th_9901001", ("similar", "hep_th_9901001")),
            ("/export_2401_00001 ris", ("export", "2401_00001 ris")),
            ("/forget_yes", ("forget_yes", "")),
            ("/no_such_command", ("no_such_command", "")),
            ("／搜索 扩散模型", ("搜索", "扩散模型")),
            ("/paper@OtherBot 2401.00001", None),
            ("/", None),
            ("", None),
            ("paper 2401.00001", None),
            ("see /paper", None),
            ("/usr/bin/paper", None),
            ("/paper, please", None),
            ("//paper", None),
            ("/" + "a" * 33, None),
        ],
    )
    def test_a_line_is_read(self, line: str, read: tuple[str, str] | None) -> None:
        assert read_line(line, "MyBot") == read

    def test_without_a_name_of_its_own_a_bot_is_meant_by_any(self) -> None:
        assert read_line("/paper@OtherBot 1") == ("paper", "1")

    @given(st.text(max_size=200))
    def test_any_text_can_be_read(self, text: str) -> None:
        for line in (text, f"/{text}", f"/paper {text}", f"/paper_{text}"):
            name, arguments = read_line(line) or ("", "")
            assert name == name.lower()
            assert arguments == arguments.strip()


class TestTable:
    def test_names_are_unique_and_fit_telegrams_menu(self) -> None:
        names = [name for command in COMMANDS for name in (command.name, *command.aliases)]
        assert len(names) == len(set(names))
        assert all(re.fullmatch("[a-z0-9_]{1,32}", name) for name in names)

    @pytest.mark.parametrize("language", languages())
    def test_every_visible_command_is_described_in_every_language(self, language: str) -> None:
        names = [command.name for command in visible()]
        for part in ("command", "manual"):
            described = [key for key in words(language).messages if key.startswith(f"{part}.")]
            assert sorted(described) == sorted(f"{part}.{name}" for name in names)

    @pytest.mark.parametrize("language", languages())
    def test_the_menu_fits_telegrams(self, language: str) -> None:
        assert [name for name, _ in menu(language)] == [command.name for command in visible()]
        assert all(1 <= len(text) <= 256 for _, text in menu(language))

    def test_the_menu_speaks_the_readers_language(self) -> None:
        assert dict(menu("zh"))["settings"] != dict(menu("en"))["settings"]

    def test_the_readme_has_the_same_table(self) -> None:
        lines = (command.line.replace("|", r"\|") for command in visible())
        rows = "".join(
            f"| `{line}` | {text} |\n" for line, (_, text) in zip(lines, menu("en"), strict=True)
        )
        _, begin, rest = README.read_text("utf-8").partition("<!-- commands -->\n")
        table, end, _ = rest.partition("<!-- /commands -->")
        assert begin
        assert end
        assert table == f"| command | what it does |\n|---|---|\n{rows}", "copy the right side"

    @pytest.mark.parametrize(
        ("command", "example"),
        [(command, example) for command in COMMANDS for example in command.examples if example],
    )
    def test_an_example_is_what_its_command_takes(self, command: Command, example: str) -> None:
        if command.usage.startswith("ID") and not example.isdigit():
            parse_id(example)
        if command.name in ("search", "digest", "unsubscribe"):
            parse(example)


class TestDispatch:
    async def test_the_chats_own_settings_count(self, services: Services) -> None:
        settings = Settings(language="zh")
        await services.store.put_chat(Chat(PRIVATE.address, settings=settings))
        assert "设置" in await told(services, "/settings")

    async def test_then_the_clients_language_then_the_configured_one(
        self, services: Services
    ) -> None:
        assert "设置" in await told(services, "/settings", language="zh-hans")
        assert "Settings" in await told(services, "/settings")

    async def test_a_topic_has_settings_of_its_own(self, services: Services) -> None:
        await ask(services, "/settings language zh", TOPIC)
        assert "设置" in await told(services, "/settings", TOPIC)
        assert "Settings" in await told(services, "/settings", GROUP)

    async def test_an_alias_is_as_good(self, services: Services) -> None:
        assert find("subscriptions") is find("list")
        assert await told(services, "/subscriptions") == await told(services, "/list")

    async def test_a_kept_line_is_what_it_stands_for(self, services: Services) -> None:
        line = "help " + "x" * ACTION_BYTES
        key = await carried(services, line)
        assert len(key) <= ACTION_BYTES
        assert await told(services, f"/{key}", pressed=True) == await told(services, f"/{line}")

    @pytest.mark.parametrize("line", ["/kept", "/kept 0123", "/gone 1", "/kept " + "x" * 900])
    async def test_a_button_that_leads_nowhere_says_so(self, services: Services, line: str) -> None:
        reply = await ask(services, line, GROUP, pressed=True)
        assert words("en")("failure.button") in text_of(reply)

    async def test_an_unknown_command_in_a_private_chat_gets_the_nearest(
        self, services: Services
    ) -> None:
        reply = await ask(services, "/setings limit 5")
        assert "/setings" in text_of(reply)
        meant = buttons(reply)["/settings limit 5"]
        assert "Papers in a digest: 5" in text_of(await press(services, meant))

    async def test_a_long_line_fits_the_button_of_the_nearest(self, services: Services) -> None:
        line = "/serch " + "扩散模型 " * 30
        [meant] = [one for one in buttons(await ask(services, line)).values() if one.strong]
        assert len(meant.command.encode()) <= ACTION_BYTES
        assert len(meant.label) <= 40

    async def test_something_far_from_all_names_gets_help_alone(self, services: Services) -> None:
        reply = await ask(services, "/qqqqqq")
        assert [one.command for one in buttons(reply).values()] == ["help"]

    async def test_words_without_a_command_get_help(self, services: Services) -> None:
        request = Request(PRIVATE, Asker("1"), "", "hello there")
        text = text_of(await dispatch(services, request))
        assert words("en")("help.plain") in text
        assert "hello" not in text

    @pytest.mark.parametrize("chat", [GROUP, TOPIC, CHANNEL])
    async def test_elsewhere_what_is_no_command_gets_silence(
        self, services: Services, chat: Chat
    ) -> None:
        assert await ask(services, "/qqqqqq", chat) is None
        assert await dispatch(services, Request(chat, Asker("1"), "", "hello")) is None

    @pytest.mark.parametrize("chat", [GROUP, TOPIC, CHANNEL])
    @pytest.mark.parametrize("line", FOR_ADMINISTRATORS)
    @pytest.mark.parametrize("pressed", [False, True])
    async def test_what_changes_a_chat_is_for_its_administrators(
        self, services: Services, chat: Chat, line: str, pressed: bool
    ) -> None:
        await ask(services, "/settings limit 50", chat)
        reply = await ask(services, f"/{line}", chat, may_change=False, pressed=pressed)
        assert reply
        assert reply.private
        assert words("en")("failure.administrators") in text_of(reply)
        kept = await services.store.chat(chat.address)
        assert kept
        assert kept.settings.limit == 50
        refused = await told(services, f"/{line}", chat, may_change=False, language="zh")
        assert "管理员" in refused

    @pytest.mark.parametrize("line", ["/help", "/start", "/status", "/search graph"])
    async def test_everyone_may_ask(self, services: Services, line: str) -> None:
        text = await told(services, line, GROUP, may_change=False)
        assert words("en")("failure.administrators") not in text

    async def test_a_wrong_query_is_shown_with_its_place(self, services: Services) -> None:
        text = await told(services, "/search graph ((model")
        assert "▸" in text
        with pytest.raises(QueryError):
            parse("graph ((model")


class TestLinks:
    """`t.me/bot?start=...` can be made by anybody and is pressed without reading."""

    @pytest.mark.parametrize("payload", ["paper_2401_00001", "paper_math_0611800"])
    async def test_a_link_opens_a_paper(self, services: Services, payload: str) -> None:
        assert await told(services, f"/start {payload}") == await told(services, f"/{payload}")

    @pytest.mark.parametrize("payload", ["settings", "help", "forget"])
    async def test_a_link_may_show_something_or_ask(self, services: Services, payload: str) -> None:
        assert await told(services, f"/start {payload}") == await told(services, f"/{payload}")

    @pytest.mark.parametrize(
        "payload",
        ["forget yes", "settings limit 5", "save_2401_00001", "unsubscribe all", "kept 1", "?"],
    )
    async def test_a_link_never_changes_anything(self, services: Services, payload: str) -> None:
        await ask(services, "/settings limit 50")
        assert await told(services, f"/start {payload}") == await told(services, "/start")
        chat = await services.store.chat(PRIVATE.address)
        assert chat
        assert chat.settings.limit == 50


class BrokenStore:
    """A store that cannot be read, for a reason that is expected or not."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def chat(self, _address: object) -> None:
        raise self._error


class TestFailures:
    async def test_trouble_with_the_database_is_told_in_its_own_words(
        self, services: Services
    ) -> None:
        busy = replace(services, store=cast(Store, BrokenStore(DatabaseBusy("it is busy"))))
        assert "it is busy" in await told(busy, "/help")

    @pytest.mark.parametrize("language", languages())
    async def test_what_nobody_expected_is_logged_and_answered_kindly(
        self, services: Services, caplog: pytest.LogCaptureFixture, language: str
    ) -> None:
        broken = replace(services, store=cast(Store, BrokenStore(RuntimeError("secret detail"))))
        with caplog.at_level(logging.ERROR):
            text = await told(broken, "/help", language=language)
        assert words(language)("failure.unexpected").split()[0] in text
        assert "secret detail" not in text
        assert "/help" in caplog.text
        assert "secret detail" in caplog.text
        assert "Traceback" not in caplog.text

    async def test_for_who_debugs_the_log_has_the_whole_story(
        self, services: Services, caplog: pytest.LogCaptureFixture
    ) -> None:
        broken = replace(services, store=cast(Store, BrokenStore(RuntimeError("secret detail"))))
        with caplog.at_level(logging.DEBUG):
            await told(broken, "/help")
        assert "Traceback" in caplog.text

    @pytest.mark.parametrize("language", languages())
    @pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
    async def test_every_command_answers_anything(
        self, services: Services, language: str, command: Command
    ) -> None:
        for chat in (PRIVATE, GROUP):
            for arguments in HOSTILE:
                asked = Request(chat, Asker("1", language), command.name, arguments)
                reply = await dispatch(services, asked)
                text = text_of(reply)
                assert words(language)("failure.unexpected")[:12] not in text, arguments[:50]
                assert len(text) < 60_000
                for action in buttons(reply).values():
                    assert len(action.command.encode()) <= ACTION_BYTES
