"""One paper on request: by any form of its id, from the store or else from arXiv."""

from collections.abc import Sequence

from bot.commands.request import Context, Reply, Services
from bot.digest.build import summarise
from bot.enrich.enrich import ENGLISH
from bot.errors import ArxivUnavailable, PaperNotFound, UsageError
from bot.sources.ids import parse_id
from formatters.views import paper_view
from storage.models import Paper, Summary

LISTING_AT_MOST = 9_999  # a longer number is an identifier

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
    """Ask arXiv; what is stored stands in where arXiv does not answer."""
    try:
        fetched = await services.api.papers([paper_id])
    except ArxivUnavailable:
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


async def remember(services: Services, reader: str, papers: Sequence[Paper]) -> None:
    """Let `paper 3` mean the third of these until the next list."""
    await services.store.remember_listing(reader, [paper.id for paper in papers])


async def _listed(services: Services, reader: str, text: str) -> str | None:
    if not (text.isascii() and text.isdigit() and int(text) <= LISTING_AT_MOST):
        return None
    listing = await services.store.listing(reader)
    if not 1 <= int(text) <= len(listing):
        raise UsageError(
            f"the last list has {len(listing)} papers, so there is no number {int(text)};"
            " an arXiv id looks like 2401.00001"
        )
    return listing[int(text) - 1]


async def paper(context: Context, arguments: str) -> Reply:
    """Answer `/paper ID`."""
    reader = str(context.chat.address)
    found, summary = await find_paper(context.services, reader, arguments, context.language)
    return Reply(paper_view(found, summary, context.words))
