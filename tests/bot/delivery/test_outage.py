"""How a platform that answers nobody is left in peace, and tried again."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.delivery.outage import LONGEST_PAUSE, Outage
from bot.delivery.outcome import Closed, Later, Outcome, Refused, Sent, Unknown

NOW = datetime(2026, 4, 21, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DOWN = Later("502", platform_down=True)


def waits(outcome: Outcome, times: int) -> list[float]:
    """The pauses where it fails each time that it is asked."""
    outage, now, found = Outage(), NOW, []
    for _ in range(times):
        outage = outage.after(outcome, now)
        assert outage.until is not None
        found.append((outage.until - now) / SECOND)
        now = outage.until
    return found


def test_pauses_grow_and_are_never_shorter_than_told() -> None:
    assert waits(DOWN, 5) == [1, 2, 4, 8, 16]
    assert waits(DOWN, 40)[-1] * SECOND == LONGEST_PAUSE
    assert waits(Later("banned", 3600, platform_down=True), 2) == [3600, 3600]


def test_while_it_rests_nothing_is_sent_and_then_one_call_shows_how_it_is() -> None:
    assert Outage().most(128, NOW) == 128
    outage = Outage().after(DOWN, NOW)
    assert [outage.most(128, NOW + wait * SECOND) for wait in (0, 0.9, 1, 60)] == [0, 0, 1, 1]


def test_calls_that_were_under_way_when_it_went_down_tell_nothing_new() -> None:
    outage = Outage().after(DOWN, NOW)
    assert outage.after(DOWN, NOW + 0.5 * SECOND) == outage


@pytest.mark.parametrize(
    "outcome", [Sent(), Refused("no"), Closed("blocked"), Later("flood", 5, chat_held=True)]
)
def test_any_answer_shows_that_it_is_back(outcome: Outcome) -> None:
    outage = Outage().after(DOWN, NOW).after(outcome, NOW + SECOND)
    assert outage == Outage(answered=NOW + SECOND)


def test_a_lost_answer_tells_nothing() -> None:
    outage = Outage().after(DOWN, NOW)
    assert outage.after(Unknown("lost"), NOW + SECOND) == outage
