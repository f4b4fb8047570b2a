"""The bot itself: everything that works until somebody stops it."""

import asyncio
import logging
import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.carriers import Carriers, chatting
from bot.commands.request import Services
from bot.config import Config
from bot.delivery.alerts import gathered, raise_alerts
from bot.delivery.channels import bring_up_to_date, wanted
from bot.delivery.improve import Improver
from bot.delivery.notices import Notices
from bot.delivery.outbox import Outbox
from bot.delivery.polling import Polling
from bot.delivery.schedule import EVERY, every_minute
from bot.delivery.tick import Tick
from bot.errors import ConfigError
from bot.health import HealthServer
from bot.logs import Alarm, guarded
from bot.publication import Publication
from bot.publish import BODIES_KEPT, KEPT, no_token, take_requests, without_token
from bot.supervise import Loop, supervise, until, watch_lag
from formatters.words import words
from storage.lock import DeliveryLock
from storage.models import Address, Platform
from storage.store import LOCK_NAME

KILLED_BY = 128  # what shells add to the number of a signal

_log = logging.getLogger(__name__)


async def serve(services: Services) -> None:
    """Run until SIGTERM or SIGINT, then finish what is under way, within ten seconds.

    Raises ConfigError where there is nothing to run, AlreadyRunning where another bot works with
    the same data, and what ends the last platform for good.
    """
    config = services.config
    if not chatting(config) and not _writes_files(config):
        raise ConfigError(
            "there is no bot to run: put a token from @BotFather under [telegram] or one from"
            " Discord's developer portal under [discord], or a channel with a target such as"
            ' "file:archive"'
        )
    _listen_to_log(config)
    with DeliveryLock(config.data_dir / LOCK_NAME):
        stop = _stopped_by_signals()
        ways = [one.value for one in (*chatting(config), Platform.FILE)]
        _log.info("running on %s, with data in %s", ", ".join(ways), config.data_dir)
        for one in without_token(config, wanted(config)):
            _log.error("%s", no_token(one))
        await Bot(services).run(stop)
    _log.info("stopped")


