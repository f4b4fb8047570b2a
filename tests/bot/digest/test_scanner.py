"""How a query falls into lexemes, each with its place; test_parser specifies what they mean."""

import pytest

from bot.digest.scanner import LONGEST_QUOTE, Kind, scan, shown


def test_every_lexeme_knows_where_it_stands() -> None:
    text = 'cs.CV -ti:("a b" OR c)'
    assert [(one.kind, one.text, one.position) for one in scan(text)] == [
        (Kind.WORD, "cs.CV", 0),
        (Kind.MINUS, "-", 6),
        (Kind.PREFIX, "ti", 7),
        (Kind.OPEN, "(", 10),
        (Kind.PHRASE, "a b", 11),
        (Kind.OR, "OR", 17),
        (Kind.WORD, "c", 20),
        (Kind.CLOSE, ")", 21),
        (Kind.END, "", 22),
    ]


def test_nothing_is_only_the_end() -> None:
    assert [one.kind for one in scan(" , ")] == [Kind.END]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cs.ZZ", '"cs.ZZ"'),
        ("a\u202eb\x07", '"a�b�"'),
        ("x" * LONGEST_QUOTE, f'"{"x" * LONGEST_QUOTE}"'),
        ("x" * 1000, f'"{"x" * LONGEST_QUOTE}…"'),
    ],
)
def test_an_error_shows_text_short_and_without_what_is_invisible(text: str, expected: str) -> None:
    assert shown(text) == expected
