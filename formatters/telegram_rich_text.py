"""Text with entities as Telegram's rich text: nested nodes, and formulas as formulas."""

import re
from collections.abc import Iterator, Sequence

from formatters.telegram_text import FORMULA, Entity, Text

RichText = str | dict[str, object] | list["RichText"]
"""https://core.telegram.org/bots/api#richtext."""

SHOWN = frozenset({"text", "expression", "summary", "blocks", "buttons"})
"""Fields whose letters people see."""

_FORMULA = re.compile(
    r"(?P<mark>\$\$?)(?P<dollars>[A-Za-z]|[^$\\]{0,400}\\[A-Za-z][^$]{0,400})(?P=mark)"
    r"|\\\((?P<inline>.{1,400}?)\\\)|\\\[(?P<display>.{1,400}?)\\\]"
)
"""TeX that has no form in Unicode and so stands in readable text as it was written. Dollar signs
have a command or a single letter between them, for `$5 or $6` is money."""


def rich_text(text: Text) -> RichText:
    """The text as one node, or as a list of nodes."""
    nodes = list(_nodes(text.text, 0, len(text.text), text.entities))
    return nodes[0] if len(nodes) == 1 else nodes


def _nodes(text: str, start: int, end: int, entities: Sequence[Entity]) -> Iterator[RichText]:
    """What is between two offsets; `entities` are those inside, an outer one before its inner."""
    index = 0
    while index < len(entities):
        outer = entities[index]
        after = index + 1
        while after < len(entities) and entities[after].start < outer.end:
            after += 1
        yield from _with_formulas(text[start : outer.start])
        yield _node(text, outer, entities[index + 1 : after])
        start, index = outer.end, after
    yield from _with_formulas(text[start:end])


def _node(text: str, entity: Entity, inner: Sequence[Entity]) -> RichText:
    if entity.type == "code":
        return {"type": "code", "text": text[entity.start : entity.end]}
    if entity.type == FORMULA:
        return {"type": FORMULA, "expression": entity.url}
    nodes = list(_nodes(text, entity.start, entity.end, inner))
    content = nodes[0] if len(nodes) == 1 else nodes
    if entity.type == "text_link":
        return {"type": "url", "text": content, "url": entity.url}
    return {"type": entity.type, "text": content}


def _with_formulas(text: str) -> Iterator[RichText]:
    start = 0
    for found in _FORMULA.finditer(text):
        if found.start() > start:
            yield text[start : found.start()]
        expression = found["dollars"] or found["inline"] or found["display"]
        yield {"type": FORMULA, "expression": expression}
        start = found.end()
    if start < len(text):
        yield text[start:]


def characters(value: object) -> int:
    """How many characters rich text, a block, or a list of them shows; formulas as written."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, list):
        return sum(map(characters, value))
    if isinstance(value, dict):
        return sum(characters(value[name]) for name in SHOWN & value.keys())
    return 0
