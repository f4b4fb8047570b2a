"""A loopback Discord: REST, the gateway, guilds that people act in, and faults on request.

It runs in the event loop of its test:

    async with FakeDiscord(clock) as discord:
        papers = discord.guild().text()
        ...                                   # a bot that talks to api_url and gateway_url
        asked = papers.runs("paper", id="2401.00001")
        await asked.hears("2401.00001")
        papers.presses("Similar")

Bodies are held against Discord's specification where it is at hand; one that goes beyond it is
refused as Discord would (50035) and noted in `violations`.
"""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any, Self

from aiohttp import web

from tests.fakes.discord_checks import check
from tests.fakes.discord_faults import Call, Faults, number_of
from tests.fakes.discord_gateway import Gateway
from tests.fakes.discord_interactions import Interactions
from tests.fakes.discord_places import Guild, Kind, Place
from tests.fakes.discord_posted import Json, Person, Posted, user
from tests.fakes.discord_refusals import Refusal, Trouble
from tests.fakes.discord_routes import NONCE_SECONDS, ROUTES

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from types import TracebackType

    from bot.clock import Clock
    from tests.fakes.discord_limits import Limits, Window

CREDENTIAL = "MTIzNDU2Nzg5MDEyMzQ1Njc4.Gtest-.token_that-must_never-be-logged"
PATIENCE = 10.0  # seconds that a test waits for the bot before it fails
EPOCH = datetime(2015, 1, 1, tzinfo=UTC)  # https://docs.discord.com/developers/reference#snowflakes
UNAUTHORISED = "/interactions/", "/webhooks/"  # their tokens are in the path


