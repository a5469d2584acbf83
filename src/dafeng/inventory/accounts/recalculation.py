"""Recalculation of an inventory: old and new value, difference and reason, cell by cell."""

import numpy as np
import pandas as pd

from dafeng.inventory.accounts.model import TRACE, Inventory, warming
from dafeng.inventory.analysis.ipcc_codes import ipcc_title, with_codes

KEY = ["year", "category", "row", "fuel", "gas"]
CAUSES = ("factor", "datum", "datum and factor", "method")
_CAUSE_OF = {
    "factor": "factor", "activity": "datum", "share": "datum", "added": "datum", "removed": "datum", "key": "datum",
    "factor and activity": "datum and factor", "moved": "method", "spliced": "method",
}  # fmt: skip


def recalculate(old: Inventory, new: Inventory, threshold: float = 1e-9) -> pd.DataFrame:
    """Compare two inventories: cells that differ, largest change first.

    Columns: KEY, old_t, new_t, change_t, relative, reason, cause, old_key, new_key.

    `reason`: factor, activity, factor and activity, share, added, removed, moved (the same number in another
    row), spliced, or key (a number became a notation key or the reverse); `cause`: one of `CAUSES`. Cells that agree to `threshold` (relative)
    are left out. A cell without a number counts 0 t, its key (`absent` where the cell is not there) gives the
    reason: `change_t` sums to the difference of the two inventories. `relative` to the old number; 1 where it
    was 0.

    Parameters
    ----------
    old
        The inventory before the change.
    new
        The inventory after the change.
    threshold
        Relative difference up to which cells agree.
    """
    columns = ["value_t", "activity", "emission_factor", "key", "note"]
    joined = (
        old.cells.set_index(KEY)[columns]
        .add_suffix("_old")
        .join(new.cells.set_index(KEY)[columns].add_suffix("_new"), how="outer")
    )
    before, after = joined["value_t_old"], joined["value_t_new"]
    same = np.isclose(before, after, rtol=threshold, atol=0.0, equal_nan=True)
    keys = joined["key_old"].eq(joined["key_new"])
    changed = joined[~(same & keys.to_numpy())]
    report = pd.DataFrame(
        {
            "old_t": changed["value_t_old"].fillna(0.0),
            "new_t": changed["value_t_new"].fillna(0.0),
            "change_t": changed["value_t_new"].fillna(0.0) - changed["value_t_old"].fillna(0.0),
            "reason": [_reason(line) for line in changed.to_dict("records")],
            "old_key": changed["key_old"].fillna("absent"),
            "new_key": changed["key_new"].fillna("absent"),
        }
    )
    size = report["old_t"].abs()
    report["relative"] = np.where(size > 0, report["change_t"] / size.where(size > 0, 1.0), 1.0)
    report = _moved(report, threshold)
    causes = [_CAUSE_OF[reason] for reason in report["reason"]]
    if old.options["fuel_set"] != new.options["fuel_set"]:
        # CH4 and N2O of combustion count energy, which the calorific values of the factor set make
        trace = report.index.get_level_values("category") == TRACE
        causes = [
            "factor" if t and cause == "datum" else cause for t, cause in zip(trace, causes, strict=True)
        ]
    report["cause"] = causes
    order = report["change_t"].abs().sort_values(ascending=False, kind="stable").index
    return report.loc[order].reset_index()


def _moved(report: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Mark cells that moved: gone in one row and present in another, with the same number."""
    keys = report.index.to_frame(index=False)
    reasons = report["reason"].to_numpy(dtype=object, copy=True)
    gone = [i for i, reason in enumerate(reasons) if reason == "removed"]
    come = [i for i, reason in enumerate(reasons) if reason == "added"]
    same = ["year", "category", "fuel", "gas"]
    old, new = report["old_t"].to_numpy(), report["new_t"].to_numpy()
    places = keys[same].apply(tuple, axis=1).tolist() if len(keys) else []
    for i in gone:
        for j in come:
            if (
                places[i] == places[j]
                and old[i]
                and np.isclose(old[i], new[j], rtol=max(threshold, 1e-9), atol=0.0)
            ):
                reasons[i] = reasons[j] = "moved"
                come.remove(j)
                break
    return report.assign(reason=reasons)


def recalculation_by_category(old: Inventory, new: Inventory, account: str = "B") -> pd.DataFrame:
    """Compare two inventories by year, IPCC category and cause [t CO2e].

    Columns: year, ipcc2006, crt, zh, en, cause, change_t. The lines of a year sum to the difference of the
    totals of `account`; another set of warming potentials is a change of method.

    Parameters
    ----------
    old
        The inventory before the change.
    new
        The inventory after the change.
    account
        The account.
    """
    inside = [
        cells[cells["year"].isin(years)]
        for cells, years in (
            (pd.concat([one.part(account, year) for year in one.years]), set(old.years) & set(new.years))
            for one in (old, new)
        )
    ]
    before, after = (cells.groupby(KEY)["value_t"].sum() for cells in inside)
    causes = recalculate(old, new).set_index(KEY)["cause"].to_dict()
    branches = pd.concat(inside)[[*KEY, "branch"]].drop_duplicates(KEY).set_index(KEY)
    index = before.index.union(after.index)
    lines = index.to_frame(index=False).assign(
        branch=branches["branch"].reindex(index).to_numpy(),
        old=before.reindex(index).fillna(0.0).to_numpy(),
        new=after.reindex(index).fillna(0.0).to_numpy(),
    )
    weights = [
        lines["gas"].map(warming(one.options["gwp_set"])).to_numpy(dtype=np.float64) for one in (old, new)
    ]
    lines = with_codes(lines)
    lines["cause"] = [causes.get(key, "datum") for key in index]
    # t of the gas at the new potentials, then the potentials themselves at the old tonnes
    parts = [
        lines.assign(change_t=(lines["new"] - lines["old"]) * weights[1]),
        lines.assign(change_t=lines["old"] * (weights[1] - weights[0]), cause="method"),
    ]
    sums = pd.concat(parts).groupby(["year", "ipcc2006", "crt", "cause"], sort=True)["change_t"].sum()
    table = sums[sums != 0].reset_index()
    titles = [ipcc_title(code) for code in table["ipcc2006"]]
    table.insert(3, "zh", [title.zh for title in titles])
    table.insert(4, "en", [title.en for title in titles])
    return table


def _reason(line: dict[object, object]) -> str:
    if str(line["note_new"]).startswith("spliced by") and line["key_old"] != line["key_new"]:
        return "spliced"
    if not isinstance(line["key_old"], str):
        return "added"
    if not isinstance(line["key_new"], str):
        return "removed"
    if line["key_old"] != line["key_new"]:
        return "key"
    names = [
        name
        for name, column in (("factor", "emission_factor"), ("activity", "activity"))
        if not np.isclose(
            _number(line[f"{column}_old"]), _number(line[f"{column}_new"]), rtol=1e-9, equal_nan=True
        )
    ]
    return " and ".join(names) or "share"


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float | np.floating) else float("nan")
