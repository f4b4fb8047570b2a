from itertools import accumulate

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from wcwidth import iter_graphemes

from formatters.telegram_text import Entity, Text, encoded, join, lines, split
from tests.formatters.documents import texts

BOLD = Entity("bold", 0, 5)


def parts(text: str, characters: int) -> list[str]:
    return [part.text for part in split(Text(text), characters, 100)]


def squeezed(text: str) -> str:
    return "".join(text.split())


class TestStyled:
    def test_puts_all_of_the_text_inside(self) -> None:
        assert Text("kites").styled("bold") == Text("kites", (BOLD,))

    def test_never_begins_or_ends_with_white_space(self) -> None:
        assert Text("\n kites ").styled("bold").entities == (Entity("bold", 2, 7),)
        assert Text(" \n").styled("bold").entities == ()

    def test_an_outer_entity_comes_before_those_inside(self) -> None:
        text = Text("kites").styled("bold").styled("expandable_blockquote")
        assert [one.type for one in text.entities] == ["expandable_blockquote", "bold"]

    def test_a_style_leaves_out_code(self) -> None:
        text = join((Text("see "), Text("cs.CL").styled("code"), Text(" there"))).styled("italic")
        assert text.entities == (
            Entity("italic", 0, 3),
            Entity("code", 4, 9),
            Entity("italic", 10, 15),
        )

    def test_a_style_ends_where_a_link_begins_as_telegram_has_it(self) -> None:
        link = Text("kites").styled("text_link", "https://a.b/")
        text = join((Text("on "), link)).styled("bold")
        assert text.entities == (
            Entity("bold", 0, 2),
            Entity("bold", 3, 8),
            Entity("text_link", 3, 8, "https://a.b/"),
        )


class TestJoin:
    def test_moves_the_entities(self) -> None:
        joined = join((Text("a"), Text("kites", (BOLD,)), Text()), ", ")
        assert joined == Text("a, kites, ", (Entity("bold", 3, 8),))

    def test_of_nothing_is_nothing(self) -> None:
        assert join(()) == Text()

    def test_lines_leave_out_what_shows_nothing(self) -> None:
        assert lines(Text("a"), Text(" \u200b"), Text(), Text("b")).text == "a\nb"


@pytest.mark.parametrize(
    ("text", "visible"),
    [("", False), (" \n\u3000", False), ("\u200b\u2060", False), ("a", True), ("。", True)],
)
def test_what_shows_anything_is_visible(text: str, visible: bool) -> None:
    assert Text(text).visible is visible


class TestSplit:
    @pytest.mark.parametrize(
        ("text", "characters", "expected"),
        [
            ("kites fly", 9, ["kites fly"]),
            ("kites fly", 8, ["kites", "fly"]),
            ("kites fly", 5, ["kites", "fly"]),
            ("kites fly", 3, ["kit", "es", "fly"]),
            ("  kites \n\n fly  ", 9, ["kites", "fly"]),
            ("One. Two three four", 15, ["One.", "Two three four"]),
            ("One. Two\nthree four", 15, ["One. Two", "three four"]),
            ("风筝。乘风，而飞", 5, ["风筝。", "乘风，而飞"]),
            ("风筝乘风，而飞", 4, ["风筝乘", "风，而飞"]),
            ("风筝《乘风》飞", 3, ["风筝", "《乘", "风》飞"]),
            ("风筝 kite乘风", 5, ["风筝", "kite乘", "风"]),
            ("“风筝。”乘风", 5, ["“风筝。”", "乘风"]),
        ],
    )
    def test_cuts_between_lines_else_sentences_else_words(
        self, text: str, characters: int, expected: list[str]
    ) -> None:
        assert parts(text, characters) == expected

    def test_a_better_place_far_away_is_left_alone(self) -> None:
        assert parts("One.\n" + "two " * 1000, 3000)[0].endswith("two")

    @pytest.mark.parametrize("grapheme", ["e\u0301", "👩\u200d👩\u200d👧\u200d👦", "🇩🇪", "नि"])
    def test_never_cuts_a_grapheme(self, grapheme: str) -> None:
        size = len(grapheme)
        assert parts(grapheme * 3, 2 * size + size - 1) == [grapheme * 2, grapheme]

    def test_a_grapheme_that_is_too_long_is_cut_after_all(self) -> None:
        assert [len(part) for part in parts("a" + "\u0301" * 9, 4)] == [4, 4, 2]

    def test_an_entity_that_is_cut_begins_again(self) -> None:
        link = Text("kites fly high").styled("text_link", "https://a.b/")
        first, second = split(link, 9, 100)
        assert first == Text("kites fly", (Entity("text_link", 0, 9, "https://a.b/"),))
        assert second == Text("high", (Entity("text_link", 0, 4, "https://a.b/"),))

    def test_too_many_entities_are_cut_too(self) -> None:
        text = join((Text(str(number)).styled("code") for number in range(250)), " ")
        shown = list(split(text, 4096, 100))
        assert [len(part.entities) for part in shown] == [100, 100, 50]
        assert " ".join(part.text for part in shown) == text.text

    def test_parts_that_show_nothing_are_left_out(self) -> None:
        assert parts("\u200b" * 50 + " kites", 10)[-1:] == ["kites"]
        assert parts("\u200b" * 10, 10) == []

    @given(st.lists(texts, max_size=5).map(" ".join), st.integers(1, 300))
    def test_nothing_is_lost_and_no_part_is_too_long(self, text: str, characters: int) -> None:
        styled = join((Text(word).styled("code") for word in text.split(" ")), " ")
        shown = list(split(styled, characters, 3))
        assert all(0 < len(part.text) <= characters for part in shown)
        assert all(len(part.entities) <= 3 for part in shown)
        for part in shown:
            for entity in part.entities:
                inside = part.text[entity.start : entity.end]
                assert inside == inside.strip() != ""
        seen = "".join(one for one in squeezed(text) if one.isprintable())
        got = "".join(one for part in shown for one in squeezed(part.text) if one.isprintable())
        assert got == seen

    @given(texts, st.integers(20, 60))
    def test_cuts_are_between_graphemes(self, text: str, characters: int) -> None:
        sizes = [len(cluster) for cluster in iter_graphemes(text)]
        assume(max(sizes, default=0) <= characters)
        places = {0, *accumulate(sizes)}
        end = 0
        for part in parts(text, characters):
            begin = text.index(part, end)
            end = begin + len(part)
            assert begin in places or text[begin - 1].isspace()
            assert end in places or end == len(text.rstrip())


class TestEncoded:
    def test_counts_utf_16_code_units(self) -> None:
        text = join((Text("👍 "), Text("a👍").styled("bold"), Text("!").styled("code")))
        assert encoded(text) == [
            {"type": "bold", "offset": 3, "length": 3},
            {"type": "code", "offset": 6, "length": 1},
        ]

    def test_links_carry_their_address(self) -> None:
        link = Text("中").styled("text_link", "https://a.b/")
        assert encoded(link) == [
            {"type": "text_link", "offset": 0, "length": 1, "url": "https://a.b/"}
        ]

    @given(texts, texts)
    def test_an_entity_holds_the_same_text_in_utf_16(self, before: str, inside: str) -> None:
        text = join((Text(before), Text(inside).styled("bold")))
        units = text.text.encode("utf-16-le", "surrogatepass")
        for entity, written in zip(text.entities, encoded(text), strict=True):
            start, length = written["offset"], written["length"]
            assert isinstance(start, int)
            assert isinstance(length, int)
            part = units[2 * start : 2 * (start + length)].decode("utf-16-le", "surrogatepass")
            assert part == text.text[entity.start : entity.end]
