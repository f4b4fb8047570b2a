"""Stands in for a platform's carrier, which comes and goes with the adapter that it belongs to."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from bot.delivery.outcome import Carrier, Later, Outcome
from storage.deliveries import Delivery
from storage.models import Address, Chat


class Guide(Protocol):
    """Tells of places on a platform what their addresses alone do not."""

    async def room(self, address: Address) -> Chat | None:
        """Tell what kind of place an address is; None where that has to wait."""
        ...

    async def direct(self, person: int) -> Address | None:
        """Tell where somebody can be written to; None where nobody knows at the moment."""
        ...


class Standby:
    """Carries through whichever carrier is in use, and lets deliveries wait while there is none.

    `guide` comes and goes with the carrier.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._carrier: Carrier | None = None
        self.guide: Guide | None = None

    @property
    def is_connected(self) -> bool:
        """Whether there is a carrier in use."""
        return self._carrier is not None

    @contextmanager
    def used(self, carrier: Carrier, guide: Guide | None = None) -> Iterator[None]:
        """Carry through this carrier for the length of the block."""
        self._carrier, self.guide = carrier, guide
        try:
            yield
        finally:
            self._carrier = self.guide = None

    async def carry(self, delivery: Delivery, about: str | None) -> Outcome:
        """Make the delivery's call if there is anybody who can."""
        if self._carrier is None:
            return Later(f"{self._name} is not connected", platform_down=True)
        return await self._carrier.carry(delivery, about)
