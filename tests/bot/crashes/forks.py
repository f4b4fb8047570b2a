"""Processes that can be killed by the hundred: forked off one that has imported everything.

Starting Python with the libraries of both platforms takes a second, forking takes milliseconds.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Literal

import certifi

Work = Literal["publish", "run"]

LAST_LINE = "-----END CERTIFICATE-----"
PROJECT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Job:
    """What a process is to do.

    `steps` is the file in which it notes what it has reached, `dies_at` where it ends itself.
    `began` and `ahead` are those of its clock.
    """

    config: str
    work: Work
    steps: str
    began: float
    ahead: float = 0.0
    dies_at: str = ""


class Life:
    """One process from its beginning to its end."""

    def __init__(self, process: int, answers: IO[str]) -> None:
        self.process = process
        self._answers = answers
        self._ended = False

    def kill(self) -> None:
        """End it at once, as the kernel does where memory runs out."""
        os.kill(self.process, signal.SIGKILL)

    def ends(self) -> int:
        """Wait for its end; the exit code, or minus the signal that it died of."""
        self._ended = True
        return int(self._answers.readline())


class Forks:
    """Begins one life after the other."""

    def __init__(self, source: "subprocess.Popen[str]") -> None:
        self._source = source

    def begin(self, job: Job) -> Life:
        """Let a process begin with a job; the one before has to have ended."""
        assert self._source.stdin
        assert self._source.stdout
        self._source.stdin.write(json.dumps(asdict(job)) + "\n")
        self._source.stdin.flush()
        return Life(int(self._source.stdout.readline()), self._source.stdout)


@contextmanager
def forking(folder: Path) -> Iterator[Forks]:
    """The source of processes, which keeps a file in a folder."""
    source = subprocess.Popen(
        [sys.executable, "-m", "tests.bot.crashes.mortal"],
        cwd=PROJECT,
        env=os.environ | {"SSL_CERT_FILE": str(_one_authority(folder))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Forks(source)
    finally:
        source.communicate(timeout=30)


def _one_authority(folder: Path) -> Path:
    """A file with one certificate: reading all of them takes each process half of its life."""
    every = Path(certifi.where()).read_text()
    file = folder / "authority.pem"
    file.write_text(every[: every.index(LAST_LINE)] + LAST_LINE + "\n")
    return file
