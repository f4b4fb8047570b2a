"""Buttons and selects on Discord: whose they are, what they replace, and that they outlive us."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import discord
import pytest

from bot.commands.table import visible
from formatters.document import Action
from formatters.words import words
from storage.models import Chat, Kind, Room, Subscription
from tests.bot.platforms.discord_world import labels, lines, messages, text_of, world
from tests.bot.platforms.telegram_bot import Script, said
from tests.bot.platforms.test_discord_commands import OPTIONS, errors
from tests.fakes.arxiv import FakeArxiv, paper

FIRST, SECOND = "2604.00001", "2604.00002"


@pytest.fixture
def arxiv() -> Iterator[FakeArxiv]:
    with FakeArxiv() as server:
        papers = [paper(one, title=f"Diffusion {one}") for one in (FIRST, SECOND)]
        for one in papers:
            server.paper(one.id, title=one.title)
        server.batch("cs.CV", date(2026, 4, 21), *((one, Kind.NEW) for one in papers))
        yield server


async def test_what_is_opened_from_a_public_digest_is_for_the_one_who_pressed(
    arxiv: FakeArxiv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch, arxiv) as here:
        digest = await here.asks(here.admin, here.places["text"], "digest", query="cs.CV")
        before = text_of(digest)
        card = await here.chooses(here.member, digest, f"paper {SECOND}")
        after = await here.presses(here.member, card, "Save")
        assert text_of(digest) == before
    assert not digest.ephemeral
    assert card.ephemeral
    assert f"Diffusion {SECOND}" in text_of(card)
    assert after.response is not None
    assert after.response.id == messages(card)[0].id  # one's own message becomes the next one
    assert "Unsave" in labels(messages(card))


async def test_a_page_of_ones_own_is_turned_in_place_and_one_of_all_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    turned = Action("More ›", "search page 2: x")
    script = Script(
        {"search": said("page 1", turned), "status": said("page 1", turned)},
    )
    async with world(tmp_path, monkeypatch, dispatch=script) as here:
        of_all = await here.asks(here.member, here.places["text"], "search", words="x")
        own = await here.asks(here.member, here.places["text"], "status")
        direct = await here.asks(here.member.user, None, "search", words="x")
        script.replies["search"] = said("page 2", replaces=True)
        opened = await here.presses(here.admin, of_all, "More ›")
        await here.presses(here.member, own, "More ›")
        await here.presses(here.member.user, direct, "More ›")
    assert text_of(of_all) == "page 1"
    assert (text_of(opened), opened.ephemeral) == ("page 2", True)
    assert text_of(own) == "page 2"
    assert text_of(direct) == "page 2"
    assert all(one.pressed for one in script.requests[-3:])


async def test_every_button_of_every_answer_works_after_a_restart(
    arxiv: FakeArxiv,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with world(tmp_path, monkeypatch, arxiv) as here:
        talk = here.places["text"]
        known: dict[str, None] = {}
        for command in visible():
            filled = OPTIONS.get(command.name, {})
            known |= dict.fromkeys(lines(await here.asks(here.admin, talk, command.name, **filled)))
        buttons = [Action(f"button {number}", line) for number, line in enumerate(known)]
        await here.restarts(dispatch=Script({"digest": said("all of them", *buttons)}))
        panel = await here.asks(here.admin, talk, "digest")
        await here.restarts()
        for button in buttons:
            await here.presses(here.admin, panel, button.label)
    assert len(buttons) > 20
    assert not errors(caplog)


async def test_a_member_who_presses_an_administrators_button_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as here:
        address = here.address(here.places["text"])
        await here.services.store.put_chat(Chat(address, Room.GROUP))
        await here.services.store.put_subscription(Subscription(0, address, "cs.CV"))
        listed = await here.asks(here.admin, here.places["text"], "list")
        shown = await here.asks(here.member, here.places["text"], "list")
        refused = await here.presses(here.member, shown, "Pause 1")
        (kept,) = await here.services.store.subscriptions(address)
        assert kept.active
        await here.presses(here.admin, listed, "Pause 1")
        (paused,) = await here.services.store.subscriptions(address)
    assert words("en")("failure.administrators") in text_of(refused)
    assert refused.ephemeral
    assert not paused.active


async def test_a_line_that_is_too_long_for_a_button_still_works(
    arxiv: FakeArxiv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = "cs.CV (diffusion OR " + " OR ".join(f"word{number}" for number in range(20)) + ")"
    async with world(tmp_path, monkeypatch, arxiv) as here:
        offered = await here.asks(here.admin, here.places["text"], "subscribe", query=query)
        assert any(line.startswith("kept ") for line in lines(offered))
        await here.presses(here.admin, offered, "Subscribe")
        (one,) = await here.services.store.subscriptions(here.address(here.places["text"]))
    assert "word19" in one.query


async def test_a_confirmed_subscription_waits_for_the_right_to_write_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Script({"status": said("really?", Action("Yes", "subscribe cs.CV yes"))})
    async with world(tmp_path, monkeypatch, dispatch=script) as here:
        silent = discord.PermissionOverwrite(create_public_threads=False)
        channel = here.guild.create_text_channel(
            "muted", overwrites={here.guild.default_role: silent}
        )
        asked = await here.asks(here.admin, channel, "status")
        answer = await here.presses(here.admin, asked, "Yes")
    assert "Create Public Threads" in text_of(answer)
    assert script.lines == ["status"]


async def test_a_button_that_leads_nowhere_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as here:
        script = Script({"status": said("old", Action("Old", "no_such_thing 1"))})
        await here.restarts(dispatch=script)
        old = await here.asks(here.member, here.places["text"], "status")
        await here.restarts()
        answer = await here.presses(here.member, old, "Old")
    assert words("en")("failure.button") in text_of(answer)


async def test_a_line_of_discords_own_goes_to_its_handler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Script({"digest": said("digest", Action("Details in thread", "thread"))})
    pressed = []

    async def thread(interaction: discord.Interaction[discord.Client]) -> None:
        pressed.append(interaction.message)
        await interaction.response.defer()

    async with world(tmp_path, monkeypatch, dispatch=script, special={"thread": thread}) as here:
        digest = await here.asks(here.member, here.places["text"], "digest")
        await here.presses(here.member, digest, "Details in thread")
    assert len(pressed) == 1
    assert script.lines == ["digest"]
