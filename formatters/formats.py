"""One name for each form that a digest can be written in."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from formatters.views import digest_view, explain_view
from formatters.words import words
from storage.models import Digest

if TYPE_CHECKING:
    from formatters.telegram import Message


@dataclass(frozen=True, slots=True)
class Window:
    """What text for a terminal has to fit: `width` in cells, and whether it shows colours."""

    width: int
    colour: bool


def written(digest: Digest, form: str, window: Window, details: bool, explain: bool) -> str:
    """Write a digest as `terminal`, `markdown`, `json`, `rss` (which is an Atom feed) or messages.

    Messages (`telegram`, `telegram-rich`) are a JSON array of what the platform would be sent.
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
        case "telegram":
            from formatters.telegram import telegram

            return _bodies(telegram(digest_view(digest, words(digest.language))))
        case "telegram-rich":
            from formatters.telegram_rich import telegram_rich

            return _bodies(telegram_rich(digest_view(digest, words(digest.language))))
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


def _bodies(messages: "tuple[Message, ...]") -> str:
    """The bodies of the requests, without the chat."""
    return json.dumps([message.body for message in messages], ensure_ascii=False, indent=2)
