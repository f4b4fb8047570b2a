"""Running text with TeX in it: commands, formulas, quotes, ties and groups become plain text."""

import re

from formatters.tex_commands import commands, unescaped
from formatters.tex_cursor import Cursor, Reader, Unresolved
from formatters.tex_layout import script
from formatters.tex_math import read_math, read_math_command, read_math_compactly
from formatters.tex_symbols import DECLARATIONS, TEXT, WORDS

CUT_FORMULA_LIMIT = 200
"""Characters from a lone dollar sign to the end of a text that may be a formula cut off."""

SET_LIMIT = 100
"""Characters that braces may hold to be looked at as a set, not as a group of TeX."""

_SPECIAL = re.compile(r"\\|\$|[{}]|~|``?|''|--|[\^_](?=\{)|https?://|www\.")
_REFERENCE = re.compile(
    r"\\(?:[a-z]{0,5}[cC]ite[a-z]*|(?:eq|auto|page|name|c|C)?ref|label|(footnote|thanks))\b\*?"
)
_TILDE = (
    r"(?:\\textasciitilde(?:\{\}|[ ]|\b)|\{\\textasciitilde\}|\\~\{\}|\{\\~(?:\{\})?\}|\$\\sim\$)"
)
_TILDES = re.compile(_TILDE)
_ADDRESS = re.compile(rf"(?:{_TILDE}|\\[_~#%&$]|[^\s\\{{}}$<>\"^`'])*")
_QUOTED = re.compile(r"(?<![\w`\\])`([^\s`'{}$\\](?:[^`'{}$\\]|\\[_%&#]){0,80})'(?![\w'])")
_SET = re.compile(r"[^\s,{}]+(?:\s*,\s*[^\s,{}]+)+")
_WORD = re.compile(r"[A-Za-z]{2,}")
_CUT_FORMULA = re.compile(r"(?:\$\$?|\\[(\[])(?=\s?[A-Za-z\\({|\[])[^\\^_]*[\\^_]")
_LONE_VARIABLE = re.compile(r"(?<!\w)[b-z]~\d")
_SIGNS = {
    **dict.fromkeys((",", ":", ";", " ", "\n", "\t"), " "),
    **dict.fromkeys(("/", "@", "!", ""), ""),
}


def read_prose(cursor: Cursor, end: int) -> str:
    """Read running text up to `end`; what cannot be said in Unicode stays as it was written."""
    pieces: list[str] = []
    while match := _SPECIAL.search(cursor.text, cursor.at, end):
        start = match.start()
        pieces.append(cursor.text[cursor.at : start])
        cursor.at = start
        try:
            reference = _REFERENCE.match(cursor.text, start, end)
            if reference:
                piece = _reference(cursor, end, reference)
                _strip_end(pieces)
            else:
                piece = _READERS[match.group()](cursor, end)
        except Unresolved:
            piece = cursor.text[start : cursor.at]
        pieces.append(piece)
    pieces.append(cursor.text[cursor.at : end])
    cursor.at = end
    return "".join(pieces)


def _strip_end(pieces: list[str]) -> None:
    while pieces and not (stripped := pieces[-1].rstrip()):
        pieces.pop()
    if pieces:
        pieces[-1] = stripped


def _reference(cursor: Cursor, end: int, command: re.Match[str]) -> str:
    """Footnotes go in parentheses; citations and labels lead nowhere from here and vanish."""
    cursor.at = command.end()
    while cursor.option(end) is not None:
        pass
    if command.group(1):
        return f" ({cursor.within(cursor.argument(end), read_prose).strip()})"
    cursor.raw_argument(end)
    return ""


def _command(cursor: Cursor, end: int) -> str:
    if cursor.text.startswith(("\\(", "\\["), cursor.at):
        return _formula(cursor, end)
    name = cursor.command(end)
    if name in COMMANDS:
        return COMMANDS[name](cursor, end)
    if name in DECLARATIONS:
        cursor.skip_space(end)
        return ""
    symbol = _symbol(cursor, end, name)
    if symbol is not None:
        return symbol
    return _foreign(cursor, end, name) if name.isalpha() else _sign(cursor, name)


def _symbol(cursor: Cursor, end: int, name: str) -> str | None:
    """What a command without an argument, or one of mathematics, stands for."""
    symbol = TEXT.get(name) or WORDS.get(name) or read_math_command(cursor, name, end)
    if symbol is None:
        return None
    closed = cursor.skip("{}", end)
    if name in TEXT and not closed:
        cursor.skip_space(end)
    if name in WORDS and symbol.endswith("."):
        cursor.skip(".", end)
    return symbol


def _foreign(cursor: Cursor, end: int, name: str) -> str:
    """An author's own command: its argument is what it says, without one its name has to do."""
    if cursor.peek(end) != "{" or cursor.skip("{}", end):
        return name
    span = cursor.argument(end)
    several = False
    while cursor.peek(end) == "{":
        cursor.argument(end)
        several = True
    if several:
        raise Unresolved
    return cursor.within(span, read_prose)


