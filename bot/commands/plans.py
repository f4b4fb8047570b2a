"""What a subscription comes to in its chat: its schedule in words, and when it comes next."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.commands.setting_values import DAILY, WEEKDAYS, day_label, language_label, write_days
from bot.commands.timezones import timezone_label
from bot.config import Config
from bot.digest.calendar import NoBatch
from bot.digest.slots import Due, after_quiet, next_digest
from bot.digest.terms import Terms, terms_of
from formatters.document import Item, Note, Span, Spans
from formatters.text import clip
from formatters.words import Words
from storage.models import ANNOUNCEMENT, DAYS, Chat, Subscription
from storage.records import Standing

QUERY_SHOWN = 120  # characters of a query in a list; it may have 1,000


@dataclass(frozen=True, slots=True)
class Plan:
    """A subscription with what its chat's settings and the configuration say filled in.

    `next` is when its next digest comes, in its own zone, None while it is paused. `held` tells
    that quiet hours put it off, `skipped` why the days before bring none. `open`: it is due since
    `next`, and waits for announcements that are late.
    """

    subscription: Subscription
    terms: Terms
    next: datetime | None = None
    held: bool = False
    open: bool = False
    skipped: NoBatch | None = None


def plan(
    subscription: Subscription,
    chat: Chat,
    config: Config,
    now: datetime,
    standing: Standing | None = None,
) -> Plan:
    """Fill in what a subscription leaves open, and tell when its next digest comes after `now`.

    What `standing` says of it is the truth, as long as nothing was changed since then.
    """
    terms = terms_of(subscription, chat, config)
    if not subscription.active:
        return Plan(subscription, terms)
    if standing and standing.due and standing.since and standing.due <= now:
        return _opened(subscription, terms, standing.due, now)
    due = next_digest(terms.at, terms.days, terms.zone, terms.quiet, now)
    if standing and standing.slot and standing.due and not standing.changed:
        same = standing.due == due.moment
        due = Due(standing.slot, standing.due, due.skipped if same else None)
    moment = due.moment.astimezone(terms.zone)
    return Plan(subscription, terms, moment, held=due.moment > due.slot, skipped=due.skipped)


def _opened(subscription: Subscription, terms: Terms, due: datetime, now: datetime) -> Plan:
    """What is due already, unless quiet hours have begun meanwhile."""
    ends = after_quiet(now, terms.quiet, terms.zone)
    quiet = ends > now
    moment = (ends if quiet else due).astimezone(terms.zone)
    return Plan(subscription, terms, moment, held=quiet, open=not quiet)


def plan_item(number: int, one: Plan, words: Words) -> Item:
    """The row of a list: the query, the terms, and when the next digest comes."""
    query = Span(clip(one.subscription.query, QUERY_SHOWN), code=True)
    return Item(number, query, terms(one, words), (Span(coming(one, words)),))


def terms(one: Plan, words: Words) -> Spans:
    """When, how many, in which language, and whose it is where not the chat's own."""
    said = [when(one, words), how_many(one, words), language_label(one.terms.language)]
    if one.subscription.timezone:
        said.append(timezone_label(one.terms.zone.key, words.language))
    if one.subscription.channel:
        said.append(words("plan.configured"))
    return tuple(map(Span, said))


def how_many(one: Plan, words: Words) -> str:
    """The limit, such as `at most 20 papers`."""
    limit = one.terms.limit
    return words.count("plan.limit", limit) if limit else words("plan.all")


def when(one: Plan, words: Words) -> str:
    """The schedule, such as `every day at 09:00`."""
    days = days_text(one.terms.days, words)
    if one.terms.at != ANNOUNCEMENT:
        return words("plan.at", days=days, time=one.terms.at)
    every = set(one.terms.days) == set(DAYS)
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
    if one.open:
        return words("plan.open", moment=moment(one.next, words))
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
