"""Operation and expansion of a system: one call from a system to a solution."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from dafeng.dispatch.folder import HEADER, read_folder
from dafeng.dispatch.formulation import Commitment
from dafeng.dispatch.infeasible import explain
from dafeng.dispatch.pypsa.export import write_network
from dafeng.dispatch.pypsa.read import read_network
from dafeng.dispatch.solution import Solution, read_solution
from dafeng.dispatch.solve import MIP_GAP, Prepared
from dafeng.dispatch.system import System
from dafeng.dispatch.vocabulary import NOMINAL
from dafeng.evidence import DafengError, Problems, track


def read_system(path: Path) -> System:
    """Read a system folder (it has a system.yaml) or a PyPSA network (netCDF file or CSV folder).

    Parameters
    ----------
    path : Path
        File or folder to read.

    Raises
    ------
    DafengError
        With every problem detected.
    """
    if not path.exists():
        raise DafengError.at(
            str(path), "nothing", "a folder with system.yaml, or a PyPSA network (.nc or CSV folder)"
        )
    return read_folder(path) if is_folder(path) else read_network(path)


def is_folder(path: Path) -> bool:
    """Check whether `path` is a system folder of dafeng and not a PyPSA network.

    Parameters
    ----------
    path : Path
        Folder or file.
    """
    return path.is_dir() and (path / HEADER).exists()


def without_expansion(system: System) -> System:
    """Return the same system with every capacity at its given value.

    Parameters
    ----------
    system : System
        Checked system.
    """
    for component, nominal in NOMINAL.items():
        table = system.tables[component]
        if len(table) and table[f"{nominal}_extendable"].any():
            system = system.with_table(component, table.assign(**{f"{nominal}_extendable": False}))
    return system


def solve(
    system: System,
    *,
    mode: Commitment = Commitment.RELAXED,
    threads: int | None = None,
    mip_gap: float | None = None,
) -> Solution:
    """Solve the least-cost operation (and expansion of whatever is extendable) of `system`.

    Parameters
    ----------
    system : System
        Checked system.
    mode : Commitment, default Commitment.RELAXED
        Mode of unit commitment.
    threads : int, optional
        Threads of HiGHS; None: its choice.
    mip_gap : float, optional
        Relative gap at which a mixed-integer problem counts as solved.

    Raises
    ------
    DafengError
        With the limits that conflict, where, when and by how much, where there is no solution; and for a
        system whose cost has no lower bound.
    """
    prepared = Prepared(system, mode, threads=threads, mip_gap=MIP_GAP if mip_gap is None else mip_gap)
    return solve_prepared(prepared)


def solve_prepared(prepared: Prepared) -> Solution:
    """Solve the prepared problem from the present basis of the solver. Raises: as `solve`.

    Parameters
    ----------
    prepared : Prepared
        Problem inside HiGHS.
    """
    raw = prepared.run()
    if raw.status == "Optimal":
        return read_solution(prepared, raw)
    if raw.status in {"Infeasible", "Primal infeasible or unbounded"}:
        raise explain(prepared)
    if raw.status == "Unbounded":
        raise DafengError.at(
            prepared.system.name,
            "a cost without lower bound",
            "costs that end somewhere",
            "a negative marginal_cost needs an upper limit on output or capacity",
        )
    raise DafengError.at(
        prepared.system.name,
        f"no result ({raw.status})",
        "an optimal solution",
        "shorten the horizon or add time",
    )


Point = tuple[float, Solution | DafengError]


def sweep_limit(
    prepared: Prepared,
    limit: str,
    constants: Sequence[float],
    each: Callable[[Point], None] | None = None,
) -> list[Point]:
    """Solve once for each right-hand side of the global constraint `limit`, in the order given.

    The solver object stays: every point starts from the basis of the one before. A point without a solution
    carries the error that explains it, so that a curve shows where it ends.

    Parameters
    ----------
    prepared : Prepared
        The problem.
    limit : str
        Name of the global constraint.
    constants : sequence of float
        Its right-hand sides.
    each : callable, optional
        Called with every point as soon as it is solved, so that a run that is stopped keeps what it has.
    """
    points: list[Point] = []
    for constant in track(f"{limit}", list(constants)):
        prepared.set_limit(limit, constant)
        try:
            points.append((constant, solve_prepared(prepared)))
        except DafengError as error:
            points.append((constant, error))
        if each is not None:
            each(points[-1])
    return points


def curve(points: Iterable[Point], limit: str) -> pd.DataFrame:
    """Return a sweep of `limit` as a table.

    Columns: limit, total_cost, co2_t, shadow_price, reason (where there is no solution).

    Parameters
    ----------
    points : iterable of Point
        Points of the sweep.
    limit : str
        Name of the global constraint.
    """
    rows = []
    for constant, result in points:
        if isinstance(result, DafengError):
            rows.append({"limit": constant, "reason": str(result)})
            continue
        rows.append(
            {
                "limit": constant,
                "total_cost": result.total_cost,
                "co2_t": float(result.emissions().sum()),
                "shadow_price": result.shadow_prices.get(limit),
                "curtailment_mwh": float(result.curtailment().sum()),
                "reason": "",
            }
        )
    return pd.DataFrame(rows)


def with_limits(system: System, settings: Sequence[str]) -> System:
    """Return `system` with right-hand sides changed by `settings`, each NAME=VALUE.

    Parameters
    ----------
    system : System
        Checked system.
    settings : sequence of str
        Texts `NAME=VALUE`.

    Raises
    ------
    DafengError
        With all that is wrong.
    """
    table = system.tables["global_constraints"].copy()
    problems = Problems()
    for setting in settings:
        name, _, value = setting.partition("=")
        try:
            number = float(value)
        except ValueError:
            problems.add("--cap", setting, "NAME=NUMBER")
            continue
        if not np.isfinite(number):
            problems.add("--cap", setting, "a finite number")
            continue
        if name not in table.index:
            problems.add(
                "--cap", name, f"a global constraint ({', '.join(map(str, table.index)) or 'there is none'})"
            )
            continue
        table.loc[name, "constant"] = number
    problems.raise_if_any()
    return system.with_table("global_constraints", table)


def parse_numbers(where: str, text: str) -> list[float]:
    """Parse comma-separated numbers.

    Parameters
    ----------
    where : str
        Place named in problems.
    text : str
        Text to parse.

    Raises
    ------
    DafengError
        Naming each that is none.
    """
    problems = Problems()
    numbers = []
    for part in text.split(","):
        try:
            numbers.append(float(part))
        except ValueError:
            problems.add(where, part, "numbers separated by commas")
    problems.raise_if_any()
    return numbers


def coarsen(system: System, hours: int) -> System:
    """Merge blocks of `hours` snapshots into one: weights added, series averaged. For previews.

    Ramps and minimum times of generators are counted in blocks, the latter rounded up.

    Parameters
    ----------
    system : System
        Checked system.
    hours : int
        Snapshots merged into one.

    Raises
    ------
    DafengError
        Where the horizon is no multiple of the block.
    """
    count = len(system.snapshots)
    if hours < 1 or count % hours:
        raise DafengError.at("hours", str(hours), f"a divisor of {count} snapshots")

    def average(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.groupby(frame.index // hours).mean()

    weights = system.weightings.reset_index(drop=True)
    generators = _in_blocks(system.tables["generators"], hours)
    return replace(
        system,
        tables={**system.tables, "generators": generators},
        snapshots=system.snapshots[::hours],
        weightings=weights.groupby(weights.index // hours).sum(),
        series={key: average(frame.reset_index(drop=True)) for key, frame in system.series.items()},
    )


PER_SNAPSHOT = ("ramp_limit_up", "ramp_limit_down")
IN_SNAPSHOTS = ("min_up_time", "min_down_time")


def _in_blocks(table: pd.DataFrame, hours: int) -> pd.DataFrame:
    """Generators whose ramps and minimum times are counted in blocks of `hours` snapshots."""
    if table.empty:
        return table
    ramps = {name: (table[name].astype(float) * hours).clip(upper=1.0) for name in PER_SNAPSHOT}
    times = {name: np.ceil(table[name].astype(float) / hours) for name in IN_SNAPSHOTS}
    return table.assign(**ramps, **times)


def export(solution: Solution, path: Path) -> None:
    """Write the system with its results as a netCDF network that PyPSA opens.

    Parameters
    ----------
    solution : Solution
        Solved system.
    path : Path
        File to write.
    """
    system = solution.system
    results: dict[str, pd.DataFrame | pd.Series] = {}
    for component, nominal in NOMINAL.items():
        if len(system.tables[component]):
            results[f"{component}_{nominal}_opt"] = solution.capacities[component]
    names = {
        "generators-p": "generators_t_p",
        "links-p": "links_t_p0",
        "lines-s": "lines_t_p0",
        "stores-e": "stores_t_e",
        "stores-p": "stores_t_p",
        "storage_units-state_of_charge": "storage_units_t_state_of_charge",
    }
    for flow, name in names.items():
        if flow in solution.flows:
            results[name] = solution.flows[flow]
    if "storage_units-p_dispatch" in solution.flows:
        results["storage_units_t_p"] = (
            solution.flows["storage_units-p_dispatch"] - solution.flows["storage_units-p_store"]
        )
    if solution.prices is not None:
        results["buses_t_marginal_price"] = solution.prices
    write_network(system, path, results)
