"""Run the full proof section by section and renew its dated report docs/proof.md: `make prove`, some hours on two cores.

    python tools/prove.py                 # all sections
    python tools/prove.py metering ...    # these alone; `metering` is every section `metering-…`

A section is a few commands; what they measure goes into its table: bar, figure, floor or bound, date. Tests record a figure
with the fixture `figure`, benchmarks print theirs as JSON. Only the sections that ran are renewed; a section that has never run
is not in the report, and a failed step makes the whole command fail and is reported as failed.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[1]
REPORT = ROOT / "docs" / "proof.md"
BASE = "bb1fe3c"
"""The revision whose figures must not get worse by more than 10 %."""

Row = tuple[str, str, str]
"""Bar, figure, and floor or bound."""


@dataclass(frozen=True)
class Step:
    """One command of a section, and how its figures are read."""

    command: tuple[str, ...]
    rows: Callable[[str, Path], list[Row]]


@dataclass(frozen=True)
class Section:
    """One part of the proof: what it shows, and its steps."""

    shows: str
    steps: tuple[Step, ...]


def _of_tests(_: str, junit: Path) -> list[Row]:
    suite = ElementTree.parse(junit).getroot()
    found = [one.get("value", "") for one in suite.iter("property") if one.get("name") == "figure"]
    total = {name: sum(int(one.get(name, 0)) for one in suite.iter("testsuite")) for name in _COUNTED}
    said = ", ".join(f"{total[name]} {name}" for name in _COUNTED)
    return [
        *_summed(json.loads(one) for one in found),
        ("every test passes", said, "0 failures, 0 errors, 0 skipped"),
    ]


_COUNTED = ("tests", "failures", "errors", "skipped")


def _summed(figures: Iterable[list[str]]) -> list[Row]:
    """Rows in their order; those of one bar whose figure is `name=number` parts are added up."""
    rows: dict[tuple[str, str], dict[str, float] | str] = {}
    for bar, figure, bound in figures:
        parts = dict(re.findall(r"([^=,]+)=(\d+(?:\.\d+)?)(?:,|$)", figure))
        before = rows.get((bar, bound))
        if not parts:
            rows[bar, bound] = figure
        elif isinstance(before, dict):
            rows[bar, bound] = {name: before.get(name, 0) + float(number) for name, number in parts.items()}
        else:
            rows[bar, bound] = {name: float(number) for name, number in parts.items()}
    return [
        (bar, figure if isinstance(figure, str) else ", ".join(f"{number:g} {name.strip()}" for name, number in figure.items()), bound)
        for (bar, bound), figure in rows.items()
    ]  # fmt: skip


def _of_bench(output: str, _: Path) -> list[Row]:
    rows = []
    for row in json.loads(output):
        floor = "–" if row["floor"] is None else f"{row['floor']:.4g} s, ratio {row['ratio']:.2f}"
        bar = f"{row['name']}: {row['bar']}" if row["bar"] else row["name"]
        rows.append((bar, "; ".join(filter(None, (f"{row['seconds']:.4g} s", row["note"]))), floor))
    return rows


def _of_rows(output: str, _: Path) -> list[Row]:
    return [(bar, figure, bound) for bar, figure, bound in json.loads(_last(output))]


def _last(output: str) -> str:
    return output.strip().splitlines()[-1] if output.strip() else ""


def tests(*targets: str) -> Step:
    """Return the step that runs tests with the settings of the proof."""
    command = (
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-n",
        "2",
        "--dist",
        "loadgroup",
    )
    return Step((*command, "--junitxml", "{junit}", *targets), _of_tests)


def bench(*rooms: str) -> Step:
    """Return the step that measures each figure of rooms beside its floor."""
    return Step((sys.executable, "-m", "bench", "--json", *rooms), _of_bench)


def tool(*command: str) -> Step:
    """Return the step that runs a tool printing JSON rows of bar, figure and floor as its last line."""
    return Step((sys.executable, *command), _of_rows)


KILLS = "tests/web/ledger/test_inlets_under_kills.py"
METERING = {
    "metering-model": ("the store beside a plain model of its rules", ["tests/metering/test_stateful.py"]),
    "metering-kills": (
        "metering killed at any moment under concurrent senders",
        ["tests/metering/test_power_cut.py", f"{KILLS}::test_killed_under_senders_of_every_inlet"],
    ),
    "metering-outages": (
        "metering without broker, disk or keys for a while, and with a clock that is wrong",
        [f"{KILLS}::test_without_broker_disk_or_keys_for_a_while", f"{KILLS}::test_a_clock_set_back_and_forward_by_a_day"],
    ),
    "metering-contract": ("the same bodies through every inlet of metering", ["tests/web/ledger/test_contract.py"]),
}  # fmt: skip
"""Section → what it shows, and its tests."""

SECTIONS = {
    "tests": Section(
        "all other tests, with the number of examples of the proof",
        (tests(*(f"--deselect={target}" for _, targets in METERING.values() for target in targets)),),
    ),
    "mutants": Section(
        "each mutant is killed by the tests of its own room, golden files left out",
        (Step((sys.executable, "tools/mutants.py", "--all"), lambda output, _: [("every mutant is killed", _last(output), "")]),),
    ),
    "bench": Section("each figure beside its floor in one run", (bench(),)),
    **{name: Section(shows, (tests(*targets),)) for name, (shows, targets) in METERING.items()},
    "metering-base": Section(
        f"metering beside revision {BASE} in turns, processor time, median of three",
        (tool("tools/compare_bench.py", BASE, "metering"),),
    ),
    "metering-bench": Section("metering beside raw DuckDB in one run", (bench("metering", "web"),)),
    "metering-province": Section("a generated province on ClickHouse's own engine", (bench("province"),)),
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sections", nargs="*", help=f"default: all of {', '.join(SECTIONS)}")
    names = []
    for asked in parser.parse_args().sections or list(SECTIONS):
        found = [name for name in SECTIONS if name == asked or name.startswith(f"{asked}-")]
        if not found:
            parser.error(f"no section {asked}")
        names += [name for name in found if name not in names]
    failed = []
    for name in names:
        print(f"== {name}: {SECTIONS[name].shows}", flush=True)
        text, passed = run(name, SECTIONS[name])
        failed += [] if passed else [name]
        before = REPORT.read_text(encoding="utf-8") if REPORT.exists() else ""
        REPORT.write_text(renewed(before, name, text), encoding="utf-8")
    print(f"{REPORT.relative_to(ROOT)}: {len(names) - len(failed)} of {len(names)} sections passed")
    sys.exit(bool(failed))


def run(name: str, section: Section) -> tuple[str, bool]:
    """Run a section; return its part of the report and whether every step passed."""
    revision = _revision()  # of what runs, whatever is written meanwhile
    begun, rows, wrong = time.monotonic(), list[Row](), list[str]()
    for step in section.steps:
        with tempfile.TemporaryDirectory() as folder:
            junit = Path(folder) / "junit.xml"
            done = subprocess.run(
                [part.format(junit=junit) for part in step.command],
                cwd=ROOT, env=os.environ | {"DAFENG_PROVE": "1", "CI": "true"}, stdout=subprocess.PIPE, text=True, check=False,
            )  # fmt: skip
            if done.returncode:
                wrong += [f"exit {done.returncode}", *done.stdout.strip().splitlines()[-25:]]
            if done.returncode == 0 or junit.exists():
                rows += step.rows(done.stdout, junit)
    minutes = (time.monotonic() - begun) / 60
    return written(name, section.shows, rows, wrong, minutes, revision), not wrong


def written(
    name: str, shows: str, rows: Sequence[Row], wrong: Sequence[str], minutes: float, revision: str
) -> str:
    """Return a section of the report as Markdown."""
    today = datetime.now(UTC) + timedelta(hours=8)
    lines = [
        f"## {name}", "", f"{shows[0].upper()}{shows[1:]}.", "",
        f"{today:%Y-%m-%d}, revision {revision}, Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores, "
        f"{minutes:.0f} min: {'FAILED' if wrong else 'passed'}.", "",
        "| bar | figure | floor or bound | date |", "| --- | --- | --- | --- |",
    ]  # fmt: skip
    lines += [f"| {' | '.join(map(_cell, row))} | {today:%Y-%m-%d} |" for row in rows]
    if wrong:
        lines += ["", "```", *(line.replace(str(ROOT), ".") for line in wrong), "```"]
    return "\n".join(lines) + "\n"


def renewed(report: str, name: str, text: str) -> str:
    """Return the report with one section renewed; sections keep the order of `SECTIONS`."""
    parts = {
        part.split("\n", 1)[0]: f"## {part.rstrip()}\n" for part in re.split(r"^## ", report, flags=re.M)[1:]
    }
    parts[name] = text
    order = [
        *(known for known in SECTIONS if known in parts),
        *(other for other in parts if other not in SECTIONS),
    ]
    return "\n".join([_HEAD, *(parts[part] for part in order)])


_HEAD = """# 证明 · Proof

`make prove` 的各部分最近一次运行的结果;没有列出的部分没有运行过。本页由 `tools/prove.py` 生成,不得手工修改。

Results of the last run of each section of `make prove` (`python tools/prove.py SECTION`). A section that is not listed has not
been run. The page is generated; do not edit it.
"""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _revision() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main()
