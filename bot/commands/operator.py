"""How fresh everything is, for everyone; what it takes up and what is wrong, for operators."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from bot.clock import EASTERN
from bot.commands.history import last_slots, slot_moment
from bot.commands.request import Context, Reply, Services
from bot.digest.calendar import latest_batch_day, no_batch_reason
from bot.enrich.budget import cost, day_of
from formatters.document import Document, Paragraph, Span, Spans
from formatters.labelled import labelled
from formatters.text import clean, clip
from formatters.words import Words
from storage.lock import holder
from storage.models import Batch
from storage.records import Intake
from storage.store import LOCK_NAME, Counts

MOST_CATEGORIES = 20  # rows that still read as a few lines; people subscribe to fewer
MESSAGE_SHOWN = 120  # characters of an error

FAILED = "failed"  # the outcome of a question to arXiv without an answer
ALERTS = "alerts"  # the note of the alerts that stand, by name

Row = tuple[str, Spans]


async def status(context: Context, _arguments: str) -> Reply:
    """Answer `/status`."""
    services, texts = context.services, context.words
    now = services.clock.now()
    day, today = latest_batch_day(now), now.astimezone(EASTERN).date()
    batches, counts = await services.store.newest_batches(), await services.store.counts()
    rows = [*await last_slots(context), *_batches(batches, day, texts)]
    rows.append((texts("status.papers"), _number(counts.papers, texts)))
    if context.request.asker.operates:
        rows += await _deliveries(context)
        rows += _failing(await services.store.standings.intakes(), texts)
        rows += _alerts(await services.store.note(ALERTS), texts)
        rows += _sizes(services, counts, texts)
        if services.config.llm.model:
            rows += await _spending(services, texts)
    said = texts(f"status.{no_batch_reason(today) or 'expected'}", day=texts.day(day))
    remarks = [said] if batches else [texts("status.no_batches"), said]
    paragraphs = (Paragraph((Span(remark),)) for remark in remarks)
    card = labelled(texts("status.title"), rows)
    return Reply(Document(texts.language, (card, *paragraphs)), replaces=True)


def _batches(batches: Sequence[Batch], expected: date, texts: Words) -> Iterator[Row]:
    """The newest batch of each category, the newest first."""
    ordered = sorted(batches, key=lambda one: (-one.day.toordinal(), one.category))
    for one in ordered[:MOST_CATEGORIES]:
        said = texts.count("status.batch", one.rows, day=texts.day(one.day))
        late = f" ({texts('status.behind')})" if one.day < expected else ""
        yield one.category, (Span(said), Span(late, small=True))
    if more := len(ordered[MOST_CATEGORIES:]):
        yield "…", (Span(texts.count("status.more", more)),)


async def _deliveries(context: Context) -> list[Row]:
    """What is in the outbox, and since when the oldest delivery waits."""
    texts, counts = context.words, await context.store.outbox.counts()
    said = texts(
        "status.outbox_counts",
        queued=counts.queued,
        sending=counts.sending,
        sent=counts.sent,
        failed=counts.failed,
        dropped=counts.dropped,
    )
    rows: list[Row] = [(texts("status.outbox"), (Span(said),))]
    if counts.oldest:
        since = texts("status.oldest_since", moment=slot_moment(context, counts.oldest))
        rows.append((texts("status.oldest"), (Span(since),)))
    return rows


def _failing(intakes: Mapping[str, Intake], texts: Words) -> Iterator[Row]:
    """The categories whose feeds cannot be read, and why."""
    failing = [one for one in intakes.values() if one.outcome == FAILED]
    for one in sorted(failing, key=lambda one: one.category)[:MOST_CATEGORIES]:
        message = clip(clean(one.message), MESSAGE_SHOWN)
        said = texts.count("status.failing_message", one.failures, message=message)
        yield f"{texts('status.failing')} {one.category}", (Span(said),)


def _alerts(note: str | None, texts: Words) -> Iterator[Row]:
    """What operators were told of and is not over yet."""
    names = [texts(f"status.alert_{name}") for name in json.loads(note or "[]")]
    if names:
        yield texts("status.alerts"), (Span(texts("status.separator").join(names)),)


def _sizes(services: Services, counts: Counts, texts: Words) -> Iterator[Row]:
    folder = services.config.data_dir
    process = holder(folder / LOCK_NAME)
    running = texts("status.not_running")
    if process is not None:
        running = texts("status.running", process=str(process or "?"))
    yield texts("status.announcements"), _number(counts.announcements, texts)
    yield texts("status.summaries"), _number(counts.summaries, texts)
    yield texts("status.imported"), _number(counts.imported_digests, texts)
    yield texts("status.data"), (Span(f"{folder}, {counts.bytes_on_disk / 1e6:.1f} MB"),)
    yield texts("status.bot"), (Span(running),)


async def _spending(services: Services, texts: Words) -> list[Row]:
    """What the language model took today, and what that costs where the prices are known."""
    llm = services.config.llm
    day = day_of(services.clock.now(), services.config.timezone)
    tokens = await services.store.answers.tokens(day)
    rows = [(texts("model.tokens"), _number(tokens.total, texts))]
    if llm.price_in or llm.price_out:
        money = cost(tokens, llm.price_in, llm.price_out)
        rows.append((texts("model.cost"), (Span(f"{money:.2f}"),)))
    return rows


def _number(value: int, texts: Words) -> Spans:
    return (Span(texts.number(value)),)