def _sign(cursor: Cursor, name: str) -> str:
    r"""What a backslash before a sign means.

    `\-` is TeX's soft hyphen, but 31 of the 32 in 20,000 abstracts stand for a real one. `\\&` is
    an ampersand that was escaped twice.
    """
    if name == "\\":
        return "" if cursor.text[cursor.at : cursor.at + 1] in tuple("%&_#") else " "
    if name in (")", "]"):
        return "\\" + name
    return _SIGNS.get(name, name)


def _formula(cursor: Cursor, end: int) -> str:
    """A formula, resolved as a whole or left as a whole."""
    start = cursor.at
    text = cursor.text
    width = 1 if text[start] == "$" and not text.startswith("$$", start) else 2
    stop = cursor.closer(start)
    if stop is None or stop >= end:
        return _lone_delimiter(cursor, end, width)
    cursor.at = stop + width
    try:
        return cursor.within((start + width, stop), read_math).strip()
    except Unresolved:
        return text[start : cursor.at]


def _lone_delimiter(cursor: Cursor, end: int, width: int) -> str:
    """The beginning of a formula where the text was cut off, or a sign such as that of a price."""
    start = cursor.at
    cut = end == len(cursor.text) and end - start <= CUT_FORMULA_LIMIT
    if cut and _CUT_FORMULA.match(cursor.text, start, end):
        cursor.at = end
    else:
        cursor.at += width
    return cursor.text[start : cursor.at]


def _script(cursor: Cursor, end: int) -> str:
    """A script outside of formulas; braces show that it is TeX, and not a name with a `_` in it."""
    mark = cursor.text[cursor.at]
    cursor.at += 1
    span = cursor.argument(end, closed=True)
    return script(mark, cursor.within(span, read_math_compactly), cursor.peek(end))


def _group(cursor: Cursor, end: int) -> str:
    start = cursor.at
    stop = cursor.closer(start)
    if stop is None or stop >= end:
        cursor.at += 1
        return "" if cursor.peek(end) == "\\" else "{"
    cursor.at = stop + 1
    content = cursor.within((start + 1, stop), read_prose)
    return f"{{{content}}}" if _is_set(cursor.text, start, stop) else content


def _is_set(text: str, start: int, stop: int) -> bool:
    """Whether braces mean a set, such as {0, 1}, and not a group, such as 10{,}000 or {SR}Net."""
    body = text[start + 1 : min(stop, start + 1 + SET_LIMIT)]
    if stop - start > SET_LIMIT or "\\" in body:
        return False
    if _SET.fullmatch(body) or body[:1] in ('"', "'"):
        return True
    before, after = text[start - 1 : start], text[stop + 1 : stop + 2]
    joined = after.isalnum() or ((before.isalnum() or before == "}") and not body.isalnum())
    return not joined and not _WORD.search(body)


def _brace(cursor: Cursor, _end: int) -> str:
    cursor.at += 1
    return "}"


def _tie(cursor: Cursor, end: int) -> str:
    """TeX's space that doesn't break a line, unless it means "about", as in ~50% and z~2.5."""
    text, at = cursor.text, cursor.at
    cursor.at += 1
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2] if at + 1 < end else ""
    about = before in "([=<>/" or before.isspace() or after.isspace()
    variable = at and _LONE_VARIABLE.match(text, at - 1, end)
    return "~" if after and (about or variable) else " "


def _double_quote(cursor: Cursor, _end: int) -> str:
    """Curly quotes by their place: authors mix up `` and ''."""
    text, at = cursor.text, cursor.at
    cursor.at += 2
    before, after = text[at - 1 : at] if at else "", text[at + 2 : at + 3]
    if text[at] in (before, after):
        return text[at : at + 2]
    inside = after and not after.isspace()
    if text[at] == "`":
        return "“" if inside or not before or before.isspace() else "”"
    return "“" if inside and (not before or before == "(" or before.isspace()) else "”"


def _single_quote(cursor: Cursor, end: int) -> str:
    start = cursor.at
    quoted = _QUOTED.match(cursor.text, start, end)
    if quoted is None:
        cursor.at += 1
        return "`"
    cursor.at = quoted.end()
    return f"‘{cursor.within(quoted.span(1), read_prose)}’"


def _dash(cursor: Cursor, end: int) -> str:
    """An en or em dash between two words, or between spaces; else `--help`, `-->`, `(--4 dB)`."""
    text, at = cursor.text, cursor.at
    length = 3 if text.startswith("---", at, end) else 2
    cursor.at += length
    before, after = text[at - 1 : at] if at else "", text[at + length : at + length + 1]
    if not before or not after or before in "<([-" or after in "->":
        return "-" * length
    if before.isspace() == after.isspace():
        return "—" if length == 3 else "–"
    return "-" * length


def _url(cursor: Cursor, end: int) -> str:
    """An address, in which `~` and `--` are no typography."""
    match = _ADDRESS.match(cursor.text, cursor.at, end)
    address = match.group() if match else ""
    cursor.at += len(address)
    return unescaped(_TILDES.sub("~", address))


_READERS: dict[str, Reader] = {
    "\\": _command,
    "$": _formula,
    "{": _group,
    "}": _brace,
    "~": _tie,
    "`": _single_quote,
    "``": _double_quote,
    "''": _double_quote,
    "--": _dash,
    "^": _script,
    "_": _script,
    "http://": _url,
    "https://": _url,
    "www.": _url,
}

COMMANDS = commands(read_prose)
