"""Own-made papers and summaries for the storage's tests, and a way to run other processes."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from storage.imports import Progress
from storage.models import Origin, Paper, Summary
from storage.store import Store

PROJECT = Path(__file__).resolve().parents[2]
PORTIONED, PORTIONS, PORTION = "a long file", 15, 20


def plain(text: str) -> str:
    """Stands in for `formatters.text.plain`: the formula `$x$` becomes `x`."""
    return text.replace("$", "")


def paper(
    number: int = 1,
    version: int = 1,
    title: str = "Lanterns at Night",
    abstract: str = "We light lanterns. They shine.",
    authors: tuple[str, ...] = ("Ada Lund", "Bo Qi"),
    categories: tuple[str, ...] = ("cs.CV", "cs.LG"),
    abstract_complete: bool = True,
) -> Paper:
    return Paper(
        id=f"2604.{number:05}",
        version=version,
        title=title,
        abstract=abstract,
        authors=authors,
        categories=categories,
        abstract_complete=abstract_complete,
    )


def summary(
    number: int = 1,
    version: int = 1,
    language: str = "zh",
    title: str | None = "夜里的灯笼",
    tldr: str | None = "我们点亮灯笼。",
    abstract: str | None = None,
    origin: Origin = Origin.IMPORTED,
) -> Summary:
    model = "some-model" if origin is Origin.MODEL else None
    return Summary(f"2604.{number:05}", version, language, title, tldr, abstract, origin, model)


async def import_in_portions(folder: Path, begin: Callable[[int], None]) -> None:
    """Import the portions of PORTIONED that are not there yet, telling `begin` before each."""
    store = await Store.open(folder, plain)
    try:
        progress = await store.import_progress(PORTIONED)
        for portion in range(progress.lines if progress else 0, PORTIONS):
            begin(portion)
            numbers = range(portion * PORTION, (portion + 1) * PORTION)
            reached = Progress("a1b2", portion + 1, finished=portion + 1 == PORTIONS)
            await store.import_step(PORTIONED, reached, map(paper, numbers), map(summary, numbers))
    finally:
        await store.close()


def python(code: str, *arguments: str | Path) -> "subprocess.Popen[str]":
    """Start another process that runs `code`; talk to it through its standard streams."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def says(process: "subprocess.Popen[str]") -> str:
    """The next line that the process prints."""
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")


def goes_on(process: "subprocess.Popen[str]") -> None:
    """Send the line that the process waits for."""
    assert process.stdin is not None
    process.stdin.write("go on\n")
    process.stdin.flush()


def ends(process: "subprocess.Popen[str]") -> int:
    """Let the process go on to its end; its exit code, and its errors where it failed."""
    _, errors = process.communicate("go on\n", timeout=30)
    assert process.returncode <= 0, errors
    return process.returncode
