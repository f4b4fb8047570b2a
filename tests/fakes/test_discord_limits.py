"""The fake Discord keeps to Discord's limits of rate."""

from collections.abc import AsyncIterator

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_limits import Limits
from tests.fakes.discord_places import Place
from tests.fakes.discord_rest import Rest


@pytest.fixture
async def discord(clock: FakeClock) -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord(clock, Limits(clock.monotonic)) as server:
        yield server


@pytest.fixture
async def rest(discord: FakeDiscord) -> AsyncIterator[Rest]:
    async with Rest(discord) as client:
        yield client


@pytest.fixture
def papers(discord: FakeDiscord) -> Place:
    return discord.guild().text()


async def test_there_are_five_messages_in_five_seconds_for_each_channel(
    clock: FakeClock, discord: FakeDiscord, rest: Rest, papers: Place
) -> None:
    for left in (4, 3, 2, 1, 0):
        await rest.posts(papers)
        assert rest.headers["X-RateLimit-Remaining"] == str(left)
    clock.advance(2)
    refused = await rest.posts(papers)
    assert (rest.status, refused["retry_after"], refused["global"]) == (429, 3, False)
    assert rest.headers["X-RateLimit-Reset-After"] == "3.000"
    await rest.posts(discord.guild().text())
    assert rest.status == 200
    clock.advance(3)
    await rest.posts(papers)
    assert (rest.status, len(papers.texts)) == (200, 6)


async def test_there_are_fifty_calls_in_a_second_over_all(
    clock: FakeClock, discord: FakeDiscord, rest: Rest
) -> None:
    for _ in range(50):
        await rest.asks("GET", "/users/@me")
    assert rest.status == 200
    refused = await rest.asks("GET", "/users/@me")
    assert (rest.status, refused["global"]) == (429, True)
    clock.advance(1)
    await rest.asks("GET", "/users/@me")
    assert (rest.status, discord.too_many) == (200, 1)


async def test_they_tell_clients_to_wait_by_their_own_clock(clock: FakeClock) -> None:
    async with (
        FakeDiscord(clock, Limits(clock.monotonic, factor=10)) as discord,
        Rest(discord) as rest,
    ):
        place = discord.guild().text()
        answers = [await rest.posts(place) for _ in range(6)]
    assert answers[5]["retry_after"] == 0.5
