"""Allocation of city emissions to counties by plants and stated proxies, exact after rounding."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from dafeng.case import Case
from dafeng.evidence import DafengError, Text
from dafeng.inventory.accounts.model import COMBUSTION, IMPORT, TRACE, Inventory
from dafeng.inventory.plant_layer.county_plants import GRIDDED, CountySplits, Split

FloatArray = NDArray[np.float64]

Z95 = 1.96
COUNTY_SPREAD_LN = 0.92
"""Standard deviation in ln of a county's CO2 by plants and gross domestic product over EDGAR.

12 counties of Jiujiang in 2020: 0.92, and 0.69 with its two urban districts as one; by shares alone 0.87 and 0.89.
EDGAR places plants itself, and one of them in the wrong district; no other city was measured.
"""


def allocate(total: ArrayLike, weights: ArrayLike, decimals: int = 0) -> FloatArray:
    """Allocate `total` [...] by `weights` [..., part], rounded to `decimals`.

    The sum is exactly the rounded total.

    Largest remainders get the last units (Hamilton's method); weights need not add up to one.

    By hand: 10 by 1:1:1 → 4, 3, 3.

    Parameters
    ----------
    total
        Amounts to allocate [...].
    weights
        Weights [..., part]; they need not add up to one.
    decimals
        Decimals of the rounding.

    Raises
    ------
    ValueError
        For a negative or not finite weight, or weights that are all zero with a total that is not.

    Examples
    --------
    >>> allocate(10.0, [1.0, 1.0, 1.0]).tolist()
    [4.0, 3.0, 3.0]
    """
    whole = np.asarray(total, dtype=np.float64)
    w = np.asarray(weights, dtype=np.float64)
    if not np.isfinite(w).all() or (w < 0).any():
        raise ValueError("weights must be finite and not negative")
    size = w.sum(axis=-1)
    units = np.rint(np.abs(whole) * 10.0**decimals)
    if ((size == 0) & (units != 0)).any():
        raise ValueError("weights are all zero but there is something to share out")
    exact = units[..., None] * w / np.where(size == 0, 1.0, size)[..., None]
    floor = np.floor(exact)
    left = np.rint(units - floor.sum(axis=-1))
    rank = np.argsort(np.argsort(-(exact - floor), axis=-1, kind="stable"), axis=-1)
    parts = floor + (rank < left[..., None])
    return np.asarray(np.sign(whole)[..., None] * parts / 10.0**decimals)


def county_weights(case: Case, year: int) -> pd.DataFrame:
    """Compute the allocation weights [branch family, county], each row with sum 1.

    `plants`: MW of fossil units in service; `default`: see below.

    `default` is the county's share of gridded CO2 of the year (nearest year where missing), the only series
    that all counties have: grade D, its split between neighbouring urban districts is indicative.

    Parameters
    ----------
    case
        The case.
    year
        Year of the gridded CO2 (nearest year where missing).

    Raises
    ------
    DafengError
        For a case without counties or without that series.
    """
    codes = [county.code for county in case.city.counties]
    if not codes:
        raise DafengError.at("city.yaml:counties", "no counties", "the parts of the place")
    observed = case.table("observations")
    series = observed[(observed["indicator"] == GRIDDED) & observed["region"].isin(codes)]
    if series.empty:
        raise DafengError.at(
            "observations.csv",
            Text("没有各县区的二氧化碳序列，无法分摊", f"no {GRIDDED} of the counties"),
            Text(f"各县区的观测序列 {GRIDDED}", "a series by county"),
        )
    nearest = min(series["year"].unique(), key=lambda y: (abs(int(y) - year), int(y)))
    default = series[series["year"] == nearest].groupby("region")["value"].sum().reindex(codes).fillna(0.0)
    plants = case.power_units()
    units = plants[
        (plants["fuel"] == "coal")
        & plants["status"].isin(("operating", "retired"))
        & ~(plants["start_year"] > year)
        & ~(plants["end_year"] < year)
    ]
    capacity = units.groupby("county")["capacity_mw"].sum().reindex(codes).fillna(0.0)
    weights = pd.DataFrame({"default": default / default.sum()}).T
    weights.loc["plants"] = capacity / capacity.sum() if capacity.sum() else weights.loc["default"]
    return weights


def to_counties(
    inventory: Inventory,
    case: Case,
    year: int,
    account: str = "B",
    decimals: int = 0,
    weights: Mapping[str, Mapping[str, float]] | None = None,
) -> pd.DataFrame:
    """Allocate emissions to counties by branch, plants first.

    Columns: county, branch, grade, rule, value_t, shares_t, plants_t, plants_low_t.

    Every branch with plants has their CO2 in their counties; the rest follows value added or population where all
    counties have it, else gridded CO2, unless `weights` states better ones. `shares_t` is the split without
    plants, `plants_t` the part of `value_t` that stands at plants and `plants_low_t` its low end. Sums of
    `value_t` and of `shares_t` are exact after rounding. The net import of electricity stays with the city
    (county ""). Whatever cannot be placed is reported by its rule, never dropped.

    Parameters
    ----------
    inventory
        The inventory.
    case
        The case.
    year
        The year.
    account
        The account.
    decimals
        Decimals of the rounding.
    weights
        Better weights where available: branch → county → weight.

    Raises
    ------
    DafengError
        For weights that name an unknown county or are negative.
    """
    table = county_weights(case, year)
    codes = [str(c) for c in table.columns]
    part = inventory.part(account, year)
    part = part[part["key"] == ""]
    sums = {
        (str(branch), str(category)): float(cells["value"].sum())
        for (branch, category), cells in part.groupby(["branch", "category"], sort=True)
    }
    splits = CountySplits(case, inventory, year, table.loc["default"].to_numpy(dtype=np.float64))
    lines: list[tuple[str, str, str, str, float, float, float, float]] = []
    for (branch, category), exact in sums.items():
        total = float(np.round(exact, decimals))
        if category == IMPORT:
            rule = "not allocated: electricity import of the city"
            lines.append(("", branch, "E", rule, total, total, 0.0, 0.0))
            continue
        # CH4 and N2O of combustion are where its CO2 is
        like = COMBUSTION if category == TRACE else category
        split = _stated(branch, codes, weights or {}) or splits.of(
            branch, like, sums.get((branch, like), 0.0)
        )
        value, alone = (allocate(total, w, decimals) for w in (split.weights, split.shares))
        lines += [
            (code, branch, "D", split.rule, float(value[i]), float(alone[i]), total * float(split.plants[i]),
             total * float(split.plants_low[i]))
            for i, code in enumerate(codes)
        ]  # fmt: skip
    frame = pd.DataFrame(
        lines,
        columns=["county", "branch", "grade", "rule", "value_t", "shares_t", "plants_t", "plants_low_t"],
    )
    rules = (
        frame[frame["value_t"] != 0.0]
        .groupby("branch")["rule"]
        .agg(lambda told: "; ".join(dict.fromkeys(told)))
    )
    frame = frame.assign(
        rule=frame["branch"].map(rules).fillna(frame["rule"]).where(frame["county"] != "", frame["rule"])
    )
    return frame.groupby(["county", "branch", "grade", "rule"], sort=True).sum().reset_index()


def county_totals(table: pd.DataFrame) -> pd.DataFrame:
    """Sum the split by county: county, shares_t, plants_t, value_t, low_t, high_t.

    The 95 % range is the measured spread, value × exp(±1.96 × 0.92), within what stands at plants (its low end) and
    what all counties emit. The city's own row (county "") has no range.

    Parameters
    ----------
    table
        Result of `to_counties`.
    """
    sums = table.groupby("county")[["shares_t", "plants_t", "plants_low_t", "value_t"]].sum()
    placed = sums.index != ""
    factor = np.exp(Z95 * COUNTY_SPREAD_LN)
    value = sums["value_t"].where(placed)
    ceiling = float(sums.loc[placed, "value_t"].sum())
    low = np.minimum(np.maximum(value / factor, sums["plants_low_t"]), value)
    high = np.maximum(np.minimum(value * factor, ceiling), value)
    found = sums.assign(low_t=low, high_t=high).drop(columns="plants_low_t").reset_index()
    return found.sort_values("value_t", ascending=False, kind="stable", ignore_index=True)


def county_bridge(table: pd.DataFrame) -> pd.DataFrame:
    """Bridge each county from shares alone to plants first [county, step, value_t].

    The first step `shares`, a step for each branch that moves, the last step `plants` their exact sum; the moves of
    a branch sum to zero over the counties.

    Parameters
    ----------
    table
        Result of `to_counties`.
    """
    placed = table[table["county"] != ""]
    rows: list[tuple[str, str, float]] = []
    for county, mine in placed.groupby("county", sort=True):
        moves = (mine["value_t"] - mine["shares_t"]).groupby(mine["branch"]).sum()
        moved = sorted(
            ((b, float(v)) for b, v in moves.items() if v != 0.0), key=lambda m: (-abs(m[1]), str(m[0]))
        )
        rows.append((str(county), "shares", float(mine["shares_t"].sum())))
        rows += [(str(county), str(branch), value) for branch, value in moved]
        rows.append((str(county), "plants", float(mine["value_t"].sum())))
    return pd.DataFrame(rows, columns=["county", "step", "value_t"])


def _stated(branch: str, codes: list[str], stated: Mapping[str, Mapping[str, float]]) -> Split | None:
    if branch not in stated:
        return None
    own = stated[branch]
    unknown = sorted(set(own) - set(codes))
    if unknown or any(v < 0 for v in own.values()):
        raise DafengError.at(
            f"weights:{branch}",
            ", ".join(unknown) or "a negative weight",
            f"counties of {', '.join(codes)}",
        )
    weights = np.array([own.get(c, 0.0) for c in codes])
    nothing = np.zeros(len(codes))
    return Split(weights, weights, nothing, nothing, "stated weights")
