"""Only one process delivers: a lock file in the data folder that the system frees on any death."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from storage.errors import StorageError


class AlreadyRunning(StorageError):
    """Another process holds the lock of this data folder."""


class DeliveryLock:
    """Held for as long as the `with` block runs; the kernel lets go of it when the process dies.

    Raises AlreadyRunning, naming the other process, where it is taken, and StorageError where
    the lock file cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        """Take the lock or say who has it."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StorageError(f"cannot write {self._path}: {error.strerror}") from error
        if not _take(descriptor, self._path):
            os.close(descriptor)
            who = holder(self._path)
            raise AlreadyRunning(
                f"a bot is already delivering from {self._path.parent}"
                f"{f' (process {who})' if who else ''}; stop it first, or use another data_dir"
            )
        self._descriptor = descriptor
        with suppress(OSError):  # on a full disk the lock holds just as well without the name
            os.ftruncate(descriptor, 0)
            os.write(descriptor, str(os.getpid()).encode())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let go; the file stays, since removing it would race with the next owner."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None


def _take(descriptor: int, path: Path) -> bool:
    """Try again where nobody holds it after all: another process's `holder` was only looking."""
    return _locked(descriptor) or (holder(path) is None and _locked(descriptor))


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def holder(path: Path) -> int | None:
    """Tell the process id that holds the lock (0 where unknown), or None where nobody does."""
    with suppress(OSError), path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _process_id(file.read(20))
    return None


def _process_id(content: bytes) -> int:
    return int(content) if content.isdigit() else 0
