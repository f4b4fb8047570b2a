"""Which ways of writing a number are taken as the same, and which numbers are wrong."""

import pytest

from bot.enrich.check_numbers import numbers_problem
from bot.enrich.checks import Field
from storage.models import Paper
from tests.bot.enrich.drafts import draft


def problem(written: str, source: str, code: str = "zh") -> str | None:
    return numbers_problem(draft(written, code=code, paper=Paper("2401.00001", 1, "", source)))


SAME = [
    ("87M parameters", "8700万参数", "zh"),
    ("1.1 billion samples", "11亿样本", "zh"),
    ("1.46 million images and 30 million pairs", "146万张图像和3000万对", "zh"),
    ("500 thousand lines", "50万行", "zh"),
    ("20 trillion tokens", "20万亿词元", "zh"),
    ("more than 100K images", "10万+张图像", "zh"),
    ("over 5 million records", "超过五百万条记录", "zh"),
    ("5,300 questions", "5300多个问题", "zh"),
    ("230,000 images", "23万余张图像", "zh"),
    ("$12{,}500$ cases", "12,500个案例", "zh"),
    ("56 800 papers", "56,800篇论文", "zh"),
    ("92.4\\% and 52.5\\%", "92.4%和52.5％", "zh"),
    ("fifty-three percent", "53%", "zh"),
    ("half of them", "50%", "zh"),
    ("an accuracy of 0.236", "准确率23.6%", "zh"),
    ("3--5$\\times$ faster", "快3-5倍", "zh"),
    ("18.6B-31.3B parameters", "186亿至313亿参数", "zh"),
    ("from 2017 to 2020", "2017年至2020年", "zh"),
    ("a factor of 23.62", "23.6倍", "zh"),
    ("$10^6$ steps", "100万步", "zh"),
    ("1,234.5 points", "1.234,5 Punkte", "de"),
    ("1.46 million documents", "1,46 Millionen Dokumente", "de"),
    ("10,000 documents", "10 000 documents", "fr"),
    ("three million people", "3 миллиона человек", "ru"),
    ("40 to 80\\%", "40-80%", "sw"),
    ("1.4 million documents", "14 लाख दस्तावेज़", "hi"),
]


@pytest.mark.parametrize(("source", "written", "code"), SAME)
def test_a_number_may_be_written_another_way(source: str, written: str, code: str) -> None:
    assert problem(written, source, code) is None


@pytest.mark.parametrize(
    ("source", "written", "code"),
    [
        ("1.1 billion samples", "1.1亿样本", "zh"),
        ("87M parameters", "870万参数", "zh"),
        ("582M clips", "58.2亿个片段", "zh"),
        ("5 million records", "五千万条记录", "zh"),
        ("23.6\\%", "26.3%", "zh"),
        ("no numbers", "提升10%", "zh"),
        ("in 2019", "2021年", "zh"),
        ("1,381 ideas", "1,318个想法", "zh"),
        ("2.8 million", "2,8 Milliarden", "de"),
        ("three hundred cases", "four hundred cases", "en"),
        ("28%", "82%", "sw"),
        ("4.7 times", "7.4倍", "zh"),
    ],
)
def test_a_number_that_the_source_has_not_is_named(source: str, written: str, code: str) -> None:
    said = problem(written, source, code)
    assert said is not None
    assert said.endswith("is not in the original.")


@pytest.mark.parametrize(
    "written",
    [
        "GPT-4和ResNet-50",
        "3D场景",
        "Claude Haiku 4.5",
        "三个阶段",
        "8个模型",
        "十二种任务",
        "数百万用户",
        "成千上万",
        "$O(n^{17})$",
        "F1和CIFAR-100",
        "Recall@20",
        "x_33",
    ],
)
def test_names_formulas_and_small_counts_are_not_looked_for(written: str) -> None:
    assert problem(written, "A source without a single number.") is None


def test_a_number_that_is_rounded_keeps_two_digits() -> None:
    assert problem("约5600个", "5,594 items") is None
    assert problem("超过5000个", "5,594 items")


def test_where_nothing_is_known_about_multipliers_only_percentages_are_looked_for() -> None:
    assert problem("hati milioni 146", "1.46 million documents", "sw") is None


def test_what_is_missing_from_a_cut_abstract_is_not_held_against_its_translation() -> None:
    cut = Paper("2401.00001", 1, "", "We study", abstract_complete=False)
    assert numbers_problem(draft("共 4569 个", Field.ABSTRACT, paper=cut)) is None
    assert numbers_problem(draft("共 4569 个", Field.TLDR, paper=cut))
