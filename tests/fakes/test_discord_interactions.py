"""Interactions with the fake Discord come and are answered as with Discord itself."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_interactions import (
    CHOICES,
    DEFERRED,
    DEFERRED_UPDATE,
    FIRST_ANSWER,
    MESSAGE,
    MODAL,
    TOKEN_LIFE,
    UPDATE,
    Asked,
)
from tests.fakes.discord_places import Place, Right
from tests.fakes.discord_posted import EPHEMERAL
from tests.fakes.discord_rest import Rest

NUMBER = {"type": 3, "name": "number", "description": "x", "required": True}
PAPER = {"name": "paper", "description": "x", "type": 1, "options": [NUMBER]}
EXPLAIN = {"name": "Explain paper", "type": 3}
SETTINGS = {
    "name": "settings",
    "description": "x",
    "type": 1,
    "default_member_permissions": int(Right.MANAGE_GUILD),
    "contexts": [0],
    "options": [
        {
            "type": 1,
            "name": "language",
            "description": "x",
            "options": [{"type": 3, "name": "to", "description": "x"}],
        }
    ],
}
BUTTONS = [
    {
        "type": 1,
        "components": [{"type": 2, "style": 2, "label": "Save", "custom_id": "save"}],
    },
    {
        "type": 1,
        "components": [
            {"type": 3, "custom_id": "open", "options": [{"label": "Kites", "value": "paper 1"}]}
        ],
    },
]


@pytest.fixture
async def discord(clock: FakeClock) -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord(clock) as server:
        yield server


@pytest.fixture
async def rest(discord: FakeDiscord) -> AsyncIterator[Rest]:
    async with Rest(discord) as client:
        yield client


@pytest.fixture
async def papers(discord: FakeDiscord, rest: Rest) -> Place:
    """A channel where there are commands."""
    await rest.registers(PAPER, EXPLAIN, SETTINGS)
    assert not discord.violations
    return discord.guild().text()


@pytest.fixture
def sent(discord: FakeDiscord, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was sent to the bot."""
    events: list[Any] = []
    monkeypatch.setattr(discord, "dispatch", lambda _event, content, _guild: events.append(content))
    return events


@pytest.fixture
def asked(papers: Place) -> Asked:
    return papers.runs("paper", number="1")


class TestAnswering:
    async def test_can_be_seen_by_all(self, rest: Rest, papers: Place, asked: Asked) -> None:
        answer = await rest.answers(asked, MESSAGE, content="kites")
        assert answer["resource"]["message"]["content"] == "kites"
        assert papers.texts == ["kites"]
        assert (await asked.hears("kites")).id == int(answer["interaction"]["response_message_id"])

    async def test_can_be_seen_by_the_asker_alone(
        self, rest: Rest, papers: Place, asked: Asked
    ) -> None:
        await rest.answers(asked, MESSAGE, content="kites", flags=EPHEMERAL)
        assert (asked.texts, papers.texts) == (["kites"], [])
        assert (await asked.hears()).ephemeral

    async def test_is_done_once(self, rest: Rest, asked: Asked) -> None:
        await rest.answers(asked, MESSAGE, content="a")
        assert (await rest.answers(asked, MESSAGE, content="b"))["code"] == 40060
        assert asked.texts == ["a"]

    async def test_is_done_in_time(self, clock: FakeClock, rest: Rest, asked: Asked) -> None:
        clock.advance(FIRST_ANSWER + 0.1)
        assert (await rest.answers(asked, MESSAGE, content="a"))["code"] == 10062

    async def test_can_be_put_off(self, rest: Rest, asked: Asked) -> None:
        await rest.answers(asked, DEFERRED, flags=EPHEMERAL)
        assert await asked.is_acknowledged() == DEFERRED
        assert asked.waiting
        await rest.continues(asked, "PATCH", "/messages/@original", content="kites")
        message = await asked.hears("kites")
        assert message.ephemeral
        assert not asked.waiting

    async def test_that_was_put_off_is_what_follows_first(self, rest: Rest, asked: Asked) -> None:
        await rest.answers(asked, DEFERRED)
        for content in ("a", "b"):
            await rest.continues(asked, "POST", content=content)
        assert asked.texts == ["a", "b"]

    async def test_goes_on_for_a_quarter_of_an_hour(
        self, clock: FakeClock, rest: Rest, asked: Asked
    ) -> None:
        assert (await rest.continues(asked, "POST", content="a"))["code"] == 10015
        await rest.answers(asked, MESSAGE, content="a")
        clock.advance(TOKEN_LIFE)
        await rest.continues(asked, "POST", content="b")
        clock.advance(1)
        assert (await rest.continues(asked, "POST", content="c"))["code"] == 50027
        assert asked.texts == ["a", "b"]

    async def test_can_be_taken_back(self, rest: Rest, papers: Place, asked: Asked) -> None:
        await rest.answers(asked, MESSAGE, content="a")
        await rest.continues(asked, "DELETE", "/messages/@original")
        assert asked.texts == papers.texts == []
        answer = await rest.continues(asked, "GET", "/messages/@original")
        assert answer["code"] == 10008

    async def test_needs_no_right_to_write(self, rest: Rest, papers: Place, asked: Asked) -> None:
        papers.denies(Right.SEND_MESSAGES)
        await rest.answers(asked, MESSAGE, content="kites")
        assert asked.texts == ["kites"]


