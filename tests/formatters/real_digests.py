"""Digests of real papers, from the sample data beside the checkout."""

import gzip
import json
from collections.abc import Iterator
from datetime import date
from itertools import islice
from pathlib import Path

from bot.sources.feed import parse_feed
from storage.models import Digest, Entry, Kind, Paper, Summary


def feed_digests(shared_data: Path, papers: int) -> Iterator[Digest]:
    """The first papers of every announcement feed, in English and without summaries."""
    for path in sorted((shared_data / "feeds").glob("*_cs.*")):
        data = path.read_bytes()
        feed = parse_feed(gzip.decompress(data) if path.suffix == ".gz" else data)
        entries = tuple(
            Entry(row.paper, row.kind, row.paper.version, reason="cs.CL in the categories")
            for row in feed.rows[:papers]
        )
        yield Digest(feed.category, "en", ((feed.category, feed.day),), entries)


def chinese_digest(shared_data: Path, papers: int) -> Digest:
    """Papers that have a Chinese title, TL;DR and abstract."""
    with gzip.open(shared_data / "zh_cn-chat-arxiv_3k.jsonl.gz", "rt", encoding="utf-8") as lines:
        entries = tuple(_entry(json.loads(line)) for line in islice(lines, papers))
    return Digest("cs.AI cs.CL", "zh", (("cs.AI", date(2026, 8, 18)),), entries)


def _entry(row: dict[str, str]) -> Entry:
    paper = Paper(row["arxiv_id"], 1, row["title"], row["abstract"], categories=tuple(row["feeds"]))
    summary = Summary(paper.id, 1, "zh", row["zh_title"], row["zh_tldr"], row["zh_abstract"])
    return Entry(paper, Kind.NEW, 1, summary=summary)
