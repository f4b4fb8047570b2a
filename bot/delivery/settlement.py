"""What follows from one call's outcome: whether it is made again and when, or ends and why."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.delivery.outage import LONGEST_PAUSE as LONGEST_REST
from bot.delivery.outcome import Closed, Later, Moved, Outcome, Refused, Sent, Unknown
from storage.deliveries import Delivery, DeliveryState
from storage.models import Address, Call, Json, Platform
from storage.outbox import Settlement

FALLBACK = "fallback"
"""In a call's body: the calls (`{"method", "body"}`) that are made instead where it is refused."""

THEN = "then"
"""In a body: those of them that are still to follow it, in the same row of the outbox."""

FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=15)
PATIENCE = timedelta(hours=24)
LEAST_ATTEMPTS = 10  # before patience ends, for chats that were told to wait for half a day
LONGEST_REASON = 300  # characters

WITHOUT_KEY = frozenset({Platform.TELEGRAM})
"""Platforms that cannot tell a repetition: after a lost answer there is one more attempt, no more.
What the end of a process cut off counts as not tried yet, since it mostly waited for its turn."""

NOBODY_KNOWS = "nobody knows whether it arrived"


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts in vain: a second, then twice as long each time."""
    doublings = min(max(0, attempts - 1), 20)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


def bare(delivery: Delivery) -> Delivery:
    """The delivery as its platform gets it, without what only the outbox looks at."""
    body = {name: value for name, value in delivery.body.items() if name not in (FALLBACK, THEN)}
    return replace(delivery, body=body)


def settlement(
    delivery: Delivery, outcome: Outcome, now: datetime, answered: datetime | None
) -> Settlement:
    """Decide what becomes of a delivery.

    `answered` is when its platform last did something for anybody: a call that fails for lack of
    an answer is given up only where others were answered meanwhile.
    """
    match outcome:
        case Sent(result):
            settled = _sent(delivery, result)
        case Refused(reason):
            settled = _refused(delivery, reason)
        case Closed(reason, gone):
            settled = replace(_failed(delivery, reason), closed=True, gone=gone)
        case Moved(to):
            settled = _moved(delivery, to, now)
        case Unknown(reason):
            settled = _unknown(delivery, reason, now)
        case Later():
            settled = _later(delivery, outcome, now, answered)
    return settled


def _sent(delivery: Delivery, result: str) -> Settlement:
    following = _calls(delivery.body.get(THEN))
    if following:
        return _instead(delivery, following, result=result)
    return Settlement(delivery, DeliveryState.SENT, result=delivery.result or result)


def _refused(delivery: Delivery, reason: str) -> Settlement:
    following = _calls(delivery.body.get(FALLBACK))
    if not following:
        return _failed(delivery, reason)
    why = _line(f"refused, so another form goes out: {reason}")
    return replace(_instead(delivery, following, reason=why), alone=True)


def _moved(delivery: Delivery, to: Address, now: datetime) -> Settlement:
    """Try at once under the new address, but not over and over where that moves as well."""
    wait = pause(delivery.attempts) if delivery.attempts > 1 else timedelta()
    return replace(_again(delivery, f"the chat is {to} now", now, wait), moved_to=to)


def _unknown(delivery: Delivery, reason: str, now: datetime) -> Settlement:
    repeated = delivery.uncertain and delivery.attempts > 1
    if repeated and delivery.chat.platform in WITHOUT_KEY:
        return _failed(delivery, f"{NOBODY_KNOWS}: {reason}")
    return replace(_again(delivery, reason, now, pause(delivery.attempts)), uncertain=True)


def _later(
    delivery: Delivery, outcome: Later, now: datetime, answered: datetime | None
) -> Settlement:
    told = timedelta(seconds=max(0.0, outcome.seconds))
    if outcome.chat_held:
        again = _again(delivery, outcome.reason, now, timedelta())
        return replace(again, not_before=None, held_until=now + max(told, FIRST_PAUSE))
    first = delivery.first_tried or now
    nobody_is_answered = outcome.platform_down and (answered is None or answered < first)
    # Whoever was the last to ask in an outage may be asked again as soon as it may be over.
    longest = LONGEST_REST if nobody_is_answered else LONGEST_PAUSE
    wait = max(told, min(pause(delivery.attempts), longest))
    return _again(delivery, outcome.reason, now, wait, patient=nobody_is_answered)


def _again(
    delivery: Delivery, reason: str, now: datetime, wait: timedelta, patient: bool = False
) -> Settlement:
    """Queue a delivery again, or let it fail where it has been tried for long enough."""
    tried_for = now - (delivery.first_tried or now)
    if not patient and tried_for >= PATIENCE and delivery.attempts >= LEAST_ATTEMPTS:
        return _failed(delivery, f"tried {delivery.attempts} times for a day in vain: {reason}")
    return Settlement(
        delivery,
        DeliveryState.QUEUED,
        reason=_line(reason),
        uncertain=delivery.uncertain,
        not_before=now + wait,
    )


def _failed(delivery: Delivery, reason: str) -> Settlement:
    return Settlement(
        delivery, DeliveryState.FAILED, reason=_line(reason), uncertain=delivery.uncertain
    )


def _instead(
    delivery: Delivery, calls: tuple[Call, ...], result: str = "", reason: str = ""
) -> Settlement:
    """Go on with the first of some calls in the same row, and with the others after it."""
    first, rest = calls[0], [{"method": one.method, "body": one.body} for one in calls[1:]]
    body: Json = first.body | ({THEN: rest} if rest else {})
    return Settlement(
        delivery,
        DeliveryState.QUEUED,
        reason=reason,
        result=delivery.result or result,
        call=Call(first.method, body),
    )


def _calls(several: object) -> tuple[Call, ...]:
    """Read calls as they are kept in a body."""
    if not isinstance(several, list):
        return ()
    return tuple(_call(one) for one in several)


def _call(one: Mapping[str, Any]) -> Call:
    return Call(one["method"], one["body"])


def _line(reason: str) -> str:
    """A reason as one line of text that can be stored, whatever a platform wrote."""
    return " ".join(reason.encode(errors="replace").decode().split())[:LONGEST_REASON]
