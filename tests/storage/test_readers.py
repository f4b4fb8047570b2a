"""Chats, subscriptions, reading lists, notes: what is put comes back, moves, and is forgotten."""

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.digests import Turn
from storage.models import (
    ANNOUNCEMENT,
    DAYS,
    Address,
    Call,
    Chat,
    Kind,
    Platform,
    Room,
    Settings,
    Subscription,
)
from storage.readers import MOVED
from storage.records import DigestRecord, Posted, SlotOutcome
from storage.store import FILE_NAME, Store
from tests.storage.examples import paper, plain

NOW = datetime(2026, 4, 21, 9, tzinfo=UTC)
HERE = Address(Platform.TELEGRAM, "-100")
TOPIC = replace(HERE, thread="45")
THERE = Address(Platform.TELEGRAM, "-1001")
ELSEWHERE = Address(Platform.DISCORD, "-100")

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
times = st.times().map(lambda one: one.strftime("%H:%M"))
days = st.sets(st.sampled_from(DAYS)).map(lambda some: tuple(d for d in DAYS if d in some))
addresses = st.builds(Address, st.sampled_from(Platform), texts, texts)
choices = st.builds(
    Settings,
    language=st.none() | texts,
    timezone=st.none() | texts,
    at=times | st.just(ANNOUNCEMENT),
    days=days,
    limit=st.integers(0, 10_000),
    form=texts,
    details=texts,
    kinds=st.lists(st.sampled_from(Kind), unique=True).map(tuple),
    quiet=st.none() | st.tuples(times, times),
    links=st.booleans(),
)
chats = st.builds(Chat, addresses, st.sampled_from(Room), texts, choices, st.none() | texts)
subscriptions = st.builds(
    Subscription,
    number=st.just(0),
    chat=addresses,
    query=texts,
    at=st.none() | times,
    days=st.none() | days,
    limit=st.none() | st.integers(0, 10_000),
    language=st.none() | texts,
    active=st.booleans(),
)


def in_a_store(work: Callable[[Store], Awaitable[None]]) -> None:
    """Run some work on a store that vanishes, for tests that hypothesis repeats."""

    async def run() -> None:
        with TemporaryDirectory() as folder:
            store = await Store.open(Path(folder), plain)
            try:
                await work(store)
            finally:
                await store.close()

    asyncio.run(run())


async def subscribe(store: Store, query: str, chat: Address = HERE) -> Subscription:
    return await store.put_subscription(Subscription(0, chat, query))


async def bring(store: Store, one: Subscription, paper_id: str) -> int:
    """A digest with one paper and one call, and its number."""
    day = NOW.date()
    await store.standings.bring_forward([one.number], NOW, day)
    posted = (Posted(paper_id, 1, Kind.NEW, "cs.CV"),)
    record = DigestRecord(
        subscription=one.number,
        chat=one.chat,
        query=one.query,
        language="en",
        kinds=(Kind.NEW,),
        limit=20,
        slot=NOW,
        made=NOW,
        since=day,
        after=0,
        cursor=0,
        announced=1,
        matched=1,
        outcome=SlotOutcome.POSTED,
        posted=posted,
    )
    calls = [Call("sendMessage", {"text": paper_id})]
    number = await store.digests.commit(record, Turn(NOW, NOW, day, 0), calls)
    assert number is not None
    return number


async def queries(store: Store, chat: Address) -> list[str]:
    return [one.query for one in await store.subscriptions(chat)]


