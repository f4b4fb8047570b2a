"""The fake Discord refuses the bodies that Discord refuses."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.discord import FakeDiscord
from tests.fakes.discord_checks import FILE
from tests.fakes.discord_places import Place
from tests.fakes.discord_rest import Rest

TEXT = {"type": 10, "content": "kites"}


@pytest.fixture
async def discord(clock: FakeClock) -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord(clock) as server:
        yield server


@pytest.fixture
async def rest(discord: FakeDiscord) -> AsyncIterator[Rest]:
    async with Rest(discord) as client:
        yield client


@pytest.fixture
def papers(discord: FakeDiscord) -> Place:
    return discord.guild().text()


def button(custom_id: str, **more: Any) -> dict[str, Any]:
    return {"type": 2, "style": 2, "label": "Save", "custom_id": custom_id} | more


def row(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(buttons)}


class TestBodies:
    @pytest.fixture(autouse=True)
    def specification(self) -> None:
        if not FILE.is_file():
            pytest.skip(f"no specification at {FILE}")

    @pytest.mark.parametrize(
        "body",
        [
            {"content": 7},
            {"content": "a", "nonce": "x" * 26},
            {"content": "a", "embeds": [{"title": "x" * 257}]},
            {"content": "a", "components": [row(*map(button, "abcdef"))]},
            {"content": "a", "components": [row(button("x" * 101))]},
            {"content": "a", "components": [{"type": 99}]},
            {"content": "a", "components": [{"content": "no type"}]},
            {"components": [{"type": 10}], "flags": 1 << 15},
            {"components": [row(button("a", style=9))], "flags": 1 << 15},
        ],
    )
    async def test_beyond_the_specification_are_refused(
        self, discord: FakeDiscord, rest: Rest, papers: Place, body: dict[str, Any]
    ) -> None:
        refused = await rest.asks("POST", f"/channels/{papers.id}/messages", body)
        assert (rest.status, refused["code"]) == (400, 50035)
        assert len(discord.violations) == 1

    async def test_within_it_are_not(self, discord: FakeDiscord, rest: Rest, papers: Place) -> None:
        section = {"type": 9, "components": [TEXT], "accessory": button("s")}
        select = {"type": 3, "custom_id": "x", "options": [{"label": "a", "value": "b"}]}
        container = {"type": 17, "components": [TEXT, section, {"type": 14}, row(select)]}
        await rest.shows(papers, [container, row(button("a"))])
        assert rest.status == 200
        assert not discord.violations


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"content": "x" * 2000}, None),
        ({"content": "x" * 2001}, 50035),
        ({"content": ""}, 50006),
        ({"content": "a", "embeds": [{"description": "x" * 3001}] * 2}, 50035),
        ({"components": [TEXT]}, 50035),
        ({"components": [TEXT], "flags": 1 << 15}, None),
        ({"components": [TEXT], "flags": 1 << 15, "content": "a"}, 50035),
        ({"components": [TEXT] * 40, "flags": 1 << 15}, None),
        ({"components": [{"type": 17, "components": [TEXT] * 40}], "flags": 1 << 15}, 50035),
        ({"components": [TEXT | {"content": "x" * 2000}] * 2, "flags": 1 << 15}, None),
        ({"components": [TEXT | {"content": "x" * 1334}] * 3, "flags": 1 << 15}, 50035),
        ({"content": "a", "components": [row(button("x"), button("x"))]}, 50035),
        ({"components": [TEXT | {"id": 5}] * 2, "flags": 1 << 15}, 50035),
    ],
)
async def test_sums_that_the_specification_does_not_know_are_kept(
    rest: Rest, papers: Place, body: dict[str, Any], code: int | None
) -> None:
    answer = await rest.asks("POST", f"/channels/{papers.id}/messages", body)
    assert answer.get("code") == code
