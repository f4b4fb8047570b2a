"""Prints the benchmark tables: `python -m tests.bench [NAME]...`.

Every benchmark is a module `bench_NAME` with a function `run` that returns rows of a label and a
figure. Each runs in a process of its own, so that its peak memory is its own.
"""

import importlib
import resource
import subprocess
import sys
from pathlib import Path

NAMES = sorted(
    path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py")
)


def measure(name: str) -> None:
    rows = importlib.import_module(f"tests.bench.bench_{name}").run()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for label, figure in [*rows, ("peak memory", f"{peak:.0f} MB")]:
        print(f"| {name} | {label} | {figure} |", flush=True)


def main(wanted: list[str]) -> None:
    if wanted[:1] == ["--measure"]:
        measure(wanted[1])
        return
    print("| benchmark | what | figure |\n| --- | --- | --- |", flush=True)
    for name in wanted or NAMES:
        subprocess.run([sys.executable, "-m", "tests.bench", "--measure", name], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