class TestChats:
    @settings(max_examples=20, deadline=None)
    @given(st.lists(chats, min_size=1, max_size=8, unique_by=lambda one: one.address))
    def test_every_chat_comes_back_as_it_was_put(self, several: list[Chat]) -> None:
        async def work(store: Store) -> None:
            for chat in several:
                await store.put_chat(replace(chat, settings=Settings(), paused="first"))
                await store.put_chat(chat)
            assert [await store.chat(chat.address) for chat in several] == several

        in_a_store(work)

    async def test_a_chat_goes_on_with_its_topics_and_without_what_it_missed(
        self, store: Store
    ) -> None:
        for address in (HERE, TOPIC):
            await store.put_chat(Chat(address, Room.GROUP, "Papers", paused="blocked"))
            one = await subscribe(store, "cs.CV", address)
            await store.standings.bring_forward([one.number], NOW, NOW.date())
        assert await store.resume_chat(HERE.platform, HERE.id) == 2
        for address in (HERE, TOPIC):
            assert await store.chat(address) == Chat(address, Room.GROUP, "Papers")
            (standing,) = await store.standings.of_chat(address)
            assert (standing.changed, standing.since) == (1, None)
        assert await store.resume_chat(HERE.platform, HERE.id) == 0
        assert (await store.standings.of_chat(HERE))[0].changed == 1

    @pytest.mark.parametrize("other", [Address(Platform.TELEGRAM, "1"), ELSEWHERE])
    async def test_other_chats_stay_paused_where_one_goes_on(
        self, store: Store, other: Address
    ) -> None:
        await store.put_chat(Chat(other, paused="blocked"))
        assert await store.resume_chat(HERE.platform, HERE.id) == 0
        assert await store.chat(other) == Chat(other, paused="blocked")

    async def test_an_unknown_chat_is_none(self, store: Store) -> None:
        await store.put_chat(Chat(TOPIC))
        assert await store.chat(HERE) is None

    @pytest.mark.parametrize(("changed", "times"), [(Settings(), 0), (Settings(at="18:00"), 1)])
    async def test_a_chat_that_becomes_known_changes_digests_by_its_settings_only(
        self, store: Store, changed: Settings, times: int
    ) -> None:
        await subscribe(store, "cs.CV")
        before = (await store.standings.of_chat(HERE))[0].changed
        await store.put_chat(Chat(HERE, Room.GROUP, settings=changed))
        assert (await store.standings.of_chat(HERE))[0].changed - before == times

    async def test_settings_of_another_release_are_read_as_far_as_they_are_known(
        self, store: Store, tmp_path: Path
    ) -> None:
        await store.put_chat(Chat(HERE))
        known = asdict(Settings(at="07:30", quiet=("22:00", "07:00")))
        del known["limit"]
        known |= {"kinds": ["new", "withdrawn"], "font": "serif"}
        with sqlite3.connect(tmp_path / FILE_NAME) as database:
            database.execute("UPDATE chats SET settings = ?", (json.dumps(known),))
        database.close()
        chat = await store.chat(HERE)
        assert chat
        assert chat.settings == Settings(at="07:30", quiet=("22:00", "07:00"), kinds=(Kind.NEW,))


