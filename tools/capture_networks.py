"""Capture the networks that PyPSA's own tests optimise, and replay them here.

`python tools/capture_networks.py capture PYPSA_COPY FOLDER` runs the tests of a user's own copy of PyPSA (a checkout
or an unpacked source archive, the version that is installed) with this file as a pytest plugin: at each call of
`n.optimize()` the network is written as netCDF to FOLDER, with the options and the outcome of the call in
`captured.jsonl`. Connections to other machines are refused meanwhile (unless DAFENG_CAPTURE_ONLINE is set); tests that ask for one are
listed in `needs-internet.txt`. What follows FOLDER goes to pytest (`-k lopf`). Nothing of PyPSA's is kept in this repository.

`python tools/capture_networks.py replay FOLDER` solves each network by dafeng and counts: equal (objective within 1e-6),
refused (by component and attribute), different, crashed; options of a call that are in no file (own constraints,
losses, several periods, units that earlier snapshots left on) are counted on their own. `tests/dispatch/test_captured_networks.py` does the same where
the variable `DAFENG_CAPTURED_NETWORKS` names such a folder.
"""

import argparse
import collections
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = "DAFENG_CAPTURED_NETWORKS"
ONLINE = "DAFENG_CAPTURE_ONLINE"
LIST = "captured.jsonl"
INTERNET = "needs-internet.txt"
OFFLINE = "this run is offline"
TOLERANCE = 1e-6
OUTSIDE = ("extra_functionality", "transmission_losses", "multi_investment_periods", "model_kwargs")
"""Options of a call that change the problem and are in no file."""


def pytest_configure(config: Any) -> None:
    """Wrap PyPSA's optimisation and refuse connections, in the process of its tests."""
    if FOLDER not in os.environ:
        return
    import pypsa

    config.stash_folder = Path(os.environ[FOLDER])
    if ONLINE not in os.environ:
        _refuse_connections()
    accessor = pypsa.optimization.optimize.OptimizationAccessor
    accessor.__call__ = _wrapped(accessor.__call__, config.stash_folder)


def _refuse_connections() -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(OFFLINE)

    socket.getaddrinfo = refuse  # type: ignore[assignment]
    socket.socket.connect = refuse  # type: ignore[assignment, method-assign]


def _wrapped(original: Any, folder: Path) -> Any:
    count = iter(range(1, 1_000_000))

    def optimize(self: Any, snapshots: Any = None, *args: Any, **options: Any) -> Any:
        n = self._n
        test = os.environ.get("PYTEST_CURRENT_TEST", "").split(" ")[0]
        entry: dict[str, Any] = {"test": test, "file": f"{next(count):04d}.nc"}
        entry["outside"] = [name for name in OUTSIDE if options.get(name)] + (["positional"] if args else [])
        if (
            hasattr(snapshots, "__len__")
            and len(snapshots)
            and snapshots[0] != n.snapshots[0]
            and _has_history(n)
        ):
            entry["outside"].append("solved snapshots before these")
        entry["relaxed"] = bool(options.get("linearized_unit_commitment"))
        try:
            n.export_to_netcdf(folder / entry["file"])
            if snapshots is not None:
                # a solved network cannot be copied: its file can
                part = type(n)(folder / entry["file"])
                part.set_snapshots(snapshots)
                part.export_to_netcdf(folder / entry["file"])
        except Exception as error:  # noqa: BLE001 - the test must go on whatever the export does
            entry["unwritten"] = f"{type(error).__name__}: {error}"
        try:
            status = original(self, snapshots, *args, **options)
        except Exception as error:
            entry["status"] = f"raised {type(error).__name__}"
            _append(folder, entry)
            raise
        entry["status"] = " ".join(map(str, status)) if isinstance(status, tuple) else str(status)
        if "optimal" in entry["status"]:
            entry["objective"] = float(n.objective)
        _append(folder, entry)
        return status

    return optimize


def _has_history(n: Any) -> bool:
    """Check whether solved snapshots decide on later ones: units that were on, output before a ramp."""
    tables = [table for table in (n.generators, n.links) if len(table)]
    columns = ("ramp_limit_up", "ramp_limit_down")
    held = [bool(table["committable"].any() or table[[*columns]].notna().any(axis=None)) for table in tables]
    return any(held) and not (n.generators_t.p.empty and n.links_t.p0.empty)


def _append(folder: Path, entry: dict[str, Any]) -> None:
    with (folder / LIST).open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(entry, ensure_ascii=False) + "\n")


def pytest_collectreport(report: Any) -> None:
    """Note a file of tests that asked for another machine when it was read."""
    pytest_runtest_logreport(report)


def pytest_runtest_logreport(report: Any) -> None:
    """Note a test that asked for another machine."""
    if FOLDER in os.environ and OFFLINE in str(report.longrepr):
        with (Path(os.environ[FOLDER]) / INTERNET).open("a", encoding="utf-8") as lines:
            lines.write(report.nodeid + "\n")


