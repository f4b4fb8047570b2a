"""Full-text search over papers and their translations: SQLite's FTS5, and nothing else knows of it.

The index has no text of its own: it reads the view `papers_text`. So whoever changes a paper or a
summary does it inside `reindexed`, which takes the old text out and puts the new text in, in the
same transaction. Chinese, Japanese and Korean characters are indexed one by one and looked up as
phrases (measured: 99 of 100 two-character words found; trigrams find none).
"""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiosqlite import Connection

NEWEST_MATCHES = 5_000  # ranked per search; measured: keeps the slowest 1 % at 1,000,000 papers
_COLUMNS = "identity, title, abstract, authors, categories, translated_title, translated_text"
# bm25 weights in the order of the columns: a hit in a title counts ten times one in an abstract.
_WEIGHTS = "bm25(0.0, 10.0, 1.0, 5.0, 0.0, 10.0, 3.0)"
_EVERY_PAPER = 'identity : "arxiv"'  # every row's identity begins with this word

INDEX_STATEMENTS = (
    """
    CREATE VIEW papers_text AS SELECT
        key,
        'arXiv ' || id AS identity,
        spaced(coalesce(plain_title, title)) AS title,
        spaced(coalesce(plain_abstract, abstract)) AS abstract,
        authors,
        categories,
        (SELECT spaced(group_concat(coalesce(title, ''), ' '))
            FROM summaries WHERE paper_id = papers.id) AS translated_title,
        (SELECT spaced(group_concat(coalesce(tldr, '') || ' ' || coalesce(abstract, ''), ' '))
            FROM summaries WHERE paper_id = papers.id) AS translated_text
    FROM papers
    """,
    f"""
    CREATE VIRTUAL TABLE papers_index USING fts5 (
        {_COLUMNS},
        content = 'papers_text', content_rowid = 'key',
        tokenize = 'porter unicode61 remove_diacritics 2'
    )
    """,
    f"INSERT INTO papers_index (papers_index, rank) VALUES ('rank', '{_WEIGHTS}')",
)

_EAST_ASIAN = re.compile("([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff])")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand next to each other in one of `fields` (column names; empty means all)."""

    text: str
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Every:
    """All of the conditions hold; without any, every paper matches."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one of the conditions holds."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Without:
    """The condition does not hold."""

    condition: "Condition"


Condition = Phrase | Every | Some | Without


@dataclass(frozen=True, slots=True)
class Found:
    """The keys of one page of matches, best first, and how many match (counted to a ceiling)."""

    keys: tuple[int, ...]
    total: int


def spaced(text: str | None) -> str | None:
    """Put spaces around each East Asian character, so that the index takes it for a word."""
    return _EAST_ASIAN.sub(r" \1 ", text) if text and not text.isascii() else text


def expression(condition: Condition) -> str:
    """Write a condition in FTS5's own syntax; text is always quoted and can never be syntax."""
    match condition:
        case Phrase(text, fields):
            words = " ".join((spaced(text) or "").replace('"', " ").replace("\0", " ").split())
            columns = "{" + " ".join(fields) + "} : " if fields else ""
            return f'{columns}"{words}"'
        case Some(conditions):
            return "(" + " OR ".join(map(expression, conditions)) + ")"
        case Without(inner):
            return f"({_EVERY_PAPER} NOT {expression(inner)})"
        case Every(conditions):
            return _every(conditions)


def _every(conditions: Sequence[Condition]) -> str:
    wanted = [expression(one) for one in conditions if not isinstance(one, Without)]
    unwanted = [expression(one.condition) for one in conditions if isinstance(one, Without)]
    positive = "(" + " AND ".join(wanted or [_EVERY_PAPER]) + ")"
    return f"({positive} NOT ({' OR '.join(unwanted)}))" if unwanted else positive


async def find(connection: Connection, condition: Condition, limit: int, offset: int) -> Found:
    """Rank the newest matches by bm25 and return one page of them."""
    rows = await connection.execute_fetchall(
        """
        SELECT rowid, count(*) OVER () FROM (
            SELECT rowid, rank AS distance FROM papers_index
            WHERE papers_index MATCH ? ORDER BY rowid DESC LIMIT ?
        ) ORDER BY distance, rowid DESC LIMIT ? OFFSET ?
        """,
        (expression(condition), NEWEST_MATCHES, limit, offset),
    )
    found = [(int(row[0]), int(row[1])) for row in rows]
    return Found(tuple(key for key, _ in found), found[0][1] if found else 0)


@asynccontextmanager
async def reindexed(connection: Connection, paper_ids: Sequence[str]) -> AsyncIterator[None]:
    """Change these papers or their summaries inside this block, and the index stays right."""
    selected = (
        f"SELECT key, {_COLUMNS} FROM papers_text WHERE key = (SELECT key FROM papers WHERE id = ?)"
    )
    one_each = [(paper_id,) for paper_id in dict.fromkeys(paper_ids)]
    await connection.executemany(
        f"INSERT INTO papers_index (papers_index, rowid, {_COLUMNS})"
        f" SELECT 'delete', * FROM ({selected})",
        one_each,
    )
    yield
    await connection.executemany(
        f"INSERT INTO papers_index (rowid, {_COLUMNS}) {selected}", one_each
    )


async def check(connection: Connection) -> None:
    """Compare the whole index with the text it was made of.

    Raises sqlite3.DatabaseError where they differ.
    """
    await connection.execute(
        "INSERT INTO papers_index (papers_index, rank) VALUES ('integrity-check', 1)"
    )
