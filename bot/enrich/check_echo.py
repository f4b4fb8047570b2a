"""Whether a text repeats the request that the model was sent."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from bot.enrich.check_field import Draft

RUN = 6
"""Words in a row that nobody writes by chance."""

_WORD = re.compile(r"[a-z]+")


def echo_problem(draft: Draft) -> str | None:
    """Whether words of the request are in the text, and not in the paper."""
    echoed = next((run for run in _runs(draft.text) if run in _request()), None)
    if echoed is None or echoed in set(_runs(draft.source)):
        return None
    return f"It repeats the request: {' '.join(echoed)!r}."


@cache
def _request() -> frozenset[tuple[str, ...]]:
    """Every run of words in the texts of requests, whatever is filled in between."""
    table = tomllib.loads(files("bot.enrich").joinpath("prompts.toml").read_text(encoding="utf-8"))
    return frozenset(run for text in _texts(table) for run in _runs(text))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, str):
        yield value


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    words = _WORD.findall(text.lower())
    return zip(*(words[start:] for start in range(RUN)), strict=False)
