"""A digest in Markdown read back: the layout is described in `formatters/markdown.py`.

Read tolerantly, because old files come from another program: feed boilerplate before an abstract
or after a title is taken off (and tells the version and the kind), a labelled English TL;DR at the
end of a TL;DR is split off, an abstract of exactly 1,000 characters is known to be cut, and nothing
is escaped.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from bot.errors import BadPaperId
from bot.sources.archive import Reject
from bot.sources.ids import parse_id
from bot.sources.records import split_leaked_label
from storage.models import ABS_URL, Kind, Paper

CUT_AT = 1_000  # characters, boilerplate included, that the older program kept (measured)

_TABLE_ROW = re.compile(r"\| \[\^(\d{1,6})\] \| (.*)\|$")
_CELLS = re.compile(r"\[(.*?)\]\((https?://[^()\s]+)\) \| ?(.*)")
_LINK = re.compile(r"\[[^\[\]]*\]\((?:https?://[^()\s]+)\)")
_FOOTNOTE = re.compile(r"\[\^(\d{1,6})\]: (.*)$")
_BOILERPLATE = re.compile(r"arXiv:\S+v(\d{1,3})\s+Announce Type:\s*([a-z-]+)\s+Abstract: ?")
_TITLE_SUFFIX = re.compile(
    r" \(arXiv:\S{1,30}v(\d{1,3}) \[([\w.-]{1,30})\]( CROSS LISTED| UPDATED)?\)$", re.MULTILINE
)
_MARKUP = r"[\\`*\[\]|<&_~#>+.)-]"  # all that `formatters.markdown.escape` ever escapes
_ESCAPE = re.compile(rf"\\({_MARKUP})|(&hellip;)")
# What today's writer never writes: boilerplate, and a backslash before anything but markup.
_OLDER = re.compile(
    r"^    arXiv:\S+ +Announce Type: "
    rf"|{_TITLE_SUFFIX.pattern}"
    rf"|(?<!\\)(?:\\\\)*\\(?!{_MARKUP})",
    re.MULTILINE,
)
_MARK = re.compile(r" \*\([^()*]*\)\*$")  # the only emphasis that is ever written
_KINDS = {" CROSS LISTED": Kind.CROSS, " UPDATED": Kind.REPLACE}


@dataclass(frozen=True, slots=True)
class DigestEntry:
    """One paper as a Markdown digest tells it; texts that were extracted are left out.

    `version` is None where the file names none, as the writer of today never does.
    """

    paper: Paper
    version: int | None
    kind: Kind
    link: str | None
    title: str | None = None
    tldr: str | None = None
    english_tldr: str | None = None
    abstract: str | None = None


@dataclass(frozen=True, slots=True)
class MarkdownDigest:
    """A digest file: its first heading, its entries in order, and what could not be read."""

    heading: str
    entries: tuple[DigestEntry, ...]
    rejects: tuple[Reject, ...]


@dataclass(frozen=True, slots=True)
class _Footnote:
    first: str
    rest: tuple[str, ...]


def read_markdown(text: str) -> MarkdownDigest:
    """Read a whole file; a file without a table of papers has no entries."""
    lines = text.replace("\r\n", "\n").split("\n")
    older = bool(_OLDER.search(text))
    footnotes = dict(_footnotes(lines))
    entries: list[DigestEntry] = []
    rejects: list[Reject] = []
    for number, line in enumerate(lines, start=1):
        row = _TABLE_ROW.match(line)
        if row is None:
            continue
        result = _read_row(number, row.group(2), older)
        footnote = footnotes.get(int(row.group(1)))
        if isinstance(result, Reject):
            rejects.append(result)
        elif footnote is None:
            rejects.append(Reject(number, f"{result.paper.id} has no footnote with its details"))
        else:
            entries.append(_with_footnote(result, footnote, older))
    heading = next((line[2:].strip() for line in lines if line.startswith("# ")), "")
    return MarkdownDigest(heading, tuple(entries), tuple(rejects))


def _footnotes(lines: Sequence[str]) -> Iterator[tuple[int, _Footnote]]:
    starts = [index for index, line in enumerate(lines) if _FOOTNOTE.match(line)]
    for start, end in pairwise([*starts, len(lines)]):
        found = _FOOTNOTE.match(lines[start])
        if found is not None:
            rest = tuple(line[4:] for line in lines[start + 1 : end] if line.startswith("    "))
            yield int(found.group(1)), _Footnote(found.group(2), rest)


def _read_row(number: int, cells: str, older: bool) -> DigestEntry | Reject:
    found = _CELLS.fullmatch(cells)
    if found is None:
        return Reject(number, "the second cell is not a linked title")
    title, url, tldr = found.group(1), found.group(2), found.group(3).strip()
    try:
        identity = parse_id(url)
    except BadPaperId as error:
        return Reject(number, str(error))
    return DigestEntry(
        paper=Paper(identity.id, 1, _text(title, older), "", abstract_complete=False),
        version=identity.version,
        kind=Kind.NEW,
        link=url if url != ABS_URL + identity.id else None,
        tldr=_text(tldr, older) if tldr and not _MARK.search(tldr) else None,
    )


def _with_footnote(entry: DigestEntry, footnote: _Footnote, older: bool) -> DigestEntry:
    """Add what the footnote tells: titles before its link, abstracts after its empty line."""
    at = next((i for i, line in enumerate(footnote.rest) if _LINK.fullmatch(line)), 0)
    abstracts = _abstracts(footnote.rest[at + 2 :])
    last = abstracts[-1] if abstracts else ""
    abstract, version, kind = _without_boilerplate(last)
    suffix = _TITLE_SUFFIX.search(footnote.rest[0]) if at else None
    if suffix:
        version = version or int(suffix.group(1))
        kind = kind or _KINDS.get(suffix.group(3))
    version = version or entry.version
    tldr, english = split_leaked_label(entry.tldr) if entry.tldr else (None, None)
    cut = abstract.endswith("…") or (len(last) == CUT_AT and (older or not last.endswith(".")))
    return DigestEntry(
        paper=replace(
            entry.paper,
            version=version or 1,
            categories=(suffix.group(2),) if suffix else (),
            abstract=_text(abstract.removesuffix("…"), older).strip(),
            abstract_complete=bool(abstract) and not cut,
        ),
        version=version,
        kind=kind or entry.kind,
        link=entry.link,
        title=_text(footnote.first, older) if at else None,
        tldr=tldr or None,
        english_tldr=english,
        abstract=_text(abstracts[0], older).strip() if len(abstracts) > 1 else None,
    )


def _abstracts(lines: Sequence[str]) -> list[str]:
    """The translated abstract, if there is one, and the abstract, which may be an empty line.

    One empty line stands before them and one behind, unless an editor took them away.
    """
    texts = list(lines)
    if texts[:1] == [""]:
        del texts[0]
    if texts[-1:] == [""]:
        del texts[-1]
    return texts


def _without_boilerplate(abstract: str) -> tuple[str, int | None, Kind | None]:
    found = _BOILERPLATE.match(abstract)
    if found is None:
        return abstract, None, None
    kind = Kind(found.group(2)) if found.group(2) in set(Kind) else None
    return abstract[found.end() :], int(found.group(1)), kind


def _text(written: str, older: bool) -> str:
    return written if older else unescape(written)


def unescape(text: str) -> str:
    """Take back what `formatters.markdown.escape` did; any other backslash stays."""
    return _ESCAPE.sub(lambda found: "…" if found.group(2) else found.group(1), text)
