"""How the pieces of a formula are put side by side in plain text, so that it reads well."""

import re
import unicodedata
from enum import Enum, IntEnum, auto
from typing import NamedTuple

from formatters.tex_symbols import SUBSCRIPTS, SUPERSCRIPTS


class Kind(Enum):
    """The part that a piece plays, as TeX has it."""

    PLAIN = auto()
    OPERATOR = auto()
    NAME = auto()
    OPENING = auto()
    CLOSING = auto()
    PUNCTUATION = auto()
    FRACTION = auto()


class Gap(IntEnum):
    """White space before a piece: none, as it stood in the source, or asked for by a command."""

    NONE = 0
    WRITTEN = 1
    FORCED = 2


class Piece(NamedTuple):
    """One piece of a formula; `command` tells that a space after it only ended its name."""

    kind: Kind
    text: str
    gap: Gap = Gap.NONE
    command: bool = False


_SEVERAL_FACTORS = re.compile(r"\d+[^\W\d]|[^√]+√")
"""A denominator that needs parentheses, or half of 1/2n would be taken for a factor."""

_ENDS = frozenset((Kind.PLAIN, Kind.NAME, Kind.FRACTION, Kind.CLOSING))
"""What an operand can end in."""


def join(pieces: list[Piece], *, compact: bool = False) -> str:
    """The pieces as text; a `compact` one has no spaces around operators."""
    airy = not compact and any(_airy(pieces, index) for index in range(len(pieces)))
    text = [_beside(None, pieces[0], pieces[1:2])] if pieces else []
    for index in range(1, len(pieces)):
        if _spaced(pieces, index, airy=airy, compact=compact):
            text.append(" ")
        text.append(_beside(pieces[index - 1], pieces[index], pieces[index + 1 : index + 2]))
    return "".join(text)


def _beside(before: Piece | None, piece: Piece, after: list[Piece]) -> str:
    """The piece's text; a fraction next to a factor goes in parentheses."""
    if piece.kind is not Kind.FRACTION:
        return piece.text
    factors = (Kind.PLAIN, Kind.FRACTION)
    left = before is not None and before.kind in (*factors, Kind.CLOSING)
    right = any(
        next_.kind in (*factors, Kind.OPENING) and next_.gap < Gap.FORCED for next_ in after
    )
    return f"({piece.text})" if left or right else piece.text


def _spaced(pieces: list[Piece], index: int, *, airy: bool, compact: bool) -> bool:
    """Whether a space belongs before the piece at `index`, which is not the first.

    `airy` tells that the author set operators of this formula apart with spaces.
    """
    left, right = pieces[index - 1], pieces[index]
    if left.kind is Kind.OPENING or right.kind is Kind.CLOSING:
        return False
    for operator in (index - 1, index):
        if _between_sides(pieces, operator):
            return not compact and (_airy(pieces, operator) or (airy and pieces[operator].command))
    if left.kind is Kind.OPERATOR and right.kind is not Kind.PUNCTUATION:
        return False
    if right.kind is Kind.OPERATOR and left.kind in _ENDS:
        return False
    if Kind.NAME in (left.kind, right.kind):
        return _name_spaced(left, right)
    return right.gap is Gap.FORCED or (right.gap is Gap.WRITTEN and not left.command)


def _name_spaced(left: Piece, right: Piece) -> bool:
    """Whether a space belongs between two pieces of which one is a name."""
    if left.kind is Kind.NAME and right.kind in (Kind.OPENING, Kind.PUNCTUATION):
        return False
    return left.kind is not Kind.PUNCTUATION or right.gap is not Gap.NONE


def _between_sides(pieces: list[Piece], index: int) -> bool:
    """Whether there is an operator at `index`, and it stands between two operands."""
    if pieces[index].kind is not Kind.OPERATOR:
        return False
    before = pieces[index - 1].kind if index else Kind.OPENING
    after = pieces[index + 1].kind if index + 1 < len(pieces) else Kind.CLOSING
    return before in _ENDS and after not in (Kind.CLOSING, Kind.PUNCTUATION)


def _airy(pieces: list[Piece], index: int) -> bool:
    """Whether there is an operator at `index` that the author left space around."""
    return _between_sides(pieces, index) and bool(pieces[index].gap or pieces[index + 1].gap)


def script(mark: str, content: str, following: str = "") -> str:
    """A superscript (`mark` is `^`) or subscript (`_`), in Unicode where all of it can be.

    Otherwise the mark stays, with parentheses where its reach would not be clear; `following` is
    the character after it.
    """
    content = content.strip()
    if not content:
        return ""
    if content == "∘":
        return "°"
    table = SUPERSCRIPTS if mark == "^" else SUBSCRIPTS
    if all(ord(character) in table for character in content):
        return content.translate(table)
    clear = content.replace(".", "", 1).isalnum() and not following.isalnum()
    return mark + (content if clear or len(content) == 1 or _enclosed(content) else f"({content})")


def fraction(above: str, below: str) -> str:
    """A fraction on one line."""
    several = _SEVERAL_FACTORS.match(below) and not _enclosed(below)
    return f"{_operand(above)}/{f'({below})' if several else _operand(below)}"


def root(content: str, degree: str = "") -> str:
    """A root on one line."""
    signs = {"": "√", "2": "√", "3": "∛", "4": "∜"}
    bare = content.isdigit() or len(_bases(content)) == 1 or _enclosed(content)
    sign = signs.get(degree.strip()) or script("^", degree) + "√"
    return sign + (content if bare else f"({content})")


def accented(content: str, accent: str, name: str) -> str:
    """`content` under an accent; where it is long, lines go over all of it and hats become words.

    Scripts after a single letter don't count: a hat over `x_i` stands over the x.
    """
    bases = _bases(content)
    if len(bases) == 1:
        return unicodedata.normalize("NFC", content[0] + accent) + content[1:]
    if name in ("bar", "overline") and content.isalnum():
        return "".join(character + "\u0305" for character in content)
    return f"{name.removeprefix('wide')}({content})"


def negated(symbol: str) -> str:
    r"""The symbol struck through, as after TeX's `\not`."""
    return unicodedata.normalize("NFC", symbol[:1] + "\u0338") + symbol[1:]


def _operand(content: str) -> str:
    """One side of a fraction, in parentheses where it is more than one thing."""
    plain = all(
        character.isalnum() or unicodedata.combining(character) or character in "._^√∂∞∇′⁺⁻"
        for character in content
    )
    return content if plain or _enclosed(content) else f"({content})"


def _enclosed(content: str) -> bool:
    """Whether one pair of parentheses, and no other, holds all of it."""
    inner = content[1:-1]
    return content[:1] + content[-1:] == "()" and "(" not in inner and ")" not in inner


_SCRIPTS = frozenset(map(chr, (*SUPERSCRIPTS.values(), *SUBSCRIPTS.values())))


def _bases(content: str) -> str:
    """The characters that are neither scripts nor combining marks."""
    return "".join(
        character
        for character in content
        if character not in _SCRIPTS and not unicodedata.combining(character)
    )
