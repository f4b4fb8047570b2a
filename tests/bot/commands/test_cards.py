"""A card's buttons, decided from the paper alone."""

from dataclasses import replace

import pytest
from hypothesis import given

from bot.commands.cards import COPIED, bibtex_button, paper_card, split_part
from formatters.document import ACTION_BYTES
from formatters.words import languages, words
from tests.formatters.examples import KITES, KITES_ENTRY, LANTERNS, entry_of, hostile_text

EN = words("en")


@pytest.mark.parametrize(
    ("arguments", "split"),
    [
        ("2401.00001", ("2401.00001", "")),
        ("2401.00001 abstract", ("2401.00001", "abstract")),
        (" 2401.00001   Translation ", ("2401.00001", "translation")),
        ("2401.00001 folded", ("2401.00001", "folded")),
        ("in the abstract", ("in the", "abstract")),
        ("abstract 2401.00001", ("abstract 2401.00001", "")),
        ("abstract", ("", "abstract")),
        ("", ("", "")),
    ],
)
def test_the_part_is_the_last_word(arguments: str, split: tuple[str, str]) -> None:
    assert split_part(arguments) == split


@pytest.mark.parametrize("part", ["", "abstract", "translation", "folded"])
@pytest.mark.parametrize("saved", [True, False])
@pytest.mark.parametrize("language", languages())
def test_saving_keeps_the_part_that_is_shown(part: str, saved: bool, language: str) -> None:
    assert KITES_ENTRY.summary
    texts = words(language)
    _, rows = paper_card(KITES, KITES_ENTRY.summary, texts, part=part, saved=saved)
    command = "unsave" if saved else "save"
    (button,) = (one for one in rows[1] if one.label == texts(f"paper.{command}"))
    assert button.command == f"{command} math/0611800 {part or 'folded'}"


def test_a_short_entry_is_copied_and_a_long_one_exported() -> None:
    assert bibtex_button(KITES, True, EN).copy
    crowd = replace(LANTERNS, authors=LANTERNS.authors * 20)
    assert bibtex_button(crowd, True, EN).command == f"export {LANTERNS.id}"
    assert bibtex_button(KITES, False, EN).command == f"export {KITES.id}"


@given(hostile_text)
def test_whatever_a_paper_says_its_buttons_can_be_carried(text: str) -> None:
    entry = entry_of(text)
    assert entry.summary
    document, rows = paper_card(entry.paper, entry.summary, EN, part="abstract", saved=False)
    assert len(document.blocks) == 1
    for action in (action for row in rows for action in row):
        assert len(action.command.encode()) <= ACTION_BYTES
        assert len(action.copy or "") <= COPIED
