"""The pace: its arithmetic, and whole afternoons of messages on a clock that nobody waits for."""

import asyncio
import math
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.delivery.pace import (
    FEWEST_LINES,
    REPLIES_IN_A_ROW,
    SLACK,
    TRIPS,
    Held,
    Lane,
    Limit,
    Limits,
    Pace,
    Traffic,
    Trips,
    counted,
    order_of_lanes,
)
from tests.fakes.clock import FakeClock
from tests.fakes.held_clock import HeldClock

OVERALL = Limit(28, 1.0)
PERSON = (Limit(3, 3.0),)
GROUP = (Limit(3, 3.0), Limit(20, 60.0))
ROUNDING = 1e-9


@pytest.mark.parametrize(
    ("limits", "ended", "under_way", "moment"),
    [
        ((), (1.0, 2.0), 5, -math.inf),
        (PERSON, (), 0, -math.inf),
        (PERSON, (5.0, 6.0), 0, -math.inf),
        (PERSON, (5.0, 6.0, 6.5), 0, 8.0),
        (PERSON, (1.0, 5.0, 6.0, 6.5), 0, 8.0),
        (PERSON, (6.5,), 1, -math.inf),
        (PERSON, (6.0, 6.5), 1, 9.0),
        (PERSON, (6.0, 6.5), 2, 9.5),
        (PERSON, (6.0, 6.5), 3, math.inf),
        (GROUP, tuple(range(20)), 0, 60.0),
        (GROUP, (*range(17), 59.0, 59.5, 60.0), 0, 62.0),
        (GROUP, (*range(17), 59.0, 59.5), 1, 62.0),
    ],
)
def test_the_next_message_goes_when_the_oldest_one_that_counts_has_ended_long_ago(
    limits: Limits, ended: tuple[float, ...], under_way: int, moment: float
) -> None:
    assert Traffic(ended, under_way).opens(limits) == moment


@pytest.mark.parametrize(
    ("limits", "kept"),
    [((), ()), (PERSON, (99.0, 99.5)), (GROUP, (50.0, 99.0, 99.5)), ((Limit(1, 90.0),), (99.5,))],
)
def test_ends_are_kept_as_long_as_a_limit_looks_at_them(limits: Limits, kept: object) -> None:
    traffic = Traffic((1.0, 40.0, 50.0, 99.0, 99.5), 1)
    assert traffic.recent(limits, 100.0) == kept
    assert traffic.done(limits, 100.0) == Traffic((*traffic.recent(limits, 100.0), 100.0), 0)


def test_ends_stay_in_order_though_what_is_left_out_of_them_varies() -> None:
    traffic = Traffic((99.0,), 2).done(PERSON, 98.5)
    assert traffic.ended == (99.0, 99.0)


def test_the_fastest_trip_counts_when_enough_have_been_made() -> None:
    trips = Trips()
    for _ in range(TRIPS - 1):
        trips = trips.after(0.5)
        assert trips.least() == 0.0
    assert trips.after(0.2).least() == 0.2 - SLACK
    assert trips.after(0.001).least() == 0.0
    assert trips.after(0.2).after(0.7).least() == 0.2 - SLACK
    for _ in range(TRIPS):
        trips = trips.after(0.4)
    assert trips.least() == 0.4 - SLACK, "what was long ago is forgotten"


def test_replies_go_first_until_it_is_a_broadcasts_turn() -> None:
    in_a_row, lanes = 0, []
    for _ in range(2 * (REPLIES_IN_A_ROW + 1)):
        lanes.append(order_of_lanes(in_a_row)[0])
        in_a_row = counted(lanes[-1], in_a_row)
    assert lanes == [*[Lane.REPLY] * REPLIES_IN_A_ROW, Lane.BROADCAST] * 2


@dataclass
class Afternoon:
    """Messages that were asked for and those that went: (chat, lane, number) and when."""

    clock: FakeClock = field(default_factory=FakeClock)
    asked: list[tuple[str, Lane, int]] = field(default_factory=list)
    went: list[tuple[str, Lane, int]] = field(default_factory=list)
    moments: list[float] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pace = Pace(self.clock, OVERALL)

    def send(
        self, chat: str, lane: Lane = Lane.REPLY, patience: float = math.inf
    ) -> asyncio.Task[None]:
        message = (chat, lane, len(self.asked))
        self.asked.append(message)
        self.tasks.append(asyncio.create_task(self._send(message, patience)))
        return self.tasks[-1]

    async def _send(self, message: tuple[str, Lane, int], patience: float) -> None:
        chat, lane, _ = message
        async with self.pace.turn(chat, limits_of(chat), lane, patience):
            self.went.append(message)
            self.moments.append(self.clock.monotonic())

    async def ends(self) -> None:
        with suppress(asyncio.CancelledError):
            await asyncio.wait_for(asyncio.gather(*self.tasks), 20)
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def moments_of(self, chat: str) -> list[float]:
        pairs = zip(self.went, self.moments, strict=True)
        return [moment for message, moment in pairs if message[0] == chat]

    def chats_in_order(self) -> list[str]:
        return [chat for chat, _, _ in self.went]


