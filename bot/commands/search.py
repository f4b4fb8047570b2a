"""Search on request: what is stored first, then arXiv itself, in the same query language."""

from dataclasses import dataclass, replace

from bot.commands.pages import PAGE, offset_of, page_number, page_row
from bot.commands.papers import Found, paper, remember, with_summaries
from bot.commands.request import Context, Reply, Services, carried, with_actions
from bot.digest.arxiv_syntax import to_arxiv
from bot.digest.lookup import condition
from bot.digest.parser import parse
from bot.digest.query import Query
from bot.errors import SourceError, UsageError
from bot.sources.ids import find_ids
from formatters.document import Action, Document, Note, Span
from formatters.numbers import Row, number_row
from formatters.text import clip
from formatters.views import error_view, search_view
from storage.models import Paper

ARXIV_ROWS = 48
"""Papers asked of arXiv for one search, all in one request: six pages, and it takes no longer."""

QUERY_SHOWN = 200  # characters in a heading; a query may have 1,000


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page of papers; `from_arxiv` tells that nothing stored matched and arXiv was asked."""

    found: tuple[Found, ...]
    total: int
    from_arxiv: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What to search for, where, and which page; None is the first page of a new search."""

    text: str
    of_arxiv: bool = False
    page: int | None = None

    @property
    def number(self) -> int:
        """The number of the page."""
        return self.page or 1


async def search_papers(
    services: Services, reader: str, query: Query, language: str, limit: int, offset: int
) -> SearchResult:
    """Search what is stored and, where nothing matches, arXiv itself.

    Raises ArxivUnavailable, and UsageError for a query that arXiv cannot be asked.
    """
    page = await services.store.search(condition(query), limit, offset)
    if not page.total and not offset:
        return await _search_arxiv(services, reader, query, language, limit, offset)
    return await _result(services, reader, page.papers, page.total, language, offset)


async def _search_arxiv(
    services: Services, reader: str, query: Query, language: str, limit: int, offset: int
) -> SearchResult:
    """Ask arXiv and store what it has."""
    rows = max(ARXIV_ROWS, offset + limit)
    papers = await services.api.search(to_arxiv(query), rows)
    await services.store.add_papers(papers)
    shown = papers[offset : offset + limit]
    result = await _result(services, reader, shown, len(papers), language, offset)
    return replace(result, from_arxiv=bool(papers))


async def _result(
    services: Services,
    reader: str,
    papers: tuple[Paper, ...],
    total: int,
    language: str,
    offset: int,
) -> SearchResult:
    await remember(services, reader, papers, offset + 1)
    return SearchResult(await with_summaries(services, papers, language), total)


def read_search(arguments: str) -> Asked:
    """Read `WORDS`, after `arxiv:` where only arXiv is asked, `page 2:` for another page, or both.

    Nothing of this can begin a query: there is no prefix `arxiv:`.
    """
    head, colon, text = arguments.replace("：", ":").partition(":")
    match head.lower().split() if colon else []:
        case ["arxiv"]:
            return Asked(text.strip(), of_arxiv=True)
        case ["page", number] if page := page_number(number):
            return Asked(text.strip(), page=page)
        case ["arxiv", "page", number] if page := page_number(number):
            return Asked(text.strip(), of_arxiv=True, page=page)
        case _:
            return Asked(arguments.strip())


def search_line(query: Query, *, of_arxiv: bool, page: int | None = None) -> str:
    """The command line that `read_search` reads as this."""
    head = " ".join([*(["arxiv"] if of_arxiv else []), *([f"page {page}"] if page else [])])
    return f"search {head}: {query}" if head else f"search {query}"


async def search(context: Context, arguments: str) -> Reply:
    """Answer `/search [arxiv] [page N:] WORDS`; an id or a link alone opens its paper."""
    asked = read_search(arguments)
    if len(asked.text.split()) == 1 and find_ids(asked.text):
        return await paper(context, asked.text)
    query = parse(asked.text)
    find = _search_arxiv if asked.of_arxiv else search_papers
    reader, offset = str(context.chat.address), (asked.number - 1) * PAGE
    try:
        result = await find(context.services, reader, query, context.language, PAGE, offset)
    except SourceError as error:
        return await _unavailable(context, query, error, asked)
    offset_of(asked.number, result.total)
    document = _page(context, query, asked, result)
    rows = await _rows(context, query, asked, result)
    return Reply(with_actions(document, *rows), replaces=asked.page is not None)


def _page(context: Context, query: Query, asked: Asked, result: SearchResult) -> Document:
    """One page of results, which says where they come from if that is arXiv."""
    words, first = context.words, (asked.number - 1) * PAGE + 1
    name = clip(str(query), QUERY_SHOWN)
    document = search_view(name, result.found, result.total, words, first=first)
    if not result.from_arxiv:
        return document
    remark = words("arxiv.these") if asked.of_arxiv else words("arxiv.instead")
    heading, *rest = document.blocks
    return replace(document, blocks=(heading, Note((Span(remark),)), *rest))


async def _rows(
    context: Context, query: Query, asked: Asked, result: SearchResult
) -> tuple[Row, ...]:
    """Buttons for the papers, for other pages, and for asking arXiv itself."""
    first = (asked.number - 1) * PAGE + 1
    numbers = number_row([one.id for one, _ in result.found], first)

    def line(page: int) -> str:
        return search_line(query, of_arxiv=result.from_arxiv, page=page)

    pages = await page_row(context, line, asked.number, result.total)
    further = result.found and not result.from_arxiv and _is_for_arxiv(query)
    return numbers, pages, ((await _ask_arxiv(context, query, "arxiv.search"),) if further else ())


def _is_for_arxiv(query: Query) -> bool:
    """Whether arXiv can be asked: not for everything but something."""
    try:
        to_arxiv(query)
    except UsageError:
        return False
    return True


async def _ask_arxiv(context: Context, query: Query, label: str) -> Action:
    line = await carried(context.services, search_line(query, of_arxiv=True))
    return Action(context.words(label), line)


async def _unavailable(context: Context, query: Query, error: SourceError, asked: Asked) -> Reply:
    """Say that arXiv does not answer, and offer what is stored, or another try."""
    words = context.words
    document = error_view(str(error), words)
    row: Row = (await _ask_arxiv(context, query, "arxiv.again"),)
    if asked.of_arxiv:
        line = await carried(context.services, search_line(query, of_arxiv=False))
        row = (*row, Action(words("arxiv.stored"), line))
    else:
        remark = Note((Span(words("arxiv.nothing_stored")),))
        document = replace(document, blocks=(*document.blocks, remark))
    return Reply(with_actions(document, row), private=True)
