"""Settings in buttons and in words, and forgetting a chat."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.request import Asker, Context, Request, Services
from bot.commands.settings import SETTINGS
from formatters.document import ACTION_BYTES
from formatters.words import languages, words
from storage.models import Chat, Kind, Settings, Subscription
from tests.bot.commands.chatting import (
    CHANNEL,
    GROUP,
    PRIVATE,
    TOPIC,
    ask,
    buttons,
    opened_in,
    press,
    text_of,
    told,
)
from tests.fakes.arxiv import paper
from tests.fakes.clock import FakeClock

WORKDAYS = ("mon", "tue", "wed", "thu", "fri")


@pytest.fixture
async def services(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Services]:
    async with opened_in(tmp_path, clock) as services:
        yield services


async def kept(services: Services, chat: Chat = PRIVATE) -> Settings:
    stored = await services.store.chat(chat.address)
    return stored.settings if stored else Settings()


class TestInWords:
    @pytest.mark.parametrize(
        ("line", "changed"),
        [
            ("language zh", Settings(language="zh")),
            ("language zh-CN", Settings(language="zh")),
            ("LANGUAGE Chinese", Settings(language="zh")),
            ("language 中文", Settings(language="zh")),
            ("language auto", Settings(language=None)),
            ("timezone Asia/Shanghai", Settings(timezone="Asia/Shanghai")),
            ("timezone shanghai", Settings(timezone="Asia/Shanghai")),
            ("timezone New York", Settings(timezone="America/New_York")),
            ("timezone auto", Settings(timezone=None)),
            ("at 8:30", Settings(at="08:30")),
            ("at 8", Settings(at="08:00")),
            ("at ２３：５９", Settings(at="23:59")),
            ("at announcement", Settings(at="announcement")),
            ("days weekdays", Settings(days=WORKDAYS)),
            ("days fri mon", Settings(days=("mon", "fri"))),
            ("days Monday, Sunday", Settings(days=("mon", "sun"))),
            ("days 周一、周五", Settings(days=("mon", "fri"))),
            ("limit 7", Settings(limit=7)),
            ("limit all", Settings(limit=0)),
            ("format rich", Settings(form="rich")),
            ("details each", Settings(details="each")),
            ("details on demand", Settings(details="on_demand")),
            ("kinds replace new", Settings(kinds=(Kind.NEW, Kind.REPLACE))),
            ("kinds all", Settings(kinds=tuple(Kind))),
            ("quiet 22:00-07:00", Settings(quiet=("22:00", "07:00"))),
            ("quiet 23 – 6:30", Settings(quiet=("23:00", "06:30"))),
            ("quiet off", Settings(quiet=None)),
            ("links on", Settings(links=True)),
            ("links\n ON ", Settings(links=True)),
        ],
    )
    async def test_a_value_is_kept_at_once(
        self, services: Services, line: str, changed: Settings
    ) -> None:
        await ask(services, f"/settings {line}")
        assert await kept(services) == changed

    async def test_one_change_leaves_the_others(self, services: Services) -> None:
        for line in ("limit 7", "links on", "at 08:00"):
            await ask(services, f"/settings {line}")
        assert await kept(services) == Settings(limit=7, links=True, at="08:00")

    async def test_the_answer_is_in_the_new_language(self, services: Services) -> None:
        assert "语言：中文" in await told(services, "/settings language zh")
        assert "Language: English" in await told(services, "/settings language en")

    @pytest.mark.parametrize(
        "line",
        [
            *("language klingon", "language e", "timezone nowhere", "timezone ../../etc/passwd"),
            *("at 24:00", "at 9:60", "at noon", "at -1", "days", "days someday", "days mon x"),
            *("limit 0", "limit 101", "limit -5", "limit many", "limit 1e2", "limit ٣"),
            *("format", "format html", "details all", "kinds", "kinds old", "kinds ,"),
            *("quiet 22:00", "quiet 22:00-22:00", "quiet 1-2-3", "quiet x-y", "links maybe"),
            *(f"{name} {'9' * 4000}" for name in SETTINGS),
            *(f"{name} \x1b[31m\u202e{{}}" for name in SETTINGS),
        ],
    )
    @pytest.mark.parametrize("language", languages())
    async def test_a_wrong_value_changes_nothing_and_says_what_would_work(
        self, services: Services, language: str, line: str
    ) -> None:
        name, *value = line.split()
        text = await told(services, f"/settings {line}", language=language)
        assert await kept(services) == Settings()
        assert f"/settings {name} {SETTINGS[name].example}" in text
        hint = words(language)(f"setting_hint.{name}")
        assert "".join(hint.split()) in "".join(text.split())
        before, after = words(language)("settings.refused", value="\n").split("\n")
        assert (before in text and after in text) == bool(value)
        assert len(text) < 1500
        assert "\x1b" not in text

    async def test_a_wrong_zone_gets_the_near_ones_as_buttons(self, services: Services) -> None:
        reply = await ask(services, "/settings timezone Berln")
        [near] = [one for one in buttons(reply).values() if one.strong]
        assert near.command == "settings timezone Europe/Berlin"
        await press(services, near)
        assert (await kept(services)).timezone == "Europe/Berlin"

    @pytest.mark.parametrize("name", ["colour", "x" * 4000, "\x1b[31m", "settings"])
    async def test_an_unknown_setting_gets_all_of_them(self, services: Services, name: str) -> None:
        text = await told(services, f"/settings {name} red")
        assert "There is no setting" in text
        assert "Quiet hours" in text
        assert len(text) < 2000


class TestInButtons:
    @pytest.mark.parametrize("language", languages())
    async def test_the_overview_leads_to_every_setting(
        self, services: Services, language: str
    ) -> None:
        reply = await ask(services, "/settings", language=language)
        assert reply
        assert reply.replaces
        for name in SETTINGS:
            label = words(language)(f"setting.{name}")
            assert label in text_of(reply)
            assert buttons(reply)[label].command == f"settings {name}"

    @pytest.mark.parametrize("language", languages())
    @pytest.mark.parametrize("name", SETTINGS)
    async def test_every_choice_can_be_pressed_and_is_then_marked(
        self, services: Services, language: str, name: str
    ) -> None:
        await ask(services, f"/settings language {language}")
        if name == "language":
            return
        page = await ask(services, f"/settings {name}")
        *choices, back = buttons(page).values()
        assert back.command == "settings"
        for choice in choices:
            assert len(choice.command.encode()) <= ACTION_BYTES
            changed = await press(services, choice)
            assert changed.replaces
            marked = [one for label, one in buttons(changed).items() if label.startswith("✓")]
            assert [one.command for one in marked] == [choice.command]
            overview = text_of(await press(services, back))
            assert choice.label.removeprefix("✓ ").split()[0] in overview

    async def test_pressing_again_what_was_chosen_changes_nothing(self, services: Services) -> None:
        page = await press(services, buttons(await ask(services, "/settings limit 5"))["✓ 5"])
        assert "✓ 5" in buttons(page)

    async def test_buttons_outlive_a_restart(self, tmp_path: Path, clock: FakeClock) -> None:
        async with opened_in(tmp_path, clock) as services:
            choice = buttons(await ask(services, "/settings quiet"))["22:00-07:00"]
        async with opened_in(tmp_path, clock) as services:
            await press(services, choice)
            assert (await kept(services)).quiet == ("22:00", "07:00")

    async def test_a_value_that_is_on_no_button_is_shown_all_the_same(
        self, services: Services
    ) -> None:
        page = await ask(services, "/settings limit 33")
        assert "Papers in a digest: 33" in text_of(page)
        assert not any(label.startswith("✓") for label in buttons(page))

    async def test_zones_show_what_their_clocks_show(self, services: Services) -> None:
        labels = buttons(await ask(services, "/settings timezone", language="zh"))
        assert labels["上海 14:00"].command == "settings timezone Asia/Shanghai"

    async def test_automatic_names_the_language_of_the_client(self, services: Services) -> None:
        labels = buttons(await ask(services, "/settings language", language="zh-hans"))
        assert labels["✓ 自动（中文）"].command == "settings language auto"

    @pytest.mark.parametrize("chat", [GROUP, TOPIC, CHANNEL])
    async def test_administrators_change_their_chat_and_no_other(
        self, services: Services, chat: Chat
    ) -> None:
        await ask(services, "/settings limit 5", chat, may_change=True)
        others = {PRIVATE, GROUP, TOPIC, CHANNEL} - {chat}
        assert (await kept(services, chat)).limit == 5
        assert [await kept(services, other) for other in others] == [Settings()] * 3

    async def test_the_room_and_the_title_are_kept_as_they_were_seen(
        self, services: Services
    ) -> None:
        seen = Chat(GROUP.address, GROUP.room, title="Readers")
        await ask(services, "/settings limit 5", seen)
        await ask(services, "/settings limit 6", GROUP)
        stored = await services.store.chat(GROUP.address)
        assert stored
        assert (stored.room, stored.title, stored.settings.limit) == (GROUP.room, "Readers", 6)


@pytest.mark.parametrize("name", SETTINGS)
@given(text=st.text(max_size=60) | st.from_regex(r"[0-9:, \-a-z]{0,30}", fullmatch=True))
def test_whatever_can_be_read_is_written_the_same_again(name: str, text: str) -> None:
    setting = SETTINGS[name]
    try:
        changed = setting.changed(Settings(), text)
    except ValueError:
        return
    again = setting.changed(Settings(), setting.typed(changed))
    assert again == changed


@pytest.mark.parametrize("name", SETTINGS)
async def test_every_typed_value_has_its_words_in_every_language(
    services: Services, name: str
) -> None:
    for language in languages():
        context = Context(services, Request(PRIVATE, Asker("1", language), "settings"))
        labels = [SETTINGS[name].label(value, context) for value in SETTINGS[name].offers]
        assert len(set(labels)) == len(labels)
        assert all(labels)


class TestForget:
    async def fill(self, services: Services, chat: Chat) -> None:
        await services.store.add_papers([paper("2604.00001")])
        await ask(services, "/settings limit 5", chat)
        await services.store.put_subscription(Subscription(0, chat.address, "cs.CV"))
        await services.store.save_paper(chat.address, "2604.00001")
        await services.store.remember_listing(str(chat.address), ["2604.00001"])

    async def left(self, services: Services, chat: Chat) -> list[object]:
        store, address = services.store, chat.address
        found = (
            await store.chat(address),
            await store.subscriptions(address),
            await store.saved_papers(address),
            await store.listing(str(address)),
        )
        return [one for one in found if one]

    @pytest.mark.parametrize("language", languages())
    async def test_it_asks_and_says_what_would_be_gone(
        self, services: Services, language: str
    ) -> None:
        await self.fill(services, PRIVATE)
        await ask(services, f"/settings language {language}")
        reply = await ask(services, "/forget")
        assert re.search(r"1 (subscription|个订阅).*1 (saved paper|篇收藏)", text_of(reply))
        assert len(await self.left(services, PRIVATE)) == 4
        delete, keep = buttons(reply).values()
        assert delete.danger
        assert not keep.danger

    async def test_pressed_it_deletes_this_chat_and_no_other(self, services: Services) -> None:
        for chat in (PRIVATE, GROUP):
            await self.fill(services, chat)
        delete, _ = buttons(await ask(services, "/forget")).values()
        reply = await press(services, delete)
        assert reply.replaces
        assert not await self.left(services, PRIVATE)
        assert len(await self.left(services, GROUP)) == 4

    @pytest.mark.parametrize("language", languages())
    async def test_what_the_operator_set_up_stays_and_is_told(
        self, services: Services, language: str
    ) -> None:
        await self.fill(services, PRIVATE)
        configured = Subscription(0, PRIVATE.address, "cs.LG", channel="night")
        configured = await services.store.put_subscription(configured)
        await services.store.put_chat(replace(PRIVATE, settings=Settings(language=language)))
        said = words(language).count("forget.configured", 1)
        asked = await ask(services, "/forget", language=language)
        assert words(language).count("forget.subscriptions", 1) in text_of(asked)
        assert said in text_of(asked)
        reply = await ask(services, "/forget yes", language=language)
        assert said in text_of(reply)
        assert await self.left(services, PRIVATE) == [(configured,)]
        assert said not in await told(services, "/forget no", language=language)

    async def test_it_can_be_thought_better_of(self, services: Services) -> None:
        await self.fill(services, PRIVATE)
        _, keep = buttons(await ask(services, "/forget")).values()
        assert "Nothing was deleted" in text_of(await press(services, keep))
        assert len(await self.left(services, PRIVATE)) == 4

    @pytest.mark.parametrize("arguments", ["", "me", "yes please", "x" * 4000])
    async def test_anything_else_asks(self, services: Services, arguments: str) -> None:
        await self.fill(services, PRIVATE)
        assert "Delete everything?" in await told(services, f"/forget {arguments}")
        assert len(await self.left(services, PRIVATE)) == 4

    async def test_a_chat_that_nothing_is_known_of_can_be_forgotten(
        self, services: Services
    ) -> None:
        assert "/start" in await told(services, "/forget yes")
