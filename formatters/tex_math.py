"""Formulas: TeX's mathematics as one line of Unicode, or Unresolved where that cannot be."""

import re
from collections.abc import Callable
from functools import partial

from formatters.tex_cursor import Cursor, Unresolved
from formatters.tex_layout import Gap, Kind, Piece, accented, fraction, join, negated, root, script
from formatters.tex_symbols import (
    ALPHABETS,
    CLOSING,
    DECLARATIONS,
    LETTERS,
    MATH_ACCENTS,
    MATH_ENVIRONMENTS,
    MATH_FONTS,
    OPENING,
    OPERATORS,
    TEXT,
    WIDE,
)

_RUN = re.compile(r"[^\W_]+")
_KINDS = {
    **dict.fromkeys("=<>+-−", Kind.OPERATOR),
    **dict.fromkeys("([", Kind.OPENING),
    **dict.fromkeys(")]", Kind.CLOSING),
    **dict.fromkeys(",;:/", Kind.PUNCTUATION),
}
_SYMBOLS = {
    **{name: (Kind.PLAIN, symbol) for name, symbol in LETTERS.items()},
    **{name: (Kind.OPERATOR, symbol) for name, symbol in OPERATORS.items()},
    **{name: (Kind.NAME, symbol) for name, symbol in WIDE.items()},
    **{name: (Kind.OPENING, symbol) for name, symbol in OPENING.items()},
    **{name: (Kind.CLOSING, symbol) for name, symbol in CLOSING.items()},
    **{name: (Kind.PLAIN, name) for name in "%&#_$"},
}
_SPACES = frozenset((",", ":", ";", ">", " ", "\n", "\\", "quad", "qquad", "hfill", "newline"))
_NOTHING = frozenset(("!", "-", "/", "@", ""))
_LETTERS_HERE = frozenset("LOPS")
r"""Signs of running text whose names stand for themselves here: `\O(n)` means no Danish letter."""

_PRIMES = {1: "′", 2: "″", 3: "‴"}


def read_math(cursor: Cursor, end: int) -> str:
    """Read mathematics up to `end`.

    Raises Unresolved where a command's meaning is not known or would be lost.
    """
    return _Formula(cursor, end).read()


def read_math_compactly(cursor: Cursor, end: int) -> str:
    """Read mathematics that stands in a script, where operators have no space around them."""
    return _Formula(cursor, end).read(compact=True)


def read_math_command(cursor: Cursor, name: str, end: int) -> str | None:
    """What a command of mathematics in running text stands for, or None if it is no such command.

    The cursor stands behind the command's name.
    """
    if name in _SYMBOLS:
        return _SYMBOLS[name][1]
    if name not in _COMMANDS:
        return None
    formula = _Formula(cursor, end)
    _COMMANDS[name](formula)
    return join(formula.pieces)


