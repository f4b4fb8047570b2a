"""Where processes live and die: both platforms, which survive them, and the data they leave."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from bot.digest.calendar import latest_batch_day
from formatters.text import plain
from storage.models import Announcement, Kind
from storage.records import Intake
from storage.store import Store
from tests.bot.commands.announcing import papers
from tests.bot.crashes.forks import Forks, Job, Life, Work
from tests.bot.crashes.hasty import HastyClock
from tests.bot.crashes.shown import Place
from tests.bot.crashes.steps import Observer, SteppingDiscord, SteppingTelegram
from tests.fakes import telegram_chats
from tests.fakes.discord import CREDENTIAL as DISCORD
from tests.fakes.telegram import CREDENTIAL as TELEGRAM

CATEGORY = "cs.CV"
KILLED = -9
HALF_A_DAY = timedelta(hours=12).total_seconds()
TURNS = 20  # of an event loop, in which it handles whatever a dead process had sent
LONGEST_LOG = 3000  # characters of it that a failing test shows


@dataclass
class World:
    """A data folder, a configuration and two servers; `forks` is where processes come from."""

    folder: Path
    forks: Forks
    clock: HastyClock
    telegram: SteppingTelegram
    discord: SteppingDiscord
    announced: list[str] = field(default_factory=list)

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def steps(self) -> Path:
        """Where the steps are written down, by the process and by the servers."""
        return self.folder / "steps"

    @property
    def log(self) -> str:
        """The last that processes wrote."""
        file = Path(f"{self.config}.log")
        return file.read_text()[-LONGEST_LOG:] if file.exists() else ""

    def configure(self, targets: Sequence[str] = (), discord: bool = True, **keys: object) -> None:
        """Write the configuration; `keys` are those of its only channel, if there are targets."""
        lines = [
            'data_dir = "data"',
            "[arxiv]\nmin_interval = 0.0",
            'feed_url = "http://127.0.0.1:9"\napi_url = "http://127.0.0.1:9"',
            f'[telegram]\ntoken = "{TELEGRAM}"\napi_url = "{self.telegram.api_url}"',
        ]
        if discord:
            lines.append(f'[discord]\ntoken = "{DISCORD}"\napi_url = "{self.discord.api_url}"')
            lines.append(f'gateway_url = "{self.discord.gateway_url}"')
        if targets:
            channel = {"name": "daily", "query": CATEGORY, "targets": list(targets)} | keys
            lines.append("[[channels]]")
            lines += [f"{key} = {json.dumps(value)}" for key, value in channel.items()]
        self.config.write_text("\n".join(lines))

    @asynccontextmanager
    async def store(self) -> AsyncIterator[Store]:
        """The store as it was left."""
        store = await Store.open(self.data, plain)
        try:
            yield store
        finally:
            await store.close()

    async def announce(self, count: int) -> None:
        """Have so many papers announced in the newest batch, which is then complete."""
        now = self.clock.now()
        day, new = latest_batch_day(now), papers(count, first=len(self.announced) + 1)
        rows = [
            Announcement(one.id, one.version, CATEGORY, day, Kind.NEW, position)
            for position, one in enumerate(new)
        ]
        async with self.store() as store:
            await store.add_batch(CATEGORY, day, new, rows, now)
            await store.standings.put_intake(Intake(CATEGORY, day, "new", "", now))
        self.announced += [one.id for one in new]

    def wait_for_a_batch(self) -> None:
        """Let the time pass until the next batch should be out."""
        before = latest_batch_day(self.clock.now())
        while latest_batch_day(self.clock.now()) == before:
            self.clock.ahead += HALF_A_DAY

    def observed_by(self, observer: Observer | None) -> None:
        """Let somebody else look at what the servers get, from now on."""
        self.telegram.observer = self.discord.observer = observer

    def begin(self, work: Work, dies_at: str = "") -> Life:
        """Begin a process; inside it, it dies at a step."""
        self.steps.touch()
        began, ahead = self.clock.began, self.clock.ahead
        return self.forks.begin(Job(str(self.config), work, str(self.steps), began, ahead, dies_at))

    async def end_of(self, life: Life) -> int:
        """Wait for a process's end, and until the servers have handled all that it sent."""
        code = await asyncio.to_thread(life.ends)
        await _turns()
        await asyncio.wrap_future(self.telegram.in_its_loop(_turns()))
        return code


async def _turns() -> None:
    for _ in range(TURNS):
        await asyncio.sleep(0)


@asynccontextmanager
async def made(folder: Path, forks: Forks, checked: bool = True) -> AsyncIterator[World]:
    """A world with nothing in it; `checked`: whether Discord reads its specification."""
    folder.mkdir(parents=True, exist_ok=True)
    clock = HastyClock(time.time())
    with SteppingTelegram() as telegram:
        async with SteppingDiscord(clock, checked=checked) as discord:
            yield World(folder, forks, clock, telegram, discord)
        assert discord.violations == []


def target(place: Place) -> str:
    """A place as the configuration names it."""
    platform = "telegram" if isinstance(place, telegram_chats.Place) else "discord"
    return f"{platform}:{place.id}"
