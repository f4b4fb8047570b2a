"""One paper on request: by any form of its id, from the store or else from arXiv; and its like."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.commands.cards import paper_card, split_part
from bot.commands.pages import PAGE
from bot.commands.request import Context, Reply, Services, carried, with_actions
from bot.commands.summaries import FOR_A_CARD, prepared
from bot.digest.build import summarise
from bot.digest.lookup import condition
from bot.digest.parser import parse
from bot.digest.similar import (
    ENOUGH,
    MOST_CANDIDATES,
    MOST_SHARED,
    holding,
    most_similar,
    sharing,
    telling_words,
    words_to_share,
)
from bot.enrich.enrich import ENGLISH
from bot.errors import BadPaperId, PaperNotFound, QueryError, SourceError, UsageError
from bot.sources.ids import find_ids, parse_id
from formatters.document import Action, Document, Note, Span
from formatters.entries import readable
from formatters.numbers import Row, number_row
from formatters.text import clip
from formatters.views import error_view, list_view
from storage.models import Paper, Summary
from storage.store import Store

LONGEST_NUMBER = 4  # digits in a list; a longer number is an identifier
NOT_SHOWN = ""  # stands in a listing for the numbers of other pages
TITLE_SHOWN = 120  # characters of a title in a heading
IDS_IN_A_ROW = 2
MOST_IDS = 8  # offered where somebody asks for several papers at once

Found = tuple[Paper, Summary]


async def find_paper(services: Services, reader: str, text: str, language: str) -> Found:
    """Find one paper by any form of its id or by its number in the reader's last list.

    Raises BadPaperId, PaperNotFound, ArxivUnavailable, or UsageError for a number that the last
    list does not have.
    """
    paper_id = await _listed(services, reader, text) or parse_id(text).id
    paper = (await services.store.papers([paper_id])).get(paper_id)
    if paper is None or not paper.abstract_complete:
        paper = await _fetched(services, paper_id, paper)
    return (await with_summaries(services, [paper], language))[0]


async def _fetched(services: Services, paper_id: str, stored: Paper | None) -> Paper:
    """Ask arXiv; what is stored stands in where it does not answer."""
    try:
        fetched = await services.api.papers([paper_id])
    except SourceError:
        if stored is None:
            raise
        return stored
    await services.store.add_papers(fetched.values())
    paper = (await services.store.papers([paper_id])).get(paper_id)
    if paper is None:
        raise PaperNotFound(f"arXiv has no paper {paper_id}; check the number")
    return paper


async def with_summaries(
    services: Services, papers: Sequence[Paper], language: str
) -> tuple[Found, ...]:
    """Add to each paper what readers of a language get to read about it."""
    versions = {paper.id: paper.version for paper in papers}
    summaries = await services.store.summaries(versions, language)
    english = await services.store.summaries(versions, ENGLISH)
    return tuple(
        (
            paper,
            summarise(
                paper, paper.version, language, summaries.get(paper.id), english.get(paper.id)
            ),
        )
        for paper in papers
    )


async def remember(
    services: Services, reader: str, papers: Sequence[Paper], first: int = 1
) -> None:
    """Let `paper 3` mean what has the number 3 until the next list; `first` is the first number."""
    ids = [paper.id for paper in papers]
    await services.store.remember_listing(reader, [NOT_SHOWN] * (first - 1) + ids)


async def _listed(services: Services, reader: str, text: str) -> str | None:
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
        return None
    shown = dict(enumerate(await services.store.listing(reader), start=1))
    numbers = [number for number, one in shown.items() if one != NOT_SHOWN]
    if int(text) in numbers:
        return shown[int(text)]
    known = f"goes from {numbers[0]} to {numbers[-1]}" if numbers else "is empty"
    raise UsageError(
        f"the last list {known}, so there is no number {int(text)};"
        " an arXiv id looks like 2401.00001"
    )


async def paper(context: Context, arguments: str) -> Reply:
    """Answer `/paper ID-or-URL [abstract|translation]`; a card with a part takes a card's place."""
    text, part = split_part(arguments)
    found = await found_or_instead(context, "paper", text)
    if isinstance(found, Reply):
        return found
    found, remark = await summarised(context.services, found[0], context.language, FOR_A_CARD)
    return Reply(await card_document(context, found, part, remark), replaces=bool(part))


async def summarised(
    services: Services, paper: Paper, language: str, seconds: float
) -> tuple[Found, str]:
    """The paper with what the language model writes in so many seconds, and a remark or ""."""
    remark = await prepared(services, [paper], language, seconds)
    return (await with_summaries(services, [paper], language))[0], remark


