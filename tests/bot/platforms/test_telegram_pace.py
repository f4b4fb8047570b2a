"""Which calls wait for their turn, and what a flood does to those of each lane."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
from telegram.error import RetryAfter

from bot.delivery.pace import Lane
from bot.platforms.telegram_pace import (
    ATTEMPTS,
    CHAT,
    GROUP,
    TelegramPace,
    counts,
    limits_of,
    seconds,
)
from tests.fakes.clock import FakeClock


@pytest.mark.parametrize(
    ("method", "counted"),
    [
        ("sendMessage", True),
        ("sendmessage", True),
        ("sendRichMessage", True),
        ("sendDocument", True),
        ("editMessageText", True),
        ("sendChatAction", False),
        ("getChatMember", False),
        ("answerCallbackQuery", False),
        ("answerInlineQuery", False),
        ("deleteMessage", False),
        ("setMyCommands", False),
    ],
)
def test_messages_and_edits_count_and_nothing_else(method: str, counted: bool) -> None:
    assert counts(method) is counted


def test_groups_and_channels_have_a_limit_of_their_own() -> None:
    assert limits_of("7") == CHAT
    assert limits_of("-1001") == limits_of("@my_channel") == GROUP


class Calls:
    """Calls that are refused as often as told; `moments` are the seconds when they were made."""

    def __init__(self, clock: FakeClock, *waits: int) -> None:
        self.moments: list[float] = []
        self._clock = clock
        self._waits = list(waits)

    def through(
        self, pace: TelegramPace, method: str, lane: Lane | None = None, chat: int | None = 7
    ) -> Coroutine[Any, Any, Any]:
        data = {} if chat is None else {"chat_id": chat}
        return pace.process_request(self._call, (), {}, method, data, lane)

    async def _call(self) -> bool:
        self.moments.append(self._clock.monotonic())
        if self._waits:
            raise RetryAfter(self._waits.pop(0))
        return True


@pytest.fixture
def pace(clock: FakeClock) -> TelegramPace:
    return TelegramPace(clock)


async def test_questions_do_not_wait(pace: TelegramPace, clock: FakeClock) -> None:
    calls = Calls(clock)
    for _ in range(50):
        await calls.through(pace, "getChatMember")
        await calls.through(pace, "sendMessage", chat=None)
    assert set(calls.moments) == {0.0}


async def test_a_reply_waits_for_the_flood_to_end(pace: TelegramPace, clock: FakeClock) -> None:
    calls = Calls(clock, 30)
    assert await calls.through(pace, "sendMessage") is True
    assert calls.moments == [0, 30]


async def test_a_reply_is_given_up_in_the_end(pace: TelegramPace, clock: FakeClock) -> None:
    calls = Calls(clock, *[5] * 9)
    with pytest.raises(RetryAfter):
        await calls.through(pace, "sendMessage")
    assert len(calls.moments) == ATTEMPTS


@pytest.mark.parametrize(("wait", "lane"), [(5, Lane.BROADCAST), (3600, Lane.REPLY)])
async def test_broadcasts_and_long_floods_are_left_to_whoever_sends(
    pace: TelegramPace, clock: FakeClock, wait: int, lane: Lane
) -> None:
    calls = Calls(clock, wait)
    with pytest.raises(RetryAfter):
        await calls.through(pace, "sendMessage", lane)
    assert calls.moments == [0]


@pytest.mark.parametrize(("lane", "rest"), [(Lane.BROADCAST, 5), (Lane.REPLY, 3600)])
async def test_what_would_wait_too_long_for_a_held_chat_is_told_the_rest_of_the_time(
    pace: TelegramPace, clock: FakeClock, lane: Lane, rest: int
) -> None:
    """So it takes no place of those who could go."""
    flooded, later, elsewhere = Calls(clock, rest), Calls(clock), Calls(clock)
    with pytest.raises(RetryAfter):
        await flooded.through(pace, "sendMessage", Lane.BROADCAST)
    clock.advance(1.5)
    with pytest.raises(RetryAfter) as told:
        await later.through(pace, "sendMessage", lane)
    assert seconds(told.value) == rest - 1
    await elsewhere.through(pace, "sendMessage", lane, chat=8)
    assert (later.moments, elsewhere.moments) == ([], [1.5])
    clock.advance(rest)
    assert await later.through(pace, "sendMessage", lane) is True


async def test_a_reply_that_meets_a_flood_sends_waiting_broadcasts_away(
    pace: TelegramPace, clock: FakeClock
) -> None:
    for _ in range(2):
        await Calls(clock).through(pace, "sendMessage")
    reply = asyncio.create_task(Calls(clock, 30).through(pace, "sendMessage"))
    broadcast = asyncio.create_task(Calls(clock).through(pace, "sendMessage", Lane.BROADCAST))
    with pytest.raises(RetryAfter) as told:
        await broadcast
    assert seconds(told.value) == 30
    assert await reply is True
    assert clock.monotonic() == 30


async def test_nobody_waits_after_the_end(pace: TelegramPace, clock: FakeClock) -> None:
    calls = Calls(clock)
    tasks = [asyncio.create_task(calls.through(pace, "sendMessage")) for _ in range(9)]
    await asyncio.sleep(0)
    await pace.shutdown()
    done = await asyncio.gather(*tasks, return_exceptions=True)
    assert any(isinstance(one, asyncio.CancelledError) for one in done)
