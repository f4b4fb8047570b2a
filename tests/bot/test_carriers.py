"""What is found out about configured targets, and when that has to wait."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.carriers import Carriers
from bot.commands.request import Services
from storage.models import Address, Chat, Platform, Room
from tests.bot.commands.chatting import opened_in
from tests.bot.delivery.carrying import Scripted
from tests.fakes.clock import FakeClock

FORUM = Address(Platform.DISCORD, "5")


class Telling:
    """A guide with an answer for each question about a place; None where it cannot ask."""

    def __init__(self, *rooms: Room | None) -> None:
        self.rooms = list(rooms)

    async def room(self, address: Address) -> Chat | None:
        room = self.rooms.pop(0)
        return Chat(address, room) if room else None

    async def direct(self, person: int) -> None:
        raise AssertionError(person)


@pytest.fixture
async def services(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Services]:
    async with opened_in(tmp_path, clock) as services:
        yield services


async def test_a_place_is_kept_as_soon_as_it_is_known(services: Services) -> None:
    carriers, guide = Carriers(services), Telling(None, Room.FORUM)
    with carriers.discord.used(Scripted(FakeClock()), guide):
        assert await carriers.acquaint(FORUM) is None
        assert await services.store.chat(FORUM) is None
        assert await carriers.acquaint(FORUM) == Chat(FORUM, Room.FORUM)
    assert await services.store.chat(FORUM) == Chat(FORUM, Room.FORUM)


async def test_while_discord_is_away_its_places_wait(services: Services) -> None:
    assert await Carriers(services).acquaint(FORUM) is None
    assert await services.store.chat(FORUM) is None


@pytest.mark.parametrize(
    ("address", "room"),
    [
        (Address(Platform.TELEGRAM, "@papers"), Room.CHANNEL),
        (Address(Platform.TELEGRAM, "-100"), Room.GROUP),
        (Address(Platform.FILE, "digests"), Room.GROUP),
    ],
)
async def test_nobody_is_asked_about_places_elsewhere(
    services: Services, address: Address, room: Room
) -> None:
    carriers = Carriers(services)
    with carriers.discord.used(Scripted(FakeClock()), Telling()):
        assert await carriers.acquaint(address) == Chat(address, room)
    assert await services.store.chat(address) == Chat(address, room)
