"""Subscribing to queries: previewed, listed, changed, ended, and when their digests come next."""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.commands.papers import remember
from bot.commands.plans import Plan, plan
from bot.commands.preview import Preview, preview
from bot.commands.request import Context, Reply, with_actions
from bot.commands.schedule_words import Schedule, split, written
from bot.commands.send_now import send_now
from bot.commands.subscription_buttons import (
    confirmation,
    edit_rows,
    everything,
    one_row,
    page_row,
    said,
    undo,
)
from bot.commands.subscription_views import (
    edit_view,
    empty_view,
    list_view,
    offer_view,
    said_view,
    subscribed_view,
)
from bot.digest.parser import parse
from bot.digest.query import Query, categories
from bot.digest.scope import looked_in
from bot.errors import UsageError
from formatters.document import Action
from formatters.text import clean
from formatters.views import error_view
from formatters.words import words as find_words
from storage.models import Chat, Room, Subscription
from storage.records import Standing

MOST_SUBSCRIPTIONS = 50
"""Of one chat: several times what people keep, and each is matched with every batch."""

ON_A_PAGE = 5  # subscriptions of a list, each with a row of buttons
COMING_ON_A_PAGE = 10  # without buttons
YES, ALL = "yes", "all"
_NAMED = re.compile("#?[0-9]{1,18}", re.ASCII)

Numbered = tuple[int, Plan]


async def subscribe(context: Context, arguments: str) -> Reply:
    """Answer `/subscribe QUERY [schedule words]`: subscribe, or ask first where it looks wrong.

    Raises QueryError and UsageError for what cannot be read or would be one too many.
    """
    text, schedule = split(arguments)
    if not text:
        return Reply(empty_view(context.words))
    query = parse(text)
    subscriptions = await context.store.subscriptions(context.chat.address)
    known = next((one for one in own(subscriptions) if one.query == str(query)), None)
    if known is None and len(subscriptions) >= MOST_SUBSCRIPTIONS:
        raise UsageError(
            f"this chat has {MOST_SUBSCRIPTIONS} subscriptions, and that is the most;"
            " /unsubscribe ends one"
        )
    wanted = _changed(known or Subscription(0, context.chat.address, str(query)), schedule)
    seen, unnamed = await _previewed(context, query)
    chat = await _chat(context)
    if not (known or schedule.sure or seen.is_fitting):
        document = offer_view(_plan(context, chat, wanted), seen, unnamed, context.words)
        line = f"subscribe {written(str(query), replace(schedule, sure=True))}"
        return Reply(with_actions(document, (await confirmation(context, line),)), replaces=True)
    await context.store.put_chat(chat)
    # As a new one: it takes the place of the known one, also if that was just ended elsewhere.
    kept = await context.store.put_subscription(replace(wanted, number=0, active=True))
    one = _plan(context, chat, kept)
    document = subscribed_view(one, seen, unnamed, context.words, updated=known is not None)
    place = len(subscriptions) + 1 if known is None else subscriptions.index(known) + 1
    row = await one_row(context, place, kept)
    return Reply(with_actions(document, row, (everything(context),)), replaces=True)


