"""Synthetic readings for trials and load tests: declared synthetic in every row, unit and sum.

A point has the daily and weekly shape of its kind of user, a season, noise, and faults as real meters have:
gaps, frozen values, spikes, repeated and late rows. Nothing here is a statement about a real user.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from dafeng.evidence import DafengError, midnight, seed_sequence, track, write_atomically
from dafeng.metering.tables import packaged

SLOTS = 96
_ROW = np.dtype([("point", np.int32), ("slot", np.int64), ("value", np.float64)])
_PROFILE_COLUMNS = [f"h{hour:02}" for hour in range(24)]


@dataclass(frozen=True, slots=True)
class Faults:
    """Shares of readings with each fault; a gap lasts `gap_slots` periods on average."""

    gaps: float = 0.01
    gap_slots: float = 24.0
    frozen: float = 0.002
    spikes: float = 0.0001
    repeated: float = 0.002
    late: float = 0.005


NO_FAULTS = Faults(0.0, 1.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Simulation:
    """Summary of what was written. `truth` is the energy of all periods in MWh of electricity, faults
    aside.
    """

    rows: int
    points: int
    days: int
    first_day: str
    missing: int
    repeated: int
    late: int
    truth_mwh: float
    origin: str = "synthetic"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def _profiles() -> Sequence[Mapping[str, str]]:
    return packaged("profiles")


def synthetic_registry(
    points: int, counties: list[str], seed: int, first_day: date
) -> dict[str, list[dict[str, str]]]:
    """Generate registry rows for `points` metering points: five to a unit, the fifth below the first one."""
    rng = np.random.default_rng(seed_sequence(seed, "metering", "registry"))
    profiles = _profiles()
    units, objects, rows = [], [], []
    for index in range(points):
        owner, place = divmod(index, 5)
        if place == 0:
            profile = profiles[int(rng.integers(len(profiles)))]
            unit, county = f"SYN-U{owner + 1:05}", counties[owner % len(counties)]
            building = profile["sector"] == "buildings"
            units.append({
                "id": unit, "name_zh": f"仿真{profile['name_zh']}{owner + 1}", "industry": profile["industry"],
                "sector": profile["sector"], "county": county, "key_user": "no", "synthetic": "yes",
            })  # fmt: skip
            objects.append({
                "id": f"SYN-O{owner + 1:05}", "owner": unit, "name_zh": "仿真对象",
                "kind": "building" if building else "site", "building_type": profile["building_type"],
                "building_class": "B" if building else "", "climate_zone": "夏热冬冷" if building else "",
                "floor_area": f"{float(rng.integers(5, 60)) * 1000}" if building else "",
            })  # fmt: skip
            scale = float(profile["scale_kw"]) * float(np.exp(rng.normal(0, 0.5)))
        below = place == 4
        size = scale * (0.2 if below else (1.0, 0.5, 0.35, 0.25)[place])
        rows.append({
            "id": f"SYN-P{index + 1:06}", "object": objects[-1]["id"], "name_zh": "仿真计量点", "medium": "electricity",
            "use": "sub" if below else "input", "unit": "kWh", "direction": "in", "rated_max": f"{size * 4:.4g}",
            "period": "15", "kind": "interval", "parent": f"SYN-P{index - 3:06}" if below else "",
            "valid_from": first_day.isoformat(),
        })  # fmt: skip
    return {"units": units, "objects": objects, "points": rows}


def simulate(
    out: Path,
    *,
    points: int,
    days: int,
    seed: int,
    counties: list[str],
    first_day: date = date(2025, 1, 1),
    faults: Faults | None = None,
    registry: dict[str, list[dict[str, str]]] | None = None,
    kinds: Mapping[str, str] | None = None,
) -> Simulation:
    """Write synthetic readings of `points` points over `days` days to the Parquet file `out`, in order of
    time.

    With `registry` (units, objects, points as text rows) the points are its own, all of 15 minutes, and
    `kinds` names the profile of each unit; `points` and `counties` are of no account then. The same arguments
    give the same readings.

    Parameters
    ----------
    out
        Parquet file to write.
    points
        Number of points.
    days
        Number of days.
    seed
        Seed of the simulation.
    counties
        Codes of counties (GB/T 2260).
    first_day
        First day of the readings.
    faults
        Kinds and rates of faults.
    registry
        Rows of text of a registry.
    kinds
        Profile by unit.

    Returns
    -------
    Registry, faults and sums of what was written.

    Raises
    ------
    DafengError
        Where points or days are not above zero.
    """
    if points < 1 or days < 1 or not counties:
        raise DafengError.at(
            "simulate", f"{points} points, {days} days, {len(counties)} counties", "at least one of each"
        )
    faults = faults or Faults()
    if registry is None:
        registry = synthetic_registry(points, counties, seed, first_day)
    points = len(registry["points"])
    names = pa.array([row["id"] for row in registry["points"]])
    base, weekend, shape = _point_shapes(registry, kinds or {})
    schema = pa.schema(
        [
            ("point", pa.dictionary(pa.int32(), pa.string())), ("start", pa.timestamp("us", tz="UTC")),
            ("value", pa.float64()), ("origin", pa.dictionary(pa.int32(), pa.string())),
        ],
        metadata={"dafeng.registry": json.dumps(registry, ensure_ascii=False), "dafeng.origin": "synthetic"},
    )  # fmt: skip
    tally = np.zeros(4)
    carried: list[NDArray[Any]] = []
    with (
        write_atomically(out) as temporary,
        pq.ParquetWriter(temporary, schema, compression="zstd") as writer,
    ):
        for day in track("simulate", range(days), days):
            rng = np.random.default_rng(seed_sequence(seed, "metering", "day", day))
            energy = _day_energy(rng, base, weekend, shape, first_day + timedelta(days=day))
            point, slot, value, late = _with_faults(rng, energy, faults, tally)
            tally[3] += float(energy[base > 0].sum()) / 1000
            batch = np.empty(len(point), _ROW)
            batch["point"], batch["slot"], batch["value"] = point, day * SLOTS + slot, value
            ready, carried = [batch[~late], *carried], [batch[late]]
            tally[0] += _write(writer, schema, names, np.concatenate(ready), first_day)
        tally[0] += _write(writer, schema, names, np.concatenate(carried), first_day)
    return Simulation(
        int(tally[0]), points, days, first_day.isoformat(), int(tally[1]), int(tally[2]),
        int(points * days * SLOTS * faults.late), float(tally[3]),
    )  # fmt: skip


def _point_shapes(
    registry: dict[str, list[dict[str, str]]], kinds: Mapping[str, str]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Per point: mean kW [point], weekend factor [point], shape over the day [point, slot]."""
    by_name = {row["name_zh"]: row for row in _profiles()}
    object_owner = {row["id"]: row["owner"] for row in registry["objects"]}
    kind = {
        row["id"]: by_name[kinds.get(row["id"]) or row["name_zh"].removeprefix("仿真").rstrip("0123456789")]
        for row in registry["units"]
    }
    profiles = [kind[object_owner[row["object"]]] for row in registry["points"]]
    hours = np.array([[float(profile[column]) for column in _PROFILE_COLUMNS] for profile in profiles])
    hours /= hours.mean(axis=1, keepdims=True)
    return (
        np.array([float(row["rated_max"]) / 4 for row in registry["points"]]),
        np.array([float(profile["weekend"]) for profile in profiles]),
        np.repeat(hours, SLOTS // 24, axis=1),
    )


def _day_energy(
    rng: np.random.Generator,
    base: NDArray[np.float64],
    weekend: NDArray[np.float64],
    shape: NDArray[np.float64],
    day: date,
) -> NDArray[np.float64]:
    """Energy in kWh [point, slot] of one day."""
    season = 1 + 0.15 * np.cos(4 * np.pi * (day.timetuple().tm_yday - 15) / 365)
    level = base * season * (weekend if day.weekday() >= 5 else 1.0)
    noise = np.exp(rng.normal(0, 0.08, shape.shape))
    return np.asarray(level[:, None] * shape * noise / 4)


def _with_faults(
    rng: np.random.Generator, energy: NDArray[np.float64], faults: Faults, tally: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]]:
    """Rows of a day in order of time: point, slot, value, late."""
    energy = energy.copy()
    points, slots = energy.shape
    present = np.ones_like(energy, bool)
    for row in np.flatnonzero(rng.random(points) < faults.gaps * slots / faults.gap_slots):
        begin = int(rng.integers(slots))
        present[row, begin : begin + 1 + int(rng.geometric(1 / faults.gap_slots))] = False
    for row in np.flatnonzero(rng.random(points) < faults.frozen * slots / 16):
        begin = int(rng.integers(slots))
        energy[row, begin : begin + 16] = energy[row, begin]
    spikes = rng.random(energy.shape) < faults.spikes
    energy[spikes] *= 50
    slot, point = np.nonzero(present.T)
    value = energy[point, slot]
    late = rng.random(len(point)) < faults.late
    again = np.flatnonzero(rng.random(len(point)) < faults.repeated)
    tally[1] += energy.size - len(point)
    tally[2] += len(again)
    order = np.sort(np.concatenate([np.arange(len(point)), again]))
    return point[order], slot[order], value[order], late[order]


def _write(
    writer: pq.ParquetWriter, schema: pa.Schema, names: pa.Array, rows: NDArray[Any], first_day: date
) -> int:
    if not len(rows):
        return 0
    start = np.datetime64(midnight(first_day), "us") + rows["slot"] * np.timedelta64(15 * 60, "s")
    columns = [
        pa.DictionaryArray.from_arrays(pa.array(rows["point"].astype(np.int32)), names),
        pa.array(start.astype("datetime64[us]")).cast(pa.timestamp("us", tz="UTC")),
        pa.array(np.round(rows["value"], 4)),
        pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(rows), np.int32)), pa.array(["synthetic"])),
    ]
    writer.write_table(pa.Table.from_arrays(columns, schema=schema), row_group_size=1 << 20)
    return len(rows)
