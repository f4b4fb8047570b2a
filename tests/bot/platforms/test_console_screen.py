"""What surrounds a conversation: completion, the window, standard input and output."""

import io
import sys
from pathlib import Path

import pytest

from bot.commands.settings import SETTINGS
from bot.commands.table import visible
from bot.platforms.console_screen import completions, is_attended, standard_screen, window
from formatters.formats import Window


class TestCompletion:
    @pytest.mark.parametrize(
        ("before", "word", "found"),
        [
            ("", "sta", ("start", "status")),
            ("", "/sta", ("/start", "/status")),
            ("", "ex", ("export", "exit")),
            ("help ", "que", ("queries",)),
            ("/help ", "digest", ("digest",)),
            ("settings ", "ti", ("timezone",)),
            ("settings quiet ", "2", ("22:00-07:00", "23:00-08:00")),
            ("settings nothing ", "", ()),
            ("digest ", "cs.cv", ("cs.CV",)),
            ("/subscribe cs.CV ", "MATH-", ("math-ph",)),
            ("paper ", "", ()),
        ],
    )
    def test_a_word_is_completed(self, before: str, word: str, found: tuple[str, ...]) -> None:
        assert completions(before, word) == found

    def test_an_empty_line_completes_to_every_command(self) -> None:
        assert set(completions("", "")) == {one.name for one in visible()} | {"exit", "quit"}

    def test_every_setting_is_completed_to_its_choices(self) -> None:
        for name, setting in SETTINGS.items():
            assert completions(f"settings {name} ", "") == setting.offers


class TestWindow:
    def test_under_a_test_nobody_sits_there(self) -> None:
        assert not is_attended()

    def test_a_pipe_has_a_width_of_its_own_and_no_colour(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("COLUMNS", raising=False)
        assert window() == Window(100, colour=False)
        monkeypatch.setenv("COLUMNS", "60")
        assert window().width == 60


class TestPipe:
    def test_lines_are_read_to_the_end(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "stdin", io.StringIO("one\n\ntwo"))
        with standard_screen(print, tmp_path) as screen:
            assert [screen.read() for _ in range(4)] == ["one\n", "\n", "two", None]
            assert not screen.person
        assert not list(tmp_path.iterdir())

    def test_a_closed_input_is_an_empty_one(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "stdin", None)
        with standard_screen(print, tmp_path) as screen:
            assert screen.read() is None
