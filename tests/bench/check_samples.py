"""Real texts that language models wrote about papers: good, and bad with their defects."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.enrich.checks import Field
from storage.models import Paper

BAD = "zh_bad_samples.jsonl.gz"
CHAT = "zh_cn-chat-arxiv_3k.jsonl.gz"
STRUCTURED = "zh_structured_dw-dengwei_3k.jsonl.gz"
METADATA = "metadata_20k.jsonl.gz"
KEYS = {
    Field.TITLE: "zh_title",
    Field.TLDR: "zh_tldr",
    Field.ENGLISH_TLDR: "en_tldr",
    Field.ABSTRACT: "zh_abstract",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """A paper, what a model wrote about it, and the defects that its source names."""

    paper: Paper
    texts: dict[Field, str | None]
    defects: tuple[str, ...] = ()


def bad_samples(folder: Path) -> list[Sample]:
    return [chat_sample(row) for row in rows(folder / BAD)]


def chat_samples(folder: Path) -> list[Sample]:
    """Good samples with all four fields; three quarters of the abstracts are cut."""
    return [chat_sample(row) for row in rows(folder / CHAT)]


def structured_samples(folder: Path) -> list[Sample]:
    """Good samples of which only the TL;DR counts, with whole abstracts."""
    known = {row["id"]: row for row in rows(folder / METADATA)}
    return [
        Sample(
            Paper(row["arxiv_id"], 1, row["title"], known[row["arxiv_id"]]["abstract"]),
            {Field.TLDR: row["zh"]["tldr"]},
        )
        for row in rows(folder / STRUCTURED)
    ]


def rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def chat_sample(row: dict[str, Any]) -> Sample:
    paper = Paper(
        row["arxiv_id"],
        row["version"] or 1,
        row["title"],
        row["abstract"],
        abstract_complete=not row["abstract_truncated"],
    )
    texts = {one: row[key] for one, key in KEYS.items()}
    return Sample(paper, texts, tuple(row.get("defects", ())))
