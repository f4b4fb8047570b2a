"""The outbox at work: everything goes out in order and once, whatever happens meanwhile."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.delivery.outbox import Outbox
from bot.delivery.outcome import Closed, Later, Moved, Outcome, Refused, Sent, Unknown
from bot.delivery.route import GRACE, MOST_UNDER_WAY
from storage.deliveries import Delivery, DeliveryState
from storage.errors import DatabaseBusy, DiskFull, StorageError
from storage.models import Address, Call, Chat, Json, Platform
from storage.outbox import Claims, Settlement
from storage.outbox_store import OutboxStore
from storage.store import Store
from tests.bot.delivery.carrying import (
    ADA,
    BOB,
    CHANNEL,
    EVE,
    Scripted,
    drained,
    found,
    nothing_waits,
    put,
    states,
    until,
)
from tests.fakes.clock import FakeClock
from tests.fakes.held_clock import HeldClock
from tests.storage.examples import plain

SENT, FAILED, QUEUED = DeliveryState.SENT, DeliveryState.FAILED, DeliveryState.QUEUED
SENDING, DROPPED = DeliveryState.SENDING, DeliveryState.DROPPED
DOWN = Later("502", platform_down=True)
TURNS = 60  # of the event loop, a millisecond each


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(tmp_path, plain)
    try:
        yield opened
    finally:
        await opened.close()


@pytest.fixture
def store(database: Store) -> OutboxStore:
    return database.outbox


@pytest.fixture
def carrier(clock: FakeClock) -> Scripted:
    return Scripted(clock)


@pytest.fixture
def outbox(store: OutboxStore, clock: FakeClock, carrier: Scripted) -> Outbox:
    return Outbox(store, clock, {Platform.TELEGRAM: carrier})


async def soon() -> None:
    """Let everything happen that can without time passing, the database's thread included."""
    for _ in range(TURNS):
        await asyncio.sleep(0.001)


@asynccontextmanager
async def running(outbox: Outbox) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    task = asyncio.create_task(outbox.run(stop))
    try:
        yield stop
    finally:
        stop.set()
        await task


class TestOrder:
    async def test_what_goes_to_a_chat_goes_in_order_and_one_at_a_time(
        self, outbox: Outbox, store: OutboxStore, clock: FakeClock, carrier: Scripted
    ) -> None:
        for chat in (ADA, BOB):
            await put(store, chat, "1", "2", "3", now=clock.now())
        await drained(outbox, store)
        assert carrier.texts(ADA) == carrier.texts(BOB) == ["1", "2", "3"]
        assert carrier.most_at_once == 2

    async def test_chats_go_in_parallel_up_to_a_bound(
        self, outbox: Outbox, store: OutboxStore, clock: FakeClock, carrier: Scripted
    ) -> None:
        for chat in range(2 * MOST_UNDER_WAY):
            await put(store, Address(Platform.TELEGRAM, f"{chat}"), "1", now=clock.now())
        await drained(outbox, store)
        assert len(carrier.made) == 2 * MOST_UNDER_WAY
        assert carrier.most_at_once == MOST_UNDER_WAY

    async def test_platforms_go_beside_each_other_and_one_without_a_carrier_waits(
        self, store: OutboxStore, clock: FakeClock, carrier: Scripted
    ) -> None:
        other = Scripted(clock)
        for chat in (ADA, CHANNEL, Address(Platform.FILE, "archive")):
            await put(store, chat, str(chat), now=clock.now())
        both = Outbox(store, clock, {Platform.TELEGRAM: carrier, Platform.DISCORD: other})
        async with running(both):
            await soon()
        assert (carrier.texts(), other.texts()) == ([str(ADA)], [str(CHANNEL)])
        assert (await store.counts()).queued == 1

    async def test_a_call_gets_the_result_of_the_one_it_is_about(
        self, outbox: Outbox, store: OutboxStore, clock: FakeClock, carrier: Scripted
    ) -> None:
        calls = [Call("message", {}), Call("edit", {}, 0), Call("message", {}), Call("edit", {}, 2)]
        numbers = await store.enqueue(calls, ADA, 1, clock.now())
        await drained(outbox, store)
        about = [one.about for one in carrier.made]
        assert about == [None, f"id {numbers[0]}", None, f"id {numbers[2]}"]

    async def test_something_new_goes_at_once_when_it_is_told_of(
        self, store: OutboxStore, clock: FakeClock
    ) -> None:
        held = HeldClock()
        carrier = Scripted(held)
        outbox = Outbox(store, held, {Platform.TELEGRAM: carrier})
        async with running(outbox):
            await soon()
            await put(store, ADA, "1", now=clock.now())
            await soon()
            assert carrier.made == []
            outbox.wake()
            await soon()
            assert carrier.texts() == ["1"]

    async def test_and_within_a_minute_when_nobody_tells(self, store: OutboxStore) -> None:
        clock = HeldClock()
        carrier = Scripted(clock)
        async with running(Outbox(store, clock, {Platform.TELEGRAM: carrier})):
            await clock.somebody_sleeps(60)
            await put(store, ADA, "1", now=clock.now())
            clock.advance(60)
            await soon()
            assert carrier.texts() == ["1"]


