"""Broadcasts to many chats during which the bot is killed at random moments, over and over."""

import asyncio
import random
import sqlite3
import threading
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from bot.config import load
from bot.delivery.channels import bring_up_to_date
from bot.delivery.tick import Tick
from storage.deliveries import DeliveryState
from storage.models import Address, Chat, Json, Platform, Room
from storage.store import FILE_NAME
from tests.bot.crashes.forks import Life
from tests.bot.crashes.shown import Place
from tests.bot.crashes.steps import ARRIVED
from tests.bot.crashes.world import CATEGORY, KILLED, World, target
from tests.fakes import telegram_chats
from tests.fakes.discord_places import Kind

GROUPS, PEOPLE = 40, 20
CHANNELS, ANNOUNCEMENT_CHANNELS, FORUMS = 8, 6, 6
PAPERS = 2  # in each digest

STARTING = 0.3  # of the lives end before anything is sent, within so many seconds:
LONGEST_START = 0.25
MOST_CALLS = 30  # that the servers get in each of the others,
LONGEST_DELAY = 0.03  # and seconds that go by after the last of them
LOOK_EVERY = 0.05  # seconds between looks at whether all is delivered
ALL = 1_000_000  # more rows than there are

ROOMS = {Kind.TEXT: Room.GROUP, Kind.ANNOUNCEMENT: Room.CHANNEL, Kind.FORUM: Room.FORUM}
UNDER_WAY = "SELECT number, chat FROM outbox WHERE platform = 'telegram' AND state = 'sending'"
LEFT = "SELECT count(*) FROM outbox WHERE state <> 'sent'"
MADE = "SELECT count(*) FROM digests WHERE outcome = 'posted'"


@dataclass(frozen=True)
class Death:
    """How a process was killed: with which of Telegram's deliveries (number: chat) under way.

    `posted` is how many messages there were in each of its chats by then.
    """

    under_way: dict[int, str]
    posted: dict[str, int]


@dataclass
class Broadcasts:
    """One broadcast after the other to the same chats, with processes dying all the time."""

    world: World
    kills: int
    chance: random.Random
    places: list[Place] = field(default_factory=list)
    deaths: list[Death] = field(default_factory=list)
    bodies: dict[int, Json] = field(default_factory=dict)
    days: int = 0

    async def run(self) -> None:
        """Kill so many processes, and deliver all that was begun."""
        await self._prepare()
        while len(self.deaths) < self.kills:
            self.world.wait_for_a_batch()
            await self.world.announce(PAPERS)
            self.days += 1
            while not self._is_over():
                await self._life()
            await self._keep_bodies()

    async def _keep_bodies(self) -> None:
        """Keep what was sent, by its delivery; the bot itself does so for some days only."""
        async with self.world.store() as store:
            for one in await store.outbox.deliveries([DeliveryState.SENT], ALL):
                self.bodies.setdefault(one.number, one.body)

    @property
    def conversations(self) -> list[telegram_chats.Place]:
        """The places on Telegram."""
        return [one for one in self.places if isinstance(one, telegram_chats.Place)]

    async def _prepare(self) -> None:
        """Make the chats and let everybody subscribe."""
        telegram, guild = self.world.telegram, self.world.discord.guild()
        self.places += [telegram.group() for _ in range(GROUPS)]
        self.places += [telegram.private() for _ in range(PEOPLE)]
        self.places += [guild.text() for _ in range(CHANNELS)]
        self.places += [guild.announcement() for _ in range(ANNOUNCEMENT_CHANNELS)]
        self.places += [guild.forum(CATEGORY) for _ in range(FORUMS)]
        self.world.configure([target(place) for place in self.places], at="announcement")
        config = load(self.world.config, {})
        async with self.world.store() as store:
            await bring_up_to_date(store, config)
            for place in self.places:
                if not isinstance(place, telegram_chats.Place):
                    await store.put_chat(Chat(address(place), ROOMS[place.kind]))
            await Tick(store, self.world.clock, config, lambda: None)()

    async def _life(self) -> None:
        """Let a process live until it is killed, or until nothing is left to do."""
        countdown = self._countdown()
        self.world.observed_by(countdown)
        life = self.world.begin("run")
        countdown.begins(life)
        ending = asyncio.create_task(self.world.end_of(life))
        while not ending.done():
            await asyncio.wait({ending}, timeout=LOOK_EVERY)
            if not ending.done() and self._is_over():
                countdown.kills()
        assert await ending == KILLED, self.world.log
        self.world.observed_by(None)
        if not self._is_over():
            self.deaths.append(self._death())

    def _countdown(self) -> "Countdown":
        if len(self.deaths) == self.kills:
            return Countdown(None)
        if self.chance.random() < STARTING:
            return Countdown(0, self.chance.uniform(0.0, LONGEST_START))
        calls = self.chance.randint(1, MOST_CALLS)
        return Countdown(calls, self.chance.uniform(0.0, LONGEST_DELAY))

    def _death(self) -> Death:
        posted = {str(one.id): len(one.messages) for one in self.conversations}
        return Death(dict(self._rows(UNDER_WAY)), posted)

    def _is_over(self) -> bool:
        made, left = self._rows(MADE)[0][0], self._rows(LEFT)[0][0]
        return made == self.days * len(self.places) and not left

    def _rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Look into the data beside the process that is at work."""
        path = self.world.data / FILE_NAME
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
            return list(connection.execute(statement))


class Countdown:
    """Kills a process when the servers have got so many calls (None: never) and a while later."""

    def __init__(self, calls: int | None, delay: float = 0.0) -> None:
        self._calls = calls
        self._delay = delay
        self._life: Life | None = None
        self._lock = threading.Lock()

    def begins(self, life: Life) -> None:
        """Begin with a process."""
        self._life = life
        if self._calls == 0:
            threading.Timer(self._delay, self.kills).start()

    def reached(self, what: str) -> bool:
        """Count the calls, in whichever thread they are made."""
        with self._lock:
            if self._calls and ARRIVED in what:
                self._calls -= 1
                if not self._calls:
                    threading.Timer(self._delay, self.kills).start()
        return False

    def kills(self) -> None:
        """Kill the process now, if that is still to be done."""
        with self._lock:
            life, self._life = self._life, None
        if life is not None:
            life.kill()


def address(place: Place) -> Address:
    """A place as the store knows it."""
    platform, _, number = target(place).partition(":")
    return Address(Platform(platform), number)
