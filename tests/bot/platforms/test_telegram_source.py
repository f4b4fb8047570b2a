"""Updates that Telegram posts: who may, and what happens to the rest."""

import io
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.errors import PaperboyError
from bot.platforms.telegram_source import LARGEST_UPDATE, PROOF_HEADER
from bot.platforms.telegram_updates import WANTED
from tests.bot.platforms.telegram_bot import Script, working_bot
from tests.fakes.telegram import FakeTelegram

PUBLIC = "https://bot.example.org/hook"


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram() as server:
        yield server


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listening(port: int) -> dict[str, Any]:
    """The keys that make a bot wait for posts."""
    return {"webhook_url": PUBLIC, "webhook_listen": f"127.0.0.1:{port}"}


async def post(port: int, body: bytes, proof: str) -> int:
    """Post as Telegram does, through a proxy; returns the status."""
    address, headers = f"http://127.0.0.1:{port}/hook", {PROOF_HEADER: proof}
    async with (
        aiohttp.ClientSession() as session,
        session.post(address, data=io.BytesIO(body), headers=headers) as response,
    ):
        return response.status


async def test_an_update_that_telegram_posts_is_answered(
    telegram: FakeTelegram, tmp_path: Path, script: Script, port: int
) -> None:
    ada = telegram.private()
    async with working_bot(telegram, tmp_path, script, **listening(port)):
        hook = await telegram.gets("setWebhook")
        ada.says("/help")
        assert await post(port, telegram.posted_update(), hook["secret_token"]) == 200
        await ada.hears("this is help")
    assert (hook["url"], hook["allowed_updates"]) == (PUBLIC, WANTED)
    assert not telegram.called("deleteWebhook")


@pytest.mark.parametrize("proof", ["", "guess", "é", "x" * 10_000])
async def test_a_post_without_the_secret_is_refused(
    telegram: FakeTelegram, tmp_path: Path, script: Script, port: int, proof: str
) -> None:
    ada = telegram.private()
    async with working_bot(telegram, tmp_path, script, **listening(port)):
        await telegram.gets("setWebhook")
        ada.says("/help")
        assert await post(port, telegram.posted_update(), proof) in (400, 403)
    assert not script.requests


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"{}", 400),
        (b'{"update_id": "x", "message": 5}', 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b"x" * (LARGEST_UPDATE + 1), 413),
    ],
)
async def test_what_is_no_update_is_refused(
    telegram: FakeTelegram, tmp_path: Path, script: Script, port: int, body: bytes, status: int
) -> None:
    async with working_bot(telegram, tmp_path, script, **listening(port)):
        hook = await telegram.gets("setWebhook")
        assert await post(port, body, hook["secret_token"]) == status


async def test_an_address_that_telegram_refuses_is_fatal(
    telegram: FakeTelegram, tmp_path: Path, script: Script, port: int
) -> None:
    telegram.refuses("setWebhook", 400, "Bad Request: bad webhook: IP address is reserved")
    with pytest.raises(PaperboyError, match="address is reserved"):
        async with working_bot(telegram, tmp_path, script, **listening(port)) as rig:
            await rig.running


async def test_a_port_that_is_taken_is_fatal(
    telegram: FakeTelegram, tmp_path: Path, script: Script
) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = listening(other.getsockname()[1])
        with pytest.raises(PaperboyError, match="cannot listen at 127"):
            async with working_bot(telegram, tmp_path, script, **taken) as rig:
                await rig.running
