"""Known-item search: who remembers a little of a paper finds it among 20,000, in the first ten.

Queries are drawn at random with a fixed seed and go the way of the command line. The archives take
a while to import, so this file belongs on one worker (`--dist loadfile`).
"""

import asyncio
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.digest.importing import Report, import_file
from bot.digest.lookup import condition
from bot.digest.parser import parse
from bot.progress import progress
from bot.sources.archive import read_lines
from bot.sources.records import Record
from formatters.text import plain
from storage.papers import Changes
from storage.store import Store
from tests.fakes.clock import FakeClock

pytestmark = pytest.mark.shared

CASES = 100
WANTED = 95
FIRST = 10
SEED = 2
METADATA = "metadata_20k.jsonl.gz"
CHINESE = ("zh_structured_dw-dengwei_3k.jsonl.gz", "zh_cn-chat-arxiv_3k.jsonl.gz")

Case = tuple[str, str]
"""The id of a paper, and what is typed to find it."""


@dataclass(frozen=True)
class Archives:
    """What was imported, where it is stored, and the records themselves."""

    data_dir: Path
    reports: dict[str, Report]
    papers: Sequence[Record]
    chinese: Sequence[Record]


@pytest.fixture(scope="module")
def archives(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Archives:
    data_dir = tmp_path_factory.mktemp("archives")
    files = {name: shared_data / name for name in (METADATA, *CHINESE)}
    chinese = [record for name in CHINESE for record in records(files[name])]
    reports = asyncio.run(import_all(data_dir, files))
    return Archives(data_dir, reports, records(files[METADATA]), chinese)


async def import_all(data_dir: Path, files: dict[str, Path]) -> dict[str, Report]:
    store = await Store.open(data_dir, plain)
    try:
        with progress("importing") as step:
            return {
                name: await import_file(store, path, FakeClock(), step)
                for name, path in files.items()
            }
    finally:
        await store.close()


def records(path: Path) -> list[Record]:
    return [line.result for line in read_lines(path) if isinstance(line.result, Record)]


def test_the_archives_are_imported_whole(archives: Archives) -> None:
    assert [report.rejects for report in archives.reports.values()] == [[], [], []]
    changes = [report.changes for report in archives.reports.values()]
    assert changes == [Changes(added=20_000), Changes(changed=3_000), Changes(2_982, 18)]
    assert len(archives.papers) == 20_000


def test_importing_all_papers_again_changes_none(archives: Archives, shared_data: Path) -> None:
    files = {METADATA: shared_data / METADATA}
    (report,) = asyncio.run(import_all(archives.data_dir, files)).values()
    assert report.changes == Changes(unchanged=20_000)


def piece_of_a_chinese_tldr(archives: Archives, chance: random.Random) -> Case:
    """Eight characters in a row, as somebody marks them: no Latin word is cut in two."""
    while True:
        paper_id, tldr = chinese_tldr(archives, chance)
        start = chance.randrange(len(tldr) - 8)
        before, piece, after = (
            tldr[max(0, start - 1) : start],
            tldr[start : start + 8],
            tldr[start + 8],
        )
        if not (cuts(before, piece[0]) or cuts(piece[-1], after)):
            return paper_id, quoted(piece)


def longer_piece_cut_anywhere(archives: Archives, chance: random.Random) -> Case:
    """Twelve characters in a row, which may begin and end inside a Latin word."""
    paper_id, tldr = chinese_tldr(archives, chance)
    start = chance.randrange(len(tldr) - 12)
    return paper_id, quoted(tldr[start : start + 12])


def half_of_the_title(archives: Archives, chance: random.Random) -> Case:
    """Half of the title's words in any order."""
    record = chance.choice(archives.papers)
    words = title_words(record)
    return record.paper.id, " ".join(map(typed, chance.sample(words, (len(words) + 1) // 2)))


def author_and_a_word(archives: Archives, chance: random.Random) -> Case:
    """An author's full name and one word of the title that has four letters or more."""
    while True:
        record = chance.choice(archives.papers)
        words = [word for word in title_words(record) if sum(map(str.isalpha, word)) >= 4]
        authors = [name for name in record.paper.authors if re.search(r"\w", name)]
        if words and authors:
            author, word = plain(chance.choice(authors)), typed(chance.choice(words))
            return record.paper.id, f"au:{quoted(author)} {word}"


@pytest.mark.parametrize(
    "draw",
    [
        piece_of_a_chinese_tldr,
        longer_piece_cut_anywhere,
        half_of_the_title,
        author_and_a_word,
    ],
)
def test_a_paper_is_found_by_what_people_remember_of_it(
    archives: Archives, draw: Callable[[Archives, random.Random], Case]
) -> None:
    chance = random.Random(SEED)
    cases = [draw(archives, chance) for _ in range(CASES)]
    missed = asyncio.run(search_all(archives.data_dir, cases))
    found = CASES - len(missed)
    assert found >= WANTED, f"{found} of {CASES} found by {draw.__name__}; missed {missed}"


async def search_all(data_dir: Path, cases: Sequence[Case]) -> list[Case]:
    """The cases that were missed."""
    store = await Store.open(data_dir, plain)
    try:
        missed = []
        for paper_id, query in cases:
            page = await store.search(condition(parse(query)), FIRST)
            if paper_id not in [paper.id for paper in page.papers]:
                missed.append((paper_id, query))
        return missed
    finally:
        await store.close()


def chinese_tldr(archives: Archives, chance: random.Random) -> tuple[str, str]:
    """A paper with a Chinese TL;DR of more than a few words."""
    while True:
        record = chance.choice(archives.chinese)
        (tldr,) = [one.tldr for one in record.summaries if one.language == "zh"]
        if tldr and len(tldr) > 20:
            return record.paper.id, tldr


def cuts(before: str, after: str) -> bool:
    """Whether a Latin word or a number goes on from one character to the next."""
    return (before + after).isascii() and before.isalnum() and after.isalnum()


def title_words(record: Record) -> list[str]:
    words = plain(record.paper.title).split()
    return [word for word in words if re.search(r"\w", word)]


def typed(word: str) -> str:
    """A word as people type it: punctuation left out, in quotes where a query needs it."""
    bare = word.strip(".,:;!?()[]\"'“”‘’*-")
    is_plain = re.fullmatch(r"\w+([-.'’]\w+)*", bare) and bare not in {"AND", "OR", "NOT", "ANDNOT"}
    return bare if is_plain else quoted(bare)


def quoted(text: str) -> str:
    words = re.sub('["“”„*]', " ", text)
    return f'"{words}"'
