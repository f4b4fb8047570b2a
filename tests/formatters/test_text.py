"""Clean text, cuts that readers do not trip over, and links that are safe in any markup."""

import re
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from wcwidth import iter_graphemes, width

from formatters.text import ELLIPSIS, authors_line, clean, clip, clip_cells, plain, safe_url

FAMILY = "👨\u200d👩\u200d👧"
HEART = "❤\ufe0f"
PERSIAN = "می\u200cخواهم"
SINHALA = "ශ්\u200dරී"
MALAYALAM = "ന്\u200d"
KEYCAP = "1\ufe0f\u20e3"
VARIANT_OF_HAN = "葛\U000e0100"
FLAG = "🇩🇪"

surrogates_too = st.text(st.characters() | st.characters(categories=["Cs"]))
invisible = st.sampled_from("\u200b\u200c\u200d\u200e\u202e\u2066\ufeff\ufe0f\u00ad\x00\x1b\u0301")
pictures = st.sampled_from(
    [FAMILY, HEART, KEYCAP, FLAG, PERSIAN, SINHALA, "a", "中", " ", "é", "#"]
)
difficult = st.lists(invisible | pictures | st.text(max_size=2), max_size=12).map("".join)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  a\n  b\tc\u00a0d\u2028e\u3000f ", "a b c d e f"),
        ("plain", "plain"),
        ("e\u0301", "é"),
        ("e\u200b\u0301", "é"),
        ("a\u200bb\ufeffc\u2060d\u00ade", "abcde"),
        ("a\u202eb\u2066c\u200fd\u061ce", "abcde"),
        ("a\x00b\x1b[31mc\x7fd\x9be", "ab[31mcde"),
        ("a\ud800b\udfffc", "abc"),
        ("a\ufffeb\ufdd0c\ufff9d", "abcd"),
        ("a\u200db\u200cc\u180bd\ufe0fe\U000e0100f", "abcdef"),
        ("hidden" + "".join(chr(0xE0000 + ord(letter)) for letter in "orders"), "hidden"),
        ("1\u200d2\ufe0f3", "123"),
        ("😀\ufe0f\ufe0f\u200d\u200d", "😀\ufe0f"),
        ("\u3164 \u115f\uffa0", ""),
        ("\u0600 ۱۲", "\u0600 ۱۲"),
    ],
)
def test_what_nobody_sees_is_removed(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@pytest.mark.parametrize(
    "text",
    [FAMILY, HEART, PERSIAN, SINHALA, MALAYALAM, KEYCAP, VARIANT_OF_HAN, FLAG, "👍🏽", "☝🏻"],
)
def test_joiners_and_selectors_stay_where_writing_needs_them(text: str) -> None:
    assert clean(f"a {text} b {text}") == f"a {text} b {text}"


@given(surrogates_too | difficult)
def test_clean_text_is_one_line_of_nfc_that_can_be_encoded(text: str) -> None:
    cleaned = clean(text)
    assert unicodedata.is_normalized("NFC", cleaned)
    assert " ".join(cleaned.split()) == cleaned
    assert not {unicodedata.category(character) for character in cleaned} & {"Cc", "Cs"}
    assert not re.search("[\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]", cleaned)
    cleaned.encode()


@given(surrogates_too | difficult)
@example("\ufe0f\u200d🀀")
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


def test_plain_resolves_tex_and_cleans() -> None:
    assert plain("  R\\'enyi\n  $x_i$\u200b ") == "Rényi xᵢ"


@given(surrogates_too)
def test_plain_never_raises(text: str) -> None:
    plain(text).encode()


@pytest.mark.parametrize(
    ("text", "limit", "clipped"),
    [
        ("the quick brown fox", 19, "the quick brown fox"),
        ("the quick brown fox", 18, "the quick brown…"),
        ("the quick brown fox", 16, "the quick brown…"),
        ("the quick, brown fox", 13, "the quick…"),
        ("an incomprehensibilities of", 20, "an incomprehensibil…"),
        ("深度学习模型的方法", 5, "深度学习…"),
        ("深度学习 模型的方法很多", 8, "深度学习 模型…"),
        ("e\u0301e\u0301e\u0301", 4, "e\u0301…"),
        (FAMILY * 2, 6, f"{FAMILY}…"),
        (FAMILY * 2, 5, "…"),
        ("ab", 1, "…"),
        ("ab", 0, ""),
        ("ab", -3, ""),
        ("", 0, ""),
    ],
)
def test_text_is_cut_between_graphemes_and_rather_between_words(
    text: str, limit: int, clipped: str
) -> None:
    assert clip(text, limit) == clipped


@pytest.mark.parametrize(
    ("text", "cells", "clipped"),
    [
        ("深度学习", 8, "深度学习"),
        ("深度学习", 7, "深度学…"),
        ("深度学习", 6, "深度…"),
        ("the quick brown fox", 16, "the quick brown…"),
        (FAMILY * 3, 5, f"{FAMILY * 2}…"),
        ("深度", 1, "…"),
        ("深度", 0, ""),
    ],
)
def test_text_is_cut_by_the_cells_it_takes_up(text: str, cells: int, clipped: str) -> None:
    assert clip_cells(text, cells) == clipped


@pytest.mark.parametrize(("cut", "measure"), [(clip, len), (clip_cells, width)])
@given(text=difficult | st.text(), limit=st.integers(-1, 40))
@example(text="\u0301" * 50, limit=3)
def test_cuts_keep_the_limit_and_whole_graphemes(
    cut: Callable[[str, int], str], measure: Callable[[str], int], text: str, limit: int
) -> None:
    text = clean(text)
    clipped = cut(text, limit)
    assert measure(clipped) <= max(0, limit)
    if clipped != text:
        kept = clipped.removesuffix(ELLIPSIS)
        assert clipped == kept + ELLIPSIS or limit <= 0
        clusters = list(iter_graphemes(text))
        assert kept in {"".join(clusters[:count]) for count in range(len(clusters) + 1)}


@pytest.mark.parametrize("cut", [clip, clip_cells])
def test_a_long_text_is_not_read_to_its_end_grapheme_by_grapheme(
    cut: Callable[[str, int], str],
) -> None:
    assert cut("word " * 200_000, 12) == "word word…"


def test_authors_are_named_up_to_a_number_and_the_rest_is_counted() -> None:
    authors = ("Jos\\'e  P\u00e9rez", "Li Na", "Ann O'Neil", "Bo Ek")
    assert authors_line(authors, 2) == ("José Pérez, Li Na", 2)
    assert authors_line(authors, 4) == ("José Pérez, Li Na, Ann O'Neil, Bo Ek", 0)
    assert authors_line(authors, 9) == ("José Pérez, Li Na, Ann O'Neil, Bo Ek", 0)
    assert authors_line(authors, 0) == ("", 4)
    assert authors_line((), 3) == ("", 0)


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://arxiv.org/abs/2401.00001v2", "https://arxiv.org/abs/2401.00001v2"),
        ("  http://Example.COM:8080/A?b=c&d=%20e#f ", "http://example.com:8080/A?b=c&d=%20e#f"),
        ("https://a.org/x_(y)", "https://a.org/x_%28y%29"),
        ("https://a.org/\"<'>`[]{}|^", "https://a.org/%22%3C%27%3E%60%5B%5D%7B%7D%7C%5E"),
        ("https://a.org/论文?q=é", "https://a.org/%E8%AE%BA%E6%96%87?q=%C3%A9"),
        ("https://bücher.de/", "https://xn--bcher-kva.de/"),
        ("https://a.org/100%", "https://a.org/100%25"),
        ("https://a.org/~me/x_y", "https://a.org/~me/x_y"),
    ],
)
def test_web_addresses_come_out_safe_for_any_markup(url: str, safe: str) -> None:
    assert safe_url(url) == safe


