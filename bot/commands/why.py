"""Why a paper is in this chat's digests or is not: told from what is stored, arXiv is not asked."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta

from bot.commands.digests import read_query
from bot.commands.history import arrival_text, shown_query, slot_moment
from bot.commands.plans import coming, plan
from bot.commands.request import Context, Reply, with_actions
from bot.commands.subscriptions import MOST_SUBSCRIPTIONS
from bot.commands.verdicts import Arrivals, Asked, Verdict, holding, judge, replayed, waiting
from bot.digest.calendar import latest_batch_day
from bot.digest.parser import parse_stored
from bot.digest.scope import looked_in
from bot.digest.terms import terms_of
from bot.sources import taxonomy
from bot.sources.ids import parse_id
from formatters.document import Action, Block, Document, Heading, Item, Items, Note, Paragraph, Span
from formatters.entries import title
from formatters.text import clean, clip
from formatters.words import Words
from storage.models import Announcement, Entry, Kind, Paper, State
from storage.records import DigestRecord

MOST_DIGESTS = 3  # that brought the same paper, in several versions; the older ones are left out
LATELY = timedelta(days=14)  # how far back announcements are looked for
MOST_SLOTS = LATELY.days * MOST_SUBSCRIPTIONS
SHOWN = 120  # characters of a query, or of a list of categories


async def why(context: Context, arguments: str) -> Reply:
    """Answer `/why ID`; raises BadPaperId."""
    words, paper_id = context.words, await _paper_id(context, arguments)
    paper = (await context.store.papers([paper_id])).get(paper_id)
    heading = Heading(words("why.title", id=paper_id))
    look = Action(words("why.paper"), f"paper {paper_id}")
    if paper is None:
        document = Document(words.language, (heading, _paragraph(words("why.unknown"))))
        return Reply(with_actions(document, (look,)))
    digests = context.store.digests
    arrivals = await digests.arrivals_of(paper.id, _today(context) - LATELY)
    records = await digests.of_chat(context.chat.address, MOST_SLOTS)
    asked = await _asked(context)
    verdicts = [
        await _verdict(context, paper, arrivals, records, one) for one in asked or [_usual(context)]
    ]
    blocks: list[Block] = [
        heading,
        Paragraph((title(Entry(paper, Kind.NEW, paper.version)),)),
        *await _came(context, paper),
        _paragraph(await _where(context, paper, [row for row, _ in arrivals])),
        _items(context, verdicts),
        *_remarks(context, asked),
    ]
    return Reply(with_actions(Document(words.language, tuple(blocks)), (look,)))


async def _verdict(
    context: Context,
    paper: Paper,
    arrivals: Arrivals,
    records: Sequence[DigestRecord],
    asked: Asked,
) -> Verdict:
    """What the next digest will make of it, or the last that looked at it made, or one would."""
    coming = await waiting(context.store, context.chat.address, paper, arrivals, asked)
    if coming and coming.state is State.WAITING:
        return coming
    record = holding(records, arrivals, asked)
    if record:
        return await replayed(context.store, paper.id, record, asked)
    return coming or await _supposed(context, paper, arrivals, asked)


async def _supposed(context: Context, paper: Paper, arrivals: Arrivals, asked: Asked) -> Verdict:
    """Judge by the newest batch, in the categories of the query, that has the paper."""
    words = context.words
    days = [row.day for row, _ in arrivals if row.category in asked.categories]
    if not days:
        names = clip(" ".join(asked.categories), SHOWN)
        return Verdict(asked, reason=words("why.elsewhere", categories=names))
    announced = await context.store.announced([(one, max(days)) for one in asked.categories])
    return await asyncio.to_thread(judge, paper.id, announced, asked)


async def _paper_id(context: Context, text: str) -> str:
    """By any form of the id, or by the number in the last list."""
    number, listing = text.strip(), await context.store.listing(str(context.chat.address))
    if number in map(str, range(1, len(listing) + 1)):
        return listing[int(number) - 1]
    return parse_id(text).id


async def _asked(context: Context) -> list[Asked]:
    config, asked = context.services.config, []
    for one in await context.store.standings.of_chat(context.chat.address):
        query = parse_stored(one.subscription.query)
        limit = terms_of(one.subscription, context.chat, config).limit
        kinds = context.chat.settings.kinds
        paused = not one.subscription.active or context.chat.paused is not None
        asked.append(Asked(query, limit, looked_in(config, query), kinds, paused, one))
    return asked


def _usual(context: Context) -> Asked:
    """What `/digest` shows in a chat without subscriptions."""
    config = context.services.config
    query = read_query(config, [])
    settings = context.chat.settings
    return Asked(query, settings.limit, looked_in(config, query), settings.kinds)


async def _came(context: Context, paper: Paper) -> list[Block]:
    """The digests that brought it to this chat, the newest first."""
    records = await context.store.digests.holding(context.chat.address, paper.id)
    return [_paragraph(await _brought(context, paper, one)) for one in records[:MOST_DIGESTS]]


async def _brought(context: Context, paper: Paper, record: DigestRecord) -> str:
    number, posted = next(
        (number, one) for number, one in enumerate(record.posted, 1) if one.paper_id == paper.id
    )
    key = "why.came" if posted.version == 1 else "why.came_version"
    came = context.words(
        key,
        version=posted.version,
        moment=slot_moment(context, record.slot),
        number=number,
        total=len(record.posted),
        query=shown_query(record),
    )
    return context.words("why.arrival", came=came, arrival=await arrival_text(context, record))


async def _where(context: Context, paper: Paper, rows: Sequence[Announcement]) -> str:
    """Where and when the paper was announced or, where it was not, how far that is known."""
    words = context.words
    if rows:
        newest = sorted(rows, key=lambda row: (-row.day.toordinal(), row.kind.rank, row.category))
        said = [_row(row, words) for row in newest]
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


def _items(context: Context, verdicts: Sequence[Verdict]) -> Items:
    words = context.words
    rows = tuple(_item(context, number, verdict) for number, verdict in enumerate(verdicts, 1))
    return Items(words("why.query"), words("column.reason"), rows)


def _remarks(context: Context, asked: Sequence[Asked]) -> list[Block]:
    """That there are no subscriptions, and why nothing is sent to this chat."""
    words, paused = context.words, context.chat.paused
    said = [] if asked else [words("why.unsubscribed")]
    said += [words("subscriptions.held", reason=clean(paused))] if paused else []
    return [Note((Span(text),)) for text in said]


def _item(context: Context, number: int, verdict: Verdict) -> Item:
    words = context.words
    query = Span(clip(str(verdict.asked.query), SHOWN), code=True)
    facts = [_state(verdict, words), _when(context, verdict)]
    facts += [words("plan.paused")] if verdict.asked.paused else []
    reason = clean(verdict.reason)
    if verdict.slot and not verdict.state:
        reason = words("why.newer")
    elif verdict.state and not verdict.slot and _is_late(verdict):
        reason = f"{reason} · {words('why.before')}"
    return Item(number, query, tuple(Span(fact) for fact in facts if fact), (Span(reason),))


def _state(verdict: Verdict, words: Words) -> str:
    """The state in words; what no digest has decided yet, would be so."""
    if verdict.state is None:
        return ""
    supposed = verdict.state is State.POSTED and verdict.slot is None
    return words("why.would") if supposed else words(f"state.{verdict.state}")


def _when(context: Context, verdict: Verdict) -> str:
    """In which digest it was decided, or when the one comes that it waits for."""
    words, standing = context.words, verdict.asked.standing
    if verdict.slot:
        return words("why.slot", moment=slot_moment(context, verdict.slot))
    if verdict.state is not State.WAITING or standing is None:
        return ""
    config, now = context.services.config, context.services.clock.now()
    return coming(plan(standing.subscription, context.chat, config, now, standing), words)


def _is_late(verdict: Verdict) -> bool:
    """Whether a subscription began after the paper was announced."""
    standing, paused = verdict.asked.standing, verdict.asked.paused
    planned = standing is not None and standing.since is not None
    return planned and not paused and verdict.state is State.POSTED


def _categories(paper: Paper) -> list[str]:
    """The categories of arXiv in which a paper can be announced, by their canonical ids."""
    known = (taxonomy.canonical(category) for category in paper.categories)
    return list(dict.fromkeys(category for category in known if category))


def _today(context: Context) -> date:
    return latest_batch_day(context.services.clock.now())


def _paragraph(text: str) -> Paragraph:
    return Paragraph((Span(text),))
