"""How text is taken apart, for papers and queries alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest.tokens import singular_tokens, spelling, tokens

SINGULAR_TOKENS = [
    ("Diffusion Models", "diffusion model"),
    ("text-to-image generation", "text to image generation"),
    ("GPT-4.1 beats Llama-3.1 v1.5", "gpt 4 1 beat llama 3 1 v1 5"),
    ("SMPL_X and snake_case", "smpl x and snake case"),
    ("LLMs, LMs (and GPUs)", "llm lm and gpu"),
    ("C++, C# and C++11", "c++ c# and c++ 11"),
    ("CLIP+LoRA #1", "clip lora 1"),
    ("Schrödinger’s cat; Alzheimer's disease", "schrodinger cat alzheimer disease"),
    ("Łukasz Žižka Ørsted Æsir Straße", "lukasz zizka orsted aesir strasse"),
    ("e\u0301tale e\u0301tales", "etale etale"),
    ("x\u20d7 is a vector", "x is a vector"),
    ("H₂O at 10⁶ K in ℝⁿ", "h2o at 106 k in rn"),
    ("ﬁne-tuning ＧＰＴ", "fine tuning gpt"),
    ("soft\u00adware zero\u200bwidth", "software zerowidth"),
    ("扩散模型 for 图像", "扩 散 模 型 for 图 像"),
    ("GPT模型", "gpt 模 型"),
    ("カメラ・ロボット", "カ メ ラ ロ ボ ッ ト"),
    ("확산 모델", "확 산 모 델"),
    ("BERT™ (new!)", "bert new"),
    ("O(n) 20% $5 a<b", "o n 20 5 a b"),
    ("", ""),
    (" … — ", ""),
]


@pytest.mark.parametrize(("text", "expected"), SINGULAR_TOKENS)
def test_text_becomes_tokens_without_case_accents_and_plural_endings(
    text: str, expected: str
) -> None:
    assert " ".join(singular_tokens(text)) == expected


def test_names_keep_their_endings() -> None:
    assert tokens("James Jones-Hughes") == ("james", "jones", "hughes")


SPELLINGS = [
    ("  Diffusion\t Models, ", "diffusion models"),
    ("(Text-to-Image)", "text-to-image"),
    ("GPT-4.1", "gpt-4.1"),
    ("foo_bar / baz", "foo bar baz"),
    ("Schro\u0308dinger’s", "schrödinger's"),
    ("C++", "c++"),
    ("K. He", "k he"),
    ("扩散模型", "扩散模型"),
    ("İstanbul", "i\u0307stanbul"),
    ("zero\u200bwidth \u202eword", "zerowidth word"),
    ("-!?", ""),
]


@pytest.mark.parametrize(("text", "expected"), SPELLINGS)
def test_a_querys_words_have_one_spelling(text: str, expected: str) -> None:
    assert spelling(text) == expected


@given(st.text(max_size=60))
def test_the_spelling_of_a_spelling_is_itself(text: str) -> None:
    once = spelling(text)
    assert spelling(once) == once


@given(st.text(max_size=60))
def test_a_spelling_is_empty_exactly_where_there_are_no_tokens(text: str) -> None:
    assert bool(spelling(text)) == bool(tokens(text))


@given(st.text(alphabet="aBéß 扩+#-.'_/,\u00ad\u0301C1s", max_size=30))
def test_a_spelling_keeps_the_tokens(text: str) -> None:
    assert tokens(spelling(text)) == tokens(text)


@given(st.text(max_size=60), st.text(max_size=60))
def test_texts_apart_have_the_tokens_of_each(one: str, other: str) -> None:
    assert tokens(f"{one} \n {other}") == tokens(one) + tokens(other)


@given(st.text(max_size=60))
def test_tokens_are_in_lower_case_and_hold_no_space(text: str) -> None:
    for token in tokens(text):
        assert token == token.casefold()
        assert not any(character.isspace() for character in token)
