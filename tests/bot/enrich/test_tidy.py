"""Labels before a text and a feed's remark behind it are taken away; what the paper has stays."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.enrich.check_leaks import label_problem
from bot.enrich.checks import Field
from bot.enrich.tidy import tidied
from tests.bot.enrich.drafts import CHINESE_TLDR, ENGLISH_TLDR, GOOD, PAPER, draft

TITLE = GOOD["zh"][Field.TITLE]


@pytest.mark.parametrize(
    "label",
    [
        "摘要：",
        "TL;DR: ",
        "TLDR：",
        "一句话总结：",
        "**TL;DR:** ",
        "Summary: ",
        "> 总结: ",
        "翻译后的摘要：",
    ],
)
def test_a_label_before_a_text_goes(label: str) -> None:
    assert tidied(draft(label + CHINESE_TLDR)) == CHINESE_TLDR
    assert label_problem(draft(tidied(draft(label + CHINESE_TLDR)))) is None


def test_so_does_one_in_english() -> None:
    assert tidied(draft(f"Abstract: {ENGLISH_TLDR}", Field.ENGLISH_TLDR)) == ENGLISH_TLDR


@pytest.mark.parametrize(
    "remark",
    [
        "(arXiv:2306.13263v1 [cs.LG])",
        " (arXiv:2206.07892v2 [cs.LG] UPDATED)",
        " (arXiv:2308.14120v2 [cs.LG] 更新版)",
        "(arXiv:2306.02865v2 [cs.LG]已更新)",
        " （arXiv：2310.16441v1 [stat.ML]）",
        "( arXiv:2305.11694v1[cs.CL])",
        " (arXiv:math/0611800v2 [math.NT])",
        " (arXiv:1305.1234 [cond-mat.mes-hall])",
    ],
)
def test_the_remark_of_a_feed_goes(remark: str) -> None:
    assert tidied(draft(TITLE + remark, Field.TITLE)) == TITLE


@pytest.mark.parametrize(
    "text",
    [
        CHINESE_TLDR,
        f"{CHINESE_TLDR}摘要：{CHINESE_TLDR}",
        "以下是总结，它很快。",
        "总结报告的方法：一项研究",
        "它引用了 (arXiv:2306.13263v1) 的结果。",
        f"{TITLE}（又名SLan）",
        "摘要：",
        "",
    ],
)
def test_anything_else_stays_for_the_checks(text: str) -> None:
    assert tidied(draft(text)) == text


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Abstract: Machines", "Abstract: 机器"),
        ("A reply to (arXiv:2306.13263v1 [cs.LG])", "回应(arXiv:2306.13263v1 [cs.LG])"),
    ],
)
def test_what_the_paper_itself_has_stays(title: str, text: str) -> None:
    paper = replace(PAPER, title=title)
    assert tidied(draft(text, Field.TITLE, paper=paper)) == text


@given(st.text(alphabet="摘要：: TLDR;()arXiv2306.[]*新", max_size=60))
def test_what_comes_out_was_in_the_text(text: str) -> None:
    assert tidied(draft(text)) in text