def limits_of(chat: str) -> Limits:
    return GROUP if chat.startswith("-") else PERSON


@pytest.fixture
async def afternoon() -> AsyncIterator[Afternoon]:
    it = Afternoon()
    yield it
    it.pace.close()


def fits(limit: Limit, moments: Sequence[float]) -> bool:
    """No window of the limit's length holds more messages than it allows."""
    later = moments[limit.count :]
    return all(b - a >= limit.seconds - ROUNDING for a, b in zip(moments, later, strict=False))


class TestOneChat:
    async def test_a_short_burst_goes_at_once_and_the_rest_at_the_limit(
        self, afternoon: Afternoon
    ) -> None:
        for _ in range(7):
            afternoon.send("1")
        await afternoon.ends()
        assert afternoon.moments == pytest.approx([0, 0, 0, 3, 3, 3, 6])

    async def test_a_group_gets_twenty_in_a_minute(self, afternoon: Afternoon) -> None:
        for _ in range(45):
            afternoon.send("-1")
        await afternoon.ends()
        assert [sum(1 for moment in afternoon.moments if moment < end) for end in (60, 120)] == [
            20,
            40,
        ]

    async def test_replies_overtake_broadcasts_and_each_lane_keeps_its_order(
        self, afternoon: Afternoon
    ) -> None:
        afternoon.pace.hold("1", 1)
        for lane in (Lane.BROADCAST, Lane.BROADCAST, Lane.REPLY, Lane.REPLY) * 2:
            afternoon.send("1", lane)
        await afternoon.ends()
        assert [number for _, _, number in afternoon.went] == [2, 3, 6, 7, 0, 1, 4, 5]

    async def test_chatter_does_not_starve_a_broadcast_to_the_same_chat(
        self, afternoon: Afternoon
    ) -> None:
        for _ in range(30):
            afternoon.send("1")
        afternoon.send("1", Lane.BROADCAST)
        await afternoon.ends()
        assert [lane for _, lane, _ in afternoon.went].index(Lane.BROADCAST) == REPLIES_IN_A_ROW


class TestPatience:
    async def test_who_would_wait_too_long_for_a_held_chat_does_not_wait_at_all(
        self, afternoon: Afternoon
    ) -> None:
        afternoon.pace.hold("1", 30)
        impatient, patient = afternoon.send("1", patience=29), afternoon.send("1", patience=30)
        with pytest.raises(Held) as held:
            await impatient
        assert held.value.seconds == 30
        await patient
        assert afternoon.moments == [30]

    async def test_a_hold_sends_away_those_who_wait_already(self, afternoon: Afternoon) -> None:
        first = [afternoon.send("1") for _ in range(3)]
        await asyncio.wait(first)
        waiting = [afternoon.send("1", Lane.BROADCAST, patience=1) for _ in range(2)]
        patient = afternoon.send("1", Lane.BROADCAST)
        await asyncio.sleep(0)
        afternoon.pace.hold("1", 60)
        assert [type(one) for one in await asyncio.gather(*waiting, return_exceptions=True)] == [
            Held,
            Held,
        ]
        await patient
        assert afternoon.moments_of("1")[3:] == [60]

    async def test_being_cancelled_when_sent_away_leaves_no_trace(
        self, afternoon: Afternoon
    ) -> None:
        afternoon.pace = Pace(HeldClock(), Limit(1, 1.0))
        gone = afternoon.send("1")
        await gone
        task = afternoon.send("1", patience=1)
        await asyncio.sleep(0)
        afternoon.pace.hold("1", 60)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()
        assert afternoon.pace._traffic.under_way == 0


