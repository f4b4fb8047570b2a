"""arXiv identifiers in every form people paste: as text, as links to many sites, as DOIs."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from bot.errors import BadPaperId
from bot.sources.taxonomy import is_archive

# The two schemes meet in 2007, and numbers got their fifth digit in 2015:
# https://info.arxiv.org/help/arxiv_identifier.html
FIRST_OLD_MONTH = 9107
LAST_OLD_MONTH = 703
FIRST_MODERN_MONTH = 704
FIRST_FIVE_DIGIT_MONTH = 1501

# An id counts in an address where one of these stands before it: arXiv's own paths, the word
# arXiv, arXiv's DOI prefix, and the paths of sites about papers (Hugging Face, alphaXiv, ar5iv).
PLACES = frozenset({
    "10.48550", "abs", "arxiv", "e-print", "format", "html", "overview", "paper", "papers", "pdf",
    "ps", "src",
})  # fmt: skip
ARXIV_HOST = "arxiv.org"

LONGEST_QUOTE = 60

_END = r"(?:v([1-9][0-9]{0,2}))?(?:\.pdf)?"
_MODERN = re.compile(r"([0-9]{4})\.([0-9]{4,5})" + _END, re.IGNORECASE)
_OLD = re.compile(r"([0-9]{4})([0-9]{3})" + _END, re.IGNORECASE)
_ARCHIVE = re.compile(r"([a-z-]{2,8})(?:\.[a-z-]{2,10})?", re.IGNORECASE)
_UNDERSCORED = re.compile(
    r"/?(?:paper_)?(?:(?P<month>[0-9]{4})_(?P<number>[0-9]{4,5})"
    r"|(?P<archive>[a-z][a-z_-]{1,7}(?:\.[a-z-]{2,10})?)_(?P<digits>[0-9]{7}))"
    r"(?P<version>v[0-9]{1,3})?(?:\.pdf)?",
    re.IGNORECASE,
)
# Everything that can stand in an address, except what separates an id from its surroundings.
_RUN = re.compile(r"[A-Za-z0-9._/~+@%=?#&-]+")
_QUERY = re.compile(r"[?#&]")
_PREFIX = re.compile(r"arxiv[._-]?", re.IGNORECASE)
_PERCENT_CODES = re.compile("%(?:2f|3a)", re.IGNORECASE)

# What a CJK keyboard types for ASCII, and the invisible characters that copying brings along.
_TYPED = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | dict.fromkeys(
    [0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), 0xFEFF]
)


@dataclass(frozen=True, slots=True)
class PaperId:
    """Which paper, and which version of it where one is named.

    `id` is arXiv's canonical form without the version: `2401.00001`, `math/0611800`.
    """

    id: str
    version: int | None = None

    def __str__(self) -> str:
        return self.id if self.version is None else f"{self.id}v{self.version}"

    @property
    def file_name(self) -> str:
        """The id without its slash, for names of files; `parse_id` reads it back."""
        return str(self).replace("/", "_")


def parse_id(text: str) -> PaperId:
    """The one paper that a text names, in any form: id, link, DOI, file name, citation.

    Other words may stand around it. A version counts where any mention of the paper has one.
    Raises BadPaperId where no paper is named, or more than one.
    """
    underscored = _UNDERSCORED.fullmatch(text.strip().translate(_TYPED))
    found = find_ids(_dotted(underscored) if underscored else text)
    if not found:
        raise BadPaperId(f"{_quoted(text)} is no arXiv id; one looks like 2401.00001, 2401.00001v2 "
                         "or math/0611800, and links to arXiv work too")  # fmt: skip
    if len({paper.id for paper in found}) > 1:
        raise BadPaperId(f"{_quoted(text)} names several papers; ask for one at a time, such as "
                         f"{found[0]}")  # fmt: skip
    return next((paper for paper in found if paper.version), found[0])


def find_ids(text: str) -> tuple[PaperId, ...]:
    """Every paper that a text names by an id or a link, each mention once, in order.

    Takes linear time. Numbers that only look like an id are left alone: prices, phone numbers,
    parts of longer numbers, DOIs of other publishers.
    """
    plain = _PERCENT_CODES.sub(_decoded, text.translate(_TYPED))
    return tuple(dict.fromkeys(_mentions(plain)))


def _mentions(text: str) -> Iterator[PaperId]:
    for run in _RUN.finditer(text):
        address = _QUERY.split(run[0], maxsplit=1)[0]
        parts = address.lstrip("/_").rstrip("./_~-").split("/")
        paper = _read(parts, alone=not _is_price(text, run))
        if paper:
            yield paper


def _read(parts: list[str], *, alone: bool) -> PaperId | None:
    """The paper in an address that was split at its slashes, or None.

    `alone` says whether an id may stand without an address around it.
    """
    host = parts[0].lower()
    on_arxiv = host == ARXIV_HOST or host.endswith("." + ARXIV_HOST)
    for place, part in enumerate(parts):
        paper, length = _modern(part), 1
        if paper is None and place + 1 < len(parts):
            paper, length = _old(part, parts[place + 1]), 2
        if paper is None:
            continue
        if place == 0:
            return paper if alone and len(parts) == length else None
        return paper if on_arxiv or parts[place - 1].lower() in PLACES else None
    return None


def _modern(part: str) -> PaperId | None:
    match = _MODERN.fullmatch(_without_prefix(part))
    if not match:
        return None
    month, number, version = match.groups()
    digits = 5 if int(month) >= FIRST_FIVE_DIGIT_MONTH else 4
    if not FIRST_MODERN_MONTH <= int(month) < FIRST_OLD_MONTH:
        return None
    if not _is_month(month) or len(number) != digits:
        return None
    return PaperId(f"{month}.{number}", int(version) if version else None)


def _old(group: str, part: str) -> PaperId | None:
    archive, digits = _ARCHIVE.fullmatch(_without_prefix(group)), _OLD.fullmatch(part)
    if not archive or not digits or not is_archive(archive[1]):
        return None
    month, number, version = digits.groups()
    if not _is_month(month) or LAST_OLD_MONTH < int(month) < FIRST_OLD_MONTH:
        return None
    return PaperId(f"{archive[1].lower()}/{month}{number}", int(version) if version else None)


def _is_month(digits: str) -> bool:
    return "01" <= digits[2:] <= "12"


def _without_prefix(part: str) -> str:
    """`arXiv.2401.00001`, as DOIs have it, without its first word."""
    prefix = _PREFIX.match(part)
    return part[prefix.end() :] if prefix else part


def _dotted(match: re.Match[str]) -> str:
    """A file name's form of an id, `2401_00001v2` or `hep_th_9901001`, in the usual form."""
    version = match["version"] or ""
    if match["month"]:
        return f"{match['month']}.{match['number']}{version}"
    return f"{match['archive'].replace('_', '-')}/{match['digits']}{version}"


def _decoded(match: re.Match[str]) -> str:
    return "/" if match[0].lower() == "%2f" else ":"


def _is_price(text: str, run: re.Match[str]) -> bool:
    """Whether a sign of currency stands beside a number, perhaps after a space."""
    beside = text[max(0, run.start() - 2) : run.start()].rstrip()[-1:]
    beside += text[run.end() : run.end() + 2].lstrip()[:1]
    return any(sign in "元円圓원" or unicodedata.category(sign) == "Sc" for sign in beside)


def _quoted(text: str) -> str:
    """The start of what was given, without what could disturb a terminal or a chat."""
    clean = "".join(filter(str.isprintable, text[: 2 * LONGEST_QUOTE])).strip()
    return f'"{clean[: LONGEST_QUOTE - 1]}…"' if len(clean) > LONGEST_QUOTE else f'"{clean}"'