class _Formula:
    """The pieces of one formula, or of one group in it, read so far."""

    def __init__(self, cursor: Cursor, end: int) -> None:
        self.cursor = cursor
        self.end = end
        self.pieces: list[Piece] = []
        self.gap = Gap.NONE
        self.marks = ""

    def read(self, *, compact: bool = False) -> str:
        cursor = self.cursor
        while cursor.at < self.end:
            self._next(cursor.text[cursor.at])
        return join(self.pieces, compact=compact)

    def add(self, text: str, kind: Kind = Kind.PLAIN, *, command: bool = False) -> None:
        """Put down a piece, and remember whether space followed the command that it came from."""
        if text:
            self.pieces.append(Piece(kind, text, self.gap, command))
            self.gap = Gap.NONE
            self.marks = ""

    def argument(self, *, compact: bool = False) -> str:
        reader = read_math_compactly if compact else read_math
        return self.cursor.within(self.cursor.argument(self.end, closed=True), reader)

    def two_arguments(self) -> tuple[str, str]:
        """Move over both before reading either, so that neither is left behind if one fails."""
        first = self.cursor.argument(self.end, closed=True)
        second = self.cursor.argument(self.end, closed=True)
        return self.cursor.within(first, read_math), self.cursor.within(second, read_math)

    def _next(self, character: str) -> None:
        cursor = self.cursor
        if character.isspace():
            cursor.skip_space(self.end)
            self.gap = max(self.gap, Gap.WRITTEN)
        elif match := _RUN.match(cursor.text, cursor.at, self.end):
            cursor.at = match.end()
            self.add(match.group())
        elif character == "\\":
            self._command(cursor.command(self.end))
        elif character == "{":
            self.add(self.argument())
        elif character in "^_":
            cursor.at += 1
            self._script(character)
        elif character in "}$":
            raise Unresolved
        else:
            cursor.at += 1
            self._sign(character)

    def _sign(self, character: str) -> None:
        if character in "~&":
            self.gap = Gap.FORCED
        elif character == "'":
            self._primes()
        else:
            self.add(character, _KINDS.get(character, Kind.PLAIN))

    def _primes(self) -> None:
        count = 1
        while self.cursor.skip("'", self.end):
            count += 1
        self._raise("'", _PRIMES.get(count, "′" * count))

    def _script(self, mark: str) -> None:
        content = self.argument(compact=True)
        following = self.cursor.peek(self.end)
        self._raise(mark, script(mark, content, following))

    def _raise(self, mark: str, text: str) -> None:
        """Put a script on what stands before it; TeX allows one of each kind, too."""
        if mark in self.marks:
            raise Unresolved
        base = self.pieces.pop() if self.pieces else Piece(Kind.PLAIN, "")
        body = f"({base.text})" if base.kind is Kind.FRACTION else base.text
        kind = Kind.PLAIN if base.kind is Kind.FRACTION else base.kind
        self.pieces.append(base._replace(kind=kind, text=body + text, command=False))
        self.gap = Gap.NONE
        self.marks += mark

    def _command(self, name: str) -> None:
        if name in _SYMBOLS:
            kind, symbol = _SYMBOLS[name]
            self.add(symbol, kind, command=True)
        elif name in _COMMANDS:
            _COMMANDS[name](self)
        elif name in DECLARATIONS:
            self._declaration(name)
        elif name in _SPACES:
            self.gap = Gap.FORCED
        elif name in _NOTHING:
            self.gap = Gap.NONE
            self.cursor.skip_space(self.end)
        else:
            self._foreign(name)

    def _declaration(self, name: str) -> None:
        self.cursor.skip_space(self.end)
        if name in ("left", "right", "middle"):
            self.cursor.skip(".", self.end)

    def _foreign(self, name: str) -> None:
        r"""A command that is not mathematics: one of running text, or the author's own.

        One with an argument is none that could be left out.
        """
        cursor = self.cursor
        if name in cursor.commands:
            self._prose(cursor.commands[name](cursor, self.end))
        elif name in TEXT and name not in _LETTERS_HERE:
            self.add(TEXT[name], command=True)
        elif not name.isalpha():
            self.add(name)
        elif cursor.peek(self.end) == "{" and not cursor.skip("{}", self.end):
            raise Unresolved
        else:
            self.add(name, Kind.NAME, command=True)

    def _prose(self, text: str) -> None:
        """Put down running text, whose spaces count."""
        if text[:1].isspace():
            self.gap = Gap.FORCED
        self.add(text.strip())
        if text[-1:].isspace():
            self.gap = Gap.FORCED


def _fraction(formula: _Formula) -> None:
    formula.add(fraction(*formula.two_arguments()), Kind.FRACTION)


def _binomial(formula: _Formula) -> None:
    above, below = formula.two_arguments()
    formula.add(f"C({above},{below})")


def _root(formula: _Formula) -> None:
    degree = formula.cursor.option(formula.end) or ""
    formula.add(root(formula.argument(), degree))


