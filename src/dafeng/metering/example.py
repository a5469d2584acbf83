"""Synthetic readings for the registry of the example city over a year, with the faults that real meters have.

Every reading is `synthetic`; each fault is listed with the place where it is put, so that what the checks
detect can be compared with what is there.
"""

import csv
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from dafeng.evidence import DafengError, seed_sequence, write_atomically
from dafeng.metering.master_data import load_registry
from dafeng.metering.simulate import simulate
from dafeng.metering.store.store import as_text

SEED = 990100
FIRST_DAY, DAYS = date(2025, 1, 1), 365

_KINDS = {
    "EX-STEEL": "化工厂", "EX-CEMENT": "水泥厂", "EX-CHEM": "化工厂", "EX-PARK": "电子厂", "EX-DC": "化工厂",
    "EX-GOV": "办公楼", "EX-MALL": "商场", "EX-HOSP": "商场",
}  # fmt: skip
"""The packaged profile that each unit follows."""

FAULTS = (
    ("EX-DC-R1", "2025-06-10 09:00", "换表,已登记", "meter changed, in the registry"),
    ("EX-DC-R1", "2025-09-15 14:00", "误读为 0", "one register read as 0"),
    ("EX-GOV-R1", "2025-03-03 08:00", "多读一位", "one register with a digit too many"),
    ("EX-GOV-R1", "2025-10-20 11:00", "换表,未登记", "meter changed, not in the registry"),
    ("EX-HOSP-G", "2025-08", "缺 8 月月报", "no statement of August"),
)
"""Point, time, and the fault that is put there, in addition to those of `simulate`."""


def write_example_readings(folder: Path) -> list[Path]:
    """Write the readings of 2025 of the example city in `folder` into its sub-folder `readings`.

    Parameters
    ----------
    folder
        Folder of the example city.

    Returns
    -------
    list of Path
        A Parquet file of electricity by 15 minutes, CSV files of hourly registers and monthly statements, the
        list of faults.

    Raises
    ------
    DafengError
        Where `folder` does not hold the registry of the example city.
    """
    registry = load_registry(folder / "metering")
    missing = {point for point, *_ in FAULTS} - {row["id"] for row in registry.tables["points"]}
    if missing:
        raise DafengError.at(str(folder), f"no point {sorted(missing)[0]}", "the folder of the example city")
    target = folder / "readings"
    target.mkdir(exist_ok=True)
    rows = as_text(registry)
    metered = [row for row in rows["points"] if row["kind"] == "interval" and row["period"] == "15"]
    electricity = target / "electricity_2025.parquet"
    simulate(
        electricity, points=len(metered), days=DAYS, seed=SEED, counties=["990101"], first_day=FIRST_DAY,
        registry={"units": rows["units"], "objects": rows["objects"], "points": metered}, kinds=_KINDS,
    )  # fmt: skip
    return [
        electricity,
        _write(target / "registers_2025.csv", _READINGS, _registers()),
        _write(target / "statements_2025.csv", _READINGS, _statements()),
        _write(target / "faults_2025.csv", ("point", "start", "fault_zh", "fault_en"), FAULTS),
    ]


_READINGS = ("point", "start", "value", "period", "origin")


def _registers() -> Iterator[tuple[Any, ...]]:
    """Hourly registers of two meters; both count a little more by day than by night."""
    hours = DAYS * 24 + 1
    for point, begin, mean in (("EX-DC-R1", 0.0, 1.1), ("EX-GOV-R1", 5000.0, 0.35)):
        rng = np.random.default_rng(seed_sequence(SEED, "example", point))
        by_day = 1 + 0.4 * np.sin(2 * np.pi * (np.arange(hours) % 24 - 9) / 24)
        rises = np.round(mean * by_day * np.exp(rng.normal(0, 0.1, hours)), 2)
        registers = begin + np.concatenate([[0.0], np.cumsum(rises[:-1])])
        for hour, register in enumerate(_with_faults(point, registers).tolist()):
            at = datetime.combine(FIRST_DAY, datetime.min.time()) + timedelta(hours=hour)
            yield point, f"{at:%Y-%m-%d %H:%M}", f"{register:.2f}", "register", "synthetic"


def _with_faults(point: str, registers: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The registers with the changes and misreadings of `FAULTS`."""
    found = registers.copy()
    if point == "EX-DC-R1":
        change = _hour("2025-06-10 09:00")
        found[change:] += 12.0 - registers[change]
        found[_hour("2025-09-15 14:00")] = 0.0
    else:
        change = _hour("2025-10-20 11:00")
        found[change:] -= registers[change]
        found[_hour("2025-03-03 08:00")] *= 10.0
    return found


def _hour(text: str) -> int:
    begin = datetime.combine(FIRST_DAY, datetime.min.time())
    return int((datetime.fromisoformat(text) - begin).total_seconds()) // 3600


def _statements() -> Iterator[tuple[Any, ...]]:
    """Monthly gas and output; a statement that is missing is left out."""
    rng = np.random.default_rng(seed_sequence(SEED, "example", "statements"))
    for point, mean in (("EX-STEEL-G", 220_000.0), ("EX-HOSP-G", 18_000.0), ("EX-STEEL-Q", 52_000.0)):
        for month in range(1, 13):
            value = (
                mean * (1 + 0.15 * np.cos(2 * np.pi * (month - 1) / 12)) * float(np.exp(rng.normal(0, 0.05)))
            )
            if (point, month) != ("EX-HOSP-G", 8):
                yield point, f"2025-{month:02}", f"{value:.0f}", "month", "synthetic"


def _write(path: Path, header: tuple[str, ...], rows: Any) -> Path:
    with write_atomically(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    return path
