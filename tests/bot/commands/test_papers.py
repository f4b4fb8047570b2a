"""One paper in a chat: by every form of its id, with buttons; what is said where there is none."""

import gzip
import json
import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.commands.papers import similar_papers, slips
from bot.commands.request import Reply, Services
from bot.config import Arxiv
from formatters.document import ACTION_BYTES, Action, Card
from formatters.words import languages, words
from storage.models import Chat, Origin, Paper, Summary
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
from tests.bot.sources.test_ids import FORMS
from tests.fakes.arxiv import FakeArxiv, paper
from tests.fakes.clock import FakeClock

LANTERN = paper(
    "2401.00001",
    title="On lanterns",
    abstract="Lanterns are old. We light lanterns in a new way. They shine brighter than kites do.",
)
ON_LANTERNS = Summary(
    LANTERN.id, 1, "zh", title="论灯笼", tldr="我们点亮灯笼。", abstract="灯笼很古老。"
)

HOSTILE = [
    "x" * 100_000,
    "9" * 5_000,
    "((((((((((",
    '"',
    "'; DROP TABLE papers; --",
    "\x00\x1b[31m\u202e\u200b",
    "2401.00001\x1b[2J",
    "2401.00001 " * 1_000 + "2401.00002",
    "https://example.com/" + "a/" * 10_000,
    "-not this",
    "{0} %s ${HOME}",
    "٢٤٠١.٠٠٠٠١",
    "kept 0000",
    "abstract",
    "folded translation",
    "\ud800",
]


@pytest.fixture
def arxiv() -> Iterator[FakeArxiv]:
    with FakeArxiv() as server:
        yield server


@pytest.fixture
async def online(tmp_path: Path, clock: FakeClock, arxiv: FakeArxiv) -> AsyncIterator[Services]:
    there = Arxiv(feed_url=arxiv.feed_url, api_url=arxiv.api_url, min_interval=0.0)
    async with opened_in(tmp_path, clock, there) as services:
        yield services


@pytest.fixture
async def offline(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Services]:
    """The network is down; one paper is stored, with a translation."""
    async with opened_in(tmp_path, clock) as services:
        await services.store.add_papers([LANTERN], [ON_LANTERNS])
        yield services


def sections(reply: Reply | None) -> dict[str, bool]:
    """The labelled parts of the card in a reply, and whether each is folded."""
    assert reply
    cards = [block for block in reply.document.blocks if isinstance(block, Card)]
    return {section.label: section.folded for card in cards for section in card.sections}


def actions(reply: Reply | None) -> list[Action]:
    return list(buttons(reply).values())


class TestWhichPaper:
    async def test_every_form_of_an_id_opens_its_paper(self, offline: Services) -> None:
        named = {paper_id for _, paper_id, _ in FORMS}
        await offline.store.add_papers([paper(one, title=f"Title of {one}") for one in named])
        assert len(FORMS) > 40
        wrong = [
            text
            for text, paper_id, _ in FORMS
            if f"Title of {paper_id}" not in await told(offline, f"/paper {text}")
        ]
        assert wrong == []

    async def test_a_number_means_a_paper_of_the_last_list(self, offline: Services) -> None:
        await offline.store.add_papers([paper("2401.00002", title="Lanterns again")])
        await ask(offline, "/search lanterns")
        assert "Lanterns again" in await told(offline, "/paper 1")
        assert "On lanterns" in await told(offline, "/paper 2")

    async def test_each_chat_has_a_last_list_of_its_own(self, offline: Services) -> None:
        await ask(offline, "/search lanterns", TOPIC)
        assert "On lanterns" in await told(offline, "/paper 1", TOPIC)
        assert "the last list is empty" in await told(offline, "/paper 1", GROUP)

    async def test_a_number_that_the_last_list_does_not_have(self, offline: Services) -> None:
        await ask(offline, "/search lanterns")
        for number in ("0", "2", "0002", "9999"):
            assert "goes from 1 to 1, so there is no number" in await told(
                offline, f"/paper {number}"
            )

    @pytest.mark.parametrize("language", languages())
    async def test_without_an_id_it_says_what_one_looks_like(
        self, offline: Services, language: str
    ) -> None:
        for line in ("/paper", "/paper   ", "/similar", "/save", "/unsave", "/paper abstract"):
            assert "2401.00001" in await told(offline, line, language=language), line

    @pytest.mark.parametrize("chat", [PRIVATE, GROUP, TOPIC, CHANNEL])
    async def test_everyone_may_ask_everywhere(self, offline: Services, chat: Chat) -> None:
        for command in ("paper", "similar", "save", "unsave"):
            reply = await ask(offline, f"/{command} {LANTERN.id}", chat, may_change=False)
            assert LANTERN.title in text_of(reply)


