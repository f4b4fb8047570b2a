"""`paperboy publish`: configured channels are built and delivered now, by whichever process may.

Where a bot runs on the same data, it is handed the work and waited for. What happens when this is
killed: what is in the outbox is delivered by the next run, and what is not is made by it.
"""

import asyncio
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

from bot.carriers import Carriers
from bot.commands.request import Services
from bot.delivery.channels import bring_up_to_date, wanted
from bot.delivery.outbox import Outbox
from bot.delivery.polling import Polling, next_question
from bot.delivery.tick import Tick
from bot.digest.parser import parse_stored
from bot.digest.scope import looked_in
from bot.errors import ConfigError, PaperboyError, UsageError
from storage.deliveries import DeliveryState
from storage.lock import AlreadyRunning, DeliveryLock
from storage.models import Platform, Subscription
from storage.records import SlotOutcome, Standing
from storage.store import LOCK_NAME, Store

PATIENCE = 900.0  # seconds that deliveries get; the rest waits for the next run
GRACE = 120.0  # seconds that a running bot gets besides, for arXiv and the model
LOOK_EVERY = 0.2  # seconds between looks at what is delivered
ASK_EVERY = 2.0  # seconds between looks at what other processes ask for

OPEN = (DeliveryState.QUEUED, DeliveryState.SENDING)


@dataclass(frozen=True, slots=True)
class Published:
    """What became of one target of a channel, in words."""

    channel: str
    target: str
    delivered: bool
    text: str


def chosen(
    targets: Sequence[Subscription], names: Sequence[str], known: Sequence[str]
) -> list[Subscription]:
    """The targets of the named channels, of all where none is named.

    Raises UsageError for a name that is not configured, ConfigError where nothing is.
    """
    if not known:
        raise ConfigError(
            "nothing to publish: expected a [[channels]] table in the configuration, with a name, a"
            " query and targets"
        )
    for name in names:
        if name not in known:
            raise UsageError(f"there is no channel {name!r}; configured: {', '.join(known)}")
    asked = names or known
    found = [one for one in targets if one.channel in asked]
    if not found:
        raise ConfigError(f"channel {', '.join(asked)}: expected targets, found none")
    return found


async def make(
    services: Services, tick: Tick, polling: Polling, names: Sequence[str]
) -> list[Standing]:
    """Ask arXiv where it may have news, and fill the outbox; returns the targets."""
    store, clock, config = services.store, services.clock, services.config
    every = await bring_up_to_date(store, config)
    standings = [one for one in every if not names or one.subscription.channel in names]
    intakes = await store.standings.intakes()
    queries = {parse_stored(one.subscription.query) for one in standings}
    for category in sorted({name for query in queries for name in looked_in(config, query)}):
        if next_question(intakes.get(category), clock.now()) <= clock.now():
            await polling.ask(category)
    await tick.make_now([one.subscription.number for one in standings])
    return standings


async def publish(services: Services, names: Sequence[str]) -> list[Published]:
    """Build and deliver some channels, here or in the bot that runs on the same data.

    Raises UsageError and ConfigError as `chosen` does, and PaperboyError where a running bot
    gives no answer.
    """
    known = [channel.name for channel in services.config.channels]
    chosen(list(wanted(services.config)), names, known)
    try:
        with DeliveryLock(services.config.data_dir / LOCK_NAME):
            return await publish_here(services, names)
    except AlreadyRunning:
        return await hand_over(services, names)


async def publish_here(services: Services, names: Sequence[str]) -> list[Published]:
    """Build and deliver some channels in this process, which has to hold the delivery lock."""
    store, clock, config = services.store, services.clock, services.config
    carriers = Carriers(services)
    outbox = Outbox(store.outbox, clock, carriers.by_platform())
    prepare = services.enricher.prepare if services.enricher else None
    tick = Tick(store, clock, config, outbox.wake, prepare, carriers.acquaint)
    polling = Polling(store, clock, config, services.fetcher, services.api)
    targets = chosen(list(wanted(config)), names, [one.name for one in config.channels])
    async with carriers.connected({one.chat.platform for one in targets}):
        standings = await make(services, tick, polling, names)
        stop = asyncio.Event()
        delivering = asyncio.create_task(outbox.run(stop))
        try:
            await delivered(services, standings, carriers.given_up)
        finally:
            stop.set()
            await delivering
    return [await told(services, one) for one in standings]


