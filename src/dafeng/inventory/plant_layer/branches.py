"""Plants against the account, branch by branch: what they emit, what is left for others, and the errors of both."""

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from dafeng.case import Case
from dafeng.evidence import DafengError, Finding, Problem, Severity, Text
from dafeng.inventory.accounts.model import Inventory
from dafeng.inventory.plant_layer.estimates import plant_emissions

_LACKS = {
    "output": ("产量", "output"),
    "intensity": ("有来源的单位产品能耗或排放", "energy or CO2 per product with a source"),
    "factor": ("该分支的排放因子", "the branch's emission factor"),
}
COLUMNS = (
    "branch", "category", "account_t", "account_low_t", "account_high_t", "plants_t", "plants_low_t", "plants_high_t",
    "rest_t", "allowed_t", "reconciled_t", "reconciled_low_t", "reconciled_high_t", "plants", "without_value",
)  # fmt: skip


Row = Mapping[Hashable, Any]


@dataclass(frozen=True, slots=True)
class PlantLayer:
    """Plants of a year, the branches that they belong to, and what was found.

    `plants` has the columns of `estimates.COLUMNS`; `branches` those of `COLUMNS`: per branch and category
    the account, the plants and the rest, so that plants + rest = account; `allowed_t` is the 95 % half-width
    of their difference; `reconciled_t` is the branch when both count by their errors (`reconciled`).
    """

    year: int
    plants: pd.DataFrame
    branches: pd.DataFrame
    findings: tuple[Finding, ...]


def plant_layer(
    case: Case, inventory: Inventory, year: int | None = None, only: Collection[str] = ()
) -> PlantLayer:
    """Compute the plants of `year` and the rest of each of their branches.

    Nothing is scaled to fit: the rest is the account less the plants, and is below zero where the plants
    emit more, as long as the errors of both allow it.

    Parameters
    ----------
    case : Case
        The place.
    inventory : Inventory
        Its inventory.
    year : int, optional
        A year of the inventory; by default its base year.
    only : collection of str, optional
        Branches to compare; all without it.

    Raises
    ------
    DafengError
        Where the plants of a branch exceed it by more than the errors of both.
    """
    when = inventory.base_year if year is None else year
    if when not in inventory.years:
        raise DafengError.at("year", str(when), f"one of {', '.join(map(str, inventory.years))}")
    plants = plant_emissions(case, inventory, when)
    if only:
        plants = plants[plants["branch"].isin(only)]
    branches = _branches(inventory, plants, when)
    problems = [_exceeds(row, when) for row in branches.to_dict("records") if _over(row)]
    if problems:
        raise DafengError(problems)
    return PlantLayer(when, plants, branches, tuple(_findings(plants, branches, when)))


