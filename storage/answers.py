"""What language models were asked and what they answered, in the database, and the tokens of it.

One row per paper's text, model, version of the prompts, language and part, so that nothing is
asked twice: not after a restart, not for another chat, not for a new version with the same text.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from aiosqlite import Connection

from storage.models import Summary
from storage.rows import in_portions, marks


class Part(StrEnum):
    """What a model writes about a paper, called as in `storage.models.Summary`."""

    TITLE = "title"
    TLDR = "tldr"
    ABSTRACT = "abstract"


@dataclass(frozen=True, slots=True)
class Source:
    """What an answer was made of: a paper's text, by its fingerprint, a model and its prompts."""

    paper_id: str
    fingerprint: str
    model: str
    prompts: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One part in one language: its text, or None and why no good one came."""

    language: str
    part: Part
    text: str | None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Tokens:
    """How many tokens some requests took, as the server counts them."""

    input: int = 0
    output: int = 0

    def __add__(self, other: "Tokens") -> "Tokens":
        """Count two requests together."""
        return Tokens(self.input + other.input, self.output + other.output)

    @property
    def total(self) -> int:
        """Input and output together."""
        return self.input + self.output


async def get(
    connection: Connection, sources: Iterable[Source]
) -> dict[Source, tuple[Answer, ...]]:
    """Read what was answered, in all languages; sources that nothing is known of are left out."""
    wanted = set(sources)
    found: dict[Source, list[Answer]] = {}
    for some in in_portions(sorted({source.paper_id for source in wanted})):
        rows = await connection.execute_fetchall(
            "SELECT paper_id, fingerprint, model, prompts, language, part, text, failure"
            f" FROM answers WHERE paper_id IN ({marks(some)})",
            some,
        )
        for row in map(tuple, rows):
            answer = Answer(row[4], Part(row[5]), row[6], row[7])
            found.setdefault(Source(*row[:4]), []).append(answer)
    return {source: tuple(found[source]) for source in wanted & found.keys()}


async def put(connection: Connection, source: Source, answers: Sequence[Answer]) -> None:
    """Write answers; a good one that is there already stays."""
    await connection.executemany(
        """
        INSERT INTO answers
            (paper_id, fingerprint, model, prompts, language, part, text, failure)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (paper_id, fingerprint, model, prompts, language, part) DO UPDATE SET
            text = excluded.text, failure = excluded.failure
            WHERE answers.text IS NULL
        """,
        [
            (
                *(source.paper_id, source.fingerprint, source.model, source.prompts),
                *(one.language, one.part.value, one.text, one.failure),
            )
            for one in answers
        ],
    )


def summaries_of(source: Source, version: int, answers: Iterable[Answer]) -> tuple[Summary, ...]:
    """The good answers as summaries of one version of the paper, one for each language."""
    texts: dict[str, dict[Part, str]] = {}
    for one in answers:
        if one.text:
            texts.setdefault(one.language, {})[one.part] = one.text
    return tuple(
        Summary(
            source.paper_id,
            version,
            language,
            title=parts.get(Part.TITLE),
            tldr=parts.get(Part.TLDR),
            abstract=parts.get(Part.ABSTRACT),
            model=source.model,
        )
        for language, parts in texts.items()
    )


async def add_tokens(connection: Connection, day: date, model: str, tokens: Tokens) -> None:
    """Count one request of a day."""
    await connection.execute(
        """
        INSERT INTO tokens (day, model, requests, input, output) VALUES (?, ?, 1, ?, ?)
        ON CONFLICT (day, model) DO UPDATE SET
            requests = tokens.requests + 1,
            input = tokens.input + excluded.input,
            output = tokens.output + excluded.output
        """,
        (day.isoformat(), model, tokens.input, tokens.output),
    )


async def get_tokens(connection: Connection, day: date) -> Tokens:
    """Read how many tokens all requests of a day took."""
    rows = await connection.execute_fetchall(
        "SELECT coalesce(sum(input), 0), coalesce(sum(output), 0) FROM tokens WHERE day = ?",
        (day.isoformat(),),
    )
    return Tokens(*next(iter(rows)))
