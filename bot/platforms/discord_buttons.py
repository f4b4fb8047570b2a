"""Buttons and selects, which carry the command line that they stand for and outlive any restart."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Self, cast

from discord.ui import Button, DynamicItem, Item, Select

from bot.commands.table import read_line
from bot.platforms.discord_answer import Answering
from bot.platforms.discord_asked import Asked, Interaction

BUTTON = r"paperboy:[0-9]{1,3}:(?P<line>.+)"
SELECT = r"paperboy:[0-9]{1,3}:"  # its options carry the lines

Special = Mapping[str, Callable[[Interaction], Awaitable[None]]]
"""Lines that are no commands but something of Discord's own, with what they do."""


class Pressing:
    """Answers presses."""

    def __init__(self, answering: Answering, special: Special) -> None:
        self._answering = answering
        self._special = special

    async def pressed(self, interaction: Interaction, line: str) -> None:
        """Do what a button's line says; the dispatcher tells where it leads nowhere."""
        if line in self._special:
            await self._special[line](interaction)
            return
        command, arguments = read_line(f"/{line}") or ("", "")
        await self._answering.answer(interaction, Asked(command, arguments, pressed=True))


def items(pressing: Pressing) -> tuple[type[DynamicItem[Any]], ...]:
    """The kinds of buttons and selects that the client has to know."""

    class LineButton(DynamicItem[Button[Any]], template=BUTTON):
        """A button; its id holds the line."""

        def __init__(self, item: Button[Any], line: str) -> None:
            super().__init__(item)
            self._line = line

        @classmethod
        async def from_custom_id(
            cls, _interaction: Interaction, item: Item[Any], match: Any, /
        ) -> Self:
            """Read the line from the id."""
            return cls(cast(Button[Any], item), match["line"])

        async def callback(self, interaction: Interaction) -> None:
            """Answer the press."""
            await pressing.pressed(interaction, self._line)

    class LineSelect(DynamicItem[Select[Any]], template=SELECT):
        """A select; the option that is chosen is the line."""

        @classmethod
        async def from_custom_id(
            cls, _interaction: Interaction, item: Item[Any], _match: Any, /
        ) -> Self:
            """Take the select as it is."""
            return cls(cast(Select[Any], item))

        async def callback(self, interaction: Interaction) -> None:
            """Answer the choice."""
            await pressing.pressed(interaction, self.item.values[0])

    return LineButton, LineSelect
