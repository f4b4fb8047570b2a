import ast
from datetime import date
from pathlib import Path
from string import Formatter

import pytest
from babel import Locale

from formatters.words import Message, languages, words

ROOT = Path(__file__).resolve().parents[2]
KEYS = tuple(words("en").messages)
DAYS = [date(2026, 4, 21), date(2026, 4, 23), date(2026, 4, 22)]


def variables(message: Message) -> set[str]:
    texts = [message] if isinstance(message, str) else message.values()
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}


def test_there_is_a_catalogue_for_english_and_chinese() -> None:
    assert {"en", "zh"} <= set(languages())


@pytest.mark.parametrize("language", languages())
def test_every_catalogue_has_every_message(language: str) -> None:
    assert set(words(language).messages) == set(KEYS)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("key", KEYS)
def test_a_message_has_the_same_variables_in_every_language(language: str, key: str) -> None:
    assert variables(words(language).messages[key]) == variables(words("en").messages[key])


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("key", KEYS)
def test_a_counted_message_has_exactly_the_plurals_of_its_language(language: str, key: str) -> None:
    message = words(language).messages[key]
    assert isinstance(message, str) == isinstance(words("en").messages[key], str)
    if not isinstance(message, str):
        assert set(message) == {*Locale.parse(language).plural_form.tags, "other"}


def test_every_message_is_used() -> None:
    files = [*ROOT.glob("bot/**/*.py"), *ROOT.glob("formatters/**/*.py")]
    nodes = (node for file in files for node in ast.walk(ast.parse(file.read_text("utf-8"))))
    texts = {str(node.value) for node in nodes if isinstance(node, ast.Constant)}
    unused = {key for key in KEYS if key not in texts and key.partition(".")[0] + "." not in texts}
    assert not unused


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("en", "en"),
        ("zh", "zh"),
        ("zh-CN", "zh"),
        ("zh_Hans_CN", "zh"),
        ("ZH", "zh"),
        ("tlh", "en"),
        ("", "en"),
        ("../../etc/passwd", "en"),
    ],
)
def test_an_unknown_language_gets_english(asked: str, given: str) -> None:
    assert words(asked).language == given


@pytest.mark.parametrize(
    ("language", "number", "text"),
    [
        ("en", 1, "1 paper"),
        ("en", 0, "0 papers"),
        ("en", 2, "2 papers"),
        ("en", 1234, "1,234 papers"),
        ("zh", 1, "1 篇论文"),
    ],
)
def test_plurals_follow_the_language(language: str, number: int, text: str) -> None:
    assert words(language).count("digest.papers", number) == text


def test_numbers_among_the_variables_are_written_the_readers_way() -> None:
    text = words("en").count("digest.chosen", 21400, chosen=1200)
    assert text == "1,200 of 21,400 announced"


def test_braces_in_a_value_are_only_text() -> None:
    assert words("en")("search.title", query="{query!r} {0}") == "Search: {query!r} {0}"


@pytest.mark.parametrize(
    ("language", "text"), [("en", "Tue, Apr 21, 2026"), ("zh", "2026年4月21日周二")]
)
def test_dates_are_written_the_readers_way(language: str, text: str) -> None:
    assert words(language).day(DAYS[0]) == text


def test_several_dates_are_a_range() -> None:
    assert words("en").days(DAYS) == "Tue, Apr 21, 2026 – Thu, Apr 23, 2026"
    assert words("en").days(DAYS[:1] * 2) == "Tue, Apr 21, 2026"
    assert words("en").days([]) == ""


def test_asking_the_wrong_way_is_an_error() -> None:
    with pytest.raises(KeyError, match="depends on a number"):
        words("en")("digest.papers")
    with pytest.raises(KeyError, match="does not depend"):
        words("en").count("digest.summary", 1)
    with pytest.raises(KeyError):
        words("en")("no.such")