class TestManyChats:
    async def test_the_overall_limit_holds_for_chats_together(self, afternoon: Afternoon) -> None:
        for chat in range(100):
            afternoon.send(str(chat))
        await afternoon.ends()
        assert fits(OVERALL, afternoon.moments)
        assert afternoon.moments[-1] == pytest.approx(3.0)

    async def test_a_held_chat_waits_and_delays_no_other(self, afternoon: Afternoon) -> None:
        afternoon.pace.hold("1", 30)
        afternoon.send("1")
        for _ in range(2):
            afternoon.send("2")
        await afternoon.ends()
        assert afternoon.moments_of("2") == [0, 0]
        assert afternoon.moments_of("1") == [30]

    async def test_a_shorter_hold_does_not_end_a_longer_one(self, afternoon: Afternoon) -> None:
        afternoon.pace.hold("1", 30)
        afternoon.pace.hold("1", 1)
        afternoon.send("1")
        await afternoon.ends()
        assert afternoon.moments == [30]

    async def test_broadcasts_are_spread_so_that_a_reply_finds_room(
        self, afternoon: Afternoon
    ) -> None:
        for chat in range(200):
            afternoon.send(str(chat), Lane.BROADCAST)
        await asyncio.wait(afternoon.tasks[:60])
        asked_at = afternoon.clock.monotonic()
        afternoon.send("reader")
        await afternoon.ends()
        assert afternoon.moments_of("reader")[0] - asked_at <= 2 / OVERALL.count
        gaps = [b - a for a, b in pairwise(afternoon.moments)]
        assert sorted(gaps)[1] >= 1 / OVERALL.count - ROUNDING  # all but the reply's own

    async def test_replies_do_not_starve_broadcasts(self, afternoon: Afternoon) -> None:
        for chat in range(200):
            afternoon.send(str(chat))
        for chat in range(200, 205):
            afternoon.send(str(chat), Lane.BROADCAST)
        await afternoon.ends()
        places = [place for place, sent in enumerate(afternoon.went) if sent[1] is Lane.BROADCAST]
        assert places[-1] <= 5 * OVERALL.count

    async def test_a_talkative_chat_lets_the_others_have_their_turns(
        self, afternoon: Afternoon
    ) -> None:
        afternoon.pace = Pace(afternoon.clock, Limit(1, 1.0))
        for _ in range(5):
            afternoon.send("1")
        afternoon.send("2")
        afternoon.send("3")
        await afternoon.ends()
        assert afternoon.chats_in_order() == ["1", "1", "2", "3", "1", "1", "1"]

    async def test_chats_that_fell_silent_are_forgotten(self, afternoon: Afternoon) -> None:
        for chat in range(4 * FEWEST_LINES):
            afternoon.clock.advance(10)
            await afternoon.send(str(chat))
        assert len(afternoon.pace._lines) <= FEWEST_LINES

    async def test_nobody_is_forgotten_too_early(self, afternoon: Afternoon) -> None:
        for _ in range(3):
            await afternoon.send("1")
        for chat in range(2 * FEWEST_LINES):
            afternoon.pace.hold(f"held {chat}", 1)
        assert len(afternoon.pace._lines) > FEWEST_LINES
        await afternoon.send("1")
        assert afternoon.moments[-1] == pytest.approx(3)


class TestEnding:
    async def test_whoever_is_cancelled_leaves_no_trace(self, afternoon: Afternoon) -> None:
        afternoon.pace.hold("1", 5)
        tasks = [afternoon.send("1") for _ in range(4)]
        await asyncio.sleep(0)
        tasks[0].cancel()
        tasks[2].cancel()
        await afternoon.ends()
        assert [number for _, _, number in afternoon.went] == [1, 3]
        assert afternoon.moments == [5, 5]

    async def test_being_cancelled_at_the_moment_of_ones_turn(self, afternoon: Afternoon) -> None:
        afternoon.pace.hold("1", 5)
        task = afternoon.send("1")
        await asyncio.sleep(0)
        afternoon.clock.advance(10)
        task.cancel()
        afternoon.pace._let_go()
        await afternoon.ends()
        assert task.cancelled()
        await afternoon.send("1")

    async def test_closing_cancels_all_who_wait(self, afternoon: Afternoon) -> None:
        afternoon.pace.hold("1", 5)
        task = afternoon.send("1")
        await asyncio.sleep(0)
        afternoon.pace.close()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_fifty_chats_that_ask_during_a_broadcast_wait_less_than_a_second() -> None:
    chance, clock = random.Random(20260421), HeldClock()
    pace = Pace(clock, OVERALL)
    waits: list[float] = []

    async def send(chat: str, lane: Lane) -> None:
        asked_at = clock.monotonic()
        async with pace.turn(chat, PERSON, lane):
            if lane is Lane.REPLY:
                waits.append(clock.monotonic() - asked_at)
            await clock.sleep(0.1)

    async def converse(chat: str) -> None:
        for _ in range(10):
            await clock.sleep(chance.uniform(0, 10))
            await send(chat, Lane.REPLY)

    async def everybody() -> None:
        broadcast = (send(f"reader {number}", Lane.BROADCAST) for number in range(2000))
        await asyncio.gather(*broadcast, *(converse(str(chat)) for chat in range(50)))

    await clock.runs(asyncio.create_task(everybody()))
    assert len(waits) == 500
    assert sorted(waits)[-5] < 1.0
    assert clock.monotonic() < 2500 / OVERALL.count * 1.2


