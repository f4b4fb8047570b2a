r"""Reads the JSON object out of whatever a language model wrapped it in.

Knows thoughts before it, fences and prose around it, and formulas whose backslashes were written
as they stand in TeX, which JSON either forbids (`\alpha`) or takes for control characters
(`\beta`, `\frac`, `\nu`, `\rho`, `\theta`).
"""

import json
import re
from collections.abc import Collection, Mapping

END_OF_THOUGHTS = "</think>"
LONGEST_TEXT = 100_000  # characters; answers have a few thousand, and no digest needs more
PLACES = 8  # braces at which the object may begin; what comes before it is a sentence or two

_FORBIDDEN_ESCAPE = re.compile(r'\\(\\|["/bfnrt]|u[0-9a-fA-F]{4})?')
# What TeX commands become where their first letters are read as a control character: no text that
# people read holds these, but for the line break before the few commands that begin with an n.
_EATEN = re.compile("[\b\f\t\r](?=[a-zA-Z])|\n(?=(?:abla|eq|u|ot|eg)(?![a-z]))")
_LETTERS = {"\b": "\\b", "\f": "\\f", "\t": "\\t", "\r": "\\r", "\n": "\\n"}


def read_texts(written: str, keys: Collection[str]) -> dict[str, str]:
    """The texts that an answer has under `keys`, each on one line; empty where it has no object.

    Values that are no text, or empty, are left out, and so are other keys.
    """
    whole = written[:LONGEST_TEXT]
    # Only then the whole: a paper may be about thoughts, and the end of them inside the object.
    found = _object(whole.partition(END_OF_THOUGHTS)[2], keys) or _object(whole, keys)
    texts = {key: found.get(key) for key in keys}
    lines = {key: _on_one_line(text) for key, text in texts.items() if isinstance(text, str)}
    return {key: text for key, text in lines.items() if text}


def _object(text: str, keys: Collection[str]) -> Mapping[str, object]:
    """The first JSON object in a text that has one of the keys."""
    decoder = json.JSONDecoder(strict=False)
    text = _FORBIDDEN_ESCAPE.sub(_allowed, text)
    begin = -1
    for _ in range(PLACES):
        begin = text.find("{", begin + 1)
        if begin < 0:
            break
        try:
            found, _end = decoder.raw_decode(text, begin)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict) and not found.keys().isdisjoint(keys):
            return found
    return {}


def _allowed(escape: re.Match[str]) -> str:
    return escape[0] if escape[1] else "\\\\"


def _on_one_line(text: str) -> str:
    return " ".join(_EATEN.sub(lambda eaten: _LETTERS[eaten[0]], text).split())
