"""The slash commands, made from the table of commands, and "Explain paper" on any message."""

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import (
    AppCommandContext,
    AppInstallationType,
    Choice,
    CommandNotFound,
    CommandSignatureMismatch,
)

from bot.commands.table import Audience, Command, visible
from bot.errors import UsageError
from bot.platforms.discord_answer import Answering
from bot.platforms.discord_asked import ROOMS, Asked, Interaction
from bot.platforms.discord_choices import Choosing
from bot.platforms.discord_options import Label, Offer, Option, options_of, written
from bot.sources.ids import find_ids
from formatters.words import FALLBACK, words

LONGEST_TEXT = 1000  # characters that people may type; no query of ours may be longer
MOST_TEXT = 12_000
"""Characters of a message that are looked through; ten embeds hold 6,000, and content 4,000:
https://docs.discord.com/developers/resources/message#embed-object-embed-limits."""

DEEPEST = 5  # levels of components; Discord has three

EVERYWHERE = AppCommandContext(guild=True, dm_channel=True, private_channel=True)
BY_ANYBODY = AppInstallationType(guild=True, user=True)

Made = app_commands.Command[Any, ..., None] | app_commands.ContextMenu


class ChannelNumber(app_commands.Transformer):
    """Lets people choose a channel that digests can go to, and takes its number."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        """What Discord shows for it."""
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        """What can be chosen. Discord's specification leaves out media channels."""
        kinds = (kind for kind in ROOMS if kind is not discord.ChannelType.media)
        return sorted(kinds, key=lambda kind: kind.value)

    async def transform(self, _interaction: Interaction, value: Any, /) -> int:
        """Take the number."""
        return int(value.id)


class Tree(app_commands.CommandTree[Any]):
    """All commands; what people still see of an older release is answered too."""

    def __init__(self, client: discord.Client, answering: Answering, choosing: Choosing) -> None:
        super().__init__(client, allowed_contexts=EVERYWHERE, allowed_installs=BY_ANYBODY)
        self._answering = answering
        for command in visible():
            self.add_command(_slash_command(command, answering, choosing))
        self.add_command(_explain(answering))

    async def on_error(
        self, interaction: Interaction, error: app_commands.AppCommandError, /
    ) -> None:
        """Tell people that Discord shows them a command as it no longer is."""
        if not isinstance(error, CommandNotFound | CommandSignatureMismatch):
            await super().on_error(interaction, error)
            return
        problem = words(interaction.locale.value)("discord.outdated")
        await self._answering.refuse(interaction, problem, Asked("", hidden=True))


def spoken(label: Label) -> app_commands.locale_str:
    """A text that is sent to Discord in every language that has a catalogue."""
    return app_commands.locale_str(label(words(FALLBACK)), label=label)


def text_of(message: discord.Message) -> str:
    """Everything that can be read in a message: its text, its embeds, its components."""
    parts = [message.content]
    for embed in message.embeds:
        parts += [embed.url or "", embed.title or "", embed.description or ""]
        parts += [part for field in embed.fields for part in (field.name or "", field.value or "")]
    parts += _texts_in([one.to_dict() for one in message.components])
    for forwarded in message.message_snapshots:
        parts.append(forwarded.content)
    return "\n".join(parts)[:MOST_TEXT]


def _texts_in(components: Any, depth: int = 0) -> Iterator[str]:
    """The texts and the links of components, and of those inside."""
    if depth > DEEPEST or not isinstance(components, list):
        return
    for one in components:
        yield from (str(one[key]) for key in ("content", "url") if one.get(key))
        yield from _texts_in(one.get("components"), depth + 1)
        yield from _texts_in([one["accessory"]] if one.get("accessory") else None, depth + 1)


def _explain(answering: Answering) -> app_commands.ContextMenu:
    async def explain(interaction: Interaction, message: discord.Message) -> None:
        found = find_ids(text_of(message))
        if found:
            await answering.answer(interaction, Asked("paper", str(found[0]), hidden=True))
            return
        problem = words(interaction.locale.value)("discord.no_paper")
        await answering.refuse(interaction, problem, Asked("paper", hidden=True))

    name = spoken(lambda texts: texts("discord.explain"))
    return app_commands.ContextMenu(name=name, callback=explain)


def _slash_command(
    command: Command, answering: Answering, choosing: Choosing
) -> app_commands.Command[Any, ..., None]:
    options = options_of(command)

    async def run(interaction: Interaction, **values: Any) -> None:
        asked = Asked(command.name, place=values.get("channel"))
        try:
            asked = replace(asked, arguments=written(options, values))
        except UsageError as error:
            await answering.refuse(interaction, str(error), asked)
        else:
            await answering.answer(interaction, asked)

    # The library reads what can be filled in from the signature.
    run.__dict__["__signature__"] = _signature(options)
    _describe(run, options, choosing)
    if command.audience is Audience.ADMINISTRATORS:
        app_commands.default_permissions(manage_guild=True)(run)
    return app_commands.Command(
        name=spoken(lambda texts: texts(f"discord_command.{command.name}")),
        description=spoken(lambda texts: texts(f"command.{command.name}")),
        callback=run,
    )


def _signature(options: Sequence[Option]) -> inspect.Signature:
    interaction = inspect.Parameter("interaction", inspect.Parameter.POSITIONAL_ONLY)
    return inspect.Signature([interaction, *map(_parameter, options)])


def _parameter(option: Option) -> inspect.Parameter:
    kind: Any = app_commands.Range[str, 1, LONGEST_TEXT]
    if option.most is not None:
        kind = app_commands.Range[int, 1, option.most]
    elif option.choices:
        kind = str
    elif option.channel:
        kind = app_commands.Transform[int, ChannelNumber]
    default = inspect.Parameter.empty if option.required else None
    place = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(option.name, place, annotation=kind, default=default)


def _describe(run: Any, options: Sequence[Option], choosing: Choosing) -> None:
    """Add what people read about the options, and what they are offered."""
    for option in options:
        name = option.name
        app_commands.rename(**{name: spoken(_message(f"discord_option.{name}"))})(run)
        app_commands.describe(**{name: spoken(_message(f"discord_hint.{name}"))})(run)
        if option.offer is not None:
            app_commands.autocomplete(**{name: _offering(option.offer, choosing)})(run)
        if option.choices:
            choices = [Choice(name=spoken(label), value=one) for one, label in option.choices]
            app_commands.choices(**{name: choices})(run)


def _message(key: str) -> Label:
    return lambda texts: texts(key)


def _offering(offer: Offer, choosing: Choosing) -> Any:
    async def offered(interaction: Interaction, text: str) -> list[Choice[str]]:
        return await choosing.choices(interaction, offer, text)

    return offered
