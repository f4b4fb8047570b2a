"""`paperboy publish`: configured channels are built and delivered now, by whichever process may.

Only one process delivers. Where a bot runs on the same data, it is handed the work and waited for;
where that ends meanwhile, the work is done here after all.
"""

import asyncio
import json
from collections.abc import Coroutine, Iterable, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from bot.carriers import Carriers, chatting
from bot.commands.request import Services
from bot.config import Config
from bot.delivery.channels import wanted
from bot.delivery.outbox import Outbox
from bot.delivery.polling import Polling
from bot.delivery.tick import Tick
from bot.errors import ConfigError, PaperboyError, UsageError
from bot.progress import Step, unseen
from bot.publication import LOOK_EVERY, PATIENCE, Publication, Published
from bot.supervise import until
from storage.lock import AlreadyRunning, DeliveryLock, holder
from storage.models import Platform, Subscription
from storage.store import LOCK_NAME

GRACE = 120.0  # seconds that a running bot gets beside its patience, for arXiv and the model
ASK_EVERY = 2.0  # seconds between looks at what other processes ask for
BODIES_KEPT = timedelta(days=2)  # what was sent; late edits look back one day
KEPT = timedelta(days=30)
"""How long what was delivered, and slots that brought nothing, are kept."""


def chosen(config: Config, names: Sequence[str]) -> list[Subscription]:
    """The targets of the named channels, of all where none is named.

    Raises UsageError for a name that is not configured, ConfigError where there is nothing to
    deliver, or no way to deliver it.
    """
    known = [one.name for one in config.channels]
    if not known:
        raise ConfigError(
            "nothing to publish: expected a [[channels]] table in the configuration, with a name, a"
            " query and targets"
        )
    for name in names:
        if name not in known:
            raise UsageError(f"there is no channel {name!r}; configured: {', '.join(known)}")
    asked = names or known
    found = [one for one in wanted(config) if one.channel in asked]
    if not found:
        raise ConfigError(f"channel {', '.join(asked)}: expected targets, found none")
    for one in without_token(config, found):
        raise ConfigError(no_token(one))
    return found


def without_token(config: Config, targets: Iterable[Subscription]) -> list[Subscription]:
    """The targets on platforms that no token is configured for."""
    reached = {Platform.FILE, *chatting(config)}
    return [one for one in targets if one.chat.platform not in reached]


def no_token(target: Subscription) -> str:
    """Say which key is missing for a target."""
    platform = target.chat.platform
    return f"channel {target.channel} goes to {target.chat}: expected {platform}.token, found none"


async def publish(services: Services, names: Sequence[str], step: Step = unseen) -> list[Published]:
    """Build and deliver some channels, here or in the bot that runs on the same data.

    Raises UsageError and ConfigError as `chosen` does, and PaperboyError where a running bot
    gives no answer.
    """
    targets = chosen(services.config, names)
    while True:
        try:
            with DeliveryLock(services.config.data_dir / LOCK_NAME):
                return await _publish_here(services, names, targets, step)
        except AlreadyRunning:
            step("waiting for the bot that runs on the same data")
            answer = await _hand_over(services, names)
        if answer is not None:
            return answer


async def _publish_here(
    services: Services, names: Sequence[str], targets: Sequence[Subscription], step: Step
) -> list[Published]:
    """Build and deliver some channels in this process, which holds the delivery lock."""
    store, clock, config = services.store, services.clock, services.config
    platforms = {one.chat.platform for one in targets}
    carriers = Carriers(services)
    ways = {one: way for one, way in carriers.by_platform().items() if one in platforms}
    outbox = Outbox(store.outbox, clock, ways)
    prepare = services.enricher.prepare if services.enricher else None
    tick = Tick(store, clock, config, outbox.wake, prepare, carriers.acquaint)
    polling = Polling(store, clock, config, services.fetcher, services.api)
    publication = Publication(services, tick, polling, carriers.given_up)
    step("connecting")
    async with carriers.connected(platforms):
        errands = await publication.make(names, step)
        await _drained(outbox, publication.delivered(errands, step))
        told = [await publication.told(one) for one in errands]
    await store.outbox.prune(clock.now() - KEPT)
    await store.outbox.empty(clock.now() - BODIES_KEPT)
    await store.digests.prune(clock.now() - KEPT)
    return told


async def _drained(outbox: Outbox, waiting: Coroutine[Any, Any, None]) -> None:
    """Deliver for as long as something takes; a call that is under way then, may end."""
    stop, ended = asyncio.Event(), asyncio.Event()
    delivering = asyncio.create_task(outbox.run(stop))
    delivering.add_done_callback(lambda _: ended.set())
    try:
        await until(ended, waiting)
    finally:
        stop.set()
        await asyncio.wait({delivering})
    delivering.result()


async def _hand_over(services: Services, names: Sequence[str]) -> list[Published] | None:
    """Let the running bot do it, and wait for its answer; None where it ends before.

    Raises PaperboyError where it fails or gives no answer.
    """
    store, clock, lock = services.store, services.clock, services.config.data_dir / LOCK_NAME
    number = await store.requests.put(json.dumps(list(names)), clock.now())
    started = clock.monotonic()
    try:
        while clock.monotonic() - started < PATIENCE + GRACE:
            answer = await store.requests.answered(number)
            if answer is not None:
                return _read(answer)
            if holder(lock) is None:
                return None
            await clock.sleep(LOOK_EVERY)
    finally:
        await store.requests.withdraw(number)
    raise PaperboyError("the bot that runs on the same data gives no answer; look at its log")


async def take_requests(services: Services, publication: Publication, stop: asyncio.Event) -> None:
    """Do what other processes ask for, until `stop` is set."""
    requests, clock = services.store.requests, services.clock
    await requests.forget(clock.now() - timedelta(seconds=PATIENCE + GRACE))

    async def take_all() -> None:
        for number, text in await requests.open():
            await requests.answer(number, await _answer(publication, json.loads(text)))
        await clock.sleep(ASK_EVERY)

    while not stop.is_set():
        await until(stop, take_all())


async def _answer(publication: Publication, names: list[str]) -> str:
    """Publish what is asked for, and write down what became of it."""
    try:
        errands = await publication.make(names, unseen)
    except PaperboyError as error:
        return json.dumps(str(error))
    if not errands:
        return json.dumps(f"the running bot knows no channel {', '.join(names)}; start it again")
    await publication.delivered(errands, unseen)
    return json.dumps([asdict(await publication.told(one)) for one in errands])


def _read(answer: str) -> list[Published]:
    """Read what a running bot answered; raises PaperboyError where it failed."""
    content = json.loads(answer)
    if isinstance(content, str):
        raise PaperboyError(content)
    return [Published(**one) for one in content]
