"""The running bot as a process: it works, it stops when told to, and it says why it cannot."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from formatters.text import plain
from storage.deliveries import DeliveryState
from storage.lock import DeliveryLock
from storage.models import Address, Call, Platform
from storage.store import LOCK_NAME, Store
from tests.fakes.telegram import CREDENTIAL, FakeTelegram
from tests.fakes.telegram_chats import Place

LONGEST_STOP = 10.0  # seconds, as the contract says
NOWHERE = "http://127.0.0.1:9"  # the discard port, where nobody listens


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as server:
        yield server


@dataclass
class Process:
    """A bot as a process of its own."""

    process: subprocess.Popen[bytes]
    log: Path

    def signals(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ends(self) -> tuple[int, str]:
        """Wait until it has ended; its exit code, and what it said."""
        started = time.monotonic()
        code = self.process.wait(LONGEST_STOP)
        assert time.monotonic() - started < LONGEST_STOP
        return code, self.log.read_text()

    async def says(self, text: str) -> None:
        for _ in range(1000):
            if text in self.log.read_text():
                return
            await asyncio.sleep(LONGEST_STOP / 1000)
        raise AssertionError(f"{text!r} is not in {self.log.read_text()!r}")


def written(folder: Path, telegram: FakeTelegram | None = None, rest: str = "") -> Path:
    """A configuration file with what the fake needs."""
    file = folder / "config.toml"
    telegram_section = ""
    if telegram:
        telegram_section = f'[telegram]\ntoken = "{CREDENTIAL}"\napi_url = "{telegram.api_url}"\n'
    arxiv = f'[arxiv]\nfeed_url = "{NOWHERE}"\napi_url = "{NOWHERE}/api"\nmin_interval = 0\n'
    file.write_text(f'data_dir = "data"\n{rest}{arxiv}{telegram_section}')
    return file


@contextmanager
def started(config: Path, *options: str) -> Iterator[Process]:
    """A bot that does not survive the block."""
    log = config.parent / f"log{len(list(config.parent.glob('log*')))}"
    command = [sys.executable, "-m", "bot", "--config", str(config), *options, "run"]
    with log.open("w") as stderr:
        process = subprocess.Popen(command, stderr=stderr)
    try:
        yield Process(process, log)
    finally:
        process.kill()
        process.wait()


async def enqueue(folder: Path, place: Place, texts: Sequence[str]) -> None:
    """Put messages into the outbox of a bot that does not run."""
    store = await Store.open(folder / "data", plain)
    calls = [Call("sendMessage", {"text": text}) for text in texts]
    await store.outbox.enqueue(calls, _address(place), None, datetime.now(UTC))
    await store.close()


async def states(folder: Path) -> list[DeliveryState]:
    """What has become of the messages."""
    store = await Store.open(folder / "data", plain)
    found = await store.outbox.deliveries(tuple(DeliveryState), 100)
    await store.close()
    return [one.state for one in sorted(found, key=lambda one: one.number)]


def _address(place: Place) -> Address:
    return Address(Platform.TELEGRAM, str(place.id))


class TestStopping:
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
    async def test_a_signal_ends_it_after_the_answer_under_way(
        self, telegram: FakeTelegram, tmp_path: Path, number: signal.Signals
    ) -> None:
        ada = telegram.private()
        resume = telegram.hangs("sendMessage")
        with started(written(tmp_path, telegram)) as bot:
            ada.says("/help")
            await telegram.has_failed()
            bot.signals(number)
            resume()
            code, said = bot.ends()
        assert code == 0
        assert len(ada.messages) == 1
        assert "on Telegram as @paperboy_test_bot" in said
        assert "stopping, which may take some seconds" in said
        assert "ERROR" not in said

    async def test_it_stops_in_time_though_nobody_answers_it(
        self, telegram: FakeTelegram, tmp_path: Path
    ) -> None:
        ada = telegram.private()
        resume = telegram.hangs("sendMessage")
        with started(written(tmp_path, telegram)) as bot:
            ada.says("/help")
            await telegram.has_failed()
            bot.signals(signal.SIGTERM)
            assert bot.ends()[0] == 0
        resume()

    async def test_a_delivery_under_way_is_finished_and_the_rest_is_left_for_the_next_run(
        self, telegram: FakeTelegram, tmp_path: Path
    ) -> None:
        group = telegram.group()
        config = written(tmp_path, telegram)
        await enqueue(tmp_path, group, ["one", "two", "three"])
        resume = telegram.hangs("sendMessage")
        with started(config) as bot:
            await telegram.has_failed()
            bot.signals(signal.SIGTERM)
            await bot.says("stopping")
            resume()
            assert bot.ends()[0] == 0
        assert group.texts == ["one"]
        assert await states(tmp_path) == ["sent", "queued", "queued"]
        with started(config) as bot:
            await group.hears("three")
            bot.signals(signal.SIGTERM)
            assert bot.ends()[0] == 0
        assert group.texts == ["one", "two", "three"]
        assert await states(tmp_path) == ["sent"] * 3

    async def test_a_delivery_that_nobody_answers_is_cut_off_and_repeated_once(
        self, telegram: FakeTelegram, tmp_path: Path
    ) -> None:
        group = telegram.group()
        config = written(tmp_path, telegram)
        await enqueue(tmp_path, group, ["one"])
        resume = telegram.hangs("sendMessage")
        with started(config) as bot:
            await telegram.has_failed()
            bot.signals(signal.SIGTERM)
            assert bot.ends()[0] == 0
        assert await states(tmp_path) == ["sending"]
        resume()
        with started(config) as bot:
            await group.hears("one")
            await bot.says("1 deliveries were under way")
            bot.signals(signal.SIGTERM)
            assert bot.ends()[0] == 0
        assert group.texts == ["one"]

    async def test_a_second_signal_ends_it_at_once(
        self, telegram: FakeTelegram, tmp_path: Path
    ) -> None:
        ada = telegram.private()
        resume = telegram.hangs("sendMessage")
        with started(written(tmp_path, telegram)) as bot:
            ada.says("/help")
            await telegram.has_failed()
            bot.signals(signal.SIGINT)
            await bot.says("stopping")
            bot.signals(signal.SIGINT)
            code, said = bot.ends()
        resume()
        assert code == 130
        assert "Traceback" not in said


class TestLog:
    async def test_the_token_is_not_even_in_a_debug_log(
        self, telegram: FakeTelegram, tmp_path: Path
    ) -> None:
        ada = telegram.private()
        with started(written(tmp_path, telegram), "--debug") as bot:
            ada.says("/help")
            await ada.hears()
            bot.signals(signal.SIGTERM)
            said = bot.ends()[1]
        assert "DEBUG" in said
        assert CREDENTIAL not in said

    @pytest.mark.parametrize(("level", "logged"), [("INFO", True), ("CRITICAL", False)])
    async def test_as_much_is_logged_as_is_configured(
        self, telegram: FakeTelegram, tmp_path: Path, level: str, logged: bool
    ) -> None:
        ada = telegram.private()
        with started(written(tmp_path, telegram, f'log_level = "{level}"\n')) as bot:
            ada.says("/help")
            await ada.hears()
            bot.signals(signal.SIGTERM)
            said = bot.ends()[1]
        assert bool(said) == logged
        assert "apscheduler" not in said


class TestMistakes:
    def test_without_a_token_it_says_how_to_get_one(self, tmp_path: Path) -> None:
        with started(written(tmp_path)) as bot:
            code, said = bot.ends()
        assert code == 2
        assert said.count("\n") == 1
        assert "@BotFather" in said
        assert "file:archive" in said

    def test_a_token_that_telegram_refuses_is_a_wrong_configuration(
        self, telegram: FakeTelegram, tmp_path: Path
    ) -> None:
        telegram.refuses("getMe", 401, "Unauthorized")
        with started(written(tmp_path, telegram)) as bot:
            code, said = bot.ends()
        assert code == 2
        assert said.splitlines()[-1].startswith("paperboy: Telegram does not accept the token")
        assert "ERROR" not in said
        assert CREDENTIAL not in said

    def test_two_bots_do_not_work_with_the_same_data(
        self, telegram: FakeTelegram, tmp_path: Path
    ) -> None:
        config = written(tmp_path, telegram)
        with DeliveryLock(tmp_path / "data" / LOCK_NAME), started(config) as bot:
            code, said = bot.ends()
        assert code == 1
        assert (
            f"a bot is already delivering from {tmp_path / 'data'} (process {os.getpid()})" in said
        )

    async def test_files_need_no_token(self, tmp_path: Path) -> None:
        channel = '[[channels]]\nname = "cv"\nquery = "cs.CV"\ntargets = ["file:archive"]\n'
        config = written(tmp_path)
        config.write_text(config.read_text() + channel)
        with started(config) as bot:
            await bot.says("cs.CV: arXiv could not be reached")
            bot.signals(signal.SIGTERM)
            assert bot.ends()[0] == 0