async def subscriptions(context: Context, arguments: str) -> Reply:
    """Answer `/list [page N | pause N | resume N | send N | edit N [schedule words]]`.

    A subscription is named by its place in the list or, on buttons, by `#` and its own number,
    which stays the same when others go.
    """
    verb, named, rest = [*arguments.lower().split(maxsplit=2), "", "", ""][:3]
    if verb not in ("pause", "resume", "send", "edit"):
        return await _list(context, page=named if verb == "page" else "")
    if not context.request.asker.may_change:
        refused = error_view(context.words("failure.administrators"), context.words)
        return Reply(refused, private=True)
    known = await context.store.subscriptions(context.chat.address)
    one = _named(known, named)
    if one is None:
        return await _list(context, remark=context.words("subscriptions.gone"))
    if verb == "edit" and not one.channel:
        return await _edit(context, one, rest)
    remark = await _done(context, one, verb)
    return await _list(context, str(known.index(one) // ON_A_PAGE + 1), remark)


async def unsubscribe(context: Context, arguments: str) -> Reply:
    """Answer `/unsubscribe [N | QUERY | all]`.

    Asks once more about `all`, and about what is named by `#` and its own number, as on buttons.
    Raises QueryError, and UsageError for what is not subscribed to.
    """
    text = arguments.strip()
    known = await context.store.subscriptions(context.chat.address)
    if not text or not known:
        return await _list(context, remark=context.words("subscriptions.choose") if known else "")
    name, sure = text.removesuffix(f" {YES}").strip(), text.endswith(f" {YES}")
    if name.lower() == ALL:
        ending: tuple[Subscription, ...] = own(known)
    else:
        one = _named(known, name) if _NAMED.fullmatch(name) else _with_query(known, text)
        if one is None and name.startswith("#"):
            return await _list(context, remark=context.words("subscriptions.gone"))
        if one is None:
            raise UsageError(
                f"none of this chat's {len(known)} subscriptions is that; /list shows them"
            )
        ending = own((one,))
    if not ending:
        return await _list(context, remark=context.words("subscriptions.configured"))
    asks = name.lower() == ALL or name.startswith("#")
    return (
        _ask(context, name.lower(), ending) if asks and not sure else await _ended(context, ending)
    )


async def next_digests(context: Context, arguments: str) -> Reply:
    """Answer `/next [page N]`: when each next digest comes, in that order, paused ones last."""
    numbered = sorted(await _numbered(context), key=_moment)
    page, pages = _page(arguments.lower().removeprefix("page "), numbered, COMING_ON_A_PAGE)
    shown = numbered[(page - 1) * COMING_ON_A_PAGE : page * COMING_ON_A_PAGE]
    title = context.words("subscriptions.coming")
    document = list_view(title, shown, _remarks(context, page, pages), context.words)
    return Reply(with_actions(document, page_row(context, "next", page, pages)), replaces=True)


async def _list(context: Context, page: str = "", remark: str = "") -> Reply:
    """One page of the list, the last one where there are fewer."""
    words, numbered = context.words, await _numbered(context)
    number, pages = _page(page, numbered, ON_A_PAGE)
    shown = numbered[(number - 1) * ON_A_PAGE : number * ON_A_PAGE]
    remarks = [*([remark] if remark else []), *_remarks(context, number, pages)]
    title = words.count("subscriptions.title", len(numbered))
    rows = [await one_row(context, place, one.subscription) for place, one in shown]
    chats = own([one.subscription for _, one in numbered])
    every = Action(words("subscriptions.delete_all"), f"unsubscribe {ALL}", danger=True)
    document = with_actions(
        list_view(title, shown, remarks, words),
        *rows,
        page_row(context, "list", number, pages),
        (every,) if len(chats) > 1 else (),
    )
    return Reply(document, replaces=True)


async def _done(context: Context, one: Subscription, verb: str) -> str:
    """Pause, resume or send it; what is to be said of that, mostly nothing."""
    if verb == "send":
        return await _sent(context, one)
    if one.channel:
        return context.words("subscriptions.configured")
    await context.store.put_subscription(replace(one, active=verb == "resume"))
    return ""


async def _sent(context: Context, one: Subscription) -> str:
    """Have its digest made now; what is to be said of that."""
    standings = await context.store.standings.of_chat(context.chat.address)
    standing = next((each for each in standings if each.subscription.number == one.number), None)
    if standing is None or not one.active or context.chat.paused:
        return context.words("subscriptions.not_sent")
    return await send_now(context, standing)


async def _edit(context: Context, one: Subscription, arguments: str) -> Reply:
    """Change what the schedule words say, or nothing without them; show what else could be."""
    text, schedule = split(arguments)
    if text:
        raise UsageError(f"{text[:30]!r} is no schedule; write for example: at 09:00 weekly mon")
    if schedule != Schedule():
        one = await context.store.put_subscription(_changed(one, schedule))
    current = _plan(context, context.chat, one)
    line = f"subscribe {written(one.query, said(one))}"
    document = edit_view(current, line, context.words)
    return Reply(with_actions(document, *edit_rows(current, line, context)), replaces=True)


def _ask(context: Context, name: str, ending: Sequence[Subscription]) -> Reply:
    words = context.words
    text = words.count("subscriptions.ask", len(ending))
    delete = Action(words("subscriptions.confirm"), f"unsubscribe {name} {YES}", danger=True)
    keep = Action(words("subscriptions.keep"), "list")
    document = said_view(text, ending, words)
    return Reply(with_actions(document, (delete, keep)), replaces=True)


async def _ended(context: Context, ending: Sequence[Subscription]) -> Reply:
    numbers = [one.number for one in ending]
    await context.store.delete_subscriptions(context.chat.address, numbers)
    text = context.words.count("subscriptions.ended", len(ending))
    document = said_view(text, ending, context.words)
    again = (await undo(context, ending[0]),) if len(ending) == 1 else ()
    return Reply(with_actions(document, (*again, everything(context))), replaces=True)


async def _previewed(context: Context, query: Query) -> tuple[Preview, Sequence[str]]:
    """The preview, and where it looked if the query names no category."""
    services = context.services
    wanted = looked_in(services.config, query)
    seen = await preview(services, query, wanted, context.chat.settings.kinds)
    if seen.examples:
        await remember(services, str(context.chat.address), seen.examples)
    return seen, () if categories(query) else wanted


async def _chat(context: Context) -> Chat:
    """The chat as it is kept from its first subscription on.

    Digests come unasked, so that no client says in which language: in a private chat the one
    spoken now stays, elsewhere that of the community. Who subscribes is there again, whatever kept
    digests back.
    """
    chat = await context.store.chat(context.chat.address) or context.chat
    settings, request = chat.settings, context.request
    spoken = request.asker.language if chat.room is Room.PRIVATE else request.spoken
    if spoken and not settings.language:
        settings = replace(settings, language=find_words(spoken).language)
    return replace(chat, settings=settings, paused=None)


async def _numbered(context: Context) -> list[Numbered]:
    """The chat's subscriptions with their places in the list, from 1."""
    known = await context.store.standings.of_chat(context.chat.address)
    return [
        (number, _plan(context, context.chat, one.subscription, one))
        for number, one in enumerate(known, 1)
    ]


def _plan(
    context: Context, chat: Chat, subscription: Subscription, standing: Standing | None = None
) -> Plan:
    now = context.services.clock.now()
    return plan(subscription, chat, context.services.config, now, standing)


def _moment(one: Numbered) -> tuple[bool, float]:
    coming = one[1].next
    return coming is None, coming.timestamp() if coming else 0.0


def _remarks(context: Context, page: int, pages: int) -> list[str]:
    """That nothing is sent to this chat, and which page of several this is."""
    words, reason = context.words, context.chat.paused
    held = [words("subscriptions.held", reason=clean(reason))] if reason else []
    several = [words("subscriptions.page", page=page, pages=pages)] if pages > 1 else []
    return [*held, *several]


def _page(text: str, numbered: Sequence[Numbered], size: int) -> tuple[int, int]:
    """The page that is asked for, or the nearest that there is, and how many there are."""
    pages = max(1, -(-len(numbered) // size))
    asked = int(text) if _NAMED.fullmatch(text) and text.isdigit() else 1
    return min(max(asked, 1), pages), pages


def _changed(subscription: Subscription, schedule: Schedule) -> Subscription:
    """The subscription with what the words say in place of what it had."""
    one = subscription
    return replace(
        one,
        at=schedule.at or one.at,
        days=schedule.days or one.days,
        limit=one.limit if schedule.limit is None else schedule.limit,
        language=schedule.language or one.language,
    )


def own(known: Sequence[Subscription]) -> tuple[Subscription, ...]:
    """Those that people made in the chat; the operator's others are not theirs to change."""
    return tuple(one for one in known if not one.channel)


def _named(known: Sequence[Subscription], name: str) -> Subscription | None:
    """By place in the list, from 1, or by `#` and the subscription's own number."""
    if not _NAMED.fullmatch(name):
        return None
    number = int(name.removeprefix("#"))
    if name.startswith("#"):
        return next((one for one in known if one.number == number), None)
    return known[number - 1] if 1 <= number <= len(known) else None


def _with_query(known: Sequence[Subscription], text: str) -> Subscription | None:
    """By query; schedule words behind it do no harm."""
    query = str(parse(split(text)[0] or text))
    found = sorted((one for one in known if one.query == query), key=lambda one: one.channel)
    return next(iter(found), None)
