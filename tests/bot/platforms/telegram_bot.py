"""The real application against the fake Telegram, started and stopped, and ways to talk to it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.app import opened
from bot.commands.request import Reply, Request, Services, with_actions
from bot.commands.table import dispatch
from bot.config import Arxiv, Config
from bot.config import Telegram as TelegramConfig
from bot.platforms.telegram import Telegram
from bot.platforms.telegram_answer import Dispatch
from formatters.document import Action, Document, Paragraph, Span
from storage.models import Address, Platform
from tests.fakes.arxiv import FakeArxiv
from tests.fakes.held_clock import HeldClock
from tests.fakes.telegram import CREDENTIAL, FakeTelegram
from tests.fakes.telegram_chats import Person, Place, Posted

NOWHERE = "http://127.0.0.1:9"  # the discard port, where nobody listens


@dataclass
class Rig:
    """A bot at work and what it talks to."""

    telegram: FakeTelegram
    services: Services
    clock: HeldClock
    running: asyncio.Task[None]
    stop: asyncio.Event

    async def asks(self, place: Place, text: str, by: Person | None = None) -> Posted:
        """Say something; returns the first message of the bot's answer."""
        return await self._answer(place, lambda: place.says(text, by))

    async def presses(self, place: Place, label: str, by: Person | None = None) -> Posted:
        """Press a button; returns the first message that came or changed."""
        return await self._answer(place, lambda: place.presses(label, by))

    async def _answer(self, place: Place, act: Callable[[], object]) -> Posted:
        before = {(one.message_id, one.edits) for one in place.messages}

        def news() -> list[Posted]:
            return [one for one in place.messages if (one.message_id, one.edits) not in before]

        act()
        await self.telegram.until(news)
        self.clock.advance(70)
        return news()[0]

    async def ends(self) -> None:
        """Stop and wait until everything under way is done; raises what made it end early."""
        self.stop.set()
        await asyncio.wait_for(asyncio.shield(self.running), 10)


@asynccontextmanager
async def working_bot(
    telegram: FakeTelegram,
    folder: Path,
    dispatch: Dispatch = dispatch,
    arxiv: FakeArxiv | None = None,
    language: str = "en",
    paced: bool = False,
    **keys: Any,
) -> AsyncIterator[Rig]:
    """A bot that runs until the end of the block; `keys` are those under [telegram].

    The time stands still until the test moves it on. Unless the test is about the limits of rate
    (`paced`), it moves on by itself where messages wait for their turn.
    """
    config = Config(
        data_dir=folder,
        language=language,
        arxiv=Arxiv(
            feed_url=arxiv.feed_url if arxiv else NOWHERE,
            api_url=arxiv.api_url if arxiv else NOWHERE,
            min_interval=0.0,
        ),
        telegram=TelegramConfig(token=SecretStr(CREDENTIAL), api_url=telegram.api_url, **keys),
    )
    clock, stop = HeldClock(hasty="" if paced else "pace"), asyncio.Event()
    async with opened(config, clock) as services:
        running = asyncio.create_task(Telegram(services, dispatch).run(stop))
        rig = Rig(telegram, services, clock, running, stop)
        try:
            yield rig
        finally:
            await rig.ends()


def address_of(place: Place) -> Address:
    """A place as the store knows it."""
    return Address(Platform.TELEGRAM, str(place.id), str(place.thread or ""))


@dataclass
class Script:
    """A stand-in for the commands: answers each with what a test said, else with its own name.

    `requests` lists what was asked. A command in `held` waits until its event is set.
    """

    replies: dict[str, Reply | Exception | None] = field(default_factory=dict)
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    async def __call__(self, _services: Services, request: Request) -> Reply | None:
        self.requests.append(request)
        if request.command in self.held:
            await self.held[request.command].wait()
        reply = self.replies.get(request.command, said(f"this is {request.command}"))
        if isinstance(reply, Exception):
            raise reply
        return reply

    @property
    def lines(self) -> list[str]:
        return [f"{one.command} {one.arguments}".strip() for one in self.requests]


def said(text: str, *actions: Action, **fields: Any) -> Reply:
    """A reply of one paragraph with a row of buttons."""
    document = Document("en", (Paragraph((Span(text),)),))
    return Reply(with_actions(document, actions), **fields)
