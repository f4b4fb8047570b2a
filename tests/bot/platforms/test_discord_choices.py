"""What Discord offers while somebody types."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.platforms.discord_choices import COMMON, LONGEST, MOST, completed
from storage.errors import DatabaseBusy
from storage.models import Chat, Room, Subscription
from tests.bot.platforms.discord_world import World, world
from tests.fakes.arxiv import paper

FIRST, SECOND = "2604.00001", "2604.00002"


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("", COMMON[0]),
        ("cs.c", "cs.CC"),
        ("CS.CV", "cs.CV"),
        ("diffusion cs.cv", "diffusion cs.CV"),
        ("cs.CV -cs.lg", "cs.CV -cs.LG"),
        ("(cs.CV cs.LG) OR (stat.m", "(cs.CV cs.LG) OR (stat.ME"),
        ("machine learn", "cs.LG"),
        ("computer vision", "cs.CV"),
    ],
)
def test_the_last_word_becomes_a_category(typed: str, first: str) -> None:
    assert next(iter(completed(typed)))[1] == first


@pytest.mark.parametrize("typed", ["diffusion models", "au:kaiming", '"flow matching"'])
def test_other_words_are_left_as_they_are(typed: str) -> None:
    assert not list(completed(typed))


@given(st.text())
def test_any_text_is_taken(text: str) -> None:
    assert all(label and value for label, value in completed(text))


async def filled(here: World) -> None:
    store = here.services.store
    await store.add_papers([paper(FIRST, title="Kites and $x^2$"), paper(SECOND, title="Lanterns")])
    address = here.address(here.places["text"])
    await store.remember_listing(str(address), [SECOND, FIRST])
    await store.put_chat(Chat(address, Room.GROUP))
    for query in ("cs.CV diffusion", "au:ada"):
        await store.put_subscription(Subscription(0, address, query))


async def test_everything_is_offered_as_it_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as here:
        await filled(here)
        offered = {
            "listed": await here.choices(here.admin, "paper", "paper", ""),
            "numbered": await here.choices(here.admin, "save", "paper", "2"),
            "known": await here.choices(here.admin, "why", "paper", f"arxiv.org/abs/{FIRST}v2"),
            "titled": await here.choices(here.admin, "similar", "paper", "lantern"),
            "ended": await here.choices(here.admin, "unsubscribe", "subscription", ""),
            "chosen": await here.choices(here.admin, "unsubscribe", "subscription", "ADA"),
            "named": await here.choices(here.admin, "settings", "setting", "zone"),
            "valued": await here.choices(
                here.admin, "settings", "value", "berl", setting="timezone"
            ),
            "unnamed": await here.choices(here.admin, "settings", "value", "", setting="x"),
            "timed": await here.choices(here.admin, "subscribe", "time", "7"),
            "times": await here.choices(here.admin, "subscribe", "time", "when"),
            "helped": await here.choices(here.admin, "help", "command", "/sub"),
        }
    numbers = [one for label, one in offered["ended"].items() if label[0].isdigit()]
    assert offered == {
        "listed": {"1. Lanterns": SECOND, "2. Kites and x²": FIRST},
        "numbered": {"2. Kites and x²": FIRST},
        "known": {f"{FIRST} · Kites and x²": FIRST},
        "titled": {f"{SECOND} · Lanterns": SECOND},
        "ended": {"1. cs.CV diffusion": numbers[0], "2. au:ada": numbers[1], "Delete all": "all"},
        "chosen": {"2. au:ada": numbers[1]},
        "named": {"Time zone": "timezone"},
        "valued": {"Berlin 08:00": "Europe/Berlin"},
        "unnamed": {},
        "timed": {"07:00": "07:00"},
        "times": {"When announced": "announcement"},
        "helped": {
            "/subscribe – Get a digest of what interests you": "subscribe",
            "/list – The subscriptions here: pause, edit, delete, send now": "list",
            "/unsubscribe – End a subscription": "unsubscribe",
        },
    }


async def test_it_is_offered_in_the_askers_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as here:
        here.client.locale = "zh-CN"
        assert "语言" in await here.choices(here.admin, "settings", "setting", "")


async def test_never_more_is_offered_than_can_be_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    titles = {f"2604.{number:05}": "kites " * 90 for number in range(1, 40)}
    async with world(tmp_path, monkeypatch) as here:
        await here.services.store.add_papers(
            paper(one, title=title) for one, title in titles.items()
        )
        for text in ("kites", "cs", "x" * 99, "y" * 900 + " cs.c", '"', "((", "\x00"):
            offered = await here.choices(here.admin, "paper", "paper", text)
            queries = await here.choices(here.admin, "digest", "query", text)
            assert max(len(offered), len(queries)) <= MOST
            both = (*offered.items(), *queries.items())
            assert all(len(part) <= LONGEST for pair in both for part in pair)


async def test_where_the_store_does_not_answer_nothing_is_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, monkeypatch) as here:

        async def busy(*_arguments: object) -> None:
            raise DatabaseBusy("busy")

        monkeypatch.setattr(here.services.store, "listing", busy)
        assert await here.choices(here.admin, "paper", "paper", "") == {}
