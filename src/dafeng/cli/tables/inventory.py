"""Tables of `dafeng inventory` in 80 columns: Chinese names, units of Chinese statistics, NE if missing."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dafeng.cli import words
from dafeng.cli.terminal import compact

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

# indicator → Chinese name, divisor, unit, decimals
INDICATORS: Mapping[str, tuple[str, float, str, int]] = {
    "energy_calorific_tce": (words.word("energy_calorific"), 1e4, words.word("10_tce"), 0),
    "energy_equivalent_tce": (words.word("energy_equivalent"), 1e4, words.word("10_tce"), 0),
    "energy_statistical_tce": (words.word("energy_statistical"), 1e4, words.word("10_tce"), 0),
    "deduction_feedstock_tce": (words.word("deduction_feedstock"), 1e4, words.word("10_tce"), 1),
    "deduction_non_fossil_tce": (words.word("deduction_non_fossil"), 1e4, words.word("10_tce"), 1),
    "deduction_certificates_tce": (words.word("deduction_certificates"), 1e4, words.word("10_tce"), 1),
    "energy_assessed_tce": (words.word("energy_assessed"), 1e4, words.word("10_tce"), 0),
    "energy_assessed_intensity_tce_per_cny": (
        words.word("assessed_intensity"),
        1e-4,
        words.word("tce_10_cny"),
        3,
    ),
    "energy_assessed_intensity_fall": (words.word("fall_of_assessed_intensity"), 0.01, "%", 1),
    "energy_assessed_intensity_cumulative_fall": (words.word("cumulative_fall_assessed"), 0.01, "%", 1),
    "non_fossil_share_calorific": (words.word("non_fossil_calorific"), 0.01, "%", 1),
    "non_fossil_share_equivalent": (words.word("non_fossil_equivalent"), 0.01, "%", 1),
    "coal_share": (words.word("share_of_coal"), 0.01, "%", 1),
    "electrification": (words.word("electrification"), 0.01, "%", 1),
    "co2_account_a_t": (words.word("co2_account_a"), 1e4, words.word("10_t_3"), 0),
    "gdp_constant_cny": (words.word("gdp_constant_prices"), 1e8, words.word("10_cny"), 0),
    "energy_intensity_tce_per_cny": (words.word("energy_intensity"), 1e-4, words.word("tce_10_cny"), 3),
    "carbon_intensity_t_per_cny": (words.word("carbon_intensity"), 1e-4, words.word("t_10_cny"), 3),
    "energy_intensity_fall": (words.word("fall_of_energy_intensity"), 0.01, "%", 1),
    "carbon_intensity_fall": (words.word("fall_of_carbon_intensity"), 0.01, "%", 1),
    "co2_per_person_t": (words.word("co2_per_head"), 1.0, "t", 2),
    "energy_per_person_tce": (words.word("energy_per_head"), 1.0, "tce", 2),
}
SHOWN_YEARS = 8


def figure(value: float, divisor: float, decimals: int) -> str:
    """Format a number in the reader's unit; NE where it is missing.

    >>> figure(1.527e7, 1e4, 0), figure(float("nan"), 1.0, 2)
    ('1,527', 'NE')
    """
    return "NE" if math.isnan(value) else f"{value / divisor:,.{decimals}f}"


def indicators(table: "pd.DataFrame") -> "Table":
    """Return indicators by year, the latest years where not all fit on a line."""
    recent = table.iloc[-SHOWN_YEARS:]
    years = [str(year) for year in recent.index]
    shown = compact(*words.words("indicator", "unit"), *years, figures=range(2, 2 + len(years)))
    shown.padding = (0, 0, 0, 1)
    for id_ in recent.select_dtypes("number"):
        name, divisor, unit, decimals = INDICATORS.get(str(id_), (str(id_), 1.0, "", 3))
        shown.add_row(name, unit, *(figure(float(v), divisor, decimals) for v in recent[id_]))
    return shown


def key_categories(rows: Sequence[Mapping[Any, Any]]) -> "Table":
    shown = compact(*words.words("source_of_emissions", "gas", "10_t_2", "level", "trend"), figures=(2, 3, 4))
    for row in rows:
        name, gas = category_name(str(row["category"]))
        value, level, trend = (float(str(row[c])) for c in ("value_t", "level", "trend"))
        shown.add_row(name, gas, f"{value / 1e4:,.1f}", f"{level:.1%}", f"{trend:.1%}")
    return shown


def category_name(category: str) -> tuple[str, str]:
    """Return the readable name of `power/Raw_Coal/CO2`, and its gas.

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

    shown = compact(*words.words("year", "row_2", "fuel", "old_10_t", "new_10_t", "cause"), figures=(0, 3, 4))
    for row in rows:
        old, new = (f"{float(str(row[c])) / 1e4:,.2f}" for c in ("old_t", "new_t"))
        cells = (str(row["year"]), row_title(str(row["row"])), fuel_title(str(row["fuel"])))
        shown.add_row(*cells, old, new, words.word(f"cause.{row['cause']}"))
    return shown


