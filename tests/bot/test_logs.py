"""Secrets stay out of logs, and somebody hears of errors."""

import logging
from collections.abc import Callable

import pytest

from bot.logs import AGAIN, HIDDEN, Alarm, guarded
from tests.fakes.clock import FakeClock

KEY = "123:AAwords-of_a_secret"

log = logging.getLogger("tests.logs")


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def alarm(told: list[str], clock: FakeClock) -> Alarm:
    return Alarm(told.append, clock)


def fail(text: str = "broken") -> None:
    raise RuntimeError(text)


def failing(text: str = "broken") -> None:
    try:
        fail(text)
    except RuntimeError:
        log.exception("that failed")


def error_of(wrong: Callable[[str], None]) -> Exception | None:
    try:
        wrong("broken")
    except (RuntimeError, ValueError) as error:
        return error
    return None


@pytest.mark.parametrize(
    ("message", "arguments"),
    [
        (f"GET /bot{KEY}/getMe", ()),
        ("GET /bot%s/getMe", (KEY,)),
        ("%r", ({"url": f"https://x/bot{KEY}/"},)),
        ("%d%% of %s", (5, KEY)),
    ],
)
def test_a_secret_is_hidden_in_messages(
    caplog: pytest.LogCaptureFixture, message: str, arguments: tuple[object, ...]
) -> None:
    with guarded([KEY]):
        log.warning(message, *arguments)
    assert KEY not in caplog.text
    assert HIDDEN in caplog.text


def test_a_secret_is_hidden_in_tracebacks(caplog: pytest.LogCaptureFixture) -> None:
    with guarded([KEY, ""]):
        failing(f"no answer from /bot{KEY}/")
    assert "RuntimeError" in caplog.text
    assert KEY not in caplog.text


def test_other_messages_stay_as_they_are(caplog: pytest.LogCaptureFixture) -> None:
    with guarded([KEY]):
        log.warning("%s of %d", "one", 2)
    assert caplog.records[0].args == ("one", 2)


def test_libraries_that_log_every_request_are_quiet_meanwhile() -> None:
    before = logging.getLogger("httpx").level
    with guarded([KEY]):
        assert not logging.getLogger("httpx").isEnabledFor(logging.INFO)
    assert logging.getLogger("httpx").level == before


def test_afterwards_everything_is_as_before(alarm: Alarm) -> None:
    root = logging.getLogger()
    before = [(handler, list(handler.filters)) for handler in root.handlers]
    with guarded([KEY], alarm):
        pass
    assert [(handler, list(handler.filters)) for handler in root.handlers] == before


class TestAlarm:
    def test_tells_of_errors_and_of_nothing_else(self, alarm: Alarm, told: list[str]) -> None:
        with guarded([KEY], alarm):
            log.warning("not so bad")
            log.error("bad")
        assert told == ["tests.logs: bad"]

    def test_tells_of_a_kind_once_a_day(
        self, alarm: Alarm, told: list[str], clock: FakeClock
    ) -> None:
        with guarded([KEY], alarm):
            for chat in range(3):
                failing(f"chat {chat}")
            clock.advance(AGAIN)
            failing("the next day")
        assert len(told) == 2
        assert "RuntimeError: chat 0" in told[0]
        assert "the next day" in told[1]

    def test_errors_from_different_places_are_different_kinds(
        self, alarm: Alarm, told: list[str]
    ) -> None:
        with guarded([KEY], alarm):
            for wrong in (fail, log.setLevel):
                log.error("%s: %r", "quoted", error_of(wrong))
        assert len(told) == 2

    def test_hides_secrets_too(self, alarm: Alarm, told: list[str]) -> None:
        with guarded([KEY], alarm):
            failing(KEY)
            log.error("with %s", KEY)
        assert len(told) == 2
        assert not [text for text in told if KEY in text]
