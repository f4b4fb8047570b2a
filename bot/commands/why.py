"""Why a paper is in this chat's digests or is not: told from what is stored, arXiv is not asked."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from bot.commands.digests import read_query
from bot.commands.request import Context, Reply, with_actions
from bot.digest.build import Selection, select
from bot.digest.calendar import latest_batch_day
from bot.digest.parser import parse_stored
from bot.digest.query import Query
from bot.digest.scope import looked_in
from bot.sources import taxonomy
from bot.sources.ids import parse_id
from formatters.document import Action, Block, Document, Heading, Item, Items, Note, Paragraph, Span
from formatters.entries import title
from formatters.text import clean, clip
from formatters.words import Words
from storage.models import Announced, Announcement, Decision, Entry, Kind, Paper, State

LATELY = timedelta(days=14)  # how far back announcements are looked for
SHOWN = 120  # characters of a query, or of a list of categories


@dataclass(frozen=True, slots=True)
class Asked:
    """What a chat asks for: a query, at most so many papers (0: all), and where to look."""

    query: Query
    limit: int
    categories: tuple[str, ...]
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a paper for one query, and why.

    `state` is None where none of the query's categories announced it.
    """

    asked: Asked
    state: State | None = None
    reason: str = ""


async def why(context: Context, arguments: str) -> Reply:
    """Answer `/why ID`; raises BadPaperId."""
    words, paper_id = context.words, await _paper_id(context, arguments)
    paper = (await context.store.papers([paper_id])).get(paper_id)
    heading = Heading(words("why.title", id=paper_id))
    look = Action(words("why.paper"), f"paper {paper_id}")
    if paper is None:
        document = Document(words.language, (heading, _paragraph(words("why.unknown"))))
        return Reply(with_actions(document, (look,)))
    rows = await _announced_lately(context, paper)
    asked = await _asked(context)
    verdicts = [await _verdict(context, paper, rows, one) for one in asked or [_usual(context)]]
    blocks: list[Block] = [
        heading,
        Paragraph((title(Entry(paper, Kind.NEW, paper.version)),)),
        _paragraph(await _where(context, paper, rows)),
        _items(verdicts, words),
        *([] if asked else [Note((Span(words("why.unsubscribed")),))]),
    ]
    return Reply(with_actions(Document(words.language, tuple(blocks)), (look,)))


def judge(
    paper_id: str, announced: Sequence[Announced], asked: Asked, kinds: Sequence[Kind]
) -> Verdict:
    """Decide what became of a paper of these batches for a query."""
    one = next(one for one in announced if one.paper.id == paper_id)
    if one.leading.kind not in kinds:
        return Verdict(asked, State.FILTERED, f"{one.leading.kind} is no kind that this chat wants")
    alone = _decision(select(asked.query, [one]), one)
    if alone.state is not State.POSTED:  # the others make no difference
        return Verdict(asked, alone.state, alone.reason)
    wanted = [other for other in announced if other.leading.kind in kinds]
    found = _decision(select(asked.query, wanted, limit=asked.limit), one)
    return Verdict(asked, found.state, found.reason)


def _decision(selection: Selection, one: Announced) -> Decision:
    rows = selection.coverage.decisions
    return next(decision for decision in rows if decision.announcement == one.leading)


async def _verdict(
    context: Context, paper: Paper, rows: Sequence[Announcement], asked: Asked
) -> Verdict:
    """Judge by the newest batch, in the categories of the query, that has the paper."""
    days = [row.day for row in rows if row.category in asked.categories]
    if not days:
        names = clip(" ".join(asked.categories), SHOWN)
        return Verdict(asked, reason=context.words("why.elsewhere", categories=names))
    batches = [(category, max(days)) for category in asked.categories]
    announced = await context.store.announced(batches)
    kinds = context.chat.settings.kinds
    return await asyncio.to_thread(judge, paper.id, announced, asked, kinds)


async def _paper_id(context: Context, text: str) -> str:
    """By any form of the id, or by the number in the last list."""
    number, listing = text.strip(), await context.store.listing(str(context.chat.address))
    if number in map(str, range(1, len(listing) + 1)):
        return listing[int(number) - 1]
    return parse_id(text).id


async def _announced_lately(context: Context, paper: Paper) -> list[Announcement]:
    """The rows of a paper in its own categories, the newest first."""
    since = _today(context) - LATELY
    rows = [
        row
        for category in _categories(paper)
        for row in await context.store.announcements(category, since)
        if row.paper_id == paper.id
    ]
    return sorted(rows, key=lambda row: (-row.day.toordinal(), row.kind.rank, row.category))


async def _asked(context: Context) -> list[Asked]:
    config, usual = context.services.config, context.chat.settings.limit
    asked = []
    for one in await context.store.subscriptions(context.chat.address):
        query = parse_stored(one.query)
        limit = usual if one.limit is None else one.limit
        asked.append(Asked(query, limit, looked_in(config, query), not one.active))
    return asked


def _usual(context: Context) -> Asked:
    """What `/digest` shows in a chat without subscriptions."""
    config = context.services.config
    query = read_query(config, [])
    return Asked(query, context.chat.settings.limit, looked_in(config, query))


async def _where(context: Context, paper: Paper, rows: Sequence[Announcement]) -> str:
    """Where and when the paper was announced or, where it was not, how far that is known."""
    words = context.words
    if rows:
        said = [_row(row, words) for row in rows]
        return words("why.announced", rows=words("why.separator").join(said))
    if not _categories(paper):
        return words("why.unknown")
    known = await context.store.batches(_categories(paper), _today(context))
    stored = {batch.category: batch.day for batch in known}
    said = [
        words("why.read", category=category, day=words.day(stored[category]))
        if category in stored
        else words("why.unread", category=category)
        for category in _categories(paper)
    ]
    return words("why.silent", days=LATELY.days, read=words("why.separator").join(said))


def _row(row: Announcement, words: Words) -> str:
    kind = words(f"kind.{row.kind}")
    return words("why.row", category=row.category, day=words.day(row.day), kind=kind)


def _items(verdicts: Sequence[Verdict], words: Words) -> Items:
    rows = tuple(_item(number, verdict, words) for number, verdict in enumerate(verdicts, 1))
    return Items(words("why.query"), words("column.reason"), rows)


def _item(number: int, verdict: Verdict, words: Words) -> Item:
    query = Span(clip(str(verdict.asked.query), SHOWN), code=True)
    state = (Span(words(f"state.{verdict.state}")),) if verdict.state else ()
    paused = (Span(words("plan.paused")),) if verdict.asked.paused else ()
    return Item(number, query, (*state, *paused), (Span(clean(verdict.reason)),))


def _categories(paper: Paper) -> list[str]:
    """The categories of arXiv in which a paper can be announced, by their canonical ids."""
    known = (taxonomy.canonical(category) for category in paper.categories)
    return list(dict.fromkeys(category for category in known if category))


def _today(context: Context) -> date:
    return latest_batch_day(context.services.clock.now())


def _paragraph(text: str) -> Paragraph:
    return Paragraph((Span(text),))
