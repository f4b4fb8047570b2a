"""Killed at 200 random moments during broadcasts to 80 chats, the bot delivers everything.

Discord gets nothing twice; on Telegram a message is there once more for each time that the bot was
killed with this very message under way, at the most.
"""

import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from storage.deliveries import Delivery, DeliveryState
from storage.models import Address, Json
from storage.records import DigestRecord, SlotOutcome
from tests.bot.crashes.broadcast import ALL, Broadcasts, address
from tests.bot.crashes.forks import Forks
from tests.bot.crashes.shown import shown, wanted, without_repetitions
from tests.bot.crashes.world import World, made
from tests.fakes import telegram_chats

SEED, KILLS = 20_260_421, 200

Rows = dict[Address, list[Delivery]]


async def test_killed_200_times_it_delivers_everything(forks: Forks, tmp_path: Path) -> None:
    async with made(tmp_path, forks, checked=False) as world:
        broadcasts = Broadcasts(world, KILLS, random.Random(SEED))
        await broadcasts.run()
        assert len(broadcasts.deaths) == KILLS
        rows = await rows_of(world, broadcasts.bodies)
        assert {one.state for some in rows.values() for one in some} == {DeliveryState.SENT}
        for place in broadcasts.places:
            seen, once = shown(place), wanted(rows[address(place)])
            digests = await digests_of(world, address(place))
            assert len(digests) == broadcasts.days
            assert posted(digests) == world.announced
            if not isinstance(place, telegram_chats.Place):
                assert seen == once
                continue
            assert len(set(once)) == len(once)
            assert without_repetitions(seen) == once, "something is missing or out of order"
            assert_repetitions_are_explained(place, rows[address(place)], broadcasts)


def assert_repetitions_are_explained(
    place: telegram_chats.Place, rows: list[Delivery], broadcasts: Broadcasts
) -> None:
    """Each message is there at most once for each life, and once for each death that it met."""
    texts = [one.text for one in place.messages]
    for row in rows:
        met = sum(row.number in death.under_way for death in broadcasts.deaths)
        assert texts.count(str(row.body["text"])) <= 1 + met
    marks = [0, *(death.posted[str(place.id)] for death in broadcasts.deaths), len(texts)]
    for start, end in pairwise(marks):
        assert len(set(texts[start:end])) == end - start, "twice in one life"


async def rows_of(world: World, bodies: Mapping[int, Json]) -> Rows:
    """The deliveries to each chat, in their order, with what was sent."""
    found: Rows = defaultdict(list)
    async with world.store() as store:
        deliveries = await store.outbox.deliveries(list(DeliveryState), ALL)
    for delivery in sorted(deliveries, key=lambda one: one.number):
        body = bodies.get(delivery.number, delivery.body)
        found[delivery.chat].append(replace(delivery, body=body))
    return found


async def digests_of(world: World, chat: Address) -> list[DigestRecord]:
    """The digests that a chat got, in their order."""
    async with world.store() as store:
        digests = await store.digests.of_chat(chat, ALL)
    return [one for one in digests[::-1] if one.outcome is SlotOutcome.POSTED]


def posted(digests: list[DigestRecord]) -> list[str]:
    return [one.paper_id for digest in digests for one in digest.posted]
