"""What people can write in a query, and what they are told where it cannot be read."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.digest.parser import MOST_CHARACTERS, MOST_NESTED, MOST_TERMS, parse, parse_stored
from bot.digest.query import Query
from bot.errors import QueryError
from tests.bot.digest.strategies import typed

UNDERSTOOD = [
    # categories
    ("cs.cv", "cs.CV"),
    ("cs.CV cs.CL", "cs.CV OR cs.CL"),
    ("cs.CV, cs.CL; [stat.ML].", "cs.CV OR cs.CL OR stat.ML"),
    ("cs.CV,cs.CL", "cs.CV OR cs.CL"),
    ("cs.CV cs.CL diffusion", "(cs.CV OR cs.CL) diffusion"),
    ("cs.CV diffusion cs.CL", "cs.CV diffusion cs.CL"),
    ("cs.CV AND cs.CL", "cs.CV AND cs.CL"),
    ("cs.CV AND cs.CL cs.LG", "cs.CV (cs.CL OR cs.LG)"),
    ("cs.CV (cs.CL)", "cs.CV AND cs.CL"),
    ("cs.CV -cs.CL cs.LG", "cs.CV -cs.CL cs.LG"),
    ("cs.CV ANDNOT cs.CL cs.LG", "cs.CV -cs.CL cs.LG"),
    ("cs.CV cs.cv", "cs.CV"),
    ("cat:cs.CV cat:cs.CL", "cs.CV OR cs.CL"),
    ('cat:"cs.CV"', "cs.CV"),
    ("cat:(cs.CV math)", "cs.CV OR math.*"),
    ("cs.* math.*", "cs.* OR math.*"),
    ("hep-th cond-mat", "hep-th OR cond-mat.*"),
    ("math.MP cs.SY q-alg", "math-ph OR eess.SY OR math.QA"),
    ("math physics cs", "math physics cs"),
    # words
    ("Diffusion MODELS", "diffusion models"),
    ('"Diffusion  Models"', '"diffusion models"'),
    ("gpt-4.1 v1.5", "gpt-4.1 v1.5"),
    ("C++ c#", "c++ c#"),
    ("Schro\u0308dinger", "schrödinger"),
    ("diffusion, models!", "diffusion models"),
    ("Diffusion: a survey", "diffusion a survey"),
    ("1,000 10:30 n:1 std::vector", '"1 000" "10 30" "n 1" "std vector"'),
    ("or and not", "or and not"),
    ('"OR"', "or"),
    ('"cs.CV" "hep-th"', '"cs.cv" "hep-th"'),
    ("扩散模型", "扩散模型"),
    # prefixes
    ("ti:diffusion ABS:survey", "ti:diffusion abs:survey"),
    ('au:"Kaiming He"', 'au:"kaiming he"'),
    ("au:He_K", 'au:"he k"'),
    ("ti: diffusion", "ti:diffusion"),
    ("ti:cs.CV", "ti:cs.cv"),
    ("ti:(a OR -b abs:c) d", "(ti:a OR (-ti:b abs:c)) d"),
    ("all:he", "he OR au:he"),
    ("-all:he x", "-(he OR au:he) x"),
    # operators
    ("a AND b OR c", "(a b) OR c"),
    ("a AND (b OR c)", "a (b OR c)"),
    ("a AND(b)", "a b"),
    ("a NOT b ANDNOT c -d", "a -b -c -d"),
    ("-survey", "-survey"),
    ('-"a b" -(c d) -ti:e', '-"a b" -(c d) -ti:e'),
    ("NOT NOT a", "a"),
    ("NOT -a --b", "a -b"),
    ("a (b (c AND a))", "a b c"),
    # typed on a telephone, or with a Chinese keyboard
    ("“diffusion models” –survey", '"diffusion models" -survey'),
    ("ti：扩散（图像）", "ti:扩散 图像"),
    ("cs.CV\u200b、cs.CL", "cs.CV OR cs.CL"),
    ("\u200b a \u200bOR\u200b b", "a OR b"),
    ("a\nb\u3000c\td", "a b c d"),
]


@pytest.mark.parametrize(("text", "canonical"), UNDERSTOOD)
def test_a_query_is_understood(text: str, canonical: str) -> None:
    assert str(parse(text)) == canonical


REFUSED = [
    # (query, place of the offending character, what the error says)
    ("", 0, "it is empty; name a category such as cs.CV, or words"),
    (" ,\n", 0, "it is empty; name a category such as cs.CV, or words"),
    ("a !! b", 2, '"!!" has no letter or digit to look for; leave it out'),
    ('"', 0, 'this quote is never closed; add another "'),
    ('cs.CV "a b', 6, 'this quote is never closed; add another "'),
    ("a “b", 2, 'this quote is never closed; add another "'),
    ('a ""', 2, "these quotes are empty; put words between them"),
    ('" "', 0, "these quotes are empty; put words between them"),
    ("a (b", 2, 'this "(" is never closed; add a ")"'),
    ("((((", 3, 'this "(" is never closed; add a ")"'),
    ("a)", 1, 'this ")" closes nothing; leave it out'),
    (")", 0, 'this ")" closes nothing; leave it out'),
    ("a ()", 2, "these parentheses are empty; put words between them"),
    ("ti:()", 3, "these parentheses are empty; put words between them"),
    ("OR a", 0, '"OR" needs a word or a category before it'),
    ("a (AND b)", 3, '"AND" needs a word or a category before it'),
    ("ANDNOT a", 0, '"ANDNOT" needs a word or a category before it'),
    ("a OR", 2, '"OR" needs a word or a category after it'),
    ("a OR AND b", 2, '"OR" needs a word or a category after it'),
    ("a OR ANDNOT b", 2, '"OR" needs a word or a category after it'),
    ("(a NOT)", 3, '"NOT" needs a word or a category after it'),
    ("a ti:", 2, '"ti:" needs a word or a category after it'),
    ("ti: -a", 0, '"ti:" needs a word or a category after it'),
    ("a - b", 2, '"-" stands directly before what it excludes, as in -survey'),
    ("a -", 2, '"-" stands directly before what it excludes, as in -survey'),
    ("ti:-a", 3, 'put the "-" first: -ti:word'),
    ("a foo:b", 2, '"foo:" is no prefix; there are ti: abs: au: cat: and all:'),
    ("co:pages", 0, '"co:" is no prefix; there are ti: abs: au: cat: and all:'),
    ("-foo:(b)", 1, '"foo:" is no prefix; there are ti: abs: au: cat: and all:'),
    ("Author:he", 0, '"Author:" is no prefix; did you mean au:'),
    ("https://x.org", 0, '"https:" is not searched; ask for a single paper by its id'),
    ("arXiv:2401.00001", 0, '"arXiv:" is not searched; ask for a single paper by its id'),
    ("diff*", 0, 'words have no "*" (only archives do: cs.*); plurals are found without it'),
    ('a "b *"', 2, 'words have no "*" (only archives do: cs.*); plurals are found without it'),
    ("cat:cs*", 4, 'arXiv has no category "cs*"; they look like cs.CV or cs.*'),
    ("cat:", 0, '"cat:" needs a word or a category after it'),
    ("a\x00b", 1, "an invisible control character (U+0000); delete it"),
    ("a \x1b[31m", 2, "an invisible control character (U+001B); delete it"),
    ("\ud800", 0, "an invisible control character (U+D800); delete it"),
]


@pytest.mark.parametrize(("text", "position", "problem"), REFUSED)
def test_an_error_points_at_the_place_and_says_what_would_work(
    text: str, position: int, problem: str
) -> None:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert (caught.value.position, caught.value.problem) == (position, problem)
    assert caught.value.text == text


def test_an_unknown_category_is_answered_with_likely_ones() -> None:
    with pytest.raises(
        QueryError, match=r'arXiv has no category "cs.CVV"; did you mean cs.CV'
    ) as it:
        parse("diffusion cs.CVV")
    assert it.value.position == 10


TOO_MUCH = [
    ("word " * 10_000, MOST_CHARACTERS, "at most 1,000 characters; this one has 50,000"),
    (" ".join(f"w{n}" for n in range(MOST_TERMS + 1)), 390, "at most 100 words and categories"),
    ("all:(" + "a " * 60 + ")", 5 + 2 * 50, "at most 100 words and categories"),
    ("(" * 21 + "a" + ")" * 21, MOST_NESTED, "at most 20 groups"),
    ("(" * 400, MOST_NESTED, "at most 20 groups"),
    ("(a OR b " * 11 + "c" + ")" * 11, 0, "at most 20 groups"),
    (f"abs:({' '.join(f'w{n:07}' for n in range(99))})", 0, "written out it has 1,286 characters"),
    ("NOT " * 250, 996, '"NOT" needs a word'),
]


@pytest.mark.parametrize(("text", "position", "problem"), TOO_MUCH)
def test_too_much_is_refused(text: str, position: int, problem: str) -> None:
    with pytest.raises(QueryError, match=problem) as caught:
        parse(text)
    assert caught.value.position == position


@pytest.mark.parametrize(
    "text",
    [
        "x" * MOST_CHARACTERS,
        " ".join(f"w{n}" for n in range(MOST_TERMS)),
        "(" * MOST_NESTED + "a" + ")" * MOST_NESTED,
        "NOT " * 249 + "a",
        " ".join(f"(w{n})" for n in range(MOST_NESTED + 1)),
    ],
)
def test_just_as_much_as_allowed_is_understood(text: str) -> None:
    assert parse(str(parse(text))) == parse(text)


def read(text: str) -> Query | QueryError:
    try:
        return parse(text)
    except QueryError as error:
        return error


@given(typed)
@example("ti:" * 300)
@example("-(" * 300)
@example("扩" * 1001)
@example("\u202e" * 50 + ":x")
@example("é" * 400 + "*")
def test_whatever_is_typed_gives_a_query_or_one_short_printable_line(text: str) -> None:
    answer = read(text)
    if isinstance(answer, QueryError):
        assert 0 <= answer.position <= len(text)
        assert str(answer).isprintable()
        assert len(str(answer)) < 200
    else:
        assert parse(str(answer)) == answer
        assert not {"Cc", "Cf", "Cs", "Zl", "Zp"} & {
            unicodedata.category(one) for one in str(answer)
        }


@given(st.lists(st.sampled_from(["cs.CV", "hep-th", "a", "-b", '"c d"', "OR", "AND"]), max_size=12))
def test_more_space_changes_nothing(pieces: list[str]) -> None:
    narrow, wide = read(" ".join(pieces)), read(f"  {'   '.join(pieces)}\n")
    if isinstance(narrow, QueryError):
        assert isinstance(wide, QueryError)
    else:
        assert wide == narrow


def test_a_stored_query_is_read_once() -> None:
    assert parse_stored("cs.CV kite") == parse("cs.CV kite")
    assert parse_stored("cs.CV kite") is parse_stored("cs.CV kite")
    with pytest.raises(QueryError):
        parse_stored("((")