def _font(formula: _Formula) -> None:
    formula.add(formula.argument())


def _operator_name(formula: _Formula) -> None:
    formula.cursor.skip("*", formula.end)
    formula.add(formula.argument(), Kind.NAME)


def _alphabet(name: str, formula: _Formula) -> None:
    formula.add(formula.argument().translate(ALPHABETS[name]))


def _accent(name: str, formula: _Formula) -> None:
    content = formula.argument()
    if not content:
        raise Unresolved
    formula.add(accented(content, MATH_ACCENTS[name], name))


def _negation(formula: _Formula) -> None:
    formula.add(negated(formula.argument()), Kind.OPERATOR)


def _above(formula: _Formula) -> None:
    over, base = formula.two_arguments()
    formula.add(base + script("^", over), Kind.OPERATOR)


def _below(formula: _Formula) -> None:
    under, base = formula.two_arguments()
    formula.add(base + script("_", under), Kind.NAME)


def _long_arrow(arrow: str, formula: _Formula) -> None:
    formula.cursor.option(formula.end)
    formula.add(arrow + script("^", formula.argument(compact=True)), Kind.OPERATOR)


def _modulus(formula: _Formula) -> None:
    formula.gap = Gap.FORCED
    formula.add(f"(mod {formula.argument()})")


def _space(formula: _Formula) -> None:
    formula.cursor.skip("*", formula.end)
    narrow = formula.cursor.dimension(formula.end).startswith("-")
    formula.gap = Gap.NONE if narrow else Gap.FORCED


def _colon(formula: _Formula) -> None:
    formula.add(":", Kind.PUNCTUATION)
    formula.gap = Gap.FORCED


def _invisible(formula: _Formula) -> None:
    formula.cursor.argument(formula.end, closed=True)


def _environment(formula: _Formula) -> None:
    name, span = formula.cursor.environment(formula.end)
    if name not in MATH_ENVIRONMENTS:
        raise Unresolved
    formula.add(formula.cursor.within(span, read_math))


def _enclosure(opening: str, closing: str, formula: _Formula) -> None:
    formula.add(f"{opening}{formula.argument()}{closing}")


_COMMANDS: dict[str, Callable[[_Formula], None]] = {
    **dict.fromkeys(("frac", "tfrac", "dfrac", "cfrac", "nicefrac", "sfrac"), _fraction),
    **dict.fromkeys(("binom", "tbinom", "dbinom"), _binomial),
    **dict.fromkeys((*MATH_FONTS, "underbrace", "overbrace", "boxed", "underline"), _font),
    **{name: partial(_alphabet, name) for name in ALPHABETS},
    **{name: partial(_accent, name) for name in MATH_ACCENTS},
    **dict.fromkeys(("overset", "stackrel"), _above),
    **dict.fromkeys(("hspace", "mkern", "kern", "mskip", "hskip"), _space),
    **dict.fromkeys(("phantom", "hphantom", "vphantom", "label"), _invisible),
    "sqrt": _root,
    "operatorname": _operator_name,
    "not": _negation,
    "underset": _below,
    "xrightarrow": partial(_long_arrow, "→"),
    "xleftarrow": partial(_long_arrow, "←"),
    "pmod": _modulus,
    "colon": _colon,
    "begin": _environment,
    "abs": partial(_enclosure, "|", "|"),
    "norm": partial(_enclosure, "‖", "‖"),
    "floor": partial(_enclosure, "⌊", "⌋"),
    "ceil": partial(_enclosure, "⌈", "⌉"),
    "ket": partial(_enclosure, "|", "⟩"),
    "bra": partial(_enclosure, "⟨", "|"),
    "braket": partial(_enclosure, "⟨", "⟩"),
    "set": partial(_enclosure, "{", "}"),
}
"""Commands with arguments; the last eight are no standard ones, but mean the same everywhere."""
