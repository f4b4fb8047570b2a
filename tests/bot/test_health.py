"""Health over HTTP: 200 or 503, and figures for Prometheus."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.app import opened
from bot.commands.request import Services
from bot.config import Config, Health
from bot.delivery.alerts import INTAKE_FAILURES, QUEUE_STUCK
from bot.errors import PaperboyError
from bot.health import HealthServer
from storage.models import Address, Announcement, Call, Kind, Platform
from storage.records import Intake
from tests.fakes.arxiv import paper
from tests.fakes.clock import FakeClock

ADA = Address(Platform.TELEGRAM, "7")
DAY = date(2026, 4, 21)  # the clock's
SOON = 5.0


@dataclass
class Rig:
    """A server and what it tells of."""

    services: Services
    address: str

    async def asks(self, path: str) -> tuple[int, str]:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://{self.address}{path}") as answer,
        ):
            return answer.status, await answer.text()

    async def health(self) -> tuple[int, Any]:
        status, text = await self.asks("/healthz")
        return status, json.loads(text)

    async def figures(self) -> dict[str, float]:
        """What `/metrics` says, by name and label."""
        status, text = await self.asks("/metrics")
        assert status == 200
        families = text_string_to_metric_families(text)
        samples = (sample for family in families for sample in family.samples)
        return {" ".join((one.name, *one.labels.values())): one.value for one in samples}


@pytest.fixture
async def rig(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Rig]:
    async with served(tmp_path, clock, f"127.0.0.1:{free_port()}") as made:
        yield made


@asynccontextmanager
async def served(folder: Path, clock: FakeClock, place: str) -> AsyncIterator[Rig]:
    config, stop = Config(data_dir=folder, health=Health(listen=place)), asyncio.Event()
    async with opened(config, clock) as services:
        running = asyncio.create_task(HealthServer(services).run(stop))
        try:
            await listening(place)
            yield Rig(services, place)
        finally:
            stop.set()
            await asyncio.wait_for(running, SOON)


async def listening(place: str) -> None:
    host, _, port = place.rpartition(":")
    for _ in range(100):
        try:
            _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
        except OSError:
            await asyncio.sleep(SOON / 100)
        else:
            writer.close()
            await writer.wait_closed()
            return
    raise AssertionError(f"nobody listens at {place}")


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


async def knows_a_batch(services: Services) -> None:
    one = paper("2604.00001")
    row = Announcement(one.id, 1, "cs.CV", DAY, Kind.NEW, 0)
    await services.store.add_batch("cs.CV", DAY, [one], [row], services.clock.now())


async def test_all_is_well_as_long_as_no_operator_was_told_otherwise(rig: Rig) -> None:
    await knows_a_batch(rig.services)
    status, told = await rig.health()
    assert status == 200
    assert told == {
        "ok": True,
        "problems": {},
        "batch": {"newest": "2026-04-21", "expected": "2026-04-21"},
        "outbox": {
            "queued": 0, "sending": 0, "sent": 0, "failed": 0, "dropped": 0, "oldest_seconds": 0,
        },
    }  # fmt: skip


async def test_an_empty_installation_is_a_healthy_one(rig: Rig) -> None:
    status, told = await rig.health()
    assert status == 200
    assert told["batch"]["newest"] is None


async def test_deliveries_that_are_stuck_are_no_health(rig: Rig, clock: FakeClock) -> None:
    await rig.services.store.outbox.enqueue([Call("sendMessage", {})], ADA, None, clock.now())
    assert (await rig.health())[0] == 200
    clock.advance(QUEUE_STUCK / timedelta(seconds=1) + 60)
    status, told = await rig.health()
    assert status == 503
    assert list(told["problems"]) == ["queue"]
    assert told["outbox"]["queued"] == 1
    assert told["outbox"]["oldest_seconds"] == 3660


async def test_an_arxiv_that_does_not_answer_is_no_health(rig: Rig, clock: FakeClock) -> None:
    await knows_a_batch(rig.services)
    intake = Intake("cs.CV", DAY, "failed", "no answer", clock.now(), INTAKE_FAILURES)
    await rig.services.store.standings.put_intake(intake)
    status, told = await rig.health()
    assert status == 503
    assert "no answer" in told["problems"]["intake"]


async def test_figures_are_in_the_form_of_prometheus(rig: Rig, clock: FakeClock) -> None:
    await knows_a_batch(rig.services)
    await rig.services.store.outbox.enqueue([Call("sendMessage", {})], ADA, None, clock.now())
    clock.advance(90)
    figures = await rig.figures()
    assert figures["paperboy_outbox_deliveries queued"] == 1
    assert figures["paperboy_outbox_deliveries failed"] == 0
    assert figures["paperboy_outbox_oldest_seconds"] == 90
    assert figures["paperboy_healthy"] == 1
    assert figures["paperboy_batch_age_days"] == 0
    clock.advance(7200)
    figures = await rig.figures()
    assert figures["paperboy_healthy"] == 0
    assert figures["paperboy_problem queue"] == 1


async def test_a_place_that_is_taken_is_told(tmp_path: Path, clock: FakeClock) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(PaperboyError, match=f"cannot listen at {place}: address already"):
            async with opened(
                Config(data_dir=tmp_path, health=Health(listen=place)), clock
            ) as services:
                await HealthServer(services).run(asyncio.Event())
