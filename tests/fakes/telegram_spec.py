"""Holds request bodies against the Bot API's specification, for tests and the fake server."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

Spec = Mapping[str, Any]
"""`methods` and `types`, each by name, with the name, type and description of every field."""

FILE = Path(__file__).resolve().parents[3] / "shared" / "specs" / "telegram-botapi-10.3.json"

PRIMITIVES: dict[str, type | tuple[type, ...]] = {
    "String": str,
    "Integer": int,
    "Float": (int, float),
    "Boolean": bool,
    "True": bool,
}
ALTERNATIVES = re.compile(r", (?:and |or )?| and | or ")
MEMBER = re.compile(r"^ - (\w+)$", re.MULTILINE)
CONSTANT = re.compile(r"(?:always '|must be )(\w+)'?$")
CHOICES = re.compile(r"(?:[Mm]ust be one of|Currently, can be) '.*")
BOUNDS = re.compile(r"(\d+)-(\d+) (characters|bytes)")


class SpecError(Exception):
    """A body that the specification does not allow: the place in it, and what is wrong there."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}")
        self.place = place


def load_spec() -> Spec:
    """Read the specification; skip the asking test, saying so, where it is absent."""
    if not FILE.is_file():
        pytest.skip(f"no specification at {FILE}")
    spec: Spec = json.loads(FILE.read_text("utf-8"))
    return spec


def check(method: str, body: Mapping[str, Any], spec: Spec) -> None:
    """Raise SpecError unless `body` has what `method` requires, and nothing that it doesn't know.

    Types, constants, choices and lengths are looked at all the way down.
    """
    if method not in spec["methods"]:
        raise SpecError(method, "no such method")
    _check_fields(body, spec["methods"][method]["fields"], method, spec)


def _check_fields(
    value: Mapping[str, Any], fields: list[dict[str, Any]], place: str, spec: Spec
) -> None:
    known = {field["name"]: field for field in fields}
    for name in value:
        if name not in known:
            raise SpecError(place, f"no field {name}; there are {', '.join(known)}")
    for name, field in known.items():
        if name in value:
            _check_value(value[name], field["type"], f"{place}.{name}", spec)
            _check_text(value[name], field["description"], f"{place}.{name}")
        elif field["required"]:
            raise SpecError(place, f"{name} is missing")


def _check_value(value: object, wanted: str, place: str, spec: Spec) -> None:
    if wanted.startswith("Array of "):
        if not isinstance(value, list):
            raise SpecError(place, f"{value!r:.60} is not an array")
        for index, one in enumerate(value):
            _check_value(one, wanted.removeprefix("Array of "), f"{place}[{index}]", spec)
        return
    problems = []
    for alternative in ALTERNATIVES.split(wanted):
        try:
            _check_one(value, alternative, place, spec)
        except SpecError as error:
            problems.append(error)
        else:
            return
    raise max(problems, key=lambda problem: len(problem.place))


def _check_one(value: object, wanted: str, place: str, spec: Spec) -> None:
    if primitive := PRIMITIVES.get(wanted):
        allowed = isinstance(value, primitive) and isinstance(value, bool) == (primitive is bool)
        if not allowed or (wanted == "True" and value is not True):
            raise SpecError(place, f"{value!r:.60} is no {wanted}")
    elif wanted == "RichText" and isinstance(value, str):
        return
    elif wanted == "RichText" and isinstance(value, list):
        _check_value(value, "Array of RichText", place, spec)
    elif not isinstance(value, dict):
        raise SpecError(place, f"{value!r:.60} is no {wanted}")
    else:
        name = _member(value, wanted, place, spec)
        _check_fields(value, spec["types"][name]["fields"], place, spec)


def _member(value: Mapping[str, Any], wanted: str, place: str, spec: Spec) -> str:
    """The type of a union that `value` says it is; `wanted` itself where it is no union."""
    members = MEMBER.findall(spec["types"][wanted]["description"])
    if not members or spec["types"][wanted]["fields"]:
        return wanted
    for member in members:
        fields = spec["types"][member]["fields"]
        constants = list(_constants(fields))
        if all(value.get(name) == constant for name, constant in constants) and (
            constants or all(field["name"] in value for field in fields if field["required"])
        ):
            return str(member)
    raise SpecError(place, f"{value.get('type')!r} is no kind of {wanted}")


def _constants(fields: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for field in fields:
        if constant := CONSTANT.search(field["description"]):
            yield field["name"], constant[1]


def _check_text(value: object, description: str, place: str) -> None:
    """What the description says about the letters of a text: one of a few, or so many."""
    if not isinstance(value, str):
        return
    if listed := CHOICES.search(description):
        choices = re.findall(r"'([\w/]+)'", listed[0])
        if choices and value not in choices:
            raise SpecError(place, f"{value!r} is none of {choices}")
    if bounds := BOUNDS.search(description):
        length = len(value.encode() if bounds[3] == "bytes" else value)
        if not int(bounds[1]) <= length <= int(bounds[2]):
            raise SpecError(place, f"{length} {bounds[3]}, not {bounds[1]}-{bounds[2]}")
