"""What a reader asks for: a tree of categories and words, and its one canonical form.

`str(query)` is canonical. It lists what the reader wrote in the reader's order: categories in
arXiv's spelling, an archive as `cs.*`, words in lower case, phrases in quotes, `-` for NOT,
nothing for AND, a group in parentheses inside another one: `(cs.CV OR cs.CL) diffusion -survey`.
AND is spelled out only between two categories, which side by side would mean either of them.
`bot.digest.parser.parse` reads it back as the same tree.
"""

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TypeAlias

from bot.digest.tokens import singular_tokens, tokens
from bot.sources import taxonomy

_SUBJECT_CLASS = re.compile(r"[A-Za-z-]+|\*")


class Field(StrEnum):
    """Where words are looked for; the value is arXiv's prefix, empty for title or abstract."""

    TEXT = ""
    TITLE = "ti"
    ABSTRACT = "abs"
    AUTHOR = "au"


@dataclass(frozen=True, slots=True)
class Category:
    """Papers of one category, by its canonical id; every alias of it counts."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Archive:
    """Papers of any category of an archive that has several, by the archive's id."""

    name: str

    def __str__(self) -> str:
        return f"{self.name}.*"


@dataclass(frozen=True, slots=True)
class Words:
    """One word, or several that must follow each other.

    In `Field.AUTHOR` all must be in one author's name, in any order, a single letter as an
    initial. `text` is in the spelling of `bot.digest.tokens.spelling`; `tokens` are made of it.
    """

    field: Field
    text: str
    tokens: tuple[str, ...] = dataclasses.field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        split = tokens if self.field is Field.AUTHOR else singular_tokens
        object.__setattr__(self, "tokens", split(self.text))

    def __str__(self) -> str:
        prefix = f"{self.field}:" if self.field else ""
        misread = self.field is Field.TEXT and looks_like_category(self.text)
        return prefix + (f'"{self.text}"' if " " in self.text or misread else self.text)


@dataclass(frozen=True, slots=True)
class Not:
    """Papers that `part` does not match. Made by `negated`."""

    part: "Query"

    def __str__(self) -> str:
        return f"-{_grouped(self.part)}"


@dataclass(frozen=True, slots=True)
class And:
    """Papers that all of two or more different parts match. Made by `all_of`."""

    parts: tuple["Query", ...]

    def __str__(self) -> str:
        written = [_grouped(self.parts[0])]
        for before, part in pairwise(self.parts):
            both = is_category(before) and is_category(part)
            written.append(f"AND {part}" if both else _grouped(part))
        return " ".join(written)


@dataclass(frozen=True, slots=True)
class Or:
    """Papers that any of two or more different parts matches. Made by `any_of`."""

    parts: tuple["Query", ...]

    def __str__(self) -> str:
        return " OR ".join(_grouped(part) for part in self.parts)


Term: TypeAlias = Category | Archive | Words
Query: TypeAlias = Term | Not | And | Or


def all_of(*parts: Query) -> Query:
    """AND over one or more parts: nested ones flattened, repeated ones dropped."""
    flat = (inner for part in parts for inner in (part.parts if isinstance(part, And) else (part,)))
    unique = tuple(dict.fromkeys(flat))
    return unique[0] if len(unique) == 1 else And(unique)


def any_of(*parts: Query) -> Query:
    """OR over one or more parts: nested ones flattened, repeated ones dropped."""
    flat = (inner for part in parts for inner in (part.parts if isinstance(part, Or) else (part,)))
    unique = tuple(dict.fromkeys(flat))
    return unique[0] if len(unique) == 1 else Or(unique)


def negated(part: Query) -> Query:
    """NOT; twice is as good as none."""
    return part.part if isinstance(part, Not) else Not(part)


def is_category(query: Query) -> bool:
    """Whether this asks for a category or a whole archive and nothing else."""
    return isinstance(query, Category | Archive)


def looks_like_category(text: str) -> bool:
    """Whether a word on its own means a category: `cs.CV`, `cs.*`, `hep-th`, but also `cs.ZZ`.

    A known archive must stand before the dot, so `gpt-4.1` and `v1.5` are words; without a dot
    only a hyphenated id counts, so `math` and `physics` are words.
    """
    archive, dot, subject = text.partition(".")
    if dot:
        return bool(_SUBJECT_CLASS.fullmatch(subject)) and taxonomy.is_archive(archive)
    return "-" in text and taxonomy.is_archive(text)


def read_category(name: str) -> Category | Archive | None:
    """What a category's or an archive's id in any spelling means; None if arXiv has no such.

    An archive with one category is that category: `hep-th.*` and `hep-th` are the same.
    """
    archive = name.removesuffix(".*")
    members = taxonomy.members(archive)
    if len(members) > 1:
        return Archive(archive.strip().lower())
    canonical = members[0] if members else taxonomy.canonical(name)
    return Category(canonical) if canonical else None


def terms(query: Query) -> Iterator[Term]:
    """What the query asks for, in the reader's order; what it excludes is left out."""
    if isinstance(query, And | Or):
        for part in query.parts:
            yield from terms(part)
    elif not isinstance(query, Not):
        yield query


def categories(query: Query) -> frozenset[str]:
    """The canonical categories whose announcements must be read; empty when none is named."""
    named: set[str] = set()
    for term in terms(query):
        if isinstance(term, Category):
            named.add(term.name)
        elif isinstance(term, Archive):
            named.update(taxonomy.members(term.name))
    return frozenset(named)


def depth(query: Query) -> int:
    """How many groups stand inside each other, 0 for a single term."""
    match query:
        case And(parts) | Or(parts):
            return 1 + max(depth(part) for part in parts)
        case Not(part):
            return depth(part)
        case _:
            return 0


def _grouped(part: Query) -> str:
    return f"({part})" if isinstance(part, And | Or) else str(part)
