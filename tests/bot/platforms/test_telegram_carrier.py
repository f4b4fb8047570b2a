"""What Telegram's answers to a delivery mean for the outbox."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest
from telegram.ext import ExtBot

from bot.delivery.outcome import Closed, Later, Moved, Outcome, Refused, Sent, Unknown
from bot.platforms.telegram_carrier import TelegramCarrier
from bot.platforms.telegram_errors import BLOCKED, NO_CHAT, NO_RIGHTS, NO_TOPIC
from bot.platforms.telegram_pace import TelegramPace
from storage.deliveries import Delivery
from storage.models import Address, Platform
from tests.bot.platforms.telegram_bot import NOWHERE, address_of
from tests.fakes.clock import FakeClock
from tests.fakes.telegram import CREDENTIAL, FakeTelegram
from tests.fakes.telegram_chats import Place

RICH = {"rich_message": {"markdown": "a"}}


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as server:
        yield server


@pytest.fixture
async def carrier(telegram: FakeTelegram) -> AsyncIterator[TelegramCarrier]:
    bot = ExtBot(
        CREDENTIAL, base_url=f"{telegram.api_url}/bot", rate_limiter=TelegramPace(FakeClock())
    )
    async with bot:
        telegram.calls.clear()
        yield TelegramCarrier(bot)


def delivery(place: Place | Address, method: str = "sendMessage", **body: Any) -> Delivery:
    chat = place if isinstance(place, Address) else address_of(place)
    return Delivery(5, 1, chat, method, body or {"text": "papers"})


class TestSending:
    async def test_a_message_goes_out_as_it_is_and_comes_back_as_its_number(
        self, telegram: FakeTelegram, carrier: TelegramCarrier
    ) -> None:
        ada = telegram.private()
        body: dict[str, Any] = {
            "text": "cs.CV",
            "entities": [{"type": "code", "offset": 0, "length": 5}],
        }
        outcome = await carrier.carry(delivery(ada, disable_notification=True, **body), None)
        (message,) = ada.messages
        assert outcome == Sent(str(message.message_id))
        assert message.body == body | {"chat_id": ada.id, "disable_notification": True}

    async def test_a_topic_gets_its_own(
        self, telegram: FakeTelegram, carrier: TelegramCarrier
    ) -> None:
        forum = telegram.group(forum=True)
        topic = forum.topic()
        for place in (forum, topic):
            assert isinstance(await carrier.carry(delivery(place), None), Sent)
        assert (len(forum.messages), len(topic.messages)) == (1, 1)

    async def test_a_channel_may_be_known_by_its_name(
        self, telegram: FakeTelegram, carrier: TelegramCarrier
    ) -> None:
        await carrier.carry(delivery(Address(Platform.TELEGRAM, "@papers")), None)
        assert telegram.called("sendMessage")[0]["chat_id"] == "@papers"

    async def test_an_edit_is_of_the_message_that_it_is_about(
        self, telegram: FakeTelegram, carrier: TelegramCarrier
    ) -> None:
        forum = telegram.group(forum=True)
        topic = forum.topic()
        sent = await carrier.carry(delivery(topic), None)
        assert isinstance(sent, Sent)
        edit = delivery(topic, "editMessageText", text="more papers")
        for _ in range(2):  # the second changes nothing, which is as good
            assert await carrier.carry(edit, sent.result) == sent
        assert topic.texts == ["more papers"]

    async def test_a_message_that_is_refused_goes_out_as_bare_text(
        self, telegram: FakeTelegram, carrier: TelegramCarrier
    ) -> None:
        ada = telegram.private()
        telegram.refuses("sendMessage", 400, "Bad Request: BUTTON_DATA_INVALID")
        body: dict[str, Any] = {
            "text": "a",
            "entities": [],
            "reply_markup": {"inline_keyboard": []},
        }
        silent = delivery(ada, disable_notification=True, **body)
        assert isinstance(await carrier.carry(silent, None), Sent)
        assert set(ada.messages[0].body) == {"chat_id", "text", "disable_notification"}


REFUSALS: list[tuple[int, str, dict[str, Any], Outcome]] = [
    (403, "Forbidden: bot was blocked by the user", {}, Closed(BLOCKED)),
    (403, "Forbidden: user is deactivated", {}, Closed(BLOCKED, gone=True)),
    (403, "Forbidden: the group chat was deleted", {}, Closed(BLOCKED, gone=True)),
    (400, "Bad Request: chat not found", {}, Closed(NO_CHAT)),
    (400, "Bad Request: not enough rights to send text messages", {}, Closed(NO_RIGHTS)),
    (400, "Bad Request: message thread not found", {}, Closed(NO_TOPIC)),
    (400, "Bad Request: message is too long", {}, Refused("Message is too long")),
    (
        429,
        "Too Many Requests: retry after 43837",
        {"retry_after": 43837},
        Later("Flood control exceeded. Retry in 12:10:37", 43837.0, chat_held=True),
    ),
    (
        400,
        "Bad Request: group chat was upgraded to a supergroup chat",
        {"migrate_to_chat_id": -100200},
        Moved(Address(Platform.TELEGRAM, "-100200")),
    ),
    (500, "Internal Server Error", {}, Later("Internal Server Error", platform_down=True)),
    (502, "Bad Gateway", {}, Later("Bad Gateway", platform_down=True)),
    (401, "Unauthorized", {}, Later("", platform_down=True)),
    (404, "Not Found", {}, Later("", platform_down=True)),
]


class TestRefusals:
    @pytest.mark.parametrize(("code", "text", "more", "expected"), REFUSALS)
    async def test_each_means_something_and_is_not_tried_again_here(
        self,
        telegram: FakeTelegram,
        carrier: TelegramCarrier,
        code: int,
        text: str,
        more: dict[str, Any],
        expected: Outcome,
    ) -> None:
        ada = telegram.private()
        telegram.refuses("sendMessage", code, text, **more)
        outcome = await carrier.carry(delivery(ada), None)
        if isinstance(expected, Later) and not expected.reason:
            assert isinstance(outcome, Later)
            outcome = replace(outcome, reason="")
        assert outcome == expected
        assert len(telegram.calls) == 1

    @pytest.mark.parametrize("code", [400, 404])
    async def test_a_rich_message_is_refused_for_good_so_that_another_form_can_follow(
        self, telegram: FakeTelegram, carrier: TelegramCarrier, code: int
    ) -> None:
        ada = telegram.private()
        telegram.refuses("sendRichMessage", code, "Bad Request: RICH_MESSAGE_INVALID")
        outcome = await carrier.carry(delivery(ada, "sendRichMessage", **RICH), None)
        assert isinstance(outcome, Refused)
        assert not ada.messages

    async def test_a_message_to_edit_that_is_gone_is_refused_for_good(
        self, telegram: FakeTelegram, carrier: TelegramCarrier
    ) -> None:
        edit = delivery(telegram.private(), "editMessageText", text="a")
        assert isinstance(await carrier.carry(edit, "4711"), Refused)


class TestLostConnections:
    @pytest.mark.parametrize("when", ["before", "after"])
    async def test_nobody_knows_about_a_message(
        self, telegram: FakeTelegram, carrier: TelegramCarrier, when: str
    ) -> None:
        ada = telegram.private()
        telegram.cuts("sendMessage", "before" if when == "before" else "after")
        assert isinstance(await carrier.carry(delivery(ada), None), Unknown)
        assert len(ada.messages) == (when == "after")

    async def test_an_edit_can_be_repeated(
        self, telegram: FakeTelegram, carrier: TelegramCarrier
    ) -> None:
        ada = telegram.private()
        sent = await carrier.carry(delivery(ada), None)
        assert isinstance(sent, Sent)
        telegram.cuts("editMessageText", "after")
        edit = delivery(ada, "editMessageText", text="b")
        outcome = await carrier.carry(edit, sent.result)
        assert isinstance(outcome, Later)
        assert await carrier.carry(edit, sent.result) == sent

    async def test_what_may_have_been_sent_waits_until_telegram_answers(
        self, telegram: FakeTelegram, carrier: TelegramCarrier
    ) -> None:
        ada = telegram.private()
        uncertain = replace(delivery(ada), uncertain=True)
        telegram.refuses("getMe", 502, "Bad Gateway")
        outcome = await carrier.carry(uncertain, None)
        assert isinstance(outcome, Later)
        assert outcome.platform_down
        assert not ada.messages
        assert isinstance(await carrier.carry(uncertain, None), Sent)
        assert [one.method for one in telegram.calls] == ["getMe", "getMe", "sendMessage"]

    async def test_where_nobody_listens_nothing_was_sent(self) -> None:
        bot = ExtBot(CREDENTIAL, base_url=f"{NOWHERE}/bot", rate_limiter=TelegramPace(FakeClock()))
        there = delivery(Address(Platform.TELEGRAM, "7"))
        before = await TelegramCarrier(bot).carry(there, None)
        assert isinstance(before, Later)
        assert before.platform_down
        await bot.shutdown()
        after = await TelegramCarrier(bot).carry(there, None)
        assert isinstance(after, Later)
        assert after.platform_down
