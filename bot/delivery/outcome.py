"""What can come of one call to a platform: the words between the outbox's loop and the adapters."""

from dataclasses import dataclass
from typing import Protocol

from storage.deliveries import Delivery
from storage.models import Address


@dataclass(frozen=True, slots=True)
class Sent:
    """It was done. `result` is what the platform calls what came of it, such as a message's id."""

    result: str = ""


@dataclass(frozen=True, slots=True)
class Later:
    """It was certainly not done, and may be tried again in so many seconds.

    `chat_held`: the platform wants this whole chat to be left in peace for that long.
    `platform_down`: the platform answers nobody at the moment.
    """

    reason: str
    seconds: float = 0.0
    chat_held: bool = False
    platform_down: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been done: the answer was lost."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """It will never be done, but the chat is as good as ever."""

    reason: str


@dataclass(frozen=True, slots=True)
class Closed:
    """Nothing can be sent to this chat until somebody there changes something.

    `gone`: never again, since the chat does not exist any more. `tell` is whom the platform could
    still tell about it (an address), None where nobody.
    """

    reason: str
    gone: bool = False
    tell: Address | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """The chat has another address now, under which it may be tried at once."""

    to: Address


Outcome = Sent | Later | Unknown | Refused | Closed | Moved


class Carrier(Protocol):
    """An adapter as the outbox sees it."""

    async def carry(self, delivery: Delivery, about: str | None) -> Outcome:
        """Make the delivery's call once and tell what came of it; raises nothing but bugs.

        `about` is the result of the delivery that this one is about. Where `delivery.uncertain`,
        an earlier attempt may have succeeded: a carrier that can find out does so first. Keeps to
        the platform's limits of rate by waiting for its turn.
        """
        ...
