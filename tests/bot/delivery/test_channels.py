"""The configured channels become subscriptions, and stay the same ones when they are changed."""

from dataclasses import replace

import pytest

from bot.config import Channel, Config
from bot.config_values import Target
from bot.delivery.channels import (
    Changes,
    address_of,
    bring_up_to_date,
    changes,
    room_of,
    wanted,
)
from bot.delivery.tick import Tick
from bot.errors import ConfigError
from storage.models import Address, Chat, Platform, Room, Settings, Subscription
from storage.records import Standing
from tests.bot.delivery.subscribing import ADA, MONDAY, TUESDAY, WEDNESDAY, Desk, papers

TELEGRAM, DISCORD = Target("telegram", "@papers"), Target("discord", "123")
TOPIC, FOLDER = Target("telegram", "-100123", 45), Target("file", "archive")
HERE, THERE = address_of(TELEGRAM), address_of(FOLDER)


def config(*channels: Channel) -> Config:
    return Config(channels=channels)


def channel(name: str = "night", query: str = "cs.CV", *targets: Target, at: str = "") -> Channel:
    return Channel(name=name, query=query, targets=targets or (TELEGRAM,), at=at or "09:00")


def stored(number: int, name: str, query: str, chat: Address = HERE) -> Standing:
    one = Subscription(number, chat, query, channel=name)
    return Standing(one, Chat(chat))


def asked(name: str, query: str, chat: Address = HERE) -> Subscription:
    return Subscription(0, chat, query, channel=name)


def test_every_target_is_a_subscription_with_the_channels_own_terms() -> None:
    one = Channel(
        name="night",
        query="cat:cs.cv lanterns",
        targets=(TOPIC, DISCORD),
        at="08:15",
        timezone="Asia/Shanghai",
        language="zh",
        days=("mon", "fri"),
        limit=5,
        format="rich",
        details="each",
    )
    expected = Subscription(
        number=0,
        chat=Address(Platform.TELEGRAM, "-100123", "45"),
        query="cs.CV lanterns",
        at="08:15",
        days=("mon", "fri"),
        limit=5,
        language="zh",
        channel="night",
        timezone="Asia/Shanghai",
        form="rich",
        details="each",
    )
    elsewhere = replace(expected, chat=Address(Platform.DISCORD, "123"))
    assert list(wanted(config(one))) == [expected, elsewhere]


def test_a_query_that_is_wrong_is_named_with_its_channel() -> None:
    with pytest.raises(ConfigError, match=r"^channel night: cannot read the query"):
        list(wanted(config(channel("night", "ti:("))))


@pytest.mark.parametrize(
    ("target", "room"),
    [(TELEGRAM, Room.CHANNEL), (TOPIC, Room.GROUP), (DISCORD, Room.GROUP), (FOLDER, Room.GROUP)],
)
def test_an_address_tells_what_kind_of_place_it_is_as_far_as_it_can(
    target: Target, room: Room
) -> None:
    assert room_of(address_of(target)) is room


@pytest.mark.parametrize(
    ("configured", "known", "put", "deleted"),
    [
        ([asked("a", "x")], [], {("a", "x", 0)}, set()),
        ([asked("a", "x")], [stored(1, "a", "x")], set(), set()),
        ([], [stored(1, "a", "x")], set(), {1}),
        # Changed: it goes on where it was.
        ([asked("a", "y")], [stored(1, "a", "x")], {("a", "y", 1)}, set()),
        ([asked("b", "x")], [stored(1, "a", "x")], {("b", "x", 1)}, set()),
        ([asked("b", "y")], [stored(1, "a", "x")], {("b", "y", 0)}, {1}),
        ([asked("a", "x", THERE)], [stored(1, "a", "x")], {("a", "x", 0)}, {1}),
        # Two that change their names, or one that takes over another's.
        (
            [asked("a", "y"), asked("b", "x")],
            [stored(1, "a", "x"), stored(2, "b", "y")],
            {("a", "y", 1), ("b", "x", 2)},
            set(),
        ),
        ([asked("b", "x")], [stored(1, "a", "x"), stored(2, "b", "x")], set(), {1}),
        # The same target named twice counts once.
        ([asked("a", "x"), asked("a", "x")], [], {("a", "x", 0)}, set()),
    ],
)
def test_what_the_file_says_is_put_and_what_it_does_not_say_is_deleted(
    configured: list[Subscription],
    known: list[Standing],
    put: set[tuple[str, str, int]],
    deleted: set[int],
) -> None:
    found = changes(configured, known)
    assert {(one.channel, one.query, one.number) for one in found.put} == put
    assert {one.number for one in found.deleted} == deleted


