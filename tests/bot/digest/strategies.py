"""Queries made at random, as trees and as text."""

from hypothesis import strategies as st

from bot.digest.query import Archive, Category, Field, Query, Words, all_of, any_of, negated
from bot.digest.tokens import spelling
from bot.sources import taxonomy

WORDS = (
    "diffusion",
    "Networks",
    "text-to-image",
    "gpt-4.1",
    "C++",
    "扩散",
    "cs.CV",
    "hep-th",
    "or",
)
# What has a meaning in a query, what nearly has, and what has none.
OPERATORS = ["(", ")", '"', "-", "OR", "AND", "NOT", "ANDNOT", "ti:", "au:", "all:", "cat:", "foo:"]
TERMS = ["cs.CV", "cs.CL", "cs.*", "math", "hep-th", "cs.ZZ", "a", "B-c", "c++", "x*", "é", "扩"]
PIECES = OPERATORS + TERMS + ["“", " ", ",", "\x07", "\u200b", "!", "1,000"]

spellings = st.one_of(st.sampled_from(WORDS), st.text(max_size=12)).map(spelling).filter(bool)
words = st.builds(Words, st.sampled_from(Field), spellings)
categories = st.sampled_from([Category(name) for name in ("cs.CV", "cs.CL", "hep-th", "math-ph")])
archives = st.sampled_from([Archive(name) for name in ("cs", "math", "astro-ph")])


def groups(parts: st.SearchStrategy[Query]) -> st.SearchStrategy[Query]:
    several = st.lists(parts, min_size=1, max_size=4)
    return st.one_of(
        several.map(lambda chosen: all_of(*chosen)),
        several.map(lambda chosen: any_of(*chosen)),
        parts.map(negated),
    )


queries: st.SearchStrategy[Query] = st.recursive(
    words | categories | archives, groups, max_leaves=8
)
typed = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=20).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=20).map("".join),
    st.text(max_size=60),
)
every_category = st.sampled_from(taxonomy.all_categories())
