"""The card of one paper with its buttons, which say all they need: nothing is kept in memory."""

from dataclasses import replace

from formatters.bibliography import bibtex_line
from formatters.document import Action, Card, Document
from formatters.views import paper_view
from formatters.words import Words
from storage.models import Paper, Platform, Summary

COPIED = 256
"""Characters that a button copies: https://core.telegram.org/bots/api#copytextbutton."""

ABSTRACT, TRANSLATION, FOLDED = "abstract", "translation", "folded"
PARTS = (ABSTRACT, TRANSLATION, FOLDED)
"""What can stand behind an id: which long text is unfolded, or that none is.

The buttons of a card name its part, so that the card that they make can take its place.
"""

Row = tuple[Action, ...]


def split_part(arguments: str) -> tuple[str, str]:
    """Split what names a paper from the part that is wanted, which is mostly empty."""
    rest, _, last = arguments.strip().rpartition(" ")
    return (rest.strip(), last.lower()) if last.lower() in PARTS else (arguments.strip(), "")


def paper_card(
    paper: Paper,
    summary: Summary,
    words: Words,
    *,
    part: str,
    saved: bool,
    platform: Platform = Platform.TELEGRAM,
) -> tuple[Document, tuple[Row, ...]]:
    """The card, in which `part` is unfolded and other long texts are left out, and its buttons.

    On Discord every card holds all texts, and no button can copy anything.
    """
    whole = paper_view(paper, summary, words)
    labels = _long_texts(whole, words)
    document = _unfolded(whole, labels[part]) if part in labels else whole
    on_discord = platform is Platform.DISCORD
    parts = () if on_discord else _part_row(paper, labels, part, words)
    return document, (parts, _paper_row(paper, part, saved, not on_discord, words))


def _long_texts(document: Document, words: Words) -> dict[str, str]:
    """The labels of the long texts that this paper has, by their parts."""
    cards = (block for block in document.blocks if isinstance(block, Card))
    present = {section.label for card in cards for section in card.sections if section.folded}
    labels = {ABSTRACT: words("card.abstract"), TRANSLATION: words("card.translation")}
    return {part: label for part, label in labels.items() if label in present}


def _unfolded(document: Document, label: str) -> Document:
    blocks = (
        _with_only(block, label) if isinstance(block, Card) else block for block in document.blocks
    )
    return replace(document, blocks=tuple(blocks))


def _with_only(card: Card, label: str) -> Card:
    """The card with one long text, unfolded."""
    kept = (one for one in card.sections if not one.folded or one.label == label)
    return replace(card, sections=tuple(replace(one, folded=False) for one in kept))


def _part_row(paper: Paper, labels: dict[str, str], part: str, words: Words) -> Row:
    """To each long text, or back from the one that is unfolded."""
    return tuple(
        Action(words("paper.fold"), f"paper {paper.id} {FOLDED}")
        if one == part
        else Action(label, f"paper {paper.id} {one}")
        for one, label in labels.items()
    )


def _paper_row(paper: Paper, part: str, saved: bool, copies: bool, words: Words) -> Row:
    command = "unsave" if saved else "save"
    return (
        Action(words("paper.pdf"), url=paper.pdf_url),
        Action(words("paper.similar"), f"similar {paper.id}"),
        Action(words(f"paper.{command}"), f"{command} {paper.id} {part or FOLDED}"),
        bibtex_button(paper, copies, words),
    )


def bibtex_button(paper: Paper, copies: bool, words: Words) -> Action:
    """Copies the entry where a button can carry it (27 % of papers, measured), else exports it."""
    entry = bibtex_line(paper)
    if copies and len(entry) <= COPIED and entry.isprintable():
        return Action(words("paper.bibtex"), copy=entry)
    return Action(words("paper.bibtex"), f"export {paper.id}")
