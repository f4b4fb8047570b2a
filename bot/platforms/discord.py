"""Discord's adapter: connects, comes back after every trouble, and ends when it is told to.

What people ask and what they are answered is the client's part, in `discord_bot` and the modules
`discord_*` beside it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import discord
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from bot.commands.request import Services
from bot.commands.table import dispatch
from bot.errors import ConfigError, PaperboyError
from bot.logs import Alarm, guarded
from bot.platforms.discord_answer import Dispatch
from bot.platforms.discord_bot import make_bot
from bot.platforms.discord_exchange import LOST
from bot.platforms.discord_post import DiscordPost
from formatters.text import clip
from formatters.words import words

PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds between a lost connection and the next one; the last one goes on."""

LASTING = 120.0  # seconds after which a connection was a good one, and the pauses begin anew
GRACE = 3.0  # seconds that answers under way get to end; with the farewell, less than 10
FAREWELL = 3.0  # seconds for closing the connections properly
LONGEST_ALARM = 1000  # characters of an error that operators are told

ANSWERING = "CommandTree-invoker", "discord-ui-", "discord.py: on_"
"""How the names of the tasks begin in which discord.py 2.7 lets a client do things."""

LEFT_BEHIND = frozenset({"_delay_ready", "_delay_shard_ready"})
"""The coroutines of discord.py 2.7 that go on when a client is closed, and then stumble."""

WRONG_TOKEN = 4004
INTENTS_REFUSED = 4014
FATAL: dict[int | None, str] = {
    WRONG_TOKEN: (
        "Discord does not accept the token; the developer portal gives out a new one under Bot,"
        " Reset Token; it belongs under [discord] token"
    ),
    4010: (
        "Discord takes no such number of connections; put 0, for as many as it recommends, under"
        " [discord] shards"
    ),
    4011: (
        "the bot is in too many servers for so few connections to Discord; put 0, for as many as"
        " it recommends, under [discord] shards"
    ),
    4012: "Discord no longer speaks with this release; install a newer one",
    4013: "Discord does not know what this release asks for; install a newer one",
    INTENTS_REFUSED: (
        "Discord does not let the bot listen; the developer portal tells under Bot, Privileged"
        " Gateway Intents, what it lacks"
    ),
}
"""What can be done about the ways in which Discord ends a connection for good.

https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
"""

CONFIGURED = frozenset({WRONG_TOKEN, 4010, 4011})  # those for which there is a key

MakeBot = Callable[[Services, Dispatch], discord.Client]

_log = logging.getLogger(__name__)


