"""Which papers of a batch a query matches, and why.

The batch is indexed once; then AND, OR and NOT are single operations on sets of papers, whatever
their number, and a query takes time linear in its length and in the papers that hold its phrases.
A term is looked up once, however many queries have it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.digest.index import AuthorIndex, CategoryIndex, TextIndex, places
from bot.digest.query import And, Archive, Category, Field, Not, Or, Query, Term, Words, is_category
from storage.models import Announced


class Section(StrEnum):
    """The part of a paper in which a term was found."""

    TITLE = "title"
    ABSTRACT = "abstract"
    AUTHORS = "authors"
    CATEGORIES = "categories"


class Why(StrEnum):
    """Why a paper does not match: something is missing, is unwanted, or is filed elsewhere."""

    MISSING = "missing"
    UNWANTED = "unwanted"
    ELSEWHERE = "elsewhere"


_SECTIONS = {
    Field.TEXT: (Section.TITLE, Section.ABSTRACT),
    Field.TITLE: (Section.TITLE,),
    Field.ABSTRACT: (Section.ABSTRACT,),
    Field.AUTHOR: (Section.AUTHORS,),
}


@dataclass(frozen=True, slots=True)
class Hit:
    """A term of the query and a section where the paper has it."""

    term: Term
    section: Section


@dataclass(frozen=True, slots=True)
class Miss:
    """The first part of the query, in the reader's order, that kept a paper out.

    `part` is what is MISSING, what is UNWANTED (without its minus), or the categories of which
    the paper has none (ELSEWHERE).
    """

    why: Why
    part: Query


@dataclass(frozen=True, slots=True)
class Match:
    """How a query met one paper: it matches unless there is a miss."""

    hits: tuple[Hit, ...] = ()
    miss: Miss | None = None

    @property
    def matched(self) -> bool:
        """Whether the paper is what the query asks for."""
        return self.miss is None


class BatchIndex:
    """Papers made ready for any number of queries; each is known by its place in `announced`.

    Titles and abstracts are read as plain text. A paper is in its own categories and in those
    that announced it.
    """

    def __init__(self, announced: Sequence[Announced]) -> None:
        papers = [one.paper for one in announced]
        self._everything = (1 << len(papers)) - 1
        self._texts: dict[Section, TextIndex | AuthorIndex] = {
            Section.TITLE: TextIndex(paper.title for paper in papers),
            Section.ABSTRACT: TextIndex(paper.abstract for paper in papers),
            Section.AUTHORS: AuthorIndex(paper.authors for paper in papers),
        }
        self._categories = CategoryIndex(_filed_under(one) for one in announced)
        self._known: dict[Term, int] = {}

    def matching(self, query: Query) -> tuple[int, ...]:
        """The places of the papers that match, in order."""
        return tuple(places(self.found(query)))

    def count(self, query: Query) -> int:
        """How many papers match."""
        return self.found(query).bit_count()

    def learn(self, terms: Iterable[Term]) -> None:
        """Look for the phrases among many terms at once, which is faster than one by one."""
        phrases = [term for term in terms if isinstance(term, Words) and len(term.tokens) > 1]
        for section, texts in self._texts.items():
            if isinstance(texts, TextIndex):
                texts.learn(one.tokens for one in phrases if section in _SECTIONS[one.field])

    def found(self, query: Query) -> int:
        """The set of papers that match; bit n stands for the paper at place n."""
        match query:
            case And(parts):
                found = self._everything
                for part in parts:
                    if not found:
                        break
                    found &= self.found(part)
                return found
            case Or(parts):
                found = 0
                for part in parts:
                    found |= self.found(part)
                return found
            case Not(part):
                return self._everything & ~self.found(part)
            case _:
                known = self._known.get(query)
                return self._look_up(query) if known is None else known

    def hits(self, query: Query) -> tuple[tuple[Hit, int], ...]:
        """Every term of the query in every section, with the set of papers that it helps to match.

        For each paper the hits are those of `explain`, in its order.
        """
        return tuple(self._hits(query, self.found(query)))

    def explain(self, query: Query, place: int) -> Match:
        """Why the paper at `place` matches, or the first reason why it does not."""
        match query:
            case And(parts):
                return _all_met([self.explain(part, place) for part in parts])
            case Or(parts):
                return _any_met(query, [self.explain(part, place) for part in parts])
            case Not(part):
                excluding = self._excluding(part, place)
                return Match(miss=Miss(Why.UNWANTED, excluding) if excluding else None)
            case Words():
                hits = tuple(Hit(query, section) for section in self._sections(query, place))
                return Match(hits, None if hits else Miss(Why.MISSING, query))
            case Category() | Archive():
                if self.found(query) >> place & 1:
                    return Match((Hit(query, Section.CATEGORIES),))
                return Match(miss=Miss(Why.ELSEWHERE, query))

    def _hits(self, query: Query, matched: int) -> Iterator[tuple[Hit, int]]:
        match query:
            case And(parts) | Or(parts):
                for part in parts:
                    yield from self._hits(part, matched & self.found(part))
            case Words():
                for section in _SECTIONS[query.field]:
                    holding = self._texts[section].holding(query.tokens)
                    yield Hit(query, section), matched & holding
            case Category() | Archive():
                yield Hit(query, Section.CATEGORIES), matched

    def _look_up(self, term: Term) -> int:
        """The set of papers that have a term, from now on known."""
        found = 0
        if isinstance(term, Words):
            for section in _SECTIONS[term.field]:
                found |= self._texts[section].holding(term.tokens)
        else:
            found = self._categories.holding(str(term))
        self._known[term] = found
        return found

    def _sections(self, words: Words, place: int) -> list[Section]:
        """Where a paper has these words."""
        return [
            section
            for section in _SECTIONS[words.field]
            if self._texts[section].holding(words.tokens) >> place & 1
        ]

    def _excluding(self, unwanted: Query, place: int) -> Query | None:
        """The part of what is unwanted that the paper has: of alternatives, the first it has."""
        for part in unwanted.parts if isinstance(unwanted, Or) else (unwanted,):
            if self.found(part) >> place & 1:
                return part
        return None


def _filed_under(announced: Announced) -> set[str]:
    return {*announced.paper.categories, *(one.category for one in announced.announcements)}


def _all_met(matches: Sequence[Match]) -> Match:
    for match in matches:
        if match.miss:
            return Match(miss=match.miss)
    return Match(tuple(hit for match in matches for hit in match.hits))


def _any_met(alternatives: Or, matches: Sequence[Match]) -> Match:
    met = [match for match in matches if match.matched]
    if met:
        return Match(tuple(hit for match in met for hit in match.hits))
    elsewhere = all(is_category(part) for part in alternatives.parts)
    return Match(miss=Miss(Why.ELSEWHERE if elsewhere else Why.MISSING, alternatives))
