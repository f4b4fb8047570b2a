"""BibTeX and RIS, read back by small readers that know nothing of how they were written."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formatters.bibliography import Name, bibtex, bibtex_line, key, parse_name, ris
from formatters.text import plain
from storage.models import Paper
from tests.formatters.examples import KITES, LANTERNS, entry_of, hostile_text

FIELD = re.compile(r"\s*([a-zA-Z]+)\s*=\s*")
ESCAPED = re.compile(r"\\([a-z]+)\{\}|\\([&%$#_])")
SYMBOLS = {
    "textbackslash": "\\",
    "textbraceleft": "{",
    "textbraceright": "}",
    "textasciitilde": "~",
    "textasciicircum": "^",
    "textless": "<",
    "textgreater": ">",
    "textbar": "|",
}
"""What LaTeX prints for these: `texdoc encguide`."""

breaking_out = st.one_of(
    hostile_text,
    st.text('{}\\"%$&#_~^,@= \n\rabAND', max_size=40),
    st.sampled_from(
        [
            "}},\n}\n@misc{evil,\n  title = {{x",
            "\\}} evil",
            "{unbalanced",
            "ends in \\",
            "\\input{/etc/passwd}",
            "\\write18{rm -rf}",
            "x\nER  - \nTY  - JOUR",
            "a and b and others",
            "others",
            "a, b, c, d",
            "100% & more_or_less #1 ~ $5 ^ <tag> |x|",
        ]
    ),
)


def read_bibtex(text: str) -> list[tuple[str, str, dict[str, str]]]:
    """Entries as (kind, key, fields), by counting braces alone, as BibTeX does."""
    entries = []
    at = 0
    while (at := text.find("@", at)) >= 0:
        kind, _, _ = text[at + 1 :].partition("{")
        body, at = braced(text, at + 1 + len(kind))
        name, _, rest = body.partition(",")
        entries.append((kind, name, read_fields(rest)))
    return entries


def read_fields(text: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    at = 0
    while match := FIELD.match(text, at):
        assert match[1] not in fields
        fields[match[1]], at = braced(text, match.end())
        assert text[at : at + 1] in (",", "")
        at += 1
    assert not text[at:].strip()
    return fields


def braced(text: str, at: int) -> tuple[str, int]:
    """What stands between a brace and its partner, and where it goes on."""
    assert text[at] == "{"
    depth = 0
    for place in range(at, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if not depth:
            return text[at + 1 : place], place + 1
    raise AssertionError("a brace is never closed")


def read_ris(text: str) -> list[list[tuple[str, str]]]:
    """Records as lists of tags and values."""
    records: list[list[tuple[str, str]]] = [[]]
    for line in text.split("\r\n"):
        if not line:
            continue
        assert re.fullmatch(r"[A-Z][A-Z0-9]  - [^\r\n]*", line)
        records[-1].append((line[:2], line[6:]))
        if line.startswith("ER"):
            records.append([])
    assert records.pop() == []
    return records


def printed(tex: str) -> str:
    """What LaTeX would print; only signs that were escaped may mean something to it."""
    text = tex.removeprefix("{").removesuffix("}")
    rest = ESCAPED.sub("", text)
    assert not set(rest) & set("\\{}&%$#_~^"), rest
    return ESCAPED.sub(lambda match: match[2] or SYMBOLS[match[1]], text)


class TestBibtex:
    def test_an_article_and_a_preprint(self) -> None:
        assert bibtex([LANTERNS, KITES]) == (
            "@article{lund-2604.01234,\n"
            "  title = {{Lanterns \\textbar{} A Study}},\n"
            "  author = {Lund, Ada and Qi, Bo},\n"
            "  journal = {J. Light 1 (2026) 1-8},\n"
            "  year = {2026},\n"
            "  eprint = {2604.01234},\n"
            "  archivePrefix = {arXiv},\n"
            "  primaryClass = {cs.CV},\n"
            "  doi = {10.1000/lanterns},\n"
            "  url = {https://arxiv.org/abs/2604.01234},\n"
            "}\n"
            "\n"
            "@misc{roe-math-0611800,\n"
            "  title = {{Kites}},\n"
            "  author = {Roe, Cy},\n"
            "  year = {2006},\n"
            "  eprint = {math/0611800},\n"
            "  archivePrefix = {arXiv},\n"
            "  primaryClass = {math.CA},\n"
            "  url = {https://arxiv.org/abs/math/0611800},\n"
            "}\n"
        )

    def test_one_line_to_copy_says_the_same_but_for_the_address(self) -> None:
        ((kind, name, fields),) = read_bibtex(bibtex([LANTERNS]))
        del fields["url"]
        assert read_bibtex(bibtex_line(LANTERNS)) == [(kind, name, fields)]
        assert bibtex_line(LANTERNS).isprintable()

    def test_nothing_gives_nothing(self) -> None:
        assert bibtex([]) == ""

    @pytest.mark.parametrize(
        ("title", "written"),
        [
            ("50% of R&D costs $5 #1", r"50\% of R\&D costs \$5 \#1"),
            (
                "snake_case ~ tilde ^ hat",
                r"snake\_case \textasciitilde{} tilde \textasciicircum{} hat",
            ),
            (r"Schr\"odinger's $\alpha$", "Schrödinger's α"),
            ("a { b } c", r"a \textbraceleft{} b \textbraceright{} c"),
            (
                r"$\frac{a$",
                r"\$\textbackslash{}frac\textbraceleft{}a\$",
            ),
            ("x < y > z", r"x \textless{} y \textgreater{} z"),
        ],
    )
    def test_what_tex_would_take_for_syntax_is_escaped(self, title: str, written: str) -> None:
        ((_, _, fields),) = read_bibtex(bibtex([replace(KITES, title=title)]))
        assert fields["title"] == f"{{{written}}}"

    @given(breaking_out)
    def test_no_text_leaves_its_field(self, text: str) -> None:
        hostile = replace(entry_of(text).paper, authors=(text, "Ada Lund"))
        entries = read_bibtex(bibtex([hostile, KITES]))
        (kind, name, fields), kites = entries
        assert (kind, name) == ("article" if text else "misc", key(hostile))
        assert re.fullmatch(r"[a-z0-9]+-2604\.01234", name)
        assert kites[1:] == ("roe-math-0611800", read_bibtex(bibtex([KITES]))[0][2])
        assert printed(fields.get("title", "")) == plain(text)
        assert f" and {fields['author']}".endswith(" and Lund, Ada")


class TestNames:
    @pytest.mark.parametrize(
        ("text", "name"),
        [
            ("Ada Lund", Name("Lund", "Ada")),
            ("Ada M. Lund", Name("Lund", "Ada M.")),
            ("Plato", Name("Plato")),
            ("王小明", Name("王小明")),
            ("Vincent van Gogh", Name("van Gogh", "Vincent")),
            ("Aäron van den Oord", Name("van den Oord", "Aäron")),
            ("Guy Van den Broeck", Name("Van den Broeck", "Guy")),
            ("Charles de la Vallée Poussin", Name("de la Vallée Poussin", "Charles")),
            ("Blaise Agüera y Arcas", Name("y Arcas", "Blaise Agüera")),
            ("Hui zhang", Name("zhang", "Hui")),
            ("jin Dong", Name("Dong", "jin")),
            ("bell hooks", Name("hooks", "bell")),
            ("de Marrais", Name("Marrais", "de")),
            ("Robert W. Heath Jr.", Name("Heath", "Robert W.", "Jr.")),
            ("Hal Daumé III", Name("Daumé", "Hal", "III")),
            ("Davis Jr", Name("Jr", "Davis")),
            ("LSST Dark Energy Science Collaboration", None),
            ("Kimi Team", None),
            ("ATLAS and CMS", None),
            ("Lund, Ada", None),
            ("others", None),
        ],
    )
    def test_names_are_taken_apart_as_bibtex_does(self, text: str, name: Name | None) -> None:
        assert parse_name(text) == (name or Name(text, whole=True))

    def test_each_format_has_its_own_order(self) -> None:
        paper = replace(KITES, authors=("Hal van Daumé III", "Kimi Team", ""))
        assert read_bibtex(bibtex([paper]))[0][2]["author"] == "van Daumé, III, Hal and {Kimi Team}"
        assert [value for tag, value in read_ris(ris([paper]))[0] if tag == "AU"] == [
            "van Daumé, Hal, III",
            "Kimi Team",
        ]

    def test_no_author_is_lost_however_many_there_are(self) -> None:
        crowd = replace(KITES, authors=tuple(f"Author Number{one}" for one in range(3_435)))
        assert read_bibtex(bibtex([crowd]))[0][2]["author"].count(" and ") == 3_434
        assert sum(tag == "AU" for tag, _ in read_ris(ris([crowd]))[0]) == 3_435

    @given(st.text(max_size=40))
    def test_nothing_of_a_name_is_lost(self, text: str) -> None:
        name = parse_name(" ".join(text.split()))
        parts = f"{name.given} {name.family} {name.suffix}".split()
        assert sorted(parts) == sorted(text.split())


class TestKeys:
    @pytest.mark.parametrize(
        ("author", "paper_id", "expected"),
        [
            ("José Núñez", "2401.00001", "nunez-2401.00001"),
            ("Vincent van Gogh", "hep-th/9901001", "vangogh-hep-th-9901001"),
            ("Mary O'Neil-Smith", "2401.00001", "oneilsmith-2401.00001"),
            ("王小明", "2401.00001", "arxiv-2401.00001"),
            ("", "2401.00001", "arxiv-2401.00001"),
        ],
    )
    def test_a_key_is_the_family_name_and_the_id(
        self, author: str, paper_id: str, expected: str
    ) -> None:
        assert key(replace(KITES, id=paper_id, authors=(author,))) == expected

    @given(st.lists(st.sampled_from(["A B", "C-D", "e", ""]), min_size=2, max_size=2))
    def test_different_papers_have_different_keys(self, authors: list[str]) -> None:
        ids = ["2401.00001", "math/0611800", "hep-th/9901001", "th/9901001"]
        papers = [replace(KITES, id=one, authors=(name,)) for one in ids for name in authors]
        assert len({key(one) for one in papers} & {key(papers[0])}) == 1
        assert len({key(one).partition("-")[2] for one in papers}) == len(ids)


class TestFields:
    @pytest.mark.parametrize(
        ("journal", "published", "paper_id", "year"),
        [
            ("Phys.Rev.D76:013009,2007", 2006, "0704.0001", "2007"),
            ("J. Math. Kyoto Univ., 48 (2008), 857-893.", 2007, "0704.0001", "2008"),
            ("vol 2, 1990-1999 (2011)", None, "1104.0001", "2011"),
            ("Nature 2010, to appear", 2009, "0904.0001", "2009"),
            (None, 2024, "2312.00001", "2024"),
            (None, None, "2312.00001", "2023"),
            (None, None, "hep-th/9108001", "1991"),
            (None, None, "math/0611800", "2006"),
        ],
    )
    def test_the_year_is_the_journals_or_the_papers(
        self, journal: str | None, published: int | None, paper_id: str, year: str
    ) -> None:
        assert LANTERNS.published
        moment = LANTERNS.published.replace(year=published) if published else None
        paper = replace(LANTERNS, id=paper_id, journal_ref=journal, published=moment)
        assert read_bibtex(bibtex([paper]))[0][2]["year"] == year

    @pytest.mark.parametrize(
        ("given_doi", "written"),
        [
            ("10.1103/PhysRevD.76.013009", "10.1103/PhysRevD.76.013009"),
            ("10.1000/a_b(c)<d>;e", "10.1000/a_b(c)<d>;e"),
            ("10.1000/first 10.1000/second", "10.1000/first"),
            ("10.1000/}{", None),
            ("javascript:alert(1)", None),
            ("10.1000/\\evil", None),
            (None, None),
        ],
    )
    def test_a_doi_stays_as_it_is_or_away(self, given_doi: str | None, written: str | None) -> None:
        ((_, _, fields),) = read_bibtex(bibtex([replace(KITES, doi=given_doi)]))
        assert fields.get("doi") == written

    def test_what_is_unknown_is_left_out(self) -> None:
        bare = Paper("2401.00001", 1, "Bare", "")
        assert set(read_bibtex(bibtex([bare]))[0][2]) == {
            *("title", "year", "eprint", "archivePrefix", "url")
        }


class TestRis:
    def test_an_article(self) -> None:
        assert read_ris(ris([LANTERNS])) == [
            [
                ("TY", "JOUR"),
                ("TI", "Lanterns | A Study"),
                ("AU", "Lund, Ada"),
                ("AU", "Qi, Bo"),
                ("PY", "2026"),
                ("DA", "2026/04/20"),
                ("T2", "J. Light 1 (2026) 1-8"),
                ("AB", "We light lanterns. They shine."),
                ("KW", "cs.CV"),
                ("KW", "cs.LG"),
                ("KW", "I.2.7; H.3.3"),
                ("AN", "arXiv:2604.01234"),
                ("DO", "10.1000/lanterns"),
                ("UR", "https://arxiv.org/abs/2604.01234"),
                ("ER", ""),
            ]
        ]

    def test_a_preprint_is_unpublished(self) -> None:
        assert read_ris(ris([KITES]))[0][0] == ("TY", "UNPB")

    @given(breaking_out)
    def test_no_text_leaves_its_line(self, text: str) -> None:
        records = read_ris(ris([entry_of(text).paper, KITES]))
        assert len(records) == 2
        tags = [tag for tag, _ in records[0]]
        assert tags[0] == "TY"
        assert tags.count("ER") == tags.count("TY") == 1
        assert dict(records[0]).get("TI", "") == plain(text)
