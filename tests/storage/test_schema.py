"""The schema: what a new database holds, and SQL that PostgreSQL will understand as well."""

import ast
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from storage.database import Database
from storage.schema import MIGRATIONS
from storage.search import INDEX_STATEMENTS, searchable
from tests.storage.examples import PROJECT

FUNCTIONS = {"searchable": searchable}
BOUND_TO_SQLITE = {"connections.py", "database.py", "migrations.py", "search.py"}
# AUTOINCREMENT, which PostgreSQL calls GENERATED ALWAYS AS IDENTITY, is left to the migrations.
SPOKEN_BY_SQLITE_ALONE = re.compile(
    r"\b(WITHOUT ROWID|STRICT|rowid|INSERT OR|OR REPLACE|OR IGNORE|REPLACE INTO"
    r"|IFNULL|GLOB|PRAGMA|strftime|julianday|unixepoch|last_insert_rowid|group_concat|datetime\()",
    re.IGNORECASE,
)
CHECKS_THE_FILE = "PRAGMA quick_check(1)"  # in store.py; each database has its own way


async def schema_after(path: Path, migrations: int) -> dict[str, str]:
    database = await Database.open(path, MIGRATIONS[:migrations], FUNCTIONS)
    await database.close()
    with closing(sqlite3.connect(path)) as connection:
        return dict(connection.execute("SELECT name, sql FROM sqlite_master").fetchall())


async def test_migrating_step_by_step_ends_where_a_new_database_begins(tmp_path: Path) -> None:
    for steps in range(1, len(MIGRATIONS) + 1):
        grown = await schema_after(tmp_path / "grown.db", steps)
    assert grown == await schema_after(tmp_path / "new.db", len(MIGRATIONS))


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        ("DELETE FROM digests WHERE made < ? AND outcome <> 'posted'", "digests_without_papers"),
        (
            "SELECT 1 FROM outbox WHERE state = 'sent' AND body <> '{}' AND changed < ? LIMIT 9",
            "outbox_with_bodies",
        ),
    ],
)
async def test_what_is_forgotten_every_minute_is_found_by_an_index(
    tmp_path: Path, statement: str, index: str
) -> None:
    await schema_after(tmp_path / "new.db", len(MIGRATIONS))
    with closing(sqlite3.connect(tmp_path / "new.db")) as connection:
        steps = connection.execute(f"EXPLAIN QUERY PLAN {statement}", ("2026-04-21",)).fetchall()
    assert re.search(rf"^SEARCH .* INDEX {index} ", steps[0][-1])


def test_every_step_says_what_it_is_for() -> None:
    purposes = [migration.purpose for migration in MIGRATIONS]
    assert all(purposes)
    assert len(set(purposes)) == len(purposes)


def test_types_are_those_that_both_databases_have() -> None:
    statements = {one for migration in MIGRATIONS for one in migration.statements}
    for statement in statements - set(INDEX_STATEMENTS):
        assert not SPOKEN_BY_SQLITE_ALONE.search(statement), statement
        columns = re.findall(r"^ {8}(?!PRIMARY|UNIQUE)\w+ ([A-Z]+)", statement, re.MULTILINE)
        assert set(columns) <= {"INTEGER", "TEXT"}, statement


@pytest.mark.parametrize(
    "path", sorted((PROJECT / "storage").glob("*.py")), ids=lambda path: path.name
)
def test_what_only_sqlite_understands_stands_in_few_files(path: Path) -> None:
    if path.name in BOUND_TO_SQLITE:
        return
    for text in strings(path):
        assert not SPOKEN_BY_SQLITE_ALONE.search(text), f"{path.name}: {text}"


def strings(path: Path) -> list[str]:
    """The texts of a module that are statements or parts of one, so without its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
        and node.value not in (CHECKS_THE_FILE, *INDEX_STATEMENTS)
    ]