class FakeDiscord(Faults):
    """The server. `calls` lists every request with the status of its answer.

    Without `limits` there are none but for crossposts. `checked`: whether bodies are held against
    the specification.
    """

    def __init__(self, clock: Clock, limits: Limits | None = None, checked: bool = True) -> None:
        super().__init__()
        self.clock = clock
        self.limits = limits
        self.credential = CREDENTIAL
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.people: dict[int, Person] = {}
        self.guilds: dict[int, Guild] = {}
        self.places: dict[int, Place] = {}
        self.commands: dict[str, list[Json]] = {}
        self.crossposts: dict[int, Window] = {}
        self.gateway = Gateway(self)
        self.asking = Interactions(self)
        self._checked = checked
        self._numbers = count(1)
        self._nonces: dict[str | int, Posted] = {}
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._port = 0
        self.bot = user(self.new_id(), "Paperboy", bot=True)
        self.application: Json = {
            "id": str(self.new_id()),
            "name": "Paperboy",
            "description": "",
            "icon": None,
            "summary": "",
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "flags": 0,
            "owner": user(self.new_id(), "Owner"),
            "team": None,
            "bot": self.bot,
            "hook": False,
        }

    # Who and what there is

    def person(self, name: str = "Ada", locale: str = "en-US") -> Person:
        person = Person(self.new_id(), name, locale)
        self.people[person.id] = person
        return person

    def guild(self, owner: Person | None = None, locale: str = "en-US") -> Guild:
        """A server with the bot in it."""
        who = owner or self.person("Grace")
        guild = Guild(self, self.new_id(), self.new_id(), "Reading group", who, locale)
        self.guilds[guild.id] = guild
        guild.invites_bot()
        return guild

    def private(self, person: Person | None = None) -> Place:
        """The direct conversation of somebody and the bot."""
        who = person or self.person()
        for place in self.places.values():
            if place.kind is Kind.DM and place.person is who:
                return place
        place = self.add_place(Kind.DM, who.name)
        place.person = who
        return place

    def conversation(self, person: Person | None = None) -> Place:
        """A conversation of people without the bot, where one of them uses it nevertheless."""
        place = self.add_place(Kind.GROUP_DM, "friends")
        place.person = person or self.person()
        return place

    # What happens to the server

    async def goes_down(self) -> None:
        """Break all connections and accept no new ones; what is stored stays."""
        await self._site.stop()
        await self.gateway.cuts()
        assert self._runner.server
        for connection in list(self._runner.server.connections):
            connection.force_close()
        await asyncio.sleep(0)

    async def comes_back(self) -> None:
        """Listen again at the same address."""
        await self._listen()

    # Observations

    @property
    def api_url(self) -> str:
        """For `api_url` under [discord]."""
        return f"http://127.0.0.1:{self._port}/api/v10"

    @property
    def gateway_url(self) -> str:
        """For `gateway_url` under [discord]."""
        return f"ws://127.0.0.1:{self._port}/gateway"

    @property
    def refused(self) -> list[int]:
        """The status of every answer that was no success."""
        return [call.status for call in self.calls if call.status >= 400]

    @property
    def too_many(self) -> int:
        """How often 429 was given out."""
        return self.refused.count(429)

    def called(self, operation: str, place: Place | None = None) -> list[Any]:
        """The bodies of all calls of an operation."""
        number = number_of(place)
        return [
            call.body
            for call in self.calls
            if call.operation == operation and number in (None, call.place)
        ]

    async def gets(self, operation: str, times: int = 1) -> Any:
        """Wait until an operation was called so often; returns the last call's body."""
        await self.until(lambda: len(self.called(operation)) >= times)
        return self.called(operation)[-1]

    async def has_failed(self) -> None:
        """Wait until all has happened that was to go wrong."""
        await self.until(lambda: not self.faults)

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something is so; TimeoutError where it does not become so."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    # For places and operations

    def new_id(self) -> int:
        """A snowflake: greater than all before, and of the clock's present moment."""
        since = int((self.clock.now() - EPOCH).total_seconds() * 1000)
        return (since << 22) + next(self._numbers)

    def add_place(self, kind: Kind, name: str, guild: Guild | None = None) -> Place:
        place = Place(self, self.new_id(), kind, name, guild)
        self.places[place.id] = place
        return place

    def add_thread(self, parent: Place, name: str, number: int) -> Place:
        announcement = parent.kind is Kind.ANNOUNCEMENT
        kind = Kind.ANNOUNCEMENT_THREAD if announcement else Kind.THREAD
        thread = Place(self, number, kind, name, parent.guild, parent)
        self.places[number] = thread
        return thread

    def post(
        self,
        place: Place,
        author: Json,
        body: Json,
        nonce: str | int | None = None,
        number: int | None = None,
        hidden: bool = False,
    ) -> Posted:
        """Keep a message; `hidden` ones are in no channel's history."""
        number = self.new_id() if number is None else number
        posted = Posted(number, place, author, body, self.clock.now(), nonce)
        if nonce is not None:
            self._nonces[nonce] = posted
        if not hidden:
            place.posted[number] = posted
        self.notice()
        return posted

    def posted_with(self, nonce: str | int | None) -> Posted | None:
        """The bot's own message that bore this nonce in the past few minutes, in any channel."""
        posted = None if nonce is None else self._nonces.get(nonce)
        if posted is None or (self.clock.now() - posted.at).total_seconds() > NONCE_SECONDS:
            return None
        return posted

    def dispatch(self, event: str, content: Json, guild: Guild | None = None) -> None:
        """Tell the bot of something by the gateway."""
        self.gateway.dispatch(event, content, guild)

    def later(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside everything else."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def notice(self) -> None:
        """Let those look who wait until something is so."""
        self._changed.set()

    # The server

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=32 << 20)
        for method, path, operation, _ in ROUTES:
            app.router.add_route(method, f"/api/v10{path}", self._answering(operation))
        app.router.add_get("/gateway", self.gateway.serve)
        app.router.add_get("/gateway/", self.gateway.serve)
        app.router.add_route("*", "/{path:.*}", self._answering(""))
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=0
        )
        await self._runner.setup()
        await self._listen()
        return self

    async def __aexit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.gateway.cuts()
        await self._runner.cleanup()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _listen(self) -> None:
        self._site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await self._site.start()
        self._port = self._runner.addresses[-1][1]

    def _answering(self, operation: str) -> Callable[[web.Request], Any]:
        async def answer(request: web.Request) -> web.StreamResponse:
            body, files = await _content(request)
            path = request.path.removeprefix("/api/v10")
            at, names = self.clock.monotonic(), request.match_info
            call = Call(operation, path, body, request.query, names, at, files)
            self.calls.append(call)
            self.notice()
            return await self._answer(request, call)

        return answer

    async def _answer(self, request: web.Request, call: Call) -> web.StreamResponse:
        fault = self.take_fault(call)
        if fault and fault.resumed:
            await fault.resumed.wait()
        if fault and fault.cut == "before":
            return _hung_up(request)
        headers: dict[str, str] = {}
        try:
            if self.limits is not None:
                major = call.names.get("channel_id") or call.names.get("webhook_token", "")
                headers = self.limits.count(call.operation, call.path, major)
            if fault and fault.refusal and not fault.done:
                raise fault.refusal
            response = _answer(200, self._done(request, call), headers)
            if fault and fault.refusal:
                raise fault.refusal
        except Refusal as refusal:
            response = _refused(refusal, headers)
        call.status = response.status
        self.notice()
        return _hung_up(request) if fault and fault.cut == "after" else response

    def _done(self, request: web.Request, call: Call) -> Any:
        """Do what a call asks, where Discord would."""
        authorised = request.headers.get("Authorization") == f"Bot {self.credential}"
        if not authorised and not call.path.startswith(UNAUTHORISED):
            raise Refusal(0)
        if call.operation not in OPERATIONS:
            raise Refusal(0, 404)
        if self._checked and call.body is not None:
            try:
                check(call.operation, call.body)
            except Refusal as refusal:
                self.violations.append(f"{call.operation}: {refusal.body}")
                raise
        return OPERATIONS[call.operation](self, call)


OPERATIONS = {operation: do for _, _, operation, do in ROUTES}


async def _content(request: web.Request) -> tuple[Any, dict[str, str]]:
    """The JSON of a request, and the files that came with it."""
    if not request.can_read_body:
        return None, {}
    if request.content_type == "application/json":
        return await request.json(), {}
    form, body, files = await request.post(), None, {}
    for name, value in form.items():
        if isinstance(value, web.FileField):
            files[value.filename] = value.file.read().decode()
        elif name == "payload_json":
            body = json.loads(str(value))
    return body, files


def _answer(status: int, content: Any, headers: Mapping[str, str]) -> web.Response:
    """JSON as discord.py wants it: with this very content type."""
    if content is None:
        return web.Response(status=204, headers=headers)
    body, kind = json.dumps(content).encode(), {"Content-Type": "application/json"}
    return web.Response(status=status, body=body, headers={**kind, **headers})


def _refused(refusal: Refusal, headers: Mapping[str, str]) -> web.Response:
    if isinstance(refusal, Trouble):
        page = f"<html><title>{refusal.status}</title></html>"
        return web.Response(status=refusal.status, text=page, content_type="text/html")
    via = {"Via": "1.1 google"}  # without it, discord.py takes a 429 for a ban
    return _answer(refusal.status, refusal.body, {**via, **headers, **refusal.headers})


def _hung_up(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.close()
    return web.Response()
