"""Health over HTTP, off by default: `/healthz` for whoever restarts what is ill, `/metrics`.

Both read the database only, so they tell of deliveries and not of intentions.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta

from aiohttp import web

from bot.commands.request import Services
from bot.delivery.alerts import Facts, gathered, standing
from bot.digest.calendar import latest_batch_day
from bot.errors import PaperboyError
from formatters.words import words
from storage.deliveries import OutboxCounts

PREFIX = "paperboy"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Health:
    """What is told about a running bot: `problems` by name, empty where all is well."""

    problems: dict[str, str]
    outbox: OutboxCounts
    newest: date | None
    expected: date


async def looked_at(services: Services) -> Health:
    """Look at what the database tells."""
    facts: Facts = await gathered(services.store, services.clock.now(), services.enricher)
    return Health(
        problems=standing(facts, words(services.config.language)),
        outbox=await services.store.outbox.counts(),
        newest=facts.newest,
        expected=latest_batch_day(facts.now),
    )


def as_json(health: Health, now: datetime) -> dict[str, object]:
    """What `/healthz` says."""
    outbox = asdict(health.outbox)
    del outbox["oldest"]
    return {
        "ok": not health.problems,
        "problems": health.problems,
        "batch": {
            "newest": health.newest.isoformat() if health.newest else None,
            "expected": health.expected.isoformat(),
        },
        "outbox": {**outbox, "oldest_seconds": round(waits(health, now))},
    }


def waits(health: Health, now: datetime) -> float:
    """For how many seconds the oldest unsent delivery has been waiting."""
    oldest = health.outbox.oldest
    return (now - oldest) / timedelta(seconds=1) if oldest else 0.0


def as_metrics(health: Health, now: datetime) -> bytes:
    """What `/metrics` says, in Prometheus' format; ImportError without the extra `metrics`."""
    from prometheus_client import CollectorRegistry, Gauge, generate_latest

    registry = CollectorRegistry()

    def gauge(name: str, what: str, labels: Sequence[str] = ()) -> Gauge:
        return Gauge(f"{PREFIX}_{name}", what, labels, registry=registry)

    rows = gauge("outbox_deliveries", "Deliveries by state", ["state"])
    for state in ("queued", "sending", "sent", "failed", "dropped"):
        rows.labels(state).set(getattr(health.outbox, state))
    gauge("outbox_oldest_seconds", "Age of the oldest unsent delivery").set(waits(health, now))
    gauge("healthy", "1 where /healthz answers 200").set(not health.problems)
    problems = gauge("problem", "1 for each condition that operators were told of", ["name"])
    for name in health.problems:
        problems.labels(name).set(1)
    days = gauge("batch_age_days", "Days since the newest announcements that were read")
    if health.newest:
        days.set((now.date() - health.newest).days)
    return bytes(generate_latest(registry))


class HealthServer:
    """Answers at the configured host and port, such as 127.0.0.1:8080."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def run(self, stop: asyncio.Event) -> None:
        """Answer until `stop` is set; raises PaperboyError where the place is taken."""
        application = web.Application()
        application.add_routes(
            [web.get("/healthz", self._healthz), web.get("/metrics", self._metrics)]
        )
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        place = self._services.config.health.listen
        host, _, port = place.rpartition(":")
        try:
            await web.TCPSite(runner, host.strip("[]"), int(port)).start()
            _log.info("health at http://%s/healthz", place)
            await stop.wait()
        except OSError as error:
            why = (error.strerror or str(error)).rpartition(": ")[2]
            raise PaperboyError(f"cannot listen at {place}: {why}") from error
        finally:
            await runner.cleanup()

    async def _healthz(self, _request: web.Request) -> web.Response:
        health = await looked_at(self._services)
        told = as_json(health, self._services.clock.now())
        return web.json_response(told, status=200 if told["ok"] else 503)

    async def _metrics(self, _request: web.Request) -> web.Response:
        health = await looked_at(self._services)
        try:
            text = as_metrics(health, self._services.clock.now())
        except ImportError:
            text = b"install paperboy-bot[metrics] for this\n"
            return web.Response(body=text, status=501, content_type="text/plain")
        return web.Response(body=text, headers={"Content-Type": "text/plain; version=0.0.4"})
