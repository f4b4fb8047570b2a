"""Text taken apart into tokens, the same way for papers and for queries.

Case, accents and plural endings are ignored: `Schrödinger Networks` and `schrodinger network`
give the same tokens. All of it takes time linear in the length of the text.
"""

import re
import unicodedata
from itertools import pairwise
from sys import intern

from bot.digest.plurals import singular

# Han, kana and Hangul, where words are not set apart by spaces: each character is a token.
_CJK = (
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
# Accents and, from mathematics, arrows over letters.
_MARKS = "\u0300-\u036f\u20d0-\u20ff"
_LETTER = rf"[^\W_{_CJK}]"
# `C++` and `C#` keep their signs; the `'s` of `Alzheimer's` is an ending and no token.
_TOKEN = re.compile(
    rf"([{_CJK}]|{_LETTER}(?:{_LETTER}|[{_MARKS}])*(?:\+\+|\#)?)(?:'s(?!{_LETTER}))?"
)
_MARK = re.compile(f"[{_MARKS}]+")
# Between two tokens these say how they belong together, so a spelling keeps them.
_JOINTS = frozenset({"", "-", ".", "'"})
# Letters with a stroke and the like, which Unicode does not take apart.
_PLAIN_LETTERS = str.maketrans(
    {"ø": "o", "đ": "d", "ł": "l", "ħ": "h", "ŧ": "t", "ı": "i", "ð": "d"}
    | {"æ": "ae", "œ": "oe", "þ": "th"}
)


class _Folding(dict[int, str]):
    """What each character becomes, found out once; never more entries than there are characters.

    Folding one by one is linear; `unicodedata.normalize` is quadratic in a run of accents.
    """

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold_character(chr(code))
        return folded


_FOLDING = _Folding()


def tokens(text: str) -> tuple[str, ...]:
    """The tokens of plain text in order, without case and accents; plural endings stay.

    This is how names are read: `Łukasz Jones` gives `lukasz`, `jones`.
    """
    return tuple(map(intern, _TOKEN.findall(_fold(text))))


def singular_tokens(text: str) -> tuple[str, ...]:
    """The tokens of plain text in order, without case, accents and plural endings.

    `text-to-image LLMs` gives `text`, `to`, `image`, `llm`.
    """
    return tuple(intern(singular(token)) for token in _TOKEN.findall(_fold(text)))


def spelling(text: str) -> str:
    """How words are written in a query's canonical form; empty where there is no token.

    Lower case, NFC, whatever stands between two tokens reduced to one space, save for a single
    `-`, `.` or `'`: ` Llama-3.1,  (instruct)` gives `llama-3.1 instruct`. For short text only,
    since NFC may take quadratic time.
    """
    lowered = unicodedata.normalize("NFC", visible(text).lower()).replace("’", "'")
    found = list(_TOKEN.finditer(lowered))
    parts = [one.group() for one in found[:1]]
    for before, after in pairwise(found):
        between = lowered[before.end() : after.start()]
        parts += [between if between in _JOINTS else " ", after.group()]
    return "".join(parts)


def visible(text: str) -> str:
    """Text without the characters that only steer how it is shown, such as zero-width spaces."""
    return "".join(character for character in text if unicodedata.category(character) != "Cf")


def _fold(text: str) -> str:
    return text.lower() if text.isascii() else text.translate(_FOLDING)


def _fold_character(character: str) -> str:
    """One character without case and accents; accents and invisible ones become nothing."""
    if character == "’":
        return "'"
    if not character.isalnum():
        dropped = unicodedata.category(character) == "Cf" or _MARK.match(character)
        return "" if dropped else character
    bare = _MARK.sub("", unicodedata.normalize("NFKD", character)).casefold()
    return unicodedata.normalize("NFC", bare.translate(_PLAIN_LETTERS))
