"""The table of commands: reads a line, finds its command, and turns whatever happens into a reply.

Help, Telegram's menu, the console's completion and the README's table are made from `COMMANDS`.
"""

import difflib
import logging
import re
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import Enum, auto

from bot.commands import welcome
from bot.commands.digests import digest
from bot.commands.operator import status
from bot.commands.papers import paper, similar
from bot.commands.request import KEPT_LINE, Context, Reply, Request, Services, expanded
from bot.commands.saved import export, save, saved, unsave
from bot.commands.search import search
from bot.commands.settings import forget, settings
from bot.commands.subscriptions import next_digests, subscribe, subscriptions, unsubscribe
from bot.commands.why import why
from bot.errors import BadPaperId, PaperboyError, QueryError
from bot.sources.ids import parse_id
from formatters.document import Document
from formatters.views import error_view
from formatters.words import Words, words
from storage.errors import StorageError
from storage.models import Room

Handler = Callable[[Context, str], Awaitable[Reply]]

LONGEST_NAME = 32
"""Characters of a command: https://core.telegram.org/bots/api#botcommand."""

BY_LINK = frozenset({"paper", "similar", "why"})
"""What the link that opens a chat may ask with arguments: nothing that changes anything."""

# Chinese keyboards type a full-width slash.
_LINE = re.compile(rf"[/／](\w{{1,{LONGEST_NAME}}})(?:@(\w+))?(?:\s+(.*))?", re.DOTALL)

_log = logging.getLogger(__name__)


class Audience(Enum):
    """Who may use a command."""

    EVERYONE = auto()
    ADMINISTRATORS = auto()
    """In a private chat everyone, elsewhere those who may change the chat's settings."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `usage` is what stands behind the name; `examples` are whole arguments.

    What people read about it is in the catalogues, under its name, unless it is `hidden`.
    """

    name: str
    usage: str
    handler: Handler
    aliases: tuple[str, ...] = ()
    audience: Audience = Audience.EVERYONE
    hidden: bool = False
    examples: tuple[str, ...] = ()

    @property
    def line(self) -> str:
        """How it is written, with its slash."""
        return f"/{self.name} {self.usage}".rstrip()


async def _help(context: Context, arguments: str) -> Reply:
    return await welcome.help_(context, arguments, COMMANDS)


COMMANDS = (
    Command("start", "", welcome.start),
    Command("help", "[COMMAND]", _help, examples=("subscribe", "queries")),
    Command(
        "subscribe",
        "QUERY [at HH:MM] [daily|weekdays|weekly DAY|announcement] [top N] [in LANG]",
        subscribe,
        audience=Audience.ADMINISTRATORS,
        examples=("cs.CV diffusion", 'cs.CL (agent OR "tool use") at 08:30 weekdays top 10 in zh'),
    ),
    Command("list", "", subscriptions, aliases=("subscriptions",)),
    Command(
        "unsubscribe",
        "[N|QUERY|all]",
        unsubscribe,
        audience=Audience.ADMINISTRATORS,
        examples=("2", "cs.CV diffusion"),
    ),
    Command("digest", "[QUERY]", digest, examples=("", "cs.LG -survey")),
    Command("paper", "ID-or-URL", paper, examples=("2401.00001", "3")),
    Command("search", "WORDS", search, examples=("flow matching", 'au:"Kaiming He" residual')),
    Command("similar", "ID", similar, examples=("2401.00001",)),
    Command("save", "ID", save, examples=("2401.00001", "3")),
    Command("saved", "", saved),
    Command("export", "[ris] [ID]", export, examples=("", "ris", "2401.00001")),
    Command(
        "settings",
        "[NAME VALUE]",
        settings,
        audience=Audience.ADMINISTRATORS,
        examples=("timezone Asia/Shanghai", "quiet 22:00-07:00"),
    ),
    Command("why", "ID", why, examples=("2401.00001",)),
    Command("next", "", next_digests),
    Command("status", "", status),
    Command("forget", "", forget, audience=Audience.ADMINISTRATORS),
    Command("unsave", "ID", unsave, hidden=True),
)

_BY_NAME = {name: command for command in COMMANDS for name in (command.name, *command.aliases)}


