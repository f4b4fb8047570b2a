import gzip
import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadPaperId
from bot.sources.ids import PaperId, find_ids, parse_id

MODERN = "2401.00001"
OLD = "math/0611800"

FORMS = [
    # plain
    ("2401.00001", MODERN, None),
    ("2401.00001v2", MODERN, 2),
    ("2401.00001V12", MODERN, 12),
    ("  2401.00001\n", MODERN, None),
    ("0704.0001", "0704.0001", None),
    ("1412.9999v3", "1412.9999", 3),
    ("1501.00001", "1501.00001", None),
    ("math/0611800", OLD, None),
    ("math/0611800v2", OLD, 2),
    ("math.CA/0611800v2", OLD, 2),
    ("MATH.ca/0611800", OLD, None),
    ("hep-th/9108001", "hep-th/9108001", None),
    ("Hep-Th/9901001v1", "hep-th/9901001", 1),
    ("cond-mat.stat-mech/0703001", "cond-mat/0703001", None),
    ("alg-geom/9202001", "alg-geom/9202001", None),
    # with the word arXiv
    ("arXiv:2401.00001", MODERN, None),
    ("arxiv:2401.00001v2", MODERN, 2),
    ("ARXIV: 2401.00001", MODERN, None),
    ("arXiv 2401.00001", MODERN, None),
    ("arXiv.2401.00001", MODERN, None),
    ("arXiv-2401.00001v1", MODERN, 1),
    ("arXiv:math.CA/0611800v2", OLD, 2),
    ("oai:arXiv.org:2401.00001v2", MODERN, 2),
    ("oai:arXiv.org:math/0611800", OLD, None),
    ("arXiv:2401.00001v2 [cs.CV] 5 Jan 2024", MODERN, 2),
    ("[2401.00001] Attention Is All You Need", MODERN, None),
    # arXiv's own pages
    ("https://arxiv.org/abs/2401.00001", MODERN, None),
    ("http://arxiv.org/abs/2401.00001v2", MODERN, 2),
    ("arxiv.org/abs/2401.00001", MODERN, None),
    ("www.arxiv.org/abs/math.CA/0611800v2", OLD, 2),
    ("https://arxiv.org/pdf/2401.00001", MODERN, None),
    ("https://arxiv.org/pdf/2401.00001v2.pdf", MODERN, 2),
    ("https://arxiv.org/pdf/math/0611800v2.pdf", OLD, 2),
    ("https://arxiv.org/pdf/2401.00001v2.pdf#page=3", MODERN, 2),
    ("https://arxiv.org/html/2401.00001v1", MODERN, 1),
    ("https://arxiv.org/html/2401.00001v1/x1.png", MODERN, 1),
    ("https://arxiv.org/e-print/2401.00001", MODERN, None),
    ("https://arxiv.org/2401.00001", MODERN, None),
    ("https://arxiv.org/abs/2401.00001/", MODERN, None),
    ("https://arxiv.org/abs/2401.00001?context=cs.CV", MODERN, None),
    ("https://arxiv.org/abs/2401.00001#comments", MODERN, None),
    ("https://export.arxiv.org/abs/2401.00001", MODERN, None),
    ("http://xxx.lanl.gov/abs/hep-th/9901001", "hep-th/9901001", None),
    ("HTTPS://ARXIV.ORG/ABS/2401.00001V2", MODERN, 2),
    # other sites
    ("https://ar5iv.org/abs/2401.00001", MODERN, None),
    ("https://ar5iv.labs.arxiv.org/html/math/0611800", OLD, None),
    ("https://www.alphaxiv.org/abs/2401.00001v2", MODERN, 2),
    ("https://www.alphaxiv.org/overview/2401.00001", MODERN, None),
    ("https://huggingface.co/papers/2401.00001", MODERN, None),
    ("hf.co/papers/2401.00001#community", MODERN, None),
    ("https://www.semanticscholar.org/arxiv/2401.00001", MODERN, None),
    ("https://api.semanticscholar.org/arXiv:2401.00001", MODERN, None),
    ("https://ui.adsabs.harvard.edu/abs/arXiv:math/0611800", OLD, None),
    ("https://scirate.com/arxiv/2401.00001", MODERN, None),
    ("https://www.google.com/url?q=https%3A%2F%2Farxiv.org%2Fabs%2F2401.00001&sa=D", MODERN, None),
    # DOIs
    ("10.48550/arXiv.2401.00001", MODERN, None),
    ("doi:10.48550/ARXIV.2401.00001", MODERN, None),
    ("https://doi.org/10.48550/arXiv.2401.00001", MODERN, None),
    ("https://dx.doi.org/10.48550/arxiv.math/0611800", OLD, None),
    ("https://doi.org/10.48550%2FarXiv.2401.00001", MODERN, None),
    # wrapped
    ("<https://arxiv.org/abs/2401.00001>", MODERN, None),
    ("(2401.00001)", MODERN, None),
    ("“2401.00001v2”,", MODERN, 2),
    ("2401.00001.", MODERN, None),
    ("https://arxiv.org/abs/2401.00001).", MODERN, None),
    ("2401.00001?", MODERN, None),
    ("_2401.00001_", MODERN, None),
    ("[2401.00001](https://arxiv.org/abs/2401.00001v3)", MODERN, 3),
    ("\\href{https://arxiv.org/abs/2401.00001}{2401.00001}", MODERN, None),
    ("2401.00001\u200b", MODERN, None),
    ("\ufeff2401.\u206000001", MODERN, None),
    # typed on a CJK keyboard
    ("２４０１．００００１ｖ２", MODERN, 2),
    ("arXiv：2401.00001", MODERN, None),
    ("（2401.00001）", MODERN, None),
    ("论文2401.00001。", MODERN, None),
    # names of files and commands
    ("2401.00001v2.pdf", MODERN, 2),
    ("2401_00001v2", MODERN, 2),
    ("/paper_2401_00001", MODERN, None),
    ("math_0611800v2", OLD, 2),
    ("math.CA_0611800", OLD, None),
    ("hep-th_9901001", "hep-th/9901001", None),
    ("/paper_hep_th_9901001", "hep-th/9901001", None),
]