class Discord:
    """The bot on Discord. `dispatch` answers requests; `post` sends what nobody asked for."""

    def __init__(
        self,
        services: Services,
        dispatch: Dispatch = dispatch,
        make_bot: MakeBot = make_bot,
        farewell: float = FAREWELL,
    ) -> None:
        self._services = services
        self._config = services.config.discord
        self._dispatch = dispatch
        self._make_bot = make_bot
        self._farewell = farewell
        self._client: discord.Client | None = None
        self._connected = asyncio.Event()
        self._telling: set[asyncio.Task[None]] = set()
        self.post = DiscordPost(services.store, services.clock)

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then finish what is under way, within ten seconds.

        Raises PaperboyError where going on is of no use: a wrong token, or something that has to
        be changed at Discord.
        """
        self._loop = asyncio.get_running_loop()
        alarm = Alarm(self._alarm, self._services.clock)
        with guarded([self._config.token.get_secret_value()], alarm):
            working = asyncio.create_task(self._work(), name="discord")
            stopping = asyncio.create_task(stop.wait())
            try:
                await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
                await self._finish()
            finally:
                stopping.cancel()
                working.cancel()
                await asyncio.wait({working})
                self.post.close()
            if not working.cancelled():
                working.result()

    @asynccontextmanager
    async def sending(self) -> AsyncIterator[DiscordPost]:
        """Be able to deliver for the length of the block, without a gateway.

        Raises PaperboyError where Discord does not let the bot in.
        """
        self._point_out_servers()
        client = self._make_bot(self._services, self._dispatch)
        with guarded([self._config.token.get_secret_value()]):
            try:
                await client.http.static_login(self._config.token.get_secret_value())
                self.post.use(client)
                yield self.post
            except discord.LoginFailure as error:
                raise ConfigError(FATAL[WRONG_TOKEN]) from error
            finally:
                self.post.close()
                await _close(client, self._farewell)

    def _point_out_servers(self) -> None:
        Route.BASE = self._config.api_url.rstrip("/")
        DiscordWebSocket.DEFAULT_GATEWAY = URL(self._config.gateway_url)

    async def _work(self) -> None:
        """Connect, again after growing pauses whenever the connection is lost.

        The library's own way of coming back rests for up to 17 minutes, by no clock of ours, and
        does not begin before a first login has succeeded. It still resumes its sessions.
        """
        clock, failures = self._services.clock, 0
        self._point_out_servers()
        while True:
            started, wait, problem = clock.monotonic(), 0.0, "the connection was closed"
            try:
                await self._live()
            except LOST as error:
                if (fatal := _fatal(error)) is not None:
                    raise fatal from None
                wait, problem = _asked_to_wait(error), str(error) or repr(error)
            failures = 0 if clock.monotonic() - started > LASTING else failures
            wait = max(wait, PAUSES[min(failures, len(PAUSES) - 1)])
            failures += 1
            _log.warning("no connection to Discord, next try in %.0f s: %s", wait, problem)
            await clock.sleep(wait)

    async def _live(self) -> None:
        """Be on Discord with a new client until its connection is lost for good."""
        client = self._make_bot(self._services, self._dispatch)
        try:
            await client.login(self._config.token.get_secret_value())
            self._client = client
            self._connected.set()
            self.post.use(client)
            await _connect(client)
        finally:
            self._client = None
            self._connected.clear()
            self.post.use(None)
            await _close(client, self._farewell)

    async def _finish(self) -> None:
        """Let what is under way end, as long as it does not take too long."""
        if not (under_way := _under_way() | self._telling):
            return
        ending = asyncio.create_task(asyncio.wait(under_way))
        patience = asyncio.create_task(self._services.clock.sleep(GRACE))
        await asyncio.wait({ending, patience}, return_when=asyncio.FIRST_COMPLETED)
        for task in (patience, ending, *under_way):
            task.cancel()

    def _alarm(self, text: str) -> None:
        """Tell the operators, from whichever thread an error was logged in."""
        self._loop.call_soon_threadsafe(self._begin_telling, text)

    def _begin_telling(self, text: str) -> None:
        task = asyncio.create_task(self._tell_operators(text))
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def _tell_operators(self, text: str) -> None:
        """Tell them now, or as soon as there is a connection."""
        await self._connected.wait()
        shown = discord.utils.escape_markdown(clip(text, LONGEST_ALARM))
        said = words(self._services.config.language)("telegram.trouble", text=shown)
        for person in self._config.admins:
            if self._client is None:
                _log.warning("operator %s was not told: no connection to Discord", person)
                continue
            try:
                conversation = await self._client.create_dm(discord.Object(person))
                await conversation.send(said, suppress_embeds=True)
            except LOST as error:
                _log.warning("operator %s was not told: %s", person, error)


async def _connect(client: discord.Client) -> None:
    """Listen to the gateway until the connection is lost for good."""
    try:
        await client.connect(reconnect=False)
    except AttributeError as error:
        if error.name != "sequence":
            raise
        # How discord.py 2.7.1 stumbles over a first connection that ends too early.
        raise ConnectionError("the connection ended before anything was said") from error


def _fatal(error: BaseException) -> PaperboyError | None:
    """What to raise where connecting again is of no use."""
    code = None
    if isinstance(error, discord.LoginFailure):
        code = WRONG_TOKEN
    elif isinstance(error, discord.PrivilegedIntentsRequired):
        code = INTENTS_REFUSED
    elif isinstance(error, discord.ConnectionClosed):
        code = error.code
    if (advice := FATAL.get(code)) is None:
        return None
    return ConfigError(advice) if code in CONFIGURED else PaperboyError(advice)


def _asked_to_wait(error: BaseException) -> float:
    """For how many seconds Discord wants to be left in peace."""
    if isinstance(error, discord.RateLimited):
        return error.retry_after
    if isinstance(error, discord.HTTPException):
        told = error.response.headers.get("Retry-After", "")
        return float(told) if told.isdecimal() else 0.0
    return 0.0


def _under_way() -> set[asyncio.Task[object]]:
    """The tasks in which clients answer people and take note of events."""
    return {task for task in asyncio.all_tasks() if task.get_name().startswith(ANSWERING)}


def _left_behind() -> set[asyncio.Task[object]]:
    names = {task: getattr(task.get_coro(), "__name__", "") for task in asyncio.all_tasks()}
    return {task for task, name in names.items() if name in LEFT_BEHIND}


async def _close(client: discord.Client, seconds: float) -> None:
    """Close all connections, properly where the other side plays along."""
    for task in _left_behind():
        task.cancel()
    try:
        async with asyncio.timeout(seconds):
            await client.close()
    except LOST as error:
        _log.info("Discord was left without a farewell: %r", error)
    finally:
        await client.http.close()
