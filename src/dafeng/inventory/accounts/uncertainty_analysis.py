"""Uncertainty and key categories of a built inventory."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.evidence import DafengError, seed_sequence
from dafeng.inventory.accounts.model import Inventory
from dafeng.inventory.equations.default_uncertainties import fuel_half_width, half_width
from dafeng.inventory.equations.key_categories import key_categories, level_assessment, trend_assessment
from dafeng.inventory.equations.uncertainty import (
    Propagation,
    interval,
    propagate,
    sample_totals,
    trend_uncertainty,
)

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Uncertain:
    """Inputs of a total: values [cell] t, activity and factor half-widths [cell], group ids [cell].

    All cells of one share have one activity group, all cells of one fuel one factor group: raw coal's
    calorific value is one number, however many rows burn it.
    """

    values: FloatArray
    activity: FloatArray
    factor: FloatArray
    activity_group: NDArray[np.intp]
    factor_group: NDArray[np.intp]
    activity_names: tuple[str, ...]
    factor_names: tuple[str, ...]


SERIES = ["category", "row", "fuel", "gas"]


def not_estimated(inventory: Inventory, account: str, years: Iterable[int]) -> set[tuple[str, ...]]:
    """Return the series (category, row, fuel, gas) that are NE in one of the years: no change of them is known."""
    parts = [inventory.part(account, year) for year in years]
    return {
        key for part in parts for key in map(tuple, part.loc[part["key"] == "NE", SERIES].to_numpy().tolist())
    }


def uncertain_cells(
    inventory: Inventory, account: str, year: int, without: Collection[tuple[str, ...]] = ()
) -> Uncertain:
    """Return the uncertain inputs of `account` in `year`, symmetric half-widths from the cells' ranges.

    `without`: series that are left out.
    """
    part = inventory.part(account, year)
    if without:
        part = part[[key not in without for key in map(tuple, part[SERIES].to_numpy().tolist())]]
    part = part[(part["key"] == "") & (part["value"] != 0)]
    whole = ((part["high"] - part["low"]) / 2 / part["value"].abs()).to_numpy()
    factor = np.array([fuel_half_width(str(f)) if f else half_width("factor.process") for f in part["fuel"]])
    factor = np.where(part["fuel"] == "Electricity", half_width("factor.grid"), np.minimum(factor, whole))
    activity = np.sqrt(np.maximum(whole**2 - factor**2, 0.0))
    names = part["fuel"].where(part["fuel"] != "", part["row"])
    groups, group_ids = np.unique(part["group"].astype(str), return_inverse=True)
    factors, factor_ids = np.unique(names.astype(str), return_inverse=True)
    return Uncertain(
        part["value"].to_numpy(),
        activity,
        factor,
        group_ids,
        factor_ids,
        tuple(str(g) for g in groups),
        tuple(str(f) for f in factors),
    )


def propagated(inventory: Inventory, account: str, year: int) -> tuple[Propagation, pd.DataFrame]:
    """Compute the analytic uncertainty of the total and each input's share of the variance.

    Shares: [input, kind, share], largest first.

    Parameters
    ----------
    inventory
        The inventory.
    account
        The account.
    year
        The year.
    """
    u = uncertain_cells(inventory, account, year)
    result = propagate(u.values, u.activity, u.factor, u.activity_group, u.factor_group)
    table = pd.DataFrame(
        {
            "input": [*u.activity_names, *u.factor_names],
            "kind": ["activity"] * len(u.activity_names) + ["factor"] * len(u.factor_names),
            "share": result.share,
        }
    )
    return result, table.sort_values("share", ascending=False, kind="stable").reset_index(drop=True)


def sampled(inventory: Inventory, account: str, year: int, draws: int = 10_000, seed: int = 1) -> FloatArray:
    """Sample totals [sample] of `account` in `year` in t, shared inputs varying together.

    Parameters
    ----------
    inventory
        The inventory.
    account
        The account.
    year
        The year.
    draws
        Number of Monte Carlo samples.
    seed
        Seed of the random numbers.
    """
    u = uncertain_cells(inventory, account, year)
    names = seed_sequence(seed, "inventory", inventory.name, account, year)
    return sample_totals(u.values, u.activity, u.factor, draws, names, u.activity_group, u.factor_group)


@dataclass(frozen=True, slots=True)
class Summary:
    """Uncertainty of the total of an account, 95 %.

    Value and ranges in t, trend as a share of the base total.

    `half_width_t` by propagation, `low_t` to `high_t` by sampling; `trend` from `base` to `year` with its
    half-width; `inputs` [input, kind, share]: each input's share of the variance, largest first.
    """

    account: str
    year: int
    base: int
    value_t: float
    half_width_t: float
    low_t: float
    high_t: float
    trend: float
    trend_half_width: float
    inputs: pd.DataFrame


def uncertainty_of(
    inventory: Inventory, account: str, year: int, base: int | None = None, draws: int = 10_000, seed: int = 1
) -> Summary:
    """Compute the uncertainty of the total of `account` in `year`, and of its change.

    The change is since `base` (the first year), between the categories that are estimated in both years.

    Factors err alike in both years, activities anew (IPCC 2006 Guidelines vol. 1 ch. 3, approach 1).

    Parameters
    ----------
    inventory
        The inventory.
    account
        The account.
    year
        The year.
    base
        Base year of the trend (default: the first year).
    draws
        Number of Monte Carlo samples.
    seed
        Seed of the random numbers.

    Raises
    ------
    DafengError
        For an unknown account or year; where one of the years has no estimated cell.
    """
    first = inventory.years[0] if base is None else base
    inventory.totals(account, [year, first])
    result, inputs = propagated(inventory, account, year)
    low, high = interval(sampled(inventory, account, year, draws, seed))
    # like with like: a category that is not estimated in one of the years has no change
    unknown = not_estimated(inventory, account, (first, year))
    before, after = (
        _by_category(uncertain_cells(inventory, account, when, unknown)) for when in (first, year)
    )
    both = after.join(before, how="outer", lsuffix="_now", rsuffix="_base").fillna(0.0)
    if not (before["value"].sum() and after["value"].sum()):
        raise DafengError.at(
            f"{inventory.name} {first}–{year}", "no estimated cell in one of the years", "numbers"
        )
    half_width, _ = trend_uncertainty(
        both["value_base"], both["value_now"], both["activity_now"], both["factor_now"]
    )
    change = both["value_now"].sum() / both["value_base"].sum() - 1.0
    return Summary(
        account,
        year,
        first,
        result.total,
        result.half_width,
        float(low),
        float(high),
        float(change),
        half_width,
        inputs,
    )


def _by_category(u: Uncertain) -> pd.DataFrame:
    """Value and relative half-widths by share and factor: cells of one share and one factor err together."""
    sizes = np.abs(u.values)
    frame = pd.DataFrame(
        {"value": u.values, "size": sizes, "activity": sizes * u.activity, "factor": sizes * u.factor}
    )
    share, factor = np.array(u.activity_names)[u.activity_group], np.array(u.factor_names)[u.factor_group]
    sums = frame.groupby([share, factor]).sum()
    for name in ("activity", "factor"):
        sums[name] = sums[name] / sums["size"]
    return sums.drop(columns="size")


def key_category_table(
    inventory: Inventory, account: str, year: int, base: int | None = None
) -> pd.DataFrame:
    """Compute the key categories (branch × fuel or process, gas).

    Columns: value_t, level, trend against `base`, and whether key.

    Approach 1, 95 %; `level_u` is the level weighted by uncertainty (approach 2), key at 90 %.

    Parameters
    ----------
    inventory
        The inventory.
    account
        The account.
    year
        The year.
    base
        Base year of the trend.
    """
    first = inventory.years[0] if base is None else base
    inventory.totals(account, [year, first])

    unknown = not_estimated(inventory, account, (first, year))

    def by_category(when: int) -> pd.DataFrame:
        part = inventory.part(account, when)
        part = part[part["key"] == ""]
        compared = [key not in unknown for key in map(tuple, part[SERIES].to_numpy().tolist())]
        name = part["branch"] + "/" + part["fuel"].where(part["fuel"] != "", part["row"]) + "/" + part["gas"]
        spread = (part["high"] - part["low"]) / 2
        like = part["value"].where(np.array(compared, dtype=bool), 0.0)
        frame = pd.DataFrame({"name": name, "value": part["value"], "spread": spread, "like": like})
        return frame.groupby("name")[["value", "spread", "like"]].sum()

    now, before = by_category(year), by_category(first)
    index = now.index.union(before.index)
    value = now["value"].reindex(index).fillna(0.0)
    # like with like: what is not estimated in one of the years has no trend
    start, end = (frame["like"].reindex(index).fillna(0.0).to_numpy() for frame in (before, now))
    width = (now["spread"].reindex(index).fillna(0.0) / value.abs().where(value != 0, 1.0)).to_numpy()
    table = pd.DataFrame({"category": index, "value_t": value.to_numpy()})
    table["level"] = level_assessment(value.to_numpy())
    table["trend"] = trend_assessment(start, end)
    table["level_u"] = level_assessment(value.to_numpy(), width)
    table["key_level"] = key_categories(table["level"])
    table["key_trend"] = key_categories(table["trend"])
    table["key_level_u"] = key_categories(table["level_u"], 0.90)
    return table.sort_values("level", ascending=False, kind="stable").reset_index(drop=True)
