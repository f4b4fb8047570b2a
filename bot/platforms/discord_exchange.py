"""One interaction: taken note of in time, answered once, then followed by further messages.

Discord wants a first word within 3 seconds and takes everything else for 15 minutes:
https://docs.discord.com/developers/interactions/receiving-and-responding.
"""

import asyncio
from collections.abc import Awaitable, Callable
from enum import Enum, auto
from io import BytesIO
from typing import Any, cast

import aiohttp
import discord

from bot.platforms.discord_asked import Interaction
from formatters.text import ELLIPSIS
from storage.models import Json

ANSWERED_BEFORE = 40060
"""Interaction has already been acknowledged: an earlier attempt came through, its answer did not.
https://docs.discord.com/developers/topics/opcodes-and-status-codes#json-json-error-codes"""

PATIENCE = 60.0
"""Seconds for one call; the library itself waits for five minutes."""

LOST = (discord.DiscordException, aiohttp.ClientError, OSError)
"""What a call that did not come through raises; a timeout is an OSError too."""


class Rendered(discord.ui.LayoutView):
    """Components as a formatter wrote them.

    The library sends what its views say of themselves. This one is stopped from the beginning, so
    that the library keeps nothing of it: presses find their way by what the buttons carry.
    """

    def __init__(self, body: Json) -> None:
        super().__init__(timeout=None)
        self._body = body
        self.stop()

    def to_components(self) -> list[dict[str, Any]]:
        """The components."""
        return cast(list[dict[str, Any]], self._body["components"])

    def has_components_v2(self) -> bool:
        """Whether these are components of the second version, which come without other content."""
        return True


class _Stage(Enum):
    """How far an interaction has been answered."""

    FRESH = auto()
    THINKING = auto()
    """A message of ours says that an answer is coming."""
    NOTED = auto()
    """The button may rest; its message stays as it is."""
    ANSWERED = auto()


class Exchange:
    """Answers one interaction; raises what is in `LOST` where that does not come through.

    `ephemeral` is how its first message is shown, as far as that is known beforehand.
    `replaceable`: whether the message with the button may become the answer.
    """

    def __init__(self, interaction: Interaction, *, ephemeral: bool, replaceable: bool) -> None:
        self._interaction = interaction
        self.ephemeral = ephemeral
        self._replaceable = replaceable
        self._stage = _Stage.FRESH

    async def hold(self) -> None:
        """Say that the answer takes a while, unless something was said before."""
        if self._stage is not _Stage.FRESH:
            return
        response = self._interaction.response
        pressed = self._interaction.type is discord.InteractionType.component
        if pressed:
            await _first(response.defer)
        else:
            await _first(lambda: response.defer(ephemeral=self.ephemeral, thinking=True))
        self._stage = _Stage.NOTED if pressed else _Stage.THINKING

    async def say(self, body: Json, *, ephemeral: bool, replaces: bool = False) -> None:
        """Show a message: the first one as the answer, the others below it."""
        interaction, view = self._interaction, Rendered(body)
        replaces = replaces and self._replaceable
        if self._stage is _Stage.FRESH and replaces:
            await _first(lambda: interaction.response.edit_message(view=view))
        elif self._stage is _Stage.FRESH:
            await _first(lambda: interaction.response.send_message(view=view, ephemeral=ephemeral))
        elif self._is_to_be_edited(ephemeral, replaces):
            await _patiently(lambda: interaction.edit_original_response(view=view))
        else:
            if self._stage is _Stage.THINKING:
                await self._take_back()
            await _patiently(lambda: interaction.followup.send(view=view, ephemeral=ephemeral))
        self._stage = _Stage.ANSWERED

    async def attach(self, name: str, content: str, *, ephemeral: bool) -> None:
        """Show a file below what was said."""
        file = discord.File(BytesIO(content.encode()), name)
        followup = self._interaction.followup
        await _patiently(lambda: followup.send(file=file, ephemeral=ephemeral))

    async def _take_back(self) -> None:
        """Delete what was announced to all, since it cannot become the asker's own.

        As long as it is only announced, Discord takes whatever follows for it, and refuses that
        where it is gone: https://github.com/discord/discord-api-docs/issues/2866 and 3087.
        """
        await _patiently(lambda: self._interaction.edit_original_response(content=ELLIPSIS))
        self._stage = _Stage.NOTED
        await _patiently(self._interaction.delete_original_response)

    def _is_to_be_edited(self, ephemeral: bool, replaces: bool) -> bool:
        """Whether the message that was noted before becomes the answer."""
        if self._stage is _Stage.THINKING:
            return ephemeral == self.ephemeral
        return self._stage is _Stage.NOTED and replaces


async def _patiently(call: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(PATIENCE):
        await call()


async def _first(call: Callable[[], Awaitable[object]]) -> None:
    """Make the first call, which Discord takes once only, so that it may be repeated once."""
    try:
        await _unless_answered(call)
    except (aiohttp.ClientError, OSError):
        await _unless_answered(call)


async def _unless_answered(call: Callable[[], Awaitable[object]]) -> None:
    try:
        await _patiently(call)
    except discord.HTTPException as error:
        if error.code != ANSWERED_BEFORE:
            raise