class TestOutcomes:
    async def test_a_call_that_was_not_made_is_made_later_and_what_follows_waits(
        self, outbox: Outbox, store: OutboxStore, clock: FakeClock, carrier: Scripted
    ) -> None:
        carrier.outcomes[ADA] = [Later("no room"), Later("no room", 30)]
        numbers = await put(store, ADA, "1", "2", now=clock.now())
        await drained(outbox, store)
        assert carrier.texts() == ["1", "1", "1", "2"]
        first, second, third, _ = carrier.moments(ADA)
        assert second - first >= timedelta(seconds=1)
        assert third - second >= timedelta(seconds=30)
        assert await states(store, numbers) == [SENT, SENT]

    async def test_one_that_is_never_made_fails_after_a_day_and_the_rest_goes_on(
        self, outbox: Outbox, store: OutboxStore, clock: FakeClock, carrier: Scripted
    ) -> None:
        carrier.outcomes[ADA] = [Later("no room")] * 1000
        carrier.outcomes[BOB] = []
        numbers = await put(store, ADA, "1", now=clock.now())
        start = clock.now()
        await drained(outbox, store)
        assert await states(store, numbers) == [FAILED]
        assert (await found(store))[numbers[0]].reason.endswith("in vain: no room")
        assert timedelta(days=1) <= clock.now() - start < timedelta(days=1, hours=1)
        carrier.outcomes.clear()
        (again,) = await put(store, ADA, "2", now=clock.now())
        await drained(outbox, store)
        assert await states(store, [again]) == [SENT]

    async def test_a_lost_answer_is_asked_for_once_more_and_then_nobody_knows(
        self, outbox: Outbox, store: OutboxStore, clock: FakeClock, carrier: Scripted
    ) -> None:
        carrier.outcomes[ADA] = [Unknown("timed out")] * 2
        numbers = await put(store, ADA, "1", "2", now=clock.now())
        await drained(outbox, store)
        assert carrier.texts() == ["1", "1", "2"]
        assert [one.delivery.uncertain for one in carrier.made] == [False, True, False]
        assert await states(store, numbers) == [FAILED, SENT]
        reason = (await found(store))[numbers[0]].reason
        assert reason == "nobody knows whether it arrived: timed out"

    async def test_a_carrier_that_raises_is_logged_and_tells_as_little(
        self,
        outbox: Outbox,
        store: OutboxStore,
        clock: FakeClock,
        carrier: Scripted,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        carrier.outcomes[ADA] = [KeyError("message_id"), asyncio.CancelledError()]
        carrier.outcomes[BOB] = [asyncio.CancelledError()]
        numbers = await put(store, ADA, "1", "2", now=clock.now())
        numbers += await put(store, BOB, "3", now=clock.now())
        await drained(outbox, store)
        assert await states(store, numbers) == [FAILED, SENT, SENT]
        assert caplog.text.count("KeyError") > 0

    async def test_a_refused_call_fails_with_those_about_it_and_the_rest_goes_on(
        self, outbox: Outbox, store: OutboxStore, clock: FakeClock, carrier: Scripted
    ) -> None:
        calls = [Call("thread", {}), Call("message", {}, 0), Call("message", {"text": "2"})]
        numbers = await store.enqueue(calls, ADA, 1, clock.now())
        carrier.outcomes[ADA] = [Refused("no threads here")]
        await drained(outbox, store)
        assert await states(store, numbers) == [FAILED, FAILED, SENT]
        reasons = [one.reason for one in (await found(store)).values()]
        assert "no threads here" in reasons[0]
        assert "no threads here" in reasons[1]

    async def test_a_refused_form_gives_way_to_another_in_the_same_place(
        self, outbox: Outbox, store: OutboxStore, clock: FakeClock, carrier: Scripted
    ) -> None:
        classic = [{"method": "sendMessage", "body": {"text": text}} for text in ("1", "2")]
        body: Json = {"text": "rich", "fallback": classic}
        calls = [Call("sendRichMessage", body), Call("sendRichMessage", {"text": "more"}, 0)]
        numbers = await store.enqueue(calls, ADA, 1, clock.now())
        numbers += await put(store, ADA, "tomorrow's", now=clock.now())
        carrier.outcomes[ADA] = [Refused("RICH_MESSAGE_INVALID"), Later("no room")]
        await drained(outbox, store)
        assert carrier.texts() == ["rich", "1", "1", "2", "tomorrow's"]
        assert all(set(one.delivery.body) == {"text"} for one in carrier.made)
        assert await states(store, numbers) == [SENT, DROPPED, SENT]

    async def test_a_chat_that_moved_gets_everything_at_its_new_address(
        self,
        outbox: Outbox,
        store: OutboxStore,
        database: Store,
        clock: FakeClock,
        carrier: Scripted,
    ) -> None:
        await database.put_chat(Chat(ADA))
        await put(store, ADA, "1", "2", now=clock.now())
        carrier.outcomes[ADA] = [Moved(EVE)]
        start = clock.now()
        await drained(outbox, store)
        assert (carrier.texts(ADA), carrier.texts(EVE)) == (["1"], ["1", "2"])
        assert carrier.moments(EVE)[0] - start < timedelta(minutes=2)
        assert await database.chat(EVE)


class TestClosedChats:
    @pytest.mark.parametrize("tell", [None, BOB])
    async def test_are_paused_their_rows_fail_and_it_is_told_once(
        self,
        store: OutboxStore,
        database: Store,
        clock: FakeClock,
        carrier: Scripted,
        tell: Address | None,
    ) -> None:
        told = []

        async def on_closed(chat: Address, reason: str, whom: Address | None) -> None:
            told.append((chat, reason, whom))
            raise RuntimeError("telling fails too")

        await database.put_chat(Chat(ADA))
        outbox = Outbox(store, clock, {Platform.TELEGRAM: carrier}, on_closed)
        carrier.outcomes[ADA] = [Closed("blocked", tell=tell)] * 2
        numbers = await put(store, ADA, "1", "2", "3", now=clock.now())
        numbers += await put(store, BOB, "4", now=clock.now())
        await drained(outbox, store)
        assert await states(store, numbers) == [FAILED] * 3 + [SENT]
        assert carrier.texts(ADA) == ["1"]
        await put(store, ADA, "5", now=clock.now())
        await drained(outbox, store)
        assert told == [(ADA, "blocked", tell)]
        chat = await database.chat(ADA)
        assert chat
        assert chat.paused == "blocked"


class TestHeldChats:
    LONG = 43_837.0  # seconds; such a wait has been seen

    async def test_a_flooded_chat_waits_as_long_as_told_and_delays_no_other(
        self, outbox: Outbox, store: OutboxStore, clock: FakeClock, carrier: Scripted
    ) -> None:
        carrier.outcomes[ADA] = [Later("flood", self.LONG, chat_held=True)]
        for chat in (ADA, BOB):
            await put(store, chat, "1", "2", "3", now=clock.now())
        start = clock.now()
        await drained(outbox, store)
        assert carrier.texts(ADA) == ["1", "1", "2", "3"]
        assert carrier.moments(ADA)[1] - start >= timedelta(seconds=self.LONG)
        assert carrier.moments(BOB)[-1] - start < timedelta(hours=1)

    async def test_the_hold_outlives_the_process(
        self, store: OutboxStore, clock: FakeClock, carrier: Scripted
    ) -> None:
        carrier.outcomes[ADA] = [Later("flood", self.LONG, chat_held=True)]
        held = HeldClock(clock.now())
        (number,) = await put(store, ADA, "1", now=held.now())
        async with running(Outbox(store, held, {Platform.TELEGRAM: carrier})):
            await soon()
        carrier.clock = held
        async with running(Outbox(store, held, {Platform.TELEGRAM: carrier})):
            for passing in (self.LONG - 1, 1):
                assert await states(store, [number]) == [QUEUED]
                held.advance(passing)
                await soon()
        assert await states(store, [number]) == [SENT]

    async def test_a_slow_chat_delays_no_other(
        self, outbox: Outbox, store: OutboxStore, clock: FakeClock, carrier: Scripted
    ) -> None:
        carrier.held[ADA] = asyncio.Event()
        for chat in (ADA, BOB):
            await put(store, chat, "1", "2", now=clock.now())
        async with running(outbox):
            await until(lambda: len(carrier.texts(BOB)) == 2)
            assert carrier.texts(ADA) == ["1"]
            carrier.held[ADA].set()
            await until(lambda: len(carrier.texts(ADA)) == 2)


class TestPlatformThatIsDown:
    async def test_nothing_is_lost_in_ten_minutes_and_few_calls_are_made_in_vain(
        self, outbox: Outbox, store: OutboxStore, clock: FakeClock, carrier: Scripted
    ) -> None:
        numbers: list[int] = []
        for chat in range(30):
            address = Address(Platform.TELEGRAM, f"{chat}")
            numbers += await put(store, address, "1", "2", now=clock.now())
        carrier.usual = DOWN
        start = clock.now()
        async with running(outbox):
            await until(lambda: clock.now() - start > timedelta(minutes=10))
            in_vain = len(carrier.made)
            assert in_vain <= 30 + 15
            carrier.usual = None
            await nothing_waits(store)
        assert set(await states(store, numbers)) == {SENT}
        assert len(carrier.made) <= in_vain + 60 + 15

    async def test_a_call_that_fails_only_for_itself_does_not_stop_the_others(
        self, outbox: Outbox, store: OutboxStore, clock: FakeClock, carrier: Scripted
    ) -> None:
        carrier.outcomes[ADA] = [DOWN] * 1000
        first = await put(store, ADA, "poison", now=clock.now())
        others = await put(store, BOB, *map(str, range(30)), now=clock.now())
        await drained(outbox, store)
        assert await states(store, first) == [FAILED]
        assert set(await states(store, others)) == {SENT}


class FaultyStore(OutboxStore):
    """A store that fails as often as `faults` says, and takes its time where it is in `held`."""

    def __init__(self, store: Store) -> None:
        super().__init__(store._database)
        self.faults: list[tuple[str, StorageError]] = []
        self.held: dict[str, asyncio.Event] = {}

    async def claim(self, platform: Platform, now: datetime, most: int) -> Claims:
        self._fail("claim")
        claims = await super().claim(platform, now, most)
        await self._hold("claim")
        return claims

    async def settle(self, settlements: Iterable[Settlement], now: datetime) -> tuple[Address, ...]:
        self._fail("settle")
        paused = await super().settle(settlements, now)
        await self._hold("settle")
        return paused

    async def recover(self, now: datetime) -> int:
        self._fail("recover")
        return await super().recover(now)

    def _fail(self, what: str) -> None:
        if self.faults and self.faults[0][0] == what:
            raise self.faults.pop(0)[1]

    async def _hold(self, what: str) -> None:
        if what in self.held:
            await self.held[what].wait()


class TestSlowDatabase:
    async def test_what_ends_while_something_is_written_is_written_next(
        self, database: Store
    ) -> None:
        clock, store = HeldClock(), FaultyStore(database)
        carrier = Scripted(clock, held={BOB: asyncio.Event()})
        store.held["settle"] = asyncio.Event()
        numbers = [(await put(store, chat, "1", now=clock.now()))[0] for chat in (ADA, BOB)]
        async with running(Outbox(store, clock, {Platform.TELEGRAM: carrier})):
            await soon()
            carrier.held[BOB].set()
            await soon()
            store.held["settle"].set()
            await soon()
            assert await states(store, numbers) == [SENT, SENT]

    async def test_what_is_new_while_it_looks_is_found_at_once(self, database: Store) -> None:
        clock, store = HeldClock(), FaultyStore(database)
        carrier = Scripted(clock)
        store.held["claim"] = asyncio.Event()
        outbox = Outbox(store, clock, {Platform.TELEGRAM: carrier})
        async with running(outbox):
            await soon()
            await put(store, ADA, "1", "2", now=clock.now())
            outbox.wake()
            await soon()
            store.held["claim"].set()
            await soon()
            assert carrier.texts() == ["1", "2"]


class TestDatabaseThatCannotBeWritten:
    @pytest.mark.parametrize("error", [DatabaseBusy("locked"), DiskFull("no room")])
    @pytest.mark.parametrize("what", ["claim", "settle", "recover"])
    async def test_the_loop_waits_and_goes_on_and_nothing_goes_twice(
        self, database: Store, clock: FakeClock, carrier: Scripted, error: StorageError, what: str
    ) -> None:
        store = FaultyStore(database)
        numbers = await put(store, ADA, "1", "2", now=clock.now())
        store.faults = [(what, error)] * 20
        await drained(Outbox(store, clock, {Platform.TELEGRAM: carrier}), store)
        assert not store.faults
        assert carrier.texts() == ["1", "2"]
        assert await states(store, numbers) == [SENT, SENT]

    async def test_a_chat_goes_on_only_when_its_last_outcome_is_written(
        self, database: Store
    ) -> None:
        clock = HeldClock()
        carrier, store = Scripted(clock), FaultyStore(database)
        await put(store, ADA, "1", "2", now=clock.now())
        store.faults = [("settle", DiskFull("no room"))]
        async with running(Outbox(store, clock, {Platform.TELEGRAM: carrier})) as stop:
            await soon()
            await put(store, BOB, "3", now=clock.now())
            assert carrier.texts() == ["1"]
            clock.advance(1)
            await soon()
            assert sorted(map(str, carrier.texts())) == ["1", "2", "3"]
            stop.set()

    async def test_what_cannot_be_written_at_the_end_is_uncertain_at_the_next_start(
        self, database: Store
    ) -> None:
        clock = HeldClock()
        carrier, store = Scripted(clock), FaultyStore(database)
        numbers = await put(store, ADA, "1", now=clock.now())
        store.faults = [("settle", DiskFull("no room"))]
        async with running(Outbox(store, clock, {Platform.TELEGRAM: carrier})):
            await soon()
        assert await states(store, numbers) == [SENDING]
        await drained(Outbox(store, FakeClock(), {Platform.TELEGRAM: carrier}), store)
        assert [one.delivery.uncertain for one in carrier.made] == [False, True]

    @pytest.mark.parametrize(("lost", "state"), [(1, SENT), (2, FAILED)])
    async def test_what_never_got_its_turn_survives_a_lost_answer_after_the_restart(
        self, store: OutboxStore, clock: FakeClock, carrier: Scripted, lost: int, state: str
    ) -> None:
        numbers = await put(store, ADA, "1", now=clock.now())
        await store.claim(Platform.TELEGRAM, clock.now(), 1)  # then the process is killed
        carrier.outcomes[ADA] = [Unknown("timed out")] * lost
        await drained(Outbox(store, clock, {Platform.TELEGRAM: carrier}), store)
        assert carrier.texts() == ["1", "1"]
        assert await states(store, numbers) == [state]


class TestStopping:
    async def test_calls_under_way_may_end_and_nothing_new_begins(self, store: OutboxStore) -> None:
        clock = HeldClock()
        carrier = Scripted(clock, held={ADA: asyncio.Event()})
        numbers = await put(store, ADA, "1", "2", now=clock.now())
        async with running(Outbox(store, clock, {Platform.TELEGRAM: carrier})) as stop:
            await soon()
            stop.set()
            await clock.somebody_sleeps(GRACE)
            clock.advance(GRACE - 1)
            carrier.held[ADA].set()
        assert await states(store, numbers) == [SENT, QUEUED]

    async def test_what_takes_too_long_is_cut_off_and_uncertain_at_the_next_start(
        self, store: OutboxStore
    ) -> None:
        clock = HeldClock()
        carrier = Scripted(clock, held={ADA: asyncio.Event()})
        numbers = await put(store, ADA, "1", now=clock.now())
        numbers += await put(store, BOB, "2", now=clock.now())
        async with running(Outbox(store, clock, {Platform.TELEGRAM: carrier})) as stop:
            await soon()
            stop.set()
            await clock.somebody_sleeps(GRACE)
            clock.advance(GRACE)
        assert await states(store, numbers) == [SENDING, SENT]
        carrier.held.clear()
        await drained(Outbox(store, clock, {Platform.TELEGRAM: carrier}), store)
        assert [one.delivery.uncertain for one in carrier.made] == [False, False, True]

    async def test_nothing_is_left_behind_when_it_is_cancelled(self, store: OutboxStore) -> None:
        clock = HeldClock()
        carrier = Scripted(clock, held={ADA: asyncio.Event()})
        await put(store, ADA, "1", now=clock.now())
        task = asyncio.create_task(
            Outbox(store, clock, {Platform.TELEGRAM: carrier}).run(asyncio.Event())
        )
        await soon()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert asyncio.all_tasks() == {asyncio.current_task()}


FATES = (
    "sent", "later", "held", "down", "lost", "lost on the way back", "refused", "raises",
    "killed before", "killed after", "closed", "moved",
)  # fmt: skip
WEIGHTS = st.sampled_from((*FATES, "sent", "sent", "sent"))
HOMES = [Address(Platform.TELEGRAM, str(number)) for number in range(4)]


class World:
    """What arrives where, and what happens to each call and to the process, by a script.

    `excused` counts how often a delivery may have arrived without anybody having been told.
    """

    def __init__(self, fates: list[str], clock: FakeClock) -> None:
        self._fates: Iterator[str] = iter(fates)
        self._clock = clock
        self.arrived: list[int] = []
        self.excused: Counter[int] = Counter()
        self.killed = asyncio.Event()

    async def carry(self, delivery: Delivery, _about: str | None) -> Outcome:
        await asyncio.sleep(0)
        fate = next(self._fates, "sent")
        if fate in ("sent", "lost on the way back", "killed after"):
            self.arrived.append(delivery.number)
        if fate.startswith(("lost", "raises")):
            self.excused[delivery.number] += 1
        if fate.startswith("killed"):
            self.killed.set()
            await asyncio.Event().wait()
        outcomes: dict[str, Outcome] = {
            "sent": Sent("1"),
            "later": Later("no room", 2),
            "held": Later("flood", 600, chat_held=True),
            "down": DOWN,
            "lost": Unknown("lost"),
            "lost on the way back": Unknown("lost"),
            "refused": Refused("no"),
            "closed": Closed("blocked"),
            "moved": Moved(Address(Platform.TELEGRAM, delivery.chat.id + "0")),
        }
        if fate == "raises":
            raise RuntimeError(fate)
        return outcomes[fate]


class TestAnyScript:
    @settings(max_examples=60, deadline=None)
    @given(st.lists(WEIGHTS, max_size=40), st.lists(st.sampled_from(HOMES), max_size=16))
    def test_ends_with_every_row_sent_or_failed_for_a_reason_in_order_and_none_twice(
        self, fates: list[str], homes: list[Address]
    ) -> None:
        with TemporaryDirectory() as folder:
            asyncio.run(self.work(Path(folder), fates, homes))

    async def work(self, folder: Path, fates: list[str], homes: list[Address]) -> None:
        clock = FakeClock()
        world = World(fates, clock)
        home_of: dict[int, Address] = {}
        finished = False
        while not finished:
            store = await Store.open(folder, plain)
            try:
                if not home_of:
                    for home in homes:
                        (number,) = await put(store.outbox, home, "text", now=clock.now())
                        home_of[number] = home
                finished = await self.lives(store.outbox, world, clock)
                rows = await found(store.outbox)
            finally:
                await store.close()
        for number, row in rows.items():
            times = world.arrived.count(number)
            assert row.state in (SENT, FAILED)
            assert times >= (row.state is SENT)
            assert times <= 1 + world.excused[number]
            assert row.reason or row.state is SENT
        for home in homes:
            order = [number for number in world.arrived if home_of[number] == home]
            assert order == sorted(order)

    async def lives(self, store: OutboxStore, world: World, clock: FakeClock) -> bool:
        """Run one process until nothing is left (True) or it is killed."""
        world.killed.clear()
        stop = asyncio.Event()
        outbox = Outbox(store, clock, {Platform.TELEGRAM: world})
        working = asyncio.create_task(outbox.run(stop))
        finishing = asyncio.create_task(nothing_waits(store))
        dying = asyncio.create_task(world.killed.wait())
        await asyncio.wait({finishing, dying}, return_when=asyncio.FIRST_COMPLETED)
        if killed := not finishing.done():
            working.cancel()
        stop.set()
        dying.cancel()
        finishing.cancel()
        await asyncio.wait({working, finishing, dying})
        rows = await found(store)
        world.excused.update(row.number for row in rows.values() if row.state is SENDING)
        return not killed
