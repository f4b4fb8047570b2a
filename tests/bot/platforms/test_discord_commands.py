"""Every real command on Discord: in each kind of place, in both languages, ill-used."""

import asyncio
import logging
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import discord
import pytest
from simcord import InteractionResult

from bot.commands.request import Reply, Request, Services
from bot.commands.table import Audience, Command, visible
from bot.platforms.discord_answer import PATIENCE
from bot.platforms.discord_commands import MOST_TEXT
from bot.platforms.discord_options import options_of
from formatters.words import words
from storage.models import Kind, Room
from tests.bot.platforms.discord_world import Person, World, messages, text_of, world
from tests.bot.platforms.telegram_bot import Script, said
from tests.fakes.arxiv import FakeArxiv, paper
from tests.fakes.held_clock import STEPS

ID = "2604.00001"
TITLE = "Diffusion models for all"
OPTIONS: dict[str, dict[str, Any]] = {
    "subscribe": {"query": "cs.CV diffusion", "time": "08:30", "days": "weekdays", "limit": 5},
    "unsubscribe": {"subscription": "1"},
    "digest": {"query": "cs.CV"},
    "paper": {"paper": f"https://arxiv.org/abs/{ID}v1"},
    "search": {"words": "diffusion"},
    "similar": {"paper": ID},
    "save": {"paper": ID},
    "export": {"format": "ris"},
    "settings": {"setting": "limit", "value": "10"},
    "why": {"paper": ID},
}
PUBLIC = {"digest", "paper", "search", "similar"}
SETTING = {command.name for command in visible() if command.audience is Audience.ADMINISTRATORS}
HOSTILE = (
    "((((",
    "' OR 1=1; --",
    "@everyone <@1> <@&2> <#3> </paper:4>",
    "**_~~||`[x](https://evil.example)` # > -#",
    "\u202e\u200b\u0000\ufeff",
    "💥 " * 330 + "-1 0 99999999999999999999",
    "٣ ３ ²",
    "line\nof\r\nlines",
)
THINKING = 5  # the type of a first word that announces an answer
CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture
def arxiv() -> Iterator[FakeArxiv]:
    with FakeArxiv() as server:
        papers = [
            paper(ID, title=TITLE),
            paper("2604.00002", title="Diffusion of kites @everyone [x](https://evil.example)"),
            paper("2604.00003", title="Graphs"),
        ]
        for one in papers:
            server.paper(one.id, title=one.title)
        server.batch("cs.CV", date(2026, 4, 21), *((one, Kind.NEW) for one in papers))
        yield server


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR]


async def asked_in(
    here: World, who: Person, place: str | None, only: set[str] | None = None
) -> dict[str, InteractionResult]:
    """What every command answers in a place."""
    where = here.places[place] if place else None
    names = [command.name for command in visible() if only is None or command.name in only]
    return {name: await here.asks(who, where, name, **OPTIONS.get(name, {})) for name in names}


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
@pytest.mark.parametrize("place", ["text", "news", "thread", "post", None])
async def test_every_command_answers_everywhere(
    arxiv: FakeArxiv,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    place: str | None,
    locale: str,
) -> None:
    language = locale[:2]
    async with world(tmp_path, monkeypatch, arxiv) as here:
        here.client.locale = here.client.guild_locale = locale
        who: Person = here.admin if place else here.admin.user
        answers = await asked_in(here, who, place)
        where = here.places[place] if place else here.admin.user.dm_channel
        assert not await here.services.store.subscriptions(here.address(where))
    failed = words(language)("error.title")
    assert {name for name, one in answers.items() if failed in text_of(one)} == set()
    in_chinese = {name for name, one in answers.items() if CHINESE.search(text_of(one))}
    assert in_chinese == (set(answers) if language == "zh" else set())
    assert TITLE in text_of(answers["paper"])
    assert TITLE in text_of(answers["digest"])
    assert "08:30" in text_of(answers["subscribe"])
    assert messages(answers["export"])[-1].attachments[0].filename == "papers.ris"
    seen_by_all = set(answers) - {name for name, one in answers.items() if one.ephemeral}
    assert seen_by_all == (PUBLIC if place else set(answers))


