"""Finding the texts in whatever a model wraps them in."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.enrich.loose_json import LONGEST_TEXT, read_texts

KEYS = ("title", "tldr")
PLAIN = '{"title": "风筝", "tldr": "风筝会飞。"}'
BOTH = {"title": "风筝", "tldr": "风筝会飞。"}


@pytest.mark.parametrize(
    "written",
    [
        PLAIN,
        f"\n\n  {PLAIN}  \n",
        f"```json\n{PLAIN}\n```",
        f"```\n{PLAIN}\n```",
        f"Here is the JSON you asked for:\n\n{PLAIN}\n\nAnything else?",
        f"<think>The user wants {{two}} keys.</think>\n{PLAIN}",
        f'<think>Perhaps {{"title": "no"}}?\n</think>{PLAIN}',
        f"So first I translate... </think>{PLAIN}",
        f'The set {{1, 2}} and {{"a": 1}}: {PLAIN}',
        f'{{"summary": {PLAIN}}}',
        PLAIN.replace("}", ', "further": [1, {"a": null}]}'),
    ],
)
def test_the_object_is_found(written: str) -> None:
    assert read_texts(written, KEYS) == BOTH


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("", {}),
        ("I cannot help with that.", {}),
        ("{", {}),
        ("[]", {}),
        ('["title"]', {}),
        ('{"title": "a kite", "tld', {}),
        ('{"Title": "a kite"}', {}),
        ('{"title": null, "tldr": ""}', {}),
        ('{"title": 7, "tldr": ["a"]}', {}),
        ('{"title": " \\n ", "tldr": " a\\n b "}', {"tldr": "a b"}),
        ('{"title": "a", "title": "b"}', {"title": "b"}),
        ('{"title": "</think> is a tag"}', {"title": "</think> is a tag"}),
    ],
)
def test_what_is_missing_is_left_out(written: str, found: dict[str, str]) -> None:
    assert read_texts(written, KEYS) == found


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        (r"$\alpha$", r"$\alpha$"),
        (r"$\\alpha$", r"$\alpha$"),
        (r"$\beta + \frac{1}{2}$", r"$\beta + \frac{1}{2}$"),
        (r"$\theta \times \rho$", r"$\theta \times \rho$"),
        (r"$\nabla f \neq \nu$", r"$\nabla f \neq \nu$"),
        (r"$\underline{x}$", r"$\underline{x}$"),
        (r"\u98ce\u7b5d", "风筝"),
        (r"one\ntwo", "one two"),
        (r"one\n\nNow two", "one Now two"),
        (r"a \"quoted\" word \/", 'a "quoted" word /'),
    ],
)
def test_formulas_survive_backslashes_that_json_reads_otherwise(inside: str, text: str) -> None:
    assert read_texts(f'{{"title": "{inside}"}}', KEYS) == {"title": text}


@given(st.fixed_dictionaries({"title": st.text(), "tldr": st.text()}))
def test_what_json_can_say_is_read_as_one_line(texts: dict[str, str]) -> None:
    plain = {key: text for key, text in texts.items() if not set(text) & set("\b\f\t\r\n")}
    wanted = {key: " ".join(text.split()) for key, text in plain.items()}
    found = read_texts(json.dumps(plain), KEYS)
    if not any("</think>" in text for text in wanted.values()):
        assert found == {key: text for key, text in wanted.items() if text}


@given(st.text(alphabet='{}[]":,\\ntile</think>'))
def test_nothing_breaks_it(written: str) -> None:
    assert all(isinstance(text, str) for text in read_texts(written, KEYS).values())


@pytest.mark.parametrize("piece", ["{", '{"a":', "[", '{"title": "', "\\", "</think>", '"'])
def test_hostile_answers_take_no_time(piece: str) -> None:
    began = time.perf_counter()
    assert read_texts(piece * LONGEST_TEXT, KEYS) == {}
    assert time.perf_counter() - began < 1.0
