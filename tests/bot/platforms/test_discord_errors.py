"""What refusals and silences mean: one row for each code that a delivery can meet."""

import pytest

from bot.delivery.outcome import Closed, Later, Outcome, Refused, Sent, Unknown
from bot.platforms.discord_errors import (
    AUTOMOD,
    CROSSPOST_SECONDS,
    DONE_BEFORE,
    MESSAGE_GONE,
    NO_CHANNEL,
    NO_DIRECT_MESSAGES,
    NO_TAG,
    THREAD_GONE,
    THREAD_LOCKED,
    THREADS_FULL,
    THREADS_FULL_SECONDS,
    done_before,
    outcome,
)
from bot.platforms.discord_request import Declined, Unanswered

METHODS = ("message", "edit", "thread", "post", "crosspost")

CODES: list[tuple[int, int, Outcome]] = [
    (404, 10003, Closed(NO_CHANNEL, gone=True)),
    (404, 10004, Closed(NO_CHANNEL, gone=True)),
    (404, 10008, Refused(MESSAGE_GONE)),
    (400, 40067, Closed(NO_TAG)),
    (403, 50001, Closed('in the channel the bot lacks the permission "View Channel"')),
    (403, 50007, Closed(NO_DIRECT_MESSAGES)),
    (400, 50278, Closed(NO_DIRECT_MESSAGES)),
    (400, 50083, Closed(THREAD_LOCKED)),
    (403, 160005, Closed(THREAD_LOCKED)),
    (400, 160006, Later(THREADS_FULL, THREADS_FULL_SECONDS)),
    (400, 200000, Refused(AUTOMOD)),
    (400, 200001, Refused(AUTOMOD)),
]


@pytest.mark.parametrize(("status", "code", "meaning"), CODES)
@pytest.mark.parametrize("method", METHODS)
def test_a_code_means_the_same_whatever_was_called(
    method: str, status: int, code: int, meaning: Outcome
) -> None:
    assert outcome(method, Declined(status, code, "any text")) == meaning


@pytest.mark.parametrize("code", [10003, 50083, 160005])
def test_the_end_of_a_thread_of_ours_is_not_that_of_the_chat(code: int) -> None:
    error = Declined(404, code, "Unknown Channel")
    assert outcome("message", error, in_thread=True) == Refused(THREAD_GONE)


def test_permissions_are_named_where_nobody_knows_which_is_missing() -> None:
    found = outcome("message", Declined(403, 50013, "Missing Permissions"), in_thread=True)
    assert isinstance(found, Closed)
    assert '"Send Messages in Threads"' in found.reason
    found = outcome("post", Declined(403, 50013, "Missing Permissions"))
    assert isinstance(found, Closed)
    assert '"Create Posts"' in found.reason


def test_a_body_that_discord_cannot_read_is_our_fault_and_quoted() -> None:
    found = outcome("message", Declined(400, 50035, 'Invalid Form Body: {"components": "..."}'))
    assert isinstance(found, Refused)
    assert '{"components": "..."}' in found.reason


@pytest.mark.parametrize("code", [50024, 50006, 10087, 99999])
def test_what_is_wrong_with_a_call_alone_leaves_the_chat_as_it_is(code: int) -> None:
    assert isinstance(outcome("message", Declined(400, code, "no")), Refused)


def test_an_unknown_403_of_discord_closes_the_chat() -> None:
    assert isinstance(outcome("message", Declined(403, 50009, "Verification level")), Closed)


@pytest.mark.parametrize(
    "error",
    [
        Declined(401, 0, "Unauthorized"),
        Declined(401, 50014, "Invalid authentication token"),
        Declined(403, 0, "a page of a firewall", everywhere=True),
        Declined(403, 20026, "flagged"),
        Declined(403, 40004, "disabled"),
        Declined(503, 130000, "overloaded"),
        Declined(500, 0, "Internal Server Error"),
        Declined(524, 0, "A Timeout Occurred", everywhere=True),
    ],
)
def test_what_concerns_everybody_rests_the_whole_platform(error: Declined) -> None:
    found = outcome("message", error)
    assert isinstance(found, Later)
    assert found.platform_down
    assert not found.chat_held


def test_the_server_s_trouble_leaves_open_whether_a_post_was_made() -> None:
    assert isinstance(outcome("post", Declined(502, 0, "Bad Gateway")), Unknown)


@pytest.mark.parametrize(
    ("method", "everywhere", "chat_held", "platform_down"),
    [
        ("message", False, True, False),
        ("post", False, True, False),
        ("crosspost", False, False, False),
        ("message", True, False, True),
    ],
)
def test_a_limit_of_rate_holds_as_much_as_it_is_about(
    method: str, everywhere: bool, chat_held: bool, platform_down: bool
) -> None:
    found = outcome(method, Declined(429, 0, "slow down", 43_837.0, everywhere))
    assert isinstance(found, Later)
    assert found.seconds == 43_837.0
    assert (found.chat_held, found.platform_down) == (chat_held, platform_down)


@pytest.mark.parametrize("method", METHODS)
def test_what_was_never_written_was_not_done(method: str) -> None:
    found = outcome(method, Unanswered("no route to host", written=False))
    assert isinstance(found, Later)
    assert found.platform_down


@pytest.mark.parametrize("method", METHODS)
def test_what_was_written_may_have_been_done(method: str) -> None:
    found = outcome(method, Unanswered("the connection broke", written=True))
    assert isinstance(found, Unknown)


def test_a_crosspost_that_hangs_is_left_alone_for_a_while() -> None:
    found = outcome("crosspost", Unanswered("", written=True, silent=True))
    assert isinstance(found, Later)
    assert found.seconds == CROSSPOST_SECONDS
    assert not found.platform_down


@pytest.mark.parametrize(("method", "code"), DONE_BEFORE.items())
def test_repeating_shows_that_it_was_done_before(method: str, code: int) -> None:
    assert done_before(method, Declined(400, code, "already"))
    assert not done_before("message", Declined(400, code, "already"))
    assert not done_before(method, Declined(400, 50035, "Invalid Form Body"))


def test_no_outcome_of_a_failure_is_a_success() -> None:
    for method in METHODS:
        for code in (0, *(code for _, code, _ in CODES)):
            assert not isinstance(outcome(method, Declined(400, code, "")), Sent)
