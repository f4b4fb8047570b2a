"""A query as people type it, cut into lexemes that know where they stand."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from bot.digest.tokens import visible
from bot.errors import QueryError

PREFIXES = ("ti", "abs", "au", "cat", "all")
LONGEST_QUOTE = 30  # of the reader's own text in an error, so that the error stays one short line

# What telephones and Chinese keyboards put in place of the signs that mean something here.
_TYPED = str.maketrans("“”„‟＂（）：＊，、；‐‑‒–—−﹣－", '"""""():*,,;--------')
# A comma stays only within a number: 1,000.
_PIECE = re.compile(
    r"(?P<gap>[\s,;]+)"
    r"|(?P<open>\()|(?P<close>\))"
    r'|"(?P<phrase>[^"]*)(?P<closing>"?)'
    r'|(?P<chunk>(?:[^\s"(),;]|(?<=\d),(?=\d))+)'
)
# What people write for a prefix, and the prefixes of arXiv that are not searched here.
_MEANT = {"title": "ti", "abstract": "abs", "author": "au", "authors": "au", "category": "cat"}
_FOR_ONE_PAPER = frozenset({"arxiv", "doi", "id", "http", "https", "www"})


class Kind(Enum):
    """What a lexeme is."""

    WORD = auto()
    PHRASE = auto()
    PREFIX = auto()
    MINUS = auto()
    OPEN = auto()
    CLOSE = auto()
    AND = auto()
    OR = auto()
    NOT = auto()
    ANDNOT = auto()
    END = auto()


_OPERATORS = {kind.name: kind for kind in (Kind.AND, Kind.OR, Kind.NOT, Kind.ANDNOT)}


@dataclass(frozen=True, slots=True)
class Lexeme:
    """One piece of a query; `position` is that of its first character, quotes included."""

    kind: Kind
    text: str
    position: int


def scan(text: str) -> tuple[Lexeme, ...]:
    """Cut a query into lexemes, an END behind them; raises QueryError."""
    _refuse_control_characters(text)
    typed = text.translate(_TYPED)
    pieces = _PIECE.finditer(typed)
    found = [lexeme for piece in pieces for lexeme in _lexemes(text, piece)]
    return (*found, Lexeme(Kind.END, "", len(text)))


def shown(text: str) -> str:
    """The reader's own text within an error: quoted, short, nothing invisible in it."""
    quoted = "".join(one if one.isprintable() else "�" for one in text[:LONGEST_QUOTE])
    return f'"{quoted}"' if len(text) <= LONGEST_QUOTE else f'"{quoted}…"'


def _refuse_control_characters(text: str) -> None:
    for position, character in enumerate(text):
        control = unicodedata.category(character) in {"Cc", "Cs"} and character not in "\t\n\r"
        if control:
            problem = f"an invisible control character (U+{ord(character):04X}); delete it"
            raise QueryError(problem, text, position)


def _lexemes(text: str, piece: re.Match[str]) -> Iterator[Lexeme]:
    position = piece.start()
    match piece.lastgroup:
        case "open":
            yield Lexeme(Kind.OPEN, "(", position)
        case "close":
            yield Lexeme(Kind.CLOSE, ")", position)
        case "closing":
            if not piece["closing"]:
                raise QueryError('this quote is never closed; add another "', text, position)
            yield Lexeme(Kind.PHRASE, piece["phrase"], position)
        case "chunk":
            before_group = piece.string[piece.end() : piece.end() + 1] in {"(", '"'}
            chunk = visible(piece["chunk"])
            yield from _chunk(text, chunk, position, before_group=before_group)


def _chunk(text: str, chunk: str, position: int, *, before_group: bool) -> Iterator[Lexeme]:
    """Cut what stands without spaces: minus, prefix and word. A quote or `(` may follow at once."""
    if chunk in _OPERATORS:
        yield Lexeme(_OPERATORS[chunk], chunk, position)
        return
    word = chunk.lstrip("-")
    if word != chunk:
        yield Lexeme(Kind.MINUS, "-", position)
        position += len(chunk) - len(word)
        if not word and not before_group:
            problem = '"-" stands directly before what it excludes, as in -survey'
            raise QueryError(problem, text, position - 1)
    head, colon, rest = word.partition(":")
    if colon and head.lower() in PREFIXES:
        yield Lexeme(Kind.PREFIX, head.lower(), position)
        word, position = rest, position + len(head) + 1
        if rest.startswith("-"):
            raise QueryError(f'put the "-" first: -{head.lower()}:word', text, position)
    elif colon and (rest or before_group):
        _refuse_unknown_prefix(text, head, rest, position)
    if word:
        yield Lexeme(Kind.WORD, word, position)


def _refuse_unknown_prefix(text: str, head: str, rest: str, position: int) -> None:
    """Let through what only looks like one: `10:30`, `n:1`, `std::vector`."""
    if head.lower() in _FOR_ONE_PAPER or rest.startswith("//"):
        problem = f"{shown(head + ':')} is not searched; ask for a single paper by its id"
        raise QueryError(problem, text, position)
    if len(head) < 2 or not head.isalpha() or rest.startswith(":"):
        return
    meant = _MEANT.get(head.lower())
    hint = f"did you mean {meant}:" if meant else "there are ti: abs: au: cat: and all:"
    raise QueryError(f"{shown(head + ':')} is no prefix; {hint}", text, position)
