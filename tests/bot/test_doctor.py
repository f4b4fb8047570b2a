"""What the doctor says about the language model: one real request, and what came back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app import opened
from bot.config import Config, Llm
from bot.doctor import Finding, examine
from tests.bot.commands.chatting import UNREACHABLE
from tests.bot.enrich.examples import KEY, MODEL, configured
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
    assert "pass the checks" in found.text
    assert len(llm.requests) == 1


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
