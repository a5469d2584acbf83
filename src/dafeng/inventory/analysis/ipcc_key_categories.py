"""Key categories by IPCC category: level, trend, uncertainty, and the qualitative test of what is not estimated."""

import numpy as np
import pandas as pd

from dafeng.inventory.accounts.model import Inventory, in_equivalents
from dafeng.inventory.accounts.uncertainty_analysis import SERIES, not_estimated
from dafeng.inventory.analysis.ipcc_codes import fuel_class, ipcc_title, with_codes
from dafeng.inventory.equations.key_categories import key_categories, level_assessment, trend_assessment

CATEGORY = ["ipcc2006", "crt", "fuel_class", "gas"]
LEVEL, WITH_UNCERTAINTY = 0.95, 0.90
KNOWN_ELSEWHERE, UNKNOWN = "estimated in another year", "no estimate in any year"


def ipcc_key_categories(
    inventory: Inventory, account: str, year: int, base: int | None = None
) -> pd.DataFrame:
    """Compute the key categories of `account` in `year` by IPCC category, class of fuel and gas.

    Columns: CATEGORY, zh, en, value_t (NaN: NE), level, trend, level_u, key_level, key_trend, key_level_u,
    key_qualitative, key, reason.

    Approach 1 by level and trend (95 %), approach 2 by level and uncertainty (90 %). Trend: of the cells
    estimated in both years. Qualitative: a category that is not estimated and was, in its nearest year with
    an estimate, as large as the smallest key category by level; or that is estimated in no year, so that
    nothing shows that it is small.

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

    References
    ----------
    IPCC 2006 Guidelines vol. 1 ch. 4, sections 4.3.1 to 4.3.3.
    """
    first = inventory.years[0] if base is None else base
    inventory.totals(account, [year, first])
    unknown = not_estimated(inventory, account, (first, year))
    now, before = (_sums(inventory.part(account, when), unknown) for when in (year, first))
    part = _placed(inventory.part(account, year))
    absent = pd.MultiIndex.from_frame(part.loc[part["key"] == "NE", CATEGORY].drop_duplicates())
    index = now.index.union(before.index.difference(absent))
    now, before = now.reindex(index).fillna(0.0), before.reindex(index).fillna(0.0)
    value = now["value"].to_numpy()
    width = now["spread"].to_numpy() / np.where(value != 0, np.abs(value), 1.0)
    table = index.to_frame(index=False).assign(
        value_t=value,
        level=level_assessment(value),
        trend=trend_assessment(before["like"], now["like"]),
        level_u=level_assessment(value, width),
    )
    table["key_level"] = key_categories(table["level"], LEVEL)
    table["key_trend"] = key_categories(table["trend"], LEVEL)
    table["key_level_u"] = key_categories(table["level_u"], WITH_UNCERTAINTY)
    table["key_qualitative"], table["reason"] = False, ""
    least = float(table.loc[table["key_level"], "value_t"].abs().min()) if table["key_level"].any() else 0.0
    table = pd.concat([table, _not_estimated(inventory, account, year, least)], ignore_index=True)
    flags = [name for name in table.columns if name.startswith("key_")]
    table[flags] = table[flags].astype(bool)
    table["key"] = table[flags].any(axis=1)
    titles = [ipcc_title(code) for code in table["ipcc2006"]]
    table.insert(4, "zh", [title.zh for title in titles])
    table.insert(5, "en", [title.en for title in titles])
    return table.sort_values(
        ["level", "ipcc2006"], ascending=[False, True], kind="stable", na_position="last"
    ).reset_index(drop=True)


def _placed(part: pd.DataFrame) -> pd.DataFrame:
    return with_codes(part).assign(fuel_class=[fuel_class(str(fuel)) for fuel in part["fuel"]])


def _sums(part: pd.DataFrame, unknown: set[tuple[str, ...]]) -> pd.DataFrame:
    """Value, spread and comparable value [category] of the estimated cells of one year."""
    known = _placed(part[part["key"] == ""])
    compared = [key not in unknown for key in map(tuple, known[SERIES].to_numpy().tolist())]
    known = known.assign(
        spread=(known["high"] - known["low"]) / 2,
        like=known["value"].where(np.array(compared, dtype=bool), 0.0),
    )
    return known.groupby(CATEGORY)[["value", "spread", "like"]].sum()


def _not_estimated(inventory: Inventory, account: str, year: int, least: float) -> pd.DataFrame:
    """The categories of `year` with the key NE, and the qualitative test of each."""
    part = inventory.part(account, year)
    absent = _placed(part[part["key"] == "NE"])
    cells = inventory.cells
    cells = cells[cells["category"].isin(part["category"].unique()) & (cells["key"] == "")]
    known = in_equivalents(cells, inventory.options["gwp_set"])
    lines = []
    for category, group in absent.groupby(CATEGORY, sort=True):
        keys = set(map(tuple, group[SERIES].to_numpy().tolist()))
        same = known[[key in keys for key in map(tuple, known[SERIES].to_numpy().tolist())]]
        line = dict(zip(CATEGORY, category, strict=True)) | {
            "value_t": np.nan,
            "level": np.nan,
            "trend": np.nan,
        }
        if same.empty:
            lines.append(line | {"key_qualitative": True, "reason": UNKNOWN})
            continue
        by_year = same.groupby("year")["value"].sum()
        near = min(by_year.index, key=lambda at: (abs(int(at) - year), int(at)))
        size = abs(float(by_year[near]))
        reason = f"{KNOWN_ELSEWHERE}: {size / 1e4:,.1f} 10^4 t in {near}"
        lines.append(line | {"key_qualitative": size >= least, "reason": reason})
    blank = {"level_u": np.nan, "key_level": False, "key_trend": False, "key_level_u": False}
    columns = [*CATEGORY, "value_t", "level", "trend", "key_qualitative", "reason"]
    return pd.DataFrame(lines, columns=columns).assign(**blank)
