"""Check a ClickHouse server as a store: run every verb on an empty database and compare with the embedded store.

    DAFENG_STORE=clickhouse://user:password@host:8123/database python tools/check_clickhouse.py

The database must have no tables of dafeng; they are left for inspection.
"""

import json
import math
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from dafeng.case import write_example
from dafeng.evidence import DafengError
from dafeng.metering import Store, operate, operate_cluster, place_of, write_example_readings
from dafeng.metering.clickhouse import HttpEngine


def main() -> None:
    url = os.environ.get("DAFENG_STORE") or sys.exit(__doc__)
    tables = (
        HttpEngine(url).table("SELECT name FROM system.tables WHERE database = currentDatabase()").num_rows
    )
    if tables:
        sys.exit(f"{tables} tables are in the database; give an empty one")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        differs = [verb for verb, same in compared(url, folder) if not same]
    sys.exit(f"differs: {', '.join(differs)}" if differs else 0)


def compared(url: str, folder: Path) -> list[tuple[str, bool]]:
    """Run each verb on both stores with the example city; prints each and returns whether its answers are equal."""
    write_example(folder / "case")
    files = [
        str(path) for path in write_example_readings(folder / "case") if path.suffix in {".parquet", ".csv"}
    ]
    store = Store.create(folder / "s.duckdb", place_of(str(folder / "case")).registry())
    operate_cluster(url, "enter", {"case": str(folder / "case")})
    results = []
    for verb, values in _questions(store, files):
        ours, theirs = _asked(operate, store, verb, values), _asked(operate_cluster, url, verb, values)
        if verb == "status":  # of the embedded store it tells more
            ours = {name: ours[name] for name in theirs}
        results.append((verb, _alike(_plain(ours), _plain(theirs))))
        print(f"{'same' if results[-1][1] else 'DIFFERS':8}{verb} {values}", flush=True)
    store.close()
    return results


def _questions(store: Store, files: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each verb with its values; what waits for release is taken from the embedded store once it is filled."""
    span, person = {"first": "2025-01-01", "last": "2026-01-01"}, {"person": "check"}
    yield from (("ingest", {"file": file, "partial": True}) for file in files if "faults" not in file)
    for by in ("point", "unit", "county"):
        yield from (("rollup", {"by": by, "period": period, **span}) for period in ("day", "month"))
    yield from (("quality", span), ("warn", {"on": "2025-12-31"}), ("judge", {"year": 2025}), ("status", {}))
    yield "handle", {"warning": 1, "action": "acknowledge", "note": "check", **person}
    flags = operate(store, "quality", span)["flags"]
    held = [{"point": flag["point"], "start": flag["start"]} for flag in flags if flag["kind"] in _HELD]
    yield from (("release", one | {"reason": "check", **person}) for one in held[:2])
    yield "rollup", {"by": "unit", "period": "month", **span}
    yield "nowcast", {"base_year": 2025, "inventory_t": 1.0}


_HELD = {"range", "implausible", "negative", "sender", "misread"}


def _asked(operation: Callable[..., Any], store: Any, verb: str, values: dict[str, Any]) -> Any:
    """The answer of a verb, or what it refuses."""
    try:
        return operation(store, verb, values)
    except DafengError as error:
        return {"refused": str(error)}


_OTHERWISE = {"received", "digest", "as_of_batch", "made", "file", "happened"}


def _plain(answer: Any) -> Any:
    """The answer without moments of this run; what is kept as JSON is compared by its parts."""
    if isinstance(answer, str) and answer.startswith("{"):
        answer = json.loads(answer)
    if isinstance(answer, dict):
        return {name: _plain(value) for name, value in answer.items() if name not in _OTHERWISE}
    return [_plain(one) for one in answer] if isinstance(answer, list) else answer


def _alike(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9)
    return bool(str(one) == str(other))


if __name__ == "__main__":
    main()