class TestFetching:
    async def test_a_paper_that_is_not_stored_is_fetched_summarised_and_stored(
        self, online: Services, arxiv: FakeArxiv
    ) -> None:
        arxiv.paper(LANTERN.id, title=LANTERN.title, abstract=LANTERN.abstract)
        shown = await told(online, f"/paper https://arxiv.org/pdf/{LANTERN.id}v1.pdf")
        assert "We light lanterns in a new way." in shown
        assert "(extracted)" in shown
        assert LANTERN.id in await online.store.papers([LANTERN.id])
        assert "On lanterns" in await told(online, f"/paper {LANTERN.id}")
        assert len(arxiv.requests) == 1

    async def test_half_an_abstract_is_completed(self, online: Services, arxiv: FakeArxiv) -> None:
        cut = replace(LANTERN, abstract="Lanterns are", abstract_complete=False)
        await online.store.add_papers([cut])
        arxiv.paper(LANTERN.id, title=LANTERN.title, abstract=LANTERN.abstract)
        assert "brighter than kites" in await told(online, f"/paper {LANTERN.id} abstract")

    async def test_half_an_abstract_is_shown_where_arxiv_does_not_answer(
        self, offline: Services
    ) -> None:
        cut = paper("2401.00003", title="Cut", abstract="It begins", abstract_complete=False)
        await offline.store.add_papers([cut])
        assert "It begins" in await told(offline, "/paper 2401.00003 abstract")


class TestCard:
    async def test_long_texts_are_folded_until_asked_for(self, offline: Services) -> None:
        reply = await ask(offline, f"/paper {LANTERN.id}", language="zh")
        label = words("zh")
        assert sections(reply)[label("card.abstract")]
        assert sections(reply)[label("card.translation")]

    async def test_a_button_unfolds_one_text_in_place_and_folds_it_again(
        self, offline: Services
    ) -> None:
        chat = replace(PRIVATE, settings=replace(PRIVATE.settings, language="zh"))
        await offline.store.put_chat(chat)
        label = words("zh")
        abstract, translation = label("card.abstract"), label("card.translation")
        card = await ask(offline, f"/paper {LANTERN.id}")
        for shown, other in ((abstract, translation), (translation, abstract)):
            unfolded = await press(offline, buttons(card)[shown])
            assert unfolded.replaces
            assert sections(unfolded)[shown] is False
            assert other not in sections(unfolded)
            assert other in buttons(unfolded)
            folded = await press(offline, buttons(unfolded)[label("paper.fold")])
            assert folded.replaces
            assert sections(folded) == sections(card)

    async def test_what_there_is_not_has_no_button(self, offline: Services) -> None:
        await offline.store.add_papers([paper("2401.00004", abstract="")])
        texts = words("en")
        bare = await ask(offline, "/paper 2401.00004")
        assert texts("card.abstract") not in buttons(bare)
        untranslated = await ask(offline, f"/paper {LANTERN.id}", language="en")
        assert texts("card.translation") not in buttons(untranslated)
        asked = await ask(offline, f"/paper {LANTERN.id} translation", language="en")
        assert sections(asked) == sections(untranslated)

    @pytest.mark.parametrize("language", languages())
    async def test_it_offers_all_that_can_be_done_with_a_paper(
        self, offline: Services, language: str
    ) -> None:
        shown = buttons(await ask(offline, f"/paper {LANTERN.id}", language=language))
        texts = words(language)
        assert shown[texts("paper.pdf")].url == "https://arxiv.org/pdf/2401.00001"
        assert shown[texts("paper.similar")].command == "similar 2401.00001"
        assert texts("paper.save") in shown
        assert shown[texts("paper.bibtex")].copy
        for action in shown.values():
            assert len(action.command.encode()) <= ACTION_BYTES

    async def test_bibtex_that_no_button_carries_is_exported(self, offline: Services) -> None:
        crowd = tuple(f"Author {number}" for number in range(3_435))
        await offline.store.add_papers([paper("2401.00005", authors=crowd)])
        reply = await ask(offline, "/paper 2401.00005")
        exported = await press(offline, buttons(reply)["BibTeX"])
        assert exported.file
        assert exported.file[1].count(" and ") == 3_434

    async def test_opening_from_a_list_leaves_the_list(self, offline: Services) -> None:
        found = await ask(offline, "/search lanterns")
        assert not (await press(offline, buttons(found)["1"])).replaces

    async def test_buttons_survive_a_restart(self, tmp_path: Path, clock: FakeClock) -> None:
        async with opened_in(tmp_path, clock) as services:
            await services.store.add_papers([LANTERN], [ON_LANTERNS])
            before = await ask(services, f"/paper {LANTERN.id}", language="zh")
        async with opened_in(tmp_path, clock) as services:
            for action in actions(before):
                if action.command:
                    pressed = await press(services, action)
                    assert words("en")("error.title") not in text_of(pressed)


