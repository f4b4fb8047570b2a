"""Digests in Markdown read back: our own exactly, those of another program tolerantly."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sources.archive import Reject
from bot.sources.markdown_digest import CUT_AT, DigestEntry, read_markdown, unescape
from formatters import markdown as writer
from formatters.entries import extracted, readable
from formatters.markdown import escape, markdown
from storage.models import Digest, Entry, Kind, Origin, Paper, Summary
from tests.formatters.examples import DIGEST, KITES_ENTRY, LANTERNS_ENTRY, hostile_text

OLD = """\
# 摘要

| Ref | Title | Summary |
| --- | --- | --- |
| [^1] | [Kites | $\\pi$](https://arxiv.org/abs/2403.17064) | 风筝会飞。En_Tdlr: Kites fly. |
| [^2] | [Winds.](http://arxiv.org/abs/2303.02731) | 风会吹。 |

# 详细

[^1]: 风筝

    Kites | $\\pi$

    [https://arxiv.org/abs/2403.17064](https://arxiv.org/abs/2403.17064)

    风筝会飞。En_Tdlr: Kites fly.

␣␣␣␣

    它们飞。

    arXiv:2403.17064v3 Announce Type: replace-cross  Abstract: Kites\\_fly *so* high.
␣␣␣␣
[^2]: 风

    Winds. (arXiv:2303.02731v2 [cs.LG] UPDATED)

    [http://arxiv.org/abs/2303.02731](http://arxiv.org/abs/2303.02731)

    风会吹。

␣␣␣␣

    它们吹。

    {cut}
␣␣␣␣

""".replace("␣", " ").replace("{cut}", "Wind" * (CUT_AT // 4))

first_row = "| [^1] | [Kites](https://arxiv.org/abs/2403.17064) | They fly. |"


def test_a_digest_of_the_older_program_is_read_without_its_faults() -> None:
    digest = read_markdown(OLD)
    assert (digest.heading, digest.rejects) == ("摘要", ())
    kites, winds = digest.entries
    assert kites == DigestEntry(
        paper=Paper("2403.17064", 3, "Kites | $\\pi$", "Kites\\_fly *so* high.", (), ()),
        version=3,
        kind=Kind.REPLACE_CROSS,
        link=None,
        title="风筝",
        tldr="风筝会飞。",
        english_tldr="Kites fly.",
        abstract="它们飞。",
    )
    assert (winds.paper.title, winds.paper.categories) == ("Winds.", ("cs.LG",))
    assert (winds.version, winds.kind) == (2, Kind.REPLACE)
    assert winds.link == "http://arxiv.org/abs/2303.02731"
    assert not winds.paper.abstract_complete
    assert len(winds.paper.abstract) == CUT_AT


@pytest.mark.parametrize(
    ("change", "complete"),
    [
        (("Wind" * 250, "Wind" * 249 + "ind."), False),  # cut at the end of a sentence
        (("Wind" * 250, "Wind" * 249 + "Win"), True),
        (("Wind" * 250, "Wind" * 249 + "Win…"), False),
    ],
)
def test_an_abstract_of_the_older_programs_length_was_cut(
    change: tuple[str, str], complete: bool
) -> None:
    winds = read_markdown(OLD.replace(*change)).entries[1]
    assert winds.paper.abstract_complete is complete


def test_a_whole_abstract_that_happens_to_have_that_length_stays_whole() -> None:
    paper = replace(LANTERNS_ENTRY.paper, abstract="Wind" * 249 + "ind.")
    digest = replace(DIGEST, entries=(replace(LANTERNS_ENTRY, paper=paper),))
    (entry,) = read_markdown(markdown(digest)).entries
    assert entry.paper.abstract_complete
    assert entry.paper.abstract == paper.abstract


@pytest.mark.parametrize(
    ("suffix", "version", "kind", "categories"),
    [
        (" (arXiv:2403.17064v2 [cs.CV])", 2, Kind.NEW, ("cs.CV",)),
        (" (arXiv:2403.17064v2 [cs.CV] UPDATED)", 2, Kind.REPLACE, ("cs.CV",)),
        (" (arXiv:2403.17064v2 [hep-th] CROSS LISTED)", 2, Kind.CROSS, ("hep-th",)),
        (" (arXiv:2403.17064v2)", None, Kind.NEW, ()),
        (" (arXiv:2403.17064 [cs.CV])", None, Kind.NEW, ()),
        (" (see arXiv:2403.17064v2 [cs.CV]) and more", None, Kind.NEW, ()),
        ("", None, Kind.NEW, ()),
    ],
)
def test_what_stood_behind_a_title_tells_version_kind_and_category(
    suffix: str, version: int | None, kind: Kind, categories: tuple[str, ...]
) -> None:
    text = f"{first_row}\n[^1]: 风筝\n    Kites{suffix}\n    [u](https://u)\n    t\n    \n    A"
    (entry,) = read_markdown(text).entries
    assert (entry.version, entry.kind, entry.paper.categories) == (version, kind, categories)
    assert (entry.paper.version, entry.paper.title) == (version or 1, "Kites")


def test_boilerplate_before_the_abstract_counts_more_than_what_stood_behind_the_title() -> None:
    title, abstract = (
        "Kites (arXiv:2403.17064v2 [cs.CV])",
        "arXiv:2403.17064v3 Announce Type: cross",
    )
    text = f"{first_row}\n[^1]: 风筝\n    {title}\n    [u](https://u)\n    t\n    \n    {abstract}"
    (entry,) = read_markdown(f"{text}  Abstract: They fly.").entries
    assert (entry.version, entry.kind, entry.paper.abstract) == (3, Kind.CROSS, "They fly.")


def test_a_version_in_the_link_counts() -> None:
    row = first_row.replace("17064", "17064v4")
    (entry,) = read_markdown(f"{row}\n[^1]: Kites\n    [u](https://u)\n    t\n    \n    A").entries
    assert (entry.version, entry.paper.version) == (4, 4)
    assert entry.link == "https://arxiv.org/abs/2403.17064v4"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("| [^1] | Kites | They fly. |", "the second cell is not a linked title"),
        ("| [^1] | [Kites](ftp://x) | They fly. |", "the second cell is not a linked title"),
        ("| [^1] | [Kites](https://example.org/kites) | They fly. |", "is no arXiv id"),
        ("| [^2] | [Kites](https://arxiv.org/abs/2403.17064) | |", "2403.17064 has no footnote"),
    ],
)
def test_a_row_that_cannot_be_used_is_told_with_its_line(row: str, reason: str) -> None:
    details = "\n\n[^1]: Kites\n\n    [u](https://u)\n\n    They fly.\n"
    digest = read_markdown(f"# Summary\n\n{first_row}\n{row}{details}")
    assert [entry.paper.title for entry in digest.entries] == ["Kites"]
    (reject,) = digest.rejects
    assert isinstance(reject, Reject)
    assert reject.line == 4
    assert reason in reject.reason


@pytest.mark.parametrize(
    "text", ["", "\n", "# Notes\n\nNo table.", "[^1]: a footnote", "| a | b |"]
)
def test_a_file_without_a_table_of_papers_has_no_entries(text: str) -> None:
    assert read_markdown(text).entries == ()


def test_line_ends_of_windows_and_lost_spaces_do_no_harm() -> None:
    text = markdown(DIGEST)
    assert read_markdown(text.replace("\n", "\r\n")) == read_markdown(text)
    bare = re.sub("[ \t]+$", "", text, flags=re.MULTILINE)
    assert read_markdown(bare) == read_markdown(text)


HOSTILE = [
    "Kites | a Study",
    "[Kites](https://x.org) | [2]",
    "a](https://arxiv.org/abs/2403.00001) | b",
    "back\\slash \\\\ and \\| pipe\\",
    "$\\lambda$-calculus \\'etale \\alpha",
    "*bold* _under_ `code` ~~gone~~ *(extracted)*",
    "two\nlines  and\tspaces",
    "风筝：乘风而飞，100% 快",
    "👩‍🚀 kites é ﷽",
    "# 1. > - + --- <b> &amp; &hellip;",
    "(arXiv:2403.17064v2 [cs.CV] UPDATED)",
    "ends in dots…",
    *("# a", "> a", "+ a", "- a", "-- a", "1. a", "1) a", "~~a~~", "_a", "a&lt;", "<a", "`a", "*a"),
]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_comes_back_as_it_was_shown(text: str, language: str) -> None:
    digest = digest_of(language, [text] * 8)
    assert_same(digest)


@given(st.sampled_from(["en", "zh"]), st.lists(hostile_text, min_size=8, max_size=8))
def test_any_digest_that_is_written_is_read_back_the_same(language: str, texts: list[str]) -> None:
    assert_same(digest_of(language, texts))


@given(hostile_text)
def test_nothing_that_is_written_today_looks_like_the_older_programs(text: str) -> None:
    ours = markdown(digest_of("en", [f"$\\x$ {text}"] * 8))
    titles = [entry.paper.title for entry in read_markdown(ours).entries]
    assert titles == [readable(f"$\\x$ {text}")] * 6


def test_an_extracted_tldr_is_nobodys_words() -> None:
    entry = replace(LANTERNS_ENTRY, summary=extracted_summary("zh", "We light *(lanterns)*."))
    for language in ("en", "zh"):
        (read,) = read_markdown(markdown(Digest("", language, entries=(entry,)))).entries
        assert (read.tldr, read.title, read.abstract) == (None, None, None)


def test_the_same_title_twice_stays_two_papers() -> None:
    twin = replace(KITES_ENTRY, paper=replace(KITES_ENTRY.paper, id="2604.09999"))
    digest = replace(DIGEST, entries=(KITES_ENTRY, twin))
    papers = [entry.paper for entry in read_markdown(markdown(digest)).entries]
    assert [paper.id for paper in papers] == ["math/0611800", "2604.09999"]
    assert papers[0].title == papers[1].title == "Kites"


@given(hostile_text)
def test_reader_and_writer_agree_on_escapes(text: str) -> None:
    assert unescape(escape(text)) == text
    assert unescape(text) == writer.unescape(text)


def test_hostile_files_are_read_in_linear_time() -> None:
    size = 200_000
    for piece in (
        "](http://",
        "| [^1] ",
        "\\",
        " (arXiv:x",
        " (arXiv:1v1 [",
        " *(",
        "[^1]: ",
        "v1",
    ):
        line = piece * (size // len(piece))
        for template in ("| [^1] | [{}](https://arxiv.org/abs/2403.17064) | {} |", "    {}", "{}"):
            assert read_markdown(template.format(line, line)).entries == ()


def digest_of(language: str, texts: list[str]) -> Digest:
    """Six papers made of hostile texts: every way in which texts can be there or missing."""
    title, abstract, tldr, *translations = texts[:5]
    papers = [
        Paper(f"2604.{number:05}", 1, title, abstract, abstract_complete=number % 2 == 0)
        for number in range(6)
    ]
    summary = Summary("2604.00000", 1, language, translations[0], tldr, translations[1])
    summaries = [
        summary,
        None,
        extracted_summary(language, tldr),
        replace(summary, tldr=None),
        replace(summary, title=None),
        replace(summary, abstract=None),
    ]
    links = [None, "http://arxiv.org/abs/2604.00001", None, None, None, None]
    entries = tuple(map(entry_of, papers, summaries, links))
    return Digest("cs.CV", language, entries=entries)


def entry_of(paper: Paper, summary: Summary | None, link: str | None) -> Entry:
    return Entry(paper, Kind.REPLACE, 2, summary=summary, link=link)


def extracted_summary(language: str, tldr: str) -> Summary:
    return Summary("2604.00002", 1, language, tldr=tldr, origin=Origin.EXTRACTED)


def assert_same(digest: Digest) -> None:
    read = read_markdown(markdown(digest))
    assert read.rejects == ()
    assert read.entries == tuple(map(expected, digest.entries))


def expected(entry: Entry) -> DigestEntry:
    """What the file can tell of an entry: its readable texts, but no version and no kind."""
    summary = entry.summary or Summary(entry.paper.id, 1, "en")
    abstract = readable(entry.paper.abstract)
    return DigestEntry(
        paper=Paper(
            entry.paper.id,
            1,
            readable(entry.paper.title),
            abstract,
            abstract_complete=entry.paper.abstract_complete and bool(abstract),
        ),
        version=None,
        kind=Kind.NEW,
        link=entry.link,
        title=readable(summary.title) or None,
        tldr=None if extracted(entry) else readable(summary.tldr) or None,
        abstract=readable(summary.abstract) or None,
    )


@pytest.mark.shared
@pytest.mark.parametrize(("name", "papers", "whole"), [("000.md", 7, 0), ("001.md", 10, 1)])
def test_the_real_old_digests_are_read(
    shared_data: Path, name: str, papers: int, whole: int
) -> None:
    text = (shared_data / "seeds" / name).read_text("utf-8")
    digest = read_markdown(text)
    assert len(digest.entries) == papers == text.count("| [^")
    assert digest.rejects == ()
    assert sum(entry.paper.abstract_complete for entry in digest.entries) == whole
    for entry in digest.entries:
        assert entry.title
        assert entry.tldr
        assert entry.abstract
        texts = f"{entry.paper.title}\n{entry.paper.abstract}\n{entry.tldr}"
        assert not re.search(r"Announce Type|\(arXiv:|En_Tdlr", texts)
