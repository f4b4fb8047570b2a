"""A digest as the calls that bring it to a chat, in the form of its platform; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.delivery.settlement import FALLBACK
from bot.digest.terms import Terms
from formatters.discord_digest import discord_digest
from formatters.document import Actions, Block, Document, Heading
from formatters.entries import card
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
FILE_NAME_CHARACTERS = 50  # at most 200 of the 255 bytes that file systems allow


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
    moment = _file_moment(slot.astimezone(terms.zone)) if slot else ""
    return Look(platform, room, terms.form, terms.details, file_name(name), moment)


def file_name(name: str) -> str:
    """A channel's name as the beginning of a file's: short, visible, and in its folder."""
    signs = (sign if sign.isprintable() and sign not in "/\\" else "-" for sign in name)
    shown = "".join(signs)[:FILE_NAME_CHARACTERS]
    return f"-{shown[1:]}" if shown.startswith(".") else shown


def _file_moment(moment: datetime) -> str:
    """The minute, and for a digest outside the schedule the second, so that none is replaced."""
    return f"{moment:%Y-%m-%d-%H%M%S}" if moment.second else f"{moment:%Y-%m-%d-%H%M}"


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
    """The table with the buttons that open its papers, then the details."""
    texts = words(digest.language)
    table = digest_view(_headed(digest), texts, details=False)
    if look.details != "none":
        buttons = Actions(number_buttons([one.paper.id for one in digest.entries]))
        table = replace(table, blocks=(*table.blocks, buttons))
    heading = Heading(texts("digest.details"), level=2)
    cards = [card(number, one, texts) for number, one in enumerate(digest.entries, 1)]
    parts: list[tuple[Block, ...]] = []
    if look.details == "collapsed":
        parts = [(heading, *cards)]
    elif look.details == "each":
        parts = [(one,) for one in cards]
    documents = [table, *(replace(table, blocks=blocks) for blocks in parts)]
    classic = _ringing(message for one in documents for message in telegram(one))
    if look.form == "rich":
        details: tuple[Block, ...] = (heading, *cards) if parts else ()
        return _rich(replace(table, blocks=(*table.blocks, *details)), classic)
    return classic


def _rich(document: Document, classic: Sequence[Call]) -> tuple[Call, ...]:
    """Rich messages; the first carries the classic ones, for a server that knows no others."""
    first, *others = _ringing(telegram_rich(document))
    fallback = [{"method": one.method, "body": one.body} for one in classic]
    first = replace(first, body=first.body | {FALLBACK: fallback})
    return first, *(replace(other, about=0) for other in others)


def _ringing(messages: Iterable[Message]) -> tuple[Call, ...]:
    """The calls that send messages; only the first one rings."""
    silent = {"disable_notification": True}
    return tuple(
        Call(message.method, {**message.body, **(silent if number else {})})
        for number, message in enumerate(messages)
    )


def _files(digest: Digest, look: Look) -> tuple[Call, ...]:
    """The digest as a file of its own, and the channel's newest one as a feed."""
    return (
        Call("file", {"name": f"{look.name}-{look.slot}.md", "content": markdown(digest)}),
        Call("file", {"name": f"{look.name}.atom", "content": feed(digest)}),
    )


def _headed(digest: Digest) -> Digest:
    return replace(digest, query=clip(digest.query, QUERY_SHOWN))
