"""Shows how far something slow has come, on a terminal only."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Step(Protocol):
    """Told what is being done now, how much of it is done, and of how much (0: nobody knows)."""

    def __call__(self, name: str, done: int = 0, total: int = 0) -> None:
        """Show it."""
        ...


@contextmanager
def progress(title: str) -> Iterator[Step]:
    """Show a bar on stderr for as long as the block runs; elsewhere than on a terminal nothing."""
    if not sys.stderr.isatty():
        yield unseen
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    # Names of files and categories are text, never Rich's markup.
    text = TextColumn("{task.description}", markup=False)
    columns = (SpinnerColumn(), text, BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)

        def step(name: str, done: int = 0, total: int = 0) -> None:
            bar.update(task, description=f"{title}: {name}", completed=done, total=total or None)

        yield step


def unseen(name: str, done: int = 0, total: int = 0) -> None:
    """Show nothing."""
