"""What Discord offers while somebody types: categories, papers, subscriptions, settings, commands.

Discord shows at most 25 choices and waits 3 seconds for them:
https://docs.discord.com/developers/interactions/application-commands#autocomplete.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from functools import cache

from discord.app_commands import Choice

from bot.commands.papers import NOT_SHOWN
from bot.commands.request import Context, Services
from bot.commands.setting_values import read_time
from bot.commands.settings import SETTINGS, settings_on
from bot.commands.subscriptions import ALL
from bot.commands.table import menu
from bot.commands.welcome import QUERIES
from bot.digest.lookup import condition
from bot.digest.parser import parse
from bot.errors import BadPaperId, PaperboyError
from bot.platforms.discord_asked import Asked, Interaction, request_of
from bot.platforms.discord_exchange import LOST
from bot.platforms.discord_options import Offer
from bot.sources.ids import parse_id
from bot.sources.taxonomy import all_categories, name
from formatters.entries import readable
from formatters.text import clip
from storage.errors import StorageError
from storage.models import Paper

MOST = 25
LONGEST = 100  # characters of a choice's name, and of its value

COMMON = ("cs.AI", "cs.CL", "cs.CV", "cs.LG", "stat.ML")
"""Offered before anything is typed: where most papers are announced."""

_OPENING = "-("  # what may stand before a category without a space

Pair = tuple[str, str]  # what is shown, what is filled in
Pairs = Iterable[Pair]

_log = logging.getLogger(__name__)


class Choosing:
    """Offers choices to whoever types."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def choices(self, interaction: Interaction, offer: Offer, text: str) -> list[Choice[str]]:
        """Offer what may be meant by what is typed so far; nothing where something goes wrong."""
        command = interaction.command.name if interaction.command else ""
        channel = getattr(interaction.namespace, "channel", None)
        asked = Asked(command, hidden=True, place=getattr(channel, "id", None))
        try:
            request = await request_of(self._services, interaction, asked)
            context = Context(self._services, request)
            pairs = await _OFFERS[offer](context, interaction, text.strip())
        except (*LOST, PaperboyError, StorageError) as error:
            _log.info("nothing is offered for /%s: %s", asked.command, error)
            return []
        return [Choice(name=label, value=value) for label, value in _fitting(pairs)]


def completed(text: str) -> Iterator[Pair]:
    """Complete a query's last word to a category, or all of it by what a category is called."""
    place = max(text.rfind(mark) for mark in (" ", *_OPENING)) + 1
    before, word = text[:place], text[place:].lower()
    by_id = [one for one in _names() if word and one.lower().startswith(word)]
    for category in by_id or (() if text else COMMON):
        yield f"{before}{category} – {_names()[category]}", f"{before}{category}"
    if len(text) > 1:
        for category, called in _names().items():
            if text.lower() in called.lower() and category not in by_id:
                yield f"{category} – {called}", category


async def _queries(_context: Context, _interaction: Interaction, text: str) -> Pairs:
    return completed(text)


async def _times(context: Context, _interaction: Interaction, text: str) -> Pairs:
    setting = SETTINGS["at"]
    offers = [(setting.label(one, context), one) for one in setting.offers]
    try:
        typed = read_time(text)
    except ValueError:
        return _matching(offers, text)
    return [(setting.label(typed, context), typed)]


async def _papers(context: Context, _interaction: Interaction, text: str) -> Pairs:
    """The last list by its numbers, or stored papers by id or by words."""
    store = context.store
    if not text or text.isdecimal():
        listing = await store.listing(str(context.chat.address))
        numbered = {str(place): one for place, one in enumerate(listing, 1) if one != NOT_SHOWN}
        shown = {place: one for place, one in numbered.items() if place.startswith(text)}
        stored = await store.papers(list(shown.values())[:MOST])
        return [
            (f"{place}. {_title(stored[one])}", one)
            for place, one in shown.items()
            if one in stored
        ]
    try:
        found: Sequence[Paper] = list((await store.papers([parse_id(text).id])).values())
    except BadPaperId:
        found = (await store.search(condition(parse(text)), MOST)).papers
    return [(f"{one.id} · {_title(one)}", one.id) for one in found]


async def _subscriptions(context: Context, _interaction: Interaction, text: str) -> Pairs:
    known = await context.store.subscriptions(context.chat.address)
    pairs = [
        (f"{place}. {one.query}", f"#{one.number}")
        for place, one in enumerate(known, 1)
        if not one.channel
    ]
    every = [(context.words("subscriptions.delete_all"), ALL)] if len(pairs) > 1 else []
    return _matching([*pairs, *every], text)


async def _settings(context: Context, _interaction: Interaction, text: str) -> Pairs:
    shown = settings_on(context.chat.address.platform)
    return _matching([(context.words(f"setting.{one}"), one) for one in shown], text)


async def _values(context: Context, interaction: Interaction, text: str) -> Pairs:
    """The values of the setting that was chosen before."""
    setting = settings_on(context.chat.address.platform).get(
        str(getattr(interaction.namespace, "setting", ""))
    )
    if setting is None:
        return []
    offers = [(setting.label(one, context), one) for one in setting.offers]
    near = [(setting.label(one, context), one) for one in setting.near(text)] if text else []
    return [*_matching(offers, text), *near]


async def _commands(context: Context, _interaction: Interaction, text: str) -> Pairs:
    pairs = [(f"/{name} – {about}", name) for name, about in menu(context.words.language)]
    return _matching([*pairs, (context.words("help.queries_title"), QUERIES)], text.lstrip("/"))


_OFFERS: dict[Offer, Callable[[Context, Interaction, str], Awaitable[Pairs]]] = {
    Offer.QUERIES: _queries,
    Offer.TIMES: _times,
    Offer.PAPERS: _papers,
    Offer.SUBSCRIPTIONS: _subscriptions,
    Offer.SETTINGS: _settings,
    Offer.VALUES: _values,
    Offer.COMMANDS: _commands,
}


def _matching(pairs: Sequence[Pair], text: str) -> list[Pair]:
    """The pairs that hold what is typed, in what is shown or in what is filled in."""
    wanted = text.lower()
    return [pair for pair in pairs if any(wanted in part.lower() for part in pair)]


def _fitting(pairs: Pairs) -> list[Pair]:
    """As many as can be shown, each value once; a value that is too long cannot be filled in."""
    fitting = {value: clip(label, LONGEST) for label, value in pairs if len(value) <= LONGEST}
    return [(label, value) for value, label in list(fitting.items())[:MOST]]


@cache
def _names() -> dict[str, str]:
    """What each category is called, in arXiv's order."""
    return {one: name(one) for one in all_categories()}


def _title(paper: Paper) -> str:
    return readable(paper.title)
