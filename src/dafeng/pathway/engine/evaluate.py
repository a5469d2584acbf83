"""Vectorised evaluation of the model for every scenario, draw, coalition and design point.

Samples are taken in chunks that fit the cache; nothing loops over samples or years.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dafeng.evidence import DafengError
from dafeng.pathway.engine.base import SECTOR_OF, SECTORS
from dafeng.pathway.engine.model import Model
from dafeng.pathway.engine.parameter_paths import Paths
from dafeng.pathway.engine.program import Chunk, Program, program_of, reported

Array = NDArray[np.float64]

# values [sample, year] of one intermediate that stay in a core's cache together with its neighbours
CHUNK_VALUES = 16384

ACCOUNTS = ("A", "B")
HEADLINE_ONLY = "headline"
IMPORT = "import"
PROCESS = "sum:process_t"
ROWS: tuple[str, ...] = (*SECTORS, "process", IMPORT)


@dataclass(frozen=True, slots=True)
class Result:
    """Result of `evaluate`; every array is [sample, year] (sectors: [sample, row, year]).

    `accounts` in t CO2 by name (A: combustion and net electricity import; B: combustion and processes in the
    territory). `sectors` has ROWS: the plan's sectors (combustion), processes, import. `quantities` by id:
    electricity in MWh, capacities in MW, crude in t, shares as fractions. Both are empty where only the
    headline was asked for. `process` are the processes in t, which account B includes in addition to its
    energy.
    """

    years: NDArray[np.int64]
    accounts: Mapping[str, Array]
    sectors: Array | None
    quantities: Mapping[str, Array]
    process: Array


def checked_delivery(model: Model, delivery: ArrayLike, samples: int) -> Array:
    """Return `delivery` as [sample or 1, measure].

    Raises: DafengError for another number of measures or samples, or a degree outside 0–1.
    """
    degrees = np.atleast_2d(np.asarray(delivery, dtype=float))
    if degrees.ndim != 2 or degrees.shape[1] != len(model.measures) or degrees.shape[0] not in (1, samples):
        expected = f"[1 or {samples}, {len(model.measures)}]"
        raise DafengError.at("delivery", f"shape {degrees.shape}", expected, "see Model.delivery")
    if degrees.size and not (degrees.min() >= 0 and degrees.max() <= 1):
        raise DafengError.at(
            "delivery", "a degree outside 0–1 or missing", "0 (nothing) to 1 (as in the plan)"
        )
    return degrees


def evaluate(
    model: Model,
    delivery: ArrayLike,
    draws: ArrayLike,
    years: ArrayLike | None = None,
    quantities: str = "all",
) -> Result:
    """Evaluate the city in every year, for every row of delivery and draws.

    Parameters
    ----------
    delivery : array [measure], [1, measure] or [sample, measure]
        Degrees of delivery, 0–1.
    draws : array [sample, driver] or [sample, driver + measure]
        Deviates from `draw` (zeros are the central case); with columns for measures where their effects are
        uncertain (without them each works as stated).
    years : array [year]
        Those wanted (all by default).
    quantities : str
        "headline" for the accounts alone.

    Returns
    -------
    Result
        Memory is that of the result plus one chunk.

    Raises
    ------
    DafengError
        Where axes do not match, a degree is outside 0–1, or a year is not modelled.
    """
    deviates = np.atleast_2d(np.asarray(draws, dtype=float))
    drivers, both = len(model.drivers), len(model.drivers) + len(model.measures)
    if deviates.ndim != 2 or deviates.shape[1] not in (drivers, both) or not np.all(np.isfinite(deviates)):
        expected = f"finite deviates [sample, {drivers}], or [sample, {both}] with those of effects"
        raise DafengError.at("draws", f"shape {deviates.shape}", expected)
    effects = deviates[:, drivers:]
    deviates = deviates[:, :drivers]
    rows = deviates.shape[0]
    degrees = np.atleast_2d(np.asarray(delivery, dtype=float))
    if rows == 1 and degrees.shape[0] > 1:
        rows = degrees.shape[0]
    degrees = checked_delivery(model, delivery, rows)
    if effects.shape[1] and degrees.any():
        # what is delivered times how far it works: a measure that is not delivered has no effect to be uncertain of
        degrees = degrees * model.effect_factors(effects)
    columns = _columns(model, years)
    paths = Paths(model, columns)
    detail = quantities != HEADLINE_ONLY
    steps = program_of(model, (*(reported() if detail else ACCOUNTS), PROCESS))
    step = max(1, CHUNK_VALUES // columns.size)
    out: dict[str, Array] = {}
    sectors = np.empty((rows, len(ROWS), columns.size)) if detail else None
    for begin in range(0, rows, step):
        part = slice(begin, min(begin + step, rows))
        paths.chunk(
            degrees if degrees.shape[0] == 1 else degrees[part],
            deviates if deviates.shape[0] == 1 else deviates[part],
        )
        found = _chunk(steps, Chunk(model, paths, columns), None if sectors is None else sectors[part])
        for name in steps.wanted:
            if name in found:
                out.setdefault(name, np.empty((rows, columns.size)))[part] = found[name]
    accounts = {name: out.pop(name) for name in ACCOUNTS}
    process = out.pop(PROCESS, None)
    if process is None:
        process = np.zeros_like(accounts["B"])
    return Result(model.years[columns], accounts, sectors, out, process)


def _columns(model: Model, years: ArrayLike | None) -> NDArray[np.intp]:
    if years is None:
        return np.arange(model.years.size)
    wanted = np.atleast_1d(np.asarray(years, dtype=np.int64))
    missing = sorted(set(wanted.tolist()) - set(model.years.tolist()))
    if missing or not wanted.size:
        listed = ", ".join(str(year) for year in missing[:5]) + (" …" if len(missing) > 5 else "")
        raise DafengError.at("years", listed or "none", f"years from {model.years[0]} to {model.years[-1]}")
    return np.asarray(wanted - model.years[0], dtype=np.intp)


def _chunk(steps: Program, chunk: Chunk, sectors: Array | None) -> Mapping[str, Array]:
    """Quantities of one chunk; `sectors` [sample, row, year] is filled where it is asked for."""
    if sectors is None:
        return steps.run(chunk)
    sectors[:] = 0.0

    def add(segment: str, made: Mapping[str, Array]) -> None:
        sectors[:, SECTORS.index(SECTOR_OF[segment])] += made["co2_t"]

    city = steps.run(chunk, add)
    sectors[:, SECTORS.index("energy")] += city["coal_co2_t"]
    sectors[:, ROWS.index("process")] += city["sum:process_t"]
    sectors[:, ROWS.index(IMPORT)] += city["import_co2_t"]
    return city