def recalculation_by_category(rows: Sequence[Mapping[Any, Any]]) -> "Table":
    shown = compact(*words.words("year", "ipcc_category", "name", "cause", "change_10_t"), figures=(0, 4))
    for row in rows:
        change = f"{float(str(row['change_t'])) / 1e4:+,.2f}"
        shown.add_row(
            str(row["year"]),
            str(row["ipcc2006"]),
            str(row["zh"]),
            words.word(f"cause.{row['cause']}"),
            change,
        )
    return shown


def series(rows: Sequence[Mapping[Any, Any]], marks: Mapping[int, str]) -> "Table":
    """Return totals by year with their completeness and changes; NE before the first and without a number."""
    names = ("value_t", "spliced_t", "change_t", "like_t", "appeared_t", "vanished_t")
    heads = ("total_10_t", "spliced_10_t", "change_10_t", "like_10_t", "appeared_10_t", "vanished_10_t")
    shown = compact(*words.words("year", *heads, "completeness"), figures=range(7))
    for row in rows:
        cells = (
            "" if c != "value_t" and math.isnan(float(str(row[c]))) else figure(float(str(row[c])), 1e4, 1)
            for c in names
        )
        shown.add_row(str(row["year"]), *cells, marks[int(str(row["year"]))])
    return shown


def ipcc_key_categories(rows: Sequence[Mapping[Any, Any]]) -> "Table":
    heads = words.words("ipcc_category", "name", "fuel_class", "gas", "10_t_2", "level", "trend", "key_by")
    shown = compact(*heads, figures=(4, 5, 6))
    for row in rows:
        by = [name for name in ("level", "trend", "level_u", "qualitative") if row[f"key_{name}"]]
        value, level, trend = (float(str(row[c])) for c in ("value_t", "level", "trend"))
        shares = ("", "") if math.isnan(value) else (f"{level:.1%}", f"{trend:.1%}")
        of_fuel = words.word(f"class.{row['fuel_class']}") if row["fuel_class"] else ""
        told = "、".join(words.word(f"key_by.{name}") for name in by)
        shown.add_row(
            str(row["ipcc2006"]),
            str(row["zh"]),
            of_fuel,
            str(row["gas"]),
            figure(value, 1e4, 1),
            *shares,
            told,
        )
    return shown


def gaps(rows: Sequence[Mapping[Any, Any]]) -> "Table":
    from dafeng.inventory import fuel_title, row_title

    shown = compact(
        *words.words("year", "row_2", "fuel", "gap_10_t", "factor", "activity", "cause"), figures=(0, 3, 4, 5)
    )
    for row in rows:
        values = (f"{float(str(row[c])) / 1e4:+,.1f}" for c in ("gap_t", "factor_t", "activity_t"))
        cells = (str(row["year"]), row_title(str(row["row"])), fuel_title(str(row["fuel"])))
        shown.add_row(*cells, *values, str(row["why"]))
    return shown


def plants(rows: Sequence[Mapping[Any, Any]]) -> "Table":
    """Return the plants with their CO2 in 10⁴ t, 95 % range and where output and intensity come from."""
    shown = compact(
        *words.words("plant", "branch"), "10⁴ t CO2", *words.words("range", "activity_level", "grade"), figures=(2, 3)
    )  # fmt: skip
    for row in rows:
        value, low, high = (float(row[name]) for name in ("value_t", "low_t", "high_t"))
        told = "NE" if math.isnan(value) else f"{low / 1e4:,.0f}–{high / 1e4:,.0f}"
        shown.add_row(
            str(row["name_zh"]), str(row["branch"]), figure(value, 1e4, 0), told,
            _origin(row), str(row["grade"]),
        )  # fmt: skip
    return shown


