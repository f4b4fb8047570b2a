"""Fault scripts: the disk is full, or another process keeps the database locked."""

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from storage.deliveries import DeliveryState
from storage.errors import DatabaseBusy, DiskFull
from storage.models import Call, Chat
from storage.store import FILE_NAME
from tests.bot.faults.world import Place, World, chat_of, rows, states, world
from tests.storage.examples import PROJECT

SENT = DeliveryState.SENT
TEXTS = [str(number) for number in range(8)]
LONG = "a word " * 500
LONGEST_REST = 30.0  # seconds between attempts to write

LOCKS = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.fixture
async def it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    async with world(tmp_path, monkeypatch) as opened:
        yield opened


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Another process is in the middle of a transaction during the block."""
    other = subprocess.Popen(
        [sys.executable, "-c", LOCKS, str(path)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert other.stdin
    assert other.stdout
    try:
        assert other.stdout.readline() == b"locked\n"
        yield
    finally:
        other.stdin.close()
        other.wait()
        other.stdout.close()


@pytest.mark.parametrize("minutes", [0.1, 10.0])
@pytest.mark.parametrize("after", [0.0, 1.5])
async def test_a_disk_that_is_full_for_a_while_loses_nothing_and_sends_nothing_twice(
    it: World, minutes: float, after: float
) -> None:
    """It is full before anything began, or in the middle of it."""
    people: list[Place] = [it.telegram.private() for _ in range(3)]
    channel = it.discord.guild().text()
    async with it.process() as process:
        for place in [*people, channel]:
            await it.puts(process, chat_of(place), *TEXTS)
        await it.clock.passes(after)
        process.database.trouble = DiskFull("no room left")
        with pytest.raises(DiskFull):
            await it.puts(process, chat_of(channel), "what is not stored is not promised")
        sent = len(it.telegram.called("sendMessage"))
        await it.clock.passes(60 * minutes)
        more = len(it.telegram.called("sendMessage")) - sent
        assert more <= len(people), "nobody gets a second call before the first is written"
        process.database.trouble = None
        await it.clock.passes(LONGEST_REST)
        await it.drained(process)
        assert await states(process) == {SENT: 4 * len(TEXTS)}
    assert [one.texts for one in people] == [TEXTS] * 3
    assert channel.texts == TEXTS


async def test_killed_while_the_disk_is_full_telegram_repeats_one_call_of_each_chat(
    it: World,
) -> None:
    people: list[Place] = [it.telegram.private() for _ in range(3)]
    channel = it.discord.guild().text()
    async with it.process() as process:
        for place in [*people, channel]:
            await it.puts(process, chat_of(place), *TEXTS)
        await it.clock.passes(1.5)
        process.database.trouble = DiskFull("no room left")
        await it.clock.passes(600)
    async with it.process() as process:
        await it.drained(process)
        assert await states(process) == {SENT: 4 * len(TEXTS)}
    for place in people:
        texts = place.texts
        twice = [text for text in TEXTS if texts.count(text) == 2]
        assert len(twice) <= 1
        assert sorted(texts) == sorted([*TEXTS, *twice])
        assert texts == sorted(texts), "in order"
    assert channel.texts == TEXTS, "Discord is asked first"


async def test_a_database_without_a_page_left_takes_nothing_in_and_loses_nothing(
    it: World,
) -> None:
    ada = it.telegram.private()
    async with it.process() as process:
        await process.store.put_chat(Chat(chat_of(ada)))
        await it.puts(process, chat_of(ada), *TEXTS)
        async with process.database.write() as connection:
            (row,) = await connection.execute_fetchall("PRAGMA page_count")
            await connection.execute_fetchall(f"PRAGMA max_page_count = {row[0]}")
        calls = [Call("sendMessage", {"text": f"{number} {LONG}"}) for number in range(20)]
        with pytest.raises(DiskFull, match="nothing was lost"):
            await process.rows.enqueue(calls, chat_of(ada), 2, it.clock.now())
        assert len(await rows(process)) == len(TEXTS), "all of a digest or nothing"
        await it.clock.passes(120)
        async with process.database.write() as connection:
            await connection.execute_fetchall("PRAGMA max_page_count = 1000000")
        await process.rows.enqueue(calls, chat_of(ada), 2, it.clock.now())
        await it.drained(process)
        assert await states(process) == {SENT: len(TEXTS) + 20}
        assert await process.store.chat(chat_of(ada)) == Chat(chat_of(ada))
    assert [text[:2].strip() for text in ada.texts] == [*TEXTS, *map(str, range(20))]


@pytest.mark.parametrize("seconds", [5.0, 300.0])
async def test_a_database_that_another_process_locks_is_waited_for(
    it: World, seconds: float, caplog: pytest.LogCaptureFixture
) -> None:
    ada, channel = it.telegram.private(), it.discord.guild().text()
    async with it.process() as process:
        for place in (ada, channel):
            await it.puts(process, chat_of(place), *TEXTS)
        await it.clock.passes(1.5)
        with locked(it.folder / FILE_NAME):
            with pytest.raises(DatabaseBusy):
                await it.puts(process, chat_of(ada), "not now")
            before = len(ada.messages) + len(channel.messages)
            await it.clock.passes(seconds)
            assert len(ada.messages) + len(channel.messages) <= before + 2
            counts = await process.rows.counts()
            assert counts.queued + counts.sending + counts.sent == 2 * len(TEXTS), "it can be read"
        await it.drained(process)
        assert await states(process) == {SENT: 2 * len(TEXTS)}
    assert ada.texts == channel.texts == TEXTS
    told = [one for one in caplog.messages if "deliveries to telegram wait:" in one]
    assert 1 <= len(told) <= 4 + seconds / LONGEST_REST + 2, "said now and then, not all the time"
    assert "another process writes; try again in a moment" in told[0]


async def test_a_process_that_starts_while_the_database_is_locked_waits(it: World) -> None:
    ada = it.telegram.private()
    async with it.process() as process:
        await it.puts(process, chat_of(ada), *TEXTS)
        await it.clock.passes(0.5)
    async with it.process() as process:
        process.database.trouble = DatabaseBusy("another process writes")
        before = len(ada.messages)
        await it.clock.passes(600)
        assert len(ada.messages) == before
        process.database.trouble = None
        await it.drained(process)
    assert sorted(set(ada.texts)) == TEXTS
