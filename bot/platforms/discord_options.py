"""What the slash commands let people fill in, and the command line that comes of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from bot.commands.saved import LABELS
from bot.commands.schedule_words import Schedule, split
from bot.commands.setting_values import DAILY, MOST_PAPERS, WEEKDAYS, day_label, language_label
from bot.commands.table import Command
from bot.errors import UsageError
from formatters.words import Words, languages
from storage.models import DAYS


class Offer(Enum):
    """What is offered while somebody types."""

    QUERIES = auto()
    TIMES = auto()
    PAPERS = auto()
    SUBSCRIPTIONS = auto()
    SETTINGS = auto()
    VALUES = auto()
    COMMANDS = auto()


Label = Callable[[Words], str]


@dataclass(frozen=True, slots=True)
class Option:
    """Something to fill in: text with an `offer`, one of some `choices`, or a number up to `most`.

    `choices` are values with what they are called. `form` is how a value stands in the command
    line. `scheduled`: it has to be read as words of a schedule, and must not become a query's.
    `channel`: a channel of the server, about which the whole line then is.
    """

    name: str
    offer: Offer | None = None
    choices: tuple[tuple[str, Label], ...] = ()
    most: int | None = None
    required: bool = False
    form: str = "{}"
    scheduled: bool = False
    channel: bool = False


def _said(key: str) -> Label:
    return lambda texts: texts(key)


def _day(day: str) -> Label:
    return lambda texts: day_label(day, texts.language)


def _as_it_is(label: str) -> Label:
    return lambda _texts: label


_DAYS = tuple((one, _said(f"choice.{one}")) for one in (DAILY, WEEKDAYS))
_WEEKLY = tuple((f"weekly {day}", _day(day)) for day in DAYS)
_LANGUAGES = tuple((code, _as_it_is(language_label(code))) for code in languages())
_FILES = tuple((form, _as_it_is(label)) for form, label in LABELS.items())

_QUERY = Option("query", Offer.QUERIES)
_LIMIT = Option("limit", most=MOST_PAPERS, form="top {}", scheduled=True)
_LANGUAGE = Option("language", choices=_LANGUAGES, form="in {}", scheduled=True)
_PAPER = Option("paper", Offer.PAPERS, required=True)
_CHANNEL = Option("channel", channel=True)

OPTIONS: Mapping[str, tuple[Option, ...]] = {
    "help": (Option("command", Offer.COMMANDS),),
    "subscribe": (
        Option("query", Offer.QUERIES, required=True),
        Option("time", Offer.TIMES, form="at {}", scheduled=True),
        Option("days", choices=(*_DAYS, *_WEEKLY), scheduled=True),
        _LIMIT,
        _LANGUAGE,
        _CHANNEL,
    ),
    "list": (_CHANNEL,),
    "unsubscribe": (Option("subscription", Offer.SUBSCRIPTIONS), _CHANNEL),
    "digest": (_QUERY, _LIMIT, _LANGUAGE),
    "paper": (_PAPER,),
    "search": (Option("words", Offer.QUERIES, required=True),),
    "similar": (_PAPER,),
    "save": (_PAPER,),
    "export": (Option("paper", Offer.PAPERS), Option("format", choices=_FILES)),
    "settings": (Option("setting", Offer.SETTINGS), Option("value", Offer.VALUES), _CHANNEL),
    "why": (_PAPER,),
}

ANYTHING = Option("arguments")
"""For a command that takes something nobody described here yet."""


def options_of(command: Command) -> Sequence[Option]:
    """What a command lets people fill in, what has to be filled in first."""
    return OPTIONS.get(command.name, (ANYTHING,) if command.usage else ())


def written(options: Sequence[Option], values: Mapping[str, Any]) -> str:
    """The arguments of a command line; raises UsageError for what cannot stand in its place."""
    parts = []
    for option in options:
        value = values.get(option.name)
        if value is None or option.channel:
            continue
        part = option.form.format(value)
        if option.scheduled and not _is_schedule(part):
            raise UsageError(f"{str(value)[:30]!r} cannot be the {option.name}")
        parts.append(part)
    return " ".join(parts)


def _is_schedule(text: str) -> bool:
    rest, schedule = split(text)
    return not rest and schedule != Schedule()
