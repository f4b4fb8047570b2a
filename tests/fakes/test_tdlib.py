"""TDLib notices what it is asked for; an oracle that never objects tests nothing."""

from typing import Any

import pytest

from tests.fakes.tdlib import Refused, check, part, received, recognised


def entity(kind: str, offset: int, length: int, **more: str) -> dict[str, Any]:
    return {"type": kind, "offset": offset, "length": length, **more}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("cs.CL", "url"),
        ("README.md", "url"),
        ("@everyone", "mention"),
        ("#tag", "hashtag"),
        ("$TSLA", "cashtag"),
        ("/start", "bot_command"),
        ("a@b.org", "email"),
    ],
)
def test_it_recognises_what_telegram_makes_links_of(text: str, kind: str) -> None:
    (found,) = recognised(f"👍 {text} ")
    assert (found["type"], part(f"👍 {text} ", found)) == (kind, text)


def test_it_cleans_a_text_as_the_server_does() -> None:
    assert received("a\tb\u202ec x\u030a", []) == ("a bc x", [])


def test_it_leaves_signs_of_markdown_alone() -> None:
    assert received("a **b** [c](http://d.e)", []) == ("a **b** [c](http://d.e)", [])


@pytest.mark.parametrize("url", ["http://a", "http://a.b:0/", "javascript:x"])
def test_it_refuses_wrong_addresses(url: str) -> None:
    with pytest.raises(Refused, match="invalid"):
        received("kites", [entity("text_link", 0, 5, url=url)])


@pytest.mark.parametrize(
    "body",
    [
        {"text": "kites\t"},
        {"text": "cs.CL"},
        {"text": "kites", "entities": [entity("bold", 0, 9)]},
        {"text": "kites ", "entities": [entity("bold", 5, 1)]},
        {"text": "kites", "entities": [entity("bold", 0, 5), entity("code", 1, 2)]},
        {
            "text": "kites",
            "entities": [entity("text_link", 0, 5, url="http://a.b/"), entity("code", 0, 5)],
        },
    ],
)
def test_a_message_that_arrives_changed_does_not_pass(body: dict[str, Any]) -> None:
    with pytest.raises((AssertionError, Refused)):
        check(body)


def test_a_message_that_arrives_as_it_was_sent_passes() -> None:
    link = entity("text_link", 3, 5, url="http://a.b")
    check({"text": "1. cs.CL a@b.org", "entities": [entity("bold", 0, 8), link]})
