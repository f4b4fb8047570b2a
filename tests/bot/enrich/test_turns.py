"""So many at once, those in a hurry first, and no place is ever lost."""

import asyncio
from collections.abc import Sequence

from bot.enrich.turns import Turn, Turns


class Visitors:
    """Takes turns and notes in which order they came; each stays until `leave`."""

    def __init__(self, places: int) -> None:
        self.came: list[str] = []
        self._turns = Turns(places)
        self._leaving: dict[str, asyncio.Event] = {}

    def enter(self, name: str, turn: Turn | None = None) -> asyncio.Task[None]:
        self._leaving[name] = asyncio.Event()
        return asyncio.create_task(self._visit(name, turn or Turn()))

    async def leave(self, *names: str) -> None:
        for name in names:
            self._leaving[name].set()
        await settle()

    async def _visit(self, name: str, turn: Turn) -> None:
        async with self._turns.taken(turn):
            self.came.append(name)
            await self._leaving[name].wait()


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def entered(visitors: Visitors, names: Sequence[str]) -> None:
    for name in names:
        visitors.enter(name)
    await settle()


async def test_no_more_than_places_at_once_and_in_order() -> None:
    visitors = Visitors(2)
    await entered(visitors, "abcd")
    assert visitors.came == ["a", "b"]
    await visitors.leave("b")
    assert visitors.came == ["a", "b", "c"]
    await visitors.leave("a", "c", "d")
    assert visitors.came == ["a", "b", "c", "d"]


async def test_the_hurried_go_first_among_themselves_in_order() -> None:
    visitors = Visitors(1)
    await entered(visitors, "abc")
    visitors.enter("x", Turn(hurried=True))
    visitors.enter("y", Turn(hurried=True))
    await settle()
    await visitors.leave("a", "b", "c", "x", "y")
    assert visitors.came == ["a", "x", "y", "b", "c"]


async def test_a_turn_can_become_hurried_while_it_waits() -> None:
    visitors, turn = Visitors(1), Turn()
    await entered(visitors, "ab")
    visitors.enter("late", turn)
    await settle()
    turn.hurried = True
    await visitors.leave("a", "b", "late")
    assert visitors.came == ["a", "late", "b"]


async def test_who_gives_up_while_waiting_takes_no_place() -> None:
    visitors = Visitors(1)
    visitors.enter("a")
    leaver = visitors.enter("b")
    visitors.enter("c")
    await settle()
    leaver.cancel()
    await visitors.leave("a", "b", "c")
    assert visitors.came == ["a", "c"]


async def test_a_turn_that_comes_while_somebody_gives_up_goes_to_the_next() -> None:
    turns, came = Turns(1), asyncio.Event()

    async def visit() -> None:
        async with turns.taken(Turn()):
            came.set()

    async with turns.taken(Turn()):
        leaver, other = asyncio.create_task(visit()), asyncio.create_task(visit())
        await settle()
    leaver.cancel()  # its turn has come, but it does not know yet
    await other
    assert leaver.cancelled()
    async with turns.taken(Turn()):
        assert came.is_set()
