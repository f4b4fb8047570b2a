"""How long it takes to render 1,000 digests of 46 own-made papers as Telegram's messages."""

import time
from collections.abc import Callable
from dataclasses import replace

from formatters.document import Document
from formatters.telegram import Message, telegram
from formatters.telegram_rich import telegram_rich
from formatters.views import digest_view
from formatters.words import words
from tests.bench.bench_render import make_digest

DIGESTS = 1000
MEASURED = 100
"""So many are rendered; the figures are for all, which takes ten times as long."""

PAPERS = 46

FORMS: dict[str, Callable[[Document], tuple[Message, ...]]] = {
    "classic": telegram,
    "rich": telegram_rich,
}


def run() -> list[tuple[str, str]]:
    """One row a form, with the list alone and with every paper's details."""
    whole = make_digest()
    digest = replace(whole, entries=whole.entries[:PAPERS])
    return [
        row(name, formatter, digest_view(digest, words("zh"), details=details), details)
        for name, formatter in FORMS.items()
        for details in (False, True)
    ]


def row(
    name: str,
    formatter: Callable[[Document], tuple[Message, ...]],
    document: Document,
    details: bool,
) -> tuple[str, str]:
    start = time.perf_counter()
    for _ in range(MEASURED):
        messages = formatter(document)
    seconds = (time.perf_counter() - start) * DIGESTS / MEASURED
    shown = "with details" if details else "list only"
    label = (
        f"{DIGESTS:,} digests of {PAPERS} papers, {name}, {shown}, {len(messages)} messages each"
    )
    return f"{label} (from {MEASURED})", f"{seconds:.1f} s"
