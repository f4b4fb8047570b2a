"""Discord's limits of rate as its server enforces them, with the headers that tell of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.fakes.discord_refusals import TooMany

if TYPE_CHECKING:
    from collections.abc import Callable

# https://docs.discord.com/developers/topics/rate-limits#global-rate-limit
GLOBAL, GLOBAL_SECONDS = 50, 1.0
# Requests and seconds of a bucket; each channel (or webhook) has its own. Discord publishes no
# figures, these are what its headers say.
BUCKETS = {
    "create_message": (5, 5.0),
    "update_message": (5, 5.0),
    "execute_webhook": (5, 2.0),
    "update_webhook_message": (5, 2.0),
    "update_original_webhook_message": (5, 2.0),
}
# "Interaction endpoints are not bound to the bot's Global Rate Limit."
# https://docs.discord.com/developers/interactions/receiving-and-responding
UNBOUND = "/webhooks/", "/interactions/"


@dataclass
class Window:
    """A stretch of time in which so many requests are allowed."""

    allowed: int
    seconds: float
    end: float = 0.0
    used: int = 0

    def wait(self, now: float) -> float:
        """Count a request; above 0 it comes too early by so many seconds and does not count."""
        if now >= self.end:
            self.end, self.used = now + self.seconds, 0
        if self.used >= self.allowed:
            return self.end - now
        self.used += 1
        return 0.0


class Limits:
    """All buckets. `seconds` is the time by which they are measured.

    `factor` is how many times as fast as the machine's that time goes: what clients are told to
    wait is divided by it.
    """

    def __init__(self, seconds: Callable[[], float], factor: float = 1.0) -> None:
        self._seconds = seconds
        self._factor = factor
        self._overall = Window(GLOBAL, GLOBAL_SECONDS)
        self._windows: dict[tuple[str, str], Window] = {}

    def count(self, operation: str, path: str, major: str) -> dict[str, str]:
        """Count a request and return its headers; raises TooMany where it comes too early."""
        now = self._seconds()
        window = self._window(operation, major)
        if not path.startswith(UNBOUND) and (wait := self._overall.wait(now)) > 0:
            raise TooMany(wait / self._factor, "global")
        if window is None:
            return {}
        wait = window.wait(now)
        headers = self._headers(operation, window, now)
        if wait > 0:
            refusal = TooMany(wait / self._factor)
            refusal.headers |= headers
            raise refusal
        return headers

    def _window(self, operation: str, major: str) -> Window | None:
        if operation not in BUCKETS:
            return None
        key = (operation, major)
        if key not in self._windows:
            self._windows[key] = Window(*BUCKETS[operation])
        return self._windows[key]

    def _headers(self, operation: str, window: Window, now: float) -> dict[str, str]:
        rest = (window.end - now) / self._factor
        return {
            "X-RateLimit-Limit": str(window.allowed),
            "X-RateLimit-Remaining": str(window.allowed - window.used),
            "X-RateLimit-Reset": f"{window.end:.3f}",
            "X-RateLimit-Reset-After": f"{rest:.3f}",
            "X-RateLimit-Bucket": f"bucket-{operation}",
        }
