from datetime import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.config import Config
from bot.config_problems import problems_of, repeated_names

LANGUAGE = 'a two-letter language code such as "en" or "zh"'
TIMEZONE = 'a time zone such as "Europe/Berlin" or "Asia/Shanghai"'
WEB_ADDRESS = "an address that begins with http:// or https://"
USERS = "a list of users' numbers such as [123456789]"
DAYS = 'a list of "mon", "tue", "wed", "thu", "fri", "sat", "sun"'
LIMIT = "a number of papers, 0 for all"
TARGETS = 'a list of "telegram:@name", "telegram:-100123/45", "discord:123", "file:name"'


def refused(content: dict[str, Any]) -> list[str]:
    try:
        Config.model_validate(content)
    except ValidationError as error:
        return problems_of(error, Config, content)
    return []


def channel(**keys: Any) -> dict[str, Any]:
    return {"channels": ({"name": "x", "query": "cs.CV"} | keys,)}


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ({"langauge": "en"}, 'langauge: no such key; did you mean "language"?'),
        ({"telegramm": {}}, 'telegramm: no such key; did you mean "telegram"?'),
        ({"discord": {"TOKEN": ""}}, 'discord.TOKEN: no such key; did you mean "token"?'),
        ({"concurrency": 3}, "concurrency: no such key; it belongs in [llm]"),
        ({"limit": 3}, "limit: no such key; it belongs in [[channels]]"),
        (
            {"llm": {"language": "en"}},
            "llm.language: no such key; it belongs above the first [section] or in [[channels]]",
        ),
        (
            {"arxiv": {"qq": 1}},
            "arxiv.qq: no such key; known here: feed_url, api_url, min_interval",
        ),
        (
            {"arxiv": {'a\n"b': 1}},
            'arxiv."a \\"b": no such key; known here: feed_url, api_url, min_interval',
        ),
    ],
)
def test_an_unknown_key_brings_up_the_one_that_was_meant(
    content: dict[str, Any], line: str
) -> None:
    assert refused(content) == [line]


@pytest.mark.parametrize(
    ("content", "key", "expected", "found"),
    [
        ({"llm": 3}, "llm", "a table that begins with [llm]", "a number"),
        ({"channels": {}}, "channels", "tables that begin with [[channels]]", "a table"),
        ({"channels": ("x",)}, "channels[1]", "tables that begin with [[channels]]", "text"),
        ({"data_dir": 5}, "data_dir", "a folder, in quotes", "5"),
        ({"language": "cn"}, "language", LANGUAGE, '"cn"; did you mean "zh"?'),
        ({"language": "english"}, "language", LANGUAGE, '"english"'),
        ({"timezone": "berlin"}, "timezone", TIMEZONE, '"berlin"; did you mean "Europe/Berlin"?'),
        ({"arxiv": {"min_interval": 2.9}}, "arxiv.min_interval", "seconds, 3 or more",
         "2.9; arXiv's terms of use allow one request in 3 seconds"),
        ({"arxiv": {"min_interval": float("nan")}}, "arxiv.min_interval", "seconds, 3 or more",
         "nan"),
        ({"arxiv": {"api_url": "x.y"}}, "arxiv.api_url", WEB_ADDRESS, '"x.y"'),
        ({"arxiv": {"api_url": "http://[::1"}}, "arxiv.api_url", WEB_ADDRESS,
         '"http://[::1"; Invalid IPv6 URL'),
        ({"llm": {"timeout": 0}}, "llm.timeout", "seconds, more than 0", "0"),
        ({"llm": {"concurrency": "8"}}, "llm.concurrency", "a number of requests, 1 or more",
         '"8"'),
        ({"llm": {"concurrency": 1.5}}, "llm.concurrency", "a number of requests, 1 or more",
         "1.5"),
        ({"llm": {"daily_token_budget": True}}, "llm.daily_token_budget",
         "a number of tokens, 0 for no cap", "true"),
        ({"llm": {"model": time(9)}}, "llm.model", "the name of a model, in quotes",
         "a date or time"),
        ({"telegram": {"admins": (1, "2")}}, "telegram.admins[2]", USERS, '"2"'),
        ({"discord": {"admins": (-1,)}}, "discord.admins[1]", USERS, "-1"),
        ({"discord": {"gateway_url": "https://x.y"}}, "discord.gateway_url",
         "an address that begins with ws:// or wss://", '"https://x.y"'),
        ({"channels": ({"name": "x"},)}, "channels[x].query", 'a query such as "cs.CV"',
         "nothing"),
        ({"channels": ({"query": "x"},)}, "channels[1].name", "a name of up to 64 characters",
         "nothing"),
        (channel(name="a b", query=" "), 'channels["a b"].query', 'a query such as "cs.CV"',
         '" "'),
        (channel(at="24:00"), "channels[x].at", 'a time such as "09:00", or "announcement"',
         '"24:00"'),
        (channel(days=()), "channels[x].days", DAYS, "an empty list"),
        (channel(days="mon"), "channels[x].days", DAYS, '"mon"'),
        (channel(days=("mon", "Tue")), "channels[x].days[2]", DAYS, '"Tue"'),
        (channel(limit=-1), "channels[x].limit", LIMIT, "-1"),
        (channel(limit="x" * 100), "channels[x].limit", LIMIT, '"' + "x" * 59 + '…"'),
        (channel(limit="a\u202eb\n"), "channels[x].limit", LIMIT, '"a b "'),
        (channel(limit=(5,)), "channels[x].limit", LIMIT, "a list"),
        (channel(format="html"), "channels[x].format", '"classic" or "rich"', '"html"'),
        (channel(targets=("file:a", "#b")), "channels[x].targets[2]", TARGETS, '"#b"'),
    ],
)  # fmt: skip
def test_a_line_tells_the_key_what_it_expects_and_what_was_found(
    content: dict[str, Any], key: str, expected: str, found: str
) -> None:
    assert refused(content) == [f"{key}: expected {expected}, found {found}"]


@pytest.mark.parametrize("secret", ["two words", 5, ("a",), {"a": 1}])
def test_of_a_secret_only_the_kind_is_shown(secret: object) -> None:
    for section, key in (("telegram", "token"), ("discord", "token"), ("llm", "api_key")):
        (line,) = refused({section: {key: secret}})
        assert line.partition(", found ")[2] in {"text", "a number", "a list", "a table"}


def test_names_that_are_there_twice_are_told() -> None:
    content = {"channels": [{"name": "a"}, {"name": "b"}, {"name": " a"}, {}, {}, 5]}
    assert repeated_names(content) == [
        "channels[a].name: expected a name of its own, found it 2 times"
    ]
    assert repeated_names({"channels": "a"}) == []


@given(
    st.sampled_from(list(Config.model_fields)),
    st.recursive(
        st.text() | st.integers() | st.booleans() | st.floats(),
        lambda inner: st.dictionaries(st.text(), inner) | st.lists(inner).map(tuple),
        max_leaves=5,
    ),
)
def test_whatever_a_key_holds_each_problem_is_one_clean_line(key: str, value: object) -> None:
    for line in refused({key: value}):
        assert line.startswith(key)
        assert line.isprintable()
