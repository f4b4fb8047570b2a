"""Cards that inline mode offers, through the real application and from what is stored."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.platforms.telegram_inline import MOST
from storage.models import Summary
from tests.bot.platforms.telegram_bot import Rig, working_bot
from tests.fakes.arxiv import FakeArxiv, paper
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import Json


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as server:
        yield server


async def offered(rig: Rig, text: str) -> Json:
    """What comes while somebody types a text."""
    before = len(rig.telegram.called("answerInlineQuery"))
    rig.telegram.types_inline(rig.telegram.person(), text)
    return await rig.telegram.gets("answerInlineQuery", before + 1)


async def test_words_find_stored_papers(telegram: FakeTelegram, tmp_path: Path) -> None:
    wanted = paper("2401.00001", title="Diffusion for $\\alpha$-kites")
    async with working_bot(telegram, tmp_path) as rig:
        await rig.services.store.add_papers([wanted, paper("2401.00002")])
        answer = await offered(rig, "diffusion")
    (card,) = answer["results"]
    assert (card["id"], card["title"]) == ("2401.00001", "Diffusion for α-kites")
    assert "α-kites" in card["input_message_content"]["message_text"]
    assert answer["is_personal"] is False
    assert 0 < answer["cache_time"] <= 300


async def test_the_card_speaks_the_language_of_the_bot(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    summary = Summary("2401.00001", 1, "zh", title="扩散模型", tldr="一句话。")
    async with working_bot(telegram, tmp_path, language="zh") as rig:
        await rig.services.store.add_papers([paper("2401.00001")], [summary])
        (card,) = (await offered(rig, "2401.00001"))["results"]
    assert (card["title"], card["description"]) == ("扩散模型", "一句话。")


async def test_a_card_has_no_buttons_that_nobody_answers(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    async with working_bot(telegram, tmp_path) as rig:
        await rig.services.store.add_papers([paper("2401.00001")])
        (card,) = (await offered(rig, "arxiv.org/abs/2401.00001"))["results"]
    rows = card.get("reply_markup", {}).get("inline_keyboard", [])
    assert not [button for row in rows for button in row if "callback_data" in button]


async def test_a_paper_that_is_not_stored_is_fetched(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    with FakeArxiv() as arxiv:
        arxiv.paper("2401.00003", title="Far away")
        async with working_bot(telegram, tmp_path, arxiv=arxiv) as rig:
            (card,) = (await offered(rig, "2401.00003"))["results"]
    assert card["title"] == "Far away"


async def test_several_ids_give_the_stored_ones(telegram: FakeTelegram, tmp_path: Path) -> None:
    async with working_bot(telegram, tmp_path) as rig:
        await rig.services.store.add_papers([paper("2401.00001"), paper("2401.00002")])
        answer = await offered(rig, "2401.00002 2401.00009 2401.00001")
    assert [card["id"] for card in answer["results"]] == ["2401.00002", "2401.00001"]


async def test_never_more_cards_than_fit(telegram: FakeTelegram, tmp_path: Path) -> None:
    papers = [paper(f"2401.{number:05}") for number in range(1, 2 * MOST)]
    async with working_bot(telegram, tmp_path) as rig:
        await rig.services.store.add_papers(papers)
        assert len((await offered(rig, "paper"))["results"]) == MOST


@pytest.mark.parametrize("text", ["", "   ", 'au:"Kai', "((((", "nothing-like-this", "\u202e"])
async def test_what_finds_nothing_leads_to_the_bot(
    telegram: FakeTelegram, tmp_path: Path, text: str
) -> None:
    async with working_bot(telegram, tmp_path) as rig:
        answer = await offered(rig, text)
    assert answer["results"] == []
    assert answer["button"]["start_parameter"] == "help"
    assert len(answer["button"]["text"]) <= 64


async def test_a_query_that_is_too_old_is_no_trouble(
    telegram: FakeTelegram, tmp_path: Path
) -> None:
    telegram.refuses("answerInlineQuery", 400, "Bad Request: query is too old")
    async with working_bot(telegram, tmp_path) as rig:
        telegram.types_inline(telegram.person(), "diffusion")
        await telegram.has_failed()
        assert (await offered(rig, "more"))["results"] == []
