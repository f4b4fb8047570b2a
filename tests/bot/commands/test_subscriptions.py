"""Subscribing, with a preview; the list and its buttons; ending; when digests come next."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.commands.preview import MOST_A_DAY
from bot.commands.request import Services
from bot.commands.subscription_buttons import COPIED
from bot.commands.subscriptions import COMING_ON_A_PAGE, MOST_SUBSCRIPTIONS, ON_A_PAGE
from formatters.document import Action
from formatters.words import words
from storage.models import ANNOUNCEMENT, DAYS, Chat, Kind, Settings, Subscription
from storage.standings import Planned
from tests.bot.commands.announcing import TODAY, WEEK, announce, papers
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

WEEKDAYS = DAYS[:5]
MATCHING = "cs.CV lantern"


@pytest.fixture
async def services(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Services]:
    """Five batches of four papers about lanterns and one about kites; arXiv cannot be reached."""
    async with opened_in(tmp_path, clock) as opened:
        for count, day in enumerate(WEEK):
            kite = paper(f"2603.{count:05}", title="On kites")
            await announce(opened, "cs.CV", day, *papers(4, first=10 * count), kite)
        yield opened


async def kept(services: Services, chat: Chat = PRIVATE) -> tuple[Subscription, ...]:
    return await services.store.subscriptions(chat.address)


async def subscribe(services: Services, *queries: str) -> None:
    for query in queries:
        await services.store.put_subscription(Subscription(0, PRIVATE.address, query))


class TestSubscribe:
    async def test_a_query_that_fits_is_subscribed_to_at_once(self, services: Services) -> None:
        text = await told(services, "/subscribe CS.cv   Lanterns at 7:30 weekdays top 5 in zh")
        assert "Subscribed" in text
        assert "cs.CV lanterns" in text
        assert "on weekdays at 07:30 · at most 5 papers · 中文" in text
        assert "Next digest: Tue, Apr 21, 2026, 07:30." in text
        (one,) = await kept(services)
        assert one == Subscription(
            one.number, PRIVATE.address, "cs.CV lanterns", "07:30", WEEKDAYS, 5, "zh"
        )

    async def test_the_preview_counts_the_last_five_batches_and_shows_three_examples(
        self, services: Services
    ) -> None:
        await announce(services, "cs.CV", TODAY.replace(day=14), *papers(9, first=500))
        text = await told(services, f"/subscribe {MATCHING}")
        assert "20 of 25 papers" in text
        assert "Wed, Apr 15, 2026 – Tue, Apr 21, 2026, about 4 a day" in text
        assert [f"On lanterns {number}\n" in text for number in range(5)] == [True] * 3 + [
            False
        ] * 2

    async def test_the_examples_open_by_their_numbers(self, services: Services) -> None:
        await ask(services, f"/subscribe {MATCHING}")
        assert "On lanterns 1" in await told(services, "/paper 2")

    async def test_a_chat_is_stored_with_its_first_subscription(self, services: Services) -> None:
        chat = replace(PRIVATE, title="Ada")
        await ask(services, f"/subscribe {MATCHING}", chat)
        assert await services.store.chat(chat.address) == chat

    async def test_what_is_left_out_follows_the_settings(self, services: Services) -> None:
        chosen = Settings(timezone="Asia/Shanghai", at=ANNOUNCEMENT, days=WEEKDAYS, limit=0)
        await services.store.put_chat(replace(PRIVATE, settings=chosen))
        text = await told(services, f"/subscribe {MATCHING}")
        assert "as soon as the batch is out, on weekdays · all papers" in text
        assert "Next digest: Wed, Apr 22, 2026, 12:00." in text
        assert "Times are in Shanghai." in text
        (one,) = await kept(services)
        assert (one.at, one.days, one.limit, one.language) == (None, None, None, None)

    @pytest.mark.parametrize(
        ("language", "says"),
        [("en", ["Matching lately: 20 of 25", "every day at 09:00"]), ("zh", ["25 篇中有 20 篇"])],
    )
    async def test_it_speaks_the_readers_language(
        self, services: Services, language: str, says: list[str]
    ) -> None:
        text = await told(services, f"/subscribe {MATCHING}", language=language)
        assert all(said in text for said in says)

    async def test_in_a_private_chat_digests_keep_the_language_spoken(
        self, services: Services
    ) -> None:
        for chat in (PRIVATE, GROUP):
            await ask(services, f"/subscribe {MATCHING}", chat, language="zh")
        private = await services.store.chat(PRIVATE.address)
        group = await services.store.chat(GROUP.address)
        assert private
        assert group
        assert (private.settings.language, group.settings.language) == ("zh", None)

    async def test_a_chosen_language_stays(self, services: Services) -> None:
        chosen = replace(PRIVATE, settings=Settings(language="en"))
        await services.store.put_chat(chosen)
        await ask(services, f"/subscribe {MATCHING}", language="zh")
        assert await services.store.chat(PRIVATE.address) == chosen

    async def test_it_wakes_a_chat_that_had_been_given_up(self, services: Services) -> None:
        await services.store.put_chat(replace(PRIVATE, paused="blocked"))
        await ask(services, f"/subscribe {MATCHING}")
        assert await services.store.chat(PRIVATE.address) == PRIVATE

    @pytest.mark.parametrize("chat", [PRIVATE, GROUP, TOPIC, CHANNEL])
    async def test_every_chat_has_its_own(self, services: Services, chat: Chat) -> None:
        await ask(services, f"/subscribe {MATCHING}", chat)
        found = [await kept(services, one) for one in (PRIVATE, GROUP, TOPIC, CHANNEL)]
        assert [len(several) for several in found] == [
            int(one is chat) for one in (PRIVATE, GROUP, TOPIC, CHANNEL)
        ]

    async def test_a_member_of_a_group_is_refused(self, services: Services) -> None:
        text = await told(services, f"/subscribe {MATCHING}", GROUP, may_change=False)
        assert "administrators" in text
        assert not await kept(services, GROUP)

    async def test_only_kinds_that_the_chat_wants_are_counted(self, services: Services) -> None:
        old = paper("2301.00001", title="An old lantern", version=2)
        await announce(services, "cs.LG", TODAY, (old, Kind.REPLACE))
        assert "None of the 0 papers" in await told(services, "/subscribe cs.LG lantern")
        wanting = replace(PRIVATE, settings=Settings(kinds=(Kind.REPLACE,)))
        await services.store.put_chat(wanting)
        assert "1 of 1 papers" in await told(services, "/subscribe cs.LG lantern")

    async def test_a_query_without_categories_says_where_it_looks(self, services: Services) -> None:
        await announce(services, "cs.AI", TODAY, *papers(1))
        text = await told(services, "/subscribe lantern")
        assert "so this looks in cs.AI" in text
        assert "Subscribed" in text

    async def test_categories_of_which_nothing_is_stored_are_named(
        self, services: Services
    ) -> None:
        text = await told(services, "/subscribe cs.CV cs.RO lantern")
        assert "Subscribed" in text
        assert "nothing of it is stored yet: cs.RO" in text

    @pytest.mark.parametrize("line", ["/subscribe", "/subscribe  ", "/subscribe daily"])
    async def test_without_a_query_it_shows_how(self, services: Services, line: str) -> None:
        assert "/subscribe cs.CV diffusion at 09:00" in await told(services, line)
        assert not await kept(services)

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            ("((((", "never closed"),
            ("cs.ZZ", "arXiv has no category"),
            ("cs.CV at 25:00", "cannot be"),
            ("cs.CV top 0", "cannot be"),
            ("cs.CV daily weekdays", "contradicts"),
            ("word " * 10_000, "at most 1,000 characters"),
            ("\x1b[31m", "control character"),
        ],
    )
    async def test_what_cannot_be_read_says_why(
        self, services: Services, arguments: str, says: str
    ) -> None:
        assert says in await told(services, f"/subscribe {arguments}")
        assert not await kept(services)

    async def test_a_chat_has_a_limited_number(self, services: Services) -> None:
        await subscribe(services, *(f"cs.CV n{number}" for number in range(MOST_SUBSCRIPTIONS)))
        assert "50 subscriptions" in await told(services, f"/subscribe {MATCHING}")
        assert "updated" in await told(services, "/subscribe cs.CV n7 at 7:00")
        assert len(await kept(services)) == MOST_SUBSCRIPTIONS


class TestOffer:
    async def refused_at_first(self, services: Services, line: str, says: str) -> Action:
        reply = await ask(services, f"/subscribe {line}")
        assert says in text_of(reply)
        assert "Nothing changes until you press" in text_of(reply)
        assert await services.store.chat(PRIVATE.address) is None
        assert not await kept(services)
        (confirm,) = buttons(reply).values()
        return confirm

    async def test_what_matches_nothing_has_to_be_confirmed(self, services: Services) -> None:
        confirm = await self.refused_at_first(
            services, "cs.CV zeppelin at 7:00 weekly mon top 3 in en", "None of the 25 papers"
        )
        assert "Subscribed" in text_of(await press(services, confirm))
        (one,) = await kept(services)
        assert (one.query, one.at, one.days) == ("cs.CV zeppelin", "07:00", ("mon",))
        assert (one.limit, one.language) == (3, "en")

    async def test_what_matches_too_much_has_to_be_confirmed(self, services: Services) -> None:
        await announce(services, "cs.LG", TODAY, *papers(MOST_A_DAY, first=600))
        assert "Subscribed" in await told(services, "/subscribe cs.LG")
        await services.store.forget_chat(PRIVATE.address)
        await announce(services, "cs.LG", TODAY, *papers(MOST_A_DAY + 1, first=600))
        confirm = await self.refused_at_first(services, "cs.LG top 7", "of which a digest shows 7")
        await press(services, confirm)
        assert [one.query for one in await kept(services)] == ["cs.LG"]

    async def test_what_nobody_can_know_has_to_be_confirmed(self, services: Services) -> None:
        confirm = await self.refused_at_first(services, "stat.ML", "nobody can tell")
        await press(services, confirm)
        assert len(await kept(services)) == 1

    @pytest.mark.parametrize("words_in_it", [1, 60])
    async def test_the_button_works_after_a_restart(
        self, tmp_path: Path, clock: FakeClock, words_in_it: int
    ) -> None:
        query = "cs.CV " + " ".join(f"zeppelin{number}" for number in range(words_in_it))
        async with opened_in(tmp_path, clock) as services:
            (confirm,) = buttons(await ask(services, f"/subscribe {query} at 7:00")).values()
        async with opened_in(tmp_path, clock) as services:
            await press(services, confirm)
            (one,) = await kept(services)
            assert (one.query, one.at) == (query, "07:00")

    async def test_a_query_that_ends_in_a_schedule_word_is_confirmed_as_it_is(
        self, services: Services
    ) -> None:
        confirm = await self.refused_at_first(services, 'cs.CV zeppelin "daily"', "None of the 25")
        await press(services, confirm)
        (one,) = await kept(services)
        assert (one.query, one.days) == ("cs.CV zeppelin daily", None)


class TestAgain:
    async def test_it_updates_what_is_said_and_keeps_the_rest(self, services: Services) -> None:
        await ask(services, f"/subscribe {MATCHING} at 7:00 top 5")
        text = await told(services, f"/subscribe {MATCHING} weekdays top 9")
        assert "Subscription updated" in text
        assert "already" in text
        (one,) = await kept(services)
        assert (one.at, one.days, one.limit) == ("07:00", WEEKDAYS, 9)

    async def test_another_spelling_is_the_same_query(self, services: Services) -> None:
        await ask(services, "/subscribe cs.CV lantern")
        assert "updated" in await told(services, "/subscribe (cat:cs.cv) AND Lantern")
        assert len(await kept(services)) == 1

    async def test_it_resumes_what_was_paused(self, services: Services) -> None:
        await ask(services, f"/subscribe {MATCHING}")
        await ask(services, "/list pause 1")
        await ask(services, f"/subscribe {MATCHING}")
        assert (await kept(services))[0].active

    async def test_nothing_needs_confirming_twice(self, services: Services) -> None:
        await subscribe(services, "stat.ML")
        assert "updated" in await told(services, "/subscribe stat.ML at 7:00")


class TestList:
    async def test_an_empty_list_shows_how_to_begin(self, services: Services) -> None:
        reply = await ask(services, "/list")
        assert "Nothing is subscribed to here yet" in text_of(reply)
        assert not buttons(reply)

    async def test_each_has_its_number_terms_next_digest_and_buttons(
        self, services: Services
    ) -> None:
        await ask(services, f"/subscribe {MATCHING} at 7:30 top 1")
        await ask(services, "/subscribe cs.CV kite weekly mon wed")
        reply = await ask(services, "/subscriptions")
        text = text_of(reply)
        assert "2 subscriptions" in text
        assert "at most 1 paper " in text
        assert "Tue, Apr 21, 2026, 07:30" in text
        assert "Wed, Apr 22, 2026, 09:00" in text
        assert list(buttons(reply)) == [
            *("Pause 1", "Edit 1", "Send 1", "Delete 1"),
            *("Pause 2", "Edit 2", "Send 2", "Delete 2", "Delete all"),
        ]
        assert buttons(reply)["Delete 2"].danger

    async def test_it_reads_well_in_chinese(self, services: Services) -> None:
        await ask(services, f"/subscribe {MATCHING} 每周一、三 8点半 前 1 篇", language="zh")
        text = await told(services, "/list")
        assert "1 个订阅" in text
        assert "每周一、周三 08:30 · 最多 1 篇 · 中文" in text
        assert "2026年4月22日周三 08:30" in text

    async def test_pausing_and_resuming(self, services: Services) -> None:
        await subscribe(services, "cs.CV", "cs.LG")
        first = buttons(await ask(services, "/list"))
        paused = await press(services, first["Pause 1"])
        assert paused.replaces
        assert "paused" in text_of(paused)
        assert [one.active for one in await kept(services)] == [False, True]
        await press(services, buttons(paused)["Resume 1"])
        assert [one.active for one in await kept(services)] == [True, True]

    async def test_deleting_asks_once_more(self, services: Services) -> None:
        await subscribe(services, "cs.CV", "cs.LG")
        delete = buttons(await ask(services, "/list"))["Delete 1"]
        question = await press(services, delete)
        assert "cs.CV" in text_of(question)
        assert len(await kept(services)) == 2
        assert "2 subscriptions" in text_of(await press(services, buttons(question)["Keep"]))
        ended = await press(services, buttons(question)["Delete"])
        assert [one.query for one in await kept(services)] == ["cs.LG"]
        await press(services, buttons(ended)["Undo"])
        assert {one.query for one in await kept(services)} == {"cs.LG", "cs.CV"}

    async def test_undo_brings_everything_back(self, services: Services) -> None:
        await ask(services, f"/subscribe {MATCHING} at 7:30 weekly mon top 5 in zh")
        (before,) = await kept(services)
        ended = await ask(services, "/unsubscribe 1")
        await press(services, buttons(ended)["Undo"])
        (after,) = await kept(services)
        assert replace(after, number=before.number) == before

    async def test_buttons_of_an_old_list_keep_to_their_subscription(
        self, tmp_path: Path, clock: FakeClock
    ) -> None:
        async with opened_in(tmp_path, clock) as services:
            await subscribe(services, "cs.CV", "cs.LG", "cs.RO")
            old = buttons(await ask(services, "/list"))
        async with opened_in(tmp_path, clock) as services:
            await ask(services, "/unsubscribe 1")
            await press(services, old["Pause 2"])
            assert [(one.query, one.active) for one in await kept(services)] == [
                ("cs.LG", False),
                ("cs.RO", True),
            ]
            for label in ("Pause 1", "Edit 1", "Delete 1"):
                assert "not here any more" in text_of(await press(services, old[label]))

    async def test_long_queries_work_behind_their_buttons(self, services: Services) -> None:
        query = "cs.CV lantern " + " ".join(f"-word{number}" for number in range(90))
        await ask(services, f"/subscribe {query}")
        reply = await ask(services, "/list")
        assert query not in text_of(reply)
        asked = await press(services, buttons(reply)["Delete 1"])
        ended = await press(services, buttons(asked)["Delete"])
        await press(services, buttons(ended)["Undo"])
        assert [one.query for one in await kept(services)] == [query]

    async def test_it_pages(self, services: Services) -> None:
        count = 2 * ON_A_PAGE + 1
        await subscribe(services, *(f"cs.CV n{number}" for number in range(1, count + 1)))
        first = await ask(services, "/list")
        assert "Page 1 of 3" in text_of(first)
        assert "‹ Back" not in buttons(first)
        second = await press(services, buttons(first)["More ›"])
        assert "n6" in text_of(second)
        assert "Pause 6" in buttons(second)
        last = await press(services, buttons(second)["More ›"])
        assert [label for label in buttons(last) if label.startswith("Pause")] == ["Pause 11"]
        assert "More ›" not in buttons(last)
        assert "Page 2 of 3" in text_of(await press(services, buttons(last)["‹ Back"]))
        paused = await press(services, buttons(last)["Pause 11"])
        assert "Page 3 of 3" in text_of(paused)

    @pytest.mark.parametrize(
        ("line", "page"),
        [
            ("page 99999999999", 2),
            ("page 0", 1),
            ("page -1", 1),
            ("page ٢", 1),
            ("page", 1),
            ("what", 1),
        ],
    )
    async def test_odd_pages_show_the_nearest(
        self, services: Services, line: str, page: int
    ) -> None:
        await subscribe(services, *(f"cs.CV n{number}" for number in range(ON_A_PAGE + 1)))
        assert f"Page {page} of 2" in await told(services, f"/list {line}")

    @pytest.mark.parametrize("change", ["pause 1", "resume 1", "edit 1", "edit 1 daily"])
    async def test_a_member_of_a_group_may_look_only(self, services: Services, change: str) -> None:
        one = Subscription(0, GROUP.address, "cs.CV", active=False)
        before = await services.store.put_subscription(one)
        assert "1 subscription" in await told(services, "/list", GROUP, may_change=False)
        text = await told(services, f"/list {change}", GROUP, may_change=False)
        assert "administrators" in text
        assert await kept(services, GROUP) == (before,)

    @pytest.mark.parametrize("name", ["0", "2", "#999999", "#", "x", "", "-1", "1" * 30])
    async def test_a_name_of_nothing_changes_nothing(self, services: Services, name: str) -> None:
        await subscribe(services, "cs.CV")
        before = await kept(services)
        assert "not here any more" in await told(services, f"/list pause {name}")
        assert await kept(services) == before

    async def test_another_chats_subscription_cannot_be_named(self, services: Services) -> None:
        await subscribe(services, "cs.CV")
        foreign = await services.store.put_subscription(Subscription(0, GROUP.address, "cs.LG"))
        for line in (f"/list pause #{foreign.number}", f"/unsubscribe #{foreign.number} yes"):
            assert "not here any more" in await told(services, line)
        assert await kept(services, GROUP) == (foreign,)

    async def test_a_chat_that_gets_nothing_is_told_so(self, services: Services) -> None:
        await services.store.put_chat(replace(PRIVATE, paused="blocked \u202eby the owner"))
        for line in ("/list", "/next"):
            text = await told(services, line)
            assert "Nothing is sent here at the moment: blocked by the owner" in text


class TestConfigured:
    """What the operator set up in the configuration stands in the list, and is not the chat's."""

    @pytest.fixture(autouse=True)
    async def configured(self, services: Services) -> None:
        await subscribe(services, "cs.LG")
        one = Subscription(
            0, PRIVATE.address, "cs.CV", channel="cv", timezone="Asia/Shanghai", at="08:00"
        )
        await services.store.put_subscription(one)

    async def test_it_is_listed_as_such_and_can_only_be_sent(self, services: Services) -> None:
        reply = await ask(services, "/list")
        assert "operator" in text_of(reply)
        assert "Shanghai" in text_of(reply)
        assert "Times are in UTC" in text_of(reply)
        labels = set(buttons(reply))
        assert "Send 2" in labels
        assert not labels & {"Pause 2", "Edit 2", "Delete 2", "Delete all"}

    @pytest.mark.parametrize(
        "line",
        [
            "/list pause 2",
            "/list edit 2 at 10:00",
            "/list resume 2",
            "/unsubscribe 2",
            "/unsubscribe cs.CV",
        ],
    )
    async def test_it_cannot_be_changed_here(self, services: Services, line: str) -> None:
        before = await kept(services)
        assert "The operator set that one up" in await told(services, line)
        assert await kept(services) == before

    async def test_all_means_the_chats_own(self, services: Services) -> None:
        await ask(services, "/unsubscribe all yes")
        assert [one.channel for one in await kept(services)] == ["cv"]
        assert "The operator set that one up" in await told(services, "/unsubscribe all")

    async def test_the_same_query_can_be_subscribed_to_besides(self, services: Services) -> None:
        assert "Subscribed" in await told(services, "/subscribe cs.CV")
        assert [(one.query, one.channel) for one in await kept(services)][1:] == [
            ("cs.CV", "cv"),
            ("cs.CV", ""),
        ]
        assert "has ended" in await told(services, "/unsubscribe cs.CV")
        assert [one.channel for one in await kept(services)] == ["", "cv"]

    async def test_its_next_digest_is_told_in_its_own_zone(self, services: Services) -> None:
        assert "Wed, Apr 22, 2026, 08:00" in await told(services, "/next")


