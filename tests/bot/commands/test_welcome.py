"""The first thing that people read, and how every command is explained."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.commands.request import Services
from bot.commands.table import Command, visible
from bot.commands.welcome import QUERY_FORMS
from bot.digest.parser import parse
from formatters.words import languages, words
from storage.models import Chat
from tests.bot.commands.chatting import (
    GROUP,
    PRIVATE,
    ask,
    buttons,
    opened_in,
    press,
    text_of,
    told,
)
from tests.fakes.clock import FakeClock


@pytest.fixture
async def services(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Services]:
    async with opened_in(tmp_path, clock) as services:
        yield services


class TestStart:
    @pytest.mark.parametrize("language", languages())
    async def test_it_says_what_this_is_and_offers_a_subscription(
        self, services: Services, language: str
    ) -> None:
        reply = await ask(services, "/start", language=language)
        assert "Paperboy" in text_of(reply)
        assert [one.command for one in buttons(reply).values() if one.strong] == ["subscribe cs.AI"]
        assert {one.command for one in buttons(reply).values()} >= {"help", "settings"}

    async def test_its_example_can_be_typed(self, services: Services) -> None:
        assert "/subscribe cs.AI agent" in await told(services, "/start")

    async def test_its_buttons_work(self, services: Services) -> None:
        reply = await ask(services, "/start")
        for action in buttons(reply).values():
            assert words("en")("failure.unexpected") not in text_of(await press(services, action))

    async def test_it_wakes_a_chat_that_had_been_given_up(self, services: Services) -> None:
        await services.store.put_chat(Chat(PRIVATE.address, paused="blocked"))
        await ask(services, "/start")
        chat = await services.store.chat(PRIVATE.address)
        assert chat == replace(PRIVATE, paused=None)

    async def test_it_leaves_nothing_behind_otherwise(self, services: Services) -> None:
        await ask(services, "/start")
        assert await services.store.chat(PRIVATE.address) is None


class TestHelp:
    @pytest.mark.parametrize("language", languages())
    @pytest.mark.parametrize("line", ["/help", "/help ", "/HELP"])
    async def test_it_lists_every_visible_command(
        self, services: Services, language: str, line: str
    ) -> None:
        text = await told(services, line, language=language)
        for command in visible():
            assert f"/{command.name} " in text
            assert words(language)(f"command.{command.name}") in text
        assert "/unsave" not in text

    @pytest.mark.parametrize("language", languages())
    @pytest.mark.parametrize("command", visible(), ids=lambda command: command.name)
    async def test_it_explains_every_command(
        self, services: Services, language: str, command: Command
    ) -> None:
        text = await told(services, f"/help {command.name}", language=language)
        joined = "".join(text.split())
        for shown in (command.line, words(language)(f"manual.{command.name}"), *command.examples):
            assert "".join(shown.split()) in joined

    @pytest.mark.parametrize("name", ["subscriptions", "/list", "LIST", " list "])
    async def test_a_command_is_found_however_it_is_named(
        self, services: Services, name: str
    ) -> None:
        text = await told(services, f"/help {name}")
        assert "/list" in text
        assert "/subscriptions" in text

    @pytest.mark.parametrize("name", ["unsave", "nothing", "x" * 3000, "\x1b[31m", "{0}"])
    async def test_an_unknown_name_gets_the_list(self, services: Services, name: str) -> None:
        text = await told(services, f"/help {name}")
        assert "I know no command" in text
        assert "/subscribe" in text
        assert len(text) < 3000

    @pytest.mark.parametrize("language", languages())
    async def test_queries_are_explained_by_forms_that_work(
        self, services: Services, language: str
    ) -> None:
        text = await told(services, "/help queries", language=language)
        for form in QUERY_FORMS:
            assert form in text
            assert str(parse(form))

    async def test_its_buttons_lead_on_in_the_same_message(self, services: Services) -> None:
        reply = await ask(services, "/help", GROUP)
        for action in buttons(reply).values():
            answer = await press(services, action, GROUP)
            assert answer.replaces
            assert "I know no command" not in text_of(answer)