class TestInstead:
    async def test_an_id_that_arxiv_does_not_have(self, online: Services) -> None:
        reply = await ask(online, "/paper 2401.99999")
        assert "arXiv has no paper 2401.99999" in text_of(reply)
        assert actions(reply) == []

    async def test_a_slip_of_the_finger_is_offered(self, online: Services) -> None:
        await online.store.add_papers([LANTERN, paper("2405.00001", title="Far away")])
        for slip in ("2401.00007", "2410.00001", "2401.00010"):
            reply = await ask(online, f"/paper {slip}")
            assert "On lanterns" in text_of(reply)
            assert "Far away" not in text_of(reply)
            assert "On lanterns" in text_of(await press(online, buttons(reply)["1"]))
            assert "On lanterns" in await told(online, "/paper 1")

    @pytest.mark.parametrize("language", languages())
    @pytest.mark.parametrize("command", ["paper", "similar", "save"])
    async def test_arxiv_down_is_said_with_what_is_stored_and_another_try(
        self, offline: Services, command: str, language: str
    ) -> None:
        reply = await ask(offline, f"/{command} arXiv:2401.00002v3", language=language)
        again = buttons(reply)[words(language)("arxiv.again")]
        assert again.command == f"{command} 2401.00002"
        assert "could not be reached" in text_of(reply)
        assert "On lanterns" in text_of(reply)
        assert buttons(reply)["1"].command == "paper 2401.00001"

    async def test_another_try_works_once_arxiv_is_back(
        self, online: Services, arxiv: FakeArxiv
    ) -> None:
        arxiv.paper(LANTERN.id, title=LANTERN.title)
        arxiv.answer_next(400, body=b"no", times=1)
        reply = await ask(online, f"/paper {LANTERN.id}")
        again = buttons(reply)[words("en")("arxiv.again")]
        assert "On lanterns" in text_of(await press(online, again))

    @pytest.mark.parametrize("language", languages())
    async def test_words_get_the_stored_papers_that_have_them(
        self, offline: Services, language: str
    ) -> None:
        reply = await ask(offline, "/paper we light lanterns", language=language)
        assert "no arXiv id" in text_of(reply)
        assert "On lanterns" in text_of(reply)
        assert buttons(reply)["1"].command == "paper 2401.00001"
        search = buttons(reply)[words(language)("arxiv.search")]
        assert search.command == "search arxiv: we light lanterns"

    async def test_several_papers_at_once_get_a_button_each(self, offline: Services) -> None:
        reply = await ask(offline, "/save 2401.00001, math/0611800 and 2402.00003")
        assert list(buttons(reply)) == ["2401.00001", "math/0611800", "2402.00003"]
        assert buttons(reply)["2401.00001"].command == "save 2401.00001"

    @pytest.mark.parametrize("text", HOSTILE)
    @pytest.mark.parametrize("command", ["paper", "similar", "save", "unsave", "export"])
    async def test_hostile_arguments_get_a_short_clean_answer(
        self, offline: Services, command: str, text: str
    ) -> None:
        reply = await ask(offline, f"/{command} {text}")
        shown = text_of(reply)
        assert words("en")("failure.unexpected") not in shown
        assert len(shown) < 4_000
        assert not {"\x1b", "\x00", "\u202e"} & set(shown)
        for action in actions(reply):
            assert len(action.command.encode()) <= ACTION_BYTES


