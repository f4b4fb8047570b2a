"""Holds the bodies of requests to the fake Discord against its specification and its sums."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator, ValidationError, validators
from jsonschema.exceptions import best_match

from tests.fakes.discord_places import COMPONENTS_V2
from tests.fakes.discord_posted import SELECTS, TEXT_DISPLAY, Json, nested
from tests.fakes.discord_refusals import Refusal, malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema.protocols import Validator

FILE = Path(__file__).resolve().parents[3] / "shared" / "specs" / "discord-openapi.json"

CONTENT = 2000  # https://docs.discord.com/developers/resources/message#create-message
EMBEDS = 6000  # ...#embed-object-embed-limits
# https://docs.discord.com/developers/components/reference#component-reference
COMPONENTS, DISPLAYED = 40, 4000
MEASURED_IN_EMBEDS = "title", "description"


def check(operation: str, body: Any) -> None:
    """Raise Refusal (50035, 50006) where Discord would refuse a body for what is in it."""
    validator = _validators().get(operation)
    if validator is not None and (error := best_match(validator.iter_errors(body))) is not None:
        raise malformed(".".join(map(str, error.absolute_path)) or "_", error.message[:500])


def check_message(body: Json, v2: bool) -> None:
    """Raise Refusal where a message, as it would be after the request, cannot be."""
    content, embeds = body.get("content") or "", body.get("embeds") or []
    components = list(nested(body.get("components") or []))
    _check_components(components)
    if v2:
        if content or embeds:
            raise malformed("content", "cannot stand beside components of the second version")
        _check_sums(components)
    elif len(content) > CONTENT:
        raise malformed("content", f"must be {CONTENT} or fewer in length")
    elif sum(map(_length_of_embed, embeds)) > EMBEDS:
        raise malformed("embeds", f"more than {EMBEDS} characters")
    elif any(one["type"] not in {1, 2, *SELECTS} for one in components):
        raise malformed("components", "these need the flag for components of the second version")
    if not content and not embeds and not components and not body.get("attachments"):
        raise Refusal(50006)


def number_components(components: list[Json]) -> None:
    """Give an id to each component that has none, as Discord does: from 1, none twice."""
    every = list(nested(components))
    taken = {one["id"] for one in every if one.get("id")}
    free = (number for number in range(1, len(every) + len(taken) + 1) if number not in taken)
    for one in every:
        if not one.get("id"):
            one["id"] = next(free)


def is_v2(body: Json) -> bool:
    return bool((body.get("flags") or 0) & COMPONENTS_V2)


def _check_components(components: list[Json]) -> None:
    for name in ("id", "custom_id"):
        given = [one[name] for one in components if one.get(name)]
        if len(given) != len(set(given)):
            raise malformed(f"components.{name}", "cannot be used twice in a message")


def _check_sums(components: list[Json]) -> None:
    if len(components) > COMPONENTS:
        raise malformed("components", f"{len(components)} of them, {COMPONENTS} may be")
    displayed = sum(len(one["content"]) for one in components if one["type"] == TEXT_DISPLAY)
    if displayed > DISPLAYED:
        raise malformed("components", f"{displayed} characters, {DISPLAYED} may be")


def _length_of_embed(embed: Json) -> int:
    texts = [embed.get(name) or "" for name in MEASURED_IN_EMBEDS]
    texts += [text for each in embed.get("fields", ()) for text in (each["name"], each["value"])]
    texts.append((embed.get("footer") or {}).get("text", ""))
    texts.append((embed.get("author") or {}).get("name", ""))
    return sum(map(len, texts))


def _one_of(
    validator: Any, alternatives: list[Json], instance: Any, schema: Json
) -> Iterator[ValidationError]:
    """The standard's `oneOf`, but straight to the component whose `type` the instance has.

    Trying all kinds of components at each depth takes a tenth of a second for a digest.
    """
    kinds = _kinds()
    chosen = [
        one
        for one in alternatives
        if isinstance(instance, dict) and kinds.get(one.get("$ref", "")) == instance.get("type", "")
    ]
    if chosen:
        yield from validator.descend(instance, chosen[0])
    elif all("const" in one for one in alternatives):
        if instance not in [one["const"] for one in alternatives]:
            yield ValidationError(f"{instance!r} is none of the constants")
    else:
        yield from Draft202012Validator.VALIDATORS["oneOf"](
            validator, alternatives, instance, schema
        )


@cache
def _spec() -> Json:
    """The specification; empty where it is absent.

    Unlike what it says, ids may be numbers, which is how discord.py sends some of them.
    """
    if not FILE.is_file():
        return {"paths": {}}
    spec: Json = json.loads(FILE.read_text("utf-8"))
    spec["components"]["schemas"]["SnowflakeType"] = {"type": ["string", "integer"]}
    return spec


@cache
def _kinds() -> dict[str, int]:
    """By reference: the `type` that each kind of component in a message has."""
    return {
        f"#/components/schemas/{name}": schema["properties"]["type"]["enum"][0]
        for name, schema in _spec()["components"]["schemas"].items()
        if name.endswith("ForMessageRequest") and "enum" in schema["properties"].get("type", {})
    }


@cache
def _validators() -> dict[str, Validator]:
    """A validator for each operation with a body; none where the specification is absent."""
    extend: Any = validators.extend  # its stub is not fully typed
    make = extend(Draft202012Validator, {"oneOf": _one_of})
    return {
        operation["operationId"]: make(
            operation["requestBody"]["content"]["application/json"]["schema"]
            | {"components": _spec()["components"]}
        )
        for path in _spec()["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict)
        and "application/json" in operation.get("requestBody", {}).get("content", {})
    }
