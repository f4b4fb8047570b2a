"""How updates come in: by asking for them, or by listening where Telegram posts them."""

import asyncio
import hmac
import json
import logging
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from itertools import chain, repeat
from typing import Any, TypeVar

from aiohttp import web
from telegram import Update
from telegram.error import (
    BadRequest,
    Conflict,
    EndPointNotFound,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)
from telegram.ext import ExtBot

from bot.clock import Clock
from bot.delivery.pace import Lane
from bot.errors import ConfigError, PaperboyError
from bot.platforms.telegram_pace import seconds
from bot.platforms.telegram_updates import WANTED

LONG_POLL = 30  # seconds that Telegram waits for an update before it answers with none
SLOWEST_ANSWER = 20  # seconds beyond that
FAREWELL = 1.0  # seconds for the last call, which marks what was received

PROOF_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # https://core.telegram.org/bots/api#setwebhook
LARGEST_UPDATE = 1 << 20  # bytes; the largest real ones have a few thousand

T = TypeVar("T")
Json = dict[str, Any]
Queue = asyncio.Queue[object]

_log = logging.getLogger(__name__)


async def poll(bot: ExtBot[Lane], queue: Queue, clock: Clock) -> None:
    """Ask for updates for ever; cancelled, it tells Telegram which ones it has received.

    Raises PaperboyError where asking again is of no use. The library's own Updater neither ends
    when the token is withdrawn nor gets past an update that it cannot read, and it sleeps by no
    clock of ours.
    """
    await persistently(lambda: bot.delete_webhook(drop_pending_updates=False), clock)
    offset = 0
    try:
        while True:
            for content in await persistently(partial(_updates, bot, offset, LONG_POLL), clock):
                offset = content["update_id"] + 1
                if (update := _read(bot, content)) is not None:
                    queue.put_nowait(update)
    finally:
        if offset:
            with suppress(TelegramError, TimeoutError):
                async with asyncio.timeout(FAREWELL):
                    await _updates(bot, offset, 0)


async def _updates(bot: ExtBot[Lane], offset: int, wait: int) -> list[Json]:
    """The updates from `offset` on as they come; those before it are forgotten by Telegram."""
    wanted = {"offset": offset, "timeout": wait, "allowed_updates": WANTED}
    timeout = wait + SLOWEST_ANSWER
    answer = await bot.do_api_request("getupdates", api_kwargs=wanted, read_timeout=timeout)
    return list(answer)


async def listen(bot: ExtBot[Lane], queue: Queue, clock: Clock, url: str, listen_at: str) -> None:
    """Let Telegram post updates to `url`, and take them in at `listen_at` (host:port) for ever.

    A proxy in front speaks HTTPS. Posts without the secret that only Telegram was told are
    refused. Raises PaperboyError where the port is taken or Telegram refuses the address.
    """
    secret = secrets.token_urlsafe(32)

    async def take(request: web.Request) -> web.Response:
        proof = request.headers.get(PROOF_HEADER, "").encode(errors="surrogateescape")
        if not hmac.compare_digest(proof, secret.encode()):
            _log.warning("a post without Telegram's secret came to the webhook")
            return web.Response(status=403)
        update = _read(bot, _content(await request.read()))
        if update is None:
            return web.Response(status=400)
        queue.put_nowait(update)
        return web.Response()

    app = web.Application(client_max_size=LARGEST_UPDATE)
    app.router.add_post("/{path:.*}", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        host, _, port = listen_at.rpartition(":")
        await _open(web.TCPSite(runner, host.strip("[]"), int(port)), listen_at)
        await persistently(
            lambda: bot.set_webhook(url, allowed_updates=WANTED, secret_token=secret), clock
        )
        _log.info("listening at %s for what Telegram posts to %s", listen_at, url)
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


async def persistently(call: Callable[[], Awaitable[T]], clock: Clock) -> T:
    """Make a call, again after growing pauses while the network or Telegram is in trouble.

    Raises PaperboyError where that would not help.
    """
    for pause in chain((1.0, 2.0, 5.0, 10.0), repeat(30.0)):
        try:
            return await call()
        except (InvalidToken, EndPointNotFound):  # the latter for the former, where we name methods
            raise ConfigError(
                "Telegram does not accept the token; @BotFather shows the right one under"
                " /mybots, API Token; it belongs under [telegram] token"
            ) from None
        except Conflict as error:
            raise PaperboyError(
                f"another program runs this Telegram bot: {error}; stop it, or make this one"
                " a token of its own at @BotFather"
            ) from None
        except (BadRequest, Forbidden) as error:
            raise PaperboyError(f"Telegram refuses: {error}") from None
        except TelegramError as error:
            wait = seconds(error) if isinstance(error, RetryAfter) else pause
            _log.warning("Telegram cannot be reached, next try in %.0f s: %s", wait, error)
            await clock.sleep(wait)
    raise AssertionError("the pauses never end")


async def _open(site: web.TCPSite, where: str) -> None:
    try:
        await site.start()
    except OSError as error:
        raise PaperboyError(f"cannot listen at {where}: {error.strerror}") from error


def _content(body: bytes) -> Json:
    """What Telegram posted; empty where it is none of that."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _read(bot: ExtBot[Lane], content: Json) -> Update | None:
    """An update; None, and an error in the log, where it is none that the library can read."""
    try:
        return Update.de_json(content, bot)
    except (ValueError, TypeError, KeyError, AttributeError):
        _log.exception("an update cannot be read; others can")
        return None
