from dataclasses import replace

import pytest

from formatters.document import Section, Span, text_of
from formatters.entries import AUTHORS_SHOWN, card, item
from formatters.words import words
from storage.models import Entry, Kind, Origin, Summary
from tests.formatters.examples import KITES_ENTRY, LANTERNS, LANTERNS_ENTRY

EN, ZH = words("en"), words("zh")


def sections(entry: Entry) -> dict[str, Section]:
    return {section.label: section for section in card(1, entry, EN).sections}


def authors(count: int, language: str = "en") -> str:
    names = tuple(f"A{number}" for number in range(count))
    entry = replace(LANTERNS_ENTRY, paper=replace(LANTERNS, authors=names))
    return card(None, entry, words(language)).authors


def test_a_row_holds_number_linked_title_facts_and_tldr() -> None:
    row = item(3, KITES_ENTRY, EN)
    assert row.number == 3
    assert row.title == Span("Kites", url="https://arxiv.org/abs/math/0611800", strong=True)
    assert row.facts == (
        Span("math/0611800v2", code=True),
        Span("math.CA", code=True),
        Span("replaced"),
    )
    assert row.text == (Span("风筝乘风而飞。"),)


@pytest.mark.parametrize(
    ("kind", "version", "facts"),
    [
        (Kind.NEW, 1, ["2604.01234"]),
        (Kind.NEW, 3, ["2604.01234v3"]),
        (Kind.CROSS, 1, ["2604.01234", "cross-list"]),
        (Kind.CROSS, 2, ["2604.01234v2", "cross-list"]),
        (Kind.REPLACE, 2, ["2604.01234v2", "replaced"]),
        (Kind.REPLACE, 1, ["2604.01234v1", "replaced"]),
        (Kind.REPLACE_CROSS, 5, ["2604.01234v5", "replaced cross-list"]),
    ],
)
def test_the_kind_is_shown_unless_new_and_the_version_unless_first(
    kind: Kind, version: int, facts: list[str]
) -> None:
    entry = Entry(replace(LANTERNS, categories=()), kind, version)
    assert [fact.text for fact in item(1, entry, EN).facts] == facts


def test_terms_of_other_schemes_are_no_categories() -> None:
    paper = replace(
        LANTERNS, categories=("cs.CV", "68T45, 62H30", "hep-th", "cond-mat.str-el", "I.2")
    )
    facts = item(1, replace(LANTERNS_ENTRY, paper=paper), EN).facts
    assert facts[1].text == "cs.CV, hep-th, cond-mat.str-el"


@pytest.mark.parametrize(
    ("origin", "text"),
    [
        (Origin.MODEL, "We light."),
        (Origin.IMPORTED, "We light."),
        (Origin.EXTRACTED, "We light. (extracted)"),
    ],
)
def test_only_an_extracted_tldr_is_marked(origin: Origin, text: str) -> None:
    entry = replace(
        LANTERNS_ENTRY, summary=Summary(LANTERNS.id, 1, "en", tldr="We light.", origin=origin)
    )
    assert text_of(item(1, entry, EN).text) == text
    assert text_of(sections(entry)["TL;DR"].spans) == text


@pytest.mark.parametrize(
    "summary",
    [None, Summary("x", 1, "en"), Summary("x", 1, "en", tldr=" \n", origin=Origin.EXTRACTED)],
)
def test_a_missing_tldr_is_never_replaced(summary: Summary | None) -> None:
    entry = replace(LANTERNS_ENTRY, summary=summary)
    assert item(1, entry, EN).text == ()
    assert "TL;DR" not in sections(entry)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, ""),
        (2, "A0, A1"),
        (AUTHORS_SHOWN, ", ".join(f"A{number}" for number in range(AUTHORS_SHOWN))),
        (
            AUTHORS_SHOWN + 1,
            ", ".join(f"A{number}" for number in range(AUTHORS_SHOWN)) + " and 1 more",
        ),
    ],
)
def test_a_long_list_of_authors_is_counted_not_lost(count: int, text: str) -> None:
    assert authors(count) == text


