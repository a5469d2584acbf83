"""Carbon-cap curve of a city's grid: cost, shadow price, and whether CO2 is abated or moved."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from dafeng.case import Case
from dafeng.dispatch.city.accounts import CityAccounts, abatement, city_accounts, province_rise
from dafeng.dispatch.city.grid import CityGrid, city_grid
from dafeng.dispatch.city.runs import overrides_in
from dafeng.dispatch.operate import Point, coarsen, sweep_limit
from dafeng.dispatch.solution import Solution
from dafeng.dispatch.solve import Prepared
from dafeng.evidence import DafengError


def cap_curve(
    case: Case,
    year: int,
    points: int,
    lowest: float,
    *,
    expand: bool = False,
    block: int = 1,
    each: Callable[[Point], None] | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Compute the carbon-cap curve: cost, emissions and shadow price of carbon.

    It has `points` caps from the free optimum to `lowest` × its CO2.

    `each` is called with every point as soon as it is solved, the free optimum first.

    Returns: the table of `curve`, caps falling.

    Parameters
    ----------
    case : Case
        Loaded case.
    year : int
        Calendar year.
    points : int
        Number of caps.
    lowest : float
        Lowest cap as a share of the CO2 of the free optimum.
    expand : bool, default False
        Whether capacity may be added at least cost.
    block : int, default 1
        Hours merged into one snapshot.
    each : callable, optional
        Called with every point as soon as it is solved.
    **options : Any
        Options of `city_grid`.

    Raises
    ------
    DafengError
        As `run_city`.
    """
    if points < 2 or not 0 <= lowest < 1:
        raise DafengError.at("points", f"{points}, lowest {lowest:g}", "2 points or more and 0 <= lowest < 1")
    # a cap that cannot bind: every hour of the year at full import and full coal stays far below it
    overrides = overrides_in(options.pop("overrides", None) or {}, year)
    grid = city_grid(case, year, expand=expand, cap_t=1e12, overrides=overrides, **options)
    prepared = Prepared(
        grid.system if block == 1 else coarsen(grid.system, block), threads=options.get("threads")
    )
    free = sweep_limit(prepared, "co2", [1e12])[0][1]
    if isinstance(free, DafengError):
        raise free
    accounts = city_accounts(grid, free)
    province = accounts.co2_province_t or 0.0
    emitted = capped_co2(grid, free)
    caps = [emitted * (1.0 - (1.0 - lowest) * i / (points - 1)) for i in range(points)]
    told = None if each is None else lambda point: each((point[0] - province, point[1]))
    found = sweep_limit(prepared, "co2", [cap + province for cap in caps], told)
    return cap_table(grid, accounts, caps, [result for _, result in found])


def capped_co2(grid: CityGrid, solution: Solution) -> float:
    """Return the CO2 that a cap counts, without what it moves, t.

    That is the city's generation; without a second node also its import at the mean factor.

    Parameters
    ----------
    grid : CityGrid
        Grid of the city.
    solution : Solution
        Its solution.
    """
    if grid.has_province():
        return city_accounts(grid, solution).co2_generation_t
    return float(solution.emissions().sum())


def cap_table(
    grid: CityGrid, free: CityAccounts, caps: Sequence[float], results: Sequence[Solution | DafengError]
) -> pd.DataFrame:
    """Return the table of a cap curve, one row per cap.

    Columns: limit (the city's cap, t), total_cost, co2_t (what the cap counts), co2_city_t (generation of the city), shadow_price, curtailment_mwh,
    abated_city_t, abated_province_t, moved_t, reason (where there is no solution).

    Parameters
    ----------
    grid : CityGrid
        Grid of the year.
    free : CityAccounts
        Accounts without a cap.
    caps : sequence of float
        Caps of the city, t.
    results : sequence of Solution or DafengError
        Solution at each cap, or why there is none.
    """
    rows: list[dict[str, Any]] = []
    for cap, result in zip(caps, results, strict=True):
        if isinstance(result, DafengError):
            rows.append({"limit": cap, "reason": str(result)})
            continue
        accounts = city_accounts(grid, result)
        split = abatement(free, accounts)
        rows.append(
            {
                "limit": cap, "total_cost": result.total_cost, "co2_t": capped_co2(grid, result) + province_rise(free, accounts),
                "co2_city_t": accounts.co2_generation_t,
                "shadow_price": result.shadow_prices.get("co2"), "curtailment_mwh": float(result.curtailment().sum()),
                "abated_city_t": split.abated_city_t, "abated_province_t": split.abated_province_t,
                "moved_t": split.moved_t, "reason": "",
            }
        )  # fmt: skip
    return pd.DataFrame(rows)
