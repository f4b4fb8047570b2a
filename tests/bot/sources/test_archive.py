"""Files of old archives: found by name, read row by row, and every broken row named."""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from bot.errors import SourceError, UsageError
from bot.sources.archive import (
    LINE_BYTES,
    WHOLE_FILE_BYTES,
    Content,
    Line,
    Reject,
    content_of,
    files_in,
    fingerprint,
    read_lines,
    read_objects,
    read_whole,
)
from bot.sources.records import Record

GOOD = b'{"id": "2604.00001", "title": "Kites"}'
NUMBERED = [json.dumps({"id": f"2604.{n:05}", "title": f"Kite {n}"}).encode() for n in range(1, 9)]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("000.md", Content.DIGEST),
        ("old.markdown", Content.DIGEST),
        ("cs.CV.xml.gz", Content.FEED),
        ("feed.ATOM", Content.FEED),
        ("papers.jsonl.gz", Content.LINES),
        ("papers.ndjson", Content.LINES),
        ("2604.00001.json", Content.OBJECTS),
        ("README", None),
        ("page.html", None),
        ("archive.gz", None),
        ("2604.00001", None),
    ],
)
def test_a_name_tells_what_a_file_holds(name: str, content: Content | None) -> None:
    assert content_of(Path(name)) is content


