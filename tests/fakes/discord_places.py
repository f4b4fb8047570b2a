"""The guilds and channels of the fake Discord, and what people do there."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from typing import TYPE_CHECKING, Any

from tests.fakes.discord_forms import bot_role_json, guild_json, place_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fakes.discord import FakeDiscord
    from tests.fakes.discord_interactions import Asked
    from tests.fakes.discord_posted import Json, Person, Posted

# https://docs.discord.com/developers/resources/message#message-object-message-flags
CROSSPOSTED, HAS_THREAD, COMPONENTS_V2 = 1 << 0, 1 << 5, 1 << 15
REQUIRE_TAG = 1 << 4  # of a forum


class Right(IntFlag):
    """https://docs.discord.com/developers/topics/permissions, as far as a bot that posts cares."""

    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    USE_APPLICATION_COMMANDS = 1 << 31
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    SEND_MESSAGES_IN_THREADS = 1 << 38


EVERYTHING = Right((1 << 50) - 1)
NOTHING = Right(0)
POSTING = (
    Right.VIEW_CHANNEL
    | Right.SEND_MESSAGES
    | Right.EMBED_LINKS
    | Right.ATTACH_FILES
    | Right.READ_MESSAGE_HISTORY
    | Right.USE_APPLICATION_COMMANDS
    | Right.CREATE_PUBLIC_THREADS
    | Right.SEND_MESSAGES_IN_THREADS
)


class Kind(IntEnum):
    """https://docs.discord.com/developers/resources/channel#channel-object-channel-types."""

    TEXT = 0
    DM = 1
    GROUP_DM = 3
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    THREAD = 11
    FORUM = 15


THREADS = frozenset({Kind.THREAD, Kind.ANNOUNCEMENT_THREAD})


@dataclass
class Guild:
    """A server as its members see it. The bot has a role of its own with `bot_rights`."""

    discord: FakeDiscord
    id: int
    bot_role: int
    name: str
    owner: Person
    locale: str = "en-US"
    bot_rights: Right = POSTING
    member_rights: Right = POSTING
    members: dict[int, Right] = field(default_factory=dict)
    unavailable: bool = False
    removed: bool = False

    @property
    def places(self) -> list[Place]:
        """Its channels and threads."""
        return [one for one in self.discord.places.values() if one.guild is self]

    # What is set up there

    def text(self, name: str = "papers") -> Place:
        return self._place(Kind.TEXT, name)

    def announcement(self, name: str = "daily") -> Place:
        return self._place(Kind.ANNOUNCEMENT, name)

    def forum(self, *tags: str, name: str = "digests", requires_tag: bool = False) -> Place:
        place = self._place(Kind.FORUM, name)
        place.tags = {tag: self.discord.new_id() for tag in tags}
        place.flags = REQUIRE_TAG if requires_tag else 0
        return place

    def member(self, name: str = "Bob", rights: Right = POSTING, locale: str = "en-US") -> Person:
        """Somebody who joins, with other rights than the owner."""
        person = self.discord.person(name, locale)
        self.members[person.id] = rights
        return person

    # What happens there

    def removes_bot(self) -> None:
        self.removed = True
        self.discord.dispatch("GUILD_DELETE", {"id": str(self.id)}, self)

    def invites_bot(self) -> None:
        self.removed = False
        joined = self.json()
        del joined["unavailable"]  # by which discord.py tells that the bot is new there
        self.discord.dispatch("GUILD_CREATE", joined, self)

    def becomes_unavailable(self) -> None:
        """An outage of the guild, not of the whole of Discord."""
        self.unavailable = True
        self.discord.dispatch("GUILD_DELETE", {"id": str(self.id), "unavailable": True}, self)

    def becomes_available(self) -> None:
        self.unavailable = False
        self.discord.dispatch("GUILD_CREATE", self.json(), self)

    def gives_bot(self, rights: Right) -> None:
        """Change what the bot's role may do."""
        self.bot_rights = rights
        event = {"guild_id": str(self.id), "role": bot_role_json(self)}
        self.discord.dispatch("GUILD_ROLE_UPDATE", event, self)

    # As Discord tells it

    def rights_of(self, person: Person) -> Right:
        """Outside any channel."""
        if person is self.owner:
            return EVERYTHING
        return self.members.get(person.id, self.member_rights)

    def json(self) -> Json:
        """The content of GUILD_CREATE."""
        return guild_json(self)

    def _place(self, kind: Kind, name: str) -> Place:
        place = self.discord.add_place(kind, name, self)
        self.discord.dispatch("CHANNEL_CREATE", place.json(), self)
        return place