def capture(copy: Path, folder: Path, more: list[str]) -> int:
    """Run the tests of `copy` with this file as plugin; networks go to `folder`."""
    tests = next((copy / name for name in ("test", "tests") if (copy / name).is_dir()), None)
    if tests is None:
        print(f"{copy}: no folder test/: give a checkout of PyPSA", file=sys.stderr)
        return 2
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / LIST).exists():
        print(f"{folder / LIST} exists: give a new folder", file=sys.stderr)
        return 2
    here = str(Path(__file__).resolve().parent)
    environment = {**os.environ, FOLDER: str(folder.resolve()), "PYTHONPATH": os.pathsep.join([here, os.environ.get("PYTHONPATH", "")])}  # fmt: skip
    line = [sys.executable, "-m", "pytest", "-q", "-p", Path(__file__).stem, "-p", "no:cacheprovider", "--continue-on-collection-errors", "-o", "addopts=", tests.name, *more]  # fmt: skip
    subprocess.run(line, cwd=copy, env=environment, check=False)
    print(f"{sum(1 for _ in entries(folder))} networks in {folder}")
    missing = folder / INTERNET
    if missing.exists():
        print(
            f"tests that need the internet: {len(set(missing.read_text(encoding='utf-8').split()))}, in {missing}"
        )
    return 0


def entries(folder: Path) -> Iterator[dict[str, Any]]:
    """Return what was captured, in order."""
    if (folder / LIST).exists():
        with (folder / LIST).open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)


@dataclass(frozen=True)
class Outcome:
    """What became of one network: equal, refused, different, crashed, outside (of the file), or no optimum there."""

    kind: str
    text: str = ""


def replay(entry: dict[str, Any], folder: Path) -> Outcome:
    """Solve a captured network and compare it with the objective of its call."""
    from dafeng.dispatch import Commitment, read_network, solve
    from dafeng.evidence import DafengError

    path = folder / entry["file"]
    if entry["outside"] or "unwritten" in entry or not path.exists():
        return Outcome("outside", ", ".join(entry["outside"]) or str(entry.get("unwritten", "not written")))
    mode = Commitment.RELAXED if entry["relaxed"] else Commitment.INTEGER
    try:
        solution = solve(read_network(path), mode=mode, threads=1, mip_gap=1e-9)
    except DafengError as refused:
        if "objective" not in entry:
            return Outcome("no optimum")
        return Outcome("refused", "; ".join(_words(problem) for problem in refused.problems))
    except Exception as error:  # noqa: BLE001 - a crash is what is counted
        return Outcome("crashed", f"{type(error).__name__}: {error}")
    found = solution.objective
    if "objective" not in entry:
        # a call that PyPSA refuses by its own rule has nothing to compare with
        kind = "outside" if str(entry.get("status")).startswith("raised") else "different"
        return Outcome(kind, f"{found:.9g}, there {entry.get('status')}")
    wanted = entry["objective"]
    # the cost of given capacity is in the objective of some calls, by an option that is in no file
    near = any(
        abs(value - wanted) <= TOLERANCE * max(1.0, abs(wanted)) for value in (found, solution.total_cost)
    )
    return Outcome("equal" if near else "different", "" if near else f"{found:.9g}, there {wanted:.9g}")


def _words(problem: Any) -> str:
    place = re.sub(r"^\d+\.nc:", "", problem.where)
    return f"{place}: {problem.found}; {problem.mend or '(no mend)'}"


def report(folder: Path) -> int:
    """Print what became of each network; the exit code is 1 after a crash or a difference."""
    kinds: collections.Counter[str] = collections.Counter()
    for entry in entries(folder):
        outcome = replay(entry, folder)
        kinds[outcome.kind] += 1
        if outcome.kind != "equal":
            print(f"{outcome.kind:10} {entry['file']} {entry['test']} {outcome.text}"[:400], flush=True)
    comparable = sum(kinds[kind] for kind in ("equal", "refused", "different", "crashed"))
    print(dict(kinds), f"equal {kinds['equal'] / max(1, comparable):.1%} of {comparable} comparable")
    return int(bool(kinds["crashed"] or kinds["different"]))


def main() -> int:
    """Run one of the two commands."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    commands = parser.add_subparsers(dest="command", required=True)
    first = commands.add_parser("capture")
    first.add_argument("copy", type=Path)
    first.add_argument("folder", type=Path)
    second = commands.add_parser("replay")
    second.add_argument("folder", type=Path)
    known, more = parser.parse_known_args()
    return capture(known.copy, known.folder, more) if known.command == "capture" else report(known.folder)


if __name__ == "__main__":
    sys.exit(main())