async def numbers(desk: Desk, *channels: Channel) -> list[int]:
    found = await bring_up_to_date(desk.store, config(*channels))
    return [one.subscription.number for one in found]


async def test_a_second_start_changes_nothing(desk: Desk) -> None:
    ones = (channel("night", "cs.CV", TELEGRAM, DISCORD, FOLDER), channel("day", "cs.LG"))
    before = await bring_up_to_date(desk.store, config(*ones))
    assert len(before) == 4
    await desk.tick()
    planned = await desk.store.standings.of_channels()
    assert changes(list(wanted(config(*ones))), planned) == Changes()
    assert await bring_up_to_date(desk.store, config(*ones)) == planned
    assert not any(one.changed for one in planned)


async def test_discord_is_left_to_tell_what_its_places_are(desk: Desk) -> None:
    await numbers(desk, channel("night", "cs.CV", TELEGRAM, DISCORD))
    found = await desk.store.standings.of_channels()
    assert [one.acquainted for one in found] == [True, False]
    assert found[0].chat == Chat(HERE, Room.CHANNEL)


async def test_a_channel_that_is_renamed_loses_nothing_and_repeats_nothing(desk: Desk) -> None:
    [number] = await numbers(desk, channel("night"))
    await desk.tick()
    await desk.announced(TUESDAY, papers(1), settled=False)
    await desk.at("2026-04-21 09:00")  # its digest waits
    assert await numbers(desk, channel("evening")) == [number]
    await desk.at("2026-04-21 09:01")
    await desk.settled(TUESDAY)
    assert await desk.at("2026-04-21 09:02") == 1
    assert await desk.got(HERE) == [["1"]]


async def test_a_channel_and_the_chats_own_subscription_are_two(desk: Desk) -> None:
    own = await desk.store.put_subscription(Subscription(0, HERE, "cs.CV"))
    [number] = await numbers(desk, channel())
    assert number != own.number
    await desk.announced(MONDAY, papers(1))
    assert await numbers(desk) == []
    assert await desk.store.subscriptions(HERE) == (own,)


async def test_a_target_that_was_paused_gets_another_chance(desk: Desk) -> None:
    await numbers(desk, channel())
    own = Settings(limit=3)
    await desk.store.put_chat(Chat(HERE, Room.CHANNEL, settings=own, paused="it was not an admin"))
    await numbers(desk, channel())
    assert await desk.store.chat(HERE) == Chat(HERE, Room.CHANNEL, settings=own)
    assert await desk.store.chat(ADA) is None


# A group whose number the platform has changed, while the configuration has the old one

GROUP = Target("telegram", "-100123", 45)
OLD, NEW, NEWEST = (replace(address_of(GROUP), id=one) for one in ("-100123", "-100999", "-100777"))


async def test_a_group_that_was_moved_goes_on_at_its_new_number(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    [number] = await numbers(desk, channel("night", "cs.CV", GROUP))
    await desk.tick()
    await desk.announced(TUESDAY, papers(1))
    await desk.at("2026-04-21 09:00")
    await desk.store.move_chat(OLD, NEW)
    await desk.announced(WEDNESDAY, papers(2))
    desk.clock.advance(24 * 3600)
    assert await numbers(desk, channel("night", "cs.CV", GROUP)) == [number]
    assert await desk.tick() == 1
    assert (await desk.got(NEW), await desk.got(OLD)) == ([["1"], ["2"]], [])
    told = "telegram:-100123/45 is now telegram:-100999/45: please name it so in the configuration"
    assert caplog.messages == [told]


async def test_a_group_that_was_moved_is_published_once(desk: Desk) -> None:
    await desk.announced(TUESDAY, papers(1, 2))
    tick = Tick(desk.store, desk.clock, config(), lambda: None)
    for _ in range(3):
        await tick.make_now(await numbers(desk, channel("night", "cs.CV", GROUP)))
        await desk.store.move_chat(OLD, NEW)  # what the platform answers to every call
        desk.clock.advance(3600)
    assert await desk.got(NEW) == [["1", "2"], [], []]


@pytest.mark.parametrize("target", [GROUP, Target("telegram", "-100999", 45)])
async def test_a_group_is_found_however_often_it_was_moved(desk: Desk, target: Target) -> None:
    await numbers(desk, channel("night", "cs.CV", target))
    for old, new in ((OLD, NEW), (NEW, NEWEST), (NEWEST, OLD), (OLD, NEWEST)):
        await desk.store.move_chat(old, new)
        [found] = await bring_up_to_date(desk.store, config(channel("night", "cs.CV", target)))
        assert (found.subscription.number, found.subscription.chat) == (1, new)
