"""Answers about another channel than the one where they are read: their buttons name it."""

import re
from dataclasses import replace

from bot.commands.request import KEPT_LINE, Services, carried
from formatters.document import Action, Actions, Document

ABOUT_A_CHANNEL = frozenset({"subscribe", "list", "unsubscribe", "settings", "next"})
"""Commands whose buttons mean the channel; those of all others mean the asker, or nobody."""

_ELSEWHERE = re.compile(r"in ([0-9]{1,20}) (.+)", re.ASCII | re.DOTALL)


def split_place(line: str) -> tuple[int | None, str]:
    """Split a button's line from the number of the channel that it is about; None for this one."""
    match = _ELSEWHERE.fullmatch(line)
    return (int(match[1]), match[2]) if match else (None, line)


async def placed(services: Services, document: Document, place: int | None) -> Document:
    """Let the buttons of an answer be about another channel; None stands for this one."""
    if place is None:
        return document
    blocks = [
        Actions(tuple([await _row(services, row, place) for row in block.rows]))
        if isinstance(block, Actions)
        else block
        for block in document.blocks
    ]
    return replace(document, blocks=tuple(blocks))


async def _row(services: Services, row: tuple[Action, ...], place: int) -> tuple[Action, ...]:
    return tuple([await _about(services, action, place) for action in row])


async def _about(services: Services, action: Action, place: int) -> Action:
    name = action.command.partition(" ")[0]
    if name not in ABOUT_A_CHANNEL and name != KEPT_LINE.strip():
        return action
    return replace(action, command=await carried(services, f"in {place} {action.command}"))
