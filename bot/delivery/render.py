"""A digest as the calls that bring it to a chat, in the form of its platform; pure."""

from dataclasses import dataclass, replace
from datetime import datetime

from bot.delivery.settlement import FALLBACK
from bot.digest.terms import Terms
from formatters.discord_digest import discord_digest
from formatters.document import Actions, Card, Document
from formatters.feed import feed
from formatters.markdown import markdown
from formatters.numbers import number_buttons
from formatters.telegram import Message, telegram
from formatters.telegram_rich import telegram_rich
from formatters.text import clip
from formatters.views import digest_view, notification
from formatters.words import words
from storage.models import Call, Digest, Platform, Room

QUERY_SHOWN = 200  # characters of a query in a heading


@dataclass(frozen=True, slots=True)
class Look:
    """All that decides, beside the digest, what is sent: equal looks share one rendering.

    `name` is what files are called after; `slot` is the moment that the digest is for.
    """

    platform: Platform
    room: Room
    form: str
    details: str
    name: str = ""
    slot: str = ""


def look_of(
    platform: Platform, room: Room, terms: Terms, name: str = "", slot: datetime | None = None
) -> Look:
    """The look of a subscription's digests; only files bear a name and a moment."""
    if platform is not Platform.FILE:
        return Look(platform, room, terms.form, terms.details)
    moment = f"{slot.astimezone(terms.zone):%Y-%m-%d-%H%M}" if slot else ""
    return Look(platform, room, terms.form, terms.details, name, moment)


def calls_for(digest: Digest, look: Look) -> tuple[Call, ...]:
    """The calls that bring a digest with entries to a chat, in order."""
    match look.platform:
        case Platform.TELEGRAM:
            return _telegram(digest, look)
        case Platform.DISCORD:
            texts = words(digest.language)
            document = digest_view(_headed(digest), texts)
            line = notification(_headed(digest), texts)
            return discord_digest(document, line, look.room, look.details)
        case Platform.FILE:
            return _files(digest, look)
        case Platform.CONSOLE:
            return ()


def _telegram(digest: Digest, look: Look) -> tuple[Call, ...]:
    """The table with its buttons, then the details; only the first message rings."""
    document = digest_view(_headed(digest), words(digest.language))
    cards = tuple(block for block in document.blocks if isinstance(block, Card))
    first = next((at for at, block in enumerate(document.blocks) if block in cards), None)
    table = document.blocks if first is None else document.blocks[: first - 1]
    heading = () if first is None else document.blocks[first - 1 : first]
    if look.details != "none":
        table = (*table, Actions(number_buttons([one.paper.id for one in digest.entries])))
    parts = [replace(document, blocks=table)]
    if look.details == "collapsed":
        parts.append(replace(document, blocks=(*heading, *cards)))
    elif look.details == "each":
        parts += [replace(document, blocks=(card,)) for card in cards]
    classic = [message for part in parts for message in telegram(part)]
    if look.form == "rich":
        whole = parts[0] if look.details in ("none", "on_demand") else document
        return _rich(whole, classic)
    return tuple(_ringing(number, message) for number, message in enumerate(classic))


def _rich(document: Document, classic: list[Message]) -> tuple[Call, ...]:
    """Rich messages; the first carries the classic ones, for a server that knows no others."""
    first, *others = (_ringing(number, one) for number, one in enumerate(telegram_rich(document)))
    instead = [_ringing(number, one) for number, one in enumerate(classic)]
    fallback = [{"method": one.method, "body": one.body} for one in instead]
    first = replace(first, body=first.body | {FALLBACK: fallback})
    return first, *(replace(other, about=0) for other in others)


def _ringing(number: int, message: Message) -> Call:
    silent = {"disable_notification": True} if number else {}
    return Call(message.method, {**message.body, **silent})


def _files(digest: Digest, look: Look) -> tuple[Call, ...]:
    """The digest as a file of its own, and the channel's newest one as a feed."""
    return (
        Call("file", {"name": f"{look.name}-{look.slot}.md", "content": markdown(digest)}),
        Call("file", {"name": f"{look.name}.atom", "content": feed(digest)}),
    )


def _headed(digest: Digest) -> Digest:
    return replace(digest, query=clip(digest.query, QUERY_SHOWN))
