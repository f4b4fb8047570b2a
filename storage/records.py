"""The words of the bot's bookkeeping: how far everything has come, and what each slot brought."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from storage.models import Address, Chat, Kind, Subscription


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a subscription has come.

    Its next digest, that of `slot`, is to be made at `due`, which is later where quiet hours hold
    it back; both are None before they were worked out, and must be worked out anew where somebody
    `changed` something (so many times since). The digest holds what was announced for days later
    than `since` (None: not worked out yet) and arrived after `cursor`, a count of all arrivals.
    `acquainted`: something is known of the chat beside its address.
    """

    subscription: Subscription
    chat: Chat
    slot: datetime | None = None
    due: datetime | None = None
    changed: int = 1
    since: date | None = None
    cursor: int = 0
    acquainted: bool = True


@dataclass(frozen=True, slots=True)
class Intake:
    """How far the announcements of a category have been read.

    `settled` is the newest day whose batch is known, or known to be empty. `outcome` and `message`
    tell what the last question to arXiv brought; `failures` counts the ones in vain since then.
    """

    category: str
    settled: date | None
    outcome: str
    message: str
    asked_at: datetime
    failures: int = 0


class SlotOutcome(StrEnum):
    """What became of a slot of a subscription."""

    POSTED = "posted"
    UNMATCHED = "unmatched"
    SILENT = "silent"
    """arXiv announced nothing in the query's categories, or nothing in time."""


@dataclass(frozen=True, slots=True)
class Posted:
    """One paper of a digest as it went to a chat."""

    paper_id: str
    version: int
    kind: Kind
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DigestRecord:
    """What is kept of a slot: enough to tell later what became of every paper, and why.

    What it looked at was announced for days after `since` and had a count of arrivals over
    `after` and up to `cursor`: `announced` papers, of which `matched` met the query.
    """

    subscription: int
    chat: Address
    query: str
    language: str
    kinds: tuple[Kind, ...]
    limit: int
    slot: datetime
    made: datetime
    since: date
    after: int
    cursor: int
    announced: int
    matched: int
    outcome: SlotOutcome
    posted: tuple[Posted, ...] = ()
    number: int = 0
