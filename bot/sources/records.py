"""One JSON object of somebody's archive becomes a paper with its summaries.

Archives name the same things differently; the names that occur in public archives are listed in
`_NAMES`. What an object lacks stays missing: nothing is invented.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.errors import BadRow
from bot.sources.ids import PaperId, parse_id
from storage.models import Origin, Paper, Summary

_NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "arxiv_id", "paper_id", "entry_id", "arxivId", "abs"),
    "title": ("title", "en_title"),
    "abstract": ("abstract", "summary", "en_abstract"),
    "authors": ("authors", "author"),
    "categories": ("categories", "category", "subjects"),
    "comment": ("comment", "comments"),
    "doi": ("doi",),
    "journal_ref": ("journal_ref", "journal-ref", "journal"),
    "licence": ("license", "licence"),
    "published": ("published",),
    "updated": ("updated",),
}
_ABSTRACT_PREFIX = re.compile(r"arXiv:\S+\s+Announce Type:\s*[a-z-]+\s+Abstract: ?")
_ENGLISH_LABEL = re.compile(r"(?<![A-Za-z])En[_ ]?T(?:l;?dr|dlr) ?[:：]", re.IGNORECASE)
_LANGUAGE = re.compile(r"[a-z]{2}")
_MOST_VERSIONS = 999  # as many as an identifier can name; see `bot.sources.ids`


@dataclass(frozen=True, slots=True)
class Record:
    """A paper and what an archive says about it."""

    paper: Paper
    summaries: tuple[Summary, ...] = ()


def to_record(row: object) -> Record:
    """Read one object of an archive.

    Raises BadRow or BadPaperId, with a line that says what is missing.
    """
    if not isinstance(row, Mapping):
        raise BadRow("not a JSON object, so it cannot describe a paper")
    paper = _to_paper(row)
    return Record(paper, _to_summaries(row, paper))


def split_leaked_label(tldr: str) -> tuple[str, str | None]:
    """Split a TL;DR that a model ended with a labelled English one (`En_Tdlr: ...`).

    Returns the TL;DR and the English one, or None where none leaked.
    """
    parts = _ENGLISH_LABEL.split(tldr, maxsplit=1)
    return parts[0].strip(), (parts[1].strip() or None) if len(parts) > 1 else None


def without_boilerplate(abstract: str) -> str:
    """Take off the line that announcement feeds put before an abstract."""
    found = _ABSTRACT_PREFIX.match(abstract)
    return abstract[found.end() :] if found else abstract


def _to_paper(row: Mapping[str, Any]) -> Paper:
    identity = _identity(row)
    title = _text(row, "title")
    if not title:
        raise BadRow(f"{identity.id} has no title")
    abstract = without_boilerplate(_text(row, "abstract") or "")
    return Paper(
        id=identity.id,
        version=_version(row, identity),
        title=title,
        abstract=abstract,
        authors=_names(_value(row, "authors"), ","),
        categories=_names(_value(row, "categories"), None),
        comment=_text(row, "comment"),
        doi=_text(row, "doi"),
        journal_ref=_text(row, "journal_ref"),
        licence=_text(row, "licence"),
        published=_moment(_text(row, "published")),
        updated=_moment(_text(row, "updated")),
        abstract_complete=bool(abstract) and not row.get("abstract_truncated", False),
    )


def _identity(row: Mapping[str, Any]) -> PaperId:
    text = _text(row, "id")
    if not text:
        raise BadRow("no identifier (looked for id, arxiv_id, paper_id)")
    return parse_id(text)


def _version(row: Mapping[str, Any], identity: PaperId) -> int:
    version = row.get("version")
    if type(version) is int and 1 <= version <= _MOST_VERSIONS:
        return version
    return identity.version or 1


def _to_summaries(row: Mapping[str, Any], paper: Paper) -> tuple[Summary, ...]:
    """Read `zh_title`, `zh_tldr`, `zh_abstract` and their like, and objects such as `zh`."""
    texts: dict[str, dict[str, str]] = {}
    for key, value in row.items():
        if isinstance(value, Mapping) and _LANGUAGE.fullmatch(key.lower()):
            language = "zh" if key == "AI" else key.lower()  # the Chinese archive that uses "AI"
            texts.setdefault(language, {}).update(_fields(value))
        language, separator, field = key.partition("_")
        if separator and field in {"title", "tldr", "abstract"} and _LANGUAGE.fullmatch(language):
            texts.setdefault(language, {}).update(_fields({field: value}))
    for language in [one for one in texts if one != "en"]:
        tldr, english = split_leaked_label(texts[language].get("tldr", ""))
        texts[language]["tldr"] = tldr
        if english:
            texts.setdefault("en", {}).setdefault("tldr", english)
    summaries = (
        Summary(
            paper.id,
            paper.version,
            language,
            title=(fields.get("title") or None) if language != "en" else None,
            tldr=fields.get("tldr") or None,
            abstract=(fields.get("abstract") or None) if language != "en" else None,
            origin=Origin.IMPORTED,
        )
        for language, fields in texts.items()
    )
    return tuple(one for one in summaries if one.title or one.tldr or one.abstract)


def _fields(value: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: _storable(text.strip())
        for name in ("title", "tldr", "abstract")
        if isinstance(text := value.get(name), str) and text.strip()
    }


def _value(row: Mapping[str, Any], name: str) -> object:
    return next((row[key] for key in _NAMES[name] if row.get(key) not in (None, "", [])), None)


def _text(row: Mapping[str, Any], name: str) -> str | None:
    value = _value(row, name)
    return _storable(value) if isinstance(value, str) and value.strip() else None


def _names(value: object, separator: str | None) -> tuple[str, ...]:
    """Read a list of names, or a text that joins them."""
    if isinstance(value, str):
        return tuple(_storable(name.strip()) for name in value.split(separator) if name.strip())
    if isinstance(value, Sequence):
        names = [one.get("name") if isinstance(one, Mapping) else one for one in value]
        return tuple(_storable(name) for name in names if isinstance(name, str) and name.strip())
    return ()


def _storable(text: str) -> str:
    r"""Half a character (`\ud83d` alone), which JSON can hold but no database, becomes `?`."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadRow(f"{text[:40]!r} is no date") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
