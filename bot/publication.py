"""Some configured channels, built and delivered now: what to make, what is left, what became of it.

What happens when the process is killed: a digest is in the outbox as a whole or not at all. What is
in the outbox is delivered by whoever works with it next, and what is not is made then.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.commands.request import Services
from bot.delivery.channels import bring_up_to_date
from bot.delivery.polling import FAILED, Polling, next_question
from bot.delivery.tick import Tick
from bot.digest.parser import parse_stored
from bot.digest.scope import looked_in
from bot.progress import Step
from storage.deliveries import Delivery, DeliveryState
from storage.models import Platform, Subscription
from storage.records import DigestRecord, SlotOutcome, Standing

PATIENCE = 900.0  # seconds that deliveries get; the rest waits for whoever is next
LOOK_EVERY = 0.2  # seconds between looks at what is delivered
MOST_RECORDS = 100  # of a chat, among which is what was just made: one for each of its channels
TRIED_AGAIN = timedelta(days=3)  # what failed so lately; news that are older are none

OPEN = (DeliveryState.QUEUED, DeliveryState.SENDING)


@dataclass(frozen=True, slots=True)
class Published:
    """What became of one target of a channel, in words."""

    channel: str
    target: str
    delivered: bool
    text: str


@dataclass(frozen=True, slots=True)
class Errand:
    """What is to be delivered to one target.

    `left` are the digests of before that were not all delivered; `made` is what the slot of now
    brought, None where it could not be made. `trouble` is what arXiv gave no answer about.
    """

    standing: Standing
    left: tuple[int, ...]
    made: DigestRecord | None
    trouble: str = ""

    @property
    def platform(self) -> Platform:
        """Where it goes."""
        return self.standing.subscription.chat.platform

    @property
    def digests(self) -> tuple[int, ...]:
        """The numbers of all digests that are to be delivered."""
        return (*self.left, *((self.made.number,) if self.made else ()))


class Publication:
    """Builds and delivers channels with what fills the outbox; somebody else has to drain it.

    `given_up` tells of platforms that let nobody in, and why.
    """

    def __init__(
        self,
        services: Services,
        tick: Tick,
        polling: Polling,
        given_up: Mapping[Platform, str],
    ) -> None:
        self._services = services
        self._tick = tick
        self._polling = polling
        self._given_up = given_up

    async def make(self, names: Collection[str], step: Step) -> tuple[Errand, ...]:
        """Ask arXiv where it may have news, and fill the outbox.

        An empty `names` stands for all channels. Raises ConfigError where a query is wrong.
        """
        store, now = self._services.store, self._services.clock.now()
        every = await bring_up_to_date(store, self._services.config)
        standings = [one for one in every if not names or one.subscription.channel in names]
        left = [await self._left_over(one.subscription) for one in standings]
        await self._ask(standings, step)
        step("building the digests")
        await self._tick.make_now([one.subscription.number for one in standings])
        errands = []
        for standing, numbers in zip(standings, left, strict=True):
            made = await self._made(standing.subscription, now)
            errands.append(Errand(standing, numbers, made, await self._trouble(standing)))
        return tuple(errands)

    async def delivered(self, errands: Sequence[Errand], step: Step) -> None:
        """Wait until nothing of these waits any more that could be sent, or patience ends."""
        clock, started = self._services.clock, self._services.clock.monotonic()
        while clock.monotonic() - started < PATIENCE:
            hopeful = [one for one in errands if one.platform not in self._given_up]
            rows = [row for one in hopeful for row in await self._rows(one)]
            waiting = sum(row.state in OPEN for row in rows)
            if not waiting:
                return
            step("delivering", len(rows) - waiting, len(rows))
            await clock.sleep(LOOK_EVERY)

    async def told(self, errand: Errand) -> Published:
        """Say what became of one target."""
        rows = await self._rows(errand)
        text = self._setback(errand, rows) or errand.trouble
        delivered = not text
        papers = _papers(errand)
        if delivered:
            text = papers or _nothing(errand)
        elif papers and text == errand.trouble:
            text = f"{papers}, but {text}"
        subscription = errand.standing.subscription
        return Published(subscription.channel, str(subscription.chat), delivered, text)

    def _setback(self, errand: Errand, rows: Sequence[Delivery]) -> str:
        """Why not everything is delivered; empty where it is."""
        failed = [one for one in rows if one.state is DeliveryState.FAILED]
        waiting = [one for one in rows if one.state in OPEN]
        why = self._given_up.get(errand.platform, "")
        if failed:
            return f"not delivered: {failed[0].reason}"
        if waiting:
            why = why or next((one.reason for one in waiting if one.reason), "no time was left")
            return f"not delivered yet, which the next run goes on with: {why}"
        if errand.made is None:
            return why or _unmade(errand.platform)
        return ""

    async def _rows(self, errand: Errand) -> list[Delivery]:
        outbox = self._services.store.outbox
        return [row for number in errand.digests for row in await outbox.of_digest(number)]

    async def _left_over(self, subscription: Subscription) -> tuple[int, ...]:
        """The digests that were not all delivered; what failed lately is queued again.

        But not what may have arrived after all: that is the operator's to decide.
        """
        store, now = self._services.store, self._services.clock.now()
        unsent = await store.outbox.unsent(subscription.chat)
        found = []
        for number in sorted({one.digest for one in unsent if one.digest is not None}):
            record = await store.digests.digest(number)
            rows = [one for one in unsent if one.digest == number]
            waits = any(one.state in OPEN for one in rows)
            if record is None or record.subscription != subscription.number:
                continue
            if waits or record.made > now - TRIED_AGAIN:
                failed = [one for one in rows if one.state is DeliveryState.FAILED]
                await store.outbox.retry([one.number for one in failed if not one.uncertain], now)
                found.append(number)
        return tuple(found)

    async def _ask(self, standings: Sequence[Standing], step: Step) -> None:
        """Ask for every category that may have news, also where arXiv was asked in vain lately."""
        now = self._services.clock.now()
        intakes = await self._services.store.standings.intakes()
        wanted = sorted({name for standing in standings for name in self._categories(standing)})
        for done, category in enumerate(wanted):
            intake = intakes.get(category)
            in_vain = intake is not None and intake.outcome == FAILED
            if in_vain or next_question(intake, now) <= now:
                step(f"asking arXiv for {category}", done, len(wanted))
                await self._polling.ask(category)

    async def _made(self, subscription: Subscription, since: datetime) -> DigestRecord | None:
        """What a subscription's slot brought that was dealt with after a moment."""
        records = await self._services.store.digests.of_chat(subscription.chat, MOST_RECORDS)
        mine = (one for one in records if one.subscription == subscription.number)
        return next((one for one in mine if one.made >= since), None)

    async def _trouble(self, standing: Standing) -> str:
        """What arXiv gave no answer about."""
        intakes = await self._services.store.standings.intakes()
        states = [intakes.get(category) for category in self._categories(standing)]
        failed = (one for one in states if one is not None and one.outcome == FAILED)
        return next((f"{one.category}: {one.message}" for one in failed), "")

    def _categories(self, standing: Standing) -> tuple[str, ...]:
        return looked_in(self._services.config, parse_stored(standing.subscription.query))


def _papers(errand: Errand) -> str:
    """What was delivered; empty where that is nothing."""
    told = []
    if errand.left:
        told.append("what an earlier run had left over")
    if errand.made is not None and errand.made.outcome is SlotOutcome.POSTED:
        count = len(errand.made.posted)
        told.append(f"{count} paper{'s' if count != 1 else ''}")
    return f"delivered {' and '.join(told)}" if told else ""


def _nothing(errand: Errand) -> str:
    """Why there was nothing to deliver."""
    announced = errand.made.announced if errand.made else 0
    if not announced:
        return "nothing new was announced"
    return f"nothing new for it among {announced} announced papers"


def _unmade(platform: Platform) -> str:
    if platform is Platform.DISCORD:
        return "not delivered yet: Discord cannot be reached; run it again"
    return "the digest could not be made; run it again, and --debug shows why"
