"""Start-up: `import dafeng`, `dafeng --help` and `dafeng case check jiujiang`, each beside its floor in the same run.

The floor of an import is a bare interpreter, of `--help` an interpreter that imports typer, of a case the import of
pandas. Best of several runs; the ratios mean something on a busy machine, the seconds do not.
"""

import subprocess
import sys
import time
from collections.abc import Iterator

from bench import Figure

RUNS = 5
BARE, TYPER, PANDAS = ["-c", "pass"], ["-c", "import typer, typer.core, typer.main"], ["-c", "import pandas"]
PROGRAMS = (
    ("import dafeng", ["-c", "import dafeng"], BARE, "bare Python", "< 0.3 s above"),
    ("dafeng --help", ["-m", "dafeng", "--help"], TYPER, "import of typer", "< 0.5 s"),
    (
        "dafeng case check jiujiang",
        ["-m", "dafeng", "case", "check", "jiujiang"],
        PANDAS,
        "import of pandas",
        "",
    ),
)


def seconds(arguments: list[str]) -> float:
    """Best wall time of one program."""
    best = float("inf")
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], capture_output=True, check=True)
        best = min(best, time.perf_counter() - start)
    return best


def figures() -> Iterator[Figure]:
    for name, program, floor, title, bar in PROGRAMS:
        took, base = seconds(program), seconds(floor)
        yield Figure(name, took, base, bar, f"floor: {title}; {took - base:.3f} s above")
