"""Search on request: what is stored first, then arXiv itself, in the same query language."""

from dataclasses import dataclass

from bot.commands.papers import Found, remember, with_summaries
from bot.commands.request import Context, Reply, Services
from bot.digest.arxiv_syntax import to_arxiv
from bot.digest.lookup import condition
from bot.digest.parser import parse
from bot.digest.query import Query
from formatters.views import search_view

PAGE = 10  # results at a time


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page of papers; `from_arxiv` tells that nothing stored matched and arXiv was asked."""

    found: tuple[Found, ...]
    total: int
    from_arxiv: bool = False


async def search_papers(
    services: Services, reader: str, query: Query, language: str, limit: int, offset: int
) -> SearchResult:
    """Search what is stored and, where nothing matches, arXiv itself.

    Raises ArxivUnavailable, and UsageError for a query that arXiv cannot be asked.
    """
    page = await services.store.search(condition(query), limit, offset)
    papers, total, from_arxiv = page.papers, page.total, False
    if not papers and not offset:
        papers = await services.api.search(to_arxiv(query), limit)
        await services.store.add_papers(papers)
        total, from_arxiv = len(papers), bool(papers)
    await remember(services, reader, papers)
    return SearchResult(await with_summaries(services, papers, language), total, from_arxiv)


async def search(context: Context, arguments: str) -> Reply:
    """Answer `/search WORDS`."""
    query = parse(arguments)
    reader = str(context.chat.address)
    result = await search_papers(context.services, reader, query, context.language, PAGE, 0)
    return Reply(search_view(str(query), result.found, result.total, context.words))
