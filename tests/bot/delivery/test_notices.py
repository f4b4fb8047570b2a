"""Operators are told in plain words, through the outbox, where they can be reached."""

import json

import pytest
from pydantic import SecretStr

from bot.config import Config, Discord, Telegram
from bot.delivery.notices import DISCORD_DIRECT, LONGEST, Notices, notice
from storage.models import Address, Platform
from tests.bot.delivery.subscribing import ADA, Desk

TOKEN = SecretStr("123:abc")
CONFIG = Config(
    telegram=Telegram(token=TOKEN, admins=(7, 8)), discord=Discord(token=TOKEN, admins=(9,))
)
DIRECT = Address(Platform.DISCORD, "1234")
HOSTILE = "<b>*all* `code`</b> @everyone <@1> [x](https://example.org) ||a|| # head"


async def test_every_operator_is_told_on_every_platform(desk: Desk) -> None:
    await desk.store.put_note(DISCORD_DIRECT.format(9), "1234")
    await Notices(desk.store, desk.clock, CONFIG).operators("The disk is full.")
    assert await told(desk) == {
        ADA: "The disk is full.",
        Address(Platform.TELEGRAM, "8"): "The disk is full.",
        DIRECT: "The disk is full.",
    }


async def test_a_platform_that_is_away_or_unset_tells_nobody(desk: Desk) -> None:
    await desk.store.put_note(DISCORD_DIRECT.format(9), "1234")
    notices = Notices(desk.store, desk.clock, CONFIG)
    await notices.operators("hello", besides=[Platform.TELEGRAM])
    assert list(await told(desk)) == [DIRECT]
    bare = Config(telegram=Telegram(admins=(7,)), discord=Discord(admins=(9,)))
    assert await Notices(desk.store, desk.clock, bare).addresses() == []


async def test_somebody_on_discord_who_never_wrote_is_written_to(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    async def direct(person: int) -> Address | None:
        return DIRECT if person == 9 else None

    config = Config(discord=Discord(token=TOKEN, admins=(9, 10)))
    assert await Notices(desk.store, desk.clock, config, direct).addresses() == [DIRECT]
    assert "operator 10 on Discord cannot be told anything" in caplog.text


async def told(desk: Desk) -> dict[Address, object]:
    chats = [ADA, Address(Platform.TELEGRAM, "8"), DIRECT]
    rows = [row for chat in chats for row in await desk.store.outbox.unsent(chat)]
    return {row.chat: row.body.get("text", row.body.get("content")) for row in rows}


def test_on_telegram_a_notice_is_text_without_markup() -> None:
    call = notice(Platform.TELEGRAM, HOSTILE)
    assert call.method == "sendMessage"
    assert (call.body["text"], call.body.keys() & {"entities", "parse_mode"}) == (HOSTILE, set())


def test_on_discord_a_notice_mentions_nobody_and_has_no_markup() -> None:
    call = notice(Platform.DISCORD, HOSTILE)
    assert call.body["allowed_mentions"] == {"parse": []}
    bare = str(call.body["content"]).replace("\\", "")
    assert bare == HOSTILE
    assert "](" not in str(call.body["content"])


@pytest.mark.parametrize("platform", [Platform.TELEGRAM, Platform.DISCORD])
def test_a_notice_fits_a_message_whatever_it_says(platform: Platform) -> None:
    body = notice(platform, "*\ud800\x00" * 5_000).body
    text = str(body.get("text", body.get("content")))
    assert LONGEST <= len(text) <= 2 * LONGEST
    assert "\x00" not in text
    json.dumps(body).encode()
