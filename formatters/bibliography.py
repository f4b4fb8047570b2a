"""Papers as bibliographies: BibTeX for LaTeX, RIS for programs that manage references.

Titles and names are written as readers see them, in Unicode, and whatever TeX would take for
syntax is escaped: text of a paper can neither end its field nor run as a command.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from formatters.text import clean, plain
from storage.models import Paper

# BibTeX counts braces even after a backslash, so those of a text are spelled out.
_ESCAPES = str.maketrans(
    {sign: f"\\{sign}" for sign in "&%$#_"}
    | {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
    }
)
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})
# Words of a family name that may be capitalised before another one: Van den Broeck, De la Cruz.
_PARTICLES = frozenset({"van", "von", "de", "della", "di", "da", "du", "la"})
_GROUPS = frozenset({"collaboration", "collaborations", "consortium", "group", "project", "team"})
_DOI = re.compile(r"10\.[0-9]{4,9}/[^{}\\]+")
_JOURNAL_YEAR = re.compile(r"[(,] ?((?:19|20)[0-9]{2})(?![0-9–-])")
_NOT_IN_KEYS = re.compile(r"[^a-z0-9.-]+")

FIRST_YEAR = 91
"""arXiv began in 1991, so of the two digits in an id smaller ones are years of this century."""


@dataclass(frozen=True, slots=True)
class Name:
    """An author's name in its parts; `family` begins with the particles (`van Gogh`).

    A group, or what cannot be taken apart safely, is all `family` and `whole`.
    """

    family: str
    given: str = ""
    suffix: str = ""
    whole: bool = False


def bibtex(papers: Iterable[Paper]) -> str:
    """One entry for each paper, `@article` where a journal is known, else `@misc`."""
    return "\n".join(map(_bibtex_entry, papers))


def bibtex_line(paper: Paper) -> str:
    """The entry on one line and without the address, which the id implies: little to copy."""
    fields = (f"{name}={{{value}}}" for name, value in _bibtex_fields(paper) if name != "url")
    return f"@{_bibtex_kind(paper)}{{{','.join((key(paper), *fields))}}}"


def ris(papers: Iterable[Paper]) -> str:
    """One record for each paper; lines end as the format asks, in CR and LF.

    https://en.wikipedia.org/wiki/RIS_(file_format)
    """
    return "\r\n".join(map(_ris_record, papers))


def key(paper: Paper) -> str:
    r"""What `\cite` takes: the first author's family name and the id, `lovelace-2401.00001`.

    It is as unique as the id, and the same in every export.
    """
    families = (name.family for name in _names(paper))
    letters = _NOT_IN_KEYS.sub("", _ascii(next(families, ""))).replace("-", "").replace(".", "")
    return f"{letters or 'arxiv'}-{_NOT_IN_KEYS.sub('-', paper.id.lower())}"


def parse_name(text: str) -> Name:
    """Take apart a name as arXiv lists it, given names first.

    As in BibTeX a word in lower case between others begins the family name: Vincent van Gogh.
    """
    words = text.split()
    folded = [word.casefold().rstrip(".") for word in words]
    joins = "," in text or "and" in folded or folded == ["others"]  # what BibTeX reads as syntax
    if joins or not _GROUPS.isdisjoint(folded):
        return Name(text, whole=True)
    suffix = words.pop() if len(words) > 2 and folded[-1] in _SUFFIXES else ""
    first = _family_begins(words)
    return Name(" ".join(words[first:]), " ".join(words[:first]), suffix)


def _family_begins(words: list[str]) -> int:
    last = max(0, len(words) - 1)
    first = next((at for at in range(1, last) if words[at][0].islower()), last)
    if first < last:
        while first > 1 and words[first - 1].lower() in _PARTICLES:
            first -= 1
    return first


def _bibtex_entry(paper: Paper) -> str:
    fields = "".join(f"  {name} = {{{value}}},\n" for name, value in _bibtex_fields(paper))
    return f"@{_bibtex_kind(paper)}{{{key(paper)},\n{fields}}}\n"


def _bibtex_kind(paper: Paper) -> str:
    return "article" if paper.journal_ref else "misc"


def _bibtex_fields(paper: Paper) -> tuple[tuple[str, str], ...]:
    """Names and values; the title has braces of its own, so that styles leave its capitals."""
    fields = (
        ("title", f"{{{_escaped(plain(paper.title))}}}"),
        ("author", " and ".join(map(_bibtex_name, _names(paper)))),
        ("journal", _escaped(plain(paper.journal_ref or ""))),
        ("year", _year(paper)),
        ("eprint", _escaped(clean(paper.id))),
        ("archivePrefix", "arXiv"),
        ("primaryClass", _escaped(clean(paper.primary or ""))),
        ("doi", _doi(paper)),
        ("url", _escaped(clean(paper.abs_url))),
    )
    return tuple((name, value) for name, value in fields if value)


def _ris_record(paper: Paper) -> str:
    fields = (f"{tag}  - {value}\r\n" for tag, value in _ris_fields(paper) if value)
    return "".join(fields) + "ER  - \r\n"


def _ris_fields(paper: Paper) -> Iterator[tuple[str, str]]:
    yield "TY", "JOUR" if paper.journal_ref else "UNPB"
    yield "TI", plain(paper.title)
    for name in _names(paper):
        yield "AU", ", ".join(filter(None, (name.family, name.given, name.suffix)))
    yield "PY", _year(paper)
    yield "DA", paper.published.strftime("%Y/%m/%d") if paper.published else ""
    yield "T2", plain(paper.journal_ref or "")
    yield "AB", plain(paper.abstract)
    for category in paper.categories:
        yield "KW", clean(category)
    yield "AN", f"arXiv:{clean(paper.id)}"
    yield "DO", _doi(paper)
    yield "UR", clean(paper.abs_url)


def _names(paper: Paper) -> Iterator[Name]:
    return (parse_name(name) for name in map(plain, paper.authors) if name)


def _bibtex_name(name: Name) -> str:
    if name.whole:
        return f"{{{_escaped(name.family)}}}"
    parts = (name.family, name.suffix, name.given)
    return ", ".join(_escaped(part) for part in parts if part)


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


def _doi(paper: Paper) -> str:
    """The first DOI; it stays as it is, since styles make a link of it. Empty if it is none."""
    first = next(iter(clean(paper.doi or "").split()), "")
    return first if _DOI.fullmatch(first) else ""


def _year(paper: Paper) -> str:
    """The year in the journal's reference, else that of the first version, else the id's."""
    in_journal = _JOURNAL_YEAR.findall(plain(paper.journal_ref or ""))
    if in_journal:
        return str(in_journal[-1])
    if paper.published:
        return str(paper.published.year)
    digits = paper.id.rpartition("/")[2][:2]
    if not (digits.isascii() and digits.isdigit()):
        return ""
    return f"{19 if int(digits) >= FIRST_YEAR else 20}{digits}"


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
