"""A query as arXiv's API wants it."""

import pytest
from hypothesis import given

from bot.digest.arxiv_syntax import to_arxiv
from bot.digest.parser import parse
from bot.digest.query import Query
from bot.errors import UsageError
from tests.bot.digest.strategies import queries

WRITTEN = [
    ("cs.CV", "cat:cs.CV"),
    ("math.MP", "cat:math-ph"),
    ("cs.*", "cat:cs.*"),
    ("cond-mat", "cat:cond-mat*"),
    ("diffusion", "(ti:diffusion OR abs:diffusion)"),
    ("ti:diffusion", "ti:diffusion"),
    ('abs:"Diffusion Models"', 'abs:"diffusion models"'),
    ("ti:text-to-image", 'ti:"text to image"'),
    ("ti:c++", 'ti:"c++"'),
    ("ti:Schrödinger's", "ti:schrodinger"),
    ('au:"Kaiming He"', 'au:"kaiming he"'),
    ('au:"K. He"', "au:he"),
    ("au:k", "au:k"),
    ("all:he", "((ti:he OR abs:he) OR au:he)"),
    ("cs.CV cs.CL ti:a", "((cat:cs.CV OR cat:cs.CL) AND ti:a)"),
    ("ti:a -ti:b -ti:c", "(ti:a ANDNOT ti:b ANDNOT ti:c)"),
    ("-ti:b ti:a", "(ti:a ANDNOT ti:b)"),
    ("ti:a -(ti:b OR ti:c)", "(ti:a ANDNOT (ti:b OR ti:c))"),
    ("ti:a (ti:b OR -ti:c)", "(ti:a ANDNOT (ti:c ANDNOT ti:b))"),
    ("ti:a -(-ti:b -ti:c)", "(ti:a AND (ti:b OR ti:c))"),
]


@pytest.mark.parametrize(("text", "expected"), WRITTEN)
def test_a_query_is_written_as_arxiv_reads_it(text: str, expected: str) -> None:
    assert to_arxiv(parse(text)) == expected


@pytest.mark.parametrize("text", ["-survey", "-a -b", "-(a b)", "a OR -b", "-(a -b) -a"])
def test_a_query_for_everything_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="add a word or a category"):
        to_arxiv(parse(text))


@given(queries)
def test_arxiv_gets_balanced_parentheses_and_quotes_and_no_lone_not(query: Query) -> None:
    try:
        text = to_arxiv(query)
    except UsageError:
        return
    assert text.count("(") == text.count(")")
    assert text.count('"') % 2 == 0
    assert "(ANDNOT" not in text
    assert not text.startswith("ANDNOT")
