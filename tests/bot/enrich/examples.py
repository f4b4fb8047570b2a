"""Papers, settings and questions to the store that the tests of this folder share."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.config import Config, Llm
from bot.digest.build import summarise
from bot.enrich.enrich import ENGLISH
from bot.enrich.enricher import Enricher
from bot.enrich.question import fingerprint
from storage.answers import Source
from storage.models import Paper, Summary
from storage.store import Store
from tests.fakes.arxiv import paper

KEY = "sk-very-secret-4711"
MODEL = "a-model"
TITLE = "A Kite Without Wind over the Hills"
ABSTRACT = (
    "Kites are old, and nobody knows how they fly. We propose a kite with a string of length"
    " $\\ell$ that needs no wind. Experiments on 12 hills show that it stays up for 3.5 hours,"
    " longer than all known kites, and that it is cheap to build."
)
CHINESE = "我们给出一种简单而有效的新思路，并说明它为何可行。"  # the TL;DR of `tests.fakes.llm`

Opened = Callable[..., AbstractAsyncContextManager[Enricher]]


def kite(paper_id: str = "2604.00001", **fields: Any) -> Paper:
    """A paper about a kite, with a formula and numbers in its abstract."""
    return paper(paper_id, **{"title": TITLE, "abstract": ABSTRACT, **fields})


def kites(count: int) -> list[Paper]:
    """So many papers, each with a title of its own."""
    return [kite(f"2604.{number:05}", title=f"{TITLE} {number}") for number in range(count)]


def configured(folder: Path, base_url: str, **llm: Any) -> Config:
    """A configuration with a language model."""
    key = llm.pop("api_key", KEY)
    settings = {"model": MODEL, "api_key": SecretStr(key), **llm}
    return Config(data_dir=folder, llm=Llm(base_url=base_url, **settings))


async def stored(store: Store, paper: Paper, language: str = "zh") -> Summary | None:
    return (await store.summaries({paper.id: paper.version}, language)).get(paper.id)


async def shown(store: Store, paper: Paper, language: str = "zh") -> Summary:
    """What readers get to see, whoever wrote it."""
    known, english = [await stored(store, paper, one) for one in (language, ENGLISH)]
    return summarise(paper, paper.version, language, known, english)


async def failures(store: Store, paper: Paper) -> dict[tuple[str, str], str]:
    """Why fields of a paper are missing."""
    source = Source(paper.id, fingerprint(paper), MODEL, "1")
    answers = (await store.answers.get([source])).get(source, ())
    return {(one.language, one.part.value): one.failure for one in answers if one.failure}
