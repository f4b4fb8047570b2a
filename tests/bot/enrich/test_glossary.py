"""Which terms stay in English, and the operator's own list of them."""

from pathlib import Path

import pytest

from bot.enrich.glossary import FILE_NAME, Glossary, load_glossary
from bot.errors import ConfigError

OURS = Glossary(("LoRA", "token"), {"zh": {"attention": "注意力", "few-shot": "少样本"}})


def test_the_bundled_one_knows_names_and_translations(tmp_path: Path) -> None:
    found = load_glossary(tmp_path)
    assert "LoRA" in found.keep
    assert found.translate["zh"]["large language model"] == "大语言模型"


def test_the_operators_own_adds_to_it_and_wins(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text(
        'keep = ["KiteNet", "attention"]\n[translate.zh]\n"few-shot" = "小样本"\n'
        '[translate.de]\n"kite" = "Drachen"\n',
        encoding="utf-8",
    )
    found = load_glossary(tmp_path)
    assert {"KiteNet", "LoRA", "attention"} <= set(found.keep)
    assert "attention" not in found.translate["zh"]
    assert found.translate["zh"]["few-shot"] == "小样本"
    assert found.translate["de"] == {"kite": "Drachen"}


@pytest.mark.parametrize(
    "content",
    [
        "keep = LoRA",
        'keep = "LoRA"',
        "keep = [1]",
        'keep = [""]',
        'kept = ["LoRA"]',
        "translate = []",
        '[translate]\nzh = "attention"',
        "[translate.zh]\nattention = 1",
    ],
)
def test_a_mistake_in_it_is_said_with_the_files_name(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE_NAME).write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=FILE_NAME):
        load_glossary(tmp_path)


def test_what_is_no_text_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"\xff\xfe\x00keep")
    with pytest.raises(ConfigError, match=FILE_NAME):
        load_glossary(tmp_path)


@pytest.mark.parametrize(
    ("text", "keep", "translated"),
    [
        ("We tune it with LoRA.", ("LoRA",), set()),
        ("lora and Attention", ("LoRA",), {"attention"}),
        ("Explorations of tokens", (), set()),
        ("token,token", ("token",), set()),
        ("few-shot learning", (), {"few-shot"}),
        ("inattention, then attention", (), {"attention"}),
        ("", (), set()),
    ],
)
def test_only_terms_that_occur_as_words_are_about_a_text(
    text: str, keep: tuple[str, ...], translated: set[str]
) -> None:
    found = OURS.about(text, "zh")
    assert found.keep == keep
    assert found.translate["zh"].keys() == translated


def test_a_language_without_terms_only_keeps() -> None:
    assert OURS.about("LoRA attention", "de") == Glossary(("LoRA",), {"de": {}})


def test_a_term_with_a_translation_is_not_kept_in_that_language() -> None:
    both = Glossary(("attention",), {"zh": {"attention": "注意力"}})
    assert both.about("attention", "zh").keep == ()
    assert both.about("attention", "de").keep == ("attention",)
