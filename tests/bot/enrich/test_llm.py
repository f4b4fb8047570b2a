"""Asking a server that speaks OpenAI's protocol: patience, tact, and what servers understand."""

import asyncio
import json
import logging
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from bot.enrich.breaker import FIRST_PAUSE, SECONDS
from bot.enrich.check_field import Field
from bot.enrich.llm import LanguageModel
from bot.enrich.llm_request import MOST_TOKENS, Form, Written
from bot.enrich.llm_setbacks import PATIENCE, TRIES
from bot.enrich.prompts import prompt
from bot.enrich.question import Question
from bot.errors import ModelUnavailable
from storage.answers import Tokens
from tests.bot.enrich.examples import KEY, MODEL, configured, kite
from tests.fakes.clock import FakeClock
from tests.fakes.held_clock import HeldClock
from tests.fakes.llm import FakeLlm

Opened = Callable[..., AbstractAsyncContextManager[LanguageModel]]
KEYS = {"title", "tldr"}
ASKING = prompt(Question(kite(), "zh", (Field.TITLE, Field.TLDR)))
NOWHERE = "http://127.0.0.1:9/v1"


@pytest.fixture
def opened(llm: FakeLlm, clock: FakeClock) -> Opened:
    @asynccontextmanager
    async def opened(base_url: str = "", **settings: object) -> AsyncIterator[LanguageModel]:
        config = configured(Path(), base_url or llm.base_url, **settings)
        model = LanguageModel(config.llm, clock, chance=lambda: 1.0)
        try:
            yield model
        finally:
            await model.close()

    return opened


async def ask(model: LanguageModel) -> Written:
    async with model.asked(ASKING) as written:
        return written


def keys_of(written: Written) -> set[str]:
    return set(json.loads(written.text))


class TestAsking:
    async def test_an_answer_comes_with_its_tokens(self, llm: FakeLlm, opened: Opened) -> None:
        async with opened() as model:
            written = await ask(model)
        assert keys_of(written) == KEYS
        assert written.tokens == Tokens(100, 50)
        assert llm.requests[0].headers["Authorization"] == f"Bearer {KEY}"

    async def test_the_request_names_model_schema_and_limit(
        self, llm: FakeLlm, opened: Opened
    ) -> None:
        async with opened() as model:
            await ask(model)
        body = llm.requests[0].body
        assert body["model"] == MODEL
        assert body["max_tokens"] == MOST_TOKENS
        schema = body["response_format"]["json_schema"]
        assert schema["strict"] is True
        assert schema["schema"]["required"] == ["title", "tldr"]

    async def test_without_a_key_servers_of_ones_own_answer(self, clock: FakeClock) -> None:
        with FakeLlm() as llm:
            config = configured(Path(), llm.base_url, api_key="")
            model = LanguageModel(config.llm, clock)
            assert keys_of(await ask(model)) == KEYS
            await model.close()

    @pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": None}, {"prompt_tokens": "1"}])
    async def test_a_server_that_does_not_count_is_estimated(
        self, llm: FakeLlm, opened: Opened, usage: object
    ) -> None:
        choice = {"index": 0, "message": {"role": "assistant", "content": "{}"}}
        llm.answer_next(body=json.dumps({"choices": [choice], "usage": usage}))
        async with opened() as model:
            assert (await ask(model)).tokens.input > 100

    async def test_a_refusal_beside_the_text_is_what_was_written(
        self, llm: FakeLlm, opened: Opened
    ) -> None:
        llm.write_next(None, refusal="I cannot help with that.")
        async with opened() as model:
            assert (await ask(model)).text == "I cannot help with that."

    async def test_no_more_requests_at_once_than_allowed(
        self, llm: FakeLlm, opened: Opened
    ) -> None:
        llm.hold()
        async with opened(concurrency=3) as model:
            asked = [asyncio.create_task(ask(model)) for _ in range(10)]
            for left in (10, 7, 4, 1):
                await llm.somebody_waits(min(3, left))
                llm.release(min(3, left))
                await llm.came(min(10, 16 - left))
            await asyncio.gather(*asked)
        assert llm.most_at_once == 3

    async def test_whoever_stores_an_answer_keeps_its_place(
        self, llm: FakeLlm, opened: Opened
    ) -> None:
        async with opened(concurrency=1) as model:
            async with model.asked(ASKING):
                other = asyncio.create_task(ask(model))
                await asyncio.sleep(0)
                assert len(llm.requests) == 1
            await other
        assert len(llm.requests) == 2


