"""Markup, mentions, links, characters and formulas: what is new in a text, and what was there."""

import pytest

from bot.enrich.check_markup import (
    character_problem,
    formula_problem,
    link_problem,
    markup_problem,
    mention_problem,
)
from bot.enrich.checks import Field
from storage.models import Paper
from tests.bot.enrich.drafts import draft


def paper(abstract: str) -> Paper:
    return Paper("2401.00001", 1, "Title", abstract)


@pytest.mark.parametrize(
    "text",
    [
        "<b>新</b>",
        "新<br/>",
        '<a href="x">',
        "<script>",
        "<tg-spoiler>",
        "&lt;",
        "&#128169;",
        "<!-- x",
        "# 标题",
        "新\n## 标题",
        "```\nx",
        "**新**",
        "__新__",
        "[新](https://x)",
        "- 新",
        "* 新",
        "> 新",
        "| a | b |",
        "</DIV>",
    ],
)
def test_markup_is_found(text: str) -> None:
    assert markup_problem(draft(text))


@pytest.mark.parametrize(
    "text",
    [
        "x < y > z",
        "a <b 且 c> d",
        "C# 与 F#",
        "x**2",
        "5 * 3",
        "A & B",
        "第 # 号",
        "a - b",
        "$\\langle a|b$",
        "snake__case",
        "R&D; 等",
        "<think>",
    ],
)
def test_signs_of_comparison_and_arithmetic_are_no_markup(text: str) -> None:
    assert markup_problem(draft(text)) is None


def test_markup_of_the_abstract_may_stay() -> None:
    assert markup_problem(draft("**HY**perbolic", paper=paper("a **HY**perbolic one"))) is None


@pytest.mark.parametrize(
    "text",
    [
        "@everyone",
        "新@here",
        "<@80351110224678912>",
        "<@!803>",
        "<@&803>",
        "<#803>",
        "@some_user",
        "<:smile:803>",
        "（@some_user）",
    ],
)
def test_mentions_are_found(text: str) -> None:
    assert mention_problem(draft(text))


@pytest.mark.parametrize(
    "text", ["pass@1", "Recall@K", "nDCG@10", "me@example.org", "F1@IoU", "@5"]
)
def test_metrics_and_addresses_are_no_mentions(text: str) -> None:
    assert mention_problem(draft(text)) is None


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example",
        "见http://github.com/lanterns/other。",
        "www.evil.example",
        "tg://x",
        "javascript:alert",
    ],
)
def test_new_links_are_found(text: str) -> None:
    source = paper("Code: https://github.com/lanterns/sparse")
    assert link_problem(draft(text, paper=source))


@pytest.mark.parametrize(
    "source",
    [
        "see https://git.example/a_b/c",
        "see \\url{https://git.example/a\\_b/c}.",
        "see https://git.example/\na_b/c",
        "see \\href{https://git.example/a_b/c}{here}",
    ],
)
def test_links_of_the_abstract_may_stay(source: str) -> None:
    assert link_problem(draft("代码见https://git.example/a_b/c。", paper=paper(source))) is None


@pytest.mark.parametrize(
    "character", ["\x00", "\x08", "\x0c", "\t", "\u202e", "\u2066", "\ufffd", "\U000e0041"]
)
def test_characters_that_play_tricks_are_found(character: str) -> None:
    assert character_problem(draft(f"新{character}方法"))


@pytest.mark.parametrize("text", ["می\u200cخواهم", "👩\u200d🔬", "新\n方法", "naïve", "𝔽₂"])
def test_characters_that_scripts_need_are_none_of_them(text: str) -> None:
    assert character_problem(draft(text)) is None


FORMULAS = paper("With $x_{1}$ and $\\left( a \\right)$ in $O(n)$ steps; $\\nabla f$.")


@pytest.mark.parametrize(
    "text",
    [
        "用 $x_{1}$ 和 $O(n 步",
        "用 $x_{1$ 步",
        "用 x_{1}} 步",
        "用 $\\left( a$ 步",
        "用 $\nabla f$ 步",
        "用 $O(n)$ 和 $5 步",
    ],
)
def test_broken_formulas_are_found(text: str) -> None:
    assert formula_problem(draft(text, Field.ABSTRACT, paper=FORMULAS))


@pytest.mark.parametrize(
    "text",
    ["用 $x_{1}$ 和 $\\left( a \\right)$", "用 $$x_{1}$$ 步", "没有公式", "集合 $\\{ a$", "\\$5"],
)
def test_whole_formulas_are_good(text: str) -> None:
    assert formula_problem(draft(text, Field.ABSTRACT, paper=FORMULAS)) is None


def test_money_is_no_formula() -> None:
    source = paper("It costs \\$0.70 per million, $x$ times.")
    assert formula_problem(draft("每百万$0.70，共 $x$ 次", paper=source)) is None
    assert formula_problem(draft("每百万 US$70", paper=paper("It costs 70 US dollars."))) is None


def test_what_is_broken_in_the_abstract_may_stay_broken() -> None:
    assert formula_problem(draft("用 $O(n 步", paper=paper("in $O(n steps"))) is None
