"""What never appears in a log, and who hears of what is logged as an error."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from bot.clock import Clock

HIDDEN = "[hidden]"
TALKATIVE = ("httpx", "httpcore", "httpx2", "httpcore2", "arxiv", "discord.client")
"""Libraries that log every request with its address, which for Telegram holds the token, or every
step that they take."""

AGAIN = 24 * 3600.0  # seconds after which an error of a kind that was told of is told again

_formatter = logging.Formatter()


class Redaction(logging.Filter):
    """Hides secrets in messages and tracebacks; lets every record pass."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self._secrets = tuple(filter(None, secrets))

    def filter(self, record: logging.LogRecord) -> bool:
        """Hide secrets in a record, for this handler and for all after it."""
        message = record.getMessage()
        if (clean := self._hidden(message)) != message:
            record.msg, record.args = clean, None
        if record.exc_info and not record.exc_text:
            record.exc_text = _formatter.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self._hidden(record.exc_text)
        return True

    def _hidden(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text


class Alarm(logging.Handler):
    """Tells somebody of errors, each kind once a day: what failed, and where, tells the kind.

    `tell` gets one line and may be called from any thread; it must not log errors itself.
    """

    def __init__(self, tell: Callable[[str], None], clock: Clock) -> None:
        super().__init__(logging.ERROR)
        self._tell = tell
        self._clock = clock
        self._told: dict[tuple[object, ...], float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Tell of an error, unless its kind was told of lately."""
        now = self._clock.monotonic()
        self._told = {kind: at for kind, at in self._told.items() if at + AGAIN > now}
        kind = (record.name, record.lineno, *_place(_error(record)))
        if kind in self._told:
            return
        self._told[kind] = now
        lines = (record.exc_text or "").splitlines()
        cause = f" ({lines[-1]})" if lines else ""
        self._tell(f"{record.name}: {record.getMessage()}{cause}")


@contextmanager
def guarded(secrets: Iterable[str], alarm: Alarm | None = None) -> Iterator[None]:
    """While it lasts, no log holds a secret, and an alarm hears of every error.

    Covers the handlers that the root logger has at the beginning.
    """
    root, redaction = logging.getLogger(), Redaction(secrets)
    levels = {name: logging.getLogger(name).level for name in TALKATIVE}
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    if alarm is not None:
        root.addHandler(alarm)
    handlers = list(root.handlers)
    for handler in handlers:
        handler.addFilter(redaction)
    try:
        yield
    finally:
        for handler in handlers:
            handler.removeFilter(redaction)
        if alarm is not None:
            root.removeHandler(alarm)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def _error(record: logging.LogRecord) -> BaseException | None:
    """The error that a record is about: its traceback's, or one that its message quotes."""
    if record.exc_info:
        return record.exc_info[1]
    quoted = record.args if isinstance(record.args, tuple) else ()
    return next((one for one in quoted if isinstance(one, BaseException)), None)


def _place(error: BaseException | None) -> tuple[object, ...]:
    """The class of an error and the line that raised it."""
    if error is None:
        return ()
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = (trace.tb_frame.f_code.co_filename, trace.tb_lineno) if trace else ()
    return (type(error), *where)
