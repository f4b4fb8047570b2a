"""Asking about another channel than the one where one is, and what is one's own in a server."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from discord import ForumChannel, PermissionOverwrite, Permissions
from simcord import ChannelHandle

from bot.platforms.discord_answer import lacking_in
from bot.platforms.discord_elsewhere import placed, split_place
from formatters.document import Action, Actions, Document
from storage.models import Chat, Kind, Settings, Subscription
from tests.bot.platforms.discord_world import World, labels, lines, messages, text_of, world
from tests.bot.platforms.telegram_bot import Script, said
from tests.fakes.arxiv import FakeArxiv, paper

ID = "2604.00001"
LONG = "cs.CV " + " ".join(f"-word{number}" for number in range(20))


@pytest.fixture
def arxiv() -> Iterator[FakeArxiv]:
    with FakeArxiv() as server:
        one = paper(ID, title="Diffusion models for all")
        server.paper(one.id, title=one.title)
        server.batch("cs.CV", date(2026, 4, 21), (one, Kind.NEW))
        yield server


async def queries(here: World, where: ChannelHandle) -> list[tuple[str, bool]]:
    known = await here.services.store.subscriptions(here.address(where))
    return [(one.query, one.active) for one in known]


class TestAnotherChannel:
    @pytest.mark.parametrize("place", ["forum", "news", "thread"])
    async def test_is_subscribed_and_looked_after_from_here(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
    ) -> None:
        async with world(tmp_path, monkeypatch) as here:
            text, there = here.places["text"], here.places[place]
            asked = await here.asks(
                here.admin, text, "subscribe", query="cs.CV diffusion", channel=there
            )
            assert await queries(here, there) == []  # nothing is known, so it asks first
            done = await here.presses(here.admin, asked, "Subscribe")
            await here.presses(here.admin, done, "Pause 1")
            assert await queries(here, there) == [("cs.CV diffusion", False)]
            shown = await here.asks(here.admin, text, "list", channel=there)
            assert "cs.CV diffusion" in text_of(shown)
            set_to = await here.asks(
                here.admin, text, "settings", setting="limit", value="7", channel=there
            )
            await here.presses(here.admin, set_to, "50")
            chat = await here.services.store.chat(here.address(there))
            assert chat
            assert chat.settings.limit == 50
            await here.asks(here.admin, text, "unsubscribe", subscription="1", channel=there)
            assert await queries(here, there) == await queries(here, text) == []
            assert await here.services.store.chat(here.address(text)) is None

    async def test_long_lines_and_restarts_do_no_harm(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with world(tmp_path, monkeypatch) as here:
            text, there = here.places["text"], here.places["forum"]
            asked = await here.asks(here.admin, text, "subscribe", query=LONG, channel=there)
            await here.restarts()
            await here.presses(here.admin, asked, "Subscribe")
            assert await queries(here, there) == [(LONG, True)]

    async def test_only_those_who_may_manage_it_change_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with world(tmp_path, monkeypatch) as here:
            text, there = here.places["text"], here.places["forum"]
            keeper = here.guild.create_role("Forum", permissions=Permissions(0))
            mine = here.guild.create_text_channel(
                "mine", overwrites={keeper: PermissionOverwrite(manage_channels=True)}
            )
            person = here.guild.add_member(here.env.create_user("grete"), roles=[keeper])
            for where in (there, mine):
                one = Subscription(0, here.address(where), "cs.CV")
                await here.services.store.put_subscription(one)
            shown = await here.asks(person, text, "list", channel=there)
            refused = await here.presses(person, shown, "Pause 1")
            assert "Only administrators" in text_of(refused)
            own = await here.asks(person, text, "list", channel=mine)
            await here.presses(person, own, "Pause 1")
            assert await queries(here, there) == [("cs.CV", True)]
            assert await queries(here, mine) == [("cs.CV", False)]

    async def test_what_somebody_cannot_see_is_not_shown_to_them(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        script = Script()
        async with world(tmp_path, monkeypatch, dispatch=script) as here:
            unseen = PermissionOverwrite(view_channel=False)
            hidden = here.guild.create_text_channel(
                "hidden", overwrites={here.guild.default_role: unseen}
            )
            leads = [Action("hidden", f"in {hidden.id} list"), Action("gone", "in 42 list")]
            script.replies["digest"] = said("look", *leads)
            public = await here.asks(here.member, here.places["text"], "digest")
            answers = [await here.presses(here.member, public, one.label) for one in leads]
        assert all("no channel of this server" in text_of(one) for one in answers)
        assert [one.command for one in script.requests] == ["digest"]

    async def test_the_bot_says_what_it_lacks_there(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with world(tmp_path, monkeypatch) as here:
            silent = PermissionOverwrite(send_messages=False)
            muted = here.guild.create_text_channel(
                "muted", overwrites={here.guild.default_role: silent}
            )
            answer = await here.asks(
                here.admin, here.places["text"], "subscribe", query="cs.CV", channel=muted
            )
            assert await queries(here, muted) == []
            forum = here.bot.get_channel(here.places["forum"].id)
            assert isinstance(forum, ForumChannel)
            seen = Permissions(view_channel=True, read_message_history=True)
            lacking = lacking_in(forum, seen)
        assert "#muted" in text_of(answer)
        assert "I lack: Send Messages." in text_of(answer)
        assert lacking == ("Create Posts", "Send Messages in Posts")

    async def test_what_is_offered_is_of_that_channel(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with world(tmp_path, monkeypatch) as here:
            one = Subscription(0, here.address(here.places["forum"]), "cs.CV")
            kept = await here.services.store.put_subscription(one)
            there = here.places["forum"]
            found = await here.choices(here.admin, "unsubscribe", "subscription", "", channel=there)
            assert found == {"1. cs.CV": f"#{kept.number}"}
            assert await here.choices(here.admin, "unsubscribe", "subscription", "") == {}


class TestButtons:
    @pytest.mark.parametrize(
        ("line", "place", "rest"),
        [
            ("in 42 list pause #1", 42, "list pause #1"),
            ("list", None, "list"),
            ("in 42", None, "in 42"),
            ("in x list", None, "in x list"),
            ("in 123456789012345678901 list", None, "in 123456789012345678901 list"),
            ("in ٣ list", None, "in ٣ list"),
        ],
    )
    def test_a_line_names_its_channel(self, line: str, place: int | None, rest: str) -> None:
        assert split_place(line) == (place, rest)

    async def test_only_what_is_about_the_channel_names_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        row = (
            Action("a", "list"),
            Action("b", f"paper {ID}"),
            Action("c", url="https://arxiv.org"),
        )
        document = Document("en", (Actions((row,)),))
        async with world(tmp_path, monkeypatch) as here:
            assert await placed(here.services, document, None) == document
            there = await placed(here.services, document, 42)
        assert there.blocks == (Actions(((Action("a", "in 42 list"), *row[1:]),)),)


class TestOnesOwn:
    async def test_the_reading_list_is_the_persons_wherever_they_save(
        self, arxiv: FakeArxiv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with world(tmp_path, monkeypatch, arxiv) as here:
            text = here.places["text"]
            card = await here.asks(here.admin, text, "paper", paper=ID)
            saved = await here.presses(here.member, card, "Save")
            assert "Unsave" in labels(messages(saved))
            everywhere = [
                await here.asks(here.member, text, "saved"),
                await here.asks(here.member, here.places["thread"], "saved"),
                await here.asks(here.member.user, None, "saved"),
            ]
            others = await here.asks(here.admin, text, "saved")
            assert await here.services.store.saved_papers(here.address(text)) == ()
        assert all("Diffusion models for all" in text_of(one) for one in everywhere)
        assert "Nothing is saved yet" in text_of(others)

    async def test_bibtex_comes_as_a_file_since_no_button_can_copy(
        self, arxiv: FakeArxiv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with world(tmp_path, monkeypatch, arxiv) as here:
            card = await here.asks(here.admin, here.places["text"], "paper", paper=ID)
            assert f"export {ID}" in lines(card)
            got = await here.presses(here.member, card, "BibTeX")
        assert any(one.attachments for one in messages(got))

    async def test_what_one_reads_alone_is_in_ones_own_language(
        self, arxiv: FakeArxiv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with world(tmp_path, monkeypatch, arxiv) as here:
            text = here.places["text"]
            chat = Chat(here.address(text), settings=Settings(language="en"))
            await here.services.store.put_chat(chat)
            here.client.locale = "zh-CN"
            alone = await here.asks(here.member, text, "status")
            public = await here.asks(here.member, text, "digest", query="cs.CV")
            opened = await here.chooses(here.member, public, f"paper {ID}")
        assert "状态" in text_of(alone)
        assert "announced" in text_of(public)
        assert "提交" in text_of(opened) or "摘要" in text_of(opened)

    async def test_a_channel_speaks_the_servers_language_from_its_first_subscription_on(
        self, arxiv: FakeArxiv, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with world(tmp_path, monkeypatch, arxiv) as here:
            text = here.places["text"]
            here.client.locale, here.client.guild_locale = "en-US", "zh-CN"
            asked = await here.asks(here.admin, text, "subscribe", query="cs.CV yes")
            await here.asks(here.admin.user, None, "subscribe", query="cs.CV yes")
            chats = [
                await here.services.store.chat(here.address(where))
                for where in (text, here.admin.user.dm_channel)
            ]
        assert "Subscribed" in text_of(asked)
        assert [one.settings.language if one else "" for one in chats] == ["zh", "en"]

    async def test_what_has_no_effect_here_is_no_setting(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with world(tmp_path, monkeypatch) as here:
            text = here.places["text"]
            shown = await here.asks(here.admin, text, "settings")
            typed = await here.asks(here.admin, text, "settings", setting="links", value="on")
            offered = await here.choices(here.admin, "settings", "setting", "")
        assert not {"settings format", "settings links"} & set(lines(shown))
        assert "There is no setting “links”" in text_of(typed)
        assert not {"format", "links"} & set(offered.values())


async def test_direct_messages_have_no_other_channels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = Script()
    async with world(tmp_path, monkeypatch, dispatch=script) as here:
        lead = Action("there", f"in {here.places['text'].id} list")
        script.replies["digest"] = said("look", lead)
        shown = await here.asks(here.admin.user, None, "digest")
        answer = await here.presses(here.admin.user, shown, "there")
    assert "no channel of this server" in text_of(answer)
