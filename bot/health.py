"""Health over HTTP, off by default: `/healthz` for whoever restarts what is ill, `/metrics`.

Both read the database only, so they tell of deliveries and not of intentions.
"""

import asyncio
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from aiohttp import web

from bot.commands.request import Services
from bot.delivery.alerts import Facts, gathered, standing
from bot.digest.calendar import latest_batch_day
from formatters.words import words
from storage.deliveries import OutboxCounts

PREFIX = "paperboy"


@dataclass(frozen=True, slots=True)
class Health:
    """What is told about a running bot: `problems` by name, empty where all is well."""

    problems: dict[str, str]
    outbox: OutboxCounts
    newest: str
    expected: str


async def looked_at(services: Services) -> Health:
    """Look at what the database tells."""
    facts: Facts = await gathered(services.store, services.clock.now(), services.enricher)
    return Health(
        problems=standing(facts, words(services.config.language)),
        outbox=await services.store.outbox.counts(),
        newest=facts.newest.isoformat() if facts.newest else "",
        expected=latest_batch_day(facts.now).isoformat(),
    )


def as_json(health: Health, now: datetime) -> dict[str, object]:
    """What `/healthz` says."""
    outbox = asdict(health.outbox)
    oldest = outbox.pop("oldest")
    waits = (now - oldest) / timedelta(seconds=1) if oldest else 0.0
    return {
        "ok": not health.problems,
        "problems": health.problems,
        "batch": {"newest": health.newest, "expected": health.expected},
        "outbox": {**outbox, "oldest_seconds": round(waits)},
    }


def as_metrics(health: Health, now: datetime) -> bytes:
    """What `/metrics` says, in Prometheus' format; ImportError without the extra `metrics`."""
    from prometheus_client import CollectorRegistry, Gauge, generate_latest

    registry = CollectorRegistry()
    rows = Gauge(f"{PREFIX}_outbox_deliveries", "Deliveries by state", ["state"], registry=registry)
    for state in ("queued", "sending", "sent", "failed", "dropped"):
        rows.labels(state).set(getattr(health.outbox, state))
    oldest = health.outbox.oldest
    waits = Gauge(f"{PREFIX}_outbox_oldest_seconds", "Age of the oldest unsent", registry=registry)
    waits.set((now - oldest) / timedelta(seconds=1) if oldest else 0)
    problems = Gauge(
        f"{PREFIX}_problems", "Conditions that operators were told of", registry=registry
    )
    problems.set(len(health.problems))
    return bytes(generate_latest(registry))


class HealthServer:
    """Answers at the configured host and port, such as 127.0.0.1:8080."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def run(self, stop: asyncio.Event) -> None:
        """Answer until `stop` is set."""
        application = web.Application()
        application.add_routes(
            [web.get("/healthz", self._healthz), web.get("/metrics", self._metrics)]
        )
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        host, _, port = self._services.config.health.listen.rpartition(":")
        try:
            await web.TCPSite(runner, host, int(port)).start()
            await stop.wait()
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
