"""What is filled in, as a command line."""

import pytest

from bot.commands.schedule_words import Schedule, split
from bot.commands.table import COMMANDS, Command, find, visible
from bot.errors import UsageError
from bot.platforms.discord_options import ANYTHING, OPTIONS, options_of, written


def command(name: str) -> Command:
    found = find(name)
    assert found
    return found


def test_every_command_that_takes_something_says_what() -> None:
    described = {name for name in OPTIONS if options_of(command(name)) == OPTIONS[name]}
    written_out = {name for name in described if not all(one.channel for one in OPTIONS[name])}
    assert written_out == {one.name for one in visible() if one.usage}


def test_what_nobody_described_takes_any_text() -> None:
    undescribed = next(one for one in COMMANDS if one.usage and one.name not in OPTIONS)
    assert options_of(undescribed) == (ANYTHING,)
    assert written((ANYTHING,), {"arguments": "2401.00001"}) == "2401.00001"


def test_a_schedule_is_read_as_it_was_filled_in() -> None:
    filled: dict[str, str | int | None] = {"query": "cs.CV cat", "time": "9:05", "limit": 7}
    line = written(
        options_of(command("subscribe")), {**filled, "days": "weekly fri", "language": "zh"}
    )
    assert split(line) == ("cs.CV cat", Schedule("09:05", ("fri",), 7, "zh"))


@pytest.mark.parametrize("choice", [one for one, _ in OPTIONS["subscribe"][2].choices])
def test_every_choice_of_days_can_be_read(choice: str) -> None:
    assert written(OPTIONS["subscribe"], {"query": "x", "days": choice}) == f"x {choice}"


@pytest.mark.parametrize("time", ["soon", "9:05 in the sun", "", "at at"])
def test_what_is_no_time_is_refused(time: str) -> None:
    with pytest.raises(UsageError, match="cannot be the time"):
        written(OPTIONS["subscribe"], {"query": "x", "time": time})


def test_a_time_that_cannot_be_says_what_could() -> None:
    with pytest.raises(UsageError, match="at 09:00"):
        written(OPTIONS["subscribe"], {"query": "x", "time": "25:00"})
