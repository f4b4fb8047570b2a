"""`publish`, `outbox` and `doctor` as people, cron and CI jobs meet them."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.digest.calendar import latest_batch_day
from storage.models import Kind
from tests.bot.test_cli import UNREACHABLE, error_of, run, write_config
from tests.fakes.arxiv import FakeArxiv, paper
from tests.fakes.telegram import CREDENTIAL, FakeTelegram

FILES = '[[channels]]\nname = "cv"\nquery = "cs.CV"\ntargets = ["file:archive"]\n'
INTERRUPTED = "paperboy: interrupted; nothing is half-stored, run it again to go on"
PATIENCE = 20.0  # seconds until a test gives a process up


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("PAPERBOY_CONFIG", "NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def arxiv() -> Iterator[FakeArxiv]:
    with FakeArxiv() as server:
        rows = [(paper(f"2604.0000{number}"), Kind.NEW) for number in (1, 2, 3)]
        server.batch("cs.CV", latest_batch_day(datetime.now(UTC)), *rows)
        write_config(server.feed_url, server.api_url, FILES)
        yield server


@pytest.fixture
def telegram(arxiv: FakeArxiv) -> Iterator[FakeTelegram]:
    with FakeTelegram() as server:
        group = server.group().id
        section = f'[telegram]\ntoken = "{CREDENTIAL}"\napi_url = "{server.api_url}"\n'
        channel = FILES.replace("file:archive", f"telegram:{group}")
        write_config(arxiv.feed_url, arxiv.api_url, section + channel)
        yield server


def texts(telegram: FakeTelegram) -> list[str]:
    (group,) = telegram.chats.values()
    return [one.text for one in group.posted]


@contextmanager
def publishing() -> Iterator[subprocess.Popen[str]]:
    """`paperboy publish` as a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "publish", "--all"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


class TestPublish:
    @pytest.mark.usefixtures("arxiv")
    def test_one_line_for_each_target_and_nothing_else(self) -> None:
        result = run("publish", "cv")
        assert result.stdout == "cv -> file:archive: delivered 3 papers\n"
        assert not result.stderr
        assert run("publish", "--all").stdout == "cv -> file:archive: nothing new was announced\n"
        assert [path.name.split("-")[0] for path in sorted(Path("data/archive").glob("*.md"))]

    def test_what_failed_is_on_stderr_and_does_not_hide_the_rest(self, arxiv: FakeArxiv) -> None:
        two = FILES + FILES.replace('"cv"', '"lg"').replace("cs.CV", "cs.LG")
        write_config(arxiv.feed_url, arxiv.api_url, two.replace("archive", "papers"))
        result = run("publish", "--all", exit_code=1)
        assert result.stdout == "cv -> file:papers: delivered 3 papers\n"
        assert result.stderr.startswith("paperboy: lg -> file:papers: cs.LG: arXiv refused")
        assert result.stderr.count("\n") == 1

    def test_without_arxiv_it_fails_and_says_so(self) -> None:
        write_config(UNREACHABLE, f"{UNREACHABLE}/api", FILES)
        message = error_of("publish", "cv", exit_code=1)
        assert "cv -> file:archive: cs.CV: arXiv could not be reached" in message

    @pytest.mark.parametrize(
        ("arguments", "rest", "said"),
        [
            (["--all"], "", "a [[channels]] table in the configuration"),
            (["cv"], "", "a [[channels]] table in the configuration"),
            (["--all"], '[[channels]]\nname = "cv"\nquery = "cs.CV"\n', "expected targets"),
            (["lg"], FILES, "there is no channel 'lg'; configured: cv"),
            ([], FILES, "name the channels to publish, or say --all"),
            (["cv", "--all"], FILES, "name the channels to publish, or say --all"),
            (["--all"], FILES.replace("cs.CV", "cs.ZZ"), "channel cv: "),
            (
                ["--all"],
                FILES.replace("file:archive", "discord:1234567890"),
                "expected discord.token, found none",
            ),
        ],
    )
    def test_what_cannot_be_published_is_a_usage_or_configuration_error(
        self, arguments: list[str], rest: str, said: str
    ) -> None:
        write_config(UNREACHABLE, UNREACHABLE, rest)
        assert said in error_of("publish", *arguments, exit_code=2)

    @pytest.mark.usefixtures("telegram")
    def test_a_token_that_is_refused_is_told_on_the_line_of_the_target(self) -> None:
        config = Path("config.toml")
        config.write_text(config.read_text().replace(CREDENTIAL, "1:wrong"))
        message = error_of("publish", "cv", exit_code=1)
        assert message.startswith("paperboy: cv -> telegram:-100")
        assert "Telegram does not accept the token" in message
        assert "1:wrong" not in message

    def test_ctrl_c_while_arxiv_is_asked_ends_in_one_line(self, arxiv: FakeArxiv) -> None:
        resume = arxiv.hang()
        with publishing() as process:
            arxiv.wait_for_requests(1)
            process.send_signal(signal.SIGINT)
            stdout, stderr = process.communicate(timeout=PATIENCE)
        resume()
        assert (process.returncode, stdout) == (130, "")
        assert stderr.strip() == INTERRUPTED
        assert run("publish", "cv").stdout == "cv -> file:archive: delivered 3 papers\n"

    async def test_ctrl_c_while_delivering_lets_the_call_under_way_end(
        self, telegram: FakeTelegram
    ) -> None:
        resume = telegram.hangs("sendMessage")
        with publishing() as process:
            await telegram.has_failed()
            process.send_signal(signal.SIGINT)
            resume()
            stdout, stderr = process.communicate(timeout=PATIENCE)
        assert (process.returncode, stdout) == (130, "")
        assert stderr.strip() == INTERRUPTED
        assert len(texts(telegram)) == 1
        with publishing() as process:
            stdout, _ = process.communicate(timeout=PATIENCE)
        assert stdout.endswith(": delivered what an earlier run had left over\n")
        first, second = texts(telegram)
        assert first != second


class TestOutbox:
    def test_an_empty_one_is_told_in_a_line(self) -> None:
        totals = "0 queued, 0 under way, 0 sent, 0 failed, 0 dropped\n"
        assert run("outbox", "list").stdout == totals

    @pytest.mark.usefixtures("arxiv")
    def test_what_was_sent_is_listed_with_all(self) -> None:
        run("publish", "cv")
        first, _, totals = run("outbox", "list", "--all").stdout.splitlines()
        assert first.split()[1:] == [
            "sent", "file:archive", "file", "of", "digest", "1,", "tried", "1", "time",
        ]  # fmt: skip
        assert totals == "0 queued, 0 under way, 2 sent, 0 failed, 0 dropped"
        assert "0 queued again" in run("outbox", "retry", "--all").stdout

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("retry",), "give the numbers of deliveries"),
            (("retry", "1", "--all"), "give the numbers of deliveries"),
            (("retry", "1"), "none of these can be"),
            (("drop", "1"), "none of these can be"),
            (("drop",), "Missing argument"),
            (("drop", "first"), "not a valid integer"),
        ],
    )
    def test_what_cannot_be_done_is_a_usage_error(
        self, arguments: tuple[str, ...], said: str
    ) -> None:
        assert said in error_of("outbox", *arguments, exit_code=2)


@pytest.mark.usefixtures("telegram")
def test_the_doctor_tells_of_tokens() -> None:
    lines = run("doctor", exit_code=1).stdout.splitlines()
    assert "ok      telegram   the token is taken" in lines
    assert any(line.startswith("-       discord    no token") for line in lines)
