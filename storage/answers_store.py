"""The store's part for language models: what was asked already, and what it took."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date

from aiosqlite import Connection

from storage import answers, papers, summaries
from storage.answers import Answer, Source, Tokens
from storage.database import Database
from storage.models import Summary


class Answers:
    """What models answered about papers; each method is one transaction or one read."""

    def __init__(self, database: Database, plain: Callable[[str], str]) -> None:
        self._database = database
        self._plain = plain

    async def get(self, sources: Iterable[Source]) -> dict[Source, tuple[Answer, ...]]:
        """Read what was answered, in all languages; sources never asked about are left out."""
        async with self._database.read() as connection:
            return await answers.get(connection, sources)

    async def keep(self, source: Source, version: int, new: Sequence[Answer]) -> None:
        """Store answers, and everything good about this source as a version's summaries.

        Without new answers, what is known is carried over to that version. The paper has to be
        stored.
        """
        async with self._database.write() as connection:
            await answers.put(connection, source, new)
            known = (await answers.get(connection, (source,))).get(source, ())
            made = answers.summaries_of(source, version, known)
            honest = [await _honest(connection, one) for one in made]
            await papers.put(connection, (), honest, self._plain, authoritative=True)

    async def count(self, day: date, model: str, tokens: Tokens) -> None:
        """Count what one request of a day took."""
        async with self._database.write() as connection:
            await answers.add_tokens(connection, day, model, tokens)

    async def tokens(self, day: date) -> Tokens:
        """Read how many tokens all requests of a day took."""
        async with self._database.read() as connection:
            return await answers.get_tokens(connection, day)


async def _honest(connection: Connection, made: Summary) -> Summary:
    """A summary without a TL;DR says whose TL;DR stays beside it, not who wrote the rest."""
    if made.tldr:
        return made
    versions = {made.paper_id: made.version}
    stored = (await summaries.get(connection, versions, made.language)).get(made.paper_id)
    if stored is None or stored.version != made.version or not stored.tldr:
        return made
    return replace(made, origin=stored.origin, model=stored.model)
