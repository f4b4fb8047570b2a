"""Everything that Paperboy raises on purpose, with texts written for people.

    PaperboyError               something failed                        exit code 1
    ├── UsageError              what was asked cannot be                exit code 2
    │   ├── ConfigError         a key in the configuration
    │   ├── QueryError          a query, with the place that is wrong
    │   └── BadPaperId          not an arXiv identifier
    ├── ModelUnavailable        no answer from the language model
    └── SourceError             arXiv, or a file in its place
        ├── FeedRefused         arXiv answered with an error feed
        ├── NotAFeed            something else than a feed, such as HTML
        ├── FeedTruncated       a feed that ends too early
        ├── FeedTooLarge        more than a feed may hold
        ├── BadRow              a row of a feed or archive that describes no paper
        ├── ArxivUnavailable    no answer, or told to come back later
        └── PaperNotFound       a well-formed id that arXiv does not know

The database's errors have a tree of their own in `storage/errors.py`.
"""


class PaperboyError(Exception):
    """Something failed; the text is one line that says what to do."""


class UsageError(PaperboyError):
    """What was asked cannot be done as asked; the text says what would work."""


class ConfigError(UsageError):
    """The configuration is wrong: which key, and what was expected."""


class QueryError(UsageError):
    """A query that cannot be read.

    `position` is the index of the first character of the offending token (0-based, in code
    points); `text` is the query as it was given.
    """

    def __init__(self, problem: str, text: str, position: int) -> None:
        super().__init__(f"cannot read the query, character {position + 1}: {problem}")
        self.problem = problem
        self.text = text
        self.position = position


class BadPaperId(UsageError):
    """Not an arXiv identifier in any form."""


class ModelUnavailable(PaperboyError):
    """The language model's server gave no usable answer; what was to be asked stays unasked."""


class SourceError(PaperboyError):
    """arXiv, or a file that stands in for it, did not give what was asked."""


class FeedRefused(SourceError):
    """arXiv answered with an error feed; the text quotes its reason."""


class NotAFeed(SourceError):
    """Something came that is no announcement feed, such as an HTML page."""


class FeedTruncated(SourceError):
    """The feed ends in the middle or is not well-formed; nothing of it is used."""


class FeedTooLarge(SourceError):
    """The answer is larger than any feed of arXiv; it was not read to the end."""


class BadRow(SourceError):
    """A row of a feed or an archive that describes no paper; the text says what it lacks."""


class ArxivUnavailable(SourceError):
    """arXiv gave no usable answer; `retry_after` is in seconds where it said when to come back."""

    def __init__(self, problem: str, retry_after: float | None = None) -> None:
        super().__init__(problem)
        self.retry_after = retry_after


class PaperNotFound(SourceError):
    """The identifier is well-formed, but arXiv has no such paper."""
