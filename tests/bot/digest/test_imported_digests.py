"""Digests in Markdown imported and written again: the same papers, order, links and layout."""

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.digest.build import build_digest
from bot.digest.importing import Report, import_file, language_of
from bot.digest.intake import take_in
from bot.digest.parser import parse
from bot.progress import progress
from bot.sources.feed import Feed, FeedRow
from bot.sources.markdown_digest import MarkdownDigest, unescape
from formatters.entries import readable
from formatters.markdown import markdown
from formatters.text import plain
from storage.models import Digest, Entry, Kind, Origin, Paper, Summary
from storage.papers import Changes
from storage.store import Store
from tests.bot.digest.tables import PAPERS_AND_SUMMARIES, rows_of
from tests.fakes.arxiv import paper
from tests.fakes.clock import FakeClock
from tests.formatters.examples import DIGEST, hostile_text

SEEDS = ["000.md", "001.md"]
TABLE_ROW = re.compile(r"\| \[\^(\d+)\] \| \[(.*)\]\((http\S*)\) \| (.*) \|")
FAULTS = re.compile(
    r"arXiv:\S+ Announce Type: \S+  Abstract: | \(arXiv:\S+ \[\S+\](?: UPDATED)?\)$|En_Tdlr: .*"
)


async def imported(store: Store, path: Path) -> Report:
    with progress("importing") as step:  # nobody sees it: stderr is no terminal here
        return await import_file(store, path, FakeClock(), step)


async def printed(store: Store, path: Path) -> str:
    """What was imported from this file, written as Markdown."""
    key = (await store.imported_sources())[str(path.resolve())]
    language, entries = await store.imported_digest(key)
    return markdown(Digest("", language, entries=entries))


async def import_and_print(store: Store, path: Path) -> str:
    report = await imported(store, path)
    assert report.rejects == []
    return await printed(store, path)


@pytest.mark.shared
@pytest.mark.parametrize("name", SEEDS)
async def test_an_old_digest_is_printed_line_for_line_without_its_faults(
    store: Store, shared_data: Path, name: str
) -> None:
    path = shared_data / "seeds" / name
    old = path.read_text("utf-8").split("\n")
    new = (await import_and_print(store, path)).split("\n")
    assert len(new) == len(old)
    for before, after in zip(old, new, strict=True):
        assert unescape(after).rstrip("…") == without_faults(before)
        assert not re.search(r"Announce Type|\(arXiv:|En_Tdlr", after)
        # What the older program cut at its 1,000 characters is now marked as cut.
        assert after.endswith("…") is (len(before) == 1_004)


@pytest.mark.shared
async def test_the_label_that_leaked_is_now_an_english_tldr(
    store: Store, shared_data: Path
) -> None:
    await imported(store, shared_data / "seeds/001.md")
    (english,) = (await store.summaries({"2402.12683": 1}, "en")).values()
    assert english.tldr is not None
    assert english.tldr.startswith("TorchCP is a Python toolbox built on PyTorch")
    (chinese,) = (await store.summaries({"2402.12683": 1}, "zh")).values()
    assert chinese.tldr is not None
    assert chinese.tldr.endswith("包括分类和回归任务。")


@pytest.mark.shared
async def test_versions_and_kinds_of_old_digests_are_known(store: Store, shared_data: Path) -> None:
    path = shared_data / "seeds/001.md"
    await imported(store, path)
    _, entries = await store.imported_digest((await store.imported_sources())[str(path.resolve())])
    assert [(one.paper.id, one.version, one.kind) for one in entries[4:8]] == [
        ("2402.12683", 1, Kind.NEW),
        ("2402.11940", 1, Kind.CROSS),
        ("2402.03348", 1, Kind.NEW),
        ("2401.07450", 2, Kind.REPLACE),
    ]


@pytest.mark.shared
@pytest.mark.parametrize("names", [SEEDS, SEEDS[::-1], SEEDS[:1], SEEDS[1:]])
async def test_importing_what_was_printed_changes_nothing_and_prints_the_same(
    store: Store, shared_data: Path, tmp_path: Path, names: list[str]
) -> None:
    texts = {name: await import_and_print(store, shared_data / "seeds" / name) for name in names}
    before = rows_of(tmp_path / "data")
    for name, text in texts.items():
        copy = tmp_path / name
        copy.write_text(text, "utf-8")
        assert await import_and_print(store, copy) == text
        assert (await imported(store, copy)).changes.changed == 0
        assert await printed(store, shared_data / "seeds" / name) == text
    assert rows_of(tmp_path / "data") == before


@pytest.mark.shared
@pytest.mark.parametrize("name", SEEDS)
async def test_what_was_printed_prints_the_same_from_an_empty_store(
    store: Store, shared_data: Path, tmp_path: Path, name: str
) -> None:
    text = await import_and_print(store, shared_data / "seeds" / name)
    (tmp_path / name).write_text(text, "utf-8")
    async with empty_store() as other:
        assert await import_and_print(other, tmp_path / name) == text


