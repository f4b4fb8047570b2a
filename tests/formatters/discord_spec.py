"""Holds the formatter's calls against Discord's specification and the sums that it leaves out."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from formatters.discord_markdown import units
from storage.models import Call, Json
from tests.formatters.discord_reader import NEVER, read

FILE = Path(__file__).resolve().parents[3] / "shared" / "specs" / "discord-openapi.json"

BODIES = {
    "message": "MessageCreateRequest",
    "edit": "MessageEditRequestPartial",
    "thread": "CreateTextThreadWithMessageRequest",
    "post": "CreateForumThreadRequest",
}
ROW, BUTTON, SELECT, TEXT, SEPARATOR, CONTAINER = 1, 2, 3, 10, 14, 17
INSIDE = {
    CONTAINER: {ROW, TEXT, SEPARATOR},
    ROW: {BUTTON, SELECT},
}
CUSTOM_ID = re.compile(r"paperboy:\d+:.*", re.DOTALL)
PINGS = re.compile(r"@(everyone|here)|<@[!&]?\d", re.IGNORECASE)


def check_call(call: Call, calls: tuple[Call, ...]) -> None:
    """One call of a digest: its body, and that what it is about comes before it."""
    about = None if call.about is None else calls[call.about].method
    assert call.about is None or calls.index(call) > call.about
    match call.method:
        case "crosspost":
            assert (about, call.body, call) == ("message", {}, calls[-1])
        case "thread":
            assert about == "message"
            check_schema("thread", call.body)
        case "post":
            body = {name: value for name, value in call.body.items() if name != "tags"}
            assert set(call.body) == {"name", "message", "tags"}
            check_schema("post", body)
            check_message(call.body["message"])
        case "edit":
            assert about == "message"
            assert call.body["content"] is None
            check_schema("edit", call.body)
            check_message({name: call.body[name] for name in call.body if name != "content"})
        case _:
            assert call.method == "message"
            assert about in (None, "thread", "post")
            check_message(call.body)


def check_message(body: Any) -> None:
    """A message: either text with rows below it, or components alone."""
    check_schema("message", body)
    check_sums(body)


def check_schema(method: str, body: Json) -> None:
    """What the specification says about a body, and that it knows all fields of components."""
    validator(method).validate(body)
    schema = specification()["components"]["schemas"][BODIES[method]]
    assert set(body) <= set(schema["properties"])
    for one in nested(body):
        assert set(one) <= fields()[one["type"]], one


def check_sums(body: Json) -> None:
    """What the specification leaves out: https://docs.discord.com/developers/components."""
    assert body["allowed_mentions"] == {"parse": []}
    components = list(nested(body))
    ids = [one["custom_id"] for one in components if "custom_id" in one]
    assert len(ids) == len(set(ids))
    assert all(1 <= len(one) <= 100 and CUSTOM_ID.fullmatch(one) for one in ids)
    assert all("id" not in one for one in components)
    for one in components:
        _check_component(one)
    if body.get("flags") == 1 << 15:
        assert "content" not in body
        assert 1 <= len(components) <= 40
        assert sum(units(text) for text in texts(body)) <= 4000
    else:
        assert {one["type"] for one in components} == {ROW, BUTTON}
        assert 1 <= units(str(body["content"])) <= 2000


def _check_component(one: Json) -> None:
    children: Any = one.get("components", [])
    assert {child["type"] for child in children} <= INSIDE.get(int(str(one["type"])), set())
    match one["type"]:
        case 1:
            kinds = [child["type"] for child in children]
            assert kinds == [SELECT] or kinds == [BUTTON] * len(kinds)
            assert 1 <= len(kinds) <= 5
        case 2:
            assert 1 <= units(str(one["label"])) <= 80
            assert ("url" in one, "custom_id" in one) == (one["style"] == 5, one["style"] != 5)
        case 3:
            options: Any = one["options"]
            values = [option["value"] for option in options]
            assert 1 <= len(values) == len(set(values)) <= 25
            assert all(units(text) <= 100 for option in options for text in option.values())
        case 10:
            assert str(one["content"]).strip()


def check_harmless(body: Json) -> None:
    """Nothing in a message pings anybody, is embedded, or is a mark that we do not use."""
    for text in (*texts(body), str(body.get("content") or "")):
        assert not PINGS.search(text)
        for run in read(text):
            assert not NEVER & set(run.styles), (run, text)


def nested(body: Any) -> Iterator[Any]:
    """Every component of a message at any depth."""
    for one in body.get("components", ()):
        yield one
        yield from nested(one)


def texts(body: Json) -> list[str]:
    """The texts of a message of components, in order."""
    return [one["content"] for one in nested(body) if one["type"] == TEXT]


def commands(body: Json) -> list[str]:
    """The command lines of all buttons and options, in order."""
    found = []
    for one in nested(body):
        if one["type"] == SELECT:
            found += [option["value"] for option in one["options"]]
        elif "custom_id" in one:
            found.append(one["custom_id"].split(":", 2)[2])
    return found


@cache
def specification() -> Any:
    """Read the specification; skip the asking test, saying so, where it is absent."""
    if not FILE.is_file():
        pytest.skip(f"no specification at {FILE}")
    return json.loads(FILE.read_text("utf-8"))


@cache
def validator(method: str) -> Draft202012Validator:
    schema = {"$ref": f"#/components/schemas/{BODIES[method]}"}
    return Draft202012Validator({**schema, "components": specification()["components"]})


@cache
def fields() -> dict[int, set[str]]:
    """The names of the fields of each type of component."""
    schemas = specification()["components"]["schemas"]
    return {
        schema["properties"]["type"]["enum"][0]: set(schema["properties"])
        for name, schema in schemas.items()
        if name.endswith("ComponentForMessageRequest")
    }