def test_folders_are_searched_through_and_no_file_is_listed_twice(tmp_path: Path) -> None:
    for name in ("b.md", "a.jsonl", "deep/c.xml", "deep/picture.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = files_in([tmp_path / "b.md", tmp_path])
    assert [str(path.relative_to(tmp_path)) for path in found] == ["b.md", "a.jsonl", "deep/c.xml"]


@pytest.mark.parametrize(
    ("name", "says"),
    [("gone.md", "does not exist"), ("page.html", "cannot tell"), (".", "nothing to import")],
)
def test_what_cannot_be_imported_is_refused_with_what_could(
    tmp_path: Path, name: str, says: str
) -> None:
    (tmp_path / "page.html").touch()
    with pytest.raises(UsageError, match=says):
        files_in([tmp_path / name])


def test_lines_are_numbered_and_say_how_far_the_file_was_read(tmp_path: Path) -> None:
    path = tmp_path / "papers.jsonl"
    path.write_bytes(b"\n".join([GOOD, b"", GOOD]))
    lines = list(read_lines(path))
    assert [line.number for line in lines] == [1, 2, 3]
    assert [isinstance(line.result, Record) for line in lines] == [True, False, True]
    assert lines[1].result is None
    assert lines[-1].bytes_read == path.stat().st_size


@pytest.mark.parametrize("after", range(len(NUMBERED) + 2))
@pytest.mark.parametrize("name", ["papers.jsonl", "papers.jsonl.gz"])
def test_reading_goes_on_after_any_line(tmp_path: Path, name: str, after: int) -> None:
    path = written(tmp_path / name, b"\n".join(NUMBERED))
    assert ids(read_lines(path, after)) == ids(read_lines(path))[after:]


BROKEN_LINES = [
    (b"{", "not JSON: "),
    (b"Paper: Kites", "not JSON: "),
    (b"[1, 2]", "not a JSON object"),
    (b'"Kites"', "not a JSON object"),
    (b"null", "not a JSON object"),
    (b'{"title": "Kites"}', "no identifier"),
    (b'{"id": 2604.00001, "title": "Kites"}', "no identifier"),
    (b'{"id": "kites", "title": "Kites"}', "is no arXiv id"),
    (b'{"id": "2604.00001"}', "2604.00001 has no title"),
    (b'{"id": "2604.00001", "title": " "}', "2604.00001 has no title"),
    (b'{"id": "2604.00001", "title": "Kites", "updated": "soon"}', "'soon' is no date"),
    (b'{"id": "2604.00001", "title": "\xe9"}', "not UTF-8"),
    (b"[" * 100_000, "nested too deeply"),
    (b'{"id": "2604.00001", "title": "Kites", "n": ' + b"1" * 5_000 + b"}", "thousands of dig"),
    (b'{"id": "2604.00001", "title": "' + b"K" * 5_000_000 + b'"}', "longer than 4 MB"),
]


@pytest.mark.parametrize(
    ("line", "reason"), BROKEN_LINES, ids=[reason for _, reason in BROKEN_LINES]
)
def test_a_broken_line_is_told_and_costs_no_other(tmp_path: Path, line: bytes, reason: str) -> None:
    path = written(tmp_path / "papers.jsonl", b"\n".join([GOOD, line, GOOD]))
    first, broken, last = read_lines(path)
    assert isinstance(first.result, Record)
    assert isinstance(broken.result, Reject)
    assert broken.result.line == 2
    assert reason in broken.result.reason
    assert isinstance(last.result, Record)
    assert last.number == 3


def test_a_long_line_counts_once_even_if_it_is_left_out(tmp_path: Path) -> None:
    lines = [b"x" * (3 * LINE_BYTES), b"x" * (LINE_BYTES + 1), b"x" * LINE_BYTES, GOOD]
    path = written(tmp_path / "papers.jsonl", b"\n".join(lines))
    assert [line.number for line in read_lines(path, after=1)] == [2, 3, 4]


def test_a_file_that_breaks_off_gives_all_lines_before_and_tells_where(tmp_path: Path) -> None:
    whole = gzip.compress(b"\n".join(NUMBERED * 1_000), compresslevel=0)
    path = tmp_path / "papers.jsonl.gz"
    path.write_bytes(whole[: len(whole) // 2])
    *good, last = read_lines(path)
    assert len(good) > 3_000
    assert all(isinstance(line.result, Record) for line in good)
    assert isinstance(last.result, Reject)
    assert last.number == last.result.line == len(good) + 1
    assert "breaks off" in last.result.reason


def test_a_file_that_cannot_be_opened_gives_its_reason(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read: No such file"):
        read_whole(tmp_path / "gone.json")
    with pytest.raises(SourceError, match="cannot be read: No such file"):
        fingerprint(tmp_path / "gone.jsonl")
    (line,) = read_lines(tmp_path / "gone.jsonl")
    assert isinstance(line.result, Reject)
    assert "cannot be read: No such file" in line.result.reason


def test_whole_files_are_decompressed_by_their_content_not_their_name(tmp_path: Path) -> None:
    path = tmp_path / "old.md"
    path.write_bytes(gzip.compress(b"# Summary"))
    assert read_whole(path) == b"# Summary"
    path.write_bytes(b"# Summary")
    assert read_whole(path) == b"# Summary"


def test_a_small_file_that_unpacks_to_a_huge_one_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "bomb.json.gz", b" " * (WHOLE_FILE_BYTES + 1))
    assert path.stat().st_size < 1_000_000
    with pytest.raises(SourceError, match="larger than 64 MB"):
        read_whole(path)


@pytest.mark.parametrize(
    "data",
    [gzip.compress(GOOD)[:-9], gzip.compress(GOOD)[:12] + b"\xff" * 30],
    ids=["cut", "damaged"],
)
def test_a_damaged_whole_file_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "paper.json.gz").write_bytes(data)
    with pytest.raises(SourceError, match="breaks off or is damaged"):
        read_whole(tmp_path / "paper.json.gz")


def test_a_fingerprint_is_the_same_for_the_same_file_only(tmp_path: Path) -> None:
    one = written(tmp_path / "one.jsonl", GOOD)
    assert fingerprint(one) == fingerprint(written(tmp_path / "two.jsonl", GOOD))
    assert fingerprint(one) != fingerprint(written(tmp_path / "longer.jsonl", GOOD + b"\n"))
    other = GOOD.replace(b"Kites", b"Bikes")
    assert fingerprint(one) != fingerprint(written(tmp_path / "other.jsonl", other))


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (GOOD, ["2604.00001"]),
        (b"\xef\xbb\xbf" + GOOD, ["2604.00001"]),
        (b"[" + b", ".join(NUMBERED[:3]) + b"]", ["2604.00001", "2604.00002", "2604.00003"]),
        (b"\n".join(NUMBERED[:2]), ["2604.00001", "2604.00002"]),
        (b"[" + GOOD + b", 7]", ["2604.00001", 2]),
        (GOOD + b"\n\n{", ["2604.00001", 3]),
        (b"[]", []),
        (b"", []),
    ],
)
def test_objects_come_alone_in_a_list_or_one_a_line(data: bytes, found: list[str | int]) -> None:
    results = list(read_objects(data))
    assert [one.line if isinstance(one, Reject) else one.paper.id for one in results] == found


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


def ids(lines: Iterable[Line]) -> list[str]:
    return [line.result.paper.id for line in lines if isinstance(line.result, Record)]