async def card_document(context: Context, found: Found, part: str, remark: str = "") -> Document:
    """The card of a paper with its buttons as this chat gets them."""
    saved = found[0].id in await context.store.saved_papers(context.reading_list)
    platform = context.chat.address.platform
    document, rows = paper_card(*found, context.words, part=part, saved=saved, platform=platform)
    notes = (Note((Span(remark),)),) if remark else ()
    return with_actions(replace(document, blocks=(*document.blocks, *notes)), *rows)


async def similar(context: Context, arguments: str) -> Reply:
    """Answer `/similar ID`: the stored papers that use the same words."""
    found = await found_or_instead(context, "similar", arguments.strip())
    if isinstance(found, Reply):
        return found
    words, asked = context.words, found[0]
    papers = await similar_papers(context.store, asked, PAGE)
    await remember(context.services, str(context.chat.address), papers)
    listed = await with_summaries(context.services, papers, context.language)
    title = words("similar.title", title=clip(readable(asked.title), TITLE_SHOWN))
    document = list_view(title, listed, words, nothing=words("similar.nothing"))
    return Reply(with_actions(document, number_row([one.id for one in papers])))


async def similar_papers(store: Store, asked: Paper, limit: int) -> tuple[Paper, ...]:
    """Find the stored papers that use the same words, most similar first."""
    counts = {word: (await store.search(holding(word), 0)).total for word in telling_words(asked)}
    words = words_to_share(asked, counts)
    candidates: tuple[Paper, ...] = ()
    for number in range(MOST_SHARED, 0, -1):
        page = await store.search(sharing(words, number), MOST_CANDIDATES)
        candidates = page.papers
        if page.total >= ENOUGH:
            break
    # In a thread: ranking takes some 15 ms, and other chats are waiting.
    return await asyncio.to_thread(most_similar, asked, candidates, counts, limit)


async def found_or_instead(context: Context, command: str, text: str) -> Found | Reply:
    """Find the paper that a command is about, or say why not and what there is instead.

    Raises UsageError for a number that the last list does not have.
    """
    if not text:
        return Reply(error_view(context.words("paper.which"), context.words), private=True)
    reader = str(context.chat.address)
    try:
        return await find_paper(context.services, reader, text, context.language)
    except BadPaperId as error:
        return await _instead_of_no_id(context, command, text, error)
    except SourceError as error:
        return await _instead_of_unknown(context, command, text, error)


async def _instead_of_no_id(context: Context, command: str, text: str, error: BadPaperId) -> Reply:
    """Offer each of several papers, or else what a search for these words would find."""
    document = error_view(str(error), context.words)
    ids = [str(one) for one in find_ids(text)[:MOST_IDS]]
    if ids:
        buttons = [Action(one, f"{command} {one}") for one in ids]
        rows = (buttons[at : at + IDS_IN_A_ROW] for at in range(0, len(ids), IDS_IN_A_ROW))
        return Reply(with_actions(document, *map(tuple, rows)), private=True)
    try:
        query = parse(text)
    except QueryError:
        return Reply(document, private=True)
    page = await context.store.search(condition(query), PAGE)
    line = await carried(context.services, f"search arxiv: {query}")
    ask_arxiv = Action(context.words("arxiv.search"), line)
    return await _offer(context, document, page.papers, "paper.matching", (ask_arxiv,))


async def _instead_of_unknown(
    context: Context, command: str, text: str, error: SourceError
) -> Reply:
    """Offer stored papers whose ids are a slip of the finger away, and another try."""
    wanted = parse_id(text).id
    stored = await context.store.papers(slips(wanted))
    document = error_view(str(error), context.words)
    again = Action(context.words("arxiv.again"), f"{command} {wanted}")
    row = () if isinstance(error, PaperNotFound) else (again,)
    return await _offer(context, document, list(stored.values())[:PAGE], "paper.near", row)


async def _offer(
    context: Context, document: Document, papers: Sequence[Paper], title: str, row: Row
) -> Reply:
    """What is stored below a message that something did not work."""
    words = context.words
    if papers:
        await remember(context.services, str(context.chat.address), papers)
        listed = await with_summaries(context.services, papers, context.language)
        offered = list_view(words(title), listed, words, nothing="")
        document = replace(document, blocks=(*document.blocks, *offered.blocks))
    numbers = number_row([one.id for one in papers])
    return Reply(with_actions(document, numbers, row), private=True)


def slips(paper_id: str) -> tuple[str, ...]:
    """The ids with one other digit, or with two neighbouring digits swapped."""
    return tuple(one for one in dict.fromkeys(_slips(paper_id)) if one != paper_id)


def _slips(paper_id: str) -> Iterator[str]:
    for place, sign in enumerate(paper_id):
        if not sign.isdigit():
            continue
        before, after = paper_id[:place], paper_id[place + 1 :]
        yield from (before + digit + after for digit in "0123456789")
        if after[:1].isdigit():
            yield before + after[0] + sign + after[1:]
