"""`paperboy run` as a process: it answers, it stops when told to, and it says why it cannot."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from storage.lock import DeliveryLock
from storage.store import LOCK_NAME
from tests.fakes.telegram import CREDENTIAL, FakeTelegram

LONGEST_STOP = 10.0  # seconds, as the contract says


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as server:
        yield server


def written(folder: Path, telegram: FakeTelegram | None = None) -> Path:
    """A configuration file with what the fake needs."""
    file = folder / "config.toml"
    section = ""
    if telegram:
        section = f'[telegram]\ntoken = "{CREDENTIAL}"\napi_url = "{telegram.api_url}"\n'
    file.write_text(f'data_dir = "data"\n{section}')
    return file


@contextmanager
def started(config: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """The bot as a process of its own, which does not survive the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "--config", str(config), *options, "run"],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_after_the_answer_under_way(
    telegram: FakeTelegram, tmp_path: Path, number: signal.Signals
) -> None:
    ada = telegram.private()
    resume = telegram.hangs("sendMessage")
    with started(written(tmp_path, telegram)) as process:
        ada.says("/help")
        await telegram.has_failed()
        process.send_signal(number)
        asked_at = time.monotonic()
        resume()
        said = process.communicate(timeout=LONGEST_STOP)[1]
        assert time.monotonic() - asked_at < LONGEST_STOP
        assert process.returncode == 0
    assert len(ada.messages) == 1
    assert "on Telegram as @paperboy_test_bot" in said
    assert "comes with a later one" in said


async def test_it_stops_in_time_though_nobody_answers_it(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    ada = telegram.private()
    resume = telegram.hangs("sendMessage")
    with started(written(tmp_path, telegram)) as process:
        ada.says("/help")
        await telegram.has_failed()
        process.terminate()
        process.communicate(timeout=LONGEST_STOP)
        assert process.returncode == 0
    resume()


async def test_the_token_is_not_even_in_a_debug_log(telegram: FakeTelegram, tmp_path: Path) -> None:
    ada = telegram.private()
    with started(written(tmp_path, telegram), "--debug") as process:
        ada.says("/help")
        await ada.hears()
        process.terminate()
        said = process.communicate(timeout=LONGEST_STOP)[1]
    assert "DEBUG" in said
    assert CREDENTIAL not in said


def test_without_a_token_it_says_how_to_get_one(tmp_path: Path) -> None:
    with started(written(tmp_path)) as process:
        said = process.communicate(timeout=LONGEST_STOP)[1]
        assert process.returncode == 2
    assert said.count("\n") == 1
    assert "@BotFather" in said


def test_a_token_that_telegram_refuses_is_a_wrong_configuration(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    telegram.refuses("getMe", 401, "Unauthorized")
    with started(written(tmp_path, telegram)) as process:
        said = process.communicate(timeout=LONGEST_STOP)[1]
        assert process.returncode == 2
    assert "Telegram does not accept the token" in said
    assert CREDENTIAL not in said


def test_two_bots_do_not_work_with_the_same_data(telegram: FakeTelegram, tmp_path: Path) -> None:
    config = written(tmp_path, telegram)
    with DeliveryLock(tmp_path / "data" / LOCK_NAME), started(config) as process:
        said = process.communicate(timeout=LONGEST_STOP)[1]
        assert process.returncode == 1
    assert "a bot is already delivering" in said