class TestManners:
    """Servers differ in what they understand; what works is found once and remembered."""

    @pytest.mark.parametrize(
        ("refuses", "form", "requests"),
        [
            ({"json_schema"}, Form.OBJECT, 2),
            ({"json_schema", "json_object"}, Form.TEXT, 3),
            ({"response_format"}, Form.TEXT, 3),
            ({"max_tokens"}, Form.SCHEMA, 2),
            ({"max_tokens", "max_completion_tokens"}, Form.SCHEMA, 3),
            ({"json_schema", "max_tokens"}, Form.OBJECT, 3),
            ({"response_format", "max_tokens", "max_completion_tokens"}, Form.TEXT, 5),
        ],
    )
    async def test_what_a_server_does_not_understand_is_left_out(
        self, llm: FakeLlm, opened: Opened, refuses: set[str], form: Form, requests: int
    ) -> None:
        llm.refuses = refuses
        async with opened() as model:
            assert keys_of(await ask(model)) == KEYS
            assert len(llm.requests) == requests
            assert model.form is form
            await ask(model)
        assert len(llm.requests) == requests + 1
        assert not refuses & set(llm.requests[-1].body)

    async def test_the_other_name_of_the_limit_is_tried(self, llm: FakeLlm, opened: Opened) -> None:
        llm.refuses = {"max_tokens"}
        async with opened() as model:
            await ask(model)
        assert llm.requests[-1].body["max_completion_tokens"] == MOST_TOKENS

    async def test_many_who_are_not_understood_at_once_find_out_once(
        self, llm: FakeLlm, opened: Opened
    ) -> None:
        llm.refuses = {"response_format"}
        async with opened(concurrency=8) as model:
            await asyncio.gather(*(ask(model) for _ in range(8)))
        assert len(llm.requests) <= 8 + 2 + 7

    async def test_a_refusal_for_another_reason_teaches_nothing(
        self, llm: FakeLlm, opened: Opened
    ) -> None:
        llm.answer_next(400, body='{"error": {"message": "content filtered"}}', times=5)
        async with opened() as model:
            with pytest.raises(ModelUnavailable, match="HTTP 400"):
                await ask(model)
            assert model.form is Form.SCHEMA
            assert keys_of(await ask(model)) == KEYS


class TestPatience:
    @pytest.mark.parametrize("status", [408, 429, 500, 503])
    async def test_what_may_pass_is_tried_again(
        self, llm: FakeLlm, opened: Opened, clock: FakeClock, status: int
    ) -> None:
        llm.answer_next(status, times=TRIES - 1)
        async with opened() as model:
            assert keys_of(await ask(model)) == KEYS
        assert clock.slept == [1, 2, 4]
        assert len(llm.requests) == TRIES

    async def test_retry_after_is_honoured(
        self, llm: FakeLlm, opened: Opened, clock: FakeClock
    ) -> None:
        llm.answer_next(429, {"Retry-After": "17"})
        async with opened() as model:
            await ask(model)
        assert clock.slept == [17]

    async def test_what_one_was_told_holds_for_all(
        self, llm: FakeLlm, opened: Opened, clock: FakeClock
    ) -> None:
        llm.answer_next(429, {"Retry-After": str(PATIENCE + 10)})
        async with opened() as model:
            for _ in range(3):
                with pytest.raises(ModelUnavailable, match="HTTP 429"):
                    await ask(model)
            assert len(llm.requests) == 1
            assert "429" in (model.trouble or "")
            clock.advance(PATIENCE + 10)
            assert model.trouble is None
            assert keys_of(await ask(model)) == KEYS

    async def test_a_cut_answer_is_asked_for_again(self, llm: FakeLlm, opened: Opened) -> None:
        llm.cut_next()
        async with opened() as model:
            assert keys_of(await ask(model)) == KEYS
        assert len(llm.requests) == 2

    @pytest.mark.parametrize(
        "body",
        [
            "<html>Please log in</html>",
            "",
            "{",
            "{}",
            '{"choices": []}',
            '{"choices": null}',
            '{"choices": [{"message": null}]}',
            '{"choices": [{"message": {"content": {"title": 1}}}]}',
            '{"choices": [7]}',
        ],
    )
    async def test_what_is_no_completion_is_asked_for_again(
        self, llm: FakeLlm, opened: Opened, body: str
    ) -> None:
        llm.answer_next(body=body)
        async with opened() as model:
            assert keys_of(await ask(model)) == KEYS
        assert len(llm.requests) == 2

    async def test_a_silent_server_is_not_waited_for(self, llm: FakeLlm, opened: Opened) -> None:
        llm.hang_next()
        async with opened(timeout=0.2) as model:
            assert keys_of(await ask(model)) == KEYS
        assert len(llm.requests) == 2

    async def test_nobody_there_is_said_with_the_host(self, opened: Opened) -> None:
        async with opened(NOWHERE) as model:
            with pytest.raises(ModelUnavailable, match="could not be reached at 127"):
                await ask(model)

    async def test_cancelling_ends_it_at_once(self, llm: FakeLlm, opened: Opened) -> None:
        llm.hold()
        async with opened() as model:
            asked = asyncio.create_task(ask(model))
            await llm.somebody_waits(1)
            asked.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asked


