"""The command line as people and scripts meet it: results, exit codes, one-line errors."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import cli
from bot.digest.calendar import latest_batch_day
from storage.models import Kind
from tests.fakes.arxiv import FakeArxiv, paper
from tests.fakes.arxiv_xml import atom_feed, error_feed

DAY = date(2026, 4, 21)
ROWS = [
    (paper("2604.00001", title="Diffusion models for all"), Kind.NEW),
    (paper("2604.00002", title="Graphs", categories=("cs.LG", "cs.CV")), Kind.CROSS),
    (paper("2604.00003", version=3, title="Old diffusion"), Kind.REPLACE),
]
PATIENCE = 20.0  # seconds until a test gives a process up
UNREACHABLE = "http://127.0.0.1:9"  # the discard port, where nobody listens


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("PAPERBOY_CONFIG", "NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def offline() -> None:
    write_config(UNREACHABLE, f"{UNREACHABLE}/api/query")


@pytest.fixture
def arxiv() -> Iterator[FakeArxiv]:
    with FakeArxiv() as server:
        write_config(server.feed_url, server.api_url)
        yield server


@pytest.fixture
def feed_file(tmp_path: Path) -> Path:
    path = tmp_path / "feed.xml"
    path.write_bytes(atom_feed("cs.CV", DAY, ROWS))
    return path


def write_config(feed_url: str, api_url: str, rest: str = "") -> None:
    Path("config.toml").write_text(
        f'[arxiv]\nfeed_url = "{feed_url}"\napi_url = "{api_url}"\nmin_interval = 0.0\n{rest}'
    )


def run(*arguments: str | Path, exit_code: int = 0, typed: str | bytes = "") -> Result:
    line = [str(one) for one in arguments]
    result = CliRunner().invoke(cli, line, input=typed, prog_name="paperboy")
    assert result.exit_code == exit_code, result.output
    assert "Traceback" not in result.output
    return result


def error_of(*arguments: str | Path, exit_code: int) -> str:
    """The one line on stderr that a failing command leaves."""
    result = run(*arguments, exit_code=exit_code)
    assert not result.stdout
    lines = result.stderr.splitlines()
    assert len(lines) == 1, lines
    return lines[0]


class TestUsage:
    def test_no_command_shows_the_help_and_is_a_usage_error(self) -> None:
        assert "Commands:" in run(exit_code=2).output

    def test_help_lists_every_command_and_the_exit_codes(self) -> None:
        text = run("--help").stdout
        for name in (*cli.commands, "Exit codes: 0 done, 1"):
            assert name in text

    @pytest.mark.parametrize("command", list(cli.commands))
    def test_every_command_has_a_help_of_its_own(self, command: str) -> None:
        assert "Usage: paperboy" in run(command, "--help").stdout

    def test_an_unquoted_word_to_leave_out_gets_a_hint(self) -> None:
        message = error_of("digest", "cs.CV", "-survey", exit_code=2)
        assert "quote the query: paperboy digest 'cs.CV -survey'" in message

    def test_a_named_configuration_that_is_not_there(self) -> None:
        assert "nowhere.toml" in error_of("--config", "nowhere.toml", "status", exit_code=2)

    def test_the_environment_names_a_configuration(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PAPERBOY_CONFIG", "elsewhere.toml")
        assert "elsewhere.toml" in error_of("status", exit_code=2)

    def test_a_wrong_key_is_named_with_what_was_meant(self) -> None:
        Path("config.toml").write_text('langage = "en"\n')
        message = error_of("status", exit_code=2)
        assert "langage" in message
        assert "language" in message

    def test_a_channel_with_a_wrong_query_is_named(self) -> None:
        write_config(UNREACHABLE, UNREACHABLE, '[[channels]]\nname = "mine"\nquery = "cs.ZZ"\n')
        assert "mine" in error_of("digest", exit_code=2)

    @pytest.mark.parametrize(
        ("query", "place"),
        [("((((", 4), ('cs.CV "open', 7), ("cs.ZZ", 1), ("a\x1b[31m", 2), ("word " * 10_000, 1)],
    )
    def test_a_query_that_cannot_be_read_is_pointed_at(self, query: str, place: int) -> None:
        message = error_of("digest", query, exit_code=2)
        assert f"character {place}:" in message or "too long" in message or "at most" in message
        assert "\x1b" not in message
        assert len(message) < 300

    def test_an_unknown_language_says_what_would_work(self) -> None:
        assert "zh" in error_of("digest", "--language", "klingon", exit_code=2)

    def test_debug_shows_where_something_failed(self, feed_file: Path) -> None:
        feed_file.write_bytes(b"")
        result = CliRunner().invoke(cli, ["--debug", "digest", "((("])
        assert "Traceback" in result.stderr


class TestDigest:
    def test_json_holds_the_contract(self, feed_file: Path) -> None:
        result = run("digest", "cs.CV", "--feed-file", feed_file, "--format", "json")
        shown = json.loads(result.stdout)
        assert list(shown) == ["query", "language", "batches", "coverage", "entries"]
        assert shown["query"] == "cs.CV"
        assert shown["batches"] == [{"category": "cs.CV", "day": "2026-04-21"}]
        assert shown["coverage"]["announced"] == shown["coverage"]["posted"] == 3
        entry = shown["entries"][2]
        assert (entry["id"], entry["version"], entry["kind"]) == ("2604.00003", 3, "replace")
        assert entry["tldr_origin"] == "extracted"
        assert entry["links"]["abs"] == "https://arxiv.org/abs/2604.00003"
        assert not result.stderr

    def test_the_same_file_gives_the_same_digest_again(self, feed_file: Path) -> None:
        once = run("digest", "cs.CV", "--feed-file", feed_file, "--format", "json").stdout
        assert run("digest", "cs.CV", "--feed-file", feed_file, "--format", "json").stdout == once

    def test_the_limit_leaves_out_and_zero_means_all(self, feed_file: Path) -> None:
        few = run("digest", "cs.CV", "--feed-file", feed_file, "--limit", "1", "--format", "json")
        coverage = json.loads(few.stdout)["coverage"]
        assert (coverage["posted"], coverage["over_limit"]) == (1, 2)
        every = run("digest", "cs.CV", "--feed-file", feed_file, "--limit", "0", "--format", "json")
        assert len(json.loads(every.stdout)["entries"]) == 3

    def test_several_words_are_one_query(self, feed_file: Path) -> None:
        result = run("digest", "cs.CV", "diffusion", "--feed-file", feed_file, "--format", "json")
        shown = json.loads(result.stdout)
        assert [entry["id"] for entry in shown["entries"]] == ["2604.00001", "2604.00003"]
        assert shown["entries"][0]["score"] > 0
        assert "diffusion in title" in shown["entries"][0]["reason"]

    def test_explain_tells_of_every_row(self, feed_file: Path) -> None:
        text = run("digest", "cs.CV diffusion", "--feed-file", feed_file, "--explain").stdout
        assert "no diffusion" in text
        assert "2604.00002" in text

    def test_the_terminal_table_fits_the_window(
        self, feed_file: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", "60")
        lines = run("digest", "cs.CV", "--feed-file", feed_file).stdout.splitlines()
        assert max(map(len, lines)) <= 60

    @pytest.mark.usefixtures("offline")
    def test_paper_opens_a_number_of_the_last_list(self, feed_file: Path) -> None:
        run("digest", "cs.CV", "--feed-file", feed_file)
        assert "Old diffusion" in run("paper", "3").stdout
        assert "no number 4" in error_of("paper", "4", exit_code=2)

    def test_a_file_is_written_whole_and_named(self, feed_file: Path) -> None:
        result = run(
            "digest", "cs.CV", "--feed-file", feed_file, "--format", "markdown", "-o", "today.md"
        )
        assert result.stdout == ""
        assert "wrote today.md" in result.stderr
        assert Path("today.md").read_text().startswith("# Summary\n")
        assert not Path("today.md.partial").exists()

    def test_rss_is_a_feed(self, feed_file: Path) -> None:
        text = run("digest", "cs.CV", "--feed-file", feed_file, "--format", "rss").stdout
        assert "<feed" in text
        assert text.count("<entry>") == 3

    def test_a_broken_file_costs_itself_only(self, feed_file: Path, tmp_path: Path) -> None:
        broken = tmp_path / "broken.xml"
        broken.write_bytes(feed_file.read_bytes()[:-300])
        result = run(
            *("digest", "cs.CV", "--feed-file", broken, "--feed-file", feed_file),
            *("--format", "json"),
            exit_code=1,
        )
        assert len(json.loads(result.stdout)["entries"]) == 3
        assert "breaks off" in result.stderr

    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (b"", "empty"),
            (b"<html>busy", "web page"),
            (error_feed("cs.ZZ"), "arXiv refused"),
            (atom_feed("cs.CV", DAY, ROWS)[:-20], "breaks off"),
        ],
    )
    def test_every_kind_of_bad_feed_has_its_own_message(
        self, feed_file: Path, content: bytes, says: str
    ) -> None:
        feed_file.write_bytes(content)
        result = run("digest", "cs.CV", "--feed-file", feed_file, exit_code=1)
        assert says in result.stderr
        assert "papers         0" in run("status").stdout

    def test_a_weekend_is_said_to_be_one(self, feed_file: Path) -> None:
        feed_file.write_bytes(atom_feed("cs.CV", date(2026, 4, 18), []))
        result = run("digest", "cs.CV", "--feed-file", feed_file)
        assert "weekend" in result.stderr

    def test_a_missing_file_is_said_to_be_missing(self) -> None:
        result = run("digest", "cs.CV", "--feed-file", "nowhere.xml", exit_code=1)
        assert "nowhere.xml" in result.stderr


class TestArxiv:
    def test_the_feeds_of_all_named_categories_are_asked(self, arxiv: FakeArxiv) -> None:
        day = latest_batch_day(datetime.now(UTC))
        arxiv.batch("cs.CV", day, *ROWS)
        arxiv.batch("cs.LG", day, ROWS[1])
        shown = json.loads(run("digest", "cs.CV cs.LG", "--format", "json").stdout)
        assert len(shown["entries"]) == 3
        assert shown["coverage"]["repeated"] == 1
        assert arxiv.paths == ["/atom/cs.CV", "/atom/cs.LG"]

    def test_without_a_query_the_configured_channels_count(self, arxiv: FakeArxiv) -> None:
        write_config(
            arxiv.feed_url, arxiv.api_url, '[[channels]]\nname = "a"\nquery = "cs.CV diffusion"\n'
        )
        arxiv.batch("cs.CV", latest_batch_day(datetime.now(UTC)), *ROWS)
        shown = json.loads(run("digest", "--format", "json").stdout)
        assert shown["query"] == "cs.CV diffusion"
        assert len(shown["entries"]) == 2

    def test_try_shows_todays_digest_and_leaves_nothing_behind(self, arxiv: FakeArxiv) -> None:
        arxiv.batch(
            "cs.AI",
            latest_batch_day(datetime.now(UTC)),
            (paper("2604.00009", title="Agents today", categories=("cs.AI",)), Kind.NEW),
        )
        result = run("try")
        assert "Agents today" in result.stdout
        assert "sample" not in result.stderr
        assert [path.name for path in Path().iterdir()] == ["config.toml"]

    def test_one_refused_category_does_not_cost_the_others(self, arxiv: FakeArxiv) -> None:
        arxiv.batch("cs.CV", latest_batch_day(datetime.now(UTC)), *ROWS)
        result = run("digest", "cs.CV cs.LG", "--format", "json", exit_code=1)
        assert len(json.loads(result.stdout)["entries"]) == 3
        assert "cs.LG: arXiv refused" in result.stderr

    def test_paper_asks_arxiv_for_what_is_not_stored_once(self, arxiv: FakeArxiv) -> None:
        arxiv.paper("2401.00001", title="Found at arXiv")
        assert "Found at arXiv" in run("paper", "https://arxiv.org/pdf/2401.00001v1.pdf").stdout
        assert "Found at arXiv" in run("paper", "2401.00001").stdout
        assert len(arxiv.requests) == 1

    @pytest.mark.usefixtures("arxiv")
    def test_a_paper_that_does_not_exist(self) -> None:
        assert "2401.99999" in error_of("paper", "2401.99999", exit_code=1)

    def test_something_that_is_no_id(self) -> None:
        assert "2401.00001" in error_of("paper", "what?", exit_code=2)

    def test_search_asks_arxiv_where_nothing_stored_matches(self, arxiv: FakeArxiv) -> None:
        arxiv.paper("2401.00001", title="Found at arXiv")
        result = run("search", "ti:found")
        assert "Found at arXiv" in result.stdout
        assert "from arXiv itself" in result.stderr


@pytest.mark.usefixtures("offline")
class TestOffline:
    def test_try_shows_the_sample_and_says_so(self) -> None:
        result = run("try")
        assert "bundled sample" in result.stderr
        assert "cs.AI" in result.stdout
        assert [path.name for path in Path().iterdir()] == ["config.toml"]

    def test_try_speaks_chinese(self) -> None:
        assert "论文" in run("try", "--language", "zh").stdout

    def test_digest_fails_and_says_why(self) -> None:
        result = run("digest", "cs.CV", exit_code=1)
        assert "could not be reached" in result.stderr

    def test_paper_and_search_say_that_arxiv_cannot_be_reached(self) -> None:
        for command in (("paper", "2401.00001"), ("search", "diffusion")):
            assert "could not be reached" in error_of(*command, exit_code=1)

    def test_search_finds_what_is_stored(self, feed_file: Path) -> None:
        run("digest", "cs.CV", "--feed-file", feed_file)
        result = run("search", "diffusions", "--limit", "1")
        assert "1" in result.stdout
        assert "diffusion" in result.stdout.lower()
        second = run("search", "diffusions", "--limit", "1", "--page", "2").stdout
        assert second != result.stdout


class TestUpkeep:
    def test_import_and_print_an_old_digest(self, feed_file: Path) -> None:
        run("digest", "cs.CV", "--feed-file", feed_file, "--format", "markdown", "-o", "old.md")
        before = Path("old.md").read_text()
        assert (
            "old.md: 0 added, 0 changed, 3 unchanged, 0 rejected" in run("import", "old.md").stdout
        )
        again = run("digest", "--imported", "old.md", "--format", "markdown").stdout
        assert [line for line in again.splitlines() if line.startswith("[^")] == [
            line for line in before.splitlines() if line.startswith("[^")
        ]

    def test_what_was_not_imported_says_how(self) -> None:
        message = error_of("digest", "--imported", "old.md", exit_code=2)
        assert "paperboy import old.md" in message

    def test_rejects_are_listed_with_line_and_reason(self) -> None:
        Path("some.jsonl").write_text('{"id": "2401.00001", "title": "T"}\n{"id": "x"}\nnope\n')
        result = run("import", "some.jsonl", exit_code=1)
        assert "1 added, 0 changed, 0 unchanged, 2 rejected" in result.stdout
        assert "some.jsonl:2: " in result.stderr
        assert "some.jsonl:3: not JSON" in result.stderr

    def test_nothing_to_import_says_what_would_be(self) -> None:
        Path("notes.txt").write_text("hello")
        assert ".jsonl" in error_of("import", "notes.txt", exit_code=2)
        assert "does not exist" in error_of("import", "nowhere.md", exit_code=2)

    def test_backup_writes_a_copy_once(self, feed_file: Path) -> None:
        run("digest", "cs.CV", "--feed-file", feed_file)
        assert "copy.db" in run("backup", "copy.db").stdout
        assert Path("copy.db").read_bytes().startswith(b"SQLite format 3")
        assert "exists already" in error_of("backup", "copy.db", exit_code=1)

    def test_status_counts(self, feed_file: Path) -> None:
        run("digest", "cs.CV", "--feed-file", feed_file)
        text = run("status").stdout
        assert "papers         3" in text
        assert "cs.CV          Tue, Apr 21, 2026, 3 papers" in text

    def test_doctor_finds_all_well(self, arxiv: FakeArxiv) -> None:
        arxiv.batch("cs.AI", DAY)
        arxiv.paper("1707.08567")
        text = run("doctor").stdout
        assert "FAILED" not in text

    @pytest.mark.usefixtures("offline")
    def test_doctor_finds_that_arxiv_is_away(self) -> None:
        text = run("doctor", exit_code=1).stdout
        assert text.count("FAILED") == 2

    def test_a_database_that_is_none_is_said_to_be_none(self) -> None:
        Path("data").mkdir()
        Path("data/paperboy.db").write_bytes(b"hello, I am no database" * 100)
        assert "not a database" in error_of("status", exit_code=1)


class TestChat:
    @pytest.mark.usefixtures("offline")
    def test_each_line_from_a_pipe_is_a_command(self) -> None:
        result = run("chat", typed="/settings limit 7\nsettings\n\nexit\nhelp\n")
        assert "Papers in a digest: 7" in result.stdout
        assert "Papers in a digest  7" in result.stdout
        assert "/subscribe" not in result.stdout
        assert result.stderr == ""

    @pytest.mark.usefixtures("offline")
    def test_what_a_command_cannot_do_is_an_answer(self) -> None:
        result = run("chat", typed="paper 2401.00001\nsearch ((\nnonsense")
        assert "could not be reached" in result.stdout
        assert "▸" in result.stdout
        assert "I know no command /nonsense" in result.stdout
        assert result.stderr == ""

    @pytest.mark.usefixtures("offline")
    def test_it_speaks_the_language_asked_for(self) -> None:
        assert "命令" in run("chat", "--language", "zh", typed="help").stdout
        assert "zh" in error_of("chat", "--language", "klingon", exit_code=2)

    @pytest.mark.usefixtures("offline")
    def test_bytes_that_are_no_text_are_no_reason_to_fail(self) -> None:
        result = run("chat", typed=b"search \xff\xfe\xed\xa0\x80\nhelp\n")
        assert "/subscribe" in result.stdout

    @pytest.mark.usefixtures("offline")
    def test_the_last_list_is_the_same_inside_and_outside(self, feed_file: Path) -> None:
        run("digest", "cs.CV", "--feed-file", feed_file)
        assert "Old diffusion" in run("chat", typed="3").stdout
        run("chat", typed="search ti:graphs")
        assert "Graphs" in run("paper", "1").stdout

    @pytest.mark.usefixtures("offline")
    def test_a_trial_through_a_pipe_takes_no_commands(self) -> None:
        result = run("try", typed="settings limit 7\n")
        assert "limit" not in result.stdout
        assert "next: paperboy digest" in result.stderr


class Terminal:
    """A process at a terminal of its own, where one types and waits for what is shown."""

    def __init__(self, *arguments: str) -> None:
        self._descriptor, other_end = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bot", *arguments],
            stdin=other_end,
            stdout=other_end,
            stderr=other_end,
            env={**os.environ, "TERM": "dumb", "COLUMNS": "80"},
            start_new_session=True,
        )
        os.close(other_end)
        self._shown = ""

    def wait_for(self, text: str) -> str:
        """Read until `text` is shown; all that was shown since the last time."""
        while text not in self._shown:
            ready, _, _ = select.select([self._descriptor], [], [], PATIENCE)
            assert ready, f"{text!r} was not shown, only {self._shown!r}"
            self._shown += os.read(self._descriptor, 65536).decode()
        before, _, self._shown = self._shown.partition(text)
        return before + text

    def type(self, keys: str) -> None:
        os.write(self._descriptor, keys.encode())

    def interrupt(self) -> None:
        """Press Ctrl-C, and once more where readline was just between two keys, as people do."""
        for _ in range(10):
            self._process.send_signal(signal.SIGINT)
            if select.select([self._descriptor], [], [], PATIENCE / 10)[0]:
                return

    def exit_code(self) -> int:
        with suppress(OSError):  # what a terminal raises whose other end is gone
            while os.read(self._descriptor, 65536):
                pass
        os.close(self._descriptor)
        return self._process.wait(PATIENCE)


PROMPT = "paperboy> "
CTRL_D = "\x04"


class TestTerminal:
    def test_commands_are_taken_at_a_prompt_until_somebody_leaves(self, arxiv: FakeArxiv) -> None:
        arxiv.paper("2401.00001", title="Found at arXiv")
        terminal = Terminal("chat")
        assert "Ctrl-D" in terminal.wait_for(PROMPT)
        terminal.type("settings limit\n")
        assert "[a]" in terminal.wait_for(PROMPT)
        terminal.type("a\n")
        assert "Papers in a digest: 5" in terminal.wait_for(PROMPT)
        terminal.type("sea\t2401.00001 thrown away")
        terminal.wait_for("away")
        terminal.interrupt()
        terminal.wait_for(PROMPT)
        terminal.type("pap\t2401.00001\n")
        assert "Found at arXiv" in terminal.wait_for(PROMPT)
        terminal.type(CTRL_D)
        assert terminal.exit_code() == 0
        assert "settings limit" in Path("data/console_history").read_text()

    def test_ctrl_c_stops_a_command_but_not_the_conversation(self, arxiv: FakeArxiv) -> None:
        arxiv.paper("2401.00001", title="Found at arXiv")
        resume = arxiv.hang()
        terminal = Terminal("chat")
        terminal.wait_for(PROMPT)
        terminal.type("paper 2401.00001\n")
        arxiv.wait_for_requests(1)
        terminal.interrupt()
        shown = terminal.wait_for(PROMPT)
        resume()
        assert "stopped" in shown
        assert "Traceback" not in shown
        terminal.type("paper 2401.00001\n")
        assert "Found at arXiv" in terminal.wait_for(PROMPT)
        terminal.type("exit\n")
        assert terminal.exit_code() == 0

    @pytest.mark.usefixtures("offline")
    def test_a_trial_ends_in_the_same_prompt_and_leaves_nothing_behind(self) -> None:
        terminal = Terminal("try")
        assert "sample" in terminal.wait_for(PROMPT)
        terminal.type("1\n")
        assert "arxiv.org/abs/" in terminal.wait_for(PROMPT)
        terminal.type(CTRL_D)
        assert terminal.exit_code() == 0
        assert [path.name for path in Path().iterdir()] == ["config.toml"]


class TestProcess:
    def test_the_module_runs_like_the_script(self) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "bot", "--version"], capture_output=True, text=True, check=True
        )
        assert done.stdout.startswith("paperboy, version ")

    def test_help_imports_nothing_heavy(self) -> None:
        code = "import bot.cli, sys; print(*sys.modules)"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        heavy = {"aiohttp", "arxiv", "babel", "lxml", "pydantic", "rich", "aiosqlite"}
        assert not heavy & set(done.stdout.split())

    def test_ctrl_c_ends_with_one_line(self, arxiv: FakeArxiv) -> None:
        arxiv.batch("cs.CV", DAY, *ROWS)
        resume = arxiv.hang()
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "digest", "cs.CV"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        arxiv.wait_for_requests(1)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=20)
        resume()
        assert process.returncode == 130
        assert stdout == ""
        assert "interrupted" in stderr
        assert "Traceback" not in stderr