class Bot:
    """All loops of a running bot, and what they share; every `rhythm` seconds it does what is due.

    Operators hear of every kind of error once a day: by the platforms that work, which tell them
    of it directly, and by the others through the outbox as soon as they work again.
    """

    def __init__(self, services: Services, rhythm: float = EVERY) -> None:
        self._rhythm = rhythm
        store, clock, config = services.store, services.clock, services.config
        self._carriers = Carriers(services)
        self._notices = Notices(store, clock, config, self._carriers.direct)
        self._outbox = Outbox(store.outbox, clock, self._carriers.by_platform(), self._on_closed)
        self._services = services = replace(services, wake=self._outbox.wake)
        prepare = services.enricher.prepare if services.enricher else None
        self._tick = Tick(store, clock, config, self._outbox.wake, prepare, self._carriers.acquaint)
        self._polling = Polling(store, clock, config, services.fetcher, services.api)
        self._publication = Publication(
            services, self._tick, self._polling, self._carriers.given_up
        )
        self._improver = Improver(store, clock, config, services.enricher, self._outbox.wake)
        self._troubles: asyncio.Queue[str] = asyncio.Queue()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set."""
        await bring_up_to_date(self._services.store, self._services.config)
        loop = asyncio.get_running_loop()

        def heard(text: str) -> None:
            loop.call_soon_threadsafe(self._troubles.put_nowait, text)

        with guarded((), Alarm(heard, self._services.clock)):
            await supervise(self._loops(), stop, self._services.clock)

    def _loops(self) -> Sequence[Loop]:
        config, clock = self._services.config, self._services.clock
        loops = [
            Loop("intake", self._polling.run),
            Loop("tick", lambda stop: every_minute(self._every_minute, stop, self._rhythm)),
            Loop("requests", lambda stop: take_requests(self._services, self._publication, stop)),
            Loop("outbox", self._outbox.run, vital=_writes_files(config)),
            Loop("notices", self._tell_of_troubles),
            Loop("watchdog", lambda stop: watch_lag(stop, clock)),
        ]
        if config.llm.edit_posted and config.llm.model:
            loops.append(
                Loop("edits", lambda stop: every_minute(self._improver, stop, self._rhythm))
            )
        if config.health.listen:
            loops.append(Loop("health", HealthServer(self._services).run, floor=1))
        return [*loops, *self._chat_loops()]

    def _chat_loops(self) -> Iterator[Loop]:
        """The bots; importing their libraries takes a second, in which nothing else would go on."""
        platforms, carriers = chatting(self._services.config), self._carriers
        if Platform.TELEGRAM in platforms:
            from bot.platforms.telegram import Telegram

            async def on_telegram(stop: asyncio.Event) -> None:
                with carriers.giving_up(Platform.TELEGRAM):
                    adapter = Telegram(self._services)
                    with carriers.telegram.used(adapter.carrier):
                        await adapter.run(stop)

            yield Loop("Telegram", on_telegram, vital=True, floor=1)
        if Platform.DISCORD in platforms:
            from bot.platforms.discord import Discord

            async def on_discord(stop: asyncio.Event) -> None:
                with carriers.giving_up(Platform.DISCORD):
                    adapter = Discord(self._services)
                    with carriers.discord.used(adapter.post, adapter.post):
                        await adapter.run(stop)

            yield Loop("Discord", on_discord, vital=True, floor=1)

    async def _every_minute(self) -> None:
        await self._tick()
        await self._look_after()

    async def _look_after(self) -> None:
        """Tell operators what is wrong, and forget what nobody asks about any more."""
        store, now = self._services.store, self._services.clock.now()
        facts = await gathered(store, now, self._services.enricher)
        for text in await raise_alerts(store, facts, words(self._services.config.language)):
            await self._notices.operators(text, besides=self._carriers.given_up)
            self._outbox.wake()
        await store.outbox.prune(now - KEPT)
        await store.outbox.empty(now - BODIES_KEPT)
        await store.digests.prune(now - KEPT)

    async def _tell_of_troubles(self, stop: asyncio.Event) -> None:
        """Tell operators of errors where the platform itself cannot, since it does not run."""

        async def tell() -> None:
            text = await self._troubles.get()
            told = {*self._carriers.running(), *self._carriers.given_up}
            said = words(self._services.config.language)("telegram.trouble", text=text)
            await self._notices.operators(said, besides=told)
            self._outbox.wake()

        while not stop.is_set():
            await until(stop, tell())

    async def _on_closed(self, chat: Address, reason: str, tell: Address | None) -> None:
        """Tell once that nothing can be sent to a chat any more.

        Operators hear of the chats that they configured; whoever else leaves is in the log. That
        an operator cannot be told anything is told to nobody: it would come back here.
        """
        operators = await self._notices.addresses()
        if chat in operators:
            _log.warning("operator %s cannot be told anything: %s", chat, reason)
            return
        texts = words(self._services.config.language)
        said = texts("notice.closed", chat=str(chat), reason=reason)
        if tell is not None and tell not in operators and tell != chat:
            await self._notices.tell(tell, said)
        standings = await self._services.store.standings.of_chat(chat)
        if any(one.subscription.channel for one in standings):
            await self._notices.operators(said, besides=self._carriers.given_up)
        else:
            _log.info("nothing can be sent to %s any more: %s", chat, reason)
        self._outbox.wake()


def _writes_files(config: Config) -> bool:
    return any(one.platform == "file" for channel in config.channels for one in channel.targets)


def _listen_to_log(config: Config) -> None:
    """Log as much as is configured; `--debug` has asked for everything."""
    root = logging.getLogger()
    if root.level != logging.DEBUG:
        root.setLevel(config.log_level)


def _stopped_by_signals() -> asyncio.Event:
    """An event that the first signal sets; a second one ends the process at once, as a crash."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()

    def end(number: int) -> None:
        if stop.is_set():
            os._exit(KILLED_BY + number)
        _log.info("stopping, which may take some seconds")
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end, number)
    return stop
