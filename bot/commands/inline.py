"""Papers while somebody types: by ids, or from what is stored, fast enough for every keystroke."""

from bot.commands.papers import Found, find_paper, with_summaries
from bot.commands.request import Services
from bot.digest.lookup import condition
from bot.digest.parser import parse
from bot.errors import PaperboyError, QueryError
from bot.sources.ids import find_ids

NOBODY = "inline"  # a reader who never asks for a number of the last list


async def papers_for(services: Services, text: str, language: str, limit: int) -> tuple[Found, ...]:
    """Find the papers that a text names, or else the stored ones that match it as a query.

    arXiv is only asked for a single id that is not stored. A text that is no query yet, such as
    one with an open quotation mark, finds nothing, as does one without words.
    """
    named = [paper.id for paper in find_ids(text)][:limit]
    if len(named) == 1:
        return await _one(services, named[0], language)
    if named:
        stored = await services.store.papers(named)
        papers = [stored[one] for one in named if one in stored]
        return await with_summaries(services, papers, language)
    try:
        query = parse(text)
    except QueryError:
        return ()
    page = await services.store.search(condition(query), limit)
    return await with_summaries(services, page.papers, language)


async def _one(services: Services, paper_id: str, language: str) -> tuple[Found, ...]:
    try:
        return (await find_paper(services, NOBODY, paper_id, language),)
    except PaperboyError:
        return ()
