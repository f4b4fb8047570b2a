"""Asks commands the way a platform does, and reads what they reply."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypedDict, Unpack

from bot.app import opened
from bot.clock import Clock
from bot.commands.request import Asker, Reply, Request, Services
from bot.commands.table import dispatch, read_line
from bot.config import Arxiv, Config
from formatters.document import Action, Actions
from formatters.terminal import terminal
from storage.models import Address, Chat, Platform, Room

PRIVATE = Chat(Address(Platform.TELEGRAM, "7"))
GROUP = Chat(Address(Platform.TELEGRAM, "-100"), Room.GROUP)
TOPIC = Chat(Address(Platform.TELEGRAM, "-100", "45"), Room.GROUP)
CHANNEL = Chat(Address(Platform.TELEGRAM, "-200"), Room.CHANNEL)
UNREACHABLE = Arxiv(
    feed_url="http://127.0.0.1:9", api_url="http://127.0.0.1:9/api/query", min_interval=0.0
)


@asynccontextmanager
async def opened_in(
    folder: Path, clock: Clock, arxiv: Arxiv = UNREACHABLE
) -> AsyncIterator[Services]:
    async with opened(Config(data_dir=folder / "data", arxiv=arxiv), clock) as services:
        yield services


class Asking(TypedDict, total=False):
    """Who asks; an ordinary person who may change the chat, unless said otherwise."""

    language: str | None
    may_change: bool
    operates: bool


async def ask(
    services: Services,
    line: str,
    chat: Chat = PRIVATE,
    *,
    pressed: bool = False,
    **asking: Unpack[Asking],
) -> Reply | None:
    """What a line gets; the chat is as the platform sees it, without its stored settings."""
    read = read_line(line)
    assert read, f"{line!r} is no command"
    return await dispatch(services, Request(chat, Asker("1", **asking), *read, pressed=pressed))


async def told(
    services: Services,
    line: str,
    chat: Chat = PRIVATE,
    *,
    pressed: bool = False,
    width: int = 100,
    **asking: Unpack[Asking],
) -> str:
    """The text of what a line gets, which has to be something."""
    return text_of(await ask(services, line, chat, pressed=pressed, **asking), width)


async def press(services: Services, action: Action, chat: Chat = PRIVATE) -> Reply:
    reply = await ask(services, f"/{action.command}", chat, pressed=True)
    assert reply
    return reply


def text_of(reply: Reply | None, width: int = 100) -> str:
    assert reply
    return terminal(reply.document, width, colour=False)


def buttons(reply: Reply | None) -> dict[str, Action]:
    """The buttons below a reply by their labels."""
    assert reply
    rows = [block.rows for block in reply.document.blocks if isinstance(block, Actions)]
    return {action.label: action for row in rows for actions in row for action in actions}
