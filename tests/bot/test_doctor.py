"""What the doctor says: of the model, by one real request; of the tokens, by asking; of the bot."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.app import opened
from bot.config import Channel, Config, Llm
from bot.doctor import Finding, examine
from storage.lock import DeliveryLock
from storage.store import LOCK_NAME
from tests.bot.commands.chatting import UNREACHABLE
from tests.bot.enrich.examples import CHINESE, KEY, MODEL, configured
from tests.bot.whole import World, world
from tests.fakes.clock import FakeClock
from tests.fakes.llm import FakeLlm

OFFLINE = {"arxiv": UNREACHABLE}


@pytest.fixture
def llm() -> Iterator[FakeLlm]:
    with FakeLlm(key=KEY) as llm:
        yield llm


async def said(config: Config, clock: FakeClock) -> Finding:
    """What is said about the model."""
    async with opened(config.model_copy(update=OFFLINE), clock) as services:
        return {one.name: one async for one in examine(services)}["model"]


def chinese(folder: Path, llm: FakeLlm, **settings: object) -> Config:
    config = configured(folder, llm.base_url, **settings)
    return config.model_copy(update={"language": "zh"})


async def test_a_good_model_is_named_with_its_time_and_tokens(
    llm: FakeLlm, clock: FakeClock, tmp_path: Path
) -> None:
    found = await said(chinese(tmp_path, llm), clock)
    assert found.ok
    assert found.text.startswith(f"{MODEL} answered in 0.0 s (json_schema, 150 tokens)")
    assert f"in zh pass the checks: “{CHINESE}”" in found.text
    assert len(llm.requests) == 1


async def test_it_is_tried_in_the_language_of_a_channel_that_needs_more(
    llm: FakeLlm, clock: FakeClock, tmp_path: Path
) -> None:
    channels = [Channel(name=one, query="cs.CV", language=one, targets=()) for one in ("en", "de")]
    config = configured(tmp_path, llm.base_url).model_copy(update={"channels": tuple(channels)})
    assert "in de pass the checks" in (await said(config, clock)).text
    assert [language for _, language in llm.asked] == ["German"]


async def test_what_the_checks_find_is_told(llm: FakeLlm, clock: FakeClock, tmp_path: Path) -> None:
    llm.spoil_next(tldr=None)
    found = await said(chinese(tmp_path, llm), clock)
    assert found.ok is False
    assert "tldr: It is missing." in found.text
    assert len(llm.requests) == 1


async def test_a_plainer_form_is_told(llm: FakeLlm, clock: FakeClock, tmp_path: Path) -> None:
    llm.refuses = {"json_schema"}
    found = await said(chinese(tmp_path, llm), clock)
    assert "(json_object, 150 tokens)" in found.text


@pytest.mark.parametrize(("status", "advice"), [(404, "base_url and model"), (500, "HTTP 500")])
async def test_one_request_is_all_there_is(
    llm: FakeLlm, clock: FakeClock, tmp_path: Path, status: int, advice: str
) -> None:
    llm.answer_all(status)
    found = await said(chinese(tmp_path, llm), clock)
    assert found.ok is False
    assert advice in found.text
    assert len(llm.requests) == 1


async def test_a_wrong_key_is_not_repeated(llm: FakeLlm, clock: FakeClock, tmp_path: Path) -> None:
    found = await said(chinese(tmp_path, llm, api_key="sk-wrong-0815"), clock)
    assert found.ok is False
    assert "api_key" in found.text
    assert "0815" not in found.text


async def test_without_a_model_there_is_nothing_to_judge(clock: FakeClock, tmp_path: Path) -> None:
    found = await said(Config(data_dir=tmp_path, llm=Llm()), clock)
    assert found.ok is None


async def test_the_tokens_of_the_request_are_counted(
    llm: FakeLlm, clock: FakeClock, tmp_path: Path
) -> None:
    async with opened(chinese(tmp_path, llm).model_copy(update=OFFLINE), clock) as services:
        _ = [one async for one in examine(services)]
        assert (await services.store.answers.tokens(clock.now().date())).total == 150


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path, speed=100.0) as made:
        yield made


async def findings(here: World, config: Config) -> dict[str, Finding]:
    async with here.services(config) as services:
        return {one.name: one async for one in examine(services)}


async def test_good_tokens_are_taken_and_nobody_notices(here: World) -> None:
    found = await findings(here, here.config())
    assert [found[name].ok for name in ("telegram", "discord")] == [True, True]
    assert [call.method for call in here.telegram.calls] == ["getMe"]
    assert not here.discord.gateway.identified


async def test_wrong_tokens_are_told_with_what_would_help(here: World) -> None:
    here.telegram.refuses("getMe", 401, "Unauthorized")
    here.discord.credential = "another one"
    found = await findings(here, here.config())
    assert [found[name].ok for name in ("telegram", "discord")] == [False, False]
    assert "@BotFather" in found["telegram"].text
    assert "Reset Token" in found["discord"].text


async def test_a_platform_that_is_away_is_no_wrong_token(here: World) -> None:
    await here.discord.goes_down()
    found = (await findings(here, here.config(without=("telegram",))))["discord"]
    assert found == Finding("discord", False, "cannot be reached; check the network connection")


async def test_without_tokens_it_says_where_to_get_them(here: World) -> None:
    found = await findings(here, here.config(without=("telegram", "discord")))
    assert found["telegram"] == Finding(
        "telegram", None, "no token; docs/telegram.md tells how to get one"
    )
    assert found["discord"].ok is None


async def test_a_running_bot_is_seen(here: World) -> None:
    config = here.config(without=("telegram", "discord"))
    assert (await findings(here, config))["bot"].ok is None
    with DeliveryLock(here.folder / LOCK_NAME):
        found = (await findings(here, config))["bot"]
    assert found == Finding("bot", True, f"running, process {os.getpid()}")
