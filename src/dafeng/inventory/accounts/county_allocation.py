"""Allocation of city emissions to counties by plants and stated proxies, exact after rounding."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from dafeng.case import Case
from dafeng.evidence import DafengError, Text
from dafeng.inventory.accounts.model import Inventory

FloatArray = NDArray[np.float64]

PLANT_BRANCHES = ("power",)
FALLBACK = ("co2_edgar_county",)


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
    series = observed[observed["indicator"].isin(FALLBACK) & observed["region"].isin(codes)]
    if series.empty:
        raise DafengError.at(
            "observations.csv",
            Text("没有各县区的二氧化碳序列，无法分摊", f"no {FALLBACK[0]} of the counties"),
            Text(f"各县区的观测序列 {FALLBACK[0]}", "a series by county"),
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
    """Allocate emissions to counties by branch [county, branch, value_t, grade, rule].

    Sums are exact after rounding.

    Power goes by plants, other branches by the default weights unless `weights` (branch → county → weight)
    states better ones. The net import of electricity stays with the city (county ""). Whatever cannot be
    placed is reported by its rule, never dropped.

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
    lines: list[tuple[str, str, float, str, str]] = []
    for (branch, category), cells in part.groupby(["branch", "category"], sort=True):
        total = float(np.round(cells["value"].sum(), decimals))
        if category == "electricity_import":
            lines.append(("", str(branch), total, "E", "not allocated: electricity import of the city"))
            continue
        w, rule = _weights(str(branch), table, codes, weights or {})
        shares = allocate(total, w, decimals)
        lines += [(c, str(branch), float(v), "D", rule) for c, v in zip(codes, shares, strict=True)]
    frame = pd.DataFrame(lines, columns=["county", "branch", "value_t", "grade", "rule"])
    keys = ["county", "branch", "grade", "rule"]
    return frame.groupby(keys)[["value_t"]].sum().reset_index()


def _weights(
    branch: str, table: pd.DataFrame, codes: list[str], stated: Mapping[str, Mapping[str, float]]
) -> tuple[FloatArray, str]:
    if branch in stated:
        own = stated[branch]
        unknown = sorted(set(own) - set(codes))
        if unknown or any(v < 0 for v in own.values()):
            raise DafengError.at(
                f"weights:{branch}",
                ", ".join(unknown) or "a negative weight",
                f"counties of {', '.join(codes)}",
            )
        return np.array([own.get(c, 0.0) for c in codes]), "stated weights"
    name = "plants" if branch in PLANT_BRANCHES else "default"
    return table.loc[name].to_numpy(dtype=np.float64), {"plants": "coal capacity in service"}.get(
        name, FALLBACK[0]
    )