NO_IDS = [
    "",
    " ",
    "v2",
    "attention is all you need",
    "abc/0611800",
    "test/0611800",
    "cs.CV",
    # months and years that were not
    "2413.00001",
    "2400.00001",
    "0700.0001",
    "0703.0001",
    "9107.00001",
    "math/0613001",
    "math/0704001",
    "math/9106001",
    # too few digits or too many, for the year
    "2401.0001",
    "2401.000001",
    "1412.00001",
    "1501.0001",
    "12401.00001",
    "math/061180",
    "math/06118001",
    # versions
    "2401.00001v0",
    "2401.00001v",
    "2401.00001v1000",
    "2401.00001w2",
    # parts of something longer
    "2401.00001.5",
    "1.2401.00001",
    "2401.00001-2401.00009",
    "2401.00001/2",
    "x2401.00001",
    "2401.00001%",
    "-1204.1234",
    "x=1204.1234",
    "#1204.1234",
    "someone@1204.1234",
    # prices, phone numbers, dates
    "$1204.1234",
    "€ 1204.1234",
    "1204.1234 €",
    "1204.1234元",
    "￥1204.1234",
    "$1,204.1234",
    "+49.1204.1234",
    "555-1204.1234",
    "0711.1234567",
    "2024.12345",
    "2024.12.01",
    "12.04.2024",
    "192.168.1204.1234",
    # other publishers, other addresses
    "10.1103/PhysRevD.76.013009",
    "10.1234/2401.00001",
    "https://doi.org/10.1234/arXiv.2401.00001",
    "https://example.com/2401.00001",
    "https://example.com/prices/1204.1234",
    "https://notarxiv.org/2401.00001",
    "https://arxiv.org/abs/2413.00001",
    "https://arxiv.org/list/cs.CV/2401",
    "https://arxiv.org/abs/",
    # other scripts' digits are not the id's
    "٢٤٠١.٠٠٠٠١",
    "2401.0000²",
]  # fmt: skip