class TestOutage:
    async def test_a_wrong_key_is_tried_once_and_nobody_asks_after_it(
        self, llm: FakeLlm, opened: Opened, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        async with opened(api_key="sk-quite-wrong-0815") as model:
            for _ in range(5):
                with pytest.raises(ModelUnavailable, match="api_key") as raised:
                    await ask(model)
                assert "0815" not in f"{raised.value!r} {raised.value.__cause__!r}"
            assert "401" in (model.trouble or "")
        assert len(llm.requests) == 1
        assert "0815" not in caplog.text
        assert [one.levelname for one in caplog.records if one.levelno >= logging.ERROR] == [
            "ERROR"
        ]

    async def test_a_dead_server_opens_the_breaker_for_all(
        self, llm: FakeLlm, opened: Opened, clock: FakeClock
    ) -> None:
        """One at a time, so that nothing depends on which answer comes first."""
        llm.answer_all(500)
        async with opened(concurrency=1) as model:
            results = await asyncio.gather(*(ask(model) for _ in range(50)), return_exceptions=True)
            assert [type(one) for one in results] == [ModelUnavailable] * 50
            assert clock.slept == [1, 2, 4, 1, 2]
            assert clock.monotonic() == SECONDS
            assert len(llm.requests) == len(clock.slept) + 2
            with pytest.raises(ModelUnavailable):
                await ask(model)
        assert len(llm.requests) == len(clock.slept) + 2

    async def test_who_waits_stops_waiting_when_it_opens(self, llm: FakeLlm) -> None:
        clock = HeldClock()
        model = LanguageModel(configured(Path(), llm.base_url).llm, clock)
        llm.answer_next(503)
        sleeper = asyncio.create_task(ask(model))
        await llm.came(1)
        llm.hang_next()
        hanging = asyncio.create_task(ask(model))
        await llm.came(2)
        llm.answer_next(404)
        results = await asyncio.gather(ask(model), sleeper, hanging, return_exceptions=True)
        assert [type(one) for one in results] == [ModelUnavailable] * 3
        await model.close()

    async def test_when_it_may_be_back_one_asks_for_all(
        self, llm: FakeLlm, opened: Opened, clock: FakeClock
    ) -> None:
        async with opened() as model:
            llm.answer_next(404)
            with pytest.raises(ModelUnavailable):
                await ask(model)
            clock.advance(FIRST_PAUSE)
            llm.hold()
            asked = [asyncio.create_task(ask(model)) for _ in range(5)]
            await llm.somebody_waits(1)
            assert len(llm.requests) == 2
            llm.release(5)
            await asyncio.gather(*asked)
            assert model.trouble is None

    async def test_a_probe_in_vain_sends_the_others_away(
        self, llm: FakeLlm, opened: Opened, clock: FakeClock
    ) -> None:
        async with opened() as model:
            llm.answer_all(404)
            with pytest.raises(ModelUnavailable):
                await ask(model)
            clock.advance(FIRST_PAUSE)
            asked = (ask(model) for _ in range(5))
            await asyncio.gather(*asked, return_exceptions=True)
            assert len(llm.requests) == 2


async def test_the_library_is_imported_only_when_it_is_needed() -> None:
    """In a process of its own, since other tests have imported it here."""
    code = (
        "import sys; from bot.enrich.enricher import Enricher; from bot.enrich.llm import"
        " LanguageModel; from bot.clock import SystemClock; from bot.config import Llm;"
        " LanguageModel(Llm(model='a'), SystemClock()); sys.exit('openai' in sys.modules)"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    assert await process.wait() == 0
