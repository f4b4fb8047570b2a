"""Which braces, dollar signs and other delimiters of a TeX text belong together.

One pass over the text, so that reading it afterwards never has to search for an end. Dollar signs
are the difficult part: in abstracts they are money as often as they are mathematics.
"""

import re

_DELIMITER = re.compile(r"\\(?:begin|end)(?![A-Za-z])|\\.|\$\$?|[{}]", re.DOTALL)
_CLOSES = {r"\)": r"\(", r"\]": r"\[", r"\end": r"\begin"}
_OPENS = frozenset(_CLOSES.values())

_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{2,}")
_MATHEMATICS = re.compile(r"[\\^_={}]")


def pair(text: str) -> dict[int, int]:
    r"""Where each opening delimiter's counterpart stands, by the offset of its first character.

    Delimiters are `{`, `$`, `$$`, `\(`, `\[` and `\begin`. Those without a counterpart, such as
    the dollar sign of an amount of money, are left out.
    """
    pairing = _Pairing(text)
    for match in _DELIMITER.finditer(text):
        sign, at = match.group(), match.start()
        if sign[0] == "$":
            pairing.dollar(sign, at)
        elif sign == "}":
            pairing.close_brace(at)
        elif sign == "{" or sign in _OPENS:
            pairing.open(sign, at)
        elif sign in _CLOSES:
            pairing.close(_CLOSES[sign], at)
    return pairing.found


class _Pairing:
    """The delimiters that are still open, innermost last, and the pairs found so far."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: dict[int, int] = {}
        self._opened: list[tuple[str, int]] = []
        self._braces = 0

    def open(self, sign: str, at: int) -> None:
        self._opened.append((sign, at))
        self._braces += sign == "{"

    def close_brace(self, at: int) -> None:
        """Close the innermost brace; whatever is still open inside it stays without an end."""
        if not self._braces:
            return
        while self._opened[-1][0] != "{":
            self._opened.pop()
        self._braces -= 1
        self._pair(at)

    def close(self, opener: str, at: int) -> None:
        """Close the innermost delimiter, or the one below it where that one is a lone dollar."""
        if self._innermost(2) == opener and self._innermost() == "$":
            self._opened.pop()
        if self._innermost() == opener:
            self._pair(at)

    def dollar(self, sign: str, at: int) -> None:
        """Open or close a formula; an opened one that turns out to be prose starts anew here."""
        innermost = self._innermost()
        if innermost == sign == "$$":
            self._pair(at)
        elif innermost != "$":
            self.open(sign, at)
        elif _is_formula(self.text, self._opened[-1][1] + 1, at):
            self._pair(at)
            if sign == "$$":
                self.open("$", at + 1)
        else:
            self._opened[-1] = (sign, at)

    def _pair(self, at: int) -> None:
        _, opened_at = self._opened.pop()
        self.found[opened_at] = at

    def _innermost(self, depth: int = 1) -> str | None:
        return self._opened[-depth][0] if len(self._opened) >= depth else None


def _is_formula(text: str, start: int, stop: int) -> bool:
    """Whether what stands between two dollar signs is mathematics, not prose about money."""
    body = text[start:stop]
    if not body or body.isspace():
        return False
    prose = body[-1].isspace() and _WORD.search(body) and not _MATHEMATICS.search(body)
    if body[0].isdigit():
        return not (prose or body[-1] in "([" or text[stop + 1 : stop + 2].isdigit())
    return not (prose and body[0] in " \n,.;:)")