ORIGINS = {
    "stated": "output_stated",
    "capacity share": "output_by_capacity",
    "capacity × utilisation": "output_by_utilisation",
}
LACKS = {"output": "lacks_output", "intensity": "lacks_intensity", "factor": "lacks_factor"}


def _origin(row: Mapping[Any, Any]) -> str:
    """Where a plant's output comes from, or what it lacks."""
    if row["missing"]:
        return words.word(
            "lacks", what="、".join(words.word(LACKS[one]) for one in row["missing"].split("; "))
        )
    return words.word(ORIGINS[row["output_from"]])


def _number(value: float) -> str:
    return "NE" if math.isnan(value) else f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def plant_branches(rows: Sequence[Mapping[Any, Any]]) -> "Table":
    """Return account, plants and rest of each branch with plants, 10⁴ t CO2."""
    shown = compact(
        *words.words(
            "branch", "kind", "branch_account_10_t", "plants_10_t", "rest_10_t", "errors_of_both_10_t"
        ),
        figures=range(2, 6),
    )
    for row in rows:
        names = ("account_t", "plants_t", "rest_t", "allowed_t")
        shown.add_row(
            str(row["branch"]), str(row["category"]), *(figure(float(row[name]), 1e4, 0) for name in names)
        )
    return shown


def cross_checks(rows: Sequence[Mapping[Any, Any]]) -> "Table":
    """Return each check with its number, its limits and whether it passes; NE where it cannot be made."""
    shown = compact(
        *words.words("check_name", "year", "value", "limits", "unit", "passes", "grade"), figures=(1, 2, 3)
    )
    for row in rows:
        value = float(row["value"])
        told = "NE" if math.isnan(value) else ("✓" if row["passes"] else "✗")
        shown.add_row(
            str(row["zh"]), str(row["year"]), _number(value), f"{_number(row['low'])}–{_number(row['high'])}", str(row["unit"]), told, str(row["grade"]),
        )  # fmt: skip
    return shown


def furnace_gases(rows: Sequence[Mapping[Any, Any]]) -> "Table":
    """Return carbon of furnaces and their gases, and the CO2 counted twice with its range, 10⁴ t."""
    shown = compact(
        *words.words("region", "year", "furnace_fuel_carbon", "furnace_gas_carbon", "furnace_gas_co2", "counted_twice", "range_of"),
        figures=range(2, 7),
    )  # fmt: skip
    for row in rows:
        names = ("fuel_carbon_t", "gas_carbon_t", "gas_co2_t", "twice_t")
        span = "–".join(figure(float(row[name]), 1e4, 0) for name in ("low_t", "high_t"))
        shown.add_row(
            str(row["region"]),
            str(row["year"] or "—"),
            *(figure(float(row[name]), 1e4, 0) for name in names),
            span,
        )
    return shown


def coking(rows: Sequence[Mapping[Any, Any]]) -> "Table":
    """Return carbon of coking by input and product, 10⁴ t."""
    shown = compact(
        *words.words("region", "year", "coking_in", "coking_coke", "coking_gas", "coking_tar", "coking_open"),
        figures=range(2, 7),
    )
    for row in rows:
        names = ("in_t", "coke_t", "gas_t", "tar_t", "difference_t")
        shown.add_row(
            str(row["region"]), str(row["year"] or "—"), *(figure(float(row[name]), 1e4, 1) for name in names)
        )
    return shown


def gas_bridge(rows: Sequence[Mapping[Any, Any]]) -> "Table":
    """Return the steps from the stated total to the one by the carbon balance, 10⁴ t CO2."""
    shown = compact(*words.words("bridge_step", "year", "10_t_co2", "range_of"), figures=(2, 3))
    for row in rows:
        low, high = (float(row[name]) for name in ("low_t", "high_t"))
        span = "" if math.isnan(low) else f"{figure(low, 1e4, 0)} … {figure(high, 1e4, 0)}"
        shown.add_row(
            words.word(f"bridge_{row['step']}"), str(row["year"]), figure(float(row["value_t"]), 1e4, 0), span
        )
    return shown
