"""Which language a text is taken to be in, and what may stay in English."""

from dataclasses import replace

import pytest

from bot.enrich.check_language import language_problem
from bot.enrich.checks import Field
from storage.models import Paper
from tests.bot.enrich.drafts import ENGLISH_TLDR, GOOD, PAPER, draft

KNOWN = [code for code in GOOD if code != "sw"]


@pytest.mark.parametrize("wanted", GOOD)
def test_english_is_no_other_language(wanted: str) -> None:
    assert language_problem(draft(ENGLISH_TLDR, code=wanted))
    assert language_problem(draft(PAPER.abstract, Field.ABSTRACT, wanted))
    assert language_problem(draft(PAPER.title, Field.TITLE, wanted))


@pytest.mark.parametrize("wanted", KNOWN)
@pytest.mark.parametrize("written", KNOWN)
def test_every_language_with_a_file_is_told_from_the_others(wanted: str, written: str) -> None:
    problem = language_problem(draft(GOOD[written][Field.TLDR], code=wanted))
    assert (problem is None) == (wanted == written)


@pytest.mark.parametrize("written", KNOWN)
def test_an_english_tldr_is_in_english(written: str) -> None:
    assert language_problem(draft(GOOD[written][Field.TLDR], Field.ENGLISH_TLDR))
    assert language_problem(draft(ENGLISH_TLDR, Field.ENGLISH_TLDR)) is None


@pytest.mark.parametrize(
    ("title", "original"),
    [
        ("GPT-4V的双刃剑：Retrieval-Augmented Generation", "The Two Edges of GPT-4V"),
        ("LLaMA", "LLaMA"),
        ("GPT-4V", "GPT-4V"),
        ("OpenAI o3-mini", "OpenAI o3-mini"),
        ("GPT-4V", "On the GPT-4V"),
        ("Sparse Lanterns：用少量比特实现快速检索", PAPER.title),
    ],
)
def test_names_may_stay_in_a_translated_title(title: str, original: str) -> None:
    paper = replace(PAPER, title=original)
    assert language_problem(draft(title, Field.TITLE, paper=paper)) is None


@pytest.mark.parametrize("title", ["HACKED", "GPT-5", "BEST PAPER 2026", "LLaMA"])
def test_names_that_the_original_has_not_are_no_translation(title: str) -> None:
    assert language_problem(draft(title, Field.TITLE))


@pytest.mark.parametrize("title", ["Beta Diffusion", "Sparse lanterns", "Ein neues Verfahren"])
def test_a_title_of_words_is_translated(title: str) -> None:
    assert language_problem(draft(title, Field.TITLE))


def test_a_title_that_is_a_name_may_be_the_same_in_a_latin_script() -> None:
    paper = Paper("2401.00001", 1, "LLaMA 2: GPT-4V vs. BERT", PAPER.abstract)
    assert language_problem(draft(paper.title, Field.TITLE, "de", paper)) is None


@pytest.mark.parametrize(
    "text",
    [
        "在R2R和R4R数据集上取得了state-of-the-art的表现。",
        "提出“Attention Is All You Need for the Whole of Machine Learning”的新证明。",
        "达到 $\\text{the best rate that is known to us in the world}$ 的速率，并给出证明。",
        "代码见 https://github.com/some-organization/some-very-long-repository-name 。",
    ],
)
def test_formulas_links_quotations_and_terms_stay_as_they_are(text: str) -> None:
    assert language_problem(draft(text)) is None


@pytest.mark.parametrize("joint", ["", "(", "。", " — "])
def test_a_sentence_of_english_in_the_middle_is_found(joint: str) -> None:
    problem = language_problem(draft(GOOD["zh"][Field.TLDR] * 3 + joint + ENGLISH_TLDR))
    assert problem == "A part of it is in English; write all of it in the language 'zh'."


def test_an_english_sentence_in_german_is_found() -> None:
    assert language_problem(draft(f"{GOOD['de'][Field.TLDR]} {ENGLISH_TLDR}", code="de"))


def test_chinese_is_no_japanese_for_want_of_kana() -> None:
    assert language_problem(draft("提出新方法", Field.TITLE, "ja"))
    assert language_problem(draft("新しい方法の提案", Field.TITLE, "ja")) is None
