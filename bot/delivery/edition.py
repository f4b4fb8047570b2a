"""One subscription's digest on its way: what is due, what was chosen, what is kept of it; pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.delivery.agenda import Opened
from bot.delivery.render import Look, look_of
from bot.delivery.windows import LOOKED_BACK
from bot.digest.build import Choice
from bot.digest.calendar import latest_batch_day
from bot.digest.candidates import Found, Search, Window
from bot.digest.parser import parse_stored
from bot.digest.terms import Terms
from storage.digests import Turn
from storage.models import Address, Chat, Coverage, Digest, Entry
from storage.records import DigestRecord, Posted, SlotOutcome, Standing


@dataclass(frozen=True, slots=True)
class Due:
    """A subscription whose digest is to be made: its terms, its slot and where its query looks."""

    standing: Standing
    terms: Terms
    slot: Opened
    categories: tuple[str, ...]

    @property
    def chat(self) -> Address:
        """Where the digest goes."""
        return self.standing.chat.address

    @property
    def query(self) -> str:
        """The query in canonical form."""
        return self.standing.subscription.query

    @property
    def since(self) -> date:
        """The day up to which announcements do not count."""
        return self.standing.since or date.max

    def within(self, chat: Chat) -> "Due":
        """The same, with the chat as its platform describes it."""
        return replace(self, standing=replace(self.standing, chat=chat, acquainted=True))

    def search(self) -> Search:
        """What is looked for; raises QueryError."""
        return parse_stored(self.query), self.categories

    def look(self) -> Look:
        """What its digest looks like."""
        chat, name = self.standing.chat, self.standing.subscription.channel
        return look_of(chat.address.platform, chat.room, self.terms, name, self.slot.slot)


@dataclass(frozen=True, slots=True)
class Made:
    """What was found for a subscription in a window, and chosen of it."""

    due: Due
    window: Window
    found: Found
    choice: Choice

    @property
    def shared(self) -> object:
        """All that decides what the messages say: where it is equal, they are."""
        rows = tuple(one.leading for one in self.choice.chosen)
        counts = tuple(self.choice.counts(self.found).items())
        where = (self.due.query, self.due.categories, self.window)
        return *where, rows, counts, self.due.terms.language, self.due.look()

    def digest(self, chosen: Sequence[Entry]) -> Digest:
        """The digest with its entries; its days are those on which what was found came."""
        batches = {
            (row.category, row.day)
            for candidate in self.found.candidates
            for row in candidate.announced.announcements
        }
        return Digest(
            query=self.due.query,
            language=self.due.terms.language,
            batches=tuple(sorted(batches, key=lambda one: (one[1], one[0]))),
            entries=tuple(chosen),
            coverage=Coverage(totals=tuple(self.choice.counts(self.found).items())),
        )

    def turn(self, until: int) -> Turn:
        """The next slot; what was announced long before this one is not looked at again."""
        slot, following = self.due.slot.slot, self.due.slot.following
        since = max(self.due.since, latest_batch_day(slot) - LOOKED_BACK)
        return Turn(following.slot, following.moment, since, until)

    def record(self, until: int, now: datetime) -> DigestRecord:
        """What is kept of the slot."""
        due, standing = self.due, self.due.standing
        return DigestRecord(
            subscription=standing.subscription.number,
            chat=due.chat,
            query=due.query,
            language=due.terms.language,
            kinds=due.terms.kinds,
            limit=due.terms.limit,
            slot=standing.slot or due.slot.slot,
            made=now,
            since=due.since,
            after=standing.cursor,
            cursor=until,
            announced=self.found.papers,
            matched=len(self.found.candidates),
            outcome=self._outcome(),
            posted=tuple(
                Posted(row.paper_id, row.version, row.kind, candidate.rating.reason)
                for candidate in self.choice.chosen
                for row in (candidate.leading,)
            ),
        )

    def _outcome(self) -> SlotOutcome:
        if self.choice.chosen:
            return SlotOutcome.POSTED
        return SlotOutcome.UNMATCHED if self.found.papers else SlotOutcome.SILENT