class TestSubscriptions:
    @settings(max_examples=20, deadline=None)
    @given(st.lists(subscriptions, min_size=1, max_size=8, unique_by=lambda one: one.query))
    def test_every_subscription_comes_back_with_a_number(self, several: list[Subscription]) -> None:
        async def work(store: Store) -> None:
            kept = [await store.put_subscription(one) for one in several]
            assert [replace(one, number=0) for one in kept] == several
            assert len({one.number for one in kept}) == len(kept)
            for one in kept:
                found = await store.subscriptions(one.chat)
                assert one in found
                assert list(found) == sorted(found, key=lambda each: each.number)

        in_a_store(work)

    async def test_the_same_query_again_takes_the_place_of_the_first(self, store: Store) -> None:
        first = await subscribe(store, "cs.CV")
        changed = replace(first, number=0, at="07:00", days=("mon",), limit=5, active=False)
        again = await store.put_subscription(changed)
        assert again == replace(changed, number=first.number)
        assert await store.subscriptions(HERE) == (again,)

    async def test_one_with_a_number_is_changed(self, store: Store) -> None:
        first, second = await subscribe(store, "cs.CV"), await subscribe(store, "cs.LG")
        paused = await store.put_subscription(replace(first, active=False))
        assert await store.subscriptions(HERE) == (paused, second)

    async def test_one_that_is_gone_does_not_come_back(self, store: Store) -> None:
        one = await subscribe(store, "cs.CV")
        await store.delete_subscriptions(HERE, [one.number])
        await store.put_subscription(replace(one, active=False))
        assert await store.subscriptions(HERE) == ()

    async def test_each_chat_and_each_topic_has_its_own(self, store: Store) -> None:
        for chat in (HERE, TOPIC, THERE, ELSEWHERE):
            await subscribe(store, f"au:{chat.id}{chat.thread}{chat.platform}", chat)
        assert [len(await queries(store, chat)) for chat in (HERE, TOPIC, THERE)] == [1, 1, 1]

    async def test_another_chats_numbers_delete_nothing(self, store: Store) -> None:
        one, other = await subscribe(store, "cs.CV"), await subscribe(store, "cs.LG")
        foreign = await subscribe(store, "cs.CV", TOPIC)
        await store.delete_subscriptions(HERE, [one.number, foreign.number, 10**6])
        assert await store.subscriptions(HERE) == (other,)
        assert await store.subscriptions(TOPIC) == (foreign,)


class TestReadingList:
    async def test_the_last_one_saved_comes_first_and_each_is_there_once(
        self, store: Store
    ) -> None:
        await store.add_papers([paper(1), paper(2)])
        first, second = paper(1).id, paper(2).id
        assert await store.save_paper(HERE, first)
        assert await store.save_paper(HERE, second)
        assert not await store.save_paper(HERE, first)
        assert await store.saved_papers(HERE) == (second, first)
        assert await store.unsave_paper(HERE, second)
        assert not await store.unsave_paper(HERE, second)
        assert await store.saved_papers(HERE) == (first,)
        assert await store.saved_papers(TOPIC) == ()


class TestNotes:
    @settings(max_examples=20, deadline=None)
    @given(st.dictionaries(texts, texts, max_size=8))
    def test_every_note_comes_back(self, notes: dict[str, str]) -> None:
        async def work(store: Store) -> None:
            for name, text in notes.items():
                await store.put_note(name, "before")
                await store.put_note(name, text)
            assert {name: await store.note(name) for name in notes} == notes

        in_a_store(work)

    async def test_an_unknown_note_is_none(self, store: Store) -> None:
        assert await store.note("kept 0") is None