async def test_on_ones_own_account_everything_is_ones_own(
    arxiv: FakeArxiv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch, arxiv) as here:
        here.client.by_account = True
        answers = await asked_in(here, here.admin, "text", {*PUBLIC, "save"})
        await here.asks(here.admin, here.places["text"], "subscribe", query="cs.CV yes")
        own = here.address(here.admin.user.dm_channel)
        assert len(await here.services.store.subscriptions(own)) == 1
        chat = await here.services.store.chat(own)
        assert await here.services.store.chat(here.address(here.places["text"])) is None
    assert chat is not None
    assert chat.room is Room.PRIVATE
    assert all(one.ephemeral for one in answers.values())
    assert TITLE in text_of(answers["paper"])


async def test_all_read_in_the_servers_language_and_one_alone_in_ones_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Script()
    async with world(tmp_path, monkeypatch, dispatch=script) as here:
        here.client.locale, here.client.guild_locale = "zh-CN", "en-US"
        await here.asks(here.member, here.places["text"], "digest")
        await here.asks(here.member, here.places["text"], "status")
        await here.asks(here.member.user, None, "digest")
    assert [one.asker.language for one in script.requests] == ["en-US", "zh-CN", "zh-CN"]


async def test_the_requests_tell_who_asks_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Script()
    async with world(tmp_path, monkeypatch, dispatch=script) as here:
        for place in here.places:
            if place != "forum":  # where only posts can be written in
                await here.asks(here.member, here.places[place], "status")
        await here.asks(here.admin, here.places["text"], "status")
        places = {str(one.id): name for name, one in here.places.items()}
    *by_member, by_admin = script.requests
    rooms = {places[one.chat.address.id]: one.chat.room for one in by_member}
    assert rooms == {
        "text": Room.GROUP,
        "news": Room.CHANNEL,
        "thread": Room.THREAD,
        "post": Room.THREAD,
    }
    assert not any(one.asker.may_change or one.asker.operates for one in by_member)
    assert by_admin.asker.may_change
    assert by_admin.chat.title == "papers"


async def test_operators_are_those_of_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Script()
    async with world(tmp_path, monkeypatch, dispatch=script) as here:
        config = here.services.config
        known = config.discord.model_copy(update={"admins": (here.admin.id,)})
        object.__setattr__(here.services, "config", config.model_copy(update={"discord": known}))
        for who in (here.admin, here.member):
            await here.asks(who, here.places["text"], "status")
    assert [one.asker.operates for one in script.requests] == [True, False]


