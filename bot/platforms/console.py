"""The console: the same commands as in chat at a prompt, or one a line from a pipe.

A person gets buttons as letters to type; a pipe gets them as lines that could be typed. Bare
numbers are left to the papers of the last list.
"""

import asyncio
import re
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from itertools import chain, count, product
from pathlib import Path
from string import ascii_lowercase

from bot.commands.request import Asker, Reply, Request, Services, with_actions
from bot.commands.table import dispatch, find, read_line
from bot.sources.ids import find_ids
from formatters.document import Action, Actions, Block, Document, Note, Paragraph, Span, Spans
from formatters.formats import Window
from formatters.terminal import terminal
from formatters.words import words
from storage.models import Address, Chat, Platform

HERE = Address(Platform.CONSOLE, "terminal")
LEAVING = frozenset({"exit", "quit"})
PATIENCE = 0.3  # seconds that a command may take before it looks as if nothing happened
NO_BREAK = "\N{NO-BREAK SPACE}"
PAPER = "paper"

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""What a terminal obeys instead of showing, but for tabs and the ends of lines (ECMA-48)."""

Run = Callable[[Coroutine[None, None, None]], None]


@dataclass(frozen=True, slots=True)
class Screen:
    """Where a conversation takes place.

    `read` gives the next line, None at the end. `waiting` shows that something is being done, for
    as long as its block runs. `person` tells whether somebody sits there.
    """

    read: Callable[[], str | None]
    write: Callable[[str], None]
    window: Callable[[], Window]
    waiting: Callable[[str], AbstractContextManager[object]]
    person: bool


class Console:
    """One conversation, whose buttons stay pressable until others come."""

    def __init__(self, services: Services, screen: Screen, language: str | None = None) -> None:
        self._services = services
        self._screen = screen
        self._language = language
        self._words = words(language or services.config.language)
        self._choices: dict[str, Action] = {}

    def converse(self, run: Run) -> None:
        """Answer line after line; `run` runs a coroutine, and Ctrl-C stops the one that runs.

        A pipe has nobody who could go on after that, so there Ctrl-C ends it all.
        """
        if self._screen.person:
            hint = Note((Span(self._words("console.leave")),))
            self._write(Document(self._words.language, (hint,)))
        while (line := self._screen.read()) is not None:
            line = line.strip()
            if line.lower().lstrip("/") in LEAVING:
                return
            try:
                if line:
                    run(self.answer(line))
            except KeyboardInterrupt:
                if not self._screen.person:
                    raise
                self._screen.write(self._words("console.stopped") + "\n")

    async def answer(self, line: str) -> None:
        """Do what a line says and write what comes of it."""
        action = self._choices.get(line.lower())
        if action and action.copy:
            self._screen.write(CONTROL.sub("", action.copy) + "\n\n")
            return
        name, arguments = understood(action.command if action else line)
        asked = request(name, arguments, self._language, pressed=action is not None)
        if reply := await self._waited(dispatch(self._services, asked)):
            self._words = words(reply.document.language)
            self._show(reply)

    async def _waited(self, answer: Coroutine[None, None, Reply | None]) -> Reply | None:
        """The answer; while it takes long, the screen says so."""
        task = asyncio.create_task(answer)
        pause = asyncio.create_task(self._services.clock.sleep(PATIENCE))
        try:
            await asyncio.wait({task, pause}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                with self._screen.waiting(self._words("console.working")):
                    await task
            return await task
        finally:
            task.cancel()
            pause.cancel()

    def _show(self, reply: Reply) -> None:
        document = without_numbers(reply.document)
        if self._screen.person:
            self._choices = choices(document) or self._choices
            document = with_choices(document, self._choices)
        self._write(document)
        if reply.file:
            self._screen.write(self._file(*reply.file))

    def _write(self, document: Document) -> None:
        window = self._screen.window()
        self._screen.write(terminal(document, window.width, window.colour) + "\n")

    def _file(self, name: str, content: str) -> str:
        """A person gets a file in the current folder, if it can be written; a pipe its content."""
        if self._screen.person:
            path = next(one for one in _names(Path(name).name) if not one.exists())
            with suppress(OSError):
                path.write_text(content, encoding="utf-8")
                return self._words("console.saved", file=path.name) + "\n\n"
        return CONTROL.sub("", content) + "\n"


def request(
    name: str, arguments: str = "", language: str | None = None, pressed: bool = False
) -> Request:
    """Ask as whoever uses this machine, who is an operator."""
    return Request(Chat(HERE), Asker(HERE.id, language, operates=True), name, arguments, pressed)


def understood(line: str) -> tuple[str, str]:
    """The command and the arguments of a line, where the slash may be left out.

    A number opens a paper of the last list, and so does an id or a link that stands alone.
    """
    if line.isascii() and line.isdigit():
        return PAPER, line
    found = read_line(line) or read_line(f"/{line}")
    if found and find(found[0]):
        return found
    alone = len(line.split()) == 1
    if alone and find_ids(line):
        return PAPER, line
    return found or (line.split(maxsplit=1)[0], "")


def without_numbers(document: Document) -> Document:
    """The document without the buttons that open the paper of a number.

    The table above them shows the numbers, which can be typed while that list is the last one.
    """
    kept = (
        tuple(action for action in row if not _is_number(action))
        for block in document.blocks
        if isinstance(block, Actions)
        for row in block.rows
    )
    others = tuple(block for block in document.blocks if not isinstance(block, Actions))
    return with_actions(replace(document, blocks=others), *kept)


def choices(document: Document) -> dict[str, Action]:
    """What can be pressed, by the letter to type for it."""
    letters = chain(ascii_lowercase, map("".join, product(ascii_lowercase, repeat=2)))
    pressable = (action for action in _actions(document.blocks) if not action.url)
    return dict(zip(letters, pressable, strict=False))


def with_choices(document: Document, keys: dict[str, Action]) -> Document:
    """The document with its buttons as `[a] label` and its links as addresses."""
    letters = {action: key for key, action in keys.items()}
    offered: list[Spans] = []
    links: list[Block] = []
    for action in _actions(document.blocks):
        if action.url:
            address = Span(action.url, url=action.url, code=True)
            links.append(Paragraph((Span(f"{action.label}  "), address)))
        else:
            label = action.label.replace(" ", NO_BREAK)
            key = Span(f"[{letters[action]}]", code=True)
            offered.append((key, Span(f"{NO_BREAK}{label}  ")))
    others = (block for block in document.blocks if not isinstance(block, Actions))
    buttons = [Paragraph(tuple(chain(*offered)))] if offered else []
    return replace(document, blocks=(*others, *links, *buttons))


def _is_number(action: Action) -> bool:
    """Whether a button opens the paper whose number is on it."""
    return action.label.isdecimal() and action.command.startswith(f"{PAPER} ")


def _actions(blocks: Iterable[Block]) -> Iterator[Action]:
    for block in blocks:
        if isinstance(block, Actions):
            for row in block.rows:
                yield from row


def _names(name: str) -> Iterator[Path]:
    """`papers.bib`, `papers-2.bib` and so on."""
    path = Path(name)
    yield path
    yield from (path.with_stem(f"{path.stem}-{number}") for number in count(2))
