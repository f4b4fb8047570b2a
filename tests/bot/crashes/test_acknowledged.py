"""Killed with -9 the moment an answer is out, the bot has kept what it answered.

Telegram repeats what it was not told that it arrived, as it may be after a crash; that changes
nothing more.
"""

import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from formatters.words import words
from storage.models import Settings
from storage.store import Store
from tests.bot.crashes.forks import Forks
from tests.bot.crashes.steps import STORED
from tests.bot.crashes.world import KILLED, World, made
from tests.bot.platforms.telegram_bot import address_of
from tests.fakes.telegram_chats import Place

WORKING = words("en")("telegram.working")


@dataclass(frozen=True)
class Kept:
    """What the bot has to have kept: subscriptions as (query, time, whether active), and more."""

    subscriptions: tuple[tuple[str, str | None, bool], ...] = ()
    settings: Settings = field(default_factory=Settings)
    saved: tuple[str, ...] = ()


NOTHING = Kept()
ENGLISH = Settings(language="en")  # which a chat is asked in when it subscribes
ONE = Kept((("cs.CV", "08:30", True),), ENGLISH)
TWO = Kept((*ONE.subscriptions, ("cs.CV lanterns", None, True)), ENGLISH)
IN_TOKYO = replace(TWO, settings=replace(ENGLISH, timezone="Asia/Tokyo"))
AT_NIGHT = replace(IN_TOKYO, settings=replace(IN_TOKYO.settings, quiet=("22:00", "07:00")))
LIMITED = replace(AT_NIGHT, settings=replace(AT_NIGHT.settings, limit=7))
SAVED = replace(LIMITED, saved=("2604.00002",))
SAVED_TWO = replace(LIMITED, saved=("2604.00001", "2604.00002"))
PAUSED = replace(SAVED_TWO, subscriptions=(("cs.CV", "08:30", False), TWO.subscriptions[1]))
ENDED = replace(PAUSED, subscriptions=PAUSED.subscriptions[:1])

SAID = (
    ("/subscribe cs.CV at 08:30", ONE),
    ("/subscribe cs.CV lanterns", TWO),
    ("/settings timezone Asia/Tokyo", IN_TOKYO),
    ("/settings quiet 22:00-07:00", AT_NIGHT),
    ("/settings limit 7", LIMITED),
    ("/save 2604.00002", SAVED),
    ("/save 2604.00001", SAVED_TWO),
    ("/list pause 1", PAUSED),
    ("/unsubscribe cs.CV lanterns", ENDED),
    ("/unsave 2604.00001", replace(ENDED, saved=("2604.00002",))),
    ("/forget yes", NOTHING),
)


class Impatient:
    """Kills a process as soon as it has answered."""

    def __init__(self, place: Place, victim: int) -> None:
        self._place = place
        self._victim = victim

    def reached(self, what: str) -> bool:
        answered = STORED in what and self._place.texts[-1] != WORKING
        if answered:
            os.kill(self._victim, signal.SIGKILL)
        return answered


@pytest.fixture
async def world(forks: Forks, tmp_path: Path) -> AsyncIterator[World]:
    async with made(tmp_path, forks) as world:
        await world.announce(3)
        world.configure(discord=False)
        yield world


async def answers(world: World, place: Place) -> None:
    """Let a process live until it has answered what was said."""
    life = world.begin("run")
    world.observed_by(Impatient(place, life.process))
    assert await world.end_of(life) == KILLED, world.log
    world.observed_by(None)
    world.telegram.updates.clear()


async def kept(store: Store, place: Place) -> Kept:
    chat = address_of(place)
    known = await store.chat(chat)
    subscriptions = await store.subscriptions(chat)
    return Kept(
        tuple((one.query, one.at, one.active) for one in subscriptions),
        known.settings if known else Settings(),
        tuple(sorted(await store.saved_papers(chat))),
    )


async def test_what_was_answered_is_kept(world: World) -> None:
    ada = world.telegram.private()
    for line, expected in SAID:
        update = ada.says(line)
        for repetition in (None, update):
            if repetition is not None:
                ada.says(line, update_id=repetition)
            await answers(world, ada)
            async with world.store() as store:
                assert await kept(store, ada) == expected, line
    assert len(ada.messages) == 2 * len(SAID)
