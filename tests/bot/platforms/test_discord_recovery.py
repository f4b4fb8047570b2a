"""After a crash or a lost answer: nothing twice, nothing missing, everything in its order."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import discord
import pytest

from bot.delivery.outcome import Later, Sent, Unknown
from bot.platforms.discord_recovery import REMEMBERED, bears, marked, must_look, nonce
from storage.deliveries import Delivery
from storage.models import Call
from tests.bot.platforms.discord_carrying import Rig, carrying, edited, plain, shown
from tests.fakes.clock import FakeClock
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_places import CROSSPOSTED, Kind, Place

AT_ONCE, MUCH_LATER = 0.0, 600.0  # seconds from a crash to the next attempt

DIGEST = (
    Call("message", plain("8 new papers")),
    Call("edit", edited("the digest"), about=0),
    Call("message", shown("its second part")),
)
THREAD = (
    Call("thread", {"name": "Details"}, about=0),
    Call("message", shown("card 1"), about=3),
    Call("message", shown("card 2"), about=3),
)
IN_TEXT = (*DIGEST, *THREAD)
IN_ANNOUNCEMENT = (*IN_TEXT, Call("crosspost", {}, about=0))
IN_FORUM = (
    Call("post", {"name": "Today", "message": shown("the digest"), "tags": ["cs.LG"]}),
    Call("message", shown("card 1"), about=0),
    Call("message", shown("card 2"), about=0),
)
ALONE = (*DIGEST, Call("message", shown("card 1")), Call("message", shown("card 2")))

Fault = Callable[[FakeDiscord, str], None]
FAULTS: dict[str, Fault] = {
    "nobody writes its answer down": lambda *_: None,
    "its answer is lost": lambda server, operation: server.cuts(operation, "after"),
    "its connection breaks": lambda server, operation: server.cuts(operation, "before"),
    "the server fails": lambda server, operation: server.fails(operation, 502),
    "the server fails after doing it": lambda server, operation: server.fails(
        operation, 504, done=True
    ),
}

Make = Callable[[Rig], Place]
PLACES: dict[str, tuple[Make, tuple[Call, ...]]] = {
    "text": (lambda rig: rig.server.guild().text(), IN_TEXT),
    "announcement": (lambda rig: rig.server.guild().announcement(), IN_ANNOUNCEMENT),
    "forum": (lambda rig: rig.server.guild().forum("cs.LG"), IN_FORUM),
    "thread": (lambda rig: rig.server.guild().text().starts_thread(), ALONE),
    "private": (lambda rig: rig.server.private(), ALONE),
}

OPERATIONS = {
    "message": "create_message",
    "edit": "update_message",
    "thread": "create_thread_from_message",
    "post": "create_thread",
    "crosspost": "crosspost_message",
}


@pytest.fixture
async def rig(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: FakeClock
) -> AsyncIterator[Rig]:
    async with carrying(tmp_path, monkeypatch, clock) as rig:
        yield rig
        assert rig.server.violations == []


async def repeated(rig: Rig, delivery: Delivery, about: str | None, pause: float) -> str:
    """Make a delivery until it is done, as after a crash; returns its result."""
    rig.clock.advance(pause)
    rig.restarts()
    delivery = replace(delivery, uncertain=True, attempts=2)
    outcome = await rig.post.carry(delivery, about)
    while isinstance(outcome, Later | Unknown):
        rig.clock.advance(outcome.seconds if isinstance(outcome, Later) else 1.0)
        delivery = replace(delivery, attempts=delivery.attempts + 1)
        assert delivery.attempts < 5, outcome
        outcome = await rig.post.carry(delivery, about)
    assert isinstance(outcome, Sent), outcome
    return outcome.result


async def delivered(
    rig: Rig, place: Place, calls: tuple[Call, ...], dies: int, fault: Fault, pause: float
) -> None:
    """Make the calls in their order; of one nobody learns what came of it, and it is repeated."""
    made: list[tuple[int, str]] = []
    for index, call in enumerate(calls):
        number, about = made[call.about] if call.about is not None else (None, None)
        delivery = rig.delivery(place, call.method, call.body, number)
        if index == dies:
            fault(rig.server, OPERATIONS[call.method])
            await rig.post.carry(delivery, about)
            result = await repeated(rig, delivery, about, pause)
        else:
            outcome = await rig.post.carry(delivery, about)
            assert isinstance(outcome, Sent), outcome
            result = outcome.result
        made.append((delivery.number, result))


def assert_whole(place: Place) -> None:
    """Hold a place against what its digest is to leave behind."""
    in_threads = [thread.texts for thread in place.threads]
    if place.kind in (Kind.TEXT, Kind.ANNOUNCEMENT):
        assert place.texts == ["the digest", "its second part"]
        assert in_threads == [["card 1", "card 2"]]
    elif place.kind is Kind.FORUM:
        assert in_threads == [["the digest", "card 1", "card 2"]]
    else:
        assert place.texts == ["the digest", "its second part", "card 1", "card 2"]
    if place.kind is Kind.ANNOUNCEMENT:
        assert [bool(one.flags & CROSSPOSTED) for one in place.messages] == [True, False]


@pytest.mark.parametrize("pause", [AT_ONCE, MUCH_LATER])
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", PLACES)
async def test_a_digest_is_there_once_and_whole_whichever_call_is_interrupted(
    rig: Rig, kind: str, fault: str, pause: float
) -> None:
    make, calls = PLACES[kind]
    for dies in range(len(calls)):
        place = make(rig)
        await delivered(rig, place, calls, dies, FAULTS[fault], pause)
        assert_whole(place)


# Messages


@pytest.fixture
def papers(rig: Rig) -> Place:
    return rig.server.guild().text()


async def posted(rig: Rig, place: Place, text: str = "8 new papers") -> Delivery:
    """A message that was posted, of which nobody learnt."""
    delivery = rig.delivery(place, "message", plain(text))
    assert isinstance(await rig.post.carry(delivery, None), Sent)
    return replace(delivery, uncertain=True, attempts=2)


async def test_within_minutes_after_a_failure_the_nonce_is_enough(rig: Rig, papers: Place) -> None:
    delivery = replace(await posted(rig, papers), uncertain=False)
    rig.clock.advance(REMEMBERED.total_seconds() - 1)
    assert await rig.post.carry(delivery, None) == Sent(str(papers.messages[0].id))
    assert rig.server.called("list_messages") == []


async def test_later_the_message_is_found_behind_hundreds_of_others(
    rig: Rig, papers: Place
) -> None:
    delivery = rig.delivery(papers, "message", plain("8 new papers"))
    for number in range(250):
        papers.says(f"hello {number}")
    await rig.post.carry(delivery, None)
    for number in range(250):
        papers.says(f"bye {number}")
    rig.clock.advance(MUCH_LATER)
    found = await rig.post.carry(replace(delivery, uncertain=True), None)
    assert found == Sent(str(papers.messages[0].id))
    assert len(papers.messages) == 1
    assert len(rig.server.called("list_messages")) == 3


async def test_a_message_of_the_same_words_is_another_one(rig: Rig, papers: Place) -> None:
    await posted(rig, papers)
    lost = rig.delivery(papers, "message", plain("8 new papers"))
    rig.clock.advance(MUCH_LATER)
    assert isinstance(await rig.post.carry(replace(lost, uncertain=True), None), Sent)
    assert len(papers.messages) == 2


async def test_after_a_failure_without_an_answer_the_message_is_looked_for_too(
    rig: Rig, papers: Place
) -> None:
    delivery = await posted(rig, papers)
    rig.clock.advance(MUCH_LATER)
    certain = replace(delivery, uncertain=False)
    assert await rig.post.carry(certain, None) == Sent(str(papers.messages[0].id))
    assert len(papers.messages) == 1


@pytest.mark.parametrize("trouble", [500, 503])
async def test_while_the_history_is_not_to_be_had_nothing_is_posted(
    rig: Rig, papers: Place, trouble: int
) -> None:
    delivery = await posted(rig, papers)
    rig.clock.advance(MUCH_LATER)
    rig.server.fails("list_messages", trouble)
    assert isinstance(await rig.post.carry(delivery, None), Later)
    assert isinstance(await rig.post.carry(delivery, None), Sent)
    assert len(papers.messages) == 1


async def test_a_message_that_was_edited_meanwhile_is_still_known(rig: Rig, papers: Place) -> None:
    delivery = await posted(rig, papers)
    message = str(papers.messages[0].id)
    edit = rig.delivery(papers, "edit", edited("the digest"), about=delivery.number)
    await rig.post.carry(edit, message)
    rig.clock.advance(MUCH_LATER)
    assert await rig.post.carry(delivery, None) == Sent(message)


async def test_a_client_that_never_asked_who_it_is_knows_its_messages_too(
    rig: Rig, papers: Place
) -> None:
    delivery = await posted(rig, papers)
    rig.clock.advance(MUCH_LATER)
    async with discord.Client(intents=discord.Intents.none()) as client:
        await client.http.static_login(rig.server.credential)
        rig.post.use(client)
        assert await rig.post.carry(delivery, None) == Sent(str(papers.messages[0].id))
    assert len(papers.messages) == 1


# Forum posts, which have no nonce


@pytest.fixture
def forum(rig: Rig) -> Place:
    return rig.server.guild().forum("cs.LG")


async def begun(rig: Rig, forum: Place) -> Delivery:
    """A post that was made, of which nobody learnt."""
    delivery = rig.delivery(forum, "post", IN_FORUM[0].body)
    assert isinstance(await rig.post.carry(delivery, None), Sent)
    return replace(delivery, uncertain=True, attempts=2)


async def test_a_post_that_may_be_under_way_is_waited_for(rig: Rig, forum: Place) -> None:
    delivery = await begun(rig, forum)
    found = await rig.post.carry(delivery, None)
    assert isinstance(found, Later)
    rig.clock.advance(found.seconds)
    assert await rig.post.carry(delivery, None) == Sent(str(forum.threads[0].id))


@pytest.mark.parametrize("archived", [False, True])
async def test_a_post_is_found_among_others_active_or_archived(
    rig: Rig, forum: Place, archived: bool
) -> None:
    for _ in range(3):
        await begun(rig, forum)
    delivery = await begun(rig, forum)
    post = forum.threads[-1]
    for _ in range(3):
        await begun(rig, forum)
    if archived:
        post.is_archived()
    rig.clock.advance(MUCH_LATER)
    assert await rig.post.carry(delivery, None) == Sent(str(post.id))
    assert len(forum.threads) == 7


async def test_a_post_in_another_forum_is_another_one(rig: Rig, forum: Place) -> None:
    delivery = await begun(rig, forum)
    assert forum.guild
    elsewhere = forum.guild.forum()
    rig.clock.advance(MUCH_LATER)
    moved = replace(delivery, chat=replace(delivery.chat, id=str(elsewhere.id)))
    assert isinstance(await rig.post.carry(moved, None), Sent)
    assert len(elsewhere.threads) == 1


async def test_a_post_without_its_first_message_is_passed_over(rig: Rig, forum: Place) -> None:
    other, delivery = await begun(rig, forum), await begun(rig, forum)
    assert other.number < delivery.number
    forum.threads[0].deletes(forum.threads[0].messages[0])
    rig.clock.advance(MUCH_LATER)
    assert await rig.post.carry(delivery, None) == Sent(str(forum.threads[1].id))


async def test_while_the_posts_are_not_to_be_had_none_is_made(rig: Rig, forum: Place) -> None:
    delivery = await begun(rig, forum)
    rig.clock.advance(MUCH_LATER)
    rig.server.fails("get_active_guild_threads", 502)
    assert isinstance(await rig.post.carry(delivery, None), Unknown)
    assert isinstance(await rig.post.carry(delivery, None), Sent)
    assert len(forum.threads) == 1


async def test_a_first_attempt_does_not_look_around(rig: Rig, forum: Place) -> None:
    await rig.post.carry(rig.delivery(forum, "post", IN_FORUM[0].body), None)
    assert rig.server.called("get_active_guild_threads") == []


# What is decided


@pytest.mark.parametrize(
    ("method", "minutes", "uncertain", "looks"),
    [
        ("message", 0, False, False),
        ("message", 2, False, False),
        ("message", 0, True, True),
        ("message", -60, False, True),
        ("message", 3, True, True),
        ("message", 3, False, True),
        ("post", 0, False, False),
        ("post", 0, True, True),
        ("post", 60, False, False),
        ("edit", 60, True, False),
        ("thread", 60, True, False),
        ("crosspost", 60, True, False),
    ],
)
def test_when_to_look_first(
    rig: Rig, papers: Place, method: str, minutes: int, uncertain: bool, looks: bool
) -> None:
    delivery = replace(rig.delivery(papers, method, {}), uncertain=uncertain)
    assert must_look(delivery, rig.clock.now() + timedelta(minutes=minutes)) is looks


def test_the_mark_leaves_everything_else_as_it_was() -> None:
    body = shown("text")
    assert marked(body, 7)["components"] == [{"type": 10, "content": "text", "id": 7}]
    assert "id" not in str(body), "a formatter's body is not changed"
    assert marked({"content": "text"}, 7) == {"content": "text"}


def test_answers_to_commands_are_never_taken_for_deliveries() -> None:
    message = {"author": {"id": "5"}, "components": [{"type": 1, "id": 1}]}
    assert bears(message, 5, 1)
    assert not bears(message | {"webhook_id": "5"}, 5, 1)
    assert not bears(message, 6, 1)
    assert not bears(message, 5, 2)
    assert not bears(message | {"components": []}, 5, 1)


def test_a_nonce_is_unlike_any_other() -> None:
    assert nonce(1) != nonce(11)
