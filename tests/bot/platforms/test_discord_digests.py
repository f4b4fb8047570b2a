"""Whole digests on Discord, as they leave the formatter, through the outbox and the real client.

The papers are invented; every fifth is out to do harm, and some are very long.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

from bot.delivery.outcome import Carrier, Outcome
from formatters.discord_digest import discord_digest
from formatters.views import digest_view, notification
from formatters.words import words
from storage.deliveries import Delivery, DeliveryState
from storage.models import Call, Digest, Entry, Json, Kind, Origin, Paper, Room, Summary
from tests.bot.faults.world import World, chat_of, states, world
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_places import CROSSPOSTED, Place
from tests.fakes.discord_posted import Posted, nested
from tests.formatters.discord_reader import visible
from tests.formatters.discord_spec import PINGS, check_call, check_harmless, check_sums

DAY = date(2026, 4, 21)
FEW, MANY = 46, 300
SUBJECTS = ("kites", "lanterns", "tides", "bridges", "moss", "bells", "dunes")
HARMFUL = (
    "@everyone and @here are invited",
    "<@123456789012345678> <@&123456789012345678> <#123456789012345678>",
    "`` ``` ** __ ~~ || > # - [a](https://evil.example/) <https://evil.example>",
    "discord.gg/evil https://evil.example/x </start:1> <t:1:R> <:a:1> :smile:",
    "\u202eright to left\u200b\u0000\u2028\ud800 e\u0301 👩\u200d👩\u200d👧",
    "$\\frac{a}{b}$ $5 \\foo{ | # | `x` 1. 2)",
)
MARK = re.compile(r"Study (\d+) of")
"""What every title begins with, so that each paper is found again in what was posted."""

WRITES = frozenset(
    {"create_message", "update_message", "create_thread_from_message"}
    | {"create_thread", "crosspost_message"}
)
MOMENTS = ("before the request", "after it was done", "before it is written down")
AT_ONCE, TEN_MINUTES = 0.0, 600.0

Make = Callable[[FakeDiscord], Place]
Wrap = Callable[[Carrier], Carrier]
PLACES: dict[Room, Make] = {
    Room.GROUP: lambda server: server.guild().text(),
    Room.CHANNEL: lambda server: server.guild().announcement(),
    Room.FORUM: lambda server: server.guild().forum("cs.LG", "cs.CV"),
    Room.THREAD: lambda server: server.guild().text().starts_thread(),
    Room.PRIVATE: lambda server: server.private(),
}


def paper(number: int) -> Paper:
    """An invented paper; of every five one does harm, of every twenty-three one is very long."""
    subject = SUBJECTS[number % len(SUBJECTS)]
    harm = HARMFUL[number // 5 % len(HARMFUL)] if number % 5 == 0 else ""
    long = 40 if number % 23 == 0 else 1
    return Paper(
        id=f"2604.{number:05}",
        version=1,
        title=f"Study {number} of {subject} {harm}",
        abstract=f"We watch {subject} for a year. {harm} They do not mind. " * 4 * long,
        authors=tuple(f"Ada {harm} Lund {at}" for at in range(1, 3 * long)),
        categories=("cs.LG", "cs.CV") if number % 2 else ("cs.CV",),
        comment=f"{number} pages {harm}",
        licence="http://creativecommons.org/licenses/by/4.0/",
    )


def entry(number: int) -> Entry:
    told = paper(number)
    summary = Summary(
        told.id, 1, "en", tldr=f"What {number} says. {told.title}"[:300], origin=Origin.MODEL
    )
    return Entry(told, Kind.NEW, 1, summary=summary)


@cache
def calls_of(papers: int, room: Room) -> tuple[Call, ...]:
    """The calls of a digest of so many papers with all their cards."""
    entries = tuple(entry(number) for number in range(1, papers + 1))
    digest = Digest("cs.LG @everyone", "en", (("cs.LG", DAY),), entries)
    texts = words("en")
    return discord_digest(digest_view(digest, texts), notification(digest, texts), room, "each")


def bodies(calls: Sequence[Call]) -> Iterator[Json]:
    """The messages as they are to stand in the end: a line is edited into what it announces."""
    edits = {call.about: call.body for call in calls if call.method == "edit"}
    for at, call in enumerate(calls):
        if call.method == "post":
            message = call.body["message"]
            assert isinstance(message, dict)
            yield message
        elif call.method == "message":
            yield edits.get(at, call.body)


def shown(body: Json) -> str:
    """What a message shows, as the server tells it."""
    components = body.get("components")
    assert isinstance(components, list)
    return "\n".join(one["content"] for one in nested(components) if one["type"] == 10)


def messages_of(place: Place) -> list[Posted]:
    """What was posted, also in threads, in the order of the calls."""
    return [*place.messages, *chain.from_iterable(one.messages for one in place.threads)]


def assert_whole(place: Place, calls: Sequence[Call], papers: int) -> None:
    """Hold a place against the digest: complete, in order, once, and silent."""
    posted = messages_of(place)
    assert [one.text for one in posted] == [shown(body) for body in bodies(calls)]
    found = [
        int(one) for text in map(visible, (one.text for one in posted)) for one in numbers(text)
    ]
    everything = [*range(1, papers + 1)]
    assert found == everything * 2, "once in the list and once as a card"
    threads = place.threads
    assert len(threads) == sum(call.method in ("thread", "post") for call in calls)
    crossposted = [bool(one.flags & CROSSPOSTED) for one in posted]
    assert sum(crossposted) == sum(call.method == "crosspost" for call in calls)
    assert not [one.text for one in posted if PINGS.search(one.text)]


def numbers(text: str) -> list[str]:
    """The papers whose titles stand in a message; a TL;DR repeats them behind other words."""
    return [
        found[1] for found in MARK.finditer(text) if not text[: found.start()].endswith("says. ")
    ]


@pytest.fixture
async def it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    async with world(tmp_path, monkeypatch) as opened:
        yield opened


def test_every_call_is_within_the_limits_and_harmless() -> None:
    """Those of the 300 papers are held against the specification by the server of the tests."""
    checked = set()
    for room in PLACES:
        calls = calls_of(FEW, room)
        for call in calls:
            if (body := json.dumps(call.body)) not in checked:
                checked.add(body)
                check_call(call, calls)
                check_harmless(call.body)


def test_also_those_of_three_hundred_papers() -> None:
    for body in bodies(calls_of(MANY, Room.PRIVATE)):
        check_sums({name: value for name, value in body.items() if value is not None})
        check_harmless(body)


@dataclass
class Mortal:
    """A carrier whose process dies at one moment of one delivery's call."""

    server: FakeDiscord
    victim: int
    moment: str
    carrier: Carrier | None = None
    dies: asyncio.Event = field(default_factory=asyncio.Event)

    async def carry(self, delivery: Delivery, about: str | None) -> Outcome:
        assert self.carrier
        if delivery.number != self.victim:
            return await self.carrier.carry(delivery, about)
        before = self.answers()
        call = asyncio.create_task(self._carry(delivery, about))
        waited = {call}
        try:
            if self.moment == "after it was done":
                waited.add(asyncio.create_task(self.server.until(lambda: self.answers() > before)))
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            self.dies.set()
            await asyncio.Event().wait()
        finally:
            for task in waited:
                task.cancel()
        raise AssertionError("it is dead")

    async def _carry(self, delivery: Delivery, about: str | None) -> None:
        if self.carrier and self.moment != "before the request":
            await self.carrier.carry(delivery, about)

    def answers(self) -> int:
        """How many calls that post or change something are done, though nobody heard of it yet."""
        return sum(one.operation in WRITES and one.status > 0 for one in self.server.calls)


