import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import iter_graphemes, width

from formatters.document import Span, text_of
from formatters.wrap import wrap

GRAPHEMES = (*"abc 中文，。（“”-é", "a\u0301", "👨\u200d👩\u200d👧")
texts = st.lists(st.sampled_from(GRAPHEMES), max_size=80).map("".join)


def lines_of(text: str, cells: int) -> list[str]:
    return [text_of(line) for line in wrap((Span(text),), cells)]


@pytest.mark.parametrize(
    ("text", "cells", "lines"),
    [
        ("", 10, []),
        ("one two three", 13, ["one two three"]),
        ("one two three", 12, ["one two", "three"]),
        ("one  two", 4, ["one", "two"]),
        ("a self-supervised model", 7, ["a self-", "supervi", "sed", "model"]),
        ("from -1 to 1", 6, ["from", "-1 to", "1"]),
        ("中文分行", 4, ["中文", "分行"]),
        ("中文分行", 5, ["中文", "分行"]),
        ("通过CLIP嵌入", 7, ["通过", "CLIP嵌", "入"]),
        ("引入新方法，名为", 10, ["引入新方", "法，名为"]),
        ("名为“虚拟”的", 5, ["名为", "“虚", "拟”的"]),
        ("https://example.org/a", 8, ["https://", "example.", "org/a"]),
    ],
)
def test_lines_break_between_words_and_between_han_characters(
    text: str, cells: int, lines: list[str]
) -> None:
    assert lines_of(text, cells) == lines


@given(texts, st.integers(1, 30))
def test_no_line_is_too_wide_unless_one_grapheme_is(text: str, cells: int) -> None:
    for line in lines_of(text, cells):
        visible = [grapheme for grapheme in iter_graphemes(line) if width(grapheme)]
        assert width(line) <= cells or len(visible) == 1


@given(texts, st.integers(1, 30))
def test_nothing_but_spaces_at_breaks_is_lost(text: str, cells: int) -> None:
    assert "".join(lines_of(text, cells)).replace(" ", "") == text.replace(" ", "")


@given(st.lists(texts, max_size=5), st.integers(1, 30))
def test_styles_do_not_change_where_lines_break(parts: list[str], cells: int) -> None:
    styled = tuple(Span(part, strong=index % 2 == 0) for index, part in enumerate(parts))
    assert [text_of(line) for line in wrap(styled, cells)] == lines_of("".join(parts), cells)


def test_a_line_keeps_the_styles_and_links_of_its_parts() -> None:
    link = "https://arxiv.org/abs/2604.01234"
    spans = (Span("one two ", url=link), Span("three", strong=True))
    assert wrap(spans, 9) == [
        (Span("one two", url=link),),
        (Span("three", strong=True),),
    ]
    assert wrap(spans, 20) == [spans]


def test_long_text_takes_linear_time() -> None:
    assert len(lines_of("，" * 100_000, 40)) == 5_000