def test_the_count_of_authors_is_in_the_readers_language() -> None:
    assert authors(3435).endswith(" and 3,425 more")
    assert authors(200, "zh").endswith(" 等另外 190 人")


def test_a_card_holds_everything_known_in_this_order() -> None:
    full = replace(LANTERNS_ENTRY, summary=KITES_ENTRY.summary)
    shown = card(1, full, EN)
    assert (shown.translated_title, shown.title.text) == ("风筝", "Lanterns | A Study")
    assert [(one.label, text_of(one.spans)) for one in shown.sections] == [
        ("TL;DR", "风筝乘风而飞。"),
        ("Translated abstract", "风筝在有风的地方飞"),
        ("Abstract", "We light lanterns. They shine."),
        ("Why here", "light in the title"),
        ("Comment", "8 pages"),
        ("Journal", "J. Light 1 (2026) 1-8"),
        ("DOI", "10.1000/lanterns"),
        ("Licence", "CC BY 4.0"),
        ("Submitted", "Mon, Apr 20, 2026"),
        ("Updated", "Mon, Apr 20, 2026"),
    ]
    assert [one.label for one in shown.sections if one.folded] == [
        "Translated abstract",
        "Abstract",
    ]


def test_labels_are_in_the_readers_language() -> None:
    labels = [section.label for section in card(1, KITES_ENTRY, ZH).sections]
    assert labels == ["一句话摘要", "摘要译文", "摘要"]


def test_a_translation_that_says_the_same_is_not_repeated() -> None:
    summary = Summary(LANTERNS.id, 1, "en", title=LANTERNS.title + " ")
    assert card(1, replace(LANTERNS_ENTRY, summary=summary), EN).translated_title is None


def test_no_abstract_is_cut_and_one_that_the_source_cut_says_so() -> None:
    long = "word " * 2000 + "end"
    whole = replace(LANTERNS_ENTRY, paper=replace(LANTERNS, abstract=long))
    assert text_of(sections(whole)["Abstract"].spans) == long
    assert text_of(sections(KITES_ENTRY)["Abstract"].spans) == (
        "Kites fly where the wind is… (The source holds only the beginning of this abstract.)"
    )


def test_tex_is_resolved_and_hard_wraps_are_joined() -> None:
    paper = replace(LANTERNS, title="On\n  $\\alpha$-kites", authors=('Kurt G\\"odel',))
    shown = card(1, replace(LANTERNS_ENTRY, paper=paper), EN)
    assert (shown.title.text, shown.authors) == ("On α-kites", "Kurt Gödel")


@pytest.mark.parametrize(
    ("link", "url"),
    [
        (None, "https://arxiv.org/abs/2604.01234"),
        ("http://arxiv.org/abs/2604.01234", "http://arxiv.org/abs/2604.01234"),
        ("javascript:alert(1)", "https://arxiv.org/abs/2604.01234"),
    ],
)
def test_titles_lead_only_to_safe_addresses(link: str | None, url: str) -> None:
    assert item(1, replace(LANTERNS_ENTRY, link=link), EN).title.url == url


def test_a_doi_stays_as_it_is_and_is_linked_through_its_resolver() -> None:
    paper = replace(LANTERNS, doi="10.1000/a<b>~c_d#e")
    (span,) = sections(replace(LANTERNS_ENTRY, paper=paper))["DOI"].spans
    assert span == Span("10.1000/a<b>~c_d#e", url="https://doi.org/10.1000/a%3Cb%3E~c_d%23e")


@pytest.mark.parametrize(
    ("licence", "name"),
    [
        ("http://creativecommons.org/licenses/by-nc-sa/4.0/", "CC BY-NC-SA 4.0"),
        ("https://creativecommons.org/publicdomain/zero/1.0", "CC0"),
        ("http://arxiv.org/licenses/nonexclusive-distrib/1.0/", "arXiv, non-exclusive"),
        ("https://example.org/own", "https://example.org/own"),
    ],
)
def test_licences_have_short_names(licence: str, name: str) -> None:
    (span,) = sections(replace(LANTERNS_ENTRY, paper=replace(LANTERNS, licence=licence)))[
        "Licence"
    ].spans
    assert (span.text, span.url) == (name, licence)
