"""What stands in for a carrier lets deliveries wait until there is one."""

import pytest

from bot.delivery.outcome import Later, Sent
from bot.platforms.standby import Standby
from storage.deliveries import Delivery
from storage.models import Address, Chat, Platform, Room
from tests.bot.delivery.carrying import Scripted
from tests.fakes.clock import FakeClock

CHAT = Address(Platform.DISCORD, "7")
DELIVERY = Delivery(7, 1, CHAT, "message", {})


class Everywhere:
    async def room(self, address: Address) -> Chat:
        return Chat(address, Room.FORUM)

    async def direct(self, person: int) -> Address:
        return Address(Platform.DISCORD, str(person))


async def test_without_a_carrier_everything_waits_for_the_platform() -> None:
    waits = Later("Discord is not connected", platform_down=True)
    assert await Standby("Discord").carry(DELIVERY, None) == waits


async def test_with_one_it_carries_and_knows_its_way_about() -> None:
    standby, carrier, guide = Standby("Discord"), Scripted(FakeClock()), Everywhere()
    with standby.used(carrier, guide):
        assert standby.is_connected
        assert standby.guide is guide
        assert await standby.carry(DELIVERY, "9") == Sent("id 7")
    assert [one.about for one in carrier.made] == ["9"]


async def test_a_carrier_that_fails_is_out_of_use() -> None:
    standby = Standby("Telegram")
    with pytest.raises(RuntimeError), standby.used(Scripted(FakeClock()), Everywhere()):
        raise RuntimeError
    assert not standby.is_connected
    assert standby.guide is None
    assert isinstance(await standby.carry(DELIVERY, None), Later)
