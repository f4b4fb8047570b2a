"""A place in a TeX text: how the readers of prose and of formulas move through it."""

import re
from collections.abc import Callable, Mapping

from formatters.tex_pairs import pair
from formatters.tex_symbols import DRESSED, DRESSED_TWICE

DEPTH_LIMIT = 40
"""Levels of groups and arguments; the deepest of 20,000 abstracts has 4."""

OPTION_LIMIT = 200
"""Characters within which an optional argument, or a `\\verb`, must end."""

_COMMAND = re.compile(r"\\(?:([A-Za-z]+)|(.))", re.DOTALL)
_SPACE = re.compile(r"\s*")
_DIMENSION = re.compile(r"\s*[-+]?[\d.]+\s*(?:mu|pt|em|ex|cm|mm|in|sp)\s*")

_ARGUMENTS = {**dict.fromkeys(DRESSED, 1), **dict.fromkeys(DRESSED_TWICE, 2)}

Reader = Callable[["Cursor", int], str]


class Unresolved(Exception):
    """This formula or command cannot be said in Unicode; it stays as it was written."""


class TooDeep(Exception):
    """The text is nested deeper than any text is; it stays as it was written."""


class Cursor:
    """The text, which delimiters belong together, and how far it has been read.

    `commands` are those of running text, by name: formulas may hold them too. A reader takes the
    offset at which it has to stop, and leaves `at` there; that of a command begins behind its name.
    """

    def __init__(self, text: str, commands: Mapping[str, Reader]) -> None:
        self.text = text
        self.commands = commands
        self.at = 0
        self._pairs = pair(text)
        self._depth = 0

    def closer(self, at: int) -> int | None:
        """Where the delimiter that opens at `at` closes, or None."""
        return self._pairs.get(at)

    def peek(self, end: int) -> str:
        """The character here, or empty at the end."""
        return self.text[self.at] if self.at < end else ""

    def skip(self, sign: str, end: int) -> bool:
        """Move over `sign` if it stands here; whether it did."""
        found = self.text.startswith(sign, self.at, end)
        self.at += len(sign) * found
        return found

    def skip_space(self, end: int) -> None:
        """Move over white space."""
        if match := _SPACE.match(self.text, self.at, end):
            self.at = match.end()

    def command(self, end: int) -> str:
        """Read the command here; its name without the backslash, or empty at the very end."""
        match = _COMMAND.match(self.text, self.at, end)
        self.at = match.end() if match else end
        return match[1] or match[2] if match else ""

    def option(self, end: int) -> str | None:
        """Read an optional argument in square brackets, if there is one."""
        start = self.at + 1
        stop = self.text.find("]", start, min(end, start + OPTION_LIMIT))
        if self.peek(end) != "[" or stop < 0:
            return None
        self.at = stop + 1
        return self.text[start:stop]

    def raw_argument(self, end: int) -> str:
        """Read an argument that is no text, such as an address, as it stands in the source."""
        start, stop = self.argument(end, closed=True)
        return self.text[start:stop]

    def dimension(self, end: int) -> str:
        """Read a length such as `-2mu`, with or without braces around it."""
        if self.peek(end) == "{":
            return self.raw_argument(end)
        match = _DIMENSION.match(self.text, self.at, end)
        if match is None:
            return ""
        self.at = match.end()
        return match[0].strip()

    def environment(self, end: int) -> tuple[str, tuple[int, int]]:
        r"""Move over an environment whose `\begin` has been read: its name, and where it stands.

        Raises Unresolved if it does not end before `end`.
        """
        stop = self.closer(self.at - len(r"\begin"))
        name = self.raw_argument(end)
        if stop is None or not self.at <= stop < end:
            raise Unresolved
        span = (self.at, stop)
        self.at = stop + len(r"\end")
        self.raw_argument(end)
        return name.removesuffix("*"), span

    def argument(self, end: int, *, closed: bool = False) -> tuple[int, int]:
        """Move over a command's argument; the offsets between which it stands.

        A group that never closes reaches to `end`, unless it must be `closed`.
        Raises Unresolved where there is no argument.
        """
        self.skip_space(end)
        start = self.at
        character = self.peek(end)
        if character in ("{", "$"):
            return self._delimited(end, closed=closed)
        if character in ("", "}"):
            raise Unresolved
        if character == "\\":
            self._move_over_command(end)
        else:
            self.at += 1
        return start, self.at

    def _delimited(self, end: int, *, closed: bool) -> tuple[int, int]:
        """Move over the group or formula here; a formula keeps its dollar signs."""
        opened = self.at
        stop = self.closer(opened)
        if stop is None and (closed or self.text[opened] == "$"):
            raise Unresolved
        if self.text[opened] == "{":
            self.at = end if stop is None else stop + 1
            return opened + 1, end if stop is None else stop
        self.at = (stop or opened) + (2 if self.text.startswith("$$", opened) else 1)
        return opened, self.at

    def _move_over_command(self, end: int) -> None:
        """Move over a command together with the arguments that it is known to take."""
        wanted = _ARGUMENTS.get(self.command(end), 0)
        while wanted:
            self.skip_space(end)
            character = self.peek(end)
            if character == "\\":
                wanted += _ARGUMENTS.get(self.command(end), 0)
            elif character == "{":
                self._delimited(end, closed=False)
            elif character:
                self.at += 1
            else:
                raise Unresolved
            wanted -= 1

    def within(self, span: tuple[int, int], reader: Reader) -> str:
        """What `reader` makes of a stretch that has been moved over already."""
        if self._depth >= DEPTH_LIMIT:
            raise TooDeep
        resume, self.at = self.at, span[0]
        self._depth += 1
        try:
            return reader(self, span[1])
        finally:
            self.at = resume
            self._depth -= 1
