"""The settings of a chat, changed by buttons or in words, and forgetting the chat altogether."""

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.commands import setting_values as values
from bot.commands.request import Context, Reply, with_actions
from bot.commands.setting_values import ALL, AUTO, DAILY, OFF, ON, WEEKDAYS
from bot.commands.timezones import local_time, near_timezones, timezone_label
from formatters.document import Action, Block, Document, Heading, Note, Paragraph, Span
from formatters.labelled import labelled
from formatters.text import clean, clip
from formatters.words import languages, words
from storage.models import ANNOUNCEMENT, DAYS, Platform, Settings

LONGEST_QUOTE = 40  # characters of a wrong value that are repeated
CHOSEN = "✓ "
YES, NO = "yes", "no"
FORMS = ("classic", "rich")
DETAILS = ("collapsed", "each", "on_demand", "none")
NOT_ON_DISCORD = frozenset({Platform.DISCORD})
DISCORD_ROW = 5  # https://docs.discord.com/developers/components/reference#action-row
IN_A_ROW = 2  # buttons whose labels are whole words, on a phone

TIMEZONES = (
    *("America/Los_Angeles", "America/New_York", "Europe/London", "Europe/Berlin"),
    *("Asia/Kolkata", "Asia/Shanghai", "Asia/Tokyo", "Australia/Sydney"),
)
"""Where most people live who submit to arXiv; every other zone can be typed."""


def _nothing_near(_text: str) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: the field that keeps it, and what people type for it.

    `read` makes a value of what was typed (ValueError if it cannot) and `write` the reverse;
    `label` says what is typed in words. `offers` stand on buttons, `columns` in a row; `near`
    finds what may have been meant by something wrong. On platforms that it is `without` effect on,
    it is not shown.
    """

    field: str
    example: str
    offers: tuple[str, ...]
    read: Callable[[str], Any]
    write: Callable[[Any], str]
    label: Callable[[str, Context], str]
    columns: int = 3
    near: Callable[[str], tuple[str, ...]] = _nothing_near
    without: frozenset[Platform] = frozenset()

    def typed(self, current: Settings) -> str:
        """What one would type to get the current value."""
        return self.write(getattr(current, self.field))

    def changed(self, current: Settings, text: str) -> Settings:
        """The settings with a typed value in place of the current one."""
        change: dict[str, Any] = {self.field: self.read(text)}
        return replace(current, **change)


async def settings(context: Context, arguments: str) -> Reply:
    """Answer `/settings [NAME [VALUE]]`."""
    name, *rest = arguments.lower().split(maxsplit=1) or [""]
    if name not in settings_on(context.chat.address.platform):
        return Reply(_overview(context, unknown=name), replaces=True)
    if not rest:
        return Reply(_page(context, name), replaces=True)
    text = unicodedata.normalize("NFKC", rest[0]).strip()
    try:
        changed = SETTINGS[name].changed(context.chat.settings, text)
    except ValueError:
        return Reply(_page(context, name, refused=text), replaces=True)
    chat = replace(context.chat, settings=changed)
    await context.store.put_chat(chat)
    context = Context(context.services, replace(context.request, chat=chat))
    return Reply(_page(context, name), replaces=True)


def settings_on(platform: Platform) -> dict[str, Setting]:
    """The settings that have an effect on a platform, by their names."""
    return {name: one for name, one in SETTINGS.items() if platform not in one.without}


async def forget(context: Context, arguments: str) -> Reply:
    """Answer `/forget`: ask, and delete when told so; the operator's channels stay."""
    texts, address = context.words, context.chat.address
    answer = arguments.strip().lower()
    if answer == NO:
        return Reply(_said(context, texts("forget.untouched")), replaces=True)
    subscriptions = await context.store.subscriptions(address)
    configured = sum(1 for one in subscriptions if one.channel)
    if answer == YES:
        await context.store.forget_chat(address)
        return Reply(_said(context, texts("forget.done"), configured=configured), replaces=True)
    saved = await context.store.saved_papers(address)
    kept = texts(
        "forget.kept",
        subscriptions=texts.count("forget.subscriptions", len(subscriptions) - configured),
        saved=texts.count("forget.saved", len(saved)),
    )
    document = _said(context, kept, Heading(texts("forget.title")), configured=configured)
    delete = Action(texts("forget.delete"), f"forget {YES}", danger=True)
    return Reply(with_actions(document, (delete, Action(texts("forget.keep"), f"forget {NO}"))))


def _said(context: Context, text: str, *before: Block, configured: int = 0) -> Document:
    """A text and, where so many of the subscriptions are the operator's, that these stay."""
    texts = context.words
    stays = Note((Span(texts.count("forget.configured", configured)),))
    blocks = (*before, Paragraph((Span(text),)), *([stays] if configured else []))
    return Document(texts.language, blocks)


def _overview(context: Context, unknown: str) -> Document:
    """Every setting with its value and a button that leads to its choices."""
    texts, current = context.words, context.chat.settings
    shown = settings_on(context.chat.address.platform)
    rows = (
        (texts(f"setting.{name}"), (Span(one.label(one.typed(current), context)),))
        for name, one in shown.items()
    )
    blocks: list[Block] = [labelled(texts("settings.title"), rows)]
    if unknown:
        said = texts("settings.unknown", name=clip(clean(unknown), LONGEST_QUOTE))
        blocks.insert(0, Paragraph((Span(said),)))
    blocks.append(Note((Span(texts("settings.choose")),)))
    buttons = [Action(texts(f"setting.{name}"), f"settings {name}") for name in shown]
    columns = _columns(context, IN_A_ROW)
    return with_actions(Document(texts.language, tuple(blocks)), *_rows(buttons, columns))


