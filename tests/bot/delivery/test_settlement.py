"""What follows from an outcome: made again and when, or ended and why."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.delivery.outage import LONGEST_PAUSE as LONGEST_REST
from bot.delivery.outcome import Closed, Later, Moved, Outcome, Refused, Sent, Unknown
from bot.delivery.settlement import (
    LONGEST_PAUSE,
    LONGEST_REASON,
    PATIENCE,
    bare,
    pause,
    settlement,
)
from storage.deliveries import Delivery, DeliveryState
from storage.models import Address, Call, Json, Platform

NOW = datetime(2026, 4, 21, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CHAT = Address(Platform.TELEGRAM, "7")
CHANNEL = Address(Platform.DISCORD, "7")
FIRST = Delivery(
    5, 1, CHAT, "sendMessage", {"text": "a"}, state=DeliveryState.SENDING, attempts=1,
    first_tried=NOW,
)  # fmt: skip
TIRED = replace(FIRST, attempts=10, first_tried=NOW - PATIENCE)
QUEUED, SENT, FAILED = DeliveryState.QUEUED, DeliveryState.SENT, DeliveryState.FAILED


def test_pauses_double_up_to_a_longest_one() -> None:
    assert [pause(attempts) / SECOND for attempts in range(1, 6)] == [1, 2, 4, 8, 16]
    assert pause(10**6) == LONGEST_PAUSE


def test_what_was_sent_is_done() -> None:
    settled = settlement(FIRST, Sent("4711"), NOW, None)
    assert (settled.state, settled.result) == (SENT, "4711")


@pytest.mark.parametrize(
    ("outcome", "after"),
    [
        (Later("a bad moment"), 1.0),
        (Later("a bad moment", seconds=30), 30.0),
        (Later("nobody answers", platform_down=True), 1.0),
        (Unknown("lost"), 1.0),
        (Moved(Address(Platform.TELEGRAM, "-100")), 0.0),
    ],
)
def test_what_was_not_done_is_queued_again_for_later(outcome: Outcome, after: float) -> None:
    settled = settlement(FIRST, outcome, NOW, None)
    assert settled.state is QUEUED
    assert settled.not_before == NOW + after * SECOND
    assert settled.uncertain is isinstance(outcome, Unknown)
    assert settled.held_until is None


@pytest.mark.parametrize(
    ("down", "answered", "longest"),
    [
        (True, None, LONGEST_REST),
        (True, NOW - SECOND, LONGEST_PAUSE),
        (False, None, LONGEST_PAUSE),
    ],
)
def test_what_failed_in_an_outage_does_not_wait_for_longer_than_the_platform_is_left_in_peace(
    down: bool, answered: datetime | None, longest: timedelta
) -> None:
    tried = replace(FIRST, attempts=20, first_tried=NOW - 600 * SECOND)
    settled = settlement(tried, Later("502", platform_down=down), NOW, answered)
    assert settled.not_before == NOW + longest


@pytest.mark.parametrize(("told", "held"), [(43_837.0, 43_837.0), (0.0, 1.0), (-5.0, 1.0)])
def test_a_chat_is_held_for_as_long_as_the_platform_says(told: float, held: float) -> None:
    settled = settlement(FIRST, Later("too much", told, chat_held=True), NOW, None)
    assert (settled.state, settled.held_until) == (QUEUED, NOW + held * SECOND)
    assert settled.not_before is None


@pytest.mark.parametrize(
    ("delivery", "answered", "down", "state"),
    [
        (TIRED, None, False, FAILED),
        (replace(TIRED, attempts=9), None, False, QUEUED),
        (replace(TIRED, first_tried=NOW - PATIENCE + SECOND), None, False, QUEUED),
        (TIRED, None, True, QUEUED),
        (TIRED, NOW - PATIENCE - SECOND, True, QUEUED),
        (TIRED, NOW - SECOND, True, FAILED),
    ],
)
def test_patience_ends_after_a_day_unless_the_platform_answered_nobody(
    delivery: Delivery, answered: datetime | None, down: bool, state: DeliveryState
) -> None:
    settled = settlement(delivery, Later("no room", platform_down=down), NOW, answered)
    assert settled.state is state
    assert "no room" in settled.reason


@pytest.mark.parametrize(
    ("chat", "uncertain", "attempts", "state"),
    [
        (CHAT, False, 1, QUEUED),
        (CHAT, False, 2, QUEUED),
        (CHAT, True, 1, QUEUED),  # another process was killed while this waited for its turn
        (CHAT, True, 2, FAILED),
        (CHANNEL, False, 1, QUEUED),
        (CHANNEL, True, 2, QUEUED),
    ],
)
def test_what_may_have_been_sent_is_repeated_once_where_repetitions_cannot_be_told(
    chat: Address, uncertain: bool, attempts: int, state: DeliveryState
) -> None:
    delivery = replace(FIRST, chat=chat, uncertain=uncertain, attempts=attempts)
    settled = settlement(delivery, Unknown("timed out"), NOW, None)
    assert settled.state is state
    if state is FAILED:
        assert settled.reason == "nobody knows whether it arrived: timed out"


def test_that_it_may_have_been_sent_is_kept_in_mind_over_later_failures() -> None:
    settled = settlement(replace(FIRST, uncertain=True), Later("no room"), NOW, None)
    assert settled.uncertain


def test_a_refusal_is_for_this_call_alone() -> None:
    settled = settlement(FIRST, Refused("too long"), NOW, None)
    assert (settled.state, settled.reason, settled.closed) == (FAILED, "too long", False)


@pytest.mark.parametrize("gone", [False, True])
def test_a_closed_chat_gets_nothing_more(gone: bool) -> None:
    settled = settlement(FIRST, Closed("blocked", gone), NOW, None)
    assert (settled.state, settled.reason, settled.closed) == (FAILED, "blocked", True)
    assert settled.gone is gone


def test_a_chat_that_moves_over_and_over_is_not_followed_without_pause() -> None:
    to = Address(Platform.TELEGRAM, "-100")
    waits = [
        settlement(replace(FIRST, attempts=attempts), Moved(to), NOW, None).not_before
        for attempts in (1, 2, 3)
    ]
    assert waits == [NOW, NOW + 2 * SECOND, NOW + 4 * SECOND]
    assert settlement(TIRED, Moved(to), NOW, None).state is FAILED


def test_a_reason_is_one_line_that_can_be_stored() -> None:
    settled = settlement(FIRST, Refused("bad\n\ud800  thing " + "x" * 999), NOW, None)
    assert settled.reason.startswith("bad ? thing xxx")
    assert len(settled.reason) == LONGEST_REASON


class TestFallback:
    """A refused call gives way to others, one after the other in its own row."""

    def fallback(self, *texts: str) -> Json:
        calls = [{"method": "sendMessage", "body": {"text": text}} for text in texts]
        return {"text": "rich", "fallback": calls}

    def test_goes_out_one_call_after_the_other(self) -> None:
        delivery = replace(FIRST, body=self.fallback("1", "2", "3"))
        outcome: Outcome = Refused("RICH_MESSAGE_INVALID")
        sent, results = [], []
        while (settled := settlement(delivery, outcome, NOW, None)).call is not None:
            assert settled.state is QUEUED
            delivery = replace(
                delivery,
                method=settled.call.method,
                body=settled.call.body,
                result=settled.result,
            )
            sent.append(bare(delivery).body)
            outcome = Sent(f"id {len(sent)}")
            results.append(settled.alone)
        assert sent == [{"text": "1"}, {"text": "2"}, {"text": "3"}]
        assert results == [True, False, False]
        assert (settled.state, settled.result) == (SENT, "id 1")

    def test_is_of_no_matter_where_the_call_succeeds(self) -> None:
        delivery = replace(FIRST, body=self.fallback("1"))
        assert settlement(delivery, Sent("9"), NOW, None).call is None
        assert bare(delivery).body == {"text": "rich"}

    def test_that_is_refused_itself_fails(self) -> None:
        delivery = replace(FIRST, body=self.fallback("1", "2"))
        first = settlement(delivery, Refused("no"), NOW, None).call
        assert first == Call(
            "sendMessage",
            {"text": "1", "then": [{"method": "sendMessage", "body": {"text": "2"}}]},
        )
        assert settlement(replace(FIRST, body=first.body), Refused("no"), NOW, None).state is FAILED

    @pytest.mark.parametrize("body", [{"fallback": []}, {"fallback": None}, {}])
    def test_without_one_the_delivery_fails(self, body: Json) -> None:
        assert settlement(replace(FIRST, body=body), Refused("no"), NOW, None).state is FAILED
