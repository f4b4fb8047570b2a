"""Which permissions are named as missing, and that nothing is sent where one is."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from discord import Permissions

from bot.delivery.outcome import Closed, Sent
from bot.platforms.discord_rights import lacks, missing, takes
from tests.bot.platforms.discord_carrying import Rig, address, carrying, plain, shown
from tests.fakes.clock import FakeClock
from tests.fakes.discord_places import POSTING, Guild, Place, Right

ALL = Permissions(
    view_channel=True,
    read_message_history=True,
    send_messages=True,
    create_public_threads=True,
    send_messages_in_threads=True,
)


@pytest.mark.parametrize("method", ["message", "edit", "thread", "post", "crosspost"])
def test_nothing_is_missing_with_what_an_invitation_asks_for(method: str) -> None:
    assert missing(ALL, method) == ()


@pytest.mark.parametrize(
    ("method", "in_thread", "forum", "without", "named"),
    [
        ("message", False, False, "send_messages", "Send Messages"),
        ("message", False, False, "read_message_history", "Read Message History"),
        ("message", True, False, "send_messages_in_threads", "Send Messages in Threads"),
        ("message", True, True, "send_messages_in_threads", "Send Messages in Posts"),
        ("thread", False, False, "create_public_threads", "Create Public Threads"),
        ("post", False, True, "send_messages", "Create Posts"),
        ("crosspost", False, False, "send_messages", "Send Messages"),
        ("edit", False, False, "view_channel", "View Channel"),
    ],
)
def test_the_missing_one_is_named_as_in_discord_s_settings(
    method: str, in_thread: bool, forum: bool, without: str, named: str
) -> None:
    granted = Permissions(ALL.value)
    setattr(granted, without, False)
    assert missing(granted, method, in_thread, forum) == (named,)


@pytest.mark.parametrize(
    ("method", "in_thread", "without"),
    [
        ("message", True, "send_messages"),
        ("message", False, "create_public_threads"),
        ("edit", False, "send_messages"),
    ],
)
def test_what_a_method_does_not_need_may_be_missing(
    method: str, in_thread: bool, without: str
) -> None:
    granted = Permissions(ALL.value)
    setattr(granted, without, False)
    assert missing(granted, method, in_thread) == ()


def test_of_a_channel_that_cannot_be_seen_only_that_is_said() -> None:
    assert missing(Permissions.none(), "message") == ("View Channel",)


def test_the_sentence_names_them_all() -> None:
    assert lacks(["Send Messages"], "#papers").endswith('the permission "Send Messages"')
    assert lacks(["Send Messages", "Read Message History"]).endswith(
        'the permissions "Send Messages", "Read Message History"'
    )
    assert '"Create Posts"' in takes("post")


@pytest.fixture
async def rig(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: FakeClock
) -> AsyncIterator[Rig]:
    async with carrying(tmp_path, monkeypatch, clock) as rig:
        yield rig


async def _denied(rig: Rig, place: Place, rights: Right) -> None:
    """Take rights away, and wait until the client has heard of it."""
    heard = rig.client.wait_for("guild_channel_update")
    place.denies(rights)
    await heard


def _guild(rig: Rig) -> Guild:
    return rig.server.guild(rig.server.person("Grace"))


async def test_no_request_is_spent_on_a_channel_where_the_bot_may_not_write(rig: Rig) -> None:
    guild = _guild(rig)
    papers = guild.text("papers")
    async with rig.ready():
        await _denied(rig, papers, Right.SEND_MESSAGES)
        found = await rig.carries(papers, "message", plain("8 new papers"))
    owner = rig.server.private(guild.owner)
    said = 'in #papers the bot lacks the permission "Send Messages"'
    assert found == Closed(said, tell=address(owner))
    assert rig.server.called("create_message") == []
    assert rig.server.refused == []


async def test_it_goes_on_once_the_permission_is_there_again(rig: Rig) -> None:
    papers = _guild(rig).text()
    async with rig.ready():
        await _denied(rig, papers, Right.READ_MESSAGE_HISTORY)
        assert isinstance(await rig.carries(papers, "message", plain("one")), Closed)
        await _denied(rig, papers, Right(0))
        assert isinstance(await rig.carries(papers, "message", plain("two")), Sent)


async def test_threads_and_posts_take_rights_of_their_own(rig: Rig) -> None:
    guild = _guild(rig)
    papers, forum = guild.text(), guild.forum()
    async with rig.ready():
        sent = await rig.carries(papers, "message", plain("8 new papers"))
        assert isinstance(sent, Sent)
        await _denied(rig, papers, Right.CREATE_PUBLIC_THREADS | Right.SEND_MESSAGES_IN_THREADS)
        await _denied(rig, forum, Right.SEND_MESSAGES)
        thread = await rig.carries(papers, "thread", {"name": "Details"}, sent.result)
        card = await rig.carries(papers, "message", shown("a card"), sent.result)
        post = await rig.carries(forum, "post", {"name": "Today", "message": shown("a digest")})
    assert [
        one.reason.rpartition("permission ")[2]
        for one in (thread, card, post)
        if isinstance(one, Closed)
    ] == [
        '"Create Public Threads"',
        '"Send Messages in Threads"',
        '"Create Posts"',
    ]


async def test_a_thread_has_the_rights_of_its_channel(rig: Rig) -> None:
    papers = _guild(rig).text()
    talk = papers.starts_thread()
    async with rig.ready():
        await _denied(rig, papers, Right.SEND_MESSAGES)
        assert isinstance(await rig.carries(talk, "message", plain("one")), Sent)
        await _denied(rig, papers, Right.SEND_MESSAGES_IN_THREADS)
        found = await rig.carries(talk, "message", plain("two"))
    assert isinstance(found, Closed)
    assert '"Send Messages in Threads"' in found.reason


async def test_the_rights_of_the_bot_s_role_count(rig: Rig) -> None:
    guild = _guild(rig)
    papers = guild.text()
    async with rig.ready():
        heard = rig.client.wait_for("guild_role_update")
        guild.gives_bot(POSTING & ~Right.VIEW_CHANNEL)
        await heard
        found = await rig.carries(papers, "message", plain("8 new papers"))
    assert isinstance(found, Closed)
    assert found.reason.endswith('"View Channel"')


async def test_whom_a_server_belongs_to_is_looked_up_once(rig: Rig) -> None:
    guild = _guild(rig)
    places = [guild.text("one"), guild.text("two")]
    async with rig.ready():
        for place in places:
            await _denied(rig, place, Right.SEND_MESSAGES)
            found = await rig.carries(place, "message", plain("8 new papers"))
            assert isinstance(found, Closed)
            assert found.tell == address(rig.server.private(guild.owner))
    assert len(rig.server.called("create_dm")) == 1


async def test_an_owner_who_cannot_be_found_is_not_told(rig: Rig) -> None:
    papers = _guild(rig).text()
    async with rig.ready():
        await _denied(rig, papers, Right.SEND_MESSAGES)
        rig.server.refuses("create_dm", 10013)
        found = await rig.carries(papers, "message", plain("8 new papers"))
    assert isinstance(found, Closed)
    assert found.tell is None


async def test_without_a_gateway_discord_itself_refuses(rig: Rig) -> None:
    papers = _guild(rig).text()
    papers.denies(Right.SEND_MESSAGES)
    found = await rig.carries(papers, "message", plain("8 new papers"))
    assert isinstance(found, Closed)
    assert '"Send Messages"' in found.reason
    assert len(rig.server.called("create_message")) == 1