@pytest.mark.parametrize("way", [0.0, 0.04, 0.2])
async def test_however_far_the_platform_is_most_of_its_limit_is_used_and_never_more(
    way: float,
) -> None:
    chance, clock = random.Random(20260421), HeldClock()
    pace = Pace(clock, OVERALL)
    arrived: list[float] = []

    async def go() -> None:
        await clock.sleep(way + chance.uniform(0, 0.01))

    async def send(chat: str) -> None:
        async with pace.turn(chat, PERSON, Lane.BROADCAST):
            await go()
            arrived.append(clock.monotonic())
            await go()

    async def everybody() -> None:
        await asyncio.gather(*(send(str(number)) for number in range(1500)))

    await clock.runs(asyncio.create_task(everybody()))
    assert fits(OVERALL, arrived)
    late = arrived[3 * TRIPS :]
    rate = (len(late) - 1) / (late[-1] - late[0])
    assert rate > 0.95 * OVERALL.count


@dataclass(frozen=True)
class Sending:
    """A message that somebody wants to send: after a pause, for so long, perhaps given up."""

    pause: float
    chat: str
    lane: Lane
    duration: float
    arrives: float
    given_up_after: float | None = None


SENDINGS = st.lists(
    st.builds(
        Sending,
        pause=st.sampled_from([0.0, 0.0, 0.0, 0.01, 0.4, 5.0]),
        chat=st.sampled_from(["1", "2", "-1", *(str(chat) for chat in range(10, 60))]),
        lane=st.sampled_from(Lane),
        duration=st.sampled_from([0.0, 0.05, 0.9, 4.0]),
        arrives=st.floats(0, 1),
        given_up_after=st.sampled_from([None, None, None, 0.0, 0.5, 20.0]),
    ),
    max_size=120,
)


@given(SENDINGS, st.sampled_from(["", "1", "-1", "12"]))
@settings(deadline=None, max_examples=60)
def test_whatever_happens_limits_hold_at_the_other_end_and_everybody_goes(
    sendings: list[Sending], held: str
) -> None:
    asyncio.run(_whatever_happens(sendings, held))


async def _whatever_happens(sendings: list[Sending], held: str) -> None:
    clock = HeldClock()
    pace = Pace(clock, OVERALL)
    began: list[tuple[int, Sending]] = []
    arrived: list[tuple[float, str]] = []

    async def send(number: int, one: Sending) -> None:
        async with pace.turn(one.chat, limits_of(one.chat), one.lane):
            began.append((number, one))
            arrived.append((clock.monotonic() + one.arrives * one.duration, one.chat))
            await clock.sleep(one.duration)

    async def give_up(task: asyncio.Task[None], after: float) -> None:
        await clock.sleep(after)
        task.cancel()

    async def everybody() -> None:
        tasks = []
        for number, one in enumerate(sendings):
            await clock.sleep(one.pause)
            tasks.append(asyncio.create_task(send(number, one)))
            if one.given_up_after is not None:
                tasks.append(asyncio.create_task(give_up(tasks[-1], one.given_up_after)))
        await asyncio.gather(*tasks, return_exceptions=True)

    pace.hold(held, 7.0)
    await asyncio.wait_for(clock.runs(asyncio.create_task(everybody())), 20)

    assert fits(OVERALL, sorted(moment for moment, _ in arrived))
    for chat in {one.chat for one in sendings}:
        for limit in limits_of(chat):
            assert fits(limit, sorted(moment for moment, where in arrived if where == chat))
        for lane in Lane:
            numbers = [n for n, one in began if (one.chat, one.lane) == (chat, lane)]
            assert numbers == sorted(numbers)
    missing = set(range(len(sendings))) - {number for number, _ in began}
    assert all(sendings[number].given_up_after is not None for number in missing)
    assert not [where for moment, where in arrived if where == held and moment < 7.0]
