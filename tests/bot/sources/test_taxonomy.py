import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sources import taxonomy

TEST_GROUPS = {"grp_test", "grp_bad"}


@pytest.fixture(scope="module")
def listed(shared_data: Path) -> dict[str, Any]:
    """The taxonomy as arXiv lists it, without the archives that exist for arXiv's tests."""
    content = json.loads((shared_data / "categories.json").read_text(encoding="utf-8"))
    for part in ("archives", "categories"):
        content[part] = {
            key: value for key, value in content[part].items() if value["group"] not in TEST_GROUPS
        }
    return dict(content)


@pytest.mark.shared
def test_every_listed_category_has_its_canonical_id_and_its_name(listed: dict[str, Any]) -> None:
    assert len(listed["categories"]) == 176
    for category, facts in listed["categories"].items():
        assert taxonomy.canonical(category) == facts["canonical"]
        assert taxonomy.name(category) == facts["name"]


@pytest.mark.shared
def test_the_active_categories_are_the_listed_ones_in_order(listed: dict[str, Any]) -> None:
    active = [key for key, facts in listed["categories"].items() if facts["active"]]
    assert list(taxonomy.all_categories()) == active
    assert len(active) == 155


@pytest.mark.shared
def test_every_listed_archive_has_its_name_and_its_members(listed: dict[str, Any]) -> None:
    assert len(listed["archives"]) == 38
    for archive, facts in listed["archives"].items():
        held = facts["categories"] or [facts["canonical"]]
        expected = [listed["categories"][category]["canonical"] for category in held]
        assert list(taxonomy.members(archive)) == expected
        assert taxonomy.name(archive) == facts["name"]


@pytest.mark.shared
def test_every_listed_alias_and_closed_archive_means_the_same(listed: dict[str, Any]) -> None:
    same = listed["aliases"] | listed["archives_subsumed"]
    assert len(same) == 24
    for other, category in same.items():
        assert taxonomy.spellings(other) == taxonomy.spellings(category) == {other, category}
    alone = set(listed["categories"]) - set(same) - set(same.values())
    for category in alone:
        assert taxonomy.spellings(category) == {category}


@pytest.mark.shared
def test_no_category_is_known_that_is_not_listed(listed: dict[str, Any]) -> None:
    known = set().union(*(taxonomy.spellings(one) for one in taxonomy.all_categories()))
    assert known <= set(listed["categories"])


@pytest.mark.parametrize(
    ("spelling", "category"),
    [
        ("cs.CV", "cs.CV"),
        ("CS.cv", "cs.CV"),
        (" cs.cv\n", "cs.CV"),
        ("MATH.MP", "math-ph"),
        ("stat.TH", "math.ST"),
        ("math.IT", "cs.IT"),
        ("q-fin.EC", "econ.GN"),
        ("cs.SY", "eess.SY"),
        ("cs.NA", "math.NA"),
        ("cmp-lg", "cs.CL"),
        ("HEP-TH", "hep-th"),
        ("astro-ph", "astro-ph"),
    ],
)
def test_any_spelling_leads_to_the_canonical_id(spelling: str, category: str) -> None:
    assert taxonomy.canonical(spelling) == category


@pytest.mark.parametrize(
    "word", ["", " ", "cs", "math", "test", "bad-arch", "cs.ZZ", "cs.", "cs.*"]
)
def test_what_is_no_category_has_no_canonical_id(word: str) -> None:
    assert taxonomy.canonical(word) is None


def test_an_unknown_category_is_spelled_and_called_as_it_is() -> None:
    assert taxonomy.spellings("I.2.7; H.3.3") == {"I.2.7; H.3.3"}
    assert taxonomy.name("68T45") == "68T45"


def test_names_are_found_in_any_case() -> None:
    assert taxonomy.name("CS.cv") == "Computer Vision and Pattern Recognition"
    assert taxonomy.name("Math") == "Mathematics"


@pytest.mark.parametrize(
    ("archive", "some"),
    [
        ("cs", {"cs.AI", "cs.CV", "cs.LG"}),
        ("CS", {"math.NA", "eess.SY"}),
        ("cond-mat", {"cond-mat.soft", "cond-mat.quant-gas"}),
        ("physics", {"physics.optics", "physics.soc-ph"}),
        ("Hep-Th", {"hep-th"}),
        ("alg-geom", {"math.AG"}),
    ],
)
def test_an_archive_holds_its_categories_under_their_canonical_ids(
    archive: str, some: set[str]
) -> None:
    held = taxonomy.members(archive)
    assert some <= set(held)
    assert len(set(held)) == len(held)
    assert all(taxonomy.canonical(category) == category for category in held)


@pytest.mark.parametrize(
    ("word", "expected"),
    [("cs", True), ("Q-BIO", True), ("funct-an", True), ("cs.CV", False), ("test", False)],
)
def test_archives_are_told_from_other_words(word: str, expected: bool) -> None:
    assert taxonomy.is_archive(word) is expected
    assert bool(taxonomy.members(word)) is expected


@pytest.mark.parametrize(
    ("typed", "best"),
    [
        ("cs.vision", "cs.CV"),
        ("vision", "cs.CV"),
        ("cs.ML", "cs.LG"),
        ("stat.learning", "stat.ML"),
        ("machine learning", "cs.LG"),
        ("lg", "cs.LG"),
        ("cs-cv", "cs.CV"),
        ("csCV", "cs.CV"),
        ("hepth", "hep-th"),
        ("physics.opt", "physics.optics"),
        ("astro-ph.galaxies", "astro-ph.GA"),
        ("cs.crypto", "cs.CR"),
    ],
)
def test_the_category_that_was_meant_is_suggested_first(typed: str, best: str) -> None:
    assert taxonomy.suggestions(typed)[0] == best


@pytest.mark.parametrize("typed", ["", ".", "zzz", "attention is all you need", "quantum" * 1000])
def test_where_nothing_is_near_nothing_is_suggested(typed: str) -> None:
    assert taxonomy.suggestions(typed) == ()


@given(st.text(max_size=40))
def test_any_text_gets_at_most_three_suggestions_all_of_them_canonical(typed: str) -> None:
    suggested = taxonomy.suggestions(typed)
    assert len(suggested) <= 3
    assert all(taxonomy.canonical(category) == category for category in suggested)


def test_nothing_is_worked_out_before_the_first_question() -> None:
    program = (
        "from bot.sources import taxonomy as t\n"
        "caches = [f for f in vars(t).values() if hasattr(f, 'cache_info')]\n"
        "assert caches and not any(f.cache_info().currsize for f in caches)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
