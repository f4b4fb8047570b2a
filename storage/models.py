"""The words of the project as frozen dataclasses: papers, announcements, summaries, digests.

Every other module speaks in these. They hold text exactly as arXiv serves it (ASCII with TeX);
making it readable is the formatters' job.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

ABS_URL = "https://arxiv.org/abs/"
PDF_URL = "https://arxiv.org/pdf/"


class Kind(StrEnum):
    """Why arXiv announces a paper; the members stand in the order of arXiv's own listings."""

    NEW = "new"
    CROSS = "cross"
    REPLACE = "replace"
    REPLACE_CROSS = "replace-cross"

    @property
    def rank(self) -> int:
        """The place of this kind's section in a listing, 0 first."""
        return list(Kind).index(self)


class Origin(StrEnum):
    """Who wrote a summary: a language model, this program's own extraction, or an imported file."""

    MODEL = "model"
    EXTRACTED = "extracted"
    IMPORTED = "imported"


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper as arXiv describes it.

    `id` carries no version (`2401.00001`, `math/0611800`). `categories` begins with the primary
    one and may be empty for papers known only from an old digest, as may `authors`.
    `abstract_complete` is False where a source cut the abstract. `licence` is a URI.
    """

    id: str
    version: int
    title: str
    abstract: str
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    comment: str | None = None
    doi: str | None = None
    journal_ref: str | None = None
    licence: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    abstract_complete: bool = True

    @property
    def primary(self) -> str | None:
        """The primary category, or None where no category is known."""
        return self.categories[0] if self.categories else None

    @property
    def abs_url(self) -> str:
        """The abstract page of the newest version."""
        return ABS_URL + self.id

    @property
    def pdf_url(self) -> str:
        """The PDF of the newest version."""
        return PDF_URL + self.id


@dataclass(frozen=True, slots=True)
class Announcement:
    """One row of one category's batch: this version of this paper, on this day, for this reason.

    `day` is arXiv's date of the batch (US/Eastern); `position` counts rows from 0 in feed order.
    """

    paper_id: str
    version: int
    category: str
    day: date
    kind: Kind
    position: int


@dataclass(frozen=True, slots=True)
class Batch:
    """What arXiv announced in one category on one day: how many rows, and when we stored them."""

    category: str
    day: date
    rows: int
    stored_at: datetime


@dataclass(frozen=True, slots=True)
class Announced:
    """A paper together with every announcement of it within a window, at least one."""

    paper: Paper
    announcements: tuple[Announcement, ...]

    @property
    def leading(self) -> Announcement:
        """The announcement that counts: the first kind in arXiv's order, then the first row."""
        return min(
            self.announcements, key=lambda one: (one.kind.rank, one.day, one.position, one.category)
        )