class TestComponents:
    async def test_change_their_message_or_leave_it(self, rest: Rest, papers: Place) -> None:
        await rest.posts(papers, "a", components=BUTTONS)
        pressed = papers.presses("Save")
        await rest.answers(pressed, UPDATE, content="b", components=[])
        assert (papers.texts, papers.messages[0].labels) == (["b"], [])
        assert (await pressed.hears("b")) is papers.messages[0]

    async def test_can_be_noted_before_the_message_changes(self, rest: Rest, papers: Place) -> None:
        await rest.posts(papers, "a", components=BUTTONS)
        pressed = papers.presses("Save")
        await rest.answers(pressed, DEFERRED_UPDATE)
        assert papers.texts == ["a"]
        await rest.continues(pressed, "PATCH", "/messages/@original", content="b")
        assert papers.texts == ["b"]

    async def test_tell_what_was_chosen(self, rest: Rest, papers: Place, sent: list[Any]) -> None:
        await rest.posts(papers, "a", components=BUTTONS)
        for choice in ("Kites", "paper 1"):
            papers.chooses(choice)
            assert sent[-1]["data"]["values"] == ["paper 1"]
            assert sent[-1]["data"]["custom_id"] == "open"
            assert sent[-1]["message"]["id"] == str(papers.messages[0].id)

    async def test_that_are_not_there_cannot_be_pressed(self, rest: Rest, papers: Place) -> None:
        await rest.posts(papers, "a", components=BUTTONS)
        with pytest.raises(AssertionError, match="no button 'Drop'"):
            papers.presses("Drop")


class TestCommands:
    async def test_carry_typed_options(self, papers: Place, sent: list[Any]) -> None:
        papers.runs("settings language", to="zh")
        (inner,) = sent[-1]["data"]["options"]
        assert inner == {
            "name": "language",
            "type": 1,
            "options": [{"name": "to", "type": 3, "value": "zh"}],
        }
        with pytest.raises(AssertionError, match="no options"):
            papers.runs("paper", title="x")
        with pytest.raises(AssertionError, match="no command"):
            papers.runs("papers")

    async def test_are_offered_to_whom_and_where_they_are_for(
        self, discord: FakeDiscord, papers: Place
    ) -> None:
        assert papers.guild
        bob = papers.guild.member("Bob")
        with pytest.raises(AssertionError, match="Bob is not offered 'settings'"):
            papers.runs("settings language", by=bob)
        papers.runs("settings language", by=papers.guild.member("Kim", Right.MANAGE_GUILD))
        with pytest.raises(AssertionError, match="not offered here"):
            discord.private().runs("settings language")

    async def test_say_where_they_come_from(
        self, discord: FakeDiscord, papers: Place, sent: list[Any]
    ) -> None:
        assert papers.guild
        papers.runs("paper", number="1")
        in_guild = sent[-1]
        assert in_guild["authorizing_integration_owners"] == {"0": str(papers.guild.id)}
        assert (in_guild["context"], "member" in in_guild) == (0, True)
        discord.private().runs("paper", number="1")
        assert (sent[-1]["context"], "user" in sent[-1]) == (1, True)
        elsewhere = discord.conversation()
        elsewhere.runs("paper", number="1")
        owners = {"1": str(elsewhere.owner.id)}
        assert sent[-1]["context"] == 2
        assert sent[-1]["authorizing_integration_owners"] == owners

    async def test_complete_what_is_typed(self, rest: Rest, papers: Place, sent: list[Any]) -> None:
        asked = papers.types("settings language", "to", "ch")
        (inner,) = sent[-1]["data"]["options"]
        assert inner["options"] == [{"name": "to", "type": 3, "value": "ch", "focused": True}]
        choice = {"name": "Chinese", "value": "zh"}
        await rest.answers(asked, CHOICES, choices=[choice])
        assert await asked.offers() == [choice]

    async def test_may_be_about_a_message(self, papers: Place, sent: list[Any]) -> None:
        said = papers.says("see 2401.00001")
        papers.uses_on("Explain paper", said)
        data = sent[-1]["data"]
        assert data["resolved"]["messages"][data["target_id"]]["content"] == "see 2401.00001"


async def test_a_modal_comes_back_filled_in(
    rest: Rest, papers: Place, asked: Asked, sent: list[Any]
) -> None:
    words = {"type": 4, "custom_id": "words", "style": 1}
    label = {"type": 18, "label": "Words", "component": words}
    await rest.answers(asked, MODAL, custom_id="search", title="Search", components=[label])
    papers.submits(asked, words="kites")
    data = sent[-1]["data"]
    assert data["custom_id"] == "search"
    assert data["components"][0]["component"]["value"] == "kites"
