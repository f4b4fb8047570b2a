"""One name for each form that a digest can be written in."""

from dataclasses import dataclass

from formatters.views import digest_view, explain_view
from formatters.words import words
from storage.models import Digest


@dataclass(frozen=True, slots=True)
class Window:
    """What text for a terminal has to fit: `width` in cells, and whether it shows colours."""

    width: int
    colour: bool


def written(digest: Digest, form: str, window: Window, details: bool, explain: bool) -> str:
    """Write a digest as `terminal`, `markdown`, `json` or `rss` (which is an Atom feed).

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
