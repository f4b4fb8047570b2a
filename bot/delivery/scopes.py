"""Where the queries of all subscriptions look, each worked out once."""

from functools import lru_cache

from bot.config import Config
from bot.digest.parser import parse_stored
from bot.digest.scope import looked_in

KEPT = 200_000
"""Queries, of about 300 bytes each: far more than one bot has to do with."""


class Scopes:
    """The categories that stored queries are matched with."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._looked_in = lru_cache(maxsize=KEPT)(self._read)

    def of(self, query: str) -> tuple[str, ...]:
        """The categories of a query in canonical form; raises QueryError."""
        return self._looked_in(query)

    def _read(self, query: str) -> tuple[str, ...]:
        return looked_in(self._config, parse_stored(query))
