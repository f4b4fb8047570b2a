"""Placeholders for SQL statements that take a list of values."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

VALUES_AT_ONCE = 500  # in one IN (...); SQLite allows 32,766 parameters, PostgreSQL 65,535

Value = TypeVar("Value")


def marks(values: Sequence[object]) -> str:
    """As many placeholders as there are values."""
    return ", ".join("?" * len(values))


def in_portions(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """Split values so that each portion fits one IN (...)."""
    for start in range(0, len(values), VALUES_AT_ONCE):
        yield values[start : start + VALUES_AT_ONCE]
