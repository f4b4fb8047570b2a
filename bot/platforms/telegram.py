"""Telegram's adapter: takes updates in, lets the commands answer, carries the answers back.

It decides nothing about what is answered. How updates are read and chats are kept, and how
messages are paced, sent and retried, is in the modules `telegram_*` beside it.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from telegram import CallbackQuery, InlineQuery, Message, Update
from telegram.error import TelegramError
from telegram.ext import Application, ApplicationBuilder, CallbackContext, ExtBot, TypeHandler

from bot.commands.inline import papers_for
from bot.commands.request import Services
from bot.commands.table import dispatch
from bot.config import Telegram as TelegramConfig
from bot.delivery.pace import Lane
from bot.errors import PaperboyError
from bot.logs import Alarm, guarded
from bot.platforms import telegram_inline, telegram_menu
from bot.platforms.telegram_answer import Answering, Dispatch
from bot.platforms.telegram_carrier import TelegramCarrier
from bot.platforms.telegram_chats import Rights, membership_changed, moved
from bot.platforms.telegram_connect import Connecting
from bot.platforms.telegram_pace import TelegramPace
from bot.platforms.telegram_post import NotPosted, Post, Target, call
from bot.platforms.telegram_source import listen, persistently, poll
from bot.platforms.telegram_updates import Asked, Place, asked_by_button, asked_by_message
from formatters import telegram as form
from formatters.text import clip
from formatters.words import words
from storage.models import Room

AT_ONCE = 256  # updates in work; most of them wait for arXiv or for a chat's turn
AT_ONCE_IN_A_CHAT = 8  # more are dropped, so that one chat in flood never takes all the places
REMEMBERED = 1000  # updates by which a repetition is told
GRACE = 3.0  # seconds that answers under way get to end; with everything else, less than 10
LONGEST_ALARM = 1000  # characters of an error that operators are told

App = Application[ExtBot[Lane], Any, Any, Any, Any, Any]
Context = CallbackContext[Any, Any, Any, Any]

_log = logging.getLogger(__name__)


class Telegram:
    """The bot on Telegram. `dispatch` answers requests; `carrier` delivers digests."""

    def __init__(self, services: Services, dispatch: Dispatch = dispatch) -> None:
        self._services = services
        self._config = services.config.telegram
        with guarded([self._config.token.get_secret_value()]):
            self._app = _application(self._config, TelegramPace(services.clock))
        self._bot = self._app.bot
        self.post = Post(self._bot, services.store, services.clock)
        self.carrier = TelegramCarrier(self._bot)
        rights = Rights(self._bot, services.clock)
        self._connecting = Connecting(services, rights, self.post)
        self._answering = Answering(
            services, self._bot, self.post, rights, self._connecting, dispatch
        )
        self._seen: dict[int, None] = {}
        self._in_work: Counter[int] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._app.add_handler(TypeHandler(Update, self._take))
        self._app.add_error_handler(_failed)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish what is under way, within ten seconds.

        Raises PaperboyError where going on is of no use: a wrong token, or another program that
        uses it.
        """
        self._loop = asyncio.get_running_loop()
        alarm = Alarm(self._alarm, self._services.clock)
        with guarded([self._config.token.get_secret_value()], alarm):
            working = asyncio.create_task(self._work(), name="telegram")
            stopping = asyncio.create_task(stop.wait())
            try:
                await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                stopping.cancel()
                working.cancel()
                await asyncio.wait({working})
                await self._end()
            if not working.cancelled():
                working.result()

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[TelegramCarrier]:
        """Be able to deliver for the length of the block, without taking anything in."""
        with guarded([self._config.token.get_secret_value()]):
            try:
                await persistently(self._app.initialize, self._services.clock)
                yield self.carrier
            finally:
                await self._app.shutdown()
                await self._bot.shutdown()

    async def _work(self) -> None:
        config, clock, queue = self._config, self._services.clock, self._app.update_queue
        await persistently(self._app.initialize, clock)
        await self._app.start()
        _log.info("on Telegram as @%s", self._bot.username)
        self._begin(self._publish_menu())
        if config.webhook_url:
            await listen(self._bot, queue, clock, config.webhook_url, config.webhook_listen)
        else:
            await poll(self._bot, queue, clock)

    async def _end(self) -> None:
        """Let what is under way end, cancel what takes too long, and close all connections."""
        if self._app.running:
            ending = asyncio.create_task(self._app.stop())
            patience = asyncio.create_task(self._services.clock.sleep(GRACE))
            await asyncio.wait({ending, patience}, return_when=asyncio.FIRST_COMPLETED)
            patience.cancel()
            self._cancel_tasks()
            await ending
        self._cancel_tasks()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self._app.shutdown()
        await self._bot.shutdown()  # also where it never got as far as being initialised

    async def _take(self, update: Update, _context: Context) -> None:
        """Handle one update, unless it was handled before."""
        if update.update_id in self._seen:
            return
        self._seen[update.update_id] = None
        if len(self._seen) > REMEMBERED:
            self._seen.pop(next(iter(self._seen)))
        if (task := asyncio.current_task()) is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        await self._handle(update)

    async def _handle(self, update: Update) -> None:
        if update.inline_query is not None:
            await self._inline(update.inline_query)
        elif update.callback_query is not None:
            await self._press(update.callback_query)
        elif update.my_chat_member is not None:
            await membership_changed(self._services.store, update.my_chat_member)
        elif (message := update.message or update.channel_post) is not None:
            await self._message(message)

    async def _message(self, message: Message) -> None:
        if message.migrate_to_chat_id is not None:
            await moved(self._services.store, message.chat.id, message.migrate_to_chat_id)
            return
        if message.chat_shared is not None:
            asked = await self._picked(message)
        else:
            asked = asked_by_message(message, self._bot.username)
        if asked is not None and not await self._answered(asked):
            _log.warning("too much at once in chat %s: a message is ignored", message.chat.id)

    async def _press(self, query: CallbackQuery) -> None:
        """Answer the press of a button; the button is let go in any case."""
        asked = asked_by_button(query)
        try:
            if asked is not None and await self._answered(asked):
                return
        except Exception:
            await self._answering.acknowledge(query.id)
            raise
        await self._answering.acknowledge(query.id)

    async def _answered(self, asked: Asked) -> bool:
        """Answer, unless too much is under way in that chat."""
        chat = asked.place.chat
        if self._in_work[chat] >= AT_ONCE_IN_A_CHAT:
            return False
        self._in_work[chat] += 1
        try:
            await self._answering.answer(asked)
        finally:
            self._in_work[chat] -= 1
            if not self._in_work[chat]:
                del self._in_work[chat]
        return True

    async def _picked(self, message: Message) -> Asked | None:
        language = message.from_user.language_code if message.from_user else None
        texts = words(language or self._services.config.language)
        try:
            return await self._connecting.picked(message, texts)
        except NotPosted:
            return None

    async def _inline(self, query: InlineQuery) -> None:
        """Offer cards; they are the same for everybody, so they are in the bot's own language."""
        language = self._services.config.language
        found = await papers_for(self._services, query.query, language, telegram_inline.MOST)
        answer = telegram_inline.answer(query.id, found, words(language))
        try:
            await call(self._bot, "answerInlineQuery", answer)
        except TelegramError as error:  # such as: too old, since somebody typed on
            _log.info("an inline query stays open: %s", error)

    async def _publish_menu(self) -> None:
        bot, store, clock = self._bot, self._services.store, self._services.clock
        try:
            await persistently(lambda: telegram_menu.publish(bot, store), clock)
        except PaperboyError as error:
            _log.warning("the menu of commands is not up to date: %s", error)

    def _alarm(self, text: str) -> None:
        """Tell the operators, from whichever thread an error was logged in."""
        self._loop.call_soon_threadsafe(self._begin, self._tell_operators(text))

    async def _tell_operators(self, text: str) -> None:
        said = words(self._services.config.language)(
            "telegram.trouble", text=clip(text, LONGEST_ALARM)
        )
        body: dict[str, object] = {"text": said, "link_preview_options": {"is_disabled": True}}
        for person in self._config.admins:
            try:
                place = Place(person, Room.PRIVATE)
                await self.post.message(Target(place), form.Message("sendMessage", body))
            except NotPosted as error:
                _log.warning("operator %s was not told: %s", person, error)

    def _cancel_tasks(self) -> None:
        for task in self._tasks:
            task.cancel()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside everything else."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _application(config: TelegramConfig, pace: TelegramPace) -> App:
    builder = ApplicationBuilder().token(config.token.get_secret_value())
    return (
        builder.base_url(f"{config.api_url}/bot")
        .base_file_url(f"{config.api_url}/file/bot")
        .rate_limiter(pace)
        .job_queue(None)
        .updater(None)
        .concurrent_updates(AT_ONCE)
        .connect_timeout(10)
        .read_timeout(20)
        .pool_timeout(10)
        .build()
    )


async def _failed(_update: object, context: Context) -> None:
    """Log what went wrong while an update was handled; the operators hear of it by the log."""
    _log.error("an update was not handled", exc_info=context.error)