class TestEdit:
    async def test_it_shows_a_line_to_send_and_buttons_to_press(self, services: Services) -> None:
        await ask(services, f"/subscribe {MATCHING} at 7:30 top 5")
        reply = await ask(services, "/list edit 1")
        assert f"/subscribe {MATCHING} at 07:30 top 5" in text_of(reply)
        copy = buttons(reply)["Copy the line"].copy
        assert copy == f"/subscribe {MATCHING} at 07:30 top 5"
        for label, expected in {
            "18:00": replace((await kept(services))[0], at="18:00"),
            "on Mon": replace((await kept(services))[0], at="18:00", days=("mon",)),
            "中文": replace((await kept(services))[0], at="18:00", days=("mon",), language="zh"),
        }.items():
            reply = await press(services, buttons(reply)[label])
            assert await kept(services) == (expected,)

    async def test_every_button_changes_something(self, services: Services) -> None:
        await ask(services, f"/subscribe {MATCHING}")
        (before,) = await kept(services)
        for action in buttons(await ask(services, "/list edit 1")).values():
            if action.command.startswith("list edit"):
                await services.store.put_subscription(before)
                await press(services, action)
                assert await kept(services) != (before,), action

    async def test_it_can_be_written(self, services: Services) -> None:
        await subscribe(services, "cs.CV")
        text = await told(services, "/list edit 1 at 6:45 weekdays 用中文")
        assert "on weekdays at 06:45" in text
        (one,) = await kept(services)
        assert (one.at, one.days, one.language) == ("06:45", WEEKDAYS, "zh")

    @pytest.mark.parametrize("words_there", ["at 99:00", "soon", "top 0", "((", "\x00"])
    async def test_what_is_no_schedule_changes_nothing(
        self, services: Services, words_there: str
    ) -> None:
        await subscribe(services, "cs.CV")
        before = await kept(services)
        assert "did not work" in await told(services, f"/list edit 1 {words_there}")
        assert await kept(services) == before

    async def test_a_line_that_is_too_long_to_copy_is_only_shown(self, services: Services) -> None:
        await subscribe(services, "cs.CV " + " ".join(f"word{n}" for n in range(60)))
        reply = await ask(services, "/list edit 1")
        assert "Copy the line" not in buttons(reply)
        copies = (one.copy for one in buttons(reply).values())
        assert all(len(text) <= COPIED for text in copies if text)


