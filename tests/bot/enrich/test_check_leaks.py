"""What of the conversation with a model is recognised in a text, and what is the paper's own."""

import pytest

from bot.enrich.check_echo import echo_problem
from bot.enrich.check_leaks import (
    announcement_problem,
    label_problem,
    refusal_problem,
    schema_problem,
    thinking_problem,
)
from bot.enrich.checks import Field
from storage.models import Paper
from tests.bot.enrich.drafts import GOOD, PAPER, draft

GOOD_TEXTS = [(code, one, text) for code, texts in GOOD.items() for one, text in texts.items()]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("TL;DR: 提出新方法。", "zh"),
        ("摘要：提出新方法。", "zh"),
        ("翻译过的论文标题: 新方法", "zh"),
        ("这里是中文总结出的一句话要点: 提出新方法。", "zh"),
        ("这里是中文总结出的一句话要点 提出新方法。", "zh"),
        ("这里是翻译过的论文摘要", "zh"),
        ("提出新方法。英文总结: It is new.", "zh"),
        ("提出新方法。翻译过的论文标题: 新方法", "zh"),
        ("好的，提出新方法。", "zh"),
        ("Here is the English summary: It is new.", "en"),
        ("Here is a one-sentence summary of the key idea: It is new.", "en"),
        ("Summary: It is new.", "en"),
        ("**Answer:** It is new.", "en"),
        ("Sure! It is new.", "en"),
        ("Zusammenfassung: Es ist neu.", "de"),
        ("Hier ist die Zusammenfassung: Es ist neu.", "de"),
        ("Voici le résumé : C'est nouveau.", "fr"),
        ("要約：新しい方法。", "ja"),
        ("Translation: Ni mpya.", "sw"),
    ],
)
def test_a_label_is_found(text: str, code: str) -> None:
    one = Field.ENGLISH_TLDR if code == "en" else Field.TLDR
    assert label_problem(draft(text, one, code))


@pytest.mark.parametrize(
    "text",
    [
        "人工智能文本摘要：一项综述",
        "可控文本总结：方法与展望",
        "MoonSeg3R：首个在线方法",
        "目标：研究手势识别。方法：转换问题。结果：更准。",
        "本文总结了要点和答案的关系。",
        "论文：一种新的视角",
        "确保安全的方法",
    ],
)
def test_what_a_paper_is_about_is_no_label(text: str) -> None:
    assert label_problem(draft(text)) is None


def test_a_heading_of_the_abstract_itself_is_no_label() -> None:
    paper = Paper("2401.00001", 1, "T", "Summary: we do it. Answer: it works.")
    text = "Summary: they do it. Answer: it works."
    assert label_problem(draft(text, Field.ENGLISH_TLDR, paper=paper)) is None


@pytest.mark.parametrize(
    "text",
    [
        "抱歉，我无法翻译这篇论文。",
        "很抱歉，没有摘要。",
        "作为一个AI语言模型，我不能总结。",
        "I'm sorry, but I can't help with that.",
        "As an AI language model, I read it.",
        "Es tut mir leid, das geht nicht.",
        "Je suis désolé, je ne peux pas.",
        "申し訳ありません。",
        "“抱歉，我做不到。”",
    ],
)
@pytest.mark.parametrize("code", ["zh", "sw"])
def test_a_refusal_is_found_in_whichever_language(text: str, code: str) -> None:
    assert refusal_problem(draft(text, code=code))


@pytest.mark.parametrize(
    "text",
    [
        "UDA模型不透明，无法提供解释。",
        "研究模型如何说“抱歉，我无法回答”。",
        "I cannotate corpora with it.",
    ],
)
def test_speaking_of_refusals_is_none(text: str) -> None:
    assert refusal_problem(draft(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        "<think>先看摘要</think>提出新方法。",
        "提出新方法。</think>",
        "<reasoning> x",
        "[THINK]x",
        "◁think▷x",
        "Okay, let me see.",
        "The user wants one sentence.",
        "首先，我要看摘要。",
        "用户要求翻译。",
        "Let me think about it.",
    ],
)
def test_thoughts_are_found(text: str) -> None:
    assert thinking_problem(draft(text))


@pytest.mark.parametrize(
    "text", ["用户建模综述", "我应该使用哪种模态？", "思考的代价：推理模型研究"]
)
def test_a_title_about_users_and_thinking_is_no_thought(text: str) -> None:
    assert thinking_problem(draft(text, Field.TITLE)) is None


@pytest.mark.parametrize(
    "text",
    [
        '{"tldr": "提出新方法"}',
        '["提出新方法"]',
        "提出新方法。en_tldr: It is new.",
        "zh_title：新方法",
        "提出新方法。En_Tdlr: It is new.",
        "'english_tldr': x",
        '提出新方法"}',
        "<|im_end|>",
        "[INST] x",
        "assistant: 提出新方法",
        "System：提出新方法",
    ],
)
def test_json_names_of_fields_and_turns_are_found(text: str) -> None:
    assert schema_problem(draft(text))


def test_braces_of_formulas_are_no_json() -> None:
    assert schema_problem(draft("集合 {1, 2} 与 $\\{a_b\\}$ 和 zh_title")) is not None
    assert schema_problem(draft("集合 {1, 2} 与 $\\{a_b\\}$")) is None


@pytest.mark.parametrize(
    "text",
    [
        "arXiv:2401.00001v1 公告类型：新",
        "新方法（arXiv：2401.00001v2 [cs.LG] UPDATED）",
        "Announce Type: new",
        "新方法 [cs.CV]",
    ],
)
def test_the_line_of_a_feed_is_found(text: str) -> None:
    assert announcement_problem(draft(text))


def test_a_paper_that_the_abstract_cites_is_no_line_of_a_feed() -> None:
    paper = Paper("2401.00001", 1, "T", "We extend (arXiv:2005.14165).")
    assert announcement_problem(draft("扩展了（arXiv:2005.14165）。", paper=paper)) is None


def test_the_request_is_recognised_in_an_answer() -> None:
    echo = "Write plain prose without labels. Say only what the title and the abstract say."
    assert echo_problem(draft(echo, Field.ENGLISH_TLDR))
    assert echo_problem(draft(PAPER.abstract, Field.ENGLISH_TLDR)) is None


@pytest.mark.parametrize(("code", "one", "text"), GOOD_TEXTS)
def test_good_texts_leak_nothing(code: str, one: Field, text: str) -> None:
    made = draft(text, one, code)
    checks = (
        schema_problem,
        announcement_problem,
        thinking_problem,
        refusal_problem,
        label_problem,
        echo_problem,
    )
    assert [check(made) for check in checks] == [None] * 6
