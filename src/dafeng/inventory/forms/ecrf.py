"""GPC inventory as eCRF tables: one line a source with gases, biogenic CO2, activity, factor and two qualities."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dafeng.case import Case
from dafeng.inventory.accounts.categories import categories
from dafeng.inventory.accounts.electricity_balance import observed
from dafeng.inventory.accounts.emission_factors import factors_of
from dafeng.inventory.accounts.model import COMBUSTION, PROCESS, TRACE, Inventory, in_equivalents, warming
from dafeng.inventory.analysis.ipcc_codes import with_codes
from dafeng.inventory.equations.electricity import heat_co2, location_based_co2
from dafeng.inventory.forms.gpc import (
    HEAT_TCO2_PER_TJ,
    QUALITY,
    gpc_table,
    refno_of,
    subsector,
    trace_by_row,
)

COLUMNS = (
    "Inventory year", "GPC ref. no.", "CRF sector", "CRF sub-sector", "Scope", "Fuel type or activity", "Notation key",
    "Activity data: amount", "Activity data: unit", "Activity data: description and methodology", "Activity data: source",
    "Activity data: data quality",
    "Emission factor: unit", "Emission factor: CO2", "Emission factor: CH4", "Emission factor: N2O", "Emission factor: total CO2e",
    "Emission factor: biogenic CO2", "Emission factor: oxidation factor", "Emission factor: year", "Emission factor: scale",
    "Emission factor: description", "Emission factor: source", "Emission factor: data quality",
    "GHGs (t CO2e): CO2", "GHGs (t CO2e): CH4", "GHGs (t CO2e): N2O", "GHGs (t CO2e): total CO2e", "GHGs (t CO2e): biogenic CO2",
    "Activity data conversion: original activity", "Activity data conversion: original unit",
    "Activity data conversion: conversion value", "Activity data conversion: override used",
)  # fmt: skip
"""Columns of table 3, in the order of the form; the part before the colon is the group above."""

NUMBERS = frozenset(
    name for name in COLUMNS
    if name.startswith("GHGs") or name.split(": ")[-1] in (
        "Inventory year", "Scope", "amount", "CO2", "CH4", "N2O", "total CO2e", "biogenic CO2", "oxidation factor", "year",
        "original activity", "conversion value",
    )
)  # fmt: skip
WHOLE = frozenset({"Inventory year", "Scope", "Emission factor: year"})
PROFILE = (
    "Type of boundary", "Boundary", "City", "Country", "Inventory year", "Population", "GDP (10^8 CNY)", "GWP set", "Factor set",
)  # fmt: skip
_DIGITS = 12
"""Significant digits of the numbers: a workbook keeps 15, so that what is read is what was written."""


@dataclass(frozen=True)
class Ecrf:
    """Tables of an eCRF: `profile` (table 1), `summary` (table 2, by sub-sector), `sources` (table 3)."""

    profile: Mapping[str, str]
    summary: pd.DataFrame
    sources: pd.DataFrame


def ecrf_tables(inventory: Inventory, case: Case, year: int) -> Ecrf:
    """Return the eCRF tables of `year`; the sources of a reference number sum to its line of the GPC table.

    A source is a balance row and fuel (its CH4 and N2O by energy), a category of processes, agriculture, land
    or waste, a branch's use of electricity or heat with its grid losses. A reference number without a source
    has one line with its notation key. Biogenic CO2: no biomass is in the balance, so none is stated.

    Parameters
    ----------
    inventory
        The inventory.
    case
        Its case, for population and GDP.
    year
        The year.
    """
    inventory.totals("C", [year])
    lines = [*_combustion(inventory, year), *_others(inventory, year), *_use(inventory, year)]
    table = gpc_table(inventory, year)
    present = {line["GPC ref. no."] for line in lines}
    note = "Activity data: description and methodology"
    lines += [
        _line(year, str(row["refno"]), int(row["scope"]), {"Notation key": row["key"], note: row["note"]})
        for row in table[~table["refno"].isin(present)].to_dict("records")
    ]
    order = {refno: i for i, refno in enumerate(table["refno"])}
    lines.sort(key=lambda line: order.get(str(line["GPC ref. no."]), len(order)))
    sectors = table.set_index("refno")
    for line in lines:
        line["CRF sector"] = sectors["sector"].get(line["GPC ref. no."], "")
    sources = pd.DataFrame(lines, columns=list(COLUMNS))
    return Ecrf(_profile(inventory, case, year), ecrf_summary(sources, table), _typed(sources))


def ecrf_summary(sources: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Sum table 2 of table 3: by sub-sector direct, grid-supplied and outside emissions with their keys."""
    names = table.assign(number=table["refno"].astype(str).str.rsplit(".", n=1).str[0])
    names.loc[names["refno"].astype(str).str.count(r"\.") == 1, "number"] = names["refno"]
    lines = []
    total = "GHGs (t CO2e): total CO2e"
    for number, rows in names.groupby("number", sort=False):
        own = sources[sources["GPC ref. no."].isin(rows["refno"])]
        line: dict[str, object] = {"GPC ref. no.": number, "Sub-sector": rows["subsector"].iloc[0]}
        for scope, name in ((1, "Direct"), (2, "Grid-supplied"), (3, "Outside")):
            part = own[own["Scope"] == scope]
            known = part[total].dropna().astype("float64")
            line[f"{name}: tCO2e"] = _rounded(float(known.sum())) if len(known) else np.nan
            keys = "/".join(dict.fromkeys(str(k) for k in part["Notation key"] if k))
            line[f"{name}: notation key"] = "" if len(known) else keys
        notes = [
            str(n)
            for n in own.loc[own["Notation key"] != "", "Activity data: description and methodology"]
            if n
        ]
        line["Remark"] = "; ".join(dict.fromkeys(notes))
        lines.append(line)
    found = pd.DataFrame(lines)
    return found.astype({name: object for name in found.columns if not name.endswith("tCO2e")})


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}") if np.isfinite(value) else value


