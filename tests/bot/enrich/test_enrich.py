"""Whose TL;DR a reader gets: the reader's language, else English, else the abstract's own words."""

import pytest

from bot.enrich.enrich import completed
from storage.models import Origin, Summary

ABSTRACT = "Kites are old. We propose a kite that flies without wind. Experiments show it works."
CHINESE = Summary(
    "2604.00001", 2, "zh", "风筝", "风筝会飞。", "它们飞。", Origin.MODEL, "some-model"
)
WITHOUT_TLDR = Summary("2604.00001", 2, "zh", "风筝", None, "它们飞。", Origin.IMPORTED)
ENGLISH = Summary("2604.00001", 2, "en", None, "Kites fly.", None, Origin.IMPORTED)
EMPTY = Summary("2604.00001", 2, "zh", tldr="", origin=Origin.MODEL, model="some-model")


def complete(summary: Summary | None, english: Summary | None, abstract: str = ABSTRACT) -> Summary:
    return completed(summary, english, "2604.00001", 2, "zh", "A Kite Without Wind", abstract)


@pytest.mark.parametrize(
    ("summary", "english", "tldr", "origin", "model"),
    [
        (CHINESE, ENGLISH, "风筝会飞。", Origin.MODEL, "some-model"),
        (CHINESE, None, "风筝会飞。", Origin.MODEL, "some-model"),
        (WITHOUT_TLDR, ENGLISH, "Kites fly.", Origin.IMPORTED, None),
        (EMPTY, ENGLISH, "Kites fly.", Origin.IMPORTED, None),
        (None, ENGLISH, "Kites fly.", Origin.IMPORTED, None),
    ],
)
def test_a_written_tldr_is_taken_with_its_origin(
    summary: Summary | None, english: Summary | None, tldr: str, origin: Origin, model: str | None
) -> None:
    result = complete(summary, english)
    assert (result.tldr, result.origin, result.model) == (tldr, origin, model)


@pytest.mark.parametrize("summary", [None, WITHOUT_TLDR, EMPTY])
@pytest.mark.parametrize("english", [None, Summary("2604.00001", 2, "en", abstract="They fly.")])
def test_without_one_the_abstract_is_quoted_and_said_to_be(
    summary: Summary | None, english: Summary | None
) -> None:
    result = complete(summary, english)
    assert result.origin is Origin.EXTRACTED
    assert result.model is None
    assert result.tldr == ("We propose a kite that flies without wind. Experiments show it works.")


def test_translations_stay_beside_another_tldr() -> None:
    for english in (ENGLISH, None):
        result = complete(WITHOUT_TLDR, english)
        assert (result.language, result.title, result.abstract) == ("zh", "风筝", "它们飞。")


def test_an_abstract_is_never_given_whole_as_its_own_tldr() -> None:
    assert complete(None, None).tldr != ABSTRACT


def test_without_an_abstract_there_is_no_tldr() -> None:
    assert complete(None, None, abstract="").tldr is None
    assert complete(EMPTY, None, abstract="").tldr is None
