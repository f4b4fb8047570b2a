"""Turns what pydantic found wrong into lines for people: which key, what it wants, what it got."""

import difflib
import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic.fields import FieldInfo

LONGEST_SHOWN = 60

_KINDS = {bool: "true or false", int: "a number", float: "a number", str: "text", dict: "a table"}

Place = Sequence[str | int]


def problems_of(error: ValidationError, model: type[BaseModel], content: Any) -> list[str]:
    """One line for each mistake in the content of a file that a model refused.

    What was expected is the description of the field. The values of secrets are left out.
    """
    lines = []
    for problem in error.errors(include_url=False):
        place = problem["loc"]
        table, field = _follow(place, model)
        if field is None:
            said = f"no such key{_advice(str(place[-1]), table, model)}"
        else:
            missing = problem["type"] == "missing"
            found = "nothing" if missing else _shown(problem["input"], field)
            hint = str(problem.get("ctx", {}).get("error", ""))
            said = f"expected {field.description}, found {found}" + (f"; {hint}" if hint else "")
        lines.append(f"{_key(place, content)}: {said}")
    return lines


def repeated_names(content: dict[str, Any]) -> list[str]:
    """One line for each name that more than one channel has."""
    channels = content.get("channels")
    names = Counter(map(_name, channels)) if isinstance(channels, list) else {}
    return [
        f"channels[{_bare(name)}].name: expected a name of its own, found it {count} times"
        for name, count in names.items()
        if name and count > 1
    ]


def _follow(place: Place, model: type[BaseModel]) -> tuple[type[BaseModel], FieldInfo | None]:
    """The table that a place leads to, and its field there; None where it has no such field."""
    field = None
    for part in place:
        if isinstance(part, str):
            field = model.model_fields.get(part)
            model = _table(field) or model
    return model, field


def _table(field: FieldInfo | None) -> type[BaseModel] | None:
    """The model that a field holds, alone or in a tuple."""
    annotation = field.annotation if field else None
    for kind in (annotation, *get_args(annotation)):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None


def _key(place: Place, content: Any) -> str:
    """How the file's reader would call a place: `channels[cv-zh].days[2]`, counting from 1."""
    text = ""
    for part in place:
        if isinstance(part, int):
            content = content[part]
            text += f"[{_bare(_name(content)) or part + 1}]"
        else:
            content = content.get(part) if isinstance(content, dict) else None
            text += f".{_bare(part)}" if text else _bare(part)
    return text


def _name(channel: object) -> str:
    name = channel.get("name") if isinstance(channel, dict) else None
    return name.strip() if isinstance(name, str) else ""


def _bare(text: str) -> str:
    """A key or a name as it is, or quoted where it holds more than letters and digits."""
    return text if re.fullmatch(r"[\w.-]*", text) else quoted(text)


def quoted(text: str) -> str:
    """The start of a text in quotes, without what could disturb a terminal."""
    clean = "".join(letter if letter.isprintable() else " " for letter in text)
    return json.dumps(
        clean if len(clean) <= LONGEST_SHOWN else clean[: LONGEST_SHOWN - 1] + "…",
        ensure_ascii=False,
    )


def _shown(value: object, field: FieldInfo) -> str:
    """A value as the file has it; only its kind for tables, lists, dates and secrets."""
    if isinstance(value, tuple):
        return "a list" if value else "an empty list"
    kind = _KINDS.get(type(value))
    if kind is None or kind == "a table" or field.annotation is SecretStr or _table(field):
        return kind or "a date or time"
    if isinstance(value, str):
        return quoted(value)
    return json.dumps(value) if isinstance(value, bool) else str(value)[:LONGEST_SHOWN]


def _advice(key: str, table: type[BaseModel], root: type[BaseModel]) -> str:
    """What may have been meant by a key that its table does not have."""
    near = difflib.get_close_matches(key.lower(), table.model_fields, n=1)
    if near:
        return f'; did you mean "{near[0]}"?'
    homes = ["above the first [section]"] if key in root.model_fields else []
    for name, field in root.model_fields.items():
        section = _table(field)
        if section and key in section.model_fields:
            homes.append(f"in [[{name}]]" if name == "channels" else f"in [{name}]")
    if homes:
        return f"; it belongs {' or '.join(homes)}"
    return f"; known here: {', '.join(table.model_fields)}"
