import re
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given
from markdown_it import MarkdownIt
from markdown_it.token import Token

from formatters.entries import readable
from formatters.markdown import escape, markdown, unescape
from storage.models import Digest, Entry, Kind, Origin, Paper, Summary
from tests.formatters.examples import DIGEST, LANTERNS_ENTRY, digest_of, hostile_text

GFM = MarkdownIt("commonmark").enable(["table", "strikethrough"])
"""An independent reader of Markdown."""

BOILERPLATE = re.compile(r"arXiv:\S+ Announce Type: \S+ +Abstract: ")

ENGLISH = """\
# Summary

| Ref | Title | Summary |
| --- | --- | --- |
| [^1] | [Lanterns \\| A Study](https://arxiv.org/abs/2604.01234) | We light. *(extracted)* |
| [^2] | [Kites](https://arxiv.org/abs/math/0611800) | 风筝乘风而飞。 |

# Details

[^1]: Lanterns \\| A Study

    [https://arxiv.org/abs/2604.01234](https://arxiv.org/abs/2604.01234)

    We light. *(extracted)*

␣␣␣␣

    We light lanterns. They shine.
␣␣␣␣
[^2]: 风筝

    Kites

    [https://arxiv.org/abs/math/0611800](https://arxiv.org/abs/math/0611800)

    风筝乘风而飞。

␣␣␣␣

    风筝在有风的地方飞

    Kites fly where the wind is…
␣␣␣␣

""".replace("␣", " ")


@dataclass(frozen=True)
class Read:
    """What a reader who only knows the description of the format gets out of one paper."""

    translated_title: str
    title: str
    url: str
    tldr: str
    extracted: bool
    translated_abstract: str
    abstract: str
    complete: bool


def read(text: str) -> list[Read]:
    """Reads a file as the module describes it."""
    details = text.split("\n\n# ", 1)[1].split("\n\n", 1)[1]
    blocks = re.split(r"^\[\^\d+\]: ", details, flags=re.MULTILINE)[1:]
    return [read_paper(block) for block in blocks]


def read_paper(block: str) -> Read:
    first, *rest = block.removesuffix("\n\n").removesuffix("\n").split("\n")
    assert rest.pop() == "    "
    assert set(rest[0::2]) == {""}
    assert all(line.startswith("    ") for line in rest[1::2])
    paragraphs = [first, *(line[4:] for line in rest[1::2])]
    place = next(index for index, line in enumerate(paragraphs[1:], 1) if line.startswith("["))
    titles, abstracts = paragraphs[:place], paragraphs[place + 3 :]
    assert len(titles) in (1, 2)
    assert len(abstracts) in (1, 2)
    assert paragraphs[place + 2] == ""
    tldr, _, mark = paragraphs[place + 1].partition(" *(")
    return Read(
        translated_title=unescape(titles[0]) if len(titles) == 2 else "",
        title=unescape(titles[-1]),
        url=paragraphs[place].rpartition("](")[2].removesuffix(")"),
        tldr=unescape(tldr),
        extracted=mark == "extracted)*",
        translated_abstract=unescape(abstracts[0]) if len(abstracts) == 2 else "",
        abstract=unescape(abstracts[-1].removesuffix("…")),
        complete=not abstracts[-1].endswith("…"),
    )


def expected(entry: Entry) -> Read:
    summary = entry.summary or Summary(entry.paper.id, 1, "en")
    return Read(
        translated_title=readable(summary.title),
        title=readable(entry.paper.title),
        url=entry.url,
        tldr=readable(summary.tldr),
        extracted=bool(readable(summary.tldr)) and summary.origin is Origin.EXTRACTED,
        translated_abstract=readable(summary.abstract),
        abstract=readable(entry.paper.abstract),
        complete=entry.paper.abstract_complete or not readable(entry.paper.abstract),
    )


def shown(token: Token) -> str:
    """The text of an inline token, which must hold no markup but one link."""
    children = token.children or []
    assert {child.type for child in children} <= {"text", "text_special", "link_open", "link_close"}
    return "".join(child.content for child in children)


def test_a_digest_has_the_layout_of_old_digests_line_for_line() -> None:
    assert markdown(DIGEST) == ENGLISH


def test_headings_are_in_the_digests_language() -> None:
    lines = markdown(replace(DIGEST, language="zh")).split("\n")
    assert [line for line in lines if line.startswith("# ")] == ["# 摘要", "# 详细"]


def test_an_empty_digest_keeps_the_headings_and_the_tables_head() -> None:
    assert markdown(Digest("cs.CV", "en")) == (
        "# Summary\n\n| Ref | Title | Summary |\n| --- | --- | --- |\n\n# Details\n\n\n"
    )


def test_an_imported_digests_own_link_is_kept() -> None:
    old = replace(LANTERNS_ENTRY, link="http://arxiv.org/abs/2604.01234")
    text = markdown(replace(DIGEST, entries=(old,)))
    assert "](http://arxiv.org/abs/2604.01234) |" in text
    assert "    [http://arxiv.org/abs/2604.01234](http://arxiv.org/abs/2604.01234)\n" in text


