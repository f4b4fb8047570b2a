"""How fast messages may leave: limits as arithmetic on moments, and the queue that keeps to them.

A platform counts when a message arrives, which is some time between its start and its end here. So
a message counts from its start, and on until the limit's seconds have passed since its end: then
no window of the platform's ever holds too many, however slow the network is. Over all chats that
would cost a tenth of what is allowed, so there the time that the fastest messages take is left out:
as they show, no message gets there in less, nor its answer back, than these two ways together.

Moments are seconds of `bot.clock.Clock.monotonic`. The figures of a platform are in its adapter.
"""

import asyncio
import math
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import IntEnum

from bot.clock import Clock

REPLIES_IN_A_ROW = 9  # then a broadcast that waits has its turn, so that chatter never starves it
FEWEST_LINES = 256  # chats that are kept in mind without looking whether that is of any use
TRIPS = 64
"""Messages of which the fastest tells how long the way takes at the least. The first ones, which
have to open connections, are too slow to tell."""
SLACK = 0.01  # seconds of that for which even the fastest one was held up somewhere


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` messages in any `seconds`."""

    count: int
    seconds: float


class Held(Exception):
    """A chat is to be left in peace for so many seconds more, longer than somebody would wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"held for another {seconds:.0f} s")
        self.seconds = seconds


class Lane(IntEnum):
    """Which queue a message waits in: answers go ahead of what nobody is waiting for."""

    REPLY = 0
    BROADCAST = 1


Limits = tuple[Limit, ...]


@dataclass(frozen=True, slots=True)
class Traffic:
    """What counts towards limits: the moments when messages ended, and how many are under way."""

    ended: tuple[float, ...] = ()
    under_way: int = 0

    def begun(self) -> "Traffic":
        """One more message is under way."""
        return Traffic(self.ended, self.under_way + 1)

    def done(self, limits: Limits, end: float) -> "Traffic":
        """One of them has ended; what no limit looks at any more is left out."""
        recent = self.recent(limits, end)
        return Traffic((*recent, max((*recent[-1:], end))), self.under_way - 1)

    def recent(self, limits: Limits, now: float) -> tuple[float, ...]:
        """The ends that a limit may still look at."""
        longest = max((limit.seconds for limit in limits), default=0.0)
        most = max((limit.count for limit in limits), default=0)
        return tuple(end for end in self.ended if end + longest > now)[-most:] if most else ()

    def opens(self, limits: Limits) -> float:
        """Tell when one more message may go, as far as it is known now.

        Minus infinity where no limit is reached; infinity where a message has to end first.
        """
        return max((self._opens(limit) for limit in limits), default=-math.inf)

    def _opens(self, limit: Limit) -> float:
        free = limit.count - self.under_way
        if free <= 0:
            return math.inf
        return self.ended[-free] + limit.seconds if len(self.ended) >= free else -math.inf


def order_of_lanes(in_a_row: int) -> tuple[Lane, ...]:
    """Tell which lane goes first after so many replies in a row."""
    if in_a_row < REPLIES_IN_A_ROW:
        return Lane.REPLY, Lane.BROADCAST
    return Lane.BROADCAST, Lane.REPLY


def counted(lane: Lane, in_a_row: int) -> int:
    """Count the replies in a row once more after a message of some lane went."""
    return in_a_row + 1 if lane is Lane.REPLY else 0


@dataclass(frozen=True, slots=True)
class Trips:
    """How long the newest messages took."""

    seconds: tuple[float, ...] = ()

    def after(self, seconds: float) -> "Trips":
        """One more has ended."""
        return Trips((*self.seconds, seconds)[-TRIPS:])

    def least(self) -> float:
        """How long the way there and back takes at the least, as far as it is known."""
        return max(0.0, min(self.seconds) - SLACK) if len(self.seconds) == TRIPS else 0.0


@dataclass(eq=False, slots=True)
class _Turn:
    """One message that waits, unless its chat is held for longer than its `patience`."""

    patience: float
    begun: float = 0.0
    comes: asyncio.Future[None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


_Queue = deque[_Turn]


@dataclass(slots=True)
class _Line:
    """The two queues of one chat, and what it was sent lately."""

    limits: Limits = ()
    traffic: Traffic = Traffic()
    held_until: float = -math.inf
    in_a_row: int = 0
    waiting: tuple[_Queue, _Queue] = field(default_factory=lambda: (deque(), deque()))

    @property
    def lane(self) -> Lane | None:
        """The lane in which this chat waits beside others; None where nobody waits."""
        return next((lane for lane in Lane if self.waiting[lane]), None)

    def opens(self) -> float:
        """The moment from which the next message may go to this chat."""
        return max(self.held_until, self.traffic.opens(self.limits))

    def take(self, now: float) -> Lane | None:
        """Let the one go whose turn it is; None where it has just been cancelled."""
        lane = next(one for one in order_of_lanes(self.in_a_row) if self.waiting[one])
        turn = self.waiting[lane].popleft()
        if turn.comes.cancelled():
            return None
        turn.begun = now
        turn.comes.set_result(None)
        self.in_a_row = counted(lane, self.in_a_row)
        self.traffic = self.traffic.begun()
        return lane

    def hold(self, until: float, now: float) -> None:
        """Leave the chat in peace; who would not wait for so long does not wait at all."""
        self.held_until = max(self.held_until, until)
        for queue in self.waiting:
            for turn in [one for one in queue if one.patience < self.held_until - now]:
                queue.remove(turn)
                if not turn.comes.done():
                    turn.comes.set_exception(Held(self.held_until - now))

    def is_idle(self, now: float) -> bool:
        """Whether nothing of this chat needs to be kept."""
        lately = self.traffic.under_way or self.traffic.recent(self.limits, now)
        return self.lane is None and self.held_until <= now and not lately


class Pace:
    """Lets messages go one by one, within every chat's limits and the `overall` one.

    In a chat each lane keeps its order. Among chats, those with replies waiting go first; in the
    same lane they go in the order they came, and one with more to send queues again behind the
    others. Broadcasts are spread evenly over the overall limit, so that a reply never waits for a
    bunch of them to grow old, and after `REPLIES_IN_A_ROW` replies it is a broadcast's turn, in
    every chat and among chats. Whoever is cancelled while waiting leaves no trace.
    """

    def __init__(self, clock: Clock, overall: Limit) -> None:
        self._clock = clock
        self._overall = (overall,)
        self._interval = overall.seconds / overall.count
        self._traffic = Traffic()
        self._trips = Trips()
        self._next_broadcast = -math.inf
        self._in_a_row = 0
        self._lines: dict[str, _Line] = {}
        self._queues: tuple[dict[str, _Line], dict[str, _Line]] = ({}, {})
        self._most_lines = FEWEST_LINES
        self._alarm: asyncio.Task[None] | None = None
        self._alarm_at = math.inf

    @asynccontextmanager
    async def turn(
        self, chat: str, limits: Limits, lane: Lane, patience: float = math.inf
    ) -> AsyncIterator[None]:
        """Wait until a message may go to `chat`; the block is to send it.

        Raises Held, at once or as soon as it is known, where the chat is held for more seconds
        than `patience`.
        """
        line = self._line(chat)
        line.limits = limits
        rest = line.held_until - self._clock.monotonic()
        if rest > patience:
            raise Held(rest)
        turn = _Turn(patience)
        line.waiting[lane].append(turn)
        self._place(chat, line)
        self._let_go()
        try:
            await turn.comes
        except asyncio.CancelledError:
            if turn.comes.cancelled():
                with suppress(ValueError):
                    line.waiting[lane].remove(turn)
                self._place(chat, line)
            elif turn.comes.exception() is None:
                self._end(line, turn)
            raise
        try:
            yield
        finally:
            self._end(line, turn)

    def hold(self, chat: str, seconds: float) -> None:
        """Let nothing go to one chat for some seconds, as the platform asked."""
        line, now = self._line(chat), self._clock.monotonic()
        line.hold(now + seconds, now)
        self._place(chat, line)

    def close(self) -> None:
        """Cancel all who wait."""
        if self._alarm is not None:
            self._alarm.cancel()
        for line in self._lines.values():
            for turn in (*line.waiting[Lane.REPLY], *line.waiting[Lane.BROADCAST]):
                turn.comes.cancel()

    def _line(self, chat: str) -> _Line:
        """The line of a chat; now and then, those that are of no use any more are dropped."""
        if len(self._lines) >= self._most_lines:
            now = self._clock.monotonic()
            self._lines = {name: one for name, one in self._lines.items() if not one.is_idle(now)}
            self._most_lines = max(FEWEST_LINES, 2 * len(self._lines))
        return self._lines.setdefault(chat, _Line())

    def _place(self, chat: str, line: _Line) -> None:
        """Let a chat stand in the lane of its most urgent message, behind the others if new."""
        for lane in Lane:
            if lane is line.lane:
                self._queues[lane].setdefault(chat, line)
            else:
                self._queues[lane].pop(chat, None)

    def _let_go(self) -> None:
        """Let all go whose turn is now, and wake up for the next one's."""
        now = self._clock.monotonic()
        while (found := self._next(now)) is not None:
            chat, line = found
            lane = line.take(now)
            if lane is not None:
                self._traffic = self._traffic.begun()
                self._in_a_row = counted(lane, self._in_a_row)
            if lane is Lane.BROADCAST:
                self._next_broadcast = self._interval + self._due(now)
            for queue in self._queues:
                queue.pop(chat, None)
            self._place(chat, line)
        self._wake_at(self._next_moment(now))

    def _end(self, line: _Line, turn: _Turn) -> None:
        """Count a message as ended, and let those go who waited for that."""
        now = self._clock.monotonic()
        self._trips = self._trips.after(now - turn.begun)
        line.traffic = line.traffic.done(line.limits, now)
        self._traffic = self._traffic.done(self._overall, now - self._trips.least())
        self._let_go()

    def _next(self, now: float) -> tuple[str, _Line] | None:
        """The chat that may be sent a message now and has waited longest in the first lane."""
        if self._traffic.opens(self._overall) > now:
            return None
        for lane in order_of_lanes(self._in_a_row):
            if self._lane_opens(lane) <= now:
                for chat, line in self._queues[lane].items():
                    if line.opens() <= now:
                        return chat, line
        return None

    def _next_moment(self, now: float) -> float:
        """When to look again; earlier than need be does no harm."""
        overall = self._traffic.opens(self._overall)
        moments = []
        for lane in Lane:
            gate = max(overall, self._lane_opens(lane))
            lines = self._queues[lane].values()
            if lines:
                moments.append(gate if gate > now else min(line.opens() for line in lines))
        return min(moments, default=math.inf)

    def _due(self, now: float) -> float:
        """When a broadcast that goes now was to go: timers that ring late cost nothing over time.

        One that came too late to make up for it without a bunch goes by a count of its own.
        """
        late = now - self._next_broadcast
        return self._next_broadcast if late < self._interval else now

    def _lane_opens(self, lane: Lane) -> float:
        return self._next_broadcast if lane is Lane.BROADCAST else -math.inf

    def _wake_at(self, moment: float) -> None:
        if moment >= self._alarm_at:
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm_at = moment
        self._alarm = asyncio.create_task(self._ring(moment), name="pace")

    async def _ring(self, moment: float) -> None:
        await self._clock.sleep(moment - self._clock.monotonic())
        self._alarm, self._alarm_at = None, math.inf
        self._let_go()
