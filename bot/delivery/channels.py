"""The configured channels as subscriptions: what the file says is what the store has, at start."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.config import Channel, Config
from bot.config_values import Target
from bot.digest.parser import parse
from bot.errors import ConfigError, QueryError
from storage.models import Address, Chat, Platform, Room, Subscription
from storage.readers import MOVED
from storage.records import Standing
from storage.store import Store

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Changes:
    """What has to be written so that the store has what the configuration says."""

    put: tuple[Subscription, ...] = ()
    deleted: tuple[Subscription, ...] = ()


def address_of(target: Target) -> Address:
    """The address of a configured target."""
    return Address(Platform(target.platform), target.address, str(target.thread or ""))


def room_of(address: Address) -> Room:
    """What kind of place a target is as its address tells; Discord has to be asked for its own."""
    if address.platform is Platform.TELEGRAM:
        return Room.CHANNEL if address.id.startswith("@") else Room.GROUP
    return Room.GROUP


def wanted(config: Config) -> Iterator[Subscription]:
    """Every configured channel with every target of it, as a subscription without a number.

    Raises ConfigError that names the channel whose query is wrong.
    """
    for channel in config.channels:
        try:
            query = str(parse(channel.query))
        except QueryError as error:
            raise ConfigError(f"channel {channel.name}: {error}") from error
        for target in channel.targets:
            yield _subscription(channel, address_of(target), query)


def changes(wanted_ones: Sequence[Subscription], stored: Sequence[Standing]) -> Changes:
    """Decide what to write; a channel with another query or name goes on where it was."""
    different = {_key(one): one for one in wanted_ones}
    known = {_key(one.subscription): one.subscription for one in stored}
    gone = {_content(one): key for key, one in known.items() if key not in different}
    put = []
    for key, one in different.items():
        renamed = None if key in known else gone.pop(_content(one), None)
        before = known.pop(renamed or key, None)
        numbered = replace(one, number=before.number if before else 0)
        if numbered != before:
            put.append(numbered)
    return Changes(tuple(put), tuple(known.values()))


async def bring_up_to_date(store: Store, config: Config) -> tuple[Standing, ...]:
    """Write the configured channels into the store and return how far each has come.

    A target that was paused, since nothing could be sent there, gets another chance. One whose
    chat the platform gave another number is looked for there.
    """
    ones = await _at_their_places(store, tuple(wanted(config)))
    todo = changes(ones, await store.standings.of_channels())
    for one in todo.deleted:
        await store.delete_subscriptions(one.chat, [one.number])
    for address in dict.fromkeys(one.chat for one in ones):
        chat = await store.chat(address)
        if chat is None and address.platform is not Platform.DISCORD:
            await store.put_chat(Chat(address, room_of(address)))
        elif chat is not None and chat.paused:
            await store.put_chat(replace(chat, paused=None))
    for one in todo.put:
        await store.put_subscription(one)
    return await store.standings.of_channels()


async def _at_their_places(store: Store, ones: Sequence[Subscription]) -> tuple[Subscription, ...]:
    addresses = dict.fromkeys(one.chat for one in ones)
    places = {address: await _place(store, address) for address in addresses}
    return tuple(replace(one, chat=places[one.chat]) for one in ones)


async def _place(store: Store, address: Address) -> Address:
    """Where a configured chat is now; says so where the configuration names its old number."""
    moved = await store.note(MOVED.format(f"{address.platform}:{address.id}"))
    if moved is None:
        return address
    platform, _, number = moved.partition(":")
    place = replace(address, platform=Platform(platform), id=number)
    _log.warning("%s is now %s: please name it so in the configuration", address, place)
    return place


def _subscription(channel: Channel, address: Address, query: str) -> Subscription:
    return Subscription(
        number=0,
        chat=address,
        query=query,
        at=channel.at,
        days=channel.days,
        limit=channel.limit,
        language=channel.language,
        channel=channel.name,
        timezone=channel.timezone,
        form=channel.format,
        details=channel.details,
    )


def _key(subscription: Subscription) -> tuple[str, Address]:
    return subscription.channel, subscription.chat


def _content(subscription: Subscription) -> tuple[str, Address]:
    return subscription.query, subscription.chat