@dataclass(eq=False)
class Place:
    """A channel, a thread or a direct conversation, through the eyes of those who are there."""

    discord: FakeDiscord
    id: int
    kind: Kind
    name: str
    guild: Guild | None = None
    parent: Place | None = None
    person: Person | None = None
    tags: dict[str, int] = field(default_factory=dict)
    applied_tags: list[int] = field(default_factory=list)
    flags: int = 0
    archived: bool = False
    locked: bool = False
    denied: Right = NOTHING
    posted: dict[int, Posted] = field(default_factory=dict)

    # What people do: each returns what was asked, by whose answers one sees what came of it

    def runs(self, command: str, by: Person | None = None, **options: Any) -> Asked:
        """Use a slash command (with its subcommand, as in "settings show")."""
        return self.discord.asking.command(self, by or self.owner, command, options)

    def types(self, command: str, option: str, text: str, by: Person | None = None) -> Asked:
        """Begin to type an option that Discord completes."""
        return self.discord.asking.autocomplete(self, by or self.owner, command, option, text)

    def uses_on(self, command: str, posted: Posted, by: Person | None = None) -> Asked:
        """Use a command of a message's context menu."""
        return self.discord.asking.on_message(self, by or self.owner, command, posted)

    def presses(self, label: str, by: Person | None = None, posted: Posted | None = None) -> Asked:
        """Press a button of `posted`, or of the newest message here that has it."""
        found = posted or self._newest(lambda one: label in one.labels, f"button {label!r}")
        custom_id = found.button(label)["custom_id"]
        return self.discord.asking.component(self, by or self.owner, found, custom_id)

    def chooses(self, value: str, by: Person | None = None, posted: Posted | None = None) -> Asked:
        """Choose an option, by its label or its value, of a select."""
        has = f"option {value!r}"
        found = posted or self._newest(lambda one: one.select(value) is not None, has)
        select = found.select(value)
        assert select, f"no {has}"
        options = [
            one["value"] for one in select["options"] if value in (one["label"], one["value"])
        ]
        who = by or self.owner
        return self.discord.asking.component(self, who, found, select["custom_id"], options[:1])

    def submits(self, modal: Asked, by: Person | None = None, **values: str) -> Asked:
        """Send a modal that came as an answer; `values` by the inputs' custom ids."""
        return self.discord.asking.modal(self, by or self.owner, modal, values)

    def says(self, text: str, by: Person | None = None) -> Posted:
        """Write a message, of which the bot is not told."""
        return self.discord.post(self, (by or self.owner).json(), {"content": text})

    def deletes(self, posted: Posted) -> None:
        """Take a message away."""
        posted.deleted = True
        self.posted.pop(posted.id, None)

    # What is done with the place

    def starts_thread(self, name: str = "talk") -> Place:
        """Open a thread that has no message it began with."""
        thread = self.discord.add_thread(self, name, self.discord.new_id())
        self._tell("THREAD_CREATE", thread)
        return thread

    def denies(self, rights: Right) -> None:
        """Take rights from the bot here; NOTHING gives them back."""
        self.denied = rights
        self._tell("CHANNEL_UPDATE", self)

    def is_archived(self, locked: bool = False) -> None:
        self.archived, self.locked = True, locked
        self._tell("THREAD_UPDATE", self)

    def is_deleted(self) -> None:
        """Delete it with its threads."""
        for thread in [one for one in self.discord.places.values() if one.parent is self]:
            thread.is_deleted()
        self.discord.places.pop(self.id, None)
        self._tell("THREAD_DELETE" if self.kind in THREADS else "CHANNEL_DELETE", self)

    # What is to be seen

    @property
    def owner(self) -> Person:
        """Who acts here where nobody is named."""
        who = self.person or (self.guild.owner if self.guild else None)
        assert who
        return who

    @property
    def messages(self) -> list[Posted]:
        """The bot's messages that everybody here sees, in the order they were posted."""
        bot = self.discord.bot["id"]
        return [one for one in self.posted.values() if one.author["id"] == bot]

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.messages]

    @property
    def threads(self) -> list[Place]:
        """In the order they were made."""
        return [one for one in self.discord.places.values() if one.parent is self]

    async def hears(self, text: str = "", times: int = 1) -> Posted:
        """Wait for `times` messages that contain `text`, and return the last of them."""

        def found() -> list[Posted]:
            return [one for one in self.messages if text in one.text]

        try:
            await self.discord.until(lambda: len(found()) >= times)
        except TimeoutError:
            raise AssertionError(f"{text!r} not among {self.texts}") from None
        return found()[-1]

    # As Discord tells it

    @property
    def bot_rights(self) -> Right:
        """What the bot may do here."""
        if self.guild is None:
            return POSTING
        denied = self.denied | (self.parent.denied if self.parent else NOTHING)
        rights = self.guild.bot_rights
        return EVERYTHING if rights & Right.ADMINISTRATOR else rights & ~denied

    def json(self) -> Json:
        return place_json(self)

    def _tell(self, event: str, place: Place) -> None:
        if self.guild is not None:
            self.discord.dispatch(event, place.json(), self.guild)

    def _newest(self, wanted: Callable[[Posted], bool], what: str) -> Posted:
        for posted in reversed(self.messages):
            if wanted(posted):
                return posted
        raise AssertionError(f"no {what} in {self.texts}")
