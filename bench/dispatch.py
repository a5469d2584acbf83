"""Hourly systems: Jiujiang 2030 operated and expanded, model building, blocks, hours, units, the sweep against fresh solves."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import pandas as pd

from bench import Figure
from dafeng.case import Case, load
from dafeng.dispatch import (
    Prepared,
    System,
    city_grid,
    coarsen,
    export,
    run_city,
    solve,
    sweep_limit,
)

POINTS = 10


def figures() -> Iterator[Figure]:
    """Operate and expand 2030 over the year; cost against hours and units; a ten-point carbon cap over four weeks."""
    case = load("jiujiang")
    solve(
        city_grid(case, 2030, hours=24).system, threads=2
    )  # imports and the first model of a process are no model's cost
    grid = city_grid(case, 2030).system
    exact = solve(grid, threads=2)
    whole = exact.seconds_build + exact.seconds_solve
    yield Figure("operate 8,760 h", whole, None, "< 20 s", f"{exact.total_cost / 1e8:.2f} 亿 CNY")
    yield Figure("model building in it", exact.seconds_build, whole, "≤ 15 % of the whole")
    for block in (3, 8):
        rough = solve(coarsen(grid, block), threads=2)
        seconds = rough.seconds_build + rough.seconds_solve
        error = rough.total_cost / exact.total_cost - 1
        yield Figure(
            f"preview in {block}-hour blocks", seconds, whole, "< 3 s at 3 h", f"cost error {error:+.2%}"
        )
    for hours in (168, 1095):
        part = solve(city_grid(case, 2030, hours=hours).system, threads=2)
        yield Figure(f"operate {hours:,} h", part.seconds_build + part.seconds_solve, whole)
    yield from units(city_grid(case, 2030, hours=1095).system)
    built = solve(city_grid(case, 2030, expand=True).system, threads=2)
    yield Figure("expand 8,760 h", built.seconds_build + built.seconds_solve, None, "< 90 s")
    spans = []
    for years in ([2030], [2025, 2030, 2035]):
        began = perf_counter()
        run_city(case, years, expand=True, threads=2)
        spans.append(perf_counter() - began)
    yield Figure("expand 2025, 2030, 2035", spans[1], spans[0], "≤ 3.5 × one period")
    yield from sweeps(case)
    yield from scenarios(case)


def units(grid: System) -> Iterator[Figure]:
    """The same coal capacity as more and more units; the floor is the smallest fleet scaled by their number."""
    first: float | None = None
    for parts in (1, 2, 4, 8):
        system = divided(grid, parts)
        found = solve(system, threads=2)
        seconds = found.seconds_build + found.seconds_solve
        first = first or seconds
        count = int((system.tables["generators"]["carrier"] == "coal").sum())
        yield Figure(f"operate 1,095 h with {count} coal units", seconds, first * parts, "linear: 1")


def divided(grid: System, parts: int) -> System:
    """`grid` with each coal unit as `parts` equal ones."""
    generators = grid.tables["generators"]
    coal = generators["carrier"] == "coal"
    smaller = generators[coal].assign(
        p_nom=generators.loc[coal, "p_nom"] / parts, e_sum_max=generators.loc[coal, "e_sum_max"] / parts
    )
    pieces = [smaller.rename(index=lambda name, part=part: f"{name} {part}") for part in range(parts)]
    tables = dict(grid.tables) | {"generators": pd.concat([generators[~coal], *pieces])}
    return replace(grid, tables=tables)


def sweeps(case: Case) -> Iterator[Figure]:
    """A ten-point carbon cap over four weeks, beside ten separate solves through PyPSA where it is installed."""
    month = city_grid(case, 2030, expand=True, hours=672, start=4368, cap_t=1e12).system
    first = solve(month, threads=1)
    caps = [float(first.emissions().sum()) * (1.0 - 0.05 * i) for i in range(POINTS)]
    began = perf_counter()
    points = sweep_limit(Prepared(month, threads=1), "co2", caps)
    ours = perf_counter() - began
    with TemporaryDirectory() as folder:
        export(first, Path(folder) / "month.nc")
        began = perf_counter()
        theirs = _through_pypsa(Path(folder) / "month.nc", caps)
        seconds = perf_counter() - began
    if theirs is None:
        yield Figure("ten caps (672 h)", ours, None, "≤ 25 % of PyPSA", "PyPSA is not installed")
        return
    worst = max(abs(point.objective / other - 1) for (_, point), other in zip(points, theirs, strict=True))
    yield Figure(
        "ten caps (672 h)", ours, seconds, "≤ 25 % of ten solves through PyPSA",
        f"objectives differ by {worst:.0e} at most",
    )  # fmt: skip


def _through_pypsa(network: Path, caps: list[float]) -> list[float] | None:
    try:
        import pypsa
    except ImportError:
        return None
    options = {"threads": 1, "output_flag": False}
    found = []
    for cap in caps:
        n = pypsa.Network(network)
        n.global_constraints.loc["co2", "constant"] = cap
        n.optimize(solver_name="highs", solver_options=options, include_objective_constant=False)
        found.append(float(n.objective + n.objective_constant))
    return found


def scenarios(case: Case) -> Iterator[Figure]:
    """Ten months side by side in two processes, beside one after the other."""
    weeks = [city_grid(case, 2030, hours=730, start=730 * k).system for k in range(POINTS)]
    began = perf_counter()
    alone = [solve(week, threads=1).total_cost for week in weeks]
    single = perf_counter() - began
    with ProcessPoolExecutor(2) as executor:
        list(executor.map(partial(solve, threads=1), weeks[:2]))
        began = perf_counter()
        together = [solution.total_cost for solution in executor.map(partial(solve, threads=1), weeks)]
        took = perf_counter() - began
    yield Figure(
        "ten months in two processes", took, single, "about 0.5 on two free cores",
        "same costs" if alone == together else "COSTS DIFFER",
    )  # fmt: skip
