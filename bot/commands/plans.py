"""What a subscription comes to in its chat: its schedule in words, and when it comes next."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.commands.setting_values import DAILY, WEEKDAYS, day_label, language_label, write_days
from bot.commands.timezones import timezone_label
from bot.config import Config
from bot.digest.calendar import NoBatch
from bot.digest.slots import next_digest
from formatters.document import Item, Note, Span, Spans
from formatters.text import clip
from formatters.words import Words
from storage.models import ANNOUNCEMENT, DAYS, Chat, Subscription

QUERY_SHOWN = 120  # characters of a query in a list; it may have 1,000


@dataclass(frozen=True, slots=True)
class Plan:
    """A subscription with what its chat's settings and the configuration say filled in.

    `next` is when its next digest comes, in the chat's zone, None while it is paused. `held` tells
    that quiet hours put it off, `skipped` why the days before bring none.
    """

    subscription: Subscription
    at: str
    days: tuple[str, ...]
    limit: int
    language: str
    zone: ZoneInfo
    next: datetime | None = None
    held: bool = False
    skipped: NoBatch | None = None


def plan(subscription: Subscription, chat: Chat, config: Config, now: datetime) -> Plan:
    """Fill in what a subscription leaves open, and find its next digest after `now`."""
    settings = chat.settings
    at = subscription.at or settings.at
    days = subscription.days or settings.days
    limit = settings.limit if subscription.limit is None else subscription.limit
    language = subscription.language or settings.language or config.language
    zone = ZoneInfo(settings.timezone or config.timezone)
    if not subscription.active:
        return Plan(subscription, at, days, limit, language, zone)
    due = next_digest(at, days, zone, settings.quiet, now)
    moment, held = due.moment.astimezone(zone), due.moment > due.slot
    return Plan(subscription, at, days, limit, language, zone, moment, held, due.skipped)


def plan_item(number: int, one: Plan, words: Words) -> Item:
    """The row of a list: the query, the terms, and when the next digest comes."""
    query = Span(clip(one.subscription.query, QUERY_SHOWN), code=True)
    return Item(number, query, terms(one, words), (Span(coming(one, words)),))


def terms(one: Plan, words: Words) -> Spans:
    """When, how many, and in which language."""
    limit = words.count("plan.limit", one.limit) if one.limit else words("plan.all")
    return tuple(map(Span, (when(one, words), limit, language_label(one.language))))


def when(one: Plan, words: Words) -> str:
    """The schedule, such as `every day at 09:00`."""
    days = days_text(one.days, words)
    if one.at != ANNOUNCEMENT:
        return words("plan.at", days=days, time=one.at)
    every = set(one.days) == set(DAYS)
    return words("plan.announced") if every else words("plan.announced_days", days=days)


def days_text(days: tuple[str, ...], words: Words) -> str:
    """The days, such as `every day` or `on Mon, Thu`."""
    written = write_days(days)
    if written in (DAILY, WEEKDAYS):
        return words(f"plan.{written}")
    labels = (day_label(day, words.language) for day in days)
    return words("plan.days", days=words("plan.separator").join(labels))


def coming(one: Plan, words: Words) -> str:
    """When the next digest comes, and what keeps it."""
    if one.next is None:
        return words("plan.paused")
    said = [moment(one.next, words)]
    if one.held:
        said.append(words("plan.held"))
    if one.skipped:
        said.append(words(f"plan.{one.skipped}"))
    return words("plan.remark").join(said)


def moment(at: datetime, words: Words) -> str:
    """A day and a time of day."""
    return words("plan.moment", day=words.day(at.date()), time=f"{at:%H:%M}")


def zone_note(zone: ZoneInfo, words: Words) -> Note:
    """Which zone all times are in."""
    return Note((Span(words("plan.zone", zone=timezone_label(zone.key, words.language))),))
