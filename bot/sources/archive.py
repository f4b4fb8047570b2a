"""Files of old archives in: which files there are, what each one is, and its rows one by one.

Nothing is stored here; reading goes line by line where a file is large, so that memory stays flat.
"""

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, cast

from bot.errors import BadPaperId, BadRow, SourceError, UsageError
from bot.sources.records import Record, to_record

WHOLE_FILE_BYTES = 64_000_000  # of a file that is read at once; the largest real feed is 4 MB
LINE_BYTES = 4_000_000  # of one line; the longest real one (3,435 authors) is 80 kB
_FINGERPRINT_BYTES = 1_000_000
_GZIP_MAGIC = b"\x1f\x8b"


class Content(StrEnum):
    """What a file of an archive holds."""

    DIGEST = "digest"
    FEED = "feed"
    LINES = "lines"
    OBJECTS = "objects"


_CONTENT_OF_SUFFIX = {
    ".md": Content.DIGEST,
    ".markdown": Content.DIGEST,
    ".xml": Content.FEED,
    ".rss": Content.FEED,
    ".atom": Content.FEED,
    ".rdf": Content.FEED,
    ".jsonl": Content.LINES,
    ".ndjson": Content.LINES,
    ".json": Content.OBJECTS,
}


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that could not be used: its line (counted from 1) and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Line:
    """What came of one line: a record, a reject, or None for an empty line.

    `bytes_read` is how far the file on disk has been read, compressed bytes where it is compressed.
    """

    number: int
    result: Record | Reject | None
    bytes_read: int


def files_in(paths: Sequence[Path]) -> tuple[Path, ...]:
    """List the files that can be imported, folders searched through, in a stable order.

    Raises UsageError where a path does not exist or nothing can be imported.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = sorted(one for one in path.rglob("*") if one.is_file())
            found.update((one, None) for one in inside if content_of(one) is not None)
        elif not path.exists():
            raise UsageError(f"{path} does not exist")
        elif content_of(path) is None:
            raise UsageError(f"{path}: cannot tell what this is; {_WHAT_WORKS}")
        else:
            found[path] = None
    if not found:
        raise UsageError(f"nothing to import there; {_WHAT_WORKS}")
    return tuple(found)


_WHAT_WORKS = "files may end in .md, .xml, .rss, .atom, .json or .jsonl, each also with .gz"


def content_of(path: Path) -> Content | None:
    """Tell by its name what a file holds; None where it is nothing we read."""
    name = path.name.lower().removesuffix(".gz")
    return _CONTENT_OF_SUFFIX.get(Path(name).suffix)


def fingerprint(path: Path) -> str:
    """Tell whether a file is still the one that was half read: its size and its beginning.

    Raises SourceError where it cannot be read.
    """
    try:
        with path.open("rb") as file:
            beginning = hashlib.sha256(file.read(_FINGERPRINT_BYTES)).hexdigest()
        return f"{path.stat().st_size}-{beginning}"
    except OSError as error:
        raise _unreadable(error) from error


def read_whole(path: Path) -> bytes:
    """Read a file, decompressed if its content says so.

    Raises SourceError, which leaves it to the caller to name the file, where it cannot be read or
    is too large to be what it should be.
    """
    try:
        with _opened(path) as (_, file):
            data = file.read(WHOLE_FILE_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise _unreadable(error) from error
    if len(data) > WHOLE_FILE_BYTES:
        raise SourceError(f"larger than {WHOLE_FILE_BYTES // 1_000_000} MB; split it")
    return data


def read_lines(path: Path, after: int = 0) -> Iterator[Line]:
    """Read JSON lines one by one, leaving out the first `after` lines.

    Where the file breaks off (a cut gzip stream), the last line is a reject that says so: what
    stands before it is good.
    """
    number = bytes_read = 0
    try:
        with _opened(path) as (disk, file):
            while line := file.readline(LINE_BYTES + 1):
                number, bytes_read = number + 1, disk.tell()
                if number > after:
                    yield Line(number, _read_line(number, line), bytes_read)
                while len(line) > LINE_BYTES and not line.endswith(b"\n"):
                    line = file.readline(LINE_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        broken = Reject(number + 1, str(_unreadable(error)))
        yield Line(number + 1, broken, bytes_read)


def read_objects(data: bytes) -> Iterator[Record | Reject]:
    """Read one JSON object, or a list of them; places in a list count as lines."""
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        for number, line in enumerate(data.splitlines(), start=1):
            if (result := _read_line(number, line)) is not None:
                yield result
        return
    rows = content if isinstance(content, list) else [content]
    for number, row in enumerate(rows, start=1):
        yield _read_row(number, row)


def _read_line(number: int, line: bytes) -> Record | Reject | None:
    if len(line) > LINE_BYTES:
        return Reject(number, f"longer than {LINE_BYTES // 1_000_000} MB")
    if not line.strip():
        return None
    try:
        row = json.loads(line)
    except UnicodeDecodeError:
        return Reject(number, "not UTF-8")
    except json.JSONDecodeError as error:
        return Reject(number, f"not JSON: {error.msg}")
    except (ValueError, RecursionError):
        return Reject(number, "JSON with a number of thousands of digits, or nested too deeply")
    return _read_row(number, row)


def _read_row(number: int, row: object) -> Record | Reject:
    try:
        return to_record(row)
    except (BadRow, BadPaperId) as error:
        return Reject(number, str(error))


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Open a file; yields it as it lies on the disk, and decompressed if it is compressed."""
    with path.open("rb") as disk:
        magic = disk.read(len(_GZIP_MAGIC))
        disk.seek(0)
        if magic == _GZIP_MAGIC:
            with gzip.GzipFile(fileobj=disk) as file:
                yield disk, cast(BinaryIO, file)
        else:
            yield disk, disk


def _unreadable(error: Exception) -> SourceError:
    if isinstance(error, OSError) and error.strerror:
        return SourceError(f"cannot be read: {error.strerror}")
    return SourceError("the file breaks off or is damaged (gzip); get it again")