@pytest.mark.parametrize(
    "url",
    [
        "",
        "arxiv.org/abs/2401.00001",
        "//arxiv.org",
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "tg://user?id=1",
        "https://",
        "https:///path",
        "https://..",
        "https://user:secret@a.org/",
        "https://arxiv.org@evil.org/",
        "https://a.org\\@evil.org",
        "https://a.org/a b",
        "https://a.org/\nb",
        "https://a.org/\x00",
        "https://a.org/\ud800",
        "https://a.org:99999/",
        "https://a.org:x/",
        "https://[::1]/",
        "https://[a",
        "https://a_(b).org",
        "https://" + "a" * 300 + ".org",
        "https://a.org/" + "x" * 3000,
        "https://a.org/" + "(" * 1000,
    ],
)
def test_anything_else_is_no_link(url: str) -> None:
    assert safe_url(url) is None


@given(st.text() | st.text().map("https://a.org/".__add__) | st.text().map("https://".__add__))
@example("https://a.org/?#")
def test_a_safe_link_is_plain_ascii_and_stays_the_same(url: str) -> None:
    safe = safe_url(url)
    if safe is not None:
        assert re.fullmatch(r"https?://[!-~]+", safe)
        assert not re.search(r"""[\s"'<>()\[\]{}|\\^`]""", safe)
        assert safe_url(safe) == safe