class TestUnsubscribe:
    @pytest.mark.parametrize(
        "name", ["2", "cs.LG", "CAT:cs.lg", "cs.LG at 9:00 daily", " 2 ", "cs.LG yes"]
    )
    async def test_by_number_or_query(self, services: Services, name: str) -> None:
        await subscribe(services, "cs.CV", "cs.LG", "cs.RO")
        text = await told(services, f"/unsubscribe {name}")
        assert "The subscription has ended." in text
        assert "cs.LG" in text
        assert [one.query for one in await kept(services)] == ["cs.CV", "cs.RO"]

    async def test_without_an_argument_it_asks_which(self, services: Services) -> None:
        await subscribe(services, "cs.CV", "cs.LG")
        reply = await ask(services, "/unsubscribe")
        assert "Which one shall end?" in text_of(reply)
        await press(services, buttons(reply)["Delete 2"])
        assert len(await kept(services)) == 2

    async def test_all_has_to_be_confirmed(self, services: Services) -> None:
        await subscribe(services, "cs.CV", "cs.LG")
        question = await ask(services, "/unsubscribe ALL")
        assert "End all 2 subscriptions?" in text_of(question)
        assert len(await kept(services)) == 2
        assert buttons(question)["Delete"].danger
        ended = await press(services, buttons(question)["Delete"])
        assert "All 2 subscriptions have ended." in text_of(ended)
        assert not await kept(services)

    async def test_all_of_one_chat_are_not_those_of_its_topics(self, services: Services) -> None:
        other = await services.store.put_subscription(Subscription(0, TOPIC.address, "cs.CV"))
        await services.store.put_subscription(Subscription(0, GROUP.address, "cs.CV"))
        await ask(services, "/unsubscribe all yes", GROUP)
        assert await kept(services, TOPIC) == (other,)
        assert not await kept(services, GROUP)

    @pytest.mark.parametrize(
        ("name", "says"),
        [
            ("3", "none of this chat's 2 subscriptions"),
            ("0", "none of this chat's 2 subscriptions"),
            ("99999999999999999999", "none of this chat's 2 subscriptions"),
            ("cs.RO", "none of this chat's 2 subscriptions"),
            ("yes", "none of this chat's 2 subscriptions"),
            ("((((", "never closed"),
            ("word " * 10_000, "at most 1,000"),
            ("#77", "not here any more"),
        ],
    )
    async def test_what_is_not_there_is_said(
        self, services: Services, name: str, says: str
    ) -> None:
        await subscribe(services, "cs.CV", "cs.LG")
        assert says in await told(services, f"/unsubscribe {name}")
        assert len(await kept(services)) == 2

    @pytest.mark.parametrize("name", ["", "1", "all", "all yes", "cs.CV", "#1"])
    async def test_an_empty_chat_shows_how_to_begin(self, services: Services, name: str) -> None:
        assert "subscribed to here yet" in await told(services, f"/unsubscribe {name}")

    @pytest.mark.parametrize("language", ["en", "zh"])
    async def test_it_speaks_the_readers_language(self, services: Services, language: str) -> None:
        await subscribe(services, "cs.CV", "cs.LG")
        expected = words(language).count("subscriptions.ask", 2)
        assert expected in await told(services, "/unsubscribe all", language=language)


