"""Conversations at a prompt and through a pipe."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.app import opened, running
from bot.clock import Clock
from bot.commands.request import Reply, Services, carried, with_actions
from bot.commands.table import visible
from bot.config import Config
from bot.platforms.console import (
    HERE,
    Console,
    Screen,
    choices,
    understood,
    with_choices,
    without_numbers,
)
from formatters.document import ACTION_BYTES, Action, Document, Paragraph, Span
from formatters.formats import Window
from formatters.terminal import terminal
from formatters.words import languages, words
from tests.bot.commands.chatting import UNREACHABLE
from tests.fakes.arxiv import paper
from tests.fakes.clock import FakeClock

PAPERS = [
    paper("2604.00001", title="Diffusion models for all"),
    paper("2604.00002", title="Old diffusion"),
]


class PatientClock(FakeClock):
    """A clock on which no time passes while somebody waits."""

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.Event().wait()


class Talk:
    """What is typed, what is written, and how often something was waited for."""

    def __init__(self, services: Services, runner: asyncio.Runner) -> None:
        self.written: list[str] = []
        self.waited: list[str] = []
        self.services = services
        self.runner = runner

    def __call__(self, *lines: str, person: bool = True, language: str | None = None) -> str:
        """Type some lines; what is written in answer to them."""
        console = Console(self.services, self.screen(*lines, person=person), language)
        return self.heard(lambda: console.converse(self.runner.run))

    def heard(self, talk: Callable[[], None]) -> str:
        self.written.clear()
        talk()
        return "".join(self.written)

    def screen(self, *lines: str, person: bool) -> Screen:
        typed = iter(lines)
        return Screen(
            lambda: next(typed, None),
            self.written.append,
            lambda: Window(80, colour=False),
            self._waiting,
            person,
        )

    @contextmanager
    def _waiting(self, title: str) -> Iterator[None]:
        self.waited.append(title)
        yield


@contextmanager
def conversation(folder: Path, clock: Clock) -> Iterator[Talk]:
    config = Config(data_dir=folder / "data", arxiv=UNREACHABLE)
    with running(config, lambda config, _: opened(config, clock)) as (services, runner):
        runner.run(services.store.add_papers(PAPERS))
        yield Talk(services, runner)


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    with conversation(tmp_path, PatientClock()) as talk:
        yield talk


class TestPipe:
    def test_each_line_is_a_command_and_only_results_are_written(self, talk: Talk) -> None:
        text = talk("/settings limit 5", "settings quiet", "", "   ", person=False)
        assert text.startswith("Papers in a digest: 5\n")
        assert "\n\nQuiet hours: Off\n" in text
        assert "paperboy>" not in text

    def test_buttons_are_lines_to_type(self, talk: Talk) -> None:
        text = talk("settings limit", person=False)
        assert "/settings limit 50" in text
        assert "[a]" not in text

    @pytest.mark.parametrize("leaving", ["exit", "quit", " EXIT\n", "/quit"])
    def test_it_can_be_left_early(self, talk: Talk, leaving: str) -> None:
        assert talk(leaving, "help", person=False) == ""

    def test_what_fails_is_an_answer_and_the_next_line_is_read(self, talk: Talk) -> None:
        text = talk("search ((", "paper what", "paper 2401.00009", "settings limit 9", person=False)
        assert text.count(words("en")("error.title")) == 3
        assert "could not be reached" in text
        assert "Papers in a digest: 9" in text

    def test_the_last_line_needs_no_end(self, talk: Talk) -> None:
        assert "Old diffusion" in talk("search ti:old\n", "paper 1", person=False)

    def test_interrupting_it_ends_it(self, talk: Talk) -> None:
        console = Console(talk.services, talk.screen("help", "help", person=False))
        with pytest.raises(KeyboardInterrupt):
            console.converse(interrupted)
        assert talk.written == []


class TestPrompt:
    def test_it_says_how_to_begin_and_how_to_leave(self, talk: Talk) -> None:
        assert "Ctrl-D" in talk()
        assert "Ctrl-D 离开" in talk(language="zh")

    def test_buttons_are_letters(self, talk: Talk) -> None:
        text = talk("settings links", "b", "a").replace("\xa0", " ")
        assert "[a] On  [b] ✓ Off  [c] ‹ Settings" in text
        assert "Links in groups: Off" in text
        assert text.rindex("Links in groups: On") > text.rindex("Links in groups: Off")

    def test_buttons_stay_until_others_come(self, talk: Talk) -> None:
        text = talk("settings limit", "status", "a")
        assert "Papers in a digest: 5" in text

    def test_a_letter_without_a_button_gets_help(self, talk: Talk) -> None:
        assert "/z" in talk("settings limit", "z")

    def test_numbers_are_left_to_the_last_list(self, talk: Talk) -> None:
        text = talk("search ti:old", "settings limit", "1", "2")
        assert "We show what 2604.00002 shows." in text
        assert "no number 2" in text
        assert text.count("Papers in a digest") == 1

    @pytest.mark.parametrize(
        "line", ["2604.00001", "https://arxiv.org/abs/2604.00001v1", "paper_2604_00001"]
    )
    def test_an_id_or_a_link_alone_opens_its_paper(self, talk: Talk, line: str) -> None:
        assert "Diffusion models for all" in talk(line)

    def test_settings_are_those_of_this_place_and_stay(self, talk: Talk) -> None:
        assert "语言：中文" in talk("settings language zh")
        assert "命令" in talk("help")
        stored = talk.runner.run(talk.services.store.chat(HERE))
        assert stored
        assert stored.settings.language == "zh"

    @pytest.mark.parametrize("language", languages())
    def test_it_speaks_the_language_that_it_is_asked_to(self, talk: Talk, language: str) -> None:
        assert words(language)("command.forget") in talk("help", language=language)

    def test_whoever_is_there_is_an_operator(self, talk: Talk) -> None:
        assert "not running" in talk("status")

    def test_interrupting_a_command_leaves_the_conversation(self, talk: Talk) -> None:
        console = Console(talk.services, talk.screen("help", "help", person=True))
        assert talk.heard(lambda: console.converse(interrupted)).count("stopped") == 2

    def test_what_was_interrupted_does_not_disturb_what_follows(self, talk: Talk) -> None:
        console = Console(talk.services, talk.screen(person=True))

        async def impatient() -> None:
            task = asyncio.create_task(console.answer("paper 2401.00009"))
            await asyncio.sleep(0)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

        talk.runner.run(impatient())
        assert "Commands" in talk("help")

    def test_what_takes_long_shows_that_something_happens(self, tmp_path: Path) -> None:
        with conversation(tmp_path, FakeClock()) as talk:
            talk("paper 2401.00009", language="zh")
            assert talk.waited == ["处理中"]

    def test_what_is_quick_shows_its_answer_only(self, talk: Talk) -> None:
        talk("help", "status")
        assert talk.waited == []

    def test_the_line_of_a_button_can_be_typed_after_a_restart(self, tmp_path: Path) -> None:
        with conversation(tmp_path, PatientClock()) as talk:
            line = "help " + "x" * ACTION_BYTES
            key = talk.runner.run(carried(talk.services, line))
        with conversation(tmp_path, PatientClock()) as talk:
            assert talk(key) == talk(line)


class TestChoices:
    def test_a_button_has_a_letter_and_a_link_its_address(self) -> None:
        document = shown(
            (Action("Abstract", "paper 1"), Action("PDF", url="https://arxiv.org/pdf/1")),
            (Action("Key", copy="@article{x}"),),
        )
        keys = choices(document)
        assert {key: action.label for key, action in keys.items()} == {"a": "Abstract", "b": "Key"}
        lines = terminal(with_choices(document, keys), 80, colour=False).splitlines()
        assert lines == [
            "hello",
            "",
            "PDF  https://arxiv.org/pdf/1",
            "",
            "[a]\xa0Abstract  [b]\xa0Key",
        ]

    def test_what_is_for_the_clipboard_is_written(self, talk: Talk) -> None:
        console = Console(talk.services, talk.screen(person=True))
        console._choices = choices(shown((Action("Key", copy="@article{x}\x1b"),)))
        assert talk.heard(lambda: talk.runner.run(console.answer("a"))) == "@article{x}\n\n"

    def test_a_button_with_a_papers_number_goes_without_saying(self) -> None:
        document = shown((Action("1", "paper 2604.00001"), Action("2", "paper 2604.00002")))
        assert without_numbers(document) == shown()

    def test_other_numbers_on_buttons_are_choices_like_any(self) -> None:
        document = shown((Action("5", "settings limit 5"), Action("10", "settings limit 10")))
        assert without_numbers(document) == document

    def test_any_number_of_buttons_can_be_pressed_and_none_hides_a_command(self) -> None:
        rows = [(Action(f"label {number}", f"paper {number}"),) for number in range(200)]
        keys = choices(shown(*rows))
        assert len(keys) == 200
        names = {name for command in visible() for name in (command.name, *command.aliases)}
        assert not names & set(keys)

    def test_a_document_without_buttons_stays_as_it_is(self) -> None:
        assert with_choices(shown(), {}) == shown()


class TestFiles:
    REPLY = Reply(Document("en", ()), file=("../papers.bib", "@article{\x1b[31mx}\n"))

    def test_a_person_gets_a_file_beside_those_that_are_there(
        self, talk: Talk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        console = Console(talk.services, talk.screen(person=True))
        for name in ("papers.bib", "papers-2.bib", "papers-3.bib"):
            assert name in talk.heard(lambda: console._show(self.REPLY))
            assert (tmp_path / name).read_text() == "@article{\x1b[31mx}\n"

    def test_where_no_file_can_be_written_its_content_is_shown(
        self, talk: Talk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        gone = tmp_path / "gone"
        gone.mkdir()
        monkeypatch.chdir(gone)
        gone.rmdir()
        console = Console(talk.services, talk.screen(person=True))
        assert "@article{[31mx}\n" in talk.heard(lambda: console._show(self.REPLY))

    def test_a_pipe_gets_the_content(self, talk: Talk) -> None:
        console = Console(talk.services, talk.screen(person=False))
        assert "@article{[31mx}\n" in talk.heard(lambda: console._show(self.REPLY))


class TestLines:
    @pytest.mark.parametrize(
        ("line", "read"),
        [
            ("paper 2401.00001", ("paper", "2401.00001")),
            ("/paper 2401.00001", ("paper", "2401.00001")),
            ("PAPER 3", ("paper", "3")),
            ("3", ("paper", "3")),
            ("2401.00001v2", ("paper", "2401.00001v2")),
            ("math/0611800", ("paper", "math/0611800")),
            ("https://arxiv.org/pdf/2401.00001", ("paper", "https://arxiv.org/pdf/2401.00001")),
            ("hello there", ("hello", "there")),
            ("(((", ("(((", "")),
            ("see 2401.00001 there", ("see", "2401.00001 there")),
            ("kept 0123", ("kept", "0123")),
        ],
    )
    def test_a_line_is_understood(self, line: str, read: tuple[str, str]) -> None:
        assert understood(line) == read

    @given(st.text(min_size=1, max_size=100).filter(str.strip))
    def test_any_line_is_understood_somehow(self, line: str) -> None:
        assert understood(line.strip())[0]

    @pytest.mark.parametrize("language", languages())
    @pytest.mark.parametrize("person", [True, False])
    def test_no_line_is_too_strange(self, talk: Talk, language: str, person: bool) -> None:
        lines = [
            "\x1b[31m",
            "/\x00",
            "\u202e" * 99,
            "x" * 100_000,
            "/ " * 999,
            "paper \ud800",
            "{}",
        ]
        text = talk(*lines, person=person, language=language)
        assert words(language)("help.all") in text.replace("\xa0", " ")
        assert not {"\x1b", "\x00", "\u202e"} & set(text)
        assert len(text) < 10_000


def shown(*rows: tuple[Action, ...]) -> Document:
    return with_actions(Document("en", (Paragraph((Span("hello"),)),)), *rows)


def interrupted(work: Coroutine[Any, Any, None]) -> None:
    work.close()
    raise KeyboardInterrupt
