"""Calls to the fake Discord, and what is to go wrong with the next ones."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from tests.fakes.discord_refusals import Refusal, TooMany, Trouble

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.fakes.discord_places import Place


@dataclass(eq=False)
class Call:
    """One request as it came, and the status of its answer.

    `names` are the parts of the path, `at` is when by the clock.
    """

    operation: str
    path: str
    body: Any
    query: Mapping[str, str]
    names: Mapping[str, str]
    at: float
    files: dict[str, str] = field(default_factory=dict)
    status: int = 0

    @property
    def place(self) -> int:
        """The channel, 0 for none."""
        return int(self.names.get("channel_id", 0))


@dataclass(eq=False)
class Fault:
    """What happens to the next call of an operation (any: "") in a place (any: None)."""

    operation: str
    place: int | None
    refusal: Refusal | None = None
    done: bool = False
    cut: Literal["", "before", "after"] = ""
    resumed: asyncio.Event | None = None

    def meets(self, call: Call) -> bool:
        return self.operation in ("", call.operation) and self.place in (None, call.place)


class Faults:
    """Verbs that say how the next calls of an operation fare, in one place or in any."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def refuses(
        self, operation: str, code: int, place: Place | None = None, times: int = 1
    ) -> None:
        """Refuse the next calls with one of the codes in `discord_refusals.MESSAGES`."""
        self._add_faults(Fault(operation, number_of(place), Refusal(code)), times)

    def fails(
        self,
        operation: str,
        status: int,
        place: Place | None = None,
        times: int = 1,
        done: bool = False,
    ) -> None:
        """Answer the next calls with a server's error such as 503, though perhaps they are done."""
        self._add_faults(Fault(operation, number_of(place), Trouble(status), done=done), times)

    def floods(
        self,
        operation: str,
        retry_after: float,
        place: Place | None = None,
        times: int = 1,
        scope: Literal["user", "shared", "global"] = "user",
    ) -> None:
        """Answer the next calls with 429."""
        self._add_faults(Fault(operation, number_of(place), TooMany(retry_after, scope)), times)

    def cuts(
        self,
        operation: str,
        when: Literal["before", "after"],
        place: Place | None = None,
        times: int = 1,
    ) -> None:
        """Hang up on the next calls, before or after doing what they ask."""
        self._add_faults(Fault(operation, number_of(place), cut=when), times)

    def hangs(self, operation: str, place: Place | None = None) -> Callable[[], None]:
        """Do nothing about the next call until the result is called."""
        resumed = asyncio.Event()
        self._add_faults(Fault(operation, number_of(place), resumed=resumed), 1)
        return resumed.set

    def _add_faults(self, fault: Fault, times: int) -> None:
        self.faults += [fault] * times

    def take_fault(self, call: Call) -> Fault | None:
        """The fault that a call meets; it meets no other one."""
        fault = next((one for one in self.faults if one.meets(call)), None)
        if fault:
            self.faults.remove(fault)
        return fault


def number_of(place: Place | None) -> int | None:
    return None if place is None else place.id