async def delivered(
    services: Services, standings: Sequence[Standing], given_up: Collection[Platform] = ()
) -> None:
    """Wait until nothing of these targets waits any more, or patience ends."""
    clock, started = services.clock, services.clock.monotonic()
    while clock.monotonic() - started < PATIENCE:
        hopeful = [one for one in standings if one.subscription.chat.platform not in given_up]
        if not any([await _waiting(services.store, one) for one in hopeful]):
            return
        await clock.sleep(LOOK_EVERY)


async def told(services: Services, standing: Standing) -> Published:
    """Say what became of one target."""
    subscription, store = standing.subscription, services.store
    name, target = subscription.channel, str(subscription.chat)
    newest = [
        one
        for one in await store.digests.of_chat(subscription.chat, 20)
        if one.subscription == subscription.number
    ]
    if not newest:
        return Published(name, target, delivered=False, text="the digest could not be made")
    record = newest[0]
    deliveries = [one for each in newest[:5] for one in await store.outbox.of_digest(each.number)]
    failed = [one for one in deliveries if one.state is DeliveryState.FAILED]
    waiting = [one for one in deliveries if one.state in OPEN]
    if failed:
        return Published(name, target, delivered=False, text=f"failed: {failed[0].reason}")
    if waiting:
        why = waiting[0].reason or "not delivered yet"
        return Published(name, target, delivered=False, text=f"{why}; run it again to go on")
    if record.outcome is SlotOutcome.POSTED:
        return Published(name, target, delivered=True, text=f"{len(record.posted)} papers")
    if record.outcome is SlotOutcome.UNMATCHED:
        text = f"nothing new among {record.announced} announced papers"
        return Published(name, target, delivered=True, text=text)
    trouble = await _trouble(services, standing)
    return Published(name, target, delivered=not trouble, text=trouble or "nothing new announced")


async def _trouble(services: Services, standing: Standing) -> str:
    """Why it may be that nothing was announced: arXiv gave no answer."""
    query = parse_stored(standing.subscription.query)
    intakes = await services.store.standings.intakes()
    states = [intakes.get(one) for one in looked_in(services.config, query)]
    return next((one.message for one in states if one and one.outcome == "failed"), "")


async def _waiting(store: Store, standing: Standing) -> bool:
    for record in await store.digests.of_chat(standing.subscription.chat, 5):
        rows = await store.outbox.of_digest(record.number)
        if any(one.state in OPEN for one in rows):
            return True
    return False


async def hand_over(services: Services, names: Sequence[str]) -> list[Published]:
    """Let the running bot do it, and wait for its answer; raises PaperboyError without one."""
    store, clock = services.store, services.clock
    number = await store.requests.put(json.dumps(list(names)), clock.now())
    started = clock.monotonic()
    try:
        while clock.monotonic() - started < PATIENCE + GRACE:
            answer = await store.requests.answered(number)
            if answer is not None:
                return read_answer(answer)
            await clock.sleep(LOOK_EVERY)
    finally:
        await store.requests.withdraw(number)
    raise PaperboyError("the bot that runs on the same data gives no answer; look at its log")


def read_answer(text: str) -> list[Published]:
    """Read what a running bot answered; raises PaperboyError where it failed."""
    content = json.loads(text)
    if isinstance(content, str):
        raise PaperboyError(content)
    return [Published(**one) for one in content]


async def take_requests(
    services: Services, tick: Tick, polling: Polling, stop: asyncio.Event
) -> None:
    """Do what other processes ask for, until `stop` is set."""
    stopping = asyncio.create_task(stop.wait())
    try:
        while not stop.is_set():
            for number, text in await services.store.requests.open():
                await services.store.requests.answer(
                    number, await _done(services, tick, polling, text)
                )
            resting = asyncio.create_task(services.clock.sleep(ASK_EVERY))
            await asyncio.wait({stopping, resting}, return_when=asyncio.FIRST_COMPLETED)
            resting.cancel()
    finally:
        stopping.cancel()


async def _done(services: Services, tick: Tick, polling: Polling, text: str) -> str:
    """Publish what is asked for, and write the answer."""
    try:
        standings = await make(services, tick, polling, json.loads(text))
    except PaperboyError as error:
        return json.dumps(str(error))
    await delivered(services, standings)
    return json.dumps([asdict(await told(services, one)) for one in standings])