def read_line(line: str, bot_name: str | None = None) -> tuple[str, str] | None:
    """Read `/name arguments`; None where it is no command, or one for a bot of another name.

    The name is in lower case and may be unknown. A paper's id may hang on it with underscores, as
    in `/paper_2401_00001`, which chat programs show as something to press. For the line of a
    button, which has no slash, put one before it.
    """
    match = _LINE.fullmatch(line.strip())
    if not match or (bot_name and match[2] and match[2].lower() != bot_name.lower()):
        return None
    name, arguments = match[1].lower(), match[3] or ""
    command, _, tapped = name.partition("_")
    return (command, f"{tapped} {arguments}".strip()) if _is_id(tapped) else (name, arguments)


def find(name: str) -> Command | None:
    """Find a command by its name or an alias."""
    return _BY_NAME.get(name)


def visible() -> tuple[Command, ...]:
    """The commands that people are told about, in the order of the table."""
    return tuple(command for command in COMMANDS if not command.hidden)


def menu(language: str) -> tuple[tuple[str, str], ...]:
    """Each visible command with what it does in one line."""
    texts = words(language)
    return tuple((command.name, texts(f"command.{command.name}")) for command in visible())


async def dispatch(services: Services, request: Request) -> Reply | None:
    """Answer a request, whatever happens; None means that nothing is to be said.

    The chat is read from the store, so that its settings count, and so is the line behind a button
    that only carries its key.
    """
    context = Context(services, request)
    try:
        context = Context(services, await _completed(services, request))
        return await _answer(context)
    except (PaperboyError, StorageError) as error:
        document = _failure(error, context.words)
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        debug = _log.isEnabledFor(logging.DEBUG)
        name = context.request.command
        _log.exception(
            "/%s, line %d of %s: %r", name, place.lineno, place.name, error, exc_info=debug
        )
        document = error_view(context.words("failure.unexpected"), context.words)
    return Reply(document, private=True)


async def _answer(context: Context) -> Reply | None:
    request, texts = context.request, context.words
    command = find(request.command)
    if command is None:
        return await _unknown(context)
    if command.audience is Audience.ADMINISTRATORS and not request.asker.may_change:
        return Reply(error_view(texts("failure.administrators"), texts), private=True)
    return await command.handler(context, request.arguments)


async def _completed(services: Services, request: Request) -> Request:
    """The request with its chat's settings, and with the command that its button stands for."""
    stored = await services.store.chat(request.chat.address)
    if stored:
        seen = request.chat
        chat = replace(stored, room=seen.room, title=seen.title or stored.title)
        request = replace(request, chat=chat)
    name, arguments = request.command, request.arguments
    if name == KEPT_LINE.strip():
        line = await expanded(services, KEPT_LINE + arguments)
        name, arguments = read_line("/" + line) or ("", "")
    elif name == "start" and arguments:
        name, arguments = _linked(arguments) or (name, "")
    return replace(request, command=name, arguments=arguments)


def _linked(payload: str) -> tuple[str, str] | None:
    """What a link that opens the chat asks: `t.me/…?start=paper_2401_00001`.

    Anybody can make such a link, so it may only show something, or ask before it does.
    """
    name, arguments = read_line("/" + payload) or ("", "")
    return (name, arguments) if name in BY_LINK or (name in _BY_NAME and not arguments) else None


async def _unknown(context: Context) -> Reply | None:
    request, texts = context.request, context.words
    if request.pressed:
        return Reply(error_view(texts("failure.button"), texts), private=True)
    if request.chat.room is not Room.PRIVATE:
        return None
    names = [name for name, command in _BY_NAME.items() if not command.hidden]
    nearest = difflib.get_close_matches(request.command[:LONGEST_NAME], names, n=1)
    return await welcome.unknown(context, nearest[0] if nearest else None)


def _failure(error: Exception, texts: Words) -> Document:
    if isinstance(error, QueryError):
        return error_view(error.problem, texts, query=error.text, position=error.position)
    return error_view(str(error), texts)


def _is_id(text: str) -> bool:
    try:
        parse_id(text)
    except BadPaperId:
        return False
    return True
