"""Fault scripts: chats that close, move, or lose a part, while digests are on their way."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.platforms.telegram_errors import BLOCKED, NO_TOPIC
from storage.deliveries import DeliveryState
from storage.models import Address, Chat, Platform, Room, Settings, Subscription
from tests.bot.faults.world import Process, World, chat_of, rows, world
from tests.fakes.discord_places import NOTHING, Place, Right
from tests.storage.examples import paper

FAILED, SENT = DeliveryState.FAILED, DeliveryState.SENT
CHINESE = Settings(language="zh", at="21:30", limit=7)


@pytest.fixture
async def it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    async with world(tmp_path, monkeypatch) as opened:
        yield opened


async def subscribes(process: Process, chat: Address, room: Room = Room.GROUP) -> None:
    await process.store.put_chat(Chat(chat, room, "Readers", CHINESE))
    await process.store.put_subscription(Subscription(0, chat, "cs.CV"))


async def reasons(process: Process, chat: Address) -> list[tuple[DeliveryState, str]]:
    """What became of a chat's rows, and why."""
    found = (await rows(process)).values()
    return [(one.state, one.reason) for one in found if one.chat == chat]


async def paused(process: Process, chat: Address) -> str | None:
    found = await process.store.chat(chat)
    assert found
    return found.paused


async def test_a_person_who_blocks_the_bot_between_two_messages(it: World) -> None:
    ada, bob = it.telegram.private(), it.telegram.private()
    async with it.process() as process:
        await subscribes(process, chat_of(ada), Room.PRIVATE)
        await it.puts(process, chat_of(ada), "1")
        await it.drained(process)
        ada.blocks()
        for place in (ada, bob):
            await it.puts(process, chat_of(place), "2", "3")
        await it.drained(process)
        await it.puts(process, chat_of(ada), "4")
        await it.drained(process)
        assert await reasons(process, chat_of(ada)) == [(SENT, ""), *[(FAILED, BLOCKED)] * 3]
        assert await paused(process, chat_of(ada)) == BLOCKED
        (kept,) = await process.store.subscriptions(chat_of(ada))
        assert kept.active, "it goes on when the bot is let in again"
    assert bob.texts == ["2", "3"]
    assert it.closed == [(chat_of(ada), BLOCKED, None)], "told once"
    assert it.telegram.refused == [403, 403], "once for the digest, once for the next one"


async def test_what_failed_for_a_blocked_chat_can_be_sent_later(it: World) -> None:
    ada = it.telegram.private()
    ada.blocks()
    async with it.process() as process:
        numbers = await it.puts(process, chat_of(ada), "1", "2")
        await it.drained(process)
        ada.unblocks()
        assert await process.rows.retry(numbers, it.clock.now()) == 2
        process.outbox.wake()
        await it.drained(process)
    assert ada.texts == ["1", "2"]


async def test_everything_of_a_group_follows_it_to_its_new_number(it: World) -> None:
    old = it.telegram.group()
    async with it.process() as process:
        await subscribes(process, chat_of(old))
        await process.store.add_papers([paper()])
        await process.store.save_paper(chat_of(old), paper().id)
        await it.puts(process, chat_of(old), "1")
        await it.drained(process)
        new = old.migrates(silently=True)
        await it.puts(process, chat_of(old), "2", "3", "4")
        await it.drained(process)
        assert await reasons(process, chat_of(old)) == []
        assert [state for state, _ in await reasons(process, chat_of(new))] == [SENT] * 4
        moved = await process.store.chat(chat_of(new))
        assert moved == Chat(chat_of(new), Room.GROUP, "Readers", CHINESE)
        assert await process.store.chat(chat_of(old)) is None
        (subscription,) = await process.store.subscriptions(chat_of(new))
        assert (subscription.query, subscription.active) == ("cs.CV", True)
        assert await process.store.saved_papers(chat_of(new)) == (paper().id,)
    assert (old.texts, new.texts) == (["1"], ["2", "3", "4"])
    assert it.telegram.refused == [400], "it is asked for its new number once"
    assert it.closed == []