def _typed(sources: pd.DataFrame) -> pd.DataFrame:
    """Numbers rounded to the digits that a workbook keeps, missing ones NaN; texts without NaN."""
    typed = {
        name: pd.to_numeric(sources[name]).astype("float64").map(_rounded)
        if name in NUMBERS
        else sources[name].fillna("").astype(str).astype(object)
        for name in COLUMNS
    }
    return pd.DataFrame(typed)


def _line(year: int, refno: str, scope: int, more: Mapping[str, object]) -> dict[str, object]:
    blank: dict[str, object] = {name: np.nan if name in NUMBERS else "" for name in COLUMNS}
    return blank | {"Inventory year": year, "GPC ref. no.": refno, "Scope": scope} | dict(more)


def _gases(tonnes: Mapping[str, float], gwp_set: str) -> dict[str, object]:
    """Columns of the gases in t CO2e; fluorinated gases are in the total alone."""
    weights = warming(gwp_set)
    found = {gas: float(t) * weights[gas] for gas, t in tonnes.items()}
    named = {f"GHGs (t CO2e): {gas}": found[gas] for gas in ("CO2", "CH4", "N2O") if gas in found}
    return {**named, "GHGs (t CO2e): total CO2e": sum(found.values())}


def _factors(tonnes: Mapping[str, float], amount: float, unit: str, gwp_set: str) -> dict[str, object]:
    """Columns of the factor: emission per unit of activity."""
    if not (np.isfinite(amount) and amount):
        return {}
    weights = warming(gwp_set)
    named: dict[str, object] = {
        f"Emission factor: {gas}": float(t) / amount
        for gas, t in tonnes.items()
        if gas in ("CO2", "CH4", "N2O")
    }
    whole = sum(float(t) * weights[gas] for gas, t in tonnes.items()) / amount
    return {"Emission factor: unit": f"t/{unit}", **named, "Emission factor: total CO2e": whole}


def _combustion(inventory: Inventory, year: int) -> list[dict[str, object]]:
    cells = inventory.cells[inventory.cells["year"] == year]
    burnt = with_codes(cells[cells["category"] == COMBUSTION])
    trace = trace_by_row(in_equivalents(cells[cells["key"] == ""], inventory.options["gwp_set"]))
    tonnes_of = {
        (r["branch"], r["row"], r["fuel"], r["gas"]): float(r["value_t"]) for r in trace.to_dict("records")
    }
    gwp_set, factors = inventory.options["gwp_set"], factors_of(inventory.options["fuel_set"])
    lines = []
    for cell in burnt.to_dict("records"):
        if cell["key"] == "" and not cell["value_t"]:
            continue
        place = (cell["branch"], cell["row"], cell["fuel"])
        tonnes = {"CO2": float(cell["value_t"])} if cell["key"] == "" else {}
        tonnes |= {gas: tonnes_of[*place, gas] for gas in ("CH4", "N2O") if (*place, gas) in tonnes_of}
        own = factors.get((str(cell["row"]), str(cell["fuel"]))) or factors.get(("", str(cell["fuel"])))
        lines.append(
            _line(year, refno_of(cell), 1, {
                "CRF sub-sector": f"{cell['crt']} {cell['row']}", "Fuel type or activity": cell["fuel"], "Notation key": cell["key"],
                "Activity data: amount": cell["activity"], "Activity data: unit": cell["activity_unit"],
                "Activity data: description and methodology": cell["note"], "Activity data: source": cell["source"],
                "Activity data: data quality": QUALITY.get(str(cell["grade"]), ""),
                **_factors(tonnes, float(cell["activity"]), str(cell["activity_unit"]), gwp_set),
                "Emission factor: oxidation factor": np.nan if own is None else own.oxidation,
                "Emission factor: scale": "national", "Emission factor: source": inventory.options["fuel_set"],
                "Emission factor: data quality": QUALITY.get("" if own is None else own.grade, ""),
                **(_gases(tonnes, gwp_set) if tonnes else {}),
                "Activity data conversion: original activity": cell["energy_tj"], "Activity data conversion: original unit": "TJ",
                "Activity data conversion: conversion value": float(cell["energy_tj"]) / float(cell["activity"]) if cell["activity"] else np.nan,
            })
        )  # fmt: skip
    return lines


