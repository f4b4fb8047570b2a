"""Papers and queries of few words, made at random, so that they often meet."""

from collections.abc import Sequence
from datetime import date

from hypothesis import strategies as st

from bot.digest.query import Archive, Category, Field, Query, Words, all_of, any_of, negated
from storage.models import Announced, Announcement, Kind, Paper


def announced(
    title: str = "A title",
    abstract: str = "An abstract.",
    authors: Sequence[str] = ("Ada Lovelace",),
    categories: Sequence[str] = ("cs.CV",),
    batch: str | None = None,
) -> Announced:
    """A paper announced in `batch`, by default in its primary category."""
    paper = Paper("2604.00001", 1, title, abstract, tuple(authors), tuple(categories))
    category = batch or paper.primary or "cs.CV"
    row = Announcement(paper.id, 1, category, date(2026, 4, 21), Kind.NEW, 0)
    return Announced(paper, (row,))


TEXTS = ("net nets", "deep net", "the deep deep net", "C++", "é e", "深度 net", "")
NAMES = ("Ada Deep", "A. Net", "Net Ada", "Deep", "李 明")
CATEGORIES = ("cs.CV", "cs.NA", "math.NA", "astro-ph", "hep-th", "I.2.7")

papers = st.builds(
    announced,
    title=st.sampled_from(TEXTS),
    abstract=st.sampled_from(TEXTS),
    authors=st.lists(st.sampled_from(NAMES), max_size=2),
    categories=st.lists(st.sampled_from(CATEGORIES), max_size=2),
    batch=st.sampled_from(CATEGORIES),
)
SPELLINGS = ("net", "deep", "deep net", "deep deep net", "c++", "e", "深 度", "a net", "net ada")
small_terms: st.SearchStrategy[Query] = st.one_of(
    st.builds(Words, st.sampled_from(Field), st.sampled_from(SPELLINGS)),
    st.sampled_from([Category("cs.CV"), Category("math.NA"), Category("hep-th")]),
    st.sampled_from([Archive("cs"), Archive("math"), Archive("astro-ph")]),
)


def groups(parts: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    several = st.lists(parts, min_size=1, max_size=3)
    return (
        several.map(lambda chosen: all_of(*chosen))
        | several.map(lambda chosen: any_of(*chosen))
        | parts.map(negated)
    )


small_queries = st.recursive(small_terms, groups, max_leaves=6)
