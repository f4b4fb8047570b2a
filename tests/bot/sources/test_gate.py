"""One request at a time, spaced from start to start, in order, whatever happens to the callers."""

import asyncio
import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sources.gate import USER_AGENT, Gate
from tests.fakes.clock import FakeClock


class Road:
    """Sends named callers through a gate and notes when each was inside."""

    def __init__(self, clock: FakeClock, min_interval: float = 3.0) -> None:
        self.clock = clock
        self.gate = Gate(clock, min_interval)
        self.starts: dict[str, float] = {}
        self.inside = 0

    async def drive(self, name: str, seconds: float = 0.0) -> None:
        async with self.gate:
            self.inside += 1
            assert self.inside == 1, "two were let in at once"
            self.starts[name] = self.clock.monotonic()
            try:
                await self.clock.sleep(seconds)
            finally:
                self.inside -= 1

    def send(self, name: str, seconds: float = 0.0) -> "asyncio.Task[None]":
        return asyncio.create_task(self.drive(name, seconds))


@pytest.fixture
def road(clock: FakeClock) -> Road:
    return Road(clock)


async def one_step() -> None:
    await asyncio.sleep(0)


async def test_the_first_request_does_not_wait(road: Road, clock: FakeClock) -> None:
    await road.drive("first")
    assert clock.slept == [0.0]  # the request itself


async def test_the_next_starts_the_interval_after_the_start_of_the_last(road: Road) -> None:
    await road.drive("first", seconds=1.0)
    await road.drive("second")
    assert road.starts == {"first": 0.0, "second": 3.0}


async def test_time_that_passed_outside_counts(road: Road, clock: FakeClock) -> None:
    await road.drive("first")
    clock.advance(10.0)
    await road.drive("second")
    assert road.starts["second"] == 10.0


async def test_a_slow_request_lets_the_next_start_as_it_ends(road: Road) -> None:
    await asyncio.gather(road.send("slow", seconds=20.0), road.send("next"))
    assert road.starts == {"slow": 0.0, "next": 20.0}


async def test_without_an_interval_they_still_go_one_by_one(clock: FakeClock) -> None:
    road = Road(clock, min_interval=0.0)
    await asyncio.gather(*(road.send(name, seconds=1.0) for name in "abc"))
    assert road.starts == {"a": 0.0, "b": 1.0, "c": 2.0}


async def test_they_go_in_the_order_they_came(road: Road) -> None:
    await asyncio.gather(*(road.send(name) for name in "abcde"))
    assert list(road.starts.items()) == [("a", 0), ("b", 3), ("c", 6), ("d", 9), ("e", 12)]


async def test_whoever_failed_leaves_and_counts_as_a_request(road: Road) -> None:
    with pytest.raises(ZeroDivisionError):
        async with road.gate:
            raise ZeroDivisionError
    await road.drive("next")
    assert road.starts == {"next": 3.0}


async def test_who_is_cancelled_in_the_queue_gives_up_the_place(road: Road) -> None:
    first, second, third = (road.send(name, seconds=1.0) for name in "abc")
    await one_step()
    second.cancel()
    await asyncio.gather(first, third)
    assert road.starts == {"a": 0.0, "c": 3.0}
    assert second.cancelled()


async def test_who_is_cancelled_in_the_pause_leaves_the_pause_to_the_next() -> None:
    class HeldClock(FakeClock):
        """A clock whose first wait lasts until it is cancelled, half way through."""

        async def sleep(self, seconds: float) -> None:
            if not self.slept:
                self.advance(seconds / 2)
                self.slept.append(seconds / 2)
                await asyncio.Event().wait()
            await super().sleep(seconds)

    clock = HeldClock()
    gate = Gate(clock, 3.0)
    await gate.enter()
    gate.leave()
    pausing, following = asyncio.create_task(gate.enter()), asyncio.create_task(gate.enter())
    await one_step()
    pausing.cancel()
    await following
    assert clock.slept == [1.5, 1.5]
    assert clock.monotonic() == 3.0


async def test_who_is_cancelled_inside_leaves(road: Road) -> None:
    inside = asyncio.create_task(hold(road.gate))
    await one_step()
    inside.cancel()
    await road.drive("next")
    assert road.starts == {"next": 3.0}


async def hold(gate: Gate) -> None:
    async with gate:
        await asyncio.Event().wait()


async def test_a_request_may_outlive_who_sent_it(road: Road) -> None:
    await road.gate.enter()
    waiting = road.send("next")
    await one_step()
    assert road.starts == {}
    road.gate.leave()
    await waiting
    assert road.starts == {"next": 3.0}


@given(
    st.lists(
        st.tuples(st.floats(0.0, 10.0), st.booleans()),
        max_size=8,
    ),
    st.floats(0.0, 10.0),
)
def test_whoever_is_cancelled_starts_are_spaced_and_alone(
    callers: list[tuple[float, bool]], interval: float
) -> None:
    async def scene() -> list[float]:
        road = Road(FakeClock(), interval)
        tasks = [road.send(str(number), seconds) for number, (seconds, _) in enumerate(callers)]
        await one_step()
        for task, (_, cancelled) in zip(tasks, callers, strict=True):
            if cancelled:
                task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await road.drive("last")
        return list(road.starts.values())

    starts = asyncio.run(scene())
    expected = sum(not cancelled for _, cancelled in callers)
    assert len(starts) >= expected + 1
    for earlier, later in itertools.pairwise(starts):
        assert later - earlier >= interval - 1e-9


def test_the_program_says_its_name() -> None:
    assert USER_AGENT.startswith("paperboy-bot/")
