"""The commands of running text, each a function that reads its arguments and says what it means."""

import re
import unicodedata
from collections.abc import Callable
from functools import partial

from formatters.tex_cursor import OPTION_LIMIT, Cursor, Reader, Unresolved
from formatters.tex_layout import script
from formatters.tex_math import read_math
from formatters.tex_symbols import (
    ACCENTS,
    LETTERS,
    MATH_ENVIRONMENTS,
    PICTURES,
    TEXT,
    TEXT_FONTS,
)

_ESCAPED = re.compile(r"\\([_%#&$~^{}])")
_POSSESSIVE = re.compile(r"s\s+[a-z]")
_DOTLESS = {"ı": "i", "ȷ": "j"}

_POINTERS = frozenset(
    {"", "here", "link", "url", "website", "webpage", "homepage", "page", "code", "github", "demo"}
    | {"this https url", "this http url", "this ftp url", "this url", "project page", "repository"}
    | {
        "huggingface",
        "hugging face",
        "dataset",
        "data",
        "this link",
        "this website",
        "this page",
        "this webpage",
        "this repository",
        "the link",
    }
)
"""Link texts that say nothing once the link is gone; arXiv writes "this https URL" itself."""


def unescaped(address: str) -> str:
    """An address without the backslashes that TeX wants in it."""
    return _ESCAPED.sub(r"\1", address)


def commands(prose: Reader) -> dict[str, Reader]:
    """The commands by name; `prose` is what reads the text in their arguments."""

    def given(function: Callable[[Reader, Cursor, int], str]) -> Reader:
        return partial(function, prose)

    return {
        **dict.fromkeys(TEXT_FONTS, given(_last_of_one)),
        **dict.fromkeys(("textcolor", "colorbox", "raisebox", "scalebox"), given(_last_of_two)),
        **dict.fromkeys(("url", "path", "nolinkurl"), _address),
        **dict.fromkeys(("href", "hyperlink"), given(_link)),
        **dict.fromkeys(("SI", "qty"), given(_quantity)),
        **dict.fromkeys(("num", "numprint"), _number),
        **dict.fromkeys(("color", "vspace", "pagestyle", "bibliographystyle", "index"), _invisible),
        **dict.fromkeys(("par", "newline", "linebreak", "hfill", "quad", "qquad"), _space),
        **dict.fromkeys(("smallskip", "medskip", "bigskip", "newpage", "clearpage"), _space),
        **dict.fromkeys(("hspace", "hskip", "kern", "vskip"), _length),
        **{name: partial(_accent, prose, name) for name in ACCENTS},
        "ensuremath": _formula,
        "textsuperscript": given(_superscript),
        "textsubscript": given(_subscript),
        "ang": _angle,
        "unicode": _code_point,
        "ding": _dingbat,
        "circled": _circled,
        "verb": _verbatim,
        "begin": given(_environment),
    }


def _last_of_one(prose: Reader, cursor: Cursor, end: int) -> str:
    cursor.option(end)
    return cursor.within(cursor.argument(end), prose)


def _last_of_two(prose: Reader, cursor: Cursor, end: int) -> str:
    cursor.option(end)
    cursor.raw_argument(end)
    return _last_of_one(prose, cursor, end)


def _formula(cursor: Cursor, end: int) -> str:
    return cursor.within(cursor.argument(end, closed=True), read_math)


def _superscript(prose: Reader, cursor: Cursor, end: int) -> str:
    return script("^", cursor.within(cursor.argument(end), prose))


def _subscript(prose: Reader, cursor: Cursor, end: int) -> str:
    return script("_", cursor.within(cursor.argument(end), prose))


def _address(cursor: Cursor, end: int) -> str:
    return unescaped(cursor.raw_argument(end))


def _link(prose: Reader, cursor: Cursor, end: int) -> str:
    """The link's text, or its address where the text only points at the link."""
    address = unescaped(cursor.raw_argument(end))
    if cursor.peek(end) != "{":
        return address
    text = cursor.within(cursor.argument(end), prose).strip()
    bare = text.lower().removesuffix(".") in _POINTERS or text.startswith(("http", "www."))
    return address if bare and address else text


