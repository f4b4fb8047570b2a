"""What goes out to Discord's channels, and what is told of it, whatever the server answers."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest

from bot.delivery.outcome import Closed, Later, Outcome, Refused, Sent, Unknown
from bot.platforms.discord_forum import applied_tags
from bot.platforms.discord_post import NOT_CONNECTED, NOTHING_BEFORE, OVERALL
from storage.models import Address, Chat, Json, Platform, Room, Settings
from tests.bot.platforms.discord_carrying import ROW, Rig, address, carrying, edited, plain, shown
from tests.fakes.clock import FakeClock
from tests.fakes.discord_limits import Limits
from tests.fakes.discord_places import Place

Scope = Literal["user", "shared", "global"]
When = Literal["before", "after"]

LINE = plain("8 new papers in cs.LG")
POST: Json = {"name": "cs.LG, 21 April", "message": shown("a digest"), "tags": ["cs.LG"]}
SHORT = 0.05  # seconds of patience where a server is to keep silent
AT_ONCE = 2.0  # seconds, where a bucket would have to fill for 5


@pytest.fixture
async def rig(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: FakeClock
) -> AsyncIterator[Rig]:
    async with carrying(tmp_path, monkeypatch, clock) as rig:
        yield rig
        assert rig.server.violations == []


@pytest.fixture
def papers(rig: Rig) -> Place:
    return rig.server.guild().text("papers")


async def sent(rig: Rig, place: Place) -> str:
    """A line in a channel, and its id."""
    outcome = await rig.carries(place, "message", LINE)
    assert isinstance(outcome, Sent)
    return outcome.result


# What goes out


async def test_a_message_goes_out_as_it_was_written_with_a_nonce_and_a_mark(
    rig: Rig, papers: Place
) -> None:
    message = await sent(rig, papers)
    [body] = rig.server.called("create_message")
    nonce = {"nonce": f"paperboy-{rig.numbers}", "enforce_nonce": True}
    assert body == LINE | {"components": [ROW | {"id": rig.numbers}]} | nonce
    assert [str(one.id) for one in papers.messages] == [message]


async def test_the_longest_nonce_is_one_that_discord_takes(rig: Rig, papers: Place) -> None:
    rig.numbers = 2**31 - 2
    await sent(rig, papers)
    assert len(rig.server.called("create_message")[0]["nonce"]) <= 25


async def test_an_edited_message_keeps_its_mark(rig: Rig, papers: Place) -> None:
    message, number = await sent(rig, papers), rig.numbers
    delivery = rig.delivery(papers, "edit", edited("a digest"), about=number)
    assert await rig.post.carry(delivery, message) == Sent(message)
    assert papers.texts == ["a digest"]
    assert papers.messages[0].components[0]["id"] == number


async def test_cards_go_to_the_thread_of_their_message(rig: Rig, papers: Place) -> None:
    message = await sent(rig, papers)
    thread = await rig.carries(papers, "thread", {"name": "Details"}, message)
    assert thread == Sent(message), "a message's thread has its id"
    for card in ("one", "two"):
        assert isinstance(await rig.carries(papers, "message", shown(card), message), Sent)
    assert papers.threads[0].texts == ["one", "two"]


async def test_a_thread_may_be_made_of_a_message_that_is_named(rig: Rig, papers: Place) -> None:
    message = await sent(rig, papers)
    made = await rig.carries(papers, "thread", {"name": "Details", "message_id": message})
    assert made == Sent(message)
    assert rig.server.called("create_thread_from_message") == [{"name": "Details"}]
    assert await rig.carries(papers, "thread", {"name": "Again", "message_id": message}) == made


async def test_a_post_bears_the_forum_s_own_tags(rig: Rig) -> None:
    forum = rig.server.guild().forum("Questions", "cs.LG", "CS.CV")
    post = POST | {"tags": ["stat.ML", "cs.CV", "cs.LG"]}
    made = await rig.carries(forum, "post", post)
    [thread] = forum.threads
    assert made == Sent(str(thread.id))
    assert thread.applied_tags == [forum.tags["CS.CV"], forum.tags["cs.LG"]]
    assert thread.messages[0].components[0]["id"] == rig.numbers


def test_of_many_tags_five_are_given_and_no_moderators_ones() -> None:
    names = [f"cs.{letter}" for letter in "ABCDEFG"]
    tags = [{"id": name, "name": name, "moderated": name == "cs.B"} for name in names]
    given = applied_tags({"available_tags": tags}, {"tags": [*names, "cs.A"]})
    assert given == ("cs.A", "cs.C", "cs.D", "cs.E", "cs.F")
    assert applied_tags({}, {"tags": names}) == ()
    assert applied_tags({"available_tags": tags}, {}) == ()


async def test_a_forum_that_wants_a_tag_and_has_none_of_ours_gets_no_request(rig: Rig) -> None:
    forum = rig.server.guild().forum("Questions", requires_tag=True)
    found = await rig.carries(forum, "post", POST)
    assert isinstance(found, Closed)
    assert "tag" in found.reason
    assert rig.server.called("create_thread") == []


async def test_a_crosspost_publishes_a_message_once(rig: Rig) -> None:
    daily = rig.server.guild().announcement()
    message = await sent(rig, daily)
    assert await rig.carries(daily, "crosspost", {}, message) == Sent(message)
    assert await rig.carries(daily, "crosspost", {}, message) == Sent(message), "40033"


async def test_what_belongs_to_something_that_was_never_posted_is_refused(
    rig: Rig, papers: Place
) -> None:
    delivery = rig.delivery(papers, "message", shown("a card"), about=1)
    assert await rig.post.carry(delivery, "") == NOTHING_BEFORE
    assert rig.server.called("create_message") == []


async def test_a_call_that_discord_does_not_have_is_refused(rig: Rig, papers: Place) -> None:
    assert isinstance(await rig.carries(papers, "sendMessage", {}), Refused)


# What the server answers


REFUSALS: list[tuple[int, type[Outcome]]] = [
    (10003, Closed),
    (10008, Refused),
    (50001, Closed),
    (50007, Closed),
    (50013, Closed),
    (50278, Closed),
    (50035, Refused),
    (40067, Closed),
    (160006, Later),
    (200000, Refused),
    (0, Later),
]


@pytest.mark.parametrize(("code", "kind"), REFUSALS)
async def test_a_refusal_is_not_tried_again(
    rig: Rig, papers: Place, code: int, kind: type[Outcome]
) -> None:
    rig.server.refuses("create_message", code)
    assert isinstance(await rig.carries(papers, "message", LINE), kind)
    assert len(rig.server.called("create_message")) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504, 524])
async def test_the_library_repeats_nothing_that_the_server_failed_at(
    rig: Rig, papers: Place, status: int
) -> None:
    rig.server.fails("create_message", status)
    found = await rig.carries(papers, "message", LINE)
    assert isinstance(found, Later)
    assert found.platform_down
    assert len(rig.server.called("create_message")) == 1


@pytest.mark.parametrize("status", [500, 502, 504])
async def test_whether_a_failed_post_was_made_is_left_open(rig: Rig, status: int) -> None:
    forum = rig.server.guild().forum()
    rig.server.fails("create_thread", status)
    assert isinstance(await rig.carries(forum, "post", POST), Unknown)
    assert len(rig.server.called("create_thread")) == 1


@pytest.mark.parametrize(
    ("scope", "chat_held", "platform_down"),
    [("user", True, False), ("shared", True, False), ("global", False, True)],
)
async def test_nobody_sleeps_through_a_limit_of_rate(
    rig: Rig, papers: Place, scope: Scope, chat_held: bool, platform_down: bool
) -> None:
    rig.server.floods("create_message", 43_837.5, scope=scope)
    found = await rig.carries(papers, "message", LINE)
    assert isinstance(found, Later)
    assert found.seconds == 43_837.5
    assert (found.chat_held, found.platform_down) == (chat_held, platform_down)
    assert len(rig.server.called("create_message")) == 1
    assert isinstance(await rig.carries(papers, "message", LINE), Sent), "others go on"


@pytest.mark.parametrize("status", [401, 403, 429])
async def test_a_page_from_in_front_of_discord_rests_the_platform(
    rig: Rig, papers: Place, status: int
) -> None:
    rig.server.fails("create_message", status)
    found = await rig.carries(papers, "message", LINE)
    assert isinstance(found, Later)
    assert found.platform_down


async def test_the_eleventh_crosspost_in_an_hour_waits_and_the_channel_does_not(rig: Rig) -> None:
    daily = rig.server.guild().announcement()
    messages = [await sent(rig, daily) for _ in range(11)]
    found = [await rig.carries(daily, "crosspost", {}, message) for message in messages]
    assert all(isinstance(one, Sent) for one in found[:10])
    assert isinstance(found[10], Later)
    assert 3000 < found[10].seconds <= 3600
    assert not found[10].chat_held


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_broken_connection_leaves_open_whether_it_was_sent(
    rig: Rig, papers: Place, when: When
) -> None:
    rig.server.cuts("create_message", when)
    assert isinstance(await rig.carries(papers, "message", LINE), Unknown)


async def test_what_found_no_server_was_not_sent(rig: Rig, papers: Place) -> None:
    await rig.server.goes_down()
    await rig.carries(papers, "message", LINE)  # perhaps into the connection that just broke
    found = await rig.carries(papers, "message", LINE)
    assert isinstance(found, Later)
    assert found.platform_down
    await rig.server.comes_back()
    assert isinstance(await rig.carries(papers, "message", LINE), Sent)


async def test_silence_leaves_open_whether_it_was_sent(rig: Rig, papers: Place) -> None:
    rig.restarts(SHORT)
    resume = rig.server.hangs("create_message")
    assert isinstance(await rig.carries(papers, "message", LINE), Unknown)
    resume()


async def test_a_silent_crosspost_is_left_for_later(rig: Rig) -> None:
    daily = rig.server.guild().announcement()
    message = await sent(rig, daily)
    rig.restarts(SHORT)
    resume = rig.server.hangs("crosspost_message")
    found = await rig.carries(daily, "crosspost", {}, message)
    assert isinstance(found, Later)
    assert found.seconds > 0
    resume()


async def test_without_a_connection_everything_waits(rig: Rig, papers: Place) -> None:
    rig.post.use(None)
    assert await rig.carries(papers, "message", LINE) == NOT_CONNECTED
    rig.post.use(rig.client)
    assert isinstance(await rig.carries(papers, "message", LINE), Sent)
    await rig.client.close()
    assert await rig.carries(papers, "message", LINE) == NOT_CONNECTED


async def test_a_deleted_channel_is_gone_and_a_deleted_thread_is_not_its_channel(
    rig: Rig, papers: Place
) -> None:
    message = await sent(rig, papers)
    await rig.carries(papers, "thread", {"name": "Details"}, message)
    papers.threads[0].is_deleted()
    assert isinstance(await rig.carries(papers, "message", shown("a card"), message), Refused)
    papers.is_deleted()
    found = await rig.carries(papers, "message", LINE)
    assert isinstance(found, Closed)
    assert found.gone


async def test_a_message_that_somebody_deleted_is_done_with(rig: Rig, papers: Place) -> None:
    message = await sent(rig, papers)
    papers.deletes(papers.messages[0])
    calls: list[tuple[str, Json]] = [("edit", edited("a digest")), ("thread", {"name": "Details"})]
    for method, body in calls:
        assert isinstance(await rig.carries(papers, method, body, message), Refused)


async def test_whoever_takes_no_direct_messages_is_closed(rig: Rig) -> None:
    person = rig.server.person()
    person.closed = True
    found = await rig.carries(rig.server.private(person), "message", LINE)
    assert isinstance(found, Closed)
    assert found.tell is None


# At what pace


async def test_an_answer_is_known_before_its_bucket_is_full_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: FakeClock
) -> None:
    limits = Limits(clock.monotonic)
    async with carrying(tmp_path, monkeypatch, clock, limits) as rig:
        papers = rig.server.guild().text()
        async with asyncio.timeout(AT_ONCE):
            for _ in range(5):
                await sent(rig, papers)


async def test_a_channel_gets_five_messages_in_five_seconds(rig: Rig, papers: Place) -> None:
    start = rig.clock.monotonic()
    for _ in range(11):
        await sent(rig, papers)
    moments = [call.at - start for call in rig.server.calls if call.operation == "create_message"]
    for first, sixth in zip(moments, moments[5:], strict=False):
        assert sixth - first >= 5.0
    assert moments[-1] < 11.0


async def test_all_channels_together_get_no_more_than_fifty_in_a_second(rig: Rig) -> None:
    guild = rig.server.guild()
    places = [guild.text() for _ in range(120)]
    await asyncio.gather(*(sent(rig, place) for place in places))
    assert_no_more_than_fifty_in_a_second(rig)


async def test_looking_around_counts_as_well(rig: Rig) -> None:
    guild = rig.server.guild()
    forums = [guild.forum() for _ in range(40)]
    await asyncio.gather(*(rig.carries(forum, "post", POST) for forum in forums))
    assert len(rig.server.called("get_channel")) == 40
    assert_no_more_than_fifty_in_a_second(rig)


def assert_no_more_than_fifty_in_a_second(rig: Rig) -> None:
    moments = sorted(call.at for call in rig.server.calls)
    assert moments[-1] > 1.0
    for first, next_ in zip(moments, moments[OVERALL.count :], strict=False):
        assert next_ - first >= 1.0 - 1e-6


async def test_answers_overtake_digests(rig: Rig) -> None:
    guild = rig.server.guild()
    readers, asker = [guild.text() for _ in range(20)], guild.text()
    broadcast = [asyncio.create_task(sent(rig, place)) for place in readers]
    await asyncio.sleep(0)
    notice = rig.delivery(asker, "message", LINE, digest=None)
    assert isinstance(await rig.post.carry(notice, None), Sent)
    assert sum(task.done() for task in broadcast) < len(broadcast)
    await asyncio.gather(*broadcast)


async def test_whoever_gives_up_waiting_leaves_nothing_behind(rig: Rig, papers: Place) -> None:
    resume = rig.server.hangs("create_message")
    carried = asyncio.create_task(sent(rig, papers))
    await rig.server.gets("create_message")
    carried.cancel()
    await asyncio.wait((carried,))
    assert carried.cancelled()
    resume()
    await sent(rig, papers)


# What a place is


async def test_every_kind_of_place_is_told_with_its_title(rig: Rig) -> None:
    guild = rig.server.guild()
    papers = guild.text("papers")
    talk = papers.starts_thread("talk")
    person = rig.server.private(rig.server.person("Ada"))
    expected = [
        (papers, Room.GROUP, "papers"),
        (guild.announcement("daily"), Room.CHANNEL, "daily"),
        (guild.forum(name="digests"), Room.FORUM, "digests"),
        (talk, Room.THREAD, "talk"),
        (person, Room.PRIVATE, "Ada"),
    ]
    for place, room, title in expected:
        assert await rig.post.room(address(place)) == Chat(address(place), room, title)


async def test_a_thread_in_a_channel_s_address_is_the_place(rig: Rig, papers: Place) -> None:
    talk = papers.starts_thread("talk")
    inside = Address(Platform.DISCORD, str(papers.id), str(talk.id))
    assert await rig.post.room(inside) == Chat(inside, Room.THREAD, "talk")


async def test_what_a_chat_has_chosen_is_kept(rig: Rig, papers: Place) -> None:
    chosen = Chat(address(papers), settings=Settings(language="zh"), paused="the bot was removed")
    await rig.store.put_chat(chosen)
    found = await rig.post.room(address(papers))
    assert found == Chat(address(papers), Room.GROUP, "papers", chosen.settings, chosen.paused)


@pytest.mark.parametrize("code", [10003, 50001])
async def test_a_place_that_is_gone_or_hidden_counts_as_a_group(
    rig: Rig, papers: Place, code: int
) -> None:
    rig.server.refuses("get_channel", code)
    assert await rig.post.room(address(papers)) == Chat(address(papers), Room.GROUP)


async def test_a_place_that_cannot_be_asked_about_is_none_until_it_can(rig: Rig) -> None:
    forum = rig.server.guild().forum(name="digests")
    rig.server.fails("get_channel", 503)
    assert await rig.post.room(address(forum)) is None
    rig.server.cuts("get_channel", "before", times=2)  # aiohttp asks twice
    assert await rig.post.room(address(forum)) is None
    assert await rig.post.room(address(forum)) == Chat(address(forum), Room.FORUM, "digests")


async def test_without_a_connection_no_place_is_known(rig: Rig, papers: Place) -> None:
    rig.post.use(None)
    assert await rig.post.room(address(papers)) is None


async def test_a_direct_conversation_is_opened_once_also_with_who_never_wrote(rig: Rig) -> None:
    bob = rig.server.person("Bob")
    assert [await rig.post.direct(bob.id) for _ in range(2)] == [
        address(rig.server.private(bob))
    ] * 2
    rig.restarts()
    assert await rig.post.direct(bob.id) == address(rig.server.private(bob))
    assert len(rig.server.called("create_dm")) == 1


async def test_where_nobody_can_be_asked_nobody_knows_a_direct_conversation(rig: Rig) -> None:
    rig.post.use(None)
    assert await rig.post.direct(rig.server.person("Bob").id) is None
