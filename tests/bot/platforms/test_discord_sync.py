"""What Discord is told about the commands: in every language, within its limits, only on change."""

import re
from pathlib import Path
from typing import Any

import pytest

from bot.commands.table import Audience, visible
from bot.platforms.discord_sync import publish
from tests.bot.platforms.discord_world import World, world

COMMANDS = "/applications/*/commands"
# https://docs.discord.com/developers/interactions/application-commands#command-naming
NAME = re.compile(r"[-_'\w]{1,32}")
MANAGE_SERVER = str(1 << 5)
SUM = 8000  # characters of a command with all that it says, in its longest language


def sent(here: World) -> list[Any]:
    """Every payload with all commands that was sent."""
    return [
        one.json
        for one in here.env.http_requests
        if one.method == "PUT" and one.path.endswith("/commands")
    ]


async def test_the_commands_are_sent_once_and_again_when_something_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as here:
        assert len(sent(here)) == 1
        await here.restarts()
        assert len(sent(here)) == 1
        tree = here.bot.tree
        tree.remove_command("why")
        assert await publish(tree, here.services.store)
        assert len(sent(here)) == 2


async def test_what_could_not_be_sent_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with world(tmp_path, monkeypatch) as here:
        tree = here.bot.tree
        tree.remove_command("why")
        here.env.inject_error("PUT", COMMANDS, status=403, code=50001)
        assert not await publish(tree, here.services.store)
        assert "not up to date" in caplog.text
        assert await publish(tree, here.services.store)


async def test_all_are_there_in_every_language_and_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as here:
        (payload,) = sent(here)
    commands = {one["name"]: one for one in payload if one["type"] == 1}
    assert set(commands) == {command.name for command in visible()}
    assert [one["name"] for one in payload if one["type"] == 3] == ["Explain paper"]
    for one in payload:
        assert set(one["name_localizations"]) == {"zh-CN", "zh-TW"}
        assert one["integration_types"] == [0, 1]
        assert one["contexts"] == [0, 1, 2]
    for command in visible():
        one = commands[command.name]
        assert one["description_localizations"]["zh-CN"] != one["description"]
        kept = command.audience is Audience.ADMINISTRATORS
        assert one["default_member_permissions"] == (int(MANAGE_SERVER) if kept else None)


async def test_everything_is_within_discords_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as here:
        (payload,) = sent(here)
    for command in payload:
        if command["type"] == 1:
            options = command["options"]
            assert len(options) <= 25
            for part in (command, *options):
                for name in (part["name"], *part["name_localizations"].values()):
                    assert NAME.fullmatch(name)
                    assert name == name.lower()
                for text in (part["description"], *part["description_localizations"].values()):
                    assert 1 <= len(text) <= 100
            for option in options:
                assert len(option.get("choices", ())) <= 25
            required = [bool(option.get("required")) for option in options]
            assert required == sorted(required, reverse=True)
            assert len(str(command)) <= SUM


async def test_no_two_commands_have_one_name_in_any_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as here:
        (payload,) = sent(here)
    for locale in ("zh-CN", "zh-TW"):
        names = [one["name_localizations"][locale] for one in payload]
        assert len(names) == len(set(names))
        for command in payload:
            options = [one["name_localizations"][locale] for one in command.get("options", ())]
            assert len(options) == len(set(options))
