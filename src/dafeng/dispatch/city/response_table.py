"""Response table for the annual model.

Dispatch results of a year as a function of the plan's decision variables.

A designed set of at most 60 runs (scrambled Sobol points and the corners of the box) is solved once, stored
with the hash of its inputs, and interpolated linearly on a triangulation. The error is measured on runs
held back. Outside the hull of the runs there is no answer: a finding, never an extrapolation.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.interpolate import LinearNDInterpolator
from scipy.stats import qmc

from dafeng.case import Case
from dafeng.dispatch.city.accounts import city_accounts, city_load, import_limit, trade
from dafeng.dispatch.city.grid import CityGrid, city_grid
from dafeng.dispatch.city.inputs import assumptions
from dafeng.dispatch.city.runs import run_city
from dafeng.dispatch.city.summary import curtailment_rate
from dafeng.dispatch.city.tables import CITY
from dafeng.dispatch.solution import Solution
from dafeng.evidence import DafengError, Finding, Severity, Text, track, write_atomically

MOST_RUNS = 60
MODEL = "two nodes, clustered units, marginal CO2"
"""State of the city model that a stored table rests on: part of its hash; changes with the model."""
INPUTS = ("solar_mw", "storage_mw", "demand_mwh")
OUTPUTS = (
    "thermal_hours", "curtailment_rate", "net_import_mwh", "co2_t", "peak_flexibility_mw", "marginal_co2_t_per_mwh",
)  # fmt: skip


@dataclass(frozen=True)
class ResponseTable:
    """Response table.

    Runs [run, INPUTS + OUTPUTS] of one year, the hash of their inputs, and the measured error.

    `errors[output]` is the largest error on held-back runs, per unit of the output's range over all runs.
    """

    case: str
    year: int
    input_hash: str
    block: int
    runs: pd.DataFrame
    held_back: int
    errors: Mapping[str, float]

    def evaluate(self, points: NDArray[np.float64]) -> tuple[NDArray[np.float64], tuple[Finding, ...]]:
        """Evaluate the outputs [point, OUTPUTS] at `points` [point, INPUTS].

        NaN outside the hull, with a finding.

        Raises
        ------
        DafengError
            For points of another shape or with NaN.
        """
        points = np.atleast_2d(np.asarray(points, dtype=float))
        if points.shape[1] != len(INPUTS) or np.isnan(points).any():
            raise DafengError.at("response", str(points.shape), f"[point, {', '.join(INPUTS)}] without NaN")
        values = _interpolate(self.runs, points)
        outside = int(np.isnan(values).any(axis=1).sum())
        if not outside:
            return values, ()
        finding = Finding(
            "dispatch-response-outside",
            Severity.WARNING,
            f"{self.case}:{self.year}",
            f"{outside} 个点超出响应表的范围,不作外推",
            f"{outside} points lie outside the response table's runs; no extrapolation",
            (),
        )
        return values, (finding,)

    def write(self, path: Path) -> None:
        """Write the table as JSON with its hash."""
        content = {
            "case": self.case,
            "year": self.year,
            "input_hash": self.input_hash,
            "block": self.block,
            "held_back": self.held_back,
            "errors": dict(self.errors),
            "runs": self.runs.to_dict("list"),
        }
        with write_atomically(path) as temporary:
            temporary.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")


def read_response(path: Path, case: Case) -> ResponseTable:
    """Read the stored response table.

    Parameters
    ----------
    path : Path
        File or folder to read.
    case : Case
        Case that the table has to rest on.

    Raises
    ------
    DafengError
        For another kind of file, or where it does not rest on the case as it is now (stale).
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        expected = input_hash(case, int(content["year"]), int(content["block"]))
        stored = str(content["input_hash"])
        runs = pd.DataFrame(content["runs"])
        runs[[*INPUTS, *OUTPUTS]].astype(float)
        table = ResponseTable(**(content | {"runs": runs}))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DafengError.at(
            str(path), f"no response table ({type(error).__name__})", "a file that `dafeng dispatch response` has written",
            Text("用该命令重新计算", "compute it with that command"),
        ) from error  # fmt: skip
    if stored != expected:
        raise DafengError.at(
            str(path), f"inputs {stored[:12]}", expected[:12], "the case has changed: compute the table anew"
        )
    return table


