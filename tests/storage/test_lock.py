"""The delivery lock: one process has it, others learn who, and death gives it back."""

import fcntl
import os
import signal
from contextlib import closing
from pathlib import Path

import pytest

from storage.errors import StorageError
from storage.lock import AlreadyRunning, DeliveryLock, holder
from tests.storage.examples import ends, python, says

HOLD = """
import sys
from pathlib import Path
from storage.lock import DeliveryLock

with DeliveryLock(Path(sys.argv[1])):
    print("holding", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "paperboy.lock"


def test_a_second_process_is_refused_and_told_who_has_it(path: Path) -> None:
    first = python(HOLD, path)
    assert says(first) == "holding"
    assert holder(path) == first.pid
    refused = rf"already delivering from .*data \(process {first.pid}\); stop it first"
    with pytest.raises(AlreadyRunning, match=refused), DeliveryLock(path):
        pass
    assert ends(first) == 0
    assert holder(path) is None
    with DeliveryLock(path):
        assert holder(path) == os.getpid()


def test_a_killed_process_gives_it_back(path: Path) -> None:
    first = python(HOLD, path)
    assert says(first) == "holding"
    first.kill()
    assert ends(first) == -signal.SIGKILL
    assert holder(path) is None
    with DeliveryLock(path):
        assert holder(path) == os.getpid()


def test_the_same_process_cannot_have_it_twice(path: Path) -> None:
    with DeliveryLock(path):
        with pytest.raises(AlreadyRunning), DeliveryLock(path):
            pass
        assert holder(path) == os.getpid()


def test_it_is_given_back_whatever_happens(path: Path) -> None:
    with pytest.raises(LookupError), DeliveryLock(path):
        raise LookupError
    assert holder(path) is None


def test_nobody_holds_a_lock_that_was_never_taken(path: Path) -> None:
    assert holder(path) is None
    assert not path.exists()


@pytest.mark.parametrize("content", [b"", b"not a number", "٣".encode()])
def test_a_holder_without_a_name_is_still_a_holder(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    with closing(path.open("rb")) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert holder(path) == 0
        with pytest.raises(AlreadyRunning, match="data; stop it first"), DeliveryLock(path):
            pass


def test_a_folder_that_cannot_be_made_is_said(path: Path) -> None:
    path.parent.write_text("not a folder")
    with pytest.raises(StorageError, match=r"cannot write .*paperboy\.lock"), DeliveryLock(path):
        pass