async def test_a_topic_that_is_deleted_closes_only_itself(it: World) -> None:
    general = it.telegram.group(forum=True)
    topic, other = general.topic(), general.topic()
    async with it.process() as process:
        for place in (topic, other):
            await subscribes(process, chat_of(place))
        assert general.state.topics
        general.state.topics.discard(topic.thread or 0)
        for place in (topic, other, general):
            await it.puts(process, chat_of(place), "1", "2")
        await it.drained(process)
        assert await reasons(process, chat_of(topic)) == [(FAILED, NO_TOPIC)] * 2
        assert await paused(process, chat_of(topic)) == NO_TOPIC
        assert await paused(process, chat_of(other)) is None
    assert (topic.texts, other.texts, general.texts) == ([], ["1", "2"], ["1", "2"])
    assert it.closed == [(chat_of(topic), NO_TOPIC, None)]


@dataclass(frozen=True)
class Closing:
    """What happens to a channel on Discord, the words that say so, whether it is for ever."""

    happens: Callable[[Place], None]
    words: str
    gone: bool = False


def deletes(place: Place) -> None:
    place.is_deleted()


def kicks(place: Place) -> None:
    assert place.guild
    place.guild.removes_bot()


def hides(place: Place) -> None:
    place.denies(Right.VIEW_CHANNEL)


def silences(place: Place) -> None:
    place.denies(Right.SEND_MESSAGES)


CLOSINGS = {
    "deleted": Closing(deletes, "the channel was deleted", gone=True),
    "kicked": Closing(kicks, '"View Channel"'),
    "hidden": Closing(hides, '"View Channel"'),
    "silenced": Closing(silences, '"Send Messages"'),
}


@pytest.mark.parametrize("closing", CLOSINGS.values(), ids=CLOSINGS)
async def test_a_channel_that_closes_on_discord(it: World, closing: Closing) -> None:
    place, other = it.discord.guild().text(), it.discord.guild().text()
    async with it.process() as process:
        await subscribes(process, chat_of(place))
        await it.puts(process, chat_of(place), "1")
        await it.drained(process)
        closing.happens(place)
        for one in (place, other):
            await it.puts(process, chat_of(one), "2", "3")
        await it.drained(process)
        first, *failed = await reasons(process, chat_of(place))
        assert first == (SENT, "")
        assert [state for state, _ in failed] == [FAILED, FAILED]
        assert all(closing.words in reason for _, reason in failed)
        assert closing.words in (await paused(process, chat_of(place)) or "")
        (kept,) = await process.store.subscriptions(chat_of(place))
        assert kept.active is not closing.gone
    assert other.texts == ["2", "3"]
    ((chat, reason, _),) = it.closed
    assert chat == chat_of(place)
    assert closing.words in reason
    assert len(it.discord.refused) == 1


async def test_a_person_who_takes_no_direct_messages(it: World) -> None:
    ada, bob = it.discord.private(), it.discord.private(it.discord.person("Bob"))
    ada.owner.closed = True
    async with it.process() as process:
        for place in (ada, bob):
            await it.puts(process, chat_of(place), "1", "2")
        await it.drained(process)
        assert {state for state, _ in await reasons(process, chat_of(ada))} == {FAILED}
    assert bob.texts == ["1", "2"]
    ((chat, reason, tell),) = it.closed
    assert (chat, tell) == (chat_of(ada), None)
    assert "direct messages" in reason


async def test_a_missing_permission_is_named_to_the_owner_before_anything_is_asked(
    it: World,
) -> None:
    guild = it.discord.guild()
    place = guild.text("papers")
    it.gateway = True
    async with it.process() as process:
        place.denies(Right.SEND_MESSAGES | Right.READ_MESSAGE_HISTORY)
        await it.clock.passes(1)
        await it.puts(process, chat_of(place), "1", "2")
        await it.drained(process)
        expected = (
            'in #papers the bot lacks the permissions "Send Messages", "Read Message History"'
        )
        assert await reasons(process, chat_of(place)) == [(FAILED, expected)] * 2
        place.denies(NOTHING)
        await it.clock.passes(1)
        await it.puts(process, chat_of(place), "3")
        await it.drained(process)
    owner = it.discord.private(guild.owner)
    assert it.closed == [(chat_of(place), expected, Address(Platform.DISCORD, str(owner.id)))]
    assert place.texts == ["3"]
    assert it.discord.refused == []
