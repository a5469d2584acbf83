"""Run the benchmark of a room here and at another revision in turns, and print the median of each figure as JSON rows.

    python tools/compare_bench.py bb1fe3c metering [--runs 3]

A row is: bar, figure, floor. Figures whose note states 100 ms of processor time or more are compared by it, others by wall time
(notes round to ms; the short figures are the quickest of several runs). The exit code is 1 where a median is more than 10 %
above that of the other revision.
"""

import argparse
import io
import json
import os
import re
import statistics
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WORSE = 1.10
_CPU = re.compile(r"(?<!floor )\b(\d+) ms of CPU")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("revision")
    parser.add_argument("room")
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        other = Path(name)
        packed = subprocess.run(
            ["git", "archive", arguments.revision], cwd=ROOT, capture_output=True, check=True
        ).stdout
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(other, filter="data")
        times: dict[str, dict[str, list[float]]] = {"base": {}, "here": {}}
        kinds: dict[str, str] = {}
        for number in range(arguments.runs):
            # who goes first changes, so that a machine that is slower for a while slows both
            for side, root in (("base", other), ("here", ROOT))[:: 1 if number % 2 == 0 else -1]:
                for figure, (kind, seconds) in measured(root, arguments.room).items():
                    times[side].setdefault(figure, []).append(seconds)
                    kinds[figure] = kind
                print(f"run {number + 1} of {side}", file=sys.stderr, flush=True)
    rows, worse = compared(times["here"], times["base"], kinds)
    print(json.dumps(rows, ensure_ascii=False))
    if worse:
        sys.exit(f"more than 10 % worse than {arguments.revision}: {', '.join(worse)}")


def measured(root: Path, room: str) -> dict[str, tuple[str, float]]:
    """Run the benchmark of a room in the tree `root`; return figure → (kind of time, seconds)."""
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--json", room], cwd=root, env=os.environ | {"PYTHONPATH": str(root / "src")},
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    found = {}
    for row in json.loads(done.stdout):
        cpu = _CPU.search(row["note"])
        # a figure of a size is printed in the place of seconds, whatever its unit is
        found[row["name"]] = (
            ("CPU", int(cpu[1]) / 1000) if cpu and int(cpu[1]) >= 100 else ("wall", row["seconds"])
        )
    return found


def compared(
    here: dict[str, list[float]], base: dict[str, list[float]], kinds: dict[str, str]
) -> tuple[list[list[str]], list[str]]:
    """Return the rows of the figures of both, and the names of those that are more than 10 % worse."""
    rows, worse = [], []
    for name in here:
        if name not in base:
            continue
        ours, theirs = statistics.median(here[name]), statistics.median(base[name])
        ratio = ours / theirs if theirs else 1.0
        worse += [name] if ratio > WORSE else []
        rows.append(
            [
                f"{name}: ≤ {WORSE:.2f} × base",
                f"{ours:.4g} ({kinds[name]}), ratio {ratio:.2f}",
                f"base {theirs:.4g}",
            ]
        )
    return rows, worse


if __name__ == "__main__":
    main()
