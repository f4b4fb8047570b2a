"""TeX as arXiv's titles, abstracts, names and references have it, as plain Unicode text."""

import re
import unicodedata

from formatters.tex_cursor import Cursor, TooDeep
from formatters.tex_prose import COMMANDS, read_prose

_TEX = re.compile(r"[\\${}~`]|''|--")


def to_unicode(text: str) -> str:
    r"""Turn TeX into Unicode where it can be, and leave it readable where it cannot.

    Nothing is half-converted: a formula or command is resolved as a whole or stays exactly as it
    was written. Money (`$5`), percentages (`20%`) and addresses (`~`, `--`, `_`) are no TeX. White
    space stays mostly as it is; the result is in NFC. Never raises; takes linear time.
    """
    if not _TEX.search(text):
        return unicodedata.normalize("NFC", text)
    cursor = Cursor(text, COMMANDS)
    try:
        plain = read_prose(cursor, len(text))
    except TooDeep:
        plain = text
    return unicodedata.normalize("NFC", plain)