def _quantity(prose: Reader, cursor: Cursor, end: int) -> str:
    cursor.option(end)
    number = cursor.raw_argument(end)
    return f"{number} {cursor.within(cursor.argument(end, closed=True), prose)}"


def _number(cursor: Cursor, end: int) -> str:
    cursor.option(end)
    return cursor.raw_argument(end)


def _angle(cursor: Cursor, end: int) -> str:
    return _number(cursor, end) + "°"


def _invisible(cursor: Cursor, end: int) -> str:
    cursor.skip("*", end)
    cursor.raw_argument(end)
    cursor.skip_space(end)
    return ""


def _length(cursor: Cursor, end: int) -> str:
    cursor.skip("*", end)
    return "" if cursor.dimension(end).startswith("-") else " "


def _space(cursor: Cursor, end: int) -> str:
    cursor.skip_space(end)
    return " "


def _code_point(cursor: Cursor, end: int) -> str:
    r"""MathJax's `\unicode{x2013}`."""
    number = cursor.raw_argument(end)
    try:
        character = chr(int(number[1:], 16) if number[:1] in ("x", "X") else int(number))
    except (ValueError, OverflowError):
        raise Unresolved from None
    if unicodedata.category(character).startswith("C"):
        raise Unresolved
    return character


def _dingbat(cursor: Cursor, end: int) -> str:
    """A sign of the font Zapf Dingbats, which is where Unicode's Dingbats block comes from."""
    number = cursor.raw_argument(end)
    code = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else 0
    if 33 <= code <= 126:
        return chr(0x2700 + code - 32)
    if 172 <= code <= 181:
        return chr(0x2460 + code - 172)
    if 161 <= code <= 254:
        return chr(0x2700 + code - 64)
    raise Unresolved


def _circled(cursor: Cursor, end: int) -> str:
    content = cursor.raw_argument(end)
    small = content.isascii() and content.isdigit() and len(content) < 3 and 1 <= int(content) <= 20
    return chr(0x245F + int(content)) if small else f"({content})"


def _verbatim(cursor: Cursor, end: int) -> str:
    start = cursor.at + 1
    delimiter = cursor.peek(end)
    stop = cursor.text.find(delimiter, start, min(end, start + OPTION_LIMIT)) if delimiter else -1
    if stop < 0:
        raise Unresolved
    cursor.at = stop + 1
    return cursor.text[start:stop]


def _environment(prose: Reader, cursor: Cursor, end: int) -> str:
    name, span = cursor.environment(end)
    if name in PICTURES:
        raise Unresolved
    return cursor.within(span, read_math if name in MATH_ENVIRONMENTS else prose)


def _accent(prose: Reader, name: str, cursor: Cursor, end: int) -> str:
    """A letter under an accent, or the sign itself where it was only escaped."""
    sign = "" if name.isalpha() else name
    if _only_escaped(cursor, name, end):
        return sign
    start, stop = cursor.argument(end)
    whole = name + cursor.text[start:stop]
    if whole in TEXT or whole in LETTERS:
        return TEXT.get(whole) or LETTERS[whole]
    content = cursor.within((start, stop), prose)
    if not content[:1].isalpha():
        return sign + content
    letter = _DOTLESS.get(content[0], content[0])
    composed = unicodedata.normalize("NFC", letter + ACCENTS[name])
    if name in "'\"`" and len(composed) > 1:
        return name + content
    return composed + content[1:]


def _only_escaped(cursor: Cursor, name: str, end: int) -> bool:
    r"""Whether the backslash is no accent's: in `vs\. the`, before the end, or in `LLM\'s own`."""
    if name == "'" and _POSSESSIVE.match(cursor.text, cursor.at, end):
        return cursor.text[cursor.at - 3 : cursor.at - 2].isalpha()
    following = cursor.peek(end)
    return following in ("", "}", "$") or (name in ".=" and following.isspace())