def _others(inventory: Inventory, year: int) -> list[dict[str, object]]:
    """Processes, agriculture, land and waste: a line each category and gas."""
    cells = inventory.cells
    now = with_codes(cells[(cells["year"] == year) & ~cells["category"].isin((COMBUSTION, TRACE))])
    named = {category.id: category for category in categories()}
    gwp_set = inventory.options["gwp_set"]
    lines = []
    for cell in now.to_dict("records"):
        row = str(cell["row"])
        refno = named[row].gpc if row in named else "IV.1" if cell["category"] == PROCESS else ""
        if not refno:
            continue
        tonnes = {str(cell["gas"]): float(cell["value_t"])} if cell["key"] == "" else {}
        grade = QUALITY.get(str(cell["grade"]), "") if tonnes else ""
        lines.append(
            _line(year, refno, 1, {
                "CRF sub-sector": f"{cell['crt']} {named[row].en if row in named else 'cement production'}",
                "Fuel type or activity": f"{row} {cell['gas']}", "Notation key": cell["key"],
                "Activity data: amount": cell["activity"], "Activity data: unit": cell["activity_unit"],
                "Activity data: description and methodology": cell["note"], "Activity data: source": cell["source"],
                "Activity data: data quality": grade,
                **_factors(tonnes, float(cell["activity"]), str(cell["activity_unit"]), gwp_set),
                "Emission factor: data quality": grade, **(_gases(tonnes, gwp_set) if tonnes else {}),
            })
        )  # fmt: skip
    return lines


def _use(inventory: Inventory, year: int) -> list[dict[str, object]]:
    """Electricity (scope 2, its grid losses scope 3) and heat (scope 2) that each branch uses."""
    if year not in inventory.power.index:
        return []
    power = inventory.power.loc[[year]].iloc[0].to_dict()
    factor, of_year = float(str(power["grid_factor"])), power["grid_factor_year"]
    used = inventory.carriers[inventory.carriers["year"] == year]
    used = used.groupby(["branch", "fuel", "kind"], sort=False)["value"].sum().reset_index()
    electricity = used[(used["fuel"] == "Electricity") & (used["kind"] != "loss")]
    lost = used[(used["fuel"] == "Electricity") & (used["kind"] == "loss")]
    total = float(electricity["value"].sum())
    share = float(lost["value"].sum()) / total if total and len(lost) else 0.0
    heat = used[(used["fuel"] == "Heat") & (used["kind"] != "loss")]
    lines = []
    for frame, unit, scope, times, rate, name in (
        (electricity, "MWh", 2, 1.0, factor, "electricity"),
        (electricity, "MWh", 3, share, factor, "grid losses"),
        (heat, "TJ", 2, 1.0, HEAT_TCO2_PER_TJ, "heat"),
    ):
        if not times:
            continue
        by_branch = frame.groupby("branch", sort=True)["value"].sum()
        for branch, value in by_branch.items():
            amount = float(value) * times
            co2 = float(location_based_co2(amount, rate) if unit == "MWh" else heat_co2(amount, rate))
            grade = "L" if unit == "MWh" else "M"
            lines.append(
                _line(year, f"{subsector(str(branch))}.{scope}", scope, {
                    "CRF sub-sector": str(branch), "Fuel type or activity": name, "Activity data: amount": amount,
                    "Activity data: unit": unit, "Activity data: data quality": grade,
                    "Emission factor: unit": f"t/{unit}", "Emission factor: CO2": rate, "Emission factor: total CO2e": rate,
                    "Emission factor: year": of_year if unit == "MWh" else np.nan,
                    "Emission factor: scale": "regional" if unit == "MWh" else "national", "Emission factor: data quality": "M",
                    **_gases({"CO2": co2}, inventory.options["gwp_set"]),
                })
            )  # fmt: skip
    return lines


def _profile(inventory: Inventory, case: Case, year: int) -> dict[str, str]:
    people = observed(case, "population_resident_yearend", case.city.code, "person")
    if year not in people.index:
        people = observed(case, "population_resident", case.city.code, "person")
    gdp = observed(case, "gdp_current", case.city.code, "CNY")
    values = (
        "administrative", case.city.name_zh, case.city.name_en, "China", str(year),
        f"{people[year]:.0f}" if year in people.index else "NE", f"{gdp[year] / 1e8:.2f}" if year in gdp.index else "NE",
        inventory.options["gwp_set"], inventory.options["fuel_set"],
    )  # fmt: skip
    return dict(zip(PROFILE, values, strict=True))
