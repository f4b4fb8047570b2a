"""The bot itself: everything that works until somebody stops it."""

import asyncio
import logging
import signal

from bot.commands.request import Services
from bot.errors import ConfigError
from bot.platforms.telegram import Telegram
from storage.lock import DeliveryLock
from storage.store import LOCK_NAME

_log = logging.getLogger(__name__)


async def serve(services: Services) -> None:
    """Run until SIGTERM or SIGINT, then finish what is under way, within ten seconds.

    Raises ConfigError where no platform is configured, AlreadyRunning where another bot works
    with the same data, and what ends a platform for good.
    """
    config = services.config
    if not config.telegram.token.get_secret_value():
        raise ConfigError(
            "there is no bot to run: ask @BotFather on Telegram for a token and put it under"
            " [telegram] token, or into PAPERBOY_TELEGRAM_TOKEN; docs/telegram.md tells how"
        )
    root = logging.getLogger()
    root.setLevel(min(root.level, logging.getLevelNamesMapping()[config.log_level]))
    with DeliveryLock(config.data_dir / LOCK_NAME):
        _log.warning(
            "this release answers people; that it reads the announcements by itself and delivers"
            " digests on time comes with a later one"
        )
        await Telegram(services).run(_stopped_by_signals())
    _log.info("stopped")


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