class TestNext:
    async def test_the_first_one_comes_first_and_paused_ones_last(self, services: Services) -> None:
        for line in ("cs.CV at 23:00", "cs.CV kite at 8:00", MATCHING):
            await ask(services, f"/subscribe {line}")
        await ask(services, "/list pause 3")
        text = await told(services, "/next")
        places = [text.index(said) for said in ("08:00", "Apr 21, 2026, 23:00", "paused")]
        assert places == sorted(places)

    async def test_it_is_in_the_chats_zone_and_language(self, services: Services) -> None:
        chosen = Settings(language="zh", timezone="Asia/Shanghai")
        await services.store.put_chat(replace(PRIVATE, settings=chosen))
        await subscribe(services, "cs.CV")
        text = await told(services, "/next")
        assert "2026年4月22日周三 09:00" in text
        assert "上海" in text

    async def test_it_knows_of_weekends_and_holidays(
        self, services: Services, clock: FakeClock
    ) -> None:
        await subscribe(services, "cs.CV")
        clock.advance(4 * 86_400)  # Saturday
        assert "Mon, Apr 27, 2026, 09:00 · nothing before, for the" in await told(services, "/next")

    async def test_it_knows_of_quiet_hours(self, services: Services) -> None:
        quiet = replace(PRIVATE, settings=Settings(quiet=("08:00", "10:30")))
        await services.store.put_chat(quiet)
        await subscribe(services, "cs.CV")
        assert "10:30 · after the quiet hours" in await told(services, "/next")

    async def test_it_pages(self, services: Services) -> None:
        await subscribe(services, *(f"cs.CV n{number}" for number in range(COMING_ON_A_PAGE + 1)))
        first = await ask(services, "/next")
        assert "Page 1 of 2" in text_of(first)
        second = await press(services, buttons(first)["More ›"])
        assert "n10" in text_of(second)
        assert list(buttons(second)) == ["‹ Back"]

    async def test_an_empty_chat_shows_how_to_begin(self, services: Services) -> None:
        assert "subscribed to here yet" in await told(services, "/next")

    async def test_what_is_kept_counts_and_not_what_the_calendar_says(
        self, services: Services
    ) -> None:
        """Such as the day on which a slot that was still open put the next one off."""
        await subscribe(services, "cs.CV")
        (standing,) = await services.store.standings.of_chat(PRIVATE.address)
        moment = datetime(2026, 4, 23, 9, tzinfo=UTC)
        plan = Planned(standing.subscription.number, standing.changed, moment, moment, TODAY)
        await services.store.standings.plan([plan])
        assert "Thu, Apr 23, 2026, 09:00" in await told(services, "/next")
        await ask(services, "/list edit 1 at 10:00")  # the clock's next tick works it out anew
        assert "Tue, Apr 21, 2026, 10:00" in await told(services, "/next")

    @pytest.mark.parametrize(
        ("quiet", "said"),
        [
            (None, "due since Tue, Apr 21, 2026, 05:00; it comes as soon as"),
            (("05:30", "07:00"), "Tue, Apr 21, 2026, 07:00 · after the quiet hours"),
        ],
    )
    async def test_a_slot_that_waits_says_for_what(
        self, services: Services, quiet: tuple[str, str] | None, said: str
    ) -> None:
        await services.store.put_chat(replace(PRIVATE, settings=Settings(quiet=quiet)))
        await subscribe(services, "cs.CV")
        (standing,) = await services.store.standings.of_chat(PRIVATE.address)
        due = datetime(2026, 4, 21, 5, tzinfo=UTC)
        plan = Planned(standing.subscription.number, standing.changed, due, due, TODAY)
        await services.store.standings.plan([plan])
        assert said in " ".join((await told(services, "/next", width=200)).split())
