"""What the checks say about a whole field: nothing about a good one, the right thing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.enrich.checks import Complaint, Field, complaints
from bot.enrich.glossary import Glossary
from tests.bot.enrich.drafts import CHINESE_TLDR, ENGLISH_TLDR, GOOD, PAPER

ALL_GOOD = [(code, one, text) for code, texts in GOOD.items() for one, text in texts.items()]


def checks(text: str | None, one: Field = Field.TLDR, code: str = "zh") -> set[str]:
    return {said.check for said in complaints(one, text, PAPER, code)}


@pytest.mark.parametrize(("code", "one", "text"), ALL_GOOD)
def test_nothing_is_said_about_a_good_field(code: str, one: Field, text: str) -> None:
    assert complaints(one, text, PAPER, code) == ()


@pytest.mark.parametrize("code", ["zh", "de", "en", "sw"])
def test_nothing_is_said_about_a_good_english_tldr(code: str) -> None:
    assert complaints(Field.ENGLISH_TLDR, ENGLISH_TLDR, PAPER, code) == ()


@pytest.mark.parametrize("tag", ["zh", "zh-CN", "zh_Hans", "ZH"])
def test_any_form_of_a_language_tag_will_do(tag: str) -> None:
    assert complaints(Field.TLDR, CHINESE_TLDR, PAPER, tag) == ()
    assert {said.check for said in complaints(Field.TLDR, ENGLISH_TLDR, PAPER, tag)} == {"language"}


@pytest.mark.parametrize("text", [None, "", " \n\t", "...", "N/A", "null", "None", "“”"])
def test_a_missing_field_is_only_missing(text: str | None) -> None:
    assert complaints(Field.TITLE, text, PAPER, "zh") == (Complaint("presence", "It is missing."),)


@pytest.mark.parametrize(
    ("spoilt", "check"),
    [
        (f"TL;DR: {CHINESE_TLDR}", "label"),
        (f"抱歉，我无法阅读。{CHINESE_TLDR}", "refusal"),
        (f"<think>先看</think>{CHINESE_TLDR}", "thinking"),
        (f'{{"tldr": "{CHINESE_TLDR}"}}', "schema"),
        (CHINESE_TLDR.replace("23.6", "26.3"), "numbers"),
        (CHINESE_TLDR.replace("146万", "1.46亿"), "numbers"),
        (f"<b>{CHINESE_TLDR}</b>", "markup"),
        (f"@everyone {CHINESE_TLDR}", "mention"),
        (f"{CHINESE_TLDR} https://evil.example/", "link"),
        (f"\u202e{CHINESE_TLDR}", "characters"),
        (CHINESE_TLDR * 10, "length"),
        (ENGLISH_TLDR, "language"),
        (f"{CHINESE_TLDR}又快。又省。又好。又稳。", "sentences"),
        (CHINESE_TLDR.rstrip("。") + "，", "ending"),
        (CHINESE_TLDR + "非常好" * 20, "repetition"),
        (f"{CHINESE_TLDR}只需 $O(n 步。", "formulas"),
        (f"arXiv:2401.00001v1 {CHINESE_TLDR}", "announcement"),
    ],
)
def test_each_fault_is_found_by_the_check_that_is_meant_for_it(spoilt: str, check: str) -> None:
    assert check in checks(spoilt)


def test_the_abstract_is_never_passed_off_as_a_tldr() -> None:
    assert "copy" in checks(PAPER.abstract, Field.ENGLISH_TLDR)


def test_terms_of_the_glossary_may_stay_in_english() -> None:
    glossary = Glossary(keep=("Sparse Lanterns", "Retrieval", "Fast"))
    title = "Sparse Lanterns Fast Retrieval"
    assert complaints(Field.TITLE, title, PAPER, "zh")
    assert complaints(Field.TITLE, title, PAPER, "zh", glossary) == ()


def test_a_complaint_is_one_sentence_of_one_line() -> None:
    spoilt = f'{{"tldr": "TL;DR:\n<b>@everyone</b> 99.9% {ENGLISH_TLDR} https://evil.example\x00 $x'
    found = complaints(Field.TLDR, spoilt, PAPER, "zh")
    assert len(found) >= 5
    for said in found:
        assert said.text.startswith(("It ", "A ", "The "))
        assert said.text.endswith(".")
        assert said.text.isprintable()


@given(st.sampled_from(Field), st.text(max_size=300), st.sampled_from([*GOOD, "en", "xx", ""]))
def test_any_text_can_be_checked(one: Field, text: str, code: str) -> None:
    found = complaints(one, text, PAPER, code)
    assert found == complaints(one, text, PAPER, code)
    assert len({said.check for said in found}) == len(found)


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "$",
        "{",
        "\\left",
        "<a ",
        "<",
        "(",
        "摘要",
        "摘要的",
        "here is the summary ",
        "1,",
        "1 000 ",
        "二十",
        "one hundred ",
        "@",
        "https://",
        "[(",
        "“",
        "\n|",
        "**",
        " ",
        "&",
        "arXiv:",
        "a-",
        "é",
        "中文总结出的一句话要点",
    ],
)
def test_the_time_grows_with_the_length_only(unit: str) -> None:
    """Ten thousand characters of anything take a moment; backtracking would take minutes."""
    complaints(Field.TLDR, unit * (20_000 // len(unit)), PAPER, "zh")
    complaints(Field.ENGLISH_TLDR, unit * (20_000 // len(unit)), PAPER, "de")
