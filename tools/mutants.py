"""Apply source mutants, one at a time, to a copy of the tree and report those that the named tests let pass.

Usage: python tools/mutants.py [--all | ROOM ...] [--kind KIND] [--list]

Each room keeps its mutants in tests/mutants/ROOM.csv with the columns

- id: a name that is unique in the file; kind: the fault that it stands for (three variants a kind),
- file: the module under src/dafeng; old: a text that occurs in it exactly once; new: what replaces it,
- tests: pytest targets, separated by blanks, that must fail with the mutant and pass without it.

Golden files do not count: tests with `golden` in their name are left out. Exit code 0 if every mutant is killed,
1 if one survives, 2 if a row does not fit the source or its tests do not run.
"""

import argparse
import csv
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLES = ROOT / "tests" / "mutants"
COLUMNS = ("id", "kind", "file", "old", "new", "tests")
FAILED, PASSED = 1, 0
COPIED = ("src", "tests", "docs", "tools", "bench", "pyproject.toml", "README.md")


@dataclass(frozen=True)
class Mutant:
    """One row of a table of mutants."""

    id: str
    kind: str
    file: str
    old: str
    new: str
    tests: str


def read(path: Path) -> list[Mutant]:
    """Read a table of mutants. Raises: ValueError for missing columns, empty cells and an id twice."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise ValueError(f"{path.name}: no column {', '.join(missing)}")
        found = [Mutant(**{name: row[name] for name in COLUMNS}) for row in reader]
    for mutant in found:
        empty = [name for name in COLUMNS if name != "new" and not getattr(mutant, name)]
        if empty:
            raise ValueError(f"{path.name}: {mutant.id or 'a row'} without {', '.join(empty)}")
    names = [mutant.id for mutant in found]
    if len(set(names)) < len(names):
        raise ValueError(f"{path.name}: {', '.join(sorted({n for n in names if names.count(n) > 1}))} twice")
    return found


def mutated(source: str, mutant: Mutant) -> str:
    """Return the source with the mutant applied. Raises: ValueError unless `old` occurs exactly once."""
    count = source.count(mutant.old)
    if count != 1:
        raise ValueError(f"{mutant.id}: {mutant.old!r} occurs {count} times in {mutant.file}, not once")
    return source.replace(mutant.old, mutant.new)


def run_tests(copy: Path, targets: str) -> int:
    """Run pytest on the copy and return its exit code."""
    environment = os.environ | {"PYTHONPATH": str(copy / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    # the same examples of hypothesis in each run, and the number of the quick tests
    environment |= {"CI": "true", "DAFENG_PROVE": ""}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-k", "not golden"]
    done = subprocess.run(
        [*command, *targets.split()], cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode


def outcome(copy: Path, mutant: Mutant) -> str:
    """Apply one mutant, run its tests and put the source back: killed, SURVIVED or what went wrong."""
    path = copy / "src" / "dafeng" / mutant.file
    if not path.is_file():
        return f"ERROR: no file {mutant.file}"
    source = path.read_text(encoding="utf-8")
    try:
        changed = mutated(source, mutant)
    except ValueError as error:
        return f"ERROR: {error}"
    try:
        path.write_text(changed, encoding="utf-8")
        code = run_tests(copy, mutant.tests)
    finally:
        path.write_text(source, encoding="utf-8")
    # 2 and more: pytest itself was interrupted, found no test or was called wrongly
    return {FAILED: "killed", PASSED: "SURVIVED"}.get(code, f"ERROR: pytest ended with {code}")


def chosen(arguments: argparse.Namespace) -> list[Mutant]:
    """Return the mutants of the rooms and kinds asked for."""
    rooms = arguments.rooms or sorted(path.stem for path in TABLES.glob("*.csv"))
    mutants = [mutant for room in rooms for mutant in read(TABLES / f"{room}.csv")]
    return [m for m in mutants if arguments.kind in (None, m.kind)]


def main() -> int:
    """Run the mutants of the command line and print one line each."""
    parser = argparse.ArgumentParser(description="mutants of the source and the tests that kill them")
    parser.add_argument("rooms", nargs="*", help="rooms (default: all tables of tests/mutants)")
    parser.add_argument("--all", action="store_true", help="all rooms (the default)")
    parser.add_argument("--kind", help="only this kind of fault")
    parser.add_argument("--list", action="store_true", help="print the mutants without running them")
    arguments = parser.parse_args()
    mutants = chosen(arguments)
    if arguments.list:
        for mutant in mutants:
            print(f"{mutant.kind:32} {mutant.id:32} {mutant.file}")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "tree"
        copy.mkdir()
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, copy / name)
        broken = [t for t in dict.fromkeys(m.tests for m in mutants) if run_tests(copy, t) != PASSED]
        for targets in broken:
            print(f"ERROR: {targets} do not pass without a mutant")
        results = {}
        for mutant in mutants:
            if mutant.tests not in broken:
                results[mutant.id] = outcome(copy, mutant)
                print(f"{mutant.kind:32} {mutant.id:32} {results[mutant.id]}", flush=True)
    survived = [name for name, result in results.items() if result == "SURVIVED"]
    print(
        f"{len(mutants)} mutants, {sum(r == 'killed' for r in results.values())} killed, {len(survived)} survived"
    )
    if broken or any(result.startswith("ERROR") for result in results.values()):
        return 2
    return 1 if survived else 0


if __name__ == "__main__":
    raise SystemExit(main())
