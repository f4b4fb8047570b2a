"""The house: eight floors, every import points down, and a few rules about what stands where."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in ("bot", "formatters", "storage")
    for path in (ROOT / folder).rglob("*.py")
)
MODULES = {path: ast.parse((ROOT / path).read_text(encoding="utf-8")) for path in FILES}

FLOORS = {
    "storage": 1,
    "bot/errors.py": 1,
    "bot/clock.py": 1,
    "bot/retry_after.py": 1,
    "bot/logs.py": 1,
    "bot/progress.py": 1,
    "bot/config_problems.py": 1,
    "bot/config_values.py": 1,
    "formatters": 2,
    "bot/config.py": 2,
    "bot/sample": 2,
    "bot/sources": 2,
    "bot/enrich": 3,
    "bot/digest": 4,
    "bot/commands": 5,
    "bot/delivery": 5,
    "bot/platforms": 6,
    "bot/app.py": 7,
    "bot/serve.py": 9,
    "bot/carriers.py": 7,
    "bot/outbox.py": 7,
    "bot/publication.py": 7,
    "bot/publish.py": 8,
    "bot/supervise.py": 2,
    "bot/health.py": 7,
    "bot/doctor.py": 8,
    "bot/cli_screen.py": 7,
    "bot/cli_reading.py": 10,
    "bot/cli_operating.py": 10,
    "bot/cli.py": 11,
    "bot/__main__.py": 12,
}
"""A folder counts with all its files; whoever adds a folder gives it a floor here."""

LIBRARIES = {
    "arxiv": "bot/sources/api",
    "aiosqlite": "storage/",
    "sqlite3": "storage/",
    "apscheduler": "bot/delivery/schedule",
    "telegram": "bot/platforms/telegram",
    "discord": "bot/platforms/discord",
    "openai": "bot/enrich/llm_request",
}
"""Which files may import a library, by the beginning of their path."""

PRINTERS = {"bot/cli.py", "bot/cli_operating.py", "bot/cli_reading.py", "bot/cli_screen.py"}
CLOCKS = {"bot/clock.py"}
INPUT_OUTPUT = {
    "aiohttp", "asyncio", "builtins", "glob", "http", "io", "logging", "os", "pathlib", "random",
    "requests", "shutil", "socket", "subprocess", "sys", "tempfile", "threading", "time", "urllib3",
}  # fmt: skip
READS_ITS_CATALOGUES = "formatters/words.py"  # package data, loaded once like code


def test_every_file_has_a_floor() -> None:
    homeless = [path for path in FILES if floor(path) is None and path != "bot/__init__.py"]
    assert not homeless, f"give these a floor in FLOORS: {homeless}"


@pytest.mark.parametrize("path", FILES)
def test_imports_point_down(path: str) -> None:
    here = floor(path) or 1
    for name in imported(path):
        target = file_of(name)
        if target is None or place(target) == place(path):
            continue
        there = floor(target) or 1
        allowed = there < here or (path.startswith("bot/") and there == here == 1)
        assert allowed, f"{path} (floor {here}) imports {target} (floor {there}): move one of them"


@pytest.mark.parametrize("path", [path for path in FILES if path.startswith("storage/")])
def test_storage_imports_nothing_of_ours(path: str) -> None:
    ours = [name for name in imported(path) if name.split(".")[0] in ("bot", "formatters")]
    assert not ours


@pytest.mark.parametrize("path", [path for path in FILES if path.startswith("formatters/")])
def test_formatters_know_themselves_and_the_models_and_do_no_input_or_output(path: str) -> None:
    for name in imported(path):
        top = name.split(".")[0]
        assert top != "bot", f"{path} imports {name}"
        assert top != "storage" or name.startswith("storage.models"), f"{path} imports {name}"
        assert top not in INPUT_OUTPUT, f"{path} imports {name}: formatters are pure"
        resources = name.startswith("importlib")
        assert not resources or path == READS_ITS_CATALOGUES, f"{path} imports {name}"
    assert "open" not in set(called(path)), f"{path} opens a file: formatters are pure"


@pytest.mark.parametrize("path", FILES)
def test_a_library_is_known_in_one_place(path: str) -> None:
    for name in imported(path):
        only = LIBRARIES.get(name.split(".")[0])
        assert only is None or path.startswith(only), f"only {only} may import {name}, not {path}"


@pytest.mark.parametrize("path", FILES)
def test_only_the_console_script_prints(path: str) -> None:
    printing = {"print", "click.echo", "click.secho", "sys.stdout.write", "sys.stderr.write"}
    assert path in PRINTERS or not printing & set(called(path)), f"{path} prints"


@pytest.mark.parametrize("path", FILES)
def test_the_time_comes_from_the_clock_that_is_passed_in(path: str) -> None:
    telling = {
        "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time",
        "time.monotonic", "time.sleep", "asyncio.sleep",
    }  # fmt: skip
    found = telling & set(called(path))
    assert path in CLOCKS or not found, f"{path} calls {found}: take a bot.clock.Clock"


@pytest.mark.parametrize("path", FILES)
def test_every_module_says_what_it_is_for(path: str) -> None:
    assert ast.get_docstring(MODULES[path]), f"{path} has no docstring"


@pytest.mark.parametrize("path", FILES)
def test_files_and_functions_can_be_seen_at_once(path: str) -> None:
    lines = (ROOT / path).read_text(encoding="utf-8").count("\n")
    assert lines <= 400, f"{path} has {lines} lines: what is its job?"
    for node in ast.walk(MODULES[path]):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= 60, f"{path}: {node.name} has {length} lines"


def place(path: str) -> str:
    """The folder that counts as one on its floor, or the file where it stands alone."""
    return next((known for known in FLOORS if path == known or path.startswith(f"{known}/")), path)


def floor(path: str) -> int | None:
    return FLOORS.get(place(path))


def file_of(module: str) -> str | None:
    """The file of one of our modules; None for others'."""
    for candidate in (module, module.rpartition(".")[0]):
        path = candidate.replace(".", "/")
        for file in (f"{path}.py", f"{path}/__init__.py"):
            if file in MODULES and file != "bot/__init__.py":
                return file
    return None


def imported(path: str) -> Iterator[str]:
    """Every name that a file imports, also inside functions, as `module.name`."""
    for node in ast.walk(MODULES[path]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: write imports in full"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def called(path: str) -> Iterator[str]:
    """The dotted names of everything that a file calls."""
    for node in ast.walk(MODULES[path]):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)