class TestSimilar:
    @pytest.fixture
    async def shelf(self, offline: Services) -> Services:
        """Papers about kites, some of which glow; and others about something else."""
        glowing = [
            paper(
                f"2402.{number:05}",
                title=f"Glowing kites {number}",
                abstract=f"Kites glow when paper lanterns {'burn ' * number}inside.",
            )
            for number in range(1, 6)
        ]
        others = [
            paper(f"2403.{number:05}", title=f"Algebra {number}", abstract="Rings and ideals.")
            for number in range(1, 6)
        ]
        await offline.store.add_papers([*glowing, *others])
        return offline

    @pytest.mark.parametrize("language", languages())
    async def test_it_lists_papers_with_the_same_words(
        self, shelf: Services, language: str
    ) -> None:
        reply = await ask(shelf, "/similar 2402.00003", language=language)
        shown = text_of(reply)
        assert words(language)("similar.title", title="Glowing kites 3") in shown
        assert "Glowing kites 2" in shown
        assert "Algebra" not in shown
        assert "2402.00003" not in shown
        assert buttons(reply)["1"].command.startswith("paper 2402.")

    async def test_its_numbers_can_be_typed(self, shelf: Services) -> None:
        reply = await ask(shelf, "/similar 2402.00003")
        first = buttons(reply)["1"].command
        assert text_of(await ask(shelf, "/paper 1")) == text_of(await ask(shelf, f"/{first}"))

    async def test_nothing_like_it_is_said(self, offline: Services) -> None:
        alone: list[Paper] = [paper("2404.00001", title="的", abstract="的")]
        await offline.store.add_papers(alone)
        for one in ("2404.00001", LANTERN.id):
            assert words("en")("similar.nothing") in await told(offline, f"/similar {one}")

    async def test_a_paper_that_is_not_stored_is_fetched(
        self, online: Services, arxiv: FakeArxiv
    ) -> None:
        arxiv.paper(LANTERN.id, title=LANTERN.title, abstract=LANTERN.abstract)
        near = replace(LANTERN, id="2401.00002", title="More lanterns")
        await online.store.add_papers([near])
        assert "More lanterns" in await told(online, f"/similar {LANTERN.id}")


@pytest.mark.shared
async def test_among_real_papers_the_similar_ones_are_filed_alike_and_a_source_is_found(
    offline: Services, shared_data: Path
) -> None:
    """By chance 15 % have the same primary category (measured)."""
    papers = sampled(shared_data, 4_000)
    await offline.store.add_papers(papers)
    asked = random.Random(7).sample([one for one in papers if len(one.abstract) > 800], 40)
    filed_alike = sources_found = 0
    for one in asked:
        near = await similar_papers(offline.store, one, 10)
        filed_alike += sum(other.primary == one.primary for other in near)
        copied = one.abstract[len(one.abstract) // 2 :]
        borrower = paper("2501.00001", title="Untitled", abstract=copied)
        sources_found += (await similar_papers(offline.store, borrower, 1)) == (one,)
    assert filed_alike > 2 * 0.15 * 10 * len(asked)
    assert sources_found >= 0.9 * len(asked)


def sampled(folder: Path, number: int) -> list[Paper]:
    """Some of the real papers, always the same ones."""
    with gzip.open(folder / "metadata_20k.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in random.Random(5).sample(list(lines), number)]
    return [
        Paper(
            id=row["id"],
            version=1,
            title=row["title"],
            abstract=row["abstract"] or "",
            authors=tuple(row["authors"]),
            categories=tuple(row["categories"]),
        )
        for row in rows
    ]


def test_slips_are_one_digit_or_one_swap_away() -> None:
    assert set(slips("math/0611800")) >= {"math/0611801", "math/0618100", "math/6011800"}
    assert "math/0611800" not in slips("math/0611800")
    assert len(slips("2401.00001")) == len(set(slips("2401.00001"))) <= 9 * 9 + 7


async def test_a_summary_by_a_model_is_not_marked_as_extracted(offline: Services) -> None:
    model = Summary(LANTERN.id, 1, "en", tldr="Lanterns, lit.", origin=Origin.MODEL)
    await offline.store.add_papers([], [model])
    shown = await told(offline, f"/paper {LANTERN.id}")
    assert "Lanterns, lit." in shown
    assert "extracted" not in shown