class TestMoving:
    async def fill(self, store: Store, *chats: Address) -> None:
        await store.add_papers([paper(1)])
        for chat in chats:
            await store.put_chat(Chat(chat, Room.GROUP, f"title of {chat}"))
            await subscribe(store, "cs.CV", chat)
            await subscribe(store, f"au:{chat.id}{chat.thread}", chat)
            await store.save_paper(chat, paper(1).id)
            await store.remember_listing(str(chat), [str(chat)])

    async def test_everything_moves_with_its_topics(self, store: Store) -> None:
        await self.fill(store, HERE, TOPIC, ELSEWHERE)
        await store.move_chat(HERE, THERE)
        for old, new in ((HERE, THERE), (TOPIC, replace(TOPIC, id=THERE.id))):
            assert await store.chat(old) is None
            assert await queries(store, old) == []
            assert await store.saved_papers(old) == ()
            assert await store.listing(str(old)) == ()
            chat = await store.chat(new)
            assert chat
            assert chat.title == f"title of {old}"
            assert await queries(store, new) == ["cs.CV", f"au:{old.id}{old.thread}"]
            assert await store.saved_papers(new) == (paper(1).id,)
            assert await store.listing(str(new)) == (str(old),)
        assert len(await queries(store, ELSEWHERE)) == 2

    async def test_what_is_there_already_gives_way_or_stays_beside(self, store: Store) -> None:
        await self.fill(store, HERE, THERE)
        numbers = {one.query: one.number for one in await store.subscriptions(HERE)}
        await store.move_chat(HERE, THERE)
        chat = await store.chat(THERE)
        assert chat
        assert chat.title == f"title of {HERE}"
        moved = {one.query: one.number for one in await store.subscriptions(THERE)}
        assert moved.items() >= numbers.items()
        assert set(moved) == {"cs.CV", "au:-100", "au:-1001"}
        assert await store.saved_papers(THERE) == (paper(1).id,)
        assert await store.listing(str(THERE)) == (str(HERE),)

    async def test_a_chat_whose_id_begins_alike_stays(self, store: Store) -> None:
        await self.fill(store, HERE, THERE)
        await store.move_chat(HERE, Address(Platform.TELEGRAM, "5"))
        assert await queries(store, THERE) == ["cs.CV", "au:-1001"]
        assert await store.listing(str(THERE)) == (str(THERE),)

    @pytest.mark.parametrize("old", [HERE, Address(Platform.TELEGRAM, "unknown")])
    async def test_moving_to_where_it_is_or_from_nowhere_changes_nothing(
        self, store: Store, old: Address
    ) -> None:
        await self.fill(store, HERE)
        await store.move_chat(old, HERE)
        assert len(await queries(store, HERE)) == 2
        assert await store.saved_papers(HERE) == (paper(1).id,)
        assert await store.listing(str(HERE)) == (str(HERE),)

    async def test_notes_tell_where_a_chat_is_now_and_none_leads_back(self, store: Store) -> None:
        await store.put_note("a line", str(HERE))
        for old, new in ((HERE, THERE), (THERE, ELSEWHERE), (ELSEWHERE, THERE)):
            await store.move_chat(old, new)
        assert await store.note(MOVED.format(HERE)) == str(THERE)
        assert await store.note(MOVED.format(ELSEWHERE)) == str(THERE)
        assert await store.note(MOVED.format(THERE)) is None
        assert await store.note("a line") == str(HERE)

    async def test_forgetting_leaves_nothing_of_that_chat_and_all_of_the_others(
        self, store: Store
    ) -> None:
        await self.fill(store, HERE, TOPIC)
        await store.forget_chat(HERE)
        assert await store.chat(HERE) is None
        assert await queries(store, HERE) == []
        assert await store.saved_papers(HERE) == ()
        assert await store.listing(str(HERE)) == ()
        assert await store.chat(TOPIC)
        assert len(await queries(store, TOPIC)) == 2
        assert await store.listing(str(TOPIC)) == (str(TOPIC),)

    @pytest.mark.parametrize("paused", [None, "blocked"])
    async def test_forgetting_keeps_configured_channels_and_what_they_brought(
        self, store: Store, paused: str | None
    ) -> None:
        await self.fill(store, HERE)
        night = await store.put_subscription(Subscription(0, HERE, "cs.LG", channel="night"))
        own, *_ = await store.subscriptions(HERE)
        await store.add_papers([paper(2)])
        await store.put_chat(Chat(HERE, settings=Settings(limit=5)))
        brought = [await bring(store, one, paper(n).id) for n, one in enumerate((own, night), 1)]
        await store.outbox.enqueue([Call("sendMessage", {})], HERE, None, NOW)
        await store.put_chat(Chat(HERE, settings=Settings(limit=5), paused=paused))
        await store.forget_chat(HERE)
        assert await store.subscriptions(HERE) == (night,)
        assert [one.number for one in await store.digests.of_chat(HERE, 9)] == brought[1:]
        assert await store.digests.seen(HERE, [paper(1).id, paper(2).id]) == {paper(2).id: 1}
        assert [one.digest for one in await store.outbox.unsent(HERE)] == brought[1:]
        (standing,) = await store.standings.of_chat(HERE)
        assert (standing.chat, standing.changed) == (Chat(HERE), 1)
        assert (standing.since is None) == (paused is not None)
