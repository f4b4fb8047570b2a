"""The files of the languages: all can be read, and a new one needs no code."""

import pytest

from bot.enrich.check_languages import ENGLISH, Language, codes, language, languages, parsed
from bot.enrich.check_numerals import chain_value


def test_the_common_languages_have_files() -> None:
    assert {"en", "zh", "ja", "ko", "de", "fr", "es", "pt", "it", "ru", "ar", "hi"} <= set(codes())
    assert [one.code for one in languages()] == list(codes())


@pytest.mark.parametrize("code", codes())
def test_a_file_says_at_least_the_script_and_the_length(code: str) -> None:
    known = language(code)
    assert known.scripts
    assert known.length
    assert 0.2 < known.length < 1.5
    assert known.labels
    assert known.refusals
    assert known.multipliers


@pytest.mark.parametrize("code", codes())
def test_number_words_are_in_lower_case(code: str) -> None:
    known = language(code)
    assert all(word == word.lower() for word in {*known.numerals, *known.multipliers})


@pytest.mark.parametrize("one", [one for one in languages() if one.words], ids=lambda one: one.code)
def test_the_commonest_words_tell_a_language_from_english(one: Language) -> None:
    if one.code != ENGLISH:
        assert len(one.words - language(ENGLISH).words) >= 20


def test_nothing_is_known_about_a_language_without_a_file() -> None:
    assert language("tlh") == Language("tlh")


def test_a_language_is_a_file_of_which_everything_is_optional() -> None:
    made = parsed("eo", 'scripts = ["LATIN"]\nwords = "la kaj de"\n[multipliers]\nmil = 1e3\n')
    assert made.scripts == {"LATIN"}
    assert made.words == {"la", "kaj", "de"}
    assert made.multipliers == {"mil": 1000}
    assert parsed("eo", "") == Language("eo")


def test_a_key_without_a_meaning_is_refused() -> None:
    with pytest.raises(TypeError, match="skripts"):
        parsed("eo", 'skripts = ["LATIN"]')


@pytest.mark.parametrize(
    ("code", "words", "value"),
    [
        ("en", "twenty-six", 26),
        ("en", "three hundred", 300),
        ("en", "two hundred fifty thousand", 250e3),
        ("en", "five million", 5e6),
        ("en", "millions", None),
        ("zh", "三百万", 3e6),
        ("zh", "四十二", 42),
        ("zh", "二百三十万", 2.3e6),
        ("zh", "五千万", 5e7),
        ("zh", "千万", None),
    ],
)
def test_number_words_have_a_value(code: str, words: str, value: float | None) -> None:
    assert chain_value(language(code), words) == value
