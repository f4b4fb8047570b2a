"""The real client in SimCord's Discord, which runs all of discord.py, and ways to talk to it."""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import discord
import pytest
import simcord
from discord import Permissions
from simcord import ChannelHandle, Env, GuildHandle, InteractionResult, MemberActor, UserHandle

from bot.app import opened
from bot.commands.request import Services
from bot.commands.table import dispatch
from bot.config import Arxiv, Config
from bot.config import Discord as DiscordConfig
from bot.platforms.discord_answer import Dispatch
from bot.platforms.discord_bot import Bot, make_bot
from bot.platforms.discord_buttons import Special
from storage.models import Address, Platform
from tests.fakes.arxiv import FakeArxiv
from tests.fakes.held_clock import HeldClock

NOWHERE = "http://127.0.0.1:9"  # the discord port, where nobody listens
OWN_ACCOUNT, SERVER = "1", "0"  # where the bot was added: integration types
TEXT, BUTTON, SELECT = 10, 2, 3  # types of components

Person = MemberActor | UserHandle


@dataclass
class Client:
    """What Discord says of an asker's client, which SimCord leaves at American English."""

    locale: str = "en-US"
    guild_locale: str = "en-US"
    by_account: bool = False

    def speak(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let every interaction that follows say so."""
        plain = simcord.interactions.base_payload

        def saying(*arguments: Any, **fields: Any) -> tuple[Any, dict[str, Any]]:
            record, payload = plain(*arguments, **fields)
            payload["locale"] = self.locale
            if "guild_id" in payload:
                payload["guild_locale"] = self.guild_locale
            owners = {OWN_ACCOUNT: str(fields["user_id"])} if self.by_account else {}
            payload["authorizing_integration_owners"] = owners
            return record, payload

        monkeypatch.setattr(simcord.interactions, "base_payload", saying)


@dataclass
class World:
    """A server with channels of every kind, its administrator and a member."""

    env: Env
    services: Services
    clock: HeldClock
    guild: GuildHandle
    admin: MemberActor
    member: MemberActor
    client: Client
    places: dict[str, ChannelHandle] = field(default_factory=dict)

    async def asks(
        self, who: Person, where: ChannelHandle | None, command: str, /, **options: Any
    ) -> InteractionResult:
        """Use a slash command in a channel, or in direct messages where none is given."""
        if isinstance(who, UserHandle):
            result = await who.slash(command, **options)
        else:
            assert where is not None
            result = await who.slash(where, command, **options)
        return self._seen(result)

    async def presses(
        self, who: Person, result: InteractionResult, label: str
    ) -> InteractionResult:
        """Press a button of an answer."""
        for message in messages(result):
            if label in labels([message]):
                return self._seen(await who.click(message, label=label))
        raise AssertionError(f"no button {label!r} among {labels(messages(result))}")

    async def chooses(self, who: Person, result: InteractionResult, line: str) -> InteractionResult:
        """Choose from the select of an answer."""
        message = messages(result)[0]
        return self._seen(await who.select(message, [line], custom_id="paperboy:0:"))

    async def choices(
        self, who: MemberActor, command: str, option: str, text: str, **filled: Any
    ) -> dict[str, str]:
        """What is offered while somebody types: what is filled in, by what is shown."""
        offered = await who.autocomplete(self.places["text"], command, option, text, **filled)
        return {one["name"]: one["value"] for one in offered}

    def address(self, where: ChannelHandle) -> Address:
        return Address(Platform.DISCORD, str(where.id))

    async def restarts(self, dispatch: Dispatch = dispatch, special: Special | None = None) -> None:
        """End the client and start another one; Discord and the store stay."""
        await self.env.restart_bot(make_bot(self.services, dispatch, special))

    @property
    def bot(self) -> Bot:
        """The client at work."""
        bot = self.env.bot
        assert isinstance(bot, Bot)
        return bot

    def shown(self, where: ChannelHandle, to: MemberActor) -> list[discord.Message]:
        """The bot's own messages in a channel, as far as somebody sees them."""
        mine = self.env.bot.user
        return [one for one in where.history(viewer=to) if one.author == mine]

    def _seen(self, result: InteractionResult) -> InteractionResult:
        assert result.acknowledged, "the interaction failed"
        for message in messages(result):
            assert not pings(message), f"{message} mentions somebody"
        return result


@asynccontextmanager
async def world(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    arxiv: FakeArxiv | None = None,
    dispatch: Dispatch = dispatch,
    special: Special | None = None,
    **keys: Any,
) -> AsyncIterator[World]:
    """A client at work until the end of the block; `keys` are those under [discord]."""
    config = Config(
        data_dir=folder,
        arxiv=Arxiv(
            feed_url=arxiv.feed_url if arxiv else NOWHERE,
            api_url=arxiv.api_url if arxiv else NOWHERE,
            min_interval=0.0,
        ),
        discord=DiscordConfig(**keys),
    )
    clock, client = HeldClock(), Client()
    client.speak(monkeypatch)
    async with (
        opened(config, clock) as services,
        simcord.run(make_bot(services, dispatch, special)) as env,
    ):
        yield settled(env, services, clock, client)


def settled(env: Env, services: Services, clock: HeldClock, client: Client) -> World:
    """Populate a server."""
    guild = env.create_guild()
    role = guild.create_role("Keepers", permissions=Permissions(manage_guild=True))
    admin = guild.add_member(env.create_user("ada"), roles=[role])
    member = guild.add_member(env.create_user("kurt"))
    places = {
        "text": guild.create_text_channel("papers"),
        "news": guild.create_news_channel("announcements"),
        "forum": guild.create_forum_channel("digests"),
    }
    places["thread"] = thread_in(env, guild, places["text"], "talk")
    places["post"] = thread_in(env, guild, places["forum"], "a post")
    return World(env, services, clock, guild, admin, member, client, places)


def thread_in(env: Env, guild: GuildHandle, channel: ChannelHandle, name: str) -> ChannelHandle:
    """A thread that people started; SimCord has no verb for that."""
    thread = env.backend.create_thread(channel.id, name, owner_id=guild.owner.id)
    return ChannelHandle(env, guild, thread)


def messages(result: InteractionResult) -> list[Any]:
    """The answer's messages in order."""
    return [*([result.response] if result.response else []), *result.followups]


def components(parts: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for part in parts:
        yield part
        yield from components(part.get("components") or ())


def text_of(result: InteractionResult) -> str:
    """All that can be read in an answer."""
    found = [one for message in messages(result) for one in components(message.components)]
    return "\n".join(one["content"] for one in found if one["type"] == TEXT)


def labels(shown: Iterable[Any]) -> list[str]:
    """The labels of the buttons."""
    found = [one for message in shown for one in components(message.components)]
    return [one["label"] for one in found if one["type"] == BUTTON]


def lines(result: InteractionResult) -> list[str]:
    """What the buttons and the options of the selects would do."""
    found = [one for message in messages(result) for one in components(message.components)]
    buttons = [one["custom_id"] for one in found if one["type"] == BUTTON and "custom_id" in one]
    options = [one["value"] for part in found if part["type"] == SELECT for one in part["options"]]
    return [*(one.split(":", 2)[2] for one in buttons), *options]


def pings(message: Any) -> bool:
    return bool(message.message.mentions or message.message.role_mentions) or (
        message.message.mention_everyone
    )
