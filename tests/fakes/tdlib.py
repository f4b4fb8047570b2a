"""Telegram's own parser, TDLib, offline: what the server would make of a text and its entities."""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import tdjson

Entities = list[dict[str, Any]]

TYPES = {
    "textEntityTypeBold": "bold",
    "textEntityTypeItalic": "italic",
    "textEntityTypeCode": "code",
    "textEntityTypeTextUrl": "text_link",
    "textEntityTypeExpandableBlockQuote": "expandable_blockquote",
    "textEntityTypeMention": "mention",
    "textEntityTypeHashtag": "hashtag",
    "textEntityTypeCashtag": "cashtag",
    "textEntityTypeBotCommand": "bot_command",
    "textEntityTypeUrl": "url",
    "textEntityTypeEmailAddress": "email",
    "textEntityTypeBankCardNumber": "bank_card_number",
    "textEntityTypeMediaTimestamp": "media_timestamp",
}
NAMES = {name: kind for kind, name in TYPES.items()}

INVISIBLE = frozenset({"bank_card_number", "media_timestamp"})
"""What only clients look for, and people do not see in a text."""

MARKDOWN = re.compile(r"[*_~|`\[]")


class Refused(Exception):
    """TDLib does not accept a text, and so Telegram would refuse the message."""


def recognised(text: str) -> Entities:
    """What Telegram would make a link of by itself."""
    found = _execute("getTextEntities", text=text)["entities"]
    return [one for one in map(_bot_api, found) if one["type"] not in INVISIBLE]


def received(text: str, entities: Entities) -> tuple[str, Entities]:
    """What readers get of a message. Raises Refused, for example for a wrong address.

    `parseMarkdown` cleans a text and its entities as sending does; it must not find Markdown in
    it, so that signs of Markdown are letters meanwhile.
    """
    cleaned = _execute("getMarkdownText", text=_formatted(text, []))["text"]
    formatted = _formatted(MARKDOWN.sub("x", text), [_td_api(one) for one in entities])
    found = _execute("parseMarkdown", text=formatted)["entities"]
    return cleaned, [_bot_api(one) for one in found]


def check(body: Mapping[str, Any], expected: frozenset[str] = frozenset({"email"})) -> None:
    """Assert that readers get what `sendMessage` was given: no letter, style or link differs.

    `expected` are the kinds of what Telegram may recognise outside of our entities.
    """
    text, entities = body["text"], body.get("entities", [])
    got, formatted = received(text, entities)
    assert got == text == text.strip()  # sending trims, which `received` does not
    assert sorted(_comparable(formatted)) == sorted(_comparable(entities))
    surprising = [one for one in recognised(text) if one["type"] not in expected]
    literal = [one for one in entities if one["type"] in ("code", "text_link")]
    assert [
        (one["type"], part(text, one))
        for one in surprising
        if not any(_overlap(one, own) for own in literal)
    ] == []


def part(text: str, entity: Mapping[str, Any]) -> str:
    """The text of an entity; its offsets are UTF-16 code units."""
    start, end = entity["offset"], entity["offset"] + entity["length"]
    return text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")


def _execute(query: str, **arguments: object) -> dict[str, Any]:
    """One synchronous call; TDLib takes and gives bytes."""
    request = json.dumps({"@type": query, **arguments}).encode()
    answer: dict[str, Any] = json.loads(tdjson.td_execute(request) or b"{}")
    if answer["@type"] == "error":
        raise Refused(answer["message"])
    return answer


_execute("setLogVerbosityLevel", new_verbosity_level=0)


def _formatted(text: str, entities: Entities) -> dict[str, Any]:
    return {"@type": "formattedText", "text": text, "entities": entities}


def _td_api(entity: Mapping[str, Any]) -> dict[str, Any]:
    kind = {"@type": NAMES[entity["type"]], **({"url": entity["url"]} if "url" in entity else {})}
    return {"offset": entity["offset"], "length": entity["length"], "type": kind}


def _bot_api(entity: Mapping[str, Any]) -> dict[str, Any]:
    kind = entity["type"]
    link = {"url": kind["url"]} if "url" in kind else {}
    return {
        "type": TYPES[kind["@type"]],
        "offset": entity["offset"],
        "length": entity["length"],
        **link,
    }


def _merged(entities: Entities) -> Iterator[dict[str, Any]]:
    """Neighbours of the same style as one: where TDLib cuts them, nobody sees."""
    for kind in dict.fromkeys(one["type"] for one in entities):
        same = [one for one in entities if one["type"] == kind]
        if kind not in ("bold", "italic"):
            yield from same
            continue
        starts = [0, *(n for n, (a, b) in enumerate(pairwise(same), 1) if _end(a) < b["offset"])]
        for start, end in pairwise([*starts, len(same)]):
            first, last = same[start], same[end - 1]
            yield {**first, "length": _end(last) - first["offset"]}


def _end(entity: Mapping[str, Any]) -> int:
    return int(entity["offset"] + entity["length"])


def _overlap(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return bool(one["offset"] < _end(other) and other["offset"] < _end(one))


def _comparable(entities: Entities) -> Iterator[tuple[object, ...]]:
    """What readers notice of entities: `http://a.b` leads where `http://a.b/` leads."""
    for one in _merged(entities):
        url = urlsplit(one.get("url", ""))
        link = url._replace(path=url.path or "/").geturl() if url.scheme else ""
        yield one["offset"], one["length"], one["type"], link
