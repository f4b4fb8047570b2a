"""Carries deliveries into files: each folder below the data folder is a chat of its own."""

import asyncio
import os
from pathlib import Path

from bot.delivery.outcome import Later, Outcome, Refused, Sent
from storage.deliveries import Delivery

LONGEST_NAME = 240  # bytes; file systems allow 255, and the partial file's name is longer


class FileCarrier:
    """Writes files below `data_dir`; whoever reads one never sees half of it."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir

    async def carry(self, delivery: Delivery, _about: str | None) -> Outcome:
        """Write `content` into the file `name`, whole or not at all; doing it again does no harm.

        What the system refuses, such as for a full disk, is tried again later.
        """
        name, content = delivery.body.get("name"), delivery.body.get("content")
        if delivery.method != "file" or not isinstance(name, str) or not isinstance(content, str):
            return Refused(f"a file has a name and a content, but {delivery.method} came")
        folder = (self._data_dir / delivery.chat.id).resolve()
        if not is_plain_name(name):
            return Refused(f"{name!r} is not the name of a file")
        if not folder.is_relative_to(self._data_dir.resolve()):
            return Refused(f"{delivery.chat.id} is not below {self._data_dir}")
        try:
            await asyncio.to_thread(_write, folder, name, content, delivery.number)
        except OSError as error:
            return Later(f"cannot write {folder / name}: {error.strerror}")
        return Sent(name)


def is_plain_name(name: str) -> bool:
    """Whether a name stays in its folder: no path, nothing hidden, nothing unprintable."""
    plain = name.isprintable() and not set(name) & set("/\\") and not name.startswith(".")
    return bool(name) and plain and len(name.encode(errors="replace")) <= LONGEST_NAME


def _write(folder: Path, name: str, content: str, number: int) -> None:
    """Write beside the file and put it in its place when it is on the disk."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".{number}.partial"
    try:
        with partial.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(folder / name)
    finally:
        partial.unlink(missing_ok=True)
