"""The reading list of a chat: papers go on it and off it, and leave it as BibTeX or RIS."""

from collections.abc import Sequence

from bot.commands.cards import split_part
from bot.commands.pages import PAGE, offset_of, page_row, read_page
from bot.commands.papers import (
    TITLE_SHOWN,
    Found,
    card_document,
    found_or_instead,
    remember,
    with_summaries,
)
from bot.commands.request import Context, Reply, with_actions
from bot.sources.ids import PaperId
from formatters.bibliography import bibtex, ris
from formatters.document import Action, Document, Paragraph, Span
from formatters.entries import readable
from formatters.numbers import number_row
from formatters.text import clip
from formatters.views import list_view
from storage.models import Paper

BIBTEX, RIS = "bibtex", "ris"
FORMS = {BIBTEX: (bibtex, "bib"), RIS: (ris, "ris")}
LABELS = {BIBTEX: "BibTeX", RIS: "RIS"}
LIST_NAME = "papers"  # of a file with the whole list


async def save(context: Context, arguments: str) -> Reply:
    """Answer `/save ID`."""
    text, part = split_part(arguments)
    found = await found_or_instead(context, "save", text)
    if isinstance(found, Reply):
        return found
    await context.store.save_paper(context.reading_list, found[0].id)
    return await _changed(context, found, part, "saved.added", "unsave")


async def unsave(context: Context, arguments: str) -> Reply:
    """Answer `/unsave ID`."""
    text, part = split_part(arguments)
    found = await found_or_instead(context, "unsave", text)
    if isinstance(found, Reply):
        return found
    await context.store.unsave_paper(context.reading_list, found[0].id)
    return await _changed(context, found, part, "saved.removed", "save")


async def _changed(context: Context, found: Found, part: str, message: str, undo: str) -> Reply:
    """The card as it is now where a card's button asked, else what was done."""
    if part:
        return Reply(await card_document(context, found, part), replaces=True)
    paper, words = found[0], context.words
    name = clip(readable(paper.title), TITLE_SHOWN)
    text = Paragraph((Span(words(message, paper=name)),))
    back = Action(words("saved.undo"), f"{undo} {paper.id}")
    document = with_actions(Document(words.language, (text,)), (back, _whole_list(context)))
    return Reply(document, replaces=context.request.pressed)


async def saved(context: Context, arguments: str) -> Reply:
    """Answer `/saved [page N]`: the reading list, the last paper saved first."""
    page, words = read_page(arguments), context.words
    ids = await context.store.saved_papers(context.reading_list)
    offset = offset_of(page, len(ids))
    papers = await _stored(context, ids[offset : offset + PAGE])
    await remember(context.services, str(context.chat.address), papers, offset + 1)
    found = await with_summaries(context.services, papers, context.language)
    title, nothing = words.count("saved.title", len(ids)), words("saved.nothing")
    document = list_view(title, found, words, nothing=nothing, first=offset + 1)
    numbers = number_row([one.id for one in papers], offset + 1)
    pages = await page_row(context, lambda number: f"saved page {number}", page, len(ids))
    exports = tuple(Action(LABELS[form], f"export {form}") for form in FORMS if ids)
    return Reply(with_actions(document, numbers, pages, exports), replaces=bool(arguments.strip()))


async def export(context: Context, arguments: str) -> Reply:
    """Answer `/export [ris] [ID]`: one paper, or the whole list, as a file."""
    text, form = _split_form(arguments)
    if text:
        found = await found_or_instead(context, "export", text)
        if isinstance(found, Reply):
            return found
        return _file(context, [found[0]], form, PaperId(found[0].id).file_name)
    papers = await _stored(context, await context.store.saved_papers(context.reading_list))
    if not papers:
        return await saved(context, "")
    return _file(context, papers, form, LIST_NAME)


def _split_form(arguments: str) -> tuple[str, str]:
    """Split what names a paper from the form, before or after it; BibTeX where none is named."""
    parts = arguments.split()
    for place in (0, -1):
        if parts and parts[place].lower() in FORMS:
            form = parts.pop(place).lower()
            return " ".join(parts), form
    return " ".join(parts), BIBTEX


def _file(context: Context, papers: Sequence[Paper], form: str, name: str) -> Reply:
    words = context.words
    write, ending = FORMS[form]
    text = Paragraph((Span(words.count("saved.exported", len(papers))),))
    document = with_actions(Document(words.language, (text,)), (_whole_list(context),))
    return Reply(document, file=(f"{name}.{ending}", write(papers)))


def _whole_list(context: Context) -> Action:
    return Action(context.words("saved.all"), "saved")


async def _stored(context: Context, ids: Sequence[str]) -> tuple[Paper, ...]:
    """Papers in the order of their ids."""
    papers = await context.store.papers(ids)
    return tuple(papers[one] for one in ids if one in papers)