@dataclass(frozen=True, slots=True)
class Summary:
    """What readers of one language get to read about one version of a paper.

    Each text may be missing (None). `language` is a two-letter code; `model` names the language
    model where one wrote it.
    """

    paper_id: str
    version: int
    language: str
    title: str | None = None
    tldr: str | None = None
    abstract: str | None = None
    origin: Origin = Origin.MODEL
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One paper in a digest: where it was announced, how it scored and why, and its summary.

    `link` overrides the abstract page where an imported digest had another one.
    `version` is the announced version, which may be older than the paper's newest.
    """

    paper: Paper
    kind: Kind
    version: int
    score: float = 0.0
    reason: str = ""
    summary: Summary | None = None
    link: str | None = None

    @property
    def url(self) -> str:
        """Where the title leads."""
        return self.link or self.paper.abs_url


class State(StrEnum):
    """Where an announced paper ended for one digest; each row of a batch is in exactly one."""

    POSTED = "posted"
    FILTERED = "filtered"
    SEEN = "seen"
    OVER_LIMIT = "over_limit"
    WAITING = "waiting"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True)
class Decision:
    """One announced row, the state it ended in, and the reason in words."""

    announcement: Announcement
    title: str
    state: State
    reason: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """What became of every announced row of a window, in feed order.

    Where thousands of digests are made at once there are only `totals`: rows by state.
    """

    decisions: tuple[Decision, ...] = ()
    totals: tuple[tuple[State, int], ...] = ()

    @property
    def announced(self) -> int:
        """The number of announced rows, which is the sum over all states."""
        return sum(self.counts().values())

    def count(self, state: State) -> int:
        """How many rows ended in `state`."""
        return self.counts()[state]

    def counts(self) -> dict[State, int]:
        """Every state with the number of rows that ended in it."""
        counted = Counter(decision.state for decision in self.decisions)
        return {state: counted[state] for state in State} | dict(self.totals)


@dataclass(frozen=True, slots=True)
class Digest:
    """What one reader gets: the chosen entries in order, and an account of all the others.

    `query` is in canonical form. `batches` are the category days that were looked at.
    """

    query: str
    language: str
    batches: tuple[tuple[str, date], ...] = ()
    entries: tuple[Entry, ...] = ()
    coverage: Coverage = field(default_factory=Coverage)


class Platform(StrEnum):
    """Where people talk to the bot, and where digests go."""

    TELEGRAM = "telegram"
    DISCORD = "discord"
    CONSOLE = "console"
    FILE = "file"


class Room(StrEnum):
    """What kind of place a chat is; outside private ones, settings are for administrators.

    A channel is where only its owners write: on Discord an announcement channel. In a forum every
    digest is a post of its own; a thread is one of Discord's.
    """

    PRIVATE = "private"
    GROUP = "group"
    CHANNEL = "channel"
    FORUM = "forum"
    THREAD = "thread"


@dataclass(frozen=True, slots=True)
class Address:
    """Which chat: the platform's own id, and a topic or thread inside it (empty: none)."""

    platform: Platform
    id: str
    thread: str = ""

    def __str__(self) -> str:
        return f"{self.platform}:{self.id}" + (f"/{self.thread}" if self.thread else "")


ANNOUNCEMENT = "announcement"  # a time of day that means: as soon as the batch is out
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a chat has chosen; None means: what the configuration says.

    `at` is `HH:MM` in the chat's zone, or `announcement`; `quiet` are two such times between
    which nothing is sent. `form` is classic or rich, `details` collapsed, each, on_demand or none.
    `links`: whether a bare arXiv link in a group is answered.
    """

    language: str | None = None
    timezone: str | None = None
    at: str = "09:00"
    days: tuple[str, ...] = DAYS
    limit: int = 20
    form: str = "classic"
    details: str = "collapsed"
    kinds: tuple[Kind, ...] = (Kind.NEW, Kind.CROSS)
    quiet: tuple[str, str] | None = None
    links: bool = False


@dataclass(frozen=True, slots=True)
class Chat:
    """A place where the bot talks. `paused` says why nothing is sent there, None if it is."""

    address: Address
    room: Room = Room.PRIVATE
    title: str = ""
    settings: Settings = field(default_factory=Settings)
    paused: str | None = None


@dataclass(frozen=True, slots=True)
class Subscription:
    """A query that a chat gets digests for; None means: what the chat's settings say.

    `number` is unique over all chats; `query` is in canonical form. `channel` names the configured
    channel that it comes from, empty where people made it in chat; those alone may have a
    `timezone`, `form` and `details` of their own.
    """

    number: int
    chat: Address
    query: str
    at: str | None = None
    days: tuple[str, ...] | None = None
    limit: int | None = None
    language: str | None = None
    active: bool = True
    channel: str = ""
    timezone: str | None = None
    form: str | None = None
    details: str | None = None


Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a platform, rendered beforehand: a method and its parameters but for the place.

    `about` is the place (from 0), among the calls that go together, of an earlier one whose result
    this one needs: the message to edit or to crosspost, the thread to post in.
    """

    method: str
    body: Json
    about: int | None = None
