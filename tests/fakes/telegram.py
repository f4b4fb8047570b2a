"""A loopback Bot API server: long polling, chats that people act in, and faults on request.

It runs in a thread of its own, like `tests.fakes.arxiv`:

    with FakeTelegram() as telegram:
        ada = telegram.private(telegram.person("Ada"))
        ada.says("/paper 2401.00001")
        ...                                   # a bot that talks to telegram.api_url
        await ada.hears("2401.00001")
        ada.presses("Similar")

Where the Bot API's specification is at hand, every call is held against it; on leaving the server
asserts that none went beyond it.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any, Literal, Self

from aiohttp import web

from tests.fakes.telegram_chats import ADMINISTRATOR, ChatState, Json, Person, Place
from tests.fakes.telegram_methods import BY_LOWER_CASE, METHODS, Refusal
from tests.fakes.telegram_spec import FILE as SPEC
from tests.fakes.telegram_spec import SpecError, check, load_spec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType

    from tests.fakes.telegram_limits import Enforced

CREDENTIAL = "123456789:AAtest-token_that-must_never-be-logged"
PATIENCE = 10.0  # seconds that a test waits for the bot before it fails; nothing takes a tenth

# Parameters that are text even where they look like JSON.
TEXTS = frozenset({
    "action", "callback_query_id", "caption", "description", "inline_message_id",
    "inline_query_id", "language_code", "next_offset", "secret_token", "short_description", "text",
    "url",
})  # fmt: skip


@dataclass(frozen=True)
class Call:
    """One call as it came; `at` is when, by the machine's clock."""

    method: str
    parameters: Json
    at: float


@dataclass(frozen=True)
class File:
    """A file that came with a call."""

    name: str
    content: str


@dataclass
class Fault:
    """What happens to the next call of a method (any: "") to a chat (any: None)."""

    method: str
    chat: int | None
    refusal: Refusal | None = None
    cut: Literal["", "before", "after"] = ""
    resumed: asyncio.Event | None = None

    def meets(self, call: Call) -> bool:
        return self.method in ("", call.method) and self.chat in (
            None,
            call.parameters.get("chat_id"),
        )


