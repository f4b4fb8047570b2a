"""When a platform answers nobody: how long to leave it in peace, and how much to ask then."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot.delivery.outcome import Later, Outcome, Unknown

FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Outage:
    """How a platform has been answering; `until`: it is left in peace till then.

    `failures` counts the times in a row that it was asked in vain, 0 where it answers. `answered`
    is when it last did.
    """

    failures: int = 0
    until: datetime | None = None
    answered: datetime | None = None

    def after(self, outcome: Outcome, now: datetime) -> "Outage":
        """What to think of the platform after one more outcome.

        Calls that were under way when it went down tell nothing new.
        """
        if isinstance(outcome, Unknown):
            return self
        if not isinstance(outcome, Later) or not outcome.platform_down:
            return Outage(answered=now)
        if self.until is not None and now < self.until:
            return self
        longer = min(FIRST_PAUSE * (1 << min(self.failures, 20)), LONGEST_PAUSE)
        wait = max(longer, timedelta(seconds=outcome.seconds))
        return replace(self, failures=self.failures + 1, until=now + wait)

    def most(self, usual: int, now: datetime) -> int:
        """How many calls may be under way: none while it rests, then one to see how it is."""
        if not self.failures:
            return usual
        return 0 if self.until is not None and now < self.until else 1
