"""How long the console script takes to start and to make a digest, and the memory that it needs."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from storage.models import Kind
from tests.fakes.arxiv import paper
from tests.fakes.arxiv_xml import atom_feed

RUNS = 7


def run() -> list[tuple[str, str]]:
    with tempfile.TemporaryDirectory() as folder:
        feed = Path(folder) / "feed.xml"
        rows = [(paper(f"2604.{number:05}"), Kind.NEW) for number in range(1, 501)]
        feed.write_bytes(atom_feed("cs.CV", date(2026, 4, 21), rows))
        digest = ("digest", "cs.CV", "--feed-file", str(feed), "--format", "json")
        return [
            ("paperboy --help", _figure(folder, "--help")),
            ("paperboy digest of a feed of 500 rows", _figure(folder, *digest)),
        ]


def _figure(folder: str, *arguments: str) -> str:
    seconds, peaks = [], []
    for _ in range(RUNS):
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            stdout=subprocess.DEVNULL,
        )
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
        seconds.append(time.perf_counter() - started)
        peaks.append(usage.ru_maxrss / 1024)
    return f"{statistics.median(seconds):.2f} s, {max(peaks):.0f} MB"
