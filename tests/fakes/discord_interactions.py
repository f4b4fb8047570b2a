"""What people ask of a bot on the fake Discord, and the answers by callback and webhook."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.fakes.discord_forms import member_json
from tests.fakes.discord_messages import edit, written
from tests.fakes.discord_places import Kind, Place
from tests.fakes.discord_posted import EPHEMERAL, Json, Person, Posted
from tests.fakes.discord_refusals import Refusal

if TYPE_CHECKING:
    from tests.fakes.discord import FakeDiscord
    from tests.fakes.discord_faults import Call

# https://docs.discord.com/developers/interactions/receiving-and-responding#followup-messages
FIRST_ANSWER = 3.0  # seconds
TOKEN_LIFE = 900.0

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
MESSAGE, DEFERRED, DEFERRED_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9

SLASH, ON_MESSAGE = 1, 3
SUBCOMMANDS = 1, 2
GUILD_CONTEXT, BOT_DM, ELSEWHERE = 0, 1, 2


@dataclass(eq=False)
class Asked:
    """One interaction and what came of it.

    `messages` are the answers that are messages, seen by all or by the asker alone; the first of
    them is the original one. `callback` is the kind of the first answer.
    """

    discord: FakeDiscord
    id: int
    token: str
    kind: int
    place: Place
    person: Person
    at: float
    source: Posted | None = None
    callback: int | None = None
    waiting: bool = False
    messages: list[Posted] = field(default_factory=list)
    choices: list[Json] | None = None
    modal: Json | None = None

    @property
    def original(self) -> Posted | None:
        if self.callback in (UPDATE, DEFERRED_UPDATE):
            return self.source
        return self.messages[0] if self.messages else None

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.messages]

    async def hears(self, text: str = "") -> Posted:
        """Wait for an answer with `text` in it, be it new or an edited one."""

        def found() -> list[Posted]:
            shown = [*self.messages, *([self.original] if self.original else [])]
            ready = [] if self.waiting else shown
            return [one for one in ready if text in one.text]

        try:
            await self.discord.until(found)
        except TimeoutError:
            raise AssertionError(f"{text!r} not among {self.texts}") from None
        return found()[-1]

    async def is_acknowledged(self) -> int:
        """Wait for the first answer of any kind; returns which it is."""
        await self.discord.until(lambda: self.callback is not None)
        assert self.callback is not None
        return self.callback

    async def offers(self) -> list[Json]:
        """Wait for the completions of what is being typed."""
        await self.discord.until(lambda: self.choices is not None)
        return self.choices or []


class Interactions:
    """Lets people act, and keeps what they asked by its token."""

    def __init__(self, discord: FakeDiscord) -> None:
        self._discord = discord
        self.by_token: dict[str, Asked] = {}

    def command(self, place: Place, person: Person, line: str, options: Json) -> Asked:
        name, *path = line.split()
        known = self._known(name, SLASH, place, person)
        data = self._data(known) | {"options": _options(known, path, options)}
        return self._emit(COMMAND, place, person, data)

    def autocomplete(
        self, place: Place, person: Person, line: str, option: str, text: str
    ) -> Asked:
        name, *path = line.split()
        known = self._known(name, SLASH, place, person)
        found = _options(known, path, {option: text})
        focused = found
        for _ in path:
            focused = focused[0]["options"]
        focused[0]["focused"] = True
        return self._emit(AUTOCOMPLETE, place, person, self._data(known) | {"options": found})

    def on_message(self, place: Place, person: Person, name: str, posted: Posted) -> Asked:
        known = self._known(name, ON_MESSAGE, place, person)
        number = str(posted.id)
        data = {"target_id": number, "resolved": {"messages": {number: posted.json()}}}
        return self._emit(COMMAND, place, person, self._data(known) | data)

    def component(
        self,
        place: Place,
        person: Person,
        posted: Posted,
        custom_id: str,
        values: list[str] | None = None,
    ) -> Asked:
        (pressed,) = [one for one in posted.components if one.get("custom_id") == custom_id]
        data: Json = {"custom_id": custom_id, "component_type": pressed["type"]}
        data["id"] = pressed["id"]
        if values is not None:
            data["values"] = values
        return self._emit(COMPONENT, place, person, data, posted)

    def modal(self, place: Place, person: Person, asked: Asked, values: dict[str, str]) -> Asked:
        assert asked.modal, "no modal came"
        data = {
            "custom_id": asked.modal["custom_id"],
            "components": [_filled(one, values) for one in asked.modal["components"]],
        }
        return self._emit(MODAL_SUBMIT, place, person, data, asked.source)

    def _known(self, name: str, kind: int, place: Place, person: Person) -> Json:
        """A command that Discord offers this person here."""
        guild = str(place.guild.id) if place.guild else ""
        every = [one for group in {"", guild} for one in self._discord.commands.get(group, ())]
        found = [one for one in every if (one["name"], one["type"]) == (name, kind)]
        assert found, f"no command {name!r} among {[one['name'] for one in every]}"
        (known,) = found
        if place.guild is not None and (needed := known.get("default_member_permissions")):
            allowed = place.guild.rights_of(person) & int(needed)
            assert allowed == int(needed), f"{person.name} is not offered {name!r}"
        contexts = known.get("contexts")
        assert contexts is None or _context(place) in contexts, f"{name!r} is not offered here"
        return dict(known)

    def _data(self, known: Json) -> Json:
        return {"id": known["id"], "name": known["name"], "type": known["type"]}

    def _emit(
        self, kind: int, place: Place, person: Person, data: Json, source: Posted | None = None
    ) -> Asked:
        discord = self._discord
        now, token = discord.clock.monotonic(), secrets.token_hex(8)
        asked = Asked(discord, discord.new_id(), token, kind, place, person, now, source)
        self.by_token[token] = asked
        discord.dispatch("INTERACTION_CREATE", self._json(asked, data), place.guild)
        return asked

    def _json(self, asked: Asked, data: Json) -> Json:
        place, person, guild = asked.place, asked.person, asked.place.guild
        interaction: Json = {
            "id": str(asked.id),
            "application_id": self._discord.application["id"],
            "type": asked.kind,
            "token": asked.token,
            "version": 1,
            "data": data,
            "channel": place.json(),
            "channel_id": str(place.id),
            "locale": person.locale,
            "entitlements": [],
            "attachment_size_limit": 10 << 20,
            "context": _context(place),
            "app_permissions": str(int(place.bot_rights)),
            "authorizing_integration_owners": _owners(place, person),
        }
        if asked.source is not None:
            interaction["message"] = asked.source.json()
        if guild is None:
            return interaction | {"user": person.json()}
        rights = guild.rights_of(person)
        interaction["channel"]["permissions"] = str(int(rights))
        return interaction | {
            "guild_id": str(guild.id),
            "guild_locale": guild.locale,
            "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
            "member": member_json(person.json()) | {"permissions": str(int(rights))},
        }


def _context(place: Place) -> int:
    if place.guild is not None:
        return GUILD_CONTEXT
    return BOT_DM if place.kind is Kind.DM else ELSEWHERE


def _owners(place: Place, person: Person) -> Json:
    """Whether the guild (or the bot's own conversation) or the person installed the bot."""
    if place.guild is not None and not place.guild.removed:
        return {"0": str(place.guild.id)}
    return {"0": "0"} if place.kind is Kind.DM else {"1": str(person.id)}


def _options(known: Json, path: list[str], values: Json) -> list[Json]:
    """The chosen options as Discord sends them: typed, inside the subcommand they belong to."""
    declared = {one["name"]: one for one in known.get("options") or ()}
    if path:
        inner = declared[path[0]]
        nested = _options(inner, path[1:], values)
        return [{"name": path[0], "type": inner["type"], "options": nested}]
    unknown = set(values) - set(declared)
    assert not unknown, f"no options {unknown} among {set(declared)}"
    needed = {name for name, one in declared.items() if one.get("required")} - set(values)
    assert not needed or len(values) == 1, f"{needed} must be given"
    return [
        {"name": name, "type": declared[name]["type"], "value": value}
        for name, value in values.items()
    ]


def _filled(component: Json, values: dict[str, str]) -> Json:
    """A component of a modal as it comes back."""
    if inside := component.get("component"):
        return {"type": component["type"], "id": 1, "component": _filled(inside, values)}
    if inner := component.get("components"):
        filled = [_filled(one, values) for one in inner]
        return {"type": component["type"], "id": 1, "components": filled}
    name = component.get("custom_id", "")
    given = values.get(name, component.get("value", ""))
    value: Json = {"value": given} if component["type"] == 4 else {"values": [given]}
    return {"type": component["type"], "id": 1, "custom_id": name} | value


def respond(discord: FakeDiscord, call: Call) -> Json | None:
    """The first answer to an interaction."""
    asked = discord.asking.by_token.get(call.names["interaction_token"])
    late = asked is not None and discord.clock.monotonic() - asked.at > FIRST_ANSWER
    if asked is None or str(asked.id) != call.names["interaction_id"]:
        raise Refusal(10062)
    if asked.callback is not None:
        raise Refusal(40060)
    if late:
        raise Refusal(10062)
    message = _answered(asked, call)
    asked.callback = call.body["type"]
    if "with_response" not in call.query:
        return None
    interaction: Json = {"id": str(asked.id), "type": asked.kind}
    answer: Json = {"interaction": interaction}
    if message is not None:
        interaction |= {
            "response_message_id": str(message.id),
            "response_message_ephemeral": message.ephemeral,
            "response_message_loading": asked.waiting,
        }
        answer["resource"] = {"type": call.body["type"], "message": message.json()}
    return answer


def _answered(asked: Asked, call: Call) -> Posted | None:
    kind, data = call.body["type"], call.body.get("data") or {}
    discord = asked.discord
    if kind == MESSAGE:
        return _say(asked, written(discord, data, call.files))
    if kind == DEFERRED:
        asked.waiting = True
        return _say(asked, {"flags": (data.get("flags") or 0) & EPHEMERAL})
    if kind in (UPDATE, DEFERRED_UPDATE):
        if asked.source is None:
            raise Refusal(50035)
        if kind == UPDATE:
            edit(discord, asked.source, data, call.files)
        return asked.source
    if kind == CHOICES:
        asked.choices = data["choices"]
    elif kind == MODAL:
        asked.modal = data
    return None


def follow_up(discord: FakeDiscord, call: Call) -> Json:
    """A further answer; the first one after a deferral takes the place of the waiting one."""
    asked = _asked(discord, call)
    if asked.waiting and asked.original is not None:
        return _edited(asked, asked.original, call)
    return _say(asked, written(discord, call.body, call.files)).json()


def get_answer(discord: FakeDiscord, call: Call) -> Json:
    return _answer(_asked(discord, call), call).json()


def update_answer(discord: FakeDiscord, call: Call) -> Json:
    asked = _asked(discord, call)
    return _edited(asked, _answer(asked, call), call)


def delete_answer(discord: FakeDiscord, call: Call) -> None:
    asked = _asked(discord, call)
    posted = _answer(asked, call)
    asked.waiting = asked.waiting and posted is not asked.original
    asked.messages = [one for one in asked.messages if one is not posted]
    posted.place.deletes(posted)


def _asked(discord: FakeDiscord, call: Call) -> Asked:
    """What a token of a webhook belongs to, as long as it is answered and not too old."""
    asked = discord.asking.by_token.get(call.names["webhook_token"])
    if asked is None or asked.callback is None:
        raise Refusal(10015)
    if discord.clock.monotonic() - asked.at > TOKEN_LIFE:
        raise Refusal(50027)
    return asked


def _answer(asked: Asked, call: Call) -> Posted:
    wanted = call.names["message_id"]
    if wanted == "@original" and asked.original is not None:
        return asked.original
    for one in asked.messages:
        if str(one.id) == wanted:
            return one
    raise Refusal(10008)


def _edited(asked: Asked, posted: Posted, call: Call) -> Json:
    edit(asked.discord, posted, call.body, call.files)
    if posted is asked.original:
        asked.waiting = False
    return posted.json()


def _say(asked: Asked, body: Json) -> Posted:
    """Post an answer: for everybody, or where it is ephemeral for the asker alone."""
    discord = asked.discord
    hidden = bool(body["flags"] & EPHEMERAL)
    posted = discord.post(asked.place, discord.bot, body, hidden=hidden)
    asked.messages.append(posted)
    return posted
