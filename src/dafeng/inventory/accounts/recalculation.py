"""Recalculation of an inventory: old and new value, difference and reason, cell by cell."""

import numpy as np
import pandas as pd

from dafeng.inventory.accounts.model import Inventory

KEY = ["year", "category", "row", "fuel", "gas"]


def recalculate(old: Inventory, new: Inventory, threshold: float = 1e-9) -> pd.DataFrame:
    """Compare two inventories: cells that differ, largest change first.

    Columns: KEY, old_t, new_t, change_t, relative, reason, old_key, new_key.

    `reason`: factor, activity, factor and activity, share, added, removed, moved (the same number in another
    row), or key (a number became a notation key or the reverse). Cells that agree to `threshold` (relative)
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
    columns = ["value_t", "activity", "emission_factor", "key"]
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


def _reason(line: dict[object, object]) -> str:
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
