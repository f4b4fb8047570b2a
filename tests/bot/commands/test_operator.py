"""How fresh everything is, for everyone; what it takes up, for operators."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import opened
from bot.commands.request import Services
from bot.config import Config, Llm
from bot.delivery.alerts import Facts, raise_alerts
from formatters.words import languages, words
from storage.answers import Tokens
from storage.lock import DeliveryLock
from storage.models import Announcement, Call, Kind
from storage.records import Intake
from storage.store import LOCK_NAME
from tests.bot.commands.chatting import GROUP, PRIVATE, UNREACHABLE, opened_in, told
from tests.fakes.arxiv import paper
from tests.fakes.clock import FakeClock

TUESDAY = date(2026, 4, 21)
WHEN = datetime(2026, 4, 21, 6, 0, tzinfo=UTC)


@pytest.fixture
async def services(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Services]:
    async with opened_in(tmp_path, clock) as services:
        yield services


async def announce(services: Services, category: str, day: date) -> None:
    one = paper("2604.00001", categories=(category,))
    row = Announcement(one.id, one.version, category, day, Kind.NEW, 0)
    await services.store.add_batch(category, day, [one], [row], WHEN)


async def test_everyone_learns_of_each_categorys_newest_batch(services: Services) -> None:
    await announce(services, "cs.CV", date(2026, 4, 20))
    await announce(services, "cs.LG", TUESDAY)
    text = await told(services, "/status", GROUP, may_change=False)
    rows = [line for line in text.splitlines() if line.startswith("cs.")]
    assert rows == [
        "cs.LG   Tue, Apr 21, 2026, 1 paper",
        "cs.CV   Mon, Apr 20, 2026, 1 paper (a newer one is expected)",
    ]
    assert "papers  1" in text
    assert "newest batch is that of Tue, Apr 21, 2026" in text


@pytest.mark.parametrize(
    ("now", "says"),
    [
        (datetime(2026, 4, 25, 12, 0, tzinfo=UTC), "on weekends"),
        (datetime(2026, 7, 6, 12, 0, tzinfo=UTC), "holiday"),
        (datetime(2026, 4, 22, 12, 0, tzinfo=UTC), "newest batch is that of Wed, Apr 22, 2026"),
    ],
)
async def test_it_tells_what_arxivs_calendar_expects(
    tmp_path: Path, now: datetime, says: str
) -> None:
    async with opened_in(tmp_path, FakeClock(now)) as services:
        assert says in await told(services, "/status")


async def test_nothing_stored_is_said(services: Services) -> None:
    assert words("en")("status.no_batches") in await told(services, "/status")


async def test_many_categories_stay_a_few_lines(services: Services) -> None:
    for number in range(30):
        await announce(services, f"cs.{number:02}", TUESDAY)
    text = await told(services, "/status")
    assert "10 more categories" in text
    assert len(text.splitlines()) < 30


@pytest.mark.parametrize("language", languages())
async def test_sizes_and_folders_are_for_operators(services: Services, language: str) -> None:
    texts = words(language)
    folder = str(services.config.data_dir)
    public = await told(services, "/status", language=language)
    operators = await told(services, "/status", language=language, operates=True)
    for shown in (folder, texts("status.summaries"), texts("status.not_running")):
        assert shown in "".join(operators.split("\n")) or shown in operators
        assert shown not in public


async def test_a_running_bot_is_named(services: Services) -> None:
    with DeliveryLock(services.config.data_dir / LOCK_NAME):
        assert "running (process " in await told(services, "/status", operates=True)


@pytest.mark.parametrize(
    ("prices", "cost"), [((0.0, 0.0), None), ((0.5, 2.0), "2.00"), ((0.0, 1.0), "0.50")]
)
async def test_what_the_language_model_took_today_is_for_operators(
    tmp_path: Path, clock: FakeClock, prices: tuple[float, float], cost: str | None
) -> None:
    llm = Llm(model="a-model", price_in=prices[0], price_out=prices[1])
    async with opened(Config(data_dir=tmp_path, arxiv=UNREACHABLE, llm=llm), clock) as services:
        for day in (WHEN.date(), date(2026, 4, 20)):
            await services.store.answers.count(day, "a-model", Tokens(2_000_000, 500_000))
        public = await told(services, "/status")
        operators = await told(services, "/status", operates=True)
    assert "2,500,000" in operators
    assert "tokens today" not in public
    assert ("cost today" in operators) is (cost is not None)
    assert cost is None or cost in operators


async def test_without_a_model_nothing_is_said_of_tokens(services: Services) -> None:
    assert "tokens" not in await told(services, "/status", operates=True)


async def test_what_waits_and_what_failed_is_for_operators(
    services: Services, clock: FakeClock
) -> None:
    await services.store.outbox.enqueue(
        [Call("sendMessage", {})] * 3, PRIVATE.address, None, clock.now()
    )
    await services.store.outbox.drop([1], "enough", clock.now())
    public = await told(services, "/status")
    operators = await told(services, "/status", operates=True)
    assert "2 waiting, 0 under way, 0 sent, 0 failed, 1 dropped" in operators
    assert "since Tue, Apr 21, 2026, 06:00" in operators
    assert "waiting" not in public


async def test_categories_that_cannot_be_read_are_for_operators(services: Services) -> None:
    for category, outcome in (("cs.CV", "failed"), ("cs.LG", "late")):
        intake = Intake(category, TUESDAY, outcome, "no answer\x00", WHEN, failures=7)
        await services.store.standings.put_intake(intake)
    operators = await told(services, "/status", operates=True)
    assert "failing cs.CV  no answer (7 times)" in operators
    assert "failing cs.LG" not in operators
    assert "failing" not in await told(services, "/status")


@pytest.mark.parametrize("language", languages())
async def test_alerts_that_stand_are_for_operators(
    tmp_path: Path, clock: FakeClock, language: str
) -> None:
    facts = Facts(WHEN, {}, None, WHEN - timedelta(days=1), model_failing="no")
    intake = Intake("cs.CV", None, "failed", "no answer", WHEN, failures=99)
    facts = replace(facts, now=datetime(2026, 4, 21, 20, tzinfo=UTC), intakes={"cs.CV": intake})
    async with opened_in(tmp_path, clock) as services:
        told_of = await raise_alerts(services.store, facts, words("en"))
        assert len(told_of) == 4
        text = await told(services, "/status", operates=True, language=language)
        operators = "".join(text.split())
        texts = words(language)
        for name in ("news", "intake", "queue", "model"):
            assert "".join(texts(f"status.alert_{name}").split()) in operators


@pytest.mark.parametrize("arguments", ["now please", "x" * 5000, "\x00"])
async def test_arguments_do_not_matter(services: Services, arguments: str) -> None:
    assert await told(services, f"/status {arguments}") == await told(services, "/status")
