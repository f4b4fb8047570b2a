"""The order of a digest, and the reasons that readers are told."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.digest.match import BatchIndex, Match
from bot.digest.parser import parse
from bot.digest.rank import Rating, place_in_digest, rate, reason_against
from storage.models import Announced, Announcement, Kind
from tests.fakes.arxiv import paper

KITES = paper(
    "2604.00001",
    title="Kites in strong winds",
    abstract="We fly kites where diffusion is weak.",
    authors=("Ada Lund", "Bo Wind"),
    categories=("cs.CV", "math.NA"),
)


def explained(query: str) -> Match:
    row = Announcement(KITES.id, 1, "cs.CV", date(2026, 4, 21), Kind.NEW, 0)
    return BatchIndex([Announced(KITES, (row,))]).explain(parse(query), 0)


@pytest.mark.parametrize(
    ("query", "score", "reason"),
    [
        ("cs.CV", 0, "in cs.CV"),
        ("cs.NA", 0, "in math.NA"),
        ("cs.CV OR math.NA", 0, "in cs.CV; in math.NA"),
        ("cs.*", 0, "in cs.*"),
        ("ti:winds", 3, "ti:winds in title (+3)"),
        ("diffusion", 1, "diffusion in abstract (+1)"),
        ("kite", 4, "kite in title (+3); kite in abstract (+1)"),
        ('au:"ada lund"', 2, 'au:"ada lund" in authors (+2)'),
        ("cs.CV kite", 4, "in cs.CV; kite in title (+3); kite in abstract (+1)"),
        ("diffusion winds", 4, "diffusion in abstract (+1); winds in title (+3)"),
        ("diffusion OR winds OR gans", 4, "diffusion in abstract (+1); winds in title (+3)"),
        ("winds (winds OR gans)", 3, "winds in title (+3)"),
        ('"strong winds" -gans', 3, '"strong winds" in title (+3)'),
        ("-gans", 0, ""),
    ],
)
def test_a_score_adds_up_where_the_terms_are_and_says_so(
    query: str, score: float, reason: str
) -> None:
    assert rate(explained(query)) == Rating(score, reason)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("gans", "no gans"),
        ("kite gans -winds", "no gans"),
        ('"winds strong"', 'no "winds strong"'),
        ("au:wu", "no au:wu"),
        ("gans OR vaes", "no gans OR vaes"),
        ("kite -winds", "excluded by -winds"),
        ('kite -"strong winds"', 'excluded by -"strong winds"'),
        ("kite -(gans OR winds)", "excluded by -winds"),
        ("kite -(strong winds)", "excluded by -(strong winds)"),
        ("cs.CL", "not in cs.CL"),
        ("cs.CL OR cs.LG", "not in cs.CL OR cs.LG"),
        ("cs.CV kite -math.NA", "excluded by -math.NA"),
        ("physics.* kite", "not in physics.*"),
    ],
)
def test_what_kept_a_paper_out_is_told_in_the_querys_own_words(query: str, reason: str) -> None:
    miss = explained(query).miss
    assert miss is not None
    assert reason_against(miss) == reason


IN_ORDER = [
    # kind, score, day, position, category: arXiv's sections, then score, then as announced
    (Kind.NEW, 4.0, 21, 9, "cs.LG"),
    (Kind.NEW, 1.0, 20, 5, "cs.LG"),
    (Kind.NEW, 1.0, 21, 0, "cs.CV"),
    (Kind.NEW, 1.0, 21, 0, "cs.LG"),
    (Kind.NEW, 1.0, 21, 1, "cs.CV"),
    (Kind.NEW, 0.0, 20, 0, "cs.AI"),
    (Kind.CROSS, 9.0, 20, 0, "cs.AI"),
    (Kind.REPLACE, 9.0, 20, 0, "cs.AI"),
    (Kind.REPLACE_CROSS, 9.0, 20, 0, "cs.AI"),
]


@given(st.permutations(IN_ORDER))
def test_sections_come_first_then_scores_then_the_order_of_announcement(
    shuffled: list[tuple[Kind, float, int, int, str]],
) -> None:
    def place(one: tuple[Kind, float, int, int, str]) -> tuple[object, ...]:
        kind, score, day, position, category = one
        row = Announcement("2604.00001", 1, category, date(2026, 4, day), kind, position)
        return place_in_digest(row, Rating(score, ""))

    assert sorted(shuffled, key=place) == IN_ORDER
