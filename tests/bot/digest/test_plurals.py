"""Plural endings are ignored: a word and its plural give the same, other words do not."""

import pytest

from bot.digest.plurals import _SINGULARS, singular

PAIRS = """
    network/networks class/classes cache/caches size/sizes study/studies movie/movies
    process/processes case/cases matrix/matrices index/indices index/indexes vertex/vertices
    analysis/analyses hypothesis/hypotheses thesis/theses axis/axes database/databases
    response/responses phase/phases house/houses bias/biases virus/viruses lens/lenses
    status/statuses box/boxes branch/branches hash/hashes epoch/epochs corpus/corpora
    phenomenon/phenomena criterion/criteria spectrum/spectra metric/metrics topic/topics
    query/queries theory/theories llm/llms lm/lms gpu/gpus api/apis vae/vaes 1990/1990s key/keys
    tie/ties
"""

UNCHANGED = """analysis class corpus focus gas bus was news series continuous loss less access
    basis diffusion caching tis is as us s c# c++ 3 扩 species"""

DIFFERENT = [
    ("new", "news"),
    ("care", "cars"),
    ("plan", "planes"),
    ("ten", "tense"),
    ("stat", "states"),
    ("the", "these"),
    ("base", "basis"),
]


@pytest.mark.parametrize(("one", "many"), [pair.split("/") for pair in PAIRS.split()])
def test_a_plural_is_found_by_its_singular_and_the_other_way_round(one: str, many: str) -> None:
    assert singular(one) == singular(many)


@pytest.mark.parametrize("word", UNCHANGED.split())
def test_what_is_no_plural_stays_as_it_is(word: str) -> None:
    assert singular(word) == word


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_words_that_only_look_related_stay_apart(one: str, other: str) -> None:
    assert singular(one) != singular(other)


def test_the_table_leads_to_singulars_that_stay_as_they_are() -> None:
    assert [word for word in _SINGULARS.values() if singular(word) != word] == []
