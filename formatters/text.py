"""Visible text: made clean, cut to a length where readers expect it, and links that are safe."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from urllib.parse import quote, urlsplit

from wcwidth import iter_graphemes, wcwidth, width

from formatters.tex import to_unicode

ELLIPSIS = "…"

WORD_REACH = 16
"""How many characters before a cut a word may begin and still be left out as a whole."""

URL_LIMIT = 2048
"""Characters: several times what the longest links in 20,000 abstracts have, and little enough for
any message."""

_JOINING_SCRIPTS = (
    "\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\ua840-\ua87f\ua8e0-\ua8ff"
    "\ufb50-\ufdff\ufe70-\ufefc\U00010d00-\U00010d3f\U00011000-\U00011fff"
)
"""Scripts that spell with joiners: Arabic, those of India, Tibetan, Myanmar, Khmer, Mongolian."""

_EMOJI = "\u2190-\u3299\U0001f000-\U0001faff"
_HAN = "\u2e80-\u2fdf\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af"

_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5"
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef\ufeff\uffa0"
    "\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)
"""Controls, surrogates and Unicode's default-ignorable characters (UAX #44), bidi controls and tags
among them; only those that `_DEPENDENT` judges are left."""

_DEPENDENT = re.compile(
    f"((?<=[{_JOINING_SCRIPTS}])[\u180b-\u180f\u200c\u200d]"
    f"|(?:(?<=[{_EMOJI}])|(?<=[{_EMOJI}]\ufe0f))\u200d(?=[{_EMOJI}])"
    f"|(?<=[\u00a9\u00ae\u2010-\u218f{_EMOJI}])[\ufe0e\ufe0f]"
    "|(?<=[#*0-9])\ufe0f(?=\u20e3)"
    f"|(?<=[{_HAN}])[\ufe00-\ufe0f\U000e0100-\U000e01ef])"
    "|[\u180b-\u180f\u200c\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
"""Joiners and variation selectors; the group matches those that their neighbours have a use for."""

_NOT_IN_URLS = re.compile(r"[\s\\\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?")


def clean(text: str) -> str:
    """Text as one line of NFC without anything invisible that it does not need.

    White space becomes single spaces. Joiners and variation selectors stay in emoji and in scripts
    that spell with them.
    """
    text = " ".join(text.split())
    if text.isascii() and text.isprintable():  # most of it is
        return text
    text = _DEPENDENT.sub(r"\1", _INVISIBLE.sub("", text))
    return " ".join(unicodedata.normalize("NFC", text).split())


def plain(text: str) -> str:
    """What readers see of arXiv's text, and what search looks at: TeX resolved, then cleaned."""
    return clean(to_unicode(text))


def clip(text: str, characters: int) -> str:
    """At most so many code points, with `…` as the last one where something was left out.

    Never cuts a grapheme cluster; leaves out a word as a whole where it begins shortly before.
    """
    return text if len(text) <= max(0, characters) else _cut(text, characters, len)


def clip_cells(text: str, cells: int) -> str:
    """Like `clip`, by the cells that text takes up in a terminal, where 中 takes two."""
    return text if _cells(text) <= max(0, cells) else _cut(text, cells, _cells)


def authors_line(authors: Sequence[str], shown: int) -> tuple[str, int]:
    """The first names, joined by commas, and how many more there are."""
    first = [plain(name) for name in authors[: max(0, shown)]]
    return ", ".join(first), len(authors) - len(first)


def safe_url(url: str) -> str | None:
    """A link that can stand in any markup, or None if it isn't an ordinary web address.

    Only http and https, with a host and without a user; quotes, brackets and everything outside
    ASCII come percent-encoded, other hosts' names in Punycode.
    """
    url = url.strip()
    if len(url) > URL_LIMIT or _NOT_IN_URLS.search(url):
        return None
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode()
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or not _HOST.fullmatch(host):
        return None
    query = f"?{_quoted(parts.query)}" if parts.query else ""
    fragment = f"#{_quoted(parts.fragment)}" if parts.fragment else ""
    safe = f"{parts.scheme}://{host}{port}{_quoted(parts.path)}{query}{fragment}"
    return safe if len(safe) <= URL_LIMIT else None


def _quoted(part: str) -> str:
    return quote(_STRAY_PERCENT.sub("%25", part), safe="/%:@!$&*+,;=?~")


def _cells(text: str) -> int:
    return width(text, control_codes="ignore")


def _cut(text: str, limit: int, measure: Callable[[str], int]) -> str:
    """The beginning of a text that is longer than `limit`, and an ellipsis within the limit."""
    if limit <= 0:
        return ""
    used = end = 0
    for cluster in iter_graphemes(text):
        used += measure(cluster)
        if used >= limit:
            break
        end += len(cluster)
    return text[: _word_end(text, end)].rstrip(" ,;:([{-–—") + ELLIPSIS


def _word_end(text: str, end: int) -> int:
    """Where to cut at `end` or a little before it, so that no word is cut in two."""
    if not (_in_word(text[end - 1 : end]) and _in_word(text[end : end + 1])):
        return end
    space = text.rfind(" ", max(end - WORD_REACH, end // 2), end)
    return end if space < 0 else space


def _in_word(character: str) -> bool:
    """Whether it is part of a word that spaces set apart, as Chinese words are not."""
    return character.isalnum() and wcwidth(character) < 2
