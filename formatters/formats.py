"""One name for each form that a digest can be written in."""

import json
from dataclasses import dataclass

from formatters.document import Document
from formatters.views import digest_view, explain_view, notification
from formatters.words import words
from storage.models import Digest, Json, Room, Settings


@dataclass(frozen=True, slots=True)
class Window:
    """What text for a terminal has to fit: `width` in cells, and whether it shows colours."""

    width: int
    colour: bool


def written(digest: Digest, form: str, window: Window, details: bool, explain: bool) -> str:
    """Write a digest as `terminal`, `markdown`, `json`, `rss` (which is an Atom feed) or messages.

    Messages (`telegram`, `telegram-rich`, `discord`) are a JSON array of what the platform would be
    sent.
    `details` adds every paper's card and `explain` every announced row to what a terminal shows;
    JSON carries the rows as data. Raises KeyError for another form.
    """
    match form:
        case "terminal":
            return _terminal(digest, window, details, explain)
        case "markdown":
            from formatters.markdown import markdown

            return markdown(digest)
        case "json":
            from formatters.json import digest_json

            return digest_json(digest, explain=explain)
        case "rss":
            from formatters.feed import feed

            return feed(digest)
        case "telegram" | "telegram-rich" | "discord":
            return json.dumps(_bodies(digest, form), ensure_ascii=False, indent=2)
        case _:
            raise KeyError(form)


def explanation(digest: Digest, window: Window) -> str:
    """Write what became of every announced row."""
    from formatters.terminal import terminal

    document = explain_view(digest, words(digest.language))
    return terminal(document, window.width, window.colour)


def _terminal(digest: Digest, window: Window, details: bool, explain: bool) -> str:
    from formatters.terminal import terminal

    document = digest_view(digest, words(digest.language), details=details)
    table = terminal(document, window.width, window.colour)
    return f"{table}\n{explanation(digest, window)}" if explain else table


def _bodies(digest: Digest, form: str) -> list[Json]:
    """The bodies of the requests, without the chat."""
    document = digest_view(digest, words(digest.language))
    if form == "discord":
        return _discord(digest, document)
    if form == "telegram":
        from formatters.telegram import telegram as formatter
    else:
        from formatters.telegram_rich import telegram_rich as formatter
    return [message.body for message in formatter(document)]


def _discord(digest: Digest, document: Document) -> list[Json]:
    """All messages to a text channel and to the digest's thread in it."""
    from formatters.discord_digest import discord_digest

    line = notification(digest, words(digest.language))
    calls = discord_digest(document, line, Room.GROUP, Settings().details)
    return [call.body for call in calls if call.method in ("message", "edit")]
