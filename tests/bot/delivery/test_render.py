"""What people get: few messages of which one rings, with buttons that open the papers in them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.delivery.render import Look, calls_for, file_name, look_of
from bot.delivery.settlement import FALLBACK
from bot.digest.importing import import_file
from bot.progress import unseen
from formatters.markdown import markdown
from storage.models import Call, Coverage, Digest, Entry, Kind, Origin, Platform, Room, Summary
from tests.bot.delivery.subscribing import Desk, papers, terms, utc

DETAILS = ("collapsed", "each", "on_demand", "none")
DAY = date(2026, 4, 21)
TELEGRAM = Look(Platform.TELEGRAM, Room.PRIVATE, "classic", "collapsed")
DISCORD = Look(Platform.DISCORD, Room.GROUP, "classic", "collapsed")
ARCHIVE = Look(Platform.FILE, Room.GROUP, "classic", "collapsed", "night", "2026-04-21-0900")
LONG = "We look at lanterns, which shine. " * 20 + "We show that they matter."


def digest(count: int = 20, language: str = "en") -> Digest:
    """A digest of papers with long abstracts, as a model summarised them."""
    entries = tuple(
        Entry(
            replace(paper, abstract=LONG, categories=("cs.CV", "cs.LG")),
            Kind.NEW,
            1,
            summary=Summary(
                paper.id, 1, language, tldr="Lanterns matter at night.", origin=Origin.MODEL
            ),
        )
        for paper in papers(*range(1, count + 1))
    )
    return Digest("cs.CV lanterns", language, (("cs.CV", DAY),), entries, Coverage())


def telegram(
    count: int = 20, form: str = "classic", details: str = "collapsed"
) -> tuple[Call, ...]:
    return calls_for(digest(count), replace(TELEGRAM, form=form, details=details))


def pressed(value: object) -> Iterator[str]:
    """The command lines of all buttons in a body, in their order."""
    if isinstance(value, dict):
        if "callback_data" in value:
            yield value["callback_data"]
        for part in value.values():
            yield from pressed(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from pressed(part)


def rings(call: Call) -> bool:
    return not call.body.get("disable_notification")


# Telegram


@pytest.mark.parametrize(
    ("form", "details", "messages"),
    [
        ("classic", "collapsed", 5),
        ("classic", "each", 21),
        ("classic", "on_demand", 1),
        ("classic", "none", 1),
        ("rich", "collapsed", 1),
        ("rich", "each", 1),
        ("rich", "on_demand", 1),
        ("rich", "none", 1),
    ],
)
def test_twenty_papers_are_few_messages(form: str, details: str, messages: int) -> None:
    calls = telegram(form=form, details=details)
    assert len(calls) == messages
    method = "sendRichMessage" if form == "rich" else "sendMessage"
    assert {call.method for call in calls} == {method}


@pytest.mark.parametrize("form", ["classic", "rich"])
@pytest.mark.parametrize("details", DETAILS)
def test_only_the_first_message_rings(form: str, details: str) -> None:
    ringing = [rings(call) for call in telegram(60, form, details)]
    assert ringing == [True, *[False] * (len(ringing) - 1)]


@pytest.mark.parametrize("form", ["classic", "rich"])
@pytest.mark.parametrize("details", DETAILS)
def test_the_buttons_open_the_papers_of_the_table(form: str, details: str) -> None:
    found = [line for call in telegram(20, form, details) for line in own_buttons(call)]
    ids = [f"paper {paper.id}" for paper in papers(*range(1, 21))]
    assert found == ([] if details == "none" else ids)


def own_buttons(call: Call) -> Iterator[str]:
    return pressed({name: value for name, value in call.body.items() if name != FALLBACK})


@pytest.mark.parametrize("details", ["on_demand", "none"])
@pytest.mark.parametrize("form", ["classic", "rich"])
def test_details_that_nobody_asked_for_are_not_sent(form: str, details: str) -> None:
    assert "Lanterns matter" in str(telegram(3, form, details)[0].body)
    assert not any("which shine" in str(call.body) for call in telegram(3, form, details))


@pytest.mark.parametrize("details", ["collapsed", "each"])
def test_details_are_folded_below_the_table(details: str) -> None:
    [table, *cards] = telegram(3, details=details)
    assert "which shine" not in str(table.body)
    quotes = [
        entity
        for card in cards
        for entity in entities(card)
        if entity["type"] == "expandable_blockquote"
    ]
    assert len(quotes) == 3
    [rich] = telegram(3, "rich", details)
    blocks: Any = rich.body["rich_message"]
    assert [block["type"] for block in blocks["blocks"]].count("details") == 3


def entities(call: Call) -> list[dict[str, Any]]:
    found: Any = call.body.get("entities", [])
    return list(found)


@pytest.mark.parametrize("details", DETAILS)
def test_a_server_without_rich_messages_gets_the_classic_ones(details: str) -> None:
    first, *others = telegram(60, "rich", details)
    classic = telegram(60, "classic", details)
    assert first.body[FALLBACK] == [{"method": one.method, "body": one.body} for one in classic]
    assert all(one.about == 0 and FALLBACK not in one.body for one in others)


def test_a_very_long_query_does_not_fill_the_screen() -> None:
    long = replace(digest(1), query="cs.CV (" + " OR ".join(["lanterns"] * 200) + ")")
    [call] = calls_for(long, replace(TELEGRAM, details="none"))
    assert len(str(call.body["text"])) < 600


# Discord


def test_on_discord_the_list_is_posted_with_its_cards_in_a_thread() -> None:
    calls = calls_for(digest(3), DISCORD)
    assert [call.method for call in calls] == ["message", "edit", "thread", *["message"] * 3]
    assert "cs.CV lanterns" in str(calls[0].body["content"])


def test_in_a_forum_the_list_is_a_post() -> None:
    calls = calls_for(digest(3), replace(DISCORD, room=Room.FORUM, details="none"))
    assert [call.method for call in calls] == ["post"]


# Files


def test_a_file_holds_the_digest_and_another_the_newest_one_as_a_feed() -> None:
    calls = calls_for(digest(3), ARCHIVE)
    assert [call.method for call in calls] == ["file", "file"]
    assert [call.body["name"] for call in calls] == ["night-2026-04-21-0900.md", "night.atom"]
    assert calls[0].body["content"] == markdown(digest(3))
    assert str(calls[1].body["content"]).startswith("<feed ")


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_a_file_imports_back_the_same(desk: Desk, tmp_path: Path, language: str) -> None:
    written, _ = calls_for(digest(20, language), ARCHIVE)
    path = tmp_path / str(written.body["name"])
    path.write_text(str(written.body["content"]), encoding="utf-8")
    report = await import_file(desk.store, path, desk.clock, unseen)
    assert report.rejects == []
    key = (await desk.store.imported_sources())[str(path.resolve())]
    found, entries = await desk.store.imported_digest(key)
    again = replace(digest(20, found), entries=entries)
    assert calls_for(again, ARCHIVE)[0].body == written.body


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("night", "night"),
        ("视觉 every day", "视觉 every day"),
        ("cs/CV\\x", "cs-CV-x"),
        ("../../etc", "-.-..-etc"),
        (".hidden", "-hidden"),
        ("two\nlines\x00", "two-lines-"),
        ("🏮" * 64, "🏮" * 50),
    ],
)
def test_a_channels_name_begins_the_name_of_a_file(name: str, shown: str) -> None:
    found = file_name(name)
    assert found == shown
    assert "/" not in found
    assert len(f"{found}-2026-04-21-090000.md".encode()) <= 240


@pytest.mark.parametrize(
    ("slot", "moment"),
    [("2026-04-21 01:00:00", "2026-04-21-0900"), ("2026-04-21 01:00:07", "2026-04-21-090007")],
)
def test_a_file_is_named_by_the_local_moment_of_its_slot(slot: str, moment: str) -> None:
    found = look_of(Platform.FILE, Room.GROUP, terms(zone="Asia/Shanghai"), "a/b", utc(slot))
    assert (found.name, found.slot) == ("a-b", moment)


def test_only_files_have_names_so_that_all_others_are_rendered_once() -> None:
    looks = {
        look_of(Platform.TELEGRAM, Room.PRIVATE, terms(), name, utc(f"2026-04-{day} 09:00"))
        for name, day in (("a", 21), ("b", 22))
    }
    assert looks == {replace(TELEGRAM, details="none")}


def test_on_the_console_nothing_is_sent() -> None:
    assert calls_for(digest(1), replace(TELEGRAM, platform=Platform.CONSOLE)) == ()
