"""What it comes to when the bot is killed 200 times during broadcasts to 80 chats.

The tests hold what has to be so after each kill; here it is counted.
"""

import asyncio
import random
import tempfile
import time
from pathlib import Path

from tests.bot.crashes.broadcast import Broadcasts, address
from tests.bot.crashes.forks import forking
from tests.bot.crashes.shown import shown, wanted
from tests.bot.crashes.test_random_moments import SEED, rows_of
from tests.bot.crashes.world import World, made
from tests.fakes.telegram_chats import Place

KILLS = 200


async def measured(world: World) -> list[tuple[str, str]]:
    broadcasts = Broadcasts(world, KILLS, random.Random(SEED))
    started = time.monotonic()
    await broadcasts.run()
    seconds = time.monotonic() - started
    rows = await rows_of(world, broadcasts.bodies)
    repeated = {True: 0, False: 0}
    for place in broadcasts.places:
        seen, once = shown(place), wanted(rows[address(place)])
        repeated[isinstance(place, Place)] += len(seen) - len(once)
    under_way = [len(death.under_way) for death in broadcasts.deaths]
    return [
        ("kills", f"{len(broadcasts.deaths)} during {broadcasts.days} broadcasts"),
        ("seconds", f"{seconds:.0f}"),
        ("deliveries, all sent in the end", str(sum(map(len, rows.values())))),
        ("Telegram's under way at a kill", f"{sum(under_way)} in all, at most {max(under_way)}"),
        ("messages twice on Telegram", str(repeated[True])),
        ("messages twice on Discord", str(repeated[False])),
    ]


async def crashed() -> list[tuple[str, str]]:
    with tempfile.TemporaryDirectory() as folder, forking(Path(folder)) as forks:
        async with made(Path(folder) / "world", forks, checked=False) as world:
            return await measured(world)


def run() -> list[tuple[str, str]]:
    return asyncio.run(crashed())
