"""Run the full proof and write its dated report docs/proof.md: `make prove`, by hand, some hours on two cores.

Each step is a command of its own; its last lines and its figures go into the report, a failed step too. Nothing is
left out of the report in silence, and a failed step makes the whole command fail.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REPORT = ROOT / "docs" / "proof.md"


@dataclass(frozen=True)
class Step:
    """One part of the proof: its title, what it shows, and its command."""

    name: str
    shows: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What a step gave: its exit code, its duration and the end of its output."""

    step: Step
    code: int
    seconds: float
    output: str


PYTEST = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "2", "--dist", "loadgroup")
STEPS = (
    Step("tests", "all tests with the number of examples of the proof (DAFENG_PROVE=1)", PYTEST),
    Step(
        "mutants",
        "each mutant is killed by the tests of its own room, golden files left out",
        (sys.executable, "tools/mutants.py", "--all"),
    ),
    Step("bench", "each figure beside its floor in one run", (sys.executable, "-m", "bench", "--json")),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("steps", nargs="*", help=f"default: all of {', '.join(step.name for step in STEPS)}")
    names = parser.parse_args().steps or [step.name for step in STEPS]
    unknown = sorted(set(names) - {step.name for step in STEPS})
    if unknown:
        parser.error(f"no step {', '.join(unknown)}")
    outcomes = [run(step) for step in STEPS if step.name in names]
    REPORT.write_text(report(outcomes), encoding="utf-8")
    print(f"{REPORT.relative_to(ROOT)}: {sum(o.code == 0 for o in outcomes)} of {len(outcomes)} steps passed")
    sys.exit(any(outcome.code for outcome in outcomes))


def run(step: Step) -> Outcome:
    """Run one step with the settings of the proof."""
    print(f"== {step.name}: {step.shows}", flush=True)
    begun = time.monotonic()
    done = subprocess.run(
        step.command,
        cwd=ROOT,
        env=os.environ | {"DAFENG_PROVE": "1", "CI": "true"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if step.name != "bench" else None,
        text=True,
        check=False,
    )
    return Outcome(step, done.returncode, time.monotonic() - begun, done.stdout)


def report(outcomes: list[Outcome]) -> str:
    """Return the report as Markdown."""
    today = datetime.now(UTC) + timedelta(hours=8)
    version = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
    lines = [
        "# 证明 · Proof",
        "",
        f"`make prove` of {today:%Y-%m-%d} on {version}; Python {platform.python_version()}, "
        f"{os.cpu_count()} cores. What a step did not reach is not claimed.",
    ]
    for outcome in outcomes:
        verdict = "passed" if outcome.code == 0 else f"FAILED (exit {outcome.code})"
        lines += [
            "",
            f"## {outcome.step.name}: {verdict}, {outcome.seconds / 60:.0f} min",
            "",
            outcome.step.shows,
            "",
        ]
        lines += (
            figures(outcome.output)
            if outcome.step.name == "bench" and outcome.code == 0
            else tail(outcome.output)
        )
    return "\n".join(lines) + "\n"


def figures(output: str) -> list[str]:
    """Return the table of the bench."""
    rows = ["| room | figure | seconds | floor | ratio | bar |", "| --- | --- | --- | --- | --- | --- |"]
    for row in json.loads(output):
        floor, ratio = (f"{row[key]:.4g}" if row[key] is not None else "–" for key in ("floor", "ratio"))
        rows.append(
            f"| {row['room']} | {row['name']} | {row['seconds']:.4g} | {floor} | {ratio} | {row['bar']} |"
        )
    return rows


def tail(output: str, most: int = 25) -> list[str]:
    """Return the last lines of an output as a block, paths of this machine left out."""
    kept = [re.sub(re.escape(str(ROOT)), ".", line) for line in output.strip().splitlines()[-most:]]
    return ["```", *kept, "```"]


if __name__ == "__main__":
    main()