def input_hash(case: Case, year: int, block: int) -> str:
    """Compute the hash of the case, its ancestors, the stated assumptions, the year and the resolution."""
    parts = [MODEL, str(year), str(block)]
    place: Case | None = case
    while place is not None:
        parts.append(place.release)
        place = place.parent
    parts += [f"{used.item}={used.value!r}" for used in assumptions().values()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def design(bounds: Mapping[str, tuple[float, float]], runs: int, seed: int) -> NDArray[np.float64]:
    """Design the runs: corners of the box and scrambled Sobol points inside it [run, INPUTS].

    Raises
    ------
    DafengError
        For more than 60 runs, too few, or a box that misses an input.
    """
    corners = 2 ** len(INPUTS)
    if set(bounds) != set(INPUTS) or any(low >= high for low, high in bounds.values()):
        raise DafengError.at(
            "response: bounds", str(dict(bounds)), f"low < high for each of {', '.join(INPUTS)}"
        )
    if not corners + 2 <= runs <= MOST_RUNS:
        raise DafengError.at("response: runs", str(runs), f"{corners + 2} to {MOST_RUNS}")
    low = np.array([bounds[name][0] for name in INPUTS])
    high = np.array([bounds[name][1] for name in INPUTS])
    corner = np.array(list(product((0.0, 1.0), repeat=len(INPUTS))))
    count = runs - corners
    inside = qmc.Sobol(len(INPUTS), seed=seed).random_base2(int(np.ceil(np.log2(count))))[:count]
    unit: NDArray[np.float64] = np.vstack([corner, inside])
    points: NDArray[np.float64] = low + unit * (high - low)
    return points


def default_bounds(case: Case, year: int, **options: Any) -> dict[str, tuple[float, float]]:
    """Return a box of bounds around the values of the case in `year`.

    Solar ×0.5–1.5, storage 0–3 times, demand ×0.85–1.15.

    Without storage in the case, up to a tenth of the load's peak. Raises: as `city_grid`.

    Parameters
    ----------
    case : Case
        Loaded case.
    year : int
        Calendar year.
    **options : Any
        Options of `city_grid`.
    """
    grid = city_grid(case, year, **options)
    solar, demand = (grid.used[item].value for item in ("solar_mw", "demand_mwh"))
    storage = grid.used["storage_mw"].value if "storage_mw" in grid.used else 0.0
    peak = float(city_load(grid.system).max())
    return {
        "solar_mw": (0.5 * solar, 1.5 * solar),
        "storage_mw": (0.0, 3.0 * storage or 0.1 * peak),
        "demand_mwh": (0.85 * demand, 1.15 * demand),
    }


def response_table(
    case: Case,
    year: int,
    bounds: Mapping[str, tuple[float, float]],
    *,
    runs: int = 40,
    block: int = 3,
    seed: int = 20300,
    executor: Executor | None = None,
    **options: Any,
) -> ResponseTable:
    """Solve the design and measure the interpolation error on a held-back fifth of the inner runs.

    Parameters
    ----------
    case : Case
        Loaded case.
    year : int
        Calendar year.
    bounds : mapping
        Lowest and highest value of each input.
    runs : int, default 40
        Number of runs.
    block : int, default 3
        Hours merged into one snapshot.
    seed : int, default 20300
        Seed of the random numbers.
    executor : Executor, optional
        Executor of the runs; None: one after the other.
    **options : Any
        Options of `city_grid`.

    Raises
    ------
    DafengError
        From `design` and from the runs.
    """
    points = design(bounds, runs, seed)
    jobs = [(case, year, dict(zip(INPUTS, point.tolist(), strict=True)), block, options) for point in points]
    if executor is None:
        outputs = [_one(*job) for job in track("响应表 response", jobs)]
    else:
        futures = [executor.submit(_one, *job) for job in jobs]
        outputs = [future.result() for future in track("响应表 response", futures, len(futures))]
    table = pd.DataFrame(points, columns=list(INPUTS)).join(pd.DataFrame(outputs))
    held = max(1, (runs - 2 ** len(INPUTS)) // 5)
    values = table[list(OUTPUTS)].to_numpy(float)
    guess = _interpolate(table.iloc[:-held], points[-held:])
    spread = np.maximum(values.max(axis=0) - values.min(axis=0), 1e-12)
    errors = np.nanmax(np.abs(guess - values[-held:]), axis=0) / spread
    return ResponseTable(
        case.name,
        year,
        input_hash(case, year, block),
        block,
        table,
        held,
        dict(zip(OUTPUTS, errors.tolist(), strict=True)),
    )


def _interpolate(runs: pd.DataFrame, points: NDArray[np.float64]) -> NDArray[np.float64]:
    known = runs[list(INPUTS)].to_numpy(float)
    low, span = known.min(axis=0), np.ptp(known, axis=0)
    interpolate = LinearNDInterpolator((known - low) / span, runs[list(OUTPUTS)].to_numpy(float))
    return np.asarray(interpolate((points - low) / span), dtype=float)


def _one(
    case: Case, year: int, overrides: dict[str, float], block: int, options: dict[str, Any]
) -> dict[str, float]:
    options = {"marginal": True, **options}
    run = run_city(case, [year], block=block, threads=1, overrides=overrides, **options)[0]
    accounts = city_accounts(run.grid, run.solution)
    coal = run.grid.members(CITY, "coal")
    capacity = run.grid.system.table("generators").loc[coal, "p_nom"].sum()
    return {
        "thermal_hours": float(run.solution.generation()[coal].sum() / capacity),
        "curtailment_rate": curtailment_rate(run.grid, run.solution, CITY),
        "net_import_mwh": accounts.import_mwh - accounts.export_mwh,
        "co2_t": accounts.co2_of_use_t,
        "peak_flexibility_mw": spare_at_peak(run.solution, [*coal, "peak response"])
        + _spare_corridor(run.grid, run.solution),
        "marginal_co2_t_per_mwh": float(run.marginal or 0.0),
    }


def _spare_corridor(grid: CityGrid, solution: Solution) -> float:
    """Import that the corridor could add at the city's peak load, MW."""
    bought, _ = trade(grid, solution)
    return import_limit(grid, solution) - float(bought[int(np.argmax(city_load(solution.system)))])


def spare_at_peak(solution: Solution, firm: Sequence[str]) -> float:
    """Return the capacity in MW that the generators `firm` could add in the hour of highest load of the city.

    Parameters
    ----------
    solution : Solution
        A solved system.
    firm : sequence of str
        Generators that can be called: available capacity less output, 0 or more for each.
    """
    peak = int(np.argmax(city_load(solution.system)))
    spare = solution.available().iloc[peak] - solution.flows["generators-p"].iloc[peak]
    return float(spare[list(firm)].sum())
