import json
from collections.abc import Callable

import pytest

from formatters.document import Document
from formatters.formats import Window, written
from formatters.telegram import Message, telegram
from formatters.telegram_rich import telegram_rich
from formatters.views import digest_view
from formatters.words import words
from tests.formatters.examples import DIGEST

WINDOW = Window(80, colour=False)


@pytest.mark.parametrize(
    ("form", "formatter"), [("telegram", telegram), ("telegram-rich", telegram_rich)]
)
def test_messages_are_an_array_of_the_bodies_that_would_be_sent(
    form: str, formatter: Callable[[Document], tuple[Message, ...]]
) -> None:
    bodies = [message.body for message in formatter(digest_view(DIGEST, words("en")))]
    assert json.loads(written(DIGEST, form, WINDOW, details=False, explain=False)) == bodies


def test_discord_is_what_a_text_channel_and_its_thread_would_be_sent() -> None:
    line, whole, *cards = json.loads(
        written(DIGEST, "discord", WINDOW, details=False, explain=False)
    )
    assert line["content"].startswith("2 new papers in cs.CV: ")
    assert whole["content"] is None
    assert [len(body["components"]) for body in (whole, *cards)] == [1, 1, 1]


def test_an_unknown_form_is_an_error() -> None:
    with pytest.raises(KeyError):
        written(DIGEST, "kite", WINDOW, details=False, explain=False)