def _page(context: Context, name: str, refused: str = "") -> Document:
    """One setting with its choices and, after a value that was refused, what may be meant."""
    texts, setting = context.words, SETTINGS[name]
    current = setting.typed(context.chat.settings)
    near = setting.near(refused) if refused else ()
    shown = setting.label(current, context)
    title = texts("settings.value", name=texts(f"setting.{name}"), value=shown)
    example = Span(f"/settings {name} {setting.example}", code=True)
    blocks: list[Block] = [
        Heading(title),
        Paragraph((Span(texts(f"setting_hint.{name}")),)),
        Note((Span(texts("settings.example")), example)),
    ]
    if refused:
        said = texts("settings.refused", value=clip(clean(refused), LONGEST_QUOTE))
        blocks.insert(0, Paragraph((Span(said),)))
    if near:
        blocks.append(Paragraph((Span(texts("settings.near")),)))
    buttons = [
        Action(
            (CHOSEN if value == current else "") + setting.label(value, context),
            f"settings {name} {value}",
            strong=value in near,
        )
        for value in near or setting.offers
    ]
    back = Action(texts("settings.back"), "settings")
    document = Document(texts.language, tuple(blocks))
    return with_actions(document, *_rows(buttons, _columns(context, setting.columns)), (back,))


def _columns(context: Context, columns: int) -> int:
    """Buttons in a row. Discord gives each the room that it needs, and begins a new line itself."""
    on_discord = context.chat.address.platform is Platform.DISCORD
    return DISCORD_ROW if on_discord else columns


def _rows(buttons: Sequence[Action], columns: int) -> Iterable[tuple[Action, ...]]:
    return (tuple(buttons[start : start + columns]) for start in range(0, len(buttons), columns))


# What is typed for a setting, in words


def _choice(typed: str, context: Context) -> str:
    """A word has its text; a number or a time is its own."""
    return context.words(f"choice.{typed}") if typed.isidentifier() else typed


def _language_label(typed: str, context: Context) -> str:
    if typed != AUTO:
        return values.language_label(typed)
    asked = context.request.asker.language or context.services.config.language
    return context.words("choice.auto", value=values.language_label(words(asked).language))


def _timezone_label(typed: str, context: Context) -> str:
    """The city with the time that its clocks show now, by which people know their own."""
    zone = context.services.config.timezone if typed == AUTO else typed
    time = local_time(zone, context.services.clock.now())
    label = f"{timezone_label(zone, context.words.language)} {time}"
    return context.words("choice.auto", value=label) if typed == AUTO else label


def _days_label(typed: str, context: Context) -> str:
    if typed in (DAILY, WEEKDAYS):
        return _choice(typed, context)
    days = (values.day_label(day, context.words.language) for day in typed.split())
    return context.words("settings.separator").join(days)


def _kinds_label(typed: str, context: Context) -> str:
    if typed == ALL:
        return _choice(typed, context)
    kinds = (context.words(f"kind.{kind}") for kind in typed.split())
    return context.words("settings.separator").join(kinds)


SETTINGS = {
    "language": Setting(
        "language",
        "zh",
        (AUTO, *languages()),
        values.read_language,
        values.or_auto,
        _language_label,
    ),
    "timezone": Setting(
        "timezone",
        "Asia/Shanghai",
        (AUTO, *TIMEZONES),
        values.read_timezone,
        values.or_auto,
        _timezone_label,
        columns=2,
        near=near_timezones,
    ),
    "at": Setting(
        "at",
        "08:30",
        (ANNOUNCEMENT, "07:00", "08:00", "09:00", "12:00", "18:00"),
        values.read_time,
        str,
        _choice,
    ),
    "days": Setting(
        "days",
        "mon wed fri",
        (DAILY, WEEKDAYS, *DAYS),
        values.read_days,
        values.write_days,
        _days_label,
    ),
    "limit": Setting(
        "limit",
        "15",
        ("5", "10", "20", "50", "100", ALL),
        values.read_limit,
        values.write_limit,
        _choice,
    ),
    "format": Setting(
        "form", "rich", FORMS, values.one_of(FORMS), str, _choice, without=NOT_ON_DISCORD
    ),
    "details": Setting("details", "each", DETAILS, values.one_of(DETAILS), str, _choice, columns=2),
    "kinds": Setting(
        "kinds",
        "new cross replace",
        ("new", "new cross", "new cross replace", ALL),
        values.read_kinds,
        values.write_kinds,
        _kinds_label,
        columns=1,
    ),
    "quiet": Setting(
        "quiet",
        "22:00-07:00",
        (OFF, "22:00-07:00", "23:00-08:00"),
        values.read_quiet,
        values.write_quiet,
        _choice,
    ),
    "links": Setting(
        "links",
        ON,
        (ON, OFF),
        values.read_switch,
        values.write_switch,
        _choice,
        without=NOT_ON_DISCORD,
    ),
}
