"""The buttons below subscriptions; they name one by `#` and its number, which never shifts."""

from collections.abc import Sequence
from dataclasses import replace

from bot.commands.plans import Plan, days_text
from bot.commands.request import Context, carried
from bot.commands.schedule_words import Schedule, written
from bot.commands.setting_values import language_label
from formatters.document import Action
from formatters.words import Words, languages
from storage.models import ANNOUNCEMENT, DAYS, Platform, Subscription

EDITS = (
    tuple(Schedule(at=at) for at in ("07:00", "09:00", "12:00", "18:00")),
    (Schedule(at=ANNOUNCEMENT),),
    (Schedule(days=DAYS), Schedule(days=DAYS[:5]), Schedule(days=("mon",))),
    (Schedule(limit=5), Schedule(limit=20), Schedule(limit=50)),
    tuple(Schedule(language=language) for language in languages()),
)
"""What buttons offer in place of a schedule's parts; everything else can be written."""

COPIED = 256  # characters that a button copies: https://core.telegram.org/bots/api#copytextbutton

Row = tuple[Action, ...]


async def one_row(context: Context, number: int, subscription: Subscription) -> Row:
    """Pause or resume, edit, send now and delete; `number` is the place in the list.

    What the operator set up can only be sent.
    """
    words, name = context.words, f"#{subscription.number}"
    verb = "pause" if subscription.active else "resume"
    send = Action(words("subscriptions.send", number=number), await _send(context, subscription))
    if subscription.channel:
        return (send,)
    return (
        Action(words(f"subscriptions.{verb}", number=number), f"list {verb} {name}"),
        Action(words("subscriptions.edit", number=number), f"list edit {name}"),
        *((send,) if subscription.active else ()),
        Action(words("subscriptions.delete", number=number), f"unsubscribe {name}", danger=True),
    )


async def _send(context: Context, subscription: Subscription) -> str:
    """The line that brings its digest; in a terminal nothing comes by itself."""
    if context.chat.address.platform is not Platform.CONSOLE:
        return f"list send #{subscription.number}"
    asked = Schedule(limit=subscription.limit, language=subscription.language)
    return await carried(context.services, f"digest {written(subscription.query, asked)}")


def page_row(context: Context, command: str, page: int, pages: int) -> Row:
    """To the pages before and after."""
    words = context.words
    before = Action(words("subscriptions.before"), f"{command} page {page - 1}")
    after = Action(words("subscriptions.after"), f"{command} page {page + 1}")
    return (*([before] if page > 1 else []), *([after] if page < pages else []))


async def confirmation(context: Context, line: str) -> Action:
    """Do what was asked about."""
    command = await carried(context.services, line)
    return Action(context.words("subscribe.confirm"), command, strong=True)


def edit_rows(one: Plan, line: str, context: Context) -> Sequence[Row]:
    """Other times, days and numbers; the line to copy; the way back."""
    name, words = f"#{one.subscription.number}", context.words
    offers = [
        tuple(Action(_label(edit, words), f"list edit {name} {edit}") for edit in row)
        for row in EDITS
    ]
    copy = Action(words("subscriptions.copy"), copy=f"/{line}")
    back = (*([copy] if len(line) < COPIED else []), everything(context))
    return (*offers, back)


async def undo(context: Context, subscription: Subscription) -> Action:
    """Subscribe again to what was just ended."""
    line = f"subscribe {written(subscription.query, replace(said(subscription), sure=True))}"
    return Action(context.words("subscriptions.undo"), await carried(context.services, line))


def everything(context: Context) -> Action:
    """To the list."""
    return Action(context.words("subscriptions.all"), "list")


def said(subscription: Subscription) -> Schedule:
    """What a subscription says itself, without its chat's settings."""
    one = subscription
    return Schedule(one.at, one.days, one.limit, one.language)


def _label(edit: Schedule, words: Words) -> str:
    if edit.at:
        return words("plan.announced") if edit.at == ANNOUNCEMENT else edit.at
    if edit.days:
        return days_text(edit.days, words)
    if edit.language:
        return language_label(edit.language)
    return words.count("plan.limit", edit.limit or 0)
