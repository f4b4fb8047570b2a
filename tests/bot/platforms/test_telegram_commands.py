"""Every real command on the fake Telegram: in each kind of place, in both languages, ill-used."""

import logging
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from bot.commands.table import Audience, Command, visible
from formatters.words import words
from storage.models import Kind
from tests.bot.platforms.telegram_bot import Rig, address_of, working_bot
from tests.fakes.arxiv import FakeArxiv, paper
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import Person, Place

ID = "2604.00001"
ARGUMENTS = {
    "subscribe": "cs.CV diffusion at 08:30",
    "unsubscribe": "1",
    "digest": "cs.CV",
    "paper": f"https://arxiv.org/abs/{ID}v1",
    "search": "diffusion",
    "similar": ID,
    "save": ID,
    "why": ID,
    "settings": "limit 10",
}
SENDING_A_FILE = {"export"}
HOSTILE = (
    "((((",
    "' OR 1=1; --",
    "<b>&amp;</b> _*[]()~`>#+-=|{}.!",
    "\u202e\u200b\u0000\ufeff",
    "💥" * 900,
    "x" * 4000,
    "word " * 800,
    "-1 0 99999999999999999999",
    "٣ ３ ²",
)
CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as server:
        yield server


@pytest.fixture
def arxiv() -> Iterator[FakeArxiv]:
    with FakeArxiv() as server:
        papers = [
            paper(ID, title="Diffusion models for all"),
            paper("2604.00002", title="Diffusion of kites <b> & lanterns_*"),
            paper("2604.00003", title="Graphs"),
        ]
        for one in papers:
            server.paper(one.id, title=one.title)
        server.batch("cs.CV", date(2026, 4, 21), *((one, Kind.NEW) for one in papers))
        yield server


def line(command: Command) -> str:
    return f"/{command.name} {ARGUMENTS.get(command.name, '')}".rstrip()


async def asked_in(rig: Rig, place: Place, by: Person | None = None) -> dict[str, str]:
    """What every command answers in a place: text by name."""
    answers = {}
    for command in visible():
        if by is None or command.audience is Audience.EVERYONE:
            answers[command.name] = (await rig.asks(place, line(command), by)).text
        if command.name in answers and command.name in SENDING_A_FILE:
            await rig.telegram.gets("sendDocument")
    return answers


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", ["private", "group", "topic", "channel"])
async def test_every_command_answers_everywhere(
    telegram: FakeTelegram, arxiv: FakeArxiv, tmp_path: Path, kind: str, language: str
) -> None:
    owner = telegram.person("Ada", language)
    places = {
        "private": telegram.private(owner),
        "group": telegram.group(owner),
        "topic": telegram.group(owner, forum=True).topic(),
        "channel": telegram.channel(owner),
    }
    async with working_bot(telegram, tmp_path, arxiv=arxiv, language=language) as rig:
        answers = await asked_in(rig, places[kind])
        subscribed = await rig.services.store.subscriptions(address_of(places[kind]))
    failed = words(language)("error.title")
    assert {name for name, text in answers.items() if failed in text} == set()
    in_chinese = {name for name, text in answers.items() if CHINESE.search(text)}
    assert in_chinese == (set(answers) if language == "zh" else set())
    assert "Diffusion models for all" in answers["paper"]
    assert "Diffusion models for all" in answers["digest"]
    assert not subscribed  # since what was subscribed was unsubscribed, and all forgotten


async def test_members_of_a_group_may_ask_and_not_change(
    telegram: FakeTelegram, arxiv: FakeArxiv, tmp_path: Path
) -> None:
    member = telegram.person("Member")
    group = telegram.group(members=[member])
    refused = words("en")("failure.administrators")
    async with working_bot(telegram, tmp_path, arxiv=arxiv) as rig:
        answers = await asked_in(rig, group, by=member)
        for command in visible():
            if command.audience is Audience.ADMINISTRATORS:
                assert refused in (await rig.asks(group, line(command), member)).text
    assert not [name for name, text in answers.items() if refused in text]


async def test_nothing_that_is_written_behind_a_command_breaks_it(
    telegram: FakeTelegram,
    arxiv: FakeArxiv,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    ada = telegram.private()
    async with working_bot(telegram, tmp_path, arxiv=arxiv) as rig:
        for command in visible():
            for arguments in ("", *HOSTILE):
                text = f"/{command.name} {arguments}"[:4096].rstrip()
                assert (await rig.asks(ada, text)).body
    assert not [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR]


async def test_what_is_said_in_a_private_chat_without_a_command_gets_help(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    ada = telegram.private()
    async with working_bot(telegram, tmp_path) as rig:
        assert "/help" in (await rig.asks(ada, "good morning")).text
        assert (await rig.asks(ada, "/serach diffusion")).labels[0] == "/search diffusion"


async def test_a_link_from_elsewhere_opens_a_paper(
    telegram: FakeTelegram, arxiv: FakeArxiv, tmp_path: Path
) -> None:
    ada = telegram.private()
    async with working_bot(telegram, tmp_path, arxiv=arxiv) as rig:
        for text in (f"/start paper_{ID.replace('.', '_')}", f"arxiv.org/pdf/{ID}", f"{ID}v1"):
            assert "Diffusion models for all" in (await rig.asks(ada, text)).text


async def test_every_button_of_every_answer_is_answered(
    telegram: FakeTelegram, arxiv: FakeArxiv, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ada = telegram.private()
    async with working_bot(telegram, tmp_path, arxiv=arxiv) as rig:
        posted = [await rig.asks(ada, line(command)) for command in visible()]
        buttons = {
            button["callback_data"]: one
            for one in posted
            for button in one.buttons
            if "callback_data" in button
        }
    async with working_bot(telegram, tmp_path, arxiv=arxiv) as rig:
        for count, (data, one) in enumerate(buttons.items(), 1):
            ada.presses_data(data, posted=one)
            await telegram.gets("answerCallbackQuery", count)
            rig.clock.advance(70)
        await rig.ends()
    assert not telegram.open_queries
    assert not [one.getMessage() for one in caplog.records if one.levelno >= logging.ERROR]
    assert not [code for code in telegram.refused if code != 400]  # such as: not modified
