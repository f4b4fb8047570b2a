"""The reading list of a chat: on it, off it, page by page, and out of it as a file."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.commands.pages import PAGE
from bot.commands.request import Reply, Services
from formatters.document import ACTION_BYTES, Items
from formatters.words import languages, words
from storage.models import Chat
from tests.bot.commands.chatting import (
    CHANNEL,
    GROUP,
    PRIVATE,
    TOPIC,
    ask,
    buttons,
    opened_in,
    press,
    text_of,
    told,
)
from tests.fakes.arxiv import paper
from tests.fakes.clock import FakeClock

LANTERN = paper("2401.00001", title="On lanterns & light", journal_ref="J. Light 1 (2025) 1")
OLD = paper("math/0611800", title="Old kites", categories=("math.CA",))
EN = words("en")


@pytest.fixture
async def services(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Services]:
    async with opened_in(tmp_path, clock) as services:
        await services.store.add_papers([LANTERN, OLD])
        yield services


def shown_ids(reply: Reply | None) -> list[str]:
    assert reply
    tables = [block for block in reply.document.blocks if isinstance(block, Items)]
    return [item.facts[0].text for table in tables for item in table.items]


class TestSaving:
    @pytest.mark.parametrize("language", languages())
    async def test_what_was_done_is_said_and_can_be_undone(
        self, services: Services, language: str
    ) -> None:
        texts = words(language)
        for _ in range(2):
            reply = await ask(services, f"/save {LANTERN.id}", language=language)
            assert texts("saved.added", paper=LANTERN.title) in text_of(reply)
        assert await services.store.saved_papers(PRIVATE.address) == (LANTERN.id,)
        undone = await press(services, buttons(reply)[texts("saved.undo")])
        assert undone.replaces
        assert EN("saved.removed", paper=LANTERN.title) in text_of(undone)
        assert await services.store.saved_papers(PRIVATE.address) == ()

    async def test_every_form_of_an_id_works(self, services: Services) -> None:
        await ask(services, "/search kites")
        for text in ("1", "math.CA/0611800v2", "https://arxiv.org/abs/math/0611800"):
            assert "Old kites" in await told(services, f"/save {text}")
            assert "Old kites" in await told(services, f"/unsave {text}")
        assert await services.store.saved_papers(PRIVATE.address) == ()

    @pytest.mark.parametrize("part", ["", " abstract", " folded"])
    async def test_the_button_of_a_card_changes_the_card_and_nothing_else(
        self, services: Services, part: str
    ) -> None:
        card = await ask(services, f"/paper {LANTERN.id}{part}")
        saved = await press(services, buttons(card)[EN("paper.save")])
        assert saved.replaces
        assert await services.store.saved_papers(PRIVATE.address) == (LANTERN.id,)
        back = await press(services, buttons(saved)[EN("paper.unsave")])
        assert card
        assert back.document.blocks[:-1] == saved.document.blocks[:-1] == card.document.blocks[:-1]
        assert await services.store.saved_papers(PRIVATE.address) == ()

    async def test_what_is_not_on_the_list_is_not_on_it_afterwards(
        self, services: Services
    ) -> None:
        told_so = await told(services, f"/unsave {LANTERN.id}")
        assert EN("saved.removed", paper=LANTERN.title) in told_so

    async def test_each_chat_and_topic_has_its_own_list(self, services: Services) -> None:
        chats = (PRIVATE, GROUP, TOPIC, CHANNEL)
        for chat in chats:
            assert EN("saved.nothing") in await told(services, "/saved", chat)
            await ask(services, f"/save {LANTERN.id}", chat, may_change=False)
        await ask(services, f"/unsave {LANTERN.id}", GROUP, may_change=False)
        lists = [await services.store.saved_papers(chat.address) for chat in chats]
        assert lists == [(LANTERN.id,), (), (LANTERN.id,), (LANTERN.id,)]


class TestList:
    @pytest.mark.parametrize("language", languages())
    async def test_it_says_how_to_begin(self, services: Services, language: str) -> None:
        reply = await ask(services, "/saved", language=language)
        assert words(language)("saved.nothing") in text_of(reply)
        assert buttons(reply) == {}

    @pytest.mark.parametrize("language", languages())
    async def test_the_last_one_saved_comes_first(self, services: Services, language: str) -> None:
        await ask(services, f"/save {LANTERN.id}")
        await ask(services, f"/save {OLD.id}")
        reply = await ask(services, "/saved", language=language)
        assert shown_ids(reply) == [OLD.id, LANTERN.id]
        assert words(language).count("saved.title", 2) in text_of(reply)
        assert "On lanterns" in await told(services, "/paper 2")

    async def test_a_long_list_has_pages(self, services: Services) -> None:
        many = [paper(f"2402.{number:05}") for number in range(1, 21)]
        await services.store.add_papers(many)
        for one in many:
            await services.store.save_paper(PRIVATE.address, one.id)
        page = await ask(services, "/saved")
        seen = shown_ids(page)
        while (further := buttons(page).get(EN("page.next"))) is not None:
            page = await press(services, further)
            assert page.replaces
            seen += shown_ids(page)
        assert seen == [one.id for one in reversed(many)]
        assert list(buttons(page))[:4] == ["17", "18", "19", "20"]
        assert "2402.00004" in await told(services, "/paper 17")
        back = await press(services, buttons(page)[EN("page.previous")])
        assert shown_ids(back) == seen[PAGE : 2 * PAGE]

    @pytest.mark.parametrize(
        "words", ["page 2", "page 99", "page 0", "page x", "kites", "x" * 9999]
    )
    async def test_what_is_no_page_is_refused(self, services: Services, words: str) -> None:
        await ask(services, f"/save {LANTERN.id}")
        shown = await told(services, f"/saved {words}")
        assert EN("error.title") in shown
        assert "page" in shown
        assert len(shown) < 200


class TestExport:
    @pytest.mark.parametrize("language", languages())
    @pytest.mark.parametrize(
        ("form", "name", "begins"),
        [
            ("", "papers.bib", "@misc{"),
            (" bibtex", "papers.bib", "@misc{"),
            (" ris", "papers.ris", "TY  - "),
            (" RIS", "papers.ris", "TY  - "),
        ],
    )
    async def test_the_whole_list_is_one_file(
        self, services: Services, form: str, name: str, begins: str, language: str
    ) -> None:
        await ask(services, f"/save {LANTERN.id}")
        await ask(services, f"/save {OLD.id}")
        reply = await ask(services, f"/export{form}", language=language)
        assert reply
        assert reply.file
        assert reply.file[0] == name
        assert reply.file[1].startswith(begins)
        assert "lanterns" in reply.file[1]
        assert "kites" in reply.file[1]
        assert words(language).count("saved.exported", 2) in text_of(reply)

    @pytest.mark.parametrize(
        ("line", "name"),
        [
            (f"/export {LANTERN.id}", "2401.00001.bib"),
            (f"/export ris {LANTERN.id}", "2401.00001.ris"),
            (f"/export {LANTERN.id} ris", "2401.00001.ris"),
            ("/export https://arxiv.org/abs/math/0611800v3", "math_0611800.bib"),
        ],
    )
    async def test_one_paper_is_exported_without_being_saved(
        self, services: Services, line: str, name: str
    ) -> None:
        reply = await ask(services, line)
        assert reply
        assert reply.file
        assert reply.file[0] == name
        assert await services.store.saved_papers(PRIVATE.address) == ()

    async def test_an_empty_list_says_how_to_fill_it(self, services: Services) -> None:
        for line in ("/export", "/export ris"):
            reply = await ask(services, line)
            assert EN("saved.nothing") in text_of(reply)
            assert reply
            assert reply.file is None

    @pytest.mark.parametrize("chat", [PRIVATE, GROUP, TOPIC, CHANNEL])
    async def test_the_buttons_of_the_list_export_it(self, services: Services, chat: Chat) -> None:
        await ask(services, f"/save {LANTERN.id}", chat)
        listed = buttons(await ask(services, "/saved", chat))
        for label, ending in (("BibTeX", ".bib"), ("RIS", ".ris")):
            reply = await press(services, listed[label], chat)
            assert reply.file
            assert reply.file[0].endswith(ending)

    async def test_every_line_fits_a_button(self, services: Services) -> None:
        await ask(services, f"/save {OLD.id}")
        for line in ("/saved", f"/save {OLD.id}", "/export"):
            for action in buttons(await ask(services, line)).values():
                assert len(action.command.encode()) <= ACTION_BYTES
