"""CO2 of fuel combustion from an energy balance: the sectoral approach, over whole tables at once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dafeng.evidence import DafengError, Finding, Problem, Severity
from dafeng.factors import COMPOSITE_COAL_SET
from dafeng.inventory.accounts.burnt import CARRIERS, KEY, burnt_activity
from dafeng.inventory.accounts.emission_factors import CEADS, POWER_ROW, Factor, factors_of
from dafeng.inventory.analysis.carbon_balance import balance_findings
from dafeng.inventory.balance import identities
from dafeng.inventory.balance.calibration import coal_calibration
from dafeng.inventory.balance.diagnosis import Diagnosis, diagnose
from dafeng.inventory.balance.energy_balance import Balance
from dafeng.inventory.balance.equivalents import heating_values
from dafeng.inventory.balance.names import fuel_title, row_title
from dafeng.inventory.balance.refusals import Refused
from dafeng.inventory.equations.combustion import (
    approach_difference,
    reference_approach_co2,
)
from dafeng.inventory.equations.default_uncertainties import fuel_half_width, half_width
from dafeng.inventory.equations.uncertainty import combine_product
from dafeng.units import TJ_PER_TCE

FloatArray = NDArray[np.float64]

MADE_HERE = frozenset({"Coke_Oven_Gas", "Blast_Furnace_Gas", "Converter_Gas", "Other_Gas", "Other_Energy"})
LARGE_DIFFERENCE = 0.05


@dataclass(frozen=True)
class Combustion:
    """CO2 of fuel combustion: `emissions`, findings and refused cells.

    `emissions` [region, row, fuel, gas, year, value (tCO2), activity, unit, factor, grade, source,
    half_width].

    `half_width`: relative, 95 %, of activity and factor; grade and half-width take in what `diagnose` doubts.

    `refused`: the cells of the balance that are not counted; their regions and years are not complete.
    """

    emissions: pd.DataFrame
    findings: tuple[Finding, ...]
    refused: tuple[Refused, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return the output of `inventory from-balance --json`.

        `{"emissions": […], "findings": […], "refused": […]}`.
        """
        columns = ["region", "row", "fuel", "gas", "year", "value"]
        lines = [
            {**dict(zip(columns, values, strict=True)), "unit": "tCO2"}
            for values in self.emissions[columns].itertuples(index=False, name=None)
        ]
        return {
            "emissions": lines,
            "findings": [f.as_dict() for f in self.findings],
            "refused": [cell.as_dict() for cell in self.refused],
        }


def combustion_of(
    balance: Balance, factor_set: str = CEADS, overrides: Mapping[tuple[str, str], str] | None = None
) -> Combustion:
    """Compute the CO2 of every burning row and fuel of `balance` with the factors of `factor_set`.

    Final use, with non-energy use taken out of the five chemical branches (or of industry where the balance
    has no branches), and the input of thermal power and heating. With `ceads`, power and heat input are in
    the power branch and fuels in the columns of CEADs; with other sets they keep their rows. `overrides`
    gives single cells another set: (row, fuel) → set, row "" for every row of the fuel. Where the file also
    has the standard-coal table, coal factors other than CEADs' constants are scaled to its calorific values,
    with a finding.

    Parameters
    ----------
    balance
        The energy balance.
    factor_set
        See `factor_sets`.
    overrides
        Another set for single cells: (row, fuel) → set, row "" for every row of the fuel.

    Raises
    ------
    DafengError
        For an unknown set, for shifted labels, and for a fuel without any factor that is part of the
        set's own claim (others become findings, their emissions NE).
    """
    factors = factors_of(factor_set)
    findings = list(balance.findings)
    notes, shifted = identities.check(balance.cells)
    findings += notes
    balance = _without_shifted(balance, shifted, findings)
    balance = in_units_of(balance, factors)
    whole = burnt_activity(balance, merge=factor_set == CEADS, findings=findings)
    burnt = whole.cells
    pairs = list(zip(burnt["row"], burnt["fuel"], strict=True))
    others = overrides or {}
    chosen = {}
    for r, f in set(pairs):
        own = others.get((r, f), others.get(("", f)))
        known = factors if own is None else factors_of(own)
        chosen[r, f] = known.get((r, f)) or known.get(("", f)) or _part_of_power(known, r, f)
    present = np.array([chosen[pair] is not None for pair in pairs], dtype=bool)
    lost = burnt[~present & (burnt["amount"] != 0).to_numpy()]
    rate = np.array([np.nan if (f := chosen[pair]) is None else f.value for pair in pairs])
    ratios, told_of_coal = coal_calibration(balance)
    findings += told_of_coal
    if ratios and factor_set != CEADS:
        keys = zip(burnt["region"], burnt["year"], burnt["fuel"], strict=True)
        rate = rate * np.array([ratios.get(key, 1.0) for key in keys])
    of_cell = [factor for pair in pairs if (factor := chosen[pair]) is not None]
    used = burnt.assign(gas="CO2", factor=rate, value=whole.co2(rate))[present]
    used = used.rename(columns={"amount": "activity"})
    used = used.assign(grade=[f.grade for f in of_cell], source=[f.source for f in of_cell])
    used, doubts = graded(used, balance)
    findings += doubts
    findings += _factor_findings(factor_set, lost, used, chosen)
    ours = used.groupby(["region", "year"])["value"].sum()
    findings += compare_approaches(balance, factor_set, ours)
    findings += balance_findings(used, balance.cells, factor_set)
    columns = [
        "region", "row", "fuel", "gas", "year", "value", "activity", "unit", "factor", "grade", "source", "half_width",
    ]  # fmt: skip
    return Combustion(used[columns].reset_index(drop=True), tuple(findings), balance.refused)


