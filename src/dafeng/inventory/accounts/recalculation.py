"""What a change of factor or datum does: old, new, difference and reason, cell by cell."""

import numpy as np
import pandas as pd

from dafeng.inventory.accounts.model import Inventory

KEY = ["year", "category", "row", "fuel", "gas"]


def recalculate(old: Inventory, new: Inventory, threshold: float = 1e-9) -> pd.DataFrame:
    """Cells that differ [KEY, old_t, new_t, change_t, relative, reason], largest change first.

    `reason`: factor, activity, factor and activity, added, removed, or key (a number became a notation key or
    the reverse). Cells that agree to `threshold` (relative) are left out.
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
            "old_t": changed["value_t_old"],
            "new_t": changed["value_t_new"],
            "change_t": changed["value_t_new"].fillna(0.0) - changed["value_t_old"].fillna(0.0),
            "reason": [_reason(line) for line in changed.to_dict("records")],
        }
    )
    report["relative"] = report["change_t"] / report["old_t"].abs()
    order = report["change_t"].abs().sort_values(ascending=False, kind="stable").index
    return report.loc[order].reset_index()


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