archives = st.sampled_from(["math", "hep-th", "cs", "q-bio", "cond-mat", "alg-geom", "acc-phys"])
versions = st.none() | st.integers(1, 999)
modern = st.builds(
    lambda year, month, number: (
        f"{year:02}{month:02}.{number:0{5 if year >= 15 else 4}}"
        if year > 7 or month >= 4
        else f"{year + 1:02}{month:02}.{number:04}"
    ),
    st.integers(7, 90), st.integers(1, 12), st.integers(1, 9999),
)  # fmt: skip
old = st.builds(
    lambda archive, year, month, number: f"{archive}/{year % 100:02}{month:02}{number:03}",
    archives, st.integers(1992, 2006), st.integers(1, 12), st.integers(1, 999),
)  # fmt: skip
papers = st.builds(PaperId, modern | old, versions)


def refusal(text: str) -> str:
    try:
        parse_id(text)
    except BadPaperId as error:
        return str(error)
    return ""


@pytest.mark.parametrize(("text", "paper", "version"), FORMS)
def test_every_form_that_people_paste_is_understood(
    text: str, paper: str, version: int | None
) -> None:
    assert parse_id(text) == PaperId(paper, version)


@pytest.mark.parametrize("text", NO_IDS)
def test_what_only_looks_like_an_id_is_refused(text: str) -> None:
    assert find_ids(text) == ()
    with pytest.raises(BadPaperId):
        parse_id(text)


def test_the_refusal_says_what_an_id_looks_like() -> None:
    assert refusal("2413.00001") == (
        '"2413.00001" is no arXiv id; one looks like 2401.00001, 2401.00001v2 or math/0611800, '
        "and links to arXiv work too"
    )


def test_several_papers_at_once_are_refused() -> None:
    with pytest.raises(BadPaperId, match=r"one at a time, such as 2401\.00001v2"):
        parse_id("2401.00001v2, 2401.00002")


def test_a_longer_text_gives_all_its_papers_in_order_and_once() -> None:
    text = """Our baseline [1706.03762] (see also arXiv:1810.04805v2 [cs.CL]) and hep-th/9901001;
    prices were $1204.1234, call 0711.1234567, doi:10.1103/PhysRevD.76.013009 on 2024.12.01.
    读一下https://arxiv.org/abs/2401.00001v2，还有2402.00002。 Again https://arxiv.org/abs/1706.03762.
    """
    assert [str(paper) for paper in find_ids(text)] == [
        "1706.03762", "1810.04805v2", "hep-th/9901001", "2401.00001v2", "2402.00002",
    ]  # fmt: skip


def test_a_file_name_has_no_slash() -> None:
    assert PaperId("math/0611800", 2).file_name == "math_0611800v2"
    assert PaperId("2401.00001").file_name == "2401.00001"


@given(papers)
def test_an_id_survives_being_written_and_read(paper: PaperId) -> None:
    assert parse_id(str(paper)) == paper
    assert parse_id(paper.file_name) == paper
    assert parse_id(f"https://arxiv.org/pdf/{paper}.pdf") == paper


@given(st.lists(papers, max_size=5), st.sampled_from([" ", ", ", "\n", "；", " and "]))
def test_ids_are_found_whatever_separates_them(papers: list[PaperId], between: str) -> None:
    assert find_ids(between.join(map(str, papers))) == tuple(dict.fromkeys(papers))


@given(st.text() | st.text(alphabet="0123456789./vV_-arxivpdfmth:%2F?#$[](){} ", max_size=60))
def test_any_text_is_read_or_refused_in_one_short_clean_line(text: str) -> None:
    problem = refusal(text)
    assert problem.isprintable()
    assert len(problem) < 200
    for paper in find_ids(text):
        assert parse_id(str(paper)) == paper


@pytest.mark.parametrize(
    "piece",
    ["a", "a-", "2401.", "2401.00001", "v1", "/", "math/", "arXiv.", "2401_", "%2F", "$ ", ".pdf"],
)
def test_reading_takes_linear_time(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    start = time.process_time()
    find_ids(text)
    with pytest.raises(BadPaperId):
        parse_id(text)
    assert time.process_time() - start < 1


@pytest.mark.shared
def test_every_real_id_is_understood(shared_data: Path) -> None:
    with gzip.open(shared_data / "metadata_20k.jsonl.gz", "rt", encoding="utf-8") as lines:
        ids = [json.loads(line)["id"] for line in lines]
    assert len(ids) == 20_000
    assert [parse_id(one).id for one in ids] == ids
