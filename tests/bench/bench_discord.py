"""How long it takes to render 1,000 digests of 46 own-made papers as Discord's calls."""

import time
from dataclasses import replace

from formatters.discord_digest import discord_digest
from formatters.views import digest_view, notification
from formatters.words import words
from storage.models import Room
from tests.bench.bench_render import make_digest

DIGESTS = 1000
MEASURED = 100
"""So many are rendered; the figures are for all, which takes ten times as long."""

PAPERS = 46

SETTINGS = {"list only": "none", "with a card for each paper": "collapsed"}


def run() -> list[tuple[str, str]]:
    """One row with the list alone, one with every paper's card."""
    return [row(label, details) for label, details in SETTINGS.items()]


def row(label: str, details: str) -> tuple[str, str]:
    whole = make_digest()
    digest = replace(whole, entries=whole.entries[:PAPERS])
    document = digest_view(digest, words("zh"))
    line = notification(digest, words("zh"))
    start = time.perf_counter()
    for _ in range(MEASURED):
        calls = discord_digest(document, line, Room.GROUP, details)
    seconds = (time.perf_counter() - start) * DIGESTS / MEASURED
    shown = f"{DIGESTS:,} digests of {PAPERS} papers, {label}, {len(calls)} calls each"
    return f"{shown} (from {MEASURED})", f"{seconds:.1f} s"
