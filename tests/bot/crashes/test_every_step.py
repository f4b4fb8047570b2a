"""Killed at any step of a digest and run again, `publish` delivers it as if nothing had happened.

The one exception is Telegram's, which knows no repetitions: of a message that it stored, and that
was not written down as sent, there are two.
"""

import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from storage.deliveries import DeliveryState
from storage.models import Address, Platform
from storage.records import SlotOutcome
from tests.bot.crashes.forks import Forks
from tests.bot.crashes.shown import Place, Shown, shown, without_repetitions
from tests.bot.crashes.steps import STORED, Steps
from tests.bot.crashes.world import CATEGORY, KILLED, World, made, target

PAPERS = 2
ALL = 1000  # more rows than there are
BETWEEN = 240.0  # seconds between two tries; Discord has forgotten the nonces by then
AT_ONCE, MUCH_LATER = 0.0, 600.0  # seconds from a death to the next life

Find = Callable[[World], Place]


def old_server(world: World) -> Place:
    """A group on a server that knows no rich messages, so that they go out in another form."""
    world.telegram.refuses("sendRichMessage", 404, "Not Found", times=2)
    return world.telegram.group()


@dataclass(frozen=True)
class Scenario:
    """Where a digest goes, and the keys of its channel."""

    place: Find
    keys: dict[str, Any] = field(default_factory=dict)


SCENARIOS = {
    "Telegram": Scenario(lambda world: world.telegram.group(), {"details": "each"}),
    "Telegram, an old server": Scenario(old_server, {"format": "rich"}),
    "Discord, an announcement channel": Scenario(
        lambda world: world.discord.guild().announcement()
    ),
    "Discord, a forum": Scenario(lambda world: world.discord.guild().forum(CATEGORY)),
}


@dataclass(frozen=True)
class Tried:
    """What came of a digest: how the process ended, what was to be seen, the steps it took."""

    code: int
    seen: Shown
    steps: tuple[str, ...]


@dataclass
class Trial:
    """A world in which the same digest is published over and over, each time from nothing."""

    world: World
    scenario: Scenario
    prepared: Path

    async def begins(self) -> Place:
        """Put everything back to where it was before the digest."""
        world = self.world
        world.clock.ahead += BETWEEN
        shutil.rmtree(world.data, ignore_errors=True)
        shutil.copytree(self.prepared, world.data)
        world.steps.write_text("")
        place = self.scenario.place(world)
        world.configure([target(place)], **self.scenario.keys)
        return place

    async def publishes(self, place: Place, dies_at: str = "") -> Tried:
        """Let a process publish, and perhaps die."""
        world = self.world
        life = world.begin("publish", dies_at)
        world.observed_by(Steps(world.steps, dies_at, life.process))
        code = await world.end_of(life)
        world.observed_by(None)
        return Tried(code, shown(place), tuple(world.steps.read_text().splitlines()))

    async def delivered(self, place: Place) -> None:
        """Hold the data against what they have to be when everything was delivered."""
        platform, _, number = target(place).partition(":")
        async with self.world.store() as store:
            rows = await store.outbox.deliveries(list(DeliveryState), ALL)
            assert {row.state for row in rows} == {DeliveryState.SENT}
            digests = await store.digests.of_chat(Address(Platform(platform), number), 20)
        posted = [one for one in digests if one.outcome is SlotOutcome.POSTED]
        assert len(posted) == 1
        assert [one.paper_id for one in posted[0].posted] == self.world.announced


@pytest.fixture
async def world(forks: Forks, tmp_path: Path) -> AsyncIterator[World]:
    async with made(tmp_path, forks) as world:
        yield world


async def prepared(world: World, scenario: Scenario) -> Trial:
    """A trial of a scenario, with papers to tell about."""
    await world.announce(PAPERS)
    return Trial(world, scenario, world.data.rename(world.folder / "prepared"))


def unwritten(steps: tuple[str, ...]) -> set[str]:
    """The steps at which a platform has stored something of which nothing is written down yet."""
    stored = {step for step in steps if STORED in step}
    return stored | {step for before, step in pairwise(steps) if before in stored}


@pytest.mark.parametrize("name", SCENARIOS)
async def test_killed_at_any_step_a_digest_is_delivered_by_the_next_run(
    world: World, name: str
) -> None:
    trial = await prepared(world, SCENARIOS[name])
    place = await trial.begins()
    whole = await trial.publishes(place)
    assert whole.code == 0, world.log
    await trial.delivered(place)
    assert len(set(whole.seen)) == len(whole.seen)
    uncertain = unwritten(whole.steps)
    twice = uncertain if name.startswith("Telegram") else set()
    pauses = [(step, AT_ONCE) for step in whole.steps]
    if name.startswith("Discord"):
        pauses += [(step, MUCH_LATER) for step in whole.steps if step in uncertain]
    for step, pause in pauses:
        place = await trial.begins()
        killed = await trial.publishes(place, dies_at=step)
        assert (killed.code, killed.steps[-1]) == (KILLED, step), world.log
        world.clock.ahead += pause
        restarted = await trial.publishes(place)
        assert restarted.code == 0, (step, world.log)
        await trial.delivered(place)
        assert without_repetitions(restarted.seen) == whole.seen, step
        assert len(restarted.seen) - len(whole.seen) == (step in twice), step
