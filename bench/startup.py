"""Start-up: `import dafeng`, `dafeng --help` and `dafeng case check jiujiang`, each beside its floor in the same run.

The floor of an import is a bare interpreter, of `--help` an interpreter that imports typer, of a case the import of
pandas. Best of several runs; the ratios mean something on a busy machine, the seconds do not.
"""

import subprocess
import sys
import time

RUNS = 5
PROGRAMS = (
    ("bare Python", ["-c", "pass"], "bare Python"),
    ("import dafeng", ["-c", "import dafeng"], "bare Python"),
    ("import typer", ["-c", "import typer, typer.core, typer.main"], "bare Python"),
    ("dafeng --help", ["-m", "dafeng", "--help"], "import typer"),
    ("import pandas", ["-c", "import pandas"], "bare Python"),
    ("dafeng case check jiujiang", ["-m", "dafeng", "case", "check", "jiujiang"], "import pandas"),
)


def seconds(arguments: list[str]) -> float:
    """Best wall time of one program."""
    best = float("inf")
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], capture_output=True, check=True)
        best = min(best, time.perf_counter() - start)
    return best


def main() -> None:
    times: dict[str, float] = {}
    print(f"{'program':<30}{'seconds':>9}{'floor':>9}{'above':>9}{'ratio':>8}")
    for name, arguments, floor in PROGRAMS:
        times[name] = seconds(arguments)
        base = times[floor]
        print(f"{name:<30}{times[name]:9.3f}{base:9.3f}{times[name] - base:9.3f}{times[name] / base:8.2f}")


if __name__ == "__main__":
    main()