def test_the_first_heading_tells_the_language() -> None:
    for heading, language in (("摘要", "zh"), ("Summary", "en"), ("Notes", "en"), ("", "en")):
        assert language_of(MarkdownDigest(heading, (), ())) == language


async def test_a_byte_order_mark_hides_neither_heading_nor_table(
    store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "old.md"
    path.write_bytes(b"\xef\xbb\xbf" + markdown(replace(DIGEST, language="zh")).encode())
    assert await import_and_print(store, path) == markdown_without_extracted(
        replace(DIGEST, language="zh")
    )


async def test_a_bad_row_costs_only_itself(store: Store, tmp_path: Path) -> None:
    text = markdown(DIGEST).replace("2604.01234)", "9999.01234)")
    (tmp_path / "old.md").write_text(text, "utf-8")
    report = await imported(store, tmp_path / "old.md")
    assert report.changes == Changes(added=1)
    assert [one.line for one in report.rejects] == [5]


async def test_a_digest_made_here_changes_no_paper_and_no_summary_here(
    store: Store, tmp_path: Path
) -> None:
    day = date(2026, 4, 21)
    rows = (
        FeedRow(paper("2604.00001", title="$\\alpha$-kites | winds", abstract="A. B."), Kind.NEW),
        FeedRow(paper("2604.00002", version=2, title="G\\\"odel's *kites*"), Kind.REPLACE),
        FeedRow(paper("2604.00003", abstract="Cut", abstract_complete=False), Kind.REPLACE_CROSS),
    )
    await take_in(store, Feed("cs.CV", day, rows), datetime(2026, 4, 21, tzinfo=UTC))
    summary = Summary("2604.00002", 2, "zh", "风筝", "飞。", "它们飞。", Origin.MODEL, "some-model")
    await store.add_papers([], [summary])
    before = rows_of(tmp_path / "data", PAPERS_AND_SUMMARIES)
    for language in ("zh", "en"):
        digest = await build_digest(store, parse("cs.CV"), [("cs.CV", day)], language, 0)
        path = tmp_path / f"{language}.md"
        path.write_text(markdown(digest), "utf-8")
        report = await imported(store, path)
        assert report.changes == Changes(unchanged=3)
        assert rows_of(tmp_path / "data", PAPERS_AND_SUMMARIES) == before
        assert await printed(store, path) == markdown_without_extracted(digest)


# What is stored is readable text, and read once more as if it were arXiv's own. That changes one
# real text in 10,000: those that are left with a `$` or `~` that was none of TeX's.
stable = hostile_text.filter(lambda text: readable(readable(text)) == readable(text))
some_text = stable.filter(lambda text: bool(readable(text)))


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(["en", "zh"]),
    st.lists(st.tuples(some_text, some_text, stable, st.booleans()), min_size=1, max_size=5),
)
def test_any_digest_printed_after_an_import_is_the_one_before(
    language: str, papers: list[tuple[str, str, str, bool]]
) -> None:
    entries = [
        Entry(
            Paper(f"2604.{n:05}", 1, title, abstract, abstract_complete=whole),
            Kind.NEW,
            1,
            summary=Summary(f"2604.{n:05}", 1, language, text, text, abstract),
            link=f"http://arxiv.org/abs/2604.{n:05}" if whole else None,
        )
        for n, (title, abstract, text, whole) in enumerate(papers, start=1)
    ]
    text = markdown(Digest("", language, entries=tuple(entries)))
    assert asyncio.run(printed_elsewhere(text)) == text


async def printed_elsewhere(text: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "digest.md"
        path.write_text(text, "utf-8", newline="\n")
        async with empty_store() as store:
            return await import_and_print(store, path)


@asynccontextmanager
async def empty_store() -> AsyncIterator[Store]:
    with tempfile.TemporaryDirectory() as folder:
        store = await Store.open(Path(folder), plain)
        try:
            yield store
        finally:
            await store.close()


def markdown_without_extracted(digest: Digest) -> str:
    """The digest as it can come back: what was extracted is nobody's words, and not stored."""
    entries = (
        replace(one, summary=replace(one.summary, tldr=None))
        if one.summary and one.summary.origin is Origin.EXTRACTED
        else one
        for one in digest.entries
    )
    return markdown(replace(digest, entries=tuple(entries)))


def without_faults(line: str) -> str:
    """A line of an old digest as readers should have seen it."""
    if row := TABLE_ROW.fullmatch(line):
        number, title, url, tldr = row.groups()
        return f"| [^{number}] | [{readable(title)}]({url}) | {readable(FAULTS.sub('', tldr))} |"
    if line.startswith("    ["):
        return line
    if text := re.match(r"    |\[\^\d+\]: ", line):
        return text[0] + readable(FAULTS.sub("", line[text.end() :]))
    return line
