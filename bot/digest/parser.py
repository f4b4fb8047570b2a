"""Reads a query: recursive descent over its lexemes, every error with its place and a way out.

alternatives = conjunction (OR conjunction)*
conjunction  = factor ([AND | ANDNOT] factor)*         side by side means AND, except that
                                                       categories side by side mean any of them
factor       = (NOT | "-")* operand
operand      = [prefix] (word | phrase | "(" alternatives ")")
"""

from functools import lru_cache

from bot.digest.query import (
    Field,
    Query,
    Words,
    all_of,
    any_of,
    depth,
    is_category,
    looks_like_category,
    negated,
    read_category,
)
from bot.digest.scanner import Kind, Lexeme, scan, shown
from bot.digest.tokens import spelling
from bot.errors import QueryError
from bot.sources import taxonomy

# A query with its echo and a preview must fit into one Telegram message of 4,096 characters.
MOST_CHARACTERS = 1000
# Bounds the work that one reader can cause in every batch; people write fewer than ten.
MOST_TERMS = 100
# Far from Python's limit of 1,000 nested calls; people nest two or three.
MOST_NESTED = 20

# Read queries kept; one takes 0.9 kB, and reading it 0.08 ms (measured).
MOST_KEPT = 100_000

_TOO_DEEP = f"at most {MOST_NESTED} groups may stand inside each other"
_OPERATORS = frozenset({Kind.AND, Kind.OR, Kind.NOT, Kind.ANDNOT, Kind.MINUS, Kind.PREFIX})
_AROUND_CATEGORIES = ".!?'[]{}<>"
_EVERYWHERE = ""


def parse(text: str) -> Query:
    """Read a query as a reader typed it; raises QueryError.

    What it returns prints (`str`) in canonical form, which reads back as the same tree.
    """
    if len(text) > MOST_CHARACTERS:
        problem = f"a query has at most {MOST_CHARACTERS:,} characters; this one has {len(text):,}"
        raise QueryError(problem, text, MOST_CHARACTERS)
    lexemes = scan(text)
    if lexemes[0].kind is Kind.END:
        raise QueryError("it is empty; name a category such as cs.CV, or words", text, 0)
    query = _Parser(text, lexemes).query()
    if depth(query) > MOST_NESTED:
        raise QueryError(_TOO_DEEP, text, 0)
    written = len(str(query))
    if written > MOST_CHARACTERS:
        problem = f"written out it has {written:,} characters; {MOST_CHARACTERS:,} is the most"
        raise QueryError(problem, text, 0)
    return query


@lru_cache(maxsize=MOST_KEPT)
def parse_stored(text: str) -> Query:
    """Read a query that is asked for again and again, as subscriptions are; raises QueryError.

    Each text, in canonical form, is read only once, as long as it is among those asked for last.
    """
    return parse(text)