@pytest.mark.parametrize(
    "link", ["https://x.org/a b", "https://x.org/a)b|c", "https://x.org/<a>*b*", "javascript:x"]
)
def test_no_link_can_break_the_table(link: str) -> None:
    text = markdown(replace(DIGEST, entries=(replace(LANTERNS_ENTRY, link=link),)))
    rows = [token for token in GFM.parse(text) if token.type == "inline"]
    assert [shown(row) for row in rows[4:6]] == ["[^1]", "Lanterns | A Study"]
    assert re.fullmatch(r"\S+", text.split("\n")[4].split("](")[1].split(") |")[0])


@pytest.mark.parametrize(
    "text",
    [
        "Attention is all you need: 20% faster at $5 (really!)",
        "snake_case, 3 < 4 > 2, R&D, C#, C++, x^2, ~10, f(x) = {y}",
        "https://people.example.edu/~name/page?a=1&b=2#top",
        "-1 degrees",
        "3.5 million",
        "#hashtag",
        "风筝：乘风而飞。",
    ],
)
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert escape(text) == text


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a|b", r"a\|b"),
        ("a\\b", r"a\\b"),
        ("`code`", r"\`code\`"),
        ("2*3*4", r"2\*3\*4"),
        ("_very_ good", r"\_very\_ good"),
        ("a__b", r"a\_\_b"),
        ("[1]", r"\[1\]"),
        ("<b>", r"\<b>"),
        ("&lt;", r"\&lt;"),
        ("&hellip;", r"\&hellip;"),
        ("~~gone~~", r"~~gone\~\~"),
        ("a~b~c", r"a\~b\~c"),
        ("# One", r"\# One"),
        ("## Two", r"#\# Two"),
        ("#", r"\#"),
        ("> quote", r"\> quote"),
        ("- item", r"\- item"),
        ("+ item", r"\+ item"),
        ("---", r"\---"),
        ("1. item", r"1\. item"),
        ("23) item", r"23\) item"),
        ("~~~", r"~\~\~"),
    ],
)
def test_what_could_mean_markup_is_escaped(text: str, escaped: str) -> None:
    assert escape(text) == escaped


@given(hostile_text)
def test_unescape_takes_every_escape_back(text: str) -> None:
    assert unescape(escape(text)) == text


@given(hostile_text)
def test_a_paragraph_shows_exactly_its_text(text: str) -> None:
    line = readable(text)
    tokens = GFM.parse(escape(line))
    assert [token.type for token in tokens][:1] == (["paragraph_open"] if line else [])
    assert "".join(shown(token) for token in tokens if token.type == "inline") == line


@given(hostile_text)
def test_the_table_has_exactly_its_cells_whatever_the_text_holds(text: str) -> None:
    table = markdown(digest_of(text, text)).split("\n\n# ")[0]
    cells = [shown(token) for token in GFM.parse(table) if token.type == "inline"][1:]
    line = readable(text)
    assert cells == ["Ref", "Title", "Summary", "[^1]", line, line, "[^2]", line, line]


@given(hostile_text, hostile_text)
def test_a_file_is_read_back_unambiguously(one: str, two: str) -> None:
    digest = digest_of(one, two)
    first, second = (replace(entry, link=None) for entry in digest.entries)
    cut = replace(second.paper, abstract_complete=False)
    extracted = Summary(cut.id, 1, "en", tldr=two, origin=Origin.EXTRACTED)
    changed = replace(second, paper=cut, summary=extracted)
    entries = (first, second, changed, replace(changed, summary=None))
    text = markdown(replace(digest, entries=entries))
    assert read(text) == [expected(entry) for entry in entries]


@pytest.mark.shared
@pytest.mark.parametrize("name", ["000.md", "001.md"])
def test_old_digests_come_out_line_for_line(shared_data: Path, name: str) -> None:
    old = (shared_data / "seeds" / name).read_text("utf-8")
    entries = tuple(imported(paper) for paper in read(old))
    new = markdown(Digest("", "zh", entries=entries))
    assert shape(new) == shape(old)
    assert read(new) == [expected(entry) for entry in entries]


def imported(old: Read) -> Entry:
    """An entry out of an old digest; its abstracts were cut at 1000 characters."""
    abstract, cut = BOILERPLATE.sub("", old.abstract), len(old.abstract) >= 1000
    paper = Paper(old.url.rpartition("/")[2], 1, old.title, abstract, abstract_complete=not cut)
    summary = Summary(
        paper_id=paper.id,
        version=1,
        language="zh",
        title=old.translated_title,
        tldr=old.tldr,
        abstract=old.translated_abstract,
        origin=Origin.IMPORTED,
    )
    return Entry(paper, Kind.NEW, 1, summary=summary, link=old.url)


def shape(text: str) -> list[str]:
    """Each line without its texts: headings, what marks it, its link, its indentation."""
    marks = re.compile(r"# .*|\| \[\^\d+\] \| \[|\|.*|\[\^\d+\]: | *\[http.*| *")
    links = re.compile(r"\]\(http[^)]*\)")
    return ["".join(marks.findall(line)[:1] + links.findall(line)) for line in text.split("\n")]
