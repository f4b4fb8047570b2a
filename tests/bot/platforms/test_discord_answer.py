"""Answers that do not come through, and those that change their mind about who may read them."""

import asyncio
import logging
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest

from bot.commands.request import Reply, Request, Services
from bot.platforms.discord_answer import PATIENCE
from bot.platforms.discord_exchange import ANSWERED_BEFORE, Exchange
from formatters.document import Action
from formatters.words import words
from storage.errors import DatabaseBusy
from tests.bot.platforms.discord_world import World, messages, text_of, world
from tests.bot.platforms.telegram_bot import Script, said
from tests.fakes.held_clock import STEPS

CALLBACK = "/interactions/*/*/callback"


class Slow:
    """Answers after everybody has lost patience."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.here: World | None = None

    async def __call__(self, _services: Services, _request: Request) -> Reply:
        assert self.here
        await self.here.clock.somebody_sleeps(PATIENCE)
        self.here.clock.advance(PATIENCE)
        for _ in range(STEPS):
            await asyncio.sleep(0)
        return self.reply


async def test_what_was_announced_to_all_and_is_for_one_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow(said("arXiv does not answer", private=True))
    async with world(tmp_path, monkeypatch, dispatch=slow) as here:
        slow.here = here
        answer = await here.asks(here.member, here.places["text"], "digest")
        assert not here.shown(here.places["text"], to=here.admin)
    assert answer.response is None
    (said_alone,) = answer.followups
    assert said_alone.ephemeral
    assert text_of(answer) == "arXiv does not answer"


@pytest.mark.parametrize("replaces", [True, False])
async def test_a_press_that_takes_long_lets_the_button_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, replaces: bool
) -> None:
    script = Script({"status": said("before", Action("Again", "status"))})
    slow = Slow(said("after", replaces=replaces))
    async with world(tmp_path, monkeypatch, dispatch=script) as here:
        slow.here = here
        before = await here.asks(here.member, here.places["text"], "status")
        await here.restarts(dispatch=slow)
        await here.presses(here.member, before, "Again")
        shown = here.shown(here.places["text"], to=here.member)
    assert text_of(before) == ("after" if replaces else "before")
    assert len(shown) == (1 if replaces else 2)
    assert all(one.flags.ephemeral for one in shown)


async def test_several_messages_follow_each_other_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = said("first " + "word " * 2000 + "last")
    async with world(tmp_path, monkeypatch, dispatch=Script({"status": long})) as here:
        answer = await here.asks(here.member, here.places["text"], "status")
    assert len(messages(answer)) > 1
    assert text_of(answer).startswith("first")
    assert text_of(answer).endswith("last")
    assert all(one.ephemeral for one in messages(answer))


async def test_an_answer_whose_receipt_was_lost_has_come_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    script = Script({"export": said("your file", file=("papers.bib", "@misc{x}"))})
    async with world(tmp_path, monkeypatch, dispatch=script) as here:
        here.env.inject_error("POST", CALLBACK, status=400, code=ANSWERED_BEFORE)
        result = await here.member.slash(here.places["text"], "export")
    assert result.followups  # the file, which comes after
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING]


async def test_a_first_answer_that_was_cut_off_is_sent_again() -> None:
    attempts = []

    class Response:
        async def send_message(self, **_fields: object) -> None:
            attempts.append(1)
            if len(attempts) == 1:
                raise aiohttp.ServerDisconnectedError

    class Interaction:
        response = Response()

    exchange = Exchange(cast(Any, Interaction()), ephemeral=True, replaceable=False)
    await exchange.say({"components": []}, ephemeral=True)
    assert len(attempts) == 2


async def test_an_answer_that_comes_too_late_is_only_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with world(tmp_path, monkeypatch, dispatch=Script()) as here:
        here.env.inject_error("POST", CALLBACK, status=404, code=10062)
        await here.member.slash(here.places["text"], "status")
        await here.asks(here.member, here.places["text"], "status")
    assert not [one for one in caplog.records if one.levelno >= logging.WARNING]


async def test_what_discord_cannot_read_is_our_fault_and_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with world(tmp_path, monkeypatch, dispatch=Script()) as here:
        here.env.inject_error("POST", CALLBACK, status=400, code=50035)
        answer = await here.asks(here.member, here.places["text"], "status")
    assert words("en")("failure.unexpected") in text_of(answer)
    assert [one.levelname for one in caplog.records if one.levelno >= logging.WARNING] == ["ERROR"]


async def test_a_bug_behind_the_commands_is_answered_and_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    script = Script({"status": RuntimeError("a bug")})
    async with world(tmp_path, monkeypatch, dispatch=script) as here:
        answer = await here.asks(here.member, here.places["text"], "status")
    assert words("en")("failure.unexpected") in text_of(answer)
    assert "an interaction was not answered" in caplog.text


async def test_where_it_cannot_be_told_who_asks_something_is_said_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as here:
        here.client.by_account = True
        here.env.inject_error("POST", "/users/@me/channels", status=403, code=50007)
        answer = await here.asks(here.member, here.places["text"], "status")
    assert words("en")("failure.unexpected") in text_of(answer)
    assert answer.ephemeral


async def test_a_busy_database_is_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Script({"status": DatabaseBusy("busy")})
    async with world(tmp_path, monkeypatch, dispatch=script) as here:
        answer = await here.asks(here.member, here.places["text"], "status")
    assert words("en")("failure.unexpected") in text_of(answer)


async def test_a_command_that_is_no_more_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with world(tmp_path, monkeypatch) as here:
        here.bot.tree.remove_command("status")
        answer = await here.asks(here.member, here.places["text"], "status")
        assert len(here.env.errors) == 1  # SimCord notes it, since the library calls it an error
    assert words("en")("discord.outdated") in text_of(answer)
    assert answer.ephemeral
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


async def test_the_library_keeps_nothing_of_what_was_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Script({"status": said("before", Action("Again", "status"))})
    async with world(tmp_path, monkeypatch, dispatch=script) as here:
        for who, where in ((here.member, here.places["text"]), (here.member.user, None)):
            answer = await here.asks(who, where, "status")
            await here.presses(who, answer, "Again")
        assert not here.bot.persistent_views
        assert not [one for one in asyncio.all_tasks() if "timeout" in one.get_name()]
