"""A digest as the calls that post it on Discord: a notification, the list, cards in a thread."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, zip_longest

from formatters.discord import discord
from formatters.discord_components import button_row, fitted, quiet
from formatters.document import (
    Action,
    Actions,
    Block,
    Card,
    Document,
    Heading,
    Item,
    Items,
    Span,
    Spans,
)
from formatters.text import ELLIPSIS, clip
from formatters.words import Words, words
from storage.models import PDF_URL, Call, Json, Room

NAME_CHARACTERS = 100
"""Of a thread or a post: https://docs.discord.com/developers/resources/channel."""

CONTENT_CHARACTERS = 2000
"""Of a message that is no container: https://docs.discord.com/developers/resources/message."""

AUTHORS_CHARACTERS = 48
"""Of the authors in the list: with the facts before them one line of a window."""

PAPER_ID = re.compile(r"[A-Za-z0-9.-]{1,20}(/\d{7})?(v\d{1,4})?")
"""What can stand in a command line and an address: https://info.arxiv.org/help/arxiv_identifier."""

AT_ONCE = frozenset({"collapsed", "each"})
"""Details of which every paper's card is sent with the digest."""

THREADED = frozenset({Room.GROUP, Room.CHANNEL})
"""Where a message can have a thread."""


def discord_digest(document: Document, line: str, room: Room, details: str) -> tuple[Call, ...]:
    """The calls that post a digest, in order; none for a document that shows nothing.

    `document` holds the list and the cards; `line` is the notification, in markdown; `details` is
    a chat's setting. A message of components alone notifies without a text, so that the line is
    posted first and then edited into the list.
    """
    texts = words(document.language)
    parts = discord(_list(document, texts, on_demand=details == "on_demand" and room in THREADED))
    if not parts:
        return ()
    wanted = _cards(document) if details in AT_ONCE else ()
    cards = [body for card in wanted for body in discord(_shown(card, texts))]
    name = fitted(_name(document), NAME_CHARACTERS)
    about = 0 if room is Room.FORUM else None
    calls = [*_opening(document, parts[0], line, room, name, texts)]
    calls += (Call("message", body, about) for body in parts[1:])
    if cards and room in THREADED:
        about = len(calls)
        calls.append(Call("thread", {"name": name}, 0))
    calls += (Call("message", body, about) for body in cards)
    if room is Room.CHANNEL:
        calls.append(Call("crosspost", {}, 0))
    return tuple(calls)


def discord_thread(document: Document, message: str) -> tuple[Call, ...]:
    """The calls that post a digest's cards in a thread of a message that is there already."""
    texts = words(document.language)
    name = fitted(_name(document), NAME_CHARACTERS)
    thread = Call("thread", {"name": name, "message_id": message})
    cards = (body for card in _cards(document) for body in discord(_shown(card, texts)))
    return thread, *(Call("message", body, 0) for body in cards)


def _opening(
    document: Document, body: Json, line: str, room: Room, name: str, texts: Words
) -> Iterator[Call]:
    """A forum's post, or a message that is a line first; its button marks it as ours."""
    if room is Room.FORUM:
        yield Call("post", {"name": name, "message": body, "tags": _tags(document)})
        return
    button = Action(texts("discord_message.show"), "digest")
    content = clip(line, CONTENT_CHARACTERS) or name
    row = button_row([(1, button)])
    yield Call("message", quiet({"content": content, "components": [row]}))
    yield Call("edit", {"content": None, **body}, 0)


def _list(document: Document, texts: Words, *, on_demand: bool) -> Document:
    """The document without its cards, with what opens papers below the table."""
    cards = {card.number: card for card in _cards(document)}
    blocks = tuple(
        replace(block, items=tuple(_with_authors(item, cards) for item in block.items))
        if isinstance(block, Items)
        else block
        for block in _without_cards(document.blocks)
    )
    items = [item for block in blocks if isinstance(block, Items) for item in block.items]
    openers = tuple(action for item in items for action in _opener(item))
    thread = Action(texts("discord_message.thread"), "thread", strong=True)
    rows = (openers, (thread,) if on_demand and cards else ())
    return replace(document, blocks=(*blocks, Actions(rows)))


def _without_cards(blocks: Sequence[Block]) -> Iterator[Block]:
    """All but the cards and their headings."""
    for block, after in zip_longest(blocks, blocks[1:]):
        heads = isinstance(block, Heading) and isinstance(after, Card)
        if not heads and not isinstance(block, Card):
            yield block


def _cards(document: Document) -> tuple[Card, ...]:
    return tuple(block for block in document.blocks if isinstance(block, Card))


def _with_authors(item: Item, cards: dict[int | None, Card]) -> Item:
    """A row that also tells the first authors, as its card does."""
    authors = _first(cards[item.number].authors) if item.number in cards else ""
    return replace(item, facts=(*item.facts, Span(authors))) if authors else item


def _first(authors: str) -> str:
    """As many whole names as one line holds, but at least the beginning of one."""
    if len(authors) <= AUTHORS_CHARACTERS:
        return authors
    names = authors[:AUTHORS_CHARACTERS].rpartition(", ")[0]
    return f"{names}, {ELLIPSIS}" if names else clip(authors, AUTHORS_CHARACTERS)


def _opener(item: Item) -> Iterator[Action]:
    if paper_id := _paper_id(item.facts):
        yield Action(str(item.number), f"paper {paper_id}")


def _shown(card: Card, texts: Words) -> Document:
    """A card with its buttons."""
    return Document(texts.language, (card, Actions((tuple(_buttons(card, texts)),))))


def _buttons(card: Card, texts: Words) -> Iterator[Action]:
    paper_id = _paper_id(card.facts)
    if paper_id:
        yield Action(texts("paper.save"), f"save {paper_id}")
        yield Action(texts("paper.similar"), f"similar {paper_id}")
        yield Action(texts("paper.pdf"), url=PDF_URL + paper_id)
    if card.title.url:
        yield Action(texts("discord_message.page"), url=card.title.url)


def _paper_id(facts: Spans) -> str:
    """The id with its version, which is always the first fact; empty where there is none."""
    found = PAPER_ID.fullmatch(facts[0].text) if facts and facts[0].code else None
    return found[0] if found else ""


def _name(document: Document) -> str:
    """The text of the first heading, with the days in it."""
    return next((block.text for block in document.blocks if isinstance(block, Heading)), "")


def _tags(document: Document) -> list[str]:
    """The categories of the listed papers, the most frequent first."""
    items = (block.items for block in document.blocks if isinstance(block, Items))
    facts = (item.facts[1:2] for item in chain.from_iterable(items))
    names = (name for found in facts for fact in found if fact.code for name in _names(fact))
    return [name for name, _ in Counter(names).most_common()]


def _names(categories: Span) -> list[str]:
    return [name.strip() for name in categories.text.split(",")]
