"""A digest in Markdown read back: the layout is described in `formatters/markdown.py`.

Read tolerantly, because old files come from another program: feed boilerplate before an abstract
or after a title is taken off (and tells the version and the kind), a labelled English TL;DR at the
end of a TL;DR is split off, an abstract of exactly 1,000 characters is known to be cut.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

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
_BOILERPLATE = re.compile(r"arXiv:\S+v(\d+)\s+Announce Type:\s*([a-z-]+)\s+Abstract: ?")
_TITLE_SUFFIX = re.compile(r" \(arXiv:\S+?v(\d+) \[([^\]]*)\]( CROSS LISTED| UPDATED)?\)$")
_TEX = re.compile(r"(?<!\\)(?:\\\\)*\\[A-Za-z]")  # the writer of today would escape the backslash
_MARK = re.compile(r"(?<!\\) \*\([^()*]*\)\*$")  # the only emphasis that is ever written
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])|(&hellip;)")
_KINDS = {" CROSS LISTED": Kind.CROSS, " UPDATED": Kind.REPLACE}


@dataclass(frozen=True, slots=True)
class DigestEntry:
    """One paper as a Markdown digest tells it; texts that were extracted are left out."""

    paper: Paper
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
    unescaped = str if _TEX.search(text) else unescape
    footnotes = dict(_footnotes(lines))
    entries: list[DigestEntry] = []
    rejects: list[Reject] = []
    for number, line in enumerate(lines, start=1):
        row = _TABLE_ROW.match(line)
        if row is None:
            continue
        result = _read_row(number, row.group(2), unescaped)
        footnote = footnotes.get(int(row.group(1)))
        if isinstance(result, Reject):
            rejects.append(result)
        elif footnote is None:
            rejects.append(Reject(number, f"{result.paper.id} has no footnote with its details"))
        else:
            entries.append(_with_footnote(result, footnote, unescaped))
    heading = next((line[2:].strip() for line in lines if line.startswith("# ")), "")
    return MarkdownDigest(heading, tuple(entries), tuple(rejects))


def _footnotes(lines: Sequence[str]) -> Iterator[tuple[int, _Footnote]]:
    starts = [index for index, line in enumerate(lines) if _FOOTNOTE.match(line)]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        found = _FOOTNOTE.match(lines[start])
        if found is not None:
            rest = tuple(line[4:] for line in lines[start + 1 : end] if line.startswith("    "))
            yield int(found.group(1)), _Footnote(found.group(2), rest)


def _read_row(number: int, cells: str, unescaped: Callable[[str], str]) -> DigestEntry | Reject:
    found = _CELLS.fullmatch(cells)
    if found is None:
        return Reject(number, "the second cell is not a linked title")
    title, url, tldr = found.groups()
    try:
        identity = parse_id(url)
    except BadPaperId as error:
        return Reject(number, str(error))
    version = identity.version or 1
    return DigestEntry(
        paper=Paper(identity.id, version, unescaped(title), "", abstract_complete=False),
        kind=Kind.NEW,
        link=url if url != ABS_URL + identity.id else None,
        tldr=unescaped(tldr.strip()) if tldr.strip() and not _MARK.search(tldr.strip()) else None,
    )


def _with_footnote(
    entry: DigestEntry, footnote: _Footnote, unescaped: Callable[[str], str]
) -> DigestEntry:
    """Add what the footnote tells: titles before its link, abstracts after its empty line."""
    at = next((i for i, line in enumerate(footnote.rest) if _LINK.fullmatch(line)), 0)
    original = next((line for line in footnote.rest[:at] if line.strip()), None)
    abstracts = [line for line in footnote.rest[at + 2 :] if line.strip()]
    last = abstracts[-1] if abstracts else ""
    abstract, version, kind = _without_boilerplate(last)
    suffix = _TITLE_SUFFIX.search(original or "")
    if suffix:
        version = version or int(suffix.group(1))
        kind = kind or _KINDS.get(suffix.group(3))
    tldr, english = split_leaked_label(entry.tldr) if entry.tldr else (None, None)
    cut = abstract.endswith("…") or len(last) == CUT_AT
    return DigestEntry(
        paper=replace(
            entry.paper,
            version=version or entry.paper.version,
            categories=(suffix.group(2),) if suffix else (),
            abstract=unescaped(abstract.removesuffix("…")).strip(),
            abstract_complete=bool(abstract) and not cut,
        ),
        kind=kind or entry.kind,
        link=entry.link,
        title=unescaped(footnote.first) if original is not None else None,
        tldr=tldr or None,
        english_tldr=english,
        abstract=unescaped(abstracts[0]).strip() if len(abstracts) > 1 else None,
    )


def _without_boilerplate(abstract: str) -> tuple[str, int | None, Kind | None]:
    found = _BOILERPLATE.match(abstract)
    if found is None:
        return abstract, None, None
    kind = Kind(found.group(2)) if found.group(2) in set(Kind) else None
    return abstract[found.end() :], int(found.group(1)), kind


def unescape(text: str) -> str:
    """Take back what the writer escaped; a backslash before a letter is TeX and stays."""
    return _ESCAPE.sub(lambda found: "…" if found.group(2) else found.group(1), text)
