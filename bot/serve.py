"""The bot itself: everything that works until somebody stops it."""

import asyncio
import logging
import signal
from collections.abc import Sequence
from datetime import timedelta

from bot.carriers import Carriers
from bot.commands.request import Services
from bot.delivery.alerts import gathered, raise_alerts
from bot.delivery.channels import bring_up_to_date
from bot.delivery.notices import Notices
from bot.delivery.outbox import Outbox
from bot.delivery.polling import Polling
from bot.delivery.schedule import every_minute
from bot.delivery.tick import Tick
from bot.errors import ConfigError
from bot.health import HealthServer
from bot.publish import take_requests
from bot.supervise import Loop, supervise, watch_lag
from formatters.words import words
from storage.lock import DeliveryLock
from storage.models import Address
from storage.store import LOCK_NAME

KEPT = timedelta(days=30)
"""How long what was delivered, and slots that brought nothing, are kept."""

_log = logging.getLogger(__name__)


async def serve(services: Services) -> None:
    """Run until SIGTERM or SIGINT, then finish what is under way, within ten seconds.

    Raises ConfigError where there is nothing to run, AlreadyRunning where another bot works with
    the same data, and what ends the last platform for good.
    """
    config = services.config
    if not has_work(services):
        raise ConfigError(
            "there is no bot to run: put a token under [telegram] or [discord], as docs/telegram.md"
            " and docs/discord.md tell, or a channel with a target such as file:archive"
        )
    root = logging.getLogger()
    root.setLevel(min(root.level, logging.getLevelNamesMapping()[config.log_level]))
    with DeliveryLock(config.data_dir / LOCK_NAME):
        await Bot(services).run(_stopped_by_signals())
    _log.info("stopped")


def has_work(services: Services) -> bool:
    """Whether anything is configured that a running bot would do."""
    config = services.config
    tokens = (config.telegram.token, config.discord.token)
    files = any(one.platform == "file" for channel in config.channels for one in channel.targets)
    return files or any(token.get_secret_value() for token in tokens)


class Bot:
    """All loops of a running bot, and what they share."""

    def __init__(self, services: Services) -> None:
        self._services = services
        store, clock, config = services.store, services.clock, services.config
        self._carriers = Carriers(services)
        self._notices = Notices(store, clock, config)
        self._outbox = Outbox(store.outbox, clock, self._carriers.by_platform(), self._on_closed)
        enricher = services.enricher
        prepare = enricher.prepare if enricher else None
        self._tick = Tick(store, clock, config, self._outbox.wake, prepare, self._carriers.acquaint)
        self._polling = Polling(store, clock, config, services.fetcher, services.api)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set."""
        await bring_up_to_date(self._services.store, self._services.config)
        await supervise(self._loops(), stop, self._services.clock)

    def _loops(self) -> Sequence[Loop]:
        services, clock = self._services, self._services.clock
        config = services.config
        loops = [
            Loop("intake", self._polling.run),
            Loop("tick", lambda stop: every_minute(self._every_minute, stop)),
            Loop("requests", lambda stop: take_requests(services, self._tick, self._polling, stop)),
            Loop("outbox", self._outbox.run, vital=not _chats(services)),
            Loop("watchdog", lambda stop: watch_lag(stop, clock)),
        ]
        if config.health.listen:
            loops.append(Loop("health", HealthServer(services).run, floor=1))
        if config.telegram.token.get_secret_value():
            loops.append(Loop("Telegram", self._run_telegram, vital=True, floor=1))
        if config.discord.token.get_secret_value():
            loops.append(Loop("Discord", self._run_discord, vital=True, floor=1))
        return loops

    async def _run_telegram(self, stop: asyncio.Event) -> None:
        from bot.platforms.telegram import Telegram

        adapter = Telegram(self._services)
        with self._carriers.telegram.used(adapter.carrier):
            await adapter.run(stop)

    async def _run_discord(self, stop: asyncio.Event) -> None:
        from bot.platforms.discord import Discord

        adapter = Discord(self._services)
        with self._carriers.discord.used(adapter.post, adapter.post.room):
            await adapter.run(stop)

    async def _every_minute(self) -> None:
        await self._tick()
        await self._look_after()

    async def _look_after(self) -> None:
        """Tell operators what is wrong, and forget what nobody asks about any more."""
        store, now = self._services.store, self._services.clock.now()
        facts = await gathered(store, now, self._services.enricher)
        for text in await raise_alerts(store, facts, words(self._services.config.language)):
            await self._notices.operators(text)
            self._outbox.wake()
        await store.outbox.prune(now - KEPT)
        await store.digests.prune(now - KEPT)

    async def _on_closed(self, chat: Address, reason: str, tell: Address | None) -> None:
        """Tell once that nothing can be sent to a chat any more."""
        texts = words(self._services.config.language)
        said = texts("notice.closed", chat=str(chat), reason=reason)
        if tell is not None:
            await self._notices.tell(tell, said)
        await self._notices.operators(said)
        self._outbox.wake()


def _chats(services: Services) -> bool:
    config = services.config
    return any(one.token.get_secret_value() for one in (config.telegram, config.discord))


def _stopped_by_signals() -> asyncio.Event:
    """An event that the first signal sets; a second one ends the process at once."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)

    def end() -> None:
        stop.set()
        for number in signals:
            loop.remove_signal_handler(number)

    for number in signals:
        loop.add_signal_handler(number, end)
    return stop