def _branches(inventory: Inventory, plants: pd.DataFrame, year: int) -> pd.DataFrame:
    cells = inventory.cells
    now = cells[(cells["gas"] == "CO2") & (cells["year"] == year)]
    rows = []
    for (branch, category), group in plants.groupby(["branch", "category"], sort=True):
        mine = now[(now["branch"] == branch) & (now["category"] == category) & now["value_t"].notna()]
        account, low, high = (
            float(mine[name].sum()) if len(mine) else float("nan") for name in ("value_t", "low_t", "high_t")
        )
        valued = group[group["value_t"].notna()]
        total = float(valued["value_t"].sum())
        down, up = (
            float(np.sqrt(((valued["value_t"] - valued[end]) ** 2).sum())) for end in ("low_t", "high_t")
        )
        # plants above the account: their lower side and the account's upper side decide, and the other way round
        above = total > account
        mine_half = (high - account) if above else (account - low)
        theirs = down if above else up
        allowed = float(np.hypot(mine_half, theirs))
        branch_range = reconciled((account, low, high), (total, total - down, total + up))
        rows.append(
            (
                branch, category, account, low, high, total, total - down, total + up, account - total, allowed,
                *branch_range, len(group), len(group) - len(valued),
            )
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def reconciled(
    account: tuple[float, float, float], plants: tuple[float, float, float]
) -> tuple[float, float, float]:
    """Reconcile a branch with its plants by their stated errors: it emits at least what they do.

    Least squares of both adjustments over their errors, subject to branch ≥ plants. Plants below the account
    are a part of it, and nothing changes. Plants above it are the whole of the branch, at the mean of both
    weighted by the inverse of their variances, each with the side of its range that faces the other.

    Parameters
    ----------
    account, plants : tuple of three floats
        Value, low and high end of the 95 % range [t]; the account NaN where it is not estimated.

    Returns
    -------
    tuple of three floats
        Value, low and high end of the branch [t].

    Examples
    --------
    >>> reconciled((8.0, 6.0, 10.0), (10.0, 8.0, 12.0))
    (9.0, 7.58..., 10.41...)
    >>> reconciled((8.0, 6.0, 10.0), (5.0, 4.0, 6.0))
    (8.0, 6.0, 10.0)
    """
    value, low, high = account
    total, least, most = plants
    if not np.isfinite(value):
        return plants
    if total <= value:
        return account
    mine, theirs = high - value, total - least
    if not mine + theirs > 0.0:
        return account
    weight = theirs**2 / (mine**2 + theirs**2)
    central = weight * value + (1.0 - weight) * total
    down = float(np.hypot(weight * (value - low), (1.0 - weight) * theirs))
    up = float(np.hypot(weight * mine, (1.0 - weight) * (most - total)))
    return central, central - down, central + up


def _over(row: Row) -> bool:
    return bool(np.isfinite(row["account_t"]) and -row["rest_t"] > row["allowed_t"])


def _exceeds(row: Row, year: int) -> Problem:
    plants, account, allowed = (float(row[n]) / 1e6 for n in ("plants_t", "account_t", "allowed_t"))
    return Problem(
        f"plants.csv:{row['branch']}:{row['category']}:{year}",
        Text(
            f"工厂合计 {plants:.3g} Mt CO2,超过该分支的 {account:.3g} Mt,超出部分大于两者的误差 {allowed:.3g} Mt",
            f"plants of {plants:.3g} Mt CO2 on a branch of {account:.3g} Mt, further apart than their errors, {allowed:.3g} Mt",
        ),
        Text(
            f"至多 {account + allowed:.3g} Mt:工厂合计不超过该分支加误差",
            f"at most {account + allowed:.3g} Mt: the branch and the errors of both",
        ),
        Text(
            "核对产量、单耗及其区间,或该分支的分解系数(proxies.csv)",
            "check output, energy per product and their ranges, or the share of the branch in proxies.csv",
        ),
    )


def _findings(plants: pd.DataFrame, branches: pd.DataFrame, year: int) -> list[Finding]:
    rows = branches.to_dict("records")
    found = [_compared(row, year) for row in rows if row["without_value"] < row["plants"]]
    for branch, group in plants[plants["missing"] != ""].groupby("branch", sort=True):
        lacking = sorted({name for cell in group["missing"] for name in str(cell).split("; ")})
        names, lacks = "、".join(group["name_zh"]), "、".join(_LACKS[name][0] for name in lacking)
        lacks_en = ", ".join(_LACKS[name][1] for name in lacking)
        names_en = ", ".join(group["name_en"].where(group["name_en"] != "", group["id"]))
        found.append(
            Finding(
                "plants-not-estimated", Severity.WARNING, f"plants.csv:{branch}",
                f"{names}未估算(NE):缺{lacks};其排放含在该分支的分解份额中",
                f"{names_en} not estimated (NE) for want of {lacks_en}; their emissions are within the branch's share of the province",
            )
        )  # fmt: skip
    return found


def _compared(row: Row, year: int) -> Finding:
    plants, account, rest, allowed = (row[n] / 1e6 for n in ("plants_t", "account_t", "rest_t", "allowed_t"))
    where = f"plants.csv:{row['branch']}:{row['category']}:{year}"
    if not np.isfinite(account):
        return Finding(
            "plants-without-account", Severity.WARNING, where,
            f"{year}年该分支未估算(NE),工厂合计 {plants:.3g} Mt CO2",
            f"the branch is not estimated (NE) in {year}; its plants emit {plants:.3g} Mt CO2",
        )  # fmt: skip
    whole = row["reconciled_t"] / 1e6
    told = ("", "")
    if rest < 0.0:
        told = (
            f";按两者误差调和为 {whole:.3g} Mt(分支不小于其工厂)",
            f"; reconciled by the errors of both: {whole:.3g} Mt (a branch emits at least what its plants do)",
        )
    return Finding(
        "plants-and-rest", Severity.NOTE, where,
        f"{year}年工厂合计 {plants:.3g} Mt CO2,分支 {account:.3g} Mt,其余 {rest:+.3g} Mt(两者误差 ±{allowed:.3g} Mt){told[0]}",
        f"{year}: plants {plants:.3g} Mt CO2, branch {account:.3g} Mt, rest {rest:+.3g} Mt (errors of both ±{allowed:.3g} Mt){told[1]}",
    )  # fmt: skip
