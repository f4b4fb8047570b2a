"""What is opened together works together: above all the language model on the command line."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot import sample
from bot.app import opened, trial
from bot.cli import cli
from bot.progress import unseen
from tests.bot.commands.chatting import UNREACHABLE
from tests.bot.enrich.examples import CHINESE, KEY, configured, kite
from tests.fakes.clock import FakeClock
from tests.fakes.llm import FakeLlm


@pytest.fixture
def llm() -> Iterator[FakeLlm]:
    with FakeLlm(key=KEY) as llm:
        yield llm


@pytest.fixture
def config_file(tmp_path: Path, llm: FakeLlm) -> Path:
    """A configuration with a model and a feed in a file."""
    (tmp_path / "feed.xml").write_bytes(sample.feed_bytes())
    path = tmp_path / "config.toml"
    path.write_text(
        f'language = "zh"\n[llm]\nbase_url = "{llm.base_url}"\nmodel = "m"\napi_key = "{KEY}"\n',
        encoding="utf-8",
    )
    return path


def ran(config_file: Path, *arguments: str) -> str:
    """What a command prints."""
    line = ["--config", str(config_file), *arguments]
    result = CliRunner().invoke(cli, line, catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    return result.stdout


def digest(config_file: Path) -> list[dict[str, str]]:
    feed = str(config_file.parent / "feed.xml")
    arguments = ("--feed-file", feed, "--limit", "3", "--format", "json")
    entries: list[dict[str, str]] = json.loads(ran(config_file, "digest", *arguments))["entries"]
    return entries


def test_a_digest_has_the_models_summaries_and_asks_once(config_file: Path, llm: FakeLlm) -> None:
    for _ in range(2):
        entries = digest(config_file)
        assert [one["tldr"] for one in entries] == [CHINESE] * 3
        assert {one["tldr_origin"] for one in entries} == {"model"}
        assert all(one["title_translated"] and one["abstract_translated"] for one in entries)
    assert len(llm.requests) == 3


def test_without_the_model_it_is_whole_and_marked(config_file: Path, llm: FakeLlm) -> None:
    llm.answer_all(401)
    entries = digest(config_file)
    assert len(entries) == 3
    assert {one["tldr_origin"] for one in entries} == {"extracted"}
    assert all(one["tldr"] and one["tldr"] != one["abstract"] for one in entries)


def test_a_card_has_them_once_the_model_is_back(config_file: Path, llm: FakeLlm) -> None:
    llm.answer_all(401)
    paper_id = digest(config_file)[0]["id"]
    assert CHINESE not in ran(config_file, "paper", paper_id)
    llm.recover()
    assert CHINESE in ran(config_file, "paper", paper_id)


async def test_the_model_is_not_asked_about_the_invented_papers_of_the_sample(
    tmp_path: Path, llm: FakeLlm, clock: FakeClock
) -> None:
    config = configured(tmp_path, llm.base_url).model_copy(update={"arxiv": UNREACHABLE})
    async with opened(config, clock) as services:
        document, _ = await trial(services, "zh", unseen)
    assert document.blocks
    assert not llm.requests


async def test_closing_gives_up_what_the_model_has_not_written(
    tmp_path: Path, llm: FakeLlm, clock: FakeClock
) -> None:
    llm.hold()
    config = configured(tmp_path, llm.base_url)
    async with opened(config, clock) as services:
        assert services.enricher
        await services.store.add_papers([kite()])
        await services.enricher.begin([kite()], "zh")
        await llm.somebody_waits(1)
