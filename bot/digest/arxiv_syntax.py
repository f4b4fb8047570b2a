"""A query in the words of arXiv's API, for papers that are not stored here.

https://info.arxiv.org/help/api/user-manual.html#query_details
"""

from bot.digest.query import And, Archive, Category, Field, Not, Or, Query, Words
from bot.digest.tokens import tokens
from bot.errors import UsageError


def to_arxiv(query: Query) -> str:
    """The `search_query` that finds what `query` asks for; raises UsageError.

    arXiv excludes only from something (ANDNOT), so a query that names nothing but what it does
    not want cannot be asked. Two things are wider than here: arXiv reads a name with initials by
    its whole words only, and it has ideas of its own about endings. Match what comes back again.
    """
    text, excluded = _written(query)
    if excluded:
        raise UsageError("arXiv only excludes from something; add a word or a category to look for")
    return text


def _written(query: Query) -> tuple[str, bool]:
    """A query as text, and whether what was asked for is everything but that."""
    match query:
        case Category(name):
            return f"cat:{name}", False
        case Archive(name):
            # Without the dot the wildcard finds what was filed under the archive before it was
            # divided (`astro-ph` until 2009); with it `math.*` does not mean `math-ph`.
            return f"cat:{name}*" if "-" in name else f"cat:{name}.*", False
        case Words():
            return _words(query), False
        case Not(part):
            text, excluded = _written(part)
            return text, not excluded
        case And(parts):
            return _conjunction([_written(part) for part in parts])
        case Or(parts):
            # a OR b is everything but (NOT a AND NOT b).
            negated = [(text, not excluded) for text, excluded in map(_written, parts)]
            text, excluded = _conjunction(negated)
            return text, not excluded


def _conjunction(parts: list[tuple[str, bool]]) -> tuple[str, bool]:
    """AND over parts; where all are excluded, it is everything but any of them."""
    wanted = [text for text, excluded in parts if not excluded]
    unwanted = [text for text, excluded in parts if excluded]
    if not wanted:
        return f"({' OR '.join(unwanted)})", True
    return f"({' ANDNOT '.join([' AND '.join(wanted), *unwanted])})", False


def _words(words: Words) -> str:
    """Words without accents, since arXiv's own text is ASCII."""
    plain = tokens(words.text)
    if words.field is Field.AUTHOR:
        plain = tuple(token for token in plain if len(token) > 1) or plain
    text = " ".join(plain)
    quoted = text if text.isalnum() else f'"{text}"'
    if words.field is Field.TEXT:
        return f"(ti:{quoted} OR abs:{quoted})"
    return f"{words.field}:{quoted}"
