"""The fake Discord does and refuses what Discord does and refuses."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_places import CROSSPOSTED, Kind, Place, Right
from tests.fakes.discord_rest import Rest
from tests.fakes.discord_routes import NONCE_SECONDS

TEXT = {"type": 10, "content": "kites"}


@pytest.fixture
async def discord(clock: FakeClock) -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord(clock) as server:
        yield server


@pytest.fixture
async def rest(discord: FakeDiscord) -> AsyncIterator[Rest]:
    async with Rest(discord) as client:
        yield client


@pytest.fixture
def papers(discord: FakeDiscord) -> Place:
    return discord.guild().text()


def button(custom_id: str, **more: Any) -> dict[str, Any]:
    return {"type": 2, "style": 2, "label": "Save", "custom_id": custom_id} | more


def row(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(buttons)}


class TestNonce:
    async def test_brings_back_the_first_message_in_any_channel(
        self, discord: FakeDiscord, rest: Rest, papers: Place
    ) -> None:
        first = await rest.posts(papers, "a", nonce="7-0", enforce_nonce=True)
        other = discord.guild().text("other")
        for place in (papers, other):
            again = await rest.posts(place, "b", nonce="7-0", enforce_nonce=True)
            assert (again["id"], again["content"]) == (first["id"], "a")
        assert (papers.texts, other.texts) == (["a"], [])

    async def test_only_where_that_is_asked_for(self, rest: Rest, papers: Place) -> None:
        for _ in range(2):
            await rest.posts(papers, nonce="7-0")
        await rest.posts(papers, nonce="7-1", enforce_nonce=True)
        assert len(papers.texts) == 3

    async def test_only_for_a_few_minutes(
        self, clock: FakeClock, rest: Rest, papers: Place
    ) -> None:
        await rest.posts(papers, nonce="7-0", enforce_nonce=True)
        clock.advance(NONCE_SECONDS + 1)
        await rest.posts(papers, nonce="7-0", enforce_nonce=True)
        assert len(papers.texts) == 2


class TestMessages:
    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({}, "edcba"),
            ({"limit": 2}, "ed"),
            ({"before": 2}, "ba"),
            ({"after": 2}, "ed"),
            ({"after": 0, "limit": 2}, "cb"),
            ({"before": 4, "limit": 2}, "dc"),
            ({"after": 4}, ""),
        ],
    )
    async def test_are_listed_from_the_newest_to_the_oldest(
        self, rest: Rest, papers: Place, query: dict[str, int], found: str
    ) -> None:
        ids = [int((await rest.posts(papers, letter))["id"]) for letter in "abcde"]
        asked = {key: value if key == "limit" else ids[value] for key, value in query.items()}
        assert await rest.lists(papers, **asked) == list(found)

    async def test_keep_what_an_edit_does_not_name(self, rest: Rest, papers: Place) -> None:
        message = await rest.posts(papers, "a", components=[row(button("x"))])
        edited = await rest.edits(papers, message, content="b")
        assert edited["content"] == "b"
        assert edited["components"] == message["components"]
        assert (papers.messages[0].edits, edited["edited_timestamp"] is None) == (1, False)

    async def test_become_components_only_without_content(self, rest: Rest, papers: Place) -> None:
        message = await rest.posts(papers, "a")
        await rest.edits(papers, message, components=[TEXT], flags=1 << 15)
        assert rest.status == 400
        await rest.edits(papers, message, content=None, components=[TEXT], flags=1 << 15)
        assert (rest.status, papers.texts) == (200, ["kites"])
        await rest.edits(papers, message, content="b")
        assert rest.status == 400

    async def test_number_their_components(self, rest: Rest, papers: Place) -> None:
        shown = [TEXT, row(button("x"), button("y", id=1)), TEXT | {"id": 7}]
        message = await rest.shows(papers, shown)
        outer = [one["id"] for one in message["components"]]
        inner = [one["id"] for one in message["components"][1]["components"]]
        assert (outer, inner) == ([2, 3, 7], [4, 1])

    async def test_carry_files(self, discord: FakeDiscord, rest: Rest, papers: Place) -> None:
        form = aiohttp.FormData({"payload_json": '{"content": "a"}'})
        form.add_field("files[0]", b"@article{}", filename="a.bib")
        message = await rest.asks("POST", f"/channels/{papers.id}/messages", data=form)
        assert message["attachments"][0]["filename"] == "a.bib"
        assert discord.calls[-1].files == {"a.bib": "@article{}"}

    async def test_of_others_cannot_be_edited(self, rest: Rest, papers: Place) -> None:
        said = papers.says("hello")
        refused = await rest.edits(papers, {"id": said.id}, content="b")
        assert (rest.status, refused["code"]) == (403, 50005)
        papers.deletes(said)
        refused = await rest.edits(papers, {"id": said.id}, content="b")
        assert (rest.status, refused["code"]) == (404, 10008)


class TestThreads:
    async def test_have_the_number_of_their_message(self, rest: Rest, papers: Place) -> None:
        message = await rest.posts(papers)
        thread = await rest.threads(papers, message)
        assert thread["id"] == message["id"]
        assert thread["type"] == Kind.THREAD
        assert (await rest.threads(papers, message))["code"] == 160004
        await rest.posts(papers.threads[0], "a card")
        assert papers.threads[0].texts == ["a card"]
        assert papers.texts == ["kites"]

    async def test_are_of_their_own_kind_in_announcement_channels(
        self, discord: FakeDiscord, rest: Rest
    ) -> None:
        daily = discord.guild().announcement()
        thread = await rest.threads(daily, await rest.posts(daily))
        assert thread["type"] == Kind.ANNOUNCEMENT_THREAD

    async def test_are_active_until_they_are_archived(
        self, discord: FakeDiscord, rest: Rest, papers: Place
    ) -> None:
        old, new = papers.starts_thread("old"), papers.starts_thread("new")
        old.is_archived()
        assert papers.guild
        active = await rest.asks("GET", f"/guilds/{papers.guild.id}/threads/active")
        assert [one["name"] for one in active["threads"]] == ["new"]
        path = f"/channels/{papers.id}/threads/archived/public"
        archived = await rest.asks("GET", path)
        assert [one["name"] for one in archived["threads"]] == ["old"]
        assert not archived["has_more"]
        await rest.posts(old)
        assert not old.archived
        new.is_archived(locked=True)
        assert (await rest.posts(new))["code"] == 50083
        assert not discord.violations

    async def test_in_forums_begin_with_a_message(self, discord: FakeDiscord, rest: Rest) -> None:
        forum = discord.guild().forum("cs.CL", "cs.CV")
        post = await rest.publishes(forum, applied_tags=[str(forum.tags["cs.CV"])])
        assert post["id"] == post["message"]["id"]
        (thread,) = forum.threads
        assert (thread.name, thread.texts) == ("Monday", ["kites"])
        assert thread.applied_tags == [forum.tags["cs.CV"]]

    @pytest.mark.parametrize(
        ("requires_tag", "tags", "code"),
        [
            (True, [], 40067),
            (False, [], None),
            (True, [0], None),
            (False, [0, 1, 2, 3, 4, 5], 50035),
            (False, [-1], 10087),
        ],
    )
    async def test_in_forums_want_the_right_tags(
        self,
        discord: FakeDiscord,
        rest: Rest,
        requires_tag: bool,
        tags: list[int],
        code: int | None,
    ) -> None:
        forum = discord.guild().forum(*"abcdef", requires_tag=requires_tag)
        numbers = [*forum.tags.values(), 12345]
        applied = [str(numbers[tag]) for tag in tags]
        assert (await rest.publishes(forum, applied_tags=applied)).get("code") == code


class TestCrossposting:
    async def test_is_done_once(self, discord: FakeDiscord, rest: Rest, papers: Place) -> None:
        daily = discord.guild().announcement()
        message = await rest.posts(daily)
        assert (await rest.crossposts(daily, message))["flags"] == CROSSPOSTED
        assert (await rest.crossposts(daily, message))["code"] == 40033
        assert (await rest.crossposts(papers, await rest.posts(papers)))["code"] == 50024

    async def test_is_done_ten_times_an_hour(
        self, clock: FakeClock, discord: FakeDiscord, rest: Rest
    ) -> None:
        daily = discord.guild().announcement()
        messages = [await rest.posts(daily) for _ in range(11)]
        for message in messages[:10]:
            await rest.crossposts(daily, message)
            clock.advance(60)
        refused = await rest.crossposts(daily, messages[10])
        assert (rest.status, refused["retry_after"]) == (429, 3000)
        clock.advance(3000)
        await rest.crossposts(daily, messages[10])
        assert rest.status == 200


Act = Callable[[Rest, Place, Any], Awaitable[Any]]


@pytest.mark.parametrize(
    ("right", "act", "code"),
    [
        (
            Right.VIEW_CHANNEL,
            lambda rest, place, _: rest.asks("GET", f"/channels/{place.id}"),
            50001,
        ),
        (Right.VIEW_CHANNEL, lambda rest, place, _: rest.posts(place), 50001),
        (Right.SEND_MESSAGES, lambda rest, place, _: rest.posts(place), 50013),
        (Right.CREATE_PUBLIC_THREADS, Rest.threads, 50013),
    ],
)
async def test_a_right_that_the_bot_lacks_is_missed(
    rest: Rest, papers: Place, right: Right, act: Act, code: int
) -> None:
    message = await rest.posts(papers)
    papers.denies(right)
    refused = await act(rest, papers, message)
    assert (rest.status, refused["code"]) == (403, code)
    papers.denies(Right(0))
    await rest.posts(papers)
    assert rest.status == 200


async def test_without_the_right_to_history_there_is_none(rest: Rest, papers: Place) -> None:
    await rest.posts(papers)
    papers.denies(Right.READ_MESSAGE_HISTORY)
    assert await rest.lists(papers) == []


async def test_a_thread_has_a_right_of_its_own(rest: Rest, papers: Place) -> None:
    thread = papers.starts_thread()
    papers.denies(Right.SEND_MESSAGES)
    assert "code" not in await rest.posts(thread)
    papers.denies(Right.SEND_MESSAGES_IN_THREADS)
    assert (await rest.posts(thread))["code"] == 50013


async def test_what_is_gone_is_unknown(discord: FakeDiscord, rest: Rest, papers: Place) -> None:
    thread, other = papers.starts_thread(), discord.guild().text()
    papers.is_deleted()
    assert (await rest.posts(papers))["code"] == 10003
    assert (await rest.posts(thread))["code"] == 10003
    assert other.guild
    other.guild.removes_bot()
    assert (await rest.posts(other))["code"] == 50001
    assert (await rest.asks("GET", f"/guilds/{other.guild.id}"))["code"] == 10004


async def test_a_conversation_is_opened_and_may_be_closed(discord: FakeDiscord, rest: Rest) -> None:
    ada = discord.person("Ada")
    opened = await rest.asks("POST", "/users/@me/channels", {"recipient_id": str(ada.id)})
    assert opened["id"] == str(discord.private(ada).id)
    await rest.posts(discord.private(ada))
    assert discord.private(ada).texts == ["kites"]
    ada.closed = True
    assert (await rest.posts(discord.private(ada)))["code"] == 50007
    assert (await rest.posts(discord.conversation(ada)))["code"] == 50001


async def test_commands_keep_their_numbers(discord: FakeDiscord, rest: Rest) -> None:
    paper, why = ({"name": name, "description": "x", "type": 1} for name in ("paper", "why"))
    first = await rest.registers(paper)
    second = await rest.registers(why, paper)
    assert [one["name"] for one in second] == ["why", "paper"]
    assert second[1]["id"] == first[0]["id"] != second[0]["id"]
    assert [one["name"] for one in discord.commands[""]] == ["why", "paper"]


async def test_a_wrong_token_is_refused(discord: FakeDiscord, papers: Place) -> None:
    async with Rest(discord, "wrong") as rest:
        assert (await rest.posts(papers))["code"] == 0
    assert discord.refused == [401]


class TestFaults:
    @pytest.mark.parametrize("status", [500, 502, 503])
    async def test_may_be_of_the_server(
        self, discord: FakeDiscord, rest: Rest, papers: Place, status: int
    ) -> None:
        discord.fails("create_message", status, times=2)
        for _ in range(2):
            assert "<html>" in await rest.posts(papers)
            assert rest.status == status
        await rest.posts(papers)
        assert (rest.status, papers.texts) == (200, ["kites"])

    async def test_may_come_though_it_was_done(
        self, discord: FakeDiscord, rest: Rest, papers: Place
    ) -> None:
        discord.fails("create_message", 500, done=True)
        await rest.posts(papers)
        assert (rest.status, papers.texts) == (500, ["kites"])

    @pytest.mark.parametrize("code", [10003, 10008, 50001, 50007, 50013, 50035, 160006, 200000])
    async def test_may_be_refusals(
        self, discord: FakeDiscord, rest: Rest, papers: Place, code: int
    ) -> None:
        other = discord.guild().text()
        discord.refuses("create_message", code, papers)
        assert "code" not in await rest.posts(other)
        assert (await rest.posts(papers))["code"] == code
        assert "code" not in await rest.posts(papers)

    async def test_may_be_floods(self, discord: FakeDiscord, rest: Rest, papers: Place) -> None:
        discord.floods("create_message", 12.5, scope="global")
        refused = await rest.posts(papers)
        assert (refused["retry_after"], refused["global"]) == (12.5, True)
        assert rest.headers["X-RateLimit-Global"] == "true"
        assert {"Via", "Retry-After"} <= set(rest.headers)
        assert discord.too_many == 1

    @pytest.mark.parametrize(("when", "stored"), [("before", []), ("after", ["kites"])])
    async def test_may_be_lost_answers(
        self, discord: FakeDiscord, rest: Rest, papers: Place, when: Any, stored: list[str]
    ) -> None:
        discord.cuts("create_message", when)
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await rest.posts(papers)
        assert papers.texts == stored
        await discord.has_failed()

    async def test_may_be_answers_that_do_not_come(
        self, discord: FakeDiscord, rest: Rest, papers: Place
    ) -> None:
        resume = discord.hangs("create_message")
        posting = asyncio.create_task(rest.posts(papers))
        await discord.gets("create_message")
        assert papers.texts == []
        resume()
        await posting
        assert papers.texts == ["kites"]

    async def test_may_be_that_nobody_is_there(
        self, discord: FakeDiscord, rest: Rest, papers: Place
    ) -> None:
        await rest.posts(papers, "a")
        await discord.goes_down()
        for _ in range(2):
            with pytest.raises(aiohttp.ClientConnectionError):
                await rest.posts(papers, "b")
        await discord.comes_back()
        await rest.posts(papers, "c")
        assert papers.texts == ["a", "c"]


async def test_numbers_grow_with_the_time(clock: FakeClock, discord: FakeDiscord) -> None:
    numbers = []
    for _ in range(3):
        numbers += [discord.new_id(), discord.new_id()]
        clock.advance(0.5)
    assert numbers == sorted(set(numbers))
