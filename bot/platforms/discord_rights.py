"""Which permissions the bot lacks in a channel, in the words of Discord's own settings."""

from collections.abc import Iterable, Sequence

import discord

NAMES = {
    "view_channel": "View Channel",
    "read_message_history": "Read Message History",
    "send_messages": "Send Messages",
    "create_public_threads": "Create Public Threads",
    "send_messages_in_threads": "Send Messages in Threads",
}
FORUM_NAMES = NAMES | {
    "send_messages": "Create Posts",
    "send_messages_in_threads": "Send Messages in Posts",
}
"""https://support.discord.com/hc/en-us/articles/6208479917079-Forum-Channels-FAQ"""

NEEDED: dict[str, tuple[str, ...]] = {
    "message": ("view_channel", "send_messages", "read_message_history"),
    "edit": ("view_channel",),
    "thread": ("view_channel", "create_public_threads", "read_message_history"),
    "post": ("view_channel", "send_messages", "read_message_history"),
    "crosspost": ("view_channel", "send_messages"),
}
"""What each method takes, https://docs.discord.com/developers/topics/permissions.

Without the history nobody could tell after a crash whether a message was posted: Discord then
shows an empty one, instead of refusing.
"""

IN_THREAD = ("view_channel", "send_messages_in_threads", "read_message_history")

Place = discord.abc.GuildChannel | discord.Thread


def needed_for(method: str, in_thread: bool = False) -> tuple[str, ...]:
    """The permissions that a method takes, by the library's names."""
    return IN_THREAD if method == "message" and in_thread else NEEDED.get(method, ())


def missing(
    granted: discord.Permissions, method: str, in_thread: bool = False, forum: bool = False
) -> tuple[str, ...]:
    """Name the permissions that a method takes and the bot does not have.

    `in_thread`: a message goes to a thread or a forum's post. Where the channel cannot be seen,
    nothing else can be told, and only that is named.
    """
    names = FORUM_NAMES if forum else NAMES
    needed = needed_for(method, in_thread)
    lacking = tuple(names[one] for one in needed if not getattr(granted, one))
    return lacking[:1] if lacking[:1] == (names["view_channel"],) else lacking


def missing_in(place: Place, me: int, method: str, in_thread: bool = False) -> tuple[str, ...]:
    """Name the permissions that the bot lacks in a channel, as far as the gateway told of it.

    `me` is the bot's own id.
    """
    parent = place.parent if isinstance(place, discord.Thread) else place
    member = place.guild.get_member(me)
    if parent is None or member is None:
        return ()
    inside = in_thread or isinstance(place, discord.Thread)
    forum = isinstance(parent, discord.ForumChannel)
    return missing(parent.permissions_for(member), method, inside, forum)


def lacks(names: Sequence[str], place: str = "the channel") -> str:
    """Say which permissions are missing."""
    several = "s" if len(names) > 1 else ""
    return f"in {place} the bot lacks the permission{several} {quoted(names)}"


def takes(method: str, in_thread: bool = False) -> str:
    """Say which permissions a method takes, where nobody knows which of them is missing."""
    needed = needed_for(method, in_thread)
    names = FORUM_NAMES if method == "post" else NAMES
    told = quoted(names[one] for one in needed)
    return f"in the channel the bot lacks one of the permissions {told}"


def quoted(names: Iterable[str]) -> str:
    """Names as they stand in a sentence."""
    return ", ".join(f'"{name}"' for name in names)