async def test_members_are_shown_what_they_may_ask(
    arxiv: FakeArxiv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_to_all = {command.name for command in visible()} - SETTING
    async with world(tmp_path, monkeypatch, arxiv) as here:
        shown = set(here.member.available_commands(here.places["text"]))
        answers = await asked_in(here, here.member, "text", open_to_all)
        assert shown == open_to_all
        assert shown | SETTING == set(here.admin.available_commands(here.places["text"]))
        assert set(here.member.user.available_commands()) > SETTING
    assert not [one for one in answers.values() if "administrators" in text_of(one)]


async def test_a_subscription_waits_until_the_bot_may_write_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as here:
        me = here.guild.default_role
        muted = here.guild.create_text_channel(
            "muted", overwrites={me: discord.PermissionOverwrite(send_messages=False)}
        )
        answer = await here.asks(here.admin, muted, "subscribe", query="cs.CV")
        here.client.locale = "zh-CN"
        in_chinese = await here.asks(here.admin, muted, "subscribe", query="cs.CV")
        assert await here.services.store.chat(here.address(muted)) is None
    assert "Send Messages" in text_of(answer)
    assert "#muted" in text_of(answer)
    assert "View Channel" not in text_of(answer)
    assert "发送消息" in text_of(in_chinese)
    assert answer.ephemeral


async def test_nothing_that_is_filled_in_breaks_a_command(
    arxiv: FakeArxiv,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with world(tmp_path, monkeypatch, arxiv) as here:
        for command in (one for one in visible() if with_(one, "")):
            for text in HOSTILE:
                await here.asks(
                    here.admin, here.places["text"], command.name, **with_(command, text)
                )
    assert not errors(caplog)


def with_(command: Command, text: str) -> dict[str, Any]:
    """The text in every option that takes any."""
    return {
        option.name: text
        for option in options_of(command)
        if option.most is None and not option.choices and not option.channel
    }


async def test_what_is_no_time_does_not_become_a_word_to_search_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Script()
    async with world(tmp_path, monkeypatch, dispatch=script) as here:
        answer = await here.asks(
            here.admin, here.places["text"], "subscribe", query="cs.CV", time="noon sharp"
        )
    assert "'noon sharp' cannot be the time" in text_of(answer)
    assert not script.requests


@pytest.mark.parametrize(
    ("command", "filled", "line"),
    [
        (
            "subscribe",
            {"query": "cs.CV cat", "time": "announcement", "days": "weekly mon", "language": "zh"},
            "cs.CV cat at announcement weekly mon in zh",
        ),
        ("digest", {"limit": 3}, "top 3"),
        ("export", {"paper": ID, "format": "bibtex"}, f"{ID} bibtex"),
        ("settings", {"value": "x"}, "x"),
        ("start", {}, ""),
    ],
)
async def test_what_is_filled_in_becomes_a_command_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    filled: dict[str, Any],
    line: str,
) -> None:
    script = Script()
    async with world(tmp_path, monkeypatch, dispatch=script) as here:
        await here.asks(here.admin, here.places["text"], command, **filled)
    assert (script.requests[0].command, script.requests[0].arguments) == (command, line)


async def test_a_paper_is_explained_from_any_message(
    arxiv: FakeArxiv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch, arxiv) as here:
        talk = here.places["text"]
        link = await here.member.send(talk, f"have you seen arxiv.org/pdf/{ID}v1 ?")
        none = await here.member.send(talk, "have you seen the sea?")
        ours = (await here.asks(here.member, talk, "paper", paper=ID)).response
        assert ours
        answers = [
            await here.member.context_menu(talk, "Explain paper", message)
            for message in (link, ours, none)
        ]
    assert all(one.ephemeral for one in answers)
    assert TITLE in text_of(answers[0])
    assert TITLE in text_of(answers[1])
    assert "no arXiv link" in text_of(answers[2])


async def test_an_embed_is_a_message_too(
    arxiv: FakeArxiv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch, arxiv) as here:
        talk = here.places["text"]
        hook = here.guild.create_webhook(talk)
        preview = discord.Embed(title="A paper", url=f"https://arxiv.org/abs/{ID}")
        message = await hook.send("look " * (MOST_TEXT // 200), embeds=[preview])
        answer = await here.member.context_menu(talk, "Explain paper", message)
    assert TITLE in text_of(answer)


async def test_what_takes_long_is_announced_and_then_edited_into_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slow(_services: Services, request: Request) -> Reply:
        await here.clock.somebody_sleeps(PATIENCE)
        here.clock.advance(PATIENCE)
        for _ in range(STEPS):
            await asyncio.sleep(0)
        return said(f"this is {request.command}")

    async with world(tmp_path, monkeypatch, dispatch=slow) as here:
        public = await here.asks(here.member, here.places["text"], "digest")
        alone = await here.asks(here.member, here.places["text"], "status")
        sent = [one for one in here.env.http_requests if "/callback" in one.path]
    assert [one.json and one.json["type"] for one in sent] == [THINKING, THINKING]
    assert (public.ephemeral, alone.ephemeral) == (False, True)
    assert text_of(public) == "this is digest"
    assert text_of(alone) == "this is status"
    assert len(messages(public)) == 1


def test_every_option_has_a_name_and_a_hint_in_every_language() -> None:
    names = {option.name for command in visible() for option in options_of(command)}
    for language in ("en", "zh"):
        for name in names:
            assert len(words(language)(f"discord_hint.{name}")) <= 100
            assert words(language)(f"discord_option.{name}")
    for name in {command.name for command in visible()}:
        assert words("en")(f"discord_command.{name}") == name
