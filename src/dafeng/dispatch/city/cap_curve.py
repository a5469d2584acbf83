"""Carbon-cap curve of a city's grid: cost, shadow price, and whether CO2 is abated or moved.

The least cost V is a convex function of the cap, so that a few solved caps bound it everywhere:

    max_i V(x_i) + V'(x_i) (x - x_i)  <=  V(x)  <=  cost on the chord between the solved caps beside x

V' is the shadow price; the mix of the two neighbours' operation is feasible and costs what the chord says. The ends are
solved, then the cap with the widest bounds, until none is wider than the tolerance; the others are such mixes, and the
table states their bound.

A cap couples all hours of a year, and such a problem takes several times as long as one without. Of a long horizon a price
p of CO2 is charged instead: the least of cost + p x is a point of the curve whose slope is -p. The price rises until the
point lies below the lowest cap; then it is the slope of the chord where the bounds are widest.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from dafeng.case import Case
from dafeng.dispatch.city.accounts import CityAccounts, abatement, city_accounts, province_rise
from dafeng.dispatch.city.grid import CityGrid, city_grid
from dafeng.dispatch.city.runs import overrides_in
from dafeng.dispatch.operate import Point, coarsen, solve_prepared, sweep_limit
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
    tolerance: float | None = None,
    threads: int | None = None,
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
    tolerance : float, optional
        Widest bound of a cost that is not solved for, per unit of it; 0: every cap is solved. None: 0 up to
        `LONG` snapshots, `TOLERANCE` beyond.
    threads : int, optional
        Threads of HiGHS; None: its choice.
    each : callable, optional
        Called with every point as soon as it is solved.
    **options : Any
        Options of `city_grid`; `non_fossil` is the share of generation here.

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
    prepared = Prepared(grid.system if block == 1 else coarsen(grid.system, block), threads=threads)
    free = sweep_limit(prepared, "co2", [1e12])[0][1]
    if isinstance(free, DafengError):
        raise free
    accounts = city_accounts(grid, free)
    province = accounts.co2_province_t or 0.0
    emitted = capped_co2(grid, free)
    caps = [emitted * (1.0 - (1.0 - lowest) * i / (points - 1)) for i in range(points)]
    long = len(prepared.system.snapshots) > LONG
    if tolerance is None:
        tolerance = TOLERANCE if long else 0.0

    def solved(number: int) -> Solution | DafengError:
        # from the basis of another cap a year takes longer than anew with presolve; a month does not
        if long:
            prepared.highs.clearSolver()
        result = sweep_limit(prepared, "co2", [caps[number] + province])[0][1]
        if each is not None:
            each((caps[number], result))
        return result

    if each is not None:
        each((caps[0], free))
    if long and tolerance > 0:
        supported = support(caps, free, partial(_at_price, prepared, province, each), tolerance)
        prepared.set_price("co2", 0.0)
        if supported is not None:
            table = cap_table(grid, accounts, *supported)
            return table[table["limit"].isin(caps)].drop_duplicates("limit").reset_index(drop=True)
    return cap_table(grid, accounts, caps, refine(caps, free, solved, tolerance))


def _at_price(
    prepared: Prepared, province: float, each: Callable[[Point], None] | None, price: float
) -> tuple[float, Solution]:
    """Solve a price of CO2: what a cap counts, t, and the solution with its cost without the charge."""
    prepared.highs.clearSolver()
    prepared.set_price("co2", price)
    result = solve_prepared(prepared)
    total = float(result.emissions().sum())
    slopes = result.shadow_prices.copy()
    slopes["co2"] = -price
    result = replace(result, objective=result.objective - price * total, shadow_prices=slopes)
    if each is not None:
        each((total - province, result))
    return total - province, result


LONG = 2000
"""Snapshots beyond which a solve starts anew rather than from the basis of the one before."""
TOLERANCE = 5e-3
FIRST_PRICE, HIGHEST_PRICE = 300.0, 1e5
"""Prices of CO2 [currency/t]: the first tried, and the one beyond which a cap has no solution, presumably."""


def support(
    caps: Sequence[float],
    free: Solution,
    priced: Callable[[float], tuple[float, Solution]],
    tolerance: float,
) -> tuple[list[float], dict[int, Solution | DafengError]] | None:
    """Bound the cost at each of `caps` by solutions at prices of CO2.

    Parameters
    ----------
    caps : sequence of float
        Caps, t, falling; the first is that of `free`.
    free : Solution
        Solution without a cap.
    priced : callable
        Solves a price: what the cap counts, t, and the solution with its cost without the charge.
    tolerance : float
        Widest bound, per unit of the cost.

    Returns
    -------
    tuple or None
        `caps` and the points of the solutions between them, falling, and the solutions by number; None where no
        price reaches the lowest cap.
    """
    points: list[tuple[float, Solution]] = [(caps[0], free)]
    price, lowest = FIRST_PRICE, caps[0]
    while lowest > caps[-1]:
        if price > HIGHEST_PRICE:
            return None
        x, solution = priced(price)
        points.append((x, solution))
        cut, wanted = caps[0] - x, caps[0] - caps[-1]
        lowest = min(lowest, x)
        # as far again as the cut so far says, twice at least and five times at most
        price *= min(5.0, max(2.0, 1.1 * wanted / cut if cut > 0 else 5.0))
    asked: set[float] = set()
    while True:
        every, found = _among(caps, points)
        gaps = {i: bound(every, found, i) for i in range(len(every)) if i not in found}
        widest = max(gaps, key=lambda number: gaps[number])
        if gaps[widest] <= tolerance:
            return every, found
        above, below, _ = _beside(every, list(found), widest)
        slope = _cost(found[below]) - _cost(found[above])
        price = round(slope / (every[above] - every[below]), 9)
        if price in asked:
            return every, found
        asked.add(price)
        points.append(priced(price))


def _among(
    caps: Sequence[float], points: Sequence[tuple[float, Solution]]
) -> tuple[list[float], dict[int, Solution | DafengError]]:
    """Caps and points in one falling sequence, that without a cap first, and the solutions by their number in it."""
    marked: list[tuple[float, Solution | None]] = [*points, *((cap, None) for cap in caps[1:])]
    marked.sort(key=lambda pair: -pair[0])
    return [x for x, _ in marked], {i: one for i, (_, one) in enumerate(marked) if one is not None}


def _cost(result: Solution | DafengError) -> float:
    if isinstance(result, DafengError):
        raise result
    return result.total_cost


def refine(
    caps: Sequence[float],
    free: Solution,
    solve: Callable[[int], Solution | DafengError],
    tolerance: float,
) -> dict[int, Solution | DafengError]:
    """Solve as many of `caps` (falling, the first that of `free`) as it takes to bound the others.

    Parameters
    ----------
    caps : sequence of float
        Caps, t.
    free : Solution
        Solution without a cap, which is that of the first.
    solve : callable
        Solves the cap of a number.
    tolerance : float
        Widest bound of what is not solved, per unit of its cost; 0: all are solved.

    Returns
    -------
    dict
        Solution, or why there is none, by number of the cap.
    """
    found: dict[int, Solution | DafengError] = {0: free}
    last = len(caps) - 1
    order = range(1, last + 1)
    if tolerance > 0:
        found[last] = solve(last)
        if not isinstance(found[last], DafengError):
            while gaps := {
                i: gap for i in order if i not in found and (gap := bound(caps, found, i)) > tolerance
            }:
                widest = max(gaps, key=lambda number: gaps[number])
                found[widest] = solve(widest)
            return found
    for number in order:
        if number not in found:
            found[number] = solve(number)
    return found


def bound(caps: Sequence[float], found: Mapping[int, Solution | DafengError], number: int) -> float:
    """Return the width of the bounds of the cost at cap `number`, per unit of the upper one; 0 where solved."""
    known = {i: one for i, one in found.items() if not isinstance(one, DafengError)}
    if number in known:
        return 0.0
    above, below, share = _beside(caps, list(known), number)
    upper = (1.0 - share) * known[above].total_cost + share * known[below].total_cost
    lower = max(
        one.total_cost + (float(one.shadow_prices.get("co2", 0.0)) if i else 0.0) * (caps[number] - caps[i])
        for i, one in known.items()
    )
    return max(0.0, (upper - lower) / max(1.0, abs(upper)))


def _beside(caps: Sequence[float], known: Sequence[int], number: int) -> tuple[int, int, float]:
    """Solved caps above and below, and the share of the lower one in their mix."""
    above, below = max(i for i in known if i < number), min(i for i in known if i > number)
    apart = caps[above] - caps[below]
    return above, below, (caps[above] - caps[number]) / apart if apart else 0.0


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
    grid: CityGrid, free: CityAccounts, caps: Sequence[float], results: Mapping[int, Solution | DafengError]
) -> pd.DataFrame:
    """Return the table of a cap curve, one row per cap.

    Columns: limit (the city's cap, t), total_cost, co2_t (what the cap counts), co2_city_t (generation of the city), shadow_price, curtailment_mwh,
    non_fossil_use_share, abated_city_t, abated_province_t, moved_t, bound (width of the bounds of the cost, per unit;
    0 where the cap is solved), reason (where there is no solution).

    Parameters
    ----------
    grid : CityGrid
        Grid of the year.
    free : CityAccounts
        Accounts without a cap.
    caps : sequence of float
        Caps of the city, t.
    results : mapping
        Solution by number of the cap, or why there is none; caps without are mixes of their neighbours.
    """
    solved = {i: _figures(grid, free, one) for i, one in results.items() if not isinstance(one, DafengError)}
    rows: list[dict[str, Any]] = []
    for number, cap in enumerate(caps):
        result = results.get(number)
        if isinstance(result, DafengError):
            rows.append({"limit": cap, "reason": str(result)})
            continue
        figures = dict(solved[number] if number in solved else _mixed(caps, solved, number))
        accounts = CityAccounts(**{name: figures.pop(name) for name in asdict(free)})
        split = abatement(free, accounts)
        rows.append(
            {
                "limit": cap, **figures, "co2_city_t": accounts.co2_generation_t,
                "non_fossil_use_share": accounts.non_fossil_use_share,
                "abated_city_t": split.abated_city_t, "abated_province_t": split.abated_province_t,
                "moved_t": split.moved_t, "bound": bound(caps, results, number), "reason": "",
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _figures(grid: CityGrid, free: CityAccounts, solution: Solution) -> dict[str, Any]:
    """Figures of a solved cap: its accounts, and what the table adds to them."""
    accounts = city_accounts(grid, solution)
    return {
        "total_cost": solution.total_cost,
        "co2_t": capped_co2(grid, solution) + province_rise(free, accounts),
        "shadow_price": solution.shadow_prices.get("co2", 0.0),
        "curtailment_mwh": float(solution.curtailment().sum()),
        **asdict(accounts),
    }


def _mixed(caps: Sequence[float], solved: Mapping[int, dict[str, Any]], number: int) -> dict[str, Any]:
    """Mix of the solved neighbours; the shadow price is the slope of their chord."""
    above, below, share = _beside(caps, list(solved), number)
    high, low = solved[above], solved[below]
    mixed = {
        name: None if high[name] is None else float(np.interp(share, [0.0, 1.0], [high[name], low[name]]))
        for name in high
    }
    mixed["shadow_price"] = (high["total_cost"] - low["total_cost"]) / (caps[above] - caps[below])
    return mixed