def killing(victim: int, moment: str, server: FakeDiscord) -> tuple[Mortal, Wrap]:
    """A way to put a carrier that dies around the real one."""
    mortal = Mortal(server, victim, moment)

    def wrap(carrier: Carrier) -> Carrier:
        mortal.carrier = carrier
        return mortal

    return mortal, wrap


async def killed(it: World, victim: int, moment: str) -> None:
    """Let a process work until it dies at a delivery."""
    mortal, it.wrap = killing(victim, moment, it.discord)
    async with it.process():

        async def is_dead() -> bool:
            return mortal.dies.is_set()

        await it.clock.until(is_dead)


async def delivered_over_kills(
    it: World, room: Room, papers: int, kills: Sequence[tuple[int, str, float]]
) -> None:
    """Deliver a digest by processes that die: at which call (from 0), when, and for how long."""
    place, calls = PLACES[room](it.discord), calls_of(papers, room)
    async with it.process() as process:
        first, *_ = await process.rows.enqueue(calls, chat_of(place), 1, it.clock.now())
        process.running.cancel()
    for step, moment, pause in kills:
        await killed(it, first + step, moment)
        it.clock.advance(pause)
    it.wrap = lambda carrier: carrier
    async with it.process() as process:
        await it.drained(process)
        assert await states(process) == {DeliveryState.SENT: len(calls)}
    assert_whole(place, calls, papers)


def steps_of(calls: Sequence[Call]) -> list[int]:
    """Every call of the list, and of the cards the first, one in the middle, and the last."""
    cards = [at for at, call in enumerate(calls) if is_card(call)]
    among = {cards[0], cards[1], cards[len(cards) // 2], cards[-1]}
    return [at for at in range(len(calls)) if at not in cards or at in among]


def is_card(call: Call) -> bool:
    return call.method == "message" and "save 2604" in json.dumps(call.body)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("room", PLACES)
async def test_a_digest_is_there_once_and_whole_whichever_call_is_killed_and_for_how_long(
    it: World, room: Room, moment: str
) -> None:
    steps = steps_of(calls_of(FEW, room))
    kills = [(step, moment, pause) for step in steps for pause in (AT_ONCE, TEN_MINUTES)]
    await delivered_over_kills(it, room, FEW, kills)


async def test_even_if_every_single_call_is_killed(it: World) -> None:
    steps = range(len(calls_of(FEW, Room.CHANNEL)))
    kills = [(step, MOMENTS[step % 3], (AT_ONCE, TEN_MINUTES)[step % 2]) for step in steps]
    await delivered_over_kills(it, Room.CHANNEL, FEW, kills)


@pytest.mark.parametrize("room", PLACES)
async def test_three_hundred_papers_are_there_once_too(it: World, room: Room) -> None:
    steps = steps_of(calls_of(MANY, room))[::3]
    kills = [(step, MOMENTS[at % 3], TEN_MINUTES) for at, step in enumerate(steps)]
    await delivered_over_kills(it, room, MANY, kills)