class FakeTelegram:
    """The server. `calls` lists what the bot asked, except for updates."""

    def __init__(self, limits: Enforced | None = None) -> None:
        self.bot: Json = {
            "id": 123456789,
            "is_bot": True,
            "first_name": "Paperboy",
            "username": "paperboy_test_bot",
            "can_join_groups": True,
            "supports_inline_queries": True,
        }
        self.limits = limits
        self.calls: list[Call] = []
        self.refused: list[int] = []
        self.violations: list[str] = []
        self.chats: dict[int, ChatState] = {}
        self.profile: dict[tuple[str, str, str], Json] = {}
        self.webhook: Json = {}
        self.open_queries: set[str] = set()
        self.updates: list[Json] = []
        self._spec = load_spec() if SPEC.is_file() else None
        self._numbers = {kind: count(start) for kind, start in NUMBERS.items()}
        self._faults: list[Fault] = []
        self._changed = threading.Condition()
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    # Who and what there is

    def person(self, name: str = "Ada", language: str | None = "en") -> Person:
        return Person(next(self._numbers["person"]), name, language)

    def private(self, person: Person | None = None) -> Place:
        """A private chat that somebody has begun with the bot."""
        who = person or self.person()
        state = ChatState(who.id, "private", who.name)
        self.chats[who.id] = state
        return Place(self, state, who)

    def group(
        self, owner: Person | None = None, members: Iterable[Person] = (), forum: bool = False
    ) -> Place:
        """A supergroup with the bot in it; its owner administers it, `members` do not."""
        state = self.add_chat("supergroup", "Reading group")
        state.topics = set() if forum else None
        return self._populated(state, owner, members)

    def channel(self, owner: Person | None = None, subscribers: Iterable[Person] = ()) -> Place:
        """A channel in which the bot may post."""
        place = self._populated(self.add_chat("channel", "Papers daily"), owner, subscribers)
        place.state.members[self.bot["id"]] = {"status": "administrator", "can_post_messages": True}
        return place

    def _populated(
        self, state: ChatState, owner: Person | None, members: Iterable[Person]
    ) -> Place:
        who = owner or self.person("Grace")
        state.members[who.id] = ADMINISTRATOR
        state.members[self.bot["id"]] = {"status": "member"}
        state.members |= {one.id: {"status": "member"} for one in members}
        return Place(self, state, who)

    def add_chat(self, kind: Literal["group", "supergroup", "channel"], title: str) -> ChatState:
        state = ChatState(-1_000_000_000_000 - next(self._numbers["chat"]), kind, title)
        self.chats[state.id] = state
        return state

    # What people do without a chat

    def types_inline(self, person: Person, text: str) -> str:
        """Type `@bot text` in some chat; returns the query's id."""
        query = self.new_query()
        user = person.json()
        self.emit("inline_query", {"id": query, "from": user, "query": text, "offset": ""})
        return query

    # How the next calls fare

    def refuses(
        self,
        method: str,
        code: int,
        description: str,
        chat: Place | None = None,
        times: int = 1,
        **parameters: Any,
    ) -> None:
        """Answer the next calls with an error, such as 429 with retry_after=5."""
        refusal = Refusal(code, description, **parameters)
        for _ in range(times):
            self._add_fault(Fault(method, chat.id if chat else None, refusal))

    def floods(self, chat: Place, retry_after: int, times: int = 1) -> None:
        """Tell that too much was sent to a chat."""
        description = f"Too Many Requests: retry after {retry_after}"
        self.refuses("sendMessage", 429, description, chat, times, retry_after=retry_after)

    def cuts(self, method: str, when: Literal["before", "after"], times: int = 1) -> None:
        """Hang up on the next calls, before or after doing what they ask."""
        for _ in range(times):
            self._add_fault(Fault(method, None, cut=when))

    def hangs(self, method: str) -> Callable[[], None]:
        """Do nothing about the next call until the result is called."""
        resumed = asyncio.Event()
        self._add_fault(Fault(method, None, resumed=resumed))
        return lambda: self._in_loop(resumed.set)

    def _add_fault(self, fault: Fault) -> None:
        with self._changed:
            self._faults.append(fault)

    # Observations

    @property
    def api_url(self) -> str:
        """For `api_url` under [telegram]."""
        return f"http://127.0.0.1:{self._port}"

    def called(self, method: str) -> list[Json]:
        """The parameters of all calls of a method."""
        return [call.parameters for call in self.calls if call.method == method]

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something is so; asyncio.TimeoutError where it does not become so."""

        def wait() -> bool:
            with self._changed:
                return self._changed.wait_for(lambda: bool(condition()), PATIENCE)

        if not await asyncio.to_thread(wait):
            raise TimeoutError

    async def has_failed(self) -> None:
        """Wait until all has happened that was to go wrong."""
        await self.until(lambda: not self._faults)

    async def gets(self, method: str, times: int = 1) -> Json:
        """Wait until a method was called so often; returns the last call's parameters."""
        await self.until(lambda: len(self.called(method)) >= times)
        return self.called(method)[-1]

    # For places and methods

    def emit(self, kind: str, content: Json, update_id: int | None = None) -> int:
        """Put an update into the queue; with an `update_id` that was used, it is a repetition."""
        number = next(self._numbers["update"]) if update_id is None else update_id
        with self._changed:
            self.updates.append({"update_id": number, kind: content})
            self._changed.notify_all()
        self._in_loop(self._news.set)
        return number

    def posted_update(self) -> bytes:
        """Take the oldest update out of the queue, as the body that a webhook gets."""
        with self._changed:
            return json.dumps(self.updates.pop(0)).encode()

    def new_message(self) -> int:
        return next(self._numbers["message"])

    def new_query(self) -> str:
        query = str(next(self._numbers["query"]))
        self.open_queries.add(query)
        return query

    # The server

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(PATIENCE)
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._in_loop(self._stop.set)
        self._thread.join(PATIENCE)
        if error is None:
            assert not self._thread.is_alive()
            assert not self.violations, self.violations

    def _in_loop(self, call: Callable[[], None]) -> None:
        self._loop.call_soon_threadsafe(call)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop, self._news = asyncio.Event(), asyncio.Event()
        app = web.Application()
        app.router.add_post("/bot{token}/{method}", self._answer)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._port: int = runner.addresses[0][1]
        self._started.set()
        await self._stop.wait()
        await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["token"] != CREDENTIAL:
            return _refused(Refusal(401, "Unauthorized"))
        method = BY_LOWER_CASE.get(request.match_info["method"].lower())
        if method is None:
            return _refused(Refusal(404, "Not Found"))
        call = Call(method, _decoded(await request.post()), time.monotonic())
        fault = self._take_fault(call)
        if fault and fault.resumed:
            await fault.resumed.wait()
        if fault and fault.cut == "before":
            return _hung_up(request)
        try:
            if fault and fault.refusal:
                raise fault.refusal
            result = await self._done(call)
        except Refusal as refusal:
            self.refused.append(refusal.code)
            self._notice(call)
            return _refused(refusal)
        self._notice(call)
        if fault and fault.cut == "after":
            return _hung_up(request)
        return web.json_response({"ok": True, "result": result})

    def _take_fault(self, call: Call) -> Fault | None:
        with self._changed:
            fault = next((one for one in self._faults if one.meets(call)), None)
            if fault:
                self._faults.remove(fault)
                self._changed.notify_all()
            return fault

    def _notice(self, call: Call) -> None:
        with self._changed:
            if call.method != "getUpdates":
                self.calls.append(call)
            self._changed.notify_all()

    async def _done(self, call: Call) -> Any:
        """Do what a call asks, if the specification allows it."""
        if self._spec is not None:
            try:
                check(call.method, _without_files(call.parameters), self._spec)
            except SpecError as error:
                self.violations.append(str(error))
                raise Refusal(400, f"Bad Request: {error}") from None
        if call.method == "getUpdates":
            return await self._get_updates(call.parameters)
        with self._changed:
            return METHODS[call.method](self, call.parameters | {"method": call.method})

    async def _get_updates(self, parameters: Json) -> list[Json]:
        """Confirm what lies before `offset`, then wait for what comes after."""
        offset, wanted = parameters.get("offset", 0), parameters["allowed_updates"]
        deadline = self._loop.time() + parameters.get("timeout", 0)
        while True:
            with self._changed:
                self.updates[:] = [one for one in self.updates if one["update_id"] >= offset]
                found = [one for one in self.updates if set(one) & set(wanted)]
                self._changed.notify_all()
            patience = deadline - self._loop.time()
            if found or patience <= 0:
                return found
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), patience)
            except TimeoutError:
                return []


NUMBERS = {"person": 1001, "chat": 1, "update": 500, "message": 10, "query": 70001}
"""Where each kind of number begins."""


def _decoded(form: Mapping[str, Any]) -> Json:
    """The parameters: all but texts and files are JSON."""
    return {name: _value(name, value) for name, value in form.items()}


def _value(name: str, value: Any) -> Any:
    if isinstance(value, web.FileField):
        return File(value.filename, value.file.read().decode())
    if name in TEXTS:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _without_files(parameters: Json) -> Json:
    """Parameters with files as the specification has them: as text that names them."""
    return {
        name: value.name if isinstance(value, File) else value for name, value in parameters.items()
    }


def _refused(refusal: Refusal) -> web.Response:
    body: Json = {"ok": False, "error_code": refusal.code, "description": str(refusal)}
    if refusal.parameters:
        body["parameters"] = refusal.parameters
    return web.json_response(body, status=refusal.code)


def _hung_up(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.close()
    return web.Response()
