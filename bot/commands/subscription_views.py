"""What is shown about subscriptions, without the buttons: previews, lists, what comes next."""

from collections.abc import Iterator, Sequence

from bot.commands.plans import QUERY_SHOWN, Plan, coming, plan_item, terms, zone_note
from bot.commands.preview import MOST_A_DAY, Preview
from formatters.document import Block, Document, Heading, Items, Note, Paragraph, Span, Spans
from formatters.entries import item
from formatters.text import clip
from formatters.words import Words
from storage.models import Entry, Kind, Subscription

EXAMPLE = "/subscribe cs.CV diffusion at 09:00"
CATEGORIES_SHOWN = 80  # characters of a list of categories


def empty_view(words: Words) -> Document:
    """What to write where somebody subscribes to nothing."""
    example = Span(EXAMPLE, code=True)
    return Document(words.language, (Paragraph((Span(words("subscribe.empty")), example)),))


def offer_view(one: Plan, seen: Preview, unnamed: Sequence[str], words: Words) -> Document:
    """A query as understood, and why to think twice before subscribing to it.

    `unnamed` are the categories that are looked in where the query names none.
    """
    blocks = [
        Heading(words("subscribe.offer")),
        *_understood(one, words),
        *_doubts(one, seen, words),
        *_previewed(seen, unnamed, words),
        _paragraph(words("subscribe.unchanged")),
    ]
    return Document(words.language, tuple(blocks))


def subscribed_view(
    one: Plan, seen: Preview, unnamed: Sequence[str], words: Words, *, updated: bool
) -> Document:
    """What is subscribed to now, when it comes, and what it would have brought."""
    blocks = [
        Heading(words("subscribe.updated" if updated else "subscribe.done")),
        *_understood(one, words),
        *([_paragraph(words("subscribe.known"))] if updated else []),
        _paragraph(words("subscribe.next", coming=coming(one, words))),
        zone_note(one.terms.zone, words),
        *_previewed(seen, unnamed, words),
    ]
    return Document(words.language, tuple(blocks))


def edit_view(one: Plan, line: str, words: Words) -> Document:
    """What can be changed about a subscription, and the line that says all of it."""
    blocks = [
        Heading(words("subscriptions.edit_title")),
        *_understood(one, words),
        _paragraph(words("subscribe.next", coming=coming(one, words))),
        zone_note(one.terms.zone, words),
        Paragraph((Span(words("subscriptions.edit_hint")), Span(f"/{line}", code=True))),
    ]
    return Document(words.language, tuple(blocks))


def list_view(
    title: str, numbered: Sequence[tuple[int, Plan]], remarks: Sequence[str], words: Words
) -> Document:
    """Subscriptions with their numbers, terms and next digests."""
    blocks: list[Block] = [Heading(title), *(_paragraph(remark) for remark in remarks)]
    if numbered:
        rows = tuple(plan_item(number, one, words) for number, one in numbered)
        blocks.append(Items(words("subscriptions.query"), words("subscriptions.next"), rows))
        plans = [one for _, one in numbered]
        usual = next((one for one in plans if not one.subscription.timezone), plans[0])
        blocks.append(zone_note(usual.terms.zone, words))
    else:
        example = Span(EXAMPLE, code=True)
        blocks.append(Paragraph((Span(words("subscriptions.none")), example)))
    return Document(words.language, tuple(blocks))


def said_view(text: str, about: Sequence[Subscription], words: Words) -> Document:
    """One sentence, with the query where it is about a single subscription."""
    query = Span(clip(about[0].query, QUERY_SHOWN), code=True)
    shown = (Paragraph((query,)),) if len(about) == 1 else ()
    return Document(words.language, (_paragraph(text), *shown))


def _understood(one: Plan, words: Words) -> Iterator[Block]:
    yield Paragraph((Span(one.subscription.query, code=True),))
    yield Paragraph(_joined(terms(one, words)))


def _joined(spans: Spans) -> Spans:
    return tuple(part for span in spans for part in (Span(" · "), span))[1:]


def _doubts(one: Plan, seen: Preview, words: Words) -> Iterator[Block]:
    """Why nothing is subscribed to at once, where the numbers alone do not tell."""
    if not seen.days:
        yield _paragraph(words("subscribe.unknown"))
    elif seen.matched and one.terms.limit:
        yield _paragraph(words.count("subscribe.many", one.terms.limit, most=MOST_A_DAY))
    elif seen.matched:
        yield _paragraph(words("subscribe.many_all", most=MOST_A_DAY))


def _previewed(seen: Preview, unnamed: Sequence[str], words: Words) -> Iterator[Block]:
    """How many papers would have matched, with examples, and what was not looked at."""
    days, announced = words.days(seen.days), seen.announced
    if seen.matched:
        key = "subscribe.preview" if seen.a_day >= 1 else "subscribe.rare"
        numbers = {"matched": seen.matched, "announced": announced, "a_day": round(seen.a_day)}
        yield _paragraph(words(key, days=days, **numbers))
    elif seen.days:
        yield _paragraph(words.count("subscribe.nothing", announced, days=days))
    if seen.examples:
        entries = (Entry(paper, Kind.NEW, paper.version) for paper in seen.examples)
        items = tuple(item(number, entry, words) for number, entry in enumerate(entries, 1))
        yield Items(words("subscribe.examples"), words("column.tldr"), items)
    if unnamed:
        yield _note(words("subscribe.unnamed", categories=_names(unnamed)))
    if seen.unknown:
        yield _note(words("subscribe.missing", categories=_names(seen.unknown)))


def _names(categories: Sequence[str]) -> str:
    return clip(" ".join(categories), CATEGORIES_SHOWN)


def _paragraph(text: str) -> Paragraph:
    return Paragraph((Span(text),))


def _note(text: str) -> Note:
    return Note((Span(text),))