class _Parser:
    """One reading of one query."""

    def __init__(self, text: str, lexemes: tuple[Lexeme, ...]) -> None:
        self._text = text
        self._lexemes = lexemes
        self._at = 0
        self._nested = 0
        self._terms = 0

    def query(self) -> Query:
        """Read all of it."""
        query = self._alternatives(_EVERYWHERE)
        if self._next.kind is Kind.CLOSE:
            raise self._error('this ")" closes nothing; leave it out')
        return query

    @property
    def _next(self) -> Lexeme:
        return self._lexemes[self._at]

    def _take(self, *kinds: Kind) -> Kind | None:
        """Go past the next lexeme if it is one of these."""
        kind = self._next.kind
        if kind not in kinds:
            return None
        self._at += 1
        return kind

    def _alternatives(self, prefix: str) -> Query:
        parts = [self._conjunction(prefix)]
        while self._take(Kind.OR):
            parts.append(self._conjunction(prefix))
        return any_of(*parts)

    def _conjunction(self, prefix: str) -> Query:
        parts: list[Query] = []
        joint = None
        beside_category = False
        while True:
            unsigned = self._next.kind in {Kind.WORD, Kind.PREFIX}
            part = self._factor(prefix)
            bare_category = unsigned and is_category(part)
            if bare_category and beside_category and not joint:
                parts[-1] = any_of(parts[-1], part)
            else:
                parts.append(negated(part) if joint is Kind.ANDNOT else part)
            if self._next.kind in {Kind.OR, Kind.CLOSE, Kind.END}:
                return all_of(*parts)
            beside_category = bare_category and joint is not Kind.ANDNOT
            joint = self._take(Kind.AND, Kind.ANDNOT)

    def _factor(self, prefix: str) -> Query:
        exclude = False
        while self._take(Kind.NOT, Kind.MINUS):
            exclude = not exclude
        part = self._operand(prefix)
        return negated(part) if exclude else part

    def _operand(self, prefix: str) -> Query:
        if self._next.kind is Kind.PREFIX:
            prefix = self._next.text
            self._at += 1
        lexeme = self._next
        if lexeme.kind not in {Kind.WORD, Kind.PHRASE, Kind.OPEN}:
            raise self._nothing_here()
        self._at += 1
        read = self._group if lexeme.kind is Kind.OPEN else self._term
        return read(prefix, lexeme)

    def _group(self, prefix: str, opening: Lexeme) -> Query:
        self._nested += 1
        if self._nested > MOST_NESTED:
            raise self._error(_TOO_DEEP, opening)
        query = self._alternatives(prefix)
        if not self._take(Kind.CLOSE):
            raise self._error('this "(" is never closed; add a ")"', opening)
        self._nested -= 1
        return query

    def _term(self, prefix: str, lexeme: Lexeme) -> Query:
        self._terms += 1 if prefix != "all" else 2
        if self._terms > MOST_TERMS:
            problem = f"a query has at most {MOST_TERMS} words and categories"
            raise self._error(problem, lexeme)
        bare = lexeme.text.strip(_AROUND_CATEGORIES)
        unmarked = prefix == _EVERYWHERE and lexeme.kind is Kind.WORD
        if prefix == "cat" or (unmarked and looks_like_category(bare)):
            return self._category(bare, lexeme)
        text = self._words(lexeme)
        if prefix == "all":
            return any_of(Words(Field.TEXT, text), Words(Field.AUTHOR, text))
        return Words(Field(prefix), text)

    def _category(self, name: str, lexeme: Lexeme) -> Query:
        known = read_category(name)
        if known:
            return known
        likely = () if "*" in name else taxonomy.suggestions(name)
        hint = f"did you mean {', '.join(likely)}?" if likely else "they look like cs.CV or cs.*"
        raise self._error(f"arXiv has no category {shown(name)}; {hint}", lexeme)

    def _words(self, lexeme: Lexeme) -> str:
        if "*" in lexeme.text:
            problem = 'words have no "*" (only archives do: cs.*); plurals are found without it'
            raise self._error(problem, lexeme)
        text = spelling(lexeme.text)
        if text:
            return text
        if lexeme.kind is Kind.PHRASE and not lexeme.text.strip():
            raise self._error("these quotes are empty; put words between them", lexeme)
        problem = f"{shown(lexeme.text)} has no letter or digit to look for; leave it out"
        raise self._error(problem, lexeme)

    def _nothing_here(self) -> QueryError:
        """The error where a word, a category or a group should stand and something else does."""
        here = self._next
        before = self._lexemes[self._at - 1] if self._at else None
        if before and before.kind in _OPERATORS:
            name = f"{before.text}:" if before.kind is Kind.PREFIX else before.text
            return self._error(f'"{name}" needs a word or a category after it', before)
        if here.kind is Kind.END and before:
            return self._error('this "(" is never closed; add a ")"', before)
        if here.kind is not Kind.CLOSE:
            return self._error(f'"{here.text}" needs a word or a category before it')
        if before:
            return self._error("these parentheses are empty; put words between them", before)
        return self._error('this ")" closes nothing; leave it out')

    def _error(self, problem: str, lexeme: Lexeme | None = None) -> QueryError:
        return QueryError(problem, self._text, (lexeme or self._next).position)
