"""What `dafeng inventory` shows in a terminal of 80 columns: Chinese names, units of Chinese statistics, NE for what is missing."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dafeng.cli.terminal import compact

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

# indicator → Chinese name, divisor, unit, decimals
INDICATORS: Mapping[str, tuple[str, float, str, int]] = {
    "energy_calorific_tce": ("能耗(当量)", 1e4, "万tce", 0),
    "energy_equivalent_tce": ("能耗(等价)", 1e4, "万tce", 0),
    "non_fossil_share_calorific": ("非化石(当量)", 0.01, "%", 1),
    "non_fossil_share_equivalent": ("非化石(等价)", 0.01, "%", 1),
    "coal_share": ("煤炭占比", 0.01, "%", 1),
    "electrification": ("电气化率", 0.01, "%", 1),
    "co2_account_a_t": ("CO2(账户A)", 1e4, "万t", 0),
    "gdp_constant_cny": ("GDP(不变价)", 1e8, "亿元", 0),
    "energy_intensity_tce_per_cny": ("能耗强度", 1e-4, "tce/万元", 3),
    "carbon_intensity_t_per_cny": ("碳强度", 1e-4, "t/万元", 3),
    "energy_intensity_fall": ("能耗强度降幅", 0.01, "%", 1),
    "carbon_intensity_fall": ("碳强度降幅", 0.01, "%", 1),
    "co2_per_person_t": ("人均CO2", 1.0, "t", 2),
    "energy_per_person_tce": ("人均能耗", 1.0, "tce", 2),
}
SHOWN_YEARS = 8


def figure(value: float, divisor: float, decimals: int) -> str:
    """A number in the reader's unit; NE where it is missing.

    >>> figure(1.527e7, 1e4, 0), figure(float("nan"), 1.0, 2)
    ('1,527', 'NE')
    """
    return "NE" if math.isnan(value) else f"{value / divisor:,.{decimals}f}"


def indicators(table: "pd.DataFrame") -> "Table":
    """Indicators by year, the latest years where not all fit on a line."""
    recent = table.iloc[-SHOWN_YEARS:]
    years = [str(year) for year in recent.index]
    shown = compact("指标", "单位", *years, figures=range(2, 2 + len(years)))
    shown.padding = (0, 0, 0, 1)
    for id_ in recent:
        name, divisor, unit, decimals = INDICATORS.get(str(id_), (str(id_), 1.0, "", 3))
        shown.add_row(name, unit, *(figure(float(v), divisor, decimals) for v in recent[id_]))
    return shown


def key_categories(rows: Sequence[Mapping[Any, Any]]) -> "Table":
    shown = compact("排放源", "气体", "万吨", "水平", "趋势", figures=(2, 3, 4))
    for row in rows:
        name, gas = category_name(str(row["category"]))
        value, level, trend = (float(str(row[c])) for c in ("value_t", "level", "trend"))
        shown.add_row(name, gas, f"{value / 1e4:,.1f}", f"{level:.1%}", f"{trend:.1%}")
    return shown


def category_name(category: str) -> tuple[str, str]:
    """`power/Raw_Coal/CO2` as people say it, and its gas.

    >>> category_name("power/Raw_Coal/CO2")
    ('发电·原煤', 'CO2')
    """
    from dafeng.evidence import Language
    from dafeng.inventory import fuel_title, row_title
    from dafeng.report import name

    *parts, gas = category.split("/")
    if not parts:
        return category, ""
    titles = [name("branch", parts[0], Language.ZH), *(fuel_title(part) for part in parts[1:])]
    return "·".join(row_title(title) for title in titles), gas


def recalculation(rows: Sequence[Mapping[Any, Any]]) -> "Table":
    from dafeng.inventory import fuel_title, row_title

    shown = compact("年份", "行", "品种", "原 万吨", "新 万吨", "原因", figures=(0, 3, 4))
    reasons = {"factor": "因子", "activity": "活动水平", "both": "因子和活动水平"}
    for row in rows:
        old, new = (f"{float(str(row[c])) / 1e4:,.2f}" for c in ("old_t", "new_t"))
        why = str(row["reason"])
        cells = (str(row["year"]), row_title(str(row["row"])), fuel_title(str(row["fuel"])))
        shown.add_row(*cells, old, new, reasons.get(why, why))
    return shown


def gaps(rows: Sequence[Mapping[Any, Any]]) -> "Table":
    from dafeng.inventory import fuel_title, row_title

    shown = compact("年份", "行", "品种", "差 万吨", "因子", "活动", "原因", figures=(0, 3, 4, 5))
    for row in rows:
        values = (f"{float(str(row[c])) / 1e4:+,.1f}" for c in ("gap_t", "factor_t", "activity_t"))
        cells = (str(row["year"]), row_title(str(row["row"])), fuel_title(str(row["fuel"])))
        shown.add_row(*cells, *values, str(row["why"]))
    return shown
