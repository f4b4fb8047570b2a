"""Which edits turn what was posted into what would be posted now."""

from collections.abc import Sequence
from dataclasses import replace

from bot.delivery.revision import edits, fits, poorer
from bot.delivery.settlement import FALLBACK
from storage.deliveries import Delivery, DeliveryState
from storage.models import Address, Call, Digest, Entry, Json, Kind, Platform, Summary
from tests.fakes.arxiv import paper

TELEGRAM, DISCORD = Address(Platform.TELEGRAM, "7"), Address(Platform.DISCORD, "8")
SUMMARY = Summary("2604.00001", 1, "zh", "标题", "一句话。", "摘要。")


def rows(
    chat: Address, calls: Sequence[Call], state: DeliveryState = DeliveryState.SENT
) -> list[Delivery]:
    """The deliveries of some calls; the results are 100, 101, ..."""
    return [
        Delivery(
            number, 1, chat, call.method, call.body, call.about, state, result=f"{99 + number}"
        )
        for number, call in enumerate(calls, 1)
    ]


def said(text: str, **more: object) -> Json:
    return {"text": text, **more}


class TestTelegram:
    def test_only_what_changed_is_edited(self) -> None:
        before = [Call("sendMessage", said("table")), Call("sendMessage", said("details"))]
        after = [Call("sendMessage", said("table")), Call("sendMessage", said("better"))]
        assert edits(rows(TELEGRAM, before), after) == (
            Call("editMessageText", said("better", message_id=101)),
        )

    def test_what_means_nothing_in_an_edit_is_left_out(self) -> None:
        before = [Call("sendRichMessage", {"rich_message": 1, FALLBACK: ["classic"]})]
        silent = {"rich_message": 2, FALLBACK: ["better"], "disable_notification": True}
        assert edits(rows(TELEGRAM, before), [Call("sendRichMessage", silent)]) == (
            Call("editMessageText", {"rich_message": 2, "message_id": 100}),
        )

    def test_what_is_the_same_but_for_that_is_no_change(self) -> None:
        before = [Call("sendMessage", said("table", entities=[{"type": "bold"}]))]
        same = [Call("sendMessage", said("table", entities=({"type": "bold"},), **{FALLBACK: []}))]
        assert edits(rows(TELEGRAM, before), same) == ()

    def test_what_never_arrived_is_not_edited(self) -> None:
        before, after = ([Call("sendMessage", said(text))] for text in ("table", "better"))
        for state in set(DeliveryState) - {DeliveryState.SENT}:
            assert edits(rows(TELEGRAM, before, state), after) == ()


class TestDiscord:
    def test_a_list_its_parts_and_the_cards_in_its_thread(self) -> None:
        def calls(text: str) -> list[Call]:
            return [
                Call("message", {"content": "notification"}),
                Call("edit", {"components": [text]}, 0),
                Call("message", {"components": ["more", text]}),
                Call("thread", {"name": text}, 0),
                Call("message", {"components": ["card", text]}, 3),
                Call("crosspost", {}, 0),
            ]

        assert edits(rows(DISCORD, calls("old")), calls("new")) == (
            Call("edit", {"components": ["new"], "message_id": "100"}),
            Call("edit", {"components": ["more", "new"], "message_id": "102"}),
            Call(
                "edit",
                {"components": ["card", "new"], "message_id": "104", "channel_id": "103"},
            ),
        )

    def test_the_line_that_was_edited_into_the_list_is_not_brought_back(self) -> None:
        before = [Call("message", {"content": "3 papers"}), Call("edit", {"content": None}, 0)]
        after = [Call("message", {"content": "3 more"}), Call("edit", {"content": None}, 0)]
        assert edits(rows(DISCORD, before), after) == ()

    def test_a_post_is_edited_in_its_first_message_and_keeps_name_and_tags(self) -> None:
        def post(text: str, name: str) -> list[Call]:
            return [Call("post", {"name": name, "message": {"components": [text]}, "tags": []})]

        assert edits(rows(DISCORD, post("old", "a")), post("new", "b")) == (
            Call("edit", {"components": ["new"], "message_id": "100", "channel_id": "100"}),
        )
        assert edits(rows(DISCORD, post("old", "a")), post("old", "b")) == ()


def test_a_digest_of_more_messages_or_of_others_does_not_fit() -> None:
    one, other = Call("sendMessage", said("table")), Call("sendRichMessage", {})
    posted = rows(TELEGRAM, [one, one])
    assert fits(posted, [one, one])
    for calls in ([one], [one, one, one], [one, other]):
        assert not fits(posted, calls)


def test_abstracts_are_given_up_first_and_tldrs_never() -> None:
    entries = (
        Entry(paper("2604.00001"), Kind.NEW, 1, summary=SUMMARY),
        Entry(paper("2604.00002"), Kind.NEW, 1),
    )
    whole = Digest("cs.CV", "zh", entries=entries)
    summaries = [[entry.summary for entry in one.entries] for one in poorer(whole)]
    assert summaries == [
        [SUMMARY, None],
        [replace(SUMMARY, abstract=None), None],
        [replace(SUMMARY, abstract=None, title=None), None],
    ]
