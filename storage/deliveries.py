"""The words of delivery as frozen dataclasses: the rows of the outbox and their states."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from storage.models import Address, Json


class DeliveryState(StrEnum):
    """Where a delivery stands. `SENDING` after a crash means: nobody knows whether it was done."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A row of the outbox: one call to one chat.

    `number` grows, and within a chat deliveries are made in its order. `digest` is the number of
    the digest that it belongs to, None for other notices. `about` is the number of the delivery
    whose result this one needs. `attempts` counts the calls made so far; `uncertain` tells that
    the last one may have succeeded, and `first_tried` when the first was made. `result` is what
    the platform calls the outcome, such as a message's id.
    """

    number: int
    digest: int | None
    chat: Address
    method: str
    body: Json
    about: int | None = None
    state: DeliveryState = DeliveryState.QUEUED
    attempts: int = 0
    uncertain: bool = False
    first_tried: datetime | None = None
    not_before: datetime | None = None
    result: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """How many deliveries are in each state, and since when the oldest unsent one waits."""

    queued: int = 0
    sending: int = 0
    sent: int = 0
    failed: int = 0
    dropped: int = 0
    oldest: datetime | None = None
