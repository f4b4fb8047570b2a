"""The bundled sample: a feed of invented papers in arXiv's exact shape, and Chinese summaries.

It is what `paperboy try` shows where there is no network. Every title, author and identifier in
it is made up; no such paper exists at arXiv.
"""

import json
from importlib.resources import files

from storage.models import Origin, Summary


def feed_bytes() -> bytes:
    """The cs.AI Atom feed of Friday 2026-11-20, as arXiv would serve it."""
    return files(__name__).joinpath("feed.xml").read_bytes()


def summaries() -> tuple[Summary, ...]:
    """Chinese summaries of most papers in the feed; the others show what stands in for one."""
    text = files(__name__).joinpath("summaries.json").read_text(encoding="utf-8")
    return tuple(Summary(**fields, origin=Origin.IMPORTED) for fields in json.loads(text))
