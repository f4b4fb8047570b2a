"""In which categories' announcements a query looks, also one that names none."""

from bot.config import Config
from bot.digest.parser import parse_stored
from bot.digest.query import Query, categories
from bot.errors import ConfigError, QueryError

DEFAULT_QUERY = "cs.AI"


def looked_in(config: Config, query: Query) -> tuple[str, ...]:
    """The categories whose batches a query is matched with.

    For a query that names none, the configured channels' categories.
    """
    return tuple(sorted(categories(query) or _usual_categories(config)))


def configured_queries(config: Config) -> tuple[Query, ...]:
    """Read the queries of the configured channels.

    Raises ConfigError that names the channel whose query is wrong.
    """
    queries = []
    for channel in config.channels:
        try:
            queries.append(parse_stored(channel.query))
        except QueryError as error:
            raise ConfigError(f"channel {channel.name}: {error}") from error
    return tuple(queries)


def _usual_categories(config: Config) -> frozenset[str]:
    """What to look in for a query without categories: the configured channels' categories."""
    queries = configured_queries(config)
    configured = frozenset(one for query in queries for one in categories(query))
    return configured or categories(parse_stored(DEFAULT_QUERY))