def graded(used: pd.DataFrame, balance: Balance) -> tuple[pd.DataFrame, list[Finding]]:
    """Return the cells with grade and half-width after the diagnosis of their balance, and its findings.

    Closure and labels shifted against the identities have findings of their own (`identities.check`).
    """
    doubts = [d for d in diagnose(balance) if d.kind != "labels-shifted" or d.rows]
    grade, activity = doubted(used, doubts)
    factor = np.array([fuel_half_width(str(fuel)) for fuel in used["fuel"]])
    widths = combine_product(np.stack([activity, factor], axis=-1))
    told = [doubt.finding() for doubt in doubts if doubt.kind != "closure"]
    return used.assign(grade=grade, half_width=widths), told


def doubted(used: pd.DataFrame, doubts: Iterable[Diagnosis]) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Compute grade and relative 95 % half-width of the activity of each cell after the doubts about its balance.

    Parameters
    ----------
    used
        Cells burnt [region, year, row, fuel, grade].
    doubts
        Diagnosis of their balance.
    """
    activity = np.full(len(used), half_width("activity.official"))
    grade = used["grade"].to_numpy(dtype=object, copy=True)
    for doubt in doubts:
        hit = ((used["region"] == doubt.region) & (used["year"] == doubt.year)).to_numpy(copy=True)
        if doubt.fuel:
            hit &= (used["fuel"] == doubt.fuel).to_numpy()
        if doubt.rows:
            power = POWER_ROW if {"Thermal Power", "Heating Supply"} & set(doubt.rows) else ""
            hit &= used["row"].isin([*doubt.rows, power]).to_numpy()
        activity[hit] = np.maximum(activity[hit], doubt.half_width)
        grade[hit] = [max(str(letter), doubt.grade) for letter in grade[hit]]
    return grade, activity


def _without_shifted(
    balance: Balance, shifted: Mapping[tuple[str, int], Problem], findings: list[Finding]
) -> Balance:
    """Balance without the regions and years whose labels are shifted.

    Raises: DafengError if none is left.
    """
    if not shifted:
        return balance
    cells = balance.cells
    bad = pd.MultiIndex.from_frame(cells[["region", "year"]]).isin(list(shifted))
    if bad.all():
        raise DafengError(list(shifted.values()))
    for (region, year), problem in shifted.items():
        place = f"{region} {year}".strip()
        findings.append(
            Finding(
                "labels-shifted",
                Severity.WARNING,
                problem.where,
                f"{place}整表拒收,其余照算:{problem.sentence('zh')}",
                f"{place} is refused, all others counted: {problem.sentence('en')}",
            )
        )
    return replace(balance, cells=cells[~bad].reset_index(drop=True))


def in_units_of(balance: Balance, factors: Mapping[tuple[str, str], Factor]) -> Balance:
    """Convert cells that came as energy to fuel units of the factors' calorific value.

    Such a cell was turned into fuel units by a default heating value; CO2 is energy × carbon content, so
    the amount is brought to the calorific value of the set's own factor. A factor without one (CEADs) takes
    that of the guideline.
    """
    cells = balance.cells
    if "by_energy" not in cells or not cells["by_energy"].any():
        return balance
    heating = heating_values()
    # CEADs' factors hold the calorific values of the guideline
    ratio = {
        fuel: heating[fuel] / factor.net_calorific_value
        for known in (factors_of(COMPOSITE_COAL_SET), factors)
        for (_, fuel), factor in known.items()
        if fuel in heating and not np.isnan(factor.carbon_content)
    }
    scale = cells["fuel"].map(ratio).fillna(1.0).where(cells["by_energy"], 1.0)
    return replace(balance, cells=cells.assign(value=cells["value"] * scale))


def reference_approach(balance: Balance, factor_set: str = "gbt32151_22_2024") -> pd.DataFrame:
    """Compute CO2 by the reference approach [region, year, fuel, apparent, co2_t].

    It starts from the fuels that a place has for consumption.

    Apparent consumption is the balance's own line (production + inflow − outflow + stock draw, its signs
    settled by the identities) less non-energy use, times the fuel's factor. Gases made from coke and coal in
    the place are left out: their carbon crossed the boundary as coal. Empty where the balance has no supply.

    Parameters
    ----------
    balance
        The energy balance.
    factor_set
        See `factor_sets`.

    Raises
    ------
    DafengError
        For an unknown set.
    """
    factors = factors_of(factor_set)
    cells = balance.cells[~balance.cells["fuel"].isin(CARRIERS | MADE_HERE)]
    supply = cells[cells["kind"] == "supply_total"].groupby(KEY)["value"].sum()
    feedstock = cells[cells["kind"] == "non_energy"].groupby(KEY)["value"].sum()
    table = supply.rename("apparent").reset_index()
    single = {f: factors.get(("", f)) or factors.get(("Industry", f)) for f in table["fuel"].unique()}
    stored = feedstock.reindex(supply.index).fillna(0.0).to_numpy()
    ncv, carbon, oxidation = (
        table["fuel"]
        .map({f: getattr(known, name) for f, known in single.items() if known is not None})
        .astype("float64")
        for name in ("net_calorific_value", "carbon", "oxidation")
    )
    table["co2_t"] = reference_approach_co2(table["apparent"] * ncv, carbon, stored * ncv * carbon, oxidation)
    return table


def compare_approaches(balance: Balance, factor_set: str, ours: "pd.Series[float]") -> list[Finding]:
    """Compare the reference approach with the sectoral CO2 `ours` [(region, year)].

    One finding a place and year.

    Empty where the balance has no supply.
    """
    cells = balance.cells
    if not (cells["kind"] == "supply_total").any():
        return []
    theirs = reference_approach(balance, factor_set).groupby(["region", "year"])["co2_t"].sum()
    found = []
    for place in sorted(set(ours.index) & set(theirs.index)):
        if not (ours[place] > 0 and theirs[place] > 0):
            continue
        gap = float(approach_difference(theirs[place], ours[place]))
        large = abs(gap) > LARGE_DIFFERENCE
        found.append(
            Finding(
                "reference-approach",
                Severity.WARNING if large else Severity.NOTE,
                " ".join(map(str, place)).strip(),
                f"参考方法与部门方法相差{gap:+.1%}" + (",超过5%,需说明" if large else ""),
                f"reference approach differs from the sectoral by {gap:+.1%}"
                + (": above 5 %, to be explained" if large else ""),
            )
        )
    return found


def _part_of_power(factors: dict[tuple[str, str], Factor], row: str, fuel: str) -> Factor | None:
    return factors.get((POWER_ROW, fuel)) if row in ("Thermal Power", "Heating Supply") else None


def _factor_findings(
    factor_set: str, lost: pd.DataFrame, used: pd.DataFrame, chosen: Mapping[tuple[str, str], Factor | None]
) -> Iterable[Finding]:
    """One finding a fuel without factor, with its energy; one a factor of another set, with its tonnes."""
    heating = heating_values()
    for fuel, cells in lost.groupby("fuel"):
        tce = float(cells["amount"].sum()) * heating.get(str(fuel), np.nan) / TJ_PER_TCE
        size = ("", "") if np.isnan(tce) else (f"({tce / 1e4:,.2f}万吨标准煤)", f" ({tce:,.0f} tce)")
        first = f"{cells['row'].iloc[0]} {cells['year'].iloc[0]}"
        yield Finding(
            "factor-missing",
            Severity.WARNING,
            str(fuel),
            f"{factor_set}没有{fuel_title(str(fuel))}的排放因子:{len(cells)}个单元{size[0]}未估算(NE),如{row_title(str(cells['row'].iloc[0]))} {cells['year'].iloc[0]}",
            f"{factor_set} has no factor for {fuel}: {len(cells)} cells{size[1]} not estimated (NE), as {first}",
            (factor_set,),
        )
    how = [
        factor.how
        for pair in zip(used["row"], used["fuel"], strict=True)
        if (factor := chosen[pair]) is not None
    ]
    derived = used.assign(how=how)
    derived = derived[derived["activity"] != 0]
    for (name, told), part in derived[derived["how"] != ""].groupby(["fuel", "how"]):
        rows = sorted(set(part["row"]))
        listed = ", ".join(rows[:3]) + ("…" if len(rows) > 3 else "")
        tonnes = float(part["value"].sum())
        yield Finding(
            "factor-derived",
            Severity.NOTE,
            str(name),
            f"{name}的因子不是{factor_set}原有:{told}({listed};涉及{tonnes / 1e4:,.2f}万吨CO2)",
            f"factor of {name} is not {factor_set}'s own: {told} ({listed}; {tonnes:,.0f} t CO2)",
            (factor_set,),
        )
